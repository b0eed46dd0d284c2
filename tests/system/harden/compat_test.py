# SPDX-License-Identifier: Apache-2.0
"""`kif harden --compat`: where the choice is recorded and said, and what it lets work. The control is the same image hardened without it."""

import json

import images
from images import Test, kif, real

FEATURES = ["tls12-without-ems", "sha1-signatures"]
CHOICE = ",".join(FEATURES)
SAID = "not approved, by choice: " + CHOICE
# The findings that look for them.
FINDINGS = ["LIVE-DENY-REFUSE-TLS12-WITHOUT-EMS", "LIVE-DENY-REFUSE-SHA1-SIGNATURES"]
SIGN = "openssl genpkey -algorithm RSA -out /tmp/key.pem 2>/dev/null && echo x | openssl dgst -{} -sign /tmp/key.pem >/tmp/signature && echo signed"


class Compat(Test):
    @classmethod
    def setUpClass(cls):
        cls.with_choice, cls.report = cls.hardened("with", "--compat", CHOICE)
        cls.without, cls.plain_report = cls.hardened("without")

    @classmethod
    def hardened(cls, name, *more):
        target = images.Layout(images.work / name, "x")
        done = kif("harden", real("trixie").name, "-o", target.name, "--format", "json", *more)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return target, json.loads(done.stdout)["platforms"][0]["layer"]

    def layer_json(self, image):
        with image.layer_tar(-1) as tar:
            return json.load(tar.extractfile("usr/share/kif/layer.json"))

    def signs(self, image, digest):
        """Whether the image's openssl signs with this digest, and what kif-init said."""
        done = kif("run", image.name, "--", "/bin/sh", "-c", SIGN.format(digest))
        return done.stdout == "signed\n", done.stderr

    def test_it_is_recorded_in_report_label_history_and_layer(self):
        self.assertEqual(self.report["compat"], FEATURES)
        self.assertEqual(self.with_choice.config["config"]["Labels"]["kif.compat"], CHOICE)
        self.assertIn(", " + SAID, self.with_choice.config["history"][-1]["comment"])
        self.assertEqual(self.layer_json(self.with_choice)["compat"], FEATURES)
        self.assertEqual(self.plain_report["compat"], [])
        self.assertNotIn("kif.compat", self.without.config["config"]["Labels"])
        self.assertNotIn("by choice", self.without.config["history"][-1]["comment"])
        self.assertEqual(self.layer_json(self.without)["compat"], [])

    def test_the_report_for_people_says_it(self):
        done = kif("harden", real("trixie").name, "-o", self.with_choice.name, "--compat", CHOICE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"\ncompat      {CHOICE}  (not approved, by choice)\n", done.stdout)
        self.assertIn("already hardened, nothing to write", done.stdout)

    def test_order_and_repetition_do_not_matter(self):
        other = self.new()
        self.harden(real("trixie"), other, "--compat", "sha1-signatures", "--compat", "tls12-without-ems, sha1-signatures")
        self.assertEqual(other.manifest["layers"], self.with_choice.manifest["layers"])

    def test_kif_init_says_it_and_the_application_may_do_it(self):
        signed, said = self.signs(self.with_choice, "sha1")
        self.assertTrue(signed, said)
        self.assertIn(", " + SAID + ", ", said)
        signed, said = self.signs(self.without, "sha1")
        self.assertFalse(signed, said)
        self.assertIn("invalid digest", said)
        self.assertNotIn("by choice", said)
        self.assertTrue(self.signs(self.without, "sha256")[0], "the control: it is the digest that is refused")

    def test_kif_init_says_it_in_json_and_when_quiet(self):
        for image, features, quiet in ((self.with_choice, FEATURES, f"kif-init: {SAID}\n"), (self.without, [], "")):
            done = kif("run", "--env", "KIF_STATUS=json", image.name, "--", "/bin/true")
            self.assertEqual(json.loads(done.stderr)["compat"], features)
            done = kif("run", "--env", "KIF_STATUS=quiet", image.name, "--", "/bin/true")
            self.assertEqual((done.returncode, done.stderr), (0, quiet))

    def test_the_verdict_says_it(self):
        done = kif("verify", "--live", self.with_choice.name)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(done.stdout.endswith("\nverdict: pass, with 2 features not approved, by choice\n"), done.stdout)
        for name in FINDINGS:
            self.assertRegex(done.stdout, f"\n  pass     {name} .*\n           not refused: not approved, by choice\n")
        self.assertEqual(done.stdout.count("not refused: "), len(FINDINGS))

    def test_without_the_choice_both_are_refused_and_nothing_is_said(self):
        done = kif("verify", "--live", "--format", "json", self.without.name)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        report = json.loads(done.stdout)
        findings = {finding["id"]: finding for finding in report["findings"]}
        self.assertEqual((report["verdict"], report["compat"], [name for name in findings if findings[name].get("by_choice")]), ("pass", [], []))
        for name in FINDINGS:
            self.assertEqual(findings[name]["outcome"], "pass")
            self.assertNotIn("not refused", "\n".join(findings[name]["evidence"]))

    def test_a_wrong_name_is_a_mistake_on_the_command_line(self):
        target = self.new()
        self.assert_refused(kif("harden", real("trixie").name, "-o", target.name, "--compat", "sha1-signatures,tls12-without-em"), 2,
                            'kif: error: unknown feature "tls12-without-em" in --compat\n  hint: did you mean tls12-without-ems?\n')
        self.assertFalse(target.path.exists())
        done = kif("harden", real("trixie").name, "-o", target.name, "--compat", "everything")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, '"everything" in --compat\n  hint: the features are tls12-without-ems, sha1-signatures, ')

    def test_another_choice_is_another_layer(self):
        for image, more, there, wanted in ((self.with_choice, (), f", compat {CHOICE}", ""), (self.without, ("--compat", CHOICE), "", f", compat {CHOICE}"),
                                           (self.with_choice, ("--compat", FEATURES[0]), f", compat {CHOICE}", f", compat {FEATURES[0]}")):
            target = self.new()
            done = kif("harden", image.name, "-o", target.name, *more)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            lines = done.stderr.splitlines()
            self.assertEqual(lines[0], f"kif: error: cannot harden {image.name}: it has another FIPS layer already")
            self.assertRegex(lines[1], rf"^  expected: module .*, entropy library sha256:[0-9a-f]{{64}}{wanted}$")
            self.assertRegex(lines[2], rf"^  got:      module .*, entropy library sha256:[0-9a-f]{{64}}{there}$")
            self.assertFalse(target.path.exists())
        replaced, report = self.harden(self.with_choice, None, "--force")
        self.assertEqual(report["platforms"][0]["outcome"], "replaced")
        self.assertEqual(replaced.config, self.without.config)
        self.assertEqual(replaced.digest, self.without.digest)


if __name__ == "__main__":
    images.main()
