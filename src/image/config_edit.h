// SPDX-License-Identifier: Apache-2.0
// What the FIPS layer changes in an image's configuration: environment variables, the entrypoint, labels. All else
// stays as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "image/layer.h"

namespace kif::image {

/// Labels of a hardened image. kif's own names have no reverse domain in front: they are not found in registries'
/// search, and kif has no domain.
inline constexpr const char* k_label_layer_version = "kif.layer.version";
inline constexpr const char* k_label_layer_diff_id = "kif.layer.diff-id";
inline constexpr const char* k_label_module_version = "kif.module.version";
inline constexpr const char* k_label_module_digest = "kif.module.digest";
inline constexpr const char* k_label_compat = "kif.compat"; ///< features that are not approved, separated by commas
inline constexpr const char* k_label_entropy_version = "kif.entropy-library.version";
inline constexpr const char* k_label_entropy_digest = "kif.entropy-library.digest";
inline constexpr const char* k_label_entropy_settings = "kif.entropy-library.settings"; ///< where they are not as usual
/// OCI's own (image-spec, annotations.md); also written as annotations of the manifest.
inline constexpr const char* k_label_base_name = "org.opencontainers.image.base.name";
inline constexpr const char* k_label_base_digest = "org.opencontainers.image.base.digest";

/// The image that the layer is put on.
struct BaseIdentity {
  std::string name;   ///< its tag or reference, without the path on this machine; empty: it has none
  std::string digest; ///< of its manifest; empty: it has none (docker-archive)
};

/// A variable of the image's environment that a language runtime needs.
struct Variable {
  std::string name;
  std::string value;
  bool is_option = false; ///< one word of a list: what the image has there stays, and the word is put behind it

  friend bool operator==(const Variable&, const Variable&) = default;
};

struct ConfigEdit {
  nlohmann::json config;
  std::vector<std::string> warnings; ///< "the image's OPENSSL_CONF was …"
};

/// `config` is that of the base; `created` is RFC 3339, or none to leave it as it is; `compat` are the features that
/// work though they are not approved. Applied to its own result it
/// changes nothing.
ConfigEdit edit_config(nlohmann::json config, const LayerParts& parts, const Digest& layer_diff_id,
                       const BaseIdentity& base, const std::optional<std::string>& created,
                       const std::vector<Variable>& variables = {}, const std::vector<std::string>& compat = {});

/// The history entry of the layer.
nlohmann::json history_entry(const LayerParts& parts, const LayerClaims& claims,
                             const std::optional<std::string>& created, const std::vector<std::string>& compat = {});

/// The features separated by commas, as the label has them; empty: all is as FIPS 140-3 has it.
std::string compat_text(const std::vector<std::string>& compat);

/// Seconds since 1970 as RFC 3339 in UTC: "2025-01-31T00:00:00Z". None before year 0 or after year 9999.
std::optional<std::string> rfc3339(std::int64_t seconds);

} // namespace kif::image
