// SPDX-License-Identifier: Apache-2.0
#include "verify/rules/certificates.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "facts/yaml_tree.h"

namespace kif::verify {
namespace {

using facts::cannot_read;
using facts::check_schema;
using facts::YamlMap;
using facts::YamlNode;
using Json = nlohmann::ordered_json;
using Status = CertificateStatus::Value;

constexpr std::string_view k_schema = "kif.certificates/2";
constexpr std::string_view k_first_schema = "kif.certificates/1";

constexpr std::array k_programs = {Program::cmvp, Program::esv};
constexpr std::array k_forms = {ModuleForm::openssl_provider, ModuleForm::library, ModuleForm::java, ModuleForm::go};
constexpr std::array k_caveats = {Caveat::none_on_entropy, Caveat::externally_loaded_only,
                                  Caveat::modified_by_available_entropy, Caveat::no_assurance};
constexpr std::array k_certainties = {Certainty::nist, Certainty::several, Certainty::vendor, Certainty::one_source};
constexpr std::array k_states = {Status::active, Status::historical, Status::revoked, Status::pending};

/// "a, b or c".
template <class Values> std::string listed(const Values& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i)
    text += (i == 0 ? "" : i + 1 == values.size() ? " or " : ", ") + std::string(to_string(values[i]));
  return text;
}

/// The value whose name stands under `key`; none where the key is absent.
template <class Values>
Result<std::optional<typename Values::value_type>> read_one_of(const YamlMap& map, std::string_view key,
                                                               const std::string& what, const Values& values) {
  KIF_TRY(const std::string text, map.optional_text(key));
  if (text.empty())
    return std::optional<typename Values::value_type>();
  const auto found = std::ranges::find(values, text, [](auto value) { return to_string(value); });
  if (found == values.end())
    return fail(map.error_at(key, "unknown " + what).with_mismatch(listed(values), text));
  return std::optional(*found);
}

Result<Program> read_program(const YamlMap& map, std::string_view key) {
  KIF_CHECK(map.text(key));
  KIF_TRY(const auto program, read_one_of(map, key, std::string(key), k_programs));
  return *program;
}

Result<std::string> read_standard(const YamlMap& map, Program program) {
  KIF_TRY(const std::string text, map.optional_text("standard"));
  const std::vector<std::string> known = program == Program::cmvp ? std::vector<std::string>{"FIPS 140-2", "FIPS 140-3"}
                                                                  : std::vector<std::string>{"SP 800-90B"};
  if (text.empty() || std::ranges::find(known, text) != known.end())
    return text;
  return fail(map.error_at("standard", "unknown standard")
                  .with_mismatch(known.size() == 1 ? known[0] : known[0] + " or " + known[1], text));
}

Result<std::string> read_number(const YamlMap& map, bool is_pending) {
  if (is_pending && !map.has("number"))
    return std::string();
  KIF_TRY(std::string text, map.text("number"));
  if (text.size() > 9 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
    return fail(map.error_at("number", "\"number\" is not a certificate number")
                    .with_mismatch("digits, without # or E in front", text));
  return text;
}

Result<std::optional<bool>> read_interim(const YamlMap& map) {
  KIF_TRY(const std::string text, map.optional_text("interim"));
  if (text.empty())
    return std::optional<bool>();
  if (text != "yes" && text != "no")
    return fail(map.error_at("interim", "\"interim\" is neither").with_mismatch("yes or no", text));
  return std::optional(text == "yes");
}

Result<Origin> read_origin(const YamlMap& map) {
  Origin origin;
  KIF_TRY(origin.source, map.text("source"));
  KIF_TRY(origin.date, map.date("date"));
  KIF_TRY(origin.certainty, read_one_of(map, "certainty", "certainty", k_certainties));
  return origin;
}

/// A status that names no source has the certificate's.
Result<std::optional<CertificateStatus>> read_status(const YamlMap& certificate, const Origin& origin) {
  const YamlNode* node = certificate.find("status");
  if (node == nullptr)
    return std::optional<CertificateStatus>();
  KIF_TRY(const YamlMap map, YamlMap::of(*node, certificate.file(), "a status",
                                         {"value", "phase", "since", "source", "date", "certainty"}));
  CertificateStatus status;
  KIF_CHECK(map.text("value"));
  KIF_TRY(const auto value, read_one_of(map, "value", "status", k_states));
  status.value = *value;
  KIF_TRY(status.phase, map.optional_text("phase"));
  KIF_TRY(status.since, map.optional_date("since"));
  status.origin = origin;
  if (map.has("source") || map.has("date") || map.has("certainty")) {
    KIF_TRY(status.origin, read_origin(map));
  }
  return std::optional(std::move(status));
}

Result<YamlMap> certificate_map(const YamlNode& node, const std::string& file, bool is_first_schema) {
  const std::string what = "a certificate";
  if (is_first_schema) // there, "standard" was whose list the certificate is on
    return YamlMap::of(node, file, what,
                       {"standard", "number", "holder", "subject", "versions", "source", "date", "status"});
  return YamlMap::of(node, file, what,
                     {"program", "number", "standard", "form", "holder", "subject", "versions", "sunset", "caveat",
                      "interim", "source", "date", "certainty", "status"});
}

Result<Certificate> read_certificate(const YamlNode& node, const std::string& file, bool is_first_schema) {
  KIF_TRY(const YamlMap map, certificate_map(node, file, is_first_schema));
  Certificate certificate;
  KIF_TRY(certificate.program, read_program(map, is_first_schema ? "standard" : "program"));
  if (!is_first_schema) {
    KIF_TRY(certificate.standard, read_standard(map, certificate.program));
  }
  KIF_TRY(certificate.origin, read_origin(map));
  KIF_TRY(certificate.status, read_status(map, certificate.origin));
  const bool is_pending = certificate.status && certificate.status->value == Status::pending;
  KIF_TRY(certificate.number, read_number(map, is_pending));
  KIF_TRY(certificate.form, read_one_of(map, "form", "form", k_forms));
  KIF_TRY(certificate.holder, map.optional_text("holder"));
  KIF_TRY(certificate.subject, map.text("subject"));
  KIF_TRY(certificate.versions, map.texts("versions"));
  KIF_TRY(certificate.sunset, map.optional_date("sunset"));
  KIF_TRY(certificate.caveat, read_one_of(map, "caveat", "caveat", k_caveats));
  KIF_TRY(certificate.is_interim, read_interim(map));
  return certificate;
}

std::string explain(Caveat caveat) {
  switch (caveat) {
  case Caveat::none_on_entropy:
    return "nothing on entropy";
  case Caveat::externally_loaded_only:
    return "no assurance of what is loaded from outside, and no more";
  case Caveat::modified_by_available_entropy:
    return "strengths of generated keys are modified by available entropy";
  case Caveat::no_assurance:
    return "no assurance of the minimum strength of generated keys";
  }
  return "";
}

std::string explain(Certainty certainty) {
  switch (certainty) {
  case Certainty::nist:
    return "NIST's data";
  case Certainty::several:
    return "more than one source";
  case Certainty::vendor:
    return "the vendor's word";
  case Certainty::one_source:
    return "one source's claim";
  }
  return "";
}

bool has_passed(const std::optional<Date>& sunset, const Date& today) {
  return sunset && std::chrono::sys_days(today) >= std::chrono::sys_days(*sunset);
}

std::string describe_status(const Certificate& certificate) {
  const auto& status = certificate.status;
  if (!status)
    return "status not known";
  std::string text(to_string(status->value));
  if (!status->phase.empty())
    text += ", " + status->phase + ",";
  if (status->since)
    text += " since " + to_string(*status->since);
  if (status->value == Status::pending)
    text += ": submitted, and no certificate";
  return status->origin == certificate.origin ? text : text + " (" + status->origin.describe() + ")";
}

std::string describe_sunset(const Certificate& certificate, const Date& today) {
  if (!certificate.sunset)
    return "sunset not known";
  std::string text = "sunset " + to_string(*certificate.sunset);
  if (!has_passed(certificate.sunset, today))
    return text;
  text += ", which has passed";
  if (certificate.status && certificate.status->value == Status::active)
    text += ": it is no longer active, unless it was extended since";
  return text;
}

} // namespace

std::string_view to_string(Program program) noexcept {
  return program == Program::cmvp ? "CMVP" : "ESV";
}

std::string_view to_string(ModuleForm form) noexcept {
  switch (form) {
  case ModuleForm::openssl_provider:
    return "openssl-provider";
  case ModuleForm::library:
    return "library";
  case ModuleForm::java:
    return "java";
  case ModuleForm::go:
    return "go";
  }
  return "";
}

std::string_view to_string(Caveat caveat) noexcept {
  switch (caveat) {
  case Caveat::none_on_entropy:
    return "none-on-entropy";
  case Caveat::externally_loaded_only:
    return "externally-loaded-only";
  case Caveat::modified_by_available_entropy:
    return "modified-by-available-entropy";
  case Caveat::no_assurance:
    return "no-assurance";
  }
  return "";
}

std::string_view to_string(Certainty certainty) noexcept {
  switch (certainty) {
  case Certainty::nist:
    return "nist";
  case Certainty::several:
    return "several";
  case Certainty::vendor:
    return "vendor";
  case Certainty::one_source:
    return "one-source";
  }
  return "";
}

std::string_view to_string(CertificateStatus::Value value) noexcept {
  switch (value) {
  case Status::active:
    return "active";
  case Status::historical:
    return "historical";
  case Status::revoked:
    return "revoked";
  case Status::pending:
    return "pending";
  }
  return "";
}

std::string Origin::describe() const {
  return source + ", " + to_string(date) + (certainty ? ", " + explain(*certainty) : "");
}

std::string Certificate::name() const {
  const std::string list(to_string(program));
  if (number.empty())
    return list + ", no number";
  return list + (program == Program::cmvp ? " #" : " E") + number;
}

std::string Certificate::title() const {
  std::string text = name() + ", " + subject;
  for (const std::string& version : versions)
    text += (&version == versions.data() ? " " : ", ") + version;
  return text;
}

std::string Certificate::describe(const Date& today) const {
  std::string text = title() + "; " + (standard.empty() ? "standard not known" : standard) + "; " +
                     describe_status(*this) + "; " + describe_sunset(*this, today) + "; " +
                     (holder.empty() ? "holder not known" : "holder " + holder);
  if (program == Program::cmvp) // an entropy source's certificate has neither
    text += "; " +
            (caveat ? "caveat " + std::string(to_string(*caveat)) + ": " + explain(*caveat) : "caveat not known") +
            "; " +
            (!is_interim   ? "interim or not is not known"
             : *is_interim ? "interim"
                           : "not interim");
  return text + "; by " + origin.describe();
}

nlohmann::ordered_json to_json(const Certificate& certificate, const Date& today) {
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  const auto name_or_null = [](const auto& value) { return value ? Json(to_string(*value)) : Json(nullptr); };
  const auto origin_json = [&](const Origin& origin) {
    return Json{
        {"source", origin.source}, {"date", to_string(origin.date)}, {"certainty", name_or_null(origin.certainty)}};
  };
  Json status = nullptr;
  if (certificate.status) {
    status = {{"value", to_string(certificate.status->value)},
              {"phase", text_or_null(certificate.status->phase)},
              {"since", name_or_null(certificate.status->since)}};
    status.update(origin_json(certificate.status->origin));
  }
  Json json = {{"program", to_string(certificate.program)},
               {"number", text_or_null(certificate.number)},
               {"standard", text_or_null(certificate.standard)},
               {"form", name_or_null(certificate.form)},
               {"holder", text_or_null(certificate.holder)},
               {"subject", certificate.subject},
               {"versions", certificate.versions},
               {"status", std::move(status)},
               {"sunset", name_or_null(certificate.sunset)},
               {"sunset_has_passed", certificate.sunset ? Json(has_passed(certificate.sunset, today)) : Json(nullptr)},
               {"caveat", name_or_null(certificate.caveat)},
               {"interim", certificate.is_interim ? Json(*certificate.is_interim) : Json(nullptr)}};
  json.update(origin_json(certificate.origin));
  return json;
}

const Certificate* Certificates::find(Program program, std::string_view number) const noexcept {
  for (const Certificate& certificate : m_all)
    if (!number.empty() && certificate.program == program && certificate.number == number)
      return &certificate;
  return nullptr;
}

Result<Certificates> parse_certificates(std::string_view text, const std::string& file) {
  KIF_TRY(const YamlNode root, facts::parse_yaml(text, file));
  KIF_TRY(const YamlMap map, YamlMap::of(root, file, "a certificates file", {"schema", "certificates"}));
  KIF_TRY(const std::string schema, map.text("schema"));
  const bool is_first_schema = schema == k_first_schema;
  KIF_CHECK(check_schema(map, is_first_schema ? k_first_schema : k_schema));
  if (!map.has("certificates"))
    return fail(map.missing("certificates"));
  KIF_TRY(const auto nodes, map.list("certificates"));
  std::vector<Certificate> all;
  std::set<std::string> names;
  for (const YamlNode* node : nodes) {
    KIF_TRY(Certificate certificate, read_certificate(*node, file, is_first_schema));
    if (!certificate.number.empty() && !names.insert(certificate.name()).second)
      return fail(cannot_read(file, *node, certificate.name() + " appears twice"));
    all.push_back(std::move(certificate));
  }
  return Certificates(std::move(all));
}

Result<Certificates> read_certificates(const std::filesystem::path& file) {
  KIF_TRY(const std::string text, read_file(file, facts::k_max_yaml_bytes));
  return parse_certificates(text, file.string());
}

Date today() {
  return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
}

} // namespace kif::verify
