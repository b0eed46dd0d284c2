// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/libcurl.h"

#include <stdexcept>
#include <string>

#include <dlfcn.h>

// In C these are macros around functions of the same names; the functions are meant.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace kif::oci {
namespace {

constexpr const char* k_file = "libcurl.so.4";

class Loader {
public:
  Loader() : m_library(::dlopen(k_file, RTLD_NOW | RTLD_LOCAL)) {
    if (m_library == nullptr) {
      m_reason = ::dlerror();
      return;
    }
    resolve("curl_global_init", functions.global_init);
    resolve("curl_getdate", functions.getdate);
    resolve("curl_free", functions.free);
    resolve("curl_easy_init", functions.easy_init);
    resolve("curl_easy_cleanup", functions.easy_cleanup);
    resolve("curl_easy_setopt", functions.easy_setopt);
    resolve("curl_easy_getinfo", functions.easy_getinfo);
    resolve("curl_easy_pause", functions.easy_pause);
    resolve("curl_easy_reset", functions.easy_reset);
    resolve("curl_easy_strerror", functions.easy_strerror);
    resolve("curl_multi_init", functions.multi_init);
    resolve("curl_multi_cleanup", functions.multi_cleanup);
    resolve("curl_multi_add_handle", functions.multi_add_handle);
    resolve("curl_multi_remove_handle", functions.multi_remove_handle);
    resolve("curl_multi_perform", functions.multi_perform);
    resolve("curl_multi_poll", functions.multi_poll);
    resolve("curl_multi_info_read", functions.multi_info_read);
    resolve("curl_slist_append", functions.slist_append);
    resolve("curl_slist_free_all", functions.slist_free_all);
    resolve("curl_url", functions.url);
    resolve("curl_url_cleanup", functions.url_cleanup);
    resolve("curl_url_get", functions.url_get);
    resolve("curl_url_set", functions.url_set);
    if (m_reason.empty() && functions.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
      m_reason = "it does not start";
  }

  const std::string& reason() const noexcept { return m_reason; } // empty: it is loaded

  Libcurl functions{};

private:
  template <class Function> void resolve(const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(m_library, name));
    if (function == nullptr && m_reason.empty())
      m_reason = std::string("it has no ") + name;
  }

  void* m_library;
  std::string m_reason;
};

const Loader& loader() {
  static const Loader loaded; // never unloaded: its connections may outlive whoever made them
  return loaded;
}

} // namespace

Result<void> load_libcurl() {
  if (!loader().reason().empty())
    return fail(Error(ErrorCode::not_found, std::string("cannot load ") + k_file + ": " + loader().reason())
                    .with_hint("registries are read by libcurl: apt-get install libcurl4"));
  return {};
}

const Libcurl& libcurl() {
  if (!loader().reason().empty())
    throw std::runtime_error(std::string("cannot load ") + k_file + ": " + loader().reason());
  return loader().functions;
}

} // namespace kif::oci
