# SPDX-License-Identifier: Apache-2.0
"""kif verify --live probes each Java runtime of the image: what it finds in a hardened one, what SUN by choice is called, and what it finds where a
JVM has lost the layer's options."""

import json

import ground
from ground import Test, edited, hardened, kif, real, with_files

STEPS = ["RUNTIME", "PROVIDERS", "GENERATOR", "MODULE", "SEED-ORIGIN", "NATIVE", "STRONG", "DRAWN-BYTES", "SHA-256", "TLS", "STORES", "REFUSE-MD5", "REFUSE-HMAC-MD5",
         "REFUSE-DES"]
VARIABLE = "JAVA_TOOL_OPTIONS="
UNDONE = """security.provider.1=SUN
security.provider.2=SunJCE
security.provider.3=org.bouncycastle.jcajce.provider.BouncyCastleFipsProvider
org.bouncycastle.fips.approved_only=false
"""


class Java(Test):
    def verify(self, image, expect):
        result = kif("verify", "--live", "--probe-only", "--format", "json", image, timeout=600)
        self.assertEqual(result.returncode, expect, ground.decisive(result))
        return {finding["id"]: finding for finding in json.loads(result.stdout)["findings"]}

    def test_a_hardened_image(self):
        findings = self.verify(hardened("trixie-java21"), 0)
        home = findings["LIVE-JAVA-START"]["evidence"][0].split(":")[0]
        self.assertRegex(home, "^/usr/lib/jvm/java-21-openjdk-")
        for step in STEPS:
            self.assertEqual((findings[f"LIVE-JAVA-{step}"]["outcome"], findings[f"LIVE-JAVA-{step}"]["essential"]), ("pass", True), step)
            lines = 2 if step == "DRAWN-BYTES" else 1  # both denials gave the same, but for what was drawn
            self.assertEqual(len(findings[f"LIVE-JAVA-{step}"]["evidence"]), lines, step)
        self.assertRegex(findings["LIVE-JAVA-DRAWN-BYTES"]["evidence"][0], "deny ENOSYS: SecureRandom sha256:[0-9a-f]{32}; strong sha256:[0-9a-f]{32}; seeds sha256:")
        self.assertRegex(findings["LIVE-JAVA-SEED-ORIGIN"]["evidence"][0], r"CPU jitter gave [1-9]\d+ bytes")
        self.assertIn("MD5 MessageDigest not available", findings["LIVE-JAVA-REFUSE-MD5"]["evidence"][0])

    def test_sun_by_choice(self):
        findings = self.verify(hardened("trixie-java21", "--java-sun"), 0)
        self.assertEqual(findings["LIVE-LAYER-COMPAT"]["evidence"], ["java-sun"])
        self.assertTrue(findings["LIVE-JAVA-REFUSE-MD5"]["by_choice"])
        self.assertEqual(findings["LIVE-JAVA-REFUSE-DES"]["outcome"], "pass")

    def test_properties_that_would_undo_the_layers(self):
        """Java takes a file of properties by -Djava.security.properties; the layer's forbid it."""
        def change(document, _):
            document["config"]["Env"] = [entry + " -Djava.security.properties=/srv/undone" if entry.startswith(VARIABLE) else entry
                                         for entry in document["config"]["Env"]]
        files = {"srv/undone": (UNDONE.encode(), 0o644)}
        findings = self.verify(with_files(hardened("trixie-java21"), ground.work / "undone", files, change), 0)
        self.assertEqual({findings[f"LIVE-JAVA-{step}"]["outcome"] for step in STEPS}, {"pass"})

    def test_a_variable_that_the_image_overwrites(self):
        """kif-init puts the layer's options before the image's. The control: where nothing starts through it, a JVM does not have the FIPS module."""
        def overwritten(document):
            document["config"]["Env"] = [VARIABLE + "-Xmx64m" if entry.startswith(VARIABLE) else entry for entry in document["config"]["Env"]]

        def lost(document):
            overwritten(document)
            document["config"]["Entrypoint"] = None
        findings = self.verify(edited(hardened("trixie-java21"), ground.work / "overwritten", overwritten), 0)
        self.assertEqual({findings[f"LIVE-JAVA-{step}"]["outcome"] for step in STEPS}, {"pass"})
        findings = self.verify(edited(hardened("trixie-java21"), ground.work / "lost", lost), 1)
        passed = {step for step in STEPS if findings[f"LIVE-JAVA-{step}"]["outcome"] == "pass"}
        self.assertEqual({step for step in passed if not step.startswith("REFUSE")}, {"RUNTIME"})
        self.assertEqual(findings["LIVE-JAVA-PROVIDERS"]["outcome"], "fail")

    def test_an_image_without_the_layer_or_without_java_has_no_such_finding(self):
        for image, expect in ((real("trixie-java21"), 1), (hardened("trixie"), 0)):
            self.assertEqual([identifier for identifier in self.verify(image, expect) if identifier.startswith("LIVE-JAVA-")], [])


if __name__ == "__main__":
    ground.main()
