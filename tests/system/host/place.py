# SPDX-License-Identifier: Apache-2.0
"""Where kif and facts.py run: on this machine, or in a container of Debian with Python under runc or runsc, into which kif, its libraries
and the facts are put beside what the image has."""

import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

FOLDER = pathlib.Path(__file__).parent
# The image has its own glibc, the newer one. Two of them do not go into one process.
OF_GLIBC = re.compile(r"^(ld-linux|libc\.|libm\.|libdl\.|libpthread\.|librt\.|linux-vdso)")
SCRIPT = r"""
import glob, json, os, subprocess, sys, time
start = time.monotonic()
environment = dict(os.environ, LD_LIBRARY_PATH="/kif/libraries")
kif = subprocess.run(["/kif/bin/kif", "host", "--format", "json"], env=environment, capture_output=True, text=True)
elapsed = (time.monotonic() - start) * 1000
facts = subprocess.run([sys.executable, "/kif/facts.py", *glob.glob("/kif/lib/kif/*/libjitterentropy.so.3")], capture_output=True, text=True)
json.dump({"code": kif.returncode, "out": kif.stdout, "err": kif.stderr, "elapsed_ms": elapsed, "facts": facts.stdout, "facts_err": facts.stderr}, sys.stdout)
"""

options = None
work = None


def parse_options():
    global options
    parser = argparse.ArgumentParser()
    for name in ("kif", "test-image"):
        parser.add_argument("--" + name, required=True)
    options, sys.argv[1:] = parser.parse_known_args()
    return options


class Seen:
    """What kif host printed in a place, and the facts of that place."""

    def __init__(self, seen):
        if not seen["facts"]:
            raise AssertionError("no facts: " + seen["facts_err"])
        self.code, self.out, self.err, self.elapsed_ms = seen["code"], seen["out"], seen["err"], seen["elapsed_ms"]
        self.facts = json.loads(seen["facts"])

    def report(self):
        if self.code != 0 or self.err:
            raise AssertionError(f"exit code {self.code}: {self.err}")
        return json.loads(self.out)


def payload():
    """What kif puts into images of this machine's architecture."""
    (folder,) = (pathlib.Path(options.kif).resolve().parents[1] / "lib" / "kif").glob({"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()])
    return folder


def on_this_machine(*arguments):
    start = time.monotonic()
    kif = subprocess.run([options.kif, "host", "--format", "json", *arguments], capture_output=True, text=True, timeout=120, check=False)
    elapsed_ms = (time.monotonic() - start) * 1000
    facts = subprocess.run([sys.executable, FOLDER / "facts.py", payload() / "libjitterentropy.so.3"], capture_output=True, text=True,
                           timeout=120, check=False)
    return Seen({"code": kif.returncode, "out": kif.stdout, "err": kif.stderr, "elapsed_ms": elapsed_ms, "facts": facts.stdout,
                 "facts_err": facts.stderr})


def libraries(program):
    """{name: path} of the libraries that the loader finds for it here."""
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return {name: path for name, path in re.findall(r"^\s*(\S+) => (/\S+)", listed, re.MULTILINE) if not OF_GLIBC.match(name)}


def make_root():
    """The root of the test image with kif in /kif."""
    made = subprocess.run([options.test_image, "trixie-python"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    bundle = work / "image"
    subprocess.run(["umoci", "unpack", "--image", made.removeprefix("oci:"), bundle], check=True, capture_output=True)
    root = bundle / "rootfs"
    for folder in ("bin", f"lib/kif/{payload().name}", "libraries"):
        (root / "kif" / folder).mkdir(parents=True)
    shutil.copy(options.kif, root / "kif/bin/kif")
    shutil.copy(payload() / "libjitterentropy.so.3", root / "kif/lib/kif" / payload().name)
    shutil.copy(FOLDER / "facts.py", root / "kif/facts.py")
    for name, path in libraries(options.kif).items():
        shutil.copy(path, root / "kif/libraries" / name)
    return root


def in_container(root, runtime, *, deny=False, uid=0):
    """runtime: the command up to `run`. deny: getrandom refused with ENOSYS, and the devices unopenable."""
    bundle = pathlib.Path(tempfile.mkdtemp(dir=work))
    mounts = [{"destination": "/proc", "type": "proc", "source": "proc"},
              {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
              {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]}]
    capabilities = ["CAP_SYS_ADMIN"] if uid == 0 and deny is False else []
    config = {
        "ociVersion": "1.0.2",
        "process": {"terminal": False, "user": {"uid": uid, "gid": uid}, "args": ["/usr/bin/python3", "-c", SCRIPT], "cwd": "/",
                    "env": ["PATH=/usr/bin:/bin"], "noNewPrivileges": True,
                    "capabilities": {kind: capabilities for kind in ("bounding", "effective", "permitted")}},
        "root": {"path": str(root), "readonly": True},
        "mounts": mounts,
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount", "network")]},
    }
    if deny:
        config["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW",
                                      "syscalls": [{"names": ["getrandom"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}
        # A socket in the device's place: every open of it gives ENXIO.
        refusing = bundle / "refusing"
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(refusing))
        for device in ("random", "urandom", "hwrng"):
            mounts.append({"destination": f"/dev/{device}", "source": str(refusing), "type": "bind", "options": ["bind"]})
        # Python itself wants random bytes when it starts, but for this.
        config["process"]["env"].append("PYTHONHASHSEED=0")
    (bundle / "config.json").write_text(json.dumps(config))
    name = f"kif-host-test-{os.getpid()}-{time.monotonic_ns()}"
    try:
        ran = subprocess.run([*runtime, "run", "--bundle", bundle, name], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240,
                             check=False)
    finally:
        subprocess.run([*runtime, "delete", "--force", name], capture_output=True, check=False)
    if ran.returncode != 0 or not ran.stdout.startswith("{"):
        raise AssertionError(f"{runtime[0]} gave {ran.returncode}: {ran.stdout}{ran.stderr}")
    return Seen(json.loads(ran.stdout))


def main():
    """Runs the calling module's tests in a working folder of their own; the exit code."""
    global work
    with tempfile.TemporaryDirectory(prefix="kif-host-test-") as folder:
        work = pathlib.Path(folder)
        work.chmod(0o755)  # containers run as other users too
        program = unittest.main(module="__main__", argv=sys.argv, exit=False, verbosity=2)
    return 0 if program.result.wasSuccessful() else 1
