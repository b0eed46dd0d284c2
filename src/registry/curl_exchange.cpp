// SPDX-License-Identifier: Apache-2.0
#include "registry/curl_exchange.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>

#include "base/ascii.h"
#include "base/quote.h"
#include "registry/hashed_folder.h"

namespace kif::oci {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t k_max_header_bytes = 64 * 1024;
constexpr std::size_t k_buffered_bytes = 512 * 1024; // then the connection waits until somebody reads
constexpr int k_longest_wait_ms = 200;               // between two looks at the clock

HttpFailure failure_of(CURLcode code) {
  switch (code) {
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_CONNECT:
    return HttpFailure::no_connection;
  case CURLE_SSL_CONNECT_ERROR:
    return HttpFailure::no_tls;
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
    return HttpFailure::certificate;
  case CURLE_OPERATION_TIMEDOUT:
    return HttpFailure::stalled;
  case CURLE_UNSUPPORTED_PROTOCOL: // HTTP/0.9: no status line at all
  case CURLE_WEIRD_SERVER_REPLY:
    return HttpFailure::refused;
  default:
    return HttpFailure::dropped;
  }
}

// A child process must not inherit the connection.
int close_on_exec(void* /*unused*/, curl_socket_t socket, curlsocktype /*purpose*/) {
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  return CURL_SOCKOPT_OK;
}

// The bundle of all authorities costs each process 25 ms. In Debian's folder libcrypto finds the one that it needs by
// the hash of its name.
constexpr const char* k_authorities = "/etc/ssl/certs";

// Bytes that are no TLS have OpenSSL speak; where the connection broke in the handshake, curl speaks or the system
// does.
bool is_broken_handshake(std::string_view text) {
  return text.find("SSL routines") == std::string_view::npos || text.find("unexpected eof") != std::string_view::npos;
}

} // namespace

CurlExchange::~CurlExchange() {
  if (m_is_added)
    libcurl().multi_remove_handle(m_line->multi.get(), m_line->easy.get());
  libcurl().easy_reset(m_line->easy.get());
  m_pool->give_back(std::move(m_line));
}

// Only waiting counts as time: whoever reads slowly does not make a registry stall. What came before a failure is
// handed out before the failure is told.
template <class Condition> HttpResult<void> CurlExchange::run_until(Condition is_met) {
  while (!is_met()) {
    if (m_exception)
      std::rethrow_exception(std::exchange(m_exception, nullptr));
    if (m_failure)
      return tl::unexpected(*m_failure);
    if (m_is_done)
      return {};
    const auto begin = Clock::now();
    int running = 0;
    CURLMcode code = libcurl().multi_perform(m_line->multi.get(), &running);
    take_messages();
    if (code == CURLM_OK && !is_met() && !m_is_done)
      code = libcurl().multi_poll(m_line->multi.get(), nullptr, 0, k_longest_wait_ms, nullptr);
    if (code != CURLM_OK && !m_failure)
      m_failure = {HttpFailure::dropped, "libcurl's error " + std::to_string(code)};
    check_time(Clock::now() - begin);
  }
  return {};
}

HttpResult<void> CurlExchange::start(const HttpRequest& request) {
  set_options(request);
  m_time = request.time;
  if (libcurl().multi_add_handle(m_line->multi.get(), m_line->easy.get()) != CURLM_OK)
    throw std::bad_alloc();
  m_is_added = true;
  return run_until([this] { return m_has_header; });
}

HttpResult<std::size_t> CurlExchange::read(std::span<std::byte> buffer) {
  if (m_offset == m_buffer.size()) {
    m_buffer.clear();
    m_offset = 0;
    if (m_is_paused) {
      m_is_paused = false;
      libcurl().easy_pause(m_line->easy.get(), CURLPAUSE_CONT);
    }
    if (auto done = run_until([this] { return !m_buffer.empty(); }); !done)
      return tl::unexpected(std::move(done).error());
  }
  const std::size_t count = std::min(buffer.size(), m_buffer.size() - m_offset);
  std::memcpy(buffer.data(), m_buffer.data() + m_offset, count);
  m_offset += count;
  return count;
}

void CurlExchange::set_options(const HttpRequest& request) {
  const auto append = [this](const char* header) {
    curl_slist* longer = libcurl().slist_append(m_request_headers.get(), header);
    if (longer == nullptr)
      throw std::bad_alloc();
    (void)m_request_headers.release();
    m_request_headers.reset(longer);
  };
  for (const std::string& header : request.headers)
    append(header.c_str());
  if (!request.authorization.empty()) {
    SecretString header("Authorization: ");
    header += request.authorization.view();
    header += std::string_view("\0", 1);
    append(header.view().data());
  }
  set(CURLOPT_URL, request.url.text().c_str());
  set(CURLOPT_HTTPHEADER, m_request_headers.get());
  set(CURLOPT_USERAGENT, "kif");
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);       // other threads have signals and alarms of their own
  set(CURLOPT_FOLLOWLOCATION, 0L); // who may be followed, and with what, is decided above
  // One transfer a connection at a time: there is nothing for HTTP/2 to gain, and its code is not exposed.
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_ERRORBUFFER, m_error_text.data());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(m_settings.bounds.connect_timeout.count()));
  set(CURLOPT_SOCKOPTFUNCTION, &close_on_exec);
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &CurlExchange::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set_trust();
  if (request.url.is_loopback())
    set(CURLOPT_NOPROXY, "*"); // a proxy's loopback is another machine's
  if (request.form) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.form->view().size()));
    set(CURLOPT_COPYPOSTFIELDS, request.form->view().data());
  }
}

void CurlExchange::set_trust() {
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, m_settings.verify_tls ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, m_settings.verify_tls ? 2L : 0L);
  // Only curl's command reads these variables, libcurl does not.
  const char* file = std::getenv("SSL_CERT_FILE");
  const char* folder = std::getenv("SSL_CERT_DIR");
  const bool has_file = file != nullptr && *file != '\0';
  const bool has_folder = folder != nullptr && *folder != '\0';
  if (has_file)
    set(CURLOPT_CAINFO, file);
  if (has_folder)
    set(CURLOPT_CAPATH, folder);
  static const bool is_hashed = is_hashed_folder(k_authorities);
  if (!has_file && !has_folder && is_hashed) {
    set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
    set(CURLOPT_CAPATH, k_authorities);
  }
}

/// What `work` gives back; after an exception a number that ends the transfer.
template <class Work> std::size_t CurlExchange::call_back(std::size_t size, Work work) noexcept {
  try {
    return work();
  } catch (...) {
    m_exception = std::current_exception();
    return size + 1; // of an empty body 0 would be all
  }
}

std::size_t CurlExchange::on_header(char* data, std::size_t /*one*/, std::size_t size, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  return exchange.call_back(size, [&] { return exchange.take_header(std::string_view(data, size)) ? size : 0; });
}

bool CurlExchange::take_header(std::string_view line) {
  m_received_bytes += line.size();
  m_header_bytes += line.size();
  if (m_header_bytes > k_max_header_bytes) {
    m_refused = "its header has more than " + std::to_string(k_max_header_bytes) + " bytes";
    return false;
  }
  if (line.starts_with("HTTP/")) { // the first line of an answer: what came before was a provisional one
    m_headers.clear();
    return true;
  }
  if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    m_headers.emplace_back(lower_case(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1)));
    return true;
  }
  if (trimmed(line).empty()) {
    long status = 0;
    if (libcurl().easy_getinfo(m_line->easy.get(), CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
      return false;
    m_status = static_cast<int>(status);
    m_has_header = m_has_header || m_status >= 200;
  }
  return true;
}

std::size_t CurlExchange::on_body(char* data, std::size_t /*one*/, std::size_t size, void* self) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (exchange.m_buffer.size() >= k_buffered_bytes) {
    exchange.m_is_paused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  return exchange.call_back(size, [&] {
    exchange.m_received_bytes += size;
    exchange.m_buffer.append(data, size);
    return size;
  });
}

void CurlExchange::take_messages() {
  int left = 0;
  while (const CURLMsg* message = libcurl().multi_info_read(m_line->multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE)
      continue;
    m_is_done = true;
    if (const CURLcode code = message->data.result; code != CURLE_OK)
      m_failure = failure_from(code);
  }
}

HttpError CurlExchange::failure_from(CURLcode code) const {
  if (!m_refused.empty())
    return {HttpFailure::refused, m_refused};
  const std::string text(m_error_text.data());
  if (code == CURLE_SSL_CONNECT_ERROR && is_broken_handshake(text))
    return {HttpFailure::dropped, shortened(text)};
  return {failure_of(code), shortened(text.empty() ? libcurl().easy_strerror(code) : text)};
}

void CurlExchange::check_time(Clock::duration waited) {
  m_waited += waited;
  if (m_time) {
    m_time->spend(waited);
    if (m_time->is_over() && !m_is_done)
      m_failure = {HttpFailure::too_slow, m_time->reason()};
  }
  const auto window = m_settings.bounds.stall_timeout;
  if (m_failure || m_waited < window || m_is_done)
    return;
  const auto wanted = m_settings.bounds.min_bytes_per_second * static_cast<std::uint64_t>(window.count()) / 1000;
  if (m_received_bytes < std::max<std::uint64_t>(wanted, 1))
    m_failure = {HttpFailure::stalled,
                 std::to_string(m_received_bytes) + " bytes in " + std::to_string(window.count()) + " ms"};
  m_waited = {};
  m_received_bytes = 0;
}

} // namespace kif::oci
