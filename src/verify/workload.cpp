// SPDX-License-Identifier: Apache-2.0
#include "verify/workload.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>

#include <nlohmann/json.hpp>

#include "base/quote.h"
#include "verify/own_start.h"
#include "watch/users.h"

namespace kif::verify {
namespace {

constexpr std::string_view k_init_json = R"({"schema":1,"program":"kif-init")";

std::optional<int> number_of(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::optional<int> real_time_signal(std::string_view name) {
  const bool from_end = name.starts_with("RTMAX");
  if (!from_end && !name.starts_with("RTMIN"))
    return std::nullopt;
  const std::string_view rest = name.substr(5);
  const auto offset = rest.empty() ? std::optional(0) : number_of(rest.substr(1));
  if (!offset || (!rest.empty() && rest.front() != (from_end ? '-' : '+')))
    return std::nullopt;
  return from_end ? SIGRTMAX - *offset : SIGRTMIN + *offset;
}

bool has(const std::vector<std::string>& environment, std::string_view entry) {
  return std::ranges::find(environment, entry) != environment.end();
}

} // namespace

bool Workload::starts_through_init() const {
  return !arguments.empty() && arguments.front() == k_layer_init;
}

bool Workload::may_have_catch_all() const {
  return starts_through_init() && !has(environment, "KIF_CATCH_ALL=off") && !has(environment, "KIF_BROKER=off");
}

std::optional<int> signal_number(std::string_view name) {
  if (name.empty())
    return SIGTERM;
  std::optional<int> number = number_of(name);
  if (name.starts_with("SIG"))
    name.remove_prefix(3);
  if (!number)
    number = real_time_signal(name);
  for (int candidate = 1; !number && candidate < NSIG; ++candidate)
    if (const char* known = ::sigabbrev_np(candidate); known != nullptr && name == known)
      number = candidate;
  return number && *number > 0 && *number < NSIG ? number : std::nullopt;
}

void set_variable(std::vector<std::string>& environment, const std::string& entry) {
  const std::string name = entry.substr(0, entry.find('=') + 1);
  std::erase_if(environment, [&name](const std::string& other) { return other.starts_with(name); });
  environment.push_back(entry);
}

bool let_catch_all_go(std::vector<std::string>& environment) {
  if (!has(environment, "KIF_CATCH_ALL=on"))
    return false;
  set_variable(environment, "KIF_CATCH_ALL=auto");
  return true;
}

Result<Workload> workload_of(const Subject& subject, const WorkloadChoice& choice) {
  Workload workload{.arguments = choice.entrypoint ? std::vector{*choice.entrypoint} : subject.entrypoint,
                    .environment = subject.environment,
                    .working_directory = subject.working_directory,
                    .user = subject.user,
                    .binds = choice.binds,
                    .standard_input = choice.standard_input,
                    .attendance = choice.attendance};
  const auto& command = !choice.command.empty() || choice.entrypoint ? choice.command : subject.command;
  workload.arguments.insert(workload.arguments.end(), command.begin(), command.end());
  if (const Start behind = start_behind_init(workload.arguments); behind.defect.empty() && behind.arguments.empty())
    workload.arguments.clear(); // kif-init alone, in front of nothing
  for (const std::string& entry : choice.environment)
    set_variable(workload.environment, entry);
  if (choice.user) {
    KIF_TRY(workload.user, watch::user_of_image(subject.root, *choice.user));
  }
  const auto signal = signal_number(subject.stop_signal);
  if (!signal)
    return fail(ErrorCode::invalid_input, "cannot run the program of " + subject.image + ": its stop signal " +
                                              in_quotes(subject.stop_signal) + " is none");
  workload.attendance.stop_signal = *signal;
  workload.attendance.others_lines = {"kif-init: ", std::string(k_init_json)};
  return workload;
}

std::string_view to_string(WorkloadMode mode) noexcept {
  switch (mode) {
  case WorkloadMode::deny_enosys:
    return "deny ENOSYS";
  case WorkloadMode::deny_eperm:
    return "deny EPERM";
  case WorkloadMode::unanswered:
    return "deny unanswered";
  case WorkloadMode::trace:
    return "trace";
  case WorkloadMode::control:
    return "control, trace";
  }
  return "trace";
}

const WorkloadRun* WorkloadResults::find(WorkloadMode mode) const {
  const auto found = std::ranges::find(runs, mode, &WorkloadRun::mode);
  return found == runs.end() ? nullptr : &*found;
}

bool WorkloadResults::has_catch_all() const {
  const WorkloadRun* run = find(WorkloadMode::unanswered);
  return run != nullptr && run->failure.empty() && says_catch_all_is_on(run->result.err);
}

std::vector<WorkloadMode> workload_modes(const Workload& workload, bool has_control) {
  if (workload.arguments.empty())
    return {};
  std::vector<WorkloadMode> modes = {WorkloadMode::trace, WorkloadMode::deny_enosys, WorkloadMode::deny_eperm};
  if (workload.may_have_catch_all())
    modes.push_back(WorkloadMode::unanswered);
  if (has_control && start_behind_init(workload.arguments).defect.empty())
    modes.push_back(WorkloadMode::control);
  return modes;
}

void set_up_workload(const Workload& workload, WorkloadMode mode, watch::Container& container) {
  const bool is_traced = mode == WorkloadMode::trace || mode == WorkloadMode::control;
  container.mode = is_traced ? watch::Mode::trace : watch::Mode::deny;
  container.denial = mode == WorkloadMode::unanswered   ? watch::Denial::unanswered
                     : mode == WorkloadMode::deny_eperm ? watch::Denial::eperm
                                                        : watch::Denial::enosys;
  container.arguments =
      mode == WorkloadMode::control ? start_behind_init(workload.arguments).arguments : workload.arguments;
  container.working_directory = workload.working_directory;
  container.user = workload.user;
  container.binds.insert(container.binds.end(), workload.binds.begin(), workload.binds.end());
  if (mode == WorkloadMode::unanswered)
    set_variable(container.environment, "KIF_STATUS=json"); // what it says is read
  else
    let_catch_all_go(container.environment);
}

bool says_catch_all_is_on(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto said = nlohmann::json::parse(line, nullptr, false);
    if (!said.is_object() || said.value("program", nlohmann::json()) != "kif-init")
      return false;
    if (said.value("state", nlohmann::json()) == "ready") {
      const auto catch_all = said.find("catch_all");
      return catch_all != said.end() && catch_all->is_object() &&
             catch_all->value("state", nlohmann::json()) == "on";
    }
  }
  return false;
}

} // namespace kif::verify
