// SPDX-License-Identifier: Apache-2.0
#include "libcrypto/library.h"

#include <algorithm>
#include <array>

#include "base/openssl_majors.h"
#include "base/shared_library.h"

namespace kif::libcrypto {
namespace {

Result<SharedLibrary> open_library(const char* file, SharedLibrary::Scope scope = SharedLibrary::Scope::own) {
  KIF_TRY(SharedLibrary library, SharedLibrary::open(file, file, scope));
  library.stay();
  return library;
}

} // namespace

std::string describe(const std::vector<QueuedError>& errors) {
  if (errors.empty())
    return "no error in OpenSSL's queue";
  std::string text;
  for (const QueuedError& error : errors) {
    text += text.empty() ? "" : "; ";
    text += error.reason;
    if (!error.data.empty())
      text += " (" + error.data + ")";
  }
  return text;
}

Result<Libcrypto> Libcrypto::open(const char* file) {
  KIF_TRY(SharedLibrary opened, open_library(file));
  return bind(opened, file);
}

Result<Libcrypto> Libcrypto::open_as_linked(const char* file) {
  KIF_TRY(SharedLibrary opened, open_library(file, SharedLibrary::Scope::process));
  return bind(opened, file);
}

Result<Libcrypto> Libcrypto::bind(SharedLibrary& opened, const char* file) {
  Libcrypto library;
  library.m_file = file;
#define KIF_BIND(name) opened.require(library.name, #name);
  KIF_LIBCRYPTO_FUNCTIONS(KIF_BIND)
#undef KIF_BIND
  KIF_CHECK(opened.check());
  return library;
}

Result<std::vector<Libcrypto>> Libcrypto::open_all() {
  std::vector<Libcrypto> found;
  std::string reasons;
  for (const OpensslMajor& major : k_openssl_majors) {
    auto opened = open_library(major.libcrypto);
    if (!opened) {
      reasons += (reasons.empty() ? "" : "; ") + opened.error().message;
      continue;
    }
    KIF_TRY(Libcrypto library, bind(*opened, major.libcrypto));
    found.push_back(std::move(library));
  }
  if (found.empty())
    return fail(ErrorCode::not_found, std::move(reasons));
  return found;
}

Result<Libcrypto> Libcrypto::open() {
  KIF_TRY(std::vector<Libcrypto> all, open_all());
  return std::move(all.front());
}

std::vector<QueuedError> Libcrypto::take_errors() const {
  std::vector<QueuedError> errors;
  const char* data = nullptr;
  int flags = 0;
  while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    QueuedError error{code, {}, {}};
    if (const char* reason = ERR_reason_error_string(code)) {
      error.reason = reason;
    } else {
      std::array<char, 256> text{};
      ERR_error_string_n(code, text.data(), text.size());
      error.reason = text.data();
    }
    if ((flags & ERR_TXT_STRING) != 0 && data != nullptr)
      error.data = data;
    errors.push_back(std::move(error));
  }
  return errors;
}

unsigned Libcrypto::major_version() const noexcept {
  return static_cast<unsigned>(OpenSSL_version_num() >> 28U);
}

bool Libcrypto::is_at_least(unsigned major, unsigned minor) const noexcept {
  return OpenSSL_version_num() >= (static_cast<unsigned long>(major) << 28U | static_cast<unsigned long>(minor) << 20U);
}

Result<Libssl> Libssl::open(const Libcrypto& crypto) {
  const auto* const major = std::ranges::find(k_openssl_majors, crypto.major_version(), &OpensslMajor::number);
  if (major == k_openssl_majors.end())
    return fail(ErrorCode::unsupported, "cannot load libssl of OpenSSL " + std::to_string(crypto.major_version()) +
                                            ": kif knows " + k_openssl_majors_text);
  return open(major->libssl);
}

Result<Libssl> Libssl::open(const char* file) {
  KIF_TRY(SharedLibrary opened, open_library(file));
  Libssl library;
#define KIF_BIND(name) opened.require(library.name, #name);
  KIF_LIBSSL_FUNCTIONS(KIF_BIND)
#undef KIF_BIND
#define KIF_BIND(name, type) opened.find(library.name, #name);
  KIF_LIBSSL_OPTIONAL_FUNCTIONS(KIF_BIND)
#undef KIF_BIND
  KIF_CHECK(opened.check());
  return library;
}

} // namespace kif::libcrypto
