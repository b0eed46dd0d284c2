// SPDX-License-Identifier: Apache-2.0
#include "sbom/document.h"

namespace kif::sbom {

std::string_view to_string(Format format) noexcept {
  switch (format) {
  case Format::spdx_json:
    return "SPDX JSON";
  case Format::cyclonedx_json:
    return "CycloneDX JSON";
  case Format::syft_json:
    return "syft JSON";
  case Format::slsa_provenance:
    return "SLSA provenance";
  case Format::apko_configuration:
    return "apko configuration";
  case Format::apk_database:
    return "apk database";
  case Format::dpkg_status:
    return "dpkg status";
  case Format::rpm_database:
    return "rpm database";
  }
  return "";
}

std::string_view to_string(Ecosystem ecosystem) noexcept {
  switch (ecosystem) {
  case Ecosystem::apk:
    return "apk";
  case Ecosystem::deb:
    return "deb";
  case Ecosystem::rpm:
    return "rpm";
  case Ecosystem::other:
    return "other";
  }
  return "";
}

std::string_view to_string(Presence presence) noexcept {
  switch (presence) {
  case Presence::installed:
    return "installed";
  case Presence::contradictory:
    return "contradictory";
  case Presence::elsewhere:
    return "elsewhere";
  }
  return "";
}

} // namespace kif::sbom
