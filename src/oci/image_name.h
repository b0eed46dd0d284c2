// SPDX-License-Identifier: Apache-2.0
// Names of images, as skopeo writes them (containers-transports(5)): TRANSPORT:PATH[:REFERENCE],
// or docker://REFERENCE.
//
// The path ends at the first colon, so that it can hold none; all that follows is the reference, colons included.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "oci/docker_reference.h"

namespace kif::oci {

enum class Transport {
  oci,            ///< oci:DIR[:TAG], a folder in OCI's image layout
  oci_archive,    ///< oci-archive:FILE[:TAG], a tar of such a folder
  docker_archive, ///< docker-archive:FILE[:NAME[:TAG]], what `docker save` writes
  docker,         ///< docker://[HOST/]NAME[:TAG][@DIGEST], in a registry
};

std::string_view to_string(Transport transport) noexcept;

class ImageName {
public:
  /// invalid_input where it is no image name, with the nearest transport as a hint; unsupported for transports of
  /// others.
  static Result<ImageName> parse(std::string_view text);

  Transport transport() const noexcept { return m_transport; }
  /// Of the folder or file; empty for docker.
  const std::filesystem::path& path() const noexcept { return m_path; }
  /// The tag, or for docker-archive and docker the whole reference, "docker.io/library/app:latest"; empty where none
  /// was given.
  const std::string& reference() const noexcept { return m_reference; }
  /// The parts of a name in a registry; none for the other transports.
  const std::optional<DockerReference>& docker() const noexcept { return m_docker; }
  /// The name as skopeo takes it.
  std::string text() const;

  friend bool operator==(const ImageName&, const ImageName&) = default;

private:
  ImageName(Transport transport, std::filesystem::path path, std::string reference)
      : m_transport(transport), m_path(std::move(path)), m_reference(std::move(reference)) {}
  static Result<ImageName> parse_docker(std::string_view text, std::string_view rest);

  Transport m_transport;
  std::filesystem::path m_path;
  std::string m_reference;
  std::optional<DockerReference> m_docker = {};
};

} // namespace kif::oci
