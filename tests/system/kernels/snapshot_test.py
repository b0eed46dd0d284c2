#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A machine is saved once and restored twice: two machines with the same DRBG, and the same bytes drawn ahead, in kif-init and in a process.

Whatever is drawn in them after that must differ. Where the hypervisor has a generation ID (vmgenid), kif-init and the process notice the kernel's
reseed; where it has none, kif-init notices that the hardware's clock has gone on, and what lies ready is too old. The control, with KIF_COPY_WATCH=off,
draws the same bytes in both.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import machine
import saved
from cells import line
from initramfs import Archive, file, put_file
from roots import Workshop, entrypoint, environment, parse_options
from rows import DEFAULT

BOOT_LIMIT_S = 240
# How much later it is restored: more than the second by which the hardware's clock goes.
LATER_S = 4
DRAWN = ("process", "kif-init", "generator", "device-later")
GENERATION = ["-device", "vmgenid,guid=auto"]
# name -> (variables, the emulator's further arguments, how many seconds the program waits, of its machine's time)
VARIANTS = {"generation-id": ([], GENERATION, 0), "wall-clock": ([], [], 2), "off": (["KIF_COPY_WATCH=off"], GENERATION, 0)}
options = None


def build(work):
    """Linked dynamically, so that libkif-random.so serves it."""
    source = pathlib.Path(__file__).with_name("snapshot.c")
    subprocess.run(["x86_64-linux-gnu-gcc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-O1", "-o", f"{work}/snapshot", str(source)], check=True)
    return pathlib.Path(work, "snapshot").read_bytes()


class Snapshot(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="kif-snapshot-") as work:
            shop = Workshop(options, work)
            image = shop.hardened("trixie", "amd64", DEFAULT, python=False)
            root = dict(shop.root(image, "amd64"))
            put_file(root, ".kif/snapshot", file(build(work), 0o755))
            kernel = shop.kernel("trixie", "amd64")

            def run(name):
                variables, more, seconds = VARIANTS[name]
                archive = Archive(shop.program("guest", "amd64"),
                                  line("draw", "it", [*environment(image), *variables, *entrypoint(image), "/.kif/snapshot", str(seconds)]))
                archive.add_root("it", root)
                archive.write(f"{work}/{name}.cpio")
                command = machine.command("amd64", "max", kernel, f"{work}/{name}.cpio")
                return saved.save_and_restore(command, pathlib.Path(work, name), "@ready", "@done", 2, BOOT_LIMIT_S, more, later_s=LATER_S, wait_s=0.3)

            with concurrent.futures.ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as lanes:
                cls.runs = dict(zip(VARIANTS, lanes.map(run, VARIANTS)))

    def drawn(self, name):
        """Of each restored machine: {what: hex}, and kif-init's counters."""
        before, texts = self.runs[name]
        self.assertIn("kif-init: ready: ", before)
        found = []
        for text in texts:
            print(f"{name}: {re.search('waited .*', text).group()}")
            self.assertRegex(text, r"@end draw 0 ", text)
            found.append((dict(re.findall(r"^(\S+) ([0-9a-f]{32})$", text, re.MULTILINE)),
                          json.loads(re.search(r'^\{"schema".*$', text, re.MULTILINE).group())))
        return found

    def test_all_differs_where_the_hypervisor_says_so(self):
        self.check("generation-id", "device", "libcrypto")

    def test_all_differs_where_only_the_wall_clock_shows_it(self):
        self.check("wall-clock")

    def check(self, name, *more):
        (first, first_status), (second, second_status) = self.drawn(name)
        for what in (*DRAWN, *more):
            with self.subTest(what):
                self.assertNotEqual(first[what], second[what])
        for status in (first_status, second_status):
            self.assertGreaterEqual(status["copies_noticed"], 1)

    def test_control_all_is_equal_where_nobody_looks(self):
        (first, first_status), (second, second_status) = self.drawn("off")
        for what in (*DRAWN, "device", "libcrypto"):
            with self.subTest(what):
                self.assertEqual(first[what], second[what])
        for status in (first_status, second_status):
            self.assertEqual(status["copies_noticed"], 0)


if __name__ == "__main__":
    options = parse_options()
    unittest.main(verbosity=2)
