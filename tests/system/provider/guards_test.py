#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What kif-refuse refuses: each feature with each module in each libcrypto, refused with kif's sentence where it is named; the module's
own switches refuse the same or do not (the control, and the table of docs/design/0019-guards.md); what must go on working works."""

import re

import ground

# Every switch that a module of 3.6 has; older ones know some of them and do not look at the rest.
SWITCHES = [
    "security-checks", "conditional-errors", "tls1-prf-ems-check", "no-short-mac", "drbg-no-trunc-md", "hmac-key-check",
    "kmac-key-check", "signature-digest-check", "hkdf-digest-check", "tls13-kdf-digest-check", "tls1-prf-digest-check",
    "sshkdf-digest-check", "sskdf-digest-check", "x963kdf-digest-check", "dsa-sign-disabled", "tdes-encrypt-disabled",
    "rsa-pkcs15-pad-disabled", "rsa-pss-saltlen-check", "rsa-sign-x931-pad-disabled", "hkdf-key-check", "kbkdf-key-check",
    "tls13-kdf-key-check", "tls1-prf-key-check", "sshkdf-key-check", "sskdf-key-check", "x963kdf-key-check", "x942kdf-key-check",
    "pbkdf2-lower-bound-check", "ecdh-cofactor-check"]
STRICT = {switch: 1 for switch in SWITCHES}

# Feature: the modules that let some of it through with all their switches set. What the layer's table must name.
NEEDS = {
    "tls12-without-ems": ["3.0.8"],
    "rsa-pkcs1-encryption": ["3.0.8", "3.1.2"],
    "3des-encryption": ["3.0.8", "3.1.2"],
    "dsa-signatures": ["3.0.8", "3.1.2"],
    "rsa-x931-signatures": ["3.0.8", "3.1.2", "3.4.0"],
    "rsa-pss-saltlen": ["3.0.8", "3.1.2"],
    "short-hmac-keys": ["3.0.8", "3.1.2", "3.4.0"],
    "short-mac": ["3.0.8", "3.1.2"],
    "short-kdf-keys": ["3.0.8", "3.1.2"],
    "kdf-digests": ["3.0.8", "3.1.2"],
    "truncated-digest-drbg": ["3.0.8"],
    "small-curves": ["3.0.8", "3.1.2"],
    "ecdh-cofactor": ["3.0.8", "3.1.2"],
}
# Features that no guard is there for, since every module refuses them by a switch.
BY_SWITCH = ["sha1-signatures"]
# Refused by security-checks in every module, also where keys of small curves are made: no control can show them let through.
BY_SECURITY_CHECKS = {"small-curves/P-192 signature", "small-curves/P-192 agreement"}
# A DSA signature with SHA-1 is both. kif's guard of ECDH cannot see the cofactor, and refuses binary curves as a whole; modules from 3.4
# on have a switch that can, and need no such guard.
WITH_COFACTOR = "works/B-283 agreement with cofactor"
ALSO_REFUSED = {"dsa-signatures": {"sha1-signatures/DSA"}, "ecdh-cofactor": {WITH_COFACTOR}}


class Outcome:
    """What the program `refusals` printed: {item: reasons}, empty where it works."""

    def __init__(self, libcrypto, configuration):
        result = ground.run([*libcrypto.command, ground.program(f"refusals-{libcrypto.major}")], configuration)
        if result.returncode != 0:
            raise AssertionError(f"refusals: exit code {result.returncode}: {result.stderr[-500:]}")
        lines = [re.fullmatch(r"(.+?) (?:works|refused: (.*))", line) for line in result.stdout.splitlines()]
        if not all(lines):
            raise AssertionError("cannot read: " + result.stdout)
        self.items = {match[1]: match[2] for match in lines}

    def of(self, feature):
        return {item: reasons for item, reasons in self.items.items() if item.split("/")[0] == feature}

    def broken(self, but=()):
        return [f"{item}: {reasons}" for item, reasons in self.of("works").items() if reasons is not None and item not in but]


def pairs():
    return [(libcrypto, version) for libcrypto in ground.libcryptos() for version in ground.MODULES if libcrypto.can_load(version)]


def guarded(version, refused, switches):
    return ground.config(version, module={**switches, "kif-refuse": ",".join(refused) or "none"})


class GuardsTest(ground.Case):
    def test_without_guards_the_table_of_needs_is_what_modules_do(self):
        table = {feature: {} for feature in [*NEEDS, *BY_SWITCH]}
        for libcrypto, version in pairs():
            with self.subTest(libcrypto=libcrypto.name, module=version):
                outcome = Outcome(libcrypto, guarded(version, [], STRICT))
                self.assertEqual(outcome.broken(), [])
                for feature, row in table.items():
                    let_through = [item for item, reasons in outcome.of(feature).items() if reasons is None]
                    self.assertTrue(outcome.of(feature), feature)
                    self.assertEqual(bool(let_through), version in NEEDS.get(feature, []), f"{feature}: {let_through}")
                    row[version] = "lets through" if let_through else "refuses"
        print("| feature | " + " | ".join(ground.MODULES) + " |")
        for feature, row in table.items():
            print(f"| {feature} | " + " | ".join(row.get(version, "") for version in ground.MODULES) + " |")

    def test_guards_refuse_everything_they_name(self):
        for libcrypto, version in pairs():
            with self.subTest(libcrypto=libcrypto.name, module=version):
                outcome = Outcome(libcrypto, guarded(version, NEEDS, STRICT))
                self.assertEqual(outcome.broken(but=[WITH_COFACTOR]), [])
                for feature in [*NEEDS, *BY_SWITCH]:
                    self.assertEqual([item for item, reasons in outcome.of(feature).items() if reasons is None], [], feature)

    def test_a_guard_alone_refuses_with_its_sentence_and_nothing_else(self):
        # Without switches, so that whatever is refused is the guard's work. In one libcrypto: the guards do not know which it is.
        libcrypto = ground.libcrypto("trixie")
        for version in ground.MODULES:
            lax = {switch: 0 for switch in SWITCHES if switch not in ("security-checks", "conditional-errors")}
            free = Outcome(libcrypto, guarded(version, [], lax))
            for feature in NEEDS:
                with self.subTest(module=version, feature=feature):
                    outcome = Outcome(libcrypto, guarded(version, [feature], lax))
                    self.assertEqual(outcome.broken(but=ALSO_REFUSED.get(feature, ())), [])
                    for item, reasons in outcome.of(feature).items():
                        if free.items[item] is not None:
                            self.assertTrue(item in BY_SECURITY_CHECKS or version not in NEEDS[feature], "the control: " + item)
                            continue
                        self.assertIsNotNone(reasons, item)
                        self.assertRegex(reasons, rf"\(kif: [^)]*\(kif-refuse: {feature}\)\)", item)
                    lost = {item for item, reasons in outcome.items.items() if reasons is not None and free.items[item] is None}
                    self.assertEqual({item for item in lost if item.split("/")[0] != feature} - ALSO_REFUSED.get(feature, set()), set())

    def test_an_unknown_feature_is_refused_with_the_names_that_there_are(self):
        configuration = guarded("3.5", ["tls12-without-emu"], STRICT)
        self.must_fail(ground.run(["openssl", "rand", "8"], configuration), r"kif-refuse.*tls12-without-ems.*tls12-without-emu")

    def test_the_modules_self_test_on_demand_passes_with_every_guard(self):
        for version in ground.MODULES[:4]:
            with self.subTest(module=version):
                result = ground.run([ground.program("libcryptos"), "--threads", "4", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"],
                                    guarded(version, NEEDS, STRICT))
                self.assertIn("ok self-test 0", self.must_work(result).stdout)


if __name__ == "__main__":
    ground.main()
