// SPDX-License-Identifier: Apache-2.0
// A search while it goes on: takes texts from the routes, reads them, holds what they say to the image's digests, and
// sorts them into found and refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"
#include "sbom/finding/find.h"

namespace kif::sbom {

/// A digest of the image that documents may be about.
struct Subject {
  Digest digest;
  bool is_index = false;
};

class Collection {
public:
  /// Documents read for one image, and bytes of them; more is refused.
  static constexpr std::size_t k_max_documents = 1'000;
  static constexpr std::uint64_t k_max_total_bytes = std::uint64_t{512} * 1024 * 1024;
  static constexpr std::size_t k_max_total_packages = 400'000;

  /// Both outlive it. What the search says of the image is filled in already.
  Collection(Search& search, const SearchOptions& options) : m_search(search), m_options(options) {}

  /// Every digest that a statement may name.
  std::vector<Subject> subjects() const;

  /// `at`: what the text is attached to, none where it is attached to nothing. `may_be_other`: nothing says that it is
  /// a document, so JSON of an unknown form is passed over.
  void add_text(Route route, const std::string& where, std::optional<Subject> at, std::string text,
                bool may_be_other = false);
  void add_reading(Route route, const std::string& where, std::optional<Subject> at, ReadDocument reading);
  void refuse(Route route, const std::string& where, Error error);
  void looked(Route route);
  void progress(std::string_view text) const;
  /// Whether a document is there that lists what is in the image.
  bool has_list_of_packages() const noexcept;

private:
  Search& m_search;
  const SearchOptions& m_options;
  std::size_t m_documents = 0;
  std::uint64_t m_bytes = 0;
  std::size_t m_packages = 0;
};

} // namespace kif::sbom
