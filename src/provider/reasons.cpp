// SPDX-License-Identifier: Apache-2.0
#include "provider/reasons.h"

#include <array>

namespace kif::provider {
namespace {

constexpr std::uint32_t k_first_reason = k_reason_no_module + 1;
constexpr auto k_last_error = entropy::SourceError::no_memory;
constexpr std::size_t k_errors = static_cast<std::size_t>(k_last_error) + 1;

std::array<OSSL_ITEM, k_errors + 2> make_table() noexcept {
  std::array<OSSL_ITEM, k_errors + 2> table{};
  for (std::size_t i = 0; i < k_errors; ++i) {
    const auto error = static_cast<entropy::SourceError>(i);
    const char* text =
        error == entropy::SourceError::none ? "no entropy source could be opened" : entropy::describe(error).data();
    // describe() gives literals too; libcrypto reads but never writes through the pointer.
    table[i] = {reason_of(error), const_cast<char*>(text)};
  }
  table[k_errors] = {k_reason_no_module, const_cast<char*>("the FIPS module is not loaded")};
  return table;
}

} // namespace

std::uint32_t reason_of(entropy::SourceError error) noexcept {
  return k_first_reason + static_cast<std::uint32_t>(error);
}

const OSSL_ITEM* reason_strings() noexcept {
  static const auto table = make_table();
  return table.data();
}

} // namespace kif::provider
