// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/file_marks.h"

#include <array>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "image/inspection/text_search.h"
#include "image/inspection/text_set.h"

namespace kif::image {
namespace {

// What must stand before and after the text.
enum class Bounds : std::uint8_t {
  none,
  c_string, ///< the end of a C string, and no letter, digit or underscore before it: linkers merge strings by their
            ///< ends
};

struct MarkText {
  Mark mark;
  std::string_view text;
  Bounds bounds = Bounds::none;
};

// Which texts every link of libcrypto holds was measured: docs/design/0010-runtimes.md.
constexpr std::array k_texts = {
    MarkText{Mark::openssl_version, "OpenSSL 0."}, MarkText{Mark::openssl_version, "OpenSSL 1."},
    MarkText{Mark::openssl_version, "OpenSSL 3."}, MarkText{Mark::openssl_version, "OpenSSL 4."},
    MarkText{Mark::openssl_version, "OpenSSL 5."},
    MarkText{Mark::openssl_diagnostics, "config_diagnostics", Bounds::c_string}, // crypto/conf/conf_mod.c
    MarkText{Mark::openssl_configuration, "openssl_conf", Bounds::c_string},
    MarkText{Mark::openssl_variable, "OPENSSL_CONF", Bounds::c_string},
    MarkText{Mark::boringssl, "OPENSSL_internal"}, // crypto/err/err.c: "error:%s:%s:OPENSSL_internal:%s"
    MarkText{Mark::rust, "/library/core/src/"}, // a place that can panic is named with its source file, with Rust's own
    MarkText{Mark::cryptogams, "CRYPTOGAMS by <"},
    // The section of openssl.cnf that Node reads (src/node.cc), and the variable that PHP takes folders of settings
    // from (main/php_ini.c).
    MarkText{Mark::node, "nodejs_conf", Bounds::c_string}, MarkText{Mark::php, "PHP_INI_SCAN_DIR", Bounds::c_string},
    MarkText{Mark::go, "\xff Go buildinf:"},
    MarkText{Mark::openssh, "umac-128-etm@openssh.com"},        // whose MAC nobody else has
    MarkText{Mark::checksum_program, "no properly formatted "}, // coreutils, src/digest.c
    MarkText{Mark::busybox, "BusyBox v1"},
    MarkText{Mark::git, " appears to be part of a collision attack"}, // sha1dc_git.c
    MarkText{Mark::ruby_digest, std::string_view("\0Init_md5\0", 10)},
    MarkText{Mark::ruby_digest, std::string_view("Init_sha1\0", 10)},
    MarkText{Mark::ruby_digest, std::string_view("Init_sha2\0", 10)}, MarkText{Mark::ruby_digest, "Init_rmd160"},
    MarkText{Mark::perl_digest, "boot_Digest__"}, MarkText{Mark::perl_cipher, "boot_Crypt"},
    MarkText{Mark::pycryptodome, "_start_operation"},    // of its ciphers
    MarkText{Mark::pycryptodome, "_pbkdf2_hmac_assist"}, // and of its digests
    MarkText{Mark::python_module, "PyInit__bcrypt"}, MarkText{Mark::python_module, "PyInit__sodium"},
    MarkText{Mark::library_context, "OSSL_LIB_CTX_"}, MarkText{Mark::libcrypto_name, "libcrypto."},
    MarkText{Mark::libcrypto_name, "libcrypto-"}, // as wheels rename it
};

const TextSet& text_set() {
  static const TextSet set = [] {
    std::vector<std::string_view> texts;
    for (const MarkText& text : k_texts)
      texts.push_back(text.text);
    return TextSet(std::move(texts));
  }();
  return set;
}

std::string_view as_text(std::span<const std::byte> content) {
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_bounded(std::string_view content, std::size_t at, const MarkText& text) {
  const std::size_t end = at + text.text.size();
  switch (text.bounds) {
  case Bounds::none:
    return true;
  case Bounds::c_string:
    return end < content.size() && content[end] == '\0' && (at == 0 || !is_name_character(content[at - 1]));
  }
  return false;
}

// "3.5.4", "3.0.7-fips-dev", "4.0.0": of the major versions that have providers.
bool is_core_version(std::string_view text) {
  std::size_t at = 0;
  for (int part = 0; part < 3; ++part) {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at]) && at - begin < 3)
      ++at;
    if (at == begin || (part < 2 && (at == text.size() || text[at++] != '.')))
      return false;
  }
  return text[0] >= '3' && text[1] == '.' &&
         (at == text.size() || ((text[at] == '-' || text[at] == '+') && text.size() - at < 32));
}

} // namespace

FileMarks find_marks(std::span<const std::byte> content) {
  const std::string_view text = as_text(content);
  FileMarks found;
  text_set().visit(text, [&](std::size_t number, std::size_t at) {
    const MarkText& mark = k_texts[number];
    if (!is_bounded(text, at, mark))
      return;
    if (mark.mark == Mark::openssl_version) {
      if (found.openssl_version)
        return;
      found.openssl_version = openssl_version_at(text.substr(at));
      if (!found.openssl_version)
        return;
    }
    found.marks.set(static_cast<std::size_t>(mark.mark));
  });
  return found;
}

std::optional<std::string> core_version_in(std::span<const std::byte> content) {
  const std::string_view text = as_text(content);
  std::optional<std::string> version;
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    if (text[at - 1] != '\0' || text[at] < '3' || text[at] > '9' || text[at + 1] != '.')
      continue;
    constexpr std::size_t k_max_bytes = 48;
    const std::string_view rest = text.substr(at, k_max_bytes);
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos || !is_core_version(rest.substr(0, end)))
      continue;
    if (version && *version != rest.substr(0, end))
      return std::nullopt;
    version = std::string(rest.substr(0, end));
  }
  return version;
}

} // namespace kif::image
