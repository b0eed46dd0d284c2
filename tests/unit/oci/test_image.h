// SPDX-License-Identifier: Apache-2.0
// Images made by hand for tests, right or wrong in any place. Shares no code with what it tests but the digests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/result.h"
#include "oci/image_name.h"
#include "oci/source.h"

namespace kif::oci {

struct TestEntry {
  std::string name;
  char type = '0';
  std::string content = {};
  std::string link = {};
  unsigned mode = 0644;
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::int64_t mtime = 1'700'000'000;
  std::optional<std::uint64_t> claimed_size = {}; ///< in the header, whatever the content
};

inline TestEntry file(std::string name, std::string content = "x") {
  return {std::move(name), '0', std::move(content)};
}
inline TestEntry folder(std::string name) {
  return {std::move(name), '5', {}, {}, 0755};
}
inline TestEntry symlink(std::string name, std::string to) {
  return {std::move(name), '2', {}, std::move(to), 0777};
}
inline TestEntry hard_link(std::string name, std::string to) {
  return {std::move(name), '1', {}, std::move(to)};
}
/// A PAX header for the entry after it.
TestEntry pax(const std::vector<std::pair<std::string, std::string>>& records, char type = 'x');

/// One entry as ustar: header, content, padding.
std::string tar_entry(const TestEntry& entry);
std::string tar_of(const std::vector<TestEntry>& entries, bool has_end = true);
std::string gzip_of(std::string_view text);
std::string zstd_of(std::string_view text);

void write_file(const std::filesystem::path& path, std::string_view text);

/// An image layout under construction.
class TestLayout {
public:
  explicit TestLayout(std::filesystem::path folder);

  /// Stores a blob; its descriptor.
  nlohmann::json put(std::string_view media_type, std::string_view text) const;
  nlohmann::json put_json(std::string_view media_type, const nlohmann::json& json) const {
    return put(media_type, std::string_view(json.dump()));
  }
  /// Writes index.json. `tag` is put on each entry that has none, unless empty.
  void index(std::vector<nlohmann::json> entries, const std::string& tag = "t") const;
  std::filesystem::path blob_path(const nlohmann::json& descriptor) const;

private:
  std::filesystem::path m_folder;
};

nlohmann::json config_of(const std::vector<std::string>& tars, const std::string& architecture = "");
/// Stores an image of these tars, gzip, and gives its manifest's descriptor. `architecture` empty: this machine's.
nlohmann::json put_image(const TestLayout& layout, const std::vector<std::string>& tars,
                         const std::string& architecture = "");
/// oci:FOLDER:t with one image.
ImageName make_image(const std::filesystem::path& folder, const std::vector<std::string>& tars);

/// A test's own folder, with a canary that nothing may touch.
class Scene {
public:
  Scene();
  std::filesystem::path path(std::string_view name) const { return m_dir.path() / name; }
  ImageName name(const std::string& text) const; ///< "oci:DIR/x:t" with DIR replaced by this folder
  /// The error as text with this folder called DIR: "too_large: cannot …", then expected, got, hint lines.
  std::string told(const Error& error) const;
  /// Names in the folder, sorted, and whether the canary is as it was.
  std::vector<std::string> names() const;
  bool canary_lives() const;

private:
  TempDir m_dir;
};

/// Every byte and name under a folder, for "nothing changed".
std::map<std::string, std::string> snapshot(const std::filesystem::path& folder);

} // namespace kif::oci
