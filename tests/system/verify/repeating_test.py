# SPDX-License-Identifier: Apache-2.0
"""Entropy libraries that repeat themselves, put in with `kif harden --entropy-lib`: kif-init refuses to start, and the verdict is fail, also where
kif-init is not asked, and where it cannot know because only two containers show it. The control is an ordinary library given in the same way.

The stand-in, tests/fixtures/jitterentropy/faulty.c, is armed by a variable. An empty environment has no such variable, so the runs under
LIVE-DENY-EMPTY-ENVIRONMENT get no collector at all; no test here looks at that finding.
"""

import json
import pathlib
import platform

import ground
from ground import Test, edited, hardened, kif

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
BLOCKS = "LIVE-DENY-DRAWN-BYTES"
RUNS = "LIVE-RUNS-DIFFER"
REFUSED = "kif-init: error: cannot use the CPU jitter source: it repeats itself: "


def with_source(fault, without_init=False):
    """A hardened image whose source draws as `fault` says."""
    def change(document):
        document["config"]["Env"] += ["KIF_FAULTY_JITTER=" + fault, "KIF_IGNORE=KIF_FAULTY_JITTER"]
        if without_init:
            document["config"]["Entrypoint"] = []

    folder = ground.work / f"source-{fault}-{without_init}"
    return edited(hardened("trixie", "--entropy-lib", ground.options.faulty), folder, change)


class Repeating(Test):
    def verify(self, image, expect):
        """The report, and its findings by name; the exit code and the verdict are the expected ones."""
        result = kif("verify", "--live", "--format", "json", image)
        self.assertEqual(result.returncode, expect, ground.decisive(result))
        report = json.loads(result.stdout)
        self.assertEqual(report["verdict"], "fail" if expect else "pass")
        return report, {finding["id"]: finding for finding in report["findings"]}

    def test_the_control_an_ordinary_library(self):
        shipped = pathlib.Path(ground.options.kif).parents[1] / "lib" / "kif" / ARCHITECTURES[platform.machine()] / "libjitterentropy.so.3"
        _, findings = self.verify(hardened("trixie", "--entropy-lib", shipped), 0)
        for identifier in (BLOCKS, RUNS, "LIVE-DENY-START"):
            self.assertEqual(findings[identifier]["outcome"], "pass", identifier)
        self.assertRegex(findings[RUNS]["evidence"][-1], "^[0-9]+ different draws; containers that drew: [2-9]$")

    def test_a_constant_source_is_refused_at_start_and_by_the_verdict(self):
        image = with_source("constant")
        started = kif("run", image, "--", "/bin/echo", "application ran")
        self.assertEqual((started.returncode, started.stdout), (85, ""), started.stderr)
        self.assertIn(REFUSED + "blocks of two processes started alike have bytes in common\n", started.stderr)
        report, findings = self.verify(image, 1)
        self.assertEqual((report["started_through"], findings["LIVE-DENY-START"]["outcome"]), ("kif-init", "fail"))
        self.assertEqual([REFUSED in line for line in findings["LIVE-DENY-START"]["evidence"]], [True, True])

    def test_a_constant_source_fails_without_kif_init(self):
        report, findings = self.verify(with_source("constant", without_init=True), 1)
        self.assertEqual(report["started_through"], "no entrypoint of kif's")
        # The DRBG mixes in what differs between processes, so what is drawn from it differs: only the blocks tell.
        self.assertEqual(findings["LIVE-DENY-RAND-BYTES"]["outcome"], "pass")
        self.assertEqual(findings[BLOCKS]["outcome"], "fail")
        for line in findings[BLOCKS]["evidence"]:
            self.assertIn(": the seed source repeats itself: ", line)
        self.assertEqual(findings[RUNS]["outcome"], "fail")
        self.assertTrue(findings[RUNS]["evidence"][0].startswith("the same bytes: probe, "), findings[RUNS]["evidence"])

    def test_a_source_that_repeats_itself_in_another_container_alone(self):
        """The stand-in's blocks go by the process's number. Those of one container differ, so kif-init is ready; the next has the same numbers."""
        image = with_source("none")
        started = kif("run", image, "--", "/bin/echo", "application ran")
        self.assertEqual((started.returncode, started.stdout), (0, "application ran\n"), started.stderr)
        self.assertIn("kif-init: ready: ", started.stderr)
        self.assertIn(", seed claimed to be cpu-jitter (a library that kif does not know), ", started.stderr)
        report, findings = self.verify(image, 1)
        self.assertEqual(report["started_through"], "kif-init")
        self.assertEqual((findings[BLOCKS]["outcome"], findings[RUNS]["outcome"]), ("pass", "fail"))
        self.assertRegex(findings[RUNS]["evidence"][0], "^the same bytes: probe, .*, probe, ")


if __name__ == "__main__":
    ground.main()
