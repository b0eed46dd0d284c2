// SPDX-License-Identifier: Apache-2.0
#include "image/openssl_config.h"

#include "image/inspection/layer_paths.h"

namespace kif::image {
namespace {

// What each part is for, and which alternatives were rejected, is in docs/design/0005-fips-layer.md. The order in
// [kif_init] counts: libcrypto works through it from top to bottom, and a provider that is loaded before `random` is
// set seeds from the kernel.
constexpr std::string_view k_head =
    R"(# OpenSSL's configuration in this image: FIPS only, seeded from CPU jitter. Written by kif harden.
# A program that cannot follow it stops with an error instead of going on without FIPS.
config_diagnostics = 1
openssl_conf = kif_init
nodejs_conf = kif_init
kif_context = kif_context

[kif_init]
alg_section = kif_algorithms
random = kif_random
providers = kif_providers
ssl_conf = kif_ssl

# A library context of a program's own: all but ssl_conf, which libcrypto keeps once for the process.
[kif_context]
alg_section = kif_algorithms
random = kif_random
providers = kif_providers

[kif_algorithms]
default_properties = fips=yes

[kif_random]
seed = KIF-JITTER
seed_properties = provider=kif-seed

[kif_providers]
base = kif_base
fips = kif_fips
kif-seed = kif_seed_source
legacy = kif_none

)";

// SP 800-52 Rev. 2: TLS 1.2 and 1.3 (§3.1). DTLS has a key of its own, since a version of one family says nothing about
// the other. Suites of TLS 1.2 and groups follow: data/approved.yaml has them.
constexpr std::string_view k_tls = R"(
[kif_ssl]
system_default = kif_tls

[kif_tls]
TLS.MinProtocol = TLSv1.2
DTLS.MinProtocol = DTLSv1.2
Ciphersuites = TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256
)";

std::string section(std::string_view name, const std::vector<ConfigLine>& lines) {
  std::string text = "[" + std::string(name) + "]\n";
  for (const ConfigLine& line : lines)
    text += line.key + " = " + line.value + "\n";
  return text;
}

/// In both sections that load the provider: the process has one source, and which of them comes first is OpenSSL's.
std::vector<ConfigLine> source_lines(const jitterentropy::Settings& settings) {
  std::vector<ConfigLine> lines;
  if (settings.osr != jitterentropy::k_min_osr)
    lines.push_back({"kif-osr", std::to_string(settings.osr)});
  if (!settings.flags.empty())
    lines.push_back({"kif-flags", settings.flags});
  if (settings.memory_bytes != 0)
    lines.push_back({"kif-memory-bytes", std::to_string(settings.memory_bytes)});
  return lines;
}

} // namespace

std::string openssl_config(const ApprovedSettings& settings, const jitterentropy::Settings& source_settings) {
  const std::string provider(k_gate_path);
  std::vector<ConfigLine> module_section = {{"module", provider}, {"kif-module", std::string(k_module_path)}};
  module_section.insert(module_section.end(), settings.module_lines.begin(), settings.module_lines.end());
  const std::vector<ConfigLine> source = source_lines(source_settings);
  module_section.insert(module_section.end(), source.begin(), source.end());
  std::vector<ConfigLine> seed_section = {{"module", provider}, {"kif-role", "seed-source"}, {"activate", "1"}};
  seed_section.insert(seed_section.end(), source.begin(), source.end());

  std::string text(k_head);
  text += section("kif_base", {{"activate", "1"}}) + "\n";
  text += section("kif_fips", module_section) + "\n";
  text += section("kif_seed_source", seed_section);
  // Not activated: known by its name. In 3.0 "activate = 0" would activate it (provider_conf.c looks at the key alone).
  text += "\n" + section("kif_none", {{"module", provider}, {"kif-role", "none"}});
  text += k_tls;
  text += "CipherString = " + settings.ciphers + "\nGroups = " + settings.groups + "\n";
  return text;
}

} // namespace kif::image
