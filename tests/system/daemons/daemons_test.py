#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's programs that lock themselves in (other users, other roots, seccomp filters, name spaces of their own): OpenSSH's server, PHP-FPM with
chroot on another mount, nginx, vsftpd, chrony, bubblewrap and unshare; perl's TLS; and starts that lose the environment. Each serves many
short requests at once. What succeeds in the image as it was has to succeed in the hardened one, with whatever gives it random bytes, and no
bytes may come twice: in one run, or in two.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).parent
# steps.sh: a step that is named so tells that something is the FIPS module's, or refused by it.
OF_FIPS = re.compile(r"-(is-fips|md5)$")
DRAWS = {"ssh-cookie": 100, "ssh-session": 3, "php": 804, "nginx": 101, "bubblewrap": 4, "bubblewrap-cleared": 4, "bubblewrap-at-once": 4, "unshare": 4,
         "unshare-net": 4, "unshare-at-once": 4, "perl": 1}
# For a user without rights: no daemon that has to be root, and no start as another user.
DROPPED = ["--user", "65534:65534", "--no-capabilities", "--no-new-privileges"]

options = None
work = None


def read(path):
    return path.read_text(encoding="utf-8")


def script(dropped):
    return "".join([read(FOLDER.parent / "programs" / "ground.sh"), "cat >/tmp/client.py <<'KIF_END'\n", read(FOLDER / "client.py"), "KIF_END\n",
                    f"DROPPED={'yes' if dropped else ''}\n", read(FOLDER / "steps.sh")])


def run(*command, timeout=300):
    return subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=timeout,
                          check=False)


class Outcome:
    """What the steps in one container said."""

    def __init__(self, image, how=(), dropped=False):
        result = run(options.kif, "run", "--security-opt", "seccomp=unconfined", *how, image, "--", "/bin/sh", "-c", script(dropped), timeout=600)
        lines = result.stdout.splitlines()
        self.steps = {line.split()[-1]: line.startswith("ok ") for line in lines if line.startswith(("ok ", "not ok "))}
        self.draws = [tuple(line.split()[1:3]) for line in lines if line.startswith("draw ")]
        self.text = result.stderr + "\n".join(line for line in lines if not line.startswith(("draw ", "ok ")))

    def failed(self):
        return [name for name, passed in self.steps.items() if not passed]


class Daemons(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        made = run(options.test_image, options.suite + "-daemons", timeout=900)
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        cls.stock = made.stdout.strip()
        cls.hardened = f"oci:{work}/hardened:daemons"
        done = run(options.kif, "harden", cls.stock, "-o", cls.hardened)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.controls = {}
        cls.seen = {}

    def control(self, dropped):
        """The image as it was: every step but those that only FIPS passes."""
        if dropped not in self.controls:
            outcome = Outcome(self.stock, DROPPED if dropped else (), dropped)
            self.assertTrue(outcome.steps.get("end"), outcome.text)
            self.assertEqual([name for name in outcome.failed() if not OF_FIPS.search(name)], [], outcome.text)
            self.assertEqual([name for name in outcome.steps if OF_FIPS.search(name)], [name for name in outcome.failed()], outcome.text)
            self.controls[dropped] = outcome
        return self.controls[dropped]

    def check(self, name, how=(), dropped=False):
        control = self.control(dropped)
        outcome = Outcome(self.hardened, [*(DROPPED if dropped else ()), *how], dropped)
        self.assertEqual(list(outcome.steps), list(control.steps), outcome.text)
        self.assertEqual(outcome.failed(), [], outcome.text)
        counts = {}
        for program, drawn in outcome.draws:
            counts[program] = counts.get(program, 0) + 1
            self.assertNotIn(drawn, self.seen, f"the same bytes came to {program} in {name} and to {self.seen.get(drawn)}")
            self.seen[drawn] = f"{program} in {name}"
        self.assertEqual(counts, DRAWS)

    def test_catch_all(self):
        self.check("catch-all")

    def test_refused_from_outside(self):
        """By the broker alone, as in processes that an engine adds to a container later. Nothing but kif can have given the bytes."""
        self.check("denied", ["--deny"])

    def test_user_without_rights(self):
        self.check("dropped", ["--deny=unanswered"], dropped=True)

    def test_user_without_rights_broker_alone(self):
        self.check("dropped, broker", ["--deny"], dropped=True)

    def test_the_image_as_it_was_fails_under_denial(self):
        outcome = Outcome(self.stock, ["--deny"])
        self.assertIn("end", outcome.steps, outcome.text)
        for name in ("ssh-server", "ssh-fips-login", "php-first", "nginx-first", "bubblewrap", "unshare", "perl-tls13"):
            self.assertFalse(outcome.steps[name], name)


def main():
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("kif", "test-image", "suite"):
        parser.add_argument("--" + name, required=True)
    options, rest = parser.parse_known_args()
    if options.suite != "trixie":  # one suite is enough: who has no rights is no other program
        del Daemons.test_user_without_rights, Daemons.test_user_without_rights_broker_alone
    with tempfile.TemporaryDirectory(prefix="kif-daemons-", dir="/tmp") as folder:
        work = pathlib.Path(folder)
        unittest.main(module="__main__", argv=[sys.argv[0]] + rest, verbosity=2)


if __name__ == "__main__":
    main()
