// SPDX-License-Identifier: Apache-2.0
// What the files of an image have of cryptography: by the tree as it is now, and not by what a layer said when it was
// made. Of each: whether the FIPS layer reaches it, and whether the layer knows of it.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "layer/extract.h"
#include "layer/file_tree.h"
#include "verify/findings/finding.h"
#include "verify/layer_place.h"

namespace kif::verify {

/// A program or library; for Python the folder of its packages.
struct CryptographyFile {
  std::string path;          ///< hostile
  std::string what;          ///< "OpenSSL 3.5.4, linked in", "GnuTLS has cryptography of its own"
  std::string version;       ///< empty: unknown, or it has none
  std::string random_source; ///< what it asks for random bytes, as its names tell
  bool is_reached = false;   ///< it computes by the layer's FIPS module, or refuses
  bool is_above = false;     ///< it lies in a layer above the FIPS layer
  bool is_known = false;     ///< the layer's description names it
};

struct ImageCryptography {
  std::vector<CryptographyFile> files; ///< by path
  std::size_t not_listed = 0;          ///< those over the bound of names
  std::vector<std::string> javas = {}; ///< folders of the Java runtimes with the layer's providers; hostile
};

/// Looks into every program and library while an image is unpacked. What it refers to must outlive it.
class CryptographySearch {
public:
  /// `tree` was read with program_tree_options().
  CryptographySearch(const oci::FileTree& tree, const LayerPlace& place) : m_tree(tree), m_place(place) {}

  oci::ContentLook look();
  /// When all is unpacked. `environment` is the image's.
  ImageCryptography finish(const std::vector<std::string>& environment) &&;

private:
  bool is_of_layer(const oci::FileEntry* entry) const;
  bool is_above(const oci::FileEntry& entry) const;
  bool is_wanted(const oci::FileEntry& entry) const;
  bool has_layers_config(const std::vector<std::string>& folders) const;
  void look_into(const oci::FileEntry& entry, std::span<const std::byte> content);
  void add(const oci::FileEntry& entry, CryptographyFile file);
  void add_pythons();
  void add_javas();
  void add_packed();

  const oci::FileTree& m_tree;
  const LayerPlace& m_place;
  ImageCryptography m_found;
  std::vector<std::string> m_nodes; ///< paths
  std::size_t m_name_bytes = 0;
};

/// Sets is_known by what the layer's description says that it does not reach: a sentence for each file or for several.
void mark_known(std::vector<CryptographyFile>& files, const std::vector<std::string>& not_reached);

/// LIVE-IMAGE-CRYPTOGRAPHY, which names them, and LIVE-LAYER-KNOWS-IMAGE: the layer reaches or names each of them.
std::vector<Finding> cryptography_findings(const ImageCryptography& found);

} // namespace kif::verify
