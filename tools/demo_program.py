# SPDX-License-Identifier: Apache-2.0
"""An ordinary program, as `make demo` runs it in the hardened image: makes keys and talks TLS with ssl and hashlib.

It knows nothing of kif. What it prints is what it got from the OpenSSL that the image's configuration gave it.
"""

import hashlib
import os
import secrets
import socket
import ssl
import subprocess
import tempfile
import threading
import uuid


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make_certificate(folder):
    """A P-256 key and its self-signed certificate."""
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
    openssl("req", "-x509", "-new", "-key", key, "-subj", "/CN=demo.test", "-addext", "subjectAltName=DNS:demo.test",
            "-days", "1", "-out", certificate)
    return key, certificate


def echo_once(context, connection):
    try:
        with context.wrap_socket(connection, server_side=True) as server:
            server.sendall(server.recv(64).upper())
    except (ssl.SSLError, ConnectionError):
        connection.close()  # the client is told why by its own library


def handshake(key, certificate, group=None):
    """A TLS server and a client, over a pair of sockets; `group` is all that the client offers. Returns what the client saw."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(certificate, key)
    client_context = ssl.create_default_context(cafile=certificate)
    if group:
        client_context.set_ecdh_curve(group)
    near, far = socket.socketpair()
    server = threading.Thread(target=echo_once, args=(server_context, far))
    server.start()
    try:
        with client_context.wrap_socket(near, server_hostname="demo.test") as client:
            client.sendall(b"hello")
            answer = client.recv(64).decode()
            return f"{client.version()}, {client.cipher()[0]}, the server answered {answer}"
    finally:
        near.close()
        server.join()


def refused_x25519(key, certificate):
    try:
        return "NOT REFUSED: " + handshake(key, certificate, "X25519")
    except (ssl.SSLError, ValueError) as error:
        return f"refused: {error}"


def main():
    print(f"library       {ssl.OPENSSL_VERSION}")
    print(f"random bytes  {ssl.RAND_bytes(16).hex()} (ssl.RAND_bytes), {os.urandom(16).hex()} (os.urandom)")
    print(f"random names  {uuid.uuid4()} (uuid), {secrets.token_urlsafe(12)} (secrets)")
    print(f"SHA-256       {hashlib.sha256(b'kif').hexdigest()[:32]}… (hashlib)")
    with tempfile.TemporaryDirectory() as folder:
        rsa = os.path.join(folder, "rsa.pem")
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", rsa)
        print(f"keys          RSA-2048, {os.path.getsize(rsa)} bytes of PEM; P-256 with a certificate")
        pair = make_certificate(folder)
        print(f"TLS           {handshake(*pair)}")
        print(f"TLS, X25519   {refused_x25519(*pair)}")


main()
