// SPDX-License-Identifier: Apache-2.0
// The image's own libcrypto and libssl, bound at run time: what runs inside an image must load where there is
// no OpenSSL, and must use the very libraries that the image's applications use.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "libcrypto/functions.h"

namespace kif {
class SharedLibrary;
}

namespace kif::libcrypto {

/// One entry of OpenSSL's error queue.
struct QueuedError {
  unsigned long code = 0; ///< packed library and reason: ERR_GET_LIB, ERR_GET_REASON
  std::string reason;     ///< "error retrieving entropy"; the packed code as text where the reason has no name
  std::string data;       ///< what the raiser added; often empty
};

/// "reason (data)" of each entry, the cause first, joined by "; ". "no error in OpenSSL's queue" where there is none.
std::string describe(const std::vector<QueuedError>& errors);

/// A libcrypto, found as the loader finds it for any program of the image. Its members are OpenSSL's functions under
/// their own names. It is never unloaded: libcrypto registers exit handlers and thread destructors that point into it.
class Libcrypto {
public:
  /// not_found, or unsupported where `file` is a path: there is no such library, or it is not OpenSSL's (a function is
  /// missing).
  static Result<Libcrypto> open(const char* file);
  /// The one of each major version that kif knows (base/openssl_majors.h) and the loader finds, newest first; at least
  /// one. Of what the loader cannot load no program can make use. not_found: there is none, or one lacks a function.
  static Result<std::vector<Libcrypto>> open_all();
  /// The first of open_all().
  static Result<Libcrypto> open();
  /// Its functions as a program gets them that is linked with it: where a preloaded library has one of the name, that
  /// one. open() gives libcrypto's own.
  static Result<Libcrypto> open_as_linked(const char* file);
  Libcrypto(Libcrypto&&) noexcept = default;
  Libcrypto& operator=(Libcrypto&&) = delete;

  /// Empties this thread's error queue; oldest first, which is the cause.
  std::vector<QueuedError> take_errors() const;
  /// describe(take_errors()).
  std::string error_text() const { return describe(take_errors()); }

  /// What it was opened by: "libcrypto.so.3".
  const std::string& file() const noexcept { return m_file; }
  /// 3 for OpenSSL 3.5.9.
  unsigned major_version() const noexcept;
  /// The library is of this OpenSSL version or newer.
  bool is_at_least(unsigned major, unsigned minor) const noexcept;

// SHA256_* are deprecated, and in every libcrypto of 3 and 4 that was not built without deprecated functions.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#define KIF_DECLARE(name) decltype(&::name) name = nullptr;
  KIF_LIBCRYPTO_FUNCTIONS(KIF_DECLARE)
#undef KIF_DECLARE
#pragma GCC diagnostic pop

private:
  Libcrypto() = default;
  static Result<Libcrypto> bind(SharedLibrary& opened, const char* file);

  std::string m_file;
};

/// A libssl, likewise. Optional members are null where the library lacks them.
class Libssl {
public:
  /// The one that belongs to `crypto`: of the same major version.
  static Result<Libssl> open(const Libcrypto& crypto);
  static Result<Libssl> open(const char* file);
  Libssl(Libssl&&) noexcept = default;
  Libssl& operator=(Libssl&&) = delete;

#define KIF_DECLARE(name) decltype(&::name) name = nullptr;
  KIF_LIBSSL_FUNCTIONS(KIF_DECLARE)
#undef KIF_DECLARE
#define KIF_DECLARE(name, type) std::type_identity_t<type> name = nullptr;
  KIF_LIBSSL_OPTIONAL_FUNCTIONS(KIF_DECLARE)
#undef KIF_DECLARE

private:
  Libssl() = default;
};

/// An OpenSSL object with the function that frees it: Owned<EVP_MD>(crypto.EVP_MD_fetch(…), crypto.EVP_MD_free).
template <class T> using Owned = std::unique_ptr<T, void (*)(T*)>;

} // namespace kif::libcrypto
