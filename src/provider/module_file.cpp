// SPDX-License-Identifier: Apache-2.0
#include "provider/module_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/shared_library.h"

namespace kif::provider {
namespace {

// The largest module seen has 2.8 MB; a bound keeps a wrong path (a device, an image) from filling the memory.
constexpr off_t k_max_module_bytes = 64 * 1024 * 1024;

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U // linux/memfd.h, since Linux 6.3
#endif

Result<OSSL_provider_init_fn*> map(const std::string& file, const std::string& module) {
  // Of its own scope: a module's symbols must not meet those of another copy.
  KIF_TRY(SharedLibrary library, SharedLibrary::open(file, "the FIPS module " + module));
  library.stay();
  OSSL_provider_init_fn* init = nullptr;
  library.require(init, "OSSL_provider_init"); // what makes it an OpenSSL provider
  KIF_CHECK(library.check());
  return init;
}

Result<UniqueFd> open_module(const std::string& path) {
  auto fd = open_file(path, O_RDONLY | O_NONBLOCK); // a FIFO must not hang us
  if (!fd)
    return fail(std::move(fd).error().with_context("cannot load the FIPS module"));
  struct stat status {};
  if (::fstat(fd->get(), &status) != 0)
    return fail(system_error(errno, "cannot load the FIPS module " + path));
  if (!S_ISREG(status.st_mode))
    return fail(ErrorCode::unsupported, "cannot load the FIPS module " + path + ": not a regular file");
  if (status.st_size > k_max_module_bytes)
    return fail(ErrorCode::too_large, "cannot load the FIPS module " + path + ": larger than 64 MiB");
  return std::move(*fd);
}

Result<void> copy(int from, int to, const std::string& path) {
  std::array<std::byte, 16384> buffer;
  off_t total = 0;
  for (;;) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return fail(system_error(errno, "cannot read the FIPS module " + path));
    if (got == 0)
      return {};
    total += got;
    if (total > k_max_module_bytes)
      return fail(ErrorCode::too_large, "cannot copy the FIPS module " + path + ": larger than 64 MiB");
    KIF_CHECK(write_all(to, std::span(buffer).first(static_cast<std::size_t>(got)), "a copy of the FIPS module"));
  }
}

UniqueFd new_memory_file() noexcept {
  // NOEXEC_SEAL is what a system with vm.memfd_noexec=2 still allows; it seals the mode bits and does not hinder
  // mapping. Kernels before 6.3 do not know the flag.
  int fd = ::memfd_create("kif-fips-module", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL)
    fd = ::memfd_create("kif-fips-module", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return UniqueFd(fd);
}

Result<ModuleFile> load_memory_copy(const std::string& path, std::size_t number) {
  KIF_TRY(const UniqueFd source, open_module(path));
  ModuleFile module;
  module.memory = new_memory_file();
  if (!module.memory)
    return fail(system_error(errno, "cannot make a memory file"));
  KIF_CHECK(copy(source.get(), module.memory.get(), path));
  // From here on nobody changes the bytes that the module is about to check.
  if (::fcntl(module.memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return fail(system_error(errno, "cannot seal a memory file"));
  // glibc takes two files of one name for one library, and a descriptor's number may come again: a spelling that no
  // other copy has.
  module.loaded_from = "/proc/self/";
  for (std::size_t i = 0; i <= number; ++i)
    module.loaded_from += "./";
  module.loaded_from += "fd/" + std::to_string(module.memory.get());
  KIF_TRY(module.init, map(module.loaded_from, path + " (copy in memory)"));
  return module;
}

// Not mkostemp: glibc's draws from the kernel's random generator for the name.
Result<std::string> new_temporary_file(const std::string& folder, std::size_t number, UniqueFd& fd) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  for (int attempt = 0; attempt < 100; ++attempt) {
    const std::string name = folder + "/kif-fips-" + std::to_string(::getpid()) + "-" + std::to_string(number) + "-" +
                             std::to_string(now.tv_nsec + attempt) + ".so";
    fd = UniqueFd(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd)
      return name;
    if (errno != EEXIST)
      break;
  }
  return fail(system_error(errno, "cannot make a file in " + folder));
}

Result<void> fill_and_map(ModuleFile& module, int from, int to, const std::string& path) {
  KIF_CHECK(copy(from, to, path));
  KIF_TRY(module.init, map(module.loaded_from, path + " (copy " + module.loaded_from + ")"));
  return {};
}

Result<ModuleFile> load_temporary_copy(const std::string& path, std::size_t number) {
  const char* configured = ::secure_getenv("TMPDIR");
  Error last(ErrorCode::io, "no folder for temporary files");
  for (const std::string folder :
       {configured != nullptr ? configured : "/tmp", "/tmp", "/var/tmp", "/dev/shm", "/run"}) {
    KIF_TRY(const UniqueFd source, open_module(path));
    ModuleFile module;
    UniqueFd fd;
    auto name = new_temporary_file(folder, number, fd);
    if (!name) {
      last = std::move(name).error();
      continue;
    }
    module.loaded_from = module.temporary = *name;
    auto mapped = fill_and_map(module, source.get(), fd.get(), path);
    if (mapped)
      return module;
    last = std::move(mapped).error(); // a full or noexec file system: the next one may do
  }
  return fail(std::move(last).with_context("cannot make a private copy of the FIPS module " + path));
}

} // namespace

Result<ModuleFile> ModuleFile::load(const std::string& path) {
  KIF_TRY(const UniqueFd readable, open_module(path)); // for a plain error where the loader's would be obscure
  if (SharedLibrary::is_loaded(path))
    return fail(ErrorCode::conflict, "cannot load the FIPS module " + path + " a second time");
  ModuleFile module;
  module.loaded_from = path;
  KIF_TRY(module.init, map(path, path));
  return module;
}

Result<ModuleFile> ModuleFile::load_copy(const std::string& path, std::size_t number, Options options) {
  if (options.try_memory) {
    auto module = load_memory_copy(path, number);
    if (module)
      return module;
    if (module.error().code == ErrorCode::not_found)
      return module;
  }
  return load_temporary_copy(path, number);
}

void ModuleFile::drop_copy() noexcept {
  memory.reset();
  if (!temporary.empty())
    ::unlink(temporary.c_str());
  temporary.clear();
}

} // namespace kif::provider
