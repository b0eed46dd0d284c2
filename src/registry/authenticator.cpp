// SPDX-License-Identifier: Apache-2.0
#include "registry/authenticator.h"

#include <algorithm>
#include <vector>

#include <openssl/evp.h>

#include "base/quote.h"
#include "oci/json.h"
#include "registry/answer_error.h"
#include "registry/realm.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_max_token_bytes = 64 * 1024;
constexpr std::size_t k_max_answer_bytes = 256 * 1024;

SecretString base64(std::string_view text) {
  std::vector<unsigned char, WipingAllocator<unsigned char>> encoded((text.size() + 2) / 3 * 4 + 1);
  const int length = EVP_EncodeBlock(encoded.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  return SecretString(
      std::string_view(reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)));
}

// RFC 6750 §2.1. A line break in it would be a header of the token server's own.
bool is_token(const std::string& text) {
  return !text.empty() && text.size() <= k_max_token_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

Result<std::string> read_body(SendResponse& answer, const std::string& what) {
  std::string text;
  std::vector<std::byte> buffer(16 * 1024);
  for (;;) {
    const auto count = answer.response.body->read(buffer);
    if (!count)
      return fail(failure_error(what, answer.from, count.error(), 1));
    if (*count == 0)
      return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), *count);
    if (text.size() > k_max_answer_bytes)
      return fail(ErrorCode::too_large, "cannot read " + what + ": larger than the bound of " +
                                            std::to_string(k_max_answer_bytes) + " bytes");
  }
}

Result<std::string> token_in(const std::string& text, const std::string& where) {
  KIF_TRY(const nlohmann::json json, parse_json(text, where));
  KIF_TRY(const JsonObject object, JsonObject::of(json, where));
  KIF_TRY(std::string token, object.optional_string("token"));
  if (token.empty()) {
    KIF_TRY(token, object.optional_string("access_token"));
  }
  if (!is_token(token))
    return fail(ErrorCode::invalid_input, "cannot read " + where + ": it holds no token that can be sent");
  return token;
}

std::string parameter(const Challenge& challenge, const char* name) {
  const auto found = challenge.parameters.find(name);
  return found == challenge.parameters.end() ? std::string() : found->second;
}

} // namespace

Authenticator::Authenticator(DockerReference reference, RequestSender& sender, Environment environment)
    : m_reference(std::move(reference)), m_sender(sender), m_environment(std::move(environment)) {}

SecretString Authenticator::authorization() const {
  const std::lock_guard lock(m_mutex);
  return m_authorization;
}

std::string Authenticator::source() const {
  const std::lock_guard lock(m_mutex);
  return m_credentials ? m_credentials->source : std::string();
}

std::string Authenticator::withheld_from() const {
  const std::lock_guard lock(m_mutex);
  return m_withheld_from;
}

Result<void> Authenticator::load_credentials() {
  if (m_has_looked)
    return {};
  KIF_TRY(m_credentials, find_credentials(m_reference.host, m_reference.repository, m_environment));
  m_has_looked = true;
  return {};
}

SecretString Authenticator::basic() const {
  SecretString login(m_credentials->user + ":");
  login += m_credentials->password.view();
  SecretString value("Basic ");
  value += base64(login.view()).view();
  return value;
}

Result<bool> Authenticator::renew(const HttpResponse& refusal, const Url& registry, const SecretString& used,
                                  const std::string& what) {
  const std::lock_guard lock(m_mutex);
  if (m_authorization != used)
    return true; // another thread was faster
  std::vector<Challenge> challenges;
  for (const std::string& field : refusal.all("www-authenticate")) {
    auto parsed = parse_challenges(field);
    if (!parsed)
      return fail(std::move(parsed).error().with_context("cannot fetch " + what));
    challenges.insert(challenges.end(), parsed->begin(), parsed->end());
  }
  const auto find = [&](const char* scheme) {
    return std::find_if(challenges.begin(), challenges.end(),
                        [&](const Challenge& challenge) { return challenge.scheme == scheme; });
  };
  SecretString renewed;
  KIF_CHECK(load_credentials());
  if (const auto bearer = find("bearer"); bearer != challenges.end()) {
    KIF_TRY(renewed, fetch_token(*bearer, registry, what));
  } else if (find("basic") != challenges.end() && m_credentials && m_credentials->has_password()) {
    renewed = basic();
  }
  if (renewed.empty() || renewed == used)
    return false;
  m_authorization = renewed;
  return true;
}

Result<SendRequest> Authenticator::token_request(const Challenge& challenge, const Url& registry,
                                                 const std::string& what) {
  auto realm = Url::parse(parameter(challenge, "realm"), "the realm that " + registry.authority() + " names,");
  if (!realm)
    return fail(std::move(realm).error().with_context("cannot fetch " + what));
  // Over TLS, or to the very place that is spoken with in the clear already.
  if (realm->scheme == "http" && !realm->has_origin_of(registry))
    return fail(ErrorCode::denied, "cannot fetch " + what + ": " + shortened(registry.authority()) +
                                       " wants the login at " + shortened(realm->scheme + "://" + realm->authority()) +
                                       ", which is not https");
  // Not the challenge's: it could ask for a token that deletes, or that opens another repository.
  const std::string scope = "repository:" + m_reference.repository + ":pull";
  const std::string service = parameter(challenge, "service");
  const std::string query =
      (service.empty() ? "" : "service=" + percent_encoded(service) + "&") + "scope=" + percent_encoded(scope);
  SendRequest request{*realm, {"Accept: application/json"}, {}, {}, "a token for " + what};
  const bool is_trusted = may_get_login(*realm, registry);
  m_withheld_from = m_credentials && !is_trusted ? realm->authority() : std::string();
  if (m_credentials && is_trusted && !m_credentials->identity_token.empty()) {
    request.form = SecretString("grant_type=refresh_token&client_id=kif&" + query + "&refresh_token=");
    *request.form += SecretString::take(percent_encoded(m_credentials->identity_token.view())).view();
    return request;
  }
  request.url.target += (realm->target.find('?') == std::string::npos ? "?" : "&") + query;
  if (m_credentials && is_trusted && m_credentials->has_password())
    request.authorization = basic();
  return request;
}

Result<SecretString> Authenticator::fetch_token(const Challenge& challenge, const Url& registry,
                                                const std::string& what) {
  KIF_TRY(const SendRequest request, token_request(challenge, registry, what));
  KIF_TRY(SendResponse answer, m_sender.send(request));
  if (answer.response.status != 200)
    return fail(answer_error({request.what, m_reference.host, m_reference.repository, "token for it",
                              m_credentials ? m_credentials->source : std::string(), m_withheld_from},
                             answer));
  const std::string where = "the token of " + shortened(answer.from.authority());
  KIF_TRY(std::string text, read_body(answer, where));
  auto token = token_in(text, where);
  wipe_text(text);
  if (!token)
    return fail(std::move(token).error());
  SecretString value("Bearer ");
  value += SecretString::take(*std::move(token)).view();
  return value;
}

} // namespace kif::oci
