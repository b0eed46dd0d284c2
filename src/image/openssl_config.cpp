// SPDX-License-Identifier: Apache-2.0
#include "image/openssl_config.h"

#include "image/layer_paths.h"

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

[kif_init]
alg_section = kif_algorithms
random = kif_random
providers = kif_providers
ssl_conf = kif_ssl

[kif_algorithms]
default_properties = fips=yes

[kif_random]
seed = KIF-JITTER
seed_properties = provider=kif-seed

[kif_providers]
base = kif_base
fips = kif_fips
kif-seed = kif_seed_source

)";

// SP 800-52 Rev. 2: TLS 1.2 and 1.3 (§3.1), the P curves (§3.4.2.3); X25519 and its hybrid with ML-KEM are outside SP
// 800-56A. One key share is sent, for the first group. DTLS has a key of its own, since a version of one family says
// nothing about the other.
constexpr std::string_view k_tail = R"(
[kif_ssl]
system_default = kif_tls

[kif_tls]
TLS.MinProtocol = TLSv1.2
DTLS.MinProtocol = DTLSv1.2
Ciphersuites = TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256
Groups = P-256:P-384:P-521

# What `openssl req`, and PHP for new keys, take from OpenSSL's own openssl.cnf.
[req]
default_bits = 2048
distinguished_name = req_distinguished_name
x509_extensions = v3_ca
string_mask = utf8only

[req_distinguished_name]
countryName = Country Name (2 letter code)
countryName_min = 2
countryName_max = 2
stateOrProvinceName = State or Province Name (full name)
localityName = Locality Name (eg, city)
0.organizationName = Organization Name (eg, company)
organizationalUnitName = Organizational Unit Name (eg, section)
commonName = Common Name (e.g. server FQDN or YOUR name)
commonName_max = 64
emailAddress = Email Address
emailAddress_max = 64

[v3_ca]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer
basicConstraints = critical,CA:true
)";

std::string section(std::string_view name, const std::vector<ConfigLine>& lines) {
  std::string text = "[" + std::string(name) + "]\n";
  for (const ConfigLine& line : lines)
    text += line.key + " = " + line.value + "\n";
  return text;
}

} // namespace

std::string openssl_config(const std::vector<ConfigLine>& module_lines) {
  const std::string provider(k_provider_path);
  std::vector<ConfigLine> module_section = {{"module", provider}, {"kif-module", std::string(k_module_path)}};
  module_section.insert(module_section.end(), module_lines.begin(), module_lines.end());

  std::string text(k_head);
  text += section("kif_base", {{"activate", "1"}}) + "\n";
  text += section("kif_fips", module_section) + "\n";
  text += section("kif_seed_source", {{"module", provider}, {"kif-role", "seed-source"}, {"activate", "1"}});
  text += k_tail;
  return text;
}

} // namespace kif::image
