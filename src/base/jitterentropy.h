// SPDX-License-Identifier: Apache-2.0
// What kif knows of jitterentropy's versions: which it can work with, and how their settings are written. Apart from
// the binding in entropy/, since `kif harden` judges a library that it does not load.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::jitterentropy {

/// Oversampling rate: 1/osr bit of entropy is claimed for each sample. The lower bound is jitterentropy's own
/// (JENT_MIN_OSR), the upper one ends its tables of health-test cutoffs.
inline constexpr unsigned k_min_osr = 3;
inline constexpr unsigned k_max_osr = 20;

/// JENT_MAX_MEMSIZE_*: a power of two. Below 32 KiB, which jitterentropy has from 3.7 on, all of it lies in the
/// smallest first-level data cache of the processors that kif runs on, and the memory accesses no longer vary.
inline constexpr std::uint64_t k_min_memory_bytes = 32ULL * 1024;
inline constexpr std::uint64_t k_max_memory_bytes = 512ULL * 1024 * 1024;

/// jent_version() as people write it: 3060300 is 3.6.3.
std::string version_text(std::uint64_t version);

/// Versions whose codes, flags and output stage this kif knows: 3.4 to 3.7 (docs/design/0002-seed-source.md says why
/// not others). Patch levels do not change the entropy collection (jitterentropy.h, JENT_PATCHLEVEL).
bool is_known(std::uint64_t version) noexcept;
inline constexpr std::string_view k_known_versions = "3.4 to 3.7";

/// Those from 3.7 on give their output by XDRBG-256, the earlier ones by SHA3-256.
bool has_xdrbg(std::uint64_t version) noexcept;

/// Whether a file with this SHA-256, in lower-case hex, is one of the Debian builds that this kif puts into images. Of
/// another one nobody but its giver can say that its bytes come from CPU jitter.
bool is_shipped(std::string_view sha256) noexcept;

/// As the public-use document of an entropy certificate may prescribe them.
struct Settings {
  unsigned osr = k_min_osr;
  std::string flags = {};         ///< names, separated by commas: "ntg1,hashloop-4"; empty: none but kif's own
  std::uint64_t memory_bytes = 0; ///< 0: what jitterentropy takes by itself (128 KiB at most before 3.7)

  bool operator==(const Settings&) const = default;
};

/// invalid_input where a setting is out of range, unknown, or one that kif refuses for any version: the error says why.
Result<void> check(const Settings& settings);

/// The flags argument of jent_entropy_init_ex and jent_entropy_collector_alloc. Always in it: JENT_FORCE_FIPS (without
/// it, and on a kernel that is not in FIPS mode, the health tests run but their verdict is ignored) and
/// JENT_DISABLE_INTERNAL_TIMER (the substitute timer is a thread that counts; SP 800-90B claims do not cover it, and no
/// thread of ours may stay in a process). unsupported: this version has no such flag.
Result<unsigned> flag_bits(const Settings& settings, std::uint64_t version);

/// "osr 4, flags ntg1, memory 65536 bytes": what is not as without any setting; empty where nothing is.
std::string describe(const Settings& settings);

} // namespace kif::jitterentropy
