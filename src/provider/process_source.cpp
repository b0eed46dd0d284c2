// SPDX-License-Identifier: Apache-2.0
#include "provider/process_source.h"

#include <memory>
#include <optional>

#include "entropy/jitter_library.h"

namespace kif::provider {
namespace {

/// All that is made once. The noise source stands before the seed source that refers to it.
struct Source {
  Source(std::string library, entropy::JitterLibrary&& jitter, std::size_t bytes)
      : path(std::move(library)), noise(std::move(jitter)), pool_bytes(bytes),
        seeds(noise, entropy::SeedSource::Options{.pool_bytes = bytes}) {}

  std::string path;
  entropy::JitterLibrary noise;
  std::size_t pool_bytes;
  entropy::SeedSource seeds;
};

// Storage without a destructor: an object with one would be destroyed by an exit handler while libcrypto still draws.
alignas(Source) constinit std::byte g_storage[sizeof(Source)] = {};
constinit Source* g_source = nullptr;

template <class Value> std::string text(const Value& value) {
  return std::to_string(value);
}
std::string text(const std::string& value) {
  return value;
}

template <class Value>
Result<void> agree(std::string_view key, const std::optional<Value>& wanted, const Value& present) {
  if (!wanted || *wanted == present)
    return {};
  return fail(Error(ErrorCode::conflict,
                    "cannot use " + std::string(key) +
                        " of openssl.cnf: the process has one seed source, and it was made with another value")
                  .with_mismatch(text(present), text(*wanted))
                  .with_hint("write the same value into every section that loads kif-fips.so"));
}

} // namespace

Result<entropy::SeedSource*> open_process_source(const SourceConfig& config, const LoadLock&) {
  if (g_source != nullptr) {
    KIF_CHECK(agree("kif-jitterentropy", config.library, g_source->path));
    const jitterentropy::Settings& present = g_source->noise.settings();
    KIF_CHECK(agree("kif-osr", config.osr, present.osr));
    KIF_CHECK(agree("kif-flags", config.flags, present.flags));
    KIF_CHECK(agree("kif-memory-bytes", config.memory_bytes, present.memory_bytes));
    KIF_CHECK(agree("kif-pool-bytes", config.pool_bytes, g_source->pool_bytes));
    return &g_source->seeds;
  }
  std::string path = config.library.value_or("");
  if (path.empty()) {
    KIF_TRY(path, path_beside_provider("libjitterentropy.so.3"));
  }
  jitterentropy::Settings settings;
  settings.osr = config.osr.value_or(settings.osr);
  settings.flags = config.flags.value_or(settings.flags);
  settings.memory_bytes = config.memory_bytes.value_or(settings.memory_bytes);
  KIF_TRY(auto jitter, entropy::JitterLibrary::open(path, settings));
  g_source = std::construct_at(reinterpret_cast<Source*>(g_storage), std::move(path), std::move(jitter),
                               config.pool_bytes.value_or(entropy::SeedSource::Options{}.pool_bytes));
  return &g_source->seeds;
}

unsigned jitterentropy_version() noexcept {
  return g_source != nullptr ? g_source->noise.version() : 0;
}
unsigned jitterentropy_osr() noexcept {
  return g_source != nullptr ? g_source->noise.settings().osr : 0;
}
const char* jitterentropy_flags() noexcept {
  return g_source != nullptr ? g_source->noise.settings().flags.c_str() : "";
}
std::uint64_t jitterentropy_memory_bytes() noexcept {
  return g_source != nullptr ? g_source->noise.settings().memory_bytes : 0;
}
const char* jitterentropy_path() noexcept {
  return g_source != nullptr ? g_source->path.c_str() : "";
}

} // namespace kif::provider
