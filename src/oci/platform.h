// SPDX-License-Identifier: Apache-2.0
// Platforms as OCI writes them (image-spec, image-index.md, "platform"): os/architecture[/variant].
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::oci {

struct Platform {
  std::string os;
  std::string architecture; ///< Go's name: amd64, arm64, riscv64, …
  std::string variant;      ///< empty, or v7, v8, …

  /// "linux/arm64/v8"; also the kernel's names of machines ("linux/x86_64"), which become Go's.
  static Result<Platform> parse(std::string_view text);
  /// This machine's.
  static Platform host();

  /// Takes the kernel's and other names of machines for Go's: "x86_64" becomes amd64, ("arm", "7") v7. Images have
  /// both.
  void use_go_names();
  /// Fills in what an image does not say of itself from what an index says of it; where that says nothing either, it is
  /// Linux and this machine's architecture: so docker and podman take it.
  void complete(const Platform& told);

  std::string text() const;
  /// Whether an image for this platform is what was asked for by `wanted`: same os and architecture, and same variant
  /// where both name one. arm64 without a variant is v8, arm without one v7.
  bool satisfies(const Platform& wanted) const;

  friend bool operator==(const Platform&, const Platform&) = default;
};

} // namespace kif::oci
