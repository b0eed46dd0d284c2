// SPDX-License-Identifier: Apache-2.0
#include "probe/steps.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <openssl/obj_mac.h>

#include "probe/handshake.h"

namespace kif::probe {
namespace {

/// Groups of SP 800-56A Rev. 3, appendix D, that TLS 1.3 has: the NIST curves and the safe primes of RFC 7919.
constexpr std::array k_approved_groups = {NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1, NID_ffdhe2048,
                                          NID_ffdhe3072,        NID_ffdhe4096, NID_ffdhe6144, NID_ffdhe8192};

/// Groups that OpenSSL has no number for: ECDH on a P curve first, ML-KEM after it (SP 800-56C Rev. 2 §2).
/// X25519MLKEM768 is not one of them.
constexpr std::array<std::string_view, 2> k_approved_hybrids = {"SecP256r1MLKEM768", "SecP384r1MLKEM1024"};

bool is_approved_group(const HandshakeResult& result) {
  return std::ranges::find(k_approved_groups, result.group_nid) != k_approved_groups.end() ||
         std::ranges::find(k_approved_hybrids, result.group) != k_approved_hybrids.end();
}

std::string session_of(const HandshakeResult& result) {
  return result.version + ", " + result.suite + ", " + result.group;
}

Finding judge_refusal(const Libcrypto& crypto, const Libssl& ssl, const HandshakeOffer& offer,
                      const Finding& approved) {
  if (!approved.passed())
    return could_not_check("no approved handshake succeeds, so a refused one shows nothing");
  const HandshakeResult result = shake_hands(crypto, ssl, offer);
  crypto.ERR_clear_error();
  if (result.completed)
    return failed("the handshake succeeds: " + session_of(result));
  if (!result.set_up)
    return could_not_check(result.error);
  return pass("refused: " + result.error);
}

} // namespace

Finding check_tls_1_3(const Libcrypto& crypto, const Libssl& ssl) {
  const HandshakeResult result = shake_hands(crypto, ssl, {});
  crypto.ERR_clear_error();
  if (!result.completed)
    return failed(result.error);
  const bool suite_approved = result.suite.starts_with("TLS_AES_");
  if (result.version != "TLSv1.3" || !suite_approved || !is_approved_group(result))
    return failed("not approved: " + session_of(result));
  return pass(session_of(result));
}

Finding check_tls_x25519_refused(const Libcrypto& crypto, const Libssl& ssl, const Finding& tls_1_3) {
  return judge_refusal(crypto, ssl, {.client_groups = "X25519"}, tls_1_3);
}

Finding check_tls_chacha20_refused(const Libcrypto& crypto, const Libssl& ssl, const Finding& tls_1_3) {
  return judge_refusal(crypto, ssl, {.client_suites = "TLS_CHACHA20_POLY1305_SHA256"}, tls_1_3);
}

Finding check_tls_1_2(const Libcrypto& crypto, const Libssl& ssl) {
  const HandshakeResult result = shake_hands(crypto, ssl, {.version = TLS1_2_VERSION});
  crypto.ERR_clear_error();
  if (!result.completed)
    return failed(result.error);
  if (!result.has_ems)
    return failed("without the extended master secret: " + session_of(result));
  return pass(session_of(result) + ", extended master secret");
}

Finding check_tls_1_2_without_ems_refused(const Libcrypto& crypto, const Libssl& ssl, const Finding& tls_1_2) {
  return judge_refusal(crypto, ssl, {.version = TLS1_2_VERSION, .without_ems = true}, tls_1_2);
}

Finding check_tls_rsa_key_exchange_refused(const Libcrypto& crypto, const Libssl& ssl, const Finding& tls_1_2) {
  return judge_refusal(crypto, ssl, {.version = TLS1_2_VERSION, .ciphers = "AES256-GCM-SHA384", .has_rsa_key = true},
                       tls_1_2);
}

} // namespace kif::probe
