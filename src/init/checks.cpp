// SPDX-License-Identifier: Apache-2.0
#include "init/checks.h"

#include "base/file.h"
#include "init/libcrypto_hash.h"
#include "init/manifest.h"
#include "init/openssl_load.h"

namespace kif::init {
namespace {

Result<std::vector<ManifestEntry>> read_manifest(const Layer& layer) {
  KIF_TRY(const std::string text, read_file(layer.manifest, k_max_manifest_bytes));
  KIF_TRY(auto entries, parse_manifest(text, layer.manifest));
  KIF_CHECK(require_entries(entries, layer.required, layer.manifest));
  return entries;
}

} // namespace

Checked<Ready> run_checks(const Layer& layer) {
  auto entries = read_manifest(layer);
  if (!entries)
    return refuse(Failure::manifest, std::move(entries).error());
  auto crypto = libcrypto::Libcrypto::open();
  if (!crypto)
    return refuse(Failure::libcrypto, std::move(crypto).error());

  Ready ready;
  LibcryptoHash hash(*crypto);
  if (auto verified = verify_files(*entries, hash); !verified) {
    const bool unable = verified.error().code == ErrorCode::unsupported;
    return refuse(unable ? Failure::libcrypto : Failure::layer_files, std::move(verified).error());
  }
  ready.files_verified = entries->size();
  if (auto loaded = load_module(*crypto, layer, ready); !loaded)
    return tl::unexpected(std::move(loaded).error());
  if (auto asserted = assert_seed_origin(*crypto, ready); !asserted)
    return tl::unexpected(std::move(asserted).error());
  return ready;
}

} // namespace kif::init
