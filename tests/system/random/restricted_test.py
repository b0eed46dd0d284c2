# SPDX-License-Identifier: Apache-2.0
"""Containers that may do little: read-only root, another user, no capabilities, no new privileges, and denial on top."""

import unittest

import ground
from ground import INIT, Test, counters

RIGHTS = ["--read-only", "--user", "65534:65534", "--no-capabilities", "--no-new-privileges"]
SCRIPT = f"""/t/caller_static hex 2; /t/awkward ways; head -c 16 /dev/urandom | wc -c
for p in 1 $(pids kif-init-drbg); do cat /proc/$p/environ /proc/$p/maps >/dev/null 2>&1 && echo "$p can be read"; done
{INIT} --status
"""


class Restricted(Test):
    def test_catch_all(self):
        result = self.shell(SCRIPT, how=[*RIGHTS, "--deny=unanswered"])
        lines = result.stdout.splitlines()
        self.assertEqual(lines[2:-1], ["ways ok, catch-all refused 0", "16"])
        said = counters(result.stdout)[0]
        self.assertEqual((said["catch_all_refused"], said["socket_refused"], said["streams"]), (0, 0, 1))
        self.assertIn("random bytes from broker and catch-all", result.stderr)

    def test_files_that_may_be_run_and_not_read(self):
        """Their processes are not dumpable: kif-init may not write into them. A dynamic program knows another way."""
        script = f"/t/caller_static hex 1 | wc -l; /t/unread small 100; {INIT} --status; /t/unread_static hex 1"
        result = self.shell(script, how=[*RIGHTS, "--deny=unanswered"], expect=1)
        lines = result.stdout.splitlines()
        self.assertEqual([*lines[:2], lines[3]], ["1", "small ok 100", "getrandom: EPERM"])
        # It has no filter of its own, so that the socket is safe, and draws ahead.
        self.assertGreaterEqual(counters(result.stdout)[0]["socket_bytes"], 2048)

    def test_broker_alone(self):
        result = self.shell("/t/awkward ways; head -c 16 /dev/urandom | wc -c", how=[*RIGHTS, "--deny"])
        self.assertEqual(result.stdout, "ways ok, broker refused 0\n16\n")
        self.assertIn("random bytes from broker, no catch-all (getrandom is refused from outside)", result.stderr)

    def test_nothing_of_kif_running(self):
        result = self.shell("/t/awkward ways; head -c 16 /dev/urandom | wc -c; " + INIT + " --status; true", how=[*RIGHTS, "--deny"], image="bare")
        self.assertEqual(result.stdout, "ways ok, own refused 0\n16\n")
        self.assertIn("cannot ask the broker: none runs in this container", result.stderr)


if __name__ == "__main__":
    ground.main()
