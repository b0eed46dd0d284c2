# SPDX-License-Identifier: Apache-2.0
"""Images, parts and command lines that kif harden refuses: the exact error, the exit code, and nothing written."""

import hashlib
import hmac
import json
import os
import pathlib
import shutil
import subprocess

import images
from images import Test, kif, make, module, real

GLIBC_HINT = "the FIPS layer's programs are built against glibc; choose a base image that has it"
OPENSSL_HINT = "install OpenSSL 3 or 4 in the image (on Debian: libssl3 or libssl3t64)"


def real_file(suite, name):
    """A file of a suite's root: a real libc or libcrypto for an image made by hand."""
    root = pathlib.Path(images.options.deps, "root", suite)
    found = [p for p in root.rglob(name) if p.is_file()]
    return found[0].read_bytes()


class Refused(Test):
    def refused(self, source, code, error, *more, **run):
        """`error` without its head, for an image; the output must not appear."""
        target = self.new()
        done = kif("harden", source if isinstance(source, str) else source.name, "-o", target.name, *more, **run)
        self.assert_refused(done, code, error)
        self.assertFalse(target.path.exists())

    def test_musl(self):
        image = make("musl", {"lib/ld-musl-x86_64.so.1": b"\x7fELF", "lib/libcrypto.so.3": real_file("trixie", "libcrypto.so.3")})
        self.refused(image, 1, f"kif: error: cannot harden {image.name}: it uses musl, not glibc\n  hint: {GLIBC_HINT}\n")

    def test_no_libc(self):
        image = make("nothing", {"app": b"#!/nothing"})
        self.refused(image, 1, f"kif: error: cannot harden {image.name}: it has no glibc\n  hint: {GLIBC_HINT}\n")

    def test_no_libcrypto(self):
        image = real("nolibcrypto")
        self.refused(image, 1, f"kif: error: cannot harden {image.name}: it has no libcrypto\n  hint: {OPENSSL_HINT}\n")

    def test_openssl_1_1_only(self):
        old = real_file("trixie", "libz.so.1*") + b"\0OpenSSL 1.1.1w  11 Sep 2023\0"
        image = make("old", {"usr/lib/x86_64-linux-gnu/libc.so.6": real_file("trixie", "libc.so.6"),
                             "usr/lib/x86_64-linux-gnu/libcrypto.so.1.1": old})
        self.refused(image, 1, f"kif: error: cannot harden {image.name}: it has OpenSSL 1.1.1w (/usr/lib/x86_64-linux-gnu/libcrypto.so.1.1), "
                     f"which cannot load a FIPS module of OpenSSL 3\n  hint: {OPENSSL_HINT}\n")

    def test_a_major_version_that_kif_does_not_know(self):
        unknown = "usr/lib/x86_64-linux-gnu/libcrypto.so.5"
        files = {"usr/lib/x86_64-linux-gnu/libc.so.6": real_file("trixie", "libc.so.6"), unknown: real_file("trixie", "libz.so.1*") + b"\0OpenSSL 5.0.0 4 Apr 2028\0"}
        image = make("unknown", files)
        self.refused(image, 1, f"kif: error: cannot harden {image.name}: it has OpenSSL 5.0.0 (/{unknown}), of a major version that kif does not know: "
                     f"it knows OpenSSL 3 and 4\n  hint: {OPENSSL_HINT}\n")
        image = make("unknown-beside-3", {**files, "usr/lib/x86_64-linux-gnu/libcrypto.so.3": real_file("trixie", "libcrypto.so.3")})
        done = kif("harden", image.name, "-o", self.new().name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, f"kif: warning: /{unknown} is OpenSSL 5.0.0, which the FIPS layer does not reach: it is for OpenSSL 3 and 4\n")

    def test_a_module_that_needs_a_newer_glibc(self):
        self.refused(real("bookworm"), 1, f"kif: error: cannot use {module('3.6')} in {real('bookworm').name}: it needs a newer glibc than the image has\n"
                     "  expected: glibc 2.38 or newer\n  got:      glibc 2.36\n", "--module", module("3.6"))
        self.harden(real("trixie"), None, "--module", module("3.6"))

    def test_a_module_that_needs_a_library_which_the_image_has_not(self):
        content = pathlib.Path(module("3.5")).read_bytes()
        self.assertIn(b"\0libc.so.6\0", content)
        path = images.work / "needy.so"
        path.write_bytes(content.replace(b"\0libc.so.6\0", b"\0libq.so.6\0"))
        source = real("trixie")
        self.refused(source, 1, f"kif: error: cannot use {path} in {source.name}: it needs libq.so.6, which the image does not have\n", "--module", path)

    def test_openssl_linked_into_a_program_is_a_warning(self):
        files = {"usr/lib/x86_64-linux-gnu/libc.so.6": real_file("trixie", "libc.so.6"),
                 "usr/lib/x86_64-linux-gnu/libcrypto.so.3": real_file("trixie", "libcrypto.so.3"),
                 "opt/tool": real_file("trixie", "libz.so.1*") + b"\0OpenSSL 3.0.13 30 Jan 2024\0"}
        image = make("static", files)
        done = kif("harden", image.name, "-o", self.new().name)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, "kif: warning: /opt/tool has OpenSSL 3.0.13 linked in; it may ignore the image's OpenSSL configuration\n")

    def test_what_an_image_says_cannot_steer_the_terminal(self):
        files = {"usr/lib/x86_64-linux-gnu/libc.so.6": real_file("trixie", "libc.so.6"),
                 "usr/lib/x86_64-linux-gnu/libcrypto.so.3": real_file("trixie", "libcrypto.so.3")}
        image = make("hostile", files, {"Env": ["OPENSSL_CONF=\x1b[2J\nkif: all is well"]})
        done = kif("harden", image.name, "-o", self.new().name)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, "kif: warning: the image sets OPENSSL_CONF=\\x1b[2J\\x0akif: all is well; the hardened image sets /etc/kif/openssl.cnf\n")

    def test_what_is_no_module(self):
        source = real("trixie")
        hint = "  hint: name the fips.so of OpenSSL 3.0 or newer, or a folder that holds it\n"
        text = images.work / "text"
        text.write_text("hello")
        self.refused(source, 1, f"kif: error: cannot use {text} as a FIPS module: not an ELF file\n", "--module", text)
        library = images.work / "library.so"
        library.write_bytes(real_file("trixie", "libcrypto.so.3"))
        self.refused(source, 1, f"kif: error: cannot use {library} as a FIPS module: it does not export OSSL_provider_init\n{hint}", "--module", library)
        cut = images.work / "cut.so"
        cut.write_bytes(pathlib.Path(module("3.5")).read_bytes()[:100_000])
        self.refused(source, 1, f"kif: error: cannot read ELF file {cut}: a segment lies outside the file\n", "--module", cut)
        legacy = "/usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so"
        if os.path.exists(legacy):
            self.refused(source, 1, f"kif: error: cannot use {legacy} as a FIPS module: it is an OpenSSL provider, but does not check its own integrity\n{hint}",
                         "--module", legacy)
        missing = images.work / "missing"
        takes = "  hint: it takes a fips.so, or a folder that holds one\n"
        self.refused(source, 3, f"kif: error: cannot use {missing} as --module: No such file or directory\n{takes}", "--module", missing)
        self.refused(source, 3, f"kif: error: cannot use /etc as --module: /etc/fips.so: No such file or directory\n{takes}", "--module", "/etc")
        self.refused(source, 3, f"kif: error: cannot use {missing} as --entropy-lib: No such file or directory\n  hint: it takes a libjitterentropy.so.3\n",
                     "--entropy-lib", missing)

    def test_a_claim_that_contradicts_what_is_known(self):
        """Exit code 2, and nothing is read of the image. The version is the module's own."""
        source, target = real("trixie"), self.new()
        done = kif("harden", source.name, "-o", target.name, "--module", module("3.4.0"), "--module-claim", "CMVP #4985, built by us")
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertTrue(done.stderr.startswith(
            "kif: error: cannot claim CMVP #4985 for the FIPS module 3.4.0: it is of another version\n  expected: a certificate of version 3.4.0\n"
            "  got:      CMVP #4985, OpenSSL FIPS Provider 3.1.2\n  hint: "), done.stderr)
        for claim, words in (("#4943", "it is of another kind of module\n  expected: a certificate of an OpenSSL provider\n"
                              "  got:      CMVP #4943, BC-FJA (Bouncy Castle FIPS Java API) 2.1, a Java module\n"),
                             ("ESV E191", "it is an entropy source's certificate\n  expected: a certificate of the module\n  got:      ESV E191\n")):
            with self.subTest(claim):
                done = kif("harden", source.name, "-o", target.name, "--module-claim", claim)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(words, done.stderr)
        self.assertFalse(target.path.exists())

    def test_claims_that_nothing_contradicts_are_recorded(self):
        """Control: what is known stands beside the claim, in the text and in JSON; an unknown number is marked."""
        lines = self.harden_text("--module", module("3.1.2"), "--module-claim", "CMVP #4985, built by us")
        self.assertIn("(claimed: CMVP #4985, built by us)", lines)
        for words in ("CMVP #4985, OpenSSL FIPS Provider 3.1.2; FIPS 140-3; active since 2025-03-11; sunset 2030-03-10", "; holder the OpenSSL project; caveat no-assurance: ",
                      "a certificate is of one holder's file in his environment", "whatever is plugged in"):
            self.assertIn(words, lines)
        lines = self.harden_text("--module-claim", "CMVP #99999")
        self.assertIn("(claimed: CMVP #99999 (CMVP #99999: not known to kif))", lines)
        lines = self.harden_text("--module-claim", "built by us")
        self.assertIn("(claimed: built by us)", lines)
        self.assertNotIn("certificate", lines)
        told = json.loads(self.harden_text("--module", module("3.1.2"), "--module-claim", "#4985 and #99999", "--format", "json"))["platforms"][0]["layer"]["module"]
        known, unknown = told["certificates_claimed"]
        self.assertEqual((known["number"], known["standard"], known["caveat"], known["interim"]), ("4985", "FIPS 140-3", "no-assurance", False))
        self.assertEqual(unknown, {"is_known": False, "program": "CMVP", "number": "99999"})

    def harden_text(self, *more):
        done = kif("harden", real("trixie").name, "-o", self.new().name, *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_damaged_module(self):
        """One byte in the middle: the file's maker knows better than a MAC that is made anew."""
        key = bytes.fromhex("f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813")  # OpenSSL's Configure, FIPSKEY
        whole = pathlib.Path(module("3.5")).read_bytes()
        damaged = bytearray(whole)
        damaged[len(whole) // 2] ^= 1

        def mac(content):
            return hmac.new(key, content, hashlib.sha256).digest().hex(":").upper()

        def folder(name, content, **files):
            made = images.work / name
            made.mkdir()
            (made / "fips.so").write_bytes(content)
            for file, text in files.items():
                (made / file.replace("__", ".")).write_text(text)
            return made

        configuration = f"[fips_sect]\nactivate = 1\nmodule-mac = {mac(whole)}\n"
        good, bad = folder("good", whole, fipsmodule__cnf=configuration), folder("bad", damaged, fipsmodule__cnf=configuration)
        hint = "  hint: kif makes no new MAC for such a file; take the module from its maker again, with what belongs to it\n"
        self.refused(real("trixie"), 1, f"kif: error: cannot use {bad}/fips.so as a FIPS module: it is damaged, or another: {bad}/fipsmodule.cnf has another module-mac\n"
                     f"  expected: {mac(whole)}\n  got:      {mac(damaged)}\n{hint}", "--module", bad)
        digest = hashlib.sha256(whole).hexdigest()
        summed = folder("summed", damaged, fips__so__sha256=f"{digest}  fips.so\n")
        self.refused(real("trixie"), 1, f"kif: error: cannot use {summed}/fips.so as a FIPS module: it is damaged, or another: {summed}/fips.so.sha256 has another digest\n"
                     f"  expected: sha256:{digest}\n  got:      sha256:{hashlib.sha256(damaged).hexdigest()}\n{hint}", "--module", summed)
        cut = folder("cut", whole[:-1])
        self.refused(real("trixie"), 1, f"kif: error: cannot use {cut}/fips.so as a FIPS module: it is damaged: its table of sections lies outside the file\n", "--module", cut)
        not_checked = "not checked against a MAC of its maker"
        self.assertNotIn(not_checked, self.harden_text("--module", good))
        self.assertNotIn(not_checked, self.harden_text(), "kif's own module has its digest beside it")
        # Controls: where nothing says what the file was, the damage is not seen, and that is told.
        self.assertIn(not_checked, self.harden_text("--module", folder("unknown", damaged)))
        # In a root with a package manager, that one knows.
        info = images.work / "var/lib/dpkg/info"
        info.mkdir(parents=True)
        (info / "provider-fips:amd64.md5sums").write_text(f"{hashlib.md5(whole).hexdigest()}  packaged/fips.so\n{hashlib.md5(whole).hexdigest()}  spoiled/fips.so\n")
        self.addCleanup(shutil.rmtree, images.work / "var")
        spoiled = folder("spoiled", damaged)
        self.refused(real("trixie"), 1, f"kif: error: cannot use {spoiled}/fips.so as a FIPS module: it is damaged, or another: dpkg's record of provider-fips:amd64 has another digest\n"
                     f"  expected: md5:{hashlib.md5(whole).hexdigest()}\n  got:      md5:{hashlib.md5(damaged).hexdigest()}\n{hint}", "--module", spoiled)
        self.assertNotIn(not_checked, self.harden_text("--module", folder("packaged", whole)))
        told = json.loads(self.harden_text("--module", good, "--format", "json"))
        self.assertEqual(told["platforms"][0]["layer"]["module"]["checked_against"], ["fipsmodule.cnf"])

    def test_a_module_of_another_architecture(self):
        foreign = bytearray(pathlib.Path(module("3.5")).read_bytes())
        foreign[18:20] = (183).to_bytes(2, "little")  # e_machine: AArch64
        path = images.work / "arm64.so"
        path.write_bytes(foreign)
        source = real("trixie")
        self.refused(source, 1, f"kif: error: cannot harden {source.name}: no file that --module names is for amd64\n", "--module", path)

    def test_what_is_no_entropy_library(self):
        path = images.work / "notjitter.so"
        path.write_bytes(real_file("trixie", "libcrypto.so.3"))
        self.refused(real("trixie"), 1, f"kif: error: cannot use {path} as the entropy library: it does not export jent_version\n"
                     "  hint: name a libjitterentropy.so.3\n", "--entropy-lib", path)

    def damaged(self, name, change):
        copy = images.Layout(images.work / name, real("trixie").tag)
        shutil.copytree(real("trixie").path, copy.path)
        change(copy)
        return copy

    def test_damaged_images(self):
        def blob_path(image, digest):
            return image.path / "blobs" / digest.replace(":", "/")

        def flip(digest_of):
            def change(image):
                path = blob_path(image, digest_of(image))
                content = bytearray(path.read_bytes())
                content[len(content) // 2] ^= 1
                path.write_bytes(content)
            return change

        def cut(image):
            path = blob_path(image, image.manifest["layers"][0]["digest"])
            os.truncate(path, path.stat().st_size // 2)

        def remove(image):
            blob_path(image, image.manifest["layers"][0]["digest"]).unlink()

        cases = {"layer": (flip(lambda i: i.manifest["layers"][0]["digest"]), 1), "config": (flip(lambda i: i.manifest["config"]["digest"]), 1),
                 "manifest": (flip(lambda i: i.digest), 1), "cut": (cut, 1), "gone": (remove, 3)}
        for name, (change, code) in cases.items():
            with self.subTest(name):
                image = self.damaged(f"damaged-{name}", change)
                target = self.new()
                done = kif("harden", image.name, "-o", target.name)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertTrue(done.stderr.startswith("kif: error: cannot "), done.stderr)
                self.assertEqual(done.stderr.count("kif: "), 1)
                self.assertFalse(target.path.exists())

    def test_nothing_of_an_existing_output_is_touched_by_a_failure(self):
        target = make("existing", {"a": b"b"})
        before = target.snapshot()
        for arguments in (["--module", module("3.6")], ["--module", "/nonexistent"], []):
            image = real("bookworm") if arguments else self.damaged("damaged-again", lambda i: os.truncate(i.path / "index.json", 10))
            done = kif("harden", image.name, "-o", f"oci:{target.path}:new", *arguments)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(target.snapshot(), before)

    def test_an_output_that_cannot_be_written(self):
        folder = images.work / "readonly"
        folder.mkdir()
        os.symlink("/proc/1/nowhere", folder / "layout")
        done = kif("harden", real("trixie").name, "-o", f"oci:{folder}/layout:x")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertTrue(done.stderr.startswith("kif: error: cannot "), done.stderr)

    def test_wrong_platform(self):
        done = kif("harden", real("trixie").name, "-o", self.new().name, "--platform", "linux/arm64")
        self.assertEqual(done.returncode, 3)
        self.assertIn("linux/amd64", done.stderr)

    def test_wrong_command_lines(self):
        name = real("trixie").name
        for arguments, words in ((["harden"], "IMAGE is required"), (["harden", name], "--output is required"),
                                 (["harden", name, "-o", "oci:x", "--modul", "x"], "did you mean --module?"),
                                 (["harden", "trixie", "-o", "oci:x"], "trixie"), (["harden", name, "-o", "dcker://x"], "dcker"),
                                 (["hraden", name], "did you mean harden?"),
                                 (["harden", name, "-o", "oci:x", "--platform", "//"], "//")):
            with self.subTest(arguments):
                done = kif(*arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(words, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_errors_as_json(self):
        image = make("nothing-json", {"app": b"x"})
        done = kif("harden", image.name, "-o", self.new().name, "--format", "json")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stdout), {"schema": "kif.error/1", "error": {
            "code": "unsupported", "message": f"cannot harden {image.name}: it has no glibc", "hint": GLIBC_HINT}})
        self.assertTrue(done.stderr.startswith("kif: error: "))

    def test_a_full_disk_loses_the_message_not_the_fact(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([images.options.kif, "version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (3, "kif: error: cannot write to standard output\n"))


if __name__ == "__main__":
    images.main()
