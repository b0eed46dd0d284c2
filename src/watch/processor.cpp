// SPDX-License-Identifier: Apache-2.0
#include "watch/processor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/file.h"

namespace kif::watch {
namespace {

// As binfmt's entries name them: qemu-aarch64.
constexpr std::array<std::pair<const char*, const char*>, 2> k_machines = {{{"amd64", "x86_64"}, {"arm64", "aarch64"}}};

const char* machine_of(const std::string& architecture) {
  const auto* const found = std::find_if(k_machines.begin(), k_machines.end(),
                                         [&](const auto& known) { return known.first == architecture; });
  return found == k_machines.end() ? nullptr : found->second;
}

bool has_interpreter(const std::filesystem::path& formats, const std::string& machine) {
  constexpr std::uint64_t k_max_entry_bytes = 4096;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(formats, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().filename().string().find(machine) != std::string::npos)
      if (const auto text = read_file(entry->path(), k_max_entry_bytes); text && text->starts_with("enabled"))
        return true;
  return false;
}

} // namespace

Result<void> check_processor(const std::string& image, const std::string& wanted, const std::string& own,
                             const std::filesystem::path& formats) {
  const char* const machine = machine_of(wanted);
  if (wanted == own || machine == nullptr || machine_of(own) == nullptr || has_interpreter(formats, machine))
    return {};
  return fail(
      Error(ErrorCode::process, "cannot run " + image + ": it is for " + wanted + ", and this machine is " + own)
          .with_hint("with Debian's qemu-user-static the kernel runs it by emulation"));
}

} // namespace kif::watch
