// SPDX-License-Identifier: Apache-2.0
// Over the faulty stand-in library: every return code of jitterentropy, through a real dlopen.
#include "entropy/jitter_library.h"

#include <array>
#include <cstdlib>
#include <map>

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "entropy/seed_source.h"

namespace kif::entropy {
namespace {

const std::map<int, SourceError> k_startup_results{
    {1, SourceError::startup_no_timer},
    {2, SourceError::startup_coarse_timer},
    {3, SourceError::startup_timer_not_monotonic},
    {4, SourceError::startup_small_variation},
    {5, SourceError::startup_no_second_variation},
    {6, SourceError::startup_small_second_variation},
    {7, SourceError::startup_program_error},
    {8, SourceError::startup_stuck},
    {9, SourceError::startup_health},
    {10, SourceError::startup_repetition_count},
    {11, SourceError::startup_hash_self_test},
    {12, SourceError::startup_out_of_memory},
    {13, SourceError::startup_gcd_self_test},
    {14, SourceError::startup_unknown_result},
    {-1, SourceError::startup_unknown_result},
};

const std::map<int, SourceError> k_read_results{
    {-1, SourceError::misuse},
    {-2, SourceError::repetition_count},
    {-3, SourceError::adaptive_proportion},
    {-4, SourceError::timer},
    {-5, SourceError::lag_predictor},
    {-6, SourceError::repetition_count_permanent},
    {-7, SourceError::adaptive_proportion_permanent},
    {-8, SourceError::lag_predictor_permanent},
    {-9, SourceError::repetition_count_memory},
    {-10, SourceError::repetition_count_memory_permanent},
    {-11, SourceError::conditioning_self_test},
    {-12, SourceError::unknown_read_result},
    {31, SourceError::unknown_read_result}, // fewer bytes than asked for
};

/// The stand-in, opened after its variable was set; `faults` as its head describes.
Result<JitterLibrary> open_faulty(const std::string& faults, const char* library = KIF_FAULTY_LIBRARY) {
  ::setenv("KIF_FAULTY_JITTER", faults.c_str(), 1);
  return JitterLibrary::open(library);
}

constexpr std::array k_both = {KIF_FAULTY_LIBRARY, KIF_FAULTY_3_7};

TEST(JitterLibraryTest, WithoutFaultsItGivesDistinctBlocks) {
  auto library = open_faulty("none").value();
  EXPECT_EQ(library.version() / 1'000'000, 3u);
  EXPECT_EQ(library.settings(), jitterentropy::Settings{});
  EXPECT_EQ(library.startup_test(), SourceError::none);
  CollectorHandle* collector = nullptr;
  ASSERT_EQ(library.new_collector(collector), SourceError::none);
  std::array<std::byte, 32> first{}, second{};
  EXPECT_EQ(library.read_block(collector, first), SourceError::none);
  EXPECT_EQ(library.read_block(collector, second), SourceError::none);
  EXPECT_NE(first, second);
  library.free_collector(collector);
}

TEST(JitterLibraryTest, EachStartUpResultIsItsOwnError) {
  for (const char* version : k_both)
    for (const auto& [result, error] : k_startup_results) {
      auto library = open_faulty("startup:" + std::to_string(result), version).value();
      EXPECT_EQ(library.startup_test(), error) << version << " " << result;
    }
}

TEST(JitterLibraryTest, EachReadResultIsItsOwnError) {
  for (const char* version : k_both)
    for (const auto& [result, error] : k_read_results) {
      auto library = open_faulty("read:" + std::to_string(result) + "@2x1", version).value();
      CollectorHandle* collector = nullptr;
      ASSERT_EQ(library.new_collector(collector), SourceError::none);
      std::array<std::byte, 32> block{};
      EXPECT_EQ(library.read_block(collector, block), SourceError::none);
      EXPECT_EQ(library.read_block(collector, block), error) << version << " " << result;
      EXPECT_EQ(library.read_block(collector, block), SourceError::none);
      library.free_collector(collector);
    }
}

TEST(JitterLibraryTest, FromThreeSevenOnACollectorIsAskedForItsSelfTestAndItsStatus) {
  for (const auto& [faults, error] :
       {std::pair{"none", SourceError::none}, std::pair{"selftest:11", SourceError::conditioning_self_test},
        std::pair{"status:1", SourceError::status},    // a failure stands
        std::pair{"status:2", SourceError::status},    // FIPS mode is off
        std::pair{"status:3", SourceError::status}}) { // says nothing
    auto library = open_faulty(faults, KIF_FAULTY_3_7).value();
    CollectorHandle* collector = nullptr;
    EXPECT_EQ(library.new_collector(collector), error) << faults;
    EXPECT_EQ(collector != nullptr, error == SourceError::none);
    if (collector != nullptr)
      library.free_collector(collector);
    SeedSource source(library, {});
    std::array<std::byte, 32> out{};
    EXPECT_EQ(source.draw(out), error) << faults;
    EXPECT_EQ(source.counters().latched, error);
  }
  // 3.6.3 has neither.
  auto library = open_faulty("selftest:11,status:1").value();
  SeedSource source(library, {});
  std::array<std::byte, 32> out{};
  EXPECT_EQ(source.draw(out), SourceError::none);
}

TEST(JitterLibraryTest, AVersionThatKifDoesNotKnowIsRefused) {
  const auto library = open_faulty("none", KIF_FAULTY_UNKNOWN);
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().code, ErrorCode::unsupported);
  EXPECT_EQ(library.error().message, std::string("cannot use jitterentropy from ") + KIF_FAULTY_UNKNOWN +
                                         ": this kif does not know its version");
  EXPECT_EQ(library.error().expected, "3.4 to 3.7");
  EXPECT_EQ(library.error().got, "3.8.0");
}

TEST(JitterLibraryTest, SettingsAreThoseOfTheVersion) {
  const jitterentropy::Settings settings{.osr = 5, .flags = "ntg1", .memory_bytes = 65536};
  EXPECT_EQ(JitterLibrary::open(KIF_FAULTY_3_7, settings).value().settings(), settings);
  const auto old = JitterLibrary::open(KIF_FAULTY_LIBRARY, settings);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().code, ErrorCode::unsupported);
}

TEST(JitterLibraryTest, NoCollectorIsAnError) {
  auto library = open_faulty("alloc:1").value();
  CollectorHandle* collector = nullptr;
  EXPECT_EQ(library.new_collector(collector), SourceError::no_collector);
  EXPECT_EQ(collector, nullptr);
}

TEST(JitterLibraryTest, TheStandInGivesNothingUnlessATestAsksForIt) {
  ::unsetenv("KIF_FAULTY_JITTER");
  auto library = JitterLibrary::open(KIF_FAULTY_LIBRARY).value();
  EXPECT_EQ(library.startup_test(), SourceError::startup_program_error);
  CollectorHandle* collector = nullptr;
  EXPECT_EQ(library.new_collector(collector), SourceError::no_collector);
}

TEST(JitterLibraryTest, EachFailureReachesTheOneWhoDraws) {
  std::array<std::byte, 48> out;
  for (const auto& [result, error] : k_startup_results) {
    auto library = open_faulty("startup:" + std::to_string(result)).value();
    SeedSource source(library, {});
    out.fill(std::byte{1});
    EXPECT_EQ(source.draw(out), error) << result;
    EXPECT_EQ(out, (std::array<std::byte, 48>{})) << result;
  }
  for (const char* version : k_both)
    for (const auto& [result, error] : k_read_results) {
      auto library = open_faulty("read:" + std::to_string(result) + "@2", version).value();
      SeedSource source(library, {});
      out.fill(std::byte{1});
      EXPECT_EQ(source.draw(out), is_intermittent(error) ? too_often(error) : error) << version << " " << result;
      EXPECT_EQ(out, (std::array<std::byte, 48>{})) << version << " " << result;
    }
  auto library = open_faulty("alloc:1").value();
  SeedSource source(library, {});
  EXPECT_EQ(source.draw(out), SourceError::no_collector);
}

TEST(JitterLibraryTest, NothingOfItIsVisibleToTheProcess) {
  const auto library = open_faulty("none");
  ASSERT_TRUE(library);
  EXPECT_EQ(::dlsym(RTLD_DEFAULT, "jent_version"), nullptr);
}

TEST(JitterLibraryTest, ThePathMustBeAbsolute) {
  for (const std::string path : {"libjitterentropy.so.3", "./x.so", ""}) {
    const auto library = JitterLibrary::open(path);
    ASSERT_FALSE(library);
    EXPECT_EQ(library.error().code, ErrorCode::invalid_input);
    EXPECT_EQ(library.error().message, "cannot load jitterentropy from " + path + ": the path is not absolute");
  }
}

TEST(JitterLibraryTest, OsrIsBounded) {
  for (const unsigned osr : {0u, 2u, 21u}) {
    const auto library = JitterLibrary::open(KIF_FAULTY_LIBRARY, {.osr = osr});
    ASSERT_FALSE(library);
    EXPECT_EQ(library.error().code, ErrorCode::invalid_input);
    EXPECT_EQ(library.error().message, "cannot set jitterentropy's oversampling rate: out of range");
    EXPECT_EQ(library.error().expected, "3 to 20");
    EXPECT_EQ(library.error().got, std::to_string(osr));
  }
  EXPECT_EQ(JitterLibrary::open(KIF_FAULTY_LIBRARY, {.osr = 20}).value().settings().osr, 20u);
}

TEST(JitterLibraryTest, AMissingFileIsNamed) {
  const auto library = JitterLibrary::open("/no/such/libjitterentropy.so.3");
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().code, ErrorCode::not_found);
  EXPECT_EQ(library.error().message,
            "cannot load jitterentropy from /no/such/libjitterentropy.so.3: No such file or directory");
}

TEST(JitterLibraryTest, AFileThatIsNoLibraryIsNamed) {
  const auto folder = TempDir::create("kif-test").value();
  const std::string path = folder.path() / "libjitterentropy.so.3";
  auto file = AtomicFile::create(path).value();
  ASSERT_TRUE(file.write("not a library"));
  ASSERT_TRUE(file.commit());
  const auto library = JitterLibrary::open(path);
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().code, ErrorCode::unsupported);
  EXPECT_EQ(library.error().message.find("cannot load jitterentropy from " + path + ": "), 0u)
      << library.error().message;
}

TEST(JitterLibraryTest, AnotherLibraryIsRefusedByItsMissingFunction) {
  Dl_info libc{};
  ASSERT_NE(::dladdr(reinterpret_cast<void*>(::dlsym(RTLD_DEFAULT, "getpid")), &libc), 0);
  // In a sanitized build the name may be the sanitizer's; any library but jitterentropy does.
  const std::string path = std::filesystem::canonical(libc.dli_fname);
  const auto library = JitterLibrary::open(path);
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().code, ErrorCode::unsupported);
  EXPECT_EQ(library.error().message, "cannot use jitterentropy from " + path + ": it has no function jent_version");
}

} // namespace
} // namespace kif::entropy
