// SPDX-License-Identifier: Apache-2.0
#include "base/jitterentropy.h"

#include <algorithm>
#include <array>
#include <bit>

namespace kif::jitterentropy {
namespace {

constexpr std::uint64_t k_first_known = 3'040'000; // 3.4.0
constexpr std::uint64_t k_first_unknown = 3'080'000;
constexpr std::uint64_t k_first_xdrbg = 3'070'000; // with it came more flags, and another field for the memory

constexpr unsigned k_disable_internal_timer = 1U << 4;
constexpr unsigned k_force_fips = 1U << 5;

// jitterentropy.h of each version. JENT_FLAGS_TO_MEMSIZE_SHIFT and JENT_MAX_MEMSIZE_OFFSET: field value n stands for
// 2^(n + offset) bytes.
constexpr unsigned k_memory_shift = 28;
constexpr unsigned k_memory_offset = 14;
constexpr unsigned k_memory_shift_from_3_7 = 27;
constexpr unsigned k_memory_offset_from_3_7 = 9;
constexpr unsigned k_hashloop_shift = 23;

struct Flag {
  std::string_view name;
  unsigned bits;
};

// All came with 3.7. Each asks for more: startup and runtime by the rules of AIS 20/31 NTG.1 (with cutoffs eight times
// as strict), memory as large as all caches, and more rounds of the hash whose time is measured.
constexpr std::array k_flags = {Flag{"ntg1", 1U << 6},
                                Flag{"cache-all", 1U << 7},
                                Flag{"hashloop-1", 1U << k_hashloop_shift},
                                Flag{"hashloop-2", 2U << k_hashloop_shift},
                                Flag{"hashloop-4", 3U << k_hashloop_shift},
                                Flag{"hashloop-8", 4U << k_hashloop_shift},
                                Flag{"hashloop-16", 5U << k_hashloop_shift},
                                Flag{"hashloop-32", 6U << k_hashloop_shift},
                                Flag{"hashloop-64", 7U << k_hashloop_shift},
                                Flag{"hashloop-128", 8U << k_hashloop_shift}};

struct Refused {
  std::string_view name;
  std::string_view reason;
};

constexpr std::array k_refused = {
    Refused{"disable-memory-access", "it takes away the memory accesses, one of the two sources of the jitter"},
    Refused{"force-internal-timer", "no SP 800-90B claim covers the substitute timer"},
    Refused{"disable-internal-timer", "kif sets it always"},
    Refused{"force-fips", "kif sets it always"},
    Refused{"disable-stir", "jitterentropy does not look at it"},
    Refused{"disable-unbias", "jitterentropy does not look at it"}};

template <class Visit> Result<void> for_each_name(std::string_view list, Visit&& visit) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    KIF_CHECK(visit(list.substr(0, comma)));
    if (comma == list.size() - 1)
      return visit(std::string_view()); // "ntg1,": a name is missing
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return {};
}

std::string known_flags() {
  return "ntg1, cache-all or hashloop-N with N one of 1, 2, 4, 8, 16, 32, 64, 128";
}

Result<unsigned> bits_of(std::string_view name) {
  if (const auto* flag = std::ranges::find(k_flags, name, &Flag::name); flag != k_flags.end())
    return flag->bits;
  const std::string context = "cannot set jitterentropy's flag \"" + std::string(name) + "\": ";
  if (const auto* refused = std::ranges::find(k_refused, name, &Refused::name); refused != k_refused.end())
    return fail(ErrorCode::invalid_input, context + std::string(refused->reason));
  return fail(
      Error(ErrorCode::invalid_input, context + "unknown flag").with_mismatch(known_flags(), std::string(name)));
}

Result<unsigned> bits_of_all(std::string_view list) {
  unsigned bits = 0;
  bool has_hashloop = false;
  KIF_CHECK(for_each_name(list, [&](std::string_view name) -> Result<void> {
    KIF_TRY(const unsigned more, bits_of(name));
    const bool is_hashloop = name.starts_with("hashloop-");
    if ((bits & more) == more || (is_hashloop && has_hashloop))
      return fail(ErrorCode::invalid_input,
                  "cannot set jitterentropy's flags \"" + std::string(list) + "\": one is named twice");
    has_hashloop = has_hashloop || is_hashloop;
    bits |= more;
    return {};
  }));
  return bits;
}

} // namespace

std::string version_text(std::uint64_t version) {
  return std::to_string(version / 1'000'000) + "." + std::to_string(version / 10'000 % 100) + "." +
         std::to_string(version / 100 % 100);
}

bool is_known(std::uint64_t version) noexcept {
  return version >= k_first_known && version < k_first_unknown;
}

bool has_xdrbg(std::uint64_t version) noexcept {
  return version >= k_first_xdrbg;
}

bool is_shipped(std::string_view sha256) noexcept {
  constexpr std::size_t k_digits = 64;
  constexpr std::string_view k_shipped = KIF_SHIPPED_JITTERENTROPY;
  return sha256.size() == k_digits && k_shipped.find(sha256) != std::string_view::npos;
}

Result<void> check(const Settings& settings) {
  if (settings.osr < k_min_osr || settings.osr > k_max_osr)
    return fail(Error(ErrorCode::invalid_input, "cannot set jitterentropy's oversampling rate: out of range")
                    .with_mismatch(std::to_string(k_min_osr) + " to " + std::to_string(k_max_osr),
                                   std::to_string(settings.osr)));
  if (settings.memory_bytes != 0 &&
      (settings.memory_bytes < k_min_memory_bytes || settings.memory_bytes > k_max_memory_bytes ||
       !std::has_single_bit(settings.memory_bytes)))
    return fail(Error(ErrorCode::invalid_input, "cannot set jitterentropy's memory: bad size")
                    .with_mismatch("a power of two from " + std::to_string(k_min_memory_bytes) + " to " +
                                       std::to_string(k_max_memory_bytes) + " bytes",
                                   std::to_string(settings.memory_bytes)));
  KIF_CHECK(bits_of_all(settings.flags));
  return {};
}

Result<unsigned> flag_bits(const Settings& settings, std::uint64_t version) {
  KIF_CHECK(check(settings));
  KIF_TRY(const unsigned named, bits_of_all(settings.flags));
  if (named != 0 && !has_xdrbg(version))
    return fail(ErrorCode::unsupported, "cannot set jitterentropy's flags \"" + settings.flags + "\": version " +
                                            version_text(version) + " does not have them, 3.7 does");
  unsigned memory = 0;
  if (settings.memory_bytes != 0) {
    const auto exponent = static_cast<unsigned>(std::countr_zero(settings.memory_bytes));
    memory = has_xdrbg(version) ? (exponent - k_memory_offset_from_3_7) << k_memory_shift_from_3_7
                                : (exponent - k_memory_offset) << k_memory_shift;
  }
  return k_force_fips | k_disable_internal_timer | named | memory;
}

std::string describe(const Settings& settings) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (settings.osr != k_min_osr)
    add("osr " + std::to_string(settings.osr));
  if (!settings.flags.empty())
    add("flags " + settings.flags);
  if (settings.memory_bytes != 0)
    add("memory " + std::to_string(settings.memory_bytes) + " bytes");
  return text;
}

} // namespace kif::jitterentropy
