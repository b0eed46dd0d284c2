// SPDX-License-Identifier: Apache-2.0
// A blob as it comes from the registry. Where the connection breaks, it is taken up again where it broke.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/reader.h"
#include "registry/registry_client.h"

namespace kif::oci {

/// Not verified, and as long as the registry likes: a VerifiedReader belongs around it. `client` must outlive it.
class BlobReader final : public Reader {
public:
  BlobReader(RegistryClient& client, RegistryQuery query, std::uint64_t size);

  Result<std::size_t> read(std::span<std::byte> buffer) override;

private:
  Result<void> connect();
  Result<void> check_start(const SendResponse& answer);
  Result<void> skip(std::uint64_t bytes);

  RegistryClient& m_client;
  RegistryQuery m_query;
  std::uint64_t m_size;
  std::uint64_t m_offset = 0;    // bytes handed out so far
  std::uint64_t m_failed_at = 0; // where the connection broke last
  unsigned m_attempts = 1;       // since the last that brought much
  std::unique_ptr<HttpBody> m_body;
  Url m_from;
};

} // namespace kif::oci
