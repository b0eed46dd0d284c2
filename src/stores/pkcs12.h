// SPDX-License-Identifier: Apache-2.0
// PKCS #12 (RFC 7292) by libcrypto: its bags, read from an old file or made, and a new file of them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/pkcs12.h>

#include "base/result.h"
#include "base/secret.h"
#include "stores/jks.h"

namespace kif::stores {

struct FreeBags {
  void operator()(STACK_OF(PKCS12_SAFEBAG) * bags) const noexcept {
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
  }
};
using Bags = std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), FreeBags>;

bool is_pkcs12(std::string_view content);

/// The protections in the file that are not approved, as a clause, or empty: "has keys under
/// pbeWithSHA1And3-KeyTripleDES-CBC".
std::string unapproved_protection(std::string_view content);

/// The file's bags, with its keys in clear. invalid_input: another password, or damaged; unsupported: what cannot be
/// carried over, or this machine's OpenSSL lacks the cipher.
Result<Bags> open_pkcs12(std::string_view content, const SecretString& password);

/// The bags of a JKS file, with its keys in clear.
Result<Bags> bags_of(const JksFile& file, const SecretString& password);

/// A file of these bags, whose keys are protected anew. `seed`: what salts and initialisation vectors are made of.
Result<std::string> write_pkcs12(Bags bags, const SecretString& password, std::string_view seed);

} // namespace kif::stores
