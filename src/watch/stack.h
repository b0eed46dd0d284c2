// SPDX-License-Identifier: Apache-2.0
// Who called: the mapped files whose code stands on a waiting thread's stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "watch/event.h"
#include "watch/tracee.h"

namespace kif::watch {

/// One executable mapping of a process.
struct Mapping {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t file_offset = 0;
  std::string file; ///< "[vdso]" and "[anonymous]" where it is no file's
};

/// The executable mappings of a /proc/PID/maps (proc_pid_maps(5)), in rising order. Lines that do not parse are left
/// out.
std::vector<Mapping> parse_executable_mappings(std::string_view maps);

/// The place of an address in the mappings, or none.
std::optional<Frame> locate(const std::vector<Mapping>& mappings, std::uint64_t address);

/// The libc.so.6 beside the loader of a process, by its /proc/PID/maps and /proc/PID/auxv (getauxval(3), AT_BASE; where
/// the loader itself was executed, AT_ENTRY). Empty: there is no loader.
std::string libc_of_loader(std::string_view maps, std::string_view auxiliary_vector);

/// Where the stack of a process begins, from its /proc/PID/stat (proc_pid_stat(5), startstack).
std::optional<std::uint64_t> parse_stack_begin(std::string_view stat);

/// Stack pointer of a thread that waits in a call, from its /proc/PID/syscall (proc_pid_syscall(5)).
std::optional<std::uint64_t> parse_stack_pointer(std::string_view syscall_line);

/// How many bytes in front of a return address tell whether a call stands there.
inline constexpr std::size_t k_call_bytes = 7;

/// Whether the `code` in front of a return address ends in a call instruction (x86-64: E8 and the forms of FF /2;
/// arm64: BL and BLR). Data on the stack that looks like a code address mostly fails this.
bool ends_in_call(std::span<const std::byte, k_call_bytes> code) noexcept;

/// The instruction pointer's place, then that of each return address on the stack above, at most `k_max_frames`
/// together. The stack is scanned for words that point behind a call instruction. True unwinding would need the
/// thread's registers, which only a ptrace stop gives, and unwind tables for every mapped file.
inline constexpr std::size_t k_max_frames = 32; ///< a first seed of OpenSSL 4.0 needs 25, stale addresses among them
std::vector<Frame> stack_frames_above(const Tracee& tracee, int tid, std::uint64_t instruction_pointer,
                                      std::uint64_t stack_pointer);
/// The same for a thread that waits in a call.
std::vector<Frame> stack_frames(const Tracee& tracee, int tid, std::uint64_t instruction_pointer);

} // namespace kif::watch
