# SPDX-License-Identifier: Apache-2.0
"""kif verify --live on real images: hardened ones pass, the same ones as they were fail with the calls named, and what takes the proof away is noticed."""

import json
import signal
import time

import ground
from ground import Test, as_nobody, edited, hardened, kif, leftovers, real

SUITES = ("bookworm", "trixie", "forky")
OPENSSL = ("LIVE-DENY-OPENSSL-RAND", "LIVE-DENY-OPENSSL-GENPKEY-EC", "LIVE-DENY-OPENSSL-GENRSA", "LIVE-DENY-OPENSSL-TLS")


class Live(Test):
    def verify(self, image, expect, **more):
        result = kif("verify", "--live", "--format", "json", image, **more)
        self.assertEqual(result.returncode, expect, result.stdout + result.stderr)
        report = json.loads(result.stdout)
        self.assertEqual(report["schema"], "kif.verify/1")
        return report, {finding["id"]: finding for finding in report["findings"]}

    def test_hardened_images_pass(self):
        for suite in SUITES:
            with self.subTest(suite):
                report, findings = self.verify(hardened(suite), 0)
                self.assertEqual(report["verdict"], "pass")
                self.assertEqual(report["started_through"], "kif-init")
                self.assertEqual([i for i, finding in findings.items() if finding["outcome"] != "pass"], [])
                for identifier in OPENSSL + ("LIVE-DENY-START", "LIVE-DENY-RAND-BYTES", "LIVE-DENY-SEED-ORIGIN", "LIVE-DENY-TLS-1.3",
                                             "LIVE-DENY-REFUSE-MD5", "LIVE-TRACE-RUN", "LIVE-TRACE-GETRANDOM", "LIVE-TRACE-DEVICES",
                                             "LIVE-CONTROL-DENY", "LIVE-CONTROL-TRACE", "LIVE-IMAGE-DIGESTS", "LIVE-LAYER-FILES"):
                    self.assertIn(identifier, findings)
                # What the library in every process does not reach is named: ldconfig is a static program in every Debian.
                self.assertEqual([path.rsplit("/", 1)[1] for path in findings["LIVE-IMAGE-STATIC"]["evidence"]], ["ldconfig"])
                self.assertEqual({f["kind"] for f in findings.values()}, {"measured", "verified", "claimed"})
                # All that was asked of the kernel is malloc's 8 bytes and kif's own question, and they were seen: the trace is not blind.
                self.assertTrue(report["calls"])
                self.assertEqual({(call["source"], call["bytes"], call["flags"], call["security_use"]) for call in report["calls"]},
                                 {("getrandom", 8, "GRND_NONBLOCK", False), ("getrandom", 16, "0x4b494600", False)})

    def test_unhardened_images_fail_and_the_calls_are_named(self):
        for suite in SUITES:
            with self.subTest(suite):
                report, findings = self.verify(real(suite), 1)
                self.assertEqual(findings["LIVE-TRACE-GETRANDOM"]["outcome"], "fail")
                self.assertIn("openssl rand: openssl: getrandom 48 bytes, flags 0, from libc.so.6 getentropy < libcrypto.so.3 RAND_bytes_ex < openssl",
                              findings["LIVE-TRACE-GETRANDOM"]["evidence"])
                for identifier in OPENSSL + ("LIVE-DENY-RAND-BYTES",):
                    self.assertEqual(findings[identifier]["outcome"], "fail", identifier)
                for identifier in ("LIVE-CONTROL-DENY", "LIVE-CONTROL-TRACE"):
                    self.assertEqual(findings[identifier]["outcome"], "pass", identifier)
                self.assertTrue([call for call in report["calls"] if call["security_use"] and call.get("bytes") == 48])

    def test_text_is_aligned_and_without_colour(self):
        result = kif("verify", "--live", hardened("trixie"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertNotIn("\x1b", result.stdout)
        self.assertTrue(result.stdout.endswith("verdict: pass\n"))
        order = [result.stdout.index(word) for word in ("\nmeasured:", "\nverified:", "\nclaimed:", "\nverdict:")]
        self.assertEqual(order, sorted(order))

    def test_rootless(self):
        nobody = as_nobody()
        if nobody is None:
            self.skipTest("every run here is rootless already")
        report, _ = self.verify(hardened("trixie"), 0, **nobody)
        self.assertIn("unpacked without root: every file belongs to the user who runs kif", report["notes"])

    def test_an_image_with_a_user_of_its_own(self):
        image = edited(hardened("trixie"), ground.work / "user", lambda document: document["config"].update({"User": "65532:65532"}))
        self.verify(image, 0)

    def test_kif_init_is_not_needed_for_the_provider(self):
        image = edited(hardened("trixie"), ground.work / "entrypoint", lambda document: document["config"].update({"Entrypoint": ["/bin/sh"]}))
        report, findings = self.verify(image, 0)
        self.assertEqual(report["started_through"], "no entrypoint of kif's")
        self.assertEqual(findings["LIVE-CONTROL-DENY"]["outcome"], "pass")

    def test_a_hardened_image_that_is_led_past_its_configuration_fails(self):
        def change(document):
            config = document["config"]
            config["Env"] = [entry for entry in config["Env"] if not entry.startswith("OPENSSL_")]
            config["Entrypoint"] = []

        image = edited(hardened("trixie"), ground.work / "past", change)
        _, findings = self.verify(image, 1)
        for identifier in ("LIVE-DENY-PROVIDERS", "LIVE-DENY-DRBG-PRIMARY", "LIVE-DENY-SEED-ORIGIN", "LIVE-DENY-REFUSE-MD5"):
            self.assertEqual(findings[identifier]["outcome"], "fail", identifier)
        # libcrypto's own generator seeds itself by getentropy, and that is answered by the module's DRBG even so.
        self.assertEqual(findings["LIVE-TRACE-GETRANDOM"]["outcome"], "pass")

    def test_an_image_without_openssl_has_no_verdict_but_a_reason(self):
        result = kif("verify", "--live", "--format", "json", ground.exercise_image())
        report = json.loads(result.stdout)
        self.assertEqual((result.returncode, report["verdict"]), (3, "could-not-check"))
        start = next(finding for finding in report["findings"] if finding["id"] == "LIVE-DENY-START")
        self.assertEqual(start["outcome"], "could-not-check")
        self.assertTrue(start["evidence"])

    def test_damage_is_found_before_anything_runs(self):
        source = hardened("trixie")
        folder = ground.work / "damaged"
        edited(source, folder, lambda document: None)
        largest = max((folder / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
        content = bytearray(largest.read_bytes())
        content[len(content) // 2] ^= 1
        largest.write_bytes(content)
        result = kif("verify", "--live", f"oci:{folder}:it")
        self.assertEqual(result.returncode, 1)
        self.assertTrue(result.stderr.startswith("kif: error: "), result.stderr)
        self.assertEqual(result.stdout, "")

    def test_a_check_must_be_chosen(self):
        result = kif("verify", real("trixie"))
        self.assertEqual(result.returncode, 2)
        self.assertIn("hint: choose --live", result.stderr)
        self.assertEqual(kif("verify", "--static", real("trixie")).returncode, 2)

    def test_interrupted_it_leaves_nothing(self):
        child = ground.start("verify", "--live", hardened("trixie"))
        self.assertTrue(ground.wait_until(lambda: list((ground.work / "t").glob("kif-run-*/state/*"))))
        names = [path.name for path in ground.workspaces()]
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=60)
        self.assertEqual((child.returncode, out), (-signal.SIGINT, ""))
        self.assertEqual(leftovers(names), [])


if __name__ == "__main__":
    ground.main()
