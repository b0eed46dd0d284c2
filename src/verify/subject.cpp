// SPDX-License-Identifier: Apache-2.0
#include "verify/subject.h"

#include <algorithm>

#include "base/root_file.h"
#include "layer/extract.h"
#include "layer/file_tree.h"
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
  KIF_TRY(const oci::FileTree tree, oci::FileTree::read(image, program_tree_options()));
  LayerPlace place = find_layer_place(image, tree);
  CryptographySearch search(tree, place);
  KIF_TRY(const oci::Extraction extraction, oci::extract_root(image, tree, root, search.look()));
  const oci::ImageConfig& config = image.config();
  ImageCryptography cryptography = std::move(search).finish(config.environment);
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
                  .stop_signal = config.stop_signal,
                  .notes = {},
                  .apart = find_programs_apart(tree),
                  .layer_place = std::move(place),
                  .cryptography = std::move(cryptography)};
  mark_known(subject.cryptography.files, not_reached_of(subject));
  KIF_TRY(subject.user, watch::user_of_image(root, config.user));
  KIF_TRY(subject.notes, image.wrong_labels());
  if (!extraction.owners_kept)
    subject.notes.push_back("unpacked without root: every file belongs to the user who runs kif");
  if (extraction.not_made_count > 0)
    subject.notes.push_back("left out: " + std::to_string(extraction.not_made_count) + " device or pipe of the image");
  return subject;
}

} // namespace kif::verify
