// SPDX-License-Identifier: Apache-2.0
// What an SBOM is judged by: a published rule as values, read from a file that says where the rule comes from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facts/date.h"
#include "sbom/document.h"
#include "verify/rules/certificates.h"

namespace kif::verify {

/// Which names of packages are meant: one name, or all that hold, begin with or end in a text. Bytes, case included.
struct NamePattern {
  enum class NameMatch { exact, contains, prefix, suffix };

  NameMatch match = NameMatch::exact;
  std::string text;

  bool fits(std::string_view name) const noexcept;
  std::string describe() const; ///< "bouncycastle-fips", "any name with -cni- in it"
};

struct RequiredPackage {
  std::string name;
  std::string minimum; ///< valid by the rule's ecosystem
};

struct ExcludedName {
  NamePattern name;
  std::string reason; ///< may be empty
};

/// Packages whose name alone is a claim: what stands behind the prefix names a certificate.
struct Indicator {
  enum class Means {
    cmvp,              ///< number of a CMVP certificate
    esv,               ///< number of an ESV certificate
    module_in_process, ///< name of a module that is being validated: no certificate
  };

  std::string prefix; ///< "NIST-CMVP-"
  Means means = Means::cmvp;
};

/// Programs that need cryptography of the host's kernel, whatever the container has.
struct KernelWorkload {
  struct Packages {
    sbom::Ecosystem ecosystem = sbom::Ecosystem::apk;
    NamePattern name;
  };

  std::string id; ///< end of the finding's id: "STRONGSWAN"
  std::string title;
  std::string needs; ///< of the host, one sentence
  std::vector<Packages> packages;
};

struct Rule {
  std::string id;
  std::string title;
  std::string source;                               ///< where the rule was published
  Date date;                                        ///< the day that the source bears, or on which it was read
  sbom::Ecosystem ecosystem = sbom::Ecosystem::apk; ///< of the packages that it requires and excludes
  std::optional<Date> built_from;                   ///< it speaks of images built on this day (UTC) or later
  std::vector<RequiredPackage> required;
  std::vector<ExcludedName> excluded;
  std::vector<Indicator> indicators;
  std::vector<KernelWorkload> workloads;
};

/// Whether a package is one that a rule of `ecosystem` speaks of. Some documents give old packages no purl, so that
/// nothing says of which kind they are, or a broken one; those count.
bool is_of(const sbom::Package& package, sbom::Ecosystem ecosystem) noexcept;

/// The rule in `text` (docs/rules.md). `file` names it in errors, which give line and column; unknown keys, versions
/// that are none and dates that are none are refused.
Result<Rule> parse_rule(std::string_view text, const std::string& file);
Result<Rule> read_rule(const std::filesystem::path& file);

} // namespace kif::verify
