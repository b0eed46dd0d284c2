// SPDX-License-Identifier: Apache-2.0
// The kif-… keys of a section of openssl.cnf that loads kif-fips.so:
//
//   kif-role           module (default): the FIPS module, fed from the jitter source
//                      seed-source: the jitter source itself, as the EVP_RAND "KIF-JITTER"
//                      none: no algorithms; the default under the names legacy and default
//   kif-module         the FIPS module's file; default: fips.so beside kif-fips.so
//   kif-hide           algorithms of the module that nobody gets, separated by commas, or "none"; default: X25519, X448
//   kif-refuse         what is refused of algorithms that stay (guards/feature.h), separated by commas, or "none";
//                      default: none
//   kif-jitterentropy  jitterentropy's file; default: libjitterentropy.so.3 beside kif-fips.so
//   kif-osr            jitterentropy's oversampling rate, 3 to 20; default 3
//   kif-flags          jitterentropy's flags, names separated by commas; default none but kif's own
//   kif-memory-bytes   JENT_MAX_MEMSIZE_*: a power of two, 32768 to 536870912; default jitterentropy's own
//   kif-pool-bytes     seed bytes kept ready, 0 to 65536; default 64
//
// Paths are absolute. The last five describe the one source of the process: sections that name them must agree.
// A misspelt key cannot be found: libcrypto answers for keys it is asked for and lists none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "provider/core/core.h"
#include "provider/guards/feature.h"

namespace kif::provider {

enum class Role { module, seed_source, none };

/// Empty: the section does not say.
struct SourceConfig {
  std::optional<std::string> library;
  std::optional<unsigned> osr;
  std::optional<std::string> flags;
  std::optional<std::uint64_t> memory_bytes;
  std::optional<std::size_t> pool_bytes;
};

struct Config {
  Role role = Role::module;
  std::string module;
  std::string hidden; ///< names separated by commas; empty: none
  Features refused;
  SourceConfig source;
};

/// X25519 and X448 are not approved for key agreement (FIPS 140-3 IG C.K, resolution 5; SP 800-56A does not have them).
/// Modules from 3.4 on say so themselves; 3.0.x and 3.1.x list both as fips=yes.
inline constexpr std::string_view k_hidden_by_default = "X25519,X448";

/// The section of the provider that `handle` names. The error names the key, its value and what it may be.
Result<Config> read_config(const Core& core, const OSSL_CORE_HANDLE* handle);

/// The path of `name` in the folder of kif-fips.so itself, symbolic links resolved.
Result<std::string> path_beside_provider(std::string_view name);

} // namespace kif::provider
