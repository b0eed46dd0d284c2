#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What no health test can find: where an emulator counts instructions as time, every boot is the same, and the same random bytes come out of it.

The hardened image is booted twice so, and twice plainly. In all four boots jitterentropy's start-up and continuous tests pass. The counted boots print
equal bytes; the plain ones must not: else this test would show nothing.
"""

import concurrent.futures
import os
import re
import tempfile
import unittest

import machine
from cells import DENY, line
from initramfs import Archive
from roots import Workshop, entrypoint, environment, parse_options
from rows import DEFAULT

# What kif-init says in an emulator, and how it refuses to start in one where KIF_REQUIRE_HARDWARE_TIMER=1 asks for that.
NOTE = "timer not from hardware: no entropy claim"
REFUSED_CODE = 92

BOOT_LIMIT_S = 240
options = None


class Icount(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="kif-icount-") as work:
            shop = Workshop(options, work)
            image = shop.hardened("trixie", "amd64", DEFAULT, python=False)
            command = [*entrypoint(image), "/usr/bin/openssl", "rand", "-hex", "32"]
            plan = line("draw", "it", [*environment(image), DENY, *command])
            plan += line("strict", "it", [*environment(image), "KIF_REQUIRE_HARDWARE_TIMER=1", DENY, *command])
            archive = Archive(shop.program("guest", "amd64"), plan)
            archive.add_root("it", shop.root(image, "amd64"))
            archive.write(f"{work}/initramfs")
            kernel = shop.kernel("bullseye", "amd64")

            def boot(more):
                return machine.boot(machine.command("amd64", "qemu64", kernel, f"{work}/initramfs", more), BOOT_LIMIT_S)

            with concurrent.futures.ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as lanes:
                boots = list(lanes.map(boot, [machine.COUNTED, machine.COUNTED, (), ()]))
        cls.counted, cls.plain = boots[:2], boots[2:]

    def drawn(self, boot):
        """The bytes of a boot, whose kif-init found nothing wrong."""
        self.assertIsNone(boot.complaint, boot.console)
        run = boot.runs["draw"]
        self.assertEqual(run.code, 0, run.output)
        self.assertRegex(run.output, r"kif-init: ready: .*start-up test passed.* no catch-all \(getrandom is refused from outside\)")
        found = re.findall(r"^[0-9a-f]{64}$", run.output, re.MULTILINE)
        self.assertEqual(len(found), 1, run.output)
        return found[0]

    def test_equal_where_instructions_are_time(self):
        first, second = (self.drawn(boot) for boot in self.counted)
        print(f"counted: {first}\n         {second}")
        self.assertEqual(first, second)

    def test_different_where_time_is_time(self):
        first, second = (self.drawn(boot) for boot in self.plain)
        print(f"plain:   {first}\n         {second}")
        self.assertNotEqual(first, second)

    def test_the_emulator_is_named(self):
        for boot in (*self.counted, *self.plain):
            self.assertIn(NOTE, boot.runs["draw"].output)
            self.assertEqual(boot.runs["strict"].code, REFUSED_CODE, boot.runs["strict"].output)
            self.assertNotRegex(boot.runs["strict"].output, r"(?m)^[0-9a-f]{64}$")


if __name__ == "__main__":
    options = parse_options()
    unittest.main(verbosity=2)
