// SPDX-License-Identifier: Apache-2.0
#include "image/approved_settings.h"

#include <algorithm>
#include <span>

#include "image/inspection/text_search.h"

namespace kif::image {
namespace {

using facts::ApprovedTable;
using facts::Feature;
using facts::ReleaseLine;

// The first libssl with SecP256r1MLKEM768, and with a syntax for what an older one would stumble over: `?` before a
// group that need not be there, `*` before one that a key share is sent for, `/` between those that are preferred and
// those that come after (doc/man3/SSL_CTX_set1_groups.pod, "HISTORY").
constexpr ReleaseLine k_hybrid_libssl = {3, 5};

// X25519 and X448 are not approved for key agreement (FIPS 140-3 IG C.K, resolution 5; SP 800-56A does not have them).
constexpr std::string_view k_always_hidden = "X25519,X448";

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
  std::string all;
  for (const std::string& text : texts)
    all += (all.empty() ? "" : std::string(separator)) + text;
  return all;
}

bool is_older(const PayloadFile& module, const ReleaseLine& line) {
  const auto version = facts::release_line_of(module.version);
  return !version || *version < line;
}

// A guard stands in for a switch that the module lacks, and for what old modules let through all the same.
bool needs_guard(const Feature& feature, const PayloadFile& module, const ApprovedTable& table) {
  if (!feature.is_guarded)
    return false;
  if (feature.before && is_older(module, *feature.before))
    return true;
  return std::ranges::any_of(table.switches, [&](const facts::Switch& one) {
    return one.feature == feature.name && !has_switch(module, one.key);
  });
}

// One key share for the first hybrid group and for the first P curve, so that a server which has no ML-KEM needs no
// second hello. Further hybrid groups that were asked for get a share too: they are what their peers have.
std::string groups_of(const ApprovedTable& table, const std::vector<std::string>& more_hybrids, bool has_hybrids) {
  if (!has_hybrids)
    return joined(table.groups, ":");
  std::string hybrids;
  for (const std::string& group : table.hybrid_groups)
    hybrids += (hybrids.empty() ? "?*" : ":?") + group;
  for (const std::string& group : more_hybrids)
    hybrids += ":?*" + group;
  return hybrids + "/*" + joined(table.groups, ":");
}

} // namespace

std::optional<ReleaseLine> oldest_libssl(const Inspection& found) {
  auto oldest = facts::release_line_of(found.libcrypto.version);
  const auto look = [&](const FoundLibcrypto& file) {
    if (file.is_static) // cannot follow the layer at all
      return;
    const auto line = facts::release_line_of(file.version);
    if (!line || !oldest)
      oldest.reset();
    else if (line->major >= 3) // older ones have no providers, and nothing of the layer
      oldest = std::min(*oldest, *line);
  };
  std::ranges::for_each(found.further, look);
  std::ranges::for_each(found.other_shared, look);
  std::ranges::for_each(found.linked_in, look);
  return oldest;
}

std::vector<std::string> compat_warnings(const PayloadFile& module, const ApprovedTable& table,
                                         const std::vector<std::string>& compat,
                                         const std::optional<ReleaseLine>& libssl) {
  std::vector<std::string> warnings;
  const auto line = facts::release_line_of(module.version);
  for (const std::string& name : compat) {
    const Feature* const feature = table.find(name);
    if (feature == nullptr)
      continue;
    if (line && !feature->has_effect(*line))
      warnings.push_back("--compat " + name + " changes nothing with module " + module.version);
    else if (!feature->hybrid_groups.empty() && (!libssl || *libssl < k_hybrid_libssl))
      warnings.push_back(
          "--compat " + name +
          " changes nothing in this image: one of its OpenSSLs is older than 3.5, and all get its groups");
  }
  return warnings;
}

ApprovedSettings approved_settings(const PayloadFile& module, const ApprovedTable& table,
                                   const std::vector<std::string>& compat, const std::optional<ReleaseLine>& libssl) {
  ApprovedSettings settings{
      .module_lines = fipsinstall_lines(module, table, compat), .ciphers = {}, .groups = {}, .compat = compat};
  std::string hidden(k_always_hidden);
  std::vector<std::string> guarded;
  std::vector<std::string> ciphers = table.ciphers;
  std::vector<std::string> more_hybrids;
  for (const Feature& feature : table.features) {
    if (std::ranges::find(compat, feature.name) != compat.end()) {
      ciphers.insert(ciphers.end(), feature.ciphers.begin(), feature.ciphers.end());
      more_hybrids.insert(more_hybrids.end(), feature.hybrid_groups.begin(), feature.hybrid_groups.end());
      continue;
    }
    if (!feature.algorithms.empty() && (!feature.before || is_older(module, *feature.before)))
      hidden += "," + joined(feature.algorithms, ",");
    if (needs_guard(feature, module, table))
      guarded.push_back(feature.name);
  }
  settings.module_lines.push_back({"kif-hide", hidden});
  if (!guarded.empty())
    settings.module_lines.push_back({"kif-refuse", joined(guarded, ",")});
  if (!compat.empty())
    settings.module_lines.push_back({"kif-compat", joined(compat, ",")});
  settings.ciphers = joined(ciphers, ":");
  const auto names_group = [&](const std::string& group) {
    return has_c_string_ending_in(std::as_bytes(std::span(module.content)), group);
  };
  settings.groups =
      groups_of(table, more_hybrids,
                libssl && *libssl >= k_hybrid_libssl && std::ranges::all_of(table.hybrid_groups, names_group));
  return settings;
}

} // namespace kif::image
