// SPDX-License-Identifier: Apache-2.0
#include "broker/generator_report.h"

#include <cstring>
#include <type_traits>

#include <sys/mman.h>

namespace kif::broker {

SourceNumbers& SourceNumbers::operator+=(const SourceNumbers& more) noexcept {
  blocks += more.blocks;
  bytes_handed_out += more.bytes_handed_out;
  bytes_discarded += more.bytes_discarded;
  discontinuities += more.discontinuities;
  collectors += more.collectors;
  startup_tests += more.startup_tests;
  reseeds += more.reseeds;
  for (std::size_t i = 0; i < intermittent.size(); ++i) {
    intermittent[i] += more.intermittent[i];
    permanent[i] += more.permanent[i];
  }
  return *this;
}

namespace {

constexpr std::size_t k_words = sizeof(GeneratorReport) / sizeof(std::uint64_t);
static_assert(sizeof(GeneratorReport) % sizeof(std::uint64_t) == 0);
static_assert(std::is_trivially_copyable_v<GeneratorReport>);

/// A writer that was killed in the middle leaves the version odd for ever.
constexpr int k_max_tries = 1000;

} // namespace

/// A sequence lock: the version is odd while the words change. Words and not bytes, so that each is read whole. Who has
/// read a new word sees the version that was stored before it; by the words' own order and not by fences, which
/// ThreadSanitizer does not know.
struct ReportPage::Shared {
  std::uint64_t version;
  std::uint64_t words[k_words];
};

ReportPage::ReportPage() {
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED)
    m_shared = static_cast<Shared*>(memory);
}

ReportPage::~ReportPage() {
  if (m_shared != nullptr)
    ::munmap(m_shared, sizeof(Shared));
}

void ReportPage::write(const GeneratorReport& report) noexcept {
  if (m_shared == nullptr)
    return;
  std::uint64_t words[k_words];
  std::memcpy(words, &report, sizeof words);
  // Odd from here on, also where the writer before was killed in the middle.
  const std::uint64_t odd = __atomic_load_n(&m_shared->version, __ATOMIC_RELAXED) | 1U;
  __atomic_store_n(&m_shared->version, odd, __ATOMIC_RELAXED);
  for (std::size_t i = 0; i < k_words; ++i)
    __atomic_store_n(&m_shared->words[i], words[i], __ATOMIC_RELEASE);
  __atomic_store_n(&m_shared->version, odd + 1, __ATOMIC_RELEASE);
}

GeneratorReport ReportPage::read() const noexcept {
  GeneratorReport report;
  if (m_shared == nullptr)
    return report;
  std::uint64_t words[k_words];
  for (int tries = 0; tries < k_max_tries; ++tries) {
    const std::uint64_t before = __atomic_load_n(&m_shared->version, __ATOMIC_ACQUIRE);
    for (std::size_t i = 0; i < k_words; ++i)
      words[i] = __atomic_load_n(&m_shared->words[i], __ATOMIC_ACQUIRE);
    if (before % 2 == 0 && __atomic_load_n(&m_shared->version, __ATOMIC_RELAXED) == before)
      break;
  }
  std::memcpy(&report, words, sizeof words);
  return report;
}

} // namespace kif::broker
