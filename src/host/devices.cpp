// SPDX-License-Identifier: Apache-2.0
#include "host/devices.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/file.h"
#include "host/vdso.h"
#include "machine/processor.h"

namespace kif::host {
namespace {

/// By the system call itself: what a seccomp filter or this kernel says to a program that asks past everything.
Result<void> ask_getrandom() {
  char nothing = 0; // some emulators refuse a null pointer also for no bytes
  if (::syscall(SYS_getrandom, &nothing, 0, GRND_NONBLOCK) == 0)
    return {};
  if (errno == EAGAIN)
    return fail(ErrorCode::unsupported, "the kernel's generator is not seeded yet");
  return fail(system_error(errno, "refused"));
}

Result<std::vector<std::string>> read_words(const Root& root, std::string_view name) {
  KIF_TRY(const std::string text, root.text(name));
  return words(text);
}

std::vector<std::string> instruction_names() {
  const machine::RandomInstructions found = machine::random_instructions();
  std::vector<std::string> names;
  if (found.rdrand)
    names.emplace_back("RDRAND");
  if (found.rdseed)
    names.emplace_back("RDSEED");
  if (found.rndr)
    names.emplace_back("RNDR");
  return names;
}

} // namespace

Device look_at_device(const Root& root, const std::string& path) {
  Device device{.path = path, .exists = false, .number = {}};
  const std::string place = root.at(path).string();
  struct stat status {};
  if (::stat(place.c_str(), &status) != 0) {
    device.opens = fail(system_error(errno, "cannot open it"));
    return device;
  }
  device.exists = true;
  if (S_ISCHR(status.st_mode))
    device.number = std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
  const UniqueFd opened(
      static_cast<int>(::syscall(SYS_openat, AT_FDCWD, place.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0)));
  if (!opened)
    device.opens = fail(system_error(errno, "cannot open it"));
  return device;
}

Entropy look_at_entropy(const Root& root) {
  Entropy found;
  for (const char* path : {"/dev/random", "/dev/urandom", "/dev/hwrng"})
    found.devices.push_back(look_at_device(root, path));
  found.hw_random_current = root.text("/sys/class/misc/hw_random/rng_current");
  found.hw_random_available = read_words(root, "/sys/class/misc/hw_random/rng_available");
  found.getrandom = ask_getrandom();
  found.getrandom_in_vdso = has_vdso_getrandom();
  found.instructions = instruction_names();
  return found;
}

} // namespace kif::host
