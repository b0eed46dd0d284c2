// SPDX-License-Identifier: Apache-2.0
#include "random/own_generator.h"

#include <atomic>
#include <cstdint>

#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

#include "random/syscalls.h"

namespace kif::random {
namespace {

/// What an SP 800-90A DRBG gives at once (Table 2: 2^19 bits).
constexpr std::size_t k_max_draw_bytes = 65536;
constexpr unsigned k_strength_bits = 256;
/// Never OPENSSL_CONF: whatever configuration a process has, these bytes are the layer's module's.
constexpr const char* k_layer_configuration = "/etc/kif/openssl.cnf";

/// Who may use the DRBG: process << 32 | thread, or 0. The process stands in it so that a child of a raw clone(2),
/// which no fork handler sees, finds that its owner is not there.
std::atomic<std::uint64_t> g_owner{0};

std::uint64_t self() noexcept {
  return static_cast<std::uint64_t>(call(SYS_getpid)) << 32 | static_cast<std::uint64_t>(call(SYS_gettid));
}

enum class Claim { got, mine_already, nobodys };

/// Making the DRBG starts threads and waits for them. Where such a thread's malloc asks for random bytes, it would wait
/// for the DRBG in turn. After this long it is taken to be such a one; others wait for some tenths of a second.
constexpr std::uint64_t k_max_wait_ns = 5'000'000'000;
std::atomic<bool> g_is_being_made{false};
std::atomic<bool> g_waits_for_waiters{false};

/// A fork waits as long as it takes: a child of one that did not would find the claim to be nobody's, for ever.
enum class Patience { bounded, endless };

Claim claim(Patience patience = Patience::bounded) noexcept {
  const std::uint64_t me = self();
  timespec pause{0, 20'000};
  std::uint64_t waited_ns = 0;
  for (;;) {
    std::uint64_t owner = 0;
    if (g_owner.compare_exchange_strong(owner, me, std::memory_order_acquire))
      return Claim::got;
    if (owner == me)
      return Claim::mine_already;
    if (owner >> 32 != me >> 32)
      return Claim::nobodys;
    if (patience != Patience::endless && g_is_being_made.load(std::memory_order_relaxed) &&
        (g_waits_for_waiters.load(std::memory_order_relaxed) || waited_ns > k_max_wait_ns)) {
      g_waits_for_waiters.store(true, std::memory_order_relaxed);
      return Claim::mine_already;
    }
    waited_ns += static_cast<std::uint64_t>(pause.tv_nsec);
    call(SYS_nanosleep, &pause, 0);
    if (pause.tv_nsec < 1'000'000)
      pause.tv_nsec *= 2;
  }
}

void release() noexcept {
  g_owner.store(0, std::memory_order_release);
}

/// Whether the fork that is going on took the claim: not where a signal handler forks in the middle of a draw. Then the
/// child's DRBG is in the state that nobody can know, and stays claimed.
std::atomic<bool> g_fork_has_claim{false};

/// A DRBG of the module knows by the process's number that it was forked. A child that is process 1 of a new PID
/// namespace may have its parent's number.
std::atomic<bool> g_was_forked{false};

void before_fork() noexcept {
  g_fork_has_claim.store(claim(Patience::endless) == Claim::got, std::memory_order_relaxed);
}
void after_fork() noexcept {
  if (g_fork_has_claim.load(std::memory_order_relaxed))
    release();
}
void after_fork_in_child() noexcept {
  g_was_forked.store(true, std::memory_order_relaxed);
  after_fork();
}

#define KIF_OWN_FUNCTIONS(F)                                                                                           \
  F(OSSL_LIB_CTX_new)                                                                                                  \
  F(OSSL_LIB_CTX_load_config)                                                                                          \
  F(EVP_RAND_fetch)                                                                                                    \
  F(EVP_RAND_CTX_new) F(EVP_RAND_instantiate) F(EVP_RAND_generate) F(OSSL_PARAM_construct_utf8_string)                 \
      F(OSSL_PARAM_construct_end)

struct Libcrypto {
#define KIF_DECLARE(name) decltype(&::name) name = nullptr;
  KIF_OWN_FUNCTIONS(KIF_DECLARE)
#undef KIF_DECLARE

  bool find_in(void* handle) noexcept {
    bool all = true;
#define KIF_FIND(name)                                                                                                 \
  name = reinterpret_cast<decltype(&::name)>(::dlsym(handle, #name));                                                  \
  all = all && name != nullptr;
    KIF_OWN_FUNCTIONS(KIF_FIND)
#undef KIF_FIND
    return all;
  }
};

enum class State { none, ready, failed };
State g_state = State::none; // with the claim
Libcrypto g_crypto;
EVP_RAND_CTX* g_drbg = nullptr;

/// Never undone: the process has it until it ends.
bool make() noexcept {
  // A program may bring its own libcrypto (Node.js exports one); a second one would be another module's copy.
  if (!g_crypto.find_in(RTLD_DEFAULT)) {
    void* library = ::dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr || !g_crypto.find_in(library))
      return false;
  }
  OSSL_LIB_CTX* context = g_crypto.OSSL_LIB_CTX_new();
  if (context == nullptr ||
      g_crypto.OSSL_LIB_CTX_load_config(context, k_layer_configuration) != 1)
    return false;
  EVP_RAND* algorithm = g_crypto.EVP_RAND_fetch(context, "CTR-DRBG", "provider=fips");
  if (algorithm == nullptr)
    return false;
  EVP_RAND_CTX* drbg = g_crypto.EVP_RAND_CTX_new(algorithm, nullptr);
  char cipher[] = "AES-256-CTR";
  const OSSL_PARAM parameters[] = {g_crypto.OSSL_PARAM_construct_utf8_string(OSSL_DRBG_PARAM_CIPHER, cipher, 0),
                                   g_crypto.OSSL_PARAM_construct_end()};
  if (drbg == nullptr || g_crypto.EVP_RAND_instantiate(drbg, k_strength_bits, 0, nullptr, 0, parameters) != 1)
    return false;
  g_drbg = drbg;
  return true;
}

} // namespace

OwnDraw draw_from_own_generator(void* buffer, std::size_t length) noexcept {
  switch (claim()) {
  case Claim::mine_already:
    return OwnDraw::busy_below;
  case Claim::nobodys:
    return OwnDraw::failed;
  case Claim::got:
    break;
  }
  // The handlers first: a fork while another thread makes the DRBG waits for it.
  if (g_state == State::none) {
    g_is_being_made.store(true, std::memory_order_relaxed);
    g_state =
        ::pthread_atfork(before_fork, after_fork, after_fork_in_child) == 0 && make() ? State::ready : State::failed;
    g_is_being_made.store(false, std::memory_order_relaxed);
  }
  const bool was_forked = g_was_forked.exchange(false, std::memory_order_relaxed);
  auto* out = static_cast<unsigned char*>(buffer);
  bool good = g_state == State::ready;
  while (good && length > 0) {
    const std::size_t chunk = length < k_max_draw_bytes ? length : k_max_draw_bytes;
    good = g_crypto.EVP_RAND_generate(g_drbg, out, chunk, k_strength_bits, was_forked ? 1 : 0, nullptr, 0) == 1;
    out += chunk;
    length -= chunk;
  }
  if (was_forked && !good)
    g_was_forked.store(true, std::memory_order_relaxed);
  release();
  return good ? OwnDraw::drawn : OwnDraw::failed;
}

} // namespace kif::random
