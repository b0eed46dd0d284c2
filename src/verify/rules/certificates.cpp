// SPDX-License-Identifier: Apache-2.0
#include "verify/rules/certificates.h"

#include <algorithm>
#include <set>

#include "base/file.h"
#include "verify/rules/yaml_tree.h"

namespace kif::verify {
namespace {

constexpr std::string_view k_schema = "kif.certificates/1";

Result<Standard> read_standard(const YamlMap& map) {
  KIF_TRY(const std::string text, map.text("standard"));
  for (const Standard standard : {Standard::cmvp, Standard::esv})
    if (text == to_string(standard))
      return standard;
  return fail(map.error_at("standard", "unknown standard").with_mismatch("CMVP or ESV", text));
}

Result<std::string> read_number(const YamlMap& map) {
  KIF_TRY(std::string text, map.text("number"));
  if (text.size() > 9 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
    return fail(map.error_at("number", "\"number\" is no certificate number")
                    .with_mismatch("digits, without # or E in front", text));
  return text;
}

Result<std::optional<CertificateStatus>> read_status(const YamlMap& certificate) {
  const YamlNode* node = certificate.find("status");
  if (node == nullptr)
    return std::optional<CertificateStatus>();
  KIF_TRY(const YamlMap map, YamlMap::of(*node, certificate.file(), "a status", {"value", "since", "source", "date"}));
  CertificateStatus status;
  KIF_TRY(const std::string value, map.text("value"));
  using Value = CertificateStatus::Value;
  const auto known = {Value::active, Value::historical, Value::revoked};
  const auto found = std::ranges::find(known, value, [](Value one) { return to_string(one); });
  if (found == known.end())
    return fail(map.error_at("value", "unknown status").with_mismatch("active, historical or revoked", value));
  status.value = *found;
  KIF_TRY(status.since, map.optional_date("since"));
  KIF_TRY(status.source, map.text("source"));
  KIF_TRY(status.date, map.date("date"));
  return std::optional(std::move(status));
}

Result<Certificate> read_certificate(const YamlNode& node, const std::string& file) {
  KIF_TRY(const YamlMap map,
          YamlMap::of(node, file, "a certificate",
                      {"standard", "number", "holder", "subject", "versions", "source", "date", "status"}));
  Certificate certificate;
  KIF_TRY(certificate.standard, read_standard(map));
  KIF_TRY(certificate.number, read_number(map));
  KIF_TRY(certificate.holder, map.optional_text("holder"));
  KIF_TRY(certificate.subject, map.text("subject"));
  KIF_TRY(certificate.versions, map.texts("versions"));
  KIF_TRY(certificate.source, map.text("source"));
  KIF_TRY(certificate.date, map.date("date"));
  KIF_TRY(certificate.status, read_status(map));
  return certificate;
}

} // namespace

std::string_view to_string(Standard standard) noexcept {
  return standard == Standard::cmvp ? "CMVP" : "ESV";
}

std::string_view to_string(CertificateStatus::Value value) noexcept {
  switch (value) {
  case CertificateStatus::Value::active:
    return "active";
  case CertificateStatus::Value::historical:
    return "historical";
  case CertificateStatus::Value::revoked:
    return "revoked";
  }
  return "revoked";
}

std::string Certificate::name() const {
  return std::string(to_string(standard)) + (standard == Standard::cmvp ? " #" : " E") + number;
}

std::string Certificate::describe() const {
  std::string text = name() + ", " + subject;
  for (const std::string& version : versions)
    text += (&version == versions.data() ? " " : ", ") + version;
  text += holder.empty() ? "; its holder is not recorded" : "; holder " + holder;
  if (!status)
    return text + "; nothing is recorded of its status";
  text += "; " + std::string(to_string(status->value));
  if (status->since)
    text += " since " + to_string(*status->since);
  return text + " (" + status->source + ", " + to_string(status->date) + ")";
}

const Certificate* Certificates::find(Standard standard, std::string_view number) const noexcept {
  for (const Certificate& certificate : m_all)
    if (certificate.standard == standard && certificate.number == number)
      return &certificate;
  return nullptr;
}

Result<Certificates> parse_certificates(std::string_view text, const std::string& file) {
  KIF_TRY(const YamlNode root, parse_yaml(text, file));
  KIF_TRY(const YamlMap map, YamlMap::of(root, file, "a certificates file", {"schema", "certificates"}));
  KIF_CHECK(check_schema(map, k_schema));
  if (!map.has("certificates"))
    return fail(map.missing("certificates"));
  KIF_TRY(const auto nodes, map.list("certificates"));
  std::vector<Certificate> all;
  std::set<std::string> names;
  for (const YamlNode* node : nodes) {
    KIF_TRY(Certificate certificate, read_certificate(*node, file));
    if (!names.insert(certificate.name()).second)
      return fail(cannot_read(file, *node, certificate.name() + " stands twice"));
    all.push_back(std::move(certificate));
  }
  return Certificates(std::move(all));
}

Result<Certificates> read_certificates(const std::filesystem::path& file) {
  KIF_TRY(const std::string text, read_file(file, k_max_yaml_bytes));
  return parse_certificates(text, file.string());
}

} // namespace kif::verify
