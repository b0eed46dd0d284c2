// SPDX-License-Identifier: Apache-2.0
#include "image/config_edit.h"

#include <ctime>

#include "image/inspection/layer_paths.h"

namespace kif::image {
namespace {

// The member as an object; what is absent or null becomes an empty one.
nlohmann::json& object_in(nlohmann::json& parent, const char* name) {
  nlohmann::json& member = parent[name];
  if (member.is_null())
    member = nlohmann::json::object();
  return member;
}

nlohmann::json& array_in(nlohmann::json& parent, const char* name) {
  nlohmann::json& member = parent[name];
  if (member.is_null())
    member = nlohmann::json::array();
  return member;
}

// Sets NAME=value in place of the first NAME, drops further ones, and warns where another value was there.
void set_variable(nlohmann::json& environment, const std::string& name, const std::string& value,
                  std::vector<std::string>& warnings) {
  nlohmann::json edited = nlohmann::json::array();
  bool is_set = false;
  for (const nlohmann::json& variable : environment) {
    const std::string text = variable.get<std::string>();
    if (!text.starts_with(name + "=")) {
      edited.push_back(variable);
      continue;
    }
    if (const std::string old = text.substr(name.size() + 1); old != value)
      warnings.push_back("the image sets " + name + "=" + old + "; the hardened image sets " + value);
    if (!is_set)
      edited.push_back(name + "=" + value);
    is_set = true;
  }
  if (!is_set)
    edited.push_back(name + "=" + value);
  environment = std::move(edited);
}

// Puts the word behind the others of every NAME, unless it is among them: engines differ in which of several they take.
void add_option(nlohmann::json& environment, const std::string& name, const std::string& word) {
  bool is_there = false;
  for (nlohmann::json& variable : environment) {
    const std::string text = variable.get<std::string>();
    if (!text.starts_with(name + "="))
      continue;
    const std::string words = " " + text.substr(name.size() + 1) + " ";
    if (words.find(" " + word + " ") == std::string::npos)
      variable = text + (words.size() > 2 ? " " : "") + word;
    is_there = true;
  }
  if (is_there)
    return;
  environment.push_back(name + "=" + word);
}

void put_init_in_front(nlohmann::json& entrypoint) {
  const std::string init(k_init_path);
  if (entrypoint.size() >= 2 && entrypoint[0] == init && entrypoint[1] == "--")
    return;
  nlohmann::json edited = {init, "--"};
  for (const nlohmann::json& argument : entrypoint)
    edited.push_back(argument);
  entrypoint = std::move(edited);
}

std::string part_text(const char* name, const PayloadFile& part) {
  return part.version.empty() ? name : name + (" " + part.version);
}

} // namespace

ConfigEdit edit_config(nlohmann::json config, const LayerParts& parts, const Digest& layer_diff_id,
                       const BaseIdentity& base, const std::optional<std::string>& created,
                       const std::vector<Variable>& variables, const std::vector<std::string>& compat) {
  ConfigEdit edit;
  nlohmann::json& run = object_in(config, "config");
  nlohmann::json& environment = array_in(run, "Env");
  set_variable(environment, "OPENSSL_CONF", std::string(k_config_path), edit.warnings);
  set_variable(environment, "OPENSSL_MODULES", std::string(k_modules_folder), edit.warnings);
  for (const Variable& variable : variables) {
    if (variable.is_option)
      add_option(environment, variable.name, variable.value);
    else
      set_variable(environment, variable.name, variable.value, edit.warnings);
  }
  // Without an entrypoint the command is what is run; it stays the command, and becomes what kif-init is to start.
  put_init_in_front(array_in(run, "Entrypoint"));

  nlohmann::json& labels = object_in(run, "Labels");
  const auto set_label = [&](const char* name, const std::string& value) {
    if (value.empty())
      labels.erase(name); // an inherited one would speak of another image
    else
      labels[name] = value;
  };
  set_label(k_label_layer_version, std::string(k_layer_version));
  set_label(k_label_layer_diff_id, layer_diff_id.text());
  set_label(k_label_module_version, parts.module.version);
  set_label(k_label_module_digest, parts.module.digest.text());
  set_label(k_label_compat, compat_text(compat));
  set_label(k_label_entropy_version, parts.entropy_library.version);
  set_label(k_label_entropy_digest, parts.entropy_library.digest.text());
  set_label(k_label_entropy_settings, jitterentropy::describe(parts.settings));
  set_label(k_label_base_name, base.name);
  set_label(k_label_base_digest, base.digest);
  if (created)
    config["created"] = *created;
  edit.config = std::move(config);
  return edit;
}

nlohmann::json history_entry(const LayerParts& parts, const LayerClaims& claims,
                             const std::optional<std::string>& created, const std::vector<std::string>& compat) {
  nlohmann::json entry = {{"created_by", "kif harden " + claims.kif_version},
                          {"comment", "FIPS layer: " + part_text("module", parts.module) + ", " +
                                          part_text("jitterentropy", parts.entropy_library) +
                                          (compat.empty() ? "" : ", not approved, by choice: " + compat_text(compat))}};
  if (created)
    entry["created"] = *created;
  return entry;
}

std::string compat_text(const std::vector<std::string>& compat) {
  std::string text;
  for (const std::string& feature : compat)
    text += (text.empty() ? "" : ",") + feature;
  return text;
}

std::optional<std::string> rfc3339(std::int64_t seconds) {
  std::tm parts{};
  const auto time = static_cast<std::time_t>(seconds);
  if (::gmtime_r(&time, &parts) == nullptr || parts.tm_year < -1900 || parts.tm_year > 9999 - 1900)
    return std::nullopt;
  std::string text(sizeof "2025-01-31T00:00:00Z", '\0');
  text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts));
  return text;
}

} // namespace kif::image
