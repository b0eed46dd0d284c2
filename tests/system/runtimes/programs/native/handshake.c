// SPDX-License-Identifier: Apache-2.0
#include "handshake.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "record.h"

#define FOLDER "/kif-test/"

static struct sockaddr_in address = {.sin_family = AF_INET};

// Answers clients until it is killed.
static void serve(int listener) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == NULL || SSL_CTX_use_certificate_chain_file(context, FOLDER "cert.pem") != 1 ||
      SSL_CTX_use_PrivateKey_file(context, FOLDER "key.pem", SSL_FILETYPE_PEM) != 1)
    _exit(1);
  for (;;) {
    const int fd = accept(listener, NULL, NULL);
    SSL* ssl = SSL_new(context);
    char text[64];
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, text, sizeof text) > 0)
      SSL_write(ssl, "served", 6);
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
  }
}

static int connected(void) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const struct timeval limit = {.tv_sec = 20};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return connect(fd, (struct sockaddr*)&address, sizeof address) == 0 ? fd : -1;
}

static bool whole(void) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == NULL || SSL_CTX_load_verify_locations(context, FOLDER "cert.pem", NULL) != 1)
    return fail("cannot make a client: %s", ERR_reason_error_string(ERR_get_error()));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  SSL* ssl = SSL_new(context);
  char reply[16] = "";
  SSL_set_fd(ssl, connected());
  SSL_set1_host(ssl, "localhost");
  const bool is_good =
      SSL_connect(ssl) == 1 && SSL_write(ssl, "hello", 5) == 5 && SSL_read(ssl, reply, sizeof reply - 1) > 0;
  if (!is_good)
    return fail("no handshake: %s", ERR_reason_error_string(ERR_get_error()));
  fact("tls", "%s %s", SSL_get_version(ssl), SSL_get_cipher_name(ssl));
  if (strcmp(SSL_get_version(ssl), "TLSv1.3") != 0 || strcmp(reply, "served") != 0)
    fail("%s, and the server answered '%s'", SSL_get_version(ssl), reply);
  SSL_free(ssl);
  SSL_CTX_free(context);
  return true;
}

static void first_record(const char* hello, const char* name) {
  unsigned char bytes[4096];
  char text[2 * sizeof bytes + 1] = "";
  const int fd = connected();
  FILE* stream = fopen(hello, "rb");
  if (stream != NULL && fd >= 0) {
    const size_t size = fread(bytes, 1, sizeof bytes, stream);
    if (send(fd, bytes, size, 0) == (ssize_t)size) {
      const ssize_t got = recv(fd, bytes, sizeof bytes, 0);
      for (ssize_t i = 0; i < got; ++i)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
  }
  if (stream != NULL)
    fclose(stream);
  close(fd);
  fact(name, "%s", text);
}

bool tls_1_3(void) {
  socklen_t size = sizeof address;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr*)&address, size) != 0 || listen(listener, 4) != 0 ||
      getsockname(listener, (struct sockaddr*)&address, &size) != 0)
    return fail("cannot listen");
  signal(SIGPIPE, SIG_IGN);
  const pid_t server = fork();
  if (server == 0)
    serve(listener);
  close(listener);
  const bool is_good = whole();
  first_record(FOLDER "hello-aes.bin", "answer-aes");
  first_record(FOLDER "hello-chacha.bin", "answer-chacha");
  kill(server, SIGKILL);
  waitpid(server, NULL, 0);
  return is_good;
}
