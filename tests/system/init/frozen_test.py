#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The unmodified jitterentropy on a timer that really stands still, in a container: at its start, at a reseed of its broker, in the processes
that draw from the source by themselves. What is said, the states, the exit codes; and nothing is served in the source's place."""

import sys

import container
import state_test
from container import LAYER, Container, root
from watched import INIT, Faults, Watched, running

# Everywhere, as a timer does that has stopped; and in blocks alone, where no test looks.
STOPPED = "startup:1,alloc:1,read:1"
WITHOUT_A_NUMBER = "startup:2,alloc:2,read:2"
IN_BLOCKS = "read:1"
IN_THREE_OF_FOUR = "read:1@1x3/4"
REASONS = {
    STOPPED: "timer is too coarse",
    WITHOUT_A_NUMBER: "there is no timer",
    IN_BLOCKS: "repetition count test failed too often for chance",
    IN_THREE_OF_FOUR: "repetition count test failed too often for chance",
}
DRAW = ("/usr/bin/openssl", "rand", "-hex", "16")


class Frozen(state_test.Test):
    def failed(self, seen):
        said = self.ask(seen, "failed", state_test.FAILED)
        self.assertEqual(said["generator_ends"], {"died": 0, "hung": 0, "source": 2, "checks": 0})

    def test_at_the_start(self):
        for module in ("3.5", "3.1.2", "3.0.8"):
            used = root("bookworm" if module < "3.5" else "trixie", module)
            with self.subTest(module), Faults(used).installed(frozen=True) as faults:
                good = Container(used, [INIT, "--", "/drawer_static", "once", "3"], environment=faults.environment()).run()
                self.assertEqual((good.returncode, good.stdout), (0, "3 all\n"), good.stderr)
                for fault, reason in REASONS.items():
                    faults.set(fault)
                    with self.subTest(fault):
                        refused = Container(used, [INIT, "--", "/drawer_static", "once", "3"], environment=faults.environment()).run()
                        self.assertEqual((refused.returncode, refused.stdout), (85, ""), refused.stderr)
                        self.assertRegex(refused.stderr, "^kif-init: error: .*" + reason)

    def test_at_a_reseed(self):
        for fault, reason in REASONS.items():
            with self.subTest(fault), Faults(root()).installed(frozen=True) as faults, \
                    running(root(), "/drawer_static", "watch", environment=faults.environment()) as seen:
                seen.out.wait_for("drawn")
                before, _ = seen.status()
                faults.pass_hours()  # the control: the source answers
                while seen.status()[0]["source"]["reseeds"] == before["source"]["reseeds"]:
                    self.assertEqual(seen.health().returncode, 0)
                faults.set(fault)
                while not any(line.startswith("kif-init: degraded") for line in seen.said.all):
                    faults.pass_hours()
                    seen.health()
                degraded = seen.said.wait_for(state_test.pattern(state_test.SOURCE_FAILED))
                self.assertIn(reason, seen.said.all[degraded])
                failed = seen.said.wait_for(state_test.pattern(state_test.SOURCE_FAILED_AGAIN), degraded)
                self.assertIn(reason, seen.said.all[failed])
                seen.out.wait_for("EPERM")
                self.failed(seen)
                # Of who is not caught: the broker says no, and a DRBG of the process's own has the same source.
                refused = seen.box.exec("/drawer", "once", "1")
                self.assertEqual((refused.returncode, refused.stdout), (1, "0 EIO\n"))
                faults.set("none")  # the broker's verdict stays
                self.failed(seen)
                self.assertEqual((len(seen.said.all), seen.out.all), (failed + 1, ["drawn", "EPERM"]))

    def test_at_a_reseed_with_an_end(self):
        with Faults(root()).installed(frozen=True) as faults:
            box = Container(root(), [INIT, "--", "/drawer_static", "watch"], environment=faults.environment(KIF_ON_FAILURE="exit"))
            with box.running() as process:
                seen = Watched(box, process)
                seen.out.wait_for("drawn")
                faults.set(STOPPED)
                faults.pass_hours()
                seen.said.wait_for(state_test.pattern(state_test.SOURCE_FAILED_AGAIN))
                self.assertEqual(process.wait(timeout=120), 94)

    def test_a_process_that_asks_the_source_itself(self):
        """Beside a broker that has its seed already, and serves on."""
        with Faults(root()).installed(frozen=True) as faults, running(root(), "/drawer_static", "watch", environment=faults.environment()) as seen:
            seen.out.wait_for("drawn")
            good = seen.box.exec(*DRAW, environment=faults.environment())
            self.assertRegex(good.stdout, "^[0-9a-f]{32}\n$", good.stderr)
            for fault, reason in REASONS.items():
                with self.subTest(fault):
                    faults.set(fault)
                    refused = seen.box.exec(*DRAW, environment=faults.environment())
                    self.assertEqual((refused.returncode, refused.stdout), (1, ""))
                    self.assertIn(reason, refused.stderr)
            self.ask(seen, "ready", 0)


if __name__ == "__main__":
    library = container.frozen_library(sys.argv[sys.argv.index("--faulty") + 1])
    if library is None:
        print("skipped: the counter of a thread cannot be taken away here: not x86-64, or no PR_SET_TSC")
        sys.exit(container.SKIP)
    container.main()
