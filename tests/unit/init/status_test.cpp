// SPDX-License-Identifier: Apache-2.0
#include "init/status.h"

#include <gtest/gtest.h>

namespace kif::init {
namespace {

const Ready k_ready = {.module_title = "OpenSSL FIPS Provider",
                       .module_version = "3.5.9",
                       .self_tests = 41,
                       .jitterentropy_version = "3.6.3",
                       .has_shipped_source = true,
                       .libcrypto_version = "3.0.22",
                       .configuration = "/etc/kif/openssl.cnf",
                       .generator = "CTR-DRBG",
                       .seed_bytes = 112,
                       .files_verified = 5};

TEST(Status, TheFormatIsTheEnvironments) {
  EXPECT_EQ(status_format(nullptr), StatusFormat::text);
  EXPECT_EQ(status_format(""), StatusFormat::text);
  EXPECT_EQ(status_format("JSON"), StatusFormat::text);
  EXPECT_EQ(status_format("json"), StatusFormat::json);
  EXPECT_EQ(status_format("quiet"), StatusFormat::quiet);
}

TEST(Status, EachJavaRuntimeHasALineOfItsOwn) {
  Ready ready = k_ready;
  ready.java = {"ready: first", "ready: \"second\""};
  EXPECT_NE(render(ready, 1, StatusFormat::text)
                .find(" 1 ms\nkif-init: java: ready: first\nkif-init: java: ready: \"second\"\n"),
            std::string::npos);
  EXPECT_NE(render(ready, 1, StatusFormat::json).find(R"(,"java":["ready: first","ready: \"second\""],"elapsed_ms")"),
            std::string::npos);
  EXPECT_EQ(render(k_ready, 1, StatusFormat::json).find("java"), std::string::npos);
  EXPECT_EQ(render(ready, 1, StatusFormat::quiet), "");
}

TEST(Status, AGoodStartIsOneLine) {
  EXPECT_EQ(render(k_ready, 143, StatusFormat::text),
            "kif-init: ready: module 3.5.9 (41 self-tests passed), jitterentropy 3.6.3 (start-up test passed), "
            "seed cpu-jitter, 5 files verified, 143 ms\n");
  EXPECT_EQ(render(k_ready, 143, StatusFormat::quiet), "");
  EXPECT_EQ(
      render(k_ready, 143, StatusFormat::json),
      R"({"schema":1,"program":"kif-init","state":"ready",)"
      R"("module":{"name":"OpenSSL FIPS Provider","version":"3.5.9","self_tests_passed":41},)"
      R"("jitterentropy":{"version":"3.6.3","startup_test_passed":true,"osr":3,"flags":"","memory_bytes":0},)"
      R"("seed":{"origin":"cpu-jitter","origin_is":"known","bytes":112,"generator":"CTR-DRBG"},"libcrypto":"3.0.22",)"
      R"("configuration":"/etc/kif/openssl.cnf","compat":[],"files_verified":5,"elapsed_ms":143})"
      "\n");
}

TEST(Status, SettingsAreSaidWhereTheyAreNotAsUsualAndInJsonAlways) {
  Ready ready = k_ready;
  ready.settings = {.osr = 4, .flags = "ntg1", .memory_bytes = 65536};
  EXPECT_NE(
      render(ready, 1, StatusFormat::text)
          .find("jitterentropy 3.6.3 (osr 4, flags ntg1, memory 65536 bytes; start-up test passed), seed cpu-jitter,"),
      std::string::npos);
  EXPECT_NE(render(ready, 1, StatusFormat::json).find(R"("osr":4,"flags":"ntg1","memory_bytes":65536})"),
            std::string::npos);
}

TEST(Status, OfALibraryThatKifDoesNotKnowTheOriginIsAClaim) {
  Ready ready = k_ready;
  ready.has_shipped_source = false;
  EXPECT_NE(render(ready, 1, StatusFormat::text)
                .find(", seed claimed to be cpu-jitter (a library that kif does not know), 5 files verified"),
            std::string::npos);
  EXPECT_NE(render(ready, 1, StatusFormat::json).find(R"("origin":"cpu-jitter","origin_is":"claimed",)"),
            std::string::npos);
}

TEST(Status, OfSeveralLibcryptosEachIsNamed) {
  Ready ready = k_ready;
  ready.libcrypto_version = "4.0.3";
  ready.further_libcryptos = {"3.5.9"};
  EXPECT_TRUE(render(ready, 1, StatusFormat::text)
                  .starts_with("kif-init: ready: OpenSSL 4.0.3 and 3.5.9, module 3.5.9 (41 self-tests passed), "));
  EXPECT_NE(render(ready, 1, StatusFormat::json)
                .find(R"(,"libcrypto":"4.0.3","further_libcryptos":["3.5.9"],"configuration":)"),
            std::string::npos);
  EXPECT_EQ(render(ready, 1, StatusFormat::quiet), "");
}

TEST(Status, WhatIsNotApprovedByChoiceIsSaidInEveryFormat) {
  Ready ready = k_ready;
  ready.leaves_openssl_calls = true;
  EXPECT_NE(render(ready, 1, StatusFormat::text)
                .find(" (start-up test passed), OpenSSL calls untouched (not approved, by choice), seed cpu-jitter, "),
            std::string::npos);
  EXPECT_EQ(render(ready, 1, StatusFormat::quiet), "kif-init: OpenSSL calls untouched (not approved, by choice)\n");
  const std::string json = render(ready, 1, StatusFormat::json);
  EXPECT_NE(json.find(R"(,"openssl_calls":{"state":"untouched","note":"OpenSSL calls untouched )"
                      R"x((not approved, by choice)"},"elapsed_ms")x"),
            std::string::npos);
}

TEST(Status, WhatIsNotApprovedByChoiceIsSaid) {
  Ready ready = k_ready;
  ready.compat = "tls12-without-ems,sha1-signatures";
  EXPECT_NE(render(ready, 1, StatusFormat::text)
                .find("seed cpu-jitter, not approved, by choice: tls12-without-ems,sha1-signatures, 5 files"),
            std::string::npos);
  EXPECT_NE(render(ready, 1, StatusFormat::json).find(R"(,"compat":["tls12-without-ems","sha1-signatures"],)"),
            std::string::npos);
  EXPECT_EQ(render(ready, 1, StatusFormat::quiet),
            "kif-init: not approved, by choice: tls12-without-ems,sha1-signatures\n");
}

TEST(Status, EachChoiceHasALineOfItsOwnWhenQuiet) {
  Ready ready = k_ready;
  ready.leaves_openssl_calls = true;
  ready.compat = "sha1-signatures";
  EXPECT_EQ(render(ready, 1, StatusFormat::quiet), "kif-init: OpenSSL calls untouched (not approved, by choice)\n"
                                                   "kif-init: not approved, by choice: sha1-signatures\n");
  EXPECT_EQ(render(k_ready, 1, StatusFormat::quiet), "");
}

TEST(Status, ATimerOfAnEmulatorIsSaidInEveryFormat) {
  Ready ready = k_ready;
  ready.machine = {machine::Timer::emulated, "QEMU TCG", "CPUID hypervisor leaf TCGTCGTCGTCG"};
  EXPECT_NE(
      render(ready, 1, StatusFormat::text)
          .find(" (start-up test passed), timer not from hardware: no entropy claim (QEMU TCG), seed cpu-jitter, "),
      std::string::npos);
  EXPECT_EQ(render(ready, 1, StatusFormat::quiet), "kif-init: timer not from hardware: no entropy claim (QEMU TCG)\n");
  EXPECT_NE(
      render(ready, 1, StatusFormat::json)
          .find(R"(,"timer":{"state":"emulated","machine":"QEMU TCG","told_by":"CPUID hypervisor leaf TCGTCGTCGTCG",)"
                R"("note":"timer not from hardware: no entropy claim"},"seed":{)"),
      std::string::npos);
}

TEST(Status, ATimerThatCannotBeToldIsSaid) {
  Ready ready = k_ready;
  ready.machine = {machine::Timer::unknown, "", "no board is named"};
  EXPECT_NE(render(ready, 1, StatusFormat::text).find(", timer perhaps not from hardware (no board is named), seed"),
            std::string::npos);
  EXPECT_NE(render(ready, 1, StatusFormat::json).find(R"(,"timer":{"state":"unknown","told_by":"no board is named"},)"),
            std::string::npos);
}

TEST(Status, AHypervisorIsNamedInJsonAndChangesNothingElse) {
  Ready ready = k_ready;
  ready.machine = {machine::Timer::no_emulator_seen, "KVM", "CPUID hypervisor leaf KVMKVMKVM"};
  EXPECT_EQ(render(ready, 1, StatusFormat::text), render(k_ready, 1, StatusFormat::text));
  EXPECT_EQ(render(ready, 1, StatusFormat::quiet), "");
  EXPECT_NE(
      render(ready, 1, StatusFormat::json)
          .find(
              R"(,"timer":{"state":"no-emulator-seen","machine":"KVM","told_by":"CPUID hypervisor leaf KVMKVMKVM"},)"),
      std::string::npos);
}

std::string said_of(const RandomStatus& random, StatusFormat format) {
  Ready ready = k_ready;
  ready.random = random;
  const std::string line = render(ready, 143, format);
  const std::string_view before = format == StatusFormat::json ? R"("files_verified":5,)" : "5 files verified, ";
  const std::size_t begin = line.find(before) + before.size();
  return line.substr(begin, line.find(format == StatusFormat::json ? R"(,"elapsed)" : ", 143 ms") - begin);
}

TEST(Status, WhereTheRandomBytesComeFromIsSaid) {
  const auto text = [](const RandomStatus& random) { return said_of(random, StatusFormat::text); };
  EXPECT_EQ(text({true, "", true, ""}), "random bytes from broker and catch-all");
  EXPECT_EQ(text({true, "", true, "", false}), "random bytes from broker and catch-all, nothing drawn ahead");
  EXPECT_EQ(text({true, "", false, "KIF_CATCH_ALL=off"}), "random bytes from broker, no catch-all (KIF_CATCH_ALL=off)");
  EXPECT_EQ(text({false, "the name is taken", true, ""}), "random bytes from catch-all, no broker (the name is taken)");
  EXPECT_EQ(text({false, "a", false, "b"}), "no broker (a), no catch-all (b)");
  EXPECT_EQ(text({false, "", false, ""}), "no broker, no catch-all");
  EXPECT_EQ(said_of({true, "", false, "\"forbidden\""}, StatusFormat::json),
            R"("broker":{"state":"on"},"catch_all":{"state":"off","reason":"\"forbidden\""})");
}

TEST(Status, ARefusedStartIsSaidAlsoWhenQuiet) {
  const FailedCheck failed = {Failure::layer_files,
                              Error(ErrorCode::digest_mismatch, "cannot verify /x: changed").with_mismatch("a", "b")};
  EXPECT_EQ(render(failed, StatusFormat::text),
            "kif-init: error: cannot verify /x: changed\n  expected: a\n  got:      b\n");
  EXPECT_EQ(render(failed, StatusFormat::quiet), render(failed, StatusFormat::text));
  EXPECT_EQ(render(failed, StatusFormat::json),
            R"({"schema":1,"program":"kif-init","state":"refused","failure":"layer-files","exit_code":82,)"
            R"("message":"cannot verify /x: changed","expected":"a","got":"b"})"
            "\n");
}

TEST(Status, EachNoticeIsOneObjectInJson) {
  const Error error = Error(ErrorCode::not_found, "cannot run \"x\"\n").with_hint("the hint");
  EXPECT_EQ(
      render(Notice{"not-run", error, 127}, StatusFormat::json),
      R"({"schema":1,"program":"kif-init","state":"not-run","exit_code":127,"message":"cannot run \"x\"\u000a","hint":"the hint"})"
      "\n");
  EXPECT_EQ(render(Notice{"failed", {ErrorCode::entropy, "no more"}}, StatusFormat::json),
            R"({"schema":1,"program":"kif-init","state":"failed","message":"no more"})"
            "\n");
}

TEST(Status, ANoticeIsAnErrorOrIsNot) {
  for (const StatusFormat format : {StatusFormat::text, StatusFormat::quiet}) {
    EXPECT_EQ(render(Notice{"failed", {ErrorCode::entropy, "no more"}}, format), "kif-init: error: no more\n");
    EXPECT_EQ(render(Notice{"stopped", {ErrorCode::process, "stopped by SIGTERM while the checks ran"}, 143}, format),
              "kif-init: stopped by SIGTERM while the checks ran\n");
  }
}

} // namespace
} // namespace kif::init
