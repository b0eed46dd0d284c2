// SPDX-License-Identifier: Apache-2.0
// TLS 1.3 on loopback between two processes.
#ifndef KIF_RUNTIMES_HANDSHAKE_H
#define KIF_RUNTIMES_HANDSHAKE_H

#include <stdbool.h>

// A whole handshake, and as facts the first records that a client of AES only and one of ChaCha20 only are sent.
bool tls_1_3(void);

#endif
