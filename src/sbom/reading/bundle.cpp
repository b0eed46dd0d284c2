// SPDX-License-Identifier: Apache-2.0
// Sigstore bundles (https://github.com/sigstore/protobuf-specs, sigstore_bundle.proto): an envelope beside the material
// that checks it. Of that material kif reads nothing: only keys that the user gives count.
#include <algorithm>
#include <array>

#include "base/quote.h"
#include "oci/json.h"
#include "sbom/reading/envelope.h"

namespace kif::sbom {
namespace {

/// Both spellings of 0.3 are in use; earlier versions have the second alone.
constexpr std::array<std::string_view, 4> k_media_types = {
    "application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.sigstore.bundle+json;version=0.3",
    "application/vnd.dev.sigstore.bundle+json;version=0.2", "application/vnd.dev.sigstore.bundle+json;version=0.1"};

} // namespace

Result<nlohmann::json> envelope_in_bundle(nlohmann::json&& json, const std::string& where) {
  KIF_TRY(const auto bundle, oci::JsonObject::of(json, where));
  KIF_TRY(const std::string media_type, bundle.string("mediaType"));
  if (std::ranges::find(k_media_types, media_type) == k_media_types.end())
    return fail(
        Error(ErrorCode::unsupported, "cannot read " + where + ": this version of sigstore's bundles is not supported")
            .with_mismatch(std::string(k_media_types[0]), shortened(media_type)));
  if (bundle.find("dsseEnvelope") == nullptr) {
    if (bundle.find("messageSignature") != nullptr)
      return fail(ErrorCode::unsupported, "cannot read " + where + ": the bundle holds a signature and no document");
    return fail(ErrorCode::invalid_input, "cannot read " + where + ": dsseEnvelope is missing");
  }
  return std::move(json["dsseEnvelope"]);
}

} // namespace kif::sbom
