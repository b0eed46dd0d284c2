// SPDX-License-Identifier: Apache-2.0
#include "provider/core/params.h"

#include <cstring>
#include <limits>

namespace kif::provider {
namespace {

template <class Integer> bool store(OSSL_PARAM& param, std::uint64_t value) noexcept {
  if (value > static_cast<std::uint64_t>(std::numeric_limits<Integer>::max()))
    return false;
  const auto number = static_cast<Integer>(value);
  std::memcpy(param.data, &number, sizeof number);
  param.return_size = sizeof number;
  return true;
}

} // namespace

OSSL_PARAM* find_param(OSSL_PARAM params[], std::string_view name) noexcept {
  if (params == nullptr)
    return nullptr;
  for (OSSL_PARAM* param = params; param->key != nullptr; ++param)
    if (name == param->key)
      return param;
  return nullptr;
}

bool set_text(OSSL_PARAM& param, const char* text) noexcept {
  if (param.data_type != OSSL_PARAM_UTF8_PTR)
    return false;
  param.return_size = std::strlen(text);
  if (param.data != nullptr)
    *static_cast<const char**>(param.data) = text;
  return true;
}

bool set_number(OSSL_PARAM& param, std::uint64_t value) noexcept {
  const bool is_signed = param.data_type == OSSL_PARAM_INTEGER;
  if (!is_signed && param.data_type != OSSL_PARAM_UNSIGNED_INTEGER)
    return false;
  if (param.data == nullptr) { // the reader asks for the size only
    param.return_size = sizeof value;
    return true;
  }
  switch (param.data_size) {
  case sizeof(std::uint32_t):
    return is_signed ? store<std::int32_t>(param, value) : store<std::uint32_t>(param, value);
  case sizeof(std::uint64_t):
    return is_signed ? store<std::int64_t>(param, value) : store<std::uint64_t>(param, value);
  default:
    return false;
  }
}

const char* text_of(const OSSL_PARAM& param) noexcept {
  if (param.data_type != OSSL_PARAM_UTF8_PTR || param.data == nullptr)
    return nullptr;
  return *static_cast<const char* const*>(param.data);
}

} // namespace kif::provider
