#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What programs find at process 1: /proc/1/fd/1 with the image as it was and hardened, and KIF_PROCESS_1=application, with which the application
keeps that process and kif-init serves it from beside."""

import errno
import json
import os
import re
import signal
import subprocess
import time
import unittest

import container
from container import LAYER, Container, image_root
from application_test import read_line

INIT = [LAYER + "kif-init", "--"]
BESIDE = {"KIF_PROCESS_1": "application"}
# What container engines give to root; CAP_SYS_PTRACE is not among them.
USUAL = ("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_NET_BIND_SERVICE")
LOG = "(echo logged > /proc/1/fd/1) 2>/dev/null || echo refused"
OWN = f"echo logged > /proc/$({LAYER}kif-init --application)/fd/1"


def environment(**more):
    return image_root().environment(**more)


class Standard(unittest.TestCase):
    """echo > /proc/1/fd/1 in a child of the container's first program."""

    def logged(self, script, hardened, capabilities=USUAL, uid=0, **variables):
        shell = ["sh", "-c", f"sh -c '{script}'"]
        made = Container(image_root(hardened=hardened), INIT + shell if hardened else shell, environment=environment(KIF_STATUS="quiet", **variables), uid=uid,
                         capabilities=capabilities if uid == 0 else (), no_new_privileges=False)
        result = made.run()
        print(f"{'hardened' if hardened else 'as it was'}, uid {uid}, {variables or 'default'}, "
              f"{'CAP_SYS_PTRACE' if 'CAP_SYS_PTRACE' in capabilities else 'usual capabilities'}, {script}: {result.stdout.strip()}")
        return result.stdout.strip()

    def test_the_table(self):
        for uid in (0, 65534):
            with self.subTest(uid=uid):
                self.assertEqual(self.logged(LOG, False, uid=uid), "logged", "the control")
                self.assertEqual(self.logged(LOG, True, uid=uid), "refused")
                self.assertEqual(self.logged(LOG, True, uid=uid, KIF_BROKER="off"), "logged")
                self.assertEqual(self.logged(LOG, True, uid=uid, **BESIDE), "logged")
                for variables in ({}, {"KIF_BROKER": "off"}, BESIDE):
                    self.assertEqual(self.logged(OWN, True, uid=uid, **variables), "logged", variables)
        self.assertEqual(self.logged(LOG, True, capabilities=(*USUAL, "CAP_SYS_PTRACE")), "logged")

    def test_from_an_exec(self):
        """As `docker exec` and a postStart hook do it."""
        for uid in (0, 65534):
            for argv, script in ((["/application", "signals"], "echo logged > /proc/1/fd/1"), (INIT + ["/application", "signals"], OWN)):
                box = Container(image_root(hardened=argv[0] == INIT[0]), argv, environment=environment(KIF_STATUS="quiet"), uid=uid,
                                capabilities=USUAL if uid == 0 else ())
                with self.subTest(uid=uid, script=script), box.running() as process:
                    self.assertEqual(read_line(process), "up\n")
                    done = subprocess.run(["runc", "exec", box.name, "sh", "-c", script], capture_output=True, text=True, timeout=120, check=False)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(read_line(process), "logged\n")
                    box.kill(signal.SIGKILL)

    def test_a_pipe_ends_when_the_application_closes_it(self):
        """Whoever reads the container's stdout sees its end, as without kif-init."""
        script = "trap 'exit 0' TERM; echo up; exec >&- 2>/dev/null; while :; do sleep 0.1; done"
        for argv in (["sh", "-c", script], INIT + ["sh", "-c", script]):
            box = Container(image_root(hardened=argv[0] == INIT[0]), argv, environment=environment(KIF_STATUS="quiet"))
            with self.subTest(argv=argv[0]), box.running() as process:
                self.assertEqual(read_line(process), "up\n")
                # runc itself holds nothing of it once the container runs detached; here it does, so process 1 is looked at.
                pid = box.pid()
                writers = []
                deadline = time.monotonic() + 30
                while time.monotonic() < deadline:
                    writers = [fd for fd in os.listdir(f"/proc/{pid}/fd") if self.can_write(pid, fd, process)]
                    if argv[0] != "sh" or not writers:
                        break
                    time.sleep(0.05)
                self.assertEqual(writers, [])
                box.kill(signal.SIGTERM)

    @staticmethod
    def can_write(pid, fd, process):
        """Whether that descriptor is a writing end of the pipe that the test reads."""
        pipe = os.readlink(f"/proc/self/fd/{process.stdout.fileno()}")
        try:
            if os.readlink(f"/proc/{pid}/fd/{fd}") != pipe:
                return False
        except FileNotFoundError:  # closed meanwhile
            return False
        with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as info:
            flags = int(re.search(r"flags:\s+(\d+)", info.read())[1], 8)
        return not flags & os.O_PATH and flags & os.O_ACCMODE != os.O_RDONLY


class Beside(unittest.TestCase):
    """KIF_PROCESS_1=application."""

    def run_in(self, *words, **how):
        variables = {**BESIDE, **how.pop("variables", {})}
        return Container(image_root(), INIT + list(words), environment=environment(**variables), **how).run()

    def test_the_application_is_process_one(self):
        for uid in (0, 65534):
            for broker in ("on", "off"):
                result = self.run_in("/application", "process", uid=uid, variables={"KIF_BROKER": broker})
                self.assertEqual((result.returncode, result.stdout), (0, f"pid 1 parent 0 uid {uid}\n"), result.stderr)
                self.assertIn("kif-init: ready: ", result.stderr)

    def test_it_is_served_as_elsewhere(self):
        """By broker and catch-all, from kif-init's bytes."""
        for uid in (0, 65534):
            with self.subTest(uid=uid):
                status = f"/probe; {LAYER}kif-init --status >&2"
                result = self.run_in("sh", "-c", status, uid=uid)
                self.assertIn(", random bytes from broker and catch-all, ", result.stderr)
                steps = {step["step"]: step["outcome"] for step in map(json.loads, result.stdout.splitlines())}
                self.assertEqual(steps["getrandom"], "pass")
                counters = json.loads(result.stderr.splitlines()[-1])
                self.assertGreater(counters["catch_all_requests"] + counters["socket_requests"], 0, counters)
                self.assertEqual((counters["catch_all_refused"], counters["generator_starts"]), (0, 1), counters)

    def test_without_kif_init_beside_getrandom_is_refused_and_not_the_kernels(self):
        """It can be killed there, unlike process 1."""
        kill = 'for p in /proc/[0-9]*; do [ "$(cat $p/comm)" != kif-init ] || kill -9 ${p#/proc/}; done; '
        result = self.run_in("sh", "-c", "/application random; " + kill + "/application random")
        self.assertEqual(result.stdout, f"getrandom 16\ngetrandom {-errno.EPERM}\n", result.stderr)

    def test_signals_and_exit_codes_are_the_applications(self):
        for code in (0, 1, 85, 255):
            self.assertEqual(self.run_in("/application", "exit", str(code)).returncode, code)
        box = Container(image_root(), INIT + ["/application", "signals"], environment=environment(**BESIDE))
        with box.running() as process:
            self.assertEqual(read_line(process), "up\n")
            for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGWINCH):
                box.kill(number)
                self.assertEqual(read_line(process), f"got {int(number)} 0\n")
            box.kill(signal.SIGTERM)
            self.assertEqual(read_line(process), f"got {int(signal.SIGTERM)} 0\n")
            self.assertEqual(process.wait(timeout=30), 7)

    def test_a_generator_that_ends_is_replaced(self):
        box = Container(image_root(), INIT + ["/application", "signals"], environment=environment(**BESIDE))
        with box.running() as process:
            self.assertEqual(read_line(process), "up\n")
            pids = subprocess.run(["runc", "ps", "--format", "json", box.name], capture_output=True, text=True, check=True).stdout
            names = {}
            for pid in json.loads(pids):
                with open(f"/proc/{pid}/comm", encoding="utf-8") as comm:
                    names.setdefault(comm.read().strip(), pid)
            self.assertEqual(set(names), {"application", "kif-init", "kif-init-drbg", "kif-init-guard"})
            os.kill(names["kif-init-drbg"], signal.SIGKILL)
            deadline = time.monotonic() + 60
            starts = 0
            while starts < 2 and time.monotonic() < deadline:
                asked = subprocess.run(["runc", "exec", box.name, LAYER + "kif-init", "--status"], capture_output=True, text=True, timeout=60, check=False)
                starts = json.loads(asked.stdout)["generator_starts"] if asked.returncode == 0 else 0
                time.sleep(0.1)
            self.assertEqual(starts, 2)
            box.kill(signal.SIGKILL)

    def test_nobody_reads_kif_inits_memory(self):
        script = ('for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = kif-init ] && { cat $p/maps >/dev/null 2>&1 && echo readable || echo unreadable; }; done')
        for variables in ({}, BESIDE):
            result = Container(image_root(), INIT + ["sh", "-c", script], environment=environment(**variables)).run()
            self.assertEqual(result.stdout, "unreadable\n", result.stderr)


if __name__ == "__main__":
    container.main()
