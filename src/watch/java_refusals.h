// SPDX-License-Identifier: Apache-2.0
// What a container's Java programs asked their list of security providers for and did not get. kif's provider, the last
// of the list, writes it into a pipe (java/RefusalReport.java).
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "watch/container.h"
#include "watch/refusals.h"

namespace kif::watch {

/// A line of the pipe, taken apart.
struct JavaRequest {
  int pid = 0;      ///< as the container counts
  std::string type; ///< "MessageDigest"
  std::string algorithm;
  std::vector<Frame> callers; ///< file and function; a module's name where there is no file

  friend bool operator==(const JavaRequest&, const JavaRequest&) = default;
};

/// None for a line that is not one. What is too long is cut.
std::optional<JavaRequest> parse_java_request(std::string_view line);

/// The pipe in the empty `folder`, and the one thread that reads it.
class JavaRefusals {
public:
  static Result<std::unique_ptr<JavaRefusals>> start(const std::filesystem::path& folder);
  JavaRefusals(const JavaRefusals&) = delete;
  JavaRefusals& operator=(const JavaRefusals&) = delete;
  ~JavaRefusals();

  /// Where the provider looks for it.
  BindMount mount() const;
  /// The container's first thread, at its start. Any thread, once.
  void container_starts(int tid);
  /// The container has ended: adds what was read. No second call.
  void finish(Refusals& refusals);

  /// For start().
  JavaRefusals(std::filesystem::path pipe, UniqueFd read_end, UniqueFd stop);

private:
  void read_lines() noexcept;
  bool read_piece(std::string& rest);
  void take(std::string_view line);
  void stop();

  std::filesystem::path m_pipe;
  UniqueFd m_read_end;
  UniqueFd m_stop; ///< eventfd
  std::mutex m_lock;
  std::chrono::steady_clock::time_point m_start;
  std::string m_process_numbers; ///< the container's name space of them: the target of its link in /proc
  std::vector<Refusal> m_all;
  std::uint64_t m_dropped = 0;
  std::thread m_thread;
};

} // namespace kif::watch
