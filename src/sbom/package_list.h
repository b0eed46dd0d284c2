// SPDX-License-Identifier: Apache-2.0
// The packages of one document while it is read: bounded in number, and what could not be used is counted by kind.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "sbom/document.h"

namespace kif::sbom {

/// Of one document. Images of whole language ecosystems list some 20,000.
inline constexpr std::size_t k_max_packages = 200'000;

/// Why an entry, or its package URL, could not be used.
enum class LeftOut {
  without_name,  ///< the whole entry
  bad_purl,      ///< the package URL; the package stays, contradictory and of no ecosystem
  purl_disagrees ///< neither of the two for sure: the entry and its package URL are of different packages or versions;
                 ///< both stay, contradictory
};

/// An entry as a document writes it; members may be empty.
struct Entry {
  std::string name;
  std::string version;
  std::string purl;
  std::string architecture;
  Ecosystem ecosystem = Ecosystem::other; ///< where the document says so by other means than the package URL
  Presence presence = Presence::installed;
};

class PackageList {
public:
  /// `where` names the document in errors.
  explicit PackageList(std::string where) : m_where(std::move(where)) {}

  /// too_large over k_max_packages.
  Result<void> add(Package package);
  /// The package that an entry speaks of, with what its package URL adds; or counts it as left out; or leaves it out
  /// silently: images (pkg:oci, pkg:docker) and source packages of deb and rpm (arch=src, arch=source) are not
  /// installed.
  Result<void> add(Entry entry);
  void leave_out(LeftOut reason) noexcept { ++m_left_out[static_cast<std::size_t>(reason)]; }

  /// In the order in which they were added.
  std::vector<Package>& packages() noexcept { return m_packages; }
  /// Gives the document its packages, sorted, each once, and what was left out.
  void finish(Document& document) &&;

private:
  std::string m_where;
  std::vector<Package> m_packages;
  std::array<std::size_t, 3> m_left_out{};
};

} // namespace kif::sbom
