// SPDX-License-Identifier: Apache-2.0
// SBOMs out of a text of any known form: a bare document, an in-toto statement, DSSE envelopes (one, or one a line), a
// sigstore bundle. The text is hostile: bounded in bytes, depth and values, no key twice.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sbom/document.h"
#include "sbom/signing/public_key.h"

namespace kif::sbom {

inline constexpr std::uint64_t k_max_document_bytes = std::uint64_t{64} * 1024 * 1024;

enum class SignatureState {
  none,        ///< there is none
  not_checked, ///< there is one, and no key was given
  verified,    ///< by the key that was given
};

/// What an in-toto statement (v0.1 or v1) says around the document.
struct StatementHead {
  std::string type; ///< its _type
  std::string predicate_type;
  std::vector<Digest> subjects; ///< those that have a sha256
};

struct ReadDocument {
  Document document;
  std::optional<StatementHead> statement; ///< none for a bare document
  SignatureState signature = SignatureState::none;
  std::string published =
      {}; ///< the document alone, as JSON with its members in byte order; empty unless it was asked for
};

struct ReadOptions {
  std::span<const PublicKey> keys = {}; ///< one of them must have signed what bears a signature
  bool keep_published = false;
  /// JSON of a form that kif does not know is no document and nothing is read; else it is refused.
  bool passes_over_other_forms = false;
};

struct Readings {
  std::vector<ReadDocument> documents;
  std::vector<std::string> other_predicates; ///< predicate types of statements that are well-formed and no SBOM
};

/// All SBOMs in `text`. `where` names it in errors ("cannot read WHERE: …").
/// invalid_input: not a form it knows, or breaks its rules, or with keys a signature that none of them made;
/// too_large: over a bound; unsupported: a version of a format that kif does not know.
Result<Readings> read_documents(std::string_view text, const std::string& where, const ReadOptions& options = {});

/// Whether a text that begins so can be an SBOM, in a form that read_documents() reads or names: for what is attached
/// to an image under a media type that says nothing of it.
bool may_be_document(std::string_view beginning) noexcept;

/// unsupported: a text that begins so is UTF-16, SPDX tag-value or XML.
Result<void> refuse_other_syntax(std::string_view beginning, const std::string& where);

/// The media types under which images carry what read_documents() reads.
bool is_document_media_type(std::string_view media_type) noexcept;

} // namespace kif::sbom
