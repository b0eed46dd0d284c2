// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/own_cryptography.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elf/elf_builder.h"

namespace kif::image {
namespace {

using testing::Optional;
using testing::StartsWith;
using testing::StrEq;

std::optional<std::string> look(const elf::Recipe& recipe) {
  const std::string file = elf::build_elf(recipe);
  const auto bytes = std::as_bytes(std::span(file));
  const FileMarks marks = find_marks(bytes);
  const elf::File elf = elf::parse(bytes, "x", needs_symbols(marks) ? elf::Symbols::read : elf::Symbols::skip).value();
  return own_cryptography(bytes, marks, elf);
}

bool makes_contexts(const elf::Recipe& recipe) {
  const std::string file = elf::build_elf(recipe);
  const auto bytes = std::as_bytes(std::span(file));
  EXPECT_TRUE(needs_symbols(find_marks(bytes)));
  return makes_library_contexts(elf::parse(bytes, "x", elf::Symbols::read).value());
}

TEST(OwnCryptography, LibrariesAreToldByTheirSoname) {
  EXPECT_EQ(look({.soname = "libgnutls.so.30"}), "GnuTLS has cryptography of its own");
  EXPECT_EQ(look({.soname = "libfreeblpriv3.so"}), "NSS has cryptography of its own");
  EXPECT_EQ(look({.soname = "libcrypt.so.1"}), "libcrypt hashes passwords by itself");
  EXPECT_EQ(look({.soname = "libk5crypto.so.3"}), "MIT Kerberos has cryptography of its own");
  EXPECT_EQ(look({.soname = "libk5crypto.so.3", .needed = {"libcrypto.so.3"}}), std::nullopt) << "built with OpenSSL";
  EXPECT_EQ(look({.needed = {"libgnutls.so.30"}}), std::nullopt) << "uses it: the library itself is named";
  EXPECT_EQ(look({.text = "libgnutls.so.30 libcrypt.so.1"}), std::nullopt) << "mentions it";
}

TEST(OwnCryptography, ExtensionsAreToldByTheFunctionThatLoadsThem) {
  EXPECT_THAT(look({.soname = "md5.so", .exports = {{"Init_md5", ""}}}), Optional(StartsWith("Ruby's Digest ")));
  EXPECT_THAT(look({.exports = {{"boot_Digest__SHA", ""}}}), Optional(StartsWith("Perl's Digest ")));
  EXPECT_THAT(look({.exports = {{"boot_CryptX", ""}}}), Optional(StartsWith("Perl's Crypt ")));
  EXPECT_THAT(look({.exports = {{"boot_Crypt__OpenSSL__RSA", ""}}, .imports = {"EVP_sha256"}, .text = ""}),
              Optional(StartsWith("Perl's Crypt ")));
  EXPECT_EQ(look({.needed = {"libcrypto.so.3"}, .exports = {{"boot_Crypt__OpenSSL__RSA", ""}}}), std::nullopt);
  EXPECT_THAT(look({.exports = {{"AES_start_operation", ""}}}), Optional(StartsWith("PyCryptodome ")));
  EXPECT_THAT(look({.exports = {{"MD5_pbkdf2_hmac_assist", ""}}}), Optional(StartsWith("PyCryptodome ")));
  EXPECT_EQ(look({.exports = {{"PyInit__md5", ""}}}), std::nullopt) << "CPython's own, which the hook guards";
  EXPECT_EQ(look({.imports = {"Init_md5", "boot_Digest__SHA", "AES_start_operation"}}), std::nullopt)
      << "called, not defined";
  EXPECT_EQ(look({.text = "Init_md5 boot_Digest__SHA AES_start_operation Init_sha2"}), std::nullopt) << "mentioned";
}

TEST(OwnCryptography, ProgramsAreToldByTheirTexts) {
  using namespace std::string_literals;
  const std::string ssh = "hmac-sha1,umac-128-etm@openssh.com,x";
  EXPECT_THAT(look({.needed = {"libcrypto.so.3"}, .text = ssh}), Optional(StartsWith("OpenSSH ")));
  EXPECT_EQ(look({.text = "chacha20-poly1305@openssh.com"}), std::nullopt) << "another one that speaks the protocol";
  EXPECT_THAT(look({.text = "%s: no properly formatted checksum lines found"}), Optional(StartsWith("coreutils ")));
  EXPECT_THAT(look({.text = "BusyBox v1.37.0"}), Optional(StartsWith("BusyBox ")));
  EXPECT_THAT(look({.text = "%s:OPENSSL_internal:%s"}), Optional(StartsWith("BoringSSL, a fork of OpenSSL,")));
  EXPECT_THAT(look({.text = "%s:OPENSSL_internal:%s AWS-LC 1.2"}), Optional(StartsWith("AWS-LC, a fork of OpenSSL,")));
  EXPECT_THAT(look({.text = "SHA256 block transform, CRYPTOGAMS by <appro@openssl.org>"}),
              Optional(StartsWith("code of OpenSSL's authors ")));
}

TEST(OwnCryptography, CratesOfRustAreToldByTheirSourceFiles) {
  const std::string rustc = "/rustc/3f5fd8dd/library/core/src/cell.rs";
  const std::string registry = "/root/.cargo/registry/src/index.crates.io-6f17/";
  EXPECT_THAT(look({.text = rustc + registry + "ring-0.17.8/src/limb.rs" + registry + "rustls-0.23.12/src/conn.rs"}),
              Optional(StrEq("cryptography of Rust's own is linked in (ring 0.17.8, rustls 0.23.12)")));
  EXPECT_THAT(look({.text = rustc + "/usr/share/cargo/registry/sha2-0.10.8/src/core_api.rs" +
                            "SHA256 for x86_64, CRYPTOGAMS by <appro>"}),
              Optional(StartsWith("cryptography of Rust's own ")))
      << "named by its crate, not by its assembly";
  EXPECT_EQ(look({.text = rustc + registry + "regex-1.10.0/src/lib.rs"}), std::nullopt);
  EXPECT_EQ(look({.text = rustc + "/ring-buffer/x /string-0.1 /aes-256-gcm /sha2-256 /ring-" + std::string(40, '1')}),
            std::nullopt);
  EXPECT_EQ(look({.text = registry + "ring-0.17.8/src/limb.rs"}), std::nullopt)
      << "a text of a program that is not Rust's";
}

TEST(OwnCryptography, OpensslAndItsPluginsAreNotNamedForTheirAssembly) {
  using namespace std::string_literals;
  const std::string assembly = "CRYPTOGAMS by <appro@openssl.org>";
  EXPECT_EQ(look({.soname = "libcrypto.so.3", .text = assembly}), std::nullopt);
  EXPECT_EQ(look({.needed = {"libcrypto.so.3"}, .text = assembly}), std::nullopt) << "an engine";
  EXPECT_EQ(look({.exports = {{"OSSL_provider_init", ""}}, .text = assembly}), std::nullopt) << "a provider";
  EXPECT_EQ(look({.text = assembly + "\0config_diagnostics\0"s}), std::nullopt) << "a copy, which is named as one";
}

TEST(OwnCryptography, LowLevelFunctionsOfLibcryptoAreToldByImport) {
  EXPECT_THAT(look({.needed = {"libcrypto.so.3"}, .imports = {"EVP_sha256", "MD5_Init"}}),
              Optional(StartsWith("low-level functions of libcrypto")));
  EXPECT_EQ(look({.needed = {"libcrypto.so.3"}, .imports = {"EVP_sha256", "SHA256"}}), std::nullopt)
      << "SHA256() asks a provider since 3.0";
  EXPECT_EQ(look({.needed = {"libmd.so.0"}, .imports = {"MD5_Init"}}), std::nullopt) << "of another library";
  EXPECT_EQ(look({.soname = "libssl.so.3", .needed = {"libcrypto.so.3"}, .imports = {"MD5_Init"}}), std::nullopt);
}

TEST(OwnCryptography, WhoMakesLibraryContextsIsToldByImport) {
  EXPECT_TRUE(makes_contexts({.needed = {"libcrypto.so.3"}, .imports = {"OSSL_LIB_CTX_new"}}));
  EXPECT_TRUE(makes_contexts({.needed = {"libcrypto.so.3"}, .imports = {"OSSL_LIB_CTX_load_config"}}));
  EXPECT_FALSE(makes_contexts({.needed = {"libcrypto.so.3"}, .imports = {"OSSL_LIB_CTX_free"}}));
  EXPECT_FALSE(makes_contexts({.soname = "libcrypto.so.3", .exports = {{"OSSL_LIB_CTX_new", ""}}})) << "defined";
  EXPECT_FALSE(makes_contexts(
      {.needed = {"libcrypto.so.3"}, .exports = {{"OSSL_provider_init", ""}}, .imports = {"OSSL_LIB_CTX_new_child"}}));
  EXPECT_FALSE(makes_contexts({.needed = {"libcrypto.so.3"}, .text = "OSSL_LIB_CTX_new"})) << "mentioned";
}

} // namespace
} // namespace kif::image
