// SPDX-License-Identifier: Apache-2.0
// What an image with a Java runtime gets besides the FIPS layer's own files: Bouncy Castle's FIPS module, the provider
// that feeds it, the security properties. docs/design/0009-java.md.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "image/inspection/glibc.h"
#include "image/java_security.h"
#include "image/java_stores.h"
#include "image/layer.h"
#include "layer/file_tree.h"
#include "oci/image.h"

namespace kif::image {

inline constexpr std::string_view k_java_library_path = "/usr/lib/kif/libkif-java.so";
inline constexpr std::string_view k_java_folder = "/usr/lib/kif/java";
inline constexpr std::string_view k_java_options_path = "/etc/kif/java.options";
/// The folders of the image's runtimes, one a line: kif-init runs the self-check with each.
inline constexpr std::string_view k_java_runtimes_path = "/etc/kif/java-runtimes";

/// Where kif's own files for Java are on this machine, and what the user wants of them.
struct JavaRequest {
  std::filesystem::path folder = {};  ///< the jars and kif.security
  std::filesystem::path library = {}; ///< libkif-java.so
  JavaChoices choices = {};
  StoreRequest stores = {};
};

/// A Java runtime of the image: a folder with lib/…/libjvm.so and its java.security.
struct JavaRuntime {
  std::string home;
  std::string version;       ///< as its file `release` says; empty where it says none
  unsigned release = 0;      ///< 21 of 21.0.8; 0: unknown
  std::string security_path; ///< of java.security, links followed
  bool has_trust_store;      ///< its own cacerts
};

struct JavaSupport {
  std::vector<JavaRuntime> runtimes; ///< none: the image has no Java, and all else is empty
  std::vector<LayerFile> files;
  std::vector<std::string> warnings; ///< what the layer does not reach
  std::vector<std::string> advice;   ///< warnings_of_jars(), and the key stores that will be refused
  std::vector<ConvertedStore> converted_stores;
};

/// Looks for runtimes in the image, and makes what they need. unsupported where a file of ours does not fit the image.
Result<JavaSupport> java_support(const oci::Image& image, const oci::FileTree& tree, const Glibc& glibc,
                                 const JavaRequest& request);

/// Sets JAVA_TOOL_OPTIONS so that every JVM of the image reads java.options first, whatever starts it; the image's own
/// value stays behind it. Changes nothing without runtimes, and nothing when applied again.
void edit_java_environment(nlohmann::json& config, const JavaSupport& java);

} // namespace kif::image
