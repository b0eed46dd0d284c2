// SPDX-License-Identifier: Apache-2.0
// What the Go toolchain wrote into a program about its making: it survives stripping, and says which cryptography is
// in it (https://pkg.go.dev/debug/buildinfo; the format is that of Go 1.18 and newer).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace kif::image {

/// Where a Go program has its cryptography from.
enum class GoCryptography {
  none,       ///< no function of crypto/ is in it
  own,        ///< the standard library's
  own_module, ///< the standard library's, as Go's own FIPS module (GOFIPS140)
  openssl,    ///< a binding to libcrypto, as a module or as the toolchain's own
};

struct GoBuildInfo {
  std::string go_version;
  std::string fips_module = {}; ///< GOFIPS140: "v1.0.0", "latest"; empty where it is off
  GoCryptography cryptography = GoCryptography::none;
};

/// None for what is no Go program, or is one of Go before 1.18. The bytes may be hostile: nothing but texts of bounded
/// length is taken from them.
std::optional<GoBuildInfo> read_go_build_info(std::span<const std::byte> content);

} // namespace kif::image
