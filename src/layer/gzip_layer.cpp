// SPDX-License-Identifier: Apache-2.0
#include "layer/gzip_layer.h"

#include <memory>
#include <new>
#include <vector>

#include <fcntl.h>
#define ZLIB_CONST // zlib promises to leave its input alone
#include <zlib.h>

#include "base/reader.h"

namespace kif::oci {
namespace {

constexpr int k_level = 6;
constexpr int k_gzip_window = 15 + 16; // the largest window; 16 asks for gzip's header
constexpr int k_memory_level = 8;
constexpr int k_unknown_system = 255; // RFC 1952 §2.3.1, OS

struct DeflateEnd {
  void operator()(z_stream* stream) const noexcept {
    ::deflateEnd(stream);
    std::default_delete<z_stream>()(stream);
  }
};

class GzipFile {
public:
  static Result<GzipFile> create(const std::filesystem::path& path) {
    KIF_TRY(UniqueFd fd, open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
    return GzipFile(std::move(fd), path.string());
  }

  Result<void> write(std::span<const std::byte> bytes, bool is_last) {
    m_stream->next_in = reinterpret_cast<const Bytef*>(bytes.data());
    m_stream->avail_in = static_cast<uInt>(bytes.size());
    for (;;) {
      m_stream->next_out = reinterpret_cast<Bytef*>(m_buffer.data());
      m_stream->avail_out = static_cast<uInt>(m_buffer.size());
      const int status = ::deflate(m_stream.get(), is_last ? Z_FINISH : Z_NO_FLUSH);
      if (status == Z_STREAM_ERROR)
        return fail(ErrorCode::internal, "cannot compress a layer: zlib refuses");
      const auto made = std::span(m_buffer).first(m_buffer.size() - m_stream->avail_out);
      m_hash.update(made);
      m_size += made.size();
      KIF_CHECK(write_all(m_fd.get(), made, m_path));
      if (is_last ? status == Z_STREAM_END : m_stream->avail_out > 0)
        return {};
    }
  }

  Digest finish() { return m_hash.finish(); }
  std::uint64_t size() const { return m_size; }

private:
  GzipFile(UniqueFd fd, std::string path) : m_fd(std::move(fd)), m_path(std::move(path)), m_stream(new_stream()) {
    m_header->os = k_unknown_system;
    if (::deflateInit2(m_stream.get(), k_level, Z_DEFLATED, k_gzip_window, k_memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
    ::deflateSetHeader(m_stream.get(), m_header.get());
  }
  static std::unique_ptr<z_stream, DeflateEnd> new_stream() {
    return std::unique_ptr<z_stream, DeflateEnd>(std::make_unique<z_stream>().release());
  }

  UniqueFd m_fd;
  std::string m_path;
  std::unique_ptr<gz_header> m_header = std::make_unique<gz_header>(); // zlib keeps its address
  std::unique_ptr<z_stream, DeflateEnd> m_stream;
  std::vector<std::byte> m_buffer = std::vector<std::byte>(128 * 1024);
  Sha256 m_hash;
  std::uint64_t m_size = 0;
};

} // namespace

Result<StoredLayer> store_layer(const std::filesystem::path& tar, const std::filesystem::path& target) {
  KIF_TRY(UniqueFd fd, open_file(tar, O_RDONLY));
  FdReader reader(std::move(fd), tar.string());
  KIF_TRY(GzipFile file, GzipFile::create(target));
  Sha256 diff_id;
  std::vector<std::byte> buffer(128 * 1024);
  for (;;) {
    KIF_TRY(const std::size_t count, reader.read(buffer));
    const auto bytes = std::span(buffer).first(count);
    diff_id.update(bytes);
    KIF_CHECK(file.write(bytes, count == 0));
    if (count == 0)
      return StoredLayer{file.finish(), file.size(), diff_id.finish()};
  }
}

} // namespace kif::oci
