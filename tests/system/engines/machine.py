# SPDX-License-Identifier: Apache-2.0
"""A small Debian with container engines, in name spaces of its own: process, mount, network. What runs in it ends with it, for sure."""

import contextlib
import ctypes
import os
import pathlib
import select
import signal
import subprocess
import time

CGROUPS = pathlib.Path("/sys/fs/cgroup")


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


class Machine:
    """`work` is the machine's /mnt. To be closed; until then daemons go on."""

    def __init__(self, engine_machine, root, work):
        self.work = pathlib.Path(work)
        self.cgroup = f"kif-engines-{os.getpid()}-{self.work.name}"
        self.unshare = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child=KILL",
             engine_machine, "--enter", root, work],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_die_with_parent)
        self.first_pidfd = None
        self.has_ended = False
        try:
            self._look_around()
        except BaseException:
            self.close()
            raise

    def _look_around(self):
        if not select.select([self.unshare.stdout], [], [], 60)[0] or self.unshare.stdout.readline() != "ready\n":
            self.unshare.kill()
            raise RuntimeError("cannot enter the engine machine: " + self.unshare.stderr.read())
        children = pathlib.Path(f"/proc/{self.unshare.pid}/task/{self.unshare.pid}/children").read_text()
        self.first = int(children.split()[0])
        self.first_pidfd = os.pidfd_open(self.first)
        self.storage_driver = self._storage_driver()
        self.are_cgroups_read_only = False
        self.no_cgroups = self._why_no_cgroups()

    def command(self, *words):
        return ["nsenter", "-t", str(self.first), "-m", "-p", "-n", "-i", "-u", *map(str, words)]

    def run(self, *words, timeout=180, given=None):
        return subprocess.run(self.command(*words), input=given, stdin=subprocess.DEVNULL if given is None else None, capture_output=True,
                              text=True, timeout=timeout, check=False)

    def need(self, *words, **more):
        """Output of a command that must succeed."""
        result = self.run(*words, **more)
        if result.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, words[:6]))} … failed: {(result.stderr or result.stdout).strip()[-2000:]}")
        return result.stdout

    def start(self, name, *words, ready):
        """A daemon, and the wait until `ready()`; what it says goes to a file of `work`."""
        log = self.work / (name + ".log")
        with log.open("w") as stream:
            daemon = subprocess.Popen(self.command(*words), stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
        deadline = time.monotonic() + 60
        while not ready():
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} does not start: {log.read_text()[-2000:]}")
            time.sleep(0.1)

    def _storage_driver(self):
        """overlay, where the file system that `work` is on can be under one; else every container gets a copy of its image."""
        for name in ("lower", "upper", "scratch", "merged"):
            (self.work / "try" / name).mkdir(parents=True)
        mounted = self.run("mount", "-t", "overlay", "overlay", "-o",
                           "lowerdir=/mnt/try/lower,upperdir=/mnt/try/upper,workdir=/mnt/try/scratch", "/mnt/try/merged")
        if mounted.returncode == 0:
            self.need("umount", "/mnt/try/merged")
        return "overlay" if mounted.returncode == 0 else "vfs"

    def _why_no_cgroups(self):
        """Why no memory limit can be set here; nothing where it can."""
        v1 = CGROUPS / "memory"
        folder = (v1 if v1.is_dir() else CGROUPS) / self.cgroup
        try:
            folder.mkdir()
            has_limit = any((folder / name).exists() for name in ("memory.limit_in_bytes", "memory.max"))
            folder.rmdir()
        except OSError as error:
            self.are_cgroups_read_only = True
            return f"this machine's cgroups cannot be written: {error.strerror}"
        return "" if has_limit else "this machine's cgroups have no memory controller"

    def close(self):
        """Ends all that runs here. `has_ended` says whether it did: the first process of a name space ends after all others of it."""
        self.unshare.kill()  # and so the first process of the name space, and so all in it
        self.unshare.wait()
        if self.first_pidfd is not None:
            self.has_ended = bool(select.select([self.first_pidfd], [], [], 30)[0])
            os.close(self.first_pidfd)
            self.first_pidfd = None
        for stream in (self.unshare.stdout, self.unshare.stderr):
            stream.close()
        deadline = time.monotonic() + 10
        while (left := self.cgroups_left()) and time.monotonic() < deadline:
            for folder in left:
                with contextlib.suppress(OSError):  # its processes are being reaped
                    folder.rmdir()

    def cgroups_left(self):
        """Innermost first."""
        tops = [top for pattern in (self.cgroup, f"*/{self.cgroup}") for top in CGROUPS.glob(pattern)]
        found = [path for top in tops for path in (top, *top.rglob("*")) if path.is_dir()]
        return sorted(found, key=lambda path: -len(path.parts))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
