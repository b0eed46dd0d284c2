// SPDX-License-Identifier: Apache-2.0
// Compressed layers and archives: the same content however the stream is cut, never more than what is asked for, an
// error for whatever is cut off; what libz and libzstd made comes back as it was.
#include "layer/decompress.h"

#include <array>

#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include "memory_reader.h"
#include "layer/compression.h"
#include "target.h"

namespace {

using namespace kif;

constexpr std::size_t k_bound = 256 * 1024; // 16 KB of deflate may hold 16 MB

fuzz::Stream unpack(std::string_view content, oci::Compression compression, std::size_t piece, std::size_t buffer) {
  const auto reader = oci::decompress_layer(std::make_unique<fuzz::MemoryReader>(content, piece), compression, "x");
  return fuzz::read_stream(*reader, k_bound, buffer);
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  fuzz::demand(::deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "libz is there");
  std::string packed(::deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<const Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  fuzz::demand(::deflate(&stream, Z_FINISH) == Z_STREAM_END, "libz packs");
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

std::string zstd(std::string_view text) {
  std::string packed(::ZSTD_compressBound(text.size()), '\0');
  const std::size_t count = ::ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 1);
  fuzz::demand(::ZSTD_isError(count) == 0U, "libzstd packs");
  packed.resize(count);
  return packed;
}

void demand_round_trip(std::string_view text, const std::string& packed, oci::Compression compression) {
  const fuzz::Stream whole = unpack(packed + packed, compression, 1000, 3000); // several may follow one another
  fuzz::demand(whole.is_whole && whole.content == std::string(text) + std::string(text), "what was packed comes back");
  const fuzz::Stream cut = unpack(std::string_view(packed).substr(0, packed.size() - 1), compression, 1000, 3000);
  fuzz::demand(!cut.is_whole && text.starts_with(cut.content), "what is cut off is an error");
  const auto told = oci::tell_compression(std::make_unique<fuzz::MemoryReader>(packed, 3), oci::Compression::none, "x");
  fuzz::demand(told && told->compression == compression, "what was packed is told by its content");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  for (const oci::Compression compression : {oci::Compression::gzip, oci::Compression::zstd}) {
    const fuzz::Stream whole = unpack(text, compression, size + 1, 4096);
    const fuzz::Stream pieces = unpack(text, compression, 5, 1000);
    const bool is_over = whole.content.size() > k_bound || pieces.content.size() > k_bound;
    // Up to where it is damaged, which a larger buffer shows earlier.
    fuzz::demand(is_over || (whole.is_whole == pieces.is_whole &&
                             (whole.is_whole ? whole.content == pieces.content
                                             : pieces.content.starts_with(whole.content) ||
                                                   whole.content.starts_with(pieces.content))),
                 "the same content in other pieces");
    if (!whole.is_whole)
      fuzz::demand_good_error(Result<void>(fail(whole.error)));
  }
  fuzz::demand_good_error(
      oci::tell_compression(std::make_unique<fuzz::MemoryReader>(text, 11), oci::Compression::none, "x"));
  demand_round_trip(text, gzip(text), oci::Compression::gzip);
  demand_round_trip(text, zstd(text), oci::Compression::zstd);

  // The archive of an image in any compression.
  const auto archive = oci::decompress_archive(std::make_unique<fuzz::MemoryReader>(text, 4096), text, "x");
  fuzz::demand_good_error(archive);
  if (archive) {
    const fuzz::Stream content = fuzz::read_stream(**archive, k_bound);
    if (!content.is_whole)
      fuzz::demand_good_error(Result<void>(fail(content.error)));
  }
  return 0;
}
