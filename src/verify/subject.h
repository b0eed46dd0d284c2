// SPDX-License-Identifier: Apache-2.0
// What is verified: an image, unpacked, with what its configuration says about running it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/source.h"
#include "verify/apart.h"
#include "verify/findings/finding.h"
#include "verify/image_cryptography.h"
#include "verify/layer_place.h"
#include "verify/rules/certificates.h"
#include "watch/container.h"

namespace kif::verify {

/// Where the FIPS layer has its parts. verify/ names them itself: it shares nothing with the room that makes the layer.
inline constexpr const char* k_layer_init = "/usr/lib/kif/kif-init";
inline constexpr const char* k_layer_provider = "/usr/lib/kif/kif-fips.so";
inline constexpr const char* k_layer_entropy_library = "/usr/lib/kif/libjitterentropy.so.3";
inline constexpr const char* k_layer_config = "/etc/kif/openssl.cnf";
inline constexpr const char* k_layer_random = "/usr/lib/kif/libkif-random.so";
inline constexpr const char* k_layer_preload = "/etc/ld.so.preload";
inline constexpr const char* k_layer_manifest = "/usr/share/kif/manifest.sha256";
inline constexpr const char* k_layer_description = "/usr/share/kif/layer.json";

struct Subject {
  std::string image;           ///< its name
  std::string manifest_digest; ///< empty where there is no manifest
  std::string platform;
  std::size_t layers = 0;
  std::filesystem::path root; ///< unpacked
  std::vector<std::string> environment;
  std::string working_directory = "/";
  watch::User user;
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::string stop_signal = {};   ///< as the image has it; empty: SIGTERM
  std::vector<std::string> notes; ///< of the unpacking
  ProgramsApart apart = {};
  LayerPlace layer_place = {};
  ImageCryptography cryptography = {}; ///< with is_known by the layer's description

  bool has_layer() const;
  /// Its entrypoint begins with kif-init.
  bool starts_through_init() const;
};

/// Reads and unpacks the image into the new folder `root`; every digest on the way is checked.
/// unsupported also where this machine cannot run it.
Result<Subject> open_subject(const oci::ImageName& name, const oci::OpenOptions& options,
                             const std::filesystem::path& root);

/// The features that the layer says work by choice, though they are not approved ("compat" of layer.json); at most 50.
std::vector<std::string> compat_of(const Subject& subject);

/// What the layer says that it does not reach ("not_reached" of layer.json), a sentence for each file or for several.
std::vector<std::string> not_reached_of(const Subject& subject);

/// What was checked without running anything: the image's digests; where it has the FIPS layer, the layer's files
/// against the layer's own manifest, what the layer says about itself, and the programs that it does not reach.
/// `certificates` and `today`: what is said beside the certificates that the layer's claim names.
std::vector<Finding> findings_at_rest(const Subject& subject, const Certificates& certificates, const Date& today);

} // namespace kif::verify
