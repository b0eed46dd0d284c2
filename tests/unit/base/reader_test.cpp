// SPDX-License-Identifier: Apache-2.0
#include "base/reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace kif {
namespace {

std::unique_ptr<Reader> zeros() {
  return std::make_unique<FdReader>(open_file("/dev/zero", O_RDONLY).value(), "/dev/zero");
}

TEST(ReaderTest, AnEndlessSourceIsStoppedAtTheBound) {
  BoundedReader reader(zeros(), 1000, "the stream");
  const auto read = read_to_end(reader, 1 << 20, "the stream");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::too_large);
  EXPECT_EQ(read.error().message, "cannot read the stream: larger than the bound of 1000 bytes");
}

TEST(ReaderTest, ReadToEndHasItsOwnBound) {
  const auto source = zeros();
  EXPECT_EQ(read_to_end(*source, 100, "zeros").error().code, ErrorCode::too_large);
}

TEST(ReaderTest, AnEmptySourceIsAnEmptyString) {
  FdReader reader(open_file("/dev/null", O_RDONLY).value(), "/dev/null");
  EXPECT_EQ(read_to_end(reader, 0, "null").value(), "");
}

} // namespace
} // namespace kif
