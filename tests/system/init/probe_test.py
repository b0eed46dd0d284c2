#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kif-probe: passes in the layer's configuration, and says what is wrong in others."""

import json
import os
import unittest

import container
from container import KERNEL_SEEDED_TEXT, LAYER, OWN_PLACE, STOCK, Container, mac, root

STEPS = ["libcrypto", "configuration", "fips-properties", "providers", "drbg-primary", "drbg-public", "drbg-private", "rand-bytes",
         "rand-priv-bytes", "seed-origin", "drawn-bytes", "sha-256", "aes-256-gcm", "p-256", "rsa-2048", "thread", "fork", "getrandom", "random-device", "tls-1.3",
         "tls-1.2", "tls-refuses-x25519", "tls-refuses-chacha20", "refuse-tls12-without-ems", "refuse-rsa-pkcs1-encryption", "refuse-md5", "refuse-hmac-md5", "refuse-rsa-1024", "refuse-x25519",
         "refuse-chacha20-poly1305", "refuse-sha1-signatures", "refuse-3des-encryption", "no-load-config", "own-context", "provider-default", "provider-legacy", "summary"]
STATE = ["secure-execution", "libcrypto", "configuration", "fips-properties", "providers", "drbg-primary", "drbg-public", "drbg-private", "rand-bytes",
         "rand-priv-bytes", "seed-origin", "drawn-bytes", "sha-256", "refuse-md5", "summary"]
# Refused by switches of the module's section and by TLS settings, which the bare configuration below does not have.
BY_SETTINGS = {"tls-1.3", "tls-1.2", "tls-refuses-x25519", "tls-refuses-chacha20", "refuse-tls12-without-ems", "refuse-rsa-pkcs1-encryption",
               "refuse-sha1-signatures", "refuse-3des-encryption"}
# What draws, and so must fail where there is no source at all.
DRAWING = ["rand-bytes", "rand-priv-bytes", "p-256", "rsa-2048", "tls-1.3"]


class Probe(unittest.TestCase):
    def probe(self, used, deny=False, **environment):
        return self.read(Container(used, ["/probe"], deny=deny, environment=used.environment(**environment)).run(), STEPS)

    def read(self, result, steps):
        findings = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([finding["step"] for finding in findings], steps, result.stdout + result.stderr)
        self.assertTrue(all(finding["schema"] == 1 for finding in findings))
        summary = findings[-1]
        self.assertEqual(result.returncode, 0 if summary["outcome"] == "pass" else 1)
        outcomes = [finding["outcome"] for finding in findings[:-1]]
        self.assertEqual([summary["passed"], summary["failed"], summary["could_not_check"]],
                         [outcomes.count("pass"), outcomes.count("fail"), outcomes.count("could-not-check")])
        return {finding["step"]: finding for finding in findings}

    def test_the_layer_under_denial(self):
        for suite, module in (("bookworm", "3.0.8"), ("bookworm", "3.5"), ("trixie", "3.1.2"), ("trixie", "3.4.0"), ("trixie", "3.5"),
                              ("forky", "3.6")):
            with self.subTest(suite=suite, module=module):
                findings = self.probe(root(suite, module), deny=True)
                self.assertEqual([step for step, finding in findings.items() if finding["outcome"] != "pass"], [])

    def test_the_state_where_the_environment_does_not_count(self):
        for suite in ("bookworm", "trixie", "forky"):
            used = root(suite, "3.6" if suite == "forky" else "3.5")
            for setuid in (False, True):
                with self.subTest(suite=suite, setuid=setuid), used.kept("/probe", OWN_PLACE):
                    if setuid:
                        os.chown(used.at("/probe"), 65534, 65534)
                        used.at("/probe").chmod(0o4755)
                    environment = used.environment(OPENSSL_CONF=STOCK) if setuid else {"PATH": "/"}
                    findings = self.read(Container(used, ["/probe", "--state"], deny=True, environment=environment, no_new_privileges=False).run(), STATE)
                    # Only where rights are gained may that step pass: a verdict stands on it.
                    self.assertEqual({step for step, finding in findings.items() if finding["outcome"] != "pass"},
                                     set() if setuid else {"secure-execution", "summary"}, findings)
                    self.assertEqual(findings["configuration"]["evidence"], "/usr/lib/ssl/openssl.cnf")
                    # The control: with what Debian has there.
                    used.write(OWN_PLACE, used.read(STOCK))
                    findings = self.read(Container(used, ["/probe", "--state"], environment=environment, no_new_privileges=False).run(), STATE)
                    for step in ("fips-properties", "providers", "drbg-primary", "seed-origin", "refuse-md5"):
                        self.assertEqual(findings[step]["outcome"], "fail", step)

    def test_no_rights_are_gained_where_the_container_forbids_it(self):
        with root().kept("/probe"):
            os.chown(root().at("/probe"), 65534, 65534)
            root().at("/probe").chmod(0o4755)
            findings = self.read(Container(root(), ["/probe", "--state"], no_new_privileges=True).run(), STATE)
            self.assertEqual((findings["secure-execution"]["outcome"], findings["secure-execution"]["evidence"]),
                             ("could-not-check", "no rights were gained: no_new_privs is set"))

    def test_the_stock_configuration(self):
        for suite in ("bookworm", "trixie"):
            with self.subTest(suite=suite):
                findings = self.probe(root(suite), OPENSSL_CONF=STOCK)
                outcome = {step: finding["outcome"] for step, finding in findings.items()}
                for step in ("fips-properties", "providers", "drbg-primary", "seed-origin", "sha-256", "refuse-md5", "refuse-x25519",
                             "refuse-chacha20-poly1305"):
                    self.assertEqual(outcome[step], "fail", step)
                self.assertEqual(outcome["rand-bytes"], "pass")
                self.assertEqual(findings["seed-origin"]["evidence"], "no kif-seed provider: seeds come from elsewhere")

    def test_the_kernel_seeded_module_without_denial(self):
        """Everything works, and only the origin of the seeds gives it away."""
        with root().kept("/etc/kif/bad.cnf"):
            root().write("/etc/kif/bad.cnf", KERNEL_SEEDED_TEXT.format(mac=mac(root().read(LAYER + "fips.so"))))
            findings = self.probe(root(), OPENSSL_CONF="/etc/kif/bad.cnf")
            self.assertEqual({step for step, finding in findings.items() if finding["outcome"] != "pass"} -
                             BY_SETTINGS, {"seed-origin", "drawn-bytes", "summary"})

    def test_no_source_at_all(self):
        """The negative control of every verdict: kernel-seeded, and the kernel refused."""
        for suite, module in (("trixie", "3.5"), ("bookworm", "3.5")):
            used = root(suite, module)
            with self.subTest(suite=suite), used.kept("/etc/kif/bad.cnf", "/etc/ld.so.preload"):
                used.write("/etc/ld.so.preload", "")  # the interposer would seed the module, of a DRBG of its own
                used.write("/etc/kif/bad.cnf", KERNEL_SEEDED_TEXT.format(mac=mac(used.read(LAYER + "fips.so"))))
                for configuration in ("/etc/kif/bad.cnf", STOCK):
                    findings = self.probe(used, deny=True, OPENSSL_CONF=configuration)
                    for step in DRAWING:
                        self.assertEqual(findings[step]["outcome"], "fail", step)
                        self.assertIn("error retrieving entropy", findings[step]["evidence"], step)
                    self.assertEqual(findings["sha-256"]["outcome"], "pass" if configuration == "/etc/kif/bad.cnf" else "fail")
                    self.assertEqual(findings["refuse-rsa-1024"]["outcome"], "could-not-check")

    def test_a_source_that_fails(self):
        name = LAYER + "libjitterentropy.so.3"
        with root().kept(name):
            root().copy(container.options.faulty, name)
            findings = self.probe(root(), KIF_FAULTY_JITTER="read:-6")
            for step in DRAWING:
                self.assertEqual(findings[step]["outcome"], "fail", step)
                self.assertIn("repetition count", findings[step]["evidence"], step)
            self.assertEqual(findings["sha-256"]["outcome"], "pass")

    def test_no_libcrypto(self):
        used = root()
        library = used.at("/usr/lib/x86_64-linux-gnu/libcrypto.so.3")
        library.rename(str(library) + ".away")
        try:
            result = Container(used, ["/probe"]).run()
        finally:
            library.with_name(library.name + ".away").rename(library)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([line["step"] for line in lines], ["libcrypto", "summary"])
        self.assertEqual((lines[0]["outcome"], result.returncode), ("fail", 1))


if __name__ == "__main__":
    container.main()
