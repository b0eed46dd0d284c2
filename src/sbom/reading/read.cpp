// SPDX-License-Identifier: Apache-2.0
#include "sbom/reading/read.h"

#include <algorithm>
#include <array>

#include "oci/json.h"
#include "sbom/reading/envelope.h"
#include "sbom/reading/form.h"
#include "sbom/reading/statement.h"

namespace kif::sbom {
namespace {

/// Of one text. An image with an attestation for each of its packages has some hundred.
constexpr std::size_t k_max_lines = 256;
constexpr std::string_view k_blanks = " \t\r\n";

constexpr std::array<std::string_view, 9> k_media_types = {
    "application/spdx+json",
    "text/spdx+json", // cosign attach sbom
    "spdx+json",
    "application/vnd.cyclonedx+json",
    "application/vnd.syft+json",
    "application/vnd.dsse.envelope.v1+json",
    k_in_toto_payload,
    "application/vnd.dev.sigstore.bundle.v0.3+json",
    "application/vnd.dev.sigstore.bundle+json",
};

std::string_view without_blanks_in_front(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(k_blanks), text.size()));
}

/// Whether `text` is JSON lines: its first line is a whole object, and there is more behind it. A document on its own
/// that is laid out over lines opens on the first what it closes on the last.
bool is_lines(std::string_view text) {
  text = without_blanks_in_front(text);
  const std::size_t newline = text.find('\n');
  if (newline == std::string_view::npos || text.find_first_not_of(k_blanks, newline) == std::string_view::npos)
    return false;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < newline; ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"')
      in_string = true;
    else if (c == '{')
      ++depth;
    else if (c == '}' && depth > 0 && --depth == 0)
      return true;
  }
  return false;
}

Result<void> read_one(std::string_view text, const std::string& where, const ReadOptions& options, Readings& readings) {
  KIF_TRY(nlohmann::json json, oci::parse_json(text, where, k_document_bounds));
  if (options.passes_over_other_forms && !has_form(json))
    return {};
  KIF_TRY(Form form, form_of(json, where));
  SignatureState signature = SignatureState::none;
  if (form == Form::bundle) {
    KIF_TRY(json, envelope_in_bundle(std::move(json), where));
    form = Form::envelope;
  }
  if (form == Form::envelope) {
    KIF_TRY(const Payload payload, open_envelope(std::move(json), where, options.keys));
    const std::string what = "the payload of " + where;
    KIF_TRY(json, oci::parse_json(payload.text, what, k_document_bounds));
    KIF_TRY(form, form_of(json, where));
    if (form != Form::statement)
      return fail(ErrorCode::invalid_input,
                  "cannot read " + what + ": " + std::string(to_string(form)) + " is not an in-toto statement");
    signature = payload.signature;
  }
  if (form == Form::statement)
    return read_statement(json, where, signature, options, readings);
  KIF_TRY(Document document, read_document(json, form, where));
  if (form == Form::slsa && document.packages.empty())
    note_other_predicate("https://slsa.dev/provenance/v1", readings);
  else
    readings.documents.push_back({std::move(document), std::nullopt, signature, published(json, options)});
  return {};
}

/// By its mark, or by a first character that documents begin with.
bool is_utf_16(std::string_view text) noexcept {
  constexpr std::string_view firsts = "{<S";
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    return true;
  if (text.size() < 4 || (text[0] == '\0') == (text[1] == '\0'))
    return false;
  const std::size_t first = text[0] == '\0' ? 1 : 0;
  return firsts.find(text[first]) != std::string_view::npos && text[2 + first] != '\0' && text[3 - first] == '\0';
}

/// Behind UTF-8's mark and blanks.
std::string_view beginning_of(std::string_view text) noexcept {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  return without_blanks_in_front(text.starts_with(mark) ? text.substr(mark.size()) : text);
}

/// A form that is known and not read, told by how it begins; empty for others.
std::string_view other_syntax(std::string_view text) noexcept {
  if (is_utf_16(text))
    return "UTF-16";
  text = beginning_of(text);
  if (text.starts_with("SPDXVersion:"))
    return "SPDX tag-value";
  return text.starts_with('<') ? "XML" : "";
}

} // namespace

Result<void> refuse_other_syntax(std::string_view text, const std::string& where) {
  const std::string_view what = other_syntax(text);
  if (what.empty())
    return {};
  return fail(Error(ErrorCode::unsupported, "cannot read " + where + ": " + std::string(what) + " is not supported")
                  .with_hint("kif reads SBOMs in JSON; syft convert and trivy convert make it of other forms"));
}

bool may_be_document(std::string_view text) noexcept {
  const std::string_view syntax = other_syntax(text);
  if (syntax == "XML") // many attachments are XML
    return text.find("cyclonedx.org") != std::string_view::npos || text.find("spdx.org") != std::string_view::npos;
  if (!syntax.empty())
    return true;
  return beginning_of(text).starts_with('{');
}

Result<Readings> read_documents(std::string_view text, const std::string& where, const ReadOptions& options) {
  if (text.size() > k_max_document_bytes)
    return fail(ErrorCode::too_large, "cannot read " + where + ": larger than the bound of " +
                                          std::to_string(k_max_document_bytes) + " bytes");
  KIF_CHECK(refuse_other_syntax(text, where));
  Readings readings;
  if (!is_lines(text)) {
    KIF_CHECK(read_one(text, where, options, readings));
    return readings;
  }
  for (std::size_t number = 1; !text.empty(); ++number) {
    if (number > k_max_lines)
      return fail(ErrorCode::too_large,
                  "cannot read " + where + ": more than " + std::to_string(k_max_lines) + " lines");
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(k_blanks) != std::string_view::npos)
      KIF_CHECK(read_one(line, "line " + std::to_string(number) + " of " + where, options, readings));
  }
  return readings;
}

bool is_document_media_type(std::string_view media_type) noexcept {
  const std::string_view type = media_type.substr(0, media_type.find(';'));
  // in-toto's own names for an envelope with a predicate of one kind: application/vnd.in-toto.spdx+dsse.
  return std::ranges::find(k_media_types, type) != k_media_types.end() ||
         (type.starts_with("application/vnd.in-toto.") && type.ends_with("+dsse"));
}

} // namespace kif::sbom
