// SPDX-License-Identifier: Apache-2.0
// Any text as a file that a user names: bare documents, envelopes, bundles, JSON lines; with a key and without. And the
// same text inside an envelope, which the base64 would hide from the fuzzer.
#include "sbom/reading/envelope.h"

#include <string>
#include <vector>

#include <openssl/evp.h>

#include "document.h"
#include "oci/json.h"
#include "sbom/reading/form.h"
#include "target.h"

namespace {

using namespace kif;

const std::vector<sbom::PublicKey>& keys() {
  // The public half of tests/fixtures/sbom/cosign.dsse.json's key, KIF_FUZZ_KEY.
  static const std::vector<sbom::PublicKey> result = {sbom::PublicKey::read(KIF_FUZZ_KEY).value()};
  return result;
}

std::string encoded(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

void demand_good_readings(const Result<sbom::Readings>& readings) {
  fuzz::demand_good_error(readings);
  if (readings)
    for (const auto& reading : readings->documents)
      fuzz::demand_good_document(reading.document);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto unchecked = sbom::read_documents(text, "x");
  demand_good_readings(unchecked);
  if (unchecked) {
    for (const auto& reading : unchecked->documents)
      fuzz::demand(reading.signature != sbom::SignatureState::verified, "nothing is verified without a key");
    const auto checked = sbom::read_documents(text, "x", {.keys = keys()});
    demand_good_readings(checked);
    fuzz::demand(!checked || checked->documents.size() == unchecked->documents.size(), "a key leaves nothing out");
  }

  // A statement says the same bare and signed. What is no statement is wrapped only where it is short, and so costs
  // little.
  const auto json = oci::parse_json(text, "x", sbom::k_document_bounds);
  const auto form = json ? sbom::form_of(*json, "x") : Result<sbom::Form>(sbom::Form::envelope);
  const bool is_statement = form && *form == sbom::Form::statement;
  if (!is_statement && size > 256)
    return 0;
  const std::string wrapped = R"({"payloadType":"application/vnd.in-toto+json","payload":")" + encoded(text) +
                              R"(","signatures":[{"sig":"AAAA"}]})";
  const auto inside = sbom::read_documents(wrapped, "x");
  demand_good_readings(inside);
  fuzz::demand(!sbom::read_documents(wrapped, "x", {.keys = keys()}), "a signature of three zeros is none");
  fuzz::demand(inside.has_value() == (is_statement && unchecked), "a statement is read signed where it is read bare");
  if (inside)
    for (std::size_t i = 0; i < inside->documents.size(); ++i)
      fuzz::demand(inside->documents[i].document.packages == unchecked->documents[i].document.packages,
                   "a statement lists the same bare and signed");
  return 0;
}
