// SPDX-License-Identifier: Apache-2.0
// Runs two variants of a command in turn and prints how long each takes and their ratio with its spread.
//   compare --name TEXT --a CONF --b CONF [--rounds N] [--one-core] [--measure stamp|samples] -- COMMAND…
//       the same command with OPENSSL_CONF=CONF
//   compare --name TEXT --a-command "…" --b-command "…" [--rounds N] [--one-core] --measure wall|turns [--unit ms|us]
//       wall: two shell commands, from start to exit
//       turns: both are started once, and write the ns of one measurement for each line that they read
// stamp: the command prints the CLOCK_MONOTONIC ns at which it was done, measured from just before its exec.
// samples: the command prints durations in ns, one a line.
// A round runs both variants once, in an order that alternates, so that drift of the machine hits both alike. The ratio
// is that of the medians; its spread is the 95 % interval of that ratio over 2,000 resamples of the rounds (bootstrap,
// fixed seed).
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"

namespace {

using kif::Command;
using Samples = std::vector<double>; // milliseconds

std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

double median(Samples samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

Samples measure(const Command& command, const std::string& kind) {
  const std::int64_t start = now_ns();
  const auto output = kif::run_program(command);
  const std::int64_t end = now_ns();
  if (!output || output->exit_code != 0) {
    std::fprintf(stderr, "compare: %s failed: %s\n", command.argv[0].c_str(),
                 (output ? output->err + output->out : output.error().message).c_str());
    std::exit(1);
  }
  if (kind == "wall")
    return {static_cast<double>(end - start) / 1e6};
  Samples samples;
  for (std::size_t at = 0; at < output->out.size();) {
    const std::size_t line_end = output->out.find('\n', at);
    const std::int64_t value = std::stoll(output->out.substr(at, line_end - at));
    samples.push_back(static_cast<double>(kind == "stamp" ? value - start : value) / 1e6);
    at = line_end == std::string::npos ? output->out.size() : line_end + 1;
  }
  return samples;
}

/// A command that stays, and measures when it is told to.
class Measurer {
public:
  explicit Measurer(const std::string& shell) {
    std::array<int, 2> to{};
    std::array<int, 2> from{};
    if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0)
      std::exit(1);
    if (::fork() == 0) {
      ::dup2(to[0], STDIN_FILENO);
      ::dup2(from[1], STDOUT_FILENO);
      ::execl("/bin/sh", "sh", "-c", shell.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(to[0]);
    ::close(from[1]);
    m_to = ::fdopen(to[1], "w");
    m_from = ::fdopen(from[0], "r");
  }
  Measurer(const Measurer&) = delete;
  Measurer& operator=(const Measurer&) = delete;
  ~Measurer() {
    std::fclose(m_to); // its end of input is the end of the program
    while (std::getc(m_from) != EOF) {
    }
    std::fclose(m_from);
    ::wait(nullptr);
  }

  Samples measure() {
    double ns = 0;
    std::fputc('\n', m_to);
    std::fflush(m_to);
    if (std::fscanf(m_from, "%lf", &ns) != 1) {
      std::fputs("compare: a command ended before it had measured\n", stderr);
      std::exit(1);
    }
    return {ns / 1e6};
  }

private:
  std::FILE* m_to = nullptr;
  std::FILE* m_from = nullptr;
};

std::pair<double, double> interval_of_ratio(const std::vector<Samples>& a, const std::vector<Samples>& b) {
  std::mt19937 random(1); // NOLINT(cert-msc51-cpp): the same interval for the same samples
  std::uniform_int_distribution<std::size_t> pick(0, a.size() - 1);
  Samples ratios;
  for (int resample = 0; resample < 2000; ++resample) {
    Samples some_a;
    Samples some_b;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::size_t round = pick(random);
      some_a.insert(some_a.end(), a[round].begin(), a[round].end());
      some_b.insert(some_b.end(), b[round].begin(), b[round].end());
    }
    ratios.push_back(median(some_a) / median(some_b));
  }
  std::sort(ratios.begin(), ratios.end());
  return {ratios[50], ratios[1949]};
}

std::vector<std::string> environment_with(const std::string& config) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("OPENSSL_"))
      environment.emplace_back(*entry);
  environment.push_back("OPENSSL_CONF=" + config);
  return environment;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"compare two variants side by side"};
  std::string name;
  std::string kind = "stamp";
  std::string unit = "ms";
  std::string config_a;
  std::string config_b;
  std::string shell_a;
  std::string shell_b;
  int rounds = 21;
  bool one_core = false;
  std::vector<std::string> argv_of_command;
  app.add_option("--name", name)->required();
  app.add_option("--a", config_a);
  app.add_option("--b", config_b);
  app.add_option("--a-command", shell_a);
  app.add_option("--b-command", shell_b);
  app.add_option("--rounds", rounds)->take_last()->check(CLI::Range(1, 10'000));
  app.add_option("--measure", kind)->check(CLI::IsMember({"stamp", "samples", "wall", "turns"}));
  app.add_option("--unit", unit)->check(CLI::IsMember({"ms", "us"}));
  app.add_flag("--one-core", one_core);
  app.add_option("command", argv_of_command);
  CLI11_PARSE(app, argc, argv);

  if (one_core) {
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    ::sched_setaffinity(0, sizeof first, &first);
  }

  const bool shell = !shell_a.empty();
  const Command a = shell ? Command{.argv = {"sh", "-c", shell_a}}
                          : Command{.argv = argv_of_command, .environment = environment_with(config_a)};
  const Command b = shell ? Command{.argv = {"sh", "-c", shell_b}}
                          : Command{.argv = argv_of_command, .environment = environment_with(config_b)};
  std::vector<Samples> all_a;
  std::vector<Samples> all_b;
  const auto take_turns = [&](const auto& measure_a, const auto& measure_b) {
    measure_a(); // warms the page cache; not counted
    measure_b();
    for (int round = 0; round < rounds; ++round) {
      if (round % 2 == 0)
        all_a.push_back(measure_a());
      all_b.push_back(measure_b());
      if (round % 2 != 0)
        all_a.push_back(measure_a());
    }
  };
  if (kind == "turns") {
    Measurer measurer_a(shell_a);
    Measurer measurer_b(shell_b);
    take_turns([&] { return measurer_a.measure(); }, [&] { return measurer_b.measure(); });
  } else {
    take_turns([&] { return measure(a, kind); }, [&] { return measure(b, kind); });
  }

  Samples flat_a;
  Samples flat_b;
  for (const Samples& samples : all_a)
    flat_a.insert(flat_a.end(), samples.begin(), samples.end());
  for (const Samples& samples : all_b)
    flat_b.insert(flat_b.end(), samples.begin(), samples.end());
  const auto [low, high] = interval_of_ratio(all_a, all_b);
  const double scale = unit == "us" ? 1e3 : 1;
  std::printf("%-44s %9.2f %s %9.2f %s   %6.2fx  [%.2f–%.2f]  n=%zu\n", name.c_str(), median(flat_a) * scale,
              unit.c_str(), median(flat_b) * scale, unit.c_str(), median(flat_a) / median(flat_b), low, high,
              flat_a.size());
  return 0;
}
