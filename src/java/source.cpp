// SPDX-License-Identifier: Apache-2.0
#include "java/source.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

#include "entropy/jitter_library.h"

namespace kif::java {
namespace {

/// All that is made once. The noise source stands before the seed source that refers to it.
struct Source {
  Source(std::string library, entropy::JitterLibrary&& jitter)
      : path(std::move(library)), noise(std::move(jitter)), seeds(noise, entropy::SeedSource::Options{}) {}

  std::string path;
  entropy::JitterLibrary noise;
  entropy::SeedSource seeds;
};

// Storage without a destructor: an object with one would be destroyed by an exit handler while threads still draw.
alignas(Source) constinit std::byte g_storage[sizeof(Source)] = {};
constinit std::atomic<Source*> g_source{nullptr};
// A JVM does not fork without an exec that follows at once, so no child ever meets this lock held.
constinit std::mutex g_opening;

} // namespace

Result<entropy::SeedSource*> open_source(const std::string& jitterentropy) {
  const std::lock_guard lock(g_opening);
  Source* source = g_source.load(std::memory_order_acquire);
  if (source == nullptr) {
    KIF_TRY(auto jitter, entropy::JitterLibrary::open(jitterentropy));
    source = std::construct_at(reinterpret_cast<Source*>(g_storage), jitterentropy, std::move(jitter));
    g_source.store(source, std::memory_order_release);
  }
  if (source->path != jitterentropy)
    return fail(Error(ErrorCode::conflict, "cannot open " + jitterentropy + ": the process has one entropy source")
                    .with_mismatch(source->path, jitterentropy));
  return &source->seeds;
}

entropy::SeedSource* opened_source() noexcept {
  Source* source = g_source.load(std::memory_order_acquire);
  return source != nullptr ? &source->seeds : nullptr;
}

} // namespace kif::java
