// SPDX-License-Identifier: Apache-2.0
#include "random/kept_connection.h"

#include <atomic>

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "random/caught.h"
#include "random/confinement.h"
#include "random/syscalls.h"

namespace kif::random {
namespace {

/// All of zeros, as a fork leaves it, is "none, free".
struct State {
  std::atomic<const void*> user; ///< the thread that is drawing
  std::atomic<int> number;       ///< the descriptor's, plus one
};
constexpr std::size_t k_page_bytes = 4096;

State g_unwiped;
std::atomic<State*> g_state{nullptr};
/// For children, in whose memory the state is wiped and the descriptor still open.
std::atomic<int> g_inherited{-1};

/// Requests before a process that can do without one asks for a place: most make few. And after it got none.
constexpr unsigned k_first_requests_without = 8;
constexpr unsigned k_requests_without = 256;
std::atomic<unsigned> g_requests_without{k_first_requests_without};

/// A thread's own address tells it from others without a system call.
__attribute__((tls_model("initial-exec"))) thread_local char t_self = 0;
/// Made by this thread's fork for the child that is coming.
__attribute__((tls_model("initial-exec"))) thread_local int t_for_child = -1;

/// Any other socket's send buffer has another size, which identify() sees.
constexpr int k_send_buffer_bytes = 4637;
/// What the kernel makes of it (twice), less what it keeps of that (unix_dgram_sendmsg).
constexpr std::size_t k_longest_packet = 2 * k_send_buffer_bytes - 32;
/// Below every address that can be mapped (vm.mmap_min_addr).
constexpr unsigned long k_nowhere = 8192;

/// Whether a number is still the kept connection's. A program may close it past this library's close, and open a file
/// that gets the number. No other call would be as harmless on any file and be in every filter: a packet that is too
/// long by one byte is refused for that; one that is not, since it cannot be read. Anything else takes neither for too
/// long.
bool identify(int fd) noexcept {
  return call(SYS_write, fd, k_nowhere, k_longest_packet + 1) == -EMSGSIZE &&
         call(SYS_write, fd, k_nowhere, k_longest_packet) == -EFAULT;
}

/// −1: none.
int connect_out_of_the_way(int known = -1) noexcept {
  const int low = connect_to_broker(true, known);
  if (low < 0)
    return -1;
  rlimit files{};
  call(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &files);
  // Above what programs number their own to, and within what they close in a loop without need: 1024 is the usual
  // limit.
  const rlim_t least = files.rlim_cur > 1024 ? 1008 : files.rlim_cur > 64 ? files.rlim_cur - 16 : 3;
  int fd = static_cast<int>(call(SYS_fcntl, low, F_DUPFD_CLOEXEC, least));
  if (fd < 0 && low > STDERR_FILENO) {
    fd = low;
  } else {
    call(SYS_close, low);
    if (fd < 0)
      return -1;
  }
  const int bytes = k_send_buffer_bytes;
  char may_stay = 0;
  // A kernel by which it could not be told later has none (gVisor).
  if (call(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0 && identify(fd) &&
      ask(fd, broker::RequestKind::keep, &may_stay, sizeof may_stay, true) == Reply::all && may_stay == 1)
    return fd;
  call(SYS_close, fd);
  return -1;
}

void keep(State& state, int fd) noexcept {
  g_inherited.store(fd, std::memory_order_relaxed);
  state.number.store(fd + 1, std::memory_order_release);
}

/// A child under the catch-all has other ways, and makes its own when it draws.
void before_fork() noexcept {
  const int kept = kept_connection();
  t_for_child =
      kept >= 0 && reach() == Reach::none && !is_confined() && identify(kept) ? connect_out_of_the_way(kept) : -1;
}
void after_fork() noexcept {
  if (t_for_child >= 0)
    call(SYS_close, t_for_child);
  t_for_child = -1;
}
void close_inherited() noexcept {
  const int inherited = g_inherited.exchange(-1, std::memory_order_relaxed);
  if (inherited >= 0 && identify(inherited))
    call(SYS_close, inherited);
}
void after_fork_in_child() noexcept {
  State* const state = g_state.load(std::memory_order_relaxed);
  close_inherited();
  if (state == nullptr)
    return;
  state->user.store(nullptr, std::memory_order_relaxed);
  state->number.store(0, std::memory_order_relaxed);
  if (t_for_child >= 0)
    keep(*state, t_for_child);
  t_for_child = -1;
}

/// Made once; a forked child has its parent's, wiped. Where the kernel does not wipe, the fork's handler does.
State* make_state() noexcept {
  State* state = g_state.load(std::memory_order_acquire);
  if (state != nullptr)
    return state;
  State* made = &g_unwiped;
  const long page = call(SYS_mmap, 0, k_page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page > 0) {
    if (call(SYS_madvise, page, k_page_bytes, MADV_WIPEONFORK) == 0)
      made = reinterpret_cast<State*>(page);
    else
      call(SYS_munmap, page, k_page_bytes);
  }
  if (g_state.compare_exchange_strong(state, made, std::memory_order_acq_rel))
    return made;
  if (made != &g_unwiped)
    call(SYS_munmap, page, k_page_bytes);
  return state;
}

std::atomic<bool> g_has_handlers{false};

/// When the library is loaded, since later it may be asked for random bytes inside malloc, which this may need.
__attribute__((constructor)) void add_handlers() noexcept {
  g_has_handlers.store(::pthread_atfork(before_fork, after_fork, after_fork_in_child) == 0, std::memory_order_relaxed);
}

enum class Claim { got, not_now };

/// In a confined process even waiting is a call that it may not make. There the other thread's turn is a few
/// processor's changes long.
Claim claim(State& state) noexcept {
  for (;;) {
    const void* user = nullptr;
    if (state.user.compare_exchange_strong(user, &t_self, std::memory_order_acquire))
      return Claim::got;
    if (user == &t_self || !is_confined()) // a signal's handler in the middle of a draw; or there are other ways
      return Claim::not_now;
    for (int i = 0; i < 1000; ++i)
      __asm__ volatile("" ::: "memory");
  }
}

} // namespace

bool keep_connection() noexcept {
  if (kept_connection() >= 0)
    return true;
  if (!g_has_handlers.load(std::memory_order_relaxed))
    return false;
  State* const state = make_state();
  if (state == nullptr || claim(*state) != Claim::got)
    return false;
  bool good = state->number.load(std::memory_order_relaxed) > 0;
  if (!good) {
    close_inherited(); // in a child of a raw clone(2), which runs no handler
    const int fd = connect_out_of_the_way();
    good = fd >= 0;
    if (good)
      keep(*state, fd);
  }
  state->user.store(nullptr, std::memory_order_release);
  return good;
}

bool keep_connection_if_easy() noexcept {
  if (kept_connection() >= 0)
    return true;
  unsigned left = g_requests_without.load(std::memory_order_relaxed);
  if (left > 0) {
    g_requests_without.store(left - 1, std::memory_order_relaxed);
    return false;
  }
  const bool good = keep_connection();
  if (!good)
    g_requests_without.store(k_requests_without, std::memory_order_relaxed);
  return good;
}

Reply draw_from_kept_connection(broker::RequestKind kind, void* buffer, std::size_t length) noexcept {
  if (kept_connection() < 0)
    return Reply::no;
  State& state = *g_state.load(std::memory_order_acquire);
  if (claim(state) != Claim::got)
    return Reply::no;
  Reply reply = Reply::no;
  const int fd = kept_connection();
  if (fd >= 0) {
    const bool is_ours = identify(fd);
    if (is_ours)
      reply = ask(fd, kind, buffer, length, true);
    if (reply != Reply::all && reply != Reply::declined) {
      state.number.store(0, std::memory_order_relaxed);
      g_inherited.store(-1, std::memory_order_relaxed);
      if (is_ours && !is_confined())
        call(SYS_close, fd);
    }
  }
  state.user.store(nullptr, std::memory_order_release);
  return reply;
}

int kept_connection() noexcept {
  const State* const state = g_state.load(std::memory_order_acquire);
  return state != nullptr ? state->number.load(std::memory_order_acquire) - 1 : -1;
}

bool is_kept_connection(int descriptor) noexcept {
  return descriptor >= 0 && descriptor == kept_connection();
}

bool move_kept_connection() noexcept {
  const int fd = kept_connection();
  if (fd < 0)
    return true;
  State& state = *g_state.load(std::memory_order_acquire);
  if (claim(state) != Claim::got)
    return false;
  const long moved = identify(fd) ? call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, fd + 1) : -EBADF;
  if (moved >= 0)
    keep(state, static_cast<int>(moved)); // the old number is closed by whoever wants it
  state.user.store(nullptr, std::memory_order_release);
  return moved >= 0 || moved == -EBADF;
}

} // namespace kif::random
