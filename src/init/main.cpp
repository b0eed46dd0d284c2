// SPDX-License-Identifier: Apache-2.0
// kif-init: first process of a container. Power-on checks, one status line, then the application. See docs/kif-init.md.
#include <cstdlib>
#include <span>
#include <string_view>

#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "broker/broker.h"
#include "broker/generator.h"
#include "init/application.h"
#include "init/arguments.h"
#include "init/check_process.h"
#include "init/checks.h"
#include "init/descriptors.h"
#include "init/hardware_timer.h"
#include "init/java_check.h"
#include "init/random_service.h"
#include "init/status.h"
#include "init/variables.h"
#include "libcrypto/library.h"

namespace {

using namespace kif;
using namespace kif::init;

std::int64_t g_start_ms = 0;                   // set once, before any check
const RandomStatus* g_random_status = nullptr; // where a broker is started; set before its checks

std::int64_t now_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

/// A closed or full stderr is no reason not to start.
void say(int fd, std::string_view text) {
  [[maybe_unused]] const auto written = write_all(fd, std::as_bytes(std::span(text)), "text");
}

StatusFormat format() {
  return status_format(std::getenv("KIF_STATUS"));
}

int report(const FailedCheck& failed) {
  say(STDERR_FILENO, render(failed, format()));
  return exit_code(failed.failure);
}

int check() {
  machine::Machine machine = machine::this_machine();
  const bool required = requires_hardware_timer(std::getenv("KIF_REQUIRE_HARDWARE_TIMER"));
  if (const auto timer = check_timer(machine, required); !timer)
    return report(timer.error());
  auto ready = run_checks(Layer());
  if (!ready)
    return report(ready.error());
  auto java = check_java();
  if (!java)
    return report(java.error());
  ready->java = *std::move(java);
  ready->machine = std::move(machine);
  if (g_random_status != nullptr)
    ready->random = *g_random_status;
  say(STDERR_FILENO, render(*ready, now_ms() - g_start_ms, format()));
  return 0;
}

/// The checks, and what they came to. 0: the application may start.
int check_apart(bool takes_signals) {
  const CheckProcess checks = run_check_process(check, takes_signals);
  return checks.refused ? report(checks.failure) : checks.exit_code;
}

/// The checks of a generator that takes another's place: the same, but the container was told already that all is well.
int check_again() {
  const auto ready = run_checks(Layer());
  return ready ? 0 : report(ready.error());
}

bool draw_by_libcrypto(void* crypto, std::span<std::byte> out) {
  return static_cast<const libcrypto::Libcrypto*>(crypto)->RAND_bytes(reinterpret_cast<unsigned char*>(out.data()),
                                                                      static_cast<int>(out.size())) == 1;
}

/// A process whose checks have passed, with libcrypto and the module in it, becomes the broker's generator.
[[noreturn]] void generate(int link) {
  ::prctl(PR_SET_NAME, "kif-init-drbg", 0, 0, 0);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // its memory is nobody's to read
  close_descriptors_except({link});
  if (auto crypto = libcrypto::Libcrypto::open())
    broker::serve_draws(link, draw_by_libcrypto, &*crypto);
  ::_exit(0);
}

/// Without a broker of its own: in a container that another kif-init serves, or where none is wanted.
int run_alone(std::span<char*> command, Place place, const SignalState& before) {
  const bool stays = place == Place::first_process;
  if (!stays)
    restore_signals(before);
  if (const int code = check_apart(stays); code != 0)
    return code;
  return stays ? supervise_application(command, before, place) : become_application(command);
}

int run(std::span<char*> command) {
  const Place place = ::getpid() == 1 ? Place::first_process : Place::behind_another;
  const SignalState before = block_signals(); // first of all: until then process 1 loses what it is sent
  const auto choice = ServiceChoice::from(std::getenv("KIF_BROKER"), std::getenv("KIF_CATCH_ALL"));
  if (!choice.broker || broker::is_container_served()) {
    if (choice.catch_all == CatchAllChoice::on)
      return report(
          {Failure::catch_all,
           {ErrorCode::conflict, choice.broker ? "cannot install the catch-all: another kif-init serves this container"
                                               : "cannot install the catch-all: KIF_BROKER=off says not to"}});
    return run_alone(command, place, before);
  }
  auto service = RandomService::prepare(choice, check_again, generate);
  if (!service)
    return report(service.error());
  g_random_status = &(*service)->status();
  CheckProcess checks = run_check_process(check, true, generate);
  if (checks.refused)
    return report(checks.failure);
  if (checks.exit_code != 0)
    return checks.exit_code;
  (*service)->take_generator(std::move(checks));
  // The broker's threads go on to the last: no destructors.
  ::_exit(supervise_application(command, before, place, service->get()));
}

/// What the container's broker has done, as one JSON document.
int show_status() {
  const auto counters = broker::ask_for_counters();
  if (!counters) {
    say(STDERR_FILENO, counters.error().render("kif-init"));
    return 1;
  }
  const auto member = [](const char* name, std::uint64_t value) {
    return ",\"" + std::string(name) + "\":" + std::to_string(value);
  };
  say(STDOUT_FILENO,
      R"({"schema":1,"program":"kif-init")" + member("catch_all_requests", counters->catch_all_requests) +
          member("catch_all_bytes", counters->catch_all_bytes) +
          member("catch_all_refused", counters->catch_all_refused) +
          member("socket_requests", counters->socket_requests) + member("socket_bytes", counters->socket_bytes) +
          member("socket_refused", counters->socket_refused) + member("streams", counters->streams) +
          member("generator_starts", counters->generator_starts) + "}\n");
  return 0;
}

} // namespace

/// libkif-random.so looks for this name in the process: what serves the bytes must not ask for them.
extern "C" __attribute__((visibility("default"), used)) const int kif_serves_random_bytes = 1;

int main(int argc, char** argv) {
  g_start_ms = now_ms();
  const auto arguments = parse_arguments(std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
  if (!arguments)
    return report({Failure::usage, arguments.error()});
  if (const auto known = check_variables(std::getenv); !known)
    return report({Failure::usage, known.error()});
  switch (arguments->action) {
  case Action::help:
    say(STDOUT_FILENO, k_usage);
    return 0;
  case Action::version:
    say(STDOUT_FILENO, "kif-init " KIF_VERSION "\n");
    return 0;
  case Action::check:
    return check_apart(false);
  case Action::status:
    return show_status();
  case Action::run:
    break;
  }
  return run(arguments->command);
}
