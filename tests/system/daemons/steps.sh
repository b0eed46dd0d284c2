# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2016,SC2154
# Runs inside the image, after programs/ground.sh, as root or, with DROPPED set, as a user without rights. What programs drew is printed as
# "draw NAME HEX", so that the test can look for bytes that came twice. client.py lies in /tmp.

as() { # as USER COMMAND…: another user without capabilities; a user without rights stays who he is
  who=$1
  shift
  if [ -n "$DROPPED" ]; then "$@"; else setpriv --reuid "$who" --regid "$who" --clear-groups --bounding-set=-all --inh-caps=-all "$@"; fi
}

# draws NAME COUNT FILE: so many different lines of hex are in the file, and are printed.
draws() {
  if [ "$(sort -u "$3" | grep -cE '^[0-9a-f]{16,}$')" != "$2" ] || [ "$(wc -l <"$3")" != "$2" ]; then
    wc -l "$3"
    head -n 5 "$3"
    return 1
  fi
  sed "s/^/draw $1 /" "$3" >>/tmp/all-draws
}

# ---- OpenSSH: privilege separation, and a seccomp filter in the process that talks before the login

# Clients offer ChaCha20 first, which the FIPS module does not have: a server for FIPS has to name its ciphers.
ssh_settings() {
  login=root
  [ -z "$DROPPED" ] || login=nobody
  mkdir -p /tmp/ssh && cd /tmp/ssh || return 1
  [ -n "$DROPPED" ] || mkdir -p /run/sshd
  ssh-keygen -q -t ecdsa -b 256 -N '' -f host && ssh-keygen -q -t ecdsa -b 256 -N '' -f key && cp key.pub authorized || return 1
  {
    echo "Port 2222
ListenAddress 127.0.0.1
HostKey /tmp/ssh/host
AuthorizedKeysFile /tmp/ssh/authorized
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
PidFile /tmp/ssh/pid
MaxStartups 200:30:300
Ciphers aes256-gcm@openssh.com,aes128-ctr
KexAlgorithms +diffie-hellman-group14-sha256
Subsystem sftp /usr/lib/openssh/sftp-server"
    # Newer ones hold clients off that come often and do not log in.
    case $(sshd -V 2>&1) in *OpenSSH_9.2*) ;; *) echo "PerSourcePenalties no" ;; esac
  } >settings
  cat >client <<CONFIG
Host *
  HostName 127.0.0.1
  Port 2222
  User $login
  IdentityFile /tmp/ssh/key
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  BatchMode yes
  ConnectTimeout 60
Host fips
  KexAlgorithms ecdh-sha2-nistp256
  HostKeyAlgorithms ecdsa-sha2-nistp256
  PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256
  Ciphers aes256-gcm@openssh.com
Host fips-group
  KexAlgorithms diffie-hellman-group14-sha256
  Ciphers aes128-ctr
  MACs hmac-sha2-256
CONFIG
  $(command -v sshd) -f /tmp/ssh/settings -E /tmp/ssh/log
}
ssh_to() { ssh -F /tmp/ssh/client "$@" || { r=$?; tail -n 5 /tmp/ssh/log >&2; return $r; }; }
ssh_command() { ssh_to "$1" 'echo said by $(id -u)' >/tmp/said && cat /tmp/said && grep -q "^said by $(id -u)" /tmp/said; }
ssh_files() {
  head -c 300000 /bin/sh >/tmp/ssh/sent
  printf 'put /tmp/ssh/sent /tmp/ssh/there\nget /tmp/ssh/there /tmp/ssh/back\n' >/tmp/ssh/batch
  sftp -q -F /tmp/ssh/client -b /tmp/ssh/batch fips && cmp /tmp/ssh/sent /tmp/ssh/back && rm /tmp/ssh/there /tmp/ssh/back
}
ssh_twenty() { for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ssh_to fips true || { echo "login $i"; return 1; }; done; }
ssh_at_once() {
  rm -f /tmp/ssh/done-*
  for i in 1 2 3 4 5 6 7 8 9 10; do (ssh_to fips "echo $i" >/tmp/ssh/done-$i) & done
  wait
  [ "$(cat /tmp/ssh/done-* | sort -n | tr '\n' ' ')" = "1 2 3 4 5 6 7 8 9 10 " ]
}
ssh_cookies() { python3 /tmp/client.py cookies 2222 100 >/tmp/got && draws ssh-cookie 100 /tmp/got; }
ssh_draws() {
  ssh_to fips "python3 -c 'import os; print(os.urandom(16).hex())'; openssl rand -hex 16; od -An -N16 -tx1 /dev/urandom | tr -d ' '" >/tmp/got && draws ssh-session 3 /tmp/got
}

openssh() {
  step ssh-server ssh_settings
  step ssh-login until_done ssh_command any
  step ssh-fips-login ssh_command fips
  step ssh-fips-group-login ssh_command fips-group
  step ssh-sftp ssh_files
  step ssh-twenty-logins ssh_twenty
  step ssh-ten-at-once ssh_at_once
  step ssh-cookies ssh_cookies
  step ssh-session-draws ssh_draws
  step ssh-session-is-fips ssh_to fips 'openssl list -providers | grep -q fips'
  refused ssh-session-md5 ssh_to fips 'echo | openssl md5'
}

# ---- PHP-FPM: processes that change their user and their root, on another mount

php_settings() {
  jail=/dev/shm/jail # a tmpfs, which is another mount; whom nothing is jailed for may not write there
  [ -z "$DROPPED" ] || jail=/tmp/jail
  mkdir -p /tmp/php $jail && chmod 755 $jail || return 1
  cat >$jail/draw.php <<'PHP'
<?php
header('Content-Type: text/plain');
echo bin2hex(random_bytes(16)), "\n", bin2hex(openssl_random_pseudo_bytes(16)), "\n", bin2hex(random_bytes(400)), "\n",
  sprintf("%016x%016x", random_int(0, PHP_INT_MAX), random_int(0, PHP_INT_MAX)), "\n";
PHP
  chmod 644 $jail/draw.php
  {
    echo "[global]
pid = /tmp/php/pid
error_log = /tmp/php/log
[jailed]
listen = 127.0.0.1:9000
pm = static
pm.max_children = 4
pm.max_requests = 15
catch_workers_output = yes"
    [ -n "$DROPPED" ] || echo "user = www-data
group = www-data
chroot = $jail
chdir = /"
  } >/tmp/php/settings
  # shellcheck disable=SC2046 # options, or none
  $(command -v php-fpm8.2 || command -v php-fpm8.4) -n $(php_extensions) -y /tmp/php/settings --daemonize
}
# Without the image's settings, but with its OpenSSL where that is a file of its own.
php_extensions() { for file in /usr/lib/php/*/openssl.so; do [ ! -e "$file" ] || echo "-d extension=$file"; done; }
php_draws() {
  script=/draw.php
  [ -z "$DROPPED" ] || script=/tmp/jail/draw.php
  python3 /tmp/client.py fastcgi 9000 $script "$1" >/tmp/got || { tail -n 5 /tmp/got /tmp/php/log; return 1; }
  draws php $((4 * $1)) /tmp/got
}
php_fpm() {
  step php-fpm php_settings
  step php-first until_done php_draws 1
  step php-two-hundred php_draws 200
  kill "$(cat /tmp/php/pid)" 2>/dev/null
}

# ---- nginx: workers of another user

web_settings() {
  mkdir -p /tmp/www && cd /tmp || return 1
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -days 2 && chmod 644 key.pem cert.pem || return 1
  {
    [ -n "$DROPPED" ] || echo 'user www-data;'
    cat <<'CONFIG'
worker_processes 2;
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
    return 200 "$request_id";
  }
}
CONFIG
  } >/tmp/nginx.conf
  nginx -c /tmp/nginx.conf
}
web_draws() { python3 /tmp/client.py web 8443 /tmp/cert.pem "$1" >/tmp/got && draws nginx "$1" /tmp/got; }
web() {
  step nginx web_settings
  step nginx-first until_done web_draws 1
  step nginx-hundred web_draws 100
  nginx -c /tmp/nginx.conf -s stop 2>/dev/null
}

# ---- vsftpd: another root and another user for each connection, with TLS; and with the seccomp filter that it has without TLS (with TLS its
# filter kills it, whoever gives the bytes)

ftp_settings() {
  mkdir -p /tmp/ftp /run/vsftpd/empty && head -c 200000 /bin/sh >/tmp/ftp/file && chmod 755 /tmp/ftp && chmod 644 /tmp/ftp/file || return 1
  for port in 2121 2122; do
    cat >/tmp/vsftpd-$port.conf <<CONFIG
listen=YES
listen_address=127.0.0.1
listen_port=$port
background=YES
anonymous_enable=YES
local_enable=NO
anon_root=/tmp/ftp
ftp_username=daemon
nopriv_user=www-data
xferlog_enable=NO
CONFIG
  done
  echo "seccomp_sandbox=YES" >>/tmp/vsftpd-2122.conf
  cat >>/tmp/vsftpd-2121.conf <<'CONFIG'
seccomp_sandbox=NO
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
require_ssl_reuse=NO
ssl_ciphers=HIGH
rsa_cert_file=/tmp/rsa.pem
CONFIG
  openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/rsa.pem -out /tmp/rsa-cert.pem -subj /CN=localhost -days 2 && cat /tmp/rsa-cert.pem >>/tmp/rsa.pem || return 1
  vsftpd /tmp/vsftpd-2121.conf && vsftpd /tmp/vsftpd-2122.conf
}
ftp_files() { python3 /tmp/client.py "$1" "$2" /tmp/ftp/file "$3"; }
ftp() {
  step vsftpd ftp_settings
  step vsftpd-first until_done ftp_files ftps 2121 1
  step vsftpd-twenty ftp_files ftps 2121 20
  # The filter of the one in bookworm ends it on newer kernels in any image.
  case $(vsftpd -v 0>&1) in *3.0.3*) return ;; esac
  step vsftpd-filtered until_done ftp_files ftp 2122 1
  step vsftpd-filtered-twenty ftp_files ftp 2122 20
}

# ---- chrony: a user of its own and a seccomp filter

time_settings() {
  mkdir -p /tmp/chrony/run && chown _chrony: /tmp/chrony /tmp/chrony/run && chmod 700 /tmp/chrony/run || return 1
  cat >/tmp/chrony/server <<'CONFIG'
local stratum 5
port 11123
bindaddress 127.0.0.1
bindcmdaddress /tmp/chrony/run/socket
cmdport 0
allow 127.0.0.1
pidfile /tmp/chrony/run/pid
CONFIG
  chronyd -x -F 1 -u _chrony -f /tmp/chrony/server
}
# The time stamps' low bits and the poll's start are drawn for each request.
time_ask() { chronyd -x -F 1 -u _chrony -Q -t 10 "server 127.0.0.1 port 11123 iburst maxsamples 1" "bindcmdaddress /tmp/chrony/run/client" "cmdport 0" "pidfile /tmp/chrony/run/client-pid"; }
time_served() {
  step chronyd time_settings
  step chronyd-first until_done time_ask
  step chronyd-still-there time_ask
}

# ---- sandboxes

# What is drawn inside: by the C library, OpenSSL, the device.
inside='python3 -c "import os; print(os.urandom(16).hex())"; openssl rand -hex 16; od -An -N16 -tx1 /dev/urandom | tr -d " "; python3 -c "import os; print(os.urandom(700).hex())"'
sandbox_draws() {
  name=$1
  shift
  "$@" sh -c "$inside" >/tmp/got && draws "$name" 4 /tmp/got
}
# Several of them at once.
sandboxes_at_once() {
  name=$1
  shift
  for i in 1 2 3 4; do ("$@" python3 -c "import os; print(os.urandom(32).hex())" >/tmp/got-$i) & done
  wait
  cat /tmp/got-[1-4] >/tmp/got && draws "$name" 4 /tmp/got
}
bubble() { as 65534 bwrap --unshare-all --die-with-parent --ro-bind / / --dev-bind /dev /dev "$@"; }
new_spaces() { as 65534 unshare -Urpf "$@"; }
sandboxes() {
  step bubblewrap sandbox_draws bubblewrap bubble
  step bubblewrap-cleared sandbox_draws bubblewrap-cleared bubble --clearenv --setenv PATH /usr/bin:/bin --new-session --cap-drop ALL
  step bubblewrap-at-once sandboxes_at_once bubblewrap-at-once bubble
  step unshare sandbox_draws unshare new_spaces
  step unshare-net sandbox_draws unshare-net new_spaces -n -i -u -m
  step unshare-at-once sandboxes_at_once unshare-at-once new_spaces
}

# ---- starts that lose the environment

is_fips() { "$@" 'openssl list -providers | grep -q fips && openssl rand -hex 16'; }
md5_by() { "$@" 'echo | openssl md5'; }
by_sudo() { sudo -n -u nobody env -i /bin/sh -c "$1"; }
by_su() { su - nobody -s /bin/sh -c "$1"; }
starts() {
  echo '@reboot root { openssl list -providers; echo | openssl md5; echo done; } >/tmp/by-cron 2>&1' >/etc/cron.d/at-start
  for way in sudo su; do
    step "$way-is-fips" is_fips "by_$way"
    refused "$way-md5" md5_by "by_$way"
  done
  rm -f /run/crond.reboot
  step cron cron
  step cron-ran until_done grep -qx 'done' /tmp/by-cron
  step cron-is-fips grep -qi 'name:.*fips' /tmp/by-cron
  refused cron-md5 grep -q '= [0-9a-f]\{32\}$' /tmp/by-cron
}

# ---- perl's TLS, by a libssl that perl loads late

perl_handshake() {
  perl -MIO::Socket::SSL -e 'my $s = IO::Socket::SSL->new(PeerAddr => "127.0.0.1:9444", SSL_ca_file => "/tmp/cert.pem", SSL_verifycn_name => "localhost")
    or die $SSL_ERROR; print $s->get_sslversion, " ", $s->get_cipher, "\n"' >/tmp/said && cat /tmp/said && grep -Eq '^TLSv1_3 TLS_AES' /tmp/said
}
perl_md5() {
  perl -MNet::SSLeay -e 'exit(unpack("H*", Net::SSLeay::EVP_Digest("x", Net::SSLeay::EVP_get_digestbyname("md5")) // "") eq "9dd4e461268c8034f5c8564e155c67a6" ? 0 : 1)'
}
perl_draws() { perl -MNet::SSLeay -e 'Net::SSLeay::RAND_bytes(my $b, 16) == 1 or die; print unpack("H*", $b), "\n"' >/tmp/got && draws perl 1 /tmp/got; }
perl_tls() {
  cd /tmp || return
  openssl s_server -accept 127.0.0.1:9444 -cert cert.pem -key key.pem -quiet -naccept 3 >/dev/null 2>&1 </dev/null &
  step perl-tls13 until_done perl_handshake
  step perl-draws perl_draws
  refused perl-md5 perl_md5
}

: >/tmp/all-draws
openssh
php_fpm
web
[ -n "$DROPPED" ] || ftp
[ -n "$DROPPED" ] || time_served
sandboxes
perl_tls
[ -n "$DROPPED" ] || starts
cat /tmp/all-draws
echo "ok end"
