// SPDX-License-Identifier: Apache-2.0
#include "registry/url.h"

#include <charconv>
#include <memory>
#include <new>

#include "registry/libcurl.h"
#include <arpa/inet.h>

#include "base/ascii.h"
#include "base/quote.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_longest = 16 * 1024; // pre-signed URLs of object stores have some 2 KiB

struct FreeUrl {
  void operator()(CURLU* url) const noexcept { libcurl().url_cleanup(url); }
};
using UniqueUrl = std::unique_ptr<CURLU, FreeUrl>;

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (libcurl().url_get(url, which, &text, flags) != CURLUE_OK)
    return {};
  std::string result(text);
  libcurl().free(text);
  return result;
}

Error refuse(const std::string& what, std::string_view text, const std::string& reason) {
  return {ErrorCode::invalid_input, "cannot use " + what + " " + in_quotes(text) + ": " + reason};
}

Result<Url> read_parts(CURLU* url, const std::string& text, const std::string& what) {
  Url result;
  result.scheme = part(url, CURLUPART_SCHEME);
  if (result.scheme != "http" && result.scheme != "https")
    return fail(refuse(what, text, "it is neither http nor https"));
  if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty())
    return fail(refuse(what, "…", "it holds a user or a password"));
  result.host = lower_case(part(url, CURLUPART_HOST));
  const std::string port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (result.host.empty() || result.port == 0)
    return fail(refuse(what, text, "it names no host"));
  result.target = part(url, CURLUPART_PATH);
  if (const std::string query = part(url, CURLUPART_QUERY); !query.empty())
    result.target += "?" + query;
  return result;
}

UniqueUrl new_url() {
  UniqueUrl url(libcurl().url());
  if (!url)
    throw std::bad_alloc();
  return url;
}

Result<Url> set_and_read(CURLU* url, const std::string& text, const std::string& what) {
  if (text.size() > k_longest)
    return fail(refuse(what, text, "it is longer than " + std::to_string(k_longest) + " bytes"));
  if (text.find('\0') != std::string::npos || libcurl().url_set(url, CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    return fail(refuse(what, text, "it is no URL"));
  return read_parts(url, text, what);
}

} // namespace

Result<Url> Url::parse(const std::string& text, const std::string& what) {
  return set_and_read(new_url().get(), text, what);
}

Result<Url> Url::resolve(const std::string& reference, const std::string& what) const {
  const UniqueUrl url = new_url();
  if (libcurl().url_set(url.get(), CURLUPART_URL, text().c_str(), 0) != CURLUE_OK)
    return fail(refuse(what, reference, "it is no URL"));
  return set_and_read(url.get(), reference, what);
}

std::string Url::text() const {
  return scheme + "://" + authority() + target;
}

std::string Url::authority() const {
  const bool is_own_port = port == (scheme == "https" ? 443 : 80);
  return is_own_port ? host : host + ":" + std::to_string(port);
}

bool Url::is_loopback() const {
  in_addr address{};
  if (::inet_pton(AF_INET, host.c_str(), &address) == 1)
    return (ntohl(address.s_addr) >> 24U) == 127;
  return host == "localhost" || host == "[::1]";
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view k_hex = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '.' || c == '_' || c == '~';
    if (is_plain)
      result += c;
    else
      result += {'%', k_hex[byte >> 4U], k_hex[byte & 15U]};
  }
  return result;
}

} // namespace kif::oci
