// SPDX-License-Identifier: Apache-2.0
// What is known of certificates, as data with source and date: they move, so no code names one. kif holds none. What no
// source said is left out of the data, and then kif says that it is not known.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "facts/date.h"

namespace kif::verify {

using facts::Date;
using facts::Moment;
using facts::parse_date;
using facts::parse_moment;
using facts::to_string; // of a Date

/// Whose list the certificate is on.
enum class Program {
  cmvp, ///< Cryptographic Module Validation Program: FIPS 140-2 and 140-3
  esv,  ///< Entropy Source Validation: SP 800-90B
};
std::string_view to_string(Program program) noexcept; ///< "CMVP", "ESV"

/// How the module comes to its caller. Only an OpenSSL provider is a fips.so that `kif harden --module` takes.
enum class ModuleForm { openssl_provider, library, java, go };
std::string_view to_string(ModuleForm form) noexcept; ///< "openssl-provider"

/// What the certificate's caveat says of the strength of generated keys (FIPS 140-3 IG 9.3.A), best first.
enum class Caveat {
  none_on_entropy,               ///< the caveat says nothing of it
  externally_loaded_only,        ///< the entropy source was tested with the module; only what is loaded is open
  modified_by_available_entropy, ///< generated keys are as strong as the entropy that is there
  no_assurance,                  ///< none of the minimum strength: the module takes what it is given
};
std::string_view to_string(Caveat caveat) noexcept; ///< "no-assurance"

/// How far a fact can be relied on.
enum class Certainty {
  nist,       ///< NIST's own list, or a public mirror of it
  several,    ///< more than one source
  vendor,     ///< its holder's or seller's own page
  one_source, ///< somebody else's claim
};
std::string_view to_string(Certainty certainty) noexcept; ///< "nist"

/// Where a fact is from.
struct Origin {
  std::string source;
  Date date; ///< the day that the source bears, or on which it was read
  std::optional<Certainty> certainty;

  std::string describe() const; ///< "OpenSSL's web site, 2024-02-16, the vendor's word"
  friend bool operator==(const Origin&, const Origin&) = default;
};

struct CertificateStatus {
  enum class Value { active, historical, revoked, pending };

  Value value = Value::active;
  std::string phase; ///< of a pending one, as NIST's list of modules in process calls it; may be empty
  std::optional<Date> since;
  Origin origin;
};
std::string_view to_string(CertificateStatus::Value value) noexcept;

/// Every field that may be empty is one that no source gave.
struct Certificate {
  Program program = Program::cmvp;
  std::string number;   ///< digits alone: ESV's E191 is 191. Empty for a pending one
  std::string standard; ///< "FIPS 140-3"; may be empty
  std::optional<ModuleForm> form;
  std::string holder;  ///< may be empty
  std::string subject; ///< the module or the entropy source
  std::vector<std::string> versions;
  std::optional<Date> sunset;
  std::optional<Caveat> caveat;
  std::optional<bool> is_interim;
  Origin origin;
  std::optional<CertificateStatus> status;

  std::string name() const; ///< "CMVP #4282", "ESV E191", "CMVP, no number"
  /// Number, module and versions: "CMVP #4282, OpenSSL FIPS Provider 3.0.8, 3.0.9".
  std::string title() const;
  /// One sentence: the title, standard, status, sunset, holder, caveat, interim or not, and where that is from; each
  /// that no source gave is "not known". `today` decides what is said of a sunset.
  std::string describe(const Date& today) const;
};

/// The same as an object; what is not known is null.
nlohmann::ordered_json to_json(const Certificate& certificate, const Date& today);

/// What plugging an entropy source into a module does not do. Said wherever kif speaks of certificates.
inline constexpr std::string_view k_caveat_stays =
    "a module that takes its entropy passively keeps its certificate's caveat, no assurance of the minimum strength of "
    "generated keys, whatever is plugged in: no entropy source, and no ESV certificate of one, changes it";
inline constexpr std::string_view k_name_identifies_none =
    "a certificate is of one holder's file in his environment; name and version are those of several certificates, and "
    "do not say which of them, if any, a file falls under";

class Certificates {
public:
  Certificates() = default;
  explicit Certificates(std::vector<Certificate> all) : m_all(std::move(all)) {}

  const Certificate* find(Program program, std::string_view number) const noexcept;
  const std::vector<Certificate>& all() const noexcept { return m_all; }

private:
  std::vector<Certificate> m_all;
};

/// The certificates in `text` (docs/rules.md), no number twice. Errors as those of parse_rule(). Schema 1, which had
/// fewer fields, is read as well: what it does not have is not known.
Result<Certificates> parse_certificates(std::string_view text, const std::string& file);
Result<Certificates> read_certificates(const std::filesystem::path& file);

/// By the system's clock, in UTC.
Date today();

} // namespace kif::verify
