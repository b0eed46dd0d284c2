#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""curl, nginx with TLS, PostgreSQL with TLS and SCRAM, and ssh-keygen in one real image: hardened, under both denials and traced; and, as the
negative control, not hardened under the same denial.

nginx and PostgreSQL change their user: their processes are served by the broker's socket. nginx is also started by Debian's service, which clears the
environment: what it refuses then, it refuses by the file where libcrypto looks by itself.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).parent
STEPS = "".join((FOLDER / name).read_text(encoding="utf-8") for name in ("ground.sh", "steps.sh"))
EXPECTED = ["certificate", "nginx", "curl-tls13", "curl-negotiates", "curl-suite", "curl-x25519", "curl-chacha20", "nginx-tls12", "nginx-tls12-without-ems",
            "service-nginx-settings",
            "service-nginx", "service-nginx-serves", "service-nginx-x25519", "service-nginx-chacha20", "postgresql", "postgresql-tls",
            "postgresql-uuid", "postgresql-scram", "postgresql-password", "postgresql-md5", "ssh-keygen-ecdsa", "ssh-keygen-rsa", "ssh-keygen-signs",
            "ssh-keygen-ed25519-is-its-own", "end"]
# What must not work where the kernel gives nothing and kif is not there.
DRAWING = ["certificate", "nginx", "curl-tls13", "postgresql-tls", "ssh-keygen-ecdsa", "ssh-keygen-rsa"]

options = None
work = None


def run(*command, timeout=300):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=timeout, check=False)


def steps(image, *flags):
    """{step: passed}, and all that was printed."""
    result = run(options.kif, "run", *flags, image, "--", "/bin/sh", "-c", STEPS)
    lines = [line.rsplit("ok ", 1) for line in result.stdout.splitlines() if line.startswith(("ok ", "not ok "))]
    return {name: prefix == "" for prefix, name in lines}, result.stdout + result.stderr


class Programs(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        made = run(options.test_image, "trixie-servers", timeout=800)
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        cls.stock = made.stdout.strip()
        cls.hardened = f"oci:{work}/hardened:servers"
        done = run(options.kif, "harden", cls.stock, "-o", cls.hardened)
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def test_all_work_without_the_kernels_randomness(self):
        for flag in ("--deny", "--deny=eperm"):
            with self.subTest(flag):
                outcome, text = steps(self.hardened, flag)
                self.assertEqual([name for name in EXPECTED if not outcome.get(name)], [], text)

    def test_the_kernel_is_asked_for_nothing(self):
        trace = work / "trace.json"
        outcome, text = steps(self.hardened, "--trace", "--format", "json", "--output", trace)
        self.assertEqual([name for name in EXPECTED if not outcome.get(name)], [], text)
        seen = json.loads(trace.read_text())["trace"]
        self.assertEqual((seen.get("failure", ""), seen["dropped"], seen["unread"]), ("", 0, 0))
        self.assertTrue(seen["events"], "a trace that saw nothing shows nothing")
        uses = sorted({(event["process"], event["act"], event["source"], event.get("bytes"), event.get("flags"))
                       for event in seen["events"] if event["security_use"]}, key=str)
        self.assertEqual(uses, [])

    def test_the_image_as_it_was_fails_under_denial(self):
        outcome, text = steps(self.stock, "--deny")
        self.assertIn("end", outcome, text)
        self.assertEqual([name for name in DRAWING if outcome.get(name)], [], text)

    def test_the_image_as_it_was_works_otherwise(self):
        outcome, text = steps(self.stock)
        # What is refused for FIPS is not refused here.
        self.assertEqual([name for name in EXPECTED if not outcome.get(name)],
                         ["curl-x25519", "curl-chacha20", "nginx-tls12-without-ems", "service-nginx-x25519", "service-nginx-chacha20", "postgresql-md5"], text)


def main():
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("kif", "test-image"):
        parser.add_argument("--" + name, required=True)
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="kif-programs-", dir="/tmp") as folder:
        work = pathlib.Path(folder)
        unittest.main(module="__main__", argv=[sys.argv[0]] + rest, verbosity=2)


if __name__ == "__main__":
    main()
