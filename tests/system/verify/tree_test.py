# SPDX-License-Identifier: Apache-2.0
"""kif verify --live looks at the image's files as they are now: what a layer above brought is found, and what the FIPS layer neither reaches nor
names leaves no verdict."""

import json

import ground
from ground import Test, hardened, kif, layouts, with_files

CRYPTOGRAPHY, KNOWS = "LIVE-IMAGE-CRYPTOGRAPHY", "LIVE-LAYER-KNOWS-IMAGE"


def file_of(image, ending):
    """The content of a regular file of the image's lowest layer, by the end of its name."""
    with layouts.Layout.named(image).layer_tar(0) as tar:
        member = next(entry for entry in tar.getmembers() if entry.isreg() and entry.name.endswith(ending))
        return tar.extractfile(member).read()


class Tree(Test):
    def verify(self, image, expect):
        result = kif("verify", "--live", "--probe-only", "--format", "json", image)
        self.assertEqual(result.returncode, expect, ground.decisive(result))
        report = json.loads(result.stdout)
        return {entry["path"]: entry for entry in report["cryptography"]}, {finding["id"]: finding for finding in report["findings"]}

    def above(self, name, files):
        return with_files(hardened("trixie"), ground.work / name, {path: (content, 0o755) for path, content in files.items()})

    def test_what_harden_saw_is_told_and_passes(self):
        files, findings = self.verify(hardened("trixie"), 0)
        libcrypto = next(entry for path, entry in files.items() if "/libcrypto.so.3" in path)
        self.assertTrue(libcrypto["reached"])
        self.assertRegex(libcrypto["version"], r"^3\.")
        self.assertEqual([path for path, entry in files.items() if not entry["reached"] and not entry["known_to_layer"]], [])
        self.assertTrue([path for path, entry in files.items() if entry["known_to_layer"]])
        self.assertEqual([path for path, entry in files.items() if entry["above_layer"] or "/kif/" in path], [])
        self.assertEqual((findings[CRYPTOGRAPHY]["kind"], findings[CRYPTOGRAPHY]["essential"]), ("verified", False))
        self.assertEqual(findings[KNOWS]["outcome"], "pass")

    def test_nothing_of_what_harden_looks_into_is_unknown_to_its_layer(self):
        for name in ("trixie-python", "openssl3and4"):
            with self.subTest(name):
                files, findings = self.verify(hardened(name), 0)
                self.assertEqual([path for path, entry in files.items() if not entry["reached"] and not entry["known_to_layer"]], [])
                self.assertEqual(findings[KNOWS]["outcome"], "pass")

    def test_what_a_layer_above_brought_leaves_no_verdict(self):
        for name, path, content in (("digests", "opt/own/libmd.so.0", file_of(hardened("trixie"), "/libmd.so.0.1.0")),
                                    ("python", "opt/lib/python3.13/os.py", b""),
                                    ("jar", "opt/app/conscrypt-openjdk-uber-2.5.2.jar", b"PK"), ("wheel", "opt/cryptography-42.0.8-cp39-abi3-any.whl", b"PK")):
            with self.subTest(name):
                files, findings = self.verify(self.above(f"above-{name}", {path: content}), 3)
                found = next(entry for where, entry in files.items() if where.startswith("/opt/"))
                self.assertEqual((found["reached"], found["known_to_layer"]), (False, False))
                self.assertEqual(findings[CRYPTOGRAPHY]["outcome"], "pass")
                self.assertEqual(findings[KNOWS]["outcome"], "could-not-check")
                self.assertTrue(findings[KNOWS]["evidence"][0].startswith(found["path"] + ": "))
                self.assertEqual([i for i, finding in findings.items() if finding["essential"] and finding["outcome"] != "pass"], [KNOWS])

    def test_an_upgrade_of_libcrypto_and_a_copy_that_looks_in_the_same_place_are_reached(self):
        libcrypto = file_of(hardened("trixie"), "/libcrypto.so.3")
        files, findings = self.verify(self.above("copy", {"opt/copy/libcrypto.so.3": libcrypto}), 0)
        self.assertEqual({name: files["/opt/copy/libcrypto.so.3"][name] for name in ("reached", "above_layer")}, {"reached": True, "above_layer": True})
        self.assertEqual(findings[KNOWS]["outcome"], "pass")

    def test_hardened_anew_it_is_known(self):
        image = self.above("anew-before", {"opt/own/libmd.so.0": file_of(hardened("trixie"), "/libmd.so.0.1.0"), "opt/app/conscrypt-openjdk-uber-2.5.2.jar": b"PK"})
        anew = ground.work / "anew"
        made = kif("harden", "--force", image, "-o", f"oci:{anew}:it")
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        files, findings = self.verify(f"oci:{anew}:it", 0)
        self.assertTrue(files["/opt/own/libmd.so.0"]["known_to_layer"])
        self.assertFalse(files["/opt/own/libmd.so.0"]["above_layer"])
        self.assertEqual(findings[KNOWS]["outcome"], "pass")


if __name__ == "__main__":
    ground.main()
