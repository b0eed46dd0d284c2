// SPDX-License-Identifier: Apache-2.0
#include "oci/docker_reference.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

#include "oci/name_parts.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_longest_repository = 255; // distribution/reference, NameTotalLengthMax

// distribution/reference: names in lower case, joined by one dot, one or two underscores, or dashes.
bool is_path(std::string_view text) {
  const auto is_separator = [](std::string_view s) {
    return s == "." || s == "_" || s == "__" || s.find_first_not_of('-') == std::string_view::npos;
  };
  const auto parts = split(text, '/');
  return std::all_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return is_component(part, is_lower_or_digit, is_separator); });
}

bool is_tag(std::string_view text) {
  constexpr std::size_t k_longest = 128;
  return !text.empty() && text.size() <= k_longest && (is_letter_or_digit(text.front()) || text.front() == '_') &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool is_ipv6(const std::string& text) {
  std::array<unsigned char, 16> address{};
  return ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

// What stands here becomes part of a URL, so nothing that has a meaning there gets through.
bool is_host(std::string_view text) {
  std::string_view name = text;
  std::string_view after;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !is_ipv6(std::string(text.substr(1, end - 1))))
      return false;
    after = text.substr(end + 1);
  } else {
    name = text.substr(0, text.find(':'));
    after = text.substr(name.size());
    const auto parts = split(name, '.');
    const auto is_dashes = [](std::string_view s) { return s.find_first_not_of('-') == std::string_view::npos; };
    if (!std::all_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return is_component(part, is_letter_or_digit, is_dashes); }))
      return false;
  }
  return after.empty() || (after.front() == ':' && is_port(after.substr(1)));
}

} // namespace

Result<DockerReference> DockerReference::parse(std::string_view text) {
  DockerReference reference{"docker.io", {}, {}, {}};
  std::string_view rest = text;
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    KIF_TRY(reference.digest, Digest::parse(rest.substr(at + 1)));
    rest = rest.substr(0, at);
  }
  // The first part is a host where no repository could be called so (distribution/reference, splitDockerDomain).
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    const std::string_view first = rest.substr(0, slash);
    if (first == "localhost" || first.find_first_of(".:[") != std::string_view::npos) {
      reference.host = first == "index.docker.io" ? reference.host : std::string(first);
      rest = rest.substr(slash + 1);
    }
  }
  const std::size_t colon = rest.rfind(':');
  const std::string_view path = rest.substr(0, colon);
  if (colon != std::string_view::npos)
    reference.tag = rest.substr(colon + 1);
  else if (!reference.digest)
    reference.tag = "latest";
  const bool has_good_tag = is_tag(reference.tag) || (colon == std::string_view::npos && reference.digest);
  const bool is_official = reference.host == "docker.io" && path.find('/') == std::string_view::npos;
  reference.repository = (is_official ? "library/" : "") + std::string(path);
  if (!is_host(reference.host) || !is_path(path) || reference.repository.size() > k_longest_repository || !has_good_tag)
    return fail(ErrorCode::invalid_input,
                "\"" + std::string(text) + "\" is not a reference of the form [HOST/]NAME[:TAG][@DIGEST]");
  return reference;
}

std::string DockerReference::text() const {
  std::string text = host + "/" + repository;
  if (!tag.empty())
    text += ":" + tag;
  if (digest)
    text += "@" + digest->text();
  return text;
}

Result<std::string> normalize_docker_reference(std::string_view text) {
  const auto reference = DockerReference::parse(text);
  if (!reference || reference->digest)
    return fail(ErrorCode::invalid_input, "\"" + std::string(text) + "\" is not a reference of the form NAME[:TAG]");
  return reference->text();
}

} // namespace kif::oci
