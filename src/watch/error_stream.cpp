// SPDX-License-Identifier: Apache-2.0
#include "watch/error_stream.h"

#include <algorithm>
#include <system_error>

#include <nlohmann/json.hpp>

#include "base/file.h"

namespace kif::watch {
namespace {

constexpr std::uint64_t k_max_log_bytes = 1024UL * 1024;

} // namespace

std::optional<std::string> runtime_failure(const std::filesystem::path& log) {
  const auto text = read_file(log, k_max_log_bytes);
  std::optional<std::string> failure;
  for (std::string_view rest = text ? std::string_view(*text) : std::string_view(); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    const auto member = [&](const char* name) {
      const auto found = entry.find(name);
      return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    if (entry.is_object() && member("level") == "error")
      failure = member("msg");
  }
  return failure;
}

bool ErrorStream::failure_is_logged() {
  std::error_code ignored;
  const std::uintmax_t bytes = std::filesystem::file_size(m_log, ignored);
  if (ignored || bytes == m_log_bytes)
    return false;
  m_log_bytes = bytes;
  return runtime_failure(m_log).has_value();
}

void ErrorStream::take(std::string_view bytes) {
  m_holds = m_holds || failure_is_logged();
  if (m_holds)
    m_held += bytes;
  else
    m_pass_on(bytes);
}

std::optional<std::string> ErrorStream::end() {
  auto failure = runtime_failure(m_log);
  if (const std::string sentence = failure.value_or("") + "\n"; failure && m_held.ends_with(sentence))
    m_held.resize(m_held.size() - sentence.size());
  if (!m_held.empty())
    m_pass_on(m_held);
  m_held.clear();
  return failure;
}

} // namespace kif::watch
