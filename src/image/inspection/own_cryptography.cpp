// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/own_cryptography.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "image/inspection/text_search.h"

namespace kif::image {
namespace {

struct Library {
  std::string_view soname; ///< its beginning
  std::string_view name;
};

constexpr std::string_view k_own = " has cryptography of its own";

// By DT_SONAME: packagers keep it, since programs are linked by it.
constexpr std::array k_libraries = {
    Library{"libgnutls.so.", "GnuTLS"},
    Library{"libnettle.so.", "Nettle"},
    Library{"libhogweed.so.", "Nettle"},
    Library{"libgcrypt.so.", "libgcrypt"},
    Library{"libnss3.so", "NSS"},
    Library{"libfreebl3.so", "NSS"},
    Library{"libfreeblpriv3.so", "NSS"},
    Library{"libsoftokn3.so", "NSS"},
    Library{"libsodium.so.", "libsodium"},
    Library{"libwolfssl.so.", "wolfSSL"},
    Library{"libmbedcrypto.so.", "Mbed TLS"},
    Library{"libmbedtls.so.", "Mbed TLS"},
    Library{"libtfpsacrypto.so.", "Mbed TLS"},
    Library{"libbotan-", "Botan"},
    Library{"libcryptopp.so.", "Crypto++"},
    Library{"libcrypto++.so.", "Crypto++"},
    Library{"libtomcrypt.so.", "LibTomCrypt"},
    Library{"libk5crypto.so.", "MIT Kerberos"},
    Library{"libhcrypto.so.", "Heimdal"},
    Library{"libhcrypto-samba4.so.", "Heimdal"},
    Library{"libmcrypt.so.", "mcrypt"},
    Library{"libolm.so.", "Olm"},
};

struct DigestLibrary {
  std::string_view soname;
  std::string_view sentence;
};

constexpr std::array k_digest_libraries = {
    DigestLibrary{"libcrypt.so.", "libcrypt hashes passwords by itself"},
    DigestLibrary{"libmd.so.", "libmd computes MD5, SHA-1 and SHA-2 by itself"},
    DigestLibrary{"libb2.so.", "libb2 computes BLAKE2 by itself"},
    DigestLibrary{"libargon2.so.", "libargon2 hashes passwords by itself"},
    DigestLibrary{"libmhash.so.", "mhash computes digests by itself"},
    DigestLibrary{"librhash.so.", "RHash computes digests by itself"},
};

// Functions of libcrypto that OpenSSL 3 calls deprecated low-level ones (migration_guide(7)): they compute in libcrypto
// itself, whatever providers are loaded. One of each family is asked for by whoever uses the family.
constexpr std::array<std::string_view, 34> k_low_level = {"MD5",
                                                          "MD5_Init",
                                                          "MD4_Init",
                                                          "RIPEMD160_Init",
                                                          "SHA1_Init",
                                                          "SHA224_Init",
                                                          "SHA256_Init",
                                                          "SHA384_Init",
                                                          "SHA512_Init",
                                                          "AES_set_encrypt_key",
                                                          "AES_set_decrypt_key",
                                                          "DES_set_key",
                                                          "DES_set_key_unchecked",
                                                          "DES_ecb_encrypt",
                                                          "RC4_set_key",
                                                          "BF_set_key",
                                                          "CAST_set_key",
                                                          "Camellia_set_key",
                                                          "SEED_set_key",
                                                          "RSA_generate_key_ex",
                                                          "RSA_public_encrypt",
                                                          "RSA_private_decrypt",
                                                          "RSA_private_encrypt",
                                                          "RSA_public_decrypt",
                                                          "RSA_sign",
                                                          "RSA_verify",
                                                          "EC_KEY_generate_key",
                                                          "ECDSA_do_sign",
                                                          "ECDSA_sign",
                                                          "ECDSA_do_verify",
                                                          "ECDSA_verify",
                                                          "ECDH_compute_key",
                                                          "DH_generate_key",
                                                          "DSA_do_sign"};

constexpr std::array<std::string_view, 4> k_context_makers = {
    "OSSL_LIB_CTX_new", "OSSL_LIB_CTX_new_child", "OSSL_LIB_CTX_new_from_dispatch", "OSSL_LIB_CTX_load_config"};

constexpr std::array<std::string_view, 4> k_ruby_digests = {"Init_md5", "Init_sha1", "Init_sha2", "Init_rmd160"};

// PyCryptodome's libraries, of ciphers and of digests, by functions that all of a kind have.
constexpr std::array<std::string_view, 2> k_pycryptodome_ends = {"_start_operation", "_pbkdf2_hmac_assist"};

bool any_export_begins(const elf::File& elf, std::string_view head) {
  return std::any_of(elf.exported_symbols.begin(), elf.exported_symbols.end(),
                     [head](const elf::Symbol& symbol) { return symbol.name.starts_with(head); });
}

bool is_of_pycryptodome(const elf::File& elf) {
  return std::any_of(elf.exported_symbols.begin(), elf.exported_symbols.end(), [](const elf::Symbol& symbol) {
    return std::any_of(k_pycryptodome_ends.begin(), k_pycryptodome_ends.end(),
                       [&symbol](std::string_view end) { return symbol.name.ends_with(end); });
  });
}

bool uses_libcrypto(const elf::File& elf) {
  return std::any_of(elf.needed_libraries.begin(), elf.needed_libraries.end(),
                     [](const std::string& name) { return name.starts_with("libcrypto"); });
}

bool is_openssls(const elf::File& elf) {
  return elf.soname.starts_with("libcrypto") || elf.soname.starts_with("libssl") ||
         elf.exported("OSSL_provider_init") != nullptr;
}

std::optional<std::string> by_soname(const elf::File& elf) {
  for (const Library& library : k_libraries)
    if (elf.soname.starts_with(library.soname))
      return std::string(library.name) + std::string(k_own);
  for (const DigestLibrary& library : k_digest_libraries)
    if (elf.soname.starts_with(library.soname))
      return std::string(library.sentence);
  return std::nullopt;
}

// Extensions of interpreters are told by the function that the interpreter calls to load them.
std::optional<std::string> by_export(const FileMarks& marks, const elf::File& elf) {
  if (marks.has(Mark::ruby_digest) && std::any_of(k_ruby_digests.begin(), k_ruby_digests.end(),
                                                  [&](auto name) { return elf.exported(name) != nullptr; }))
    return "Ruby's Digest computes by itself; only its OpenSSL library is the FIPS module's";
  if (marks.has(Mark::perl_digest) && any_export_begins(elf, "boot_Digest__"))
    return "Perl's Digest modules compute by themselves";
  if (marks.has(Mark::perl_cipher) && any_export_begins(elf, "boot_Crypt"))
    return "Perl's Crypt modules have cryptography of their own";
  if (marks.has(Mark::pycryptodome) && is_of_pycryptodome(elf))
    return "PyCryptodome" + std::string(k_own);
  if (marks.has(Mark::python_module)) {
    if (elf.exported("PyInit__bcrypt") != nullptr)
      return "Python's bcrypt hashes passwords by itself";
    if (elf.exported("PyInit__sodium") != nullptr)
      return "PyNaCl" + std::string(k_own);
  }
  return std::nullopt;
}

// Crates of crates.io, which Rust links in: a program names the source files of those that can panic, with the version.
constexpr std::array<std::string_view, 22> k_crates = {"ring",         "rustls",
                                                       "aws-lc-rs",    "chacha20poly1305",
                                                       "aes-gcm",      "aes",
                                                       "rsa",          "p256",
                                                       "p384",         "k256",
                                                       "ecdsa",        "ed25519-dalek",
                                                       "x25519-dalek", "curve25519-dalek",
                                                       "sha1",         "sha2",
                                                       "sha3",         "md-5",
                                                       "blake2",       "blake3",
                                                       "argon2",       "orion"};

/// The version behind "/ring-"; none where no digit stands there.
std::string_view version_at(std::string_view text) {
  const std::string_view version = text.substr(0, text.find_first_not_of("0123456789."));
  const bool is_version = version.size() <= 16 && version.find('.') != std::string_view::npos && version.front() != '.';
  return is_version ? version : std::string_view(); // "aes-256" is a cipher
}

std::optional<std::string> by_crates(std::span<const std::byte> content) {
  const std::string_view all{reinterpret_cast<const char*>(content.data()), content.size()};
  std::string names;
  for (const std::string_view crate : k_crates) {
    const std::string begin = "/" + std::string(crate) + "-";
    for (std::size_t at = 0; (at = find_bytes(all, begin, at)) != std::string_view::npos; ++at)
      if (const auto version = version_at(all.substr(at + begin.size(), 17)); !version.empty()) {
        names += (names.empty() ? "" : ", ") + std::string(crate) + " " + std::string(version);
        break;
      }
  }
  return names.empty() ? std::nullopt : std::optional("cryptography of Rust's own is linked in (" + names + ")");
}

std::optional<std::string> by_text(std::span<const std::byte> content, const FileMarks& marks, const elf::File& elf) {
  if (marks.has(Mark::busybox))
    return "BusyBox computes digests, password hashes and TLS by itself";
  if (marks.has(Mark::openssh))
    return "OpenSSH computes key exchange (Curve25519, sntrup761, ML-KEM), Ed25519, ChaCha20-Poly1305 and UMAC by "
           "itself, and RSA and ECDSA by functions of libcrypto that do not reach the FIPS module";
  if (marks.has(Mark::checksum_program) && !uses_libcrypto(elf))
    return "coreutils compute checksums by themselves";
  if (marks.has(Mark::git))
    return "Git computes SHA-1 by itself";
  if (marks.has(Mark::rust))
    if (auto crates = by_crates(content))
      return crates;
  if (uses_libcrypto(elf) || marks.has_openssl() || marks.openssl_version) // a plug-in of OpenSSL, or a copy of it
    return std::nullopt;
  const auto has = [&](std::string_view text) {
    const std::string_view all{reinterpret_cast<const char*>(content.data()), content.size()};
    return find_bytes(all, text, 0) != std::string_view::npos;
  };
  if (marks.has(Mark::boringssl) || marks.has(Mark::cryptogams)) {
    if (has("AWS-LC"))
      return "AWS-LC, a fork of OpenSSL, is linked in and takes no providers";
    if (marks.has(Mark::boringssl))
      return "BoringSSL, a fork of OpenSSL, is linked in and takes no providers";
    return "code of OpenSSL's authors (CRYPTOGAMS) is linked in and reaches no provider";
  }
  return std::nullopt;
}

} // namespace

bool needs_symbols(const FileMarks& marks) noexcept {
  return marks.has(Mark::libcrypto_name) || marks.has(Mark::library_context) || marks.has(Mark::ruby_digest) ||
         marks.has(Mark::perl_digest) || marks.has(Mark::perl_cipher) || marks.has(Mark::pycryptodome) ||
         marks.has(Mark::python_module) || marks.has(Mark::cryptogams);
}

std::optional<std::string> own_cryptography(std::span<const std::byte> content, const FileMarks& marks,
                                            const elf::File& elf) {
  if (is_openssls(elf))
    return std::nullopt;
  if (!uses_libcrypto(elf)) {
    if (auto found = by_soname(elf))
      return found;
    if (auto found = by_export(marks, elf))
      return found;
  }
  if (auto found = by_text(content, marks, elf))
    return found;
  if (uses_libcrypto(elf) &&
      std::any_of(k_low_level.begin(), k_low_level.end(), [&elf](std::string_view name) { return elf.imports(name); }))
    return "low-level functions of libcrypto, which do not reach the FIPS module, are called";
  return std::nullopt;
}

bool makes_library_contexts(const elf::File& elf) {
  return !is_openssls(elf) && std::any_of(k_context_makers.begin(), k_context_makers.end(),
                                          [&elf](std::string_view name) { return elf.imports(name); });
}

} // namespace kif::image
