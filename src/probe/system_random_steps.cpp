// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "probe/steps.h"

namespace kif::probe {
namespace {

using Bytes = std::array<unsigned char, 32>;

Finding failed_call(const char* what) {
  return failed(std::string(what) + ": " + std::generic_category().message(errno));
}

Finding compare(const Bytes& first, const Bytes& second) {
  return first == second ? failed("two draws gave the same bytes") : pass("2 draws of 32 bytes, which differ");
}

} // namespace

Finding check_getrandom() {
  std::array<Bytes, 2> draws{};
  for (Bytes& bytes : draws)
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      return failed_call("getrandom");
  return compare(draws[0], draws[1]);
}

Finding check_random_device() {
  const UniqueFd fd(::open("/dev/urandom", O_RDONLY | O_CLOEXEC));
  if (!fd)
    return failed_call("open /dev/urandom");
  struct stat file {};
  if (::fstat(fd.get(), &file) != 0)
    return failed_call("fstat");
  if (!S_ISCHR(file.st_mode))
    return failed("/dev/urandom is not a character device");
  std::array<Bytes, 2> draws{};
  for (Bytes& bytes : draws)
    if (::read(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      return failed_call("read /dev/urandom");
  return compare(draws[0], draws[1]);
}

} // namespace kif::probe
