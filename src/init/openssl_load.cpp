// SPDX-License-Identifier: Apache-2.0
#include "init/openssl_load.h"

#include <array>
#include <cerrno>
#include <string_view>

#include <unistd.h>

#include "base/jitterentropy.h"
#include "base/wipe.h"
#include "entropy/jitter_library.h"
#include "entropy/seed_source.h"
#include "init/compat.h"
#include "init/explain.h"
#include "libcrypto/state.h"

namespace kif::init {
namespace {

using libcrypto::Libcrypto;

/// What the module's self-tests reported while it was loaded.
struct SelfTests {
  unsigned passed = 0;
  unsigned known_answers = 0; ///< of these, the known-answer tests
  std::string failed;         ///< the first that failed: "KAT_Cipher AES_GCM"
};

int count_self_test(const OSSL_PARAM params[], void* data) {
  std::string_view phase;
  std::string_view type;
  std::string_view description;
  for (const OSSL_PARAM* param = params; param != nullptr && param->key != nullptr; ++param) {
    if (param->data_type != OSSL_PARAM_UTF8_STRING || param->data == nullptr)
      continue;
    const std::string_view key = param->key;
    const auto* value = static_cast<const char*>(param->data);
    if (key == OSSL_PROV_PARAM_SELF_TEST_PHASE)
      phase = value;
    else if (key == OSSL_PROV_PARAM_SELF_TEST_TYPE)
      type = value;
    else if (key == OSSL_PROV_PARAM_SELF_TEST_DESC)
      description = value;
  }
  auto& tests = *static_cast<SelfTests*>(data);
  if (phase == OSSL_SELF_TEST_PHASE_PASS) {
    ++tests.passed;
    tests.known_answers += type.starts_with("KAT_") ? 1U : 0U;
  } else if (phase == OSSL_SELF_TEST_PHASE_FAIL && tests.failed.empty()) {
    tests.failed = std::string(type) + " " + std::string(description);
  }
  return 1;
}

Error configuration_error(const std::string& file, const std::string& reason) {
  return Error(ErrorCode::invalid_input, "cannot accept " + file + ": " + reason)
      .with_hint("OPENSSL_CONF names the configuration; the layer's own is /etc/kif/openssl.cnf");
}

/// The start-up test and one block: all that a module which seeds itself while it is loaded needs of the source.
entropy::SourceError try_out(entropy::NoiseSource& noise) {
  entropy::SeedSource source(noise, {.pool_bytes = 0});
  WipingArray<entropy::k_block_bytes> block;
  return source.draw(block.bytes());
}

jitterentropy::Settings settings_of_source(const Libcrypto& crypto) {
  const auto number = [&](const char* key) {
    return libcrypto::provider_number(crypto, libcrypto::k_seed_provider, key).value_or(0);
  };
  jitterentropy::Settings settings;
  if (const auto osr = static_cast<unsigned>(number("kif-osr")); osr != 0)
    settings.osr = osr;
  settings.flags = libcrypto::provider_text(crypto, libcrypto::k_seed_provider, "kif-flags");
  settings.memory_bytes = number("kif-memory-bytes");
  return settings;
}

FailedCheck unhealthy(std::string_view reason) {
  return {Failure::entropy_health, {ErrorCode::entropy, "cannot use the CPU jitter source: " + std::string(reason)}};
}

/// What is wrong with the source of this process, if anything is: its own word where it has one, else a try of the
/// library.
std::optional<FailedCheck> source_failure(const Libcrypto& crypto, const Layer& layer) {
  auto source = entropy::JitterLibrary::open(layer.entropy_library, settings_of_source(crypto));
  if (!source)
    return FailedCheck{Failure::entropy_library, std::move(source).error()};
  const std::string state = libcrypto::provider_text(crypto, libcrypto::k_seed_provider, "kif-state");
  crypto.ERR_clear_error();
  if (!state.empty() && state != "ready")
    return unhealthy(state);
  if (const auto error = try_out(*source); error != entropy::SourceError::none)
    return unhealthy(entropy::describe(error));
  return std::nullopt;
}

/// The module did not load. Whose fault was it? A good start tests the source once, inside the provider; only here it
/// is looked at again. Before the self-tests: those that draw fail with it (all of 3.0's signatures). The integrity
/// test needs no random bytes.
FailedCheck explain_load_failure(const Libcrypto& crypto, const Layer& layer, const std::string& file,
                                 const SelfTests& tests) {
  const FailedCheck failed_test{
      Failure::module,
      {ErrorCode::invalid_input, "cannot load the FIPS module: its self-test " + tests.failed + " failed"}};
  if (tests.failed.starts_with(OSSL_SELF_TEST_TYPE_MODULE_INTEGRITY))
    return failed_test;
  const Explanation explanation = explain_provider(crypto, file, libcrypto::k_module_provider);
  if (tests.failed.empty() && !explanation.configured)
    return {Failure::configuration,
            configuration_error(file, explanation.reason.empty() ? "it loads no FIPS module" : explanation.reason)};
  if (auto failure = source_failure(crypto, layer))
    return *std::move(failure);
  if (!tests.failed.empty())
    return failed_test;
  const std::string& reason = explanation.reason;
  return {Failure::module,
          {ErrorCode::invalid_input, "cannot load the FIPS module by " + file + ": " +
                                         (reason.empty() ? "it loads at the second try only" : reason)}};
}

/// The least that seeds a DRBG of 256-bit strength with full-entropy bytes (SP 800-90A §8.6.7). Modules ask for more.
constexpr std::uint64_t k_least_seed_bytes = 32;

tl::unexpected<FailedCheck> refuse_origin(std::string reason) {
  return refuse(Failure::seed_origin,
                {ErrorCode::invalid_input, "cannot accept the random generator: " + std::move(reason)});
}

/// Whose DRBG RAND_bytes uses. From 3.5 on asking for it would make one, at the price of its seed; there, a fetch shows
/// the same.
std::optional<libcrypto::Generator> public_generator(const Libcrypto& crypto) {
  if (!crypto.is_at_least(3, 5))
    return libcrypto::generator_of(crypto, crypto.RAND_get0_public(nullptr));
  const libcrypto::Owned<EVP_RAND> fetched(crypto.EVP_RAND_fetch(nullptr, "CTR-DRBG", nullptr), crypto.EVP_RAND_free);
  if (fetched == nullptr)
    return std::nullopt;
  return libcrypto::Generator{crypto.EVP_RAND_get0_name(fetched.get()),
                              crypto.OSSL_PROVIDER_get0_name(crypto.EVP_RAND_get0_provider(fetched.get()))};
}

} // namespace

Checked<void> load_module(const Libcrypto& crypto, const Layer& layer, Ready& ready) {
  const std::string file = libcrypto::configuration_file(crypto);
  // OpenSSL passes over a missing file in silence, and goes on with the kernel's random bytes.
  if (::access(file.c_str(), R_OK) != 0)
    return refuse(Failure::configuration, system_error(errno, "cannot read OpenSSL's configuration " + file));

  SelfTests tests;
  crypto.OSSL_SELF_TEST_set_callback(nullptr, count_self_test, &tests);
  const bool loaded = crypto.OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr) == 1;
  crypto.OSSL_SELF_TEST_set_callback(nullptr, nullptr, nullptr);
  crypto.ERR_clear_error();

  const libcrypto::Provider* module = nullptr;
  const auto active = libcrypto::providers(crypto);
  for (const libcrypto::Provider& provider : active)
    if (provider.name == libcrypto::k_module_provider)
      module = &provider;
  if (!loaded || !tests.failed.empty() || module == nullptr)
    return tl::unexpected(explain_load_failure(crypto, layer, file, tests));
  if (!module->running) {
    // A source that fails while the module is at work puts it there.
    if (auto failure = source_failure(crypto, layer))
      return tl::unexpected(*std::move(failure));
    return refuse(Failure::module, {ErrorCode::invalid_input, "cannot use the FIPS module: it is in its error state"});
  }
  if (tests.known_answers == 0)
    return refuse(
        Failure::module,
        Error(ErrorCode::invalid_input, "cannot accept the FIPS module: it was loaded without its known-answer tests")
            .with_hint("a status in the module's section of " + file + " makes it skip them: remove it"));
  if (crypto.EVP_default_properties_is_fips_enabled(nullptr) != 1)
    return refuse(Failure::configuration, configuration_error(file, "it does not set default_properties = fips=yes"));

  for (const libcrypto::Provider& provider : active)
    if (!libcrypto::may_be_active(provider))
      return refuse(Failure::configuration,
                    configuration_error(file, "it activates the provider " + provider.name + " (" + provider.title +
                                                  "), whose algorithms a program reaches beside the module's"));

  ready.module_title = module->title;
  ready.module_version = module->version;
  ready.self_tests = tests.passed;
  ready.libcrypto_version = crypto.OpenSSL_version(OPENSSL_VERSION_STRING);
  ready.configuration = file;
  ready.compat = compat_features(crypto, file);
  return {};
}

Checked<void> assert_seed_origin(const Libcrypto& crypto, Ready& ready) {
  const auto bytes_of_jitter = [&] {
    const auto counters = libcrypto::seed_counters(crypto);
    return counters ? std::optional(counters->bytes_handed_out) : std::nullopt;
  };
  const auto before = bytes_of_jitter();
  if (!before) {
    const Explanation explanation = explain_provider(crypto, ready.configuration, libcrypto::k_seed_provider);
    return refuse_origin("there is no kif-seed provider, so its seeds come from elsewhere" +
                         (explanation.reason.empty() ? "" : ": " + explanation.reason));
  }

  std::array<unsigned char, 32> drawn{};
  if (crypto.RAND_bytes(drawn.data(), static_cast<int>(drawn.size())) != 1)
    return refuse(Failure::entropy_health, {ErrorCode::entropy, "cannot draw random bytes: " + crypto.error_text()});
  auto after = bytes_of_jitter();
  if (!after || *after - *before < k_least_seed_bytes)
    return refuse_origin("CPU jitter gave no seed for the bytes it drew, so they come from elsewhere");

  // From 3.5 on these bytes came from the generators inside the module, where keys come from as well. Up to 3.4 they
  // came from one of libcrypto's; the module seeds its own while it is loaded (3.0, 3.1) or when the first key is made.
  if (!crypto.is_at_least(3, 5)) {
    const std::uint64_t for_public_bytes = *after - *before;
    const libcrypto::Owned<EVP_PKEY> key(crypto.EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"),
                                         crypto.EVP_PKEY_free);
    if (key == nullptr)
      return refuse(Failure::entropy_health, {ErrorCode::entropy, "cannot make a key: " + crypto.error_text()});
    after = bytes_of_jitter();
    if (!after || *after - for_public_bytes < k_least_seed_bytes)
      return refuse_origin("CPU jitter gave no seed for the key it made, so keys come from elsewhere");
  }

  const auto generator = public_generator(crypto);
  if (!generator)
    return refuse_origin(crypto.error_text());
  if (!generator->is_approved())
    return refuse_origin("it is " + generator->algorithm + " of provider " + generator->provider +
                         ", not a DRBG of the FIPS module");
  const auto version = libcrypto::provider_number(crypto, libcrypto::k_seed_provider, "kif-jitterentropy-version");
  ready.jitterentropy_version = version ? jitterentropy::version_text(*version) : "of unknown version";
  ready.settings = settings_of_source(crypto);
  ready.generator = generator->algorithm;
  ready.seed_bytes = *after;
  return {};
}

} // namespace kif::init
