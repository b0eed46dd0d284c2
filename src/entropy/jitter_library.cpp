// SPDX-License-Identifier: Apache-2.0
#include "entropy/jitter_library.h"

#include <array>
#include <cerrno>
#include <unistd.h>
#include <utility>

#include <dlfcn.h>
#include <jitterentropy.h>

#include "entropy/jitter_results.h"

namespace kif::entropy {

namespace {

rand_data* to_jitterentropy(CollectorHandle* collector) noexcept {
  return reinterpret_cast<rand_data*>(collector);
}

/// From 3.7 on jitterentropy names each collector by a random UUID: it asks getrandom, then /dev/urandom, and does
/// without where neither answers. The bytes serve for nothing else. Where no broker is, libkif-random.so would answer
/// by a DRBG of its own, which needs this very source, and locks that are held by the thread that waits for this one.
/// So the thread is marked there while it is inside, and is told at once that there is nothing
/// (docs/design/0007-random-bytes.md).
class Marked {
public:
  explicit Marked(void (*mark)(int) noexcept) noexcept : m_mark(mark) {
    if (m_mark != nullptr)
      m_mark(1);
  }
  ~Marked() {
    if (m_mark != nullptr)
      m_mark(-1);
  }
  Marked(const Marked&) = delete;
  Marked& operator=(const Marked&) = delete;

private:
  void (*m_mark)(int) noexcept;
};

/// jent_status and jent_selftest, as jitterentropy.h from 3.7 on declares them.
using StatusFunction = int (*)(const rand_data*, char*, std::size_t);
using SelfTestFunction = int (*)(rand_data*);

/// 1.7 KB in 3.7.0; what does not fit is refused.
constexpr std::size_t k_max_status_bytes = 6144;

} // namespace

Result<JitterLibrary> JitterLibrary::open(const std::string& path, const jitterentropy::Settings& settings) {
  if (path.empty() || path.front() != '/')
    return fail(ErrorCode::invalid_input, "cannot load jitterentropy from " + path + ": the path is not absolute");
  KIF_CHECK(jitterentropy::check(settings));
  // Asked apart, since dlopen's message has no code to branch on.
  if (::access(path.c_str(), F_OK) != 0)
    return fail(system_error(errno, "cannot load jitterentropy from " + path));

  KIF_TRY(SharedLibrary file, SharedLibrary::open(path, "jitterentropy from " + path));
  Functions functions;
  file.require(functions.version, "jent_version");
  file.require(functions.init, "jent_entropy_init_ex");
  file.require(functions.alloc, "jent_entropy_collector_alloc");
  file.require(functions.free, "jent_entropy_collector_free");
  file.require(functions.read, "jent_read_entropy");
  KIF_CHECK(file.check());
  file.find(functions.status, "jent_status");
  file.find(functions.self_test, "jent_selftest");
  functions.mark = reinterpret_cast<void (*)(int) noexcept>(::dlsym(RTLD_DEFAULT, "kif_mark_seeding"));

  JitterLibrary library(std::move(file), functions, settings);
  if (!jitterentropy::is_known(library.version()))
    return fail(
        Error(ErrorCode::unsupported, "cannot use jitterentropy from " + path + ": this kif does not know its version")
            .with_mismatch(std::string(jitterentropy::k_known_versions),
                           jitterentropy::version_text(library.version())));
  KIF_TRY(library.m_flags, jitterentropy::flag_bits(settings, library.version()));
  return library;
}

unsigned JitterLibrary::version() const noexcept {
  return reinterpret_cast<decltype(&::jent_version)>(m_functions.version)();
}

SourceError JitterLibrary::startup_test() noexcept {
  const Marked marked(m_functions.mark);
  return from_init_result(
      reinterpret_cast<decltype(&::jent_entropy_init_ex)>(m_functions.init)(m_settings.osr, m_flags));
}

SourceError JitterLibrary::new_collector(CollectorHandle*& collector) noexcept {
  const Marked marked(m_functions.mark);
  rand_data* made =
      reinterpret_cast<decltype(&::jent_entropy_collector_alloc)>(m_functions.alloc)(m_settings.osr, m_flags);
  if (made == nullptr)
    return SourceError::no_collector;
  if (const SourceError error = examine(reinterpret_cast<CollectorHandle*>(made)); error != SourceError::none) {
    reinterpret_cast<decltype(&::jent_entropy_collector_free)>(m_functions.free)(made);
    return error;
  }
  collector = reinterpret_cast<CollectorHandle*>(made);
  return SourceError::none;
}

SourceError JitterLibrary::examine(CollectorHandle* collector) const noexcept {
  // Bound to the collector: after a failure it gives nothing (−11), whoever reads from it.
  if (m_functions.self_test != nullptr &&
      reinterpret_cast<SelfTestFunction>(m_functions.self_test)(to_jitterentropy(collector)) != 0)
    return SourceError::conditioning_self_test;
  if (m_functions.status == nullptr)
    return SourceError::none;
  std::array<char, k_max_status_bytes> text{};
  const int result = reinterpret_cast<StatusFunction>(m_functions.status)(to_jitterentropy(collector), text.data(),
                                                                          text.size() - 1); // always ended by a zero
  return result == 0 && is_good_status(text.data()) ? SourceError::none : SourceError::status;
}

SourceError JitterLibrary::read_block(CollectorHandle* collector, std::span<std::byte, k_block_bytes> block) noexcept {
  const Marked marked(m_functions.mark);
  // Not jent_read_entropy_safe: that goes on with a higher osr and more memory than was asked for, and hides the
  // failure.
  return from_read_result(reinterpret_cast<decltype(&::jent_read_entropy)>(m_functions.read)(
      to_jitterentropy(collector), reinterpret_cast<char*>(block.data()), block.size()));
}

void JitterLibrary::free_collector(CollectorHandle* collector) noexcept {
  reinterpret_cast<decltype(&::jent_entropy_collector_free)>(m_functions.free)(to_jitterentropy(collector));
}

} // namespace kif::entropy
