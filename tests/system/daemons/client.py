# SPDX-License-Identifier: Apache-2.0
"""Runs inside the image: clients that ask servers for bytes that they drew. Each prints one line of hex for each value."""

import concurrent.futures
import ftplib
import http.client
import socket
import ssl
import struct
import sys

# Who waits for ever is caught; a machine on which twenty servers start at once while others work is not.
PATIENCE = 300


def many(ask, count, at_once=8):
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for answer in pool.map(lambda _: ask(), range(count)):
            print(answer)


def read(stream, length):
    data = stream.read(length)
    if len(data) != length:
        raise EOFError(f"the server ended after {len(data)} of {length} bytes")
    return data


def cookie(port):
    """The first 16 bytes of SSH_MSG_KEXINIT (RFC 4253 §7.1)."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection, connection.makefile("rb") as stream:
        connection.sendall(b"SSH-2.0-client\r\n")
        if not stream.readline().startswith(b"SSH-2.0-"):
            raise ValueError("no banner")
        length, _ = struct.unpack(">IB", read(stream, 5))
        packet = read(stream, length - 1)
        if packet[0] != 20:
            raise ValueError(f"message {packet[0]}")
        return packet[1:17].hex()


def fastcgi(port, script):
    """The body of an answer (FastCGI 1.0 §3.3: version, type, request, length, padding)."""

    def record(kind, content):
        return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content

    variables = {"SCRIPT_FILENAME": script, "SCRIPT_NAME": script, "REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}
    pairs = b"".join(struct.pack("BB", len(name), len(value)) + name.encode() + value.encode() for name, value in variables.items())
    body = b""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection, connection.makefile("rb") as stream:
        connection.sendall(record(1, struct.pack(">HB5x", 1, 0)) + record(4, pairs) + record(4, b"") + record(5, b""))
        while True:
            _, kind, _, length, padding, _ = struct.unpack(">BBHHBB", read(stream, 8))
            content = read(stream, length + padding)[:length]
            if kind == 3:
                break
            if kind == 6:
                body += content
    head, _, text = body.partition(b"\r\n\r\n")
    if b"Status:" in head:
        raise ValueError(body.decode())
    return text.decode().strip()


def web(port, certificate):
    connection = http.client.HTTPSConnection("localhost", port, timeout=PATIENCE, context=ssl.create_default_context(cafile=certificate))
    connection.request("GET", "/")
    return connection.getresponse().read().decode()


def ftp(port, file, with_tls):
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    server = ftplib.FTP_TLS(timeout=PATIENCE, context=unchecked) if with_tls else ftplib.FTP(timeout=PATIENCE)
    server.connect("127.0.0.1", port)
    server.login()
    if with_tls:
        server.prot_p()
    got = bytearray()
    server.retrbinary("RETR file", got.extend)
    server.quit()
    with open(file, "rb") as expected:
        if got != expected.read():
            raise ValueError(f"{len(got)} wrong bytes")
    return "same"


def main():
    what, port, *rest = sys.argv[1:]
    port = int(port)
    if what == "cookies":
        many(lambda: cookie(port), int(rest[0]), 20)
    elif what == "fastcgi":
        many(lambda: fastcgi(port, rest[0]), int(rest[1]))
    elif what == "web":
        many(lambda: web(port, rest[0]), int(rest[1]))
    elif what in ("ftp", "ftps"):
        many(lambda: ftp(port, rest[0], what == "ftps"), int(rest[1]))


main()
