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

namespace kif::watch {
namespace {

namespace fs = std::filesystem;

constexpr int k_delete_rounds = 20;
constexpr std::chrono::milliseconds k_round_pause{100};

std::vector<std::string> containers_in(const fs::path& state_folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(state_folder, error))
    names.push_back(entry.path().filename().string());
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
  KIF_TRY(TempDir folder, TempDir::create("kif-run-"));
  std::error_code error;
  if (!fs::create_directory(folder.path() / "state", error))
    return fail(system_error(error.value(), "cannot make " + (folder.path() / "state").string()));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fail(system_error(errno, "cannot make a pipe"));
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  const pid_t child = ::fork();
  if (child < 0)
    return fail(system_error(errno, "cannot start the guard of " + folder.path().string()));
  if (child == 0) {
    write_end.reset();
    guard(read_end.get(), runtime, folder.path());
  }
  return std::make_unique<Workspace>(folder.keep(), runtime, std::move(write_end), child);
}

Workspace::~Workspace() {
  [[maybe_unused]] const ssize_t written = ::write(m_lifeline.get(), "", 1); // unread, the guard is only slower
  m_lifeline.reset();
  while (::waitpid(m_guard_pid, nullptr, 0) < 0 && errno == EINTR) {
  }
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
      (void)run({.argv = {runtime.string(), "--root", state_folder.string(), "delete", "--force", name},
                 .timeout = std::chrono::seconds(30)});
  }
  return containers_in(state_folder).empty();
}

void remove_tree(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error)
    return;
  // Not root, and a folder without permission bits in the way: give them first, from the top down.
  std::vector<fs::path> folders = {folder};
  while (!folders.empty()) {
    const fs::path here = std::move(folders.back());
    folders.pop_back();
    fs::permissions(here, fs::perms::owner_all, fs::perm_options::add, error);
    for (const auto& entry : fs::directory_iterator(here, error))
      if (entry.symlink_status(error).type() == fs::file_type::directory)
        folders.push_back(entry.path());
  }
  fs::remove_all(folder, error);
}

} // namespace kif::watch
