// SPDX-License-Identifier: Apache-2.0
#include "watch/refusal_tracer.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <future>

#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/result.h"
#include "elf/function_table.h"
#include "watch/proc_text.h"
#include "watch/stack.h"
#include "watch/symbols.h"

namespace kif::watch {
namespace {

// Every error of OpenSSL 3 and 4 goes through one of them (crypto/err/err_blocks.c): libcrypto's own through the first,
// a provider's through the second. The first calls the second, or has it within, as the compiler liked it.
constexpr std::size_t k_set_error = 0;
constexpr std::size_t k_vset_error = 1;
constexpr std::array<std::string_view, 2> k_functions = {"ERR_set_error", "ERR_vset_error"};
constexpr std::size_t k_max_files = 4096;

void go_on(int tid, int signal = 0, bool to_end_of_call = false) {
  (void)::ptrace(to_end_of_call ? PTRACE_SYSCALL : PTRACE_CONT, tid, nullptr, static_cast<std::intptr_t>(signal));
}

} // namespace

RefusalTracer::~RefusalTracer() {
  if (m_thread.joinable())
    m_thread.join();
}

void RefusalTracer::attach(int tid) noexcept {
  try {
    m_start = std::chrono::steady_clock::now();
    std::promise<int> attached;
    auto error = attached.get_future();
    // Only the thread that traces may ask anything of what it traces.
    m_thread = std::thread([this, tid, &attached] {
      sigset_t all;
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
      constexpr std::intptr_t k_options = PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                                          PTRACE_O_TRACEVFORK | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD |
                                          PTRACE_O_EXITKILL;
      const bool is_traced = ::ptrace(PTRACE_SEIZE, tid, nullptr, k_options) == 0;
      m_refusals.started = is_traced;
      attached.set_value(is_traced ? 0 : errno);
      if (is_traced)
        follow();
    });
    if (const int number = error.get(); number != 0)
      m_refusals.failure = system_error(number, "cannot trace the container's program").message;
  } catch (const std::exception& fault) {
    m_refusals.failure = fault.what();
  }
}

Refusals RefusalTracer::finish() {
  if (m_thread.joinable())
    m_thread.join();
  return std::move(m_refusals);
}

void RefusalTracer::follow() noexcept {
  for (;;) {
    int status = 0;
    // Of this thread alone: kif's children, the runtime among them, are those of another.
    const int tid = ::waitpid(-1, &status, __WALL | __WNOTHREAD);
    if (tid < 0 && errno == EINTR)
      continue;
    if (tid < 0)
      return; // all have ended
    if (!WIFSTOPPED(status))
      continue;
    try {
      handle_stop(tid, status);
    } catch (const std::exception&) { // no memory. What is traced must not wait for ever, nor run into a breakpoint
      (void)::kill(tid, SIGKILL);
    }
  }
}

// Threads that are killed vanish between any two calls: what fails for that needs no answer.
void RefusalTracer::handle_stop(int tid, int status) {
  const int signal = WSTOPSIG(status);
  switch (static_cast<unsigned>(status) >> 16U) {
  case 0:
    break;
  case PTRACE_EVENT_SECCOMP: // code is about to be mapped
    return go_on(tid, 0, true);
  case PTRACE_EVENT_EXEC:
    set_breakpoints(tid);
    return go_on(tid);
  case PTRACE_EVENT_STOP:
    if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
      (void)::ptrace(PTRACE_LISTEN, tid, nullptr, nullptr);
      return;
    }
    return go_on(tid);
  default:
    return go_on(tid);
  }
  if (signal == (SIGTRAP | 0x80)) { // the end of that call
    set_breakpoints(tid);
    return go_on(tid);
  }
  go_on(tid, signal == SIGTRAP && handle_trap(tid) ? 0 : signal);
}

RefusalTracer::File RefusalTracer::file_at(const std::string& path) const {
  File file;
  const UniqueFd fd = path.starts_with('/') ? open_in_container(m_container, path) : UniqueFd();
  if (!fd)
    return file;
  const auto table = elf::FunctionTable::read(elf::in_file(fd.get()), path);
  for (std::size_t i = 0; table && i < file.size(); ++i)
    if (const auto place = table->place_of(k_functions[i]))
      file[i] = Place{place->offset, place->bytes};
  return file;
}

void RefusalTracer::set_breakpoints(int tid) {
  const auto maps = read_proc(tid, "maps");
  if (!maps)
    return;
  for (const Mapping& mapping : parse_executable_mappings(*maps)) {
    auto known = m_files.find(mapping.file);
    if (known == m_files.end()) {
      if (m_files.size() == k_max_files) { // a program maps ever new ones
        m_refusals.failure = "the container's programs mapped more files than kif looks into";
        continue;
      }
      known = m_files.emplace(mapping.file, file_at(mapping.file)).first;
    }
    bool is_watched = false;
    for (auto& place : known->second)
      if (place && place->offset >= mapping.file_offset &&
          place->offset - mapping.file_offset < mapping.end - mapping.begin)
        is_watched |= set_breakpoint(tid, mapping.begin + (place->offset - mapping.file_offset), *place);
    if (is_watched && m_refusals.watched.size() < Refusals::k_max_watched &&
        std::ranges::find(m_refusals.watched, mapping.file) == m_refusals.watched.end())
      m_refusals.watched.push_back(mapping.file);
  }
}

bool RefusalTracer::set_breakpoint(int tid, std::uint64_t address, Place& place) {
  std::array<std::byte, k_instruction_bytes> code{};
  if (!m_tracee.read_memory(tid, address, code))
    return false;
  if (code[0] == k_breakpoint)
    return place.instruction.has_value();
  const auto instruction = first_instruction(code);
  if (!instruction) {
    m_refusals.failure = "a function of an OpenSSL begins with an instruction that kif does not know";
    return false;
  }
  place.instruction = instruction;
  code[0] = k_breakpoint;
  std::uint64_t word = 0;
  std::memcpy(&word, code.data(), sizeof word);
  return ::ptrace(PTRACE_POKETEXT, tid, address, word) == 0;
}

std::string RefusalTracer::text_at(int tid, std::uint64_t address, std::size_t max_bytes) const {
  std::string text;
  if (address == 0)
    return text;
  // Byte ranges up to the end of a page: a text with a precision needs no end.
  constexpr std::uint64_t k_page = 4096;
  while (text.size() < max_bytes) {
    const std::uint64_t at = address + text.size();
    std::string piece(std::min<std::size_t>(max_bytes - text.size(), k_page - at % k_page), '\0');
    if (!m_tracee.read_memory(tid, at, std::as_writable_bytes(std::span(piece))))
      break;
    const std::size_t end = piece.find('\0');
    text += piece.substr(0, end);
    if (end != std::string::npos)
      break;
  }
  return text;
}

void RefusalTracer::record(int tid, RaisedError error, std::uint64_t instruction, std::uint64_t stack) {
  auto identity = m_tracee.identify(tid);
  auto callers = stack_frames_above(m_tracee, tid, instruction, stack);
  for (Refusal& known : m_refusals.all)
    if (known.error == error && known.first.executable == identity.executable && known.first.callers == callers) {
      ++known.count;
      return;
    }
  if (m_refusals.all.size() == Refusals::k_max) {
    ++m_refusals.dropped;
    return;
  }
  Event first;
  first.time = std::chrono::steady_clock::now() - m_start;
  first.pid = identity.pid;
  first.tid = tid;
  first.process = std::move(identity.name);
  first.executable = std::move(identity.executable);
  first.callers = std::move(callers);
  m_refusals.all.push_back({std::move(first), std::move(error), 1});
}

#if defined(__x86_64__)

namespace {

/// What a variadic function takes after its named parameters (System V ABI for x86-64, 3.5.7): first what was in
/// registers, then what is on the stack.
struct Variadic {
  std::vector<std::uint64_t> in_registers;
  std::uint64_t on_stack = 0;
  std::size_t next = 0;
};

/// Those of ERR_set_error(int, int, const char*, …), at its first instruction: the stack pointer is at the return
/// address.
Variadic arguments_of_call(const user_regs_struct& registers) {
  return {{registers.rcx, registers.r8, registers.r9}, registers.rsp + 8};
}

/// Those of a va_list at `address`.
std::optional<Variadic> arguments_of_list(const Tracee& tracee, int tid, std::uint64_t address) {
  struct List {
    std::uint32_t general_offset = 0;
    std::uint32_t floating_offset = 0;
    std::uint64_t overflow = 0;
    std::uint64_t saved = 0;
  } list;
  constexpr std::uint32_t k_general_bytes = 48; // six registers
  if (!tracee.read_memory(tid, address, std::as_writable_bytes(std::span(&list, 1))))
    return std::nullopt;
  Variadic arguments{{}, list.overflow};
  if (list.general_offset < k_general_bytes) {
    arguments.in_registers.resize((k_general_bytes - list.general_offset) / 8);
    if (!tracee.read_memory(tid, list.saved + list.general_offset,
                            std::as_writable_bytes(std::span(arguments.in_registers))))
      return std::nullopt;
  }
  return arguments;
}

std::optional<std::uint64_t> word_at(const Tracee& tracee, int tid, std::uint64_t address) {
  std::uint64_t word = 0;
  if (!tracee.read_memory(tid, address, std::as_writable_bytes(std::span(&word, 1))))
    return std::nullopt;
  return word;
}

void do_instruction(int tid, const FirstInstruction& instruction, user_regs_struct& registers) {
  registers.rip += instruction.bytes;
  if (instruction.kind == FirstInstruction::Kind::reserve) {
    registers.rsp -= instruction.operand;
  } else if (instruction.kind == FirstInstruction::Kind::push) {
    const std::array by_number = {registers.rax, registers.rcx, registers.rdx, registers.rbx,
                                  registers.rsp, registers.rbp, registers.rsi, registers.rdi,
                                  registers.r8,  registers.r9,  registers.r10, registers.r11,
                                  registers.r12, registers.r13, registers.r14, registers.r15};
    registers.rsp -= 8;
    (void)::ptrace(PTRACE_POKEDATA, tid, registers.rsp, by_number[instruction.operand % by_number.size()]);
  }
}

} // namespace

bool RefusalTracer::handle_trap(int tid) {
  user_regs_struct registers{};
  if (::ptrace(PTRACE_GETREGS, tid, nullptr, &registers) != 0)
    return true; // it was killed
  const auto maps = read_proc(tid, "maps");
  const std::vector<Mapping> mappings = parse_executable_mappings(maps.value_or(""));
  const auto frame = locate(mappings, registers.rip - 1);
  const auto file = frame ? m_files.find(frame->file) : m_files.end();
  if (file == m_files.end())
    return false; // a breakpoint of the program's own
  const auto place = std::ranges::find_if(file->second, [&frame](const std::optional<Place>& candidate) {
    return candidate && candidate->instruction && candidate->offset == frame->offset;
  });
  if (place == file->second.end())
    return false;
  registers.rip -= 1;

  RaisedError error{static_cast<int>(registers.rdi), static_cast<int>(registers.rsi), {}};
  const auto caller = locate(mappings, word_at(m_tracee, tid, registers.rsp).value_or(0));
  const auto& outer = file->second[k_set_error];
  const bool was_seen_before = place == file->second.begin() + k_vset_error && outer && outer->instruction && caller &&
                               caller->file == frame->file && caller->offset - outer->offset < outer->bytes;
  if (!was_seen_before) {
    auto arguments = place == file->second.begin() + k_set_error ? std::optional(arguments_of_call(registers))
                                                                 : arguments_of_list(m_tracee, tid, registers.rcx);
    const auto next = [&]() -> std::optional<std::uint64_t> {
      if (!arguments)
        return std::nullopt;
      const std::size_t i = arguments->next++;
      if (i < arguments->in_registers.size())
        return arguments->in_registers[i];
      return word_at(m_tracee, tid, arguments->on_stack + 8 * (i - arguments->in_registers.size()));
    };
    error.text = formatted(text_at(tid, registers.rdx, k_max_error_bytes),
                           {next, [&](std::uint64_t address, std::size_t max) { return text_at(tid, address, max); }});
    if (is_refusal(error))
      record(tid, std::move(error), registers.rip, registers.rsp);
  }
  do_instruction(tid, *(*place)->instruction, registers);
  (void)::ptrace(PTRACE_SETREGS, tid, nullptr, &registers);
  return true;
}

#else

bool RefusalTracer::handle_trap(int /*tid*/) {
  return false;
}

#endif

} // namespace kif::watch
