// SPDX-License-Identifier: Apache-2.0
// libcurl, loaded when the first registry is asked and not with kif: it brings some forty libraries, one of which asks
// the kernel for randomness as it is loaded and complains where that is refused, as in a container that `kif host`
// looks at.
#pragma once

#include <curl/curl.h>

#include "base/result.h"

namespace kif::oci {

// Without the "curl_" in front. Each prototype is the one of libcurl's own header.
// clang-format off
#define KIF_LIBCURL_FUNCTIONS(F)                                                                                      \
  F(global_init) F(getdate) F(free) F(slist_append) F(slist_free_all)                                                 \
  F(easy_init) F(easy_cleanup) F(easy_setopt) F(easy_getinfo) F(easy_pause) F(easy_reset) F(easy_strerror)            \
  F(multi_init) F(multi_cleanup) F(multi_add_handle) F(multi_remove_handle) F(multi_perform) F(multi_poll)            \
  F(multi_info_read)                                                                                                  \
  F(url) F(url_cleanup) F(url_get) F(url_set)
// clang-format on

struct Libcurl {
#define KIF_DECLARE(name) decltype(&::curl_##name) name;
  KIF_LIBCURL_FUNCTIONS(KIF_DECLARE)
#undef KIF_DECLARE
};

/// Loads it where it is not loaded yet. not_found, with the package to install, where this machine has none.
Result<void> load_libcurl();

/// The library, loaded; it stays for the life of the process. Where nobody called load_libcurl() and there is none:
/// std::runtime_error.
const Libcurl& libcurl();

} // namespace kif::oci
