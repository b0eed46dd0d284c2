// SPDX-License-Identifier: Apache-2.0
// What a JSON document is, told by its members and not by its name: registries' media types and files' names are often
// wrong. And the readers of those forms that list packages.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "oci/json.h"
#include "sbom/document.h"
#include "sbom/package_list.h"
#include "sbom/reading/read.h"

namespace kif::sbom {

enum class Form { spdx, spdx3, cyclonedx, syft, slsa, apko, statement, envelope, bundle };
/// "SPDX JSON", "an in-toto statement", … for people.
std::string_view to_string(Form form) noexcept;

/// Of every document on its own. Real ones of 20,000 packages and their files have 1,200,000 values.
inline constexpr oci::JsonBounds k_document_bounds{k_max_document_bytes, oci::k_max_json_depth, 2'000'000};

/// invalid_input: none of them, or more than one: two readers would read two documents.
Result<Form> form_of(const nlohmann::json& json, const std::string& where);

/// Whether it has a member that one of the forms must have.
bool has_form(const nlohmann::json& json);

/// ReadDocument::published of a document that was read without an error.
std::string published(const nlohmann::json& document, const ReadOptions& options);

/// The document, which must be of one of the first six forms; else invalid_input.
Result<Document> read_document(const nlohmann::json& json, Form form, const std::string& where);

/// What an apko configuration asks for, wherever it stands.
Result<void> read_apko_packages(const oci::JsonObject& configuration, PackageList& list);

// One file each. `json` was parsed within k_document_bounds; `where` names it in errors.
Result<Document> read_spdx(const nlohmann::json& json, const std::string& where);
Result<Document> read_spdx3(const nlohmann::json& json, const std::string& where);
Result<Document> read_cyclonedx(const nlohmann::json& json, const std::string& where);
Result<Document> read_syft(const nlohmann::json& json, const std::string& where);
Result<Document> read_slsa(const nlohmann::json& json, const std::string& where);
Result<Document> read_apko(const nlohmann::json& json, const std::string& where);

} // namespace kif::sbom
