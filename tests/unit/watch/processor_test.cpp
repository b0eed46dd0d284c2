// SPDX-License-Identifier: Apache-2.0
#include "watch/processor.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/file.h"

namespace kif::watch {
namespace {

TEST(Processor, AnotherOneNeedsAnInterpreter) {
  const TempDir formats = TempDir::create("kif-test-").value();
  const auto check = [&](const char* wanted, const char* own) {
    const auto checked = check_processor("oci:x:t", wanted, own, formats.path());
    return checked ? std::string("good") : checked.error().message;
  };
  EXPECT_EQ(check("amd64", "amd64"), "good");
  EXPECT_EQ(check("386", "amd64"), "good");
  EXPECT_EQ(check("arm64", "amd64"), "cannot run oci:x:t: it is for arm64, and this machine is amd64");
  EXPECT_EQ(check("amd64", "arm64"), "cannot run oci:x:t: it is for amd64, and this machine is arm64");
  // Nothing was run: no failure of the image.
  EXPECT_EQ(check_processor("oci:x:t", "arm64", "amd64", formats.path()).error().code, ErrorCode::process);
  std::ofstream(formats.path() / "qemu-aarch64") << "disabled\n";
  EXPECT_NE(check("arm64", "amd64"), "good");
  std::ofstream(formats.path() / "qemu-aarch64") << "enabled\ninterpreter /usr/bin/qemu-aarch64-static\n";
  EXPECT_EQ(check("arm64", "amd64"), "good");
  EXPECT_NE(check("amd64", "arm64"), "good");
}

} // namespace
} // namespace kif::watch
