// SPDX-License-Identifier: Apache-2.0
// libcurl, loaded when the first registry is asked and not with kif: it brings some forty libraries, one of which asks
// the kernel for randomness as it is loaded and complains where that is refused, as in a container that `kif host`
// looks at.
#pragma once

#include <curl/curl.h>

#include "base/result.h"

namespace kif::oci {

struct Libcurl {
  decltype(&::curl_global_init) global_init;
  decltype(&::curl_getdate) getdate;
  decltype(&::curl_free) free;
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_pause) easy_pause;
  decltype(&::curl_easy_reset) easy_reset;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_multi_init) multi_init;
  decltype(&::curl_multi_cleanup) multi_cleanup;
  decltype(&::curl_multi_add_handle) multi_add_handle;
  decltype(&::curl_multi_remove_handle) multi_remove_handle;
  decltype(&::curl_multi_perform) multi_perform;
  decltype(&::curl_multi_poll) multi_poll;
  decltype(&::curl_multi_info_read) multi_info_read;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
  decltype(&::curl_url) url;
  decltype(&::curl_url_cleanup) url_cleanup;
  decltype(&::curl_url_get) url_get;
  decltype(&::curl_url_set) url_set;
};

/// Loads it where it is not loaded yet. not_found, with the package to install, where this machine has none.
Result<void> load_libcurl();

/// The library, loaded; it stays for the life of the process. Where nobody called load_libcurl() and there is none:
/// std::runtime_error.
const Libcurl& libcurl();

} // namespace kif::oci
