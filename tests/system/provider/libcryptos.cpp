// SPDX-License-Identifier: Apache-2.0
// libcryptos [--threads N] [--forks N] LIBCRYPTO…: opens each file as a libcrypto of its own, uses FIPS in all of them
// in turn, in library contexts of their own, in threads at once, in forked children, and has each module test itself
// again. Exit code 0: all of it worked.
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "use.h"

namespace kif::test {
namespace {

using libcrypto::Libcrypto;

std::string in_threads(const std::vector<Libcrypto>& all, int count) {
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] { failures += use(all[static_cast<std::size_t>(i) % all.size()]).empty() ? 0 : 1; });
  for (std::thread& thread : threads)
    thread.join();
  return failures == 0 ? "" : std::to_string(failures.load()) + " of " + std::to_string(count) + " failed";
}

/// Forks from a process with a second thread that has drawn and rests. Not while it draws: OpenSSL's own locks (of its
/// RAND, of its property caches) do not outlive that, with or without kif.
std::string in_children(const std::vector<Libcrypto>& all, int count) {
  std::atomic<bool> drawn{false};
  std::atomic<bool> stop{false};
  std::thread other([&] {
    static_cast<void>(use(all.front()));
    drawn = true;
    stop.wait(false);
  });
  while (!drawn)
    std::this_thread::yield();
  int failures = 0;
  for (int i = 0; i < count; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(60);
      ::_exit(use(all[static_cast<std::size_t>(i) % all.size()]).empty() ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    failures += status == 0 ? 0 : 1;
  }
  stop = true;
  stop.notify_all();
  other.join();
  return failures == 0 ? "" : std::to_string(failures) + " of " + std::to_string(count) + " failed";
}

/// A function of that very libcrypto which Libcrypto does not bind.
template <class Function> Function* function(const char* file, const char* name) {
  void* handle = ::dlopen(file, RTLD_NOW | RTLD_NOLOAD);
  return handle != nullptr ? reinterpret_cast<Function*>(::dlsym(handle, name)) : nullptr;
}

std::string self_test(const Libcrypto& crypto, const char* file) {
  const auto run = function<int(const OSSL_PROVIDER*)>(file, "OSSL_PROVIDER_self_test");
  OSSL_PROVIDER* module = crypto.OSSL_PROVIDER_load(nullptr, "fips");
  if (run == nullptr || module == nullptr)
    return "cannot ask for it: " + crypto.error_text();
  const bool passed = run(module) == 1;
  crypto.OSSL_PROVIDER_unload(module);
  return passed ? "" : crypto.error_text();
}

/// Library contexts of their own, twice: the module is loaded, used, unloaded and loaded again, by one libcrypto.
std::string in_contexts(const Libcrypto& crypto, const char* file) {
  const auto load_config = function<int(OSSL_LIB_CTX*, const char*)>(file, "OSSL_LIB_CTX_load_config");
  const auto draw = function<int(OSSL_LIB_CTX*, unsigned char*, std::size_t, unsigned)>(file, "RAND_bytes_ex");
  for (int i = 0; i < 2; ++i) {
    OSSL_LIB_CTX* contexts[] = {crypto.OSSL_LIB_CTX_new(), crypto.OSSL_LIB_CTX_new()};
    for (OSSL_LIB_CTX* context : contexts) {
      unsigned char bytes[16];
      if (load_config(context, std::getenv("OPENSSL_CONF")) != 1 || draw(context, bytes, sizeof bytes, 0) != 1)
        return crypto.error_text();
    }
    for (OSSL_LIB_CTX* context : contexts)
      crypto.OSSL_LIB_CTX_free(context);
  }
  return {};
}

int run(int thread_count, int fork_count, const std::vector<const char*>& files) {
  std::vector<Libcrypto> all;
  for (const char* file : files) {
    auto crypto = Libcrypto::open(file);
    if (!crypto)
      return report(file, crypto.error().message), 1;
    all.push_back(std::move(*crypto));
  }
  bool good = true;
  for (std::size_t i = 0; i < all.size(); ++i)
    good = report("use " + std::to_string(i), use(all[i])) && good;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      good = report("apart", all[i].RAND_bytes != all[j].RAND_bytes ? "" : "two files are one libcrypto") && good;
  for (std::size_t i = 0; i < all.size(); ++i)
    good = report("self-test " + std::to_string(i), self_test(all[i], files[i])) && good;
  for (std::size_t i = 0; i < all.size(); ++i)
    good = report("contexts " + std::to_string(i), in_contexts(all[i], files[i])) && good;
  if (thread_count > 0)
    good = report("threads", in_threads(all, thread_count)) && good;
  if (fork_count > 0)
    good = report("forks", in_children(all, fork_count)) && good;
  return good ? 0 : 1;
}

} // namespace
} // namespace kif::test

int main(int argc, char** argv) {
  int threads = 0;
  int forks = 0;
  std::vector<const char*> files;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    int* number = argument == "--threads" ? &threads : argument == "--forks" ? &forks : nullptr;
    if (number == nullptr)
      files.push_back(argv[i]);
    else if (++i < argc)
      std::from_chars(argv[i], argv[i] + std::strlen(argv[i]), *number);
  }
  return files.empty() ? 2 : kif::test::run(threads, forks, files);
}
