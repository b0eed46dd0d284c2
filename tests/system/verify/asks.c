// SPDX-License-Identifier: Apache-2.0
// Asks OpenSSL for what its arguments name, and prints for each whether it was given. Linked dynamically, for images with OpenSSL.
//   asks [thread:|fork:]WHAT…     in this thread, in one of its own, or in a child
//   WHAT: md5-fetch, md5-implicit, md5-many, chacha20, sha256, pkcs1, tls; die (by SIGABRT); block (the signal of breakpoints)
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

static int fetch_digest(const char* name) {
  EVP_MD* digest = EVP_MD_fetch(NULL, name, NULL);
  EVP_MD_free(digest);
  return digest != NULL;
}

static int start_digest(const EVP_MD* digest) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const int done = EVP_DigestInit_ex(context, digest, NULL);
  EVP_MD_CTX_free(context);
  return done;
}

static int fetch_cipher(const char* name) {
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(NULL, name, NULL);
  EVP_CIPHER_free(cipher);
  return cipher != NULL;
}

static int encrypt_with_pkcs1(void) {
  unsigned char out[512];
  size_t bytes = sizeof out;
  EVP_PKEY* key = EVP_RSA_gen(2048);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key, NULL);
  const int done = EVP_PKEY_encrypt_init(context) > 0 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0 &&
                   EVP_PKEY_encrypt(context, out, &bytes, (const unsigned char*)"kif", 3) > 0;
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key);
  return done;
}

static int make_tls(void) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_free(context);
  return context != NULL;
}

static int block_breakpoints(void) {
  sigset_t all;
  sigfillset(&all);
  return pthread_sigmask(SIG_BLOCK, &all, NULL) == 0;
}

static int ask(const char* what) {
  if (strcmp(what, "md5-fetch") == 0)
    return fetch_digest("MD5");
  if (strcmp(what, "md5-implicit") == 0)
    return start_digest(EVP_md5());
  if (strcmp(what, "md5-many") == 0) {
    int given = 0;
    for (int i = 0; i < 50; ++i)
      given += fetch_digest("MD5");
    return given;
  }
  if (strcmp(what, "chacha20") == 0)
    return fetch_cipher("CHACHA20-POLY1305");
  if (strcmp(what, "sha256") == 0)
    return fetch_digest("SHA256") && start_digest(EVP_sha256());
  if (strcmp(what, "pkcs1") == 0)
    return encrypt_with_pkcs1();
  if (strcmp(what, "tls") == 0)
    return make_tls();
  if (strcmp(what, "block") == 0)
    return block_breakpoints();
  if (strcmp(what, "die") == 0)
    abort();
  return 0;
}

static void* ask_and_say(void* what) {
  printf("%s %s\n", (const char*)what, ask(what) ? "given" : "refused");
  fflush(stdout);
  return NULL;
}

int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) {
    char* const what = arguments[i];
    if (strncmp(what, "thread:", 7) == 0) {
      pthread_t thread;
      if (pthread_create(&thread, NULL, ask_and_say, what + 7) != 0 || pthread_join(thread, NULL) != 0)
        return 2;
    } else if (strncmp(what, "fork:", 5) == 0) {
      const pid_t child = fork();
      if (child == 0) {
        ask_and_say(what + 5);
        _exit(0);
      }
      if (child < 0 || waitpid(child, NULL, 0) != child)
        return 2;
    } else {
      ask_and_say(what);
    }
  }
  return 0;
}
