// SPDX-License-Identifier: Apache-2.0
#include "sbom/reading/envelope.h"

#include <vector>

#include "base/quote.h"
#include "oci/json.h"
#include "sbom/reading/base64.h"

namespace kif::sbom {
namespace {

using oci::JsonObject;

struct Signature {
  std::string bytes;
  std::string key_id; ///< a hint of the signer's; trusted by nobody
};

Result<std::vector<Signature>> read_signatures(const JsonObject& envelope) {
  KIF_TRY(const auto list, envelope.objects("signatures"));
  if (list.size() > k_max_signatures)
    return fail(ErrorCode::too_large,
                "cannot read " + envelope.where() + ": more than " + std::to_string(k_max_signatures) + " signatures");
  std::vector<Signature> result;
  for (const JsonObject& one : list) {
    KIF_TRY(const std::string text, one.string("sig"));
    KIF_TRY(std::string bytes, decode_base64(text, envelope.where(), one.path_of("sig")));
    KIF_TRY(std::string key_id, one.optional_string("keyid"));
    result.push_back({std::move(bytes), std::move(key_id)});
  }
  return result;
}

Result<SignatureState> check(const std::vector<Signature>& signatures, std::string_view type, std::string_view payload,
                             const std::string& where, std::span<const PublicKey> keys) {
  if (keys.empty())
    return signatures.empty() ? SignatureState::none : SignatureState::not_checked;
  if (signatures.empty())
    return fail(ErrorCode::invalid_input, "cannot read " + where + ": its envelope bears no signature");
  const std::string signed_text = pre_authentication_encoding(type, payload);
  for (const Signature& signature : signatures)
    for (const PublicKey& key : keys)
      if (key.verifies(signed_text, signature.bytes))
        return SignatureState::verified;
  const bool one_signature = signatures.size() == 1;
  const bool one_key = keys.size() == 1;
  Error error(ErrorCode::invalid_input, "cannot read " + where + ": " +
                                            (one_signature ? "its signature was not" : "none of its signatures was") +
                                            " made by " + (one_key ? "the given key" : "any of the given keys"));
  return fail(std::move(error).with_hint(one_signature && !signatures.front().key_id.empty()
                                             ? "it names key " + in_quotes(signatures.front().key_id)
                                             : "is it the public half of the key that signed? A signature that "
                                               "sigstore's certificates made needs theirs"));
}

} // namespace

std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload) {
  std::string text = "DSSEv1 " + std::to_string(payload_type.size()) + " ";
  text.reserve(text.size() + payload_type.size() + payload.size() + 32);
  text += payload_type;
  text += " " + std::to_string(payload.size()) + " ";
  text += payload;
  return text;
}

Result<Payload> open_envelope(nlohmann::json&& json, const std::string& where, std::span<const PublicKey> keys) {
  KIF_TRY(const JsonObject envelope, JsonObject::of(json, where));
  KIF_TRY(const std::string type, envelope.string("payloadType"));
  if (type != k_in_toto_payload)
    return fail(Error(ErrorCode::unsupported, "cannot read " + where + ": its payload is not an in-toto statement")
                    .with_mismatch(std::string(k_in_toto_payload), shortened(type)));
  KIF_TRY(const auto signatures, read_signatures(envelope));
  const nlohmann::json* const payload = envelope.find("payload");
  if (payload == nullptr || !payload->is_string())
    return fail(ErrorCode::invalid_input, "cannot read " + where + ": payload is not a string");
  KIF_TRY(std::string text, decode_base64(payload->get_ref<const std::string&>(), where, "payload"));
  json = nullptr;
  KIF_TRY(const SignatureState state, check(signatures, type, text, where, keys));
  return Payload{std::move(text), state};
}

} // namespace kif::sbom
