// SPDX-License-Identifier: Apache-2.0
#include "probe/steps.h"

#include <algorithm>
#include <array>

#include <openssl/obj_mac.h>

#include "probe/handshake.h"

namespace kif::probe {
namespace {

/// Groups of SP 800-56A Rev. 3, appendix D, that TLS 1.3 has: the NIST curves and the safe primes of RFC 7919.
constexpr std::array k_approved_groups = {NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1, NID_ffdhe2048,
                                          NID_ffdhe3072,        NID_ffdhe4096, NID_ffdhe6144, NID_ffdhe8192};

std::string session_of(const HandshakeResult& result) {
  return result.version + ", " + result.suite + ", " + result.group;
}

Finding judge_refusal(const Libcrypto& crypto, const Libssl& ssl, const HandshakeOffer& offer, const Finding& tls_1_3) {
  if (!tls_1_3.passed())
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
  const bool group_approved = std::ranges::find(k_approved_groups, result.group_nid) != k_approved_groups.end();
  if (result.version != "TLSv1.3" || !suite_approved || !group_approved)
    return failed("not approved: " + session_of(result));
  return pass(session_of(result));
}

Finding check_tls_x25519_refused(const Libcrypto& crypto, const Libssl& ssl, const Finding& tls_1_3) {
  return judge_refusal(crypto, ssl, {.client_groups = "X25519"}, tls_1_3);
}

Finding check_tls_chacha20_refused(const Libcrypto& crypto, const Libssl& ssl, const Finding& tls_1_3) {
  return judge_refusal(crypto, ssl, {.client_suites = "TLS_CHACHA20_POLY1305_SHA256"}, tls_1_3);
}

} // namespace kif::probe
