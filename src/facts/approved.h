// SPDX-License-Identifier: Apache-2.0
// What FIPS 140-3 does not approve and a FIPS module does unless it is told not to, and how each is refused: the table
// data/approved.yaml. Its names are those of `kif harden --compat`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "facts/date.h"

namespace kif::facts {

/// A release line of OpenSSL: "3.4".
struct ReleaseLine {
  unsigned major = 0;
  unsigned minor = 0;

  friend auto operator<=>(const ReleaseLine&, const ReleaseLine&) = default;
};

/// That of a version: "3.4", "3.5.9", "3.0.7-395c1a24". None for anything else.
std::optional<ReleaseLine> release_line_of(std::string_view version) noexcept;

/// One thing that is refused.
struct Feature {
  std::string name;                    ///< "tls12-without-ems"
  std::string title;                   ///< what it is, in a few words
  std::vector<std::string> algorithms; ///< kif-fips.so hides them
  bool is_guarded = false;             ///< kif-fips.so refuses it where the module lacks one of its switches
  /// Of modules older than this the algorithms are hidden; without it, of all. Modules older than this are guarded
  /// whatever switches they have; without it, only those that lack one.
  std::optional<ReleaseLine> before = {};
  std::vector<std::string> ciphers;       ///< suites of TLS 1.2 that are left out
  std::vector<std::string> hybrid_groups; ///< groups of TLS 1.3 that are left out
  std::optional<ReleaseLine> effect_from = {};   ///< older modules refuse it whatever they are told
  std::optional<ReleaseLine> effect_before = {}; ///< these and newer modules refuse it, or do it, whatever they are told
  std::string source;
  Date date;

  /// Whether asking for it changes anything with a module of that line.
  bool has_effect(const ReleaseLine& module) const noexcept {
    return (!effect_from || module >= *effect_from) && (!effect_before || module < *effect_before);
  }
};

/// A key of the module's own section.
struct Switch {
  std::string key;
  std::string feature; ///< at 0 the module has the feature; empty: always 1
};

/// Under which certificates ML-KEM, ML-DSA and SLH-DSA count.
struct PostQuantum {
  std::vector<std::string> certificates; ///< "CMVP #1234"; empty: none is known
  std::string source;
  Date date;

  std::string describe() const; ///< one sentence
};

struct ApprovedTable {
  std::vector<Switch> switches; ///< in the order in which fipsinstall writes them
  std::vector<Feature> features;
  std::vector<std::string> ciphers;       ///< of TLS 1.2
  std::vector<std::string> groups;        ///< of TLS 1.3 and 1.2
  std::vector<std::string> hybrid_groups; ///< of TLS 1.3, with ML-KEM
  PostQuantum post_quantum;

  const Feature* find(std::string_view name) const noexcept;
};

/// The table in `text`. Errors name file, line and column; what refers to a feature must name one that is there.
Result<ApprovedTable> parse_approved(std::string_view text, const std::string& file);
Result<ApprovedTable> read_approved(const std::filesystem::path& file);

/// The features that `names` asks for, in the table's order, each once. Each name may be several separated by commas.
/// invalid_input for a name that the table does not have, with the nearest one.
Result<std::vector<std::string>> choose_features(const ApprovedTable& table, const std::vector<std::string>& names);

} // namespace kif::facts
