// SPDX-License-Identifier: Apache-2.0
// Where a command writes, and the only code that does. stdout is data: text or one JSON document. stderr is messages:
// errors, warnings, progress.
#pragma once

#include <iosfwd>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "text/page.h"

namespace kif::text {

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

  /// Data, to stdout.
  void print(const Page& page);
  void print(const nlohmann::ordered_json& document);

  /// Text for people, to stderr.
  void report(const Page& page);
  /// "kif: warning: …" on stderr.
  void warn(std::string_view text);
  /// The error in the form people read, on stderr.
  void show(const Error& error);
  /// One line on stderr that the next message overwrites; nothing at all if stderr is not a terminal.
  void progress(std::string_view text);
  /// Bytes that a container's own program wrote on its stderr, to stderr as they are: they are the user's.
  void pass_on(std::string_view bytes);

  /// Flushes stdout; io if not all of it could be written (a full disk, a closed pipe).
  Result<void> finish();

private:
  void clear_progress();

  std::ostream& m_out;
  std::ostream& m_error;
  Traits m_traits;
  bool m_progress_shown = false;
};

} // namespace kif::text
