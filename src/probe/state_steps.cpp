// SPDX-License-Identifier: Apache-2.0
#include "probe/steps.h"

#include <cerrno>
#include <string_view>
#include <system_error>

#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace kif::probe {
namespace {

/// The least that seeds a DRBG of 256-bit security strength with full-entropy bytes (SP 800-90A §8.6.7). Modules ask
/// for more.
constexpr std::uint64_t k_least_seed_bytes = 32;

/// The layer's; what is known of its source goes by this file.
constexpr std::string_view k_entropy_library = "/usr/lib/kif/libjitterentropy.so.3";

} // namespace

Finding check_libcrypto(const Libcrypto& crypto) {
  return pass(crypto.OpenSSL_version(OPENSSL_VERSION));
}

Finding check_secure_execution() {
  if (::getauxval(AT_SECURE) != 0)
    return pass("uid " + std::to_string(::getuid()) + ", effective " + std::to_string(::geteuid()) +
                "; OPENSSL_CONF and OPENSSL_MODULES are ignored");
  return could_not_check(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? "no rights were gained: no_new_privs is set"
                                                                       : "no rights were gained");
}

Finding check_configuration(const Libcrypto& crypto) {
  const std::string file = libcrypto::configuration_file(crypto);
  // OpenSSL passes over a missing file in silence.
  if (::access(file.c_str(), R_OK) != 0)
    return failed("cannot read " + file + ": " + std::generic_category().message(errno));
  if (crypto.OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr) != 1)
    return failed("cannot load " + file + ": " + crypto.error_text());
  return pass(file);
}

Finding check_fips_properties(const Libcrypto& crypto) {
  if (crypto.EVP_default_properties_is_fips_enabled(nullptr) == 1)
    return pass("default properties hold fips=yes");
  crypto.ERR_clear_error();
  return failed("default properties do not hold fips=yes: any provider may be used");
}

Finding check_providers(const Libcrypto& crypto) {
  std::string list;
  bool module_runs = false;
  bool others = false;
  for (const libcrypto::Provider& provider : libcrypto::providers(crypto)) {
    list += (list.empty() ? "" : ", ") + provider.name + " (" + provider.title + " " + provider.version +
            (provider.running ? ")" : ", not running)");
    module_runs = module_runs || (provider.name == libcrypto::k_module_provider && provider.running);
    others = others || !libcrypto::may_be_active(provider);
  }
  crypto.ERR_clear_error();
  if (!module_runs)
    return failed("no running provider fips; active: " + (list.empty() ? "none" : list));
  if (others)
    return failed("a provider beside fips and base: " + list);
  return pass(list);
}

Finding check_generator(const Libcrypto& crypto, EVP_RAND_CTX* context) {
  const auto generator = libcrypto::generator_of(crypto, context);
  if (!generator)
    return failed("cannot be made: " + crypto.error_text());
  const std::string text = generator->algorithm + " of provider " + generator->provider;
  return generator->is_approved() ? pass(text) : failed(text + ", not a DRBG of the FIPS module");
}

Finding check_seed_origin(const Libcrypto& crypto, const std::optional<libcrypto::SeedCounters>& before) {
  const auto after = libcrypto::seed_counters(crypto);
  crypto.ERR_clear_error();
  if (!before || !after)
    return failed("no kif-seed provider: seeds come from elsewhere");
  const std::string library = libcrypto::provider_text(crypto, libcrypto::k_seed_provider, "kif-jitterentropy");
  if (library != k_entropy_library)
    return failed("the seed source's library is " + library + ", not the layer's " + std::string(k_entropy_library));
  const std::uint64_t moved = after->bytes_handed_out - before->bytes_handed_out;
  std::string text = std::to_string(moved) +
                     " seed bytes of kif's source for the bytes drawn; since the process began " +
                     std::to_string(after->bytes_handed_out) + " bytes from " + std::to_string(after->blocks) +
                     " blocks, intermittent failures " + std::to_string(after->intermittent_failures) +
                     ", permanent failures " + std::to_string(after->permanent_failures);
  if (moved < k_least_seed_bytes)
    return failed("less than " + std::to_string(k_least_seed_bytes) + " bytes, so seeds come from elsewhere: " + text);
  return pass(std::move(text));
}

} // namespace kif::probe
