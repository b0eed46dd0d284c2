// SPDX-License-Identifier: Apache-2.0
// A C program with the image's libcrypto and libssl, step by step.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/random.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include "handshake.h"
#include "random.h"
#include "record.h"

static bool openssl_failed(const char* what) {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  return fail("%s: %s", what, text);
}

static bool fips(void) {
  return EVP_default_properties_is_fips_enabled(NULL) == 1 || fail("the default properties do not hold fips=yes");
}

static bool sha_256(void) {
  // FIPS 180-2, B.1
  static const unsigned char wanted[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                           0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                           0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
  unsigned char digest[32];
  if (EVP_Q_digest(NULL, "SHA256", NULL, "abc", 3, digest, NULL) != 1)
    return openssl_failed("SHA-256");
  return memcmp(digest, wanted, sizeof wanted) == 0 || fail("another digest than FIPS 180-2 has");
}

static bool refuses_md5(void) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  return EVP_Q_digest(NULL, "MD5", NULL, "abc", 3, digest, NULL) != 1 || fail("not refused");
}
static bool refuses_hmac_md5(void) {
  unsigned char mac[64];
  size_t size = 0;
  return EVP_Q_mac(NULL, "HMAC", NULL, "MD5", NULL, "0123456789abcdef", 16, (const unsigned char*)"abc", 3, mac,
                   sizeof mac, &size) == NULL ||
         fail("not refused");
}
static bool refuses_rsa_1024(void) {
  return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024) == NULL || fail("not refused");
}
static bool refuses_x25519(void) {
  return EVP_PKEY_Q_keygen(NULL, NULL, "X25519") == NULL || fail("not refused");
}
static bool refuses_chacha20(void) {
  return EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL) == NULL || fail("not refused");
}

static bool signs(EVP_PKEY* key) {
  static const unsigned char text[] = "a text to be signed";
  unsigned char signature[1024];
  size_t size = sizeof signature;
  if (key == NULL)
    return openssl_failed("key");
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool is_signed = EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
                         EVP_DigestSign(context, signature, &size, text, sizeof text) == 1;
  EVP_MD_CTX_free(context);
  if (!is_signed)
    return openssl_failed("sign");
  for (size_t cut = 0; cut < 2; ++cut) { // the whole text verifies, a shorter one does not
    context = EVP_MD_CTX_new();
    const bool holds = EVP_DigestVerifyInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) == 1 &&
                       EVP_DigestVerify(context, signature, size, text, sizeof text - cut) == 1;
    EVP_MD_CTX_free(context);
    if (holds != (cut == 0))
      fail(cut == 0 ? "the signature does not verify" : "the signature of another text verifies");
  }
  EVP_PKEY_free(key);
  ERR_clear_error();
  return true;
}
static bool rsa_2048(void) {
  return signs(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048));
}
static bool p_256(void) {
  return signs(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"));
}

static bool aes_256_gcm(void) {
  // The Galois/Counter Mode of Operation, test case 14
  static const unsigned char wanted[16] = {0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0,
                                           0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19};
  static const unsigned char zeros[32];
  unsigned char out[32];
  unsigned char tag[16] = {0};
  int size = 0;
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  const bool done = cipher != NULL && EVP_EncryptInit_ex2(context, cipher, zeros, zeros, NULL) == 1 &&
                    EVP_EncryptUpdate(context, out, &size, zeros, 16) == 1 &&
                    EVP_EncryptFinal_ex(context, out + size, &size) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag) == 1;
  EVP_CIPHER_CTX_free(context);
  EVP_CIPHER_free(cipher);
  if (!done)
    return openssl_failed("AES-256-GCM");
  return memcmp(tag, wanted, sizeof tag) == 0 || fail("another tag than the specification has");
}

static int note_seed_bytes(OSSL_PROVIDER* provider, void* handed_out) {
  if (strcmp(OSSL_PROVIDER_get0_name(provider), "kif-seed") == 0) {
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_uint64("kif-bytes-handed-out", handed_out),
                               OSSL_PARAM_construct_end()};
    OSSL_PROVIDER_get_params(provider, parameters);
  }
  return 1;
}

static bool drbg_origin(void) {
  unsigned char bytes[32];
  EVP_RAND_CTX* const contexts[] = {RAND_get0_primary(NULL), RAND_get0_public(NULL), RAND_get0_private(NULL)};
  if (RAND_bytes(bytes, sizeof bytes) != 1)
    return openssl_failed("RAND_bytes");
  for (int i = 0; i < 3; ++i) {
    EVP_RAND* rand = contexts[i] != NULL ? EVP_RAND_CTX_get0_rand(contexts[i]) : NULL;
    const char* provider = rand != NULL ? OSSL_PROVIDER_get0_name(EVP_RAND_get0_provider(rand)) : "none";
    if (rand == NULL || strcmp(EVP_RAND_get0_name(rand), "CTR-DRBG") != 0 || strcmp(provider, "fips") != 0)
      return fail("generator %d is %s of %s", i, rand != NULL ? EVP_RAND_get0_name(rand) : "none", provider);
  }
  uint64_t handed_out = 0;
  OSSL_PROVIDER_do_all(NULL, note_seed_bytes, &handed_out);
  fact("drbg", "CTR-DRBG of fips; %llu seed bytes from CPU jitter", (unsigned long long)handed_out);
  return handed_out >= 32 || fail("the jitter source handed out %llu bytes", (unsigned long long)handed_out);
}

static bool by_rand_bytes(unsigned char* bytes, size_t size) {
  return RAND_bytes(bytes, (int)size) == 1 || openssl_failed("RAND_bytes");
}
static bool rand_bytes_gives_bytes(void) {
  return fresh(by_rand_bytes, 40);
}

// What the layer's libkif-random.so counts: bytes of the catch-all, of the broker, of a DRBG of the process.
static bool served_by_the_layer(void) {
  static unsigned char bytes[10000];
  const uint64_t* counters = dlsym(RTLD_DEFAULT, "kif_random_counters");
  if (counters == NULL)
    return fail("libkif-random.so is not in this process");
  const uint64_t before = counters[0] + counters[1] + counters[2];
  if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
    return fail("getrandom");
  fact("served", "%llu bytes by the catch-all, %llu by the broker, %llu by a DRBG of the process",
       (unsigned long long)counters[0], (unsigned long long)counters[1], (unsigned long long)counters[2]);
  return counters[0] + counters[1] + counters[2] - before >= sizeof bytes ||
         fail("getrandom took its bytes from elsewhere");
}

int main(void) {
  fact("version", "C, %s", OpenSSL_version(OPENSSL_VERSION));
  step("fips", fips);
  step("sha-256", sha_256);
  step("refuses-md5", refuses_md5);
  step("refuses-hmac-md5", refuses_hmac_md5);
  step("refuses-rsa-1024", refuses_rsa_1024);
  step("refuses-x25519", refuses_x25519);
  step("refuses-chacha20", refuses_chacha20);
  step("rsa-2048", rsa_2048);
  step("p-256", p_256);
  step("aes-256-gcm", aes_256_gcm);
  step("tls-1.3", tls_1_3);
  step("drbg-origin", drbg_origin);
  step("random-served", served_by_the_layer);
  step("random-openssl", rand_bytes_gives_bytes);
  random_calls();
  random_devices();
  random_processes();
  finish();
  return 0;
}
