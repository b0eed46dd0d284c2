// SPDX-License-Identifier: Apache-2.0
// The broker as kif-init runs it beside the application: what of it works here, and its processes, which are replaced
// when they end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/broker.h"
#include "broker/generator_report.h"
#include "init/application.h"
#include "init/check_process.h"
#include "init/failure.h"
#include "init/generator_policy.h"
#include "init/status.h"

namespace kif::init {

enum class CatchAllChoice {
  automatic, ///< where it works
  on,        ///< or kif-init refuses to start
  off,
};

/// From the values of KIF_BROKER ("off"), KIF_CATCH_ALL ("on", "off"), KIF_DRAW_AHEAD ("0", "off") and KIF_ON_FAILURE
/// ("exit"); null, empty and unknown ones are the default.
struct ServiceChoice {
  bool broker = true;
  CatchAllChoice catch_all = CatchAllChoice::automatic;
  bool draws_ahead = true;
  bool exits_on_failure = false;
  CopySigns copy_signs = {};

  static ServiceChoice from(const char* broker, const char* catch_all, const char* draw_ahead = nullptr,
                            const char* on_failure = nullptr) noexcept;
};

class RandomService final : public Companion {
public:
  /// Finds out what works here, and takes the sockets' names. `check` and `afterwards` start generators anew
  /// (start_check_process()); they write on page(). `format`: of the lines that tell a change of state.
  /// Failure::catch_all where it was asked for and does not work.
  static Checked<std::unique_ptr<RandomService>> prepare(const ServiceChoice& choice, StatusFormat format,
                                                         int (*check)(), Afterwards afterwards);
  ~RandomService() override;

  /// For the status line.
  const RandomStatus& status() const noexcept { return m_status; }
  /// The catch-all works in general, but not for this application.
  void do_without_catch_all(std::string reason);
  /// What the process with the DRBG writes its report on, and its checks before.
  broker::ReportPage& page() noexcept { return m_page; }
  /// The first generator, whose checks have passed.
  void take_generator(CheckProcess generator);

  void enter_application() override;
  int application_started(pid_t application) override;
  void child_ended(pid_t child, int status) override;
  void look() override;
  int pause_ms() const override;
  int wanted_end() const override { return m_wanted_end; }

private:
  RandomService(const ServiceChoice& choice, StatusFormat format, int (*check)(), Afterwards afterwards);

  void start_guard();
  void start_generator();
  void generator_ended(int status);
  void replace_after(GeneratorEnd end, std::string reason);
  void enter(broker::State state, std::string_view why);
  UniqueFd open_stderr() const;
  void say(const std::string& text) const;

  const bool m_exits_on_failure;
  const StatusFormat m_format;
  int (*m_check)();
  Afterwards m_afterwards;
  RandomStatus m_status;
  broker::ReportPage m_page;
  CopySigns m_copy_signs;
  UniqueFd m_socket;
  UniqueFd m_state_socket;
  UniqueFd m_to_application; ///< kif-init's end, over which the listener comes and the word to start goes
  UniqueFd m_from_kif_init;  ///< the application's end
  UniqueFd m_guard_pipe;     ///< whose other end the guard waits on
  CheckProcess m_generator;  ///< its link: until its checks have passed and the broker has it
  GeneratorPolicy m_policy;
  std::int64_t m_generator_start_ms = 0;
  std::optional<std::int64_t> m_ready_since_ms; ///< none: it is still at its checks, or there is none
  std::optional<std::int64_t> m_next_try_ms;    ///< when the next one is to be started
  bool m_is_overdue = false;                    ///< its checks took too long, and it was killed
  int m_wanted_end = 0;
  pid_t m_application = -1;
  pid_t m_guard = -1;
  std::unique_ptr<broker::Broker> m_broker;
};

} // namespace kif::init
