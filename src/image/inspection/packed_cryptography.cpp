// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/packed_cryptography.h"

#include <algorithm>
#include <array>

namespace kif::image {
namespace {

struct Archive {
  std::string_view begin; ///< the artifact's name in Maven's repository, or the wheel's, up to its version
  std::string_view sentence;
};

constexpr std::array k_jars = {
    Archive{"bcprov-", "Bouncy Castle's ordinary library has cryptography of its own"},
    Archive{"bc-fips-", "a FIPS module of Bouncy Castle's that is not the layer's has cryptography of its own"},
    Archive{"conscrypt-", "Conscrypt brings BoringSSL, which takes no providers"},
    Archive{"netty-tcnative-boringssl-", "netty-tcnative brings BoringSSL, which takes no providers"},
    Archive{"netty-tcnative-", "netty-tcnative brings TLS that is not Java's"},
    Archive{"AmazonCorrettoCryptoProvider-", "the Corretto provider brings AWS-LC, which takes no providers"},
    Archive{"wolfcrypt-jni", "wolfCrypt has cryptography of its own"},
    Archive{"wolfssl-jsse", "wolfSSL has cryptography of its own"},
    Archive{"lazysodium-", "lazysodium brings libsodium, which has cryptography of its own"},
    Archive{"eddsa-", "this library computes Ed25519 by itself"},
    Archive{"curve25519-java-", "this library computes X25519 by itself"},
    Archive{"jna-openssl-", "this library loads an OpenSSL past Java's providers"},
};

constexpr std::array k_wheels = {
    Archive{"cryptography-", "this wheel, not installed yet, has an OpenSSL inside"},
    Archive{"psycopg2_binary-", "this wheel, not installed yet, has an OpenSSL inside"},
    Archive{"pycryptodome-", "this wheel, not installed yet, has cryptography of its own"},
    Archive{"pycryptodomex-", "this wheel, not installed yet, has cryptography of its own"},
    Archive{"PyNaCl-", "this wheel, not installed yet, has cryptography of its own"},
    Archive{"pynacl-", "this wheel, not installed yet, has cryptography of its own"},
    Archive{"bcrypt-", "this wheel, not installed yet, hashes passwords by itself"},
    Archive{"argon2_cffi_bindings-", "this wheel, not installed yet, hashes passwords by itself"},
    Archive{"grpcio-", "this wheel, not installed yet, brings BoringSSL, which takes no providers"},
    Archive{"awscrt-", "this wheel, not installed yet, brings AWS-LC, which takes no providers"},
};

template <class Archives>
std::optional<std::string_view> find_in(const Archives& archives, std::string_view file_name) noexcept {
  const auto found = std::ranges::find_if(
      archives, [file_name](const Archive& archive) { return file_name.starts_with(archive.begin); });
  return found == archives.end() ? std::nullopt : std::optional(found->sentence);
}

} // namespace

std::optional<std::string_view> packed_cryptography(std::string_view file_name) noexcept {
  if (file_name.ends_with(".jar"))
    return find_in(k_jars, file_name);
  return file_name.ends_with(".whl") ? find_in(k_wheels, file_name) : std::nullopt;
}

} // namespace kif::image
