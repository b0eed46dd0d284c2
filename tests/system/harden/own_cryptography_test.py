#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What of an image computes past the FIPS module is named: in Debian's packages as they are, and in programs with an OpenSSL linked in.
A static one of these ends with a sentence in the hardened image. The controls: the image as it was, and files that only mention the words."""

import gzip
import io
import pathlib
import re
import tarfile
import unittest

import images
from images import Test, kif, make, real

# One sentence for each kind, and a path that must be in it. A kind's paths are cut after the third.
DEBIAN = {
    r"BusyBox computes digests, password hashes and TLS by itself": "/usr/bin/busybox",
    r"GnuTLS has cryptography of its own": "/usr/lib/x86_64-linux-gnu/libgnutls.so.30",
    r"Git computes SHA-1 by itself": "/usr/bin/git",
    r"Nettle has cryptography of its own": "/usr/lib/x86_64-linux-gnu/libhogweed.so",
    r"OpenSSH computes key exchange .*": "/usr/bin/ssh",
    r"Perl's Digest modules compute by themselves": "/usr/lib/x86_64-linux-gnu/perl/5.40.1/auto/Digest/MD5/MD5.so",
    r"PyCryptodome has cryptography of its own": "/usr/lib/python3/dist-packages/Cryptodome/Cipher/_raw_",
    r"Ruby's Digest computes by itself; .*": "/usr/lib/x86_64-linux-gnu/ruby/3.3.0/digest/md5.so",
    r"coreutils compute checksums by themselves": "/usr/bin/b2sum",
    r"libcrypt hashes passwords by itself": "/usr/lib/x86_64-linux-gnu/libcrypt.so.1",
    r"libmd computes MD5, SHA-1 and SHA-2 by itself": "/usr/lib/x86_64-linux-gnu/libmd.so.0",
    r"low-level functions of libcrypto, which do not reach the FIPS module, are called": "/usr/bin/md5sum",
}
WORDS = (b"\0config_diagnostics = 1\0openssl_conf\0OPENSSL_CONF is not set\0OpenSSL 3.0.0 or newer\0"
         b"\0Init_md5 boot_Digest__SHA AES_start_operation PyInit__bcrypt OSSL_LIB_CTX_new MD5_Init libgnutls.so.30 libcrypto.so.3\0")
STATIC = "opt/program-static"


def real_file(path):
    with real("trixie").layer_tar(0) as tar:
        found = [entry for entry in tar.getmembers() if re.fullmatch(r"\./usr/lib/x86_64-linux-gnu/" + path, entry.name) and entry.isfile()]
        return tar.extractfile(found[0]).read()


def program(kind):
    return (pathlib.Path(images.options.programs) / f"program-{kind}").read_bytes()


def with_programs():
    """trixie's image with a layer of test programs on it."""
    source = real("trixie")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for kind in ("static", "static-stripped", "static-pie", "dynamic", "dynamic-libcrypto-inside"):
            content = program(kind)
            entry = tarfile.TarInfo(f"opt/program-{kind}")
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    base = gzip.decompress(source.blob(source.manifest["layers"][0]["digest"]))
    return make("programs", {}, {"Cmd": ["/opt/program-static"], "Env": ["PATH=/usr/bin"]}, [base, buffer.getvalue()])


class OwnCryptography(Test):
    def named(self, report):
        (platform,) = report["platforms"]
        sentences = dict(warning.split(": ", 1) for warning in platform["warnings"])
        self.assertEqual(len(sentences), len(platform["warnings"]), "a sentence comes twice")
        return sentences

    def test_debians_packages(self):
        target, report = self.harden(real("trixie-own-cryptography"))
        sentences = self.named(report)
        for sentence, path in DEBIAN.items():
            with self.subTest(sentence):
                (paths,) = [paths for name, paths in sentences.items() if re.fullmatch(sentence, name)]
                self.assertIn(path, paths)
        self.assertRegex(sentences["PyCryptodome has cryptography of its own"], r" and \d\d more$")
        # The same sentences are in the layer, from where verify tells them.
        with target.layer_tar(-1) as tar:
            description = images.json.load(tar.extractfile("usr/share/kif/layer.json"))
        platform = report["platforms"][0]
        self.assertEqual(description["not_reached"], platform["not_reached"])
        # A warning names the first paths of a sentence that is true of many; the record has them all.
        for warning, sentence in zip(platform["warnings"], platform["not_reached"], strict=True):
            self.assertTrue(sentence.startswith(warning.rsplit(" and ", 1)[0] if warning.endswith(" more") else warning), warning)
        self.assertIn("/usr/lib/git-core/git-remote-http", " ".join(description["not_reached"]))

    def test_a_plain_debian(self):
        _, report = self.harden(real("trixie"))
        self.assertEqual(set(self.named(report)), {
            "coreutils compute checksums by themselves", "libmd computes MD5, SHA-1 and SHA-2 by itself",
            "low-level functions of libcrypto, which do not reach the FIPS module, are called"})

    def test_what_is_named_does_compute(self):
        target, _ = self.harden(real("trixie"))
        for program_name in ("md5sum", "b2sum"):
            with self.subTest(program_name):
                done = kif("run", target.name, "--", program_name, "/dev/null")
                self.assertEqual((done.returncode, done.stdout[32:].lstrip("0123456789abcdef")), (0, "  /dev/null\n"), done.stderr)
        done = kif("run", target.name, "--", "openssl", "md5", "/dev/null")  # the control: by way of a provider it is refused
        self.assertNotEqual(done.returncode, 0)

    def test_files_that_mention_the_words(self):
        library = real_file(r"libz\.so\.1\..*")
        target, report = self.harden(make("words", {
            "usr/lib/x86_64-linux-gnu/libc.so.6": real_file(r"libc\.so\.6"), "usr/lib/x86_64-linux-gnu/libcrypto.so.3": real_file(r"libcrypto\.so\.3"),
            "opt/words": library + WORDS, "opt/text": b"BusyBox v1.37.0 config_diagnostics\0"}))
        self.assertEqual(report["platforms"][0]["warnings"], [])
        self.assertEqual(report["platforms"][0]["found"]["own_contexts"], [])
        self.assertEqual(report["platforms"][0]["found"]["linked_in_libcryptos"], [])
        self.assertTrue(target.digest)

    def test_an_openssl_that_is_linked_in(self):
        target, report = self.harden(with_programs())
        found = report["platforms"][0]["found"]["linked_in_libcryptos"]
        self.assertEqual({entry["path"]: entry["static"] for entry in found}, {
            "/opt/program-dynamic-libcrypto-inside": False, "/opt/program-static": True, "/opt/program-static-pie": True,
            "/opt/program-static-stripped": True})
        for entry in found:
            self.assertRegex(entry["version"], r"^3\.\d+\.\d+")
            self.assertNotIn(f"OpenSSL {entry['version']} ".encode(), program(entry["path"].removeprefix("/opt/program-")))  # no version text
        (warning,) = [text for text in report["platforms"][0]["warnings"] if text.startswith("/opt/program-static ")]
        self.assertRegex(warning, r"is a static program with OpenSSL 3\.\S+ linked in: it cannot load the FIPS layer, and fails with an error")

        for kind in ("static", "static-stripped", "static-pie"):
            with self.subTest(kind):
                before = kif("run", f"oci:{images.work}/programs:x", "--", f"/opt/program-{kind}")
                self.assertEqual((before.returncode, before.stdout), (0, "ok\n"), before.stderr)
                after = kif("run", target.name, "--", f"/opt/program-{kind}")
                self.assertEqual((after.returncode, after.stdout), (1, "not ok\n"), after.stderr)  # by a signal it would be 128 and more
                self.assertIn("kif: cannot load the FIPS module into a statically linked program", after.stderr)
        for kind in ("dynamic", "dynamic-libcrypto-inside"):
            with self.subTest(kind):
                self.assertEqual(kif("run", target.name, "--", f"/opt/program-{kind}").returncode, 0)


if __name__ == "__main__":
    images.main()
