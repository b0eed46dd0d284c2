#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Eight small workers under memory limits, in a real memory cgroup: what starts, what the kernel ends, and what is said of it, beside the same
workers without kif. Whatever dies: never is a container running and said to be healthy while it has no random bytes."""

import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys
import time
import unittest

import container
from container import Container, root
from watched import INIT, Lines

WORKERS, WORKER_KIB = 8, 3072
LIMITS_MIB = (8, 16, 24, 28, 32, 34, 36, 40, 48, 64)
# How long each is looked at: long enough for what dies again and again to have failed. Nothing is judged by it.
LOOK_S = 12
DRAWER = ("/drawer", "workers", str(WORKERS), str(WORKER_KIB))


def inside(pid, *command):
    """In the container's name spaces and not in its cgroup: the look must not take the memory that it looks at."""
    return subprocess.run(["nsenter", "-t", str(pid), "-m", "-p", "-n", *command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)


class Seen:
    """What became of one container."""

    def __init__(self, limit_mib, hardened):
        box = Container(root(module="3.5" if hardened else None), [*([INIT, "--"] if hardened else []), *DRAWER], memory_bytes=limit_mib << 20)
        self.healthy_without_bytes = []
        self.states = []
        self.died = 0
        with box.running() as process:
            out, said = Lines(process.stdout), Lines(process.stderr)
            deadline = time.monotonic() + LOOK_S
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.25)
                if hardened and "up" in out.all:
                    self.look(box, out)
            self.ended = process.poll()
            self.up = "up" in out.all
            self.workers = sum(line.startswith("a worker ended by 9") for line in out.all)
            self.said = [line for line in said.all if line.startswith("kif-init: ")]
            self.stderr = said.all

    def look(self, box, out):
        try:
            pid = box.pid()
        except subprocess.CalledProcessError:
            return  # it has just ended
        before = inside(pid, INIT, "--health").returncode
        draws = [line for line in out.all if not line.startswith(("up", "a worker"))]
        after = inside(pid, INIT, "--health").returncode
        again = [line for line in out.all if not line.startswith(("up", "a worker"))]
        if before == after == 0 and draws and draws == again and draws[-1] != "drawn":
            self.healthy_without_bytes.append(draws)
        status = inside(pid, INIT, "--status")
        if status.stdout:
            said = json.loads(status.stdout)
            self.died = max(self.died, said.get("generator_ends", {}).get("died", 0))
            if said["state"] not in self.states:
                self.states.append(said["state"])

    def describe(self):
        if self.ended is not None:
            return f"ended with {self.ended}" if self.up else f"does not start ({self.ended})"
        return ("runs" if self.up else "does not come up") + (f", {self.workers} workers ended" if self.workers else "")


class Memory(unittest.TestCase):
    def test_small_limits(self):
        for hardened in (False, True):
            root(module="3.5" if hardened else None)  # made once
        rows = []
        for limit in LIMITS_MIB:
            with concurrent.futures.ThreadPoolExecutor() as both:
                plain, hardened = both.map(lambda how, limit=limit: Seen(limit, how), (False, True))
            rows.append((f"{limit} MiB", plain.describe(), hardened.describe(), str(hardened.died), " ".join(hardened.states)))
            print("| " + " | ".join(rows[-1]) + " |", flush=True)
            with self.subTest(limit=limit):
                self.assertEqual(hardened.healthy_without_bytes, [])
        # The controls: the smallest limit is too little for anybody, the largest enough.
        self.assertNotEqual(rows[0][1], "runs")
        self.assertEqual(rows[-1][1:], ("runs", "runs", "0", "ready"))

    def test_the_generator_is_not_the_largest_process(self):
        box = Container(root(), [INIT, "--", *DRAWER])
        with box.running() as process:
            out = Lines(process.stdout)
            out.wait_for("drawn")
            # It draws 4 KiB for all of them and rests meanwhile: the least of several looks.
            sizes = min((self.sizes(box.pid()) for _ in range(20)), key=lambda found: max(found["kif-init-drbg"]))
            print("resident KiB:", sizes, flush=True)
            self.assertEqual(len(sizes["drawer"]), WORKERS + 1)
            self.assertLess(max(sizes["kif-init-drbg"]), max(sizes["drawer"]))

    @staticmethod
    def sizes(init):
        time.sleep(0.1)
        sizes = {}
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            except OSError:
                continue
            if fields.get("PPid") in (str(init), drawer_of(init)) and "VmRSS" in fields:
                sizes.setdefault(fields["Name"], []).append(int(fields["VmRSS"].split()[0]))
        return sizes


def drawer_of(init):
    children = pathlib.Path(f"/proc/{init}/task/{init}/children").read_text().split()
    return next(child for child in children if pathlib.Path(f"/proc/{child}/comm").read_text() == "drawer\n")


if __name__ == "__main__":
    if not pathlib.Path("/sys/fs/cgroup").is_dir() or shutil.which("nsenter") is None:
        print("skipped: no cgroups here, or no nsenter")
        sys.exit(container.SKIP)
    container.main()
