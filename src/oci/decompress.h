// SPDX-License-Identifier: Apache-2.0
// Decompression of streams, by libarchive's filters.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/reader.h"
#include "base/result.h"
#include "oci/manifest.h"

struct archive;

namespace kif::oci {

class DecompressingReader final : public Reader {
public:
  /// The content must be compressed in just that way (not none). At the end of the content the rest of `source` is read
  /// too, so that a VerifiedReader below comes to its verdict; where both fail, its verdict is the error. `name` names
  /// the stream in errors.
  static Result<std::unique_ptr<Reader>> create(std::unique_ptr<Reader> source, Compression compression,
                                                std::string name);
  /// gzip, bzip2, xz, lzma or zstd, found out from the content; none of them is unsupported.
  static Result<std::unique_ptr<Reader>> detect(std::unique_ptr<Reader> source, std::string name);

  ~DecompressingReader() override;
  Result<std::size_t> read(std::span<std::byte> buffer) override;

private:
  struct Source;
  struct Free {
    void operator()(archive* handle) const noexcept;
  };
  DecompressingReader(std::unique_ptr<Source> source, std::string name);
  Result<void> start();
  Error failure();

  std::unique_ptr<Source> m_source; // before m_archive: its closing may call back
  std::unique_ptr<archive, Free> m_archive;
  std::string m_name;
  std::optional<Error> m_error;
  bool m_at_end = false;
};

} // namespace kif::oci
