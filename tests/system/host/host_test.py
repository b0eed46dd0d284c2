#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kif host` on this machine: every field against what Python, /proc and /sys say; and the command's manners."""

import copy
import json
import os
import pty
import re
import subprocess
import sys
import unittest

import compare
import place

NAMES = {"KVM": "KVM", "Microsoft": "Hyper-V", "VMware": "VMware", "Xen": "Xen", "bhyve": "bhyve", "ACRN": "ACRN", "Oracle": "VirtualBox"}
ESCAPE = "\x1b["


def kif(*arguments, **more):
    return subprocess.run([place.options.kif, "host", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
                          **more)


def on_terminal(**environment):
    """What is printed where stdout is a terminal."""
    chunks = []

    def read(descriptor):
        chunks.append(os.read(descriptor, 65536))
        return b""  # not on this test's own output

    # spawn() takes this process's environment.
    os.environ.update(environment)
    try:
        pty.spawn([place.options.kif, "host"], read, lambda descriptor: b"")
    finally:
        for name in environment:
            del os.environ[name]
    return b"".join(chunks).decode()


class Host(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.seen = place.on_this_machine()

    def test_every_field_is_what_other_ways_say(self):
        self.assertEqual(compare.complaints(self.seen.report(), self.seen.facts, self.seen.elapsed_ms), [])

    def test_a_changed_field_is_noticed(self):
        """The control of the comparison: it must see each change."""
        report = self.seen.report()
        for name, value in compare.expected_values(self.seen.facts):
            changed = copy.deepcopy(report)
            *path, last = name.split(".")
            parent = compare.member(changed, ".".join(path)) if path else changed
            parent[last] = "changed"
            with self.subTest(name):
                self.assertNotEqual(compare.complaints(changed, self.seen.facts, self.seen.elapsed_ms), [])
        changes = {
            "timer": {"hz": 1e6, "monotonic": False, "stuck_rate": 0.95, "step_ticks": 0, "resolution_ns": -1, "samples": 1},
            "jitter": {"version": "3.4.0", "block_ms": 0, "startup_ms": 0, "block_bytes": 64},
        }
        for section, members in changes.items():
            for name, value in members.items():
                changed = copy.deepcopy(report)
                changed[section][name] = value
                with self.subTest(f"{section}.{name}"):
                    self.assertNotEqual(compare.complaints(changed, self.seen.facts, self.seen.elapsed_ms), [])
        for name in ("engines", "works"):
            changed = copy.deepcopy(report)
            changed[name] = []
            with self.subTest(name):
                self.assertNotEqual(compare.complaints(changed, self.seen.facts, self.seen.elapsed_ms), [])

    def test_the_hypervisor_is_the_one_that_lscpu_names(self):
        said = dict(line.split(":", 1) for line in subprocess.run(["lscpu"], capture_output=True, text=True, check=True,
                                                                  env=dict(os.environ, LC_ALL="C")).stdout.splitlines() if ":" in line)
        vendor = said.get("Hypervisor vendor", "").strip()
        machine = self.seen.report()["machine"]
        if vendor in NAMES:
            self.assertEqual((machine.get("name"), machine["timer"]), (NAMES[vendor], "no-emulator-seen"))
        elif not vendor:
            self.assertNotIn("name", machine)
        self.assertTrue(machine["told_by"])
        self.assertEqual("note" in machine, machine["timer"] == "emulated")

    def test_the_text_says_the_same(self):
        text = kif()
        self.assertEqual((text.returncode, text.stderr), (0, ""))
        report = self.seen.report()
        labels = [line[:13].strip() for line in text.stdout.split("\n\n")[0].splitlines() if line[0] != " "]
        self.assertEqual(labels, ["kernel", "devices", "hw_random", "getrandom", "instructions", "machine", "timer", "clocksource", "jitter", "container",
                                  "cgroups", "seccomp", "user ns", "engines"])
        for line in text.stdout.split("\n\n")[0].splitlines():
            self.assertEqual(line[12], " ", line)
        self.assertIn(f"{report['kernel']['system']} {report['kernel']['release']} {report['kernel']['architecture']}", text.stdout)
        for engine in report["engines"]:
            self.assertIn(f"{engine['name']} {engine['version']}", text.stdout)
        for work in report["works"]:
            self.assertRegex(text.stdout, rf"(?m)^  {work['outcome']} +{re.escape(work['what'])}")

    def test_colour_is_for_terminals_alone(self):
        self.assertNotIn(ESCAPE, kif().stdout)
        self.assertIn(ESCAPE, on_terminal(TERM="xterm"))
        self.assertNotIn(ESCAPE, on_terminal(TERM="xterm", NO_COLOR="1"))

    def test_a_wrong_command_line_is_a_usage_error(self):
        for arguments in (["now"], ["--fromat", "json"], ["--format", "yaml"]):
            with self.subTest(arguments):
                ended = kif(*arguments)
                self.assertEqual((ended.returncode, ended.stdout), (2, ""))
                self.assertTrue(ended.stderr.startswith("kif: error: "), ended.stderr)

    def test_an_engine_in_path_is_asked_and_a_silent_one_is_unknown(self):
        folder = place.work / "engines"
        folder.mkdir()
        for name, script in (("podman", "echo podman version 98.7.6"), ("nerdctl", "exit 1")):
            (folder / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / name).chmod(0o755)
        report = json.loads(kif("--format", "json", env=dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}")).stdout)
        engines = {engine["name"]: engine for engine in report["engines"]}
        self.assertEqual(engines["podman"], {"name": "podman", "path": str(folder / "podman"), "version": "98.7.6"})
        self.assertEqual(engines["nerdctl"]["version"], None)
        self.assertEqual(report["unknown"]["engines.nerdctl.version"], "--version ended with exit code 1")

    def test_it_leaves_nothing_behind(self):
        """Its children have ended, and it made no file."""
        traced = subprocess.run(["strace", "-f", "-qq", "-e", "trace=openat,open,creat,mkdir,unlink", place.options.kif, "host"], capture_output=True,
                                text=True, timeout=300, check=False)
        made = [line for line in traced.stderr.splitlines() if "O_CREAT" in line or "mkdir(" in line or "O_TRUNC" in line]
        # Programs of container engines may keep what they like.
        self.assertEqual([line for line in made if "kif" in line], [])
        self.assertIn("/proc/sys/crypto/fips_enabled", traced.stderr)  # the trace saw it


if __name__ == "__main__":
    place.parse_options()
    sys.exit(place.main())
