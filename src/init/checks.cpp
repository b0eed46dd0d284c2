// SPDX-License-Identifier: Apache-2.0
#include "init/checks.h"

#include <algorithm>

#include "base/file.h"
#include "base/jitterentropy.h"
#include "init/libcrypto_hash.h"
#include "init/manifest.h"
#include "init/openssl_load.h"
#include "init/repetition.h"
#include "libcrypto/state.h"

namespace kif::init {
namespace {

Result<std::vector<ManifestEntry>> read_manifest(const Layer& layer) {
  KIF_TRY(const std::string text, read_file(layer.manifest, k_max_manifest_bytes));
  KIF_TRY(auto entries, parse_manifest(text, layer.manifest));
  KIF_CHECK(require_entries(entries, layer.required, layer.manifest));
  return entries;
}

} // namespace

Checked<Ready> run_checks(const Layer& layer, const char* libcrypto) {
  auto entries = read_manifest(layer);
  if (!entries)
    return refuse(Failure::manifest, std::move(entries).error());
  auto crypto = libcrypto != nullptr ? libcrypto::Libcrypto::open(libcrypto) : libcrypto::Libcrypto::open();
  if (!crypto)
    return refuse(Failure::libcrypto, std::move(crypto).error());

  Ready ready;
  LibcryptoHash hash(*crypto);
  if (auto verified = verify_files(*entries, hash); !verified) {
    const bool unable = verified.error().code == ErrorCode::unsupported;
    return refuse(unable ? Failure::libcrypto : Failure::layer_files, std::move(verified).error());
  }
  ready.files_verified = entries->size();
  ready.has_shipped_source = std::ranges::any_of(*entries, [&](const ManifestEntry& entry) {
    return entry.path == layer.entropy_library && jitterentropy::is_shipped(entry.sha256);
  });
  if (auto loaded = load_module(*crypto, layer, ready); !loaded)
    return tl::unexpected(std::move(loaded).error());
  // Another configuration may have led the provider to another file.
  ready.has_shipped_source =
      ready.has_shipped_source &&
      libcrypto::provider_text(*crypto, libcrypto::k_seed_provider, "kif-jitterentropy") == layer.entropy_library;
  RepetitionTrial repetition(*crypto); // its processes draw while this one goes on
  if (auto asserted = assert_seed_origin(*crypto, ready); !asserted)
    return tl::unexpected(std::move(asserted).error());
  if (auto tried = repetition.finish(); !tried)
    return tl::unexpected(std::move(tried).error());
  return ready;
}

} // namespace kif::init
