#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a CPU limit makes of starts and probes: a table as docs/kubernetes.md has it. It judges what happens and not how long it takes, since
machines differ and are busy."""

import json
import subprocess
import time
import unittest

import container
from application_test import read_line
from container import LAYER, Container, root

LIMITS = (1, 0.5, 0.2, 0.1, 0.05, 0.02)
COLUMNS = ("start, as it was", "start, hardened", "of that, checks", "openssl rand, as it was", "openssl rand, hardened", "kif-init --check",
           "kif-init --status")


def can_limit():
    """Whether runc may make a cgroup with a limit here; or why not."""
    result = Container(root("trixie", None), ["/application", "exit", "0"], environment={}, cpus=0.5).run()
    return result.returncode == 0, result.stderr.strip()


def seconds(limit, argv, made):
    start = time.monotonic()
    done = subprocess.run(["runc", "exec", made.name, *argv], capture_output=True, text=True, timeout=300, check=False)
    return time.monotonic() - start, done


class Limits(unittest.TestCase):
    def measure(self, limit, hardened):
        """Seconds until the application runs, what kif-init said of its checks, and how long each of these takes beside it."""
        used = root() if hardened else root("trixie", None)
        application = ["/application", "signals"]
        argv = [LAYER + "kif-init", "--", *application] if hardened else application
        environment = used.environment(KIF_STATUS="json") if hardened else {"PATH": "/usr/bin:/bin"}
        made = Container(used, argv, environment=environment, cpus=limit)
        times = {}
        start = time.monotonic()
        with made.running() as process:
            self.assertEqual(read_line(process), "up\n")
            times["start"] = time.monotonic() - start
            commands = {"openssl rand": ["openssl", "rand", "-hex", "16"]}
            if hardened:
                times["of that, checks"] = json.loads(process.stderr.readline())["elapsed_ms"] / 1000
                commands |= {"kif-init --check": [LAYER + "kif-init", "--check"], "kif-init --status": [LAYER + "kif-init", "--status"]}
            for name, command in commands.items():
                times[name], done = seconds(limit, command, made)
                self.assertEqual(done.returncode, 0, (name, limit, done.stderr))
        return times

    def test_the_table(self):
        works, why = can_limit()
        if not works:
            self.skipTest("runc cannot limit a container's processor time here: " + why)
        print("| CPU limit | " + " | ".join(COLUMNS) + " |\n|" + "---|" * (len(COLUMNS) + 1))
        for limit in LIMITS:
            before, after = self.measure(limit, False), self.measure(limit, True)
            row = (before["start"], after["start"], after["of that, checks"], before["openssl rand"], after["openssl rand"],
                   after["kif-init --check"], after["kif-init --status"])
            print(f"| {f'{limit * 1000:.0f}m' if limit < 1 else limit} | " + " | ".join(f"{value:.2f} s" for value in row) + " |", flush=True)


class Hook(unittest.TestCase):
    """As a postStart hook, which runs while kif-init makes its checks: it is told so, or waits for their end."""

    def test_while_the_checks_run(self):
        works, why = can_limit()
        if not works:
            self.skipTest("runc cannot limit a container's processor time here: " + why)
        made = Container(root(), [LAYER + "kif-init", "--", "/application", "signals"], environment=root().environment(KIF_STATUS="quiet"), cpus=0.05)
        with made.running() as process:
            deadline = time.monotonic() + 60
            while subprocess.run(["runc", "state", made.name], capture_output=True, check=False).returncode != 0 and time.monotonic() < deadline:
                time.sleep(0.01)
            _, at_once = seconds(0.05, [LAYER + "kif-init", "--status"], made)
            _, waited = seconds(0.05, [LAYER + "kif-init", "--status", "--wait=240"], made)
            print(f"--status: {at_once.returncode} {at_once.stdout or at_once.stderr}".strip()[:160])
            if at_once.returncode == 4:
                self.assertEqual(json.loads(at_once.stdout)["state"], "checking")
            self.assertEqual((waited.returncode, json.loads(waited.stdout)["state"]), (0, "ready"), waited.stderr)
            self.assertEqual(read_line(process), "up\n")

    def test_where_nobody_comes(self):
        """It ends when its time has passed, and at once where no broker is wanted."""
        for environment in ({}, {"KIF_BROKER": "off"}):
            asked = root().chroot(LAYER + "kif-init", "--status", "--wait=1", **environment)
            self.assertEqual(asked.returncode, 1, asked.stdout)
            self.assertIn("none runs in this container", asked.stderr)


if __name__ == "__main__":
    container.main()
