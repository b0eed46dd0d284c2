// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648) as DSSE and sigstore write it: the standard alphabet or the URL-safe one.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace kif::sbom {

/// The bytes that `text` stands for. One text has one meaning: no blanks, one alphabet, padding whole or left out, and
/// no bits set that no byte takes. invalid_input: "cannot read WHERE: WHAT is not base64: …" with the place, from 0.
Result<std::string> decode_base64(std::string_view text, const std::string& where, const std::string& what);

} // namespace kif::sbom
