// SPDX-License-Identifier: Apache-2.0
#include "layer/compression.h"

#include <algorithm>
#include <string>

#include "layer/tar_header.h"

namespace kif::oci {
namespace {

using namespace std::string_view_literals;

class PeekedReader final : public Reader {
public:
  PeekedReader(std::vector<std::byte> head, std::unique_ptr<Reader> rest)
      : m_head(std::move(head)), m_rest(std::move(rest)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (m_given == m_head.size())
      return m_rest->read(buffer);
    const std::size_t count = std::min(buffer.size(), m_head.size() - m_given);
    std::copy_n(m_head.begin() + static_cast<std::ptrdiff_t>(m_given), count, buffer.begin());
    m_given += count;
    return count;
  }

private:
  std::vector<std::byte> m_head;
  std::size_t m_given = 0;
  std::unique_ptr<Reader> m_rest;
};

bool is_tar(std::span<const std::byte> head) {
  std::string_view reason;
  return head.size() >= k_tar_block &&
         (is_empty_block(head.first<k_tar_block>()) || parse_tar_header(head.first<k_tar_block>(), reason));
}

} // namespace

Result<ToldCompression> tell_compression(std::unique_ptr<Reader> stream, Compression label, std::string_view name) {
  std::vector<std::byte> head(k_tar_block);
  std::size_t filled = 0;
  while (filled < head.size()) {
    KIF_TRY(const std::size_t count, stream->read(std::span(head).subspan(filled)));
    if (count == 0)
      break;
    filled += count;
  }
  head.resize(filled);
  const std::string_view start(reinterpret_cast<const char*>(head.data()), head.size());
  Compression compression = label;
  if (is_tar(head)) // first: a file's name may begin like anything
    compression = Compression::none;
  else if (start.starts_with("\x1f\x8b\x08"sv))
    compression = Compression::gzip;
  else if (start.starts_with("\x28\xb5\x2f\xfd"sv))
    compression = Compression::zstd;
  else if (start.starts_with("BZh"sv) || start.starts_with("\xfd"
                                                           "7zXZ\0"sv))
    return fail(Error(ErrorCode::unsupported, "cannot unpack " + std::string(name) + ": it is compressed by " +
                                                  (start.front() == 'B' ? "bzip2" : "xz") + ", which layers may not be")
                    .with_hint("skopeo copy --dest-compress-format gzip --dest-force-compress-format makes it gzip"));
  return ToldCompression{compression, std::make_unique<PeekedReader>(std::move(head), std::move(stream))};
}

std::string_view compression_name(Compression compression) {
  switch (compression) {
  case Compression::gzip:
    return "gzip";
  case Compression::zstd:
    return "zstd";
  case Compression::none:
    break;
  }
  return "no compression";
}

} // namespace kif::oci
