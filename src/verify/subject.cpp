// SPDX-License-Identifier: Apache-2.0
#include "verify/subject.h"

#include <algorithm>

#include "base/root_file.h"
#include "oci/extract.h"
#include "oci/file_tree.h"
#include "watch/processor.h"
#include "watch/users.h"

namespace kif::verify {

bool Subject::has_layer() const {
  return static_cast<bool>(open_in_root(root, k_layer_provider)) &&
         static_cast<bool>(open_in_root(root, k_layer_config));
}

bool Subject::starts_through_init() const {
  return !entrypoint.empty() && entrypoint.front() == k_layer_init;
}

Result<Subject> open_subject(const oci::ImageName& name, const oci::OpenOptions& options,
                             const std::filesystem::path& root) {
  KIF_TRY(const oci::Image image, oci::open_image(name, options));
  KIF_CHECK(watch::check_processor(name.text(), image.platform().architecture, oci::Platform::host().architecture));
  KIF_TRY(const oci::FileTree tree, oci::FileTree::read(image, {.head_bytes = k_program_head_bytes}));
  KIF_TRY(const oci::Extraction extraction, oci::extract_root(image, tree, root));
  const oci::ImageConfig& config = image.config();
  Subject subject{.image = name.text(),
                  .manifest_digest = image.manifest_descriptor() ? image.manifest_descriptor()->digest.text() : "",
                  .platform = image.platform().text(),
                  .layers = image.layer_count(),
                  .root = root,
                  .environment = config.environment,
                  .working_directory = config.working_directory.empty() ? "/" : config.working_directory,
                  .user = {},
                  .entrypoint = config.entrypoint,
                  .command = config.command,
                  .notes = {},
                  .apart = find_programs_apart(tree)};
  KIF_TRY(subject.user, watch::user_of_image(root, config.user));
  if (!extraction.owners_kept)
    subject.notes.push_back("unpacked without root: every file belongs to the user who runs kif");
  if (!extraction.not_made.empty())
    subject.notes.push_back("left out: " + std::to_string(extraction.not_made.size()) + " device or pipe of the image");
  return subject;
}

} // namespace kif::verify
