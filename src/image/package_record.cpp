// SPDX-License-Identifier: Apache-2.0
#include "image/package_record.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <openssl/evp.h>

#include "base/file.h"

namespace kif::image {
namespace {

namespace fs = std::filesystem;

// A root may be a foreign one. Debian's largest list of digests has 1 MiB, a full desktop's have 40 MiB together.
constexpr std::uint64_t k_max_file_bytes = std::uint64_t{16} << 20;
constexpr std::uint64_t k_max_bytes = std::uint64_t{128} << 20;
constexpr std::size_t k_max_files = 20'000;

std::string hex(std::string_view bytes) {
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += k_digits[static_cast<unsigned char>(byte) >> 4];
    text += k_digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

/// Empty where libcrypto does not have it: approved mode of this machine may take MD5 away, whatever is asked for.
std::string digest_of(std::string_view content, const char* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  std::size_t size = 0;
  if (EVP_Q_digest(nullptr, algorithm, "-fips", content.data(), content.size(), digest.data(), &size) != 1 &&
      EVP_Q_digest(nullptr, algorithm, nullptr, content.data(), content.size(), digest.data(), &size) != 1)
    return {};
  return hex({reinterpret_cast<const char*>(digest.data()), size});
}

/// The next line, without its end; the text is what follows.
std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

/// How the file may be called in a record: packages of before /usr was merged name /lib.
std::vector<std::string> names_of(const std::string& relative) {
  std::vector<std::string> names{relative};
  if (relative.starts_with("usr/"))
    names.push_back(relative.substr(4));
  return names;
}

bool is_one_of(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_diverted(const fs::path& root, const std::vector<std::string>& names) {
  const auto diversions = read_file(root / "var/lib/dpkg/diversions", k_max_file_bytes);
  for (std::string_view text = diversions ? std::string_view(*diversions) : std::string_view(); !text.empty();) {
    const std::string_view line = take_line(text);
    if (line.starts_with('/') && is_one_of(names, line.substr(1)))
      return true;
  }
  return false;
}

/// `<md5>  <path>`, for each file of a package, in a file by the package's name.
std::optional<PackageRecord> find_in_dpkg(const fs::path& root, const std::vector<std::string>& names,
                                          std::string_view content) {
  constexpr std::size_t k_digits = 32;
  std::error_code error;
  std::uint64_t read = 0;
  std::size_t files = 0;
  for (fs::directory_iterator at(root / "var/lib/dpkg/info", error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() != ".md5sums" || !at->is_regular_file(error))
      continue;
    const auto sums = read_file(at->path(), k_max_file_bytes);
    if (!sums)
      continue;
    read += sums->size();
    if (++files > k_max_files || read > k_max_bytes)
      return std::nullopt;
    for (std::string_view text = *sums; !text.empty();) {
      const std::string_view line = take_line(text);
      if (line.size() <= k_digits + 2 || !is_one_of(names, line.substr(k_digits + 2)))
        continue;
      if (is_diverted(root, names))
        return std::nullopt;
      const std::string got = digest_of(content, "MD5");
      if (got.empty())
        return std::nullopt;
      return PackageRecord{.by = "dpkg's record of " + at->path().stem().string(),
                           .expected = "md5:" + std::string(line.substr(0, k_digits)),
                           .got = "md5:" + got};
    }
  }
  return std::nullopt;
}

/// Lines `P:` package, `F:` folder, `R:` file, and `Z:` that file's digest in base64 after Q1 (SHA-1) or Q2 (SHA-256).
std::optional<PackageRecord> find_in_apk(const fs::path& database, const std::vector<std::string>& names,
                                         std::string_view content) {
  const auto installed = read_file(database, k_max_bytes);
  std::string package;
  std::string folder;
  bool is_ours = false;
  for (std::string_view text = installed ? std::string_view(*installed) : std::string_view(); !text.empty();) {
    const std::string_view line = take_line(text);
    const std::string_view value = line.substr(std::min<std::size_t>(2, line.size()));
    if (line.starts_with("P:"))
      package = value;
    else if (line.starts_with("F:"))
      folder = value;
    else if (line.starts_with("R:"))
      is_ours = is_one_of(names, folder + "/" + std::string(value));
    else if (line.starts_with("Z:Q") && is_ours && value.size() > 2) {
      const bool is_sha1 = value[1] == '1';
      const std::string_view base64 = value.substr(2);
      std::vector<unsigned char> bytes(base64.size());
      const int decoded = base64.size() > 100 || base64.size() % 4 != 0
                              ? -1
                              : EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(base64.data()),
                                                static_cast<int>(base64.size()));
      const std::size_t wanted = is_sha1 ? 20 : 32;
      const std::string got = digest_of(content, is_sha1 ? "SHA1" : "SHA256");
      if ((!is_sha1 && value[1] != '2') || decoded < static_cast<int>(wanted) || got.empty())
        return std::nullopt;
      const std::string prefix = is_sha1 ? "sha1:" : "sha256:";
      return PackageRecord{.by = "apk's record of " + package,
                           .expected = prefix + hex({reinterpret_cast<const char*>(bytes.data()), wanted}),
                           .got = prefix + got};
    }
  }
  return std::nullopt;
}

} // namespace

std::optional<PackageRecord> find_package_record(const fs::path& file, std::string_view content) {
  std::error_code error;
  const fs::path whole = fs::canonical(file, error);
  if (error)
    return std::nullopt;
  for (fs::path root = whole.parent_path();; root = root.parent_path()) {
    if (root.filename() == "usr") // is part of one: apk's database may be below its lib
      continue;
    const std::vector<std::string> names = names_of(whole.lexically_relative(root).string());
    if (fs::is_directory(root / "var/lib/dpkg/info", error))
      return find_in_dpkg(root, names, content);
    for (const char* database : {"lib/apk/db/installed", "usr/lib/apk/db/installed"})
      if (fs::is_regular_file(root / database, error))
        return find_in_apk(root / database, names, content);
    if (root == root.root_path())
      return std::nullopt;
  }
}

} // namespace kif::image
