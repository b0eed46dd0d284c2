// SPDX-License-Identifier: Apache-2.0
#include "oci/image.h"

#include "layer/compression.h"
#include "layer/decompress.h"
#include "oci/blob_store.h"

namespace kif::oci {
namespace {

// Hashes a layer's tar on its way and holds it to the configuration's diff_id at the end.
class DiffIdReader final : public Reader {
public:
  DiffIdReader(std::unique_ptr<Reader> source, Digest expected, std::string name)
      : m_source(std::move(source)), m_expected(expected), m_name(std::move(name)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    KIF_TRY(const std::size_t count, m_source->read(buffer));
    if (count > 0)
      m_hash.update(buffer.first(count));
    else if (!m_is_verified)
      KIF_CHECK(verify());
    return count;
  }

private:
  Result<void> verify() {
    if (const Digest got = m_hash.finish(); got != m_expected)
      return fail(Error(ErrorCode::digest_mismatch,
                        "cannot verify " + m_name + ": its tar has another diff_id than the configuration says")
                      .with_mismatch(m_expected.text(), got.text()));
    m_is_verified = true;
    return {};
  }

  std::unique_ptr<Reader> m_source;
  Digest m_expected;
  std::string m_name;
  Sha256 m_hash;
  bool m_is_verified = false;
};

} // namespace

std::string Image::layer_name(std::size_t layer) const {
  return "layer " + std::to_string(layer + 1) + " of " + name().text();
}

Result<std::unique_ptr<Reader>> Image::open_blob(const Descriptor& descriptor, const std::string& what) const {
  return open_verified(store(), descriptor, what);
}

Result<std::unique_ptr<Reader>> Image::open_layer(std::size_t layer) const {
  const Layer& described = manifest().layers.at(layer);
  const Digest& diff_id = config().diff_ids.at(layer);
  const std::string what = layer_name(layer);
  KIF_TRY(auto reader, open_blob(described.descriptor, what));
  if (described.compression == Compression::none && described.descriptor.digest == diff_id)
    return reader; // one digest says it all
  KIF_TRY(ToldCompression told, tell_compression(std::move(reader), described.compression, what));
  reader = decompress_layer(std::move(told.stream), told.compression, what);
  return std::make_unique<DiffIdReader>(std::move(reader), diff_id, what);
}

Result<Compression> Image::stored_compression(std::size_t layer) const {
  const Layer& described = manifest().layers.at(layer);
  KIF_TRY(auto reader, store().open(described.descriptor, layer_name(layer)));
  KIF_TRY(const ToldCompression told, tell_compression(std::move(reader), described.compression, layer_name(layer)));
  return told.compression;
}

Result<std::vector<std::string>> Image::wrong_labels() const {
  std::vector<std::string> sentences;
  for (std::size_t layer = 0; layer < layer_count(); ++layer) {
    KIF_TRY(const Compression stored, stored_compression(layer));
    if (const Compression label = manifest().layers[layer].compression; stored != label)
      sentences.push_back(layer_name(layer) + " is labelled " + std::string(compression_name(label)) + " and has " +
                          std::string(compression_name(stored)));
  }
  return sentences;
}

} // namespace kif::oci
