// SPDX-License-Identifier: Apache-2.0
#include "verify/rules/version_order.h"

#include "sbom/version/apk_version.h"
#include "sbom/version/deb_version.h"
#include "sbom/version/rpm_version.h"

namespace kif::verify {
namespace {

template <class Version> Result<std::weak_ordering> order(std::string_view left, std::string_view right) {
  KIF_TRY(const Version left_version, Version::parse(left));
  KIF_TRY(const Version right_version, Version::parse(right));
  return left_version <=> right_version;
}

} // namespace

Result<std::weak_ordering> order_versions(sbom::Ecosystem ecosystem, std::string_view left, std::string_view right) {
  switch (ecosystem) {
  case sbom::Ecosystem::apk:
    return order<sbom::ApkVersion>(left, right);
  case sbom::Ecosystem::deb:
    return order<sbom::DebVersion>(left, right);
  case sbom::Ecosystem::rpm:
    return order<sbom::RpmVersion>(left, right);
  case sbom::Ecosystem::other:
    break;
  }
  return fail(ErrorCode::unsupported, "kif knows the order of apk, deb and rpm versions only");
}

Result<void> check_version(sbom::Ecosystem ecosystem, std::string_view version) {
  KIF_CHECK(order_versions(ecosystem, version, version));
  return {};
}

} // namespace kif::verify
