// SPDX-License-Identifier: Apache-2.0
#include "sbom/reading/statement.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/quote.h"
#include "oci/json.h"
#include "sbom/reading/form.h"

namespace kif::sbom {
namespace {

using nlohmann::json;
using oci::JsonObject;

struct KnownPredicate {
  std::string_view type;
  Form form;
};
/// Behind each may stand /vN…, the version of the format.
constexpr std::array<KnownPredicate, 5> k_predicates = {{
    {"https://spdx.dev/Document", Form::spdx},
    {"https://cyclonedx.org/bom", Form::cyclonedx},
    {"https://syft.dev/bom", Form::syft},
    {"https://slsa.dev/provenance/v1", Form::slsa},
    {"https://apko.dev/image-configuration", Form::apko},
}};
/// What `cosign attest --type custom` writes, today and before 1.0: anything may stand in it.
constexpr std::array<std::string_view, 2> k_custom = {"https://cosign.sigstore.dev/attestation/v1",
                                                      "cosign.sigstore.dev/attestation/v1"};

std::optional<Form> form_of_type(std::string_view type) {
  for (const KnownPredicate& known : k_predicates) {
    if (!type.starts_with(known.type))
      continue;
    const std::string_view behind = type.substr(known.type.size());
    const bool is_version = known.form == Form::slsa ? behind.starts_with('.') : behind.starts_with("/v");
    if (behind.empty() || is_version)
      return known.form;
  }
  return std::nullopt;
}

Result<StatementHead> read_head(const JsonObject& statement) {
  StatementHead head;
  KIF_TRY(head.type, statement.string("_type"));
  if (head.type != "https://in-toto.io/Statement/v0.1" && head.type != "https://in-toto.io/Statement/v1")
    return fail(Error(ErrorCode::unsupported,
                      "cannot read " + statement.where() + ": this version of in-toto statements is not supported")
                    .with_mismatch("https://in-toto.io/Statement/v0.1 or /v1", printable(head.type)));
  KIF_TRY(head.predicate_type, statement.string("predicateType"));
  if (statement.find("subject") == nullptr)
    return head;
  KIF_TRY(const auto subjects, statement.objects("subject"));
  for (const JsonObject& subject : subjects) {
    KIF_TRY(const auto digests, subject.string_map("digest"));
    const auto sha256 = digests.find("sha256");
    if (sha256 == digests.end())
      continue;
    const auto digest = Digest::parse("sha256:" + sha256->second);
    if (!digest)
      return fail(ErrorCode::invalid_input, "cannot read " + statement.where() + ": " +
                                                subject.path_of("digest.sha256") + " is not 64 hex digits");
    head.subjects.push_back(*digest);
  }
  return head;
}

/// The text that stands where an object ought to: cosign wraps what it takes for text, as "…" or as {"Data": "…"} with
/// "Timestamp". Null: the predicate is the document itself.
const std::string* wrapped_text(const json& predicate) {
  if (predicate.is_string())
    return &predicate.get_ref<const std::string&>();
  if (!predicate.is_object())
    return nullptr;
  const auto data = predicate.find("Data");
  const std::size_t known = 1U + (predicate.contains("Timestamp") ? 1U : 0U);
  return data != predicate.end() && data->is_string() && predicate.size() == known
             ? &data->get_ref<const std::string&>()
             : nullptr;
}

bool begins_as_object(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

} // namespace

void note_other_predicate(const std::string& type, Readings& readings) {
  if (std::ranges::find(readings.other_predicates, type) == readings.other_predicates.end())
    readings.other_predicates.push_back(type);
}

Result<void> read_statement(const json& json, const std::string& where, SignatureState signature,
                            const ReadOptions& options, Readings& readings) {
  KIF_TRY(const JsonObject statement, JsonObject::of(json, where));
  KIF_TRY(StatementHead head, read_head(statement));
  const auto stated = form_of_type(head.predicate_type);
  const bool is_custom = std::ranges::find(k_custom, head.predicate_type) != k_custom.end();
  const nlohmann::json* predicate = statement.find("predicate");
  if ((!stated && !is_custom) || (is_custom && predicate == nullptr)) {
    note_other_predicate(head.predicate_type, readings);
    return {};
  }
  if (predicate == nullptr)
    return fail(ErrorCode::invalid_input, "cannot read " + where + ": predicate is missing");

  nlohmann::json unwrapped;
  if (const std::string* const text = wrapped_text(*predicate)) {
    if (is_custom && !begins_as_object(*text)) {
      note_other_predicate(head.predicate_type, readings);
      return {};
    }
    KIF_TRY(unwrapped, oci::parse_json(*text, "the predicate of " + where, k_document_bounds));
    predicate = &unwrapped;
  }
  auto form = form_of(*predicate, where);
  if (is_custom && !form) {
    note_other_predicate(head.predicate_type, readings);
    return {};
  }
  if (!form && form.error().code == ErrorCode::unsupported)
    return fail(std::move(form).error());
  if (!form || (stated && *form != *stated)) {
    const std::string what = form ? std::string(to_string(*form)) : "something else";
    return fail(Error(ErrorCode::invalid_input, "cannot read " + where + ": its predicate is not what its type says")
                    .with_mismatch(std::string(to_string(*stated)), what));
  }
  KIF_TRY(Document document, read_document(*predicate, *form, where));
  // Every builder writes provenance; only some list packages in it.
  if (*form == Form::slsa && document.packages.empty())
    note_other_predicate(head.predicate_type, readings);
  else
    readings.documents.push_back({std::move(document), std::move(head), signature, published(*predicate, options)});
  return {};
}

} // namespace kif::sbom
