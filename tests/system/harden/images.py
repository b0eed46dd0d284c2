# SPDX-License-Identifier: Apache-2.0
"""Images to be hardened: real ones from tools/test-image, and small ones made by hand. And what was made of them, looked at without kif."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
import layouts  # noqa: E402
from layouts import Layout  # noqa: E402

INIT = "/usr/lib/kif/kif-init"

options = None
work = None


def main():
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("kif", "deps", "test-image"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--programs", help="what tests/system/provider linked")
    options, rest = parser.parse_known_args()
    # World-readable up to the root: one test is another user.
    with tempfile.TemporaryDirectory(prefix="kif-harden-test-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        work = pathlib.Path(folder)
        unittest.main(module="__main__", argv=[sys.argv[0]] + rest, verbosity=2)


def module(version):
    return f"{options.deps}/modules/{version}/fips.so"


_real = {}


def real(name):
    """The image of tools/test-image, copied to where everybody may read it."""
    if name not in _real:
        made = subprocess.run([options.test_image, name], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise RuntimeError(made.stderr)
        folder, tag = made.stdout.strip().removeprefix("oci:").rsplit(":", 1)
        target = work / f"real-{name}"
        subprocess.run(["cp", "-rL", folder, str(target)], check=True)
        subprocess.run(["chmod", "-R", "a+rX", str(target)], check=True)
        _real[name] = Layout(target, tag)
    return _real[name]


def make(name, files, config=None, layers=None):
    """A layout of one layer with these files (bytes), or of ready layer tars."""
    tars = layers if layers is not None else [layouts.tar_of({path: (content, 0o755) for path, content in files.items()})]
    layout = Layout(work / name)
    return layout.write(layout.put_image(tars, config=layout.config_of(tars, config=config or {"Cmd": ["/bin/sh"]})))


def kif(*arguments, program=None, wrapper=(), **more):
    """Runs kif; environment and the like go to subprocess.run."""
    return subprocess.run([*wrapper, str(program or options.kif), *map(str, arguments)], capture_output=True, text=True,
                          timeout=300, check=False, stdin=subprocess.DEVNULL, **more)


class Test(unittest.TestCase):
    maxDiff = None
    _number = 0

    def new(self, tag="x"):
        """A layout that is not there yet."""
        Test._number += 1
        return Layout(work / f"out-{os.getpid()}-{Test._number}", tag)

    def harden(self, source, target=None, *more, **run):
        """Hardens, expects success, and gives the result's layout and kif's own report."""
        target = target or self.new(source.tag)
        done = kif("harden", source.name, "-o", target.name, "--format", "json", *more, **run)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["target"]["digest"], target.digest)
        self.assertEqual([p for p in target.path.rglob("*") if "part-" in p.name or p.name.startswith(".")], [])
        return target, report

    def assert_refused(self, done, code, error):
        """The exact error on stderr, nothing on stdout."""
        self.assertEqual(done.stderr, error)
        self.assertEqual(done.returncode, code)
        self.assertEqual(done.stdout, "")
