// SPDX-License-Identifier: Apache-2.0
#include "init/status.h"

#include <gtest/gtest.h>

namespace kif::init {
namespace {

const Ready k_ready = {.module_title = "OpenSSL FIPS Provider",
                       .module_version = "3.5.9",
                       .self_tests = 41,
                       .jitterentropy_version = "3.6.3",
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
  EXPECT_EQ(render(k_ready, 143, StatusFormat::json),
            R"({"schema":1,"program":"kif-init","state":"ready",)"
            R"("module":{"name":"OpenSSL FIPS Provider","version":"3.5.9","self_tests_passed":41},)"
            R"("jitterentropy":{"version":"3.6.3","startup_test_passed":true},)"
            R"("seed":{"origin":"cpu-jitter","bytes":112,"generator":"CTR-DRBG"},"libcrypto":"3.0.22",)"
            R"("configuration":"/etc/kif/openssl.cnf","files_verified":5,"elapsed_ms":143})"
            "\n");
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

} // namespace
} // namespace kif::init
