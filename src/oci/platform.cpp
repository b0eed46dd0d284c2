// SPDX-License-Identifier: Apache-2.0
#include "oci/platform.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <sys/utsname.h>

#include "base/ascii.h"

namespace kif::oci {
namespace {

// uname's machines, and other names in use, to GOARCH and variant (containerd's platforms/database.go has the same).
struct Machine {
  std::string_view name;
  std::string_view architecture;
  std::string_view variant;
};
constexpr std::array<Machine, 14> k_machines{{
    {"x86_64", "amd64", ""},
    {"x86-64", "amd64", ""},
    {"aarch64", "arm64", ""},
    {"armv8l", "arm", "v7"},
    {"armv7l", "arm", "v7"},
    {"armhf", "arm", "v7"},
    {"armv6l", "arm", "v6"},
    {"armel", "arm", "v6"},
    {"i386", "386", ""},
    {"i686", "386", ""},
    {"ppc64el", "ppc64le", ""},
    {"mips64el", "mips64le", ""},
    {"mipsel", "mipsle", ""},
    {"loongarch64", "loong64", ""},
}};

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-';
  });
}

std::string_view variant_or_default(const Platform& platform) {
  if (!platform.variant.empty())
    return platform.variant;
  if (platform.architecture == "arm64")
    return "v8";
  return platform.architecture == "arm" ? "v7" : "";
}

} // namespace

Result<Platform> Platform::parse(std::string_view text) {
  const std::string lower = lower_case(text);
  std::array<std::string, 3> parts;
  std::size_t count = 0;
  std::string_view rest = lower;
  for (bool more = true; more; ++count) {
    const std::size_t slash = rest.find('/');
    more = slash != std::string_view::npos;
    if (count == parts.size() || !is_word(rest.substr(0, slash))) {
      count = 0;
      break;
    }
    parts[count] = rest.substr(0, slash);
    rest = more ? rest.substr(slash + 1) : std::string_view();
  }
  if (count < 2)
    return fail(Error(ErrorCode::invalid_input, "\"" + std::string(text) + "\" is not a platform")
                    .with_hint("write os/architecture[/variant], as in linux/arm64"));
  Platform platform{parts[0], parts[1], parts[2]};
  platform.use_go_names();
  return platform;
}

Platform Platform::host() {
  struct utsname machine {};
  ::uname(&machine);
  Platform platform{"linux", machine.machine, ""};
  platform.use_go_names();
  return platform;
}

void Platform::use_go_names() {
  os = lower_case(os);
  architecture = lower_case(architecture);
  variant = lower_case(variant);
  if ((architecture == "arm" || architecture == "arm64") && variant.size() == 1 && variant >= "5" && variant <= "9")
    variant.insert(0, "v");
  if (architecture == "amd64" && variant == "v1") // what amd64 is without a word (containerd's platforms/database.go)
    variant.clear();
  for (const Machine& machine : k_machines) {
    if (machine.name != architecture)
      continue;
    architecture = machine.architecture;
    if (variant.empty())
      variant = machine.variant;
    break;
  }
}

void Platform::complete(const Platform& told) {
  if (os.empty())
    os = told.os.empty() ? "linux" : told.os;
  if (architecture.empty())
    architecture = told.architecture.empty() ? host().architecture : told.architecture;
}

std::string Platform::text() const {
  std::string result = os + "/" + architecture;
  return variant.empty() ? result : result + "/" + variant;
}

bool Platform::satisfies(const Platform& wanted) const {
  if (os != wanted.os || architecture != wanted.architecture)
    return false;
  const std::string_view mine = variant_or_default(*this);
  const std::string_view other = variant_or_default(wanted);
  return mine.empty() || other.empty() || mine == other;
}

} // namespace kif::oci
