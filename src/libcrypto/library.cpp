// SPDX-License-Identifier: Apache-2.0
#include "libcrypto/library.h"

#include <array>

#include <dlfcn.h>

namespace kif::libcrypto {
namespace {

Result<void*> open_library(const char* file) {
  // RTLD_LOCAL: the program's own symbols, and those of a second OpenSSL in the process, stay what they are.
  void* handle = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    return fail(ErrorCode::not_found, std::string("cannot load ") + file + ": " + ::dlerror());
  return handle;
}

/// The first function that was missing, or null.
class Binder {
public:
  explicit Binder(void* handle) : m_handle(handle) {}

  template <class Function> void optional(Function& function, const char* name) {
    function = reinterpret_cast<Function>(::dlsym(m_handle, name));
  }
  template <class Function> void required(Function& function, const char* name) {
    optional(function, name);
    if (function == nullptr && m_missing == nullptr)
      m_missing = name;
  }
  Result<void> finish(const char* file) const {
    if (m_missing != nullptr)
      return fail(ErrorCode::not_found, std::string("cannot use ") + file + ": it has no function " + m_missing);
    return {};
  }

private:
  void* m_handle;
  const char* m_missing = nullptr;
};

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
  KIF_TRY(void* const handle, open_library(file));
  Libcrypto library;
  Binder binder(handle);
#define KIF_BIND(name) binder.required(library.name, #name);
  KIF_LIBCRYPTO_FUNCTIONS(KIF_BIND)
#undef KIF_BIND
  KIF_CHECK(binder.finish(file));
  return library;
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

bool Libcrypto::is_at_least(unsigned major, unsigned minor) const noexcept {
  return OpenSSL_version_num() >= (static_cast<unsigned long>(major) << 28U | static_cast<unsigned long>(minor) << 20U);
}

Result<Libssl> Libssl::open(const char* file) {
  KIF_TRY(void* const handle, open_library(file));
  Libssl library;
  Binder binder(handle);
#define KIF_BIND(name) binder.required(library.name, #name);
  KIF_LIBSSL_FUNCTIONS(KIF_BIND)
#undef KIF_BIND
#define KIF_BIND(name, type) binder.optional(library.name, #name);
  KIF_LIBSSL_OPTIONAL_FUNCTIONS(KIF_BIND)
#undef KIF_BIND
  KIF_CHECK(binder.finish(file));
  return library;
}

} // namespace kif::libcrypto
