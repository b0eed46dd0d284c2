// SPDX-License-Identifier: Apache-2.0
// What `kif host` saw. A Result that holds an error is a value that is unknown; the error's message is the reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "machine/machine.h"
#include "text/page.h"

namespace kif::host {

inline constexpr const char* k_report_schema = "kif.host/1";

enum class FipsMode { on, off, not_offered };
std::string_view to_string(FipsMode mode) noexcept;

struct Kernel {
  std::string system;       ///< "Linux"
  std::string release;      ///< "6.12.48"
  std::string version;      ///< "#1 SMP …"
  std::string architecture; ///< "x86_64"
  bool is_gvisor = false;   ///< no Linux kernel answers the calls, but gVisor
  Result<FipsMode> fips_mode = FipsMode::not_offered;
};

struct Device {
  std::string path;
  bool exists = false;
  std::string number;                  ///< "1:9"; empty where it is no character device
  Result<void> opens = Result<void>(); ///< opened and closed; nothing is read
};

struct Entropy {
  std::vector<Device> devices;
  Result<std::string> hw_random_current;                ///< "none" where no driver is there
  Result<std::vector<std::string>> hw_random_available; ///< names of drivers
  Result<void> getrandom;                               ///< asked for no bytes at all
  Result<bool> getrandom_in_vdso = false;
  std::vector<std::string> instructions; ///< "RDRAND", "RDSEED", "RNDR"
};

/// The counter that jitterentropy reads, as kif saw it. See timer.h.
struct Counter {
  std::string name; ///< "TSC"
  double hz = 0;
  std::uint64_t step_ticks = 0;     ///< all differences are multiples of it
  std::uint64_t smallest_ticks = 0; ///< the smallest difference of two readings that is not zero
  bool monotonic = true;
  double stuck_rate = 0; ///< 0 to 1
  std::size_t samples = 0;

  double resolution_ns() const noexcept { return hz > 0 ? static_cast<double>(step_ticks) * 1e9 / hz : 0; }
};

struct Timer {
  machine::Machine machine;
  Result<std::string> clocksource;
  Result<std::vector<std::string>> clocksources;
  Counter counter;
};

struct Jitter {
  std::string library;
  std::string version;
  double startup_ms = 0;             ///< start-up test, and the first collector
  std::vector<double> block_ms = {}; ///< each 32 bytes
  double median_block_ms() const;
};

struct Container {
  bool inside = false;
  std::vector<std::string>
      own_namespaces;             ///< namespaces that are not the kernel's first ones: "pid", "mnt" is never told
  std::vector<std::string> marks; ///< files and variables that container engines leave
};

enum class Cgroups { none, v1, hybrid, v2 };
std::string_view to_string(Cgroups version) noexcept;

struct Sandbox {
  Result<std::string> seccomp_mode;                 ///< of this process: "off", "strict", "filter"
  Result<std::vector<std::string>> seccomp_actions; ///< what the kernel offers
  Result<bool> no_new_privileges = false;
  Result<void> user_notification; ///< the catch-all's own trial
  Result<void> user_namespace;    ///< one was made, in a child
  Result<void> broker_socket;     ///< one like the broker's could be made
};

struct Engine {
  std::string name;
  std::string path;
  Result<std::string> version;
};

enum class Support { works, limited, fails, unknown };
std::string_view to_string(Support outcome) noexcept;

/// What in hardened images needs the kernel's own randomness here. Without kif, a FIPS module needs it everywhere: it
/// is where seeds come from.
enum class KernelSource {
  not_needed,
  static_programs, ///< static programs and Go's: the catch-all, which would answer them, does not work
  not_replaced,    ///< jitterentropy fails, and nothing else takes the kernel's place: cryptography refuses to start
  unknown,         ///< there was no jitterentropy to try
};
std::string_view to_string(KernelSource need) noexcept;

/// One thing that kif does, and whether it does it here.
struct Work {
  std::string id; ///< never changes its meaning: "catch-all"
  std::string what;
  Support outcome = Support::unknown;
  std::string reason; ///< empty only where it works
};

struct Report {
  Kernel kernel;
  Entropy entropy;
  Timer timer;
  Result<Jitter> jitter;
  Result<Container> container;
  Result<Cgroups> cgroups = Cgroups::none;
  Sandbox sandbox;
  std::vector<Engine> engines;
  bool is_root = false;
  bool has_payload = false; ///< kif's own files lie beside it
  KernelSource kernel_source = KernelSource::not_needed;
  std::vector<Work> works;
};

/// Schema k_report_schema. Members may be added under the same number. What is unknown is null, and has its reason
/// under "unknown".
nlohmann::ordered_json to_json(const Report& report);

/// For people.
text::Page render(const Report& report);

} // namespace kif::host
