// SPDX-License-Identifier: Apache-2.0
// OpenSSL's configuration text, config(5): read as libcrypto reads it (crypto/conf/conf_def.c), and written so that
// every libcrypto from 3.0 on reads the same again.
//
// The text is hostile. What libcrypto would refuse is refused, and so is what this reader is not sure of: names with
// escapes, control characters, `.pragma dollarid:on`. No file is included and no variable of the environment looked at:
// what stands on one of them has no value.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kif::image {

/// More is refused: too_large.
inline constexpr std::size_t k_max_conf_bytes = 256 * 1024;
inline constexpr std::size_t k_max_conf_sections = 512;
inline constexpr std::size_t k_max_conf_entries = 8192;
inline constexpr std::size_t k_max_conf_line_bytes = 16 * 1024; ///< of a line with its continuations
inline constexpr std::size_t k_max_conf_name_bytes = 256;
inline constexpr std::size_t k_max_conf_value_bytes = 8 * 1024;       ///< after expansion
inline constexpr std::size_t k_max_conf_expanded_bytes = 1024 * 1024; ///< of all values together

/// The section of what comes before the first heading.
inline constexpr std::string_view k_conf_default_section = "default";

struct ConfEntry {
  std::string name;
  std::optional<std::string>
      value; ///< quotes, escapes and variables resolved; none: it stands on the environment or an included file
};

struct ConfSection {
  std::string name;
  std::vector<ConfEntry> entries; ///< in the order in which libcrypto gives them; each name once

  const ConfEntry* find(std::string_view entry) const;
};

struct ConfText {
  std::vector<ConfSection> sections; ///< the default one first, the others as they first appear; each name once
  bool includes = false;             ///< it has `.include` lines, which were passed over

  const ConfSection* find(std::string_view section) const;
};

/// invalid_input with the line's number, or too_large. `name` names the text in errors.
Result<ConfText> parse_conf_text(std::string_view text, std::string_view name);

/// "name = value" lines without variables, each physical line shorter than the 511 bytes that libcrypto 3.0 reads at a
/// time. Entries without a value are left out.
std::string conf_lines(const std::vector<ConfEntry>& entries);

} // namespace kif::image
