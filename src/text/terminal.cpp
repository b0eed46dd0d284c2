// SPDX-License-Identifier: Apache-2.0
#include "text/terminal.h"

#include <cstdlib>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "text/json_document.h"

namespace kif::text {
namespace {

// A longer line would wrap, and could not be overwritten any more.
constexpr std::size_t k_progress_width = 78;

constexpr std::string_view k_clear_line = "\r\x1b[K";

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

void Terminal::print(const Page& page) {
  clear_progress();
  m_out << (m_traits.colour_out ? page.coloured() : page.plain());
}

void Terminal::print(const nlohmann::ordered_json& document) {
  clear_progress();
  m_out << json_document(document);
}

void Terminal::report(const Page& page) {
  clear_progress();
  m_error << (m_traits.colour_error ? page.coloured() : page.plain()) << std::flush;
}

void Terminal::warn(std::string_view text) {
  Page page;
  page.line({own("kif: "), own("warning:", Mark::warning), own(" "), foreign(text)});
  report(page);
}

void Terminal::show(const Error& error) {
  Page page;
  page.line({own("kif: "), own("error:", Mark::bad), own(" "), foreign(error.message)});
  if (!error.expected.empty())
    page.line({own("  expected: "), foreign(error.expected)});
  if (!error.got.empty())
    page.line({own("  got:      "), foreign(error.got)});
  if (!error.hint.empty())
    page.line({own("  hint: "), foreign(error.hint)});
  report(page);
}

void Terminal::progress(std::string_view text) {
  if (!m_traits.progress)
    return;
  m_error << k_clear_line << first_characters(escape(text), k_progress_width) << std::flush;
  m_progress_shown = true;
}

void Terminal::pass_on(std::string_view bytes) {
  clear_progress();
  m_error << bytes << std::flush;
}

void Terminal::clear_progress() {
  if (m_progress_shown)
    m_error << k_clear_line << std::flush;
  m_progress_shown = false;
}

Result<void> Terminal::finish() {
  clear_progress();
  m_out.flush();
  if (!m_out)
    return fail(ErrorCode::io, "cannot write to standard output");
  return {};
}

} // namespace kif::text
