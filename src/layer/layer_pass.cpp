// SPDX-License-Identifier: Apache-2.0
#include "layer/layer_pass.h"

#include <vector>

namespace kif::oci {
namespace {

Error over_bound(const std::string& name, std::uint64_t max_bytes) {
  return {ErrorCode::too_large,
          "cannot unpack " + name + ": the image is larger than the bound of " + std::to_string(max_bytes) + " bytes"};
}

// Takes what passes through it from an allowance that several streams share.
class AllowanceReader final : public Reader {
public:
  AllowanceReader(Reader& source, std::uint64_t& left, std::uint64_t max_bytes, const std::string& name)
      : m_source(source), m_left(left), m_max_bytes(max_bytes), m_name(name) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    KIF_TRY(const std::size_t count, m_source.read(buffer));
    if (count > m_left)
      return fail(over_bound(m_name, m_max_bytes));
    m_left -= count;
    return count;
  }

private:
  Reader& m_source;
  std::uint64_t& m_left;
  std::uint64_t m_max_bytes;
  const std::string& m_name;
};

Result<void> drain(Reader& reader) {
  std::vector<std::byte> buffer(128 * 1024);
  for (;;) {
    KIF_TRY(const std::size_t count, reader.read(buffer));
    if (count == 0)
      return {};
  }
}

} // namespace

Result<void> for_each_entry(const LayerStack& image, std::size_t layer, const Bounds& bounds, std::uint64_t& bytes_left,
                            const std::function<Result<void>(TarEntry&, std::size_t, Reader&)>& visit) {
  const std::string name = image.layer_name(layer);
  KIF_TRY(const auto stream, image.open_layer(layer));
  AllowanceReader source(*stream, bytes_left, bounds.max_total_bytes, name);
  TarReader tar(source, name, bounds.max_header_bytes);
  const auto read_entries = [&]() -> Result<void> {
    for (std::size_t ordinal = 0;; ++ordinal) {
      KIF_TRY(auto entry, tar.next());
      if (!entry)
        return {};
      if (entry->hole_bytes > bytes_left) // they cost nothing in the layer, but all the same where they are unpacked
        return fail(over_bound(name, bounds.max_total_bytes));
      bytes_left -= entry->hole_bytes;
      KIF_CHECK(visit(*entry, ordinal, tar));
    }
  };
  auto outcome = read_entries();
  // A tar that breaks off or breaks the rules may be one whose digest is wrong, which says more. Also, nothing counts
  // before the stream was verified, and that happens at its end.
  if (outcome || outcome.error().code == ErrorCode::invalid_input)
    KIF_CHECK(drain(source));
  return outcome;
}

} // namespace kif::oci
