// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/file_cryptography.h"

#include <gtest/gtest.h>

#include "elf/elf_builder.h"

namespace kif::image {
namespace {

std::optional<FileCryptography> look(const elf::Recipe& recipe, std::string_view path = "/opt/x") {
  const std::string file = elf::build_elf(recipe);
  return cryptography_in(path, std::as_bytes(std::span(file)));
}

TEST(FileCryptography, AFileWithoutAnyIsNotNamed) {
  EXPECT_FALSE(look({.needed = {"libc.so.6"}, .imports = {"getrandom"}}));
  EXPECT_FALSE(cryptography_in("/bin/sh", std::as_bytes(std::span("#!/bin/sh", 9))));
}

TEST(FileCryptography, ASharedLibcryptoHasAVersionAndAFolder) {
  using namespace std::string_literals;
  const auto found = look({.soname = "libcrypto.so.3",
                           .needed = {"libc.so.6"},
                           .text = "OpenSSL 3.5.4 30 Sep 2025\0default_properties\0OPENSSLDIR: \"/usr/lib/ssl\"\0"s},
                          "/usr/lib/libcrypto.so.3");
  ASSERT_TRUE(found && found->libcrypto);
  EXPECT_TRUE(found->libcrypto->is_shared);
  EXPECT_EQ(found->libcrypto->version, "3.5.4");
  EXPECT_EQ(found->openssl_folders, (std::vector<std::string>{"/usr/lib/ssl"}));
  EXPECT_FALSE(found->runtime);
}

TEST(FileCryptography, WhatItDrawsFromIsToldByTheNamesThatItAsksFor) {
  const auto source = [](elf::Recipe recipe) {
    recipe.soname = "libsodium.so.23";
    const auto found = look(recipe);
    return found ? found->random_source : "nothing found";
  };
  EXPECT_EQ(source({.needed = {"libc.so.6"}, .imports = {"getrandom"}}), "getrandom of libc");
  EXPECT_EQ(source({.needed = {"libc.so.6"}, .imports = {"arc4random_buf", "syscall"}, .text = "/dev/urandom"}),
            "getrandom of libc, syscall of libc, /dev/urandom");
  EXPECT_EQ(source({.needed = {"libc.so.6"}}), "none by its names");
}

} // namespace
} // namespace kif::image
