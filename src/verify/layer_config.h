// SPDX-License-Identifier: Apache-2.0
// Whether the layer's configuration says what it must, whichever application name a program gives libcrypto.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "verify/findings/finding.h"
#include "verify/layer_place.h"

namespace kif::verify {

/// What is wrong with a configuration, a sentence each; empty: for every application name that programs use, it leads
/// to the layer's providers and seed source, to no other provider, and to properties that ask for FIPS. The text is
/// hostile.
std::vector<std::string> configuration_defects(std::string_view text);

/// LIVE-LAYER-CONFIGURATION: none of the openssl.cnf that the layer has in the unpacked image `root` has a defect.
Finding layer_configuration(const std::filesystem::path& root, const LayerPlace& place);

} // namespace kif::verify
