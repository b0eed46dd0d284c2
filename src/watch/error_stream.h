// SPDX-License-Identifier: Apache-2.0
// The stderr of a container that kif's user looks at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kif::watch {

/// What the runtime says of its own failure in its log; none if it says nothing. The last of several.
std::optional<std::string> runtime_failure(const std::filesystem::path& log);

/// The container's program and the runtime share one stderr: the runtime copies what the program writes, and when it
/// fails it writes a sentence of its own there. What the program writes is the user's and goes on byte by byte. The
/// runtime's sentence holds names of the image, and must be shown as all text from outside is.
///
/// They are told apart by the log, in which the runtime writes the same sentence before (runc 1.1, utils.go,
/// fatalWithCode): once there is one, what comes is held back until the end, and the sentence taken off.
class ErrorStream {
public:
  ErrorStream(std::filesystem::path log, std::function<void(std::string_view)> pass_on)
      : m_log(std::move(log)), m_pass_on(std::move(pass_on)) {}

  void take(std::string_view bytes);
  /// The runtime has ended, and all that it wrote was taken. Its own sentence, or none.
  std::optional<std::string> end();

private:
  bool failure_is_logged();

  std::filesystem::path m_log;
  std::function<void(std::string_view)> m_pass_on;
  std::string m_held;
  std::uintmax_t m_log_bytes = 0; ///< of the log when it was last read
  bool m_holds = false;
};

} // namespace kif::watch
