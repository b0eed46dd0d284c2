// SPDX-License-Identifier: Apache-2.0
#include "verify/layer_config.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/quote.h"
#include "base/root_file.h"
#include "image/inspection/conf_text.h"
#include "verify/subject.h"

namespace kif::verify {
namespace {

constexpr std::size_t k_max_defects = 10;
constexpr std::string_view k_file_name = "/openssl.cnf";
/// CONF_modules_load_file() takes the caller's name for the first entry that is read (config(5)): openssl_conf where it
/// gives none, as almost all do, and Node.js its own.
constexpr std::array<std::string_view, 2> k_applications = {"openssl_conf", "nodejs_conf"};
/// A provider that is built into libcrypto, with encoders and stores and no cryptography.
constexpr std::string_view k_built_in = "base";

struct Required {
  std::string_view section; ///< the entry that names it
  std::string_view entry;
  std::string_view value;
};
constexpr std::array<Required, 3> k_required = {{{"alg_section", "default_properties", "fips=yes"},
                                                 {"random", "seed", "KIF-JITTER"},
                                                 {"random", "seed_properties", "provider=kif-seed"}}};
constexpr std::array<std::string_view, 2> k_providers = {"fips", "kif-seed"};

std::optional<std::string> value_of(const image::ConfSection* section, std::string_view name) {
  const image::ConfEntry* const entry = section != nullptr ? section->find(name) : nullptr;
  return entry != nullptr ? entry->value : std::nullopt;
}

/// One application's way through a configuration.
class Way {
public:
  Way(const image::ConfText& conf, std::string_view application, std::vector<std::string>& defects)
      : m_conf(conf), m_application(application), m_defects(defects) {}

  void check() {
    const image::ConfSection* const start =
        named_by(m_conf.find(image::k_conf_default_section), m_application, m_application);
    if (start == nullptr)
      return;
    if (start->find("engines") != nullptr)
      add("engines are loaded");
    for (const Required& required : k_required) {
      const image::ConfSection* const section = named_by(start, required.section, required.section);
      if (section != nullptr && value_of(section, required.entry) != required.value)
        add(std::string(required.entry) + " is not " + std::string(required.value));
    }
    if (const image::ConfSection* const providers = named_by(start, "providers", "providers"))
      check_providers(*providers);
  }

private:
  void add(const std::string& what) {
    if (m_defects.size() < k_max_defects)
      m_defects.push_back(std::string(m_application) + ": " + what);
  }

  /// The section that an entry names; null, and a defect, where there is none.
  const image::ConfSection* named_by(const image::ConfSection* section, std::string_view entry, std::string_view what) {
    const auto name = value_of(section, entry);
    const image::ConfSection* const named = name ? m_conf.find(*name) : nullptr;
    if (named == nullptr)
      add("no section for " + std::string(what));
    return named;
  }

  void check_providers(const image::ConfSection& providers) {
    for (const std::string_view name : k_providers)
      if (providers.find(name) == nullptr)
        add("the provider " + std::string(name) + " is not named");
    for (const image::ConfEntry& entry : providers.entries) {
      const std::string name = "the provider " + in_quotes(shortened(entry.name, 60));
      const image::ConfSection* const section = named_by(&providers, entry.name, name);
      if (section == nullptr)
        continue;
      const auto module = value_of(section, "module");
      const bool is_built_in = entry.name == k_built_in && section->find("module") == nullptr;
      if (!is_built_in && module != k_layer_provider)
        add(name + " is not the layer's");
      // Whatever its value: 3.0 looks at the name alone, and later versions take some words for no.
      if (std::ranges::find(k_providers, entry.name) != k_providers.end() && value_of(section, "activate") != "1")
        add(name + " is not activated");
    }
  }

  const image::ConfText& m_conf;
  std::string_view m_application;
  std::vector<std::string>& m_defects;
};

} // namespace

std::vector<std::string> configuration_defects(std::string_view text) {
  const auto conf = image::parse_conf_text(text, "openssl.cnf");
  if (!conf)
    return {conf.error().message};
  std::vector<std::string> defects;
  if (conf->includes)
    defects.emplace_back("it includes other files");
  if (value_of(conf->find(image::k_conf_default_section), "config_diagnostics") != "1")
    defects.emplace_back("config_diagnostics is not 1: a program would go on without FIPS where it cannot be followed");
  for (const std::string_view application : k_applications)
    Way(*conf, application, defects).check();
  return defects;
}

Finding layer_configuration(const std::filesystem::path& root, const LayerPlace& place) {
  Finding finding{.id = "LIVE-LAYER-CONFIGURATION",
                  .title = "the layer's OpenSSL configuration leads every application name to the layer's providers",
                  .outcome = Outcome::pass,
                  .kind = Kind::verified,
                  .evidence = {}};
  std::vector<std::string> paths = {k_layer_config};
  for (const std::string& path : place.files)
    if (path.ends_with(k_file_name) && path != k_layer_config)
      paths.push_back(path);
  for (const std::string& path : paths) {
    const auto text = read_in_root(root, path, image::k_max_conf_bytes);
    const std::vector<std::string> defects =
        text ? configuration_defects(*text) : std::vector<std::string>{"no such file, or it is too large"};
    for (const std::string& defect : defects)
      finding.evidence.push_back(shortened(path, 200) + ": " + defect);
    if (!defects.empty())
      finding.outcome = Outcome::fail;
  }
  if (finding.outcome == Outcome::pass)
    finding.evidence.push_back(std::to_string(paths.size()) + (paths.size() == 1 ? " file" : " files"));
  return finding;
}

} // namespace kif::verify
