// SPDX-License-Identifier: Apache-2.0
// An image's bundle of certificates, and the trust store for Java that is made of it. The measure is libcrypto: what it
// writes is read as it was, and what kif writes is DER.
#include "image/bcfks.h"

#include <memory>
#include <set>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/pem.h>

#include "target.h"

namespace {

std::string pem_of(const std::vector<std::string>& certificates) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
  for (const std::string& certificate : certificates)
    PEM_write_bio(bio.get(), "CERTIFICATE", "", reinterpret_cast<const unsigned char*>(certificate.data()),
                  static_cast<long>(certificate.size()));
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kif;
  const auto certificates = image::read_pem_bundle(fuzz::text_of(data, size), "x");
  fuzz::demand_good_error(certificates);
  if (!certificates)
    return 0;
  fuzz::demand(std::set(certificates->begin(), certificates->end()).size() == certificates->size(),
               "each certificate is there once");
  const auto again = image::read_pem_bundle(pem_of(*certificates), "x");
  fuzz::demand(again && *again == *certificates, "what libcrypto writes is read as it was");
  const std::string store = image::bcfks_trust_store(*certificates);
  const auto* at = reinterpret_cast<const unsigned char*>(store.data());
  const unsigned char* const end = at + store.size();
  const std::unique_ptr<ASN1_TYPE, decltype(&ASN1_TYPE_free)> whole(
      d2i_ASN1_TYPE(nullptr, &at, static_cast<long>(store.size())), ASN1_TYPE_free);
  fuzz::demand(whole && at == end && whole->type == V_ASN1_SEQUENCE, "the trust store is one DER sequence");
  return 0;
}
