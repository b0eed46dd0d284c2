# SPDX-License-Identifier: Apache-2.0
"""A TLS 1.3 client of one cipher suite, as bytes: what it says first, and what the server's first record tells.

ServerHello is not encrypted, so suite and group can be read off the wire, whatever an API of the server's runtime reports. The client
offers X25519 before P-256, with a share for each: a server that may use X25519 takes it.
"""

import struct

AES_256_GCM, CHACHA20_POLY1305 = 0x1302, 0x1303
X25519, P_256 = 0x001D, 0x0017
SUITES = {AES_256_GCM: "TLS_AES_256_GCM_SHA384", CHACHA20_POLY1305: "TLS_CHACHA20_POLY1305_SHA256"}
GROUPS = {X25519: "X25519", P_256: "P-256"}
HANDSHAKE_FAILURE = 40

# The base points: public keys as good as any for a handshake that is not finished.
X25519_POINT = bytes([9]) + bytes(31)
P_256_POINT = bytes.fromhex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")


def sized(content, width=2):
    return len(content).to_bytes(width, "big") + content


def extension(number, content):
    return struct.pack(">H", number) + sized(content)


def client_hello(suite):
    """The record of a ClientHello (RFC 8446 §4.1.2)."""
    shares = b"".join(struct.pack(">H", group) + sized(point) for group, point in ((X25519, X25519_POINT), (P_256, P_256_POINT)))
    extensions = b"".join([
        extension(0, sized(b"\0" + sized(b"localhost"))),
        extension(10, sized(struct.pack(">HH", X25519, P_256))),
        extension(13, sized(struct.pack(">HHH", 0x0403, 0x0804, 0x0805))),  # ECDSA with P-256, RSA-PSS
        extension(43, sized(b"\x03\x04", 1)),
        extension(51, sized(shares)),
    ])
    body = b"\x03\x03" + bytes(range(32)) + sized(bytes(32), 1) + sized(struct.pack(">H", suite)) + b"\x01\x00" + sized(extensions)
    return b"\x16\x03\x01" + sized(b"\x01" + sized(body, 3))


def answer(record):
    """What a server said to it: ("hello", suite, group) or ("alert", number) or ("nothing", the bytes)."""
    if len(record) >= 7 and record[0] == 21:
        return ("alert", record[6])
    if len(record) < 44 or record[0] != 22 or record[5] != 2:
        return ("nothing", record.hex())
    at = 9 + 2 + 32  # record and handshake heads, version, random
    at += 1 + record[at]
    suite = struct.unpack_from(">H", record, at)[0]
    at += 5  # suite, compression, length of the extensions
    group = None
    while at + 4 <= len(record):
        number, size = struct.unpack_from(">HH", record, at)
        if number == 51 and at + 6 <= len(record):
            group = struct.unpack_from(">H", record, at + 4)[0]
            break
        at += 4 + size
    return ("hello", SUITES.get(suite, hex(suite)), GROUPS.get(group, str(group)))
