# SPDX-License-Identifier: Apache-2.0
"""TLS 1.3 on loopback between two processes: the server is a child, started afresh."""

import socket
import ssl
import subprocess
import sys

FOLDER = "/kif-test/"


def serve():
    """Answers three clients; those that cannot be served are told so by TLS itself. Prints its port first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER + "cert.pem", FOLDER + "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        for _ in range(3):
            connection = listener.accept()[0]
            connection.settimeout(20)
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    secured.sendall(b"served " + secured.recv(64))
            except (ssl.SSLError, OSError):
                connection.close()


def first_record(port, hello):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        with open(FOLDER + hello, "rb") as stream:
            connection.sendall(stream.read())
        return connection.recv(4096).hex()


def talk(facts):
    """What a whole handshake gives, and the first records that a client of AES only and one of ChaCha20 only are sent."""
    server = subprocess.Popen([sys.executable, sys.argv[0], "serve"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())
        context = ssl.create_default_context(cafile=FOLDER + "cert.pem")
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            with context.wrap_socket(connection, server_hostname="localhost") as secured:
                secured.sendall(b"hello")
                reply = secured.recv(64)
                facts["tls"] = secured.version() + " " + secured.cipher()[0]
        facts["answer-aes"] = first_record(port, "hello-aes.bin")
        facts["answer-chacha"] = first_record(port, "hello-chacha.bin")
        server.wait(20)
        return reply
    finally:
        server.kill()
