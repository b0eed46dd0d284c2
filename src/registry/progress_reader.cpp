// SPDX-License-Identifier: Apache-2.0
#include "registry/progress_reader.h"

#include <chrono>
#include <mutex>

namespace kif::oci {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds k_interval{100};

class ProgressReader final : public Reader {
public:
  ProgressReader(std::unique_ptr<Reader> source, std::function<void(const FetchProgress&)> tell, std::string what,
                 std::uint64_t total)
      : m_source(std::move(source)), m_tell(std::move(tell)), m_what(std::move(what)), m_total(total) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    KIF_TRY(const std::size_t count, m_source->read(buffer));
    m_bytes += count;
    const auto now = Clock::now();
    if (count == 0 || now - m_told >= k_interval) {
      m_told = now;
      static std::mutex one_at_a_time;
      const std::lock_guard lock(one_at_a_time);
      m_tell({m_what, m_bytes, m_total});
    }
    return count;
  }

private:
  std::unique_ptr<Reader> m_source;
  std::function<void(const FetchProgress&)> m_tell;
  std::string m_what;
  std::uint64_t m_total;
  std::uint64_t m_bytes = 0;
  Clock::time_point m_told{};
};

} // namespace

std::unique_ptr<Reader> with_progress(std::unique_ptr<Reader> source, std::function<void(const FetchProgress&)> tell,
                                      std::string what, std::uint64_t total) {
  if (!tell)
    return source;
  return std::make_unique<ProgressReader>(std::move(source), std::move(tell), std::move(what), total);
}

} // namespace kif::oci
