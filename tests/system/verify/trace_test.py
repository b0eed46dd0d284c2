# SPDX-License-Identifier: Apache-2.0
"""kif run --trace: every use of the kernel's randomness is recorded, with who asked, for how much, and from where."""

import collections
import pathlib
import platform

import ground
from ground import Test, as_nobody, exercise_image, real

GETRANDOM, URANDOM, RANDOM, UUID = "getrandom", "/dev/urandom", "/dev/random", "/proc/sys/kernel/random/uuid"


def uses(trace):
    return [event for event in trace["events"] if event["security_use"]]


class Trace(Test):
    def check_reads(self, trace):
        seen = collections.Counter((e["act"], e["source"], e.get("bytes", 0)) for e in trace["events"] if e.get("bytes") != 8)
        expected = {("open", URANDOM, 0): 4, ("open", RANDOM, 0): 1, ("open", UUID, 0): 1, ("read", URANDOM, 42): 2, ("read", RANDOM, 105): 1,
                    ("read", UUID, 107): 1}
        expected.update({("read", URANDOM, n): 1 for n in (101, 102, 103, 104, 106, 108)})
        if platform.machine() == "x86_64":
            expected[("call", GETRANDOM, 109)] = 1
        self.assertEqual(dict(seen), expected)
        pids = {e["pid"] for e in trace["events"] if e.get("bytes") != 108}
        child = {e["pid"] for e in trace["events"] if e.get("bytes") == 108}
        self.assertEqual((len(pids), len(child)), (1, 1))
        self.assertNotEqual(pids, child)

    def test_every_road_to_the_devices_is_seen(self):
        self.check_reads(self.trace(exercise_image(), "reads"))

    def test_rootless(self):
        nobody = as_nobody()
        if nobody is None:
            self.skipTest("every run here is rootless already")
        self.check_reads(self.trace(exercise_image(), "reads", **nobody))

    def test_read_only_and_as_another_user(self):
        trace = self.trace(exercise_image(), "forks", "1", options=["--read-only", "--user", "1000:1000", "--no-capabilities"])
        self.assertEqual([e["bytes"] for e in trace["events"] if e["bytes"] != 8], [2000])

    def test_nothing_is_missed_with_many_threads(self):
        trace = self.trace(exercise_image(), "threads", "8", "1000")
        seen = collections.Counter(e["bytes"] for e in trace["events"] if e["bytes"] != 8)
        self.assertEqual(dict(seen), {1000 + thread: 1000 for thread in range(8)})
        self.assertEqual(len({e["tid"] for e in trace["events"] if e["bytes"] >= 1000}), 8)
        self.assertEqual(len({e["pid"] for e in trace["events"]}), 1)

    def test_nothing_is_missed_with_many_processes(self):
        trace = self.trace(exercise_image(), "forks", "200")
        self.assertEqual(len({e["pid"] for e in trace["events"] if e["bytes"] == 2000}), 200)

    def test_stock_openssl_of_every_suite(self):
        for suite in ("bookworm", "trixie", "forky"):
            with self.subTest(suite):
                trace = self.trace(real(suite), "openssl", "rand", "-hex", "32")
                self.assertEqual([(e["source"], e["bytes"], e["flags"]) for e in uses(trace)], [(GETRANDOM, 48, "0")])
                files = [frame["file"].rsplit("/", 1)[-1] for frame in uses(trace)[0]["callers"]]
                self.assertEqual(files[0], "libc.so.6")
                self.assertIn("libcrypto.so.3", files)
                self.assertIn("RAND_bytes_ex", [frame.get("symbol") for frame in uses(trace)[0]["callers"]])
                self.assertEqual(uses(trace)[0]["executable"], "/usr/bin/openssl")
                # glibc's malloc, in its three shapes: through getrandom, directly, and before main.
                excused = [e for e in trace["events"] if not e["security_use"]]
                self.assertEqual([(e["bytes"], e["flags"]) for e in excused], [(8, "GRND_NONBLOCK")])
                self.assertIn("malloc", excused[0]["reason"])

    def test_only_the_libc_that_the_process_was_started_with_is_excused(self):
        """A file of its name, loaded by the program, that asks as malloc does."""
        fake = pathlib.Path(ground.options.fake_libc).read_bytes()
        image = ground.with_files(real("trixie-python"), ground.work / "fake-libc", {"opt/fake/libc.so.6": (fake, 0o755)})
        trace = self.trace(image, "python3", "-c", "import ctypes; ctypes.CDLL('/opt/fake/libc.so.6').take()")
        alike = [event for event in trace["events"] if (event.get("bytes"), event.get("flags")) == (8, "GRND_NONBLOCK")]
        self.assertEqual([(event["callers"][0]["file"], event["security_use"]) for event in alike if event["callers"][0]["file"].startswith("/opt/")],
                         [("/opt/fake/libc.so.6", True)])
        self.assertEqual([event["security_use"] for event in alike if not event["callers"][0]["file"].startswith("/opt/")], [False])

    def test_the_vdso_shows_its_seeds_only(self):
        # glibc 2.41 draws through the vDSO, where kernel 6.11 and newer has one: 500 draws are one call, of the key. Before, each is one.
        program = "import os\nfor i in range(500): os.urandom(21)"
        old = [e for e in uses(self.trace(real("bookworm-python"), "python3", "-c", program)) if e.get("bytes") == 21]
        self.assertEqual(len(old), 500)
        trace = uses(self.trace(real("trixie-python"), "python3", "-c", program))
        vdso = [e for e in trace if e["callers"] and e["callers"][0]["file"] == "[vdso]"]
        direct = [e for e in trace if e.get("bytes") == 21]
        release = tuple(int(part) for part in platform.release().split(".")[:2])
        if release < (6, 11) or platform.machine() != "x86_64":
            self.assertEqual((len(vdso), len(direct)), (0, 500))
        else:
            self.assertEqual(direct, [])
            self.assertGreaterEqual(len(vdso), 1)
            self.assertLess(len(vdso), 20)
            self.assertEqual({e["bytes"] for e in vdso}, {32})

    def test_the_table_is_a_message_and_the_programs_output_stays_its_own(self):
        result = self.run_image(real("trixie"), "--trace", "--", "sh", "-c", "openssl rand -hex 4; exit 9", expect=9)
        self.assertRegex(result.stdout, r"^[0-9a-f]{8}\n$")
        self.assertRegex(result.stderr, r"openssl +getrandom +48 +0 +libc.so.6 getentropy < libcrypto.so.3 RAND_bytes_ex < openssl\n")
        self.assertIn("(no security use)", result.stderr)


if __name__ == "__main__":
    ground.main()
