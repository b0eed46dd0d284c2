// SPDX-License-Identifier: Apache-2.0
// libjitterentropy.so.3, opened at run time from a file of its own, so that the holder of a certified build can put
// that in its place.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "entropy/noise_source.h"

namespace kif::entropy {

/// jitterentropy's oversampling rate: 1/osr bit of entropy is claimed for each sample. The lower bound is
/// jitterentropy's own (JENT_MIN_OSR), the upper one ends its tables of health-test cutoffs.
inline constexpr unsigned k_min_osr = 3;
inline constexpr unsigned k_max_osr = 20;

/// jent_version() as people write it: 3060300 is 3.6.3.
std::string version_text(std::uint64_t version);

class JitterLibrary final : public NoiseSource {
public:
  /// Opens the library at an absolute path (RTLD_NOW, RTLD_LOCAL: nothing is looked up by name, nothing is made visible
  /// to the process). not_found: no such file; unsupported: not a library that can be loaded here, a function is
  /// missing, or its major version is not 3; invalid_input: the path is not absolute, or osr is out of range.
  static Result<JitterLibrary> open(const std::string& path, unsigned osr = k_min_osr);

  JitterLibrary(JitterLibrary&&) noexcept = default;
  JitterLibrary& operator=(JitterLibrary&&) noexcept = default;

  /// As jent_version() gives it: 3060300 is 3.6.3.
  unsigned version() const noexcept;
  unsigned osr() const noexcept { return m_osr; }

  SourceError startup_test() noexcept override;
  SourceError new_collector(CollectorHandle*& collector) noexcept override;
  SourceError read_block(CollectorHandle* collector, std::span<std::byte, k_block_bytes> block) noexcept override;
  void free_collector(CollectorHandle* collector) noexcept override;

private:
  struct Close {
    void operator()(void* handle) const noexcept;
  };
  /// The functions' addresses; their types are jitterentropy.h's, which stays out of this header.
  struct Functions {
    void* version = nullptr;
    void* init = nullptr;
    void* alloc = nullptr;
    void* free = nullptr;
    void* read = nullptr;
  };

  JitterLibrary(std::unique_ptr<void, Close> handle, const Functions& functions, unsigned osr) noexcept
      : m_handle(std::move(handle)), m_functions(functions), m_osr(osr) {}

  std::unique_ptr<void, Close> m_handle;
  Functions m_functions;
  unsigned m_osr;
};

} // namespace kif::entropy
