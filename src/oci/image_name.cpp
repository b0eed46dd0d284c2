// SPDX-License-Identifier: Apache-2.0
#include "oci/image_name.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <utility>
#include <vector>

namespace kif::oci {
namespace {

constexpr std::array<std::pair<Transport, std::string_view>, 3> k_transports{{
    {Transport::oci, "oci"},
    {Transport::oci_archive, "oci-archive"},
    {Transport::docker_archive, "docker-archive"},
}};

constexpr std::array<std::string_view, 7> k_foreign_transports = {
    "dir", "containers-storage", "docker-daemon", "ostree", "sif", "tarball", "atomic",
};

constexpr std::string_view k_forms = "oci:DIR[:TAG], oci-archive:FILE[:TAG] or docker-archive:FILE[:NAME]";

Error refuse(std::string_view text, std::string_view reason) {
  return {ErrorCode::invalid_input, "cannot use image name \"" + std::string(text) + "\": " + std::string(reason)};
}

// Levenshtein's distance; the names compared have at most 64 letters.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

std::string_view nearest_transport(std::string_view typed) {
  constexpr std::size_t k_longest = 64;
  std::string_view nearest;
  std::size_t least = 3; // three letters wrong are another word
  for (const auto& [transport, name] : k_transports) {
    if (typed.size() > k_longest)
      break;
    if (const std::size_t count = distance(typed, name); count < least && count < typed.size()) {
      nearest = name;
      least = count;
    }
  }
  return nearest;
}

bool is_letter_or_digit(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}
bool is_lower_or_digit(char c) {
  return is_letter_or_digit(c) && std::isupper(static_cast<unsigned char>(c)) == 0;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return parts;
    text.remove_prefix(end + 1);
  }
}

// Runs of `is_plain` letters with one of the separators between each two.
bool is_component(std::string_view text, bool (*is_plain)(char), bool (*is_separator)(std::string_view)) {
  if (text.empty() || !is_plain(text.front()) || !is_plain(text.back()))
    return false;
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    text.remove_prefix(plain);
    const auto other = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_plain) - text.begin());
    if (other > 0 && !is_separator(text.substr(0, other)))
      return false;
    text.remove_prefix(other);
  }
  return true;
}

// The grammar of org.opencontainers.image.ref.name (image-spec, annotations.md).
bool is_tag(std::string_view text) {
  const auto is_separator = [](std::string_view s) {
    return s == "--" || (s.size() == 1 && std::string_view("-._:@+").find(s.front()) != std::string_view::npos);
  };
  const auto parts = split(text, '/');
  return std::all_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return is_component(part, is_letter_or_digit, is_separator); });
}

// distribution/reference: names in lower case, joined by one dot, one or two underscores, or dashes.
bool is_docker_path(std::string_view text) {
  const auto is_separator = [](std::string_view s) {
    return s == "." || s == "_" || s == "__" || s.find_first_not_of('-') == std::string_view::npos;
  };
  const auto parts = split(text, '/');
  return std::all_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return is_component(part, is_lower_or_digit, is_separator); });
}

bool is_docker_tag(std::string_view text) {
  constexpr std::size_t k_longest = 128;
  return !text.empty() && text.size() <= k_longest && (is_letter_or_digit(text.front()) || text.front() == '_') &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_docker_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
}

} // namespace

std::string_view to_string(Transport transport) noexcept {
  for (const auto& [known, name] : k_transports) {
    if (known == transport)
      return name;
  }
  return "";
}

Result<ImageName> ImageName::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    return fail(refuse(text, "no transport in front of it").with_hint(std::string(k_forms)));
  const std::string_view prefix = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);

  if (prefix == "docker")
    return fail(Error(ErrorCode::unsupported,
                      "cannot use image name \"" + std::string(text) + "\": registries are not supported yet")
                    .with_hint("copy it first: skopeo copy " + std::string(text) + " oci:DIR:TAG"));
  if (std::find(k_foreign_transports.begin(), k_foreign_transports.end(), prefix) != k_foreign_transports.end())
    return fail(Error(ErrorCode::unsupported, "cannot use image name \"" + std::string(text) + "\": transport \"" +
                                                  std::string(prefix) + "\" is not supported")
                    .with_hint("copy it first: skopeo copy " + std::string(text) + " oci:DIR:TAG"));
  const auto* const found =
      std::find_if(k_transports.begin(), k_transports.end(), [&](const auto& known) { return known.second == prefix; });
  if (found == k_transports.end()) {
    const std::string_view nearest = nearest_transport(prefix);
    return fail(
        refuse(text, "unknown transport \"" + std::string(prefix) + "\"")
            .with_hint(nearest.empty() ? std::string(k_forms) : "did you mean \"" + std::string(nearest) + "\"?"));
  }

  const Transport transport = found->first;
  const std::size_t end = rest.find(':');
  const std::string_view path = rest.substr(0, end);
  std::string reference(end == std::string_view::npos ? "" : rest.substr(end + 1));
  if (path.empty())
    return fail(refuse(text, transport == Transport::oci ? "no folder is named" : "no file is named")
                    .with_hint(std::string(k_forms)));
  if (transport == Transport::docker_archive && end != std::string_view::npos) {
    if (reference.starts_with('@'))
      return fail(Error(ErrorCode::unsupported,
                        "cannot use image name \"" + std::string(text) + "\": choosing by number is not supported")
                      .with_hint("name the image: docker-archive:FILE:NAME"));
    KIF_TRY(reference, normalize_docker_reference(reference));
  } else if (!reference.empty() && !is_tag(reference)) {
    return fail(refuse(text, "\"" + reference + "\" is not a tag")
                    .with_hint("the path ends at the first colon and cannot hold one"));
  }
  return ImageName(transport, std::filesystem::path(path), std::move(reference));
}

std::string ImageName::text() const {
  std::string name(to_string(m_transport));
  name += ":" + m_path.string();
  return m_reference.empty() ? name : name + ":" + m_reference;
}

Result<std::string> normalize_docker_reference(std::string_view text) {
  const auto refuse_reference = [&] {
    return fail(ErrorCode::invalid_input, "\"" + std::string(text) + "\" is not a reference of the form NAME[:TAG]");
  };
  std::string_view host = "docker.io";
  std::string_view rest = text;
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view first = text.substr(0, slash);
    if (first == "localhost" || first.find_first_of(".:") != std::string_view::npos) {
      host = first == "index.docker.io" ? host : first;
      rest = text.substr(slash + 1);
    }
  }
  const std::size_t colon = rest.rfind(':');
  const std::string_view tag = colon == std::string_view::npos ? "latest" : rest.substr(colon + 1);
  const std::string_view path = rest.substr(0, colon);
  if (!is_docker_host(host) || !is_docker_path(path) || !is_docker_tag(tag))
    return refuse_reference();
  const bool is_official = host == "docker.io" && path.find('/') == std::string_view::npos;
  return std::string(host) + (is_official ? "/library/" : "/") + std::string(path) + ":" + std::string(tag);
}

} // namespace kif::oci
