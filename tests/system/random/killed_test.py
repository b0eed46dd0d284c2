# SPDX-License-Identifier: Apache-2.0
"""kif-init, its generator and its guard are killed: requests wait or are refused, and never fall back to the kernel."""

import unittest

import ground
from ground import INIT, Test, counters, parts

WAITING = """wait_for() { for i in $(seq 400); do grep -q "$1" /tmp/out && return; sleep 0.05; done; echo "never: $1"; cat /tmp/out; exit 1; }
new() { for i in $(seq 400); do p=$(pids "$1"); [ -n "$p" ] && [ "$p" != "$2" ] && return; sleep 0.02; done; echo "never: $1"; exit 1; }
"""
# kif-init not as process 1: a shell in front of it, as orchestrators and init systems do.
BEHIND_A_SHELL = WAITING + f"""
start() {{ echo == "$1"; {INIT} -- /t/caller_static until 60 >/tmp/out 2>/tmp/err & init=$!; wait_for up; new kif-init-guard ""; g=$p; }}
ending() {{ wait_for "children refused"; cat /tmp/out; }}
start killed; kill -9 $init; ending
start guard; for i in 1 2 3; do kill -9 $g; new kif-init-guard "$g"; g=$p; done; kill -9 $init; ending
start control; kill -STOP $init; kill -9 $g; kill -9 $init; wait_for refused; cat /tmp/out
"""
REFUSED = "up\nrefused EPERM\nchildren refused too"

GENERATOR = WAITING + f"""
again() {{ p=$(pids kif-init-drbg); kill -9 $p; new kif-init-drbg "$p"; }}
echo == replaced; for i in 1 2; do again; /t/caller_static flood 5 100; done; {INIT} --status
echo == load; /t/caller_static flood 20 1000 & f=$!; again; wait $f
echo == signals; for s in TERM INT HUP USR1; do kill -$s $(pids kif-init-drbg); done; sleep 0.2; /t/caller_static hex 1 >/dev/null; {INIT} --status
exec 3</dev/urandom 4</dev/urandom 5</dev/urandom 6</dev/urandom
echo x >>/usr/lib/kif/fips.so
kill -9 $(pids kif-init-drbg)
for i in $(seq 100); do [ $(/t/caller_static hex 1 | grep -c EPERM) = 1 ] && break; sleep 0.05; done
echo == words; for fd in 3 4 5 6; do timeout 5 head -c 100000 <&$fd; done >/tmp/drawn; grep -a -c -e kif-init -e fips.so /tmp/drawn
echo == given-up; /t/caller_static hex 1
echo; head -c 16 /dev/urandom >/tmp/none || echo "no device"; wc -c </tmp/none; {INIT} --status; echo "exit code $?"
echo == once; {INIT} --status; /t/caller small 1; {INIT} --status || true
"""


class Killed(Test):
    def test_kif_init(self):
        """EPERM stops programs. ENOSYS is what they take for an old kernel, and go on to a device."""
        for how in ([], ["--deny=unanswered"]):
            said = parts(self.shell(BEHIND_A_SHELL, image="bare", how=how).stdout)
            with self.subTest("killed", how=how):
                self.assertEqual(said["killed"].strip(), REFUSED)
            with self.subTest("a guard that was killed is replaced", how=how):
                self.assertEqual(said["guard"].strip(), REFUSED)
            with self.subTest("the control: without a guard it is ENOSYS", how=how):
                self.assertIn("refused ENOSYS", said["control"])

    def test_the_generator(self):
        result = self.shell(GENERATOR)
        said = parts(result.stdout)
        with self.subTest("replaced"):
            self.assertEqual(said["replaced"].count("flood ok 500\n"), 2)
            replaced = counters(said["replaced"])[0]
            self.assertEqual((replaced["generator_starts"], replaced["catch_all_refused"]), (3, 0))
        with self.subTest("under load"):
            self.assertIn("flood ok 20000", said["load"])
        with self.subTest("it takes no signals"):
            self.assertEqual(counters(said["signals"])[0]["generator_starts"], 4)
        with self.subTest("the words of a failed check are nobody's random bytes"):
            # kif-init's own stderr is closed; its number was free to be a client's connection.
            self.assertEqual(said["words"].strip(), "0")
        with self.subTest("given up"):
            lines = said["given-up"].splitlines()
            self.assertEqual([line for line in lines if line][:3], ["getrandom: EPERM", "no device", "0"])
            before, after = counters(said["once"])
            self.assertEqual(after["socket_refused"] - before["socket_refused"], 1, "who was told no asked again")
            self.assertEqual(counters(said["given-up"])[0]["state"], "failed")
            self.assertIn("exit code 3", lines)
            # The fourth that ended within a minute: the docs have the line (system.init.state holds it to them).
            self.assertIn("kif-init: failed: the random generator was ended by signal 9", result.stderr)


if __name__ == "__main__":
    ground.main()
