// SPDX-License-Identifier: Apache-2.0
#include "entropy/jitter_library.h"

#include <array>
#include <cerrno>
#include <sys/types.h>
#include <unistd.h>
#include <utility>

#include <dlfcn.h>
#include <jitterentropy.h>

namespace kif::entropy {

namespace {

// JENT_FORCE_FIPS: without it, and on a kernel that is not in FIPS mode, the health tests run but their verdict is
// ignored. JENT_DISABLE_INTERNAL_TIMER: the substitute timer is a thread that counts; SP 800-90B claims do not cover
// it, and no thread of ours may stay in a process. No JENT_MAX_MEMSIZE_*: the default (128 KiB) is what certificates
// were assessed with.
constexpr unsigned k_flags = JENT_FORCE_FIPS | JENT_DISABLE_INTERNAL_TIMER;

constexpr unsigned k_major_version = 3;

SourceError from_init_result(int result) noexcept {
  switch (result) {
  case 0:
    return SourceError::none;
  case ENOTIME:
    return SourceError::startup_no_timer;
  case ECOARSETIME:
    return SourceError::startup_coarse_timer;
  case ENOMONOTONIC:
    return SourceError::startup_timer_not_monotonic;
  case EMINVARIATION:
    return SourceError::startup_small_variation;
  case EVARVAR:
    return SourceError::startup_no_second_variation;
  case EMINVARVAR:
    return SourceError::startup_small_second_variation;
  case EPROGERR:
    return SourceError::startup_program_error;
  case ESTUCK:
    return SourceError::startup_stuck;
  case EHEALTH:
    return SourceError::startup_health;
  case ERCT:
    return SourceError::startup_repetition_count;
  case EHASH:
    return SourceError::startup_hash_self_test;
  case EMEM:
    return SourceError::startup_out_of_memory;
  case EGCD:
    return SourceError::startup_gcd_self_test;
  default:
    return SourceError::startup_unknown_result;
  }
}

// The numbers stand in jitterentropy(3) and above jent_read_entropy; the header has no names for them.
SourceError from_read_result(ssize_t result) noexcept {
  switch (result) {
  case static_cast<ssize_t>(k_block_bytes):
    return SourceError::none;
  case -1:
    return SourceError::misuse;
  case -2:
    return SourceError::repetition_count;
  case -3:
    return SourceError::adaptive_proportion;
  case -4:
    return SourceError::timer;
  case -5:
    return SourceError::lag_predictor;
  case -6:
    return SourceError::repetition_count_permanent;
  case -7:
    return SourceError::adaptive_proportion_permanent;
  case -8:
    return SourceError::lag_predictor_permanent;
  default:
    return SourceError::unknown_read_result;
  }
}

rand_data* to_jitterentropy(CollectorHandle* collector) noexcept {
  return reinterpret_cast<rand_data*>(collector);
}

} // namespace

void JitterLibrary::Close::operator()(void* handle) const noexcept {
  ::dlclose(handle);
}

std::string version_text(std::uint64_t version) {
  return std::to_string(version / 1'000'000) + "." + std::to_string(version / 10'000 % 100) + "." +
         std::to_string(version / 100 % 100);
}

Result<JitterLibrary> JitterLibrary::open(const std::string& path, unsigned osr) {
  if (path.empty() || path.front() != '/')
    return fail(ErrorCode::invalid_input, "cannot load jitterentropy from " + path + ": the path is not absolute");
  if (osr < k_min_osr || osr > k_max_osr)
    return fail(
        Error(ErrorCode::invalid_input, "cannot set jitterentropy's oversampling rate: out of range")
            .with_mismatch(std::to_string(k_min_osr) + " to " + std::to_string(k_max_osr), std::to_string(osr)));
  // Asked apart, since dlopen's message has no code to branch on.
  if (::access(path.c_str(), F_OK) != 0)
    return fail(system_error(errno, "cannot load jitterentropy from " + path));

  std::unique_ptr<void, Close> handle(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!handle)
    return fail(ErrorCode::unsupported, std::string("cannot load jitterentropy: ") + ::dlerror());

  Functions functions;
  const std::array<std::pair<const char*, void**>, 5> wanted{{
      {"jent_version", &functions.version},
      {"jent_entropy_init_ex", &functions.init},
      {"jent_entropy_collector_alloc", &functions.alloc},
      {"jent_entropy_collector_free", &functions.free},
      {"jent_read_entropy", &functions.read},
  }};
  for (const auto& [name, function] : wanted) {
    *function = ::dlsym(handle.get(), name);
    if (*function == nullptr)
      return fail(ErrorCode::unsupported,
                  "cannot use " + path + " as jitterentropy: it has no function " + std::string(name));
  }

  JitterLibrary library(std::move(handle), functions, osr);
  if (library.version() / 1'000'000 != k_major_version)
    return fail(Error(ErrorCode::unsupported, "cannot use " + path + " as jitterentropy: unknown major version")
                    .with_mismatch(std::to_string(k_major_version), std::to_string(library.version() / 1'000'000)));
  return library;
}

unsigned JitterLibrary::version() const noexcept {
  return reinterpret_cast<decltype(&::jent_version)>(m_functions.version)();
}

SourceError JitterLibrary::startup_test() noexcept {
  return from_init_result(reinterpret_cast<decltype(&::jent_entropy_init_ex)>(m_functions.init)(m_osr, k_flags));
}

SourceError JitterLibrary::new_collector(CollectorHandle*& collector) noexcept {
  rand_data* made = reinterpret_cast<decltype(&::jent_entropy_collector_alloc)>(m_functions.alloc)(m_osr, k_flags);
  if (made == nullptr)
    return SourceError::no_collector;
  collector = reinterpret_cast<CollectorHandle*>(made);
  return SourceError::none;
}

SourceError JitterLibrary::read_block(CollectorHandle* collector, std::span<std::byte, k_block_bytes> block) noexcept {
  // Not jent_read_entropy_safe: that goes on with a higher osr and more memory than was asked for, and hides the
  // failure.
  return from_read_result(reinterpret_cast<decltype(&::jent_read_entropy)>(m_functions.read)(
      to_jitterentropy(collector), reinterpret_cast<char*>(block.data()), block.size()));
}

void JitterLibrary::free_collector(CollectorHandle* collector) noexcept {
  reinterpret_cast<decltype(&::jent_entropy_collector_free)>(m_functions.free)(to_jitterentropy(collector));
}

} // namespace kif::entropy
