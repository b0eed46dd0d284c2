// SPDX-License-Identifier: Apache-2.0
// Logs in to a registry when it asks for it: Basic, or a Bearer token from the place that the registry names
// (distribution, spec/auth/token.md, spec/auth/oauth.md).
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "oci/docker_reference.h"
#include "registry/credentials.h"
#include "registry/header_fields.h"
#include "registry/request_sender.h"

namespace kif::oci {

/// Safe to use from several threads. What was given is kept as long as this object, for its repository.
class Authenticator {
public:
  Authenticator(DockerReference reference, RequestSender& sender, Environment environment);

  /// The value to send as Authorization; empty: nothing yet.
  SecretString authorization() const;
  /// After a 401 from `registry` to a request that was sent with `used`: whether there is something else to send now.
  /// An error where the login itself failed.
  Result<bool> renew(const HttpResponse& refusal, const Url& registry, const SecretString& used,
                     const std::string& what);
  /// Where the credentials are from; empty: none were found, or none were asked for.
  std::string source() const;
  /// The host of the realm that did not get them, where that was the last that was asked; empty: there is none.
  std::string withheld_from() const;

private:
  Result<void> load_credentials();
  Result<SecretString> fetch_token(const Challenge& challenge, const Url& registry, const std::string& what);
  Result<SendRequest> token_request(const Challenge& challenge, const Url& registry, const std::string& what);
  SecretString basic() const;

  DockerReference m_reference;
  RequestSender& m_sender;
  Environment m_environment;
  mutable std::mutex m_mutex;
  SecretString m_authorization;
  bool m_has_looked = false;
  std::optional<Credentials> m_credentials;
  std::string m_withheld_from;
};

} // namespace kif::oci
