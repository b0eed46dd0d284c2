// SPDX-License-Identifier: Apache-2.0
#include "registry/registry_client.h"

#include "registry/answer_error.h"

namespace kif::oci {
namespace {

// Docker's registry is not where its name says (distribution/reference; moby, registry/config.go).
std::string address_of(const std::string& host) {
  return host == "docker.io" ? "registry-1.docker.io" : host;
}

} // namespace

RegistryClient::RegistryClient(DockerReference reference, const RegistryOptions& options, Surroundings surroundings,
                               Environment environment)
    : m_reference(std::move(reference)), m_sender(std::move(surroundings), options),
      m_authenticator(m_reference, m_sender, std::move(environment)) {}

// TLS comes first everywhere. Where plain HTTP may be spoken, one request finds out whether it must be. A handshake
// that broke does not say so: whoever is on the way can break it, to have the login in the clear.
Result<Url> RegistryClient::base(const std::string& what) {
  const std::lock_guard lock(m_mutex);
  if (m_base)
    return *m_base;
  KIF_TRY(Url url, Url::parse("https://" + address_of(m_reference.host) + "/v2/", "the registry"));
  if (m_sender.allows_plain(url)) {
    KIF_TRY(auto answer, m_sender.send_once({url, {}, {}, {}, m_sender.document_time()}, what));
    const bool speaks_tls = answer || (answer.error().failure != HttpFailure::no_tls &&
                                       answer.error().failure != HttpFailure::no_connection);
    if (answer)
      finish_body(*answer);
    if (!speaks_tls) {
      KIF_TRY(url, Url::parse("http://" + address_of(m_reference.host) + "/v2/", "the registry"));
    }
  }
  m_base = url;
  return url;
}

Result<SendResponse> RegistryClient::ask(const RegistryQuery& query) {
  KIF_TRY(Url url, base(query.what));
  url.target = query.path.starts_with('/') ? query.path : url.target + m_reference.repository + "/" + query.path;
  SendRequest request{url, {}, m_authenticator.authorization(), {}, query.what, query.time};
  if (!query.accept.empty())
    request.headers.push_back("Accept: " + query.accept);
  if (query.offset > 0)
    request.headers.push_back("Range: bytes=" + std::to_string(query.offset) + "-");
  KIF_TRY(SendResponse answer, m_sender.send(request));
  // Whoever a request was redirected to gets no login.
  if (answer.response.status != 401 || !answer.from.has_origin_of(url))
    return answer;
  KIF_TRY(const bool has_other, m_authenticator.renew(answer.response, url, request.authorization, query.what));
  if (!has_other)
    return answer;
  finish_body(answer.response);
  request.authorization = m_authenticator.authorization();
  return m_sender.send(request);
}

Result<SendResponse> RegistryClient::get(const RegistryQuery& query) {
  KIF_TRY(SendResponse answer, ask(query));
  if (answer.response.status != 200 && answer.response.status != 206)
    return fail(error_of(query, answer));
  return answer;
}

Error RegistryClient::error_of(const RegistryQuery& query, SendResponse& answer) const {
  return answer_error({query.what, m_reference.host, m_reference.repository, query.missing, m_authenticator.source(),
                       m_authenticator.withheld_from()},
                      answer);
}

} // namespace kif::oci
