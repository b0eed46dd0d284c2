// SPDX-License-Identifier: Apache-2.0
// One repository of a registry over HTTP (distribution-spec 1.1): requests below /v2/NAME/, logged in where it asks for
// it.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "oci/docker_reference.h"
#include "registry/authenticator.h"
#include "registry/request_sender.h"

namespace kif::oci {

struct RegistryQuery {
  std::string path;         ///< behind /v2/NAME/: "manifests/latest"; or from a Link, with its / in front
  std::string accept;       ///< empty: anything
  std::uint64_t offset = 0; ///< from where on; the answer may be the whole all the same
  std::string what;         ///< "the manifest of docker://h/x:t"
  std::string missing;      ///< what a 404 means: "tag \"t\" in a/b"
  std::shared_ptr<WaitingTime> time = nullptr; ///< as SendRequest::time
};

/// Safe to use from several threads.
class RegistryClient {
public:
  RegistryClient(DockerReference reference, const RegistryOptions& options, Surroundings surroundings,
                 Environment environment);

  /// An answer with status 200 or 206; all others are errors, 404 alone not_found.
  Result<SendResponse> get(const RegistryQuery& query);
  /// The same, but any status is a result.
  Result<SendResponse> ask(const RegistryQuery& query);
  /// What is to be said of an answer with another status.
  Error error_of(const RegistryQuery& query, SendResponse& answer) const;
  /// As RequestSender::pause_before().
  Result<void> pause_before(unsigned attempt, const std::string& what) { return m_sender.pause_before(attempt, what); }
  std::shared_ptr<WaitingTime> document_time() const { return m_sender.document_time(); }

  const DockerReference& reference() const noexcept { return m_reference; }
  const RegistryBounds& bounds() const noexcept { return m_sender.bounds(); }

private:
  Result<Url> base(const std::string& what);

  DockerReference m_reference;
  RequestSender m_sender;
  Authenticator m_authenticator;
  std::mutex m_mutex;
  std::optional<Url> m_base;
};

} // namespace kif::oci
