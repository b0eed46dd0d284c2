// SPDX-License-Identifier: Apache-2.0
#include "verify/claims/claim_findings.h"

#include <algorithm>
#include <cctype>

#include "base/quote.h"
#include "verify/rules/architecture.h"
#include "verify/rules/package_text.h"

namespace kif::verify {
namespace {

constexpr std::size_t k_most_named = 10; // of one kind in one line; a document of packages has thousands

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// "1 package", "2 packages".
std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// "a, b and 3 more".
template <class T, class Name> std::string listed(const std::vector<T>& all, Name name) {
  std::string text;
  for (std::size_t i = 0; i < std::min(all.size(), k_most_named); ++i)
    text += (i == 0 ? "" : ", ") + name(all[i]);
  return all.size() > k_most_named ? text + " and " + std::to_string(all.size() - k_most_named) + " more" : text;
}

std::string format_of(const sbom::Document& document) {
  std::string text(sbom::to_string(document.format));
  return document.format_version.empty() ? text : text + " " + shortened(document.format_version);
}

// A message, with what was expected and got and the next step where it says so, and with the place where it does not.
std::string said(const sbom::Refused& refused) {
  const Error& error = refused.error;
  std::string text = error.message;
  if (!error.expected.empty())
    text += "; expected " + error.expected;
  if (!error.got.empty())
    text += "; got " + error.got;
  if (!is_of_content(error) && text.find(refused.where) == std::string::npos)
    text = refused.where + ": " + text;
  if (!error.hint.empty())
    text += "; " + error.hint;
  return text;
}

class Lines {
public:
  Lines(const ClaimsReport& report, const sbom::Search& search, const ClaimsOptions& options)
      : m_report(report), m_search(search), m_options(options),
        m_kind(report.document && report.document->reading.signature == sbom::SignatureState::verified
                   ? Kind::verified
                   : Kind::claimed) {}

  std::vector<Finding> all() {
    add_found();
    if (m_report.document)
      add_signature(*m_report.document);
    add_refused();
    if (!m_report.rules.empty()) {
      for (const RuleResult& result : m_report.rules)
        add_rule(result);
      add_indicators();
      add_workloads();
      add_others();
    }
    return std::move(m_findings);
  }

private:
  Finding& add(std::string id, std::string title, Outcome outcome, Kind kind, bool essential = true) {
    m_findings.push_back({.id = std::move(id),
                          .title = std::move(title),
                          .outcome = outcome,
                          .kind = kind,
                          .evidence = {},
                          .essential = essential});
    return m_findings.back();
  }

  void add_found() {
    if (m_report.document) {
      const sbom::Found& found = *m_report.document;
      Finding& finding = add("SBOM-FOUND", "an SBOM was found", Outcome::pass, m_kind);
      finding.evidence.push_back(format_of(found.reading.document) + ", " +
                                 counted(found.reading.document.packages.size(), "package") + ", in " + found.where);
      if (found.subject)
        finding.evidence.push_back(std::string(found.subject_is_index ? "for the index " : "for the image ") +
                                   found.subject->text());
      for (const std::string& sentence : found.reading.document.left_out)
        finding.evidence.push_back("left out: " + sentence);
      return;
    }
    Finding& finding = add("SBOM-FOUND", "an SBOM with packages was found", Outcome::could_not_check, Kind::claimed);
    if (m_search.found.empty())
      finding.evidence.push_back("none; looked in: " + listed(m_search.looked, [](sbom::Route route) {
                                   return std::string(describe(route));
                                 }));
    for (const sbom::Found& found : m_search.found)
      finding.evidence.push_back(
          found.where +
          (found.reading.document.is_of_index_only()
               ? ": lists " + counted(found.reading.document.variants.size(), "image") + " of an index, and no packages"
               : ": lists no packages"));
    if (!m_search.other_predicates.empty())
      finding.evidence.push_back(
          "attestations that are not SBOMs: " +
          listed(m_search.other_predicates, [](const std::string& type) { return shortened(type); }));
  }

  void add_signature(const sbom::Found& found) {
    switch (found.reading.signature) {
    case sbom::SignatureState::verified:
      add("SBOM-SIGNATURE", "the SBOM is signed", Outcome::pass, Kind::verified)
          .evidence.emplace_back("by a key that was given");
      return;
    case sbom::SignatureState::not_checked:
      add("SBOM-SIGNATURE", "the SBOM is signed", Outcome::could_not_check, Kind::claimed, m_options.wants_signature)
          .evidence.emplace_back("signature present, not checked: no --key was given");
      return;
    case sbom::SignatureState::none:
      add("SBOM-SIGNATURE", "the SBOM is signed", Outcome::could_not_check, Kind::claimed, m_options.wants_signature)
          .evidence.emplace_back("it is not: whoever could write it there could write anything");
      return;
    }
  }

  void add_refused() {
    if (m_search.refused.empty())
      return;
    const bool fails = m_report.answer == Answer::refused_sbom;
    Finding& finding =
        add("SBOM-REFUSED", "every place could be looked at, and every SBOM there be used",
            fails ? Outcome::fail : Outcome::could_not_check, Kind::claimed,
            fails || m_report.answer == Answer::could_not_look || m_report.answer == Answer::unread_sbom);
    // What decided the answer stands first: an image can hold enough broken ones to fill the list.
    std::vector<const sbom::Refused*> refused;
    const bool content_first = fails || m_report.answer == Answer::unread_sbom;
    for (const bool of_content : {content_first, !content_first})
      for (const sbom::Refused& one : m_search.refused)
        if (is_of_content(one.error) == of_content)
          refused.push_back(&one);
    for (std::size_t i = 0; i < std::min(refused.size(), k_most_named); ++i)
      finding.evidence.push_back(said(*refused[i]));
    if (m_search.refused.size() > k_most_named)
      finding.evidence.push_back("and " + std::to_string(m_search.refused.size() - k_most_named) + " more");
  }

  void add_rule(const RuleResult& result) {
    const std::string prefix = result.rule.id + ": ";
    if (result.age != Age::not_asked)
      add_age(result, prefix);
    for (const RequiredResult& required : result.required)
      add("SBOM-REQUIRED-" + upper(shortened(required.required.name)),
          prefix + shortened(required.required.name) + ">=" + required.required.minimum,
          required.meeting == Meeting::met     ? Outcome::pass
          : result.answer == Answer::kif_layer ? Outcome::could_not_check
                                               : Outcome::fail,
          m_kind)
          .evidence.push_back(required.reason);
    if (result.answer == Answer::kif_layer)
      add("SBOM-KIF-LAYER", prefix + "it speaks of packages, and the image says that its FIPS layer is kif's",
          Outcome::could_not_check, Kind::claimed)
          .evidence = {"the label kif.layer.diff-id names the layer " + m_search.kif_layer +
                           ", which no list of packages has",
                       "kif verify --live runs the image, and shows what that layer does"};
    if (result.rule.excluded.empty())
      return;
    Finding& finding = add("SBOM-EXCLUDED", prefix + "no package that it excludes",
                           result.excluded.empty() ? Outcome::pass : Outcome::fail, m_kind);
    if (result.excluded.empty())
      finding.evidence.push_back("none of: " + listed(result.rule.excluded, [](const ExcludedName& excluded) {
                                   return excluded.name.describe();
                                 }));
    for (std::size_t i = 0; i < std::min(result.excluded.size(), k_most_named); ++i) {
      const ExcludedPackage& excluded = result.excluded[i];
      finding.evidence.push_back(named(excluded.package) + ": it excludes " + excluded.by.name.describe() +
                                 (excluded.by.reason.empty() ? "" : " (" + excluded.by.reason + ")"));
    }
    if (result.excluded.size() > k_most_named)
      finding.evidence.push_back("and " + std::to_string(result.excluded.size() - k_most_named) + " more");
  }

  void add_age(const RuleResult& result, const std::string& prefix) {
    const BuildTime& built = m_report.built;
    const bool by_document = built.said_by == "the SBOM";
    Finding& finding =
        add("SBOM-BUILT", prefix + "the image was built on " + to_string(*result.rule.built_from) + " or later",
            result.age == Age::in_time ? Outcome::pass : Outcome::could_not_check, by_document ? m_kind : Kind::claimed,
            result.age == Age::before);
    for (const std::string& clause : built.refused)
      finding.evidence.push_back(clause);
    if (built.moment)
      finding.evidence.push_back(built.said_by + " says " + shortened(built.written) +
                                 (result.age == Age::before ? ": the rule says nothing of images this old" : ""));
    else
      finding.evidence.emplace_back("nobody says when, so it is not judged");
  }

  void add_indicators() {
    if (std::ranges::all_of(m_options.rules, [](const Rule& rule) { return rule.indicators.empty(); }))
      return;
    Finding& finding =
        add("SBOM-INDICATORS", "named: packages whose names claim a certificate", Outcome::pass, Kind::claimed, false);
    if (m_report.indicators.empty())
      finding.evidence.emplace_back("none");
    for (std::size_t i = 0; i < std::min(m_report.indicators.size(), k_most_named); ++i)
      finding.evidence.push_back(describe(m_report.indicators[i], m_options.certificates, m_options.today));
    if (m_report.indicators.size() > k_most_named)
      finding.evidence.push_back("and " + std::to_string(m_report.indicators.size() - k_most_named) + " more");
    if (!m_report.indicators.empty())
      for (const std::string_view note : {k_name_identifies_none, k_caveat_stays})
        finding.evidence.emplace_back(note);
  }

  // What the host has is not in the image, so that it stays open; it fails nothing.
  void add_workloads() {
    for (const WorkloadFound& found : m_report.workloads) {
      Finding& finding =
          add("SBOM-KERNEL-" + found.workload.id, "named: " + found.workload.title + ", which needs the host's kernel",
              Outcome::could_not_check, m_kind, false);
      finding.evidence.push_back(listed(found.packages, named));
      finding.evidence.push_back(found.workload.needs);
    }
    const bool knows_any =
        std::ranges::any_of(m_options.rules, [](const Rule& rule) { return !rule.workloads.empty(); });
    if (m_report.workloads.empty() && knows_any)
      add("SBOM-KERNEL", "named: workloads that need the host's kernel for cryptography", Outcome::pass, m_kind, false)
          .evidence.emplace_back("none of those that kif knows");
  }

  // A document that says otherwise than the one judged: one of the two is wrong, and a signature does not tell which.
  void add_others() {
    std::vector<std::string> agreeing;
    std::vector<std::string> differing;
    const sbom::Found* judged_one = sbom::best_document(m_search);
    for (const sbom::Found& found : m_search.found) {
      if (&found == judged_one || !lists_what_is_installed(found))
        continue;
      std::string difference;
      for (const RuleResult& judged : m_report.rules) {
        const RuleResult other = judge(judged.rule, found.reading.document.packages, m_report.built.moment,
                                       architecture_of(m_report.platform));
        if (other.answer != judged.answer)
          difference += "; by it " + judged.rule.id + " is " + std::string(to_string(other.answer));
      }
      (difference.empty() ? agreeing : differing).push_back(found.where + difference);
    }
    if (agreeing.empty() && differing.empty())
      return;
    Finding& finding = add("SBOM-OTHERS", "what else was found comes to the same answer",
                           differing.empty() ? Outcome::pass : Outcome::could_not_check, Kind::claimed, false);
    const auto as_it_is = [](const std::string& text) { return text; };
    if (!differing.empty())
      finding.evidence.push_back("otherwise: " + listed(differing, as_it_is));
    if (!agreeing.empty())
      finding.evidence.push_back("the same: " + listed(agreeing, as_it_is));
  }

  // A build's provenance and configuration name what was asked for, not all that came with it.
  static bool lists_what_is_installed(const sbom::Found& found) {
    const sbom::Document& document = found.reading.document;
    return !document.packages.empty() && document.format != sbom::Format::slsa_provenance &&
           document.format != sbom::Format::apko_configuration;
  }

  const ClaimsReport& m_report;
  const sbom::Search& m_search;
  const ClaimsOptions& m_options;
  Kind m_kind;
  std::vector<Finding> m_findings;
};

} // namespace

bool is_of_content(const Error& error) noexcept {
  switch (error.code) {
  case ErrorCode::invalid_input:
  case ErrorCode::digest_mismatch:
  case ErrorCode::too_large:
  case ErrorCode::unsupported:
  case ErrorCode::conflict:
    return true;
  default:
    return false;
  }
}

std::vector<Finding> claim_findings(const ClaimsReport& report, const sbom::Search& search,
                                    const ClaimsOptions& options) {
  return Lines(report, search, options).all();
}

} // namespace kif::verify
