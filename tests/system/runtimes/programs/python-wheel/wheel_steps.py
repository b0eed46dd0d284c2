# SPDX-License-Identifier: Apache-2.0
"""The wheel of `cryptography`, with an OpenSSL of its own, in one process with Python's ssl, which has the image's."""

import os
import sys

import handshake
from record import equal, facts, finish, fresh, refused, step

if sys.argv[1:] == ["serve"]:
    handshake.serve()
    sys.exit()

import hashlib
import ssl

import cryptography
from cryptography.fernet import Fernet
from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

facts["version"] = "cryptography %s with %s, beside %s" % (cryptography.__version__, backend.openssl_version_text(), ssl.OPENSSL_VERSION)
TEXT = b"a text to be signed"


def digest(algorithm):
    context = hashes.Hash(algorithm)
    context.update(b"abc")
    return context.finalize().hex()


@step("fips")
def _():
    # Both OpenSSLs of the process, the image's first: a module file serves one of them only.
    equal(len(ssl.RAND_bytes(16)), 16)
    equal(hashlib.sha256(b"abc").hexdigest(), digest(hashes.SHA256()))
    equal(backend._fips_enabled, True)


@step("sha-256")
def _():  # FIPS 180-2, B.1
    equal(digest(hashes.SHA256()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")


@step("refuses-md5")
def _():
    refused(digest, hashes.MD5())


@step("refuses-hmac-md5")
def _():
    refused(lambda: hmac.HMAC(bytes(16), hashes.MD5()).finalize())


@step("refuses-rsa-1024")
def _():
    # The wheel makes such a key, so not in the module; the module refuses to sign with it.
    refused(lambda: rsa.generate_private_key(65537, 1024).sign(TEXT, padding.PKCS1v15(), hashes.SHA256()))


@step("refuses-x25519")
def _():
    refused(x25519.X25519PrivateKey.generate)


@step("refuses-chacha20")
def _():
    refused(lambda: ChaCha20Poly1305(bytes(32)).encrypt(bytes(12), TEXT, b""))


@step("rsa-2048")
def _():
    key = rsa.generate_private_key(65537, 2048)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    signature = key.sign(TEXT, pss, hashes.SHA256())
    key.public_key().verify(signature, TEXT, pss, hashes.SHA256())
    refused(key.public_key().verify, signature, TEXT + b".", pss, hashes.SHA256())
    equal(b"BEGIN PRIVATE KEY" in key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                    serialization.NoEncryption()), True)


@step("p-256")
def _():
    key = ec.generate_private_key(ec.SECP256R1())
    signature = key.sign(TEXT, ec.ECDSA(hashes.SHA256()))
    key.public_key().verify(signature, TEXT, ec.ECDSA(hashes.SHA256()))
    refused(key.public_key().verify, signature, TEXT + b".", ec.ECDSA(hashes.SHA256()))
    other = ec.generate_private_key(ec.SECP256R1())
    equal(key.exchange(ec.ECDH(), other.public_key()), other.exchange(ec.ECDH(), key.public_key()))


@step("aes-256-gcm")
def _():  # The Galois/Counter Mode of Operation, test case 14
    sealed = AESGCM(bytes(32)).encrypt(bytes(12), bytes(16), None)
    equal(sealed.hex(), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")


@step("tls-1.3")
def _():
    equal(handshake.talk(facts), b"served hello")
    equal(facts["tls"].split()[0], "TLSv1.3")


@step("drbg-origin")
def _():
    # The wheel's libcrypto exports nothing: what is mapped tells which providers the process took its bytes from.
    rsa.generate_private_key(65537, 2048)
    with open("/proc/self/maps") as stream:
        maps = stream.read()
    for name in ("kif-fips.so", "libjitterentropy.so.3"):
        if "/usr/lib/kif/" + name not in maps:
            raise AssertionError(name + " of the layer is not mapped")
    facts["drbg"] = "the FIPS provider and the jitter source are mapped"


@step("random-aesgcm-key")
def _():
    fresh(lambda: AESGCM.generate_key(256), 32)


@step("random-fernet")
def _():
    fresh(Fernet.generate_key, 44)
    fernet = Fernet(Fernet.generate_key())
    equal(fernet.decrypt(fernet.encrypt(TEXT)), TEXT)


@step("random-urandom")
def _():
    fresh(lambda: os.urandom(40), 40)


@step("random-ssl")
def _():
    fresh(lambda: ssl.RAND_bytes(32), 32)


finish()
