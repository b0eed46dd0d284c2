// SPDX-License-Identifier: Apache-2.0
#include "oci/decompress.h"

#include <cerrno>
#include <new>
#include <vector>

#include <archive.h>

namespace kif::oci {
namespace {

constexpr std::size_t k_buffer_bytes = 128 * 1024;

} // namespace

// What libarchive reads from. Its callback can only say "failed"; the reason is kept here.
struct DecompressingReader::Source {
  std::unique_ptr<Reader> reader;
  std::vector<std::byte> buffer = std::vector<std::byte>(k_buffer_bytes);
  std::optional<Error> error = {};

  static la_ssize_t read(archive* handle, void* self, const void** data) {
    auto* const source = static_cast<Source*>(self);
    auto count = source->reader->read(source->buffer);
    if (!count) {
      source->error = std::move(count).error();
      archive_set_error(handle, EIO, "source failed");
      return -1;
    }
    *data = source->buffer.data();
    return static_cast<la_ssize_t>(*count);
  }

  Result<void> drain() {
    for (;;) {
      KIF_TRY(const std::size_t count, reader->read(buffer));
      if (count == 0)
        return {};
    }
  }
};

void DecompressingReader::Free::operator()(archive* handle) const noexcept {
  archive_read_free(handle);
}

DecompressingReader::DecompressingReader(std::unique_ptr<Source> source, std::string name)
    : m_source(std::move(source)), m_archive(archive_read_new()), m_name(std::move(name)) {
  if (!m_archive)
    throw std::bad_alloc();
  archive_read_support_format_raw(m_archive.get());
  archive_read_support_format_empty(m_archive.get());
}

DecompressingReader::~DecompressingReader() = default;

Result<std::unique_ptr<Reader>> DecompressingReader::create(std::unique_ptr<Reader> source, Compression compression,
                                                            std::string name) {
  auto kept = std::make_unique<Source>();
  kept->reader = std::move(source);
  std::unique_ptr<DecompressingReader> reader(new DecompressingReader(std::move(kept), std::move(name)));
  // One filter, set by hand: libarchive's own search would also undo a compression inside the compression.
  const int filter = compression == Compression::zstd ? ARCHIVE_FILTER_ZSTD : ARCHIVE_FILTER_GZIP;
  if (archive_read_append_filter(reader->m_archive.get(), filter) != ARCHIVE_OK)
    return fail(reader->failure());
  KIF_CHECK(reader->start());
  return reader;
}

Result<std::unique_ptr<Reader>> DecompressingReader::detect(std::unique_ptr<Reader> source, std::string name) {
  auto kept = std::make_unique<Source>();
  kept->reader = std::move(source);
  std::unique_ptr<DecompressingReader> reader(new DecompressingReader(std::move(kept), std::move(name)));
  // Not support_filter_all: some of those run programs.
  archive* const handle = reader->m_archive.get();
  archive_read_support_filter_gzip(handle);
  archive_read_support_filter_bzip2(handle);
  archive_read_support_filter_xz(handle);
  archive_read_support_filter_lzma(handle);
  archive_read_support_filter_zstd(handle);
  KIF_CHECK(reader->start());
  if (archive_filter_count(handle) < 2) // the last filter is the source
    return fail(ErrorCode::invalid_input,
                "cannot read " + reader->m_name + ": neither a tar archive nor a compressed one");
  return reader;
}

Result<void> DecompressingReader::start() {
  archive_entry* entry = nullptr;
  if (archive_read_open(m_archive.get(), m_source.get(), nullptr, &Source::read, nullptr) != ARCHIVE_OK)
    return fail(failure());
  const int status = archive_read_next_header(m_archive.get(), &entry);
  if (status == ARCHIVE_EOF) {
    m_at_end = true;
    return m_source->drain();
  }
  if (status != ARCHIVE_OK)
    return fail(failure());
  return {};
}

// The source's own error counts most. Content that cannot be decompressed is most often content with a wrong digest.
Error DecompressingReader::failure() {
  if (m_source->error)
    return *m_source->error;
  if (auto drained = m_source->drain(); !drained)
    return std::move(drained).error();
  const char* const reason = archive_error_string(m_archive.get());
  return {ErrorCode::invalid_input,
          "cannot decompress " + m_name + ": " + (reason == nullptr ? "unknown reason" : reason)};
}

Result<std::size_t> DecompressingReader::read(std::span<std::byte> buffer) {
  if (m_error)
    return fail(*m_error);
  if (m_at_end)
    return std::size_t{0};
  const la_ssize_t count = archive_read_data(m_archive.get(), buffer.data(), buffer.size());
  if (count < 0) {
    m_error = failure();
    return fail(*m_error);
  }
  if (count == 0) {
    m_at_end = true;
    if (auto drained = m_source->drain(); !drained) {
      m_error = std::move(drained).error();
      return fail(*m_error);
    }
  }
  return static_cast<std::size_t>(count);
}

} // namespace kif::oci
