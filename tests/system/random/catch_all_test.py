# SPDX-License-Identifier: Apache-2.0
"""What no interposer reaches gets the DRBG's bytes: static programs and raw system calls, plain and while the kernel gives none."""

import unittest

import ground
from ground import INIT, Test, counters, parts

UNANSWERED = ["--deny=unanswered"]
SCRIPT = f"""echo == lengths; /t/caller_static lengths && /t/caller lengths; {INIT} --status
echo == hex; /t/caller_static hex 50; {INIT} --status
echo == go; [ -x /t/go ] && /t/go; {INIT} --status
echo == before; ls /proc/1/fd | wc -l; grep VmRSS /proc/1/status
echo == flood; /t/caller_static flood 50 200; {INIT} --status
echo == after; ls /proc/1/fd | wc -l; grep VmRSS /proc/1/status
"""


class CatchAll(Test):
    def test_under_denial(self):
        said = parts(self.shell(SCRIPT, how=UNANSWERED).stdout)
        lengths, drawn, go, flood = (counters(said[name])[0] for name in ("lengths", "hex", "go", "flood"))
        with self.subTest("every length and flag"):
            self.assertEqual(said["lengths"].count("lengths ok"), 2)
            self.assertGreater(lengths["catch_all_requests"], 300)
            self.assertGreater(lengths["catch_all_bytes"], 2 * 33_554_431)
            self.assertEqual((lengths["generator_starts"], lengths["streams"]), (1, 0))
        with self.subTest("every byte is counted"):
            lines = said["hex"].splitlines()[:-1]
            self.assertEqual((len(set(lines)), "0" * 32 in lines), (50, False))
            # glibc's malloc of the programs between asks for 8 bytes now and then.
            more = drawn["catch_all_bytes"] - lengths["catch_all_bytes"] - 50 * 16
            self.assertEqual((more >= 0, more % 8, more < 200), (True, 0, True), more)
        with self.subTest("Go"):
            if ground.names["go"]:
                self.assertIn("distinct 100\n", said["go"])
                self.assertGreaterEqual(go["catch_all_bytes"] - drawn["catch_all_bytes"], 1600)
            else:
                print("skipped: no go on this machine")
        with self.subTest("a flood"):
            self.assertIn("flood ok 10000\n", said["flood"])
            self.assertGreaterEqual(flood["catch_all_requests"] - go["catch_all_requests"], 10_000)
            self.assertEqual(flood["catch_all_refused"], lengths["catch_all_refused"])
        with self.subTest("kif-init is as it was"):
            (files, size), (files_after, size_after) = (said[name].splitlines() for name in ("before", "after"))
            self.assertEqual(files, files_after)
            self.assertLess(int(size_after.split()[1]) - int(size.split()[1]), 1024)

    def test_plain(self):
        result = self.shell(f"/t/caller_static lengths && {INIT} --status", environment={"KIF_CATCH_ALL": "on"})
        self.assertIn("lengths ok", result.stdout)
        self.assertGreater(counters(result.stdout)[0]["catch_all_bytes"], 33_554_431)

    def test_controls_without_the_catch_all(self):
        """The same programs fail in the image that is not hardened, and in the hardened one without the catch-all."""
        result = self.shell("/t/caller_static hex 1; echo; [ -x /t/go ] && /t/go; head -c 16 /dev/urandom", image="plain", how=UNANSWERED, expect=1)
        self.assertEqual(result.stdout.split(), ["getrandom:", "ENOSYS"])
        self.assertIn("No such device or address", result.stderr)
        result = self.run_image("/t/caller_static", "hex", "1", how=UNANSWERED, environment={"KIF_CATCH_ALL": "off"}, expect=1)
        self.assertEqual(result.stdout, "getrandom: ENOSYS\n")

    def test_it_can_be_demanded(self):
        refused = self.run_image("true", how=["--deny"], environment={"KIF_CATCH_ALL": "on"}, expect=90)
        self.assertIn("kif-init: error: cannot install the catch-all: getrandom is refused from outside\n", refused.stderr)


if __name__ == "__main__":
    ground.main()
