# SPDX-License-Identifier: Apache-2.0
"""Each Java runtime with Bouncy Castle's FIPS module fed by kif's provider: what it does, what it refuses, what it takes from the kernel.

The layer is put together by hand here and every option stands on the command line: this is about the provider, the properties and the
self-check. What `kif harden` makes of an image is hardened_test.py's.
"""

import unittest

import ground
from ground import CLASSES, KIF, RUNTIMES, bytes_taken, exercise, jars, kif, lines, opened, payload, real, trace, with_layer

SECURITY = f"{KIF}/java/kif.security"
ABC_SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
EXPECTED = {
    "random": "ok BCFIPS", "strong": "ok KIF", "uuid": "ok", "sha-256": f"{ABC_SHA256} BCFIPS", "aes-256-gcm": "ok BCFIPS",
    "rsa-2048": "ok BCFIPS", "p-256": "ok BCFIPS", "md5": "refused", "hmac-md5": "refused", "rsa-1024": "refused", "x25519": "refused",
    "chacha20": "refused", "tls": "ok TLSv1.3 TLS_AES_256_GCM_SHA384 BCJSSE",
}


class Runtime:
    """The tests of one runtime. A class without unittest's: each runtime adds it, so that each is made and reported apart."""

    version = None

    @classmethod
    def setUpClass(cls):
        # Left to the module, which takes native code for the processor at hand.
        native = (ground.payload()[SECURITY]).read_text().replace("\norg.bouncycastle.native.cpu_variant=java\n", "\n")
        assert "cpu_variant" not in native
        cls.image = with_layer(real(RUNTIMES[cls.version]), {**payload(), **exercise(), f"{CLASSES}/native.security": native.encode()})

    def java(self, *arguments, security=SECURITY):
        native_access = ["--enable-native-access=ALL-UNNAMED"] if int(self.version) >= 24 else []
        return ["java", *native_access, "-cp", ":".join([*jars(), CLASSES]), f"-Djava.security.properties=={security}", *arguments]

    def check_exercise(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")
        seen = lines(done.stdout)
        self.assertEqual(seen.pop("java"), self.version)
        self.assertIn("No usable protocols", seen.pop("tls-1.1"))
        self.assertGreaterEqual(int(seen.pop("entropy-bytes")), 48, "the module took no seed from the entropy provider")
        self.assertEqual(seen, EXPECTED)

    def test_version_is_shown(self):
        done = kif("run", self.image, "--", *self.java("org.bouncycastle.util.DumpInfo"))
        print(f"\nJava {self.version}: {' | '.join(done.stdout.splitlines())}")
        self.assertIn("BouncyCastle Security Provider (FIPS edition) v2.1.3", done.stdout)
        self.assertIn("FIPS Ready Status: READY", done.stdout)

    def test_nothing_comes_from_the_kernel(self):
        done, events = trace(self.image, *self.java("Exercise", "tls"))
        self.check_exercise(done)
        self.assertEqual(bytes_taken(events), [])
        # The JDK opens the devices, and reads nothing, whenever a class comes from a signed jar.
        print(f"\nJava {self.version}: opened and not read: {opened(events)}")
        self.assertLessEqual(set(opened(events)), {"/dev/random", "/dev/urandom"})

    def test_under_denial(self):
        for deny in ("--deny", "--deny=eperm"):
            with self.subTest(deny):
                self.check_exercise(kif("run", self.image, deny, "--", *self.java("Exercise", "tls")))

    def test_self_check_passes(self):
        done = kif("run", self.image, "--deny", "--", *self.java("kif.java.SelfCheck"))
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertRegex(done.stdout, r"^kif-java: ready: BouncyCastle .* v2\.1\.3 approved-only, DRBG DEFAULT of BCFIPS, "
                         rf"seed cpu-jitter \(\d+ bytes in \d+ blocks\), MD5 refused, TLS BCJSSE, Java {self.version}\.\S+, \d+ ms\n$")
        print(f"\n{done.stdout.strip()}")

    def test_native_code_is_caught(self):
        # The module works, everything passes, and not one byte of its seed is from the source.
        done = kif("run", self.image, "--", *self.java("kif.java.SelfCheck", security=f"{CLASSES}/native.security"))
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"refused \(java-seed-origin\): the FIPS module took 0 bytes from CPU jitter; its code is \w+\n$")
        self.assertEqual(done.returncode, 106)

    def test_stock_java_is_named(self):
        # The control: stock Java works under denial, seeded by nobody knows what; only the self-check says so.
        stock = ["java", "-cp", f"{':'.join(jars())}:{CLASSES}"]
        seen = lines(kif("run", self.image, "--", *stock, "Exercise").stdout)
        self.assertRegex(seen["random"], "ok SUN")
        self.assertEqual(seen["md5"], "allowed")
        self.assertEqual(seen["entropy-bytes"], "0")
        done, events = trace(self.image, *stock, "kif.java.SelfCheck", expect=100)
        self.assertEqual(done.stderr, "kif-java: refused (java-generator): the default SecureRandom is NativePRNG of SUN, which the kernel or "
                         "thread timing seeds; it must be BCFIPS's; the module is not among the providers\n")
        self.assertNotEqual(bytes_taken(events), [])


class Java11(Runtime, unittest.TestCase):
    version = "11"


class Java17(Runtime, unittest.TestCase):
    version = "17"


class Java21(Runtime, unittest.TestCase):
    version = "21"


class Java25(Runtime, unittest.TestCase):
    version = "25"


if __name__ == "__main__":
    ground.main()
