#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kif host` under an emulated kernel: every field against what Python says in the same machine, and the emulator by its name."""

import copy
import json
import pathlib
import platform
import sys
import tempfile
import unittest

import machine
from cells import line
from initramfs import Archive, file, put_file
from roots import SYSTEM, Workshop, environment, parse_options

sys.path.insert(0, str(SYSTEM / "host"))
import compare  # noqa: E402 as on this machine and in containers
import place  # noqa: E402

BOOT_LIMIT_S = 240
options = None


def with_kif(root):
    """A root with kif, the libraries that it takes from this machine, and what asks both."""
    root = dict(root)
    put_file(root, "kif/bin/kif", file(pathlib.Path(options.kif).read_bytes(), 0o755))
    put_file(root, "kif/lib/kif/amd64/libjitterentropy.so.3", file(pathlib.Path(options.payload, "amd64/libjitterentropy.so.3").read_bytes()))
    for name, path in place.libraries(options.kif).items():
        put_file(root, f"kif/libraries/{name}", file(pathlib.Path(path).read_bytes(), 0o755))
    put_file(root, "kif/facts.py", file((SYSTEM / "host" / "facts.py").read_bytes()))
    put_file(root, "kif/look.py", file(place.SCRIPT))
    return root


class Emulated(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="kif-emulated-host-") as work:
            shop = Workshop(options, work)
            image = shop.image("trixie", "amd64", python=True)
            plan = line("host", "it", [*environment(image), "/usr/bin/python3", "/kif/look.py"])
            archive = Archive(shop.program("guest", "amd64"), plan)
            archive.add_root("it", with_kif(shop.root(image, "amd64")))
            archive.write(f"{work}/initramfs")
            kernel = shop.kernel("trixie", "amd64")
            cls.boot = machine.boot(machine.command("amd64", "max", kernel, f"{work}/initramfs"), BOOT_LIMIT_S)

    def seen(self):
        self.assertIsNone(self.boot.complaint, self.boot.console)
        run = self.boot.runs["host"]
        self.assertEqual(run.code, 0, run.output)
        return place.Seen(json.loads(run.output[run.output.index('{"code"'):]))

    def test_every_field(self):
        seen = self.seen()
        report = seen.report()
        self.assertEqual(compare.complaints(report, seen.facts, seen.elapsed_ms), [])
        self.assertEqual(report["kernel"]["release"], self.boot.machine["release"])
        # The control: the comparison notices another kernel's report.
        other = copy.deepcopy(report)
        other["kernel"]["release"] = platform.release()
        self.assertEqual(len(compare.complaints(other, seen.facts, seen.elapsed_ms)), 1)

    def test_the_emulator_is_named(self):
        report = self.seen().report()
        self.assertEqual((report["machine"]["timer"], report["machine"]["name"]), ("emulated", "QEMU TCG"))
        self.assertIs(report["jitter"]["startup_test_passed"], True)  # which is why it has to be named
        self.assertEqual([device["exists"] for device in report["entropy"]["devices"]], [False] * 3)


if __name__ == "__main__":
    options = parse_options()
    unittest.main(verbosity=2)
