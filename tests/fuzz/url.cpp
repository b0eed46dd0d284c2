// SPDX-License-Identifier: Apache-2.0
// Places that a registry names: where tokens are, where a blob is, what comes next. A base and a reference, cut by the
// first newline.
#include "registry/url.h"

#include "registry/realm.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const auto parts = fuzz::cut(fuzz::text_of(data, size), 2);
  const auto demand_good = [](const Result<oci::Url>& url) {
    fuzz::demand_good_error(url);
    if (!url)
      return;
    fuzz::demand(url->scheme == "http" || url->scheme == "https", "a scheme that kif speaks");
    fuzz::demand(!url->host.empty() && url->target.starts_with('/'), "a host and an absolute target");
    fuzz::demand(url->text().find_first_of(" \r\n") == std::string::npos, "no line of a request can be broken");
    const auto again = oci::Url::parse(url->text(), "x");
    fuzz::demand(again && again->text() == url->text() && again->has_origin_of(*url), "its text is read as it was");
  };
  const auto base = oci::Url::parse(std::string(parts[0]), "x");
  demand_good(base);
  if (!base)
    return 0;
  const auto resolved = base->resolve(std::string(parts[1]), "x");
  demand_good(resolved);
  if (resolved && !resolved->has_origin_of(*base) && resolved->scheme == "http")
    fuzz::demand(!oci::may_get_login(*resolved, *base), "no login goes to another host in the clear");
  (void)oci::percent_encoded(parts[1]);
  return 0;
}
