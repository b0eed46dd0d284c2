// SPDX-License-Identifier: Apache-2.0
// The same text as libcrypto itself reads it: what conf_text.h is measured against.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/err.h>

namespace kif::image {

/// The value of an entry, by "section" and "name"; an entry of a section only, without the default one's.
class LibcryptoConf {
public:
  explicit LibcryptoConf(std::string_view text)
      : m_conf(NCONF_new(nullptr), NCONF_free),
        m_bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free) {
    long line = 0;
    m_is_good = NCONF_load_bio(m_conf.get(), m_bio.get(), &line) == 1;
    ERR_clear_error();
  }

  bool is_good() const { return m_is_good; }

  std::optional<std::string> value(const std::string& section, const std::string& name) const {
    const STACK_OF(CONF_VALUE)* values = NCONF_get_section(m_conf.get(), section.c_str());
    ERR_clear_error();
    for (int i = 0; values != nullptr && i < sk_CONF_VALUE_num(values); ++i)
      if (const CONF_VALUE* value = sk_CONF_VALUE_value(values, i); name == value->name)
        return value->value;
    return std::nullopt;
  }

  /// How many entries a section has; none: there is no such section.
  std::optional<std::size_t> size(const std::string& section) const {
    const STACK_OF(CONF_VALUE)* values = NCONF_get_section(m_conf.get(), section.c_str());
    ERR_clear_error();
    return values == nullptr ? std::nullopt : std::optional(static_cast<std::size_t>(sk_CONF_VALUE_num(values)));
  }

private:
  std::unique_ptr<CONF, decltype(&NCONF_free)> m_conf;
  std::unique_ptr<BIO, decltype(&BIO_free)> m_bio;
  bool m_is_good = false;
};

} // namespace kif::image
