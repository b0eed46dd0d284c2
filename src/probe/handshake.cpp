// SPDX-License-Identifier: Apache-2.0
#include "probe/handshake.h"

#include <array>
#include <string_view>

namespace kif::probe {
namespace {

using libcrypto::Libcrypto;
using libcrypto::Libssl;
using libcrypto::Owned;

/// A certificate that signs itself, valid for an hour around now.
Owned<X509> make_certificate(const Libcrypto& crypto, EVP_PKEY* key) {
  constexpr std::string_view common_name = "kif-probe";
  Owned<X509> certificate(crypto.X509_new(), crypto.X509_free);
  const Owned<X509_NAME> name(crypto.X509_NAME_new(), crypto.X509_NAME_free);
  const Owned<EVP_MD> digest(crypto.EVP_MD_fetch(nullptr, "SHA256", nullptr), crypto.EVP_MD_free);
  if (certificate == nullptr || name == nullptr || digest == nullptr)
    return Owned<X509>(nullptr, crypto.X509_free);
  X509* const c = certificate.get();
  const bool made =
      crypto.X509_set_version(c, 2) == 1 && crypto.ASN1_INTEGER_set(crypto.X509_get_serialNumber(c), 1) == 1 &&
      crypto.X509_gmtime_adj(crypto.X509_getm_notBefore(c), -1800) != nullptr &&
      crypto.X509_gmtime_adj(crypto.X509_getm_notAfter(c), 1800) != nullptr &&
      crypto.X509_NAME_add_entry_by_txt(name.get(), "CN", 0x1001 /* MBSTRING_ASC */,
                                        reinterpret_cast<const unsigned char*>(common_name.data()),
                                        static_cast<int>(common_name.size()), -1, 0) == 1 &&
      crypto.X509_set_subject_name(c, name.get()) == 1 && crypto.X509_set_issuer_name(c, name.get()) == 1 &&
      crypto.X509_set_pubkey(c, key) == 1 && crypto.X509_sign(c, key, digest.get()) > 0;
  if (!made)
    certificate.reset();
  return certificate;
}

Owned<SSL_CTX> make_context(const Libssl& ssl, const SSL_METHOD* method, const HandshakeOffer& offer) {
  Owned<SSL_CTX> context(ssl.SSL_CTX_new(method), ssl.SSL_CTX_free);
  if (context != nullptr &&
      (ssl.SSL_CTX_ctrl(context.get(), SSL_CTRL_SET_MIN_PROTO_VERSION, offer.version, nullptr) != 1 ||
       ssl.SSL_CTX_ctrl(context.get(), SSL_CTRL_SET_MAX_PROTO_VERSION, offer.version, nullptr) != 1 ||
       (offer.ciphers != nullptr && ssl.SSL_CTX_set_cipher_list(context.get(), offer.ciphers) != 1)))
    context.reset();
  return context;
}

bool restrict_client(const Libssl& ssl, SSL_CTX* client, const HandshakeOffer& offer) {
  return (offer.client_groups == nullptr ||
          ssl.SSL_CTX_ctrl(client, SSL_CTRL_SET_GROUPS_LIST, 0, const_cast<char*>(offer.client_groups)) == 1) &&
         (offer.client_suites == nullptr || ssl.SSL_CTX_set_ciphersuites(client, offer.client_suites) == 1);
}

/// Lets both sides speak in turn until both are done. False: one failed, or neither has anything to say.
bool pump(const Libssl& ssl, SSL* client, SSL* server) {
  constexpr int k_most_turns = 32; // a handshake takes two or three
  bool client_done = false;
  bool server_done = false;
  for (int turn = 0; turn < k_most_turns && !(client_done && server_done); ++turn) {
    for (const bool is_client : {true, false}) {
      SSL* const side = is_client ? client : server;
      const int result = ssl.SSL_do_handshake(side);
      const int reason = ssl.SSL_get_error(side, result);
      if (result != 1 && reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE)
        return false;
      (is_client ? client_done : server_done) = result == 1;
    }
  }
  return client_done && server_done;
}

bool send(const Libssl& ssl, SSL* from, SSL* to, std::string_view message) {
  std::array<char, 64> buffer{};
  std::size_t size = 0;
  return ssl.SSL_write_ex(from, message.data(), message.size(), &size) == 1 &&
         ssl.SSL_read_ex(to, buffer.data(), buffer.size(), &size) == 1 &&
         std::string_view(buffer.data(), size) == message;
}

void describe_session(const Libssl& ssl, SSL* client, HandshakeResult& result) {
  // Marks a group that OpenSSL has no number for, with its TLS number in the low bits (tls1.h).
  constexpr long k_no_nid = 0x1000000;
  result.version = ssl.SSL_get_version(client);
  result.suite = ssl.SSL_CIPHER_get_name(ssl.SSL_get_current_cipher(client));
  result.has_ems = ssl.SSL_ctrl(client, SSL_CTRL_GET_EXTMS_SUPPORT, 0, nullptr) == 1;
  const long group = ssl.SSL_ctrl(client, SSL_CTRL_GET_NEGOTIATED_GROUP, 0, nullptr);
  result.group_nid = (group & k_no_nid) == 0 ? static_cast<int>(group) : 0;
  const char* name = ssl.SSL_get0_group_name != nullptr ? ssl.SSL_get0_group_name(client)
                                                        : ssl.SSL_group_to_name(client, static_cast<int>(group));
  result.group = name != nullptr ? name : "group " + std::to_string(group & 0xffff);
}

} // namespace

HandshakeResult shake_hands(const Libcrypto& crypto, const Libssl& ssl, const HandshakeOffer& offer) {
  HandshakeResult result;
  const auto stop = [&](const char* what) {
    result.error = std::string(what) + ": " + crypto.error_text();
    return result;
  };
  const Owned<EVP_PKEY> key(offer.has_rsa_key ? crypto.EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})
                                              : crypto.EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"),
                            crypto.EVP_PKEY_free);
  if (key == nullptr)
    return stop("cannot generate the server's key");
  const Owned<X509> certificate = make_certificate(crypto, key.get());
  if (certificate == nullptr)
    return stop("cannot make the server's certificate");
  const Owned<SSL_CTX> server = make_context(ssl, ssl.TLS_server_method(), offer);
  const Owned<SSL_CTX> client = make_context(ssl, ssl.TLS_client_method(), offer);
  if (server == nullptr || client == nullptr)
    return stop("cannot make a TLS context");
  if (ssl.SSL_CTX_use_certificate(server.get(), certificate.get()) != 1 ||
      ssl.SSL_CTX_use_PrivateKey(server.get(), key.get()) != 1 ||
      crypto.X509_STORE_add_cert(ssl.SSL_CTX_get_cert_store(client.get()), certificate.get()) != 1)
    return stop("cannot use the server's certificate");
  ssl.SSL_CTX_set_verify(client.get(), SSL_VERIFY_PEER, nullptr);
  if (offer.without_ems)
    ssl.SSL_CTX_set_options(client.get(), SSL_OP_NO_EXTENDED_MASTER_SECRET);
  result.set_up = true;
  if (!restrict_client(ssl, client.get(), offer))
    return stop("the client cannot offer it");

  const Owned<SSL> client_side(ssl.SSL_new(client.get()), ssl.SSL_free);
  const Owned<SSL> server_side(ssl.SSL_new(server.get()), ssl.SSL_free);
  BIO* client_end = nullptr;
  BIO* server_end = nullptr;
  if (client_side == nullptr || server_side == nullptr ||
      crypto.BIO_new_bio_pair(&client_end, 0, &server_end, 0) != 1) {
    result.set_up = false;
    return stop("cannot make a TLS connection");
  }
  ssl.SSL_set_bio(client_side.get(), client_end, client_end);
  ssl.SSL_set_bio(server_side.get(), server_end, server_end);
  ssl.SSL_set_connect_state(client_side.get());
  ssl.SSL_set_accept_state(server_side.get());
  if (!pump(ssl, client_side.get(), server_side.get()))
    return stop("the handshake fails");
  if (!send(ssl, client_side.get(), server_side.get(), "from the client") ||
      !send(ssl, server_side.get(), client_side.get(), "from the server"))
    return stop("no message passes after the handshake");
  result.completed = ssl.SSL_get_verify_result(client_side.get()) == X509_V_OK;
  describe_session(ssl, client_side.get(), result);
  return result.completed ? result : stop("the server's certificate does not verify");
}

} // namespace kif::probe
