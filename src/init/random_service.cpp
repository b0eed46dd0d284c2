// SPDX-License-Identifier: Apache-2.0
#include "init/random_service.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "broker/catch_all_filter.h"
#include "broker/socket_io.h"
#include "init/descriptors.h"

namespace kif::init {
namespace {

/// A generator that ends again and again, soon after its start, will not do better at the next try.
constexpr unsigned k_max_generator_deaths = 5;

/// A generator that has lived so long does not count as one that cannot live.
constexpr time_t k_settled_s = 60;

/// The byte that comes with the listener.
constexpr std::byte k_installed{'F'};

std::string refusal(Error error) {
  return render(FailedCheck{Failure::catch_all, std::move(error)}, StatusFormat::text);
}

time_t now_s() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec;
}

tl::unexpected<FailedCheck> refuse_catch_all(const Error& reason) {
  return refuse(Failure::catch_all, Error(reason.code, "cannot install the catch-all: " + reason.message)
                                        .with_hint("KIF_CATCH_ALL=on asks for it; without, kif-init goes on"));
}

} // namespace

ServiceChoice ServiceChoice::from(const char* broker, const char* catch_all) noexcept {
  const std::string_view broker_text = broker != nullptr ? broker : "";
  const std::string_view catch_all_text = catch_all != nullptr ? catch_all : "";
  ServiceChoice choice;
  choice.broker = broker_text != "off";
  if (catch_all_text == "on")
    choice.catch_all = CatchAllChoice::on;
  else if (catch_all_text == "off" || !choice.broker)
    choice.catch_all = CatchAllChoice::off;
  return choice;
}

RandomService::RandomService(int (*check)(), Afterwards afterwards) : m_check(check), m_afterwards(afterwards) {}
RandomService::~RandomService() = default;

Checked<std::unique_ptr<RandomService>> RandomService::prepare(const ServiceChoice& choice, int (*check)(),
                                                               Afterwards afterwards) {
  std::unique_ptr<RandomService> service(new RandomService(check, afterwards));
  RandomStatus& status = service->m_status;
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
  return service;
}

void RandomService::take_generator(CheckProcess generator) {
  m_generator = std::move(generator);
  m_generator_start_s = now_s();
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
  for (const int fd : {listener.get(), m_socket.get(), m_generator.link.get(), m_to_application.get()})
    if (fd >= 0)
      kept.push_back(fd);
  close_descriptors_except(std::move(kept));
  // What the broker holds is nobody's to read, also not of another process of the same user.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  // Threads come after all forks that do not exec, but those of the guard and of new generators, which touch nothing of
  // theirs.
  try {
    m_broker = std::make_unique<broker::Broker>(std::move(listener), std::move(m_socket));
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

void RandomService::child_ended(pid_t child) {
  if (child == m_generator.process)
    replace_generator();
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

void RandomService::replace_generator() {
  m_generator.process = -1;
  if (now_s() - m_generator_start_s > k_settled_s)
    m_generator_deaths = 0;
  m_generator_start_s = now_s();
  std::string reason = "the random generator's process ended " + std::to_string(m_generator_deaths + 1) + " times";
  if (++m_generator_deaths <= k_max_generator_deaths) {
    CheckProcess started = start_generator();
    if (!started.refused) {
      m_generator.process = started.process;
      m_broker->take_generator(started.process, std::move(started.link), true);
      return;
    }
    reason = started.failure.error.message;
  }
  m_broker->give_up();
  say("kif-init: error: " + reason + ": no more random bytes are served\n");
}

/// With the application's stderr for its own while its checks run, so that a failure is heard.
CheckProcess RandomService::start_generator() const {
  const UniqueFd placeholder(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (const UniqueFd theirs = open_stderr(); theirs)
    ::dup2(theirs.get(), STDERR_FILENO);
  CheckProcess started = start_check_process(m_check, m_afterwards);
  ::dup2(placeholder.get(), STDERR_FILENO);
  return started;
}

/// kif-init has closed its own stderr; the application's is asked for when there is something to say.
UniqueFd RandomService::open_stderr() const {
  std::array<char, 48> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/fd/2", static_cast<int>(m_application));
  return UniqueFd(::open(path.data(), O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
}

void RandomService::say(const std::string& text) const {
  if (const UniqueFd fd = open_stderr(); fd) {
    [[maybe_unused]] const auto written = write_all(fd.get(), std::as_bytes(std::span(text)), "text");
  }
}

} // namespace kif::init
