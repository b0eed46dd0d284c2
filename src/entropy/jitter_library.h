// SPDX-License-Identifier: Apache-2.0
// libjitterentropy.so.3, opened at run time from a file of its own, so that the holder of a certified build can put
// that in its place.
#pragma once

#include <cstdint>
#include <string>

#include "base/jitterentropy.h"
#include "base/result.h"
#include "base/shared_library.h"
#include "entropy/noise_source.h"

namespace kif::entropy {

class JitterLibrary final : public NoiseSource {
public:
  /// Opens the library at an absolute path (RTLD_NOW, RTLD_LOCAL: nothing is looked up by name, nothing is made visible
  /// to the process). not_found: no such file; unsupported: not a library that can be loaded here, a function is
  /// missing, or its version is not known to this kif; invalid_input: the path is not absolute, or a setting is bad.
  static Result<JitterLibrary> open(const std::string& path, const jitterentropy::Settings& settings = {});

  JitterLibrary(JitterLibrary&&) noexcept = default;
  JitterLibrary& operator=(JitterLibrary&&) noexcept = default;

  /// As jent_version() gives it: 3060300 is 3.6.3.
  unsigned version() const noexcept;
  const jitterentropy::Settings& settings() const noexcept { return m_settings; }

  SourceError startup_test() noexcept override;
  SourceError new_collector(CollectorHandle*& collector) noexcept override;
  SourceError read_block(CollectorHandle* collector, std::span<std::byte, k_block_bytes> block) noexcept override;
  void free_collector(CollectorHandle* collector) noexcept override;

private:
  /// The functions' addresses; their types are jitterentropy.h's, which stays out of this header.
  struct Functions {
    void* version = nullptr;
    void* init = nullptr;
    void* alloc = nullptr;
    void* free = nullptr;
    void* read = nullptr;
    void* status = nullptr;    ///< from 3.7 on
    void* self_test = nullptr; ///< from 3.7.1 on
    /// libkif-random.so's, where the process has it: marks (1, −1) that no DRBG may be made for this thread.
    void (*mark)(int) noexcept = nullptr;
  };

  JitterLibrary(SharedLibrary file, const Functions& functions, jitterentropy::Settings settings)
      : m_file(std::move(file)), m_functions(functions), m_settings(std::move(settings)) {}

  /// What the library itself says of a new collector, from 3.7 on.
  SourceError examine(CollectorHandle* collector) const noexcept;

  SharedLibrary m_file;
  Functions m_functions;
  jitterentropy::Settings m_settings;
  unsigned m_flags = 0;
};

} // namespace kif::entropy
