// SPDX-License-Identifier: Apache-2.0
// DSSE envelopes (https://github.com/secure-systems-lab/dsse): a signed payload, in base64. And sigstore bundles, which
// hold one.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "sbom/reading/read.h"
#include "sbom/signing/public_key.h"

namespace kif::sbom {

inline constexpr std::string_view k_in_toto_payload = "application/vnd.in-toto+json";
/// Of one envelope: real ones have one, and each costs a check by every key.
inline constexpr std::size_t k_max_signatures = 16;

/// The text that is signed: DSSE's pre-authentication encoding of a payload.
std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload);

/// What an envelope carries, once its signature was looked at: the statement's text.
struct Payload {
  std::string text;
  SignatureState signature = SignatureState::none;
};

/// `json` is given up, so that the payload lies in memory but twice while it is decoded. invalid_input: not an
/// envelope; bad base64; keys were given, and none of them made one of the signatures. unsupported: a payload that is
/// no in-toto statement.
Result<Payload> open_envelope(nlohmann::json&& json, const std::string& where, std::span<const PublicKey> keys);

/// The envelope in a sigstore bundle of version 0.1 to 0.3. unsupported: another version, or a bundle that holds a
/// signature over something else.
Result<nlohmann::json> envelope_in_bundle(nlohmann::json&& json, const std::string& where);

} // namespace kif::sbom
