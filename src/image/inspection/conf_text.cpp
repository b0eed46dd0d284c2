// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/conf_text.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/ascii.h"

namespace kif::image {
namespace {

// The classes of characters of conf_def.h (CONF_type_default). Bytes above 127 belong to none.
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_name(char c) {
  return is_word(c) || (c != '\0' && std::string_view("!%&*+,-./;?@^|~").find(c) != std::string_view::npos);
}

bool is_refused(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
}

void trim_end(std::string_view& text) {
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
}

// Where the quote that opens at `at` is closed; the end of the text where it is not (scan_quote).
std::size_t closing_quote(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote)
    at += text[at] == '\\' ? 2 : 1;
  return std::min(at, text.size());
}

// A line up to its comment; "#" in quotes or after a backslash begins none (clear_comments).
std::string_view without_comment(std::string_view line) {
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] == '#')
      return line.substr(0, at);
    if (is_quote(line[at]))
      at = closing_quote(line, at) + 1;
    else
      at += line[at] == '\\' ? 2 : 1;
  }
  return line;
}

std::string_view value_of_escape(char c) {
  switch (c) {
  case 'r':
    return "\r";
  case 'n':
    return "\n";
  case 'b':
    return "\b";
  case 't':
    return "\t";
  default:
    return {};
  }
}

bool is_boolean(std::string_view text) { // parsebool()
  const std::string lower = lower_case(text);
  return lower == "on" || lower == "off" || lower == "true" || lower == "false";
}

class Parser {
public:
  Parser(std::string_view text, std::string_view name) : m_rest(text), m_name(name) {
    m_text.sections.push_back({std::string(k_conf_default_section), {}});
    m_sections.emplace(k_conf_default_section, 0);
  }

  Result<ConfText> parse() {
    if (m_rest.size() > k_max_conf_bytes)
      return fail(too_large("it has more than " + std::to_string(k_max_conf_bytes) + " bytes"));
    if (std::any_of(m_rest.begin(), m_rest.end(), is_refused))
      return fail(ErrorCode::invalid_input, "cannot read " + m_name + ": it has a control character");
    if (m_rest.starts_with("\xEF\xBB\xBF"))
      m_rest.remove_prefix(3);
    std::string line;
    while (next_line(line)) {
      if (line.size() > k_max_conf_line_bytes)
        return fail(too_large(at_line("a line is longer than " + std::to_string(k_max_conf_line_bytes) + " bytes")));
      KIF_CHECK(take_line(line));
    }
    for (ConfSection& section : m_text.sections)
      std::erase_if(section.entries, [](const ConfEntry& entry) { return entry.name.empty(); });
    return std::move(m_text);
  }

private:
  Error bad(const std::string& reason) const {
    return {ErrorCode::invalid_input, "cannot read " + m_name + ": " + at_line(reason)};
  }
  Error too_large(const std::string& reason) const {
    return {ErrorCode::too_large, "cannot read " + m_name + ": " + reason};
  }
  std::string at_line(const std::string& reason) const { return "line " + std::to_string(m_line) + ": " + reason; }

  // A line with its continuations: those that end in one backslash and not in two.
  bool next_line(std::string& line) {
    line.clear();
    bool is_any = false;
    while (!m_rest.empty()) {
      is_any = true;
      ++m_line;
      const std::size_t end = std::min(m_rest.find('\n'), m_rest.size());
      std::string_view physical = m_rest.substr(0, end);
      m_rest.remove_prefix(std::min(end + 1, m_rest.size()));
      while (physical.ends_with('\r'))
        physical.remove_suffix(1);
      line += physical;
      if (!line.ends_with('\\') || line.ends_with("\\\\"))
        break;
      line.pop_back();
      if (line.size() > k_max_conf_line_bytes)
        break;
    }
    return is_any;
  }

  Result<void> take_line(std::string_view line) {
    line = without_comment(line);
    skip_blanks(line);
    if (line.empty())
      return {};
    return line.front() == '[' ? take_heading(line.substr(1)) : take_entry(line);
  }

  // What follows the bracket is not looked at, as in libcrypto.
  Result<void> take_heading(std::string_view line) {
    std::string_view name = take(line, [](char c) { return is_name(c) || is_blank(c); });
    if (!line.starts_with(']'))
      return fail(bad("a heading without its closing bracket"));
    skip_blanks(name);
    trim_end(name);
    KIF_TRY(m_section, section_number(name));
    return {};
  }

  Result<std::size_t> section_number(std::string_view name) {
    if (name.empty() || name.size() > k_max_conf_name_bytes)
      return fail(bad("a section without a name, or with one that is too long"));
    const auto [found, is_new] = m_sections.emplace(std::string(name), m_text.sections.size());
    if (is_new) {
      if (m_text.sections.size() == k_max_conf_sections)
        return fail(too_large("it has more than " + std::to_string(k_max_conf_sections) + " sections"));
      m_text.sections.push_back({std::string(name), {}});
    }
    return found->second;
  }

  Result<void> take_entry(std::string_view line) {
    std::size_t section = m_section;
    std::string_view name = take(line, is_name);
    if (line.starts_with("::")) {
      KIF_TRY(section, section_number(name));
      line.remove_prefix(2);
      name = take(line, is_name);
    }
    const bool has_blank = !line.empty() && is_blank(line.front());
    skip_blanks(line);
    if (name.starts_with('.')) {
      if (has_blank || line.starts_with('='))
        return take_directive(name, line);
      return fail(bad("a name that begins with a dot"));
    }
    if (!line.starts_with('='))
      return fail(bad("no \"=\" after a name"));
    if (name.empty() || name.size() > k_max_conf_name_bytes)
      return fail(bad("an entry without a name, or with one that is too long"));
    line.remove_prefix(1);
    skip_blanks(line);
    trim_end(line);
    KIF_TRY(auto value, resolve(line, section));
    return add(section, {std::string(name), std::move(value)});
  }

  Result<void> take_directive(std::string_view name, std::string_view line) {
    if (name == ".include") {
      m_text.includes = true;
      return {};
    }
    if (name != ".pragma")
      return fail(bad("a name that begins with a dot"));
    if (line.starts_with('='))
      line.remove_prefix(1);
    skip_blanks(line);
    trim_end(line);
    std::string_view keyword = line.substr(0, line.find(':'));
    if (keyword.empty() || line.size() <= keyword.size() + 1)
      return fail(bad(".pragma without a word and a value"));
    std::string_view setting = line.substr(keyword.size() + 1);
    trim_end(keyword);
    skip_blanks(setting);
    if (keyword == "dollarid")
      return fail(bad(".pragma dollarid, with which \"$\" is part of names"));
    if (keyword == "abspath" && !is_boolean(setting))
      return fail(bad(".pragma abspath is neither on nor off"));
    // These say where included files are. Words that are not known are passed over.
    return {};
  }

  // str_copy()
  Result<std::optional<std::string>> resolve(std::string_view from, std::size_t section) {
    std::string value;
    bool is_known = true;
    while (!from.empty()) {
      const char c = from.front();
      if (is_quote(c)) {
        const std::size_t end = closing_quote(from, 0);
        add_quoted(from.substr(1, end - 1), value);
        from.remove_prefix(std::min(end + 1, from.size()));
      } else if (c == '\\') {
        if (from.size() > 1) {
          const std::string_view control = value_of_escape(from[1]);
          value += control.empty() ? from.substr(1, 1) : control;
        }
        from.remove_prefix(std::min<std::size_t>(from.size(), 2));
      } else if (c == '$') {
        from.remove_prefix(1);
        KIF_TRY(const auto variable, take_variable(from, section));
        is_known = is_known && variable.has_value();
        value += variable.value_or("");
      } else {
        value += c;
        from.remove_prefix(1);
      }
      if (value.size() > k_max_conf_value_bytes)
        return fail(too_large(at_line("a value of more than " + std::to_string(k_max_conf_value_bytes) + " bytes")));
    }
    m_expanded += value.size();
    if (m_expanded > k_max_conf_expanded_bytes)
      return fail(too_large("its values have more than " + std::to_string(k_max_conf_expanded_bytes) + " bytes"));
    return is_known ? std::optional(std::move(value)) : std::nullopt;
  }

  static void add_quoted(std::string_view quoted, std::string& value) {
    for (std::size_t at = 0; at < quoted.size(); ++at) {
      if (quoted[at] == '\\' && ++at == quoted.size())
        return;
      value += quoted[at];
    }
  }

  // $name, $section::name, and both in braces or parentheses. None: its value cannot be known here.
  Result<std::optional<std::string>> take_variable(std::string_view& from, std::size_t section) {
    const char close = from.starts_with('{') ? '}' : from.starts_with('(') ? ')' : '\0';
    if (close != '\0')
      from.remove_prefix(1);
    std::string_view name = take(from, is_word);
    std::string_view place = m_text.sections[section].name;
    if (from.starts_with("::")) {
      place = name;
      from.remove_prefix(2);
      name = take(from, is_word);
    }
    if (close != '\0') {
      if (!from.starts_with(close))
        return fail(bad("a variable without its closing brace"));
      from.remove_prefix(1);
    }
    if (const ConfEntry* entry = find(place, name))
      return entry->value;
    if (place == "ENV" || m_text.includes)
      return std::optional<std::string>();
    if (const ConfEntry* entry = find(k_conf_default_section, name))
      return entry->value;
    return fail(bad("a variable that has no value"));
  }

  const ConfEntry* find(std::string_view section, std::string_view name) const {
    const auto found = m_entries.find({std::string(section), std::string(name)});
    return found == m_entries.end() ? nullptr
                                    : &m_text.sections[m_sections.find(section)->second].entries[found->second];
  }

  // The last of several counts, and stands where it is.
  Result<void> add(std::size_t section, ConfEntry entry) {
    if (++m_count > k_max_conf_entries)
      return fail(too_large("it has more than " + std::to_string(k_max_conf_entries) + " entries"));
    auto& entries = m_text.sections[section].entries;
    const auto [known, is_new] =
        m_entries.emplace(std::pair(m_text.sections[section].name, entry.name), entries.size());
    if (!is_new) {
      entries[known->second] = {}; // taken out at the end
      known->second = entries.size();
    }
    entries.push_back(std::move(entry));
    return {};
  }

  std::string_view m_rest;
  std::string m_name;
  std::size_t m_line = 0;
  std::size_t m_section = 0; // of the last heading
  std::size_t m_count = 0;
  std::size_t m_expanded = 0;
  std::map<std::string, std::size_t, std::less<>> m_sections;
  std::map<std::pair<std::string, std::string>, std::size_t> m_entries; // by section and name
  ConfText m_text;
};

// One character of a value, as it must be written. None ends in a backslash, so a line can be broken after each.
std::string written(char c, bool is_at_an_end) {
  switch (c) {
  case ' ':
    return is_at_an_end ? "\" \"" : " "; // blanks at the ends are trimmed
  case '\\':
    return "\"\\\\\"";
  case '\r':
    return "\\r";
  case '\n':
    return "\\n";
  case '\b':
    return "\\b";
  case '\t':
    return "\\t";
  case '$':
  case '#':
  case '"':
  case '\'':
  case '`':
    return {'\\', c};
  default:
    return {c};
  }
}

} // namespace

const ConfEntry* ConfSection::find(std::string_view entry) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const ConfEntry& e) { return e.name == entry; });
  return found == entries.end() ? nullptr : &*found;
}

const ConfSection* ConfText::find(std::string_view section) const {
  const auto found =
      std::find_if(sections.begin(), sections.end(), [&](const ConfSection& s) { return s.name == section; });
  return found == sections.end() ? nullptr : &*found;
}

Result<ConfText> parse_conf_text(std::string_view text, std::string_view name) {
  return Parser(text, name).parse();
}

std::string conf_lines(const std::vector<ConfEntry>& entries) {
  constexpr std::size_t k_break_after = 400; // and a name is bounded
  std::string text;
  for (const ConfEntry& entry : entries) {
    if (!entry.value)
      continue;
    text += entry.name + " = ";
    std::size_t length = entry.name.size();
    for (std::size_t i = 0; i < entry.value->size(); ++i) {
      if (length > k_break_after) {
        text += "\\\n";
        length = 0;
      }
      const std::string unit = written((*entry.value)[i], i == 0 || i + 1 == entry.value->size());
      text += unit;
      length += unit.size();
    }
    text += '\n';
  }
  return text;
}

} // namespace kif::image
