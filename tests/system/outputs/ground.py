# SPDX-License-Identifier: Apache-2.0
"""What the tests of this folder share: kif, two images, and the commands that write to a path of the user's."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
import layouts  # noqa: E402

options = None
work = None
_images = {}


def main():
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("kif", "exercise", "test-image", "moments"):
        parser.add_argument("--" + name, required=True)
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="kif-outputs-test-", dir="/tmp") as folder:
        work = pathlib.Path(folder)
        (work / "t").mkdir()
        unittest.main(module="__main__", argv=[sys.argv[0]] + rest, verbosity=2)


def small():
    """An image of one static program."""
    if "small" not in _images:
        tar = layouts.tar_of({"/exercise": (pathlib.Path(options.exercise), 0o755)})
        layout = layouts.Layout(work / "small", "it")
        config = layout.config_of([tar], architecture=layouts.ARCHITECTURE, config={"Entrypoint": ["/exercise"]})
        _images["small"] = layout.write(layout.put_image([tar], config=config)).name
    return _images["small"]


def real():
    """A Debian image with OpenSSL."""
    if "real" not in _images:
        made = subprocess.run([options.test_image, "trixie"], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise RuntimeError(made.stderr)
        _images["real"] = made.stdout.strip()
    return _images["real"]


def hardened():
    if "hardened" not in _images:
        name = f"oci:{work}/hardened:it"
        subprocess.run([options.kif, "harden", real(), "-o", name], check=True, capture_output=True)
        _images["hardened"] = name
    return _images["hardened"]


# Every command and form that writes to a path of the user's: what is before the path, and what makes the command line of it.
WRITERS = {
    "run --output": lambda path: ["run", "--trace", "--output", str(path), small(), "--", "forks", "2"],
    "harden to oci-archive": lambda path: ["harden", real(), "-o", f"oci-archive:{path}", "--force"],
    "harden to docker-archive": lambda path: ["harden", real(), "-o", f"docker-archive:{path}", "--force"],
}


def environment(**more):
    return dict(os.environ, TMPDIR=str(work / "t"), **more)


def kif(*arguments, **more):
    more.setdefault("env", environment())
    more.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([options.kif, *map(str, arguments)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=300, check=False, **more)


class Test(unittest.TestCase):
    maxDiff = None
    _number = 0

    def folder(self):
        Test._number += 1
        path = work / f"folder-{Test._number}"
        path.mkdir()
        return path

    def tearDown(self):
        self.assertEqual(list((work / "t").iterdir()), [], "temporary files are left")
