# SPDX-License-Identifier: Apache-2.0
"""Containers whose random service is made to fail while a test looks on."""

import contextlib
import json
import os
import pathlib
import re
import signal
import threading
import time

import container
from container import LAYER, MANIFEST, Container

INIT = LAYER + "kif-init"
FAULTY = LAYER + "libjitterentropy.so.3"
REAL = LAYER + "libjitterentropy-real.so.3"
PRELOAD = "/etc/ld.so.preload"
# Of no claim about time: what has not come after it will not come.
LIMIT_S = 150


class Lines:
    """What a stream said, line by line, as it comes."""

    def __init__(self, stream):
        self.all = []
        self._changed = threading.Condition()
        self._ended = False
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream):
        for line in stream:
            with self._changed:
                self.all.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_for(self, pattern, after=0):
        """The number of the first line from number `after` on that matches all of `pattern`."""
        deadline = time.monotonic() + LIMIT_S
        with self._changed:
            while True:
                for number in range(after, len(self.all)):
                    if re.fullmatch(pattern, self.all[number]):
                        return number
                if self._ended or time.monotonic() > deadline:
                    raise AssertionError(f"no line {pattern!r} in {self.all}")
                self._changed.wait(1)


class Watched:
    """A running container: its process 1 on the host, its lines, and questions to it."""

    def __init__(self, box, process):
        self.box, self.process = box, process
        self.out, self.said = Lines(process.stdout), Lines(process.stderr)

    def generator(self, but=None):
        """The number, on the host, of the process with the DRBG or with the checks before that; not `but`."""
        init = self.box.pid()
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            for name in os.listdir("/proc"):
                with contextlib.suppress(OSError):
                    status = pathlib.Path("/proc", name, "status").read_text() if name.isdigit() else ""
                    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
                    if fields.get("PPid") == str(init) and fields["Name"] in ("kif-init", "kif-init-drbg") and fields["State"][0] != "Z" and int(name) != but:
                        return int(name)
            time.sleep(0.01)
        raise AssertionError("there is no generator")

    def kill_generator(self, number=signal.SIGKILL):
        process = self.generator()
        os.kill(process, number)
        return process

    def status(self, **how):
        """What --status says, and its exit code."""
        result = self.box.exec(INIT, "--status", **how)
        return json.loads(result.stdout), result.returncode

    def health(self, **how):
        return self.box.exec(INIT, "--health", **how)

    def metrics(self):
        result = self.box.exec(INIT, "--status", "--format", "prometheus")
        return result.stdout, result.returncode


@contextlib.contextmanager
def running(root, *command, **how):
    """The container of `command` behind kif-init, which is at its checks perhaps."""
    box = Container(root, [INIT, "--", *command], **how)
    with box.running() as process:
        yield Watched(box, process)


class Faults:
    """An entropy library that fails when the test says so, and a clock that makes the DRBGs reseed."""

    def __init__(self, root):
        self.root = root
        self.hours = 0

    @contextlib.contextmanager
    def installed(self, frozen=False):
        """`frozen`: the library is the real one, and what fails is its timer."""
        root = self.root
        with root.kept(FAULTY, REAL, MANIFEST, PRELOAD, "/faults", "/clock", "/clock.so"):
            if frozen:
                root.copy(root.at(FAULTY), REAL)
            root.copy(container.frozen_library(container.options.faulty) if frozen else container.options.faulty, FAULTY)
            root.copy(container.options.clock, "/clock.so")
            root.write(PRELOAD, root.text(PRELOAD).rstrip("\n") + "\n/clock.so\n")
            root.write_manifest()
            self.set("none")
            self.at(0)
            yield self

    def environment(self, **more):
        # A clock that passes hours at once is a sign that this machine is a copy as well, at which the source is started anew.
        return self.root.environment(KIF_FAULTY_JITTER="file:/faults", KIF_COPY_WATCH="off", **more)

    def set(self, faults):
        self.replace("/faults", faults)

    def at(self, hours):
        self.hours = hours
        self.replace("/clock", str(hours * 3600))

    def pass_hours(self):
        """The DRBG takes new seed at its next draw."""
        self.at(self.hours + 2)

    def replace(self, name, text):
        """At once, since processes read it meanwhile."""
        new = self.root.at(name + ".new")
        new.write_text(text)
        new.chmod(0o644)
        new.rename(self.root.at(name))
