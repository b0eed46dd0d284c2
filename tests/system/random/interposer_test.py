# SPDX-License-Identifier: Apache-2.0
"""libkif-random at awkward moments and its device stand-ins, with each of the three sources that it may find."""

import unittest

import ground
from ground import INIT, SETTINGS, Test, counters, parts

MOMENTS = ["ways", "edges", "constructor", "handler", "namespaces", "six", "vfork"]
DEVICES = ["spellings", "reads", "duplicates", "waits"]
# What a DRBG of a process's own cannot do: it needs files of the image, and its stand-ins are fed by a process.
OF_THE_BROKER = ["closed", "chroot", "user", "writes", "many", "exhausted"]
SCRIPT = """for subject in %s; do echo "== $subject"; /t/awkward $subject; done
echo == malloc; /t/own_malloc
"""
PROGRAMS = f"""echo == programs
dd if=/dev/urandom bs=1M count=4 2>/dev/null | wc -c
dd if=/dev/random of=/tmp/d bs=1M count=1 2>/dev/null; wc -c </tmp/d
head -c 100000 /dev/urandom | wc -c
od -An -N16 -tx1 /dev/random | wc -w
echo == stdin; /t/awkward stdin </dev/urandom
echo == left; {INIT} --status; dd bs=1M count=1 </dev/urandom 2>/dev/null | wc -c; exec 3</dev/urandom; dd bs=4096 count=10 <&3 2>/dev/null | wc -c
{INIT} --status
"""


class Interposer(Test):
    def setting(self, name, subjects, script="", how=()):
        result = self.shell(SCRIPT % " ".join(subjects) + script, expect=None, how=how, **SETTINGS[name])
        said = parts(result.stdout)
        for subject in subjects:
            with self.subTest(subject):
                self.assertRegex(said[subject].strip(), rf"^({subject} ok,.*{'' if subject in ('six', 'vfork') else name}.* refused \d+|skipped: .*)$")
        with self.subTest("malloc"):
            self.assertRegex(said["malloc"], r"^asked \d+ answered [1-9]\d* refused \d+\s*$")
            if name != "own":
                self.assertIn(" refused 0", said["malloc"])
        return said

    def programs(self, said):
        with self.subTest("programs"):
            self.assertEqual(said["programs"].split(), ["4194304", "1048576", "100000", "16"])
        with self.subTest("left to a program by a shell"):
            self.assertRegex(said["stdin"].strip(), r"^stdin ok,.* refused 0$")
            before, after = counters(said["left"])
            self.assertEqual([line for line in said["left"].split() if line.isdigit()], ["1048576", "40960"])
            self.assertEqual(after["streams"] - before["streams"], 2)

    def test_catch_all(self):
        """The devices and the system call refused: nothing but the broker can have served."""
        said = self.setting("catch-all", MOMENTS + DEVICES + OF_THE_BROKER, PROGRAMS, ["--deny=unanswered"])
        self.programs(said)
        # kif-init cannot write into a process that changed its user: the socket serves it.
        self.assertIn(" catch-all broker refused 0", said["user"])

    def test_broker(self):
        self.programs(self.setting("broker", MOMENTS + DEVICES + OF_THE_BROKER + ["odd", "kept"], PROGRAMS))

    def test_a_drbg_of_its_own(self):
        said = self.setting("own", MOMENTS + DEVICES + ["user", "odd"], "echo == none; /t/awkward none\n")
        self.assertEqual(said["none"].strip(), "none ok, own refused 0", "the constructor's request alone")

    def test_setuid_programs_are_left_alone(self):
        # Under the catch-all they gain nothing: a filter needs no_new_privs.
        result = self.run_image("/t/setuid", "secure", environment={"KIF_CATCH_ALL": "off"}, how=["--user", "65534"])
        self.assertRegex(result.stdout, r"^secure ok,( without interposer| refused 0)\n$")


if __name__ == "__main__":
    ground.main()
