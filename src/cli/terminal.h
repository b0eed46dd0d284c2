// SPDX-License-Identifier: Apache-2.0
// Where a command writes. stdout is data: text or one JSON document. stderr is messages: errors, warnings, progress.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::cli {

enum class Format { text, json };

enum class Style { plain, good, bad, warning, dim };

class Terminal {
public:
  struct Traits {
    bool colour_out = false; ///< stdout is a terminal that shows colour
    bool colour_error = false;
    bool progress = false; ///< stderr is a terminal
  };

  Terminal(std::ostream& out, std::ostream& error, Traits traits) : m_out(out), m_error(error), m_traits(traits) {}

  /// The process's own streams: colour and progress on a terminal only, no colour where NO_COLOR is set and not empty
  /// (no-color.org) or TERM is dumb.
  static Terminal of_process();

  /// Data, to stdout as it is.
  void print(std::string_view text);
  /// Data with colour where stdout shows it; the text alone elsewhere.
  std::string styled(Style style, std::string_view text) const;

  /// Text for people on stderr, as it is.
  void report(std::string_view text);
  /// "kif: warning: …" on stderr, with its control characters escaped.
  void warn(std::string_view text);
  /// The error in the form people read, on stderr, with its control characters escaped.
  void show(const Error& error);
  /// One line on stderr that the next message overwrites; nothing at all where stderr is no terminal.
  void progress(std::string_view text);

  /// Flushes stdout; io where not all of it could be written (a full disk, a closed pipe).
  Result<void> finish();

private:
  void clear_progress();

  std::ostream& m_out;
  std::ostream& m_error;
  Traits m_traits;
  bool m_progress_shown = false;
};

} // namespace kif::cli
