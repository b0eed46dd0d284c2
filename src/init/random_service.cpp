// SPDX-License-Identifier: Apache-2.0
#include "init/random_service.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "broker/catch_all_filter.h"
#include "broker/socket_io.h"
#include "init/descriptors.h"
#include "init/state_text.h"
#include "init/voice.h"

namespace kif::init {
namespace {

/// How often kif-init looks whether a new generator's checks have passed.
constexpr int k_look_ms = 20;

/// The byte that comes with the listener.
constexpr std::byte k_installed{'F'};

std::string refusal(Error error) {
  return render(FailedCheck{Failure::catch_all, std::move(error)}, spoken_format());
}

std::int64_t now_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

/// "was ended by signal 9"
std::string describe_end(int status) {
  if (!WIFSIGNALED(status))
    return "exited with " + std::to_string(WEXITSTATUS(status));
  return "was ended by signal " + std::to_string(WTERMSIG(status)) +
         (WTERMSIG(status) == SIGKILL ? " (the kernel sends it when memory is short)" : "");
}

bool is_failure_of_checks(int status) {
  return WIFEXITED(status) &&
         std::ranges::any_of(k_failures, [&](Failure failure) { return exit_code(failure) == WEXITSTATUS(status); });
}

tl::unexpected<FailedCheck> refuse_catch_all(const Error& reason) {
  return refuse(Failure::catch_all, Error(reason.code, "cannot install the catch-all: " + reason.message)
                                        .with_hint("KIF_CATCH_ALL=on asks for it; without, kif-init goes on"));
}

} // namespace

ServiceChoice ServiceChoice::from(const char* broker, const char* catch_all, const char* draw_ahead,
                                  const char* on_failure) noexcept {
  const std::string_view broker_text = broker != nullptr ? broker : "";
  const std::string_view catch_all_text = catch_all != nullptr ? catch_all : "";
  const std::string_view ahead_text = draw_ahead != nullptr ? draw_ahead : "";
  ServiceChoice choice;
  choice.draws_ahead = ahead_text != "0" && ahead_text != "off";
  choice.broker = broker_text != "off";
  choice.exits_on_failure = on_failure != nullptr && std::string_view(on_failure) == "exit";
  if (catch_all_text == "on")
    choice.catch_all = CatchAllChoice::on;
  else if (catch_all_text == "off" || !choice.broker)
    choice.catch_all = CatchAllChoice::off;
  return choice;
}

RandomService::RandomService(const ServiceChoice& choice, StatusFormat format, int (*check)(), Afterwards afterwards)
    : m_exits_on_failure(choice.exits_on_failure), m_format(format), m_check(check), m_afterwards(afterwards) {}
RandomService::~RandomService() = default;

Checked<std::unique_ptr<RandomService>> RandomService::prepare(const ServiceChoice& choice, StatusFormat format,
                                                               int (*check)(), Afterwards afterwards) {
  std::unique_ptr<RandomService> service(new RandomService(choice, format, check, afterwards));
  RandomStatus& status = service->m_status;
  status.draws_ahead = choice.draws_ahead;
  service->m_copy_signs = choice.copy_signs;
  if (choice.catch_all == CatchAllChoice::off) {
    status.catch_all_reason = "KIF_CATCH_ALL=off";
  } else {
    const auto tried = broker::try_catch_all();
    status.has_catch_all = tried.has_value();
    if (!tried)
      status.catch_all_reason = tried.error().message;
    if (!tried && choice.catch_all == CatchAllChoice::on)
      return refuse_catch_all(tried.error());
  }
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0) {
    service->m_to_application = UniqueFd(ends[0]);
    service->m_from_kif_init = UniqueFd(ends[1]);
  } else if (status.has_catch_all) {
    return refuse_catch_all(system_error(errno, "cannot make a socket"));
  }
  auto socket = broker::name_socket();
  status.has_socket = socket.has_value();
  if (socket)
    service->m_socket = *std::move(socket);
  else
    status.socket_reason = socket.error().message;
  // Who asks for the state before the broker runs waits for its answer.
  if (auto state_socket = broker::name_state_socket(); socket && state_socket)
    service->m_state_socket = *std::move(state_socket);
  return service;
}

void RandomService::do_without_catch_all(std::string reason) {
  m_status.has_catch_all = false;
  m_status.catch_all_reason = std::move(reason);
}

void RandomService::take_generator(CheckProcess generator) {
  m_generator = std::move(generator);
  m_ready_since_ms = now_ms();
}

void RandomService::enter_application() {
  if (!m_from_kif_init)
    return;
  m_to_application.reset(); // so that its end is seen when kif-init ends
  if (m_status.has_catch_all) {
    const auto listener = broker::install_catch_all_filter();
    if (!listener || !broker::send_descriptor(m_from_kif_init.get(), listener->get(), k_installed))
      ::_exit(exit_code(Failure::catch_all));
  }
  // getrandom waits until kif-init answers; it has the listener before the application runs. And a program that asks
  // the broker before it listens would make a DRBG of its own.
  std::byte word{};
  if (!broker::receive_all(m_from_kif_init.get(), {&word, 1}))
    ::_exit(exit_code(Failure::catch_all));
}

int RandomService::application_started(pid_t application) {
  m_application = application;
  m_from_kif_init.reset();
  UniqueFd listener;
  if (m_status.has_catch_all) {
    auto received = broker::receive_descriptor(m_to_application.get());
    if (!received.descriptor) {
      say(refusal({ErrorCode::process, "cannot install the catch-all, though its trial succeeded"}));
      return exit_code(Failure::catch_all);
    }
    listener = std::move(received.descriptor);
  }
  // Before any thread may open some: a number that is closed under its owner becomes another file's.
  std::vector<int> kept;
  for (const int fd :
       {listener.get(), m_socket.get(), m_state_socket.get(), m_generator.link.get(), m_to_application.get()})
    if (fd >= 0)
      kept.push_back(fd);
  close_descriptors_except(std::move(kept));
  // What the broker holds is nobody's to read, also not of another process of the same user.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  // Threads come after all forks that do not exec, but those of the guard and of new generators, which touch nothing of
  // theirs.
  try {
    // Whatever a thread of the broker has to tell wakes the thread that waits for signals, and has it look.
    m_broker = std::make_unique<broker::Broker>(
        std::move(listener), std::move(m_socket), std::move(m_state_socket), m_status.draws_ahead, m_page,
        [] { ::kill(::getpid(), SIGCHLD); }, m_copy_signs);
  } catch (const std::system_error& error) { // std::thread's: a container may have no more processes to give
    say(refusal({ErrorCode::process, std::string("cannot start the broker: ") + error.what()}));
    return exit_code(Failure::catch_all);
  }
  m_broker->take_generator(m_generator.process, std::move(m_generator.link), false);
  if (m_broker->listener() >= 0 && ::getpid() != 1)
    start_guard();
  const std::byte go{1};
  broker::send_all(m_to_application.get(), {&go, 1});
  m_to_application.reset();
  return 0;
}

void RandomService::child_ended(pid_t child, int status) {
  if (child == m_generator.process)
    generator_ended(status);
  else if (child == m_guard)
    start_guard();
}

/// As process 1, kif-init takes all others with it when it ends. Elsewhere the listener would close with it, getrandom
/// would give ENOSYS, and programs would go on to /dev/urandom without a word. The guard holds the listener as well,
/// and answers with EPERM from then on.
void RandomService::start_guard() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return;
  UniqueFd reading(ends[0]);
  m_guard_pipe = UniqueFd(ends[1]);
  const int listener = m_broker->listener();
  m_guard = ::fork();
  if (m_guard != 0)
    return;
  ::prctl(PR_SET_NAME, "kif-init-guard", 0, 0, 0);
  m_guard_pipe.release(); // closed with the rest
  close_descriptors_except({reading.get(), listener});
  char none = 0;
  while (::read(reading.get(), &none, 1) < 0 && errno == EINTR) {
  }
  broker::refuse_calls(listener, m_broker->taken_calls());
  ::_exit(0);
}

void RandomService::generator_ended(int status) {
  m_generator.process = -1;
  m_generator.link.reset();
  const broker::Loss loss = m_broker->take_loss();
  const broker::GeneratorReport report = m_page.read();
  if (!m_ready_since_ms) {
    const std::string whose = "a new random generator";
    if (m_is_overdue)
      replace_after(GeneratorEnd::hung,
                    whose + " did not finish its checks within " + std::to_string(k_check_limit_s) + " s");
    else if (is_failure_of_checks(status))
      replace_after(WEXITSTATUS(status) == exit_code(Failure::entropy_health) ? GeneratorEnd::source
                                                                              : GeneratorEnd::checks,
                    "the checks of " + whose + " failed: " + std::string(broker::text_of(report.failure)));
    else
      replace_after(GeneratorEnd::died, whose + " " + describe_end(status) + " during its checks");
    return;
  }
  const std::string_view source = broker::text_of(report.source_state);
  switch (loss) {
  case broker::Loss::refused:
    replace_after(GeneratorEnd::source, "the random generator could not draw: " +
                                            (source == "ready" ? "its module gave no bytes" : std::string(source)));
    return;
  case broker::Loss::hung:
    replace_after(GeneratorEnd::hung, "the random generator did not answer in time");
    return;
  case broker::Loss::none:
    replace_after(GeneratorEnd::died, "the random generator " + describe_end(status));
    return;
  }
}

void RandomService::replace_after(GeneratorEnd end, std::string reason) {
  GeneratorLife life;
  if (m_ready_since_ms)
    life.served = std::chrono::seconds((now_ms() - *m_ready_since_ms) / 1000);
  life.has_reseeded = m_page.read().numbers.reseeds > 0;
  m_broker->generator_ended(end == GeneratorEnd::died     ? &broker::GeneratorEnds::died
                            : end == GeneratorEnd::hung   ? &broker::GeneratorEnds::hung
                            : end == GeneratorEnd::source ? &broker::GeneratorEnds::source
                                                          : &broker::GeneratorEnds::checks);
  m_ready_since_ms.reset();
  const Decision decision = m_policy.after(end, life);
  m_next_try_ms.reset();
  if (decision.pause)
    m_next_try_ms = now_ms() + std::chrono::milliseconds(*decision.pause).count();
  if (decision.state == broker::State::failed) {
    m_broker->give_up();
    reason += decision.pause ? "; no random bytes are served until a new one has passed its checks"
                             : "; no random bytes are served any more";
    if (m_exits_on_failure)
      m_wanted_end = exit_code(Failure::random_bytes);
  } else {
    reason += "; requests wait for a new one";
  }
  enter(decision.state, reason);
  look();
}

void RandomService::look() {
  if (m_broker == nullptr)
    return;
  if (m_next_try_ms && now_ms() >= *m_next_try_ms) {
    m_next_try_ms.reset();
    start_generator();
  }
  if (m_generator.link) {
    // Left there for the broker: what a generator says before its word is not to be taken for it.
    std::byte word{};
    if (::recv(m_generator.link.get(), &word, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && word == broker::k_ready) {
      m_ready_since_ms = now_ms();
      m_broker->take_generator(m_generator.process, std::move(m_generator.link), true);
      enter(broker::State::ready, "a new random generator has passed its checks");
    } else if (!m_is_overdue && now_ms() - m_generator_start_ms > std::int64_t{k_check_limit_s} * 1000) {
      m_is_overdue = true;
      ::kill(m_generator.process, SIGKILL);
    }
  }
  // Between a generator's end and the next one's word the state tells more than that.
  if (m_ready_since_ms && m_broker->is_late() && m_broker->state() == broker::State::ready)
    enter(broker::State::degraded, "the random generator has not answered for " +
                                       std::to_string(broker::k_late_after.count()) + " s; requests wait for it");
  else if (m_ready_since_ms && !m_broker->is_late() && m_broker->state() == broker::State::degraded)
    enter(broker::State::ready, "the random generator answers again");
}

int RandomService::pause_ms() const {
  if (m_generator.link)
    return k_look_ms;
  if (m_next_try_ms)
    return static_cast<int>(std::max<std::int64_t>(*m_next_try_ms - now_ms(), 0));
  return -1;
}

void RandomService::start_generator() {
  m_is_overdue = false;
  m_generator_start_ms = now_ms();
  CheckProcess started = start_check_process(m_check, m_afterwards);
  if (started.refused) {
    replace_after(GeneratorEnd::died, "a new random generator cannot be started: " + started.failure.error.message);
    return;
  }
  m_generator = std::move(started);
}

/// One line at each change.
void RandomService::enter(broker::State state, std::string_view why) {
  const std::string reason(why);
  const broker::State before = m_broker->state();
  m_broker->set_state(state, state == broker::State::ready ? std::string() : reason);
  if (state != before)
    say(render_change(before, state, reason, m_format));
}

/// The container's own, and where that cannot be opened again the application's.
UniqueFd RandomService::open_stderr() const {
  if (UniqueFd own = open_standard_error(); own)
    return own;
  std::array<char, 48> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/fd/2", static_cast<int>(m_application));
  return UniqueFd(::open(path.data(), O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
}

void RandomService::say(const std::string& text) const {
  if (const UniqueFd fd = open_stderr(); fd)
    init::say(fd.get(), text);
}

} // namespace kif::init
