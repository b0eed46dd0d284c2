// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include <bzlib.h>
#include <lzma.h>

#include "layer/decompress.h"
#include "layer/decompressing_reader.h"

namespace kif::oci {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view k_gzip = "\x1f\x8b"sv;
constexpr std::string_view k_bzip2 = "BZh"sv;
constexpr std::string_view k_xz = "\xfd"
                                  "7zXZ\0"sv;
constexpr std::string_view k_zstd = "\x28\xb5\x2f\xfd"sv;

// A large archive made with `xz -9` takes 65 MB; a hostile one may ask for 4 GB.
constexpr std::uint64_t k_max_xz_memory = std::uint64_t{128} * 1024 * 1024;

// Files of bzip2 may follow one another, as those of gzip: pbzip2 writes them so.
class Bzip2Codec {
public:
  static constexpr const char* k_name = "bzip2";

  Bzip2Codec() { begin(); }
  Bzip2Codec(const Bzip2Codec&) = delete;
  Bzip2Codec& operator=(const Bzip2Codec&) = delete;
  ~Bzip2Codec() { ::BZ2_bzDecompressEnd(&m_stream); }

  bool is_complete() const { return m_is_complete; }

  CodecStep step(std::span<const std::byte> in, std::span<std::byte> out) {
    if (m_is_complete && in.empty())
      return {};
    if (m_is_complete) {
      ::BZ2_bzDecompressEnd(&m_stream);
      begin();
    }
    m_stream.next_in = reinterpret_cast<char*>(const_cast<std::byte*>(in.data())); // it is only read
    m_stream.avail_in = static_cast<unsigned>(in.size());
    m_stream.next_out = reinterpret_cast<char*>(out.data());
    m_stream.avail_out = static_cast<unsigned>(out.size());
    const int status = ::BZ2_bzDecompress(&m_stream);
    m_is_complete = status == BZ_STREAM_END;
    return {in.size() - m_stream.avail_in, out.size() - m_stream.avail_out,
            status == BZ_OK || m_is_complete ? nullptr : "bad data"};
  }

private:
  void begin() {
    m_stream = {};
    m_is_complete = false;
    if (::BZ2_bzDecompressInit(&m_stream, 0, 0) != BZ_OK)
      throw std::bad_alloc();
  }

  bz_stream m_stream = {};
  bool m_is_complete = false;
};

// So may those of xz, with zeros between them.
class XzCodec {
public:
  static constexpr const char* k_name = "xz";

  XzCodec() { begin(); }
  XzCodec(const XzCodec&) = delete;
  XzCodec& operator=(const XzCodec&) = delete;
  ~XzCodec() { ::lzma_end(&m_stream); }

  bool is_complete() const { return m_is_complete; }

  CodecStep step(std::span<const std::byte> in, std::span<std::byte> out) {
    if (m_is_complete) {
      const auto zeros = std::find_if(in.begin(), in.end(), [](std::byte byte) { return byte != std::byte{0}; });
      if (zeros != in.begin() || in.empty())
        return {static_cast<std::size_t>(zeros - in.begin()), 0, nullptr};
      begin();
    }
    m_stream.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    m_stream.avail_in = in.size();
    m_stream.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    m_stream.avail_out = out.size();
    const lzma_ret status = ::lzma_code(&m_stream, LZMA_RUN);
    m_is_complete = status == LZMA_STREAM_END;
    const char* const error = status == LZMA_OK || status == LZMA_BUF_ERROR || m_is_complete ? nullptr
                              : status == LZMA_MEMLIMIT_ERROR ? "it asks for more than 128 MiB of memory"
                                                              : "bad data";
    return {in.size() - m_stream.avail_in, out.size() - m_stream.avail_out, error};
  }

private:
  void begin() {
    m_is_complete = false;
    if (::lzma_stream_decoder(&m_stream, k_max_xz_memory, 0) != LZMA_OK)
      throw std::bad_alloc();
  }

  lzma_stream m_stream = LZMA_STREAM_INIT;
  bool m_is_complete = false;
};

} // namespace

Result<std::unique_ptr<Reader>> decompress_archive(std::unique_ptr<Reader> source, std::string_view start,
                                                   std::string name) {
  if (start.starts_with(k_gzip))
    return decompress_layer(std::move(source), Compression::gzip, std::move(name));
  if (start.starts_with(k_zstd))
    return decompress_layer(std::move(source), Compression::zstd, std::move(name));
  if (start.starts_with(k_bzip2))
    return std::make_unique<DecompressingReader<Bzip2Codec>>(std::move(source), std::move(name));
  if (start.starts_with(k_xz))
    return std::make_unique<DecompressingReader<XzCodec>>(std::move(source), std::move(name));
  return fail(ErrorCode::invalid_input, "cannot read " + name + ": neither a tar archive nor a compressed one");
}

} // namespace kif::oci
