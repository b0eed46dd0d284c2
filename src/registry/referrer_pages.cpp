// SPDX-License-Identifier: Apache-2.0
#include "registry/referrer_pages.h"

#include <algorithm>
#include <set>

#include "base/quote.h"
#include "oci/manifest.h"
#include "oci/media_type.h"
#include "oci/repository.h"
#include "registry/header_fields.h"
#include "registry/manifest_type.h"

namespace kif::oci {
namespace {

constexpr std::size_t k_max_pages = 32;

Error cannot_list(const Digest& subject, const std::string& name, const std::string& reason, ErrorCode code) {
  return {code, "cannot list what refers to " + subject.text() + " in " + name + ": " + reason};
}

// The path of the next page. It is asked for at the registry's own origin, where the login goes, whatever scheme and
// port the link has: behind a proxy that ends TLS, registries take themselves for plain ones.
Result<std::optional<std::string>> next_page(const SendResponse& answer, const Digest& subject,
                                             const std::string& name) {
  for (const std::string& field : answer.response.all("link")) {
    KIF_TRY(const auto link, parse_next_link(field));
    if (!link)
      continue;
    KIF_TRY(const Url url, answer.from.resolve(*link, "the next page"));
    if (url.host != answer.from.host)
      return fail(
          cannot_list(subject, name, "the next page is at another host, " + shortened(url.host), ErrorCode::denied));
    return std::optional<std::string>(url.target);
  }
  return std::optional<std::string>();
}

} // namespace

Result<std::optional<std::vector<Descriptor>>> list_referrers(RegistryClient& client, const Digest& subject,
                                                              const std::string& name) {
  const std::string what = "the referrers of " + subject.text() + " in " + name;
  RegistryQuery query{"referrers/" + subject.text(), std::string(k_oci_index), 0, what, "referrers"};
  std::vector<Descriptor> entries;
  std::set<std::string> seen;
  for (;;) {
    if (!seen.insert(query.path).second)
      return fail(cannot_list(subject, name, "its pages go in a circle", ErrorCode::invalid_input));
    if (seen.size() > k_max_pages)
      return fail(
          cannot_list(subject, name, "more than " + std::to_string(k_max_pages) + " pages", ErrorCode::too_large));
    KIF_TRY(SendResponse answer, client.ask(query));
    // Registries from before 1.1 say 404; some take the path for an upload's (405), or show a page for people.
    const bool is_first = seen.size() == 1;
    if (is_first && (answer.response.status == 404 || answer.response.status == 405))
      return std::optional<std::vector<Descriptor>>();
    if (answer.response.status != 200)
      return fail(client.error_of(query, answer));
    KIF_TRY(const auto next, next_page(answer, subject, name));
    KIF_TRY(const Document document, read_document(answer, what));
    if (is_first && document.content_type != k_oci_index)
      return std::optional<std::vector<Descriptor>>();
    KIF_TRY(const Index page, Index::parse(document.text, std::string(k_oci_index), what));
    entries.insert(entries.end(), page.manifests.begin(), page.manifests.end());
    if (!next || entries.size() > k_max_referrers) {
      KIF_TRY(auto all, each_once(entries, subject, name));
      if (!next)
        return std::optional<std::vector<Descriptor>>(std::move(all));
    }
    query.path = *next;
  }
}

Result<std::vector<Descriptor>> each_once(const std::vector<Descriptor>& entries, const Digest& subject,
                                          const std::string& name) {
  std::vector<Descriptor> all;
  std::set<Digest> seen;
  for (const Descriptor& entry : entries)
    if (seen.insert(entry.digest).second)
      all.push_back(entry);
  if (all.size() > k_max_referrers)
    return fail(cannot_list(subject, name, "more than " + std::to_string(k_max_referrers) + " referrers",
                            ErrorCode::too_large));
  return all;
}

} // namespace kif::oci
