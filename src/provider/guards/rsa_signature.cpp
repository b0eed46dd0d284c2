// SPDX-License-Identifier: Apache-2.0
// Guards of RSA signatures: none is made with X9.31's padding (FIPS 186-5) or with a PSS salt longer than the digest
// (FIPS 186-5 §5.4 (g)).
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "provider/core/algorithm_names.h"
#include "provider/guards/guard.h"
#include "provider/guards/parameters.h"

namespace kif::provider {
namespace {

// RSA alone: the algorithms of 3.4 and newer that have a digest in their name (RSA-SHA2-256, …) have PKCS#1's padding.
constexpr std::size_t k_guards = k_slots;
constinit std::array<Guard, k_guards> g_guards;

enum Place : std::size_t {
  k_sign,
  k_digest_sign_final,
  k_get_ctx_params,
  k_set_ctx_params,
};

// RSA_PSS_SALTLEN_AUTO_DIGEST_MAX of OpenSSL 3.1 and newer (rsa.h there).
constexpr int k_saltlen_auto_digest_max = -4;

Features features_of(std::string_view algorithm_names) noexcept {
  return has_name(algorithm_names, "RSA") ? Features(Feature::rsa_x931_signatures, Feature::rsa_pss_saltlen)
                                          : Features();
}

int digest_bytes(Digest digest) noexcept {
  switch (digest) {
  case Digest::sha1:
    return 20;
  case Digest::sha224:
  case Digest::sha512_224:
  case Digest::sha3_224:
    return 28;
  case Digest::sha256:
  case Digest::sha512_256:
  case Digest::sha3_256:
    return 32;
  case Digest::sha384:
  case Digest::sha3_384:
    return 48;
  case Digest::sha512:
  case Digest::sha3_512:
    return 64;
  case Digest::other:
    break;
  }
  return 0;
}

/// What a context of RSA is set to.
struct RsaSettings {
  int padding = 0;
  int salt = 0;
  std::array<char, 64> digest{}; ///< as whoever set it wrote it
};

bool read(const Guard& guard, void* ctx, RsaSettings& settings) noexcept {
  OSSL_PARAM params[] = {{OSSL_SIGNATURE_PARAM_PAD_MODE, OSSL_PARAM_INTEGER, &settings.padding, sizeof settings.padding,
                          OSSL_PARAM_UNMODIFIED},
                         {OSSL_SIGNATURE_PARAM_DIGEST, OSSL_PARAM_UTF8_STRING, settings.digest.data(),
                          settings.digest.size() - 1, OSSL_PARAM_UNMODIFIED},
                         {OSSL_SIGNATURE_PARAM_PSS_SALTLEN, OSSL_PARAM_INTEGER, &settings.salt, sizeof settings.salt,
                          OSSL_PARAM_UNMODIFIED},
                         OSSL_PARAM{}};
  const auto get = guard.original<OSSL_FUNC_signature_get_ctx_params_fn>(k_get_ctx_params);
  return get != nullptr && get(ctx, params) == 1;
}

bool set_salt_to_digest(const Guard& guard, void* ctx) noexcept {
  int salt = RSA_PSS_SALTLEN_DIGEST;
  const OSSL_PARAM params[] = {
      {OSSL_SIGNATURE_PARAM_PSS_SALTLEN, OSSL_PARAM_INTEGER, &salt, sizeof salt, OSSL_PARAM_UNMODIFIED}, OSSL_PARAM{}};
  const auto set = guard.original<OSSL_FUNC_signature_set_ctx_params_fn>(k_set_ctx_params);
  return set != nullptr && set(ctx, params) == 1;
}

bool permits_salt(const Guard& guard, void* ctx, const RsaSettings& settings) noexcept {
  switch (settings.salt) {
  case RSA_PSS_SALTLEN_DIGEST:
  case k_saltlen_auto_digest_max:
    return true;
  case RSA_PSS_SALTLEN_AUTO:
    // What 3.0 has where nobody set a length, and it means the longest. Newer modules then take the digest's, and so
    // that programs that set none go on working, so do we.
    return set_salt_to_digest(guard, ctx) || guard.refuse(Feature::rsa_pss_saltlen);
  default:
    return (settings.salt >= 0 && settings.salt <= digest_bytes(digest_of(settings.digest.data()))) ||
           guard.refuse(Feature::rsa_pss_saltlen);
  }
}

/// When it signs, the context is asked: padding, digest and salt come in any order and by several ways.
KIF_SHARED_BY_GUARDS bool permits(const Guard& guard, void* ctx) noexcept {
  RsaSettings settings;
  const bool is_read = read(guard, ctx, settings);
  if (guard.refused.has(Feature::rsa_x931_signatures) && (!is_read || settings.padding == RSA_X931_PADDING))
    return guard.refuse(Feature::rsa_x931_signatures);
  if (!is_read)
    return guard.refuse(Feature::rsa_pss_saltlen);
  return !guard.refused.has(Feature::rsa_pss_saltlen) || settings.padding != RSA_PKCS1_PSS_PADDING ||
         permits_salt(guard, ctx, settings);
}

template <std::size_t Number> struct Functions {
  static int sign(void* ctx, unsigned char* signature, std::size_t* size, std::size_t room, const unsigned char* hash,
                  std::size_t hash_size) noexcept {
    const Guard& guard = g_guards[Number];
    return permits(guard, ctx)
               ? guard.original<OSSL_FUNC_signature_sign_fn>(k_sign)(ctx, signature, size, room, hash, hash_size)
               : 0;
  }
  static int digest_sign_final(void* ctx, unsigned char* signature, std::size_t* size, std::size_t room) noexcept {
    const Guard& guard = g_guards[Number];
    return permits(guard, ctx) ? guard.original<OSSL_FUNC_signature_digest_sign_final_fn>(k_digest_sign_final)(
                                     ctx, signature, size, room)
                               : 0;
  }
  static void bind(OSSL_DISPATCH& entry) noexcept {
    Guard& guard = g_guards[Number];
    switch (entry.function_id) {
    case OSSL_FUNC_SIGNATURE_SIGN:
      return guard.replace(entry, k_sign, sign);
    case OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL:
      return guard.replace(entry, k_digest_sign_final, digest_sign_final);
    case OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS:
      return guard.keep(entry, k_get_ctx_params);
    case OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS:
      return guard.keep(entry, k_set_ctx_params);
    default:
      return;
    }
  }
};

constexpr auto k_binds = all_binds<Functions, k_guards>();

} // namespace

constinit const GuardedOperation k_guarded_rsa_signature = {OSSL_OP_SIGNATURE, features_of, g_guards, k_binds};

} // namespace kif::provider
