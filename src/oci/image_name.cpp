// SPDX-License-Identifier: Apache-2.0
#include "oci/image_name.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/nearest_name.h"
#include "oci/name_parts.h"

namespace kif::oci {
namespace {

constexpr std::array<std::pair<Transport, std::string_view>, 4> k_transports{{
    {Transport::oci, "oci"},
    {Transport::oci_archive, "oci-archive"},
    {Transport::docker_archive, "docker-archive"},
    {Transport::docker, "docker"},
}};

constexpr std::array<std::string_view, 7> k_foreign_transports = {
    "dir", "containers-storage", "docker-daemon", "ostree", "sif", "tarball", "atomic",
};

constexpr std::string_view k_forms =
    "oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME] or docker://[HOST/]NAME[:TAG]";

Error refuse(std::string_view text, std::string_view reason) {
  return {ErrorCode::invalid_input, "cannot use image name \"" + std::string(text) + "\": " + std::string(reason)};
}

std::optional<std::string> nearest_transport(std::string_view typed) {
  std::vector<std::string> names;
  for (const auto& [transport, name] : k_transports)
    names.emplace_back(name);
  return nearest_name(typed, names);
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

} // namespace

Result<ImageName> ImageName::parse_docker(std::string_view text, std::string_view rest) {
  if (!rest.starts_with("//"))
    return fail(refuse(text, "no // behind docker:").with_hint("did you mean \"docker://" + std::string(rest) + "\"?"));
  // Said without the name: a password in it would end up in logs.
  if (const std::string_view host = rest.substr(2, rest.find('/', 2) - 2);
      rest.find('/', 2) != std::string_view::npos && host.find('@') != std::string_view::npos)
    return fail(Error(ErrorCode::invalid_input, "cannot use an image name with a login in it")
                    .with_hint("log in with skopeo login, and name the image without"));
  auto reference = DockerReference::parse(rest.substr(2));
  if (!reference)
    return fail(std::move(reference).error().with_context("cannot use image name \"" + std::string(text) + "\""));
  ImageName name(Transport::docker, {}, reference->text());
  name.m_docker = *std::move(reference);
  return name;
}

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

  if (std::find(k_foreign_transports.begin(), k_foreign_transports.end(), prefix) != k_foreign_transports.end())
    return fail(Error(ErrorCode::unsupported, "cannot use image name \"" + std::string(text) + "\": transport \"" +
                                                  std::string(prefix) + "\" is not supported")
                    .with_hint("copy it first: skopeo copy " + std::string(text) + " oci:DIR:TAG"));
  const auto* const found =
      std::find_if(k_transports.begin(), k_transports.end(), [&](const auto& known) { return known.second == prefix; });
  if (found == k_transports.end()) {
    const auto nearest = nearest_transport(prefix);
    return fail(refuse(text, "unknown transport \"" + std::string(prefix) + "\"")
                    .with_hint(nearest ? "did you mean \"" + *nearest + "\"?" : std::string(k_forms)));
  }

  const Transport transport = found->first;
  if (transport == Transport::docker)
    return parse_docker(text, rest);
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
  if (m_transport == Transport::docker)
    return name + "://" + m_reference;
  name += ":" + m_path.string();
  return m_reference.empty() ? name : name + ":" + m_reference;
}

} // namespace kif::oci
