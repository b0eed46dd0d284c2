// SPDX-License-Identifier: Apache-2.0
#include "registry/hashed_folder.h"

#include <string>

namespace kif::oci {
namespace {

constexpr std::size_t k_hash_digits = 8;
constexpr std::size_t k_many = 32; // of some 140 authorities; two of one name share a hash
constexpr const char* k_bundle = "ca-certificates.crt";

// "5ad8a5d6.0", and .1 for the next of that hash
bool is_hashed(const std::string& name) {
  return name.find_first_not_of("0123456789abcdef") == k_hash_digits && name.size() == k_hash_digits + 2 &&
         name[k_hash_digits] == '.' && name.back() >= '0' && name.back() <= '9';
}

} // namespace

bool is_hashed_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::size_t hashed = 0;
  std::size_t certificates = 0;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (is_hashed(name))
      ++hashed;
    else if (name != k_bundle && (name.ends_with(".pem") || name.ends_with(".crt")))
      ++certificates;
  }
  return !error && hashed > 0 && (hashed >= k_many || hashed >= certificates);
}

} // namespace kif::oci
