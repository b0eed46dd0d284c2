// SPDX-License-Identifier: Apache-2.0
#include "watch/program_start.h"

#include <cstring>

#include <gtest/gtest.h>

namespace kif::watch {
namespace {

/// Reads this process's own memory below `k_end`, as if it were another's.
class OwnMemory final : public Tracee {
public:
  bool read_memory(int, std::uint64_t address, std::span<std::byte> into) const override {
    if (address < 4096)
      return false;
    std::memcpy(into.data(), reinterpret_cast<const void*>(address), into.size());
    return true;
  }
  std::optional<std::string> read_path(int, std::uint64_t address) const override {
    return address < 4096 ? std::nullopt : std::optional<std::string>(reinterpret_cast<const char*>(address));
  }
  std::optional<Source> source_of_descriptor(int, int) const override { return std::nullopt; }
  std::optional<Source> source_of_path(int, int, const std::string&) const override { return std::nullopt; }
  Identity identify(int) const override { return {}; }
  int process_of(int tid) const override { return tid; }
  std::string root_of(int) const override { return "/"; }
  std::vector<Frame> callers(int, std::uint64_t) const override { return {}; }
  std::string own_libc(int) const override { return {}; }
  std::uint64_t stack_begin(int) const override { return 0; }
};

std::vector<std::string> read(std::vector<const char*> environment) {
  environment.push_back(nullptr);
  return leading_variables(OwnMemory(), 1, reinterpret_cast<std::uintptr_t>(environment.data()), sizeof(char*));
}

TEST(ProgramStartTest, OnlyWhatLeadsOpenSslIsKept) {
  EXPECT_EQ(read({"PATH=/bin", "OPENSSL_CONF=/dev/null", "OPENSSL_CONFIG=x", "KIF_OPENSSL_CALLS=untouched",
                  "KIF_STATUS=json", "OPENSSL_MODULES="}),
            (std::vector<std::string>{"OPENSSL_CONF=/dev/null", "KIF_OPENSSL_CALLS=untouched", "OPENSSL_MODULES="}));
  EXPECT_TRUE(read({}).empty());
}

TEST(ProgramStartTest, ValuesAreCut) {
  const std::string text = "OPENSSL_CONF=" + std::string(1000, 'x');
  EXPECT_LT(read({text.c_str()}).at(0).size(), 210U);
}

TEST(ProgramStartTest, AnEnvironmentThatCannotBeReadHasNone) {
  EXPECT_TRUE(leading_variables(OwnMemory(), 1, 0, 8).empty());
  EXPECT_TRUE(leading_variables(OwnMemory(), 1, 8, 8).empty());
  EXPECT_TRUE(read({reinterpret_cast<const char*>(16)}).empty());
}

} // namespace
} // namespace kif::watch
