// SPDX-License-Identifier: Apache-2.0
#include "cli/module_claim.h"

#include "cli/verify_claims.h"
#include "image/fips_module.h"
#include "verify/rules/module_claim.h"

namespace kif::cli {

Result<ModuleClaim> look_at_claim(image::HardenRequest& request) {
  std::string& claim = request.claims.module_claim;
  if (claim.empty())
    return ModuleClaim{};
  KIF_TRY(const verify::Certificates certificates, own_certificates());
  for (const auto& [architecture, parts] : request.parts) {
    if (request.platform && request.platform->architecture != architecture)
      continue;
    const auto module = image::read_fips_module(parts.layer.module);
    if (!module) // image::harden() says what is wrong with it
      continue;
    KIF_CHECK(verify::check_module_claim(claim, module->version, certificates));
  }
  const verify::Date today = verify::today();
  ModuleClaim seen{.lines = verify::describe_claim(claim, certificates, today),
                   .certificates = verify::claim_json(claim, certificates, today)};
  claim = verify::recorded_claim(claim, certificates);
  return seen;
}

} // namespace kif::cli
