// SPDX-License-Identifier: Apache-2.0
// Packages, documents and searches as a vendor's images give them; each test changes one thing of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sbom/finding/find.h"
#include "verify/rules/rule.h"

namespace kif::verify {

using Named = std::vector<std::pair<std::string, std::string>>; ///< name and version

inline sbom::Package apk_package(const std::string& name, const std::string& version) {
  return {name, version, sbom::Ecosystem::apk, "x86_64", "pkg:apk/wolfi/" + name + "@" + version + "?arch=x86_64"};
}

inline std::vector<sbom::Package> apk_packages(const Named& named) {
  std::vector<sbom::Package> packages;
  for (const auto& [name, version] : named)
    packages.push_back(apk_package(name, version));
  return packages;
}

/// What a vendor's image has besides what a rule asks about.
inline Named with_ordinary(Named named) {
  named.insert(named.end(), {{"busybox", "1.37.0-r0"}, {"glibc", "2.42-r4"}, {"libssl3", "3.6.0-r4"}});
  return named;
}

inline Named good_packages() {
  return with_ordinary({{"libcrypto3", "3.4.0-r2"}, {"openssl-config-fipshardened", "3.4.0-r3"}});
}

inline Rule shipped_rule(const std::string& name) {
  return read_rule(std::string(KIF_DATA_DIR) + "/rules/" + name + ".yaml").value();
}

inline Digest digest_of(char digit) {
  return Digest::parse("sha256:" + std::string(64, digit)).value();
}

inline sbom::Found found_document(const Named& packages, sbom::SignatureState signature) {
  sbom::Found found;
  found.route = sbom::Route::cosign_attestation_tag;
  found.where = "layer 1 of tag sha256-1111.att of oci:images:app";
  found.subject = digest_of('1');
  found.reading.document.format = sbom::Format::spdx_json;
  found.reading.document.format_version = "2.3";
  found.reading.document.created = "2025-02-01T00:00:00Z";
  found.reading.document.packages = apk_packages(packages);
  found.reading.signature = signature;
  return found;
}

inline sbom::Search search_with(std::vector<sbom::Found> found) {
  sbom::Search search;
  search.image = "oci:images:app";
  search.manifest_digest = digest_of('1');
  search.platform = "linux/amd64";
  search.created = "2025-01-31T12:00:00Z";
  search.found = std::move(found);
  search.looked = {sbom::Route::cosign_sbom_tag, sbom::Route::cosign_attestation_tag, sbom::Route::layout};
  return search;
}

} // namespace kif::verify
