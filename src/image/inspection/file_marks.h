// SPDX-License-Identifier: Apache-2.0
// What a program's or library's bytes tell about the cryptography in it: found in one pass, whatever the file is
// called.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kif::image {

/// A text that tells something. Those that are C strings in the programs count only as such.
enum class Mark : std::uint8_t {
  openssl_version,     ///< libcrypto's version text with its date: "OpenSSL 3.5.4 30 Sep 2025"
  openssl_diagnostics, ///< a key of OpenSSL's configuration, since 3.0 in every link of libcrypto that loads providers
  openssl_configuration, ///< the key that a configuration begins with, in 1.1 as well
  openssl_variable,      ///< the variable that names the configuration's file
  boringssl,             ///< what BoringSSL and its fork AWS-LC call every function in an error
  rust,                  ///< the folder of Rust's own sources, which its messages name
  cryptogams,            ///< the name that the assembly of OpenSSL's authors bears, in OpenSSL and its many heirs
  node,
  php,
  go,
  openssh,
  checksum_program,
  busybox,
  git,
  ruby_digest, ///< the names below are functions': a file that defines them, or one that calls them
  perl_digest,
  perl_cipher,
  pycryptodome,
  python_module,
  library_context,
  libcrypto_name, ///< of a file that needs it
  count_,
};

struct FileMarks {
  std::bitset<static_cast<std::size_t>(Mark::count_)> marks;
  std::optional<std::string> openssl_version; ///< of the first version text

  bool has(Mark mark) const { return marks.test(static_cast<std::size_t>(mark)); }
  /// What every link of libcrypto holds that can follow a configuration; 3.0 and newer by one text, older by two.
  bool has_openssl() const {
    return has(Mark::openssl_diagnostics) || (has(Mark::openssl_configuration) && has(Mark::openssl_variable));
  }
};

FileMarks find_marks(std::span<const std::byte> content);

/// The version that OpenSSL 3 and newer tells its providers: a C string "3.5.4", which is also there where the linker
/// dropped the version text. None where the file has several that look like one.
std::optional<std::string> core_version_in(std::span<const std::byte> content);

} // namespace kif::image
