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
  /// index.json as it was when the layout was opened. It is read once, so that all that is said of the layout is said
  /// of one version of it.
  const std::shared_ptr<const Index>& index() const noexcept { return m_index; }

  /// The first entry of index.json with that tag: as a registry's tag it may be an index.
  Result<std::optional<Descriptor>> find_tag(const std::string& tag) const final;
  /// Entries of index.json whose manifest has that subject, the fallback tag's, and what `cosign save` put beside the
  /// image of that digest.
  Result<Referrers> referrers(const Digest& subject) const final;

protected:
  explicit LayoutStore(std::string name) : m_name(std::move(name)) {}
  /// The image's name in errors.
  const std::string& name() const noexcept { return m_name; }
  /// Reads index.json.
  Result<void> load_index();
  /// `file` is at the top of the layout; `where` names it in errors.
  virtual Result<std::string> read_text(const char* file, const std::string& where) const = 0;

private:
  std::string m_name;
  std::shared_ptr<const Index> m_index;
};

/// `name` is the image's name in errors.
Result<std::shared_ptr<const LayoutStore>> open_layout_folder(const std::filesystem::path& folder,
                                                              const std::string& name);
Result<std::shared_ptr<const LayoutStore>> open_layout_archive(const std::filesystem::path& file,
                                                               const std::string& name);

} // namespace kif::oci
