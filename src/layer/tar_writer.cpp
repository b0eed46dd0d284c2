// SPDX-License-Identifier: Apache-2.0
#include "layer/tar_writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "layer/tar_header.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_name_bytes = 100;
constexpr std::size_t k_prefix_bytes = 155;
constexpr std::uint64_t k_max_octal7 = 07777777;       // what fits a field of 8 with its final zero
constexpr std::uint64_t k_max_octal11 = 077777777777U; // what fits a field of 12

using Block = std::array<char, k_tar_block>;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void put_text(Block& block, std::size_t offset, std::string_view text) {
  std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(offset));
}

// `digits` octal digits; the field's last byte stays zero.
void put_octal(Block& block, std::size_t offset, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = digits; i > 0; --i) {
    block[offset + i - 1] = static_cast<char>('0' + value % 8);
    value /= 8;
  }
}

// Puts the name into name and prefix fields; false where it does not fit.
bool put_name(Block& block, std::string_view name) {
  if (!is_ascii(name))
    return false;
  if (name.size() <= k_name_bytes) {
    put_text(block, 0, name);
    return true;
  }
  const std::size_t slash = name.find('/', name.size() - k_name_bytes - 1);
  if (slash == std::string_view::npos || slash == 0 || slash > k_prefix_bytes || slash + 1 == name.size())
    return false;
  put_text(block, 345, name.substr(0, slash));
  put_text(block, 0, name.substr(slash + 1));
  return true;
}

void put_checksum(Block& block) {
  put_text(block, 148, "        ");
  std::uint64_t sum = 0;
  for (const char c : block)
    sum += static_cast<unsigned char>(c);
  put_octal(block, 148, 6, sum);
  block[154] = '\0';
}

// "LENGTH KEY=VALUE\n", where LENGTH counts its own digits too.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length)
    length = std::to_string(length).size() + rest;
  std::string record = std::to_string(length);
  record += ' ';
  record += key;
  record += '=';
  record += value;
  return record + '\n';
}

Block new_block(char type) {
  Block block{};
  block[156] = type;
  put_text(block, 257, std::string_view("ustar\00000", 8));
  put_octal(block, 329, 7, 0); // device numbers
  put_octal(block, 337, 7, 0);
  return block;
}

} // namespace

Result<void> TarWriter::put(std::span<const std::byte> bytes) {
  KIF_CHECK(m_sink(bytes));
  m_offset += bytes.size();
  return {};
}

Result<void> TarWriter::pad() {
  const std::array<std::byte, k_tar_block> zeros{};
  return put(std::span(zeros).first(tar_padding(m_offset)));
}

Result<void> TarWriter::put_header(const TarAttributes& attributes, char type, std::uint64_t size,
                                   const std::string& link_target) {
  Block block = new_block(type);
  std::string records; // in the order of their keys
  if (attributes.gid > k_max_octal7)
    records += pax_record("gid", std::to_string(attributes.gid));
  if (link_target.size() > k_name_bytes || !is_ascii(link_target))
    records += pax_record("linkpath", link_target);
  else
    put_text(block, 157, link_target);
  const bool has_plain_time =
      attributes.mtime_seconds >= 0 && static_cast<std::uint64_t>(attributes.mtime_seconds) <= k_max_octal11;
  if (!has_plain_time)
    records += pax_record("mtime", std::to_string(attributes.mtime_seconds));
  if (!put_name(block, attributes.name)) {
    records += pax_record("path", attributes.name);
    put_text(block, 0, "long-name");
  }
  if (size > k_max_octal11)
    records += pax_record("size", std::to_string(size));
  if (attributes.uid > k_max_octal7)
    records += pax_record("uid", std::to_string(attributes.uid));

  if (!records.empty()) {
    Block extension = new_block('x');
    put_text(extension, 0, "PaxHeaders/entry");
    put_octal(extension, 100, 7, 0644);
    put_octal(extension, 108, 7, 0);
    put_octal(extension, 116, 7, 0);
    put_octal(extension, 124, 11, records.size());
    put_octal(extension, 136, 11, 0);
    put_checksum(extension);
    KIF_CHECK(put(std::as_bytes(std::span(extension))));
    KIF_CHECK(put(std::as_bytes(std::span(records))));
    KIF_CHECK(pad());
  }
  put_octal(block, 100, 7, attributes.mode & 07777U);
  put_octal(block, 108, 7, attributes.uid > k_max_octal7 ? 0 : attributes.uid);
  put_octal(block, 116, 7, attributes.gid > k_max_octal7 ? 0 : attributes.gid);
  put_octal(block, 124, 11, size > k_max_octal11 ? 0 : size);
  put_octal(block, 136, 11, has_plain_time ? static_cast<std::uint64_t>(attributes.mtime_seconds) : 0);
  put_checksum(block);
  return put(std::as_bytes(std::span(block)));
}

Result<void> TarWriter::add_directory(TarAttributes attributes) {
  if (!attributes.name.ends_with('/'))
    attributes.name += '/';
  return put_header(attributes, '5', 0, {});
}

Result<void> TarWriter::add_symlink(TarAttributes attributes, const std::string& target) {
  return put_header(attributes, '2', 0, target);
}

Result<void> TarWriter::add_file(TarAttributes attributes, std::string_view content) {
  KIF_CHECK(put_header(attributes, '0', content.size(), {}));
  KIF_CHECK(put(std::as_bytes(std::span(content))));
  return pad();
}

Result<void> TarWriter::add_file(TarAttributes attributes, std::uint64_t size, Reader& content) {
  KIF_CHECK(put_header(attributes, '0', size, {}));
  std::vector<std::byte> buffer(256 * 1024);
  std::uint64_t left = size;
  for (;;) {
    KIF_TRY(const std::size_t count, content.read(buffer));
    if (count > left || (count == 0 && left > 0))
      return fail(ErrorCode::internal, "cannot write " + attributes.name + " to an archive: its content is not of " +
                                           std::to_string(size) + " bytes");
    if (count == 0)
      return pad();
    KIF_CHECK(put(std::span(buffer).first(count)));
    left -= count;
  }
}

Result<void> TarWriter::finish() {
  const std::array<std::byte, 2 * k_tar_block> zeros{};
  return put(zeros);
}

} // namespace kif::oci
