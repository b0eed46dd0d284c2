// SPDX-License-Identifier: Apache-2.0
#include "registry/answer_error.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/quote.h"
#include "oci/json.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_max_message_bytes = 16 * 1024;

struct Said {
  std::string code;
  std::string message;
};

// distribution-spec, "Error Codes". What cannot be read says nothing.
Said what_it_said(HttpBody& body) {
  std::string text;
  std::vector<std::byte> buffer(4096);
  while (text.size() <= k_max_message_bytes) {
    const auto count = body.read(buffer);
    if (!count || *count == 0)
      break;
    text.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
  const auto json = parse_json(text, "an error", {.max_bytes = k_max_message_bytes + 4096});
  if (!json || !json->is_object() || !json->contains("errors") || !json->at("errors").is_array() ||
      json->at("errors").empty() || !json->at("errors").front().is_object())
    return {};
  const auto member = [&](const char* name) {
    const nlohmann::json& error = json->at("errors").front();
    return error.contains(name) && error[name].is_string() ? error[name].get<std::string>() : std::string();
  };
  return {member("code"), member("message")};
}

std::string times(unsigned attempts) {
  return attempts > 1 ? ", " + std::to_string(attempts) + " times" : "";
}

} // namespace

Error failure_error(const std::string& what, const Url& url, const HttpError& failure, unsigned attempts) {
  const std::string head = "cannot fetch " + what + ": ";
  const std::string host = shortened(url.authority());
  switch (failure.failure) {
  case HttpFailure::no_connection:
    return {ErrorCode::io, head + "cannot connect to " + host + ": " + failure.reason};
  case HttpFailure::no_tls:
    return Error(ErrorCode::io, head + host + " does not speak TLS: " + failure.reason)
        .with_hint(url.is_loopback() ? "" : "--tls-verify=false allows plain HTTP");
  case HttpFailure::certificate:
    return Error(ErrorCode::io, head + "the certificate of " + host + " cannot be verified: " + failure.reason)
        .with_hint("SSL_CERT_FILE names authorities to trust, --tls-verify=false does without them");
  case HttpFailure::stalled:
    return {ErrorCode::timeout, head + host + " has stalled" + times(attempts) + ": " + failure.reason};
  case HttpFailure::too_slow:
    return {ErrorCode::timeout, head + host + " is too slow: " + failure.reason};
  case HttpFailure::dropped:
    return {ErrorCode::io, head + "the connection to " + host + " broke" + times(attempts) + ": " + failure.reason};
  case HttpFailure::refused:
    return {ErrorCode::invalid_input, head + "the answer of " + host + " is no HTTP that kif takes: " + failure.reason};
  }
  return {ErrorCode::internal, head + failure.reason};
}

Error answer_error(const Asked& asked, SendResponse& answer) {
  const Said said = what_it_said(*answer.response.body);
  const std::string host = shortened(answer.from.authority());
  const std::string head = "cannot fetch " + asked.what + ": " + host + " ";
  const std::string tail = said.message.empty() ? "" : " (it says " + in_quotes(said.message) + ")";
  const std::string login = "skopeo login " + asked.host;
  if ((answer.response.status == 401 || answer.response.status == 403) && !asked.withheld_from.empty())
    return Error(ErrorCode::denied, head + "asks for a login" + tail + ", and the one from " + asked.credentials +
                                        " was not sent to " + shortened(asked.withheld_from) +
                                        ", which is another host")
        .with_hint("a login goes to its registry's own domain; copy the image first: skopeo copy … oci:DIR:TAG");
  switch (answer.response.status) {
  case 401:
    if (asked.credentials.empty())
      return Error(ErrorCode::denied, head + "asks for a login" + tail)
          .with_hint("log in first: " + login + "; some registries answer so for names that do not exist");
    return Error(ErrorCode::denied, head + "refuses the login from " + asked.credentials + tail)
        .with_hint("log in again: " + login);
  case 403:
    return Error(ErrorCode::denied, head + "denies access to " + asked.repository + tail)
        .with_hint(asked.credentials.empty() ? "log in first: " + login : "");
  case 404:
    return {ErrorCode::not_found,
            head + "has no " + (said.code == "NAME_UNKNOWN" ? "repository " + asked.repository : asked.missing)};
  case 429: {
    const std::string wait = answer.response.header("retry-after");
    return Error(ErrorCode::io, head + "has had too many requests" + times(answer.attempts) + tail)
        .with_hint((wait.empty() ? "try again later" : "try again after " + shortened(wait)) +
                   (asked.credentials.empty() ? ", or log in: " + login : ""));
  }
  default:
    return {ErrorCode::io,
            head + "answers with status " + std::to_string(answer.response.status) + times(answer.attempts) + tail};
  }
}

} // namespace kif::oci
