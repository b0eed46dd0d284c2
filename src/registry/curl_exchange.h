// SPDX-License-Identifier: Apache-2.0
// One HTTP exchange by libcurl's multi interface: the body is fetched as it is read.
#pragma once

#include <array>
#include <chrono>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "registry/libcurl.h"

#include "base/wipe.h"
#include "registry/http.h"
#include "registry/options.h"

namespace kif::oci {

struct FreeCurlEasy {
  void operator()(CURL* easy) const noexcept { libcurl().easy_cleanup(easy); }
};
struct FreeCurlMulti {
  void operator()(CURLM* multi) const noexcept { libcurl().multi_cleanup(multi); }
};
struct FreeCurlList {
  void operator()(curl_slist* list) const noexcept {
    for (const curl_slist* header = list; header != nullptr; header = header->next)
      wipe(std::as_writable_bytes(std::span(header->data, std::strlen(header->data)))); // a login may be among them
    libcurl().slist_free_all(list);
  }
};

/// One transfer at a time; between them it keeps its connections.
struct CurlLine {
  std::unique_ptr<CURLM, FreeCurlMulti> multi{libcurl().multi_init()};
  std::unique_ptr<CURL, FreeCurlEasy> easy{libcurl().easy_init()};
};

struct CurlSettings {
  bool verify_tls = true;
  RegistryBounds bounds;
};

/// Lines that nobody uses right now. Safe to use from several threads.
class CurlPool {
public:
  std::unique_ptr<CurlLine> take() {
    const std::lock_guard lock(m_mutex);
    if (m_free.empty()) {
      auto line = std::make_unique<CurlLine>();
      if (!line->multi || !line->easy)
        throw std::bad_alloc();
      return line;
    }
    auto line = std::move(m_free.back());
    m_free.pop_back();
    return line;
  }
  void give_back(std::unique_ptr<CurlLine> line) {
    const std::lock_guard lock(m_mutex);
    m_free.push_back(std::move(line));
  }

private:
  std::mutex m_mutex;
  std::vector<std::unique_ptr<CurlLine>> m_free;
};

class CurlExchange final : public HttpBody {
public:
  CurlExchange(std::shared_ptr<CurlPool> pool, const CurlSettings& settings)
      : m_pool(std::move(pool)), m_settings(settings), m_line(m_pool->take()) {}
  ~CurlExchange() override;

  /// Sends the request, and waits for the header of the answer.
  HttpResult<void> start(const HttpRequest& request);
  int status() const noexcept { return m_status; }
  const auto& headers() const noexcept { return m_headers; }
  HttpResult<std::size_t> read(std::span<std::byte> buffer) override;

private:
  static std::size_t on_header(char* data, std::size_t one, std::size_t size, void* self);
  static std::size_t on_body(char* data, std::size_t one, std::size_t size, void* self);

  template <class Value> void set(CURLoption option, Value value) {
    const CURLcode code = libcurl().easy_setopt(m_line->easy.get(), option, value);
    if (code == CURLE_OUT_OF_MEMORY)
      throw std::bad_alloc();
    if (code != CURLE_OK && !m_failure) // what it leaves out may be what protects the transfer
      m_failure = HttpError{HttpFailure::refused, "libcurl does not take option " + std::to_string(option) + ": " +
                                                      libcurl().easy_strerror(code)};
  }
  void set_options(const HttpRequest& request);
  void set_trust();
  bool take_header(std::string_view line);
  template <class Work> std::size_t call_back(std::size_t size, Work work) noexcept;
  template <class Condition> HttpResult<void> run_until(Condition is_met);
  void take_messages();
  HttpError failure_from(CURLcode code) const;
  void check_time(std::chrono::steady_clock::duration waited);

  std::shared_ptr<CurlPool> m_pool;
  CurlSettings m_settings;
  std::unique_ptr<CurlLine> m_line;
  std::unique_ptr<curl_slist, FreeCurlList> m_request_headers;
  std::array<char, CURL_ERROR_SIZE> m_error_text{};
  std::string m_refused;
  std::shared_ptr<WaitingTime> m_time;
  std::optional<HttpError> m_failure;
  std::exception_ptr m_exception; ///< of a callback: C code has no way for it
  bool m_is_added = false;
  bool m_is_done = false;
  bool m_is_paused = false;
  bool m_has_header = false;
  int m_status = 0;
  std::size_t m_header_bytes = 0;
  std::vector<std::pair<std::string, std::string>> m_headers;
  std::string m_buffer;
  std::size_t m_offset = 0;
  std::chrono::steady_clock::duration m_waited{}; // since the last look at the speed
  std::uint64_t m_received_bytes = 0;             // likewise
};

} // namespace kif::oci
