# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Runs inside the image, after ground.sh.
certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -days 2 && chmod 644 key.pem cert.pem
}

web_server() {
  mkdir -p /tmp/www
  echo hello >/tmp/www/index.html
  cat >/tmp/nginx.conf <<'CONFIG'
user www-data;
pid /tmp/nginx.pid;
error_log /tmp/nginx-error.log;
events {}
http {
  access_log off;
  client_body_temp_path /tmp/nginx-body;
  proxy_temp_path /tmp/nginx-proxy;
  fastcgi_temp_path /tmp/nginx-fastcgi;
  uwsgi_temp_path /tmp/nginx-uwsgi;
  scgi_temp_path /tmp/nginx-scgi;
  server {
    listen 127.0.0.1:8443 ssl;
    ssl_certificate /tmp/cert.pem;
    ssl_certificate_key /tmp/key.pem;
    # request_id is 16 random bytes of nginx's own asking
    add_header X-Request-Id $request_id;
    root /tmp/www;
  }
}
CONFIG
  nginx -c /tmp/nginx.conf
}

# As Debian starts a service: service(8) clears the environment. 80 is its default site's; the settings are nginx's own.
service_settings() {
  mkdir -p /var/log/nginx # the images here have no logs
  cat >/etc/nginx/conf.d/tls.conf <<'CONFIG'
server {
  listen 127.0.0.1:9443 ssl;
  ssl_certificate /tmp/cert.pem;
  ssl_certificate_key /tmp/key.pem;
  return 200 served;
}
CONFIG
}

# A peer that knows no FIPS, as one outside the container would be.
ask_service() {
  env OPENSSL_CONF=/dev/null curl -sS --cacert cert.pem --resolve localhost:9443:127.0.0.1 "$@" https://localhost:9443/ && grep -q served /tmp/out
}

# TLS 1.2 from a peer that knows no FIPS, and minds nothing.
handshake_1_2() {
  env OPENSSL_CONF=/dev/null openssl s_client -connect 127.0.0.1:8443 -tls1_2 -CAfile cert.pem -verify_return_error "$@"
}

fetch() {
  curl -sS --cacert cert.pem --resolve localhost:8443:127.0.0.1 "$@" https://localhost:8443/
}

fetch_twice() {
  fetch -D first -o page && fetch -D second -o page && grep -q hello page || return 1
  first=$(grep -i '^x-request-id:' first)
  [ -n "$first" ] && [ "$first" != "$(grep -i '^x-request-id:' second)" ]
}

as_postgres() { setpriv --reuid postgres --regid postgres --clear-groups env HOME=/tmp PGDATA=/tmp/database "$@"; }

database() {
  mkdir -p /tmp/database && chown postgres: /tmp/database && cp key.pem database-key.pem &&
    chown postgres: database-key.pem && chmod 600 database-key.pem && echo secret >password && chmod 644 password || return 1
  as_postgres "$bin/initdb" --auth=scram-sha-256 --pwfile=/tmp/password --username=owner || return 1
  cat >>/tmp/database/postgresql.conf <<'CONFIG'
listen_addresses = '127.0.0.1'
unix_socket_directories = '/tmp'
ssl = on
ssl_cert_file = '/tmp/cert.pem'
ssl_key_file = '/tmp/database-key.pem'
shared_memory_type = mmap
dynamic_shared_memory_type = mmap
CONFIG
  as_postgres "$bin/pg_ctl" -w -l /tmp/database.log start || { cat /tmp/database.log; return 1; }
}

query() {
  PGPASSWORD=$1 "$bin/psql" -XAt "host=127.0.0.1 user=owner dbname=postgres sslmode=verify-ca sslrootcert=/tmp/cert.pem channel_binding=require" -c "$2"
}

answer_is() {
  got=$(query secret "$2") || return 1
  echo "$got"
  echo "$got" | grep -Eq "$1"
}

cd /tmp || exit 1
bin=$(echo /usr/lib/postgresql/*/bin)
step certificate certificate
step nginx web_server
step curl-tls13 until_done fetch_twice
step curl-negotiates fetch -v --tlsv1.3
grep -qE 'TLSv1.3 / TLS_AES_(256_GCM_SHA384|128_GCM_SHA256)' /tmp/out && echo "ok curl-suite" || echo "not ok curl-suite"
refused curl-x25519 fetch --curves X25519
refused curl-chacha20 fetch --tls13-ciphers TLS_CHACHA20_POLY1305_SHA256 --tlsv1.3
step nginx-tls12 handshake_1_2
refused nginx-tls12-without-ems handshake_1_2 -no_ems
step service-nginx-settings service_settings
step service-nginx service nginx start
step service-nginx-serves until_done ask_service
refused service-nginx-x25519 ask_service --curves X25519
refused service-nginx-chacha20 ask_service --tlsv1.3 --tls13-ciphers TLS_CHACHA20_POLY1305_SHA256
step postgresql database
step postgresql-tls answer_is 'TLSv1.3.TLS_AES' 'select version, cipher from pg_stat_ssl where pid = pg_backend_pid()'
step postgresql-uuid answer_is '^[0-9a-f-]{36}$' 'select gen_random_uuid()'
step postgresql-scram answer_is '^SCRAM-SHA-256' 'select rolpassword from pg_authid where rolname = current_user'
refused postgresql-password query wrong 'select 1'
refused postgresql-md5 query secret "select md5('x')"
step ssh-keygen-ecdsa ssh-keygen -q -t ecdsa -b 256 -N '' -f ecdsa
step ssh-keygen-rsa ssh-keygen -q -t rsa -b 2048 -N '' -f rsa
step ssh-keygen-signs ssh-keygen -q -Y sign -n test -f ecdsa page
# OpenSSH has Ed25519 and its random numbers' ChaCha20 in itself: what it does there is not the module's.
step ssh-keygen-ed25519-is-its-own ssh-keygen -q -t ed25519 -N '' -f ed25519
as_postgres "$bin/pg_ctl" -m immediate stop >/dev/null 2>&1
nginx -c /tmp/nginx.conf -s stop 2>/dev/null
service nginx stop >/dev/null 2>&1
echo "ok end"
