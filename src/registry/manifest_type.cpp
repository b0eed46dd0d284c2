// SPDX-License-Identifier: Apache-2.0
#include "registry/manifest_type.h"

#include <vector>

#include "base/quote.h"
#include "oci/json.h"
#include "oci/media_type.h"
#include "registry/answer_error.h"

namespace kif::oci {

bool is_manifest(std::string_view media_type) {
  return is_manifest_type(media_type) || is_index_type(media_type);
}

Result<std::string> manifest_type(std::string_view text, const std::string& content_type, const std::string& what) {
  KIF_TRY(const nlohmann::json json, parse_json(text, what));
  KIF_TRY(const JsonObject document, JsonObject::of(json, what));
  KIF_TRY(std::string type, document.optional_string("mediaType"));
  if (type.empty() && (is_manifest(content_type) || content_type.starts_with(k_docker_schema1)))
    type = content_type;
  if (type.empty() && document.find("manifests") != nullptr)
    type = k_oci_index;
  if (type.empty() && document.find("config") != nullptr)
    type = k_oci_manifest;
  if (type.starts_with(k_docker_schema1))
    return fail(Error(ErrorCode::unsupported, "cannot read " + what + ": Docker's schema 1 is not supported")
                    .with_hint("copy it first: skopeo copy --format oci … oci:DIR:TAG"));
  if (!is_manifest(type))
    return fail(ErrorCode::unsupported, "cannot read " + what + ": it is no image but " +
                                            (type.empty() ? "something without a type" : in_quotes(type)));
  // Readers that go by the header must read the same.
  if (is_manifest(content_type) && content_type != type)
    return fail(
        Error(ErrorCode::invalid_input, "cannot read " + what + ": its media type is not what the registry says")
            .with_mismatch(content_type, type));
  return type;
}

Result<Document> fetch_document(RegistryClient& client, const RegistryQuery& asked) {
  RegistryQuery query = asked;
  query.time = client.document_time();
  for (unsigned attempt = 1;; ++attempt) {
    KIF_TRY(SendResponse answer, client.get(query));
    auto document = read_document(answer, query.what);
    const bool is_broken = !document && (document.error().code == ErrorCode::io || //
                                         document.error().code == ErrorCode::timeout);
    if (!is_broken || attempt >= client.bounds().max_attempts || query.time->is_over())
      return document;
    KIF_CHECK(client.pause_before(attempt + 1, query.what));
  }
}

Result<Document> read_document(SendResponse& answer, const std::string& what) {
  Document document;
  const std::string type = answer.response.header("content-type");
  document.content_type = type.substr(0, type.find_first_of("; "));
  std::vector<std::byte> buffer(64 * 1024);
  const auto too_large = [&] {
    return fail(ErrorCode::too_large,
                "cannot fetch " + what + ": larger than the bound of " + std::to_string(k_max_json_bytes) + " bytes");
  };
  if (answer.response.content_length().value_or(0) > k_max_json_bytes)
    return too_large();
  for (;;) {
    const auto count = answer.response.body->read(buffer);
    if (!count)
      return fail(failure_error(what, answer.from, count.error(), 1));
    if (*count == 0)
      return document;
    if (document.text.size() + *count > k_max_json_bytes)
      return too_large();
    document.text.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
}

} // namespace kif::oci
