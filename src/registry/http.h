// SPDX-License-Identifier: Apache-2.0
// One HTTP exchange, as the code for registries sees it: no retries, no redirects, no login.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "base/secret.h"
#include "registry/url.h"
#include "registry/waiting_time.h"

namespace kif::oci {

enum class HttpFailure {
  no_connection, ///< no such host, or nobody listens there
  no_tls,        ///< somebody listens, but does not speak TLS
  certificate,   ///< the certificate cannot be verified
  stalled,       ///< no connection in time, or too few bytes
  dropped,       ///< the connection broke before the answer was whole
  too_slow,      ///< the time that there is for it is over
  refused,       ///< an answer that is not HTTP, or over a bound
};

struct HttpError {
  HttpFailure failure = HttpFailure::dropped;
  std::string reason; ///< printable
};

template <class T> using HttpResult = tl::expected<T, HttpError>;

struct HttpRequest {
  Url url;
  std::vector<std::string> headers;  ///< "Name: value"
  SecretString authorization;        ///< value of that header; empty: none
  std::optional<SecretString> form;  ///< present: POST with this application/x-www-form-urlencoded body
  std::shared_ptr<WaitingTime> time; ///< for the whole answer; null: as long as it takes
};

/// The body of an answer, read once from front to back.
class HttpBody {
public:
  HttpBody() = default;
  HttpBody(const HttpBody&) = delete;
  HttpBody& operator=(const HttpBody&) = delete;
  virtual ~HttpBody() = default;

  /// As Reader::read().
  virtual HttpResult<std::size_t> read(std::span<std::byte> buffer) = 0;
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers; ///< names in lower case
  std::unique_ptr<HttpBody> body;

  /// The values of a header in their order.
  std::vector<std::string> all(std::string_view name) const;
  /// The last of them, "" where there is none.
  std::string header(std::string_view name) const;
  /// Content-Length; none where it is missing or no number.
  std::optional<std::uint64_t> content_length() const;
};

/// Reads a small body to its end, so that its connection can be used again.
void finish_body(HttpResponse& response);

/// Safe to use from several threads.
class HttpTransport {
public:
  HttpTransport() = default;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;
  virtual ~HttpTransport() = default;

  /// Returns as soon as the header is there.
  virtual HttpResult<HttpResponse> send(const HttpRequest& request) = 0;
};

} // namespace kif::oci
