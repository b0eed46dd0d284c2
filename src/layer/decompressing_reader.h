// SPDX-License-Identifier: Apache-2.0
// A stream decompressed by a codec, whichever library it is of.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/reader.h"
#include "base/result.h"

namespace kif::oci {

/// What a codec made of its input.
struct CodecStep {
  std::size_t consumed = 0;
  std::size_t produced = 0;
  const char* error = nullptr; ///< lives as long as the codec
};

/// `Codec` has k_name, `CodecStep step(in, out)` and `bool is_complete()`, which says whether the content may end
/// there. When it ends or breaks off, the rest of the source is read too, for whoever verifies it below.
template <class Codec> class DecompressingReader final : public Reader {
public:
  DecompressingReader(std::unique_ptr<Reader> source, std::string name)
      : m_source(std::move(source)), m_name(std::move(name)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (m_error)
      return fail(*m_error);
    auto count = advance(buffer);
    if (!count)
      m_error = count.error();
    return count;
  }

private:
  Result<std::size_t> advance(std::span<std::byte> buffer) {
    for (;;) {
      const CodecStep step = m_codec.step(m_ahead, buffer);
      m_ahead = m_ahead.subspan(step.consumed);
      if (step.error != nullptr)
        return fail(broken(step.error));
      if (step.produced > 0)
        return step.produced;
      if (step.consumed > 0 || !m_ahead.empty())
        continue;
      KIF_TRY(const std::size_t count, m_source->read(m_buffer));
      if (count == 0 && !m_codec.is_complete())
        return fail(broken("truncated"));
      if (count == 0)
        return count;
      m_ahead = std::span(m_buffer).first(count);
    }
  }

  Error broken(const char* reason) {
    for (;;) {
      auto count = m_source->read(m_buffer);
      if (!count)
        return std::move(count).error();
      if (*count == 0)
        return {ErrorCode::invalid_input, "cannot decompress " + m_name + ": " + Codec::k_name + ": " + reason};
    }
  }

  std::unique_ptr<Reader> m_source;
  std::string m_name;
  Codec m_codec;
  std::vector<std::byte> m_buffer = std::vector<std::byte>(std::size_t{128} * 1024);
  std::span<const std::byte> m_ahead;
  std::optional<Error> m_error;
};

} // namespace kif::oci
