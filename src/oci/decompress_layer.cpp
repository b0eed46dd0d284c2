// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <new>
#include <optional>
#include <vector>

#define ZLIB_CONST // zlib promises to leave its input alone
#include <zlib.h>
#include <zstd.h>

#include "oci/decompress.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_buffer_bytes = 128 * 1024;

struct Step {
  std::size_t consumed = 0;
  std::size_t produced = 0;
  const char* error = nullptr;
};

class GzipCodec {
public:
  static constexpr const char* k_name = "gzip";

  GzipCodec() {
    if (::inflateInit2(m_stream.get(), 15 + 16) != Z_OK) // the largest window; 16 accepts gzip's header and no other
      throw std::bad_alloc();
  }

  /// Whether the content may end here.
  bool is_complete() const { return m_is_complete; }

  Step step(std::span<const std::byte> in, std::span<std::byte> out) {
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
    Step done{in.size() - m_stream->avail_in, out.size() - m_stream->avail_out, nullptr};
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
  Step step(std::span<const std::byte> in, std::span<std::byte> out) {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t status = ::ZSTD_decompressStream(m_stream.get(), &output, &input);
    Step done{input.pos, output.pos, nullptr};
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

template <class Codec> class LayerReader final : public Reader {
public:
  LayerReader(std::unique_ptr<Reader> source, std::string name)
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
      const Step step = m_codec.step(m_ahead, buffer);
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
  std::vector<std::byte> m_buffer = std::vector<std::byte>(k_buffer_bytes);
  std::span<const std::byte> m_ahead;
  std::optional<Error> m_error;
};

} // namespace

std::unique_ptr<Reader> decompress_layer(std::unique_ptr<Reader> source, Compression compression, std::string name) {
  switch (compression) {
  case Compression::gzip:
    return std::make_unique<LayerReader<GzipCodec>>(std::move(source), std::move(name));
  case Compression::zstd:
    return std::make_unique<LayerReader<ZstdCodec>>(std::move(source), std::move(name));
  case Compression::none:
    break;
  }
  return source;
}

} // namespace kif::oci
