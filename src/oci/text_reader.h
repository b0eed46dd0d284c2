// SPDX-License-Identifier: Apache-2.0
// A text as a stream.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>

#include "base/reader.h"

namespace kif::oci {

class TextReader final : public Reader {
public:
  explicit TextReader(std::shared_ptr<const std::string> text) : m_text(std::move(text)) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t count = std::min(buffer.size(), m_text->size() - m_offset);
    const auto part = std::as_bytes(std::span(*m_text)).subspan(m_offset, count);
    std::copy(part.begin(), part.end(), buffer.begin());
    m_offset += count;
    return count;
  }

private:
  std::shared_ptr<const std::string> m_text;
  std::size_t m_offset = 0;
};

} // namespace kif::oci
