# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for /dev/random and /dev/urandom do as the kernel's devices do in the image as it was, line by line, whoever gives the bytes; the
differences that are left are the ones that docs/compatibility.md tells of."""

import pathlib
import unittest

import ground
from ground import SETTINGS, Test, parts

FOLDER = pathlib.Path(__file__).parent
PROGRAM = """for device in urandom random; do
  echo "== $device"; /t/device /dev/$device
  echo "== $device, left by a shell"; /t/device /dev/$device left </dev/$device
done
"""
SCRIPT = "cat >/tmp/python.py <<'END'\n" + (FOLDER / "devices_python.py").read_text() + "END\n" + (FOLDER / "devices.sh").read_text()

# What is a socket answers as one: docs/compatibility.md, "Stand-ins for the devices".
KNOWN = {
    "open nofollow", "open sync",  # F_GETFL tells of fewer flags
    "fopen w", "fopen a", "fdopen w of a read-only one",  # the C library reads and writes past the functions that programs call
    "aio_read", "ftell", "fseek",
    "recv", "send", "getsockname", "getpeername", "getsockopt",
    "isatty",  # errno alone
    "fallocate",
    "stat by /proc/self/fd says", "readlink",
    "poll says", "epoll_ctl", "epoll_wait", "epoll_wait says",
    "splice from a pipe",
}
# Of one that another program opened: how is not known any more.
KNOWN_LEFT = KNOWN | {"FIONREAD", "F_GETFL", "the twin's F_GETFL"}
# Of such a one, whether the next packet is there already.
KNOWN_LEFT_AT_TIMES = {"read without blocking"}
# What lies at the name is what refuses.
KNOWN_DENIED = {"stat says", "fstat of it says"}


def differences(expected, seen):
    """{name: (expected, seen)} of lines "name: result"."""
    pairs = zip(expected.splitlines(), seen.splitlines(), strict=True)
    return {one.split(": ")[0]: (one, other) for one, other in pairs if one != other}


class Devices(Test):
    @classmethod
    def setUpClass(cls):
        cls.expected = {}

    def control(self, script, image):
        """What the kernel's devices do. In an image that is not hardened nothing of kif runs."""
        if script not in self.expected:
            self.expected[script] = self.run_image("sh", "-c", script, image=image).stdout
        return self.expected[script]

    def compare(self, setting, how=()):
        given = dict(SETTINGS[setting])
        image = given.pop("image", "hardened")
        environment = {**given.pop("environment", {}), "IS_TO_SERVE": "1"}
        control = parts(self.control(PROGRAM, "plain"))
        seen = self.run_image("sh", "-c", PROGRAM, image=image, environment=environment, how=how).stdout
        self.assertNotIn("the kernel's", seen, "what was opened is the kernel's device")
        seen = parts(seen)
        self.assertEqual(list(seen), list(control))
        for part, lines in control.items():
            with self.subTest(part):
                self.assertGreater(lines.count("\n"), 80)
                found = differences(lines, seen[part])
                known = KNOWN_LEFT | KNOWN_LEFT_AT_TIMES if "left" in part else KNOWN
                allowed = known | (KNOWN_DENIED if how else set())
                self.assertEqual({name: found[name] for name in found if name not in allowed}, {})

    def test_catch_all(self):
        self.compare("catch-all")

    def test_broker(self):
        self.compare("broker")

    def test_own_drbg(self):
        self.compare("own")

    def test_denied(self):
        """Where the devices and getrandom are refused, nothing can have come from the kernel."""
        self.compare("catch-all", ["--deny"])

    def test_own_drbg_denied(self):
        self.compare("own", ["--deny"])

    def test_known_differences_are_differences(self):
        control, seen = (parts(text) for text in (self.control(PROGRAM, "plain"), self.run_image("sh", "-c", PROGRAM).stdout))
        found = {name for part, lines in control.items() for name in differences(lines, seen[part])}
        self.assertEqual(KNOWN_LEFT - found, set())

    def programs(self, setting, how=()):
        given = dict(SETTINGS[setting])
        image = given.pop("image", "hardened") + "-python"
        seen = self.run_image("sh", "-c", SCRIPT, image=image, how=how, **given).stdout
        control = self.control(SCRIPT, "plain-python")
        self.assertGreater(control.count("\n"), 60)
        self.assertEqual(seen.splitlines(), control.splitlines())

    def test_programs_catch_all(self):
        self.programs("catch-all", ["--deny=unanswered"])

    def test_programs_broker(self):
        self.programs("broker", ["--deny"])

    def test_programs_own_drbg(self):
        self.programs("own", ["--deny"])

    def test_one_packet_lies_ready_without_a_broker(self):
        """The process that feeds it is stopped; what is there then was drawn before anybody asked."""
        script = """import os, signal, socket, time
device = socket.socket(fileno=os.open("/dev/urandom", os.O_RDONLY))
time.sleep(1)
feeders = []
for number in filter(str.isdigit, os.listdir("/proc")):
    try:
        if open(f"/proc/{number}/comm").read() == "kif-random-feed\\n":
            feeders.append(int(number))
    except OSError: # it has ended meanwhile
        pass
for feeder in feeders:
    os.kill(feeder, signal.SIGSTOP)
count = 0
try:
    while len(device.recv(512, socket.MSG_DONTWAIT)) == 512:
        count += 1
except BlockingIOError:
    pass
print(len(feeders), count)
for feeder in feeders:
    os.kill(feeder, signal.SIGKILL)
"""
        result = self.run_image("python3", "-c", script, image="bare-python")
        self.assertEqual(result.stdout, "1 1\n")

    def test_nothing_serves_without_kif(self):
        refused = self.run_image("sh", "-c", SCRIPT, image="plain-python", how=["--deny"], expect=None).stdout
        self.assertIn("head of urandom: head: cannot open '/dev/urandom'", refused)
        self.assertNotIn("100000", refused)


if __name__ == "__main__":
    ground.main()
