// SPDX-License-Identifier: Apache-2.0
// The functions of OpenSSL 3 and 4 that programs inside an image call, as data. Each prototype is the one of OpenSSL's
// own header, so a wrong call does not compile. What the 3.0 headers lack stands in the lists of optional functions
// with its prototype written out, and is null where the image's library does not have it.
#pragma once

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/self_test.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

// clang-format off
#define KIF_LIBCRYPTO_FUNCTIONS(F)                                                                                    \
  /* the library, its configuration, its errors */                                                                    \
  F(OPENSSL_init_crypto) F(OPENSSL_thread_stop) F(OpenSSL_version) F(OpenSSL_version_num)                             \
  F(CONF_get1_default_config_file) F(CRYPTO_free) F(ERR_clear_error) F(ERR_error_string_n) F(ERR_get_error_all)       \
  F(ERR_reason_error_string)                                                                                          \
  /* providers */                                                                                                     \
  F(OSSL_PROVIDER_do_all) F(OSSL_PROVIDER_get0_name) F(OSSL_PROVIDER_get_params)                                      \
  F(OSSL_PARAM_construct_end) F(OSSL_PARAM_construct_int) F(OSSL_PARAM_construct_uint64)                              \
  F(OSSL_PARAM_construct_utf8_ptr) F(OSSL_PARAM_modified) F(OSSL_SELF_TEST_set_callback)                              \
  F(EVP_default_properties_is_fips_enabled)                                                                           \
  /* a configuration read by hand */                                                                                  \
  F(OSSL_LIB_CTX_new) F(OSSL_LIB_CTX_free) F(OSSL_PROVIDER_load) F(OSSL_PROVIDER_unload) F(OSSL_PROVIDER_available)     \
  F(NCONF_new_ex) F(NCONF_free)                                                                                       \
  F(NCONF_load_bio) F(NCONF_get_string) F(CONF_modules_load) F(BIO_new_mem_buf)                                       \
  /* random bytes */                                                                                                  \
  F(RAND_bytes) F(RAND_priv_bytes) F(RAND_get0_primary) F(RAND_get0_public) F(RAND_get0_private)                      \
  F(EVP_RAND_CTX_get0_rand) F(EVP_RAND_fetch) F(EVP_RAND_free) F(EVP_RAND_get0_name) F(EVP_RAND_get0_provider)        \
  F(EVP_RAND_CTX_new) F(EVP_RAND_CTX_free) F(EVP_RAND_instantiate) F(EVP_RAND_generate) F(EVP_RAND_reseed)                               \
  /* digests, MACs, ciphers */                                                                                        \
  F(EVP_MD_fetch) F(EVP_MD_free) F(EVP_MD_get0_provider) F(EVP_MD_CTX_new) F(EVP_MD_CTX_free) F(EVP_DigestInit_ex2)   \
  F(EVP_DigestUpdate) F(EVP_DigestFinal_ex) F(EVP_Q_mac) F(EVP_CIPHER_fetch) F(EVP_CIPHER_free)                       \
  F(EVP_CIPHER_get0_provider) F(EVP_CIPHER_CTX_new) F(EVP_CIPHER_CTX_free) F(EVP_CIPHER_CTX_ctrl)                     \
  F(EVP_EncryptInit_ex2) F(EVP_EncryptUpdate) F(EVP_EncryptFinal_ex) F(EVP_DecryptInit_ex2) F(EVP_DecryptUpdate)      \
  F(EVP_DecryptFinal_ex)                                                                                              \
  /* the one way to a hash that does not load the configuration first: EVP_DigestInit does, in any library context */ \
  F(SHA256_Init) F(SHA256_Update) F(SHA256_Final)                                                                     \
  /* keys and signatures */                                                                                           \
  F(EVP_PKEY_Q_keygen) F(EVP_PKEY_free) F(EVP_PKEY_get0_provider) F(EVP_PKEY_get_bits) F(EVP_DigestSignInit_ex)       \
  F(EVP_DigestSign) F(EVP_DigestVerifyInit_ex) F(EVP_DigestVerify)                                                    \
  /* certificates */                                                                                                  \
  F(X509_new) F(X509_free) F(X509_set_version) F(X509_get_serialNumber) F(ASN1_INTEGER_set) F(X509_getm_notBefore)    \
  F(X509_getm_notAfter) F(X509_gmtime_adj) F(X509_set_pubkey) F(X509_NAME_new) F(X509_NAME_free)                      \
  F(X509_NAME_add_entry_by_txt) F(X509_set_subject_name) F(X509_set_issuer_name) F(X509_sign)                         \
  F(X509_STORE_add_cert) F(BIO_new_bio_pair) F(BIO_free)

#define KIF_LIBSSL_FUNCTIONS(F)                                                                                       \
  F(TLS_client_method) F(TLS_server_method) F(SSL_CTX_new) F(SSL_CTX_free) F(SSL_CTX_ctrl)                            \
  F(SSL_CTX_get_cert_store) F(SSL_CTX_set_ciphersuites) F(SSL_CTX_set_cipher_list) F(SSL_CTX_set_verify)              \
  F(SSL_CTX_set_options)                                                                                               \
  F(SSL_CTX_use_PrivateKey) F(SSL_CTX_use_certificate) F(SSL_new) F(SSL_free) F(SSL_set_bio)                          \
  F(SSL_set_accept_state) F(SSL_set_connect_state) F(SSL_do_handshake) F(SSL_get_error) F(SSL_get_verify_result)      \
  F(SSL_get_version) F(SSL_get_current_cipher) F(SSL_CIPHER_get_name) F(SSL_ctrl) F(SSL_group_to_name)                \
  F(SSL_read_ex) F(SSL_write_ex)

#define KIF_LIBSSL_OPTIONAL_FUNCTIONS(F)                                                                              \
  F(SSL_get0_group_name, const char* (*)(SSL*)) /* since 3.2 */
// clang-format on
