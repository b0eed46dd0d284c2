// SPDX-License-Identifier: Apache-2.0
#include "registry/curl_transport.h"

#include "registry/curl_exchange.h"

namespace kif::oci {
namespace {

class CurlTransport final : public HttpTransport {
public:
  explicit CurlTransport(CurlSettings settings) : m_settings(std::move(settings)) {}

  HttpResult<HttpResponse> send(const HttpRequest& request) override {
    auto exchange = std::make_unique<CurlExchange>(m_pool, m_settings);
    if (auto started = exchange->start(request); !started)
      return tl::unexpected(std::move(started).error());
    HttpResponse response{exchange->status(), exchange->headers(), nullptr};
    response.body = std::move(exchange);
    return response;
  }

private:
  CurlSettings m_settings;
  std::shared_ptr<CurlPool> m_pool = std::make_shared<CurlPool>();
};

} // namespace

std::shared_ptr<HttpTransport> make_curl_transport(bool verify_tls, const RegistryBounds& bounds) {
  return std::make_shared<CurlTransport>(CurlSettings{verify_tls, bounds});
}

} // namespace kif::oci
