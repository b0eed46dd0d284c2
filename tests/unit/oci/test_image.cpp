// SPDX-License-Identifier: Apache-2.0
#include "test_image.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include <zlib.h>
#include <zstd.h>

#include "digest/digest.h"
#include "oci/media_type.h"
#include "oci/platform.h"

namespace kif::oci {
namespace {

void put(std::string& block, std::size_t offset, std::string_view text) {
  block.replace(offset, text.size(), text);
}

std::string octal(std::uint64_t value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
  return text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

} // namespace

TestEntry pax(const std::vector<std::pair<std::string, std::string>>& records, char type) {
  std::string text;
  for (const auto& [key, value] : records) {
    const std::string rest = " " + key + "=" + value + "\n";
    std::size_t length = rest.size() + 1;
    while (std::to_string(length).size() + rest.size() != length)
      ++length;
    text += std::to_string(length) + rest;
  }
  return {"PaxHeaders/x", type, text};
}

std::string tar_entry(const TestEntry& entry) {
  std::string block(512, '\0');
  put(block, 0, entry.name.substr(0, 100));
  put(block, 100, octal(entry.mode, 7));
  put(block, 108, octal(entry.uid, 7).substr(0, 7));
  put(block, 116, octal(entry.gid, 7).substr(0, 7));
  put(block, 124, octal(entry.claimed_size.value_or(entry.content.size()), 11).substr(0, 11));
  put(block, 136, octal(static_cast<std::uint64_t>(entry.mtime), 11));
  put(block, 148, "        ");
  block[156] = entry.type;
  put(block, 157, entry.link.substr(0, 100));
  put(block, 257, std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (const char c : block)
    sum += static_cast<unsigned char>(c);
  put(block, 148, octal(sum, 6) + std::string("\0 ", 2));
  std::string result = block + entry.content;
  result.resize((result.size() + 511) / 512 * 512, '\0');
  return result;
}

std::string tar_of(const std::vector<TestEntry>& entries, bool has_end) {
  std::string tar;
  for (const TestEntry& entry : entries)
    tar += tar_entry(entry);
  return has_end ? tar + std::string(1024, '\0') : tar;
}

std::string gzip_of(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string result(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
    throw std::runtime_error("deflate");
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

std::string zstd_of(std::string_view text) {
  std::string result(ZSTD_compressBound(text.size()), '\0');
  result.resize(ZSTD_compress(result.data(), result.size(), text.data(), text.size(), 3));
  return result;
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!stream)
    throw std::runtime_error("cannot write " + path.string());
}

TestLayout::TestLayout(std::filesystem::path folder) : m_folder(std::move(folder)) {
  std::filesystem::create_directories(m_folder / "blobs" / "sha256");
  write_file(m_folder / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
}

nlohmann::json TestLayout::put(std::string_view media_type, std::string_view text) const {
  const Digest digest = Digest::of(text);
  write_file(m_folder / "blobs" / "sha256" / digest.hex(), text);
  return {{"mediaType", media_type}, {"digest", digest.text()}, {"size", text.size()}};
}

void TestLayout::index(std::vector<nlohmann::json> entries, const std::string& tag) const {
  for (nlohmann::json& entry : entries) {
    if (!tag.empty() && !entry.contains("annotations"))
      entry["annotations"]["org.opencontainers.image.ref.name"] = tag;
  }
  write_file(m_folder / "index.json", nlohmann::json({{"schemaVersion", 2}, {"manifests", entries}}).dump());
}

std::filesystem::path TestLayout::blob_path(const nlohmann::json& descriptor) const {
  return m_folder / "blobs" / "sha256" / descriptor["digest"].get<std::string>().substr(7);
}

nlohmann::json config_of(const std::vector<std::string>& tars, const std::string& architecture) {
  nlohmann::json diff_ids = nlohmann::json::array();
  nlohmann::json history = nlohmann::json::array();
  for (const std::string& tar : tars) {
    diff_ids.push_back(Digest::of(tar).text());
    history.push_back({{"created_by", "test"}});
  }
  return {{"os", "linux"},
          {"architecture", architecture.empty() ? Platform::host().architecture : architecture},
          {"config", {{"Cmd", {"/bin/sh"}}, {"Env", {"PATH=/bin"}}}},
          {"rootfs", {{"type", "layers"}, {"diff_ids", diff_ids}}},
          {"history", history}};
}

nlohmann::json put_image(const TestLayout& layout, const std::vector<std::string>& tars,
                         const std::string& architecture) {
  nlohmann::json layers = nlohmann::json::array();
  for (const std::string& tar : tars)
    layers.push_back(layout.put(k_oci_layer_gzip, gzip_of(tar)));
  return layout.put_json(k_oci_manifest, {{"schemaVersion", 2},
                                          {"mediaType", k_oci_manifest},
                                          {"config", layout.put_json(k_oci_config, config_of(tars, architecture))},
                                          {"layers", layers}});
}

ImageName make_image(const std::filesystem::path& folder, const std::vector<std::string>& tars) {
  const TestLayout layout(folder);
  layout.index({put_image(layout, tars)});
  return ImageName::parse("oci:" + folder.string() + ":t").value();
}

Scene::Scene() : m_dir(TempDir::create("kif-oci-test-").value()) {
  write_file(path("canary/file"), "alive");
}

ImageName Scene::name(const std::string& text) const {
  return ImageName::parse(replaced(text, "DIR", m_dir.path().string())).value();
}

std::string Scene::told(const Error& error) const {
  std::string text = std::string(to_string(error.code)) + ": " + error.message;
  if (!error.expected.empty())
    text += "\nexpected: " + error.expected;
  if (!error.got.empty())
    text += "\ngot: " + error.got;
  if (!error.hint.empty())
    text += "\nhint: " + error.hint;
  return replaced(text, m_dir.path().string(), "DIR");
}

std::vector<std::string> Scene::names() const {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(m_dir.path()))
    found.push_back(entry.path().filename().string());
  std::sort(found.begin(), found.end());
  return found;
}

bool Scene::canary_lives() const {
  return snapshot(path("canary")) == std::map<std::string, std::string>{{"file", "alive"}};
}

std::map<std::string, std::string> snapshot(const std::filesystem::path& folder) {
  std::map<std::string, std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (entry.is_symlink())
      found[name] = "-> " + std::filesystem::read_symlink(entry.path()).string();
    else if (entry.is_directory())
      found[name] = "folder";
    else
      found[name] = read_file(entry.path(), 1U << 30U).value();
  }
  return found;
}

} // namespace kif::oci
