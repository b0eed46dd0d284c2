# SPDX-License-Identifier: Apache-2.0
"""What the tests of this folder share: the programs under test, a user of their own, and what holds of every cache."""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
import layouts  # noqa: E402, F401
import registries  # noqa: E402, F401

HERE = layouts.ARCHITECTURE

options = None
work = None


def main():
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("tool", "kif", "test-image"):
        parser.add_argument("--" + name, required=True)
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="kif-registry-test-") as folder:
        work = pathlib.Path(folder)
        unittest.main(module="__main__", argv=[sys.argv[0]] + rest, verbosity=2)


def run(*command, **more):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=False, **more)


class RegistryTest(unittest.TestCase):
    """Each test has a home of its own, and leaves no wrong blob in its cache."""

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(dir=work))
        self.environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(self.home / "run"),
                            "TMPDIR": str(work)}
        self.registries = []

    def tearDown(self):
        for registry in self.registries:
            registry.close()
        self.cached()

    def cached(self):
        """Digests in the cache, each of which must be right; nothing else may lie there."""
        folder = self.home / ".cache/kif/blobs/sha256"
        files = list(folder.iterdir()) if folder.exists() else []
        for file in files:
            self.assertEqual(hashlib.sha256(file.read_bytes()).hexdigest(), file.name)
        return {"sha256:" + file.name for file in files}

    def start(self, registry):
        self.registries.append(registry)
        return registry

    def tool(self, *arguments):
        return run(options.tool, *arguments, env=self.environment)

    def read(self, *arguments):
        """What the tool read; it must be able to."""
        done = self.tool(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout) if {"read", "all"} & set(arguments) else done.stdout.split()

    def assert_error(self, arguments, *lines):
        """Exactly these lines: the message, then expected, got, hint."""
        done = self.tool(*arguments)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        got = done.stderr.replace("registry_tool: error: ", "").rstrip("\n").split("\n")
        self.assertEqual([line.strip() for line in got], list(lines))
