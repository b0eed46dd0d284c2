// SPDX-License-Identifier: Apache-2.0
#include "init/java_options.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "base/file.h"

namespace kif::init {
namespace {

const std::string k_option = "-XX:VMOptionsFile=/etc/kif/java.options";

TEST(JavaOptions, AreRestoredInAnImageWithJavaAlone) {
  const TempDir folder = TempDir::create("kif-test-").value();
  const std::string runtimes = folder.path() / "java-runtimes";
  ::setenv("JAVA_TOOL_OPTIONS", "-Xmx64m", 1);
  EXPECT_EQ(restore_java_options(runtimes), std::nullopt);
  EXPECT_STREQ(std::getenv("JAVA_TOOL_OPTIONS"), "-Xmx64m");
  std::ofstream(runtimes) << "/usr/lib/jvm/x\n";
  EXPECT_EQ(restore_java_options(runtimes),
            "JAVA_TOOL_OPTIONS was \"-Xmx64m\": the layer's options were put before it");
  EXPECT_EQ(std::getenv("JAVA_TOOL_OPTIONS"), k_option + " -Xmx64m");
  EXPECT_EQ(restore_java_options(runtimes), std::nullopt);
  ::unsetenv("JAVA_TOOL_OPTIONS");
  EXPECT_EQ(restore_java_options(runtimes), "JAVA_TOOL_OPTIONS was lost: the layer's options were put back");
  ::unsetenv("JAVA_TOOL_OPTIONS");
}

} // namespace
} // namespace kif::init
