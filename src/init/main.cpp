// SPDX-License-Identifier: Apache-2.0
// kif-init: first process of a container. Power-on checks, one status line, then the application. See docs/kif-init.md.
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/variables.h"
#include "broker/broker.h"
#include "broker/generator.h"
#include "init/application.h"
#include "init/arguments.h"
#include "init/beside.h"
#include "init/check_process.h"
#include "init/checks.h"
#include "init/descriptors.h"
#include "init/drawing.h"
#include "init/find_application.h"
#include "init/give_back.h"
#include "init/hardware_timer.h"
#include "init/java_check.h"
#include "init/java_options.h"
#include "init/random_service.h"
#include "init/source_watch.h"
#include "init/state_text.h"
#include "init/status.h"
#include "init/voice.h"
#include "libcrypto/library.h"

extern char** environ; // NOLINT(readability-redundant-declaration)

namespace {

using namespace kif;
using namespace kif::init;

std::int64_t g_start_ms = 0;                   // set once, before any check
const RandomStatus* g_random_status = nullptr; // where a broker is started; set before its checks
broker::ReportPage* g_page = nullptr;          // as that; what the generator writes its report on
std::optional<std::string> g_java_options;     // what was done about them; set before the checks
const char* g_further_libcrypto = nullptr;     // what check_further() is about

std::int64_t now_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

int report(const FailedCheck& failed) {
  say_last_words(render(failed, spoken_format()));
  return exit_code(failed.failure);
}

/// The exit code of checks that did not pass. What made them fail was said where it was seen; only a signal is silent.
int stopped_with(int code) {
  if (code > 128) {
    const char* const name = ::sigabbrev_np(code - 128);
    say_last_words(render(Notice{"stopped",
                                 {ErrorCode::process, std::string("stopped by SIG") + (name != nullptr ? name : "?") +
                                                          " while the checks ran"},
                                 code},
                          spoken_format()));
  }
  return code;
}

int check_further() {
  const auto ready = run_checks(Layer(), g_further_libcrypto);
  return ready ? 0 : report(ready.error());
}

/// The libcryptos of older major versions, which other programs of the image take. Each in a process of its own, as
/// such a program has it: a second one in this process would load a copy of the module. 0, or the exit code.
int check_further_libcryptos(std::vector<std::string>& versions) {
  const auto all = libcrypto::Libcrypto::open_all();
  for (std::size_t i = 1; all && i < all->size(); ++i) { // with none at all the checks themselves end
    g_further_libcrypto = (*all)[i].file().c_str();
    const CheckProcess checks = run_check_process(check_further, false);
    if (checks.refused)
      return report(checks.failure);
    if (checks.exit_code != 0)
      return checks.exit_code;
    versions.emplace_back((*all)[i].OpenSSL_version(OPENSSL_VERSION_STRING));
  }
  return 0;
}

int check() {
  machine::Machine machine = machine::this_machine();
  const bool required = requires_hardware_timer(std::getenv("KIF_REQUIRE_HARDWARE_TIMER"));
  if (const auto timer = check_timer(machine, required); !timer)
    return report(timer.error());
  JavaChecks java_checks; // a JVM takes longer than all else, and has a processor of its own where there are two
  std::vector<std::string> further;
  if (const int code = check_further_libcryptos(further); code != 0)
    return code;
  auto ready = run_checks(Layer());
  if (!ready)
    return report(ready.error());
  auto java = java_checks.finish();
  if (!java)
    return report(java.error());
  ready->further_libcryptos = std::move(further);
  ready->java = *std::move(java);
  if (g_java_options)
    ready->java.push_back(*g_java_options);
  ready->machine = std::move(machine);
  ready->leaves_openssl_calls = variables::leaves_openssl_calls(std::getenv);
  if (g_random_status != nullptr)
    ready->random = *g_random_status;
  if (const auto crypto = libcrypto::Libcrypto::open(); crypto && g_page != nullptr)
    report_ready(*g_page, *crypto, *ready);
  say(STDERR_FILENO, render(*ready, now_ms() - g_start_ms, spoken_format()));
  return 0;
}

/// The checks, and what they came to. 0: the application may start.
int check_apart(bool takes_signals) {
  const CheckProcess checks = run_check_process(check, takes_signals);
  return checks.refused ? report(checks.failure) : stopped_with(checks.exit_code);
}

/// The checks of a generator that takes another's place: the same, but kif-init tells what came of them.
int check_again() {
  const auto ready = run_checks(Layer());
  if (!ready) {
    report_failure(*g_page, ready.error());
    return exit_code(ready.error().failure);
  }
  const auto crypto = libcrypto::Libcrypto::open();
  if (crypto)
    report_ready(*g_page, *crypto, *ready);
  return 0;
}

/// The generator's DRBG, and what is told of its source.
struct Drbg {
  Drawing drawing;
  SourceWatch source;
  GivenBack memory; // the checks took most of what it has

  static void rest(void* self) { static_cast<const Drbg*>(self)->memory.drop(); }
  static bool draw(void* self, std::span<std::byte> out) {
    auto& drbg = *static_cast<Drbg*>(self);
    const bool good = Drawing::draw(&drbg.drawing, out);
    drbg.source.drawn(good);
    return good;
  }
};

/// A process whose checks have passed, with libcrypto and the module in it, becomes the broker's generator.
[[noreturn]] void generate(int link) {
  ::prctl(PR_SET_NAME, "kif-init-drbg", 0, 0, 0);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // its memory is nobody's to read
  close_descriptors_except({link});
  if (const auto crypto = libcrypto::Libcrypto::open()) {
    Drbg drbg{{*crypto, copy_signs(std::getenv("KIF_COPY_WATCH"))}, SourceWatch(*g_page, *crypto), GivenBack()};
    broker::serve_draws(link, Drbg::draw, &drbg, Drbg::rest);
  }
  ::_exit(0);
}

/// The checks, whose process becomes the generator. 0, or the exit code.
int start_generator(RandomService& service) {
  g_random_status = &service.status();
  CheckProcess checks = run_check_process(check, true, generate);
  if (checks.refused)
    return report(checks.failure);
  if (checks.exit_code != 0)
    return stopped_with(checks.exit_code);
  service.take_generator(std::move(checks));
  return 0;
}

/// Without a broker of its own: in a container that another kif-init serves, or where none is wanted.
int run_alone(std::span<char*> command, Place place, const SignalState& before) {
  const bool is_first = place == Place::first_process;
  if (!is_first)
    restore_signals(before);
  if (const int code = check_apart(is_first); code != 0)
    return code;
  if (is_first && !application_is_first(std::getenv("KIF_PROCESS_1")))
    return supervise_application(command, before, place);
  if (is_first)
    restore_signals(before);
  return become_application(command);
}

/// kif-init beside process 1, which has forked it: all but the application.
[[noreturn]] void serve_beside(RandomService& service, CatchAllChoice catch_all, UniqueFd link) {
  const pid_t first = ::getppid();
  ::setsid(); // what the terminal sends is the application's
  if (service.status().has_catch_all)
    if (std::string reason = cannot_answer(first); !reason.empty()) {
      if (catch_all == CatchAllChoice::on)
        ::_exit(report({Failure::catch_all, {ErrorCode::denied, "cannot install the catch-all: " + reason}}));
      service.do_without_catch_all(std::move(reason));
    }
  if (const int code = start_generator(service); code != 0)
    ::_exit(code);
  const Word word = service.status().has_catch_all ? Word::with_catch_all : Word::without_catch_all;
  if (::write(link.get(), &word, sizeof word) != sizeof word)
    ::_exit(exit_code(Failure::unfinished));
  link.reset();
  if (const int code = service.application_started(first); code != 0)
    ::_exit(code);
  stay_beside(service);
}

/// In process 1, which becomes the application.
int run_beside(std::span<char*> command, const SignalState& before, RandomService& service, CatchAllChoice catch_all) {
  std::array<int, 2> ends{};
  const bool has_pipe = ::pipe2(ends.data(), O_CLOEXEC) == 0;
  UniqueFd ours(has_pipe ? ends[0] : -1);
  UniqueFd theirs(has_pipe ? ends[1] : -1);
  const pid_t child = has_pipe ? ::fork() : -1;
  if (child < 0)
    return report({Failure::unfinished, system_error(errno, "cannot start the checks")});
  if (child == 0) {
    ours.reset();
    serve_beside(service, catch_all, std::move(theirs));
  }
  theirs.reset();
  Word word{};
  if (const int code = wait_for_word(child, ours.get(), word); code != 0)
    return code;
  if (word == Word::without_catch_all)
    service.do_without_catch_all({});
  service.enter_application();
  restore_signals(before);
  return become_application(command);
}

int run(std::span<char*> command) {
  const Place place = ::getpid() == 1 ? Place::first_process : Place::behind_another;
  const SignalState before = block_signals(); // first of all: until then process 1 loses what it is sent
  auto choice = ServiceChoice::from(std::getenv("KIF_BROKER"), std::getenv("KIF_CATCH_ALL"),
                                    std::getenv("KIF_DRAW_AHEAD"), std::getenv("KIF_ON_FAILURE"));
  choice.copy_signs = copy_signs(std::getenv("KIF_COPY_WATCH"));
  if (!choice.broker || broker::is_container_served()) {
    if (choice.catch_all == CatchAllChoice::on)
      return report(
          {Failure::catch_all,
           {ErrorCode::conflict, choice.broker ? "cannot install the catch-all: another kif-init serves this container"
                                               : "cannot install the catch-all: KIF_BROKER=off says not to"}});
    return run_alone(command, place, before);
  }
  auto service = RandomService::prepare(choice, spoken_format(), check_again, generate);
  if (!service)
    return report(service.error());
  g_page = &(*service)->page();
  if (place == Place::first_process && application_is_first(std::getenv("KIF_PROCESS_1"))) {
    if (choice.exits_on_failure)
      return report(
          {Failure::variable,
           Error(ErrorCode::conflict, "cannot use KIF_ON_FAILURE=exit together with KIF_PROCESS_1=application")
               .with_hint("nobody in a container can end its process 1; a liveness probe by kif-init --health can")});
    return run_beside(command, before, **service, choice.catch_all);
  }
  if (const int code = start_generator(**service); code != 0)
    return code;
  // The broker's threads go on to the last: no destructors.
  ::_exit(supervise_application(command, before, place, service->get()));
}

/// A question that cannot be answered.
int not_answered(const Error& error, int code) {
  say(STDERR_FILENO, render(Notice{"error", error, code}, spoken_format()));
  return code;
}

int show_application() {
  const auto application = find_application();
  if (!application)
    return not_answered(application.error(), 1);
  say(STDOUT_FILENO, std::to_string(*application) + "\n");
  return 0;
}

/// The broker's state; with `wait_s` once the checks of the start are done, if they are by then. A hook may come before
/// kif-init has even taken its socket's name; where there is to be no broker nobody waits for one.
Result<broker::StateReport> ask_for_state(const std::optional<int>& wait_s) {
  const std::int64_t end_ms = now_ms() + std::int64_t{wait_s.value_or(0)} * 1000;
  const bool waits = wait_s && ServiceChoice::from(std::getenv("KIF_BROKER"), nullptr).broker;
  for (;;) {
    auto state = broker::ask_for_state(k_ask_limit_ms);
    const bool is_settled = state && state->state != broker::State::checking;
    if (!waits || is_settled || now_ms() >= end_ms)
      return state;
    constexpr timespec pause{0, 50'000'000};
    if (!state)
      ::nanosleep(&pause, nullptr);
  }
}

/// What the container's broker says of itself.
int show_status(OutputFormat output, const std::optional<int>& wait_s) {
  const auto state = ask_for_state(wait_s);
  if (!state)
    return not_answered(state.error(), k_no_broker);
  say(STDOUT_FILENO, render(*state, output, KIF_VERSION));
  return exit_code(state->state);
}

/// Whether random bytes are served now: its state, and a few bytes drawn.
int show_health(const std::optional<int>& wait_s) {
  const auto state = ask_for_state(wait_s);
  if (!state)
    return not_answered(state.error(), k_no_broker);
  if (state->state != broker::State::ready) {
    say(STDERR_FILENO, render_unhealthy(*state, spoken_format()));
    return exit_code(state->state);
  }
  if (const auto probed = broker::probe_broker(k_probe_limit_ms); !probed)
    return not_answered(probed.error(),
                        probed.error().code == ErrorCode::timeout ? k_no_answer : exit_code(broker::State::failed));
  return 0;
}

} // namespace

/// libkif-random.so looks for this name in the process: what serves the bytes must not ask for them.
extern "C" __attribute__((visibility("default"), used)) const int kif_serves_random_bytes = 1;

int main(int argc, char** argv) {
  g_start_ms = now_ms();
  const auto arguments = parse_arguments(std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
  const bool is_start = !arguments || arguments->action == Action::run;
  if (is_start || (arguments->action == Action::check && ::getpid() == 1))
    speak_for_the_container();
  if (!arguments)
    return report({Failure::usage, arguments.error()});
  // Questions are answered whatever the environment says.
  if (arguments->action == Action::run || arguments->action == Action::check)
    if (const auto known = variables::check(environ); !known)
      return report({Failure::variable, known.error()});
  if (arguments->action == Action::run || arguments->action == Action::check)
    g_java_options = restore_java_options();
  switch (arguments->action) {
  case Action::help:
    say(STDOUT_FILENO, usage());
    return 0;
  case Action::version:
    say(STDOUT_FILENO, "kif-init " KIF_VERSION "\n");
    return 0;
  case Action::check:
    return check_apart(false);
  case Action::status:
    return show_status(arguments->output, arguments->wait_s);
  case Action::health:
    return show_health(arguments->wait_s);
  case Action::application:
    return show_application();
  case Action::run:
    break;
  }
  return run(arguments->command);
}
