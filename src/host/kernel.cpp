// SPDX-License-Identifier: Apache-2.0
#include "host/kernel.h"

#include <sys/utsname.h>

namespace kif::host {

std::string_view to_string(FipsMode mode) noexcept {
  switch (mode) {
  case FipsMode::on:
    return "on";
  case FipsMode::off:
    return "off";
  case FipsMode::not_offered:
    return "not-offered";
  }
  return "off";
}

Result<FipsMode> read_fips_mode(const Root& root) {
  constexpr std::string_view name = "/proc/sys/crypto/fips_enabled";
  const auto text = root.text(name);
  if (text && (*text == "0" || *text == "1"))
    return *text == "1" ? FipsMode::on : FipsMode::off;
  if (text)
    return fail(ErrorCode::invalid_input, std::string(name) + " is neither 0 nor 1");
  if (text.error().code != ErrorCode::not_found)
    return fail(text.error());
  if (!root.has("/proc/sys/kernel"))
    return fail(ErrorCode::not_found, "no /proc/sys here");
  return FipsMode::not_offered;
}

bool is_gvisor(std::string_view release, std::string_view version) noexcept {
  return release.ends_with("-gvisor") || version == "#1 SMP Sun Jan 10 15:06:54 PST 2016";
}

Kernel look_at_kernel(const Root& root) {
  utsname names{};
  ::uname(&names);
  return {.system = names.sysname,
          .release = names.release,
          .version = names.version,
          .architecture = names.machine,
          .is_gvisor = is_gvisor(names.release, names.version),
          .fips_mode = read_fips_mode(root)};
}

} // namespace kif::host
