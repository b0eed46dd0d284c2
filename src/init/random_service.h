// SPDX-License-Identifier: Apache-2.0
// The broker as kif-init runs it beside the application: what of it works here, and its processes, which are replaced
// when they end.
#pragma once

#include <ctime>
#include <memory>
#include <string>

#include "broker/broker.h"
#include "init/application.h"
#include "init/check_process.h"
#include "init/failure.h"
#include "init/status.h"

namespace kif::init {

enum class CatchAllChoice {
  automatic, ///< where it works
  on,        ///< or kif-init refuses to start
  off,
};

/// From the values of KIF_BROKER ("off") and KIF_CATCH_ALL ("on", "off"); null, empty and unknown ones are the default.
struct ServiceChoice {
  bool broker = true;
  CatchAllChoice catch_all = CatchAllChoice::automatic;

  static ServiceChoice from(const char* broker, const char* catch_all) noexcept;
};

class RandomService final : public Companion {
public:
  /// Finds out what works here, and takes the socket's name. `check` and `afterwards` start generators anew
  /// (start_check_process()). Failure::catch_all where it was asked for and does not work.
  static Checked<std::unique_ptr<RandomService>> prepare(const ServiceChoice& choice, int (*check)(),
                                                         Afterwards afterwards);
  ~RandomService() override;

  /// For the status line.
  const RandomStatus& status() const noexcept { return m_status; }
  /// The first generator, whose checks have passed.
  void take_generator(CheckProcess generator);

  void enter_application() override;
  int application_started(pid_t application) override;
  void child_ended(pid_t child) override;

private:
  RandomService(int (*check)(), Afterwards afterwards);

  void start_guard();
  void replace_generator();
  CheckProcess start_generator() const;
  UniqueFd open_stderr() const;
  void say(const std::string& text) const;

  int (*m_check)();
  Afterwards m_afterwards;
  RandomStatus m_status;
  UniqueFd m_socket;
  UniqueFd m_to_application; ///< kif-init's end, over which the listener comes and the word to start goes
  UniqueFd m_from_kif_init;  ///< the application's end
  UniqueFd m_guard_pipe;     ///< whose other end the guard waits on
  CheckProcess m_generator;
  time_t m_generator_start_s = 0;
  pid_t m_application = -1;
  pid_t m_guard = -1;
  unsigned m_generator_deaths = 0;
  std::unique_ptr<broker::Broker> m_broker;
};

} // namespace kif::init
