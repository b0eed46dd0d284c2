// SPDX-License-Identifier: Apache-2.0
#include "stores/key_store.h"

#include <algorithm>

#include "stores/jks.h"
#include "stores/pkcs12.h"
#include "text/utf8.h"

namespace kif::stores {

namespace {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = text::first_character(text).bytes;
    if (bytes == 0)
      return false;
    text.remove_prefix(bytes);
  }
  return true;
}

} // namespace

bool is_known(std::string_view content) {
  return is_jceks(content) || parse_jks(content).has_value() || is_pkcs12(content);
}

std::string refusal_of(std::string_view content) {
  if (is_jceks(content))
    return "is a JCEKS file, whose protection is not approved";
  if (is_jks(content)) {
    const auto file = parse_jks(content);
    const bool has_key =
        file && std::ranges::any_of(file->entries, [](const JksEntry& entry) { return !entry.protected_key.empty(); });
    return has_key ? "is a JKS file with private keys, whose protection is not approved" : "";
  }
  return unapproved_protection(content);
}

Result<std::string> converted(std::string_view content, const SecretString& password) {
  if (!is_utf8(password.view()))
    return fail(ErrorCode::invalid_input, "its password is not UTF-8, and Java would take it for another");
  if (is_jceks(content))
    return fail(ErrorCode::unsupported, "it is a JCEKS file, which keytool alone converts");
  if (is_jks(content)) {
    KIF_TRY(const JksFile file, parse_jks(content));
    if (!is_password_of(content, file, password))
      return fail(ErrorCode::invalid_input, "the password is another, or it is damaged");
    KIF_TRY(Bags bags, bags_of(file, password));
    return write_pkcs12(std::move(bags), password, content);
  }
  KIF_TRY(Bags bags, open_pkcs12(content, password));
  return write_pkcs12(std::move(bags), password, content);
}

} // namespace kif::stores
