// SPDX-License-Identifier: Apache-2.0
#include "cli/container_options.h"

#include <array>
#include <charconv>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/file.h"
#include "base/quote.h"
#include "cli/command.h"

namespace kif::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds k_longest = std::chrono::hours(24);
constexpr std::uint64_t k_max_input_bytes = 64ULL * 1024 * 1024;

// Room for a Java server or a database at their defaults. 2048 processes is what podman gives.
constexpr std::uint64_t k_usual_memory = 4ULL << 30;
constexpr std::uint64_t k_usual_processes = 2048;
constexpr std::uint64_t k_usual_storage = 1ULL << 30;
constexpr std::uint64_t k_usual_files = 65536;
constexpr std::uint64_t k_most = 1ULL << 50;

struct Unit {
  std::string_view name;
  milliseconds length;
};
constexpr std::array<Unit, 4> k_units = {{{"ms", milliseconds(1)},
                                          {"s", std::chrono::seconds(1)},
                                          {"m", std::chrono::minutes(1)},
                                          {"h", std::chrono::hours(1)}}};

template <class Number> std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

} // namespace

void add_environment_option(CLI::App& command, std::vector<std::string>& environment) {
  repeatable(command.add_option("--env", environment, "set a variable"), "NAME=VALUE")
      ->check([](const std::string& entry) {
        return entry.find('=') == std::string::npos || entry.front() == '=' ? entry + " is not NAME=VALUE"
                                                                            : std::string();
      });
}

void add_user_option(CLI::App& command, std::optional<std::string>& user) {
  command.add_option("--user", user, "instead of the image's own: a name or number, :GROUP after it")
      ->type_name("USER");
}

void add_confinement_options(CLI::App& command, Confinement& confinement) {
  watch::Bounds& bounds = confinement.bounds;
  const std::string group = "What a container may take of this machine (0: no bound)";
  bounds = {.memory_bytes = k_usual_memory,
            .processes = k_usual_processes,
            .written_bytes = k_usual_storage,
            .written_files = k_usual_files};
  command.add_option("--memory", bounds.memory_bytes, "of all its processes together (default: 4g)")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{0}, k_most))
      ->type_name("SIZE")
      ->group(group);
  command.add_option("--pids-limit", bounds.processes, "processes and threads at a time (default: 2048)")
      ->check(CLI::Range(std::uint64_t{0}, k_most))
      ->type_name("N")
      ->group(group);
  command.add_option("--storage", bounds.written_bytes, "what it writes to its root, which is in memory (default: 1g)")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{0}, k_most))
      ->type_name("SIZE")
      ->group(group);
  command
      .add_option_function<std::string>(
          "--security-opt", [&confinement](const std::string&) { confinement.unconfined = true; },
          "allow what engines refuse by default: name spaces, mounts, keys")
      ->check(CLI::IsMember({"seccomp=unconfined"}))
      ->type_name("seccomp=unconfined")
      ->group(group);
}

Result<milliseconds> parse_duration(const std::string& text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = number_of<std::uint32_t>(std::string_view(text).substr(0, digits));
  for (const Unit& unit : k_units)
    if (count && *count > 0 && std::string_view(text).substr(digits) == unit.name && *count <= k_longest / unit.length)
      return *count * unit.length;
  return fail(Error(ErrorCode::invalid_input, "cannot use the time " + in_quotes(text))
                  .with_hint("10s, 500ms, 2m or 1h: a whole number with its unit, at most a day"));
}

Result<watch::BindMount> parse_bind(const std::string& text) {
  watch::BindMount bind;
  std::string_view rest = text;
  for (const std::string_view suffix : {":rw", ":ro"})
    if (rest.ends_with(suffix)) {
      bind.read_only = suffix == ":ro";
      rest.remove_suffix(suffix.size());
      break;
    }
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos) {
    bind.source = rest.substr(0, colon);
    bind.destination = rest.substr(colon + 1);
  }
  if (bind.source.empty() || !bind.destination.starts_with('/') || bind.destination == "/")
    return fail(Error(ErrorCode::invalid_input, "cannot use the mount " + in_quotes(text))
                    .with_hint("SOURCE:/DESTINATION, and :rw after it where the program may write"));
  std::error_code error;
  if (!std::filesystem::exists(bind.source, error))
    return fail(ErrorCode::not_found,
                "cannot use the mount " + in_quotes(text) + ": there is no " + in_quotes(bind.source.string()));
  return bind;
}

std::string WorkloadFlags::first_given() const {
  const std::array<std::pair<bool, const char*>, 9> given = {{{!lifetime.empty(), "--for"},
                                                              {!ready.empty(), "--ready"},
                                                              {!exercises.empty(), "--exercise"},
                                                              {entrypoint.has_value(), "--entrypoint"},
                                                              {!environment.empty(), "--env"},
                                                              {user.has_value(), "--user"},
                                                              {!binds.empty(), "--bind"},
                                                              {!standard_input.empty(), "--stdin"},
                                                              {!command.empty(), "a command"}}};
  for (const auto& [is_given, name] : given)
    if (is_given)
      return name;
  return {};
}

void add_workload_options(CLI::App& command, WorkloadFlags& flags) {
  const std::string group = "What of the image is run with --live";
  command.add_flag("--probe-only", flags.probe_only, "do not run the image's own program; the report says so")
      ->group(group);
  command.add_option("--for", flags.lifetime, "how long it may stay up, once it is ready (default: 10s)")
      ->type_name("TIME")
      ->group(group);
  CLI::Option* ready = command.add_option("--ready", flags.ready, "it is ready when it listens there, or writes that")
                           ->type_name("PORT|LINE")
                           ->group(group);
  repeatable(command.add_option("--exercise", flags.exercises,
                                "a client: a shell command of this machine, in its network; repeatable"),
             "COMMAND")
      ->needs(ready)
      ->group(group);
  command.add_option("--entrypoint", flags.entrypoint, "instead of the image's own entrypoint and command")
      ->type_name("PROGRAM")
      ->group(group);
  add_environment_option(command, flags.environment);
  add_user_option(command, flags.user);
  for (const char* name : {"--env", "--user"})
    command.get_option(name)->group(group);
  repeatable(command.add_option("--bind", flags.binds, "mount a file or folder of this machine, read-only; repeatable"),
             "SRC:DST[:rw]")
      ->group(group);
  command.add_option("--stdin", flags.standard_input, "what it reads (default: nothing)")
      ->type_name("FILE")
      ->group(group);
}

Result<verify::WorkloadChoice> workload_choice(const WorkloadFlags& flags) {
  verify::WorkloadChoice choice{
      .command = flags.command, .entrypoint = flags.entrypoint, .environment = flags.environment, .user = flags.user};
  if (!flags.lifetime.empty()) {
    KIF_TRY(choice.attendance.lifetime, parse_duration(flags.lifetime));
  }
  const auto port = number_of<std::uint16_t>(flags.ready);
  if (port && *port > 0)
    choice.attendance.ready_port = port;
  else
    choice.attendance.ready_line = flags.ready;
  choice.attendance.exercises = flags.exercises;
  for (const std::string& text : flags.binds) {
    KIF_TRY(watch::BindMount bind, parse_bind(text));
    choice.binds.push_back(std::move(bind));
  }
  if (!flags.standard_input.empty()) {
    KIF_TRY(choice.standard_input, read_file(flags.standard_input, k_max_input_bytes));
  }
  return choice;
}

} // namespace kif::cli
