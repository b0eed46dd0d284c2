// SPDX-License-Identifier: Apache-2.0
#include "registry/libcurl.h"

#include <stdexcept>
#include <string>

#include "base/shared_library.h"

// In C these are macros around functions of the same names; the functions are meant.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace kif::oci {
namespace {

constexpr const char* k_file = "libcurl.so.4";

Result<Libcurl> load() {
  KIF_TRY(SharedLibrary library, SharedLibrary::open(k_file, k_file));
  library.stay(); // its connections may outlive whoever made them
  Libcurl functions{};
#define KIF_BIND(name) library.require(functions.name, "curl_" #name);
  KIF_LIBCURL_FUNCTIONS(KIF_BIND)
#undef KIF_BIND
  KIF_CHECK(library.check());
  if (functions.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return fail(ErrorCode::not_found, std::string("cannot use ") + k_file + ": it does not start");
  return functions;
}

const Result<Libcurl>& loaded() {
  static const Result<Libcurl> once = load();
  return once;
}

} // namespace

Result<void> load_libcurl() {
  if (!loaded())
    return fail(Error(loaded().error()).with_hint("registries are read by libcurl: apt-get install libcurl4"));
  return {};
}

const Libcurl& libcurl() {
  if (!loaded())
    throw std::runtime_error(loaded().error().message);
  return *loaded();
}

} // namespace kif::oci
