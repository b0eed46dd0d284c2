# SPDX-License-Identifier: Apache-2.0
"""A container gets no more of this machine than its bounds, and calls nothing that engines refuse. Each bound is met here by a program that
takes what it can; the controls are the same programs with room for what they take."""

import ctypes
import json
import os
import pathlib
import re

import ground
from ground import Test, as_nobody, edited, exercise_image, kif, leftovers, lines, workspaces

MEMORY = re.compile(r"memory (\d+) (\w+)")


def has_groups():
    """Control groups that bound memory and processes are there for us."""
    top = pathlib.Path("/sys/fs/cgroup")
    controllers = top / "cgroup.controllers"  # of version 2; version 1 has a folder for each
    if controllers.exists():
        return os.geteuid() == 0 and os.access(top, os.W_OK) and {"memory", "pids"} <= set(controllers.read_text().split())
    return os.geteuid() == 0 and all(os.access(top / name, os.W_OK) for name in ("memory", "pids"))


def without_the_right_to_mount():
    """CAP_SYS_ADMIN leaves the bounding set (prctl(2), PR_CAPBSET_DROP), and so whatever is executed."""
    if ctypes.CDLL(None, use_errno=True).prctl(24, 21, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_CAPBSET_DROP")


class Bounds(Test):
    def tearDown(self):
        self.assertEqual(leftovers([path.name for path in workspaces()]), [])

    def take(self, what, *options, code=0, where=(), **more):
        result = kif("run", *options, exercise_image(), "--", "take", what, *where, **more)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def test_bytes(self):
        for path, options, room, error in (("/file", ["--storage", "8m"], 8, "ENOSPC"), ("/etc/file", ["--storage", "40m"], 40, "ENOSPC"),
                                           ("/dev/shm/file", [], 64, "ENOSPC"), ("/etc/hosts", [], 0, "EROFS"), ("/etc/hosts", ["--read-only"], 0, "EROFS")):
            with self.subTest(path):
                _, count, said = self.take("bytes", *options, where=[path]).stdout.split()
                self.assertEqual(said, error)
                self.assertTrue(max(room - 1, 0) <= int(count) <= room, count)

    def test_files(self):
        _, count, error = self.take("files", where=["/tmp"]).stdout.split()
        self.assertEqual(error, "ENOSPC")
        self.assertTrue(60_000 < int(count) <= 65_536, count)

    def test_no_bound_is_none(self):
        for size, blocks in (("0", "0"), ("8m", str(8 << 8))):  # of 4 KiB; a file system in memory without a size has none
            self.assertEqual(self.run_image(ground.real("trixie"), "--storage", size, "--", "stat", "-f", "-c", "%b", "/").stdout, blocks + "\n")
        for size in ("0", "64m"):
            result = kif("run", "--memory", size, exercise_image(), "--", "say", "41")
            self.assertEqual(result.returncode, 7, result.stderr)
        self.assertEqual(kif("run", "--memory", "99999999999999999999", exercise_image(), "--", "say", "41").returncode, 2)

    def test_processes(self):
        for limit in (40, 200, 300):
            _, count, error = self.take("processes", "--pids-limit", str(limit)).stdout.split()
            self.assertEqual(error, "EAGAIN")
            self.assertTrue(limit - 30 <= int(count) < limit, count)

    def test_memory(self):
        if not has_groups():
            self.skipTest("bounds all processes together only where there are control groups")
        for limit in (200, 600):
            # The kernel ends it: no call fails.
            result = self.take("memory", "--memory", f"{limit}m", code=137)
            taken = [int(count) for count, said in MEMORY.findall(result.stdout) if said == "ok"]
            self.assertTrue(limit - 150 <= taken[-1] <= limit, taken[-1])

    def test_memory_and_what_is_written_are_one(self):
        if not has_groups():
            self.skipTest("bounds all processes together only where there are control groups")
        result = self.take("bytes", "--memory", "100m", "--storage", "1g", where=["/file"], code=137)
        self.assertEqual(result.stdout, "")

    def test_an_ordinary_user(self):
        nobody = as_nobody()
        if nobody is None:
            self.skipTest("every run here is an ordinary user's already")
        self.assertRegex(self.take("bytes", "--storage", "8m", where=["/file"], **nobody).stdout, "^bytes [78] ENOSPC$")
        result = self.take("processes", "--pids-limit", "60", **nobody)
        _, count, error = result.stdout.split()
        self.assertEqual(error, "EAGAIN")
        self.assertLess(int(count), 60)
        self.assertIn("bounded for each process alone, and what processes share not at all: an ordinary user has no control groups", result.stderr)
        self.assertRegex(self.take("memory", "--memory", "200m", **nobody).stdout, r"memory (128|192) ENOMEM\n$")

    def test_verify_bounds_what_it_runs(self):
        """A program that takes all it can is ended by its bound, and so could not be checked: no pass, and no failure of its cryptography."""
        image = edited(exercise_image(), ground.work / "greedy", lambda document: document["config"].update({"Cmd": ["take", "memory"]}))
        result = kif("verify", "--live", "--format", "json", "--memory", "300m", image)
        findings = {finding["id"]: finding for finding in json.loads(result.stdout)["findings"]}
        self.assertEqual(findings["LIVE-WORKLOAD-DENY"]["outcome"], "could-not-check")
        if has_groups():
            self.assertIn("it ended with exit code 137, as where the kernel ends what meets its bound on memory: --memory gives it more",
                          "\n".join(findings["LIVE-WORKLOAD-DENY"]["evidence"]))

    def test_what_engines_refuse_is_refused(self):
        for options in ([], ["--deny"], ["--trace"], ["--user", "1000"]):
            with self.subTest(options):
                result = kif("run", *options, exercise_image(), "--", "calls")
                seen = lines(result.stdout)
                self.assertEqual((seen.pop("clone3"), seen.pop("inet"), seen.pop("fork")), ("ENOSYS", "ok", "ok"))
                self.assertEqual((seen.pop("vsock"), seen.pop("wide-vsock")), ("EAFNOSUPPORT", "EAFNOSUPPORT"))
                self.assertEqual(set(seen.values()), {"EPERM"}, seen)
                self.assertEqual(len(seen), 13)
        seen = lines(kif("run", "--security-opt", "seccomp=unconfined", exercise_image(), "--", "calls").stdout)
        self.assertNotIn("EPERM", (seen["unshare"], seen["clone3"], seen["keyctl"]))
        result = kif("run", "--security-opt", "seccomp=open", exercise_image(), "--", "calls")
        self.assertEqual(result.returncode, 2, result.stderr)

    def test_without_the_rights_to_make_containers_it_says_what_it_takes(self):
        """As in a pod that is not privileged."""
        if os.geteuid() != 0:
            self.skipTest("an ordinary user has the right to a user name space, which is not for a test to take away")
        for arguments in (["run", exercise_image(), "--", "say", "41"], ["verify", "--live", exercise_image()]):
            result = kif(*arguments, preexec_fn=without_the_right_to_mount)
            self.assertEqual(result.returncode, 3, result.stderr)
            self.assertEqual(result.stderr, "kif: error: cannot run containers: root may make no name spaces here: Operation not permitted\n"
                                            "  hint: in a pod it takes a privileged one with hostPID: true, in a container --privileged\n")

    def test_roots_containers_have_a_user_name_space(self):
        if os.geteuid() != 0:
            self.skipTest("an ordinary user's have one anyway")
        image = ground.real("trixie")
        ours = os.readlink("/proc/self/ns/user")
        seen = self.run_image(image, "--", "sh", "-c", "readlink /proc/self/ns/user; cat /proc/self/uid_map; id -u; touch /x; chown 1234:5678 /x; stat -c %u:%g /x").stdout.split()
        self.assertNotEqual(seen[0], ours)
        self.assertEqual(seen[1:], ["0", "0", "4294967295", "0", "1234:5678"])


if __name__ == "__main__":
    ground.main()
