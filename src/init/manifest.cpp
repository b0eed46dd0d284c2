// SPDX-License-Identifier: Apache-2.0
#include "init/manifest.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

namespace kif::init {
namespace {

constexpr std::size_t k_digest_digits = 64;

bool is_digest(std::string_view text) {
  return text.size() == k_digest_digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Absolute, no control characters, no empty, "." or ".." part.
bool is_plain_path(std::string_view path) {
  if (!path.starts_with('/') || std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
    return false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == "..")
      return false;
    path.remove_prefix(part.size());
  }
  return true;
}

Error line_error(std::string_view name, std::size_t line, const char* reason) {
  return {ErrorCode::invalid_input,
          "cannot read " + std::string(name) + ", line " + std::to_string(line) + ": " + reason};
}

Result<void> verify_file(const ManifestEntry& entry, Hash& hash, std::span<std::byte> buffer) {
  const std::string what = "cannot verify " + entry.path;
  // O_NONBLOCK: a pipe in the file's place must not hang the start.
  const UniqueFd fd(::open(entry.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd)
    return fail(errno == ELOOP ? Error(ErrorCode::invalid_input, what + ": is a symbolic link")
                               : system_error(errno, what));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0)
    return fail(system_error(errno, what));
  if (!S_ISREG(status.st_mode))
    return fail(ErrorCode::invalid_input, what + ": is not a regular file");
  if (static_cast<std::uint64_t>(status.st_size) > k_max_file_bytes)
    return fail(ErrorCode::too_large,
                what + ": larger than the bound of " + std::to_string(k_max_file_bytes) + " bytes");
  KIF_CHECK(hash.start());
  // The size was looked at once and may change, so what is read is bounded as well.
  for (std::uint64_t left = k_max_file_bytes + 1; left > 0;) {
    const ssize_t count = ::read(fd.get(), buffer.data(), std::min<std::uint64_t>(buffer.size(), left));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return fail(system_error(errno, what));
    if (count == 0)
      break;
    KIF_CHECK(hash.update(buffer.first(static_cast<std::size_t>(count))));
    left -= static_cast<std::uint64_t>(count);
  }
  KIF_TRY(std::string digest, hash.finish());
  if (digest != entry.sha256)
    return fail(Error(ErrorCode::digest_mismatch, what + ": its content is not what the layer was built with")
                    .with_mismatch("sha256:" + entry.sha256, "sha256:" + digest));
  return {};
}

} // namespace

Result<std::vector<ManifestEntry>> parse_manifest(std::string_view text, std::string_view name) {
  if (text.size() > k_max_manifest_bytes)
    return fail(ErrorCode::too_large, "cannot read " + std::string(name) + ": larger than the bound of " +
                                          std::to_string(k_max_manifest_bytes) + " bytes");
  if (text.empty())
    return fail(ErrorCode::invalid_input, "cannot read " + std::string(name) + ": is empty");
  std::vector<ManifestEntry> entries;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos)
      return fail(line_error(name, line, "is cut off"));
    const std::string_view content = text.substr(0, end);
    text.remove_prefix(end + 1);
    const std::string_view separator = content.size() > k_digest_digits + 2 ? content.substr(k_digest_digits, 2) : "";
    if (!is_digest(content.substr(0, k_digest_digits)) || (separator != "  " && separator != " *"))
      return fail(line_error(name, line, "is not a SHA-256 digest and a path"));
    const std::string_view path = content.substr(k_digest_digits + 2);
    if (!is_plain_path(path))
      return fail(line_error(name, line, "the path is not a plain absolute one"));
    if (std::ranges::any_of(entries, [&](const ManifestEntry& entry) { return entry.path == path; }))
      return fail(line_error(name, line, "names a file for the second time"));
    if (entries.size() == k_max_manifest_entries)
      return fail(line_error(name, line, "too many entries"));
    entries.push_back({std::string(content.substr(0, k_digest_digits)), std::string(path)});
  }
  return entries;
}

Result<void> require_entries(const std::vector<ManifestEntry>& entries, std::span<const std::string> paths,
                             std::string_view name) {
  for (const std::string& path : paths)
    if (std::ranges::none_of(entries, [&](const ManifestEntry& entry) { return entry.path == path; }))
      return fail(ErrorCode::not_found, "cannot use " + std::string(name) + ": it does not name " + path);
  return {};
}

Result<void> verify_files(const std::vector<ManifestEntry>& entries, Hash& hash) {
  std::vector<std::byte> buffer(128UL * 1024);
  for (const ManifestEntry& entry : entries)
    KIF_CHECK(verify_file(entry, hash, buffer));
  return {};
}

} // namespace kif::init
