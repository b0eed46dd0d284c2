// SPDX-License-Identifier: Apache-2.0
// OCI's image layout (image-spec, image-layout.md), in a folder or in a tar of one.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "oci/manifest.h"
#include "oci/repository.h"

namespace kif::oci {

class LayoutStore : public Repository {
public:
  /// index.json, read and checked.
  virtual Result<Index> read_index() const = 0;

  /// The first entry of index.json with that tag: as a registry's tag it may be an index.
  Result<std::optional<Descriptor>> find_tag(const std::string& tag) const final;
  /// Entries of index.json whose manifest has that subject, the fallback tag's, and what `cosign save` put beside the
  /// image of that digest.
  Result<Referrers> referrers(const Digest& subject) const final;

protected:
  explicit LayoutStore(std::string name) : m_name(std::move(name)) {}
  /// The image's name in errors.
  const std::string& name() const noexcept { return m_name; }

private:
  std::string m_name;
};

/// `name` is the image's name in errors.
Result<std::shared_ptr<const LayoutStore>> open_layout_folder(const std::filesystem::path& folder,
                                                              const std::string& name);
Result<std::shared_ptr<const LayoutStore>> open_layout_archive(const std::filesystem::path& file,
                                                               const std::string& name);

} // namespace kif::oci
