// SPDX-License-Identifier: Apache-2.0
#include "init/status.h"

#include "base/json_text.h"

namespace kif::init {
namespace {

/// `,"name":value`
std::string member(std::string_view name, std::string_view value) {
  return "," + json_string(name) + ":" + std::string(value);
}

std::string text_member(std::string_view name, std::string_view value) {
  return member(name, json_string(value));
}

std::string count(std::uint64_t number, std::string_view singular, std::string_view plural) {
  return std::to_string(number) + " " + std::string(number == 1 ? singular : plural);
}

/// "random bytes from the broker and the catch-all", and why not where not.
std::string describe(const RandomStatus& random) {
  const auto reason = [](const std::string& text) { return text.empty() ? std::string() : " (" + text + ")"; };
  if (random.has_socket && random.has_catch_all)
    return "random bytes from broker and catch-all";
  if (random.has_socket)
    return "random bytes from broker, no catch-all" + reason(random.catch_all_reason);
  if (random.has_catch_all)
    return "random bytes from catch-all, no broker" + reason(random.socket_reason);
  return "no broker" + reason(random.socket_reason) + ", no catch-all" + reason(random.catch_all_reason);
}

std::string json_state(bool works, const std::string& reason) {
  return works ? R"({"state":"on"})" : R"({"state":"off")" + text_member("reason", reason) + "}";
}

/// What has to be said of the timer; empty where no emulator was seen.
std::string timer_note(const std::optional<machine::Machine>& machine) {
  if (!machine || machine->timer == machine::Timer::no_emulator_seen)
    return {};
  if (machine->timer == machine::Timer::emulated)
    return std::string(machine::k_no_claim) + " (" + machine->name + ")";
  return "timer perhaps not from hardware (" + machine->reason + ")";
}

std::string timer_member(const std::optional<machine::Machine>& machine) {
  if (!machine)
    return {};
  std::string object = R"({"state":)" + json_string(machine::to_string(machine->timer));
  if (!machine->name.empty())
    object += text_member("machine", machine->name);
  object += text_member("told_by", machine->reason);
  if (machine->timer == machine::Timer::emulated)
    object += text_member("note", machine::k_no_claim);
  return member("timer", object + "}");
}

/// A line for each runtime, below the one of the container.
std::string java_lines(const std::vector<std::string>& checks) {
  std::string lines;
  for (const std::string& check : checks)
    lines += "kif-init: java: " + check + "\n";
  return lines;
}

std::string java_member(const std::vector<std::string>& checks) {
  std::string list;
  for (const std::string& check : checks)
    list += (list.empty() ? "" : ",") + json_string(check);
  return checks.empty() ? std::string() : member("java", "[" + list + "]");
}

constexpr std::string_view k_json_head = R"({"schema":1,"program":"kif-init")";

} // namespace

StatusFormat status_format(const char* value) noexcept {
  const std::string_view text = value != nullptr ? value : "";
  if (text == "json")
    return StatusFormat::json;
  return text == "quiet" ? StatusFormat::quiet : StatusFormat::text;
}

std::string render(const Ready& ready, std::int64_t elapsed_ms, StatusFormat format) {
  const std::string elapsed = std::to_string(elapsed_ms);
  const std::string timer = timer_note(ready.machine);
  switch (format) {
  case StatusFormat::quiet:
    return timer.empty() ? std::string() : "kif-init: " + timer + "\n";
  case StatusFormat::text:
    return "kif-init: ready: module " + ready.module_version + " (" +
           count(ready.self_tests, "self-test", "self-tests") + " passed), jitterentropy " +
           ready.jitterentropy_version + " (start-up test passed), " + (timer.empty() ? "" : timer + ", ") +
           "seed cpu-jitter, " + count(ready.files_verified, "file", "files") + " verified, " +
           (ready.random ? describe(*ready.random) + ", " : "") + elapsed + " ms\n" + java_lines(ready.java);
  case StatusFormat::json:
    break;
  }
  return std::string(k_json_head) + text_member("state", "ready") + R"(,"module":{"name":)" +
         json_string(ready.module_title) + text_member("version", ready.module_version) +
         member("self_tests_passed", std::to_string(ready.self_tests)) + R"(},"jitterentropy":{"version":)" +
         json_string(ready.jitterentropy_version) + member("startup_test_passed", "true") + "}" +
         timer_member(ready.machine) + R"(,"seed":{"origin":)" + json_string("cpu-jitter") +
         member("bytes", std::to_string(ready.seed_bytes)) + text_member("generator", ready.generator) + "}" +
         text_member("libcrypto", ready.libcrypto_version) + text_member("configuration", ready.configuration) +
         member("files_verified", std::to_string(ready.files_verified)) +
         (ready.random
              ? member("broker", json_state(ready.random->has_socket, ready.random->socket_reason)) +
                    member("catch_all", json_state(ready.random->has_catch_all, ready.random->catch_all_reason))
              : "") +
         java_member(ready.java) + member("elapsed_ms", elapsed) + "}\n";
}

std::string render(const FailedCheck& failed, StatusFormat format) {
  const Error& error = failed.error;
  if (format != StatusFormat::json)
    return error.render("kif-init");
  std::string line =
      std::string(k_json_head) + text_member("state", "refused") + text_member("failure", to_string(failed.failure)) +
      member("exit_code", std::to_string(exit_code(failed.failure))) + text_member("message", error.message);
  if (!error.expected.empty())
    line += text_member("expected", error.expected) + text_member("got", error.got);
  if (!error.hint.empty())
    line += text_member("hint", error.hint);
  return line + "}\n";
}

} // namespace kif::init
