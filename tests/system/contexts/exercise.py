# SPDX-License-Identifier: Apache-2.0
"""What certbot, ansible and their like need of python3-cryptography, one line for each thing that works."""

import datetime

from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

box = Fernet(Fernet.generate_key())
if box.decrypt(box.encrypt(b"text")) == b"text":
    print("fernet")

key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kif")])
day = datetime.datetime(2026, 1, 1)
certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(day).not_valid_after(day + datetime.timedelta(days=9))
               .sign(key, hashes.SHA256()))
key.public_key().verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
print("x509")

try:
    digest = hashes.Hash(hashes.MD5())
    digest.update(b"text")
    print("md5 works", digest.finalize().hex())
except Exception as error:  # each version has a class of its own
    print("md5 refused", type(error).__name__)

import paramiko  # pylint: disable=wrong-import-position

print("paramiko" if paramiko.ECDSAKey.generate().can_sign() else "paramiko cannot sign")
