// SPDX-License-Identifier: Apache-2.0
#include "item.h"
#include "keys.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace kif::test {
namespace {

using Certificate = Owned<X509, X509_free>;

Certificate self_signed(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  const Owned<X509_NAME, X509_NAME_free> name(X509_NAME_new());
  X509_NAME_add_entry_by_txt(name.get(), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("kif"), -1, -1, 0);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_subject_name(certificate.get(), name.get());
  X509_set_issuer_name(certificate.get(), name.get());
  if (key == nullptr || X509_set_pubkey(certificate.get(), key) != 1 ||
      X509_sign(certificate.get(), key, EVP_sha256()) == 0)
    return nullptr;
  return certificate;
}

struct Parameters {
  int version = TLS1_3_VERSION;
  const char* ciphers = nullptr; ///< of TLS 1.2
  bool without_ems = false;
  const char* groups = nullptr;  ///< that the client offers
  const char* sigalgs = nullptr; ///< of both ends
};

/// A handshake in memory between two ends of this process.
bool handshake(const Parameters& parameters) {
  const Key key = in_module(other_rsa_key(), true);
  const Certificate certificate = self_signed(key.get());
  const Owned<SSL_CTX, SSL_CTX_free> server_context(SSL_CTX_new(TLS_server_method()));
  const Owned<SSL_CTX, SSL_CTX_free> client_context(SSL_CTX_new(TLS_client_method()));
  if (certificate == nullptr || server_context == nullptr || client_context == nullptr ||
      SSL_CTX_use_certificate(server_context.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(server_context.get(), key.get()) != 1)
    return false;
  for (SSL_CTX* context : {server_context.get(), client_context.get()})
    if (SSL_CTX_set_min_proto_version(context, parameters.version) != 1 ||
        SSL_CTX_set_max_proto_version(context, parameters.version) != 1 ||
        (parameters.ciphers != nullptr && SSL_CTX_set_cipher_list(context, parameters.ciphers) != 1))
      return false;
  if ((parameters.groups != nullptr && SSL_CTX_set1_groups_list(client_context.get(), parameters.groups) != 1) ||
      (parameters.sigalgs != nullptr && (SSL_CTX_set1_sigalgs_list(client_context.get(), parameters.sigalgs) != 1 ||
                                         SSL_CTX_set1_sigalgs_list(server_context.get(), parameters.sigalgs) != 1)))
    return false;
  if (parameters.without_ems)
    SSL_CTX_set_options(client_context.get(), SSL_OP_NO_EXTENDED_MASTER_SECRET);
  const Owned<SSL, SSL_free> server(SSL_new(server_context.get()));
  const Owned<SSL, SSL_free> client(SSL_new(client_context.get()));
  BIO* server_end = nullptr;
  BIO* client_end = nullptr;
  if (BIO_new_bio_pair(&server_end, 0, &client_end, 0) != 1)
    return false;
  SSL_set_bio(server.get(), server_end, server_end);
  SSL_set_bio(client.get(), client_end, client_end);
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  for (int round = 0; round < 20; ++round) {
    bool done = true;
    for (SSL* end : {client.get(), server.get()}) {
      const int result = SSL_do_handshake(end);
      const int error = SSL_get_error(end, result);
      if (result != 1 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        return false;
      done = done && result == 1;
    }
    if (done)
      return (SSL_get_extms_support(server.get()) == 1) == !parameters.without_ems ||
             parameters.version == TLS1_3_VERSION;
  }
  return false;
}

constexpr const char* k_ecdhe = "ECDHE-RSA-AES128-GCM-SHA256";
/// The security level is libssl's own bar, which SHA-1 does not pass; here the module's is looked at.
constexpr const char* k_ecdhe_any_level = "ECDHE-RSA-AES128-GCM-SHA256@SECLEVEL=0";
constexpr const char* k_rsa = "AES128-GCM-SHA256";

} // namespace

std::vector<Item> tls_items() {
  return {
      {"works/TLS 1.3", [] { return handshake({}); }},
      {"works/TLS 1.2 with EMS",
       [] {
         return handshake({TLS1_2_VERSION, k_ecdhe, false});
       }},
      {"tls12-without-ems/TLS 1.2",
       [] {
         return handshake({TLS1_2_VERSION, k_ecdhe, true});
       }},
      {"rsa-pkcs1-encryption/TLS RSA key exchange",
       [] {
         return handshake({TLS1_2_VERSION, k_rsa, false});
       }},
      {"sha1-signatures/TLS 1.2",
       [] { return handshake({.version = TLS1_2_VERSION, .ciphers = k_ecdhe_any_level, .sigalgs = "RSA+SHA1"}); }},
      {"never/TLS 1.3 by X25519", [] { return handshake({.groups = "X25519"}); }},
      {"x25519mlkem768/TLS 1.3", [] { return handshake({.groups = "X25519MLKEM768"}); }},
      {"newer/TLS 1.3 by SecP256r1MLKEM768", [] { return handshake({.groups = "SecP256r1MLKEM768"}); }},
  };
}

} // namespace kif::test
