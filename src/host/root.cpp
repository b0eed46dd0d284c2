// SPDX-License-Identifier: Apache-2.0
#include "host/root.h"

#include <sstream>

#include "base/ascii.h"
#include "base/file.h"

namespace kif::host {
namespace {

constexpr std::uint64_t k_max_bytes = 1024UL * 1024;

} // namespace

bool Root::has(std::string_view name) const {
  std::error_code ignored;
  return std::filesystem::exists(at(name), ignored);
}

Result<std::string> Root::text(std::string_view name) const {
  auto content = read_file(at(name), k_max_bytes);
  if (!content && content.error().code == ErrorCode::not_found)
    return fail(ErrorCode::not_found, "no " + std::string(name));
  if (!content)
    return fail(std::move(content).error());
  return std::string(trimmed(*content));
}

Result<std::string> Root::link(std::string_view name) const {
  std::error_code error;
  const auto target = std::filesystem::read_symlink(at(name), error);
  if (error)
    return fail(error == std::errc::no_such_file_or_directory ? ErrorCode::not_found : ErrorCode::io,
                "cannot read " + std::string(name) + ": " + error.message());
  return target.string();
}

std::vector<std::string> words(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> found;
  for (std::string word; stream >> word;)
    found.push_back(word);
  return found;
}

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    found.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return found;
}

Result<std::string> field(std::string_view text, std::string_view name, std::string_view file) {
  for (const std::string& line : lines(text))
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':')
      return std::string(trimmed(std::string_view(line).substr(name.size() + 1)));
  return fail(ErrorCode::not_found, "no " + std::string(name) + " in " + std::string(file));
}

} // namespace kif::host
