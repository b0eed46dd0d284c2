#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kif host` in containers of runc and of gVisor (runsc): every field against what Python says in the same container."""

import os
import shutil
import sys
import unittest

import compare
import place

# gVisor answers the system calls in a process of its own; it needs neither KVM nor cgroups for that.
RUNSC = ["runsc", "--network=none", "--ignore-cgroups"]
PLATFORMS = ["systrap", "ptrace"]  # newer releases have the first, older ones the second


def works(report):
    return {work["id"]: work for work in report["works"]}


class Containers(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.root = place.make_root()

    def compared(self, seen):
        report = seen.report()
        self.assertEqual(compare.complaints(report, seen.facts, seen.elapsed_ms), [])
        return report

    def test_runc(self):
        report = self.compared(place.in_container(self.root, ["runc"]))
        self.assertIs(report["container"]["inside"], True)
        self.assertIn("pid", report["container"]["own_namespaces"])
        self.assertEqual(report["engines"], [])
        self.assertEqual(works(report)["run"]["reason"], "no runc here")
        # The machine is the same from inside.
        outside = place.on_this_machine().report()
        for member in ("kernel", "machine"):
            self.assertEqual(report[member], outside[member])

    def test_runc_as_another_user(self):
        seen = place.in_container(self.root, ["runc"], uid=65534)
        self.assertEqual(seen.facts["effective_user"], 65534)
        self.compared(seen)

    def test_runc_with_randomness_refused(self):
        """The control: what is refused is not said to work."""
        report = self.compared(place.in_container(self.root, ["runc"], deny=True))
        self.assertEqual([device["opens"] for device in report["entropy"]["devices"]], [False] * 3)
        self.assertEqual(report["entropy"]["getrandom"]["works"], False)
        self.assertEqual(report["entropy"]["getrandom"]["reason"], "refused: Function not implemented")
        self.assertEqual(report["seccomp"]["mode"], "filter")
        catch_all = works(report)["catch-all"]
        self.assertEqual(catch_all["outcome"], "limited")
        self.assertIn("getrandom is refused from outside", catch_all["reason"])
        # The jitter source needs none of it.
        self.assertIs(report["jitter"]["startup_test_passed"], True)

    def test_gvisor(self):
        failures = []
        for platform in PLATFORMS:
            try:
                seen = place.in_container(self.root, [*RUNSC, f"--platform={platform}"])
                break
            except AssertionError as failure:
                failures.append(str(failure))
        else:
            self.fail("\n".join(failures))
        report = self.compared(seen)
        self.assertEqual(report["kernel"]["implementation"], "gVisor")
        self.assertIs(report["container"]["inside"], True)
        self.assertIn("gVisor", report["container"]["marks"])
        # It emulates a kernel, and no processor.
        self.assertNotEqual(report["machine"]["timer"], "emulated")
        self.assertIs(report["jitter"]["startup_test_passed"], True)
        self.assertEqual(works(report)["run"]["outcome"], "fails")


if __name__ == "__main__":
    place.parse_options()
    if os.getuid() != 0:
        print("skipped: runc and runsc need root here")
        sys.exit(77)
    for engine in ("runc", "runsc"):
        if shutil.which(engine) is None:
            print(f"not run: no {engine} here; tools/bootstrap installs it")
            sys.exit(1)
    sys.exit(place.main())
