// SPDX-License-Identifier: Apache-2.0
// What trials of the kernel are made of: children that try something and end, and files that take one text.
#pragma once

#include <string_view>

#include <sys/types.h>
#include <unistd.h>

namespace kif::watch {

/// The exit code of this process's child, once it has ended; −1 where there is none, or a signal ended it.
int wait_for_exit(pid_t child);

/// What `work` gives, done in a child that then ends: 0 to 255. It makes system calls alone. −1: there was no child, or
/// a signal ended it.
template <class Work> int in_child(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(work());
  return wait_for_exit(child);
}

/// Writes into a file of procfs or cgroupfs, which takes a text at once or not at all. In a forked child, too.
bool write_kernel_file(const char* path, std::string_view text) noexcept;

} // namespace kif::watch
