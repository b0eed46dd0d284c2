#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is at a path that the user names stays what it is: devices, pipes and links are written to, files are replaced whole. In a mount name
space with a /dev of its own: a kif that does it wrongly must not take this machine's devices away."""

import functools
import hashlib
import os
import stat
import subprocess
import sys
import threading

import ground
from ground import WRITERS, Test, kif

IN_NAME_SPACE = "KIF_TEST_IN_NAME_SPACE"


def enter_name_space():
    if os.geteuid() != 0:
        print("skipped: only root can make a mount name space with devices")
        sys.exit(77)
    if os.environ.get(IN_NAME_SPACE) != "1":
        os.environ[IN_NAME_SPACE] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "dev", "/dev"], check=True)
    for name, major, minor in (("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)):
        os.mknod(f"/dev/{name}", 0o666 | stat.S_IFCHR, os.makedev(major, minor))
        os.chmod(f"/dev/{name}", 0o666)
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(target, f"/dev/{name}")


def is_device(path, minor):
    status = os.lstat(path)
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == os.makedev(1, minor)


def for_each_writer(test):
    @functools.wraps(test)
    def of_all(self):
        for name, command in WRITERS.items():
            with self.subTest(name):
                test(self, command)
    return of_all


class Outputs(Test):
    def good(self, command, path, **more):
        done = kif(*command(path), **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def refused(self, command, path, reason, **more):
        done = kif(*command(path), **more)
        self.assertIn("kif: error: cannot ", done.stderr)
        self.assertIn(reason, done.stderr)
        self.assertEqual(done.returncode, 3, done.stderr)

    @for_each_writer
    def test_a_file_is_replaced_and_keeps_its_mode(self, command):
        path = self.folder() / "file"
        path.write_text("old")
        path.chmod(0o604)
        self.good(command, path)
        self.assertGreater(path.stat().st_size, 10)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o604)
        self.assertEqual([p.name for p in path.parent.iterdir()], ["file"])

    @for_each_writer
    def test_a_device_is_written_to(self, command):
        self.good(command, "/dev/null")
        self.assertTrue(is_device("/dev/null", 3))

    @for_each_writer
    def test_a_device_that_is_full_is_an_error_and_stays(self, command):
        self.refused(command, "/dev/full", "No space left on device")
        self.assertTrue(is_device("/dev/full", 7))

    @for_each_writer
    def test_a_pipe_is_written_to(self, command):
        path = self.folder() / "pipe"
        os.mkfifo(path)
        seen = []
        reader = threading.Thread(target=lambda p=path, s=seen: s.append(p.read_bytes()))
        reader.start()
        self.good(command, path)
        reader.join()
        self.assertTrue(stat.S_ISFIFO(path.lstat().st_mode))
        file = path.parent / "file"
        self.good(command, file)
        if "harden" in command(path):  # which is the same each time
            self.assertEqual(hashlib.sha256(seen[0]).digest(), hashlib.sha256(file.read_bytes()).digest())
        else:
            self.assertEqual(seen[0].split(b"\n")[0].split()[:1], file.read_bytes().split(b"\n")[0].split()[:1])

    @for_each_writer
    def test_a_reader_that_goes_away_is_an_error(self, command):
        if "run" in command(""):  # what it writes fits into the pipe
            return
        reading, writing = os.pipe()
        os.close(reading)
        self.refused(command, f"/dev/fd/{writing}", "Broken pipe", pass_fds=[writing])
        os.close(writing)

    @for_each_writer
    def test_a_link_stays(self, command):
        folder = self.folder()
        (folder / "there").mkdir()
        (folder / "there/file").write_text("old")
        (folder / "link").symlink_to("there/file")
        (folder / "new").symlink_to("there/new")
        (folder / "device").symlink_to("/dev/null")
        for name in ("link", "new", "device"):
            self.good(command, folder / name)
            self.assertTrue((folder / name).is_symlink())
        self.assertEqual(sorted(p.name for p in (folder / "there").iterdir()), ["file", "new"])
        for name in ("file", "new"):
            self.assertGreater((folder / "there" / name).stat().st_size, 10)
        self.assertTrue(is_device("/dev/null", 3))

    @for_each_writer
    def test_standard_output_by_its_name_is_the_descriptor(self, command):
        path = self.folder() / "log"
        path.write_text("before\n")
        with path.open("a", encoding="utf-8") as log:
            self.good(command, "/dev/stdout", stdout=log)
        content = path.read_bytes()
        self.assertTrue(content.startswith(b"before\n"))
        self.assertGreater(len(content), 20)
        self.assertEqual(os.readlink("/dev/stdout"), "fd/1")

    @for_each_writer
    def test_on_a_full_disk_what_was_there_stays(self, command):
        folder = self.folder()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "small", folder], check=True)
        try:
            (folder / "file").write_text("old")  # takes the one page
            self.refused(command, folder / "file", "No space left on device")
            self.assertEqual([(p.name, p.read_text()) for p in folder.iterdir()], [("file", "old")])
        finally:
            subprocess.run(["umount", folder], check=True)

    def test_a_layout_through_a_link(self):
        folder = self.folder()
        (folder / "empty").mkdir()
        for target in ("empty", "later"):
            link = folder / f"to-{target}"
            link.symlink_to(target)
            for _ in range(2):  # into nothing, and into what is there
                done = kif("harden", ground.real(), "-o", f"oci:{link}:it", "--force")
                self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(link.is_symlink())
            self.assertTrue((folder / target / "index.json").is_file())

    def test_a_layout_on_a_full_disk(self):
        folder = self.folder()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "small", folder], check=True)
        try:
            done = kif("harden", ground.real(), "-o", f"oci:{folder}/new:it")
            self.assertIn("No space left on device", done.stderr)
            self.assertEqual(done.returncode, 3)
            self.assertEqual(list(folder.iterdir()), [])
        finally:
            subprocess.run(["umount", folder], check=True)

    def test_standard_output_that_is_full_is_an_error(self):
        for command in (["--version"], ["version"], ["host"], ["harden", ground.real(), "-o", f"oci:{self.folder()}/new:it"]):
            with self.subTest(command[0]), open("/dev/full", "w", encoding="utf-8") as full:
                done = kif(*command, stdout=full)
                self.assertEqual((done.returncode, done.stderr.splitlines()[-1]), (3, "kif: error: cannot write to standard output"))

    def test_a_folder_for_temporary_files_that_cannot_be_used(self):
        closed = self.folder() / "file"
        closed.write_text("")
        hint = "  hint: TMPDIR names this folder; name one that exists and can be written to\n"
        for place, reason in (("/nowhere/t", "No such file or directory"), (str(closed), "Not a directory"), ("/proc/1", "No such file or directory")):
            for command in (["harden", ground.real(), "-o", f"oci:{self.folder()}/new:it"], ["run", ground.small(), "--", "forks", "2"],
                            ["verify", "--live", ground.small()]):
                with self.subTest((command[0], place)):
                    here = self.folder()
                    done = kif(*command, env=dict(os.environ, TMPDIR=place), cwd=here)
                    self.assertEqual(list(here.iterdir()), [])
                    self.assertEqual(done.returncode, 3, done.stderr)
                    if place != "/proc/1":  # where root may try
                        self.assertEqual(done.stderr, f"kif: error: cannot make temporary files in {place}: {reason}\n{hint}")


if __name__ == "__main__":
    enter_name_space()
    ground.main()
