// SPDX-License-Identifier: Apache-2.0
// The negative control's configuration, made from what an image has: nothing of kif stays in it.
#include "verify/stock_config.h"

#include <string>

#include "target.h"
#include "verify/subject.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const std::string_view text = fuzz::text_of(data, size);
  const auto config = verify::stock_config(text);
  fuzz::demand_good_error(config);
  if (config) {
    fuzz::demand(config->find("\nkif-module = ") == std::string::npos, "the module is loaded directly");
    fuzz::demand(config->size() <= 4 * text.size() + 16, "no more than was there");
    fuzz::demand(!verify::stock_config(*config), "there is no control of a control");
  }
  const std::string preload = verify::stock_preload(text);
  fuzz::demand(verify::stock_preload(preload) == preload, "a stock list stays as it is");
  fuzz::demand(("\n" + preload).find("\n" + std::string(verify::k_layer_random) + "\n") == std::string::npos,
               "kif's library is not in it");
  return 0;
}
