# SPDX-License-Identifier: Apache-2.0
"""kif verify --live on real images: hardened ones pass, the same ones as they were fail with the calls named, and what takes the proof away is noticed."""

import json
import pathlib
import signal
import time

import ground
from ground import Test, as_nobody, edited, hardened, kif, leftovers, real, with_file

# tools/test-image, and what its openssl command takes.
SUITES = {"bookworm": "libcrypto.so.3", "trixie": "libcrypto.so.3", "forky": "libcrypto.so.3", "openssl4": "libcrypto.so.4",
          "openssl3and4": "libcrypto.so.4"}
# Starts in which OpenSSL does not see the image's environment; the latter two can be made by root alone.
APART = ("LIVE-DENY-EMPTY-ENVIRONMENT", "LIVE-DENY-FILE-CAPABILITY", "LIVE-DENY-SETUID")
OPENSSL = ("LIVE-DENY-OPENSSL-RAND", "LIVE-DENY-OPENSSL-GENPKEY-EC", "LIVE-DENY-OPENSSL-GENRSA", "LIVE-DENY-OPENSSL-TLS")


class Live(Test):
    def verify(self, image, expect, **more):
        result = kif("verify", "--live", "--format", "json", image, **more)
        self.assertEqual(result.returncode, expect, ground.decisive(result))
        report = json.loads(result.stdout)
        self.assertEqual(report["schema"], "kif.verify/1")
        return report, {finding["id"]: finding for finding in report["findings"]}

    def test_hardened_images_pass(self):
        for suite in SUITES:
            with self.subTest(suite):
                report, findings = self.verify(hardened(suite), 0)
                self.assertEqual(report["verdict"], "pass")
                self.assertEqual(report["started_through"], "kif-init")
                # Their command is a shell that reads nothing: it asks for nothing, and that is all that is said of it.
                self.assertEqual([i for i, finding in findings.items() if finding["outcome"] != "pass"], ["LIVE-WORKLOAD-ASKED"])
                for identifier in OPENSSL + APART + ("LIVE-DENY-START", "LIVE-DENY-RAND-BYTES", "LIVE-DENY-SEED-ORIGIN", "LIVE-DENY-TLS-1.3",
                                             "LIVE-DENY-REFUSE-MD5", "LIVE-TRACE-RUN", "LIVE-TRACE-GETRANDOM", "LIVE-TRACE-DEVICES",
                                             "LIVE-CONTROL-DENY", "LIVE-CONTROL-TRACE", "LIVE-IMAGE-DIGESTS", "LIVE-LAYER-FILES"):
                    self.assertIn(identifier, findings)
                # What the library in every process does not reach is named: ldconfig is a static program in every Debian.
                self.assertEqual([path.rsplit("/", 1)[1] for path in findings["LIVE-IMAGE-STATIC"]["evidence"]], ["ldconfig"])
                self.assertEqual({f["kind"] for f in findings.values()}, {"measured", "verified", "claimed"})
                # All that was asked of the kernel is malloc's 8 bytes and kif's own question, and they were seen: the trace is not blind.
                self.assertTrue(report["calls"])
                self.assertEqual({(call["source"], call["bytes"], call["flags"], call["security_use"]) for call in report["calls"]},
                                 {("getrandom", 8, "GRND_NONBLOCK", False), ("getrandom", 0, "0x4b494600", False)})

    def test_unhardened_images_fail_and_the_calls_are_named(self):
        for suite, libcrypto in SUITES.items():
            with self.subTest(suite):
                report, findings = self.verify(real(suite), 1)
                self.assertEqual(findings["LIVE-TRACE-GETRANDOM"]["outcome"], "fail")
                # Debian's builds of 3.x are seen to pass through RAND_bytes_ex.
                function = "RAND_bytes_ex" if libcrypto == "libcrypto.so.3" else r"\w+"
                self.assertRegex("\n".join(findings["LIVE-TRACE-GETRANDOM"]["evidence"]), "(?m)^openssl rand: openssl: getrandom 48 bytes, flags 0, "
                                 f"from libc.so.6 getentropy < {libcrypto} {function} < openssl(, \\d+ times)?$")
                for identifier in OPENSSL + APART + ("LIVE-DENY-RAND-BYTES",):
                    self.assertEqual(findings[identifier]["outcome"], "fail", identifier)
                for identifier in ("LIVE-CONTROL-DENY", "LIVE-CONTROL-TRACE"):
                    self.assertEqual(findings[identifier]["outcome"], "pass", identifier)
                self.assertTrue([call for call in report["calls"] if call["security_use"] and call.get("bytes") == 48])

    def test_of_two_major_versions_each_is_probed(self):
        _, findings = self.verify(hardened("openssl3and4"), 0)
        self.assertRegex(findings["LIVE-DENY-LIBCRYPTO"]["evidence"][0], "^OpenSSL 4")
        self.assertRegex(findings["LIVE-DENY-FURTHER-LIBCRYPTO"]["evidence"][0], r"^\d+ steps passed, 0 failed, 0 could not be checked; OpenSSL 3\.5\.\d+ ")
        _, findings = self.verify(real("openssl3and4"), 1)
        self.assertEqual(findings["LIVE-DENY-FURTHER-LIBCRYPTO"]["outcome"], "fail")
        self.assertRegex(findings["LIVE-DENY-FURTHER-LIBCRYPTO"]["evidence"][0], "OpenSSL 3.*; providers: no running provider fips")
        for suite in ("trixie", "openssl4"):
            _, findings = self.verify(hardened(suite), 0)
            self.assertNotIn("LIVE-DENY-FURTHER-LIBCRYPTO", findings)

    def test_text_is_aligned_and_without_colour(self):
        result = kif("verify", "--live", hardened("trixie"))
        self.assertEqual(result.returncode, 0, ground.decisive(result))
        self.assertNotIn("\x1b", result.stdout)
        self.assertTrue(result.stdout.endswith("verdict: pass\n"))
        order = [result.stdout.index(word) for word in ("\nmeasured:", "\nverified:", "\nclaimed:", "\nverdict:")]
        self.assertEqual(order, sorted(order))

    def test_rootless(self):
        nobody = as_nobody()
        if nobody is None:
            self.skipTest("every run here is rootless already")
        report, findings = self.verify(hardened("trixie"), 0, **nobody)
        self.assertEqual({identifier: (findings[identifier]["outcome"], findings[identifier]["evidence"]) for identifier in APART[1:]},
                         dict.fromkeys(APART[1:], ("could-not-check", ["only root can make a program that gains rights in a container"])))
        self.assertEqual(findings[APART[0]]["outcome"], "pass")
        self.assertIn("unpacked without root: every file belongs to the user who runs kif", report["notes"])

    def test_an_image_with_a_user_of_its_own(self):
        image = edited(hardened("trixie"), ground.work / "user", lambda document: document["config"].update({"User": "65532:65532"}))
        _, findings = self.verify(image, 0)
        self.assertEqual([i for i in APART if findings[i]["outcome"] != "pass"], [])

    def test_kif_init_is_not_needed_for_the_provider(self):
        for suite in ("trixie", "openssl4"):
            with self.subTest(suite):
                image = edited(hardened(suite), ground.work / f"entrypoint-{suite}", lambda document: document["config"].update({"Entrypoint": ["/bin/sh"], "Cmd": []}))
                report, findings = self.verify(image, 0)
                self.assertEqual(report["started_through"], "no entrypoint of kif's")
                self.assertEqual(findings["LIVE-CONTROL-DENY"]["outcome"], "pass")

    def test_a_hardened_image_that_is_led_past_its_configuration_fails(self):
        def change(document):
            config = document["config"]
            config["Env"] = ["OPENSSL_CONF=/dev/null"] + [entry for entry in config["Env"] if not entry.startswith("OPENSSL_")]
            config["Entrypoint"] = []

        image = edited(hardened("trixie"), ground.work / "past", change)
        _, findings = self.verify(image, 1)
        for identifier in ("LIVE-DENY-PROVIDERS", "LIVE-DENY-DRBG-PRIMARY", "LIVE-DENY-SEED-ORIGIN", "LIVE-DENY-REFUSE-MD5"):
            self.assertEqual(findings[identifier]["outcome"], "fail", identifier)
        # libcrypto's own generator seeds itself by getentropy, and that is answered by the module's DRBG even so.
        self.assertEqual(findings["LIVE-TRACE-GETRANDOM"]["outcome"], "pass")
        # Where the variable does not count, nothing is lost.
        self.assertEqual([i for i in APART if findings[i]["outcome"] != "pass"], [])

    def test_a_hardened_image_without_its_variables_loses_nothing(self):
        def change(document):
            config = document["config"]
            config["Env"] = [entry for entry in config["Env"] if not entry.startswith("OPENSSL_")]

        _, findings = self.verify(edited(hardened("trixie"), ground.work / "bare", change), 0)
        self.assertEqual(findings["LIVE-DENY-CONFIGURATION"]["evidence"], ["/usr/lib/ssl/openssl.cnf"])

    def test_a_hardened_image_whose_own_place_was_given_back_fails(self):
        """What a package's upgrade in a later layer would do, and what kif made before it put its own file there."""
        image = with_file(hardened("trixie"), ground.work / "given-back", "etc/ssl/openssl.cnf", b"# nothing\n")
        _, findings = self.verify(image, 1)
        for identifier in (*APART, "LIVE-LAYER-FILES", "LIVE-DENY-START"):  # kif-init notices as well
            self.assertEqual(findings[identifier]["outcome"], "fail", identifier)

    def child(self, name, files=None, change=lambda config: None):
        """A child image of the hardened one: files in a layer above, and its own configuration."""
        return ground.with_files(hardened("trixie"), ground.work / name, files or {"srv/note": (b"a note\n", 0o644)},
                                 lambda document, diff_id: change(document["config"]))

    def test_what_a_child_image_starts_is_looked_at(self):
        """A static program draws its keys from the kernel, unless kif-init answers it."""
        program = {"app": (pathlib.Path(ground.options.exercise).read_bytes(), 0o755)}
        init = "/usr/lib/kif/kif-init"
        off = "KIF_CATCH_ALL=off"
        for name, entrypoint, variables, code, outcome, reason in (
                ("static", ["/app", "forks", "1"], [], 1, "could-not-check", "/app is static: only kif-init's catch-all reaches it, and it is not started through kif-init"),
                ("static-by-path", ["app", "forks", "1"], ["PATH=/:/bin"], 1, "could-not-check", "/app is static: only kif-init's catch-all reaches it, and it is not started through kif-init"),
                ("static-off", [init, "--", "/app", "forks", "1"], [off], 1, "could-not-check", "/app is static: only kif-init's catch-all reaches it, and KIF_CATCH_ALL switches that off"),
                ("version", [init, "--version"], [], 3, "could-not-check", "kif-init is started with --version, and starts no program so"),
                ("static-through", [init, "--", "/app", "forks", "1"], [], 0, "pass", "/app, through kif-init"),
                ("dynamic", ["/bin/sh"], [], 0, "pass", "/bin/sh, not through kif-init")):
            with self.subTest(name):
                def change(config):
                    config["Entrypoint"], config["Cmd"] = entrypoint, []
                    config["Env"] = [entry for entry in config["Env"] if not variables or not entry.startswith(variables[0].split("=")[0] + "=")] + variables

                _, findings = self.verify(self.child(name, program, change), code)
                self.assertEqual(findings["LIVE-START"]["outcome"], outcome)
                self.assertIn(reason, findings["LIVE-START"]["evidence"])

    def test_a_layer_above_may_not_stand_in_for_kifs(self):
        manifest, init = "usr/share/kif/manifest.sha256", "usr/lib/kif/kif-init"
        passwd = (b"0" * 64 + b"  /etc/passwd\n", 0o644)
        fake = (b"#!/bin/sh\necho 'kif-init: ready' >&2\nshift\nexec \"$@\"\n", 0o755)
        for name, files in (("manifest", {manifest: passwd}), ("init", {init: fake}), ("both", {init: fake, manifest: passwd})):
            for relabelled in (False, True):
                with self.subTest(name, relabelled=relabelled):
                    def change(document, diff_id):
                        if relabelled:
                            document["config"]["Labels"]["kif.layer.diff-id"] = diff_id

                    image = ground.with_files(hardened("trixie"), ground.work / f"above-{name}-{relabelled}", files, change)
                    _, findings = self.verify(image, 1)
                    self.assertEqual(findings["LIVE-LAYER-PLACE"]["outcome"], "fail")
                    self.assertEqual(findings["LIVE-LAYER-ORIGIN"]["outcome"], "could-not-check" if init in files else "pass")

    def test_an_image_without_the_label_says_not_which_layer_is_kifs(self):
        image = edited(hardened("trixie"), ground.work / "unlabelled", lambda document: document["config"]["Labels"].pop("kif.layer.diff-id"))
        _, findings = self.verify(image, 1)
        self.assertEqual(findings["LIVE-LAYER-PLACE"]["evidence"], ["the image has no label kif.layer.diff-id"])

    def test_labels_must_agree_with_the_files(self):
        for label in ("kif.module.digest", "kif.entropy-library.digest"):
            for what, change in (("wrong", lambda labels: labels.update({label: "sha256:" + "0" * 64})), ("gone", lambda labels: labels.pop(label))):
                with self.subTest(label, what=what):
                    image = edited(hardened("trixie"), ground.work / f"{label}-{what}", lambda document: change(document["config"]["Labels"]))
                    _, findings = self.verify(image, 1)
                    self.assertIn(label, "".join(findings["LIVE-LAYER-PLACE"]["evidence"]))

    def test_layers_above_are_named_and_fail_nothing(self):
        _, findings = self.verify(self.child("above"), 0)
        self.assertEqual(len(findings["LIVE-IMAGE-LAYERS-ABOVE"]["evidence"]), 1)
        self.assertRegex(findings["LIVE-IMAGE-LAYERS-ABOVE"]["evidence"][0], r"^layer \d+ of .*: 1 file: /srv/note$")

    def test_what_an_image_leaves_to_its_programs_fails_with_that_reason(self):
        image = edited(hardened("trixie"), ground.work / "untouched", lambda document: document["config"]["Env"].append("KIF_OPENSSL_CALLS=untouched"))
        _, findings = self.verify(image, 1)
        for identifier in ("LIVE-DENY-OWN-CONTEXT", "LIVE-DENY-NO-LOAD-CONFIG", "LIVE-DENY-PROVIDER-DEFAULT"):
            self.assertEqual(findings[identifier]["outcome"], "fail", identifier)
            self.assertIn("KIF_OPENSSL_CALLS=untouched: not approved, by choice", findings[identifier]["evidence"][0])
        # The configuration alone sees to this one.
        self.assertEqual(findings["LIVE-DENY-PROVIDER-LEGACY"]["outcome"], "pass")

    def test_an_image_without_openssl_has_no_verdict_but_a_reason(self):
        result = kif("verify", "--live", "--probe-only", "--format", "json", ground.exercise_image())
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
