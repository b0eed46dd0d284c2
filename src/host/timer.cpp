// SPDX-License-Identifier: Apache-2.0
#include "host/timer.h"

#include <numeric>

#include <time.h>

#include "machine/processor.h"

namespace kif::host {
namespace {

constexpr std::size_t k_quick_readings = 10'000;
constexpr std::size_t k_worked_readings = 4096;
constexpr std::int64_t k_frequency_window_ns = 20'000'000;

std::int64_t clock_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

struct Moment {
  std::int64_t ns = 0;
  std::uint64_t ticks = 0;
};

/// The clock and the counter at nearly the same moment: of some tries, the one in which the counter went on least
/// between its two readings. In the others this thread was interrupted.
Moment read_both() {
  Moment best;
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < 32; ++i) {
    const std::uint64_t before = machine::read_counter();
    const std::int64_t ns = clock_ns();
    const std::uint64_t between = machine::read_counter() - before;
    if (between < least) {
      least = between;
      best = {ns, before + between / 2};
    }
  }
  return best;
}

/// Busy and not asleep: some counters stop while the processor rests.
double measure_hz() {
  const Moment start = read_both();
  while (clock_ns() - start.ns < k_frequency_window_ns) {
  }
  const Moment end = read_both();
  return static_cast<double>(end.ticks - start.ticks) * 1e9 / static_cast<double>(end.ns - start.ns);
}

/// Memory of the size of jitterentropy's, walked in its manner: where caches and pages add their part to the time.
class SmallWork {
public:
  void once() {
    for (int i = 0; i < 64; ++i) {
      m_position = (m_position + 1031) % m_memory.size();
      volatile unsigned char& cell = m_memory[m_position];
      cell = static_cast<unsigned char>(cell + 1);
    }
  }

private:
  std::vector<unsigned char> m_memory = std::vector<unsigned char>(128UL * 1024);
  std::size_t m_position = 0;
};

Result<std::vector<std::string>> read_clocksources(const Root& root) {
  KIF_TRY(const std::string text, root.text("/sys/devices/system/clocksource/clocksource0/available_clocksource"));
  return words(text);
}

} // namespace

Counter assess(std::span<const std::uint64_t> quick, std::span<const std::uint64_t> worked) {
  Counter counter;
  const auto look = [&counter](std::span<const std::uint64_t> readings, auto&& use) {
    for (std::size_t i = 1; i < readings.size(); ++i) {
      if (readings[i] < readings[i - 1])
        counter.monotonic = false;
      else
        use(readings[i] - readings[i - 1]);
    }
  };
  look(quick, [&counter](std::uint64_t difference) {
    if (difference != 0 && (counter.smallest_ticks == 0 || difference < counter.smallest_ticks))
      counter.smallest_ticks = difference;
    counter.step_ticks = std::gcd(counter.step_ticks, difference);
  });
  std::size_t stuck = 0;
  std::uint64_t before = 0;
  std::uint64_t second_before = 0;
  look(worked, [&](std::uint64_t difference) {
    counter.step_ticks = std::gcd(counter.step_ticks, difference);
    const std::uint64_t second = difference - before; // may wrap: only zero matters
    const std::uint64_t third = second - second_before;
    before = difference;
    second_before = second;
    ++counter.samples;
    if (difference == 0 || second == 0 || third == 0)
      ++stuck;
  });
  counter.stuck_rate = counter.samples == 0 ? 1 : static_cast<double>(stuck) / static_cast<double>(counter.samples);
  return counter;
}

Counter measure_counter() {
  std::vector<std::uint64_t> quick(k_quick_readings);
  for (std::uint64_t& reading : quick)
    reading = machine::read_counter();
  std::vector<std::uint64_t> worked(k_worked_readings);
  SmallWork work;
  for (std::uint64_t& reading : worked) {
    work.once();
    reading = machine::read_counter();
  }
  Counter counter = assess(quick, worked);
  counter.name = machine::counter_name();
  counter.hz = measure_hz();
  return counter;
}

Timer look_at_timer(const Root& root) {
  return {.machine = machine::this_machine(),
          .clocksource = root.text("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
          .clocksources = read_clocksources(root),
          .counter = measure_counter()};
}

} // namespace kif::host
