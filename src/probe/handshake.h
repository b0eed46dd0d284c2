// SPDX-License-Identifier: Apache-2.0
// A TLS handshake between a client and a server of this process, over a pair of memory BIOs: no network, no files.
#pragma once

#include <string>

#include "libcrypto/library.h"

namespace kif::probe {

struct HandshakeOffer {
  const char* client_groups = nullptr; ///< as SSL_CTX_set1_groups_list takes them; null: the configuration's
  const char* client_suites = nullptr; ///< TLS 1.3 cipher suites; null: the configuration's
  int version = TLS1_3_VERSION;        ///< the one version that both sides take
  const char* ciphers = nullptr;       ///< TLS 1.2 suites that both sides take; null: the configuration's
  bool has_rsa_key = false;            ///< the server's key is RSA of 2048 bits; else P-256
  bool without_ems = false;            ///< the client does not offer the extended master secret (RFC 7627)
};

struct HandshakeResult {
  bool set_up = false;    ///< key, certificate and both contexts could be made; where not, `error` says why
  bool completed = false; ///< the certificate was verified, and a message went each way
  std::string version;    ///< "TLSv1.3"
  std::string suite;      ///< "TLS_AES_256_GCM_SHA384"
  std::string group;      ///< "secp256r1"
  int group_nid = 0;      ///< OpenSSL's number of it; 0 where it has none
  bool has_ems = false;   ///< of TLS 1.2: both sides use the extended master secret
  std::string error;
};

/// The server has a fresh self-signed certificate, which the client verifies. An offer that the client cannot even make
/// counts as not completed.
HandshakeResult shake_hands(const libcrypto::Libcrypto& crypto, const libcrypto::Libssl& ssl,
                            const HandshakeOffer& offer);

} // namespace kif::probe
