// SPDX-License-Identifier: Apache-2.0
// A TLS 1.3 handshake between a client and a server of this process, over a pair of memory BIOs: no network, no files.
#pragma once

#include <string>

#include "libcrypto/library.h"

namespace kif::probe {

struct HandshakeOffer {
  const char* client_groups = nullptr; ///< as SSL_CTX_set1_groups_list takes them; null: the configuration's
  const char* client_suites = nullptr; ///< TLS 1.3 cipher suites; null: the configuration's
};

struct HandshakeResult {
  bool set_up = false;    ///< key, certificate and both contexts could be made; where not, `error` says why
  bool completed = false; ///< the certificate was verified, and a message went each way
  std::string version;    ///< "TLSv1.3"
  std::string suite;      ///< "TLS_AES_256_GCM_SHA384"
  std::string group;      ///< "secp256r1"
  int group_nid = 0;      ///< OpenSSL's number of it; 0 where it has none
  std::string error;
};

/// The server has a fresh self-signed certificate on P-256, which the client verifies. Both take TLS 1.3 alone. An
/// offer that the client cannot even make counts as not completed.
HandshakeResult shake_hands(const libcrypto::Libcrypto& crypto, const libcrypto::Libssl& ssl,
                            const HandshakeOffer& offer);

} // namespace kif::probe
