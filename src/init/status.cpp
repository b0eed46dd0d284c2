// SPDX-License-Identifier: Apache-2.0
#include "init/status.h"

#include <algorithm>

#include "text/json_string.h"

namespace kif::init {
namespace {

using text::escape;
using text::json_string;

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

/// "OpenSSL 4.0.3 and 3.5.9, " of an image with several; there one may ask which were checked.
std::string libcryptos_text(const Ready& ready) {
  std::string text;
  for (const std::string& version : ready.further_libcryptos)
    text += " and " + version;
  return text.empty() ? text : "OpenSSL " + ready.libcrypto_version + text + ", ";
}

/// `,"name":["a","b"]`; nothing for an empty list.
std::string list_member(std::string_view name, const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts)
    list += (list.empty() ? "" : ",") + json_string(text);
  return texts.empty() ? std::string() : member(name, "[" + list + "]");
}

/// "a,b" as ["a","b"].
std::string compat_member(std::string_view features) {
  std::string list;
  while (!features.empty()) {
    const std::string_view name = features.substr(0, features.find(','));
    features.remove_prefix(std::min(name.size() + 1, features.size()));
    list += (list.empty() ? "" : ",") + json_string(name);
  }
  return member("compat", "[" + list + "]");
}

/// A line for each runtime, below the one of the container.
std::string java_lines(const std::vector<std::string>& checks) {
  std::string lines;
  for (const std::string& check : checks)
    lines += "kif-init: java: " + escape(check) + "\n";
  return lines;
}

std::string error_members(const Error& error) {
  std::string text = text_member("message", error.message);
  if (!error.expected.empty())
    text += text_member("expected", error.expected) + text_member("got", error.got);
  if (!error.hint.empty())
    text += text_member("hint", error.hint);
  return text;
}

/// Library contexts of a program's own and providers by name may lead past the module then.
constexpr std::string_view k_openssl_calls_note = "OpenSSL calls untouched (not approved, by choice)";

constexpr std::string_view k_claimed_origin = "claimed to be cpu-jitter (a library that kif does not know)";

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
  const std::string settings = jitterentropy::describe(ready.settings);
  const std::string compat = ready.compat.empty() ? std::string() : "not approved, by choice: " + ready.compat;
  const auto line = [](std::string_view words) { return "kif-init: " + escape(words) + "\n"; };
  switch (format) {
  case StatusFormat::quiet:
    return (timer.empty() ? std::string() : line(timer)) +
           (ready.leaves_openssl_calls ? line(k_openssl_calls_note) : "") +
           (ready.has_shipped_source ? "" : line("seed " + std::string(k_claimed_origin))) +
           (compat.empty() ? "" : line(compat));
  case StatusFormat::text:
    return line("ready: " + libcryptos_text(ready) + "module " + ready.module_version + " (" +
                count(ready.self_tests, "self-test", "self-tests") + " passed), jitterentropy " +
                ready.jitterentropy_version + " (" + (settings.empty() ? "" : settings + "; ") +
                "start-up test passed), " + (timer.empty() ? "" : timer + ", ") +
                (ready.leaves_openssl_calls ? std::string(k_openssl_calls_note) + ", " : "") + "seed " +
                (ready.has_shipped_source ? "cpu-jitter" : std::string(k_claimed_origin)) + ", " +
                (compat.empty() ? "" : compat + ", ") + count(ready.files_verified, "file", "files") + " verified, " +
                (ready.random ? describe(*ready.random) + (ready.random->draws_ahead ? ", " : ", nothing drawn ahead, ")
                              : "") +
                elapsed + " ms") +
           java_lines(ready.java);
  case StatusFormat::json:
    break;
  }
  return std::string(k_json_head) + text_member("state", "ready") + R"(,"module":{"name":)" +
         json_string(ready.module_title) + text_member("version", ready.module_version) +
         member("self_tests_passed", std::to_string(ready.self_tests)) + R"(},"jitterentropy":{"version":)" +
         json_string(ready.jitterentropy_version) + member("startup_test_passed", "true") +
         member("osr", std::to_string(ready.settings.osr)) + text_member("flags", ready.settings.flags) +
         member("memory_bytes", std::to_string(ready.settings.memory_bytes)) + "}" + timer_member(ready.machine) +
         R"(,"seed":{"origin":)" + json_string("cpu-jitter") +
         member("origin_is", json_string(ready.has_shipped_source ? "known" : "claimed")) +
         member("bytes", std::to_string(ready.seed_bytes)) + text_member("generator", ready.generator) + "}" +
         text_member("libcrypto", ready.libcrypto_version) +
         list_member("further_libcryptos", ready.further_libcryptos) +
         text_member("configuration", ready.configuration) + compat_member(ready.compat) +
         member("files_verified", std::to_string(ready.files_verified)) +
         (ready.random
              ? member("broker", json_state(ready.random->has_socket, ready.random->socket_reason)) +
                    member("catch_all", json_state(ready.random->has_catch_all, ready.random->catch_all_reason)) +
                    (ready.random->draws_ahead ? "" : member("draw_ahead", json_state(false, "KIF_DRAW_AHEAD=0")))
              : "") +
         (ready.leaves_openssl_calls
              ? member("openssl_calls", R"({"state":"untouched")" + text_member("note", k_openssl_calls_note) + "}")
              : "") +
         list_member("java", ready.java) + member("elapsed_ms", elapsed) + "}\n";
}

std::string render(const FailedCheck& failed, StatusFormat format) {
  const Error& error = failed.error;
  if (format != StatusFormat::json)
    return escape(error).render("kif-init");
  return std::string(k_json_head) + text_member("state", "refused") +
         text_member("failure", to_string(failed.failure)) +
         member("exit_code", std::to_string(exit_code(failed.failure))) + error_members(error) + "}\n";
}

std::string render(const Notice& notice, StatusFormat format) {
  if (format == StatusFormat::json)
    return std::string(k_json_head) + text_member("state", notice.state) +
           (notice.exit_code != 0 ? member("exit_code", std::to_string(notice.exit_code)) : "") +
           error_members(notice.error) + "}\n";
  return notice.state == "stopped" ? "kif-init: " + escape(notice.error.message) + "\n"
                                   : escape(notice.error).render("kif-init");
}

} // namespace kif::init
