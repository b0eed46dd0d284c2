// SPDX-License-Identifier: Apache-2.0
#include "init/openssl_load.h"

#include <array>
#include <cerrno>
#include <string_view>

#include <unistd.h>

#include "entropy/jitter_library.h"
#include "libcrypto/state.h"

namespace kif::init {
namespace {

using libcrypto::Libcrypto;
using libcrypto::QueuedError;

/// What the module's self-tests reported while it was loaded.
struct SelfTests {
  unsigned passed = 0;
  std::string failed; ///< the first that failed: "KAT_Cipher AES_GCM"
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
  if (phase == OSSL_SELF_TEST_PHASE_PASS)
    ++tests.passed;
  else if (phase == OSSL_SELF_TEST_PHASE_FAIL && tests.failed.empty())
    tests.failed = std::string(type) + " " + std::string(description);
  return 1;
}

/// The module did not load. Whose fault was it? Only asked on this path: a good start tests the source once, inside the
/// provider.
FailedCheck explain_load_failure(const Layer& layer, const std::string& file, const SelfTests& tests,
                                 const std::vector<QueuedError>& errors) {
  const std::string reason = libcrypto::describe(errors);
  if (!tests.failed.empty())
    return {Failure::module,
            {ErrorCode::invalid_input,
             "cannot load the FIPS module: its self-test " + tests.failed + " failed: " + reason}};
  auto source = entropy::JitterLibrary::open(layer.entropy_library);
  if (!source)
    return {Failure::entropy_library, std::move(source).error()};
  if (const auto error = source->startup_test(); error != entropy::SourceError::none)
    return {Failure::entropy_health,
            {ErrorCode::entropy, "cannot use the CPU jitter source: " + std::string(entropy::describe(error))}};
  const bool malformed = errors.empty() || ERR_GET_LIB(errors.front().code) == ERR_LIB_CONF;
  return {malformed ? Failure::configuration : Failure::module,
          {ErrorCode::invalid_input,
           std::string("cannot load ") + (malformed ? file : "the FIPS module by " + file) + ": " + reason}};
}

/// jent_version() as people write it: 3060300 is 3.6.3.
std::string version_text(std::uint64_t version) {
  return std::to_string(version / 1'000'000) + "." + std::to_string(version / 10'000 % 100) + "." +
         std::to_string(version / 100 % 100);
}

Error configuration_error(const std::string& file, const char* reason) {
  return Error(ErrorCode::invalid_input, "cannot accept " + file + ": " + reason)
      .with_hint("OPENSSL_CONF names the configuration; the layer's own is /etc/kif/openssl.cnf");
}

} // namespace

LibcryptoHash::LibcryptoHash(const Libcrypto& crypto) : m_crypto(crypto), m_context(crypto.OSSL_LIB_CTX_new()) {
  if (m_context == nullptr)
    return;
  m_provider = m_crypto.OSSL_PROVIDER_load(m_context, "default");
  m_digest = m_crypto.EVP_MD_fetch(m_context, "SHA256", nullptr);
  m_hash = m_crypto.EVP_MD_CTX_new();
}

LibcryptoHash::~LibcryptoHash() {
  m_crypto.EVP_MD_CTX_free(m_hash);
  m_crypto.EVP_MD_free(m_digest);
  if (m_provider != nullptr)
    m_crypto.OSSL_PROVIDER_unload(m_provider);
  m_crypto.OSSL_LIB_CTX_free(m_context);
}

Result<void> LibcryptoHash::start() {
  if (m_digest == nullptr || m_hash == nullptr || m_crypto.EVP_DigestInit_ex2(m_hash, m_digest, nullptr) != 1)
    return fail(ErrorCode::unsupported, "cannot compute SHA-256: " + m_crypto.error_text());
  return {};
}

Result<void> LibcryptoHash::update(std::span<const std::byte> bytes) {
  if (m_crypto.EVP_DigestUpdate(m_hash, bytes.data(), bytes.size()) != 1)
    return fail(ErrorCode::unsupported, "cannot compute SHA-256: " + m_crypto.error_text());
  return {};
}

Result<std::string> LibcryptoHash::finish() {
  constexpr std::string_view k_hex = "0123456789abcdef";
  std::array<unsigned char, 32> value{};
  unsigned size = 0;
  if (m_crypto.EVP_DigestFinal_ex(m_hash, value.data(), &size) != 1 || size != value.size())
    return fail(ErrorCode::unsupported, "cannot compute SHA-256: " + m_crypto.error_text());
  std::string hex;
  for (const unsigned char byte : value)
    hex += {k_hex[byte >> 4U], k_hex[byte & 15U]};
  return hex;
}

Checked<void> load_module(const Libcrypto& crypto, const Layer& layer, Ready& ready) {
  const std::string file = libcrypto::configuration_file(crypto);
  // OpenSSL passes over a missing file in silence, and goes on with the kernel's random bytes.
  if (::access(file.c_str(), R_OK) != 0)
    return refuse(Failure::configuration, system_error(errno, "cannot read OpenSSL's configuration " + file));

  SelfTests tests;
  crypto.OSSL_SELF_TEST_set_callback(nullptr, count_self_test, &tests);
  const bool loaded = crypto.OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr) == 1;
  crypto.OSSL_SELF_TEST_set_callback(nullptr, nullptr, nullptr);
  const std::vector<QueuedError> errors = crypto.take_errors();

  const libcrypto::Provider* module = nullptr;
  const auto active = libcrypto::providers(crypto);
  for (const libcrypto::Provider& provider : active)
    if (provider.name == libcrypto::k_module_provider)
      module = &provider;
  // Without config_diagnostics OpenSSL calls a configuration loaded whose providers are not.
  if (!loaded || !tests.failed.empty() || (module == nullptr && !errors.empty()))
    return tl::unexpected(explain_load_failure(layer, file, tests, errors));
  if (module == nullptr)
    return refuse(Failure::configuration, configuration_error(file, "it loads no FIPS module"));
  if (!module->running)
    return refuse(Failure::module, {ErrorCode::invalid_input, "cannot use the FIPS module: it is in its error state"});
  if (tests.passed == 0)
    return refuse(Failure::module,
                  Error(ErrorCode::invalid_input, "cannot accept the FIPS module: it was loaded without its self-tests")
                      .with_hint("a status in the module's section of " + file + " makes it skip them: remove it"));
  if (crypto.EVP_default_properties_is_fips_enabled(nullptr) != 1)
    return refuse(Failure::configuration, configuration_error(file, "it does not set default_properties = fips=yes"));

  ready.module_title = module->title;
  ready.module_version = module->version;
  ready.self_tests = tests.passed;
  ready.libcrypto_version = crypto.OpenSSL_version(OPENSSL_VERSION_STRING);
  ready.configuration = file;
  return {};
}

Checked<void> assert_seed_origin(const Libcrypto& crypto, Ready& ready) {
  // The least that seeds a DRBG of 256-bit strength with full-entropy bytes (SP 800-90A §8.6.7). Modules ask for more.
  constexpr std::uint64_t k_least_seed_bytes = 32;
  const auto refuse_origin = [](std::string reason) {
    return refuse(Failure::seed_origin,
                  {ErrorCode::invalid_input, "cannot accept the random generator: " + std::move(reason)});
  };
  const auto before = libcrypto::seed_counters(crypto);
  if (!before)
    return refuse_origin("there is no kif-seed provider, so its seeds come from elsewhere");

  std::array<unsigned char, 32> drawn{};
  if (crypto.RAND_bytes(drawn.data(), static_cast<int>(drawn.size())) != 1)
    return refuse(Failure::entropy_health, {ErrorCode::entropy, "cannot draw random bytes: " + crypto.error_text()});
  const auto after = libcrypto::seed_counters(crypto);
  if (!after || after->bytes_handed_out - before->bytes_handed_out < k_least_seed_bytes)
    return refuse_origin("CPU jitter gave no seed for the bytes it drew, so they come from elsewhere");

  // Up to 3.4 the bytes came from this context's DRBG. From 3.5 on they come from inside the module, and asking for the
  // context's DRBG would make one, at the price of its seed: there, whose DRBG it is shows in what a fetch finds.
  const libcrypto::Owned<EVP_RAND> fetched(crypto.EVP_RAND_fetch(nullptr, "CTR-DRBG", nullptr), crypto.EVP_RAND_free);
  std::optional<libcrypto::Generator> generator;
  if (!crypto.is_at_least(3, 5))
    generator = libcrypto::generator_of(crypto, crypto.RAND_get0_public(nullptr));
  else if (fetched != nullptr)
    generator = libcrypto::Generator{crypto.EVP_RAND_get0_name(fetched.get()),
                                     crypto.OSSL_PROVIDER_get0_name(crypto.EVP_RAND_get0_provider(fetched.get()))};
  if (!generator)
    return refuse_origin(crypto.error_text());
  if (!generator->is_approved())
    return refuse_origin("it is " + generator->algorithm + " of provider " + generator->provider +
                         ", not a DRBG of the FIPS module");
  const auto version = libcrypto::provider_number(crypto, libcrypto::k_seed_provider, "kif-jitterentropy-version");
  ready.jitterentropy_version = version ? version_text(*version) : "of unknown version";
  ready.generator = generator->algorithm;
  ready.seed_bytes = after->bytes_handed_out;
  return {};
}

} // namespace kif::init
