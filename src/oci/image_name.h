// SPDX-License-Identifier: Apache-2.0
// Names of images, as skopeo writes them (containers-transports(5)): TRANSPORT:PATH[:REFERENCE].
//
// The path ends at the first colon, so that it can hold none; all that follows is the reference, colons included.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::oci {

enum class Transport {
  oci,            ///< oci:DIR[:TAG], a folder in OCI's image layout
  oci_archive,    ///< oci-archive:FILE[:TAG], a tar of such a folder
  docker_archive, ///< docker-archive:FILE[:NAME[:TAG]], what `docker save` writes
};

std::string_view to_string(Transport transport) noexcept;

class ImageName {
public:
  /// invalid_input where it is no image name, with the nearest transport as a hint; unsupported for transports of
  /// others.
  static Result<ImageName> parse(std::string_view text);

  Transport transport() const noexcept { return m_transport; }
  const std::filesystem::path& path() const noexcept { return m_path; }
  /// The tag, or for docker-archive the whole reference, "docker.io/library/app:latest"; empty where none was given.
  const std::string& reference() const noexcept { return m_reference; }
  /// The name as skopeo takes it.
  std::string text() const;

  friend bool operator==(const ImageName&, const ImageName&) = default;

private:
  ImageName(Transport transport, std::filesystem::path path, std::string reference)
      : m_transport(transport), m_path(std::move(path)), m_reference(std::move(reference)) {}

  Transport m_transport;
  std::filesystem::path m_path;
  std::string m_reference;
};

/// "app" → "docker.io/library/app:latest", "host:5000/a/b:1" → itself: the one form in which docker's references are
/// compared.
Result<std::string> normalize_docker_reference(std::string_view text);

} // namespace kif::oci
