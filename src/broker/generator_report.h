// SPDX-License-Identifier: Apache-2.0
// What the process with the DRBG says of itself: numbers and texts in a page that it shares with kif-init. Read without
// asking, so also while that process hangs, and after it has ended.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kif::broker {

/// The health tests that are counted apart, in the order of SourceNumbers' arrays.
inline constexpr std::array<const char*, 6> k_health_tests = {
    "repetition_count", "adaptive_proportion", "lag_predictor", "repetition_count_memory", "too_often", "other"};

/// What the seed source of that process has done since the process was started. Only numbers: they can be added up.
struct SourceNumbers {
  std::uint64_t blocks = 0;           ///< of 32 bytes, that passed all health tests
  std::uint64_t bytes_handed_out = 0; ///< seed bytes that went to DRBGs
  std::uint64_t bytes_discarded = 0;  ///< wiped unused
  std::uint64_t discontinuities = 0;  ///< of the clocks
  std::uint64_t collectors = 0;
  std::uint64_t startup_tests = 0; ///< that passed
  std::uint64_t reseeds = 0;       ///< draws for which the DRBG took new seed from the source
  std::array<std::uint64_t, k_health_tests.size()> intermittent{}; ///< failures by test; the last two have none
  std::array<std::uint64_t, k_health_tests.size()> permanent{};

  SourceNumbers& operator+=(const SourceNumbers& more) noexcept;
  bool operator==(const SourceNumbers&) const = default;
};

/// Text with a zero behind it.
template <std::size_t Size> using Text = std::array<char, Size>;

struct GeneratorReport {
  SourceNumbers numbers;
  std::int64_t last_reseed_unix_s = 0; ///< 0: none since its checks
  Text<160> source_state{};            ///< "ready", or the health test that stopped the source
  Text<512> failure{};                 ///< why its checks failed
  Text<64> module_name{};
  Text<32> module_version{};
  Text<32> libcrypto_version{};
  Text<32> jitterentropy_version{};
};

/// Cut where it does not fit.
template <std::size_t Size> void set_text(Text<Size>& text, std::string_view value) noexcept {
  text = {};
  value.copy(text.data(), Size - 1);
}
/// Whatever lies there: what another process wrote need not end.
template <std::size_t Size> std::string_view text_of(const Text<Size>& text) noexcept {
  const std::string_view all(text.data(), Size);
  return all.substr(0, all.find('\0'));
}

/// Made before the process with the DRBG is forked. One process writes, any may read.
class ReportPage {
public:
  ReportPage();
  ReportPage(const ReportPage&) = delete;
  ReportPage& operator=(const ReportPage&) = delete;
  ~ReportPage();

  /// Does nothing where there was no memory.
  void write(const GeneratorReport& report) noexcept;
  /// What was written last: of one moment, but where the writer was ended in the middle. Zeros where there is no
  /// memory.
  GeneratorReport read() const noexcept;

private:
  struct Shared;
  Shared* m_shared = nullptr;
};

} // namespace kif::broker
