# SPDX-License-Identifier: Apache-2.0
"""Key stores and names as Java programs use them, in hardened images: files of every kind that stock Java and OpenSSL make, empty stores that
are filled from PEM, keytool, what is trusted by default; and what is refused, with the sentence that helps."""

import base64
import os
import subprocess
import unittest

import ground
from ground import CLASSES, RUNTIMES, hardened, kif, layouts, lines, real, with_layer

PASSWORD = "changeit"
FILES = "/stores"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
CONVERT = ("convert it where there is a JDK of 2021 or newer that is not hardened: "
           "keytool -importkeystore -srckeystore OLD -destkeystore NEW.p12 -deststoretype PKCS12")
_folder = None


def stock(*command):
    """A command of this machine's, with nothing of kif's."""
    environment = {name: value for name, value in os.environ.items() if name != "JAVA_TOOL_OPTIONS"}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120, check=False, env=environment)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def keytool(*arguments):
    return stock("keytool", *arguments)


def files():
    """A folder with stores of every kind, all with one key or one certificate."""
    global _folder
    if _folder:
        return _folder
    folder = ground.work / "stores"
    folder.mkdir()
    at = {name: folder / name for name in ("rsa.p12", "ec.p12", "own.jks", "own.jceks", "ca.jks", "ca.p12", "old.p12", "short-salt.p12", "chain.p12")}
    for name, options in (("rsa.p12", ["-keyalg", "RSA", "-keysize", "2048"]), ("ec.p12", ["-keyalg", "EC", "-groupname", "secp256r1"])):
        keytool("-genkeypair", "-alias", "own", *options, "-dname", "CN=localhost", "-keystore", at[name], "-storetype", "PKCS12", "-storepass", PASSWORD)
    for kind in ("jks", "jceks"):
        keytool("-importkeystore", "-srckeystore", at["rsa.p12"], "-srcstorepass", PASSWORD, "-destkeystore", at["own." + kind], "-deststoretype", kind,
                "-deststorepass", PASSWORD)
    certificate = folder / "own.crt"
    keytool("-exportcert", "-rfc", "-alias", "own", "-keystore", at["rsa.p12"], "-storepass", PASSWORD, "-file", certificate)
    for name, kind in (("ca.jks", "JKS"), ("ca.p12", "PKCS12")):
        keytool("-importcert", "-noprompt", "-alias", "Root", "-file", certificate, "-keystore", at[name], "-storetype", kind, "-storepass", PASSWORD)
    pem = folder / "own.pem"
    stock("openssl", "pkcs12", "-in", at["rsa.p12"], "-passin", "pass:" + PASSWORD, "-nodes", "-out", pem)
    stock("openssl", "pkcs12", "-export", "-in", pem, "-passout", "pass:" + PASSWORD, "-legacy", "-out", at["old.p12"])
    # A certificate with its issuer beside it.
    stock("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=issuer", "-keyout", folder / "issuer.key", "-out", folder / "issuer.crt")
    stock("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=leaf", "-keyout", folder / "leaf.key", "-out", folder / "leaf.csr")
    stock("openssl", "x509", "-req", "-in", folder / "leaf.csr", "-CA", folder / "issuer.crt", "-CAkey", folder / "issuer.key", "-set_serial", "2", "-out",
          folder / "leaf.crt")
    stock("openssl", "pkcs12", "-export", "-inkey", folder / "leaf.key", "-in", folder / "leaf.crt", "-certfile", folder / "issuer.crt", "-name", "leaf",
          "-passout", "pass:" + PASSWORD, "-out", at["short-salt.p12"])  # 8 bytes: OpenSSL before 3.2
    stock("keytool", "-importkeystore", "-srckeystore", at["short-salt.p12"], "-srcstorepass", PASSWORD, "-destkeystore", at["chain.p12"], "-deststoretype",
          "PKCS12", "-deststorepass", PASSWORD)
    keytool("-importkeystore", "-srckeystore", at["rsa.p12"], "-srcstorepass", PASSWORD, "-destkeystore", folder / "secret.p12", "-deststoretype", "PKCS12",
            "-deststorepass", PASSWORD)
    keytool("-genseckey", "-alias", "aes", "-keyalg", "AES", "-keysize", "256", "-keystore", folder / "secret.p12", "-storepass", PASSWORD)
    for name, options in (("short-salt.key", ["-v2", "aes-256-cbc"]), ("3des.key", ["-v1", "PBE-SHA1-3DES", "-provider", "default", "-provider", "legacy"])):
        stock("openssl", "pkcs8", "-topk8", "-in", folder / "leaf.key", "-passout", "pass:" + PASSWORD, *options, "-out", folder / name)
    for alias in ("one", "two"):  # two that signed themselves, of one name
        keytool("-genkeypair", "-alias", alias, "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=localhost", "-keystore", folder / "same.p12",
                "-storetype", "PKCS12", "-storepass", PASSWORD)
    newer_openssl(folder)
    for name in ("own.jks", "own.jceks", "old.p12", "short-salt.p12"):
        keytool("-importkeystore", "-noprompt", "-srckeystore", at[name], "-srcstorepass", PASSWORD, "-destkeystore", folder / f"new-{name}.p12",
                "-deststoretype", "PKCS12", "-deststorepass", PASSWORD)
    (folder / "bundle.pem").write_text("# a comment\n" + certificate.read_text() + (folder / "issuer.crt").read_text())
    (folder / "cut.p12").write_bytes(at["rsa.p12"].read_bytes()[:600])
    (folder / "cut.jks").write_bytes(at["ca.jks"].read_bytes()[:300])
    (folder / "key-and-certificate.pem").write_text((folder / "leaf.key").read_text() + (folder / "leaf.crt").read_text())
    (folder / "cut.pem").write_text(certificate.read_text() + certificate.read_text()[:200])
    (folder / "script").write_text("#!/bin/sh\ncat <<END\n" + certificate.read_text() + "END\n")
    (folder / "longer.p12").write_bytes(at["rsa.p12"].read_bytes() + b"more")
    (folder / "text").write_text("a file of another kind, which is no key store")
    (folder / "empty").write_bytes(b"")
    _folder = folder
    return folder


def newer_openssl(folder):
    """Files of an OpenSSL that makes salts of 16 bytes, and knows PBMAC1 (RFC 9579)."""
    image = with_layer(real(RUNTIMES["21"]), {f"{FILES}/{name}": folder / name for name in ("leaf.key", "leaf.crt", "issuer.crt")})
    done = kif("run", image, "--", "openssl", "pkcs8", "-topk8", "-in", f"{FILES}/leaf.key", "-passout", "pass:" + PASSWORD, "-v2", "aes-256-cbc")
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    (folder / "encrypted.key").write_text(done.stdout)
    for name, options in (("openssl.p12", ""), ("sha512.p12", "-macalg sha512"), ("pbmac1.p12", "-pbmac1_pbkdf2 -macsaltlen 16"), ("pbmac1-short-salt.p12", "-pbmac1_pbkdf2"), ("no-mac.p12", "-nomac")):
        done = kif("run", image, "--", "sh", "-c", f"openssl pkcs12 -export -inkey {FILES}/leaf.key -in {FILES}/leaf.crt -certfile {FILES}/issuer.crt -name leaf "
                   f"-passout pass:{PASSWORD} {options} | base64")
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        (folder / name).write_bytes(base64.b64decode(done.stdout))


_with_files = {}


def run(image, *command, options=(), expect=0):
    """A command in the image with the stores in it, as an application's layer brings them."""
    if image not in _with_files:
        _with_files[image] = with_layer(image, {f"{FILES}/{path.name}": path for path in files().iterdir()})
    done = kif("run", "--deny", _with_files[image], *options, "--", *command)
    if done.returncode != expect:
        raise AssertionError(f"exit code {done.returncode}: {done.stdout}{done.stderr}")
    return done


def stores(image, *arguments, java=(), **more):
    return lines(run(image, "java", *java, "-cp", CLASSES, "Stores", *arguments, **more).stdout)


class Names(unittest.TestCase):
    def test_what_stands_behind_suns_names(self):
        for version in ("11", "21", "25"):
            with self.subTest(version):
                seen = stores(hardened(version)[0], "names")
                generators = ("SHA1PRNG", "NativePRNG", "NativePRNGBlocking", "NativePRNGNonBlocking", "DRBG", "DRBG-parameters")
                self.assertEqual({name: seen[name] for name in generators}, dict.fromkeys(generators, "KIF"))
                algorithms = ("SunEC", "SunJCE", "SunRsaSign")
                self.assertEqual({name: seen[name] for name in algorithms}, dict.fromkeys(algorithms, "BCFIPS"))
                factories = ("keys-SunX509", "keys-NewSunX509", "keys-PKIX", "trust-SunX509", "trust-PKIX", "SunJSSE")
                self.assertEqual({name: seen[name] for name in factories}, dict.fromkeys(factories, "BCJSSE"))
                self.assertEqual((seen["SHA1PRNG-twice"], seen["jitter-for-a-mebibyte"]), ("different", "little"))
                self.assertEqual(seen["default"], "BCFIPS BCFIPS")
                # A name brings nothing that is not approved.
                for name in ("SunJCE-des", "SunJCE-hmac-md5", "SunEC-x25519", "SUN"):
                    self.assertRegex(seen[name], "^failed: NoSuch(Algorithm|Provider)Exception: ", name)

    def test_stock_java_has_them_itself(self):
        # The control: what the names are in the image as it was.
        seen = lines(kif("run", with_layer(real(RUNTIMES["21"]), ground.exercise()), "--", "java", "-cp", CLASSES, "Stores", "names").stdout)
        self.assertEqual((seen["SHA1PRNG"], seen["SHA1PRNG-twice"], seen["SunJCE-des"], seen["SunEC"]), ("SUN", "the same", "SunJCE", "SunEC"))

    def test_providers_without_cryptography_of_their_own(self):
        for version in ("11", "21", "25"):
            with self.subTest(version):
                seen = stores(hardened(version)[0], "beside")
                self.assertEqual((seen["xml"], seen["PLAIN"], seen["EXTERNAL"]), ("XMLDSig true false", "16 bytes", "4 bytes"))
                self.assertIn("InitialDirContext", seen["ldap"])  # the provider was found: there is no server
                # They ask the list of providers for digests and ciphers, and there are none.
                self.assertRegex(seen["xml-md5"], "^failed: ")
                self.assertRegex(seen["CRAM-MD5"], "^failed: .*MD5")
                for name in ("DIGEST-MD5", "NTLM"):
                    self.assertRegex(seen[name], "^failed: ", name)

    def test_who_asks_by_a_name_is_told_once(self):
        path = ground.work / "refused.json"
        done = kif("run", "--trace=refused", "--format", "json", "--output", path, hardened("21")[0], "--", "java", "-cp", CLASSES, "Stores", "names")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = path.read_text()
        for name in ("DES", "HmacMD5", "X25519"):
            self.assertEqual(told.count(f'"{name}"'), 1, told)


class Files(unittest.TestCase):
    GOOD = {"rsa.p12": "{own=key(RSA,1)}", "ec.p12": "{own=key(EC,1)}", "chain.p12": "{leaf=key(RSA,2)}", "ca.jks": "{root=certificate}",
            "ca.p12": "{root=certificate}", "bundle.pem": "{ca-1=certificate, ca-2=certificate}", "secret.p12": "{aes=key(AES,none), own=key(RSA,1)}",
            "same.p12": "{one=key(EC,1), two=key(EC,1)}", "openssl.p12": "{leaf=key(RSA,2)}", "sha512.p12": "{leaf=key(RSA,2)}",
            "pbmac1.p12": "{leaf=key(RSA,2)}", "no-mac.p12": "{leaf=key(RSA,2)}", "longer.p12": "{own=key(RSA,1)}"}
    TYPES = {"ca.jks": "JKS", "bundle.pem": "PEM"}

    def paths(self, *names):
        return [f"{FILES}/{name}" for name in names]

    def test_a_file_is_what_it_is_whatever_it_is_called(self):
        for version, kinds in (("11", ("PKCS12",)), ("21", ("PKCS12", "JKS", "BCFKS", "by-file")), ("25", ("BCFKS",))):
            for kind in kinds:
                with self.subTest(version=version, kind=kind):
                    good = {name: (self.TYPES.get(name, "PKCS12") + " " if kind == "by-file" else "") + said for name, said in self.GOOD.items()}
                    self.assertEqual(stores(hardened(version)[0], "load", kind, PASSWORD, *self.paths(*good)), good)

    def test_stock_java_sees_the_same(self):
        # The control, for what the JDK reads: the same entries with the same chains.
        source = with_layer(real(RUNTIMES["21"]), ground.exercise())
        names = [name for name in self.GOOD if name not in ("bundle.pem", "pbmac1.p12")]
        image = with_layer(source, {f"{FILES}/{name}": files() / name for name in names})
        done = kif("run", image, "--", "java", "-cp", CLASSES, "Stores", "load", "PKCS12", PASSWORD, *self.paths(*names))
        self.assertEqual(lines(done.stdout), {name: self.GOOD[name] for name in names}, done.stderr)

    def test_what_is_read_without_a_password(self):
        seen = stores(hardened("21")[0], "load", "PKCS12", "none", *self.paths("rsa.p12", "ca.jks", "bundle.pem"))
        self.assertEqual(seen, {"rsa.p12": "{own=key(?,none)}", "ca.jks": self.GOOD["ca.jks"], "bundle.pem": self.GOOD["bundle.pem"]})

    def test_what_is_not_approved_is_refused_in_a_sentence_that_helps(self):
        names = ("own.jks", "own.jceks", "old.p12", "short-salt.p12", "cut.p12", "cut.jks", "text", "empty", "script", "cut.pem",
                 "key-and-certificate.pem", "pbmac1-short-salt.p12")
        seen = stores(hardened("21")[0], "load", "JKS", PASSWORD, *self.paths(*names))
        start = f"failed: IOException: cannot load the key store {FILES}/"
        self.assertEqual(seen["own.jks"], f"{start}own.jks: it is a JKS file with a private key (own), whose protection is not approved; {CONVERT}")
        self.assertEqual(seen["own.jceks"], f"{start}own.jceks: it is a JCEKS file, whose protection is not approved; {CONVERT}")
        self.assertEqual(seen["old.p12"], f"{start}old.p12: it is encrypted by RC2 (pbeWithSHAAnd40BitRC2-CBC), which is not approved; {CONVERT}")
        self.assertEqual(seen["short-salt.p12"], f"{start}short-salt.p12: its key derivation has a salt of 8 bytes, and the module takes 16 or more; "
                         f"{CONVERT}")
        self.assertEqual(seen["pbmac1-short-salt.p12"], f"{start}pbmac1-short-salt.p12: it has a MAC, and its key derivation has a salt of 8 bytes, and the "
                         "module takes 16 or more; make it anew by openssl pkcs12 -export -pbmac1_pbkdf2 -macsaltlen 16")
        for name, kind in (("cut.p12", "PKCS #12"), ("text", "no BCFKS, PKCS #12, JKS or PEM"), ("script", "no BCFKS, PKCS #12, JKS or PEM"),
                           ("cut.pem", "has no end"), ("key-and-certificate.pem", "private key")):
            self.assertIn(f"{start}{name}: it is ", seen[name])
            self.assertIn(kind, seen[name])
        self.assertIn("the password is another one, or the file is damaged", seen["cut.jks"])
        self.assertIn("it is empty", seen["empty"])
        # The command is what it says: what it makes is read.
        new = [f"new-{name}.p12" for name in ("own.jks", "own.jceks", "old.p12", "short-salt.p12")]
        for name, said in stores(hardened("21")[0], "load", "JKS", PASSWORD, *self.paths(*new)).items():
            self.assertIn("=key(RSA,", said, name)

    def test_a_wrong_password_is_told(self):
        names = ("rsa.p12", "ec.p12", "ca.jks", "ca.p12")
        for name, said in stores(hardened("21")[0], "load", "PKCS12", "changeis", *self.paths(*names)).items():
            self.assertEqual(said, f"failed: IOException: cannot load the key store {FILES}/{name}: the password is another one, or the file is damaged")

    def test_a_changed_byte_is_read_or_refused(self):
        seen = stores(hardened("21")[0], "flip", *self.paths("rsa.p12", "secret.p12", "ca.p12", "pbmac1.p12", "ca.jks", "bundle.pem"))
        self.assertEqual(seen, dict.fromkeys(seen, "both"))
        self.assertEqual(len(seen), 6)

    def test_what_is_written_stock_java_and_openssl_read(self):
        password = "changeitchangeit"
        done = run(hardened("21")[0], "sh", "-c", f"java -cp {CLASSES} Stores write PKCS12 /tmp/new.p12 {password} && base64 /tmp/new.p12")
        self.assertEqual(lines(done.stdout.split("MII")[0])["written"], "{ca=certificate, own=key(RSA,1), secret=key(AES,none)}")
        new = ground.work / "written.p12"
        new.write_bytes(base64.b64decode(done.stdout[done.stdout.index("\nMI"):]))
        listed = keytool("-list", "-keystore", new, "-storepass", password)
        self.assertEqual([listed.count(kind) for kind in ("PrivateKeyEntry", "SecretKeyEntry", "trustedCertEntry")], [1, 1, 1], listed)
        self.assertIn("BEGIN PRIVATE KEY", stock("openssl", "pkcs12", "-in", new, "-passin", "pass:" + password, "-nodes", "-nocerts"))

    def test_nothing_is_lost_when_a_file_is_written_again(self):
        for name in ("secret.p12", "chain.p12", "same.p12", "ca.p12"):
            self.assertEqual(stores(hardened("21")[0], "rewrite", f"{FILES}/{name}")["rewritten"], self.GOOD[name])

    def test_an_encrypted_key_is_opened_by_the_standard_api(self):
        for version in ("21", "25"):  # older ones take the name PBES2 for the cipher, and stop themselves
            said = stores(hardened(version)[0], "encrypted-key", f"{FILES}/encrypted.key")["encrypted-key"]
            self.assertEqual(said, "PBEWithHmacSHA256AndAES_256 RSA", version)
        # The control, and one that is refused: by a salt of 8 bytes, and by 3DES.
        image = with_layer(with_layer(real(RUNTIMES["21"]), ground.exercise()), {f"{FILES}/encrypted.key": files() / "encrypted.key"})
        done = kif("run", image, "--", "java", "-cp", CLASSES, "Stores", "encrypted-key", f"{FILES}/encrypted.key")
        self.assertEqual(lines(done.stdout)["encrypted-key"], "PBEWithHmacSHA256AndAES_256 RSA")
        for name in ("short-salt.key", "3des.key"):
            self.assertRegex(stores(hardened("21")[0], "encrypted-key", f"{FILES}/{name}")["encrypted-key"], "^failed: ")

    def test_parameters(self):
        seen = stores(hardened("21")[0], "builder")
        self.assertEqual({name: seen[name] for name in ("PKCS12", "JKS", "BCFKS")}, {"PKCS12": "PKCS12 0", "JKS": "JKS 0", "BCFKS": "BCFKS 0"})
        self.assertRegex(seen["prediction-resistance"], "^failed: NoSuchAlgorithmException")
        self.assertEqual(seen["reseed"], "KIF")

    def test_the_modules_own_format(self):
        image = hardened("21")[0]
        made = run(image, "sh", "-c", f"keytool -importkeystore -srckeystore {FILES}/rsa.p12 -srcstorepass {PASSWORD} -destkeystore /tmp/own.bcfks "
                   f"-deststorepass {PASSWORD} && java -cp {CLASSES} Stores load PKCS12 {PASSWORD} /tmp/own.bcfks")
        self.assertEqual(lines(made.stdout)["own.bcfks"], "{own=key(RSA,1)}", made.stdout)


class Memory(unittest.TestCase):
    def test_empty_stores_are_filled(self):
        for version in ("11", "21", "25"):
            with self.subTest(version):
                seen = stores(hardened(version)[0], "memory", f"{FILES}/rsa.p12")
                self.assertEqual({kind: seen[kind] for kind in ("JKS", "PKCS12")}, dict.fromkeys(("JKS", "PKCS12"), "1 1 KIF {ca=certificate, own=key(RSA,1)}"))
                self.assertEqual(seen["BCFKS"], "1 1 KIF {Own=key(RSA,1), ca=certificate}")
                self.assertRegex(seen["wrong-password"], "^failed: UnrecoverableKeyException: ")
                whole = "{ca=certificate, own=key(RSA,1)}"
                for kind, short, long in (("BCFKS", whole, whole), ("PKCS12", "cannot write the key own: its password has 8 bytes, and the module takes 14", whole),
                                          ("JKS", "their protection is not approved", "their protection is not approved")):
                    self.assertIn(short, seen[f"written-{kind}-short"])
                    self.assertIn(long, seen[f"written-{kind}-long"])
                    self.assertEqual(seen[f"written-{kind}-certificates"], "{ca=certificate}")


class Trust(unittest.TestCase):
    def trusted(self, image, *java, **more):
        return int(stores(image, "trusted", java=java, **more)["trusted"])

    def test_what_stock_java_trusts(self):
        for version in ("11", "17", "21", "25"):
            with self.subTest(version):
                source = with_layer(real(RUNTIMES[version]), ground.exercise())
                stock_count = int(lines(kif("run", source, "--", "java", "-cp", CLASSES, "Stores", "trusted").stdout)["trusted"])
                self.assertGreater(stock_count, 100)
                self.assertEqual(self.trusted(hardened(version)[0]), stock_count)

    def test_a_store_of_ones_own_needs_no_type(self):
        for name, count in (("ca.jks", 1), ("ca.p12", 1), ("bundle.pem", 2)):
            for image in (hardened("21")[0], hardened("21", "--java-sun")[0]):
                options = [f"-Djavax.net.ssl.trustStore={FILES}/{name}", f"-Djavax.net.ssl.trustStorePassword={PASSWORD}"]
                self.assertEqual(self.trusted(image, *options), count, name)
        # By the variable, as an orchestrator adds it to an image that it does not build.
        self.assertEqual(self.trusted(hardened("21")[0], options=["--env", f"JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore={FILES}/bundle.pem"]), 2)

    def test_an_authority_of_ones_own_by_dockerfile(self):
        # What `RUN keytool -importcert -cacerts` leaves in a layer over the hardened one.
        image = hardened("21")[0]
        before = self.trusted(image)
        done = run(image, "sh", "-c", f"keytool -importcert -noprompt -cacerts -storepass {PASSWORD} -alias own -file {FILES}/own.crt && "
                   f"keytool -list -cacerts -storepass {PASSWORD} -alias own && java -cp {CLASSES} Stores trusted")
        self.assertIn("own, ", done.stdout)
        self.assertIn("trustedCertEntry", done.stdout)
        self.assertEqual(int(lines(done.stdout)["trusted"]), before + 1)

    def test_an_authority_of_ones_own_by_mount(self):
        # A mount is one file more over the image's, as a layer is here; Debian's cacerts is a link to this one.
        image = with_layer(hardened("21")[0], {"/etc/ssl/certs/java/cacerts": files() / "bundle.pem"})
        self.assertEqual(self.trusted(image), 2)

    def test_a_runtime_without_a_store_trusts_the_images_bundle(self):
        source = layouts.Layout.named(with_layer(real(RUNTIMES["21"]), ground.exercise()))
        home = "/usr/lib/jvm/java-21-openjdk-amd64"
        bare = with_layer(source.name, {f"{home}/lib/security/.wh.cacerts": b""})
        name = f"oci:{ground.work}/bare:it"
        done = kif("harden", bare, "-o", name)
        self.assertEqual(done.returncode, 0, done.stderr)
        bundle = kif("run", bare, "--", "grep", "-c", "BEGIN CERTIFICATE", BUNDLE).stdout
        self.assertEqual(self.trusted(name), int(bundle))


class Keytool(unittest.TestCase):
    def test_the_images_own(self):
        for version in ("11", "21", "25"):
            with self.subTest(version):
                image = hardened(version)[0]
                listed = run(image, "keytool", "-list", "-cacerts", "-storepass", PASSWORD).stdout
                self.assertGreater(listed.count("trustedCertEntry"), 100)
                script = f"""
                  set -e
                  keytool -genkeypair -alias made -keyalg EC -groupname secp256r1 -dname CN=x -keystore /tmp/new -storepass {PASSWORD}
                  keytool -list -keystore /tmp/new -storepass {PASSWORD} | grep -x "Keystore type: BCFKS"
                  keytool -list -keystore /tmp/new -storepass {PASSWORD}
                  keytool -list -keystore {FILES}/rsa.p12 -storepass {PASSWORD}
                  keytool -list -keystore {FILES}/ca.jks -storepass {PASSWORD}
                  keytool -importcert -noprompt -alias more -file {FILES}/own.crt -keystore /tmp/new -storepass {PASSWORD}
                  keytool -exportcert -rfc -alias more -keystore /tmp/new -storepass {PASSWORD}
                  keytool -importkeystore -srckeystore {FILES}/rsa.p12 -srcstorepass {PASSWORD} -destkeystore /tmp/converted -deststorepass {PASSWORD}
                  keytool -list -keystore /tmp/converted -storepass {PASSWORD}
                """
                done = run(image, "sh", "-c", script)
                self.assertEqual(done.stdout.count("PrivateKeyEntry"), 3, done.stdout)
                self.assertEqual(done.stdout.count("trustedCertEntry"), 1, done.stdout)
                self.assertIn("-----BEGIN CERTIFICATE-----", done.stdout)

    def test_a_file_that_cannot_be_read_is_named(self):
        done = run(hardened("21")[0], "keytool", "-list", "-keystore", f"{FILES}/own.jks", "-storepass", PASSWORD, expect=1)
        self.assertIn(f"cannot load the key store {FILES}/own.jks: it is a JKS file with a private key", done.stdout)


class ShortSecrets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        source = with_layer(real(RUNTIMES["21"]), ground.exercise())
        cls.stock = lines(kif("run", source, "--", "java", "-cp", CLASSES, "Stores", "secrets").stdout)
        assert not [said for said in cls.stock.values() if said.startswith("failed")], cls.stock

    def test_by_default_they_are_refused(self):
        seen = stores(hardened("21")[0], "secrets")
        for name, said in seen.items():
            if name.endswith("-25"):
                self.assertEqual(said, self.stock[name], name)
            elif name.startswith("hmac-"):
                self.assertRegex(said, "^failed: IllegalKeyException: Key size for HMAC must be at least 112 bits", name)
            else:
                what = "salt must be at least 128" if name == "pbkdf2-short-salt" else "password must be at least 112"
                self.assertEqual(said, f"failed: FipsUnapprovedOperationError: {what} bits", name)

    def test_chosen_they_give_what_stock_java_gives(self):
        for version in ("11", "21", "25"):
            with self.subTest(version):
                image, report = hardened(version, "--compat", "short-hmac-keys")
                seen = stores(image, "secrets")
                self.assertIn("salt must be at least 128 bits", seen.pop("pbkdf2-short-salt"))
                self.assertEqual(seen, {name: said for name, said in self.stock.items() if name != "pbkdf2-short-salt"})
                self.assertIn("short HMAC keys allowed", run(image, "true").stderr)


class Sun(unittest.TestCase):
    def test_kept_sun_reads_what_kif_does_not(self):
        seen = stores(hardened("21", "--java-sun")[0], "load", "JKS", PASSWORD, f"{FILES}/own.jks", f"{FILES}/rsa.p12", f"{FILES}/ca.jks")
        self.assertEqual(seen, {"own.jks": "{own=key(RSA,1)}", "rsa.p12": "{own=key(RSA,1)}", "ca.jks": "{root=certificate}"})

    def test_by_file_and_made_anew(self):
        image = hardened("21", "--java-sun")[0]
        self.assertEqual(stores(image, "load", "by-file", PASSWORD, f"{FILES}/own.jks", f"{FILES}/rsa.p12"),
                         {"own.jks": "JKS {own=key(RSA,1)}", "rsa.p12": "PKCS12 {own=key(RSA,1)}"})
        self.assertEqual(run(image, "keytool", "-list", "-keystore", f"{FILES}/rsa.p12", "-storepass", PASSWORD).stdout.count("PrivateKeyEntry"), 1)
        self.assertEqual(stores(image, "write", "JKS", "/tmp/new.jks", PASSWORD)["written"], "{ca=certificate, own=key(RSA,1)}")


if __name__ == "__main__":
    ground.main()
