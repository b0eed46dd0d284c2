// SPDX-License-Identifier: Apache-2.0
// The few OSSL_PARAM operations that a provider needs, without libcrypto: kif-fips.so is loaded by whichever libcrypto
// the process has, so it cannot link one.
#pragma once

#include <cstdint>
#include <string_view>

#include <openssl/core.h>

namespace kif::provider {

/// The entry of that name, or null. `params` ends with a null key and may be null itself.
OSSL_PARAM* find_param(OSSL_PARAM params[], std::string_view name) noexcept;

/// Points a utf8_ptr entry at `text`, which must live as long as the reader uses it. False: another type.
bool set_text(OSSL_PARAM& param, const char* text) noexcept;

/// Writes a number in the width that the reader gave. False: not an integer of 4 or 8 bytes, or too small for `value`.
bool set_number(OSSL_PARAM& param, std::uint64_t value) noexcept;

/// The value of a utf8_ptr entry, or null where nobody set it.
const char* text_of(const OSSL_PARAM& param) noexcept;

} // namespace kif::provider
