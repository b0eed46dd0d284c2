// SPDX-License-Identifier: Apache-2.0
#include "base/java_options.h"

#include <gtest/gtest.h>

namespace kif::java_options {
namespace {

const std::string k_option = "-XX:VMOptionsFile=/etc/kif/java.options";

TEST(JavaOptions, ArePutBeforeWhatIsThere) {
  EXPECT_EQ(with_layers(""), k_option);
  EXPECT_EQ(with_layers("-Xmx64m -Da=b"), k_option + " -Xmx64m -Da=b");
  EXPECT_EQ(with_layers(k_option + "x"), k_option + " " + k_option + "x") << "another option";
  EXPECT_EQ(with_layers("'-Da=x " + k_option + " y'"), k_option + " '-Da=x " + k_option + " y'") << "one word";
}

TEST(JavaOptions, StayWhereTheyAre) { // a JVM takes the option once
  for (const std::string& value : {k_option, k_option + " -Xmx64m", "-Xmx64m " + k_option,
                                   "-Xmx64m\t" + k_option + "\n-Da=b", "\"" + k_option + "\" -Da='b c'"})
    EXPECT_EQ(with_layers(value), std::nullopt) << value;
}

} // namespace
} // namespace kif::java_options
