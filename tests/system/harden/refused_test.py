# SPDX-License-Identifier: Apache-2.0
"""Images, parts and command lines that kif harden refuses: the exact error, the exit code, and nothing written."""

import json
import os
import pathlib
import shutil
import subprocess

import images
from images import Test, kif, make, module, real

GLIBC_HINT = "the FIPS layer's programs are built against glibc; choose a base image that has it"
OPENSSL_HINT = "install OpenSSL 3 in the image (on Debian: libssl3 or libssl3t64)"


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
        self.refused(source, 3, f"kif: error: cannot open {missing}: No such file or directory\n", "--module", missing)

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
