// SPDX-License-Identifier: Apache-2.0
#include "base/shared_library.h"

#include <utility>

#include <dlfcn.h>

namespace kif {
namespace {

// dlerror() begins most of its messages with the file, which is named already.
std::string loaders_reason(const std::string& file) {
  const char* const text = ::dlerror();
  std::string_view reason = text == nullptr ? "unknown reason" : text;
  if (reason.starts_with(file + ": "))
    reason.remove_prefix(file.size() + 2);
  return std::string(reason);
}

} // namespace

void SharedLibrary::Close::operator()(void* handle) const noexcept {
  ::dlclose(handle);
}

SharedLibrary::SharedLibrary(void* handle, Scope scope, ErrorCode refusal, std::string what)
    : m_handle(handle), m_place(scope == Scope::own ? handle : RTLD_DEFAULT), m_refusal(refusal),
      m_what(std::move(what)) {}

Result<SharedLibrary> SharedLibrary::open(const std::string& file, std::string what, Scope scope) {
  const ErrorCode refusal = file.find('/') == std::string::npos ? ErrorCode::not_found : ErrorCode::unsupported;
  void* const handle = ::dlopen(file.c_str(), RTLD_NOW | (scope == Scope::own ? RTLD_LOCAL : RTLD_GLOBAL));
  if (handle == nullptr)
    return fail(refusal, "cannot load " + what + ": " + loaders_reason(file));
  return SharedLibrary(handle, scope, refusal, std::move(what));
}

bool SharedLibrary::is_loaded(const std::string& path) noexcept {
  return std::unique_ptr<void, Close>(::dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD)) != nullptr;
}

void* SharedLibrary::address_of(const char* name) const noexcept {
  return ::dlsym(m_place, name);
}

Result<void> SharedLibrary::check() const {
  if (m_missing != nullptr)
    return fail(m_refusal, "cannot use " + m_what + ": it has no function " + m_missing);
  return {};
}

} // namespace kif
