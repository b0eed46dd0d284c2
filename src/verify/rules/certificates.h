// SPDX-License-Identifier: Apache-2.0
// What is known of certificates, as data with source and date: they move, so no code names one. kif holds none.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "verify/rules/date.h"

namespace kif::verify {

enum class Standard {
  cmvp, ///< Cryptographic Module Validation Program: FIPS 140-2 and 140-3
  esv,  ///< Entropy Source Validation: SP 800-90B
};
std::string_view to_string(Standard standard) noexcept; ///< "CMVP", "ESV"

struct CertificateStatus {
  enum class Value { active, historical, revoked };

  Value value = Value::active;
  std::optional<Date> since;
  std::string source;
  Date date; ///< the day that the source bears, or on which it was read
};
std::string_view to_string(CertificateStatus::Value value) noexcept;

struct Certificate {
  Standard standard = Standard::cmvp;
  std::string number;  ///< digits alone: ESV's E191 is 191
  std::string holder;  ///< empty where the source does not say
  std::string subject; ///< the module or the entropy source
  std::vector<std::string> versions;
  std::string source;
  Date date;
  std::optional<CertificateStatus> status;

  std::string name() const; ///< "CMVP #4282", "ESV E191"
  /// One sentence: number, module, versions, holder, status, and what is not known of these.
  std::string describe() const;
};

class Certificates {
public:
  Certificates() = default;
  explicit Certificates(std::vector<Certificate> all) : m_all(std::move(all)) {}

  const Certificate* find(Standard standard, std::string_view number) const noexcept;
  const std::vector<Certificate>& all() const noexcept { return m_all; }

private:
  std::vector<Certificate> m_all;
};

/// The certificates in `text` (docs/rules.md), no number twice. Errors as those of parse_rule().
Result<Certificates> parse_certificates(std::string_view text, const std::string& file);
Result<Certificates> read_certificates(const std::filesystem::path& file);

} // namespace kif::verify
