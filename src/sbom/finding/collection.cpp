// SPDX-License-Identifier: Apache-2.0
#include "sbom/finding/collection.h"

#include <algorithm>
#include <utility>

namespace kif::sbom {
namespace {

constexpr std::size_t k_shown_subjects = 3;

std::string list(const std::vector<Digest>& digests) {
  std::string text;
  for (std::size_t i = 0; i < digests.size() && i < k_shown_subjects; ++i)
    text += (i == 0 ? "" : ", ") + digests[i].text();
  if (digests.empty())
    return "no sha256 digest";
  return digests.size() > k_shown_subjects ? text + ", …" : text;
}

Error about_another(const std::string& where, const std::vector<Subject>& wanted, const std::vector<Digest>& named) {
  std::vector<Digest> digests;
  for (const Subject& subject : wanted)
    digests.push_back(subject.digest);
  return Error(ErrorCode::digest_mismatch, "cannot use " + where + ": its statement is about another image")
      .with_mismatch(list(digests), list(named));
}

} // namespace

std::vector<Subject> Collection::subjects() const {
  std::vector<Subject> subjects;
  if (m_search.manifest_digest)
    subjects.push_back({*m_search.manifest_digest, false});
  if (m_search.index_digest)
    subjects.push_back({*m_search.index_digest, true});
  return subjects;
}

void Collection::add_text(Route route, const std::string& where, std::optional<Subject> at, std::string text,
                          bool may_be_other) {
  m_bytes += text.size();
  if (m_bytes > k_max_total_bytes)
    return refuse(route, where,
                  {ErrorCode::too_large, "cannot read " + where + ": all documents together are over the bound of " +
                                             std::to_string(k_max_total_bytes) + " bytes"});
  ReadOptions options = m_options.reading;
  options.passes_over_other_forms = may_be_other;
  auto readings = read_documents(text, where, options);
  if (!readings)
    return refuse(route, where, std::move(readings).error());
  for (std::string& predicate : readings->other_predicates)
    if (std::find(m_search.other_predicates.begin(), m_search.other_predicates.end(), predicate) ==
        m_search.other_predicates.end())
      m_search.other_predicates.push_back(std::move(predicate));
  for (ReadDocument& reading : readings->documents)
    add_reading(route, where, at, std::move(reading));
}

void Collection::add_reading(Route route, const std::string& where, std::optional<Subject> at, ReadDocument reading) {
  if (++m_documents > k_max_documents)
    return refuse(route, where,
                  {ErrorCode::too_large, "cannot read " + where + ": the image has more than " +
                                             std::to_string(k_max_documents) + " documents"});
  if (reading.document.packages.size() > k_max_total_packages - m_packages)
    return refuse(route, where,
                  {ErrorCode::too_large, "cannot read " + where + ": all documents together list more than " +
                                             std::to_string(k_max_total_packages) + " packages"});
  m_packages += reading.document.packages.size();
  // A statement says itself what it is about, whatever it is attached to; a bare document is about what it hangs on.
  if (const auto wanted = subjects(); reading.statement && !wanted.empty()) {
    const auto& named = reading.statement->subjects;
    const auto is_named = [&](const Subject& subject) {
      return std::find(named.begin(), named.end(), subject.digest) != named.end();
    };
    const auto found = std::find_if(wanted.begin(), wanted.end(), is_named);
    if (found == wanted.end())
      return refuse(route, where, about_another(where, wanted, named));
    at = *found;
  } else if (reading.statement && !reading.statement->subjects.empty()) {
    at = Subject{reading.statement->subjects.front(), false}; // a file: what it says of itself
  }
  Found found{route, where, std::nullopt, false, std::move(reading)};
  if (at) {
    found.subject = at->digest;
    found.subject_is_index = at->is_index;
  }
  m_search.found.push_back(std::move(found));
}

void Collection::refuse(Route route, const std::string& where, Error error) {
  m_search.refused.push_back({route, where, std::move(error)});
}

void Collection::looked(Route route) {
  if (std::find(m_search.looked.begin(), m_search.looked.end(), route) == m_search.looked.end())
    m_search.looked.push_back(route);
}

void Collection::progress(std::string_view text) const {
  if (m_options.progress)
    m_options.progress(text);
}

bool Collection::has_list_of_packages() const noexcept {
  return std::any_of(m_search.found.begin(), m_search.found.end(),
                     [](const Found& found) { return found.reading.document.lists_what_is_there(); });
}

} // namespace kif::sbom
