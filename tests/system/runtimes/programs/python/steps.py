# SPDX-License-Identifier: Apache-2.0
"""Python's own cryptography and randomness, step by step."""

import os
import sys

import handshake
from record import equal, facts, finish, fresh, refused, step

if sys.argv[1:] == ["serve"]:
    handshake.serve()
    sys.exit()

import hashlib
import hmac
import inspect
import pickle
import random
import secrets
import ssl
import tempfile
import threading
import uuid
import _hashlib

import libcrypto

facts["version"] = "Python " + sys.version.split()[0] + ", " + ssl.OPENSSL_VERSION
ABC_SHA_256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, B.1
ABC_MD5 = "900150983cd24fb0d6963f7d28e17f72"  # RFC 1321, A.5
KEY = b"k" * 16  # 112 bits are the least: SP 800-131A revision 2, §10


@step("fips")
def _():
    equal(_hashlib.get_fips_mode(), 1)


@step("sha-256")
def _():
    equal(hashlib.sha256(b"abc").hexdigest(), ABC_SHA_256)
    equal(hashlib.new("sha3_256", b"").hexdigest()[:8], "a7ffc6f8")
    equal(hmac.new(KEY, b"abc", "sha256").digest(), hmac.digest(KEY, b"abc", hashlib.sha256))


@step("refuses-md5")
def _():
    refused(hashlib.md5)
    refused(hashlib.md5, b"abc", usedforsecurity=True)
    refused(hashlib.new, "md5")
    refused(hashlib.new, "MD5", b"abc")
    import _md5
    refused(_md5.md5, b"abc")


@step("refuses-hmac-md5")
def _():
    refused(hmac.new, KEY, b"abc", "md5")
    refused(hmac.new, KEY, b"abc", hashlib.md5)
    refused(hmac.digest, KEY, b"abc", "md5")


@step("refuses-blake2")
def _():
    refused(hashlib.blake2b)
    refused(hashlib.blake2s, b"abc")
    refused(hashlib.new, "blake2b")
    refused(hmac.new, KEY, b"abc", "blake2s")


@step("md5-not-for-security")
def _():
    equal(hashlib.md5(b"abc", usedforsecurity=False).hexdigest(), ABC_MD5)
    equal(hashlib.new("md5", b"abc", usedforsecurity=False).hexdigest(), ABC_MD5)
    digest = hashlib.blake2b(b"abc", digest_size=8, usedforsecurity=False)
    equal(len(digest.digest()), 8)
    equal(isinstance(digest, hashlib.blake2b), True)
    equal(hashlib.blake2s.MAX_KEY_SIZE, 32)
    equal(str(uuid.uuid3(uuid.NAMESPACE_DNS, "python.org")), "6fa459ea-ee8a-3ca4-894e-db77e160355e")


@step("digest-signatures")
def _():
    """Programs look for usedforsecurity before they use it; a digest may be named, copied and pickled."""
    import _md5
    for digest in (hashlib.md5, _md5.md5, hashlib.blake2b, hashlib.blake2s):
        equal(inspect.signature(digest).parameters["usedforsecurity"].kind, inspect.Parameter.KEYWORD_ONLY)
        equal("usedforsecurity" in inspect.getfullargspec(digest).kwonlyargs, True)
        equal(pickle.loads(pickle.dumps(digest)) is digest, True)
        equal(bool(digest.__doc__), True)
    equal(hashlib.md5.__name__ in ("md5", "openssl_md5"), True)
    equal(next(iter(inspect.signature(hashlib.new).parameters)), "name")
    equal(inspect.signature(hashlib.new).parameters.keys() & {"kwargs"}, {"kwargs"})
    equal("digestmod" in inspect.signature(hmac.new).parameters, True)
    equal("digest" in inspect.signature(hmac.digest).parameters, True)
    if sys.version_info >= (3, 14):
        import _hmac
        equal("digestmod" in inspect.signature(_hmac.new).parameters, True)
    equal(type(hashlib.md5).__name__, "Guarded")  # all of the above holds without guards as well


@step("every-digest")
def _():
    """Each digest that Python has works where no security rests on it. Where it does, those of FIPS 180-4 and 202 work and no other."""
    approved = {name for name in hashlib.algorithms_available if name.replace("-", "_").startswith(("sha1", "sha2", "sha3", "sha5", "shake"))}
    for name in sorted(hashlib.algorithms_available | hashlib.algorithms_guaranteed):
        size = (16,) if name.startswith("shake") else ()
        got = hashlib.new(name, b"abc", usedforsecurity=False).digest(*size)
        equal(len(got) >= 16, True)
        if hasattr(hashlib, name):
            equal(getattr(hashlib, name)(b"abc", usedforsecurity=False).digest(*size), got)
        if name in approved:
            equal(hashlib.new(name, b"abc").digest(*size), got)
        else:
            for ask in (lambda: hashlib.new(name, b"abc"), lambda: hashlib.new(name, b"abc", usedforsecurity=True),
                        lambda: hmac.new(bytes(16), b"abc", name), lambda: hmac.digest(bytes(16), b"abc", name)):
                refused(ask)
            if hasattr(hashlib, name):
                refused(getattr(hashlib, name), b"abc")
    equal(approved >= {"sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "shake_128"}, True)


@step("refuses-rsa-1024")
def _():
    refused(libcrypto.new_key, "RSA", 1024)


@step("refuses-x25519")
def _():
    refused(libcrypto.new_key, "X25519")


@step("refuses-chacha20")
def _():
    refused(libcrypto.fetch_cipher, "ChaCha20-Poly1305")
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    refused(context.set_ciphers, "ECDHE-ECDSA-CHACHA20-POLY1305")


@step("rsa-2048")
def _():
    libcrypto.sign_and_verify(libcrypto.new_key("RSA", 2048))


@step("p-256")
def _():
    libcrypto.sign_and_verify(libcrypto.new_key("EC", "P-256"))


@step("aes-256-gcm")
def _():  # The Galois/Counter Mode of Operation, test case 14
    text, tag = libcrypto.aes_256_gcm_tag(bytes(32), bytes(12), bytes(16))
    equal((text.hex(), tag.hex()), ("cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"))


@step("tls-1.3")
def _():
    equal(handshake.talk(facts), b"served hello")
    equal(facts["tls"].split()[0], "TLSv1.3")


@step("drbg-origin")
def _():
    ssl.RAND_bytes(32)
    generators, handed_out = libcrypto.generators(), libcrypto.seed_bytes()
    facts["drbg"] = "%s; %d seed bytes from CPU jitter" % (generators["primary"], handed_out)
    equal(set(generators.values()), {"CTR-DRBG of fips"})
    if handed_out < 32:
        raise AssertionError("the jitter source handed out %d bytes" % handed_out)


@step("random-served")
def _():
    before = sum(libcrypto.served_bytes())
    os.urandom(10000)
    facts["served"] = "%d bytes by the catch-all, %d by the broker, %d by a DRBG of the process" % libcrypto.served_bytes()
    if sum(libcrypto.served_bytes()) - before < 10000:
        raise AssertionError("os.urandom took its bytes from elsewhere: " + facts["served"])


@step("random-urandom")
def _():
    fresh(lambda: os.urandom(40), 40)
    equal(len(os.urandom(100000)), 100000)
    fresh(lambda: os.getrandom(16, os.GRND_NONBLOCK), 16)


@step("random-secrets")
def _():
    fresh(lambda: secrets.token_bytes(32), 32)
    fresh(lambda: secrets.randbits(128))
    fresh(lambda: secrets.token_urlsafe())


@step("random-uuid4")
def _():
    fresh(uuid.uuid4)


@step("random-seed")
def _():
    fresh(lambda: random.Random().getrandbits(128))
    fresh(lambda: random.SystemRandom().getrandbits(128))
    with tempfile.NamedTemporaryFile() as first, tempfile.NamedTemporaryFile() as second:
        equal(first.name != second.name, True)


@step("random-ssl")
def _():
    fresh(lambda: ssl.RAND_bytes(32), 32)


@step("random-device")
def _():
    for device in ("/dev/urandom", "/dev/random"):
        with open(device, "rb", buffering=0) as stream:
            fresh(lambda: stream.read(32), 32)


@step("random-threads-and-forks")
def _():
    """Children of a process whose eight threads draw all the time: each must draw, and none what another drew."""
    stop = threading.Event()
    sys.setswitchinterval(0.0005)  # else each call of the forking thread waits for eight turns of 5 ms

    def draw():
        while not stop.is_set():
            os.urandom(16)

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    seen = set()
    try:
        for _ in range(40):
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                os.write(writer, os.urandom(32))
                os._exit(0)
            os.close(writer)
            seen.add(os.read(reader, 64))
            os.close(reader)
            os.waitpid(child, 0)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    equal((len(seen), {len(drawn) for drawn in seen}), (40, {32}))


finish()
