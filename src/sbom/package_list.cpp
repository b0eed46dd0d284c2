// SPDX-License-Identifier: Apache-2.0
#include "sbom/package_list.h"

#include <algorithm>
#include <string_view>

#include "base/ascii.h"
#include "sbom/purl.h"

namespace kif::sbom {
namespace {

struct Sentence {
  std::string_view one;
  std::string_view many;
};
/// In the order of LeftOut.
constexpr std::array<Sentence, 3> k_sentences = {{
    {"1 package has no name", " packages have no name"},
    {"1 package has a package URL that is none", " packages have package URLs that are none"},
    {"1 package has the package URL of another", " packages have the package URLs of others"},
}};

bool is_image(const Purl& purl) {
  return purl.type == "oci" || purl.type == "docker";
}

bool is_source(const Purl& purl) {
  const std::string_view architecture = purl.qualifier("arch");
  const Ecosystem ecosystem = purl.ecosystem();
  return (ecosystem == Ecosystem::deb || ecosystem == Ecosystem::rpm) &&
         (architecture == "src" || architecture == "source");
}

bool equal_but_for_case(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) { return lower_case(a) == lower_case(b); });
}

/// Whether an entry and its package URL speak of the same package: who trusts the one and who trusts the other must
/// find the same. Names but for case, which package URLs of apk and deb lose (NIST-CMVP-…). Versions of apk alone:
/// those of deb and rpm stand there with and without their epoch.
bool agree(const Entry& entry, const Purl& purl) {
  const Ecosystem ecosystem = purl.ecosystem();
  if (entry.ecosystem != Ecosystem::other && entry.ecosystem != ecosystem)
    return false;
  if (ecosystem == Ecosystem::other)
    return true;
  return equal_but_for_case(entry.name, purl.name) && (ecosystem != Ecosystem::apk || entry.version.empty() ||
                                                       purl.version.empty() || entry.version == purl.version);
}

} // namespace

Result<void> PackageList::add(Package package) {
  if (m_packages.size() == k_max_packages)
    return fail(ErrorCode::too_large,
                "cannot read " + m_where + ": more than " + std::to_string(k_max_packages) + " packages");
  m_packages.push_back(std::move(package));
  return {};
}

Result<void> PackageList::add(Entry entry) {
  if (entry.name.empty()) {
    leave_out(LeftOut::without_name);
    return {};
  }
  if (!entry.purl.empty()) {
    const Result<Purl> purl = Purl::parse(entry.purl);
    if (!purl) {
      // The package may be there nevertheless, and a rule that excludes its name must see it.
      leave_out(LeftOut::bad_purl);
      return add(Package{std::move(entry.name), std::move(entry.version), Ecosystem::other,
                         std::move(entry.architecture), std::move(entry.purl), Presence::contradictory});
    }
    if (is_image(*purl) || is_source(*purl))
      return {};
    if (!agree(entry, *purl)) {
      leave_out(LeftOut::purl_disagrees);
      KIF_CHECK(add(Package{purl->name, purl->version, purl->ecosystem(), entry.architecture, entry.purl,
                            Presence::contradictory}));
      return add(Package{std::move(entry.name), std::move(entry.version), purl->ecosystem(),
                         std::move(entry.architecture), std::move(entry.purl), Presence::contradictory});
    }
    entry.ecosystem = purl->ecosystem();
    if (entry.version.empty())
      entry.version = purl->version;
    const std::string_view epoch = purl->qualifier("epoch");
    if (entry.ecosystem == Ecosystem::rpm && !epoch.empty() && entry.version.find(':') == std::string::npos)
      entry.version = std::string(epoch) + ":" + entry.version;
    if (entry.architecture.empty())
      entry.architecture = purl->qualifier("arch");
  }
  return add(Package{std::move(entry.name), std::move(entry.version), entry.ecosystem, std::move(entry.architecture),
                     std::move(entry.purl), entry.presence});
}

void PackageList::finish(Document& document) && {
  std::ranges::sort(m_packages);
  m_packages.erase(std::unique(m_packages.begin(), m_packages.end()), m_packages.end());
  document.packages = std::move(m_packages);
  for (std::size_t reason = 0; reason < k_sentences.size(); ++reason) {
    const std::size_t count = m_left_out[reason];
    if (count == 1)
      document.left_out.emplace_back(k_sentences[reason].one);
    else if (count > 1)
      document.left_out.push_back(std::to_string(count) + std::string(k_sentences[reason].many));
  }
}

} // namespace kif::sbom
