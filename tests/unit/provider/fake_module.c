/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behaves as fips.so does towards the libcrypto that loads it: it keeps the functions of its first load for good and refuses a load by another
 * libcrypto, reads the file that `module-filename` names, draws a seed while it loads, and has one algorithm too many.
 */
#include <stddef.h>
#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

static OSSL_FUNC_core_get_params_fn *get_params;
static OSSL_FUNC_get_entropy_fn *get_entropy;
static OSSL_FUNC_cleanup_entropy_fn *cleanup_entropy;

/* What the tests ask: through the provider's own parameters. */
static const char *module_filename;

static int provider_get_params(void *context, OSSL_PARAM params[]) {
  (void)context;
  for (; params->key != NULL; ++params)
    if (strcmp(params->key, "seen-module-filename") == 0)
      *(const char **)params->data = module_filename;
    else if (strcmp(params->key, "address") == 0)
      *(const void **)params->data = &module_filename;
  return 1;
}

static const OSSL_DISPATCH no_functions[] = {{0, NULL}};
static const OSSL_ALGORITHM exchanges[] = {{"ECDH", "provider=fips,fips=yes", no_functions, NULL},
                                           {"X25519:1.3.101.110", "provider=fips,fips=yes", no_functions, NULL},
                                           {NULL, NULL, NULL, NULL}};
static const OSSL_ALGORITHM digests[] = {{"SHA2-256", "provider=fips,fips=yes", no_functions, NULL},
                                         {NULL, NULL, NULL, NULL}};

static int derive(void *context, unsigned char *key, size_t size, const OSSL_PARAM params[]) {
  (void)context, (void)key, (void)size, (void)params;
  return 1;
}
static const OSSL_DISPATCH prf[] = {{OSSL_FUNC_KDF_DERIVE, (void (*)(void))derive}, {0, NULL}};
static const OSSL_ALGORITHM kdfs[] = {{"TLS1-PRF", "provider=fips,fips=yes", prf, NULL}, {NULL, NULL, NULL, NULL}};

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_cache) {
  (void)context;
  *no_cache = 0;
  return operation == OSSL_OP_KEYEXCH ? exchanges : operation == OSSL_OP_DIGEST ? digests : operation == OSSL_OP_KDF ? kdfs : NULL;
}

static void teardown(void *context) { (void)context; }

static const OSSL_DISPATCH functions[] = {{OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))teardown},
                                          {OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))provider_get_params},
                                          {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
                                          {0, NULL}};

#define KEEP(place, type)                                                                                              \
  do {                                                                                                                 \
    type *given = (type *)in->function;                                                                                \
    if (place == NULL)                                                                                                 \
      place = given;                                                                                                   \
    else if (place != given)                                                                                           \
      return 0;                                                                                                        \
  } while (0)

__attribute__((visibility("default"))) int OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                                                              const OSSL_DISPATCH **out, void **context) {
  for (; in->function_id != 0; ++in)
    switch (in->function_id) {
    case OSSL_FUNC_CORE_GET_PARAMS: KEEP(get_params, OSSL_FUNC_core_get_params_fn); break;
    case OSSL_FUNC_GET_ENTROPY: KEEP(get_entropy, OSSL_FUNC_get_entropy_fn); break;
    case OSSL_FUNC_CLEANUP_ENTROPY: KEEP(cleanup_entropy, OSSL_FUNC_cleanup_entropy_fn); break;
    default: break;
    }
  OSSL_PARAM params[] = {
      {OSSL_PROV_PARAM_CORE_MODULE_FILENAME, OSSL_PARAM_UTF8_PTR, (void *)&module_filename, 0, OSSL_PARAM_UNMODIFIED},
      OSSL_PARAM_END};
  if (!get_params(handle, params))
    return 0;
  /* As modules up to 3.1.3 do: the handle is a pointer of their own. */
  unsigned char *seed = NULL;
  const size_t size = get_entropy((const OSSL_CORE_HANDLE *)&seed, &seed, 0, 16, 16);
  if (size != 16)
    return 0;
  cleanup_entropy((const OSSL_CORE_HANDLE *)&seed, seed, size);
  *out = functions;
  *context = &get_params;
  return 1;
}
