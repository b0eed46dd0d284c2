// SPDX-License-Identifier: Apache-2.0
// A BCFKS key store that holds trusted certificates: what Bouncy Castle's FIPS provider reads where Java's own formats
// (JKS, PKCS #12) are not approved. Written here, so that no JVM is needed to harden an image.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kif::image {

/// The certificates of a PEM bundle in DER, in their order, each once; what stands between them is left out.
/// invalid_input, with the number of the certificate, where one is damaged or cut off. `name` names the bundle.
Result<std::vector<std::string>> read_pem_bundle(std::string_view pem, const std::string& name);

/// What the store's integrity check is made with: the password that the JDK's own store of certificates always had.
/// With an empty one Bouncy Castle warns at each start.
inline constexpr std::string_view k_trust_store_password = "changeit";

/// The store: an entry for each certificate, under its SHA-256. The salt of its integrity check is the digest of the
/// content: the same certificates give the same bytes. Nothing in it is secret, so the check finds damage; who can
/// write to the image can write another store whatever its password.
std::string bcfks_trust_store(const std::vector<std::string>& certificates);

} // namespace kif::image
