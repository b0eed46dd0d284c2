// SPDX-License-Identifier: Apache-2.0
// Shared libraries opened at run time: what this process can do without, or takes in the build that somebody chose.
//
// What opens libraries by itself has no C++ library underneath: provider/gate.cpp, which may stand in a program without
// a loader, and the two parts of libkif-random.so that look for a libcrypto, in contexts/ and random/.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kif {

/// Move-only. Its functions are OpenSSL's, libcurl's …: whoever resolves one knows its type.
class SharedLibrary {
public:
  enum class Scope {
    own,     ///< RTLD_LOCAL: the program's symbols, and those of a second build in it, stay what they are
    process, ///< RTLD_GLOBAL, and functions are found as by a program linked with it: a preloaded library's come first
  };

  /// `what` is what errors call it: "cannot load WHAT: REASON", where the reason is the loader's. Its messages have no
  /// code to branch on: not_found where `file` is a name that the loader looks for, unsupported where it is a path.
  static Result<SharedLibrary> open(const std::string& file, std::string what, Scope scope = Scope::own);
  /// Whether this process has the file at that path already, whoever loaded it and by whichever name.
  static bool is_loaded(const std::string& path) noexcept;

  /// Resolves a function; null where the library has none of that name.
  template <class Function> void find(Function& function, const char* name) const noexcept {
    function = reinterpret_cast<Function>(address_of(name));
  }
  /// The same for one that must be there: check() fails with the first that is not.
  template <class Function> void require(Function& function, const char* name) noexcept {
    find(function, name);
    if (function == nullptr && m_missing == nullptr)
      m_missing = name;
  }
  /// "cannot use WHAT: it has no function NAME", with the code of open().
  Result<void> check() const;

  /// It is never unloaded from now on, as what registers exit handlers or gives out its functions must not be.
  void stay() noexcept { (void)m_handle.release(); }

private:
  struct Close {
    void operator()(void* handle) const noexcept;
  };
  SharedLibrary(void* handle, Scope scope, ErrorCode refusal, std::string what);
  void* address_of(const char* name) const noexcept;

  std::unique_ptr<void, Close> m_handle;
  void* m_place; // where functions are looked for
  ErrorCode m_refusal;
  std::string m_what;
  const char* m_missing = nullptr;
};

} // namespace kif
