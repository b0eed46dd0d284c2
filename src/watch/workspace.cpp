// SPDX-License-Identifier: Apache-2.0
#include "watch/workspace.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"
#include "watch/control_groups.h"

namespace kif::watch {
namespace {

namespace fs = std::filesystem;

constexpr int k_delete_rounds = 20;
constexpr std::chrono::milliseconds k_round_pause{100};

std::vector<std::string> containers_in(const fs::path& state_folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(state_folder, error), end; !error && entry != end; entry.increment(error))
    names.push_back(entry->path().filename().string());
  return names;
}

// After a death, a runtime that was just starting a container may still be at it: it ends with kif (PR_SET_PDEATHSIG),
// but what it had started by then shows up in the state folder a moment later.
void clean_up(const fs::path& runtime, const fs::path& folder, bool orderly) {
  delete_containers(runtime, folder / "state");
  if (!orderly) {
    std::this_thread::sleep_for(k_round_pause);
    delete_containers(runtime, folder / "state");
  }
  remove_tree(folder);
  // A runtime that was killed while it started a container may have made its groups and not yet written down that there
  // is one. They are empty then, and named after the folder.
  if (!orderly)
    remove_control_groups(folder.filename().string() + "-");
}

// The end of kif may come while the object goes, in another thread.
void cut(std::atomic<int>& lifeline) {
  if (const int fd = lifeline.exchange(-1); fd >= 0)
    ::close(fd);
}

// For the second who waits there is no such child any more.
void wait_for(pid_t child) {
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

[[noreturn]] void guard(int lifeline, const fs::path& runtime, const fs::path& folder) {
  ::setsid();
  ::prctl(PR_SET_NAME, "kif-guard");
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE})
    ::signal(number, SIG_IGN);
  // Everything else closes: the guard must not hold open what kif's caller reads to its end, nor another guard's
  // lifeline.
  ::dup2(lifeline, 3);
  ::close_range(4, ~0U, 0);
  const int null = ::open("/dev/null", O_RDWR);
  for (const int standard : {0, 1, 2})
    ::dup2(null, standard);
  if (::chdir("/") != 0) // kif's folder may be a mount that somebody wants to unmount
    ::_exit(1);
  char byte = 0;
  ssize_t count = 0;
  while ((count = ::read(3, &byte, 1)) < 0 && errno == EINTR) {
  }
  try {
    clean_up(runtime, folder, count == 1);
  } catch (...) {
    ::_exit(1);
  }
  ::_exit(0);
}

} // namespace

Result<std::unique_ptr<Workspace>> Workspace::create(const fs::path& runtime) {
  KIF_CHECK(Host::check_rights());
  KIF_TRY(TempDir folder, TempDir::create("kif-run-"));
  std::error_code error;
  if (!fs::create_directory(folder.path() / "state", error))
    return fail(system_error(error.value(), "cannot make " + (folder.path() / "state").string()));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fail(system_error(errno, "cannot make a pipe"));
  const UniqueFd read_end(ends[0]);
  const auto lifeline = std::make_shared<std::atomic<int>>(ends[1]);
  pid_t child = -1;
  int fork_error = 0;
  // Before kif ends by a signal, the guard is to have done its work: whoever has waited for kif finds nothing left.
  Undo undo([&]() -> std::function<void()> {
    child = ::fork();
    fork_error = errno;
    if (child == 0) {
      Undo::forget_all_in_child();
      guard(read_end.get(), runtime, folder.path());
    }
    if (child < 0)
      return {};
    return [lifeline, child] {
      cut(*lifeline);
      wait_for(child);
    };
  });
  if (child < 0) {
    cut(*lifeline);
    return fail(system_error(fork_error, "cannot start the guard of " + folder.path().string()));
  }
  // Now, so that the guard sees to what this tries out, too.
  const Host host = Host::find(folder.path());
  return std::make_unique<Workspace>(folder.keep(), runtime, lifeline, child, std::move(undo), host);
}

Workspace::~Workspace() {
  [[maybe_unused]] const ssize_t written = ::write(m_lifeline->load(), "", 1); // unread, the guard is only slower
  cut(*m_lifeline);
  wait_for(m_guard_pid);
}

Result<fs::path> Workspace::make_folder() {
  fs::path folder = m_path / std::to_string(++m_folders);
  std::error_code error;
  if (!fs::create_directory(folder, error))
    return fail(system_error(error.value(), "cannot make " + folder.string()));
  return folder;
}

bool delete_containers(const fs::path& runtime, const fs::path& state_folder) {
  for (int round = 0; round < k_delete_rounds; ++round) {
    const auto names = containers_in(state_folder);
    if (names.empty())
      return true;
    if (round > 0)
      std::this_thread::sleep_for(k_round_pause);
    for (const std::string& name : names)
      (void)run_program({.argv = {runtime.string(), "--root", state_folder.string(), "delete", "--force", name},
                         .timeout = std::chrono::seconds(30)});
  }
  return containers_in(state_folder).empty();
}

} // namespace kif::watch
