// SPDX-License-Identifier: Apache-2.0
// What a process's OpenSSL is made of, as it says itself: its configuration, its providers, its random generators, and
// how many seed bytes kif's source gave it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libcrypto/library.h"

namespace kif::libcrypto {

/// Name of the provider whose parameters are the counters of kif's seed source.
inline constexpr const char* k_seed_provider = "kif-seed";
/// Name under which the FIPS module is loaded.
inline constexpr const char* k_module_provider = "fips";

struct Provider {
  std::string name;     ///< under which it was loaded: "fips"
  std::string title;    ///< "OpenSSL FIPS Provider"
  std::string version;  ///< "3.5.9"; empty where it gives none
  bool running = false; ///< its own word: not in its error state
};

/// The active providers of the default library context.
std::vector<Provider> providers(const Libcrypto& crypto);

/// It may be active beside the module: the module itself, base, kif's seed source, a provider without algorithms. Any
/// other has algorithms that a query like "-fips" reaches.
bool may_be_active(const Provider& provider);

/// Algorithm and provider of a random generator: "CTR-DRBG" of "fips".
struct Generator {
  std::string algorithm;
  std::string provider;

  /// A DRBG of SP 800-90A run by the FIPS module.
  bool is_approved() const;
};

/// The generator behind a DRBG context; none for null (the error queue says why there is no context).
std::optional<Generator> generator_of(const Libcrypto& crypto, EVP_RAND_CTX* context);

/// Counters of the seed source of this process. All count from its start.
struct SeedCounters {
  std::uint64_t blocks = 0;           ///< 32-byte blocks the source made
  std::uint64_t bytes_handed_out = 0; ///< seed bytes that went to DRBGs
  std::uint64_t intermittent_failures = 0;
  std::uint64_t permanent_failures = 0;
};

/// None where no provider kif-seed is active, or where it has no such counters.
std::optional<SeedCounters> seed_counters(const Libcrypto& crypto);

/// A number among the parameters of an active provider of the default context, and a text; none and empty where it has
/// none.
std::optional<std::uint64_t> provider_number(const Libcrypto& crypto, const char* provider, const char* key);
std::string provider_text(const Libcrypto& crypto, const char* provider, const char* key);

/// Numbers of the seed source that are read again and again: the provider is looked up once.
class SeedNumbers {
public:
  explicit SeedNumbers(const Libcrypto& crypto);

  /// `values` of the parameters `names`, as many as those; false where there is no provider or it lacks one of them.
  bool read(std::span<const char* const> names, std::span<std::uint64_t> values) const;

private:
  const Libcrypto& m_crypto;
  const OSSL_PROVIDER* m_provider;
};

/// The path of the configuration file that OpenSSL reads for this environment.
std::string configuration_file(const Libcrypto& crypto);

} // namespace kif::libcrypto
