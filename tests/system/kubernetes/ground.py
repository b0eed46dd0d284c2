# SPDX-License-Identifier: Apache-2.0
"""What the tests of this folder share: the manifests as an API server reads them."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

options = None
work = None


def main():
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("kif", "tools", "manifests"):
        parser.add_argument("--" + name, required=True, type=lambda text: pathlib.Path(text).resolve())
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="kif-kubernetes-") as folder:
        work = pathlib.Path(folder)
        work.chmod(0o755)  # containers run as other users too
        unittest.main(module="__main__", argv=[sys.argv[0]] + rest, verbosity=2)


def tool(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{words[0]} failed: {done.stderr}")
    return done.stdout.strip()


def manifests():
    return sorted(options.manifests.glob("*.yaml"))


def read(*paths):
    """What the API server would make of the files: its exit code and a finding for each document."""
    done = subprocess.run([tool(options.tools / "kubernetes-check"), *map(str, paths)], capture_output=True, text=True, check=False)
    if done.stderr:
        raise RuntimeError(done.stderr)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def pod(name):
    """The pod of a manifest."""
    return next(found["pod"] for found in read(options.manifests / name)[1] if "pod" in found)
