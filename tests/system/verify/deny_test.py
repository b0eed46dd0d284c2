# SPDX-License-Identifier: Apache-2.0
"""kif run --deny: nothing in the container gets a byte of the kernel's randomness, and nothing in it can change that."""

import platform
import socket

import ground
from ground import Test, as_nobody, exercise_image, lines, real

X86 = platform.machine() == "x86_64"


def has_alg_sockets():
    try:
        socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET).close()
    except OSError:
        return False
    return True


class Deny(Test):
    def refused(self, error, uuid="ENOENT"):
        expected = {"getrandom": error, "getrandom-nonblock": error, "random": "ENXIO", "urandom": "ENXIO", "urandom-write": "ENXIO",
                    "hwrng": "ENXIO", "uuid": uuid, "af-alg": "EAFNOSUPPORT", "af-alg-wide": "EAFNOSUPPORT", "null": "ok", "zero": "ok"}
        if X86:
            expected |= {"getrandom-int80": error, "af-alg-int80": "EAFNOSUPPORT", "af-alg-socketcall": "EAFNOSUPPORT"}
        return expected

    def test_every_way_is_refused(self):
        image = exercise_image()
        self.assertEqual(lines(self.run_image(image, "--deny", "--", "refusals").stdout), self.refused("ENOSYS"))
        self.assertEqual(lines(self.run_image(image, "--deny=eperm", "--", "refusals").stdout), self.refused("EPERM"))

    def test_without_denial_the_same_program_gets_all_of_it(self):
        seen = lines(self.run_image(exercise_image(), "--", "refusals").stdout)
        for way in ("getrandom", "getrandom-nonblock", "random", "urandom", "uuid"):
            self.assertEqual(seen[way], "ok")
        # A kernel without AF_ALG refuses alike; one that has it gives each the same.
        for way in [way for way in seen if way.startswith("af-alg-")]:
            self.assertEqual(seen[way] == "EAFNOSUPPORT", not has_alg_sockets(), way)

    def test_nobody_inside_can_make_a_device_again(self):
        # Without the profile of engines, which would not let most of it begin.
        seen = lines(self.run_image(exercise_image(), "--deny", "--security-opt", "seccomp=unconfined", "--", "tricks").stdout)
        self.assertNotIn("ok", seen.values(), seen)
        self.assertEqual(seen["getrandom"], "ENOSYS")
        self.assertEqual(seen["urandom"], "ENXIO")
        # Not even root with the usual capabilities, on a root that can be written.
        self.assertEqual((seen["mknod"], seen["unlink"]), ("EPERM", "EROFS"))

    def test_as_any_user_read_only_and_without_capabilities(self):
        for more in (["--user", "65534"], ["--read-only"], ["--no-capabilities", "--no-new-privileges", "--read-only", "--user", "1000:1000"]):
            with self.subTest(more):
                self.assertEqual(lines(self.run_image(exercise_image(), "--deny", *more, "--", "refusals").stdout), self.refused("ENOSYS"))

    def test_rootless(self):
        nobody = as_nobody()
        if nobody is None:
            self.skipTest("every run here is rootless already")
        result = self.run_image(exercise_image(), "--deny", "--", "refusals", **nobody)
        self.assertEqual(lines(result.stdout), self.refused("ENOSYS"))
        tricks = lines(self.run_image(exercise_image(), "--deny", "--security-opt", "seccomp=unconfined", "--", "tricks", **nobody).stdout)
        self.assertNotIn("ok", tricks.values(), tricks)

    def test_stock_programs_fail(self):
        image = real("trixie-python")
        openssl = self.run_image(image, "--deny", "--", "openssl", "rand", "-hex", "8", expect=1)
        self.assertEqual(openssl.stdout, "")
        self.assertIn("entropy", openssl.stderr)
        python = ground.kif("run", image, "--deny", "--", "python3", "-c", "pass")
        self.assertNotEqual(python.returncode, 0)
        self.assertIn("failed to get random numbers", python.stderr)
        shell = self.run_image(image, "--deny", "--", "sh", "-c", "head -c 1 /dev/urandom", expect=1)
        self.assertIn("No such device or address", shell.stderr)


if __name__ == "__main__":
    ground.main()
