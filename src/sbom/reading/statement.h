// SPDX-License-Identifier: Apache-2.0
// in-toto statements v0.1 and v1 (https://github.com/in-toto/attestation): a predicate about subjects, which are named
// by their digests.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "sbom/reading/read.h"

namespace kif::sbom {

/// Puts the document that a statement carries, or its predicate's type where that is no SBOM, into `readings`.
/// invalid_input: not a statement, or a predicate that is not what its type says; unsupported: another version.
Result<void> read_statement(const nlohmann::json& json, const std::string& where, SignatureState signature,
                            const ReadOptions& options, Readings& readings);

/// Notes a type of predicate that is no SBOM, each once.
void note_other_predicate(const std::string& type, Readings& readings);

} // namespace kif::sbom
