// SPDX-License-Identifier: Apache-2.0
// Requests that get through if that can be: repeated with growing pauses, redirected within limits, and counted.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "registry/http.h"
#include "registry/options.h"

namespace kif::oci {

/// What the room needs of the world around it; tests bring their own.
struct Surroundings {
  std::shared_ptr<HttpTransport> transport;
  std::function<void(std::chrono::milliseconds)> sleep;
  std::function<double()> random; ///< 0 to 1
  std::function<std::chrono::system_clock::time_point()> now;

  /// libcurl, and the machine's clock.
  static Surroundings real(const RegistryOptions& options);
};

struct SendRequest {
  Url url;
  std::vector<std::string> headers;
  SecretString authorization;                  ///< value of that header, for the origin of `url` alone; empty: none
  std::optional<SecretString> form;            ///< as HttpRequest::form; is not redirected
  std::string what;                            ///< for errors: "the manifest of docker://h/x:t"
  std::shared_ptr<WaitingTime> time = nullptr; ///< for all attempts; null: that of a document
};

struct SendResponse {
  HttpResponse response;
  Url from; ///< where it came from in the end
  unsigned attempts = 1;
};

/// Safe to use from several threads.
class RequestSender {
public:
  RequestSender(Surroundings surroundings, const RegistryOptions& options);

  /// An answer of any status but a redirect, after as many attempts as 429, 5xx and broken connections are worth; the
  /// last of those statuses is a result as well.
  Result<SendResponse> send(const SendRequest& request);
  /// One request as it is, counted.
  Result<HttpResult<HttpResponse>> send_once(const HttpRequest& request, const std::string& what);

  /// Waits before attempt number `attempt` as the bounds say; the first delay up to 2, then twice as long each time.
  /// timeout where all pauses together would be longer than their bound.
  Result<void> pause_before(unsigned attempt, const std::string& what);
  /// What there is for one document, all attempts together.
  std::shared_ptr<WaitingTime> document_time() const;

  /// Whether plain HTTP may be spoken with that host.
  bool allows_plain(const Url& url) const { return !m_verify_tls || url.is_loopback(); }
  const RegistryBounds& bounds() const noexcept { return m_bounds; }

private:
  Result<HttpResult<SendResponse>> follow(const SendRequest& request, Url& at);
  Result<void> pause(std::chrono::milliseconds time, const std::string& what);
  Result<Url> redirected(const HttpResponse& response, const Url& from, const std::string& what) const;

  Surroundings m_surroundings;
  RegistryBounds m_bounds;
  bool m_verify_tls;
  std::atomic<std::size_t> m_requests{0};
  std::atomic<std::int64_t> m_paused_ms{0};
  std::shared_ptr<WaitingTime> m_documents_time;
};

/// Which failures another attempt may mend.
bool is_worth_repeating(HttpFailure failure) noexcept;

} // namespace kif::oci
