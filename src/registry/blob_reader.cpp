// SPDX-License-Identifier: Apache-2.0
#include "registry/blob_reader.h"

#include <algorithm>
#include <vector>

#include "registry/answer_error.h"
#include "registry/header_fields.h"

namespace kif::oci {
namespace {

// An attempt that brought this much is not counted as failed. A byte at a time would go on for as long as there are
// requests left.
constexpr std::uint64_t k_worthwhile_bytes = std::uint64_t{1024} * 1024;

} // namespace

BlobReader::BlobReader(RegistryClient& client, RegistryQuery query, std::uint64_t size)
    : m_client(client), m_query(std::move(query)), m_size(size) {
  const RegistryBounds& bounds = client.bounds();
  const std::chrono::milliseconds for_bytes(size / std::max<std::uint64_t>(bounds.min_blob_speed, 1) * 1000);
  m_query.time = std::make_shared<WaitingTime>(bounds.blob_time + for_bytes, std::to_string(size) + " bytes");
}

Result<std::size_t> BlobReader::read(std::span<std::byte> buffer) {
  for (;;) {
    if (!m_body)
      KIF_CHECK(connect());
    auto count = m_body->read(buffer);
    if (count) {
      m_offset += *count;
      return *count;
    }
    m_body.reset();
    if (m_offset - m_failed_at >= k_worthwhile_bytes)
      m_attempts = 0;
    m_failed_at = m_offset;
    if (!is_worth_repeating(count.error().failure) || m_attempts >= m_client.bounds().max_attempts)
      return fail(failure_error(m_query.what + " after " + std::to_string(m_offset) + " of " + std::to_string(m_size) +
                                    " bytes",
                                m_from, count.error(), m_attempts));
    KIF_CHECK(m_client.pause_before(++m_attempts, m_query.what));
  }
}

Result<void> BlobReader::connect() {
  m_query.offset = m_offset < m_size ? m_offset : 0; // nothing lies behind the end: that would be an error
  KIF_TRY(SendResponse answer, m_client.get(m_query));
  m_from = answer.from;
  std::uint64_t start = 0;
  std::uint64_t whole = answer.response.content_length().value_or(m_size);
  if (answer.response.status == 206) {
    const auto range = parse_content_range(answer.response.header("content-range"));
    if (!range || m_query.offset == 0 || range->first != m_query.offset)
      return fail(Error(ErrorCode::invalid_input, "cannot fetch " + m_query.what + ": " + m_from.authority() +
                                                      " sends another part than was asked for")
                      .with_mismatch("bytes " + std::to_string(m_query.offset) + "-",
                                     answer.response.header("content-range").substr(0, 100)));
    start = range->first;
    whole = range->size.value_or(m_size);
  }
  // Said beforehand, so that no byte too many is fetched; the digest is checked in any case.
  if (whole != m_size)
    return fail(Error(ErrorCode::digest_mismatch, "cannot verify " + m_query.what + ": size mismatch")
                    .with_mismatch(std::to_string(m_size) + " bytes", std::to_string(whole) + " bytes"));
  m_body = std::move(answer.response.body);
  return start < m_offset ? skip(m_offset - start) : Result<void>();
}

// The registry began anew. What was handed out already is passed over; the digest will tell whether it was the same.
Result<void> BlobReader::skip(std::uint64_t bytes) {
  std::vector<std::byte> buffer(64 * 1024);
  while (bytes > 0) {
    const auto count = m_body->read(std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), bytes)));
    if (!count) {
      // As if there had been no body: read() connects again, within its attempts.
      m_body.reset();
      if (!is_worth_repeating(count.error().failure) || m_attempts >= m_client.bounds().max_attempts)
        return fail(failure_error(m_query.what, m_from, count.error(), m_attempts));
      KIF_CHECK(m_client.pause_before(++m_attempts, m_query.what));
      return connect();
    }
    if (*count == 0)
      return fail(Error(ErrorCode::digest_mismatch, "cannot verify " + m_query.what + ": size mismatch")
                      .with_mismatch(std::to_string(m_size) + " bytes", "less"));
    bytes -= *count;
  }
  return {};
}

} // namespace kif::oci
