// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <cstdlib>
#include <iostream>

#include <unistd.h>

#include "base/quote.h"

namespace kif::cli {
namespace {

// A longer line would wrap, and could not be overwritten any more.
constexpr std::size_t k_progress_width = 78;

std::string_view escape_of(Style style) {
  switch (style) {
  case Style::plain:
    return "";
  case Style::good:
    return "\x1b[32m";
  case Style::bad:
    return "\x1b[31m";
  case Style::warning:
    return "\x1b[33m";
  case Style::dim:
    return "\x1b[2m";
  }
  return "";
}

std::string coloured(bool colour, Style style, std::string_view text) {
  const std::string_view escape = escape_of(style);
  if (!colour || escape.empty())
    return std::string(text);
  return std::string(escape) + std::string(text) + "\x1b[0m";
}

bool environment_allows_colour() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') && terminal != nullptr && std::string_view(terminal) != "dumb";
}

} // namespace

Terminal Terminal::of_process() {
  const bool colour = environment_allows_colour();
  const bool error_is_terminal = ::isatty(STDERR_FILENO) == 1;
  return {std::cout,
          std::cerr,
          {.colour_out = colour && ::isatty(STDOUT_FILENO) == 1,
           .colour_error = colour && error_is_terminal,
           .progress = error_is_terminal}};
}

void Terminal::print(std::string_view text) {
  clear_progress();
  m_out << text;
}

std::string Terminal::styled(Style style, std::string_view text) const {
  return coloured(m_traits.colour_out, style, text);
}

void Terminal::report(std::string_view text) {
  clear_progress();
  m_error << text << std::flush;
}

void Terminal::warn(std::string_view text) {
  clear_progress();
  m_error << "kif: " << coloured(m_traits.colour_error, Style::warning, "warning:") << ' ' << escape_controls(text)
          << '\n';
}

void Terminal::show(const Error& error) {
  clear_progress();
  Error shown(error.code, escape_controls(error.message));
  shown.expected = escape_controls(error.expected);
  shown.got = escape_controls(error.got);
  shown.hint = escape_controls(error.hint);
  std::string text = shown.render("kif");
  if (constexpr std::string_view head = "kif: error:"; m_traits.colour_error && text.starts_with(head))
    text = "kif: " + coloured(true, Style::bad, "error:") + text.substr(head.size());
  m_error << text;
}

void Terminal::progress(std::string_view text) {
  if (!m_traits.progress)
    return;
  m_error << "\r\x1b[K" << escape_controls(text).substr(0, k_progress_width) << std::flush;
  m_progress_shown = true;
}

void Terminal::clear_progress() {
  if (m_progress_shown)
    m_error << "\r\x1b[K" << std::flush;
  m_progress_shown = false;
}

Result<void> Terminal::finish() {
  clear_progress();
  m_out.flush();
  if (!m_out)
    return fail(ErrorCode::io, "cannot write to standard output");
  return {};
}

} // namespace kif::cli
