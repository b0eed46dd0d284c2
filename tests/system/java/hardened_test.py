# SPDX-License-Identifier: Apache-2.0
"""kif harden on images with a Java runtime: what it finds and adds, that programs need no option, and what fails when something is lost."""

import json
import pathlib
import shutil
import subprocess
import unittest

import ground
from ground import CLASSES, RUNTIMES, bytes_taken, exercise, hardened, kif, layer, lines, opened, real, trace, with_layer
from runtime_test import EXPECTED

OPTIONS = "-XX:VMOptionsFile=/etc/kif/java.options"
PICKED_UP = f"Picked up JAVA_TOOL_OPTIONS: {OPTIONS}\n"


class Runtime:
    version = None

    def run_java(self, *arguments, options=(), expect=0):
        done = kif("run", hardened(self.version)[0], *options, "--", *arguments)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def check_exercise(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        seen = lines(done.stdout)
        self.assertEqual(seen.pop("java"), self.version)
        self.assertIn("No usable protocols", seen.pop("tls-1.1"))
        self.assertGreaterEqual(int(seen.pop("entropy-bytes")), 48)
        self.assertEqual(seen, EXPECTED)
        # kif-init's lines, and one that the JVM prints wherever the variable is set; no other warning.
        init, java, *rest = done.stderr.splitlines(keepends=True)
        self.assertRegex(init, "^kif-init: ready: ")
        self.assertRegex(java, rf"^kif-init: java: ready: BouncyCastle .* approved-only, .*, MD5 refused, .* Java {self.version}\.")
        self.assertEqual("".join(rest), PICKED_UP)

    def test_what_is_found(self):
        _, report = hardened(self.version)
        self.assertEqual(len(report["platforms"][0]["found"]["java"]), 1)
        self.assertTrue(report["platforms"][0]["found"]["java"][0]["version"].startswith(self.version + "."), report["platforms"][0]["found"]["java"])
        self.assertEqual([warning for warning in report["platforms"][0]["warnings"] if "ava" in warning], [])

    def test_nothing_comes_from_the_kernel_and_no_option_is_needed(self):
        # `java -cp` replaces the class path: kif's jars are not on it.
        done, events = trace(hardened(self.version)[0], "java", "-cp", CLASSES, "Exercise", "tls")
        self.check_exercise(done)
        self.assertEqual(bytes_taken([e for e in events if e["process"] != "kif-init"]), [])
        print(f"\nJava {self.version}: opened and not read: {opened(events)}")

    def test_under_denial(self):
        done = self.run_java("java", "-cp", CLASSES, "Exercise", "tls", options=["--deny"])
        self.check_exercise(done)
        print(f"\n{''.join(done.stderr.splitlines(keepends=True)[:2])}")


class Java11(Runtime, unittest.TestCase):
    version = "11"


class Java17(Runtime, unittest.TestCase):
    version = "17"


class Java21(Runtime, unittest.TestCase):
    version = "21"

    def test_the_layer(self):
        files, config = layer(hardened("21")[0])
        self.assertEqual([f for f in files if f.startswith("/usr/lib/kif/java/") and "bc-fips" in f], ["/usr/lib/kif/java/bc-fips-2.1.3.jar"])
        self.assertEqual(files["/etc/kif/java-runtimes"], b"/usr/lib/jvm/java-21-openjdk-amd64\n")
        # Debian's java.security is a link into /etc: the file that it leads to is replaced, the link stays.
        security = files["/etc/java-21-openjdk/security/java.security"].decode()
        providers = [line for line in security.splitlines() if line.startswith("security.provider.")]
        self.assertEqual([line.split("=")[1].split()[0].rsplit(".", 1)[-1] for line in providers],
                         ["BouncyCastleFipsProvider", "BouncyCastleJsseProvider", "KifProvider", "XMLDSig", "JdkLDAP", "SunSASL", "SunNames$Ec", "SunNames$Jce",
                          "SunNames$RsaSign", "SunNames$Jsse"])
        self.assertIn("networkaddress.cache.negative.ttl=10", security)  # the JDK's own lines stay
        for name in files:
            if name != "/usr/share/kif/manifest.sha256":
                self.assertIn(f"  {name}\n", files["/usr/share/kif/manifest.sha256"].decode())
        self.assertIn("JAVA_TOOL_OPTIONS=" + OPTIONS, config["Env"])

    def test_hardening_again_gives_the_same(self):
        source = with_layer(real(RUNTIMES["21"]), exercise())
        digests = set()
        for number in range(2):
            done = kif("harden", source, "-o", f"oci:{ground.work}/same-{number}:it", "--format", "json")
            digests.add(json.loads(done.stdout)["platforms"][0]["layer"]["diff_id"])
        digests.add(hardened("21")[1]["platforms"][0]["layer"]["diff_id"])
        self.assertEqual(len(digests), 1)
        done = kif("harden", hardened("21")[0], "-o", f"oci:{ground.work}/again:it", "--format", "json")
        self.assertEqual(json.loads(done.stdout)["platforms"][0]["outcome"], "already-hardened", done.stderr)

    def test_a_variable_that_an_orchestrator_sets_keeps_the_layers_options(self):
        for value, words in (("", "JAVA_TOOL_OPTIONS was lost: the layer's options were put back"),
                             ("-Xmx64m", 'JAVA_TOOL_OPTIONS was "-Xmx64m": the layer\'s options were put before it'),
                             ("-XX:+UseG1GC -XX:MaxRAMPercentage=50", "JAVA_TOOL_OPTIONS was ")):
            done = kif("run", "--deny", hardened("21")[0], "--env", "JAVA_TOOL_OPTIONS=" + value, "--", "java", "-cp", CLASSES, "Exercise")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(lines(done.stdout)["md5"], EXPECTED["md5"])
            self.assertIn(f"kif-init: java: {words}", done.stderr)
            self.assertIn(f"Picked up JAVA_TOOL_OPTIONS: {(OPTIONS + ' ' + value).strip()}\n", done.stderr)
        # What is put behind them must not undo them: the check is made with both.
        done = kif("run", hardened("21")[0], "--env", "JAVA_TOOL_OPTIONS=-XX:VMOptionsFile=/dev/null", "--", "java", "-cp", CLASSES, "Exercise")
        self.assertEqual((done.returncode, done.stdout), (91, ""), done.stderr)
        self.assertIn("kif-init: error: cannot check ", done.stderr)

    def test_a_lost_variable_is_caught(self):
        # A JVM that is started past kif-init has no cryptography at all, and no random bytes of anybody's.
        done, events = trace(hardened("21")[0], "env", "-u", "JAVA_TOOL_OPTIONS", "java", "-cp", CLASSES, "Exercise")
        seen = lines(done.stdout)
        for name in ("random", "strong", "uuid", "sha-256", "aes-256-gcm", "rsa-2048", "p-256"):
            self.assertRegex(seen[name], "^failed: ", name)
        self.assertEqual(bytes_taken([e for e in events if e["process"] != "kif-init"]), [])

    def test_native_code_is_caught(self):
        files, _ = layer(hardened("21")[0])
        path = "/etc/java-21-openjdk/security/java.security"
        image = with_layer(hardened("21")[0], {path: files[path].replace(b"cpu_variant=java", b"cpu_variant=native")})
        # kif-init meets the changed file first; its own self-check is reached when the command is run past it.
        done = kif("run", image, "--", "java", "-cp", CLASSES, "Exercise")
        self.assertEqual((done.returncode, done.stdout), (82, ""), done.stderr)
        self.assertIn(path, done.stderr)

    def test_runtimes_that_jlink_made(self):
        # What the list of providers names and the runtime lacks (XML signatures, LDAP, SASL) is passed over.
        home = pathlib.Path(shutil.which("jlink")).resolve().parents[1]
        for modules, is_served in (("java.base", False), ("java.base,java.logging", True)):
            folder = ground.work / f"jlink-{modules.count(',')}"
            subprocess.run([home / "bin/jlink", "--add-modules", modules, "--output", folder], check=True)
            files = {f"/opt/jre/{path.relative_to(folder)}": (path.read_bytes(), path.stat().st_mode & 0o777) for path in folder.rglob("*") if path.is_file()}
            name = f"oci:{ground.work}/{folder.name}-hardened:it"
            done = kif("harden", with_layer(with_layer(real(RUNTIMES["21"]), exercise()), files), "-o", name)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual("lacks the module java.logging" in done.stdout + done.stderr, not is_served)
            if is_served:
                done = kif("run", "--deny", name, "--", "/opt/jre/bin/java", "-cp", CLASSES, "Exercise", "tls")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                seen = lines(done.stdout)
                self.assertEqual({key: seen[key] for key in EXPECTED}, EXPECTED)

    def test_sun_kept(self):
        image, report = hardened("21", "--java-sun")
        self.assertEqual([warning for warning in report["platforms"][0]["warnings"] if "ava" in warning], [])
        done = kif("run", image, "--deny", "--", "java", "-cp", CLASSES, "Exercise")
        self.assertEqual(done.returncode, 0, done.stderr)
        seen = lines(done.stdout)
        # SUN is the last: it seeds nothing, and what is not refused any more is what the option's manual says.
        self.assertEqual((seen["random"], seen["strong"], seen["md5"], seen["hmac-md5"]), ("ok BCFIPS", "ok KIF", "allowed", "refused"))
        self.assertIn("SUN kept (MD5 not refused)", done.stderr)


class Java25(Runtime, unittest.TestCase):
    version = "25"


if __name__ == "__main__":
    ground.main()
