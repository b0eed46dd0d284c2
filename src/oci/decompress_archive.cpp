// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <memory>
#include <new>
#include <optional>
#include <vector>

#include <archive.h>

#include "oci/decompress.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_buffer_bytes = 128 * 1024;

class ArchiveReader final : public Reader {
public:
  ArchiveReader(std::unique_ptr<Reader> source, std::string name)
      : m_name(std::move(name)), m_archive(archive_read_new()) {
    m_source.reader = std::move(source);
    if (!m_archive)
      throw std::bad_alloc();
  }

  Result<void> open() {
    archive* const handle = m_archive.get();
    // Not support_filter_all: some of those run programs.
    archive_read_support_filter_gzip(handle);
    archive_read_support_filter_bzip2(handle);
    archive_read_support_filter_xz(handle);
    archive_read_support_filter_lzma(handle);
    archive_read_support_filter_zstd(handle);
    archive_read_support_format_raw(handle);
    archive_entry* entry = nullptr;
    if (archive_read_open(handle, &m_source, nullptr, &Source::read, nullptr) != ARCHIVE_OK)
      return fail(failure());
    if (archive_filter_count(handle) < 2) // the last one is the source
      return fail(ErrorCode::invalid_input, "cannot read " + m_name + ": neither a tar archive nor a compressed one");
    if (archive_read_next_header(handle, &entry) != ARCHIVE_OK)
      return fail(failure());
    return {};
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const la_ssize_t count = archive_read_data(m_archive.get(), buffer.data(), buffer.size());
    if (count < 0)
      return fail(failure());
    return static_cast<std::size_t>(count);
  }

private:
  // libarchive's callback can only say "failed"; the reason is kept here.
  struct Source {
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
  };
  struct Free {
    void operator()(archive* handle) const noexcept { archive_read_free(handle); }
  };

  Error failure() const {
    if (m_source.error)
      return *m_source.error;
    const char* const reason = archive_error_string(m_archive.get());
    return {ErrorCode::invalid_input,
            "cannot decompress " + m_name + ": " + (reason == nullptr ? "unknown reason" : reason)};
  }

  std::string m_name;
  Source m_source; // before m_archive: its closing may call back
  std::unique_ptr<archive, Free> m_archive;
};

} // namespace

Result<std::unique_ptr<Reader>> decompress_archive(std::unique_ptr<Reader> source, std::string name) {
  auto reader = std::make_unique<ArchiveReader>(std::move(source), std::move(name));
  KIF_CHECK(reader->open());
  return reader;
}

} // namespace kif::oci
