// SPDX-License-Identifier: Apache-2.0
#include "watch/event.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace kif::watch {
namespace {

// include/uapi/linux/random.h; by value, so that the trace reads alike whatever headers kif was built with.
constexpr std::uint32_t k_nonblock = 1;
// broker/protocol.h, written down again: what watches does not believe what is watched.
constexpr std::uint32_t k_catch_all_question = 0x4b49'4600;
constexpr std::array<std::pair<std::uint32_t, std::string_view>, 3> k_getrandom_flags = {
    {{k_nonblock, "GRND_NONBLOCK"}, {2, "GRND_RANDOM"}, {4, "GRND_INSECURE"}}};

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// Of the process's own loader. Another file of that name is a file like any other.
bool is_libc(const Frame& frame, const Event& event) {
  return !event.own_libc.empty() && frame.file == event.own_libc;
}

bool is_system_library(std::string_view file) {
  return file == "libc.so.6" || file == "libpthread.so.0" || file.starts_with("ld-linux");
}

// Either malloc's own code makes the system call (glibc 2.41), or it calls getrandom (before); a program's own call of
// getrandom has the program next on the stack. A libc whose table could not be read excuses nothing.
bool is_within_libc(const Event& event) {
  const std::vector<Frame>& callers = event.callers;
  if (callers.empty() || !is_libc(callers[0], event) || !callers[0].symbols_read)
    return false;
  const bool exported = callers[0].symbol == "getrandom" || callers[0].symbol == "syscall";
  return !exported || (callers.size() > 1 && is_libc(callers[1], event));
}

std::string hex(std::uint64_t value) {
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), k_digits[value & 15U]);
    value >>= 4U;
  } while (value != 0);
  return "0x" + text;
}

} // namespace

std::string_view to_string(Source source) noexcept {
  switch (source) {
  case Source::getrandom:
    return "getrandom";
  case Source::random:
    return "/dev/random";
  case Source::urandom:
    return "/dev/urandom";
  case Source::hwrng:
    return "/dev/hwrng";
  case Source::random_uuid:
    return "/proc/sys/kernel/random/uuid";
  case Source::kernel_rng:
    return "AF_ALG rng";
  }
  return "getrandom";
}

std::string_view to_string(Act act) noexcept {
  switch (act) {
  case Act::call:
    return "call";
  case Act::open:
    return "open";
  case Act::read:
    return "read";
  }
  return "call";
}

std::string getrandom_flags(std::uint32_t flags) {
  std::string text;
  const auto add = [&text](std::string_view name) { text += (text.empty() ? "" : "|") + std::string(name); };
  for (const auto& [bit, name] : k_getrandom_flags) {
    if ((flags & bit) != 0)
      add(name);
    flags &= ~bit;
  }
  if (flags != 0)
    add(hex(flags));
  return text.empty() ? "0" : text;
}

// A library's symbol is the last one before the next file: the function that this file called. libc's and the loader's
// later frames are start-up and allocation, and tell nothing; a program's own names are not shown, they are rarely
// there.
std::string describe_callers(const std::vector<Frame>& callers) {
  std::vector<std::pair<std::string_view, std::string_view>> files; // name, symbol
  for (const Frame& frame : callers) {
    const std::string_view file = base_name(frame.file);
    const bool is_first = files.empty();
    const bool is_library = file.find(".so") != std::string_view::npos;
    const auto known = std::ranges::find(files, file, &std::pair<std::string_view, std::string_view>::first);
    if (known == files.end() && (is_first || !is_system_library(file)))
      files.emplace_back(file, is_first || is_library ? std::string_view(frame.symbol) : std::string_view());
    else if (known != files.end() && known != files.begin() && known + 1 == files.end() && is_library &&
             !frame.symbol.empty())
      known->second = frame.symbol;
  }
  std::string text;
  for (const auto& [file, symbol] : files) {
    text += (text.empty() ? "" : " < ") + std::string(file);
    if (!symbol.empty())
      text += " " + std::string(symbol);
  }
  return text.empty() ? "unknown" : text;
}

bool is_like_mallocs(const Event& event) noexcept {
  return event.source == Source::getrandom && event.bytes == 8 && event.flags == k_nonblock;
}

std::optional<std::string_view> no_security_use(const Event& event) noexcept {
  if (is_like_mallocs(event) && !event.is_repeated && is_within_libc(event))
    return "glibc's malloc marks freed blocks with them to notice double frees (tcache key); no secret rests on it";
  if (event.source == Source::getrandom && event.flags == k_catch_all_question)
    return "libkif-random.so asks whether kif-init answers getrandom; the kernel knows no such flags and gives nothing";
  return std::nullopt;
}

// The file of a mapping that has no name any more is marked so (proc_pid_maps(5)). An exported function of libc has a
// caller: where none was found, the stack could not be read.
bool is_undecided(const Event& event) noexcept {
  if (!is_like_mallocs(event) || event.is_repeated)
    return false;
  const std::vector<Frame>& callers = event.callers;
  if (callers.empty())
    return true;
  if (event.own_libc.empty())
    return base_name(callers[0].file) == "libc.so.6";
  return callers[0].file == event.own_libc + " (deleted)" ||
         (is_libc(callers[0], event) && (!callers[0].symbols_read || (callers.size() == 1 && !is_within_libc(event))));
}

nlohmann::ordered_json to_json(const Event& event) {
  nlohmann::ordered_json callers = nlohmann::ordered_json::array();
  for (const Frame& frame : event.callers) {
    nlohmann::ordered_json entry = {{"file", frame.file}, {"offset", frame.offset}};
    if (!frame.symbol.empty())
      entry["symbol"] = frame.symbol;
    callers.push_back(std::move(entry));
  }
  nlohmann::ordered_json json = {{"time_ns", event.time.count()},
                                 {"pid", event.pid},
                                 {"tid", event.tid},
                                 {"process", event.process},
                                 {"executable", event.executable},
                                 {"act", to_string(event.act)},
                                 {"source", to_string(event.source)}};
  if (event.act != Act::open)
    json["bytes"] = event.bytes;
  if (event.act == Act::call)
    json["flags"] = getrandom_flags(event.flags);
  json["callers"] = std::move(callers);
  const auto reason = no_security_use(event);
  json["security_use"] = !reason.has_value();
  if (reason)
    json["reason"] = *reason;
  return json;
}

} // namespace kif::watch
