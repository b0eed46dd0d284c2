// SPDX-License-Identifier: Apache-2.0
#include "random/own_generator.h"

#include <atomic>
#include <cstdint>
#include <cstring>

#include <dlfcn.h>
#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/fork_wiped.h"
#include "base/openssl_majors.h"
#include "contexts/callers_libcrypto.h"
#include "contexts/layer.h"
#include "random/process_number.h"
#include "random/syscalls.h"

namespace kif::random {
namespace {

/// What an SP 800-90A DRBG gives at once (Table 2: 2^19 bits).
constexpr std::size_t k_max_draw_bytes = 65536;
constexpr unsigned k_strength_bits = 256;

/// Who is at the DRBG. All of zeros, as every kind of fork leaves it, is "nobody": what threads of the parent had
/// claimed, they have not claimed here.
struct Claims {
  std::atomic<int> owner; ///< a thread, or 0
  std::atomic<bool> is_being_made;
  std::atomic<bool> waits_for_waiters;
};
ForkWiped<Claims> g_claims;

enum class Claim { got, mine_already, impossible };

/// Making the DRBG starts threads and waits for them. Where such a thread's malloc asks for random bytes, it would wait
/// for the DRBG in turn. After this long it is taken to be such a one; others wait for some tenths of a second.
constexpr std::uint64_t k_max_wait_ns = 5'000'000'000;

/// A fork waits as long as it takes: so that its child finds a DRBG that it can reseed, and needs no new one.
enum class Patience { bounded, endless };

Claim claim(Claims* claims, Patience patience = Patience::bounded) noexcept {
  if (claims == nullptr)
    return Claim::impossible;
  const int me = static_cast<int>(call(SYS_gettid));
  timespec pause{0, 20'000};
  std::uint64_t waited_ns = 0;
  for (;;) {
    int owner = 0;
    if (claims->owner.compare_exchange_strong(owner, me, std::memory_order_acquire))
      return Claim::got;
    if (owner == me)
      return Claim::mine_already;
    if (patience != Patience::endless && claims->is_being_made.load(std::memory_order_relaxed) &&
        (claims->waits_for_waiters.load(std::memory_order_relaxed) || waited_ns > k_max_wait_ns)) {
      claims->waits_for_waiters.store(true, std::memory_order_relaxed);
      return Claim::mine_already;
    }
    waited_ns += static_cast<std::uint64_t>(pause.tv_nsec);
    call(SYS_nanosleep, &pause, 0);
    if (pause.tv_nsec < 1'000'000)
      pause.tv_nsec *= 2;
  }
}

/// In a child that was forked under the claim, somebody else's by now or nobody's, this does nothing.
void release(Claims& claims) noexcept {
  int me = static_cast<int>(call(SYS_gettid));
  claims.owner.compare_exchange_strong(me, 0, std::memory_order_release);
}

/// Whether the fork that is going on took the claim: not where a signal handler forks in the middle of a draw.
std::atomic<bool> g_fork_has_claim{false};

void before_fork() noexcept {
  Claims* claims = g_claims.if_made(); // else there is no DRBG, and none is being made
  g_fork_has_claim.store(claims != nullptr && claim(claims, Patience::endless) == Claim::got,
                         std::memory_order_relaxed);
}
void after_fork() noexcept {
  if (g_fork_has_claim.load(std::memory_order_relaxed))
    release(*g_claims.get());
}
void after_fork_in_child() noexcept {
  g_claims.forget();
  forget_process_number();
}

/// Before the DRBG is made, and not with the program: handlers run the last one first, and an allocator's own, which
/// lock it, must come after this one's wait for a thread that may be allocating. A fork that is under way in that
/// moment is one that no handler sees. Once, also in a child whose parent was making the DRBG.
void watch_forks() noexcept {
  static bool is_watching = false; // with the claim, and inherited
  if (!is_watching)
    is_watching = ::pthread_atfork(before_fork, after_fork, after_fork_in_child) == 0;
}

#define KIF_OWN_FUNCTIONS(F)                                                                                           \
  F(OSSL_LIB_CTX_new)                                                                                                  \
  F(CONF_modules_load_file_ex)                                                                                         \
  F(EVP_RAND_fetch)                                                                                                    \
  F(EVP_RAND_CTX_new)                                                                                                  \
  F(EVP_RAND_instantiate) F(EVP_RAND_generate) F(OSSL_PARAM_construct_utf8_string) F(OSSL_PARAM_construct_end)

struct GeneratorFunctions {
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

// With the claim, and inherited by a forked child.
enum class State { none, ready, failed };
State g_state = State::none;
GeneratorFunctions g_crypto;
EVP_RAND* g_algorithm = nullptr;
EVP_RAND_CTX* g_drbg = nullptr;
/// The number of the process that drew last: a DRBG that another one has drawn from, or a machine that this one is a
/// copy of, is reseeded first.
std::uint32_t g_drawn_by = 0;
/// A thread is inside of the DRBG. Where a child has that from its parent, nobody can know what state the DRBG is in:
/// it is left alone, and a new one made.
bool g_is_in_use = false;

/// One that the process has already, out of sight (an interpreter's extension brought it), before the image's newest.
void* open_libcrypto() noexcept {
  for (const int only_if_there : {RTLD_NOLOAD, 0})
    for (const OpensslMajor& major : k_openssl_majors)
      if (void* library = ::dlopen(major.libcrypto, RTLD_NOW | RTLD_LOCAL | only_if_there))
        return library;
  return nullptr;
}

/// Never undone: the process has it until it ends. A child makes its own from the same algorithm: without a parent, and
/// by no lock that a thread of its parent's could have held.
bool make_drbg() noexcept {
  EVP_RAND_CTX* drbg = g_crypto.EVP_RAND_CTX_new(g_algorithm, nullptr);
  char cipher[] = "AES-256-CTR";
  const OSSL_PARAM parameters[] = {g_crypto.OSSL_PARAM_construct_utf8_string(OSSL_DRBG_PARAM_CIPHER, cipher, 0),
                                   g_crypto.OSSL_PARAM_construct_end()};
  if (drbg == nullptr || g_crypto.EVP_RAND_instantiate(drbg, k_strength_bits, 0, nullptr, 0, parameters) != 1)
    return false;
  g_drbg = drbg;
  return true;
}

bool make() noexcept {
  // A program may bring its own libcrypto (Node.js exports one); a second one would be another module's copy. Else the
  // first OSSL_LIB_CTX_new is this library's own.
  if ((!g_crypto.find_in(RTLD_DEFAULT) ||
       contexts::is_of_this_library(reinterpret_cast<const void*>(g_crypto.OSSL_LIB_CTX_new))) &&
      !g_crypto.find_in(RTLD_NEXT)) {
    void* library = open_libcrypto();
    if (library == nullptr || !g_crypto.find_in(library))
      return false;
  }
  OSSL_LIB_CTX* context = g_crypto.OSSL_LIB_CTX_new();
  if (context == nullptr ||
      g_crypto.CONF_modules_load_file_ex(context, contexts::k_layer_configuration, contexts::k_context_key, 0) <= 0)
    return false;
  g_algorithm = g_crypto.EVP_RAND_fetch(context, "CTR-DRBG", "provider=fips");
  return g_algorithm != nullptr && make_drbg();
}

/// With the claim. `process`: process_number().
bool draw(unsigned char* out, std::size_t length, std::uint32_t process, Claims& claims) noexcept {
  bool is_new = false;
  if (g_state == State::none) {
    claims.is_being_made.store(true, std::memory_order_relaxed);
    watch_forks();
    g_state = make() ? State::ready : State::failed;
    claims.is_being_made.store(false, std::memory_order_relaxed);
    is_new = true;
  } else if (g_state == State::ready && g_is_in_use && g_drawn_by != process) {
    is_new = make_drbg();
    if (!is_new)
      return false;
  }
  if (g_state != State::ready)
    return false;
  EVP_RAND_CTX* const drbg = g_drbg; // a child that is forked from a signal handler under this goes on to another one
  int prediction_resistance = !is_new && g_drawn_by != process ? 1 : 0;
  g_is_in_use = true;
  bool good = true;
  while (good && length > 0) {
    const std::size_t chunk = length < k_max_draw_bytes ? length : k_max_draw_bytes;
    good = g_crypto.EVP_RAND_generate(drbg, out, chunk, k_strength_bits, prediction_resistance, nullptr, 0) == 1;
    prediction_resistance = 0;
    out += chunk;
    length -= chunk;
    if (good)
      g_drawn_by = process;
  }
  g_is_in_use = false;
  return good;
}

/// How deep this thread is in the entropy source (kif_mark_seeding). The library is loaded with the program, so its
/// thread-local memory is there from a thread's start and reading it allocates nothing.
__attribute__((tls_model("initial-exec"))) thread_local int t_seeding = 0;

} // namespace

bool is_seeding() noexcept {
  return t_seeding != 0;
}

void change_seeding(int change) noexcept {
  t_seeding += change;
}

OwnDraw draw_from_own_generator(void* buffer, std::size_t length) noexcept {
  if (is_seeding())
    return OwnDraw::busy_below;
  look_for_copies();
  for (;;) {
    const std::uint32_t process = process_number();
    Claims* claims = process == 0 ? nullptr : g_claims.get();
    switch (claim(claims)) {
    case Claim::mine_already:
      return OwnDraw::busy_below;
    case Claim::impossible:
      return OwnDraw::failed;
    case Claim::got:
      break;
    }
    const bool good = draw(static_cast<unsigned char*>(buffer), length, process, *claims);
    release(*claims);
    if (process_number() == process)
      return good ? OwnDraw::drawn : OwnDraw::failed;
    // A signal handler forked in the middle, and this is the child: what was drawn is its parent's. Or the module has
    // seen that the machine is a copy, and has reseeded.
    ::explicit_bzero(buffer, length);
  }
}

} // namespace kif::random
