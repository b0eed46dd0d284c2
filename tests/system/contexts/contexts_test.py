#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Library contexts of a program's own, OPENSSL_INIT_NO_LOAD_CONFIG, and providers loaded by name, in one hardened image of a Debian suite.

The controls are in the same container: without the line of /etc/ld.so.preload, and without the section of openssl.cnf.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / "ground"))
import layouts  # noqa: E402  pylint: disable=wrong-import-position

GOOD = "fips yes, SHA256 of fips; {0} refused, by -fips refused, by provider={1} refused"
MD5, MD4 = GOOD.format("MD5", "default"), GOOD.format("MD4", "legacy")
DETOURS = ["configuration", "own-context", "no-load-config", "settings", "settings /etc/ssl/openssl.cnf", "load default", "try-load default",
           "load legacy", "try-load legacy", "fork", "threads"]
STEPS = r"""
detours() { echo "== $*"; shift; /t/detours "$@" 2>&1 || echo "exit code $?"; }
run() { echo "== $1"; shift; "$@" 2>&1; echo "exit code $?"; }
each() {
%s
run "$1 list-default" openssl list -providers -provider default
run "$1 list-legacy" openssl list -providers -provider legacy
for query in -fips provider=default; do run "$1 md5 $query" sh -c "echo | openssl md5 -provider default -propquery '$query'"; done
run "$1 md4" sh -c "echo | openssl md4 -provider legacy -propquery -fips"
run "$1 python" python3 /t/exercise.py
if command -v ruby >/dev/null; then
  run "$1 ruby" ruby -ropenssl -e 'p OpenSSL::Provider.load("legacy").class; p OpenSSL::Provider.load("default").class
    begin; p OpenSSL::Digest.new("MD4"); rescue => e; puts "md4 refused"; end; p OpenSSL::Digest.new("SHA256").hexdigest("x").size'
fi
}
each with
echo "== setuid"; python3 -c 'import os; os.setgid(65534); os.setuid(65534); os.execv("/t/setuid", ["/t/setuid", "own-context"])'
echo "== setuid-says"; KIF_OPENSSL_CALLS=untouched python3 -c 'import os; os.setgid(65534); os.setuid(65534); os.execv("/t/setuid", ["/t/setuid", "own-context"])'
echo "== untouched"; KIF_OPENSSL_CALLS=untouched /t/detours own-context
mv /etc/kif/openssl.cnf /etc/kif/away; echo "== lost"; OPENSSL_CONF=/etc/kif/away /t/detours own-context; mv /etc/kif/away /etc/kif/openssl.cnf
: >/etc/ld.so.preload
each without
sed '/^legacy = /d' /etc/kif/openssl.cnf >/tmp/no-section.cnf
run "no-section python" env OPENSSL_CONF=/tmp/no-section.cnf OPENSSL_MODULES=/tmp python3 /t/exercise.py
"""

options = None
work = None


def run(*command, timeout=600):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=timeout, check=False)


class Contexts(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        made = run(options.test_image, options.suite + "-cryptography", timeout=800)
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        detours = pathlib.Path(options.detours).read_bytes()
        plain = layouts.put_on_top(made.stdout.strip(), pathlib.Path(work) / "plain", {
            "t/detours": (detours, 0o755), "t/setuid": (detours, 0o4755), "t/exercise.py": ((FOLDER / "exercise.py").read_bytes(), 0o644)}, linked=True).name
        cls.hardened = f"oci:{work}/hardened:it"
        done = run(options.kif, "harden", plain, "-o", cls.hardened)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        script = STEPS % "\n".join(f'detours "$1" {detour}' for detour in DETOURS)
        # Under the catch-all a setuid program gains nothing.
        result = run(options.kif, "run", "--env", "KIF_CATCH_ALL=off", cls.hardened, "--", "/bin/sh", "-c", script)
        cls.text = result.stdout + result.stderr
        cls.said = {name: rest.strip() for name, _, rest in (part.partition("\n") for part in ("\n" + result.stdout).split("\n== ")[1:])}

    def lines(self, name):
        self.assertIn(name, self.said, self.text)
        return self.said[name].splitlines()

    def test_a_detour_leads_to_the_module(self):
        for detour in DETOURS:
            with self.subTest(detour):
                way = detour.split()[0]
                wanted = "8 of 8 threads" if way == "threads" else MD4 if detour.endswith("legacy") else MD5
                self.assertEqual(self.lines(f"with {detour}"), [f"{way}: {wanted}"])
        with self.subTest("setuid"):
            self.assertEqual(self.lines("setuid"), [f"own-context: {MD5}"])
        with self.subTest("who calls a setuid program has no say"):
            self.assertEqual(self.lines("setuid-says"), [f"own-context: {MD5}"])

    def test_control_without_the_library(self):
        """The same program in the same image: each detour leads past the module."""
        for detour in ("own-context", "no-load-config", "settings", "fork"):
            with self.subTest(detour):
                self.assertEqual(self.lines(f"without {detour}"),
                                 [f"{detour}: fips no, SHA256 of default; MD5 works, by -fips works, by provider=default works"])
        for detour in ("load default", "try-load default"):
            with self.subTest(detour):
                self.assertIn("MD5 refused, by -fips works", self.said[f"without {detour}"])
        self.assertEqual(self.lines("without threads"), ["threads: 0 of 8 threads"])
        self.assertEqual(self.lines("without configuration"), [f"configuration: {MD5}"])

    def test_the_openssl_command(self):
        for provider in ("default", "legacy"):
            with self.subTest(provider):
                lines = self.lines(f"with list-{provider}")
                self.assertEqual(lines[-1], "exit code 0")
                for name in ("  fips", f"  kif-{provider}", "    name: kif: no algorithms"):
                    self.assertIn(name, lines)
                self.assertNotIn(f"  {provider}", lines)
        for name in ("md5 -fips", "md5 provider=default", "md4"):
            with self.subTest(name):
                self.assertEqual(self.lines(f"with {name}")[-1], "exit code 1")
        self.assertIn("  default", self.lines("without list-default"))
        self.assertEqual(self.lines("without md5 -fips")[-1], "exit code 0")

    def test_legacy_by_the_configuration_alone(self):
        """What libkif-random.so does not reach: the section, and the link in OPENSSL_MODULES."""
        self.assertEqual(self.lines("without load legacy"), [f"load: {MD4}"])
        self.assertIn("    name: kif: no algorithms", self.lines("without list-legacy"))
        self.assertEqual(self.lines("without md4")[-1], "exit code 1")
        self.assertEqual(self.lines("without python")[-1], "exit code 0")
        # The control: without the section no import, but for forky's version, which goes on without legacy.
        lines = self.lines("no-section python")
        self.assertEqual(lines[-1], "exit code 0" if options.suite == "forky" else "exit code 1")
        self.assertEqual("fernet" in lines, options.suite == "forky")

    def test_python_cryptography_and_paramiko(self):
        lines = self.lines("with python")
        self.assertEqual([line for line in lines if not line.startswith("md5 refused")], ["fernet", "x509", "paramiko", "exit code 0"])
        self.assertTrue(any(line.startswith("md5 refused") for line in lines), lines)

    def test_ruby(self):
        if options.suite != "trixie":
            self.assertNotIn("with ruby", self.said)
            return
        self.assertEqual(self.lines("with ruby"), ["OpenSSL::Provider", "OpenSSL::Provider", "md4 refused", "64", "exit code 0"])

    def test_an_image_may_leave_them_alone(self):
        self.assertIn("MD5 works", self.said["untouched"])
        result = run(options.kif, "run", "--env", "KIF_OPENSSL_CALLS=untouched", self.hardened, "--", "/bin/true")
        self.assertIn("OpenSSL calls untouched (not approved, by choice)", result.stderr)
        self.assertEqual(result.returncode, 0)
        misspelt = run(options.kif, "run", "--env", "KIF_OPENSSL_CALLS=off", self.hardened, "--", "/bin/true")
        self.assertEqual(misspelt.returncode, 93, misspelt.stderr)

    def test_without_the_layers_configuration_there_is_no_context(self):
        self.assertRegex(self.said["lost"], r"^own-context: refused: .*does not get the layer's configuration")


def main():
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("kif", "detours", "test-image", "suite"):
        parser.add_argument("--" + name, required=True)
    options, sys.argv[1:] = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="kif-contexts-test-") as work:
        unittest.main(module="__main__", verbosity=2)


if __name__ == "__main__":
    main()
