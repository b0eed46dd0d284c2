// SPDX-License-Identifier: Apache-2.0
#include "sbom/reading/form.h"

#include <algorithm>
#include <array>
#include <optional>

namespace kif::sbom {
namespace {

struct Mark {
  std::string_view member;
  Form form;
};
/// A member that each form must have and that none of the others knows.
constexpr std::array<Mark, 9> k_marks = {{
    {"spdxVersion", Form::spdx},
    {"@graph", Form::spdx3},
    {"bomFormat", Form::cyclonedx},
    {"artifacts", Form::syft},
    {"buildDefinition", Form::slsa},
    {"contents", Form::apko},
    {"predicateType", Form::statement},
    {"payloadType", Form::envelope},
    {"verificationMaterial", Form::bundle},
}};

} // namespace

std::string_view to_string(Form form) noexcept {
  switch (form) {
  case Form::spdx:
  case Form::spdx3:
    return to_string(Format::spdx_json);
  case Form::cyclonedx:
    return to_string(Format::cyclonedx_json);
  case Form::syft:
    return to_string(Format::syft_json);
  case Form::slsa:
    return to_string(Format::slsa_provenance);
  case Form::apko:
    return to_string(Format::apko_configuration);
  case Form::statement:
    return "an in-toto statement";
  case Form::envelope:
    return "a DSSE envelope";
  case Form::bundle:
    return "a sigstore bundle";
  }
  return "";
}

bool has_form(const nlohmann::json& json) {
  return json.is_object() && std::ranges::any_of(k_marks, [&](const Mark& mark) { return json.contains(mark.member); });
}

Result<Form> form_of(const nlohmann::json& json, const std::string& where) {
  const std::string cannot_read = "cannot read " + where + ": ";
  std::optional<Form> found;
  if (json.is_object()) {
    for (const Mark& mark : k_marks) {
      if (!json.contains(mark.member))
        continue;
      if (found)
        return fail(ErrorCode::invalid_input, cannot_read + "it could be " + std::string(to_string(*found)) + " and " +
                                                  std::string(to_string(mark.form)));
      found = mark.form;
    }
  }
  if (!found)
    return fail(
        Error(ErrorCode::invalid_input, cannot_read + "it is not an SBOM in a form that kif knows")
            .with_hint("kif reads SPDX 2.2, 2.3 and 3.0, CycloneDX 1.4 to 1.7 and syft's JSON, bare, in in-toto "
                       "statements, DSSE envelopes and sigstore bundles"));
  return *found;
}

Result<Document> read_document(const nlohmann::json& json, Form form, const std::string& where) {
  switch (form) {
  case Form::spdx:
    return read_spdx(json, where);
  case Form::spdx3:
    return read_spdx3(json, where);
  case Form::cyclonedx:
    return read_cyclonedx(json, where);
  case Form::syft:
    return read_syft(json, where);
  case Form::slsa:
    return read_slsa(json, where);
  case Form::apko:
    return read_apko(json, where);
  case Form::statement:
  case Form::envelope:
  case Form::bundle:
    break;
  }
  return fail(ErrorCode::invalid_input,
              "cannot read " + where + ": " + std::string(to_string(form)) + " is in the place of a document");
}

std::string published(const nlohmann::json& document, const ReadOptions& options) {
  return options.keep_published ? document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                                : std::string();
}

} // namespace kif::sbom
