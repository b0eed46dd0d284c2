// SPDX-License-Identifier: Apache-2.0
// Where the parts of the FIPS layer are in an image: absolute, without links. docs/design/0005-fips-layer.md.
#pragma once

#include <array>
#include <string_view>

namespace kif::image {

inline constexpr std::string_view k_module_path = "/usr/lib/kif/fips.so";
/// What OpenSSL's configuration names. It loads k_provider_path, or says why it cannot.
inline constexpr std::string_view k_gate_path = "/usr/lib/kif/kif-fips.so";
inline constexpr std::string_view k_provider_path = "/usr/lib/kif/kif-provider.so";
inline constexpr std::string_view k_entropy_library_path = "/usr/lib/kif/libjitterentropy.so.3";
inline constexpr std::string_view k_init_path = "/usr/lib/kif/kif-init";
inline constexpr std::string_view k_random_path = "/usr/lib/kif/libkif-random.so";
/// The loader puts what this file names into every process that it starts; k_random_path is in it.
inline constexpr std::string_view k_preload_path = "/etc/ld.so.preload";
inline constexpr std::string_view k_modules_folder = "/usr/lib/kif/modules";
/// Symbolic links to the gate: whoever loads "fips" by name from OPENSSL_MODULES gets the module fed by us, never
/// the bare one; whoever loads "legacy" gets a provider without algorithms.
inline constexpr std::array<std::string_view, 2> k_module_links = {"/usr/lib/kif/modules/fips.so",
                                                                   "/usr/lib/kif/modules/legacy.so"};
inline constexpr std::string_view k_module_link_target = "../kif-fips.so";
inline constexpr std::string_view k_config_path = "/etc/kif/openssl.cnf";
inline constexpr std::string_view k_manifest_path = "/usr/share/kif/manifest.sha256";
inline constexpr std::string_view k_description_path = "/usr/share/kif/layer.json";

} // namespace kif::image
