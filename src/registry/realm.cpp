// SPDX-License-Identifier: Apache-2.0
#include "registry/realm.h"

#include <optional>

namespace kif::oci {
namespace {

// The last two labels; three where those look like co.uk, below which anybody can have a domain. registry-1.docker.io
// and auth.docker.io meet in docker.io; registry.gitlab.com's realm is at gitlab.com.
std::optional<std::string_view> domain_of(std::string_view host) {
  const std::size_t top = host.rfind('.');
  const bool is_address = host.starts_with('[') || host.find_first_not_of("0123456789", top + 1) == host.npos;
  if (top == host.npos || top == 0 || is_address) // the latter holds for a dot at the end too
    return std::nullopt;
  std::size_t dot = host.rfind('.', top - 1);
  const std::size_t second = dot == host.npos ? 0 : dot + 1;
  if (host.size() - top - 1 == 2 && top - second <= 3) {
    if (dot == host.npos || dot == 0)
      return std::nullopt;
    dot = host.rfind('.', dot - 1);
  }
  return host.substr(dot == host.npos ? 0 : dot + 1);
}

} // namespace

bool may_get_login(const Url& realm, const Url& registry) {
  if (realm.has_origin_of(registry))
    return true;
  const auto domain = domain_of(registry.host);
  return realm.scheme == "https" && domain && domain_of(realm.host) == domain;
}

} // namespace kif::oci
