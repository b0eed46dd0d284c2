// SPDX-License-Identifier: Apache-2.0
#include "registry/request_sender.h"

#include <algorithm>
#include <mutex>
#include <random>
#include <thread>

#include <unistd.h>

#include "base/quote.h"
#include "registry/answer_error.h"
#include "registry/curl_transport.h"
#include "registry/header_fields.h"

namespace kif::oci {
namespace {

constexpr unsigned k_max_redirects = 5;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_worth_repeating(int status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

// The pauses need to differ between processes, no more: no randomness of the kernel is spent on them.
double random_fraction() {
  static std::mutex mutex;
  static std::minstd_rand generator(static_cast<unsigned>(::getpid()) ^
                                    static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count()));
  const std::lock_guard lock(mutex);
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

} // namespace

bool is_worth_repeating(HttpFailure failure) noexcept {
  return failure == HttpFailure::dropped || failure == HttpFailure::stalled;
}

Surroundings Surroundings::real(const RegistryOptions& options) {
  return {make_curl_transport(options.verify_tls, options.bounds),
          [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }, &random_fraction,
          [] { return std::chrono::system_clock::now(); }};
}

RequestSender::RequestSender(Surroundings surroundings, const RegistryOptions& options)
    : m_surroundings(std::move(surroundings)), m_bounds(options.bounds), m_verify_tls(options.verify_tls),
      m_documents_time(
          std::make_shared<WaitingTime>(m_bounds.documents_time, "all manifests, lists and tokens of one image")) {}

std::shared_ptr<WaitingTime> RequestSender::document_time() const {
  return std::make_shared<WaitingTime>(m_bounds.document_time, "it", m_documents_time);
}

Result<HttpResult<HttpResponse>> RequestSender::send_once(const HttpRequest& request, const std::string& what) {
  if (++m_requests > m_bounds.max_requests)
    return fail(ErrorCode::too_large, "cannot fetch " + what + ": more than " + std::to_string(m_bounds.max_requests) +
                                          " requests for one image");
  return m_surroundings.transport->send(request);
}

Result<void> RequestSender::pause_before(unsigned attempt, const std::string& what) {
  const auto doubled = m_bounds.first_delay * (1U << std::min(std::max(attempt, 2U) - 2, 16U));
  const auto delay = std::min<std::chrono::milliseconds>(doubled, m_bounds.longest_delay);
  // Half of it at least, so that many who failed at the same moment do not come back at the same moment.
  const double part = 0.5 + m_surroundings.random() / 2;
  return pause(std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(delay.count()) * part)), what);
}

Result<void> RequestSender::pause(std::chrono::milliseconds time, const std::string& what) {
  if ((m_paused_ms += time.count()) > m_bounds.max_pauses.count())
    return fail(Error(ErrorCode::timeout, "cannot fetch " + what +
                                              ": the pauses before further attempts come to more than " +
                                              std::to_string(m_bounds.max_pauses.count()) + " ms for one image")
                    .with_hint("the registry is overloaded, or holds kif up: try again later"));
  m_surroundings.sleep(time);
  return {};
}

Result<SendResponse> RequestSender::send(const SendRequest& asked) {
  SendRequest request = asked;
  if (!request.time)
    request.time = document_time();
  for (unsigned attempt = 1;; ++attempt) {
    Url at = request.url;
    KIF_TRY(auto outcome, follow(request, at));
    const bool is_last = attempt >= m_bounds.max_attempts;
    if (!outcome) {
      if (is_last || !is_worth_repeating(outcome.error().failure))
        return fail(failure_error(request.what, at, outcome.error(), attempt));
      KIF_CHECK(pause_before(attempt + 1, request.what));
      continue;
    }
    outcome->attempts = attempt;
    if (is_last || !is_worth_repeating(outcome->response.status))
      return std::move(*outcome);
    const auto wait = parse_retry_after(outcome->response.header("retry-after"), m_surroundings.now());
    if (wait && *wait > m_bounds.longest_delay)
      return std::move(*outcome); // its error says how long it would have to be
    finish_body(outcome->response);
    KIF_CHECK(wait ? pause(*wait, request.what) : pause_before(attempt + 1, request.what));
  }
}

Result<HttpResult<SendResponse>> RequestSender::follow(const SendRequest& request, Url& at) {
  for (unsigned redirects = 0;; ++redirects) {
    HttpRequest http{at, request.headers, {}, request.form, request.time};
    if (at.has_origin_of(request.url))
      http.authorization = request.authorization;
    KIF_TRY(auto sent, send_once(http, request.what));
    if (!sent)
      return HttpResult<SendResponse>(tl::unexpected(std::move(sent).error()));
    if (!is_redirect(sent->status) || request.form)
      return HttpResult<SendResponse>(SendResponse{std::move(*sent), at});
    if (redirects == k_max_redirects)
      return fail(ErrorCode::too_large, "cannot fetch " + request.what + ": more than " +
                                            std::to_string(k_max_redirects) + " redirects, from " +
                                            request.url.authority() + " on");
    KIF_TRY(at, redirected(*sent, at, request.what));
    finish_body(*sent);
  }
}

Result<Url> RequestSender::redirected(const HttpResponse& response, const Url& from, const std::string& what) const {
  const std::string location = response.header("location");
  if (location.empty())
    return fail(ErrorCode::invalid_input, "cannot fetch " + what + ": " + from.authority() + " redirects to nowhere");
  auto target = from.resolve(location, "redirect of " + from.authority() + " to");
  if (!target)
    return fail(std::move(target).error().with_context("cannot fetch " + what));
  const bool is_downgrade = from.scheme == "https" && target->scheme == "http";
  if (is_downgrade || (target->scheme == "http" && !allows_plain(*target)))
    return fail(ErrorCode::denied, "cannot fetch " + what + ": " + from.authority() + " redirects to " +
                                       shortened(target->scheme + "://" + target->authority()) +
                                       ", which is not https");
  // Whoever is between here and there can write what plain HTTP says, and so choose where kif asks next.
  if (from.scheme == "http" && !target->has_origin_of(from))
    return fail(ErrorCode::denied, "cannot fetch " + what + ": " + from.authority() + " redirects to " +
                                       shortened(target->scheme + "://" + target->authority()) +
                                       ", and by plain HTTP a registry may redirect to itself only");
  return target;
}

} // namespace kif::oci
