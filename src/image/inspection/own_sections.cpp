// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/own_sections.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "image/inspection/conf_text.h"

namespace kif::image {
namespace {

using Names = std::set<std::string, std::less<>>;

// Entries of the default section that name a section for a command. Any other name there may be what a program gives to
// CONF_modules_load(), and then its section would load providers, engines, or a library of whatever name (conf_mod.c).
constexpr std::array<std::string_view, 9> k_section_of_command = {
    "attributes", "crl_extensions", "default_ca",     "default_tsa",    "distinguished_name",
    "extensions", "policy",         "req_extensions", "x509_extensions"};

// Options of commands that load code, choose algorithms, or feed or save random bytes (apps/cmp.c reads every option of
// its own from its section; RANDFILE is read by ca, req, ts and others). And the names of libcrypto's own modules,
// which mean something only in a section that is led to; none is.
constexpr std::array<std::string_view, 17> k_left_out = {
    "RANDFILE",    "alg_section",  "config",    "config_diagnostics", "engine",        "engines",   "module",
    "nodejs_conf", "openssl_conf", "propquery", "provider",           "provider-path", "providers", "provparam",
    "rand",        "random",       "writerand"};
constexpr std::array<std::string_view, 2> k_left_out_too = {"ssl_conf", "stbl_section"};

// `openssl ts`: an engine to sign with, unless it is this one.
constexpr std::string_view k_crypto_device = "crypto_device";
constexpr std::string_view k_builtin = "builtin";

constexpr std::string_view k_oid_section = "oid_section";

// What `openssl req` and PHP take from OpenSSL's own openssl.cnf.
constexpr std::string_view k_request = R"(default_bits = 2048
distinguished_name = req_distinguished_name
x509_extensions = v3_ca
string_mask = utf8only
)";
constexpr std::string_view k_request_name = R"(countryName = Country Name (2 letter code)
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
)";
constexpr std::string_view k_request_extensions = R"(subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer
basicConstraints = critical,CA:true
)";

template <class Array> bool has(const Array& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Libcrypto looks for a module by the name before the last dot ("providers.1"), conf_mod.c, module_find().
bool is_left_out(const ConfEntry& entry) {
  const std::string_view name = entry.name;
  const std::string_view stem = name.substr(0, name.rfind('.'));
  for (const std::string_view word : {name, stem})
    if (has(k_left_out, word) || has(k_left_out_too, word))
      return true;
  return name == k_crypto_device && entry.value != k_builtin;
}

bool is_oid(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos)
    return false;
  text = text.substr(begin, text.find_last_not_of(' ') - begin + 1);
  return text.find('.') != std::string_view::npos && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

// "name = 1.2.3" or "name = long name, 1.2.3" (asn_moid.c).
bool has_oids_only(const ConfSection& section) {
  return std::all_of(section.entries.begin(), section.entries.end(), [](const ConfEntry& entry) {
    return entry.value && is_oid(std::string_view(*entry.value).substr(entry.value->rfind(',') + 1));
  });
}

class Filter {
public:
  Filter(const ConfText& own, const ConfText& layer) : m_own(own) {
    for (const ConfSection& section : layer.sections)
      m_dropped.insert(section.name);
    m_taken = m_dropped;
    for (const ConfEntry& entry : layer.sections.front().entries)
      m_layer_defaults.insert(entry.name);
  }

  OwnSections keep() {
    OwnSections kept;
    kept.defaults = conf_lines(note_unknown(default_entries(), kept));
    for (const ConfSection& section : m_own.sections) {
      if (m_dropped.contains(section.name))
        continue;
      std::vector<ConfEntry> entries = section.entries;
      std::erase_if(entries, is_left_out);
      kept.sections += "\n[" + section.name + "]\n" + conf_lines(note_unknown(std::move(entries), kept));
      kept.names.insert(section.name);
    }
    kept.has_unknown = kept.has_unknown || m_own.includes;
    return kept;
  }

private:
  static std::vector<ConfEntry> note_unknown(std::vector<ConfEntry> entries, OwnSections& kept) {
    kept.has_unknown = kept.has_unknown ||
                       std::any_of(entries.begin(), entries.end(), [](const ConfEntry& entry) { return !entry.value; });
    return entries;
  }

  // Also finds the sections that are not kept.
  std::vector<ConfEntry> default_entries() {
    std::vector<ConfEntry> kept;
    for (const ConfEntry& entry : m_own.sections.front().entries) {
      const ConfSection* section = entry.value ? m_own.find(*entry.value) : nullptr;
      const bool is_layers = entry.value && m_taken.contains(*entry.value);
      if (entry.name == k_oid_section) {
        if (section != nullptr && !is_layers && has_oids_only(*section))
          kept.push_back(entry);
        else if (section != nullptr)
          drop(*section);
      } else if (section != nullptr && !has(k_section_of_command, entry.name)) {
        drop(*section);
      } else if (!is_layers && !is_left_out(entry) && !m_layer_defaults.contains(entry.name)) {
        kept.push_back(entry);
      }
    }
    std::erase_if(kept, [&](const ConfEntry& entry) {
      return entry.name == k_oid_section && (!entry.value || m_dropped.contains(*entry.value));
    });
    return kept;
  }

  // The section, and all that it leads to; but what gives names to OIDs does no harm, and others may need it.
  void drop(const ConfSection& first) {
    std::vector<const ConfSection*> next = {&first};
    while (!next.empty()) {
      const ConfSection& section = *next.back();
      next.pop_back();
      if (!m_dropped.insert(section.name).second)
        continue;
      for (const ConfEntry& entry : section.entries)
        if (const ConfSection* led_to = entry.value ? m_own.find(*entry.value) : nullptr;
            led_to != nullptr && entry.name != k_oid_section)
          next.push_back(led_to);
    }
  }

  const ConfText& m_own;
  Names m_taken;          // the layer's sections
  Names m_dropped;        // those and the image's that are not kept
  Names m_layer_defaults; // the layer's entries of the default section
};

} // namespace

Result<OwnSections> keep_own_sections(std::string_view own, std::string_view name, std::string_view layer_config) {
  KIF_TRY(const ConfText own_text, parse_conf_text(own, name));
  KIF_TRY(const ConfText layer_text, parse_conf_text(layer_config, "the layer's configuration"));
  return Filter(own_text, layer_text).keep();
}

std::string with_own_sections(std::string_view layer_config, const OwnSections& own) {
  std::string text(layer_config);
  if (!own.defaults.empty()) {
    const std::size_t heading = text.find("\n[");
    text.insert(heading == std::string::npos ? text.size() : heading,
                "\n# From the image's own file:\n" + own.defaults);
  }
  if (!own.sections.empty())
    text += "\n# The sections of the image's own file that commands read:\n" + own.sections;
  if (own.names.contains("req"))
    return text;
  text += "\n# What `openssl req`, and PHP for new keys, take from OpenSSL's own openssl.cnf.\n";
  for (const auto& [name, lines] : {std::pair<std::string_view, std::string_view>{"req", k_request},
                                    {"req_distinguished_name", k_request_name},
                                    {"v3_ca", k_request_extensions}}) {
    if (!own.names.contains(std::string(name)))
      text += (name == "req" ? "[" : "\n[") + std::string(name) + "]\n" + std::string(lines);
  }
  return text;
}

} // namespace kif::image
