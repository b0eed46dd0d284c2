// SPDX-License-Identifier: Apache-2.0
#include "watch/refusals.h"

#include <array>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "watch/breakpoint.h"

namespace kif::watch {
namespace {

constexpr int k_common = 2 << 18;
constexpr int k_unsupported = 268 | k_common;
constexpr int k_fetch_failed = 269 | k_common;
constexpr int k_lib_evp = 6;
constexpr int k_lib_ssl = 20;
constexpr int k_lib_prov = 57;

const std::string k_libcrypto = "/usr/lib/x86_64-linux-gnu/libcrypto.so.3";
const std::string k_libssl = "/usr/lib/x86_64-linux-gnu/libssl.so.3";
const std::string k_app = "/usr/bin/app";

std::vector<Frame> fetch_by(std::vector<Frame> others) {
  std::vector<Frame> callers = {
      {k_libcrypto, 1, "ERR_set_error"}, {k_libcrypto, 2}, {k_libcrypto, 3, "EVP_MD_fetch"}};
  callers.insert(callers.end(), others.begin(), others.end());
  return callers;
}

Refusal refusal(std::string text, std::vector<Frame> callers, int reason = k_unsupported, int library = k_lib_evp) {
  Refusal made;
  made.first.executable = k_app;
  made.first.process = "app";
  made.first.pid = 10;
  made.first.callers = std::move(callers);
  made.error = {library, reason, std::move(text)};
  return made;
}

const std::string k_md5 = "Global default library context, Algorithm (MD5 : 97), Properties (<null>)";

/// Numbers as they come; an address is the number of a text.
FormatArguments arguments(std::vector<std::uint64_t> numbers, std::map<std::uint64_t, std::string> texts = {}) {
  return {[numbers, i = std::size_t{0}]() mutable {
            return i < numbers.size() ? std::optional(numbers[i++]) : std::nullopt;
          },
          [texts](std::uint64_t address, std::size_t max) {
            const auto found = texts.find(address);
            return found == texts.end() ? std::string() : found->second.substr(0, max);
          }};
}

TEST(RefusalsTest, OnlyReasonsThatSayNoCount) {
  EXPECT_TRUE(is_refusal({k_lib_evp, k_unsupported, ""}));
  EXPECT_TRUE(is_refusal({200, k_fetch_failed, ""}));
  EXPECT_TRUE(is_refusal({k_lib_prov, 174, ""}));  // PROV_R_DIGEST_NOT_ALLOWED
  EXPECT_FALSE(is_refusal({k_lib_ssl, 174, ""}));  // the number means something else there
  EXPECT_TRUE(is_refusal({k_lib_ssl, 193, ""}));   // SSL_R_NO_SHARED_CIPHER
  EXPECT_FALSE(is_refusal({k_lib_evp, 267 | k_common, ""})); // ERR_R_MISSING_ASN1_EOS
  EXPECT_FALSE(is_refusal({k_lib_evp, 268, ""}));
  EXPECT_FALSE(is_refusal({0, 0, ""}));
  EXPECT_FALSE(is_refusal({k_lib_prov, 122, ""})); // PROV_R_INVALID_DIGEST: the module's own tests
  EXPECT_TRUE(is_refusal({k_lib_prov, 122, "MD5 could not be fetched"}));
}

TEST(RefusalsTest, FormatsArePutTogetherFromWhatTheProcessHas) {
  EXPECT_EQ(formatted("%s, Algorithm (%s : %d), Properties (%s)",
                      arguments({1, 2, 97, 0}, {{1, "Global default library context"}, {2, "MD5"}})),
            k_md5);
  EXPECT_EQ(formatted("%.*s", arguments({3, 1}, {{1, "kif: more"}})), "kif");
  EXPECT_EQ(formatted("%.*s|", arguments({~0ULL, 1}, {{1, "all of it"}})), "all of it|");
  EXPECT_EQ(formatted("100%% of %5d, %ld, %zu", arguments({~0ULL, 7, 8})), "100% of -1, 7, 8");
  EXPECT_EQ(formatted("", arguments({})), "");
}

TEST(RefusalsTest, HostileFormatsEnd) {
  EXPECT_EQ(formatted("a %n b", arguments({1})), "a …");
  EXPECT_EQ(formatted("a %", arguments({1})), "a …");
  EXPECT_EQ(formatted("a %.*", arguments({1})), "a …");
  EXPECT_EQ(formatted("a %0000000", arguments({1})), "a …");
  EXPECT_EQ(formatted("%s and %s", arguments({1}, {{1, "one"}})), "one and …"); // the second cannot be read
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += "%s";
  EXPECT_LE(formatted(many, arguments(std::vector<std::uint64_t>(1000, 1), {{1, std::string(300, 'x')}})).size(),
            k_max_error_bytes + 3);
}

TEST(RefusalsTest, WhatWasAskedForHasItsKindFromTheFetch) {
  EXPECT_EQ(asked_for(refusal(k_md5, fetch_by({}))), "digest MD5");
  EXPECT_EQ(asked_for(refusal("x, Algorithm (RC4 : 5), Properties (provider=legacy)", {})),
            "algorithm RC4 with provider=legacy");
  EXPECT_EQ(asked_for(refusal("x, Name (DER : 5), Properties (<null>)", {{k_libcrypto, 1, "OSSL_DECODER_fetch"}})),
            "decoder DER");
  EXPECT_EQ(asked_for(refusal("kif: RSA encryption with PKCS#1 v1.5 padding is refused (kif-refuse: "
                              "rsa-pkcs1-encryption)",
                              {})),
            "RSA encryption with PKCS#1 v1.5 padding is refused (kif-refuse: rsa-pkcs1-encryption)");
  EXPECT_EQ(asked_for(refusal("", {{k_libcrypto, 1, "ERR_vset_error"}, {k_libcrypto, 2, "EVP_DigestSignInit"}}, 174,
                              k_lib_prov)),
            "EVP_DigestSignInit");
  EXPECT_EQ(asked_for(refusal("", {})), "something that it does not name");
}

TEST(RefusalsTest, ReasonsAreSentences) {
  EXPECT_EQ(reason_of({k_lib_evp, k_unsupported, k_md5}), "no provider offers it");
  EXPECT_EQ(reason_of({k_lib_evp, k_fetch_failed, k_md5}), "its provider does not give it");
  EXPECT_EQ(reason_of({k_lib_prov, k_unsupported, "kif: this is refused"}), "refused by kif");
  EXPECT_EQ(reason_of({k_lib_prov, 174, ""}), "the module does not allow this digest");
  EXPECT_EQ(reason_of({k_lib_ssl, 193, ""}), "TLS: no shared cipher");
  EXPECT_EQ(reason_of({k_lib_evp, k_unsupported, ""}), "unsupported");
}

TEST(RefusalsTest, TheChainBeginsWithTheFunctionThatTheProgramCalled) {
  EXPECT_EQ(describe_askers(fetch_by(
                {{k_libcrypto, 4, "EVP_DigestInit_ex"}, {k_app, 5, "main"}, {"/lib/libc.so.6", 6}})),
            "libcrypto.so.3 EVP_DigestInit_ex < app");
  EXPECT_EQ(describe_askers(fetch_by({{k_libssl, 4}, {k_libssl, 5, "SSL_CTX_new_ex"}, {k_app, 6}})),
            "libcrypto.so.3 EVP_MD_fetch < libssl.so.3 SSL_CTX_new_ex < app");
  // A provider that refuses.
  EXPECT_EQ(describe_askers({{k_libcrypto, 1, "ERR_vset_error"},
                             {"/usr/lib/kif/fips.so", 2},
                             {k_libcrypto, 3, "CRYPTO_malloc"},
                             {"/usr/lib/kif/fips.so", 4},
                             {k_libcrypto, 5, "EVP_PKEY_encrypt"},
                             {k_app, 6}}),
            "fips.so < libcrypto.so.3 EVP_PKEY_encrypt < app");
  // OpenSSL inside the program.
  EXPECT_EQ(describe_askers({{"/usr/local/bin/node", 1, "ERR_set_error"},
                             {"/usr/local/bin/node", 2, "evp_generic_fetch"},
                             {"/usr/local/bin/node", 3, "EVP_MD_fetch"},
                             {"/usr/local/bin/node", 4, "EVP_DigestInit_ex"},
                             {"/usr/local/bin/node", 5, "_ZN4node6crypto4Hash8HashInitEPK9evp_md_stN2v85MaybeIjEE"},
                             {"/usr/local/bin/node", 6, "main"}}),
            "node EVP_DigestInit_ex < node::crypto::Hash::HashInit");
  // Implicitly, where the compiler left no public function on the stack.
  std::vector<Frame> implicit = {{"/usr/local/bin/node", 1, "ERR_set_error"},
                                       {"/usr/local/bin/node", 2, "inner_evp_generic_fetch.constprop.0"},
                                       {"/usr/local/bin/node", 3, "evp_md_init_internal"},
                                       {"/usr/local/bin/node", 4, "_ZN4node6crypto4Hash8HashInitEPK9evp_md_st"}};
  implicit.insert(implicit.begin() + 2, {"/usr/local/bin/node", 9, "_ZN2v88internal7Factory6NewMapE"}); // stale
  implicit.insert(implicit.end(), 10, {"/usr/local/bin/node", 6, "_ZN2v88internal6InvokeE"});
  implicit.push_back({"/usr/local/bin/node", 5, "EVP_MD_fetch"}); // stale
  EXPECT_EQ(describe_askers(implicit), "node < node::crypto::Hash::HashInit");
  EXPECT_EQ(asked_for(refusal("x, Algorithm (MD5 : 1), Properties ()", {implicit.begin(), implicit.begin() + 5})),
            "digest MD5");
  // Functions that are only called on the way are stale there.
  EXPECT_EQ(describe_askers(fetch_by({{k_libcrypto, 4, "OBJ_nid2sn"}, {k_libcrypto, 5, "ERR_set_mark"}, {k_app, 6}})),
            "libcrypto.so.3 EVP_MD_fetch < app");
  EXPECT_EQ(describe_askers({}), "unknown");
}

TEST(RefusalsTest, MangledNamesThatLieStayAsTheyAre) {
  const auto named = [](const char* symbol) {
    return describe_askers({{k_app, 1, "EVP_MD_fetch"}, {k_app, 2, symbol}});
  };
  EXPECT_EQ(named("_ZN99999999999999999999999999xE"), "app EVP_MD_fetch < _ZN99999999999999999999999999xE");
  EXPECT_EQ(named("_ZN5abcE"), "app EVP_MD_fetch < _ZN5abcE");
  EXPECT_EQ(named("_ZN"), "app EVP_MD_fetch < _ZN");
}

TEST(RefusalsTest, ALookOfATlsContextIsToldApart) {
  EXPECT_TRUE(is_own_look(refusal(k_md5, fetch_by({{k_libssl, 4, "SSL_CTX_new_ex"}}))));
  EXPECT_FALSE(is_own_look(refusal(k_md5, fetch_by({{k_app, 4}}))));
  EXPECT_FALSE(is_own_look(refusal("", fetch_by({{k_libssl, 4, "SSL_CTX_new_ex"}}), 193, k_lib_ssl)));
  Refusals refusals;
  refusals.watched = {k_libcrypto};
  refusals.all = {refusal(k_md5, fetch_by({{k_libssl, 4, "SSL_CTX_new_ex"}, {k_app, 5}})),
                  refusal("x, Algorithm (RC4 : 5), Properties ()",
                          fetch_by({{k_libssl, 4, "SSL_CTX_new_ex"}, {k_app, 5}}))};
  EXPECT_EQ(render_refusals(refusals).plain(),
            "app: libcrypto.so.3 EVP_MD_fetch < libssl.so.3 SSL_CTX_new_ex < app: a new TLS context goes without MD5, "
            "RC4\n"
            "nothing was refused\n");
}

TEST(RefusalsTest, AlikeOnesAreOneRowAndHostileTextIsEscaped) {
  Refusals refusals;
  refusals.started = true;
  refusals.watched = {k_libcrypto};
  EXPECT_EQ(render_refusals(refusals).plain(), "nothing was refused\n");
  // The same but for an address that shows in no name.
  refusals.all = {refusal(k_md5, {{"/gone", 1}}), refusal(k_md5, {{"/gone", 2}}),
                  refusal("x, Algorithm (\x1b[31m : 1), Properties (<null>)", {{"/gone", 1}})};
  refusals.all[1].count = 4;
  Container container;
  container.root = "/nonexistent";
  finish_refusals(refusals, container);
  ASSERT_EQ(refusals.all.size(), 2U);
  EXPECT_EQ(refusals.all[0].count, 5U);
  const std::string table = render_refusals(refusals).plain();
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
  EXPECT_NE(table.find("6 requests were refused"), std::string::npos) << table;
  const auto json = to_json(refusals);
  EXPECT_EQ(json["requests"][0]["algorithm"], "MD5");
  EXPECT_EQ(json["requests"][0]["count"], 5);
  EXPECT_EQ(json["watched"][0], k_libcrypto);
}

TEST(RefusalsTest, SilenceIsNotTakenForNothing) {
  Refusals refusals;
  EXPECT_EQ(render_refusals(refusals).plain(), "no OpenSSL 3 or 4 was seen whose refusals kif can read\n");
  refusals.dropped = 3;
  refusals.failure = "it broke";
  const std::string text = render_refusals(refusals).plain();
  EXPECT_NE(text.find("3 of them are counted and not listed"), std::string::npos);
  EXPECT_NE(text.find("the trace is not whole: it broke"), std::string::npos);
}

std::optional<FirstInstruction> first(std::array<int, k_instruction_bytes> bytes) {
  std::array<std::byte, k_instruction_bytes> code{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    code[i] = static_cast<std::byte>(bytes[i]);
  return first_instruction(code);
}

TEST(BreakpointTest, FirstInstructionsThatCanBeDoneAreKnown) {
  using Kind = FirstInstruction::Kind;
  EXPECT_EQ(first({0xF3, 0x0F, 0x1E, 0xFA}), (FirstInstruction{Kind::marker, 0, 4}));
  EXPECT_EQ(first({0x55, 0x48, 0x89, 0xE5}), (FirstInstruction{Kind::push, 5, 1}));        // push %rbp
  EXPECT_EQ(first({0x41, 0x57}), (FirstInstruction{Kind::push, 15, 2}));                   // push %r15
  EXPECT_EQ(first({0x48, 0x83, 0xEC, 0x28}), (FirstInstruction{Kind::reserve, 0x28, 4}));  // sub $0x28,%rsp
  EXPECT_EQ(first({0x48, 0x81, 0xEC, 0xD8, 0, 0, 0}), (FirstInstruction{Kind::reserve, 0xD8, 7}));
}

TEST(BreakpointTest, AllOthersAreRefused) {
  EXPECT_FALSE(first({}));
  EXPECT_FALSE(first({0x54}));                         // push %rsp: of its value before
  EXPECT_FALSE(first({0x48, 0x83, 0xEC, 0x80}));       // a negative number
  EXPECT_FALSE(first({0x48, 0x81, 0xEC, 0, 0, 0, 0x80}));
  EXPECT_FALSE(first({0x48, 0x83, 0xED, 0x08}));       // another register
  EXPECT_FALSE(first({0xCC}));                         // somebody else's breakpoint
  EXPECT_FALSE(first({0xE9, 1, 2, 3, 4}));             // a jump
}

} // namespace
} // namespace kif::watch
