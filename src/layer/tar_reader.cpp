// SPDX-License-Identifier: Apache-2.0
#include "layer/tar_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace kif::oci {
namespace {

constexpr std::size_t k_buffer_bytes = 128 * 1024;
constexpr std::string_view k_capability = "SCHILY.xattr.security.capability";

std::string_view without_nuls(std::string_view text) {
  return text.substr(0, text.find('\0'));
}

template <class Number> bool parse_decimal(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// Seconds with an optional fraction, "1700000000.123456789"; digits past nanoseconds are dropped.
bool parse_time(std::string_view text, TarEntry& entry) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::int64_t seconds = 0;
  if (!parse_decimal(whole, seconds))
    return false;
  std::uint32_t nanoseconds = 0;
  if (point != std::string_view::npos) {
    std::string fraction(text.substr(point + 1));
    if (fraction.find_first_not_of("0123456789") != std::string::npos)
      return false;
    fraction.resize(9, '0');
    parse_decimal(fraction, nanoseconds);
  }
  if (whole.starts_with('-') && nanoseconds > 0) { // time stamps count nanoseconds upwards from the second below
    if (seconds == INT64_MIN)
      return false;
    --seconds;
    nanoseconds = 1'000'000'000 - nanoseconds;
  }
  entry.mtime_seconds = seconds;
  entry.mtime_nanoseconds = nanoseconds;
  return true;
}

std::optional<TarType> type_of(const TarHeader& header) {
  switch (header.type) {
  case '\0':
    return header.name.ends_with('/') ? TarType::directory : TarType::regular; // before ustar, there was no '5'
  case '0':
  case '7':
    return TarType::regular;
  case '1':
    return TarType::hard_link;
  case '2':
    return TarType::symlink;
  case '3':
    return TarType::character_device;
  case '4':
    return TarType::block_device;
  case '5':
    return TarType::directory;
  case '6':
    return TarType::fifo;
  default:
    return std::nullopt;
  }
}

std::string_view value_of(const std::map<std::string, std::string>& records, const char* key) {
  const auto found = records.find(key);
  return found == records.end() ? std::string_view() : std::string_view(found->second);
}

enum class SparseFormat { none, in_header, in_content };

// As Go's archive/tar tells them apart; a version that it does not know is a plain file to it.
SparseFormat sparse_format(const std::map<std::string, std::string>& records) {
  const std::string_view major = value_of(records, "GNU.sparse.major");
  const std::string_view minor = value_of(records, "GNU.sparse.minor");
  if (major == "1" && minor == "0")
    return SparseFormat::in_content;
  if (major == "0" && (minor == "0" || minor == "1"))
    return SparseFormat::in_header;
  if (!major.empty() || !minor.empty() || value_of(records, "GNU.sparse.map").empty())
    return SparseFormat::none;
  return SparseFormat::in_header;
}

} // namespace

TarReader::TarReader(Reader& source, std::string name, std::size_t max_header_bytes)
    : m_source(&source), m_name(std::move(name)), m_max_header_bytes(max_header_bytes), m_buffer(k_buffer_bytes) {}

TarReader::TarReader(SkippingReader& source, std::string name, std::size_t max_header_bytes)
    : TarReader(static_cast<Reader&>(source), std::move(name), max_header_bytes) {
  m_skipping = &source;
}

Error TarReader::error_at(std::uint64_t offset, std::string_view reason) const {
  return {ErrorCode::invalid_input,
          "cannot read " + m_name + ": " + std::string(reason) + " at byte " + std::to_string(offset)};
}

Result<std::size_t> TarReader::fill() {
  if (m_ahead.empty()) {
    KIF_TRY(const std::size_t count, m_source->read(m_buffer));
    m_ahead = std::span(m_buffer).first(count);
  }
  return m_ahead.size();
}

// False at the end of the stream; a part of a block is an error.
Result<bool> TarReader::read_block(std::span<std::byte, k_tar_block> block) {
  std::size_t filled = 0;
  while (filled < block.size()) {
    KIF_TRY(const std::size_t available, fill());
    if (available == 0) {
      if (filled == 0)
        return false;
      return fail(error_at(m_offset, "truncated"));
    }
    const std::size_t count = std::min(available, block.size() - filled);
    std::memcpy(block.data() + filled, m_ahead.data(), count);
    m_ahead = m_ahead.subspan(count);
    m_offset += count;
    filled += count;
  }
  return true;
}

Result<void> TarReader::skip(std::uint64_t bytes) {
  while (bytes > 0) {
    if (m_ahead.empty() && m_skipping != nullptr) {
      if (!m_skipping->skip(bytes))
        return fail(error_at(m_offset, "truncated"));
      m_offset += bytes;
      return {};
    }
    KIF_TRY(const std::size_t available, fill());
    if (available == 0)
      return fail(error_at(m_offset, "truncated"));
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(available, bytes));
    m_ahead = m_ahead.subspan(count);
    m_offset += count;
    bytes -= count;
  }
  return {};
}

// Some archives end with the last file's content (umoci's inserted layers); the next header is then not there either.
Result<void> TarReader::skip_padding() {
  while (m_padding > 0) {
    KIF_TRY(const std::size_t available, fill());
    const std::size_t count = std::min(available, m_padding);
    m_ahead = m_ahead.subspan(count);
    m_offset += count;
    m_padding = available == 0 ? 0 : m_padding - count;
  }
  return {};
}

Result<std::size_t> TarReader::read(std::span<std::byte> buffer) {
  return m_sparse ? read_sparse(buffer) : read_stored(buffer);
}

Result<std::size_t> TarReader::read_sparse(std::span<std::byte> buffer) {
  Sparse& sparse = *m_sparse;
  while (sparse.next < sparse.extents.size() &&
         sparse.position == sparse.extents[sparse.next].offset + sparse.extents[sparse.next].size)
    ++sparse.next;
  const bool has_extent = sparse.next < sparse.extents.size();
  const SparseExtent extent = has_extent ? sparse.extents[sparse.next] : SparseExtent{sparse.size, 0};
  if (sparse.position < extent.offset) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), extent.offset - sparse.position));
    std::fill_n(buffer.begin(), count, std::byte{0});
    sparse.position += count;
    return count;
  }
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), extent.offset + extent.size - sparse.position));
  if (wanted == 0)
    return std::size_t{0};
  KIF_TRY(const std::size_t count, read_stored(buffer.first(wanted)));
  sparse.position += count;
  return count;
}

Result<std::size_t> TarReader::read_stored(std::span<std::byte> buffer) {
  if (m_content_left == 0)
    return std::size_t{0};
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(m_content_left, buffer.size()));
  std::size_t count = 0;
  if (m_ahead.empty() && wanted >= m_buffer.size()) { // large pieces go straight to the caller
    KIF_TRY(count, m_source->read(buffer.first(wanted)));
  } else {
    KIF_TRY(const std::size_t available, fill());
    count = std::min(available, wanted);
    std::memcpy(buffer.data(), m_ahead.data(), count);
    m_ahead = m_ahead.subspan(count);
  }
  if (count == 0)
    return fail(error_at(m_offset, "truncated"));
  m_offset += count;
  m_content_left -= count;
  return count;
}

Result<std::string> TarReader::read_extension(std::uint64_t size) {
  if (size > m_max_header_bytes)
    return fail(ErrorCode::too_large, "cannot read " + m_name + ": extended header of " + std::to_string(size) +
                                          " bytes at byte " + std::to_string(m_header_offset) +
                                          " is larger than the bound of " + std::to_string(m_max_header_bytes));
  std::string text(static_cast<std::size_t>(size), '\0');
  m_content_left = size;
  for (std::size_t filled = 0; filled < text.size();) {
    KIF_TRY(const std::size_t count, read_stored(std::as_writable_bytes(std::span(text)).subspan(filled)));
    filled += count;
  }
  KIF_CHECK(skip(tar_padding(size)));
  return text;
}

// Records are "LENGTH KEY=VALUE\n", LENGTH being that of the whole record in decimal.
Result<TarReader::Records> TarReader::parse_records(const std::string& text) const {
  Records records;
  std::string sparse_map;
  std::size_t sparse_numbers = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t blank = rest.find(' ');
    std::size_t length = 0;
    if (blank == std::string_view::npos || !parse_decimal(rest.substr(0, blank), length) || length > rest.size() ||
        length < blank + 2 || rest[length - 1] != '\n')
      return fail(error_at(m_header_offset, "bad PAX header"));
    const std::string_view record = rest.substr(blank + 1, length - blank - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return fail(error_at(m_header_offset, "bad PAX header"));
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (key == "GNU.sparse.offset" || key == "GNU.sparse.numbytes") { // 0.0 repeats them in turn
      const bool is_offset = key == "GNU.sparse.offset";
      if (is_offset != (sparse_numbers % 2 == 0) || value.find(',') != std::string_view::npos)
        return fail(error_at(m_header_offset, "bad PAX record \"" + std::string(key) + "\""));
      sparse_map += (sparse_numbers++ == 0 ? "" : ",") + std::string(value);
    } else {
      records[std::string(key)] = value;
    }
    rest.remove_prefix(length);
  }
  if (sparse_numbers > 0)
    records["GNU.sparse.map"] = std::move(sparse_map);
  return records;
}

Result<std::optional<TarEntry>> TarReader::next() {
  if (m_at_end)
    return std::optional<TarEntry>();
  KIF_CHECK(skip(m_content_left));
  m_content_left = 0;
  m_sparse.reset();
  KIF_CHECK(skip_padding());

  Records records;
  std::string long_name;
  std::string long_link;
  bool is_extended = false;
  for (;;) {
    std::array<std::byte, k_tar_block> block{};
    m_header_offset = m_offset;
    KIF_TRY(const bool is_there, read_block(block));
    // Archives without the two empty blocks at their end exist; what is missing, if anything, is told by digests.
    if (!is_there || is_empty_block(block)) {
      if (is_extended)
        return fail(error_at(m_header_offset, "extended header without an entry"));
      m_at_end = true;
      return std::optional<TarEntry>();
    }
    std::string_view reason;
    auto header = parse_tar_header(block, reason);
    if (!header)
      return fail(error_at(m_header_offset, reason));
    switch (header->type) {
    case 'x': {
      KIF_TRY(const std::string text, read_extension(header->size));
      KIF_TRY(records, parse_records(text));
      break;
    }
    case 'g': {
      // Whatever it says of the entries that follow, programs in Go pass over it, and they are those that run images.
      KIF_TRY(const std::string text, read_extension(header->size));
      KIF_CHECK(parse_records(text));
      continue;
    }
    case 'L': {
      KIF_TRY(const std::string text, read_extension(header->size));
      long_name = without_nuls(text);
      break;
    }
    case 'K': {
      KIF_TRY(const std::string text, read_extension(header->size));
      long_link = without_nuls(text);
      break;
    }
    default: {
      KIF_TRY(TarEntry entry, finish_entry(std::move(*header), records, long_name, long_link));
      return std::optional<TarEntry>(std::move(entry));
    }
    }
    is_extended = true;
  }
}

Result<TarEntry> TarReader::finish_entry(TarHeader header, const Records& records, const std::string& long_name,
                                         const std::string& long_link) {
  if (header.type == 'S')
    return fail(ErrorCode::unsupported, error_at(m_header_offset, "sparse file in GNU's old form").message);
  TarEntry entry;
  entry.uid = header.uid;
  entry.gid = header.gid;
  entry.mtime_seconds = header.mtime;
  std::uint64_t size = header.size;
  for (const auto& [key, value] : records) {
    bool is_good = true;
    if (value.empty()) // takes the record back
      continue;
    if (key == "path" || key == "linkpath") {
      is_good = value.find('\0') == std::string::npos;
      (key == "path" ? header.name : header.link_target) = value;
    } else if (key == "size") {
      is_good = parse_decimal(value, size) && size <= INT64_MAX;
    } else if (key == "uid") {
      is_good = parse_decimal(value, entry.uid);
    } else if (key == "gid") {
      is_good = parse_decimal(value, entry.gid);
    } else if (key == "mtime") {
      is_good = parse_time(value, entry);
    } else if (key == k_capability) {
      entry.capability = value;
    }
    if (!is_good)
      return fail(error_at(m_header_offset, "bad PAX record \"" + key + "\""));
  }
  if (!long_name.empty())
    header.name = long_name;
  if (!long_link.empty())
    header.link_target = long_link;

  const auto type = type_of(header);
  if (!type)
    return fail(
        ErrorCode::unsupported,
        error_at(m_header_offset, "entry of unknown type " + std::to_string(static_cast<unsigned char>(header.type)))
            .message);
  entry.type = *type;
  entry.name = std::move(header.name);
  entry.link_target = std::move(header.link_target);
  entry.mode = header.mode;
  entry.data_offset = m_offset;
  // Only regular files have content, whatever size a link's header claims: so Go reads it.
  entry.size = entry.type == TarType::regular ? size : 0;
  m_content_left = entry.size;
  m_padding = tar_padding(entry.size);
  if (entry.type == TarType::regular && sparse_format(records) != SparseFormat::none)
    KIF_CHECK(make_sparse(entry, records));
  return entry;
}

Result<std::vector<SparseExtent>> TarReader::read_sparse_map() {
  SparseMapParser parser;
  for (std::size_t bytes = 0; !parser.is_complete();) {
    std::array<char, k_tar_block> block{};
    const std::span<std::byte> buffer = std::as_writable_bytes(std::span(block));
    for (std::size_t filled = 0; filled < block.size();) {
      KIF_TRY(const std::size_t count, read_stored(buffer.subspan(filled)));
      if (count == 0)
        return fail(error_at(m_header_offset, "bad map of a sparse file"));
      filled += count;
    }
    bytes += block.size();
    if (bytes > m_max_header_bytes || !parser.add({block.data(), block.size()}))
      return fail(error_at(m_header_offset, "bad map of a sparse file"));
  }
  return parser.take();
}

// The name of an entry that has one stands in the PAX record "path" only for readers that know no sparse files.
Result<void> TarReader::make_sparse(TarEntry& entry, const Records& records) {
  const Error bad = error_at(m_header_offset, "bad map of a sparse file");
  const std::string_view name = value_of(records, "GNU.sparse.name");
  if (name.find('\0') != std::string_view::npos)
    return fail(error_at(m_header_offset, "bad PAX record \"GNU.sparse.name\""));
  if (!name.empty())
    entry.name = name;
  std::string_view size = value_of(records, "GNU.sparse.size");
  if (size.empty())
    size = value_of(records, "GNU.sparse.realsize");
  if (!size.empty() && !parse_decimal(size, entry.size))
    return fail(bad);
  std::vector<SparseExtent> extents;
  if (sparse_format(records) == SparseFormat::in_content) {
    KIF_TRY(extents, read_sparse_map());
  } else {
    auto parsed = parse_sparse_map(value_of(records, "GNU.sparse.map"));
    if (!parsed)
      return fail(bad);
    extents = *std::move(parsed);
  }
  if (!is_good_sparse_map(extents, entry.size, m_content_left))
    return fail(bad);
  entry.is_sparse = true;
  entry.hole_bytes = entry.size - m_content_left;
  m_sparse = Sparse{std::move(extents), 0, 0, entry.size};
  return {};
}

} // namespace kif::oci
