# SPDX-License-Identifier: Apache-2.0
"""The libcrypto that this process's ssl module uses, through ctypes: Python has no interface of its own for keys or random generators."""

import ctypes
import ssl

_version = ssl.OPENSSL_VERSION  # ssl has loaded its libcrypto.so.3: this opens the same one again
_crypto = ctypes.CDLL("libcrypto.so.3")

_pointers = ("RAND_get0_primary", "RAND_get0_public", "RAND_get0_private", "EVP_RAND_CTX_get0_rand", "EVP_RAND_get0_provider",
             "EVP_PKEY_Q_keygen", "EVP_MD_CTX_new", "EVP_CIPHER_CTX_new", "EVP_CIPHER_fetch", "EVP_MD_fetch", "OSSL_PROVIDER_load")
_texts = ("EVP_RAND_get0_name", "OSSL_PROVIDER_get0_name")
for _name in _pointers:
    getattr(_crypto, _name).restype = ctypes.c_void_p
for _name in _texts:
    getattr(_crypto, _name).restype = ctypes.c_char_p


class Parameter(ctypes.Structure):
    """OSSL_PARAM"""
    _fields_ = [("key", ctypes.c_char_p), ("type", ctypes.c_uint), ("data", ctypes.c_void_p), ("size", ctypes.c_size_t),
                ("written", ctypes.c_size_t)]


def pointer(value):
    return ctypes.c_void_p(value)


def generators():
    """Algorithm and provider of the three random generators."""
    found = {}
    for which in ("primary", "public", "private"):
        context = getattr(_crypto, "RAND_get0_" + which)(None)
        rand = _crypto.EVP_RAND_CTX_get0_rand(pointer(context)) if context else None
        if rand is None:
            found[which] = "none"
            continue
        provider = _crypto.OSSL_PROVIDER_get0_name(pointer(_crypto.EVP_RAND_get0_provider(pointer(rand))))
        found[which] = _crypto.EVP_RAND_get0_name(pointer(rand)).decode() + " of " + provider.decode()
    return found


def seed_bytes():
    """Bytes that the jitter source of this process handed to random generators."""
    found = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    def look(provider, _):
        if _crypto.OSSL_PROVIDER_get0_name(pointer(provider)) == b"kif-seed":
            number = ctypes.c_uint64(0)
            unsigned = 2  # OSSL_PARAM_UNSIGNED_INTEGER
            unmodified = ctypes.c_size_t(-1).value
            parameters = (Parameter * 2)(Parameter(b"kif-bytes-handed-out", unsigned, ctypes.addressof(number), 8, unmodified), Parameter())
            if _crypto.OSSL_PROVIDER_get_params(pointer(provider), parameters) == 1 and parameters[0].written != unmodified:
                found.append(number.value)
        return 1

    _crypto.OSSL_PROVIDER_do_all(None, look, None)
    if not found:
        raise RuntimeError("no provider kif-seed that counts its bytes")
    return found[0]


def served_bytes():
    """Bytes that the layer's libkif-random.so got for this process from the FIPS DRBG: from the catch-all, the broker, its own."""
    return tuple((ctypes.c_uint64 * 3).in_dll(ctypes.CDLL(None), "kif_random_counters"))


def new_key(*kind):
    """A fresh key: ("RSA", bits), ("EC", curve), ("X25519",)."""
    arguments = [ctypes.c_size_t(part) if isinstance(part, int) else ctypes.c_char_p(part.encode()) for part in kind]
    key = _crypto.EVP_PKEY_Q_keygen(None, None, *arguments)
    if not key:
        raise ValueError("no key of " + " ".join(map(str, kind)))
    return key


def sign_and_verify(key):
    """Signs with SHA-256, verifies, and sees a changed text refused."""
    text, size = b"a text to be signed", ctypes.c_size_t(1024)
    signature = ctypes.create_string_buffer(size.value)
    context = pointer(_crypto.EVP_MD_CTX_new())
    if _crypto.EVP_DigestSignInit_ex(context, None, b"SHA256", None, None, pointer(key), None) != 1:
        raise ValueError("cannot begin to sign")
    if _crypto.EVP_DigestSign(context, signature, ctypes.byref(size), text, ctypes.c_size_t(len(text))) != 1:
        raise ValueError("cannot sign")
    for wanted, signed in ((1, text), (0, text[::-1])):
        context = pointer(_crypto.EVP_MD_CTX_new())
        if _crypto.EVP_DigestVerifyInit_ex(context, None, b"SHA256", None, None, pointer(key), None) != 1:
            raise ValueError("cannot begin to verify")
        given = _crypto.EVP_DigestVerify(context, signature, size, signed, ctypes.c_size_t(len(signed)))
        if (given == 1) != (wanted == 1):
            raise ValueError("a signature that must%s hold gives %d" % ("" if wanted else " not", given))


def fetch_cipher(name):
    cipher = _crypto.EVP_CIPHER_fetch(None, name.encode(), None)
    if not cipher:
        raise ValueError("no cipher " + name)
    return cipher


def aes_256_gcm_tag(key, nonce, text):
    """Encrypts and gives text and tag."""
    context, cipher = pointer(_crypto.EVP_CIPHER_CTX_new()), pointer(fetch_cipher("AES-256-GCM"))
    out, size, tag = ctypes.create_string_buffer(len(text) + 16), ctypes.c_int(0), ctypes.create_string_buffer(16)
    control_get_tag = 0x10  # EVP_CTRL_AEAD_GET_TAG
    done = (_crypto.EVP_EncryptInit_ex2(context, cipher, key, nonce, None) == 1
            and _crypto.EVP_EncryptUpdate(context, out, ctypes.byref(size), text, len(text)) == 1
            and _crypto.EVP_EncryptFinal_ex(context, ctypes.byref(out, size.value), ctypes.byref(ctypes.c_int(0))) == 1
            and _crypto.EVP_CIPHER_CTX_ctrl(context, control_get_tag, 16, tag) == 1)
    if not done:
        raise ValueError("cannot encrypt")
    return out.raw[:size.value], tag.raw
