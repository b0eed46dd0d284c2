// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "probe/child_answer.h"
#include "probe/steps.h"

namespace kif::probe {
namespace {

/// What the image itself asked for is a failure all the same, and must be told from one that nobody wanted.
Finding with_choice(Finding finding) {
  const char* const calls = std::getenv("KIF_OPENSSL_CALLS");
  if (!finding.passed() && calls != nullptr && std::string_view(calls) == "untouched")
    finding.evidence += "; KIF_OPENSSL_CALLS=untouched: not approved, by choice";
  return finding;
}

/// SHA-256 is the module's in this context, and none of the digests is there, whatever a program may ask by.
Finding judge_context(const Libcrypto& crypto, OSSL_LIB_CTX* context, std::initializer_list<const char*> refused,
                      const char* provider) {
  const Owned<EVP_MD> sha_256(crypto.EVP_MD_fetch(context, "SHA256", nullptr), crypto.EVP_MD_free);
  if (sha_256 == nullptr)
    return failed("SHA-256 is not there: " + crypto.error_text());
  const std::string owner = crypto.OSSL_PROVIDER_get0_name(crypto.EVP_MD_get0_provider(sha_256.get()));
  if (owner != libcrypto::k_module_provider)
    return failed("SHA-256 is of the provider " + owner + " instead of the FIPS module");
  std::string names;
  const std::string by_provider = std::string("provider=") + provider;
  for (const char* digest : refused) {
    for (const char* query : {static_cast<const char*>(nullptr), "-fips", by_provider.c_str()}) {
      const Owned<EVP_MD> fetched(crypto.EVP_MD_fetch(context, digest, query), crypto.EVP_MD_free);
      crypto.ERR_clear_error();
      if (fetched != nullptr)
        return failed(std::string(digest) + " works by " + (query != nullptr ? query : "the default query") +
                      ", of the provider " +
                      crypto.OSSL_PROVIDER_get0_name(crypto.EVP_MD_get0_provider(fetched.get())));
    }
    names += std::string(names.empty() ? "" : " and ") + digest;
  }
  return pass("SHA-256 is the FIPS module's; " + names + " refused by the default query, -fips and " + by_provider);
}

Finding check_provider(const Libcrypto& own, const char* provider, std::initializer_list<const char*> refused) {
  const auto crypto = Libcrypto::open_as_linked(own.file().c_str());
  if (!crypto)
    return could_not_check(crypto.error().message);
  OSSL_PROVIDER* const loaded = crypto->OSSL_PROVIDER_load(nullptr, provider);
  if (loaded == nullptr)
    return with_choice(failed("it does not load: " + crypto->error_text()));
  Finding finding = crypto->OSSL_PROVIDER_available(nullptr, provider) == 1
                        ? judge_context(*crypto, nullptr, refused, provider)
                        : failed("it is loaded and said not to be available");
  crypto->OSSL_PROVIDER_unload(loaded); // the next step asks what another one brings
  return with_choice(std::move(finding));
}

/// What a child says: the outcome as one letter, then the evidence.
constexpr std::array k_outcomes = {std::pair{'p', StepOutcome::pass}, std::pair{'f', StepOutcome::fail},
                                   std::pair{'c', StepOutcome::could_not_check}};

std::string as_answer(const Finding& finding) {
  std::string answer(1, '\0');
  for (const auto& [letter, outcome] : k_outcomes)
    if (outcome == finding.outcome)
      answer[0] = letter;
  return answer + finding.evidence;
}

} // namespace

Finding check_no_load_config(const Libcrypto& own) {
  const auto crypto = Libcrypto::open_as_linked(own.file().c_str());
  if (!crypto)
    return could_not_check(crypto.error().message);
  if (crypto->OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1)
    return with_choice(failed("OpenSSL does not start: " + crypto->error_text()));
  return with_choice(judge_context(*crypto, nullptr, {"MD5"}, "default"));
}

Finding check_own_context(const Libcrypto& own) {
  const auto crypto = Libcrypto::open_as_linked(own.file().c_str());
  if (!crypto)
    return could_not_check(crypto.error().message);
  const Owned<OSSL_LIB_CTX> context(crypto->OSSL_LIB_CTX_new(), crypto->OSSL_LIB_CTX_free);
  if (context == nullptr)
    return with_choice(failed("it cannot be made: " + crypto->error_text()));
  return with_choice(judge_context(*crypto, context.get(), {"MD5"}, "default"));
}

Finding check_provider_default(const Libcrypto& crypto) {
  return check_provider(crypto, "default", {"MD5"});
}

Finding check_provider_legacy(const Libcrypto& crypto) {
  return check_provider(crypto, "legacy", {"MD5", "MD4"});
}

Finding check_in_child(Finding (*step)(const Libcrypto& crypto), const Libcrypto& crypto) {
  const auto answer = ask_child([&] { return as_answer(step(crypto)); });
  if (!answer)
    return could_not_check(answer.error().message);
  if (answer->text.empty() || answer->status != 0)
    return failed("its process ended with wait status " + std::to_string(answer->status) + " and without a word");
  for (const auto& [letter, outcome] : k_outcomes)
    if (answer->text.front() == letter)
      return {outcome, answer->text.substr(1)};
  return could_not_check("its process said something else");
}

} // namespace kif::probe
