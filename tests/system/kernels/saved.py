# SPDX-License-Identifier: Apache-2.0
"""Emulated machines that are saved while they run (savevm) and restored more than once (loadvm), each time in a new emulator."""

import json
import pathlib
import shutil
import socket
import struct
import subprocess
import time

CLUSTER = 65536
TAG = "saved"


def write_disk(path):
    """An empty disk in the format that can hold a machine's state (qcow2, version 2): header, table of reference counts, their block, L1 table."""
    header = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 2, 0, 0, 16, 1 << 20, 0, 1, 3 * CLUSTER, CLUSTER, 1, 0, 0)
    clusters = [header, struct.pack(">Q", 2 * CLUSTER), struct.pack(">4H", 1, 1, 1, 1), b""]
    path.write_bytes(b"".join(cluster.ljust(CLUSTER, b"\0") for cluster in clusters))


class Emulator:
    """A running emulator: its console, and its monitor. `arguments`: as machine.command() makes them."""

    def __init__(self, arguments, folder, disk, more=()):
        folder.mkdir()
        words = [str(word) for word in arguments]
        at = words.index("-serial")
        words[at + 1] = f"unix:{folder}/console,server=on,wait=on"
        at = words.index("-monitor")
        words[at:at + 2] = ["-qmp", f"unix:{folder}/monitor,server=on,wait=off", "-monitor", "none"]
        words += ["-drive", f"if=none,format=qcow2,file={disk},id=disk", *more]
        self._log = (folder / "log").open("w", encoding="utf-8")
        self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT)
        self._console = self._connect(folder / "console")
        self.output = ""
        with self._connect(folder / "monitor") as monitor:
            monitor.settimeout(120)
            self._monitor = monitor.makefile("rw", encoding="utf-8")
        self._monitor.readline()
        self.ask("qmp_capabilities")

    def _connect(self, path):
        for _ in range(600):
            client = socket.socket(socket.AF_UNIX)
            try:
                client.connect(str(path))
                return client
            except OSError:
                client.close()
                if self._process.poll() is not None:
                    break
                time.sleep(0.05)
        raise RuntimeError(f"the emulator does not answer: {pathlib.Path(self._log.name).read_text(encoding='utf-8')}")

    def ask(self, command, **arguments):
        self._monitor.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._monitor.flush()
        while True:
            answer = json.loads(self._monitor.readline())
            if "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def save(self):
        said = self.ask("human-monitor-command", **{"command-line": f"savevm {TAG}"})
        if said.strip():
            raise RuntimeError(f"savevm: {said}")

    def write(self, text):
        self._console.sendall(text.encode())

    def read_until(self, text, limit_s):
        """Whether that text came on the console."""
        end = time.monotonic() + limit_s
        while text not in self.output and (left := end - time.monotonic()) > 0:
            self._console.settimeout(left)
            try:
                got = self._console.recv(65536)
            except TimeoutError:
                break
            if not got:
                break
            self.output += got.decode("utf-8", "replace").replace("\r", "")
        return text in self.output

    def end(self):
        self._monitor.close()
        self._process.kill()
        self._process.wait()
        self._console.close()
        self._log.close()


def save_and_restore(arguments, folder, ready, done, times, boot_limit_s, more=(), later_s=0.0, wait_s=0.0):
    """Boots a machine, saves it when `ready` is on its console, and goes on with it so many times, `later_s` later, and `wait_s` before it is given a line. The consoles'
    texts: before, and of each time. `more`: for each emulator."""
    folder.mkdir()
    write_disk(folder / "disk")
    first = Emulator(arguments, folder / "first", folder / "disk", more)
    try:
        if not first.read_until(ready, boot_limit_s):
            raise RuntimeError(f"the machine did not come to {ready}:\n{first.output}")
        first.save()
    finally:
        first.end()
    time.sleep(later_s)
    texts = []
    for number in range(times):
        disk = folder / f"disk-{number}"
        shutil.copyfile(folder / "disk", disk)
        restored = Emulator(arguments, folder / str(number), disk, [*more, "-loadvm", TAG])
        try:
            time.sleep(wait_s)
            restored.write("go\n")
            if not restored.read_until(done, boot_limit_s):
                raise RuntimeError(f"the restored machine did not come to {done}:\n{restored.output}")
            texts.append(restored.output)
        finally:
            restored.end()
            disk.unlink()
    (folder / "disk").unlink()
    return first.output, texts
