// SPDX-License-Identifier: Apache-2.0
#include "image/java_jars.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace kif::image {
namespace {

constexpr std::size_t k_max_named = 10;

struct Jar {
  std::string_view begin;        ///< the artifact's name, up to its version
  std::string_view sentence;     ///< goes on after the jar's path
  std::string_view remedy = {};  ///< a jar whose name begins so makes the sentence needless
  bool is_served_by_sun = false; ///< so with --java-sun
};

// docs/java.md has a line for each; system.java.apps shows that it is so.
constexpr std::array k_jars = {
    Jar{"bcprov-", " has packages of Bouncy Castle's FIPS jars, which take precedence over it"},
    Jar{"jetty-alpn-java-server-",
        " takes the JDK's own TLS alone: HTTP/2 needs jetty-alpn-bouncycastle-server beside it, which Jetty has since "
        "12.0.19; with an older Jetty there is no HTTP/2",
        "jetty-alpn-bouncycastle-server-"},
    Jar{"jetty-alpn-java-client-",
        " takes the JDK's own TLS alone: an HTTP/2 client needs jetty-alpn-bouncycastle-client beside it, which Jetty "
        "has since 12.0.19; with an older Jetty there is no HTTP/2",
        "jetty-alpn-bouncycastle-client-"},
    Jar{"kafka_2.",
        " is Kafka's broker, whose log cleaner wants MD5: harden with --java-sun, or set log.cleaner.enable=false, "
        "with which no topic is compacted",
        {},
        true},
};

bool is_jar(const oci::FileEntry& entry, std::string_view begin) {
  return entry.type == oci::FileType::regular && entry.name.starts_with(begin) && entry.name.ends_with(".jar");
}

} // namespace

std::vector<std::string> warnings_of_jars(const oci::FileTree& tree, const JavaChoices& choices) {
  std::array<std::size_t, k_jars.size()> counts{};
  std::array<bool, k_jars.size()> is_remedied{};
  std::array<std::vector<std::string>, k_jars.size()> named;
  for (const oci::FileEntry& entry : tree.entries())
    for (std::size_t i = 0; i < k_jars.size(); ++i) {
      if (!k_jars[i].remedy.empty() && is_jar(entry, k_jars[i].remedy))
        is_remedied[i] = true;
      if (is_jar(entry, k_jars[i].begin) && ++counts[i] <= k_max_named)
        named[i].push_back(entry.path() + std::string(k_jars[i].sentence));
    }
  std::vector<std::string> warnings;
  for (std::size_t i = 0; i < k_jars.size(); ++i) {
    if (is_remedied[i] || (k_jars[i].is_served_by_sun && choices.keep_sun))
      continue;
    std::ranges::move(named[i], std::back_inserter(warnings));
    if (counts[i] > k_max_named)
      warnings.push_back("so it is with " + std::to_string(counts[i] - k_max_named) + " more jars of that name");
  }
  return warnings;
}

} // namespace kif::image
