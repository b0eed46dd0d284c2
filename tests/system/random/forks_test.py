# SPDX-License-Identifier: Apache-2.0
"""Forks of a process with 8 busy threads: no child hangs, no two get the same bytes, whichever way the bytes come."""

import os
import unittest

import ground
from ground import INIT, SETTINGS, Test, counters, parts

# Threads that draw all the time, and children that draw once and leave by _exit.
PYTHON = """
import os, sys, threading
def busy():
    while True:
        os.urandom(16)
for _ in range(8):
    threading.Thread(target=busy, daemon=True).start()
sys.setswitchinterval(0.0005)
reading, writing = os.pipe()
drawn = set()
for i in range(int(sys.argv[1])):
    child = os.fork()
    if child == 0:
        os.write(writing, os.urandom(16))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    drawn.add(os.read(reading, 16))
print("python", len(drawn), flush=True)
with open("/dev/urandom", "rb") as device:
    read = device.read(100000)
fd = os.open("/dev/random", os.O_RDONLY | os.O_NONBLOCK)
print("devices", len(read), len(os.read(fd, 100000)), len(set(read)), flush=True)
os._exit(0)
"""

# Each child of a process with a DRBG of its own seeds it anew: some 10 ms of CPU jitter. So does each that calls RAND_bytes,
# three times. The busy threads call getrandom: where they call RAND_bytes too, a child may find a lock of libcrypto held by a
# thread that it does not have, and hangs, with plain OpenSSL just as well.
COUNTS = {"catch-all": 2000, "broker": 2000, "own": 60}
# Each of these seeds three DRBGs while 8 threads keep the processors busy: 2,000 of them, which KIF_RAND_BYTES_FORKS=2000 runs, take minutes.
RAND_BYTES_FORKS = int(os.environ.get("KIF_RAND_BYTES_FORKS", "100"))


class Forks(Test):
    def setting(self, name):
        how = dict(SETTINGS[name])
        how["image"] = how.get("image", "hardened") + "-python"
        count = COUNTS[name]
        seeded = RAND_BYTES_FORKS if name != "own" else min(count, RAND_BYTES_FORKS)
        script = f"""echo == c; /t/caller forks {count} getrandom; {INIT} --status
echo == rand; /t/caller forks {seeded} RAND_bytes
echo == python; python3 -W ignore -c '{PYTHON}' {count}
echo == tsan; TSAN_OPTIONS=exitcode=66 /t/storm {min(count, 300)} || echo "exit code $?"
"""
        result = self.shell(script, timeout=250 + 2 * seeded, **how)
        said = parts(result.stdout)
        with self.subTest("getrandom in C"):
            self.assertEqual(said["c"].splitlines()[0], f"forks ok {count}")
            if name != "own":
                served = counters(said["c"])[0]["catch_all_requests" if name == "catch-all" else "socket_requests"]
                self.assertGreaterEqual(served, count)
        with self.subTest("RAND_bytes"):
            self.assertEqual(said["rand"].strip(), f"forks ok {seeded}")
        with self.subTest("os.urandom in Python"):
            self.assertEqual(said["python"].split("\n")[:2], [f"python {count}", "devices 100000 100000 256"])
        with self.subTest("under ThreadSanitizer"):
            self.assertIn(f"storm ok {min(count, 300)} forks", said["tsan"])
            self.assertIn(f"{name} 1", said["tsan"])
            self.assertNotIn("WARNING: ThreadSanitizer", result.stderr)

    def test_catch_all(self):
        self.setting("catch-all")

    def test_broker(self):
        self.setting("broker")

    def test_a_drbg_of_its_own(self):
        self.setting("own")

    def test_fork_while_the_first_drbg_is_made(self):
        # 8 threads draw for the first time, and the process forks at once: in each round another process.
        how = dict(SETTINGS["own"])
        result = self.shell("for round in $(seq 12); do /t/caller forks 1 getrandom || exit 1; done", timeout=250, **how)
        self.assertEqual(result.stdout.split("\n")[:-1], ["forks ok 1"] * 12)


if __name__ == "__main__":
    ground.main()
