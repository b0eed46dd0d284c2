// SPDX-License-Identifier: Apache-2.0
#include "provider/config.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <memory>

#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "base/jitterentropy.h"
#include "contexts/empty_provider.h"
#include "entropy/seed_source.h"
#include "provider/core/params.h"

namespace kif::provider {
namespace {

enum Key {
  key_name,
  key_role,
  key_module,
  key_hide,
  key_refuse,
  key_library,
  key_osr,
  key_flags,
  key_memory_bytes,
  key_pool_bytes,
  key_count
};

constexpr std::array<const char*, key_count> k_key_names = {OSSL_PROV_PARAM_CORE_PROV_NAME,
                                                            "kif-role",
                                                            "kif-module",
                                                            "kif-hide",
                                                            "kif-refuse",
                                                            "kif-jitterentropy",
                                                            "kif-osr",
                                                            "kif-flags",
                                                            "kif-memory-bytes",
                                                            "kif-pool-bytes"};

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

Error bad_value(Key key, std::string_view value, std::string expected) {
  return Error(ErrorCode::invalid_input, std::string("cannot use ") + k_key_names[key] + " of openssl.cnf: bad value")
      .with_mismatch(std::move(expected), quoted(value));
}

Error bad_setting(Key key, Error reason) {
  reason.message = std::string("cannot use ") + k_key_names[key] + " of openssl.cnf: " + reason.message;
  return reason;
}

Result<std::size_t> parse_number(Key key, std::string_view text, std::size_t least, std::size_t most) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
    return fail(bad_value(key, text, "a whole number from " + std::to_string(least) + " to " + std::to_string(most)));
  return value;
}

Result<std::string> parse_path(Key key, std::string_view text) {
  if (text.empty() || text.front() != '/')
    return fail(bad_value(key, text, "an absolute path"));
  return std::string(text);
}

Result<Role> parse_role(std::string_view text) {
  if (text == "module")
    return Role::module;
  if (text == "seed-source")
    return Role::seed_source;
  if (text == "none")
    return Role::none;
  return fail(bad_value(key_role, text, "module, seed-source or none"));
}

} // namespace

Result<std::string> path_beside_provider(std::string_view name) {
  // Any object of this library leads to its file.
  Dl_info info{};
  if (::dladdr(static_cast<const void*>(&k_key_names), &info) == 0 || info.dli_fname == nullptr)
    return fail(ErrorCode::internal, "cannot find kif-provider.so in memory");
  struct Free {
    void operator()(char* text) const noexcept { std::free(text); }
  };
  const std::unique_ptr<char, Free> file(::realpath(info.dli_fname, nullptr));
  if (file == nullptr)
    return fail(system_error(errno, std::string("cannot find ") + info.dli_fname));
  std::string path = file.get();
  path.resize(path.rfind('/') + 1);
  path += name;
  return path;
}

Result<Config> read_config(const Core& core, const OSSL_CORE_HANDLE* handle) {
  std::array<const char*, key_count> values{};
  std::array<OSSL_PARAM, key_count + 1> params{};
  for (std::size_t i = 0; i < key_count; ++i)
    params[i] = OSSL_PARAM{k_key_names[i], OSSL_PARAM_UTF8_PTR, &values[i], 0, OSSL_PARAM_UNMODIFIED};
  if (core.get_params(handle, params.data()) != 1)
    return fail(ErrorCode::internal, "cannot read the provider's section of openssl.cnf");

  Config config;
  if (values[key_role] != nullptr) {
    KIF_TRY(config.role, parse_role(values[key_role]));
  } else if (values[key_name] != nullptr && contexts::stand_in_of(values[key_name]) != nullptr) {
    config.role = Role::none; // loaded by name from OPENSSL_MODULES, without a section
  }
  if (config.role == Role::module) {
    if (values[key_module] != nullptr) {
      KIF_TRY(config.module, parse_path(key_module, values[key_module]));
    } else {
      KIF_TRY(config.module, path_beside_provider("fips.so"));
    }
    config.hidden = values[key_hide] != nullptr ? values[key_hide] : k_hidden_by_default;
    if (config.hidden == "none")
      config.hidden.clear();
    if (values[key_refuse] != nullptr && std::string_view(values[key_refuse]) != "none") {
      KIF_TRY(config.refused, Features::parse(values[key_refuse]));
    }
  }
  if (values[key_library] != nullptr) {
    KIF_TRY(config.source.library, parse_path(key_library, values[key_library]));
  }
  if (values[key_osr] != nullptr) {
    KIF_TRY(const std::size_t osr,
            parse_number(key_osr, values[key_osr], jitterentropy::k_min_osr, jitterentropy::k_max_osr));
    config.source.osr = static_cast<unsigned>(osr);
  }
  if (values[key_flags] != nullptr) {
    if (auto good = jitterentropy::check({.flags = values[key_flags]}); !good)
      return fail(bad_setting(key_flags, std::move(good).error()));
    config.source.flags = values[key_flags];
  }
  if (values[key_memory_bytes] != nullptr) {
    KIF_TRY(config.source.memory_bytes,
            parse_number(key_memory_bytes, values[key_memory_bytes], jitterentropy::k_min_memory_bytes,
                         jitterentropy::k_max_memory_bytes));
    if (auto good = jitterentropy::check({.memory_bytes = *config.source.memory_bytes}); !good)
      return fail(bad_setting(key_memory_bytes, std::move(good).error()));
  }
  if (values[key_pool_bytes] != nullptr) {
    KIF_TRY(config.source.pool_bytes,
            parse_number(key_pool_bytes, values[key_pool_bytes], 0, entropy::k_max_pool_bytes));
  }
  return config;
}

} // namespace kif::provider
