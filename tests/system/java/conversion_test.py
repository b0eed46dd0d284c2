# SPDX-License-Identifier: Apache-2.0
"""kif harden --java-store: key stores that a hardened Java refuses are named, and converted so that a program finds the same under the same name."""

import json
import os
import subprocess
import unittest

import ground
from ground import CLASSES, RUNTIMES, kif, layouts, lines, real, with_layer

PASSWORD, OTHER = "changeit", "the other one's"
KEYS = {"/srv/own.jks": "own.jks", "/srv/keys/old.p12": "old.p12", "/srv/short-salt.keystore": "short-salt.p12"}
GOOD = {"own.jks": "{own=key(RSA,1), root=certificate}", "old.p12": "{own=key(RSA,1), root=certificate}", "short-salt.keystore": "{own=key(RSA,1)}"}
_made = {}


def keytool(*arguments):
    subprocess.run(["keytool", *map(str, arguments)], capture_output=True, check=True, timeout=120)


def files():
    """A JKS file with a key and a trusted certificate, the same as the JDK wrote PKCS #12 before 2021, and the key as OpenSSL 3.0 writes it."""
    folder = ground.work / "converted"
    if folder.exists():
        return folder
    folder.mkdir()
    own, certificate = folder / "own.jks", folder / "own.crt"
    keytool("-genkeypair", "-keyalg", "RSA", "-alias", "own", "-dname", "CN=localhost", "-keystore", own, "-storetype", "JKS", "-storepass", PASSWORD)
    keytool("-exportcert", "-rfc", "-alias", "own", "-keystore", own, "-storepass", PASSWORD, "-file", certificate)
    keytool("-importcert", "-noprompt", "-alias", "Root", "-file", certificate, "-keystore", own, "-storepass", PASSWORD)
    keytool("-J-Dkeystore.pkcs12.legacy", "-importkeystore", "-srckeystore", own, "-srcstorepass", PASSWORD, "-destkeystore", folder / "old.p12", "-deststoretype",
            "PKCS12", "-deststorepass", PASSWORD)
    keytool("-importkeystore", "-srckeystore", own, "-srcalias", "own", "-srcstorepass", PASSWORD, "-destkeystore", folder / "new.p12", "-deststoretype", "PKCS12",
            "-deststorepass", OTHER, "-destkeypass", OTHER)
    pem = subprocess.run(["openssl", "pkcs12", "-in", folder / "new.p12", "-passin", "pass:" + OTHER, "-nodes"], capture_output=True, check=True).stdout
    subprocess.run(["openssl", "pkcs12", "-export", "-name", "own", "-passout", "pass:" + OTHER, "-out", folder / "short-salt.p12"], input=pem, check=True)
    return folder


def image():
    if "image" not in _made:
        source = with_layer(real(RUNTIMES["21"]), ground.exercise())
        stores = {path: layouts.File(files() / name, 0o640, 1000) for path, name in KEYS.items()}
        _made["image"] = with_layer(source, {**stores, "/srv/new.p12": files() / "new.p12", "/srv/link.jks": layouts.Link("own.jks")})
    return _made["image"]


def harden(name, *options, environment=None, expect=0):
    target = f"oci:{ground.work}/{name}:it"
    done = kif("harden", image(), "-o", target, "--format", "json", *options, env={**os.environ, **(environment or {})})
    if done.returncode != expect:
        raise AssertionError(f"exit code {done.returncode}: {done.stdout}{done.stderr}")
    return target, done


def load(target, path, password):
    done = kif("run", "--deny", target, "--", "java", "-cp", CLASSES, "Stores", "load", "JKS", password, path)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return lines(done.stdout)[path.rsplit("/", 1)[1]]


def converted():
    """All of them, by a file of passwords."""
    if "converted" not in _made:
        passwords = ground.work / "passwords"
        passwords.write_text(f"/srv/short-salt.keystore {OTHER}\n{PASSWORD}\n")
        _made["converted"] = harden("all", "--java-store", "all", "--java-store-passwords", passwords)
    return _made["converted"]


class Conversion(unittest.TestCase):
    def test_what_java_will_refuse_is_named(self):
        target, done = harden("named")
        warnings = json.loads(done.stdout)["platforms"][0]["warnings"]
        for path in KEYS:
            self.assertEqual(sum(warning.startswith(path + " is a ") and f"--java-store {path} converts it" in warning for warning in warnings), 1, warnings)
        # The control: it does.
        self.assertIn("which is not approved", load(target, "/srv/keys/old.p12", PASSWORD))

    def test_a_program_finds_the_same_in_what_was_converted(self):
        target, done = converted()
        report = json.loads(done.stdout)["platforms"][0]
        self.assertEqual(sorted(report["found"]["java_stores_converted"]), sorted(KEYS))
        self.assertEqual([warning for warning in report["warnings"] if "/srv/" in warning], [])
        for path, name in KEYS.items():
            self.assertEqual(load(target, path, OTHER if name == "short-salt.p12" else PASSWORD), GOOD[path.rsplit("/", 1)[1]])
        self.assertIn("UnrecoverableKeyException: cannot open a key", load(target, "/srv/own.jks", "another one"))
        # Stock Java reads it as well.
        content = content_of(target, "/srv/own.jks")
        stock = with_layer(with_layer(real(RUNTIMES["21"]), ground.exercise()), {"/srv/own.jks": content})
        done = kif("run", stock, "--", "java", "-cp", CLASSES, "Stores", "load", "PKCS12", PASSWORD, "/srv/own.jks")
        self.assertEqual(lines(done.stdout), {"own.jks": GOOD["own.jks"]}, done.stderr)

    def test_it_is_the_same_each_time_and_its_file_stays_who_it_is(self):
        target, _ = converted()
        again, _ = harden("again", "--java-store", "all", "--java-store-passwords", ground.work / "passwords")
        self.assertEqual(layouts.Layout.named(target).digest, layouts.Layout.named(again).digest)
        before, after = attributes(image(), "srv/own.jks"), attributes(target, "srv/own.jks")
        self.assertEqual(after, before)

    def test_a_store_that_is_changed_later_stops_no_container(self):
        target, _ = converted()
        changed = with_layer(target, {"/srv/own.jks": b"changed"})
        done = kif("run", changed, "--", "true")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_another_choice_is_another_layer(self):
        for source, options in ((converted()[0], []), (harden("without")[0], ["--java-store", "/srv/own.jks"])):
            target = f"oci:{ground.work}/over-{len(options)}:it"
            done = kif("harden", source, "-o", target, *options, env={**os.environ, "KIF_JAVA_STORE_PASSWORD": PASSWORD})
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn("other key stores converted", done.stderr)
            done = kif("harden", source, "-o", target, "--force", *options, env={**os.environ, "KIF_JAVA_STORE_PASSWORD": PASSWORD})
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # Without the choice it is what it is where no choice was made.
        self.assertEqual(layouts.Layout.named(f"oci:{ground.work}/over-0:it").digest, layouts.Layout.named(harden("plain")[0]).digest)

    def test_passwords_go_by_the_file_that_a_path_leads_to(self):
        passwords = ground.work / "by-link"
        passwords.write_text(f"/srv/link.jks {PASSWORD}\nanother one\n")
        target, _ = harden("linked", "--java-store", "/srv/link.jks", "--java-store-passwords", passwords)
        self.assertEqual(load(target, "/srv/link.jks", PASSWORD), GOOD["own.jks"])
        for text, said in (("/srv/nowhere.jks x\n", "the image has no such file"), ("/secret\n", "a path alone"), ("x\ny\n", "two are for the same")):
            passwords.write_text(text)
            _, done = harden("not", "--java-store", "/srv/own.jks", "--java-store-passwords", passwords, expect=3 if "nowhere" in text else 2)
            self.assertIn(said, done.stderr)
            self.assertNotIn("secret", done.stderr)

    def test_one_that_needs_nothing_is_told_from_what_is_none(self):
        _, done = harden("readable", "--java-store", "/srv/new.p12")
        self.assertIn("/srv/new.p12 was not converted: Java reads it as it is", done.stderr)
        _, done = harden("not", "--java-store", "/exercise/Exercise.class", expect=1)
        self.assertIn("it is no key store that kif knows", done.stderr)

    def test_one_that_is_too_large_is_said_and_hides_no_other(self):
        source = with_layer(image(), {"/srv/a-large.jks": bytes(4 * 1024 * 1024 + 1)})
        done = kif("harden", source, "-o", f"oci:{ground.work}/large:it")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("were looked into: not /srv/a-large.jks", done.stderr)
        self.assertIn("--java-store /srv/own.jks converts it", done.stderr)
        done = kif("harden", source, "-o", f"oci:{ground.work}/large-all:it", "--java-store", "all")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("cannot convert all key stores: there are too many, or too large ones, such as /srv/a-large.jks", done.stderr)

    def test_what_sun_reads_is_left_to_it(self):
        _, done = harden("sun", "--java-sun", "--java-store", "all", environment={"KIF_JAVA_STORE_PASSWORD": PASSWORD})
        report = json.loads(done.stdout)["platforms"][0]
        self.assertEqual(report["found"]["java_stores_converted"], ["/srv/keys/old.p12"])
        # Found, and under another password: not an error, since nobody named it.
        self.assertEqual(sum("/srv/short-salt.keystore is a " in warning and "the password is another" in warning for warning in report["warnings"]), 1)

    def test_verify_takes_it(self):
        done = kif("verify", "--live", "--probe-only", converted()[0])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_cannot_be_done_is_said(self):
        for options, environment, code, said in (
                (["--java-store", "/srv/own.jks"], {}, 1, "cannot convert the key store /srv/own.jks: its password is not given"),
                (["--java-store", "/srv/own.jks"], {"KIF_JAVA_STORE_PASSWORD": "wrong"}, 1, "the password is another, or it is damaged"),
                (["--java-store", "/srv/none.jks"], {"KIF_JAVA_STORE_PASSWORD": PASSWORD}, 3, "the image has no such file"),
                (["--java-store", "own.jks"], {}, 2, "an absolute path in the image, or all"),
                (["--java-store-passwords", "/nowhere"], {}, 2, "without --java-store")):
            with self.subTest(said):
                _, done = harden("not", *options, environment=environment, expect=code)
                self.assertIn(said, done.stderr)
                self.assertFalse((ground.work / "not").exists(), "nothing is written")

    def test_one_is_converted_by_the_variable(self):
        target, done = harden("one", "--java-store", "/srv/own.jks", environment={"KIF_JAVA_STORE_PASSWORD": PASSWORD})
        self.assertEqual(json.loads(done.stdout)["platforms"][0]["found"]["java_stores_converted"], ["/srv/own.jks"])
        self.assertEqual(load(target, "/srv/own.jks", PASSWORD), GOOD["own.jks"])


def content_of(name, path):
    return ground.layer(name)[0][path]


def attributes(name, path):
    with layouts.Layout.named(name).layer_tar(-1) as tar:
        entry = tar.getmember(path)
        return entry.mode, entry.uid, entry.gid


if __name__ == "__main__":
    ground.main()
