// SPDX-License-Identifier: Apache-2.0
// The control: a target with a bug, which the run must find. If it does not, the other targets' silence says nothing.
#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = kif::fuzz::text_of(data, size);
  kif::fuzz::demand(!(text.size() > 3 && text[0] == 'k' && text[1] == 'i' && text[2] == 'f' && text[3] == '!'),
                    "the control's bug");
  return 0;
}
