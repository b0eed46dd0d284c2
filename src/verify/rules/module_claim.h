// SPDX-License-Identifier: Apache-2.0
// What somebody claims of a FIPS module in words of his own ("CMVP #4985, built by ..."): the certificates named in it,
// whether they can be of that module, and what is known of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "verify/rules/certificates.h"

namespace kif::verify {

struct NamedCertificate {
  Program program = Program::cmvp;
  std::string number;

  std::string name() const; ///< "CMVP #4985"
  friend bool operator==(const NamedCertificate&, const NamedCertificate&) = default;
};

/// The certificates that a text names, each once, at most 16: "CMVP #4985", "#4985", "certificate 4985 and 5102",
/// NIST's address of one, "ESV E191", "E191". A number that nothing says to be a certificate's is none.
std::vector<NamedCertificate> certificates_named(std::string_view text);

/// invalid_input: the claim names a certificate that cannot be of an OpenSSL FIPS module of this version by what is
/// known of it: of other versions, of no OpenSSL provider, or of an entropy source. One that is not known contradicts
/// nothing. That nothing contradicts does not make the file the certificate's.
Result<void> check_module_claim(std::string_view claim, const std::string& module_version,
                                const Certificates& certificates);

/// The claim as a layer records it: as it is, and after it which of its certificates are not known.
std::string recorded_claim(const std::string& claim, const Certificates& certificates);

/// For people, one line each: what is known of each certificate named, then what that does not show. Empty where the
/// text names none.
std::vector<std::string> describe_claim(std::string_view claim, const Certificates& certificates, const Date& today);

/// A list of what is known of each named: to_json(Certificate), or {program, number, is_known: false}.
nlohmann::ordered_json claim_json(std::string_view claim, const Certificates& certificates, const Date& today);

} // namespace kif::verify
