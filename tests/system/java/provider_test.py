# SPDX-License-Identifier: Apache-2.0
"""The provider KIF on this machine's JVM: draws, failures of the source, files that are missing; and the jar, built twice."""

import hashlib
import os
import pathlib
import subprocess
import tempfile
import unittest

import ground


def java(program, *arguments, properties=None, security=None, **environment):
    payload = pathlib.Path(ground.options.payload)
    class_path = [*sorted(ground.jars_folder().glob("*.jar")), ground.options.classes]
    properties = {"kif.java.library": payload / "libkif-java.so", **(properties or {})}
    command = ["java", *[f"-D{name}={value}" for name, value in properties.items()], "-cp", ":".join(map(str, class_path))]
    if security:
        command.append(f"-Djava.security.properties=={security}")
    return subprocess.run([*command, program, *arguments], capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, **environment})


def faulty(fault):
    return {"properties": {"kif.java.jitterentropy": ground.options.faulty}, "KIF_FAULTY_JITTER": fault}


class Draws(unittest.TestCase):
    def out(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def test_every_length(self):
        # 1 + 31 + … + 600 bytes, each from a block; what is left of the last ones is held.
        lines = self.out(java("Draws", "lengths"))
        self.assertEqual(lines[0], "lengths done")
        served, blocks, intermittent, permanent = map(int, lines[1].split()[1:])
        self.assertEqual((served, intermittent, permanent), (1465, 0, 0))
        self.assertGreaterEqual(blocks * 32, served)

    def test_threads(self):
        self.assertEqual(self.out(java("Draws", "threads"))[0], "distinct 160")

    def test_a_permanent_failure_is_named_and_stays(self):
        # The third block fails for good: nothing of the two before it may stay in the caller's array.
        lines = self.out(java("Draws", "until-failure", **faulty("read:-6@3")))
        said = "kif.java.EntropyException: cannot draw 600 bytes of entropy: repetition count test failed"
        self.assertEqual([line[:len(said)] for line in lines[0::2]][:2], [said, said], lines)
        self.assertIn("SP 800-90B", lines[0])
        self.assertEqual(lines[1::2][:2], ["wiped true", "wiped true"])
        self.assertEqual(int(lines[4].split()[4]), 1, lines)

    def test_an_intermittent_failure_is_got_over(self):
        lines = self.out(java("Draws", "until-failure", **faulty("read:-2@3x1")))
        self.assertEqual(lines[:2], ["drawn", "drawn"])
        self.assertEqual(lines[2].split()[3:], ["1", "0"])

    def test_a_failed_startup_test_is_named(self):
        lines = self.out(java("Draws", "until-failure", **faulty("startup:2")))
        self.assertRegex(lines[0], "^kif.java.EntropyException: cannot draw 600 bytes of entropy: .*timer")

    def test_random_bytes_are_of_a_generator_with_seeds_of_its_own(self):
        # SHA-512's DRBG at 256 bits: a nonce of 16 bytes, and 32 twice, since the module compares the first with the next; then 32 for each
        # reseeding. 3073 pieces of 96 KiB and 5 bytes.
        lines = self.out(java("Draws", "generator"))
        self.assertEqual(lines[:9], ["first 80", "large 0", "distinct 3073", "none 0", "reseed 32", "reseed with more 32", "as it is 0", "resistant 32", "another 80"])
        self.assertRegex(lines[9], "^too strong 0 java.lang.IllegalArgumentException: the module's DRBG has 256 bits")

    def test_a_generator_stops_where_its_source_does(self):
        # Three blocks are for the first seed; the fourth fails for good.
        lines = self.out(java("Draws", "generator", **faulty("read:-6@4")))
        self.assertEqual(lines[:2], ["first 80", "large 0"], lines)
        for line in (lines[4], lines[7], lines[8]):  # reseed, resistant, another
            self.assertIn("EntropyException: cannot draw ", line)

    def test_a_missing_library_is_named(self):
        lines = self.out(java("Draws", "lengths", properties={"kif.java.library": "/no/such/libkif-java.so"}))
        self.assertRegex(lines[0], "^kif.java.EntropyException: cannot load the entropy source: .*/no/such/libkif-java.so")
        lines = self.out(java("Draws", "lengths", properties={"kif.java.jitterentropy": "/no/such/jitter.so"}))
        self.assertRegex(lines[0], "^kif.java.EntropyException: cannot .*/no/such/jitter.so")

    def test_bouncy_castle_stops_with_the_source(self):
        security = ground.jars_folder() / "kif.security"
        for fault in ("read:-6@1", "startup:2"):
            with self.subTest(fault):
                done = java("kif.java.SelfCheck", security=security, **faulty(fault))
                self.assertEqual((done.returncode, done.stdout), (102, ""), done.stderr)
                self.assertIn("kif-java: refused (java-entropy): cannot draw ", done.stderr)
        # The control: the same fixture that fails nothing is let through.
        done = java("kif.java.SelfCheck", security=security, **faulty("none"))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_missing_provider_stops(self):
        text = (ground.jars_folder() / "kif.security").read_text()
        with tempfile.NamedTemporaryFile("w", suffix=".security") as file:
            file.write(text.replace("kif.java.KifProvider", "kif.java.NoSuchProvider"))
            file.flush()
            done = java("kif.java.SelfCheck", security=file.name)
        self.assertEqual((done.returncode, done.stdout), (101, ""), done.stderr)


class Jar(unittest.TestCase):
    def test_the_jar_is_the_same_wherever_it_is_built(self):
        digests = []
        for number, (umask, zone) in enumerate(((0o022, "UTC"), (0o077, "Pacific/Auckland"))):
            with tempfile.TemporaryDirectory(prefix=f"kif-{'x' * 9 * number}-") as folder:
                subprocess.run(["cp", "-r", ground.options.source, f"{folder}/java"], check=True)
                done = subprocess.run(
                    [f"{folder}/java/build_jar.sh", ground.options.maven, ground.options.maven_repository, f"{folder}/build"],
                    capture_output=True, text=True, timeout=300, check=False, umask=umask, env={**os.environ, "TZ": zone})
                self.assertEqual(done.returncode, 0, done.stdout)
                digests.append(hashlib.sha256(pathlib.Path(folder, "build/kif-java.jar").read_bytes()).hexdigest())
        built = (ground.jars_folder() / "kif-java.jar").read_bytes()
        self.assertEqual(digests, [hashlib.sha256(built).hexdigest()] * 2)


if __name__ == "__main__":
    ground.main()
