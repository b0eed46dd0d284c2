// SPDX-License-Identifier: Apache-2.0
#include "contexts/callers_libcrypto.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

namespace kif::contexts {
namespace {

const void* here() {
  return __builtin_return_address(0);
}

std::string file_of(const void* address) {
  Dl_info info{};
  return ::dladdr(address, &info) != 0 ? info.dli_fname : "";
}

TEST(CallersLibcrypto, OfAProgramItIsTheOneThatTheProgramIsLinkedWith) {
  const CallersLibcrypto libcrypto(here());
  EXPECT_FALSE(libcrypto.is_the_caller());
  void* const found = libcrypto.find<void*>("OPENSSL_init_crypto");
  // This program has a function of that name itself, as libkif-random.so does.
  EXPECT_NE(found, ::dlsym(RTLD_DEFAULT, "OPENSSL_init_crypto"));
  EXPECT_EQ(file_of(found), file_of(libcrypto.find<void*>("EVP_MD_fetch")));
  EXPECT_NE(file_of(found).find("libcrypto.so"), std::string::npos);
  EXPECT_EQ(libcrypto.find<void*>("no_such_function"), nullptr);
}

TEST(CallersLibcrypto, ItMayBeTheCallerItself) {
  const CallersLibcrypto outer(here());
  const CallersLibcrypto libcrypto(outer.find<void*>("EVP_MD_fetch"));
  EXPECT_TRUE(libcrypto.is_the_caller());
  EXPECT_EQ(libcrypto.find<void*>("OPENSSL_init_crypto"), outer.find<void*>("OPENSSL_init_crypto"));
}

TEST(CallersLibcrypto, AnAddressInNoLibraryHasTheProgramsLibcrypto) {
  const CallersLibcrypto libcrypto(nullptr);
  EXPECT_NE(libcrypto.find<void*>("OPENSSL_init_crypto"), nullptr);
}

TEST(KnownInit, WhatStaysIsKnownAfterItWasSeenOnce) {
  const CallersLibcrypto libcrypto(here());
  const auto init = libcrypto.find<InitCrypto>("OPENSSL_init_crypto");
  remember_init(init, here());
  const KnownInit of_program = known_init(here());
  EXPECT_EQ(of_program.init, init);
  EXPECT_FALSE(of_program.is_libcrypto);
  const KnownInit of_libcrypto = known_init(libcrypto.find<void*>("EVP_MD_fetch"));
  EXPECT_EQ(of_libcrypto.init, init);
  EXPECT_TRUE(of_libcrypto.is_libcrypto);
  // A library that may go is asked for anew each time.
  remember_init(init, ::dlsym(RTLD_DEFAULT, "getpid"));
  EXPECT_EQ(known_init(::dlsym(RTLD_DEFAULT, "getpid")).init, nullptr);
  EXPECT_EQ(known_init(nullptr).init, nullptr);
}

} // namespace
} // namespace kif::contexts
