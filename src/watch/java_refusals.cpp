// SPDX-License-Identifier: Apache-2.0
#include "watch/java_refusals.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <exception>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "watch/proc_text.h"
#include "watch/tracee.h"

namespace kif::watch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_max_line = 4096; // what a pipe takes as one piece: no honest line is longer
constexpr std::size_t k_max_text = 200;
constexpr std::size_t k_max_callers = 8;
constexpr int k_last_pieces = 64; // a pipe holds one; whoever writes on for ever is not waited for
constexpr const char* k_place_in_container = "/.kif/refused";

std::string_view take_field(std::string_view& line) {
  const std::string_view field = line.substr(0, line.find('\t'));
  line.remove_prefix(std::min(field.size() + 1, line.size()));
  return field;
}

std::optional<int> number_of(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && !text.empty() && end == text.data() + text.size() ? std::optional(number)
                                                                                   : std::nullopt;
}

/// The last number of the line NSpid: in the innermost name space (proc_pid_status(5)).
std::optional<int> number_inside(int pid) {
  constexpr std::string_view k_key = "\nNSpid:";
  const std::string status = read_proc(pid, "status").value_or("");
  const std::size_t at = status.find(k_key);
  if (at == std::string::npos)
    return std::nullopt;
  std::string_view line = std::string_view(status).substr(at + k_key.size());
  line = line.substr(0, line.find('\n'));
  return number_of(line.substr(std::min(line.rfind('\t') + 1, line.size())));
}

/// The process's number as the host counts; 0 for one that is not there any more.
int number_outside(const std::string& process_numbers, int inside) {
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const auto pid = number_of(entry->path().filename().string());
    if (pid && read_link(proc_path(*pid, "ns/pid")) == process_numbers && number_inside(*pid) == inside)
      return *pid;
  }
  return 0;
}

} // namespace

std::optional<JavaRequest> parse_java_request(std::string_view line) {
  const auto pid = number_of(take_field(line));
  const auto text = [&line] { return std::string(take_field(line).substr(0, k_max_text)); };
  JavaRequest request{.pid = pid.value_or(0), .type = text(), .algorithm = text(), .callers = {}};
  if (!pid || *pid <= 0 || request.type.empty() || request.algorithm.empty())
    return std::nullopt;
  while (!line.empty() && request.callers.size() < k_max_callers) {
    Frame frame{.file = text()};
    frame.symbol = text();
    request.callers.push_back(std::move(frame));
  }
  return request;
}

Result<std::unique_ptr<JavaRefusals>> JavaRefusals::start(const fs::path& folder) {
  fs::path pipe = folder / "refused";
  if (::mkfifo(pipe.c_str(), 0600) != 0 || ::chmod(pipe.c_str(), 0622) != 0)
    return fail(system_error(errno, "cannot make " + pipe.string()));
  // With a writer of kif's own there is no end while the container's come and go.
  KIF_TRY(UniqueFd read_end, open_file(pipe, O_RDWR | O_NONBLOCK));
  UniqueFd stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop)
    return fail(system_error(errno, "cannot make an eventfd"));
  return std::make_unique<JavaRefusals>(std::move(pipe), std::move(read_end), std::move(stop));
}

JavaRefusals::JavaRefusals(fs::path pipe, UniqueFd read_end, UniqueFd stop)
    : m_pipe(std::move(pipe)), m_read_end(std::move(read_end)), m_stop(std::move(stop)),
      m_start(std::chrono::steady_clock::now()), m_thread([this] { read_lines(); }) {}

JavaRefusals::~JavaRefusals() {
  stop();
}

void JavaRefusals::stop() {
  if (!m_thread.joinable())
    return;
  constexpr std::uint64_t k_one = 1;
  [[maybe_unused]] const ssize_t written = ::write(m_stop.get(), &k_one, sizeof k_one);
  m_thread.join();
}

BindMount JavaRefusals::mount() const {
  return {.source = m_pipe, .destination = k_place_in_container};
}

void JavaRefusals::container_starts(int tid) {
  const std::lock_guard guard(m_lock);
  m_start = std::chrono::steady_clock::now();
  m_process_numbers = read_link(proc_path(tid, "ns/pid"));
}

void JavaRefusals::finish(Refusals& refusals) {
  stop();
  refusals.dropped += m_dropped;
  for (Refusal& refusal : m_all)
    if (refusals.all.size() < Refusals::k_max)
      refusals.all.push_back(std::move(refusal));
    else
      refusals.dropped += refusal.count;
  m_all.clear();
}

// What was written before the end is read before the thread ends.
void JavaRefusals::read_lines() noexcept {
  try {
    std::string rest;
    std::array<pollfd, 2> waits = {pollfd{m_read_end.get(), POLLIN, 0}, pollfd{m_stop.get(), POLLIN, 0}};
    while (waits[1].revents == 0) {
      if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
        return;
      read_piece(rest);
    }
    for (int pieces = 0; pieces < k_last_pieces && read_piece(rest); ++pieces) {
    }
  } catch (const std::exception&) { // no memory: what was read is kept
    const std::lock_guard guard(m_lock);
    ++m_dropped;
  }
}

/// Up to as much as a pipe holds; false: there is no more.
bool JavaRefusals::read_piece(std::string& rest) {
  std::array<char, 65536> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the kernel
  const ssize_t count = ::read(m_read_end.get(), buffer.data(), buffer.size());
  if (count <= 0)
    return false;
  rest.append(buffer.data(), static_cast<std::size_t>(count));
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = rest.find('\n', begin)) != std::string::npos; begin = end + 1)
    if (end - begin <= k_max_line)
      take(std::string_view(rest).substr(begin, end - begin));
  rest.erase(0, begin);
  if (rest.size() > k_max_line)
    rest.clear();
  return true;
}

void JavaRefusals::take(std::string_view line) {
  auto request = parse_java_request(line);
  if (!request)
    return;
  const std::lock_guard guard(m_lock);
  RaisedError error{.library = RaisedError::k_java, .reason = 0, .text = request->type + " " + request->algorithm};
  const auto known = std::ranges::find_if(m_all, [&](const Refusal& refusal) {
    return refusal.error == error && refusal.first.callers == request->callers;
  });
  if (known != m_all.end()) {
    ++known->count;
    return;
  }
  if (m_all.size() == Refusals::k_max) {
    ++m_dropped;
    return;
  }
  Event first;
  first.time = std::chrono::steady_clock::now() - m_start;
  first.pid = number_outside(m_process_numbers, request->pid);
  first.process = "java";
  first.callers = std::move(request->callers);
  first.tid = first.pid;
  if (first.pid != 0) {
    Tracee::Identity identity = ProcTracee().identify(first.pid);
    first.process = std::move(identity.name);
    first.executable = std::move(identity.executable);
  }
  m_all.push_back({.first = std::move(first), .error = std::move(error), .count = 1});
}

} // namespace kif::watch
