# SPDX-License-Identifier: Apache-2.0
"""kif run: the container's streams, exit code, user and environment are its own, and nothing of it stays."""

import json
import os
import pathlib
import signal
import subprocess

import ground
import layouts
from ground import Test, edited, exercise_image, kif, leftovers, processes_with, real, wait_until, workspaces


class Run(Test):
    def test_streams_and_exit_code(self):
        result = kif("run", real("trixie"), "--", "sh", "-c", "cat; echo err >&2; exit 42", input="in")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (42, "in", "err\n"))

    def test_environment_user_and_folder_of_the_image(self):
        def change(document):
            document["config"].update({"Env": ["A=1", "B=2"], "User": "www-data", "WorkingDir": "/var", "Entrypoint": ["sh", "-c"], "Cmd": ["id; pwd"]})

        image = edited(real("trixie"), ground.work / "edited", change)
        self.assertEqual(self.run_image(image).stdout, "uid=33(www-data) gid=33(www-data) groups=33(www-data)\n/var\n")
        result = self.run_image(image, "--user", "daemon", "--env", "B=3", "--env", "C=4", "--", "id -un; echo $A $B $C $PATH")
        self.assertEqual(result.stdout, "daemon\n1 3 4 /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n")
        self.assertIn("cannot find user nosuch in the image's /etc/passwd", kif("run", "--user", "nosuch", image).stderr)

    def test_the_root_is_writable_unless_said_otherwise(self):
        self.run_image(real("trixie"), "--", "touch", "/here")
        self.assertIn("Read-only file system", self.run_image(real("trixie"), "--read-only", "--", "touch", "/here", expect=1).stderr)

    def test_the_network_is_the_loopback_alone(self):
        result = self.run_image(real("trixie-python"), "--", "python3", "-c",
                                "import socket; s = socket.create_server(('localhost', 0)); socket.create_connection(s.getsockname());"
                                "print([n for _, n in socket.if_nameindex()])")
        self.assertIn("'lo'", result.stdout)
        self.assertNotIn("eth", result.stdout)

    def test_what_cannot_be_started_is_said(self):
        result = kif("run", real("trixie"), "--", "/no/such/program")
        self.assertEqual(result.returncode, 3)
        self.assertIn("kif: error: cannot start the container: ", result.stderr)
        self.assertIn("/no/such/program", result.stderr)
        nothing = edited(exercise_image(), ground.work / "nothing", lambda document: document["config"].clear())
        result = kif("run", nothing)
        self.assertEqual(result.returncode, 1)
        self.assertIn("it names no program to run", result.stderr)

    def test_another_processor_is_no_failure_of_the_image(self):
        other = {"amd64": "arm64", "arm64": "amd64"}[layouts.ARCHITECTURE]
        image = edited(exercise_image(), ground.work / "other", lambda document: document.update({"architecture": other}))
        machine = {"amd64": "x86_64", "arm64": "aarch64"}[other]
        emulated = any(machine in path.name for path in pathlib.Path("/proc/sys/fs/binfmt_misc").glob("*"))
        for arguments in (["run", image, "--platform", f"linux/{other}", "--", "say", "41"], ["verify", "--live", "--platform", f"linux/{other}", image]):
            result = kif(*arguments)
            if not emulated:
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertIn(f"it is for {other}, and this machine is {layouts.ARCHITECTURE}", result.stderr)
                self.assertIn("qemu-user-static", result.stderr)

    def test_a_runtime_that_cannot_run_is_no_failure_of_the_image(self):
        folder = ground.work / "runtime"
        folder.mkdir()
        (folder / "runc").write_text("#!/bin/sh\necho 'runtime: out of threads' >&2\nexit 2\n")
        (folder / "runc").chmod(0o755)
        where = dict(ground.environment(), PATH=f"{folder}:{os.environ['PATH']}")
        result = kif("run", exercise_image(), "--", "say", "41", env=where)
        self.assertEqual(result.returncode, 3)
        self.assertIn("the container runtime ended with exit code 2 before it did", result.stderr)
        result = kif("verify", "--live", "--format", "json", real("trixie"), env=where)
        self.assertEqual(result.returncode, 3, result.stderr)
        measured = [finding for finding in json.loads(result.stdout)["findings"] if finding["kind"] == "measured"]
        self.assertEqual({finding["outcome"] for finding in measured}, {"could-not-check"})

    def test_wrong_command_lines(self):
        image = exercise_image()
        for arguments in (["--deny=maybe"], ["--deny", "--trace"], ["--env", "novalue"], ["--platform", "nonsense"]):
            self.assertEqual(kif("run", image, *arguments).returncode, 2, arguments)
        self.assertEqual(kif("run", "nonsense").returncode, 2)
        self.assertEqual(kif("run", "oci:/no/such/folder:it").returncode, 3)

    def start_sleep(self, mark, mode=()):
        """A container that sleeps for `mark` seconds, a number that nothing else has; and the names of its folders."""
        child = ground.start("run", *mode, real("trixie"), "--", "sleep", mark, start_new_session=True)
        self.assertTrue(wait_until(lambda: any(self.executable(pid) == "/usr/bin/sleep" for pid in processes_with(mark))))
        names = [path.name for path in workspaces()]
        self.assertEqual(len(names), 1)
        return child, names

    @staticmethod
    def executable(pid):
        try:
            return os.readlink(f"/proc/{pid}/exe")
        except OSError:
            return ""

    def test_a_killed_kif_leaves_no_container_behind(self):
        for number, mode in enumerate(([], ["--deny"], ["--trace"])):
            with self.subTest(mode):
                mark = str(31_000_000 + number)
                child, names = self.start_sleep(mark, mode)
                self.assertNotEqual(leftovers(names), [])
                child.kill()
                child.communicate()
                self.assertTrue(wait_until(lambda: not processes_with(mark) and not leftovers(names)), leftovers(names))

    def test_a_signal_is_the_containers_to_answer(self):
        child = ground.start("run", real("trixie"), "--", "sh", "-c", "trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.05; done")
        self.assertEqual(child.stdout.readline(), "ready\n")
        names = [path.name for path in workspaces()]
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.communicate(timeout=60)[0], "bye\n")
        self.assertEqual(child.returncode, 5)
        self.assertEqual(leftovers(names), [])

    def test_a_second_signal_ends_what_does_not_answer(self):
        mark = "32000001"
        child, names = self.start_sleep(mark)  # as process 1 it ignores the signal
        child.send_signal(signal.SIGINT)
        self.assertRaises(subprocess.TimeoutExpired, child.wait, timeout=0.5)
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=60)
        self.assertEqual(child.returncode, 137)
        self.assertEqual(processes_with(mark), [])
        self.assertEqual(leftovers(names), [])

    def test_json_of_a_trace_goes_where_it_is_asked_for(self):
        path = ground.work / "trace.json"
        result = self.run_image(exercise_image(), "--trace", "--format", "json", "--output", path, "--", "forks", "2")
        self.assertEqual(result.stdout, "")
        self.assertEqual(json.loads(path.read_text())["schema"], "kif.run/1")
        # stdout is the container's: without a file there is no place for it.
        result = self.run_image(exercise_image(), "--trace", "--format", "json", "--", "forks", "2", expect=2)
        self.assertEqual(json.loads(result.stdout)["schema"], "kif.error/1")


if __name__ == "__main__":
    ground.main()
