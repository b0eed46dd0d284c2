#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every libcrypto with every module: the openssl command makes keys, signs, hashes and completes a TLS 1.3 handshake while getrandom
and the random devices are refused, and what is not approved is refused. The same module without kif fails there. Prints the table."""

import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

import ground

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4
KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"


class Pair:
    """One libcrypto with one configuration, under denial."""

    def __init__(self, libcrypto, configuration, error, folder):
        self.libcrypto, self.configuration, self.error, self.folder = libcrypto, configuration, error, pathlib.Path(folder)
        self.complaints = []

    def openssl(self, *arguments, stdin=""):
        return ground.run(ground.deny(self.libcrypto.openssl(*arguments), self.error), self.configuration, stdin=stdin)

    def works(self, name, *arguments, expect="", stdin=""):
        result = self.openssl(*arguments, stdin=stdin)
        if result.returncode != 0 or not re.search(expect, result.stdout):
            self.complaints.append(f"{name}: {(result.stderr or result.stdout).strip()[-500:]}")

    def refused(self, name, *arguments, stdin=""):
        result = self.openssl(*arguments, stdin=stdin)
        if result.returncode == 0:
            self.complaints.append(f"{name} is not refused")
        elif result.returncode < 0:
            self.complaints.append(f"{name}: ended by signal {-result.returncode}")

    def file(self, name):
        return str(self.folder / name)

    def keys_and_digests(self):
        self.works("rand", "rand", "-hex", "32", expect=r"^[0-9a-f]{64}\s*$")
        self.works("P-256 key", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.file("ec.pem"))
        self.works("RSA-2048 key", "genrsa", "-out", self.file("rsa.pem"), "2048")
        self.works("sha256", "dgst", "-sha256", stdin="abc", expect=SHA256_OF_ABC)
        for key in ("ec", "rsa"):
            message, signature = self.file("message"), self.file(key + ".sig")
            pathlib.Path(message).write_text("kif")
            self.works(f"sign {key}", "dgst", "-sha256", "-sign", self.file(key + ".pem"), "-out", signature, message)
            self.works(f"public {key}", "pkey", "-in", self.file(key + ".pem"), "-pubout", "-out", self.file(key + ".pub"))
            self.works(f"verify {key}", "dgst", "-sha256", "-verify", self.file(key + ".pub"), "-signature", signature, message,
                       expect="Verified OK")

    def what_is_not_approved(self):
        self.refused("MD5", "dgst", "-md5", stdin="abc")
        self.refused("RSA-1024", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
        self.refused("X25519", "genpkey", "-algorithm", "X25519")
        self.refused("X448", "genpkey", "-algorithm", "X448")
        self.refused("ChaCha20", "enc", "-chacha20", "-K", KEY, "-iv", KEY[:32], stdin="abc")

    def handshake(self):
        self.works("certificate", "req", "-x509", "-new", "-key", self.file("ec.pem"), "-subj", "/CN=localhost", "-days", "2", "-out",
                   self.file("cert.pem"))
        with socket.socket() as chosen:
            chosen.bind(("127.0.0.1", 0))
            port = chosen.getsockname()[1]
        server = subprocess.Popen(
            [str(part) for part in ground.deny(self.libcrypto.openssl("s_server", "-accept", f"127.0.0.1:{port}", "-cert", self.file(
                "cert.pem"), "-key", self.file("ec.pem"), "-tls1_3", "-quiet"), self.error)],
            env={"OPENSSL_CONF": self.configuration, "PATH": "/usr/bin:/bin"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            client = ["s_client", "-connect", f"127.0.0.1:{port}", "-tls1_3", "-CAfile", self.file("cert.pem")]
            self.works("TLS 1.3", *client, expect=r"(?s)New, TLSv1.3, Cipher is TLS_AES_.*Verif\w+[^\n]*: 0 \(ok\)", stdin="Q\n")
            self.refused("TLS with X25519", *client, "-groups", "X25519", stdin="Q\n")
        finally:
            server.kill()
            log, _ = server.communicate()
            if self.complaints:
                self.complaints.append("server: " + log.strip()[-500:])


def outcome(libcrypto, version, error):
    with tempfile.TemporaryDirectory(dir=ground.work) as folder:
        pair = Pair(libcrypto, ground.config(version), error, folder)
        pair.keys_and_digests()
        pair.what_is_not_approved()
        if shutil.which("openssl"):
            pair.handshake()
        return pair.complaints


def x25519_keys():
    """Two keys made by the machine's own OpenSSL without FIPS: a private and a public file."""
    private, other, public = (str(pathlib.Path(ground.work) / name) for name in ("x-private.pem", "x-other.pem", "x-public.pem"))
    for arguments in (["genpkey", "-algorithm", "X25519", "-out", private], ["genpkey", "-algorithm", "X25519", "-out", other],
                      ["pkey", "-in", other, "-pubout", "-out", public]):
        subprocess.run(["openssl", *arguments], check=True, env={"PATH": "/usr/bin:/bin"}, capture_output=True)
    return private, public


def control_fails(libcrypto, version):
    """The same module seeded by the kernel must work where the kernel gives randomness, and fail where it does not."""
    configuration = ground.kernel_config(version)
    free = ground.run(libcrypto.openssl("rand", "-hex", "8"), configuration)
    denied = ground.run(ground.deny(libcrypto.openssl("rand", "-hex", "8")), configuration)
    return free.returncode == 0 and denied.returncode > 0


class PairsTest(ground.Case):
    def test_every_libcrypto_with_every_module(self):
        table = [["libcrypto", *("module " + version for version in ground.MODULES), "same modules without kif"]]
        complaints = []
        for libcrypto in ground.libcryptos():
            text = ground.run(libcrypto.openssl("version")).stdout.split()[1]
            row = [f"{text} ({libcrypto.name})"]
            controls = []
            # Both errors of a refused getrandom, by turns: each module meets both.
            for number, version in enumerate(ground.MODULES):
                if not libcrypto.can_load(version):
                    row.append("glibc too old")
                    continue
                error = ("ENOSYS", "EPERM")[(number + len(table)) % 2]
                found = outcome(libcrypto, version, error)
                row.append("pass" if not found else "FAIL")
                complaints += [f"{libcrypto.name} × {version} ({error}): {text}" for text in found]
                controls.append(control_fails(libcrypto, version))
                if not controls[-1]:
                    complaints.append(f"{libcrypto.name} × {version}: the kernel-seeded control does not fail under denial")
            row.append("fail, as they must" if all(controls) else "DO NOT FAIL")
            table.append(row)
        widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
        for row in table:
            print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        self.assertEqual(complaints, [])

    def test_a_module_that_needs_a_newer_glibc_fails_closed(self):
        for libcrypto in ground.libcryptos():
            if not libcrypto.can_load(ground.NEEDS_NEW_GLIBC):
                self.must_fail(ground.run(libcrypto.openssl("rand", "8"), ground.config(ground.NEEDS_NEW_GLIBC)), "unsupported")


class HiddenAlgorithmsTest(ground.Case):
    def agree(self, configuration):
        private, public = x25519_keys()
        return ground.run(["openssl", "pkeyutl", "-derive", "-hexdump", "-inkey", private, "-peerkey", public], configuration)

    def test_x25519_agrees_with_nobody_even_where_the_module_calls_it_approved(self):
        for version in ground.MODULES[:4]:
            with self.subTest(module=version):
                self.must_fail(self.agree(ground.config(version)), "unsupported")

    def test_without_kif_or_with_nothing_hidden_old_modules_do_it(self):
        for version in ("3.0.8", "3.1.2"):
            with self.subTest(module=version):
                alone = self.must_work(self.agree(ground.kernel_config(version))).stdout
                self.assertRegex(alone, "^0000 - ")
                self.must_work(self.agree(ground.config(version, module={"kif-hide": "none"})))

    def test_others_can_be_hidden(self):
        configuration = ground.config("3.0.8", module={"kif-hide": "X25519, X448, Ed25519, Ed448"})
        self.must_fail(ground.run(["openssl", "genpkey", "-algorithm", "ED25519"], configuration), "unsupported|not found|Error")
        self.must_work(ground.run(["openssl", "genpkey", "-algorithm", "ED25519"], ground.config("3.0.8")))


if __name__ == "__main__":
    ground.main()
