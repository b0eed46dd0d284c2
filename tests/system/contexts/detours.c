// SPDX-License-Identifier: Apache-2.0
// Takes one way past OpenSSL's configuration and says what it finds behind it, in one line:
//   own-context: fips yes, SHA256 of fips; MD5 refused, by -fips refused, by provider=default refused
// Linked with libcrypto as any program is. Exit code 0: it found out; what was found is the test's to judge.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

static const char *fetch(OSSL_LIB_CTX *context, const char *digest, const char *query) {
  EVP_MD *found = EVP_MD_fetch(context, digest, query);
  const char *owner = found == NULL ? NULL : OSSL_PROVIDER_get0_name(EVP_MD_get0_provider(found));
  EVP_MD_free(found); // the provider's name lives on
  ERR_clear_error();
  return owner;
}

static void say(const char *way, OSSL_LIB_CTX *context, const char *digest, const char *provider) {
  char query[64];
  const char *sha = fetch(context, "SHA256", NULL);
  const char *plain = fetch(context, digest, NULL);
  const char *minus = fetch(context, digest, "-fips");
  snprintf(query, sizeof query, "provider=%s", provider);
  const char *named = fetch(context, digest, query);
  printf("%s: fips %s, SHA256 of %s; %s %s, by -fips %s, by %s %s\n", way, OSSL_PROVIDER_available(context, "fips") ? "yes" : "no",
         sha == NULL ? "nobody" : sha, digest, plain == NULL ? "refused" : "works", minus == NULL ? "refused" : "works", query,
         named == NULL ? "refused" : "works");
}

static int refused(const char *way) {
  char text[256];
  unsigned long last = ERR_peek_last_error();
  ERR_error_string_n(last, text, sizeof text);
  const char *data = "";
  int flags = 0;
  ERR_peek_last_error_all(NULL, NULL, NULL, &data, &flags);
  printf("%s: refused: %s (%s)\n", way, text, data);
  return 0;
}

static int own_context(const char *way) {
  OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
  if (context == NULL)
    return refused(way);
  say(way, context, "MD5", "default");
  OSSL_LIB_CTX_free(context);
  return 0;
}

// settings FILE: a configuration of the program's own.
static int with_settings(const char *way, const char *file) {
  OPENSSL_INIT_SETTINGS *settings = OPENSSL_INIT_new();
  if (file != NULL)
    OPENSSL_INIT_set_config_filename(settings, file);
  OPENSSL_INIT_set_config_file_flags(settings, 0);
  OPENSSL_INIT_set_config_appname(settings, "some-program");
  int done = OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, settings);
  OPENSSL_INIT_free(settings);
  if (done != 1)
    return refused(way);
  say(way, NULL, "MD5", "default");
  return 0;
}

static int load(const char *way, const char *name, int tries) {
  OSSL_PROVIDER *provider = tries ? OSSL_PROVIDER_try_load(NULL, name, 1) : OSSL_PROVIDER_load(NULL, name);
  if (provider == NULL)
    return refused(way);
  if (OSSL_PROVIDER_available(NULL, name) != 1)
    return printf("%s: loaded and not available\n", way) < 0;
  say(way, NULL, strcmp(name, "legacy") == 0 ? "MD4" : "MD5", name);
  if (OSSL_PROVIDER_unload(provider) != 1 || OSSL_PROVIDER_available(NULL, name) == 1)
    return printf("%s: cannot be unloaded\n", way) < 0;
  provider = OSSL_PROVIDER_load(NULL, name); // a second time
  return provider == NULL ? printf("%s: does not load again\n", way) < 0 : 0;
}

enum { k_threads = 8, k_contexts = 12 };

// Contexts come and go in some threads while the default one is used in others.
static void *make_contexts(void *nothing) {
  (void)nothing;
  for (int i = 0; i < k_contexts; ++i) {
    unsigned char bytes[16];
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    const char *sha = context == NULL ? NULL : fetch(context, "SHA256", NULL);
    if (sha == NULL || strcmp(sha, "fips") != 0 || RAND_bytes_ex(context, bytes, sizeof bytes, 0) != 1 ||
        RAND_bytes(bytes, sizeof bytes) != 1)
      return (void *)1;
    OSSL_LIB_CTX_free(context);
  }
  return NULL;
}

static int threads(const char *way) {
  pthread_t ids[k_threads];
  intptr_t bad = 0;
  for (int i = 0; i < k_threads; ++i)
    if (pthread_create(&ids[i], NULL, make_contexts, NULL) != 0)
      return 1;
  for (int i = 0; i < k_threads; ++i) {
    void *result = NULL;
    pthread_join(ids[i], &result);
    bad += (intptr_t)result;
  }
  printf("%s: %d of %d threads\n", way, (int)(k_threads - bad), k_threads);
  return 0;
}

static int in_child(const char *way) {
  OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
  if (context == NULL)
    return refused(way);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0)
    exit(own_context(way));
  int status = 1;
  waitpid(child, &status, 0);
  OSSL_LIB_CTX_free(context);
  return status;
}

// What one call costs, in nanoseconds: for people, no test judges it.
static void cost(void) {
  struct timespec from, to;
  for (int round = 0; round < 2; ++round) {
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < 20000; ++i)
      round == 0 ? (void)OPENSSL_init_crypto(0, NULL) : ERR_clear_error();
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%s: %.0f ns\n", round == 0 ? "OPENSSL_init_crypto" : "ERR_clear_error",
           ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 20000);
  }
}

int main(int count, char **words) {
  const char *way = count > 1 ? words[1] : "configuration";
  const char *argument = count > 2 ? words[2] : NULL;
  if (strcmp(way, "own-context") == 0)
    return own_context(way);
  if (strcmp(way, "settings") == 0)
    return with_settings(way, argument);
  if (strcmp(way, "load") == 0 || strcmp(way, "try-load") == 0)
    return argument == NULL ? 2 : load(way, argument, way[0] == 't');
  if (strcmp(way, "threads") == 0)
    return threads(way);
  if (strcmp(way, "fork") == 0)
    return in_child(way);
  if (strcmp(way, "cost") == 0)
    return cost(), 0;
  if (strcmp(way, "no-load-config") == 0 && OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
    return refused(way);
  say(way, NULL, "MD5", "default");
  return 0;
}
