// SPDX-License-Identifier: Apache-2.0
#include "sbom/reading/statement.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/quote.h"
#include "oci/json.h"
#include "sbom/reading/form.h"
#include "sbom/reading/read.h"

namespace kif::sbom {
namespace {

using nlohmann::json;
using oci::JsonObject;

struct KnownPredicate {
  std::string_view type;
  Form form;
};
/// Behind each may stand /vN…, the version of the format. Predicates of all other types are told by what they hold.
constexpr std::array<KnownPredicate, 5> k_predicates = {{
    {"https://spdx.dev/Document", Form::spdx},
    {"https://cyclonedx.org/bom", Form::cyclonedx},
    {"https://syft.dev/bom", Form::syft},
    {"https://slsa.dev/provenance/v1", Form::slsa},
    {"https://apko.dev/image-configuration", Form::apko},
}};

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
                    .with_mismatch("https://in-toto.io/Statement/v0.1 or /v1", shortened(head.type)));
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
  const nlohmann::json* predicate = statement.find("predicate");
  if (!stated && predicate == nullptr) {
    note_other_predicate(head.predicate_type, readings);
    return {};
  }
  if (predicate == nullptr)
    return fail(ErrorCode::invalid_input, "cannot read " + where + ": predicate is missing");

  nlohmann::json unwrapped;
  if (const std::string* const text = wrapped_text(*predicate)) {
    if (!stated && !may_be_document(*text)) {
      note_other_predicate(head.predicate_type, readings);
      return {};
    }
    const std::string what = "the predicate of " + where;
    KIF_CHECK(refuse_other_syntax(*text, what));
    KIF_TRY(unwrapped, oci::parse_json(*text, what, k_document_bounds));
    predicate = &unwrapped;
  }
  if (!stated && !has_form(*predicate)) {
    note_other_predicate(head.predicate_type, readings);
    return {};
  }
  auto form = form_of(*predicate, where);
  if (!form && !stated)
    return fail(std::move(form).error());
  const bool is_spdx3 = form && *form == Form::spdx3;
  if (!form || (stated && *form != *stated && !(is_spdx3 && *stated == Form::spdx))) {
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
