// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <new>

#define ZLIB_CONST // zlib promises to leave its input alone
#include <zlib.h>
#include <zstd.h>

#include "layer/decompress.h"
#include "layer/decompressing_reader.h"

namespace kif::oci {
namespace {

class GzipCodec {
public:
  static constexpr const char* k_name = "gzip";

  GzipCodec() {
    if (::inflateInit2(m_stream.get(), 15 + 16) != Z_OK) // the largest window; 16 accepts gzip's header and no other
      throw std::bad_alloc();
  }

  /// Whether the content may end here.
  bool is_complete() const { return m_is_complete; }

  CodecStep step(std::span<const std::byte> in, std::span<std::byte> out) {
    if (m_is_complete && !in.empty()) { // gzip files may follow one another (RFC 1952 §2.2)
      ::inflateReset(m_stream.get());
      m_is_complete = false;
    }
    if (m_is_complete)
      return {};
    m_stream->next_in = reinterpret_cast<const Bytef*>(in.data());
    m_stream->avail_in = static_cast<uInt>(in.size());
    m_stream->next_out = reinterpret_cast<Bytef*>(out.data());
    m_stream->avail_out = static_cast<uInt>(out.size());
    const int status = ::inflate(m_stream.get(), Z_NO_FLUSH);
    CodecStep done{in.size() - m_stream->avail_in, out.size() - m_stream->avail_out, nullptr};
    m_is_complete = status == Z_STREAM_END;
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      done.error = m_stream->msg == nullptr ? "bad data" : m_stream->msg;
    return done;
  }

private:
  struct End {
    void operator()(z_stream* stream) const noexcept {
      ::inflateEnd(stream);
      std::default_delete<z_stream>()(stream);
    }
  };
  std::unique_ptr<z_stream, End> m_stream{std::make_unique<z_stream>().release()};
  bool m_is_complete = false;
};

class ZstdCodec {
public:
  static constexpr const char* k_name = "zstd";

  ZstdCodec() : m_stream(::ZSTD_createDStream()) {
    if (!m_stream)
      throw std::bad_alloc();
  }

  bool is_complete() const { return m_is_complete; }

  // A frame that asks for a window over 128 MiB is refused by libzstd's own default.
  CodecStep step(std::span<const std::byte> in, std::span<std::byte> out) {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t status = ::ZSTD_decompressStream(m_stream.get(), &output, &input);
    CodecStep done{input.pos, output.pos, nullptr};
    if (::ZSTD_isError(status) != 0U)
      done.error = ::ZSTD_getErrorName(status);
    else if (input.pos > 0 || output.pos > 0)
      m_is_complete = status == 0;
    return done;
  }

private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const noexcept { ::ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> m_stream;
  bool m_is_complete = false;
};

} // namespace

std::unique_ptr<Reader> decompress_layer(std::unique_ptr<Reader> source, Compression compression, std::string name) {
  switch (compression) {
  case Compression::gzip:
    return std::make_unique<DecompressingReader<GzipCodec>>(std::move(source), std::move(name));
  case Compression::zstd:
    return std::make_unique<DecompressingReader<ZstdCodec>>(std::move(source), std::move(name));
  case Compression::none:
    break;
  }
  return source;
}

} // namespace kif::oci
