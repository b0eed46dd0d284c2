// SPDX-License-Identifier: Apache-2.0
#include "watch/program_start.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>

#include "base/quote.h"

namespace kif::watch {
namespace {

constexpr std::array<std::string_view, 3> k_leading = {"OPENSSL_CONF=", "OPENSSL_MODULES=", "KIF_OPENSSL_CALLS="};
constexpr std::size_t k_max_variables = 4096;
constexpr std::size_t k_max_value_bytes = 200;

} // namespace

std::vector<std::string> leading_variables(const Tracee& tracee, int tid, std::uint64_t environment,
                                           std::size_t pointer_bytes) {
  std::vector<std::string> found;
  for (std::size_t i = 0; environment != 0 && i < k_max_variables; ++i) {
    std::uint64_t address = 0; // both ABIs are little-endian
    const auto pointer = std::as_writable_bytes(std::span(&address, 1)).first(pointer_bytes);
    if (!tracee.read_memory(tid, environment + i * pointer_bytes, pointer) || address == 0)
      break;
    // Nearly all begin otherwise: four bytes tell, and are all of the shortest that could matter.
    std::array<char, 4> head{};
    if (!tracee.read_memory(tid, address, std::as_writable_bytes(std::span(head))) ||
        std::ranges::none_of(k_leading, [&head](std::string_view name) {
          return std::memcmp(name.data(), head.data(), head.size()) == 0;
        }))
      continue;
    const auto text = tracee.read_path(tid, address);
    if (text && std::ranges::any_of(k_leading, [&text](std::string_view name) { return text->starts_with(name); }))
      found.push_back(shortened(*text, k_max_value_bytes));
  }
  return found;
}

} // namespace kif::watch
