// SPDX-License-Identifier: Apache-2.0
#include "machine/machine.h"

#include "base/file.h"
#include "machine/processor.h"

namespace kif::machine {
namespace {

[[maybe_unused]] std::optional<std::string> read_if_there(const char* path) {
  constexpr std::uint64_t k_max_bytes = 4096;
  auto text = read_file(path, k_max_bytes);
  return text ? std::optional(*std::move(text)) : std::nullopt;
}

} // namespace

std::string_view to_string(Timer timer) noexcept {
  switch (timer) {
  case Timer::no_emulator_seen:
    return "no-emulator-seen";
  case Timer::emulated:
    return "emulated";
  case Timer::unknown:
    return "unknown";
  }
  return "unknown";
}

Machine this_machine() {
#if defined(__x86_64__)
  return recognise(read_x86_facts());
#elif defined(__aarch64__)
  ArmFacts facts = read_arm_registers();
  facts.compatible = read_if_there("/sys/firmware/devicetree/base/compatible");
  if (!facts.compatible)
    facts.compatible = read_if_there("/proc/device-tree/compatible");
  facts.dmi_vendor = read_if_there("/sys/class/dmi/id/sys_vendor");
  facts.dmi_product = read_if_there("/sys/class/dmi/id/product_name");
  return recognise(facts);
#else
  return {Timer::unknown, "", "this processor family does not tell"};
#endif
}

} // namespace kif::machine
