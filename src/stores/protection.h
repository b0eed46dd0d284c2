// SPDX-License-Identifier: Apache-2.0
// How a part of a PKCS #12 file is protected: PBES2 and PBMAC1 (RFC 8018), and what was there before.
#pragma once

#include <string>

#include <openssl/x509.h>

#include "base/result.h"

namespace kif::stores {

struct Protection {
  std::string unapproved = {}; ///< what of it KIF does not take; empty: nothing (docs/design/0032-java-stores.md)
  long iterations = -1;        ///< of its key derivation; negative: it does not say
};

/// The dotted identifier of PBMAC1 (RFC 9579), which libcrypto before 3.4 does not know.
inline constexpr const char* k_pbmac1 = "1.2.840.113549.1.5.14";

std::string dotted(const ASN1_OBJECT* identifier);
Protection protection_of(const X509_ALGOR* algorithm);

/// What it takes to open a file is in the file. All of its parts together may take so many iterations.
class Work {
public:
  /// too_large: more than that, or the part does not say how many.
  Result<void> add(long iterations);

private:
  long m_left = 20'000'000;
};

} // namespace kif::stores
