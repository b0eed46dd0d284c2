// SPDX-License-Identifier: Apache-2.0
// static_program [digest]: random bytes, or with "digest" a SHA-256, from the OpenSSL that is linked in. 0 where it works; otherwise 1 and
// OpenSSL's errors.
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

int main(int argc, char** argv) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  const int done = argc > 1 && strcmp(argv[1], "digest") == 0 ? EVP_Digest("abc", 3, bytes, NULL, EVP_sha256(), NULL)
                                                              : RAND_bytes(bytes, 32);
  ERR_print_errors_fp(stderr);
  puts(done == 1 ? "ok" : "not ok");
  return done == 1 ? 0 : 1;
}
