// SPDX-License-Identifier: Apache-2.0
#include "registry/header_fields.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "registry/libcurl.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_longest_field = 16 * 1024;
constexpr std::size_t k_max_challenges = 16;
constexpr std::size_t k_max_parameters = 32;
constexpr std::size_t k_max_links = 64;

// RFC 9110 §5.6.2
bool is_token_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

// Walks through a field's value.
class Scanner {
public:
  explicit Scanner(std::string_view text) : m_rest(text) {}

  bool at_end() const { return m_rest.empty(); }
  bool at(char c) const { return !m_rest.empty() && m_rest.front() == c; }
  bool take(char c) {
    const bool is_there = at(c);
    if (is_there)
      m_rest.remove_prefix(1);
    return is_there;
  }
  void skip(std::string_view characters) {
    m_rest.remove_prefix(std::min(m_rest.find_first_not_of(characters), m_rest.size()));
  }
  void skip_space() { skip(" \t"); }
  std::string_view word(bool (*is_part)(char)) {
    const auto* const end = std::find_if_not(m_rest.begin(), m_rest.end(), is_part);
    const std::string_view found = m_rest.substr(0, static_cast<std::size_t>(end - m_rest.begin()));
    m_rest.remove_prefix(found.size());
    return found;
  }
  std::string_view token() { return word(is_token_char); }
  /// Up to `end`, which is taken too; none where it does not come.
  std::optional<std::string_view> until(char end) {
    const std::size_t length = m_rest.find(end);
    if (length == std::string_view::npos)
      return std::nullopt;
    const std::string_view found = m_rest.substr(0, length);
    m_rest.remove_prefix(length + 1);
    return found;
  }
  /// A token or a quoted string; none where there is neither.
  std::optional<std::string> value() {
    if (!take('"')) {
      const std::string_view plain = token();
      return plain.empty() ? std::nullopt : std::optional<std::string>(plain);
    }
    std::string text;
    while (!m_rest.empty()) {
      char c = m_rest.front();
      m_rest.remove_prefix(1);
      if (c == '"')
        return text;
      if (c == '\\') {
        if (m_rest.empty())
          return std::nullopt;
        c = m_rest.front();
        m_rest.remove_prefix(1);
      }
      text += c;
    }
    return std::nullopt;
  }

private:
  std::string_view m_rest;
};

Error malformed(const std::string& field, const std::string& reason) {
  return {ErrorCode::invalid_input, "cannot read the header " + field + ": " + reason};
}

// token68 of RFC 9110 §11.2, which the schemes that kif knows do not use.
bool is_token68_char(char c) {
  return is_token_char(c) || c == '/' || c == '=';
}

} // namespace

Result<std::vector<Challenge>> parse_challenges(std::string_view field) {
  const auto refuse = [](const std::string& reason) { return fail(malformed("WWW-Authenticate", reason)); };
  if (field.size() > k_longest_field)
    return refuse("it is too long");
  std::vector<Challenge> challenges;
  Scanner scanner(field);
  for (scanner.skip(" \t,"); !scanner.at_end(); scanner.skip(" \t,")) {
    const std::string name = lower_case(scanner.token());
    if (name.empty())
      return refuse("no name where one belongs");
    const Scanner behind_name = scanner;
    scanner.skip_space();
    if (!scanner.at('=') || challenges.empty()) { // a scheme
      scanner = behind_name;
      if (!scanner.at_end() && !scanner.at(' ') && !scanner.at('\t') && !scanner.at(','))
        return refuse("no blank behind " + name);
      if (challenges.size() == k_max_challenges)
        return refuse("more than " + std::to_string(k_max_challenges) + " challenges");
      challenges.push_back({name, {}});
      scanner.skip_space();
      Scanner ahead = scanner;
      const bool is_word = !ahead.word(is_token68_char).empty();
      ahead.skip_space();
      if (is_word && (ahead.at_end() || ahead.at(',')) && !scanner.at(',')) {
        Scanner parameter = scanner; // name=value of tokens looks like a token68 too
        parameter.token();
        if (!parameter.take('=') || parameter.at('=') || parameter.at_end() || parameter.at(','))
          scanner = ahead;
      }
      continue;
    }
    scanner.take('=');
    scanner.skip_space();
    const auto value = scanner.value();
    if (!value)
      return refuse("no value behind " + name);
    auto& parameters = challenges.back().parameters;
    if (parameters.size() == k_max_parameters)
      return refuse("more than " + std::to_string(k_max_parameters) + " parameters");
    if (!parameters.emplace(name, *value).second)
      return refuse(name + " stands there twice");
  }
  return challenges;
}

Result<std::optional<std::string>> parse_next_link(std::string_view field) {
  const auto refuse = [](const std::string& reason) { return fail(malformed("Link", reason)); };
  if (field.size() > k_longest_field)
    return refuse("it is too long");
  Scanner scanner(field);
  std::size_t links = 0;
  for (scanner.skip(" \t,"); !scanner.at_end(); scanner.skip(" \t,")) {
    if (++links > k_max_links)
      return refuse("more than " + std::to_string(k_max_links) + " links");
    if (!scanner.take('<'))
      return refuse("no < where one belongs");
    const auto target = scanner.until('>');
    if (!target)
      return refuse("no > behind the target");
    bool is_next = false;
    scanner.skip_space();
    while (scanner.take(';')) {
      scanner.skip_space();
      const std::string name = lower_case(scanner.token());
      scanner.skip_space();
      std::optional<std::string> value = std::string();
      if (scanner.take('=')) {
        scanner.skip_space();
        value = scanner.value();
      }
      if (!value)
        return refuse("no value behind " + name);
      is_next = is_next || (name == "rel" && lower_case(*value) == "next");
      scanner.skip_space();
    }
    if (!scanner.at_end() && !scanner.at(','))
      return refuse("no comma behind a link");
    if (is_next)
      return std::optional<std::string>(*target);
  }
  return std::optional<std::string>();
}

std::optional<ContentRange> parse_content_range(std::string_view field) {
  Scanner scanner(field);
  const auto number = [&scanner]() -> std::optional<std::uint64_t> {
    const std::string_view digits = scanner.word(is_digit);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && !digits.empty() ? std::optional(value) : std::nullopt;
  };
  if (lower_case(scanner.token()) != "bytes" || !scanner.take(' '))
    return std::nullopt;
  const auto first = number();
  if (!first || !scanner.take('-'))
    return std::nullopt;
  const auto last = number();
  if (!last || !scanner.take('/'))
    return std::nullopt;
  ContentRange range{*first, *last, {}};
  if (!scanner.take('*')) {
    range.size = number();
    if (!range.size)
      return std::nullopt;
  }
  const bool is_consistent = range.first <= range.last && (!range.size || range.last < *range.size);
  return scanner.at_end() && is_consistent ? std::optional(range) : std::nullopt;
}

std::optional<std::chrono::seconds> parse_retry_after(const std::string& field,
                                                      std::chrono::system_clock::time_point now) {
  if (!field.empty() && std::all_of(field.begin(), field.end(), is_digit)) {
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), seconds);
    return error == std::errc() ? std::chrono::seconds(seconds) : std::chrono::seconds(UINT32_MAX);
  }
  const std::time_t date = libcurl().getdate(field.c_str(), nullptr);
  if (date < 0)
    return std::nullopt;
  // In seconds: a time point of the clock counts nanoseconds, and ends in the year 2262.
  const std::time_t wait = date - std::chrono::system_clock::to_time_t(now);
  return std::chrono::seconds(std::max<std::time_t>(wait, 0));
}

} // namespace kif::oci
