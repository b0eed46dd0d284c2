// SPDX-License-Identifier: Apache-2.0
// Media types of what images are made of (image-spec, media-types.md; distribution's manifest-v2-2.md).
#pragma once

#include <array>
#include <string_view>

namespace kif::oci {

inline constexpr std::string_view k_oci_manifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view k_oci_index = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view k_oci_config = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view k_oci_layer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr std::string_view k_oci_layer_gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view k_oci_layer_zstd = "application/vnd.oci.image.layer.v1.tar+zstd";

inline constexpr std::string_view k_docker_manifest = "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view k_docker_index = "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view k_docker_config = "application/vnd.docker.container.image.v1+json";
inline constexpr std::string_view k_docker_layer = "application/vnd.docker.image.rootfs.diff.tar";
inline constexpr std::string_view k_docker_layer_gzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";
inline constexpr std::string_view k_docker_layer_zstd = "application/vnd.docker.image.rootfs.diff.tar.zstd";

/// Layers that registries may not pass on; their blobs lie elsewhere. All that is left of them is Windows.
inline constexpr std::string_view k_docker_foreign_layer = "application/vnd.docker.image.rootfs.foreign.diff.tar";
inline constexpr std::string_view k_oci_foreign_layer = "application/vnd.oci.image.layer.nondistributable.v1.tar";

/// Docker's manifests before schema 2 (2016): their layers' digests say nothing of the image's configuration.
inline constexpr std::string_view k_docker_schema1 = "application/vnd.docker.distribution.manifest.v1";

constexpr bool is_manifest_type(std::string_view type) {
  return type == k_oci_manifest || type == k_docker_manifest;
}
constexpr bool is_index_type(std::string_view type) {
  return type == k_oci_index || type == k_docker_index;
}
constexpr bool is_config_type(std::string_view type) {
  return type == k_oci_config || type == k_docker_config;
}

} // namespace kif::oci
