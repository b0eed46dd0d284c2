#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a hardened image refuses and what works: each item of the program `refusals`, and two real programs, with each module in each
libcrypto, under the openssl.cnf that `kif harden` writes (program `layer_config`): by default and with every feature of --compat.

The table it prints is the one in docs/compatibility.md; KIF_UPDATE_GOLDEN=1 writes it there. Whatever the table says, by default nothing
that a feature names may work, what must go on working works, and stock OpenSSL, the control, does all of it."""

import os
import pathlib
import re
import socket
import subprocess
import time

import ground

SOURCE = pathlib.Path(__file__).resolve().parents[3]
TABLE = SOURCE / "data/approved.yaml"
PAGE = SOURCE / "docs/compatibility.md"
BEGIN, END = "<!-- approved: begin -->\n", "<!-- approved: end -->\n"

SUITES = {"bookworm": "3.0", "trixie": "3.5", "forky": "3.6", "source 4.0.3": "4.0"}
# By default these work though they are named: modules.
LET_THROUGH = {"eddsa": ["3.4.0", "3.5", "3.6"]}  # approved there: FIPS 186-5
# The guard of ecdh-cofactor refuses more than its switch does (docs/design/0019-guards.md).
WITH_COFACTOR, GUARDED_COFACTOR = "works/B-283 agreement with cofactor", ["3.0.8", "3.1.2"]
# What only newer modules have under a newer libcrypto; "newer" and x25519mlkem768 are looked at there alone.
HAS_ML = ["3.5", "3.6"]
MEANING = {("refused", "refused"): "refused", ("refused", "works"): "compat", ("works", "works"): "works"}


def numbers(version):
    return tuple(int(part) for part in version.split("."))


def libcryptos():
    """[(version, libcrypto)]: those of the suites, and OpenSSL 4.0."""
    known = {one.name: one for one in ground.libcryptos()}
    return [(version, known[suite]) for suite, version in SUITES.items()]


def pairs():
    return [(version, libcrypto, module) for version, libcrypto in libcryptos() for module in ground.MODULES if libcrypto.can_load(module)]


def layer_config(module, libssl, features=()):
    """The path of the layer's openssl.cnf with the parts where they are on this machine."""
    made = subprocess.run([ground.program("layer_config"), TABLE, ground.module_file(module), libssl, *features], capture_output=True,
                          text=True, check=True)
    text = made.stdout.replace("module = /usr/lib/kif/kif-fips.so",
                               f"module = {ground.options.provider}\nkif-jitterentropy = {ground.entropy_library()}")
    return ground.write(text.replace("kif-module = /usr/lib/kif/fips.so", f"kif-module = {ground.module_file(module)}"))


def outcomes(libcrypto, configuration, *options):
    """{item: "works" or "refused"} of the program `refusals`."""
    result = ground.run([*libcrypto.command, ground.program(f"refusals-{libcrypto.major}"), *options], configuration)
    if result.returncode != 0:
        raise AssertionError(f"refusals: exit code {result.returncode}: {result.stderr[-500:]}")
    found = {}
    for line in result.stdout.splitlines():
        match = re.fullmatch(r"(.+?) (works|refused: .*)", line)
        if not match:
            raise AssertionError("cannot read: " + line)
        found[match[1]] = match[2].split(":")[0]
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The openssl command of a libcrypto as a TLS server."""

    def __init__(self, libcrypto, configuration, certificate):
        self.port = free_port()
        self.log = open(os.path.join(ground.work, f"server-{self.port}"), "w+b")
        self.process = subprocess.Popen(libcrypto.openssl("s_server", "-accept", f"127.0.0.1:{self.port}", "-cert", certificate,
                                                          "-key", certificate, "-www", "-quiet"),
                                        env={**os.environ, "OPENSSL_CONF": configuration}, stdout=self.log, stderr=self.log)

    def __enter__(self):
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.log.seek(0)
        raise AssertionError("s_server does not serve: " + self.log.read().decode(errors="replace"))

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()


def connects(libcrypto, configuration, port):
    """A TLS 1.2 handshake by the openssl command as a client."""
    result = ground.run(libcrypto.openssl("s_client", "-connect", f"127.0.0.1:{port}", "-tls1_2"), configuration, stdin="Q\n")
    return result.returncode == 0 and "New, TLSv1.2, Cipher is ECDHE-" in result.stdout


def without_ems(configuration):
    """The same configuration for an old peer, which does not offer the extended master secret. Its module must not mind."""
    text = pathlib.Path(configuration).read_text(encoding="utf-8")
    return ground.write(text.replace("[kif_tls]\n", "[kif_tls]\nOptions = -ExtendedMasterSecret\n"))


class ApprovedTest(ground.Case):
    def test_stock_openssl_does_all_of_it(self):
        for version, libcrypto in libcryptos():
            with self.subTest(libcrypto=version):
                found = outcomes(libcrypto, ground.write("openssl_conf = nothing\n[nothing]\n"), "--any-provider")
                # ML-KEM came with 3.5. A stock server takes the layer's hybrids from 4.0 on.
                refused = {item for item, outcome in found.items() if outcome == "refused"}
                expected = {item for item in found if numbers(version) < (3, 5) and item.split("/")[0] in ("newer", "x25519mlkem768")}
                if numbers(version) < (4, 0):
                    expected.add("newer/TLS 1.3 by SecP256r1MLKEM768")
                self.assertEqual(refused, expected)

    def test_the_table(self):
        cells = {}  # item: {module: {libcrypto: meaning}}
        for version, libcrypto, module in pairs():
            with self.subTest(libcrypto=version, module=module):
                strict = outcomes(libcrypto, layer_config(module, version))
                lax = outcomes(libcrypto, layer_config(module, version, ["all"]))
                self.assertEqual(strict.keys(), lax.keys())
                for item, outcome in strict.items():
                    feature = item.split("/")[0]
                    if item == WITH_COFACTOR and module in GUARDED_COFACTOR:
                        self.assertEqual((outcome, lax[item]), ("refused", "works"), item)
                    elif feature == "works":
                        self.assertEqual((outcome, lax[item]), ("works", "works"), item)
                    elif feature == "newer":
                        expected = "works" if module in HAS_ML and numbers(version) >= (3, 5) else "refused"
                        self.assertEqual((outcome, lax[item]), (expected, expected), item)
                    elif feature == "never":
                        self.assertEqual((outcome, lax[item]), ("refused", "refused"), item)
                    else:
                        expected = "works" if module in LET_THROUGH.get(feature, []) else "refused"
                        self.assertEqual(outcome, expected, item)
                    cells.setdefault(item, {}).setdefault(module, {})[version] = MEANING.get((outcome, lax[item]), "refused by --compat")
        for item, meanings in self.programs().items():
            cells[item] = meanings
        text = render(cells)
        print(text)
        page = PAGE.read_text(encoding="utf-8")
        begin, end = page.index(BEGIN) + len(BEGIN), page.index(END)
        if os.environ.get("KIF_UPDATE_GOLDEN"):
            PAGE.write_text(page[:begin] + text + page[end:], encoding="utf-8")
        else:
            self.assertEqual(page[begin:end], text, "docs/compatibility.md has another table; KIF_UPDATE_GOLDEN=1 writes this one")

    def programs(self):
        """The same through the openssl command: TLS 1.2 between two processes, and PKCS#12."""
        cells = {}
        for version, libcrypto, module in pairs():
            with self.subTest(libcrypto=version, module=module, what="programs"):
                strict = layer_config(module, version)
                lax = layer_config(module, version, ["tls12-without-ems"])
                certificate = os.path.join(ground.work, f"certificate-{version}-{module}.pem")
                self.must_work(ground.run(libcrypto.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=kif", "-days", "2",
                                                            "-keyout", certificate, "-out", certificate + ".crt"), strict))
                with open(certificate, "a", encoding="utf-8") as file:
                    file.write(pathlib.Path(certificate + ".crt").read_text(encoding="utf-8"))
                seen = {}
                for name, configuration in (("strict", strict), ("lax", lax)):
                    with Server(libcrypto, configuration, certificate) as server:
                        self.assertTrue(connects(libcrypto, strict, server.port), "TLS 1.2 with EMS")
                        seen[name] = "works" if connects(libcrypto, without_ems(lax), server.port) else "refused"
                cells.setdefault("tls12-without-ems/TLS 1.2 between openssl s_server and s_client", {}).setdefault(module, {})[version] = \
                    MEANING.get((seen["strict"], seen["lax"]), "refused by --compat")
                export = ["pkcs12", "-export", "-in", certificate, "-inkey", certificate, "-passout", "pass:password", "-out",
                          certificate + ".p12"]
                self.must_work(ground.run(libcrypto.openssl(*export, "-nomac"), strict))
                plain = ground.run(libcrypto.openssl(*export), layer_config(module, version, ["all"]))
                cells.setdefault("never/openssl pkcs12 -export, with its default MAC", {}).setdefault(module, {})[version] = \
                    "works" if plain.returncode == 0 else "refused"
                self.assertNotEqual(plain.returncode, 0, "pkcs12 -export")
        return cells

    def test_a_feature_of_compat_brings_back_itself_alone(self):
        version, libcrypto = next(pair for pair in libcryptos() if pair[0] == "3.5")
        strict = outcomes(libcrypto, layer_config("3.5", version))
        for feature in sorted({item.split("/")[0] for item in strict} - {"works", "newer", "never"}):
            with self.subTest(feature=feature):
                lax = outcomes(libcrypto, layer_config("3.5", version, [feature]))
                back = {item.split("/")[0] for item, outcome in lax.items() if outcome != strict[item]}
                # small-curves is refused by the module itself from 3.4 on, and EdDSA approved.
                self.assertEqual(back, set() if feature in ("small-curves", "eddsa") else {feature})


def cell(meanings):
    """One word where all libcryptos agree, else a word for each."""
    if len(set(meanings.values())) == 1:
        return next(iter(meanings.values()))
    by_word = {}
    for version, word in meanings.items():
        by_word.setdefault(word, []).append(version)
    return ", ".join(f"{word} ({', '.join(versions)})" for word, versions in by_word.items())


def render(cells):
    """The table: a row for each feature, or for those of its items that behave alike."""
    rows = {}
    for item, meanings in cells.items():
        feature, _, what = item.partition("/")
        row = tuple(cell(meanings.get(module, {"": ""})) for module in ground.MODULES)
        rows.setdefault((feature, row), []).append(what)
    order = sorted({feature for feature, _ in rows}, key=lambda name: (["works", "newer", "never"].index(name) - 3
                                                                       if name in ("works", "newer", "never") else 0, name))
    lines = ["| | | " + " | ".join("module " + module for module in ground.MODULES) + " |", "|---|---|" + "---|" * len(ground.MODULES)]
    for name in order:
        for (feature, row), items in rows.items():
            if feature == name:
                lines.append(f"| {'`' + name + '`' if name not in ('works', 'newer', 'never') else ''} | {'; '.join(items)} | "
                             + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    ground.main()
