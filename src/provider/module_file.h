// SPDX-License-Identifier: Apache-2.0
// The FIPS module's file, loaded unmodified, and loaded more than once where need be: a module keeps the functions of
// the libcrypto that loads it in variables of its own (set_func in its init), so two libcryptos cannot share one
// instance.
#pragma once

#include <string>

#include <openssl/core.h>

#include "base/file.h"
#include "base/result.h"

namespace kif::provider {

/// A loaded module. It stays in memory for the life of the process, as OpenSSL keeps its own (nothing of it may go
/// while a DRBG of some thread still has its functions).
struct ModuleFile {
  OSSL_provider_init_fn* init = nullptr;
  /// The file that holds the bytes which were loaded. The module opens it to check its own HMAC, so the module's
  /// `module-filename` must name it until init is through.
  std::string loaded_from;
  /// What keeps `loaded_from` alive: a memory file, or a file to be removed; neither for the file itself.
  UniqueFd memory;
  std::string temporary;

  /// Where the copies go; all but the first are for systems without memfd_create or /proc.
  struct Options {
    bool try_memory = true;
  };

  /// Maps the file at `path` itself. conflict: it is in this process already, whoever loaded it and by whichever name.
  static Result<ModuleFile> load(const std::string& path);

  /// Maps a copy of the file at `path`, made in memory where that can be done, else in a private temporary file.
  /// `number` is unique in the process.
  static Result<ModuleFile> load_copy(const std::string& path, std::size_t number, Options options);
  static Result<ModuleFile> load_copy(const std::string& path, std::size_t number) {
    return load_copy(path, number, Options{});
  }

  ModuleFile() = default;
  ModuleFile(ModuleFile&&) noexcept = default;
  ModuleFile& operator=(ModuleFile&&) noexcept = default;
  ~ModuleFile() { drop_copy(); }

  /// Gives up what keeps `loaded_from` alive; the module itself stays mapped.
  void drop_copy() noexcept;
};

} // namespace kif::provider
