// SPDX-License-Identifier: Apache-2.0
// arm64: no instruction names the hypervisor to a program. What there is: the processor's identification (MIDR_EL1,
// which Linux answers to programs), the frequency of the system counter (CNTFRQ_EL0), and the board's name in the
// device tree or in the firmware's tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "machine/machine.h"

namespace kif::machine {

struct ArmFacts {
  std::optional<std::uint64_t> midr = {};      ///< MIDR_EL1; none: the kernel does not answer it
  std::uint64_t counter_hz = 0;                ///< CNTFRQ_EL0
  std::optional<std::string> compatible = {};  ///< the device tree's root: names, each ended by a zero
  std::optional<std::string> dmi_vendor = {};  ///< SMBIOS: "QEMU", "Amazon EC2"
  std::optional<std::string> dmi_product = {}; ///< SMBIOS: "KVM Virtual Machine"
};

/// QEMU's processor `max` under TCG has an implementer of 0 and the letter Q for its part. Its other processors carry
/// the identification of the real ones; they are told by their counter, whose frequency TCG makes 62.5 MHz (1 GHz for
/// `max` since QEMU 9.1) where a hypervisor shows the host's. A board that QEMU makes, with such a counter: unknown. So
/// it is where no board is named: the folders may be hidden from a container.
Machine recognise(const ArmFacts& facts);

} // namespace kif::machine
