# SPDX-License-Identifier: Apache-2.0
"""What the tests of this folder share: runs of the images that images.py made, and what kif-init says of them."""

import argparse
import json
import pathlib
import subprocess
import sys
import unittest

INIT = "/usr/lib/kif/kif-init"

# Where the bytes come from, and how a container is run so.
SETTINGS = {"catch-all": {}, "broker": {"environment": {"KIF_CATCH_ALL": "off"}}, "own": {"image": "bare"}}

# A shell's way to the processes of a name: pids NAME
SHELL_PIDS = """pids() {
  for p in /proc/[0-9]*; do
    read -r name 2>/dev/null <"$p/comm" || continue
    [ "$name" = "$1" ] && echo "${p#/proc/}"
  done
}
"""

options = None
names = None


def parse_options():
    global options
    parser = argparse.ArgumentParser()
    for name in ("kif", "programs", "images", "test-image"):
        parser.add_argument("--" + name, required=True)
    options, sys.argv[1:] = parser.parse_known_args()
    return options


def main():
    global names
    parse_options()
    names = json.loads((pathlib.Path(options.images) / "names.json").read_text())
    unittest.main(module="__main__", verbosity=2)


def counters(text):
    """What each `kif-init --status` printed, somewhere in the text."""
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"schema":1,"program":"kif-init"')]


def parts(text):
    """{name: text} of a script's output, which says `== name` where a part begins."""
    return {name: rest for name, _, rest in (part.partition("\n") for part in ("\n" + text).split("\n== ")[1:])}


class Test(unittest.TestCase):
    maxDiff = None

    def run_image(self, *command, image="hardened", expect=0, how=(), environment=None, **more):
        """A run of `kif run`; how: its options. Each unpacks the image, so that scripts do much in one."""
        more.setdefault("timeout", 120)
        given = [word for key, value in (environment or {}).items() for word in ("--env", f"{key}={value}")]
        result = subprocess.run([options.kif, "run", names[image], *how, *given, "--", *command], stdin=subprocess.DEVNULL, capture_output=True,
                                text=True, check=False, **more)
        if expect is not None:
            self.assertEqual(result.returncode, expect, result.stdout + result.stderr)
        return result

    def shell(self, script, **more):
        return self.run_image("sh", "-c", SHELL_PIDS + script, **more)
