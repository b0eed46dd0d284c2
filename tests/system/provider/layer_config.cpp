// SPDX-License-Identifier: Apache-2.0
// layer_config APPROVED MODULE LIBSSL [FEATURE…]: prints the openssl.cnf that `kif harden --compat FEATURE…` puts into
// an image whose libssl is of version LIBSSL. "all" stands for every feature of the table APPROVED.
#include <cstdio>
#include <string>
#include <vector>

#include "facts/approved.h"
#include "image/approved_settings.h"
#include "image/fips_module.h"
#include "image/openssl_config.h"

namespace {

kif::Result<std::string> layer_config(const std::vector<std::string>& arguments) {
  KIF_TRY(const kif::facts::ApprovedTable table, kif::facts::read_approved(arguments[0]));
  KIF_TRY(const kif::image::PayloadFile module, kif::image::read_fips_module(arguments[1]));
  std::vector<std::string> asked(arguments.begin() + 3, arguments.end());
  if (asked == std::vector<std::string>{"all"}) {
    asked.clear();
    for (const kif::facts::Feature& feature : table.features)
      asked.push_back(feature.name);
  }
  KIF_TRY(const auto compat, kif::facts::choose_features(table, asked));
  const auto libssl = kif::facts::release_line_of(arguments[2]);
  return kif::image::openssl_config(kif::image::approved_settings(module, table, compat, libssl));
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 4)
    return 2;
  const auto text = layer_config({argv + 1, argv + argc});
  if (!text)
    return std::fputs(text.error().render("layer_config").c_str(), stderr), 1;
  return std::fputs(text->c_str(), stdout) < 0 ? 1 : 0;
}
