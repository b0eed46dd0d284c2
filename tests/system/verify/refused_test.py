# SPDX-License-Identifier: Apache-2.0
"""kif run --trace=refused: which program, library and function asked OpenSSL for what it does not offer."""

import json
import pathlib
import platform
import signal
import subprocess
import unittest

import ground
from ground import Test, as_nobody, hardened, kif, leftovers, real, start, wait_until, with_files, workspaces

_made = {}


def runtime(name):
    """A hardened image of a language runtime."""
    if name not in _made:
        made = subprocess.run([ground.options.runtime_image, name], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise RuntimeError(f"cannot make the image {name}: {made.stderr}")
        folder = ground.work / f"runtime-{name}"
        result = kif("harden", made.stdout.strip(), "-o", f"oci:{folder}:it")
        if result.returncode != 0:
            raise RuntimeError(f"cannot harden {name}: {result.stderr}")
        _made[name] = f"oci:{folder}:it"
    return _made[name]


def asking(source, label):
    """An image with the program asks on top."""
    if label not in _made:
        content = pathlib.Path(ground.options.asks).read_bytes()
        _made[label] = with_files(source, ground.work / label, {"/usr/bin/asks": (content, 0o755)})
        subprocess.run(["chmod", "-R", "a+rX", ground.work / label], check=True)
    return _made[label]


def hardened_asking():
    return asking(hardened("trixie"), "hardened-asking")


@unittest.skipUnless(platform.machine() == "x86_64", "kif refuses it elsewhere; test_elsewhere")
class Refused(Test):
    def refused(self, image, *command, options=(), expect=0, **more):
        """(the requests of a run, the program's output)."""
        path = ground.work / f"refused-{len(list(ground.work.glob('refused-*')))}"
        path.mkdir(mode=0o777)
        path.chmod(0o777)
        result = self.run_image(image, "--trace=refused", "--format", "json", "--output", path / "it.json", *options, "--", *command,
                                expect=expect, **more)
        document = json.loads((path / "it.json").read_text())
        self.assertEqual(document["schema"], "kif.run/1")
        self.assertNotIn("trace", document)
        found = document["refused"]
        self.assertEqual((found["started"], found["dropped"], found.get("failure")), (True, 0, None))
        self.watched = found["watched"]
        return found["requests"], result.stdout

    def of(self, requests, process):
        """{(asked for, from): count} of one program's."""
        return {(r["asked_for"], r["from"]): r["count"] for r in requests if r["process"] == process and not r["own_look"]}

    def test_each_way_to_ask_is_seen_once(self):
        requests, output = self.refused(hardened_asking(), "asks", "md5-fetch", "thread:md5-implicit", "fork:md5-fetch", "sha256", "md5-many",
                                        "chacha20")
        self.assertEqual([line.split()[1] for line in output.splitlines()], ["refused", "refused", "refused", "given", "refused", "refused"])
        seen = self.of(requests, "asks")
        # Where EVP_DigestInit_ex ends in a jump it is not on the stack.
        self.assertEqual(seen, {("digest MD5", "libcrypto.so.3 EVP_MD_fetch < asks"): 53,
                                ("cipher CHACHA20-POLY1305", "libcrypto.so.3 EVP_CIPHER_fetch < asks"): 1})
        own = [r for r in requests if r["process"] == "asks"]
        self.assertEqual({r["reason"] for r in own}, {"no provider offers it"})
        self.assertEqual({r["executable"] for r in own}, {"/usr/bin/asks"})
        self.assertEqual([path for path in self.watched if "libcrypto" in path and not path.endswith("/libcrypto.so.3")], [])

    def test_what_is_given_is_not_listed(self):
        requests, output = self.refused(hardened_asking(), "asks", "sha256", "thread:sha256", "fork:sha256")
        self.assertEqual(output.split(), ["sha256", "given"] * 3)
        self.assertEqual(self.of(requests, "asks"), {})
        self.assertEqual(len(self.watched), 1)
        text = self.run_image(hardened_asking(), "--trace=refused", "--", "asks", "sha256").stderr
        self.assertNotIn("asks ", text)

    def test_an_image_without_the_layer_refuses_nothing(self):
        requests, output = self.refused(asking(real("trixie"), "plain-asking"), "asks", "md5-fetch", "fork:md5-implicit", "pkcs1")
        self.assertEqual(output.split()[1::2], ["given"] * 3)
        self.assertEqual(requests, [])
        result = self.run_image(asking(real("trixie"), "plain-asking"), "--trace=refused", "--", "asks", "md5-fetch")
        self.assertEqual(result.stderr.splitlines()[-1], "nothing was refused")

    def test_what_the_module_or_kif_refuses_has_its_reason(self):
        requests, output = self.refused(hardened_asking(), "asks", "pkcs1")
        self.assertEqual(output, "pkcs1 refused\n")
        seen = [(r["asked_for"], r["reason"]) for r in requests if r["process"] == "asks"]
        self.assertIn("libcrypto.so.3 EVP_PKEY_encrypt < asks", requests[-1]["from"])
        # Modules since 3.4 refuse it themselves.
        self.assertIn(seen, ([("EVP_PKEY_encrypt", "the module does not take this padding")],
                             [("RSA encryption with PKCS#1 v1.5 padding is refused (kif-refuse: rsa-pkcs1-encryption)", "refused by kif")]))

    def test_what_a_tls_context_looks_for_is_told_apart(self):
        requests, output = self.refused(hardened_asking(), "asks", "tls")
        self.assertEqual(output, "tls given\n")
        looks = [r for r in requests if r["process"] == "asks"]
        self.assertIn("cipher ChaCha20-Poly1305".lower(), {r["asked_for"].lower() for r in looks})
        self.assertEqual({r["own_look"] for r in looks}, {True})
        self.assertEqual({r["from"].split(" < ")[1] for r in looks}, {"libssl.so.3 SSL_CTX_new_ex"})

    def test_programs_end_as_without_a_trace(self):
        for what, code in (("die", 134), ("block", 0)):
            with self.subTest(what):
                plain = self.run_image(hardened_asking(), "--", "asks", "md5-fetch", what, "md5-fetch", expect=code)
                requests, output = self.refused(hardened_asking(), "asks", "md5-fetch", what, "md5-fetch", expect=code)
                self.assertEqual(output, plain.stdout)
                self.assertEqual(sum(self.of(requests, "asks").values()), output.count("refused"))

    def test_the_openssl_command(self):
        requests, _ = self.refused(hardened("trixie"), "sh", "-c", "echo x | openssl dgst -md5; echo x | openssl dgst -sha256")
        seen = self.of(requests, "openssl")
        self.assertIn("MD5", {what.split()[-1].upper() for what, _ in seen})

    def test_rootless_and_as_another_user(self):
        nobody = as_nobody()
        if nobody is not None:
            requests, _ = self.refused(hardened_asking(), "asks", "md5-fetch", **nobody)
            self.assertEqual(sum(self.of(requests, "asks").values()), 1)
        requests, _ = self.refused(hardened_asking(), "asks", "md5-fetch", options=["--user", "1000:1000", "--no-capabilities", "--read-only"])
        self.assertEqual(sum(self.of(requests, "asks").values()), 1)

    def test_nginx(self):
        setting = "user root; daemon off; error_log stderr; events {} http { access_log off; server { listen unix:/tmp/it; ssl_ciphers RC4-MD5; } }"
        files = {"/etc/nginx/refused.conf": (setting.replace("listen unix:/tmp/it;", "listen unix:/tmp/it ssl; ssl_certificate /etc/nginx/c.pem; "
                                                             "ssl_certificate_key /etc/nginx/k.pem;").encode(), 0o644)}
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "7", "-subj",
                        "/CN=localhost", "-keyout", ground.work / "k.pem", "-out", ground.work / "c.pem"], check=True, capture_output=True)
        for name in ("k.pem", "c.pem"):
            files["/etc/nginx/" + name] = ((ground.work / name).read_bytes(), 0o644)
        image = with_files(hardened("trixie-servers"), ground.work / "nginx", files)
        requests, _ = self.refused(image, "nginx", "-t", "-c", "/etc/nginx/refused.conf", expect=1)
        seen = [r for r in requests if r["process"] == "nginx" and not r["own_look"]]
        self.assertIn(("SSL_CTX_set_cipher_list", "TLS: no cipher of this list is there", ["libssl.so.3 SSL_CTX_set_cipher_list", "nginx"]),
                      [(r["asked_for"], r["reason"], r["from"].split(" < ")[:2]) for r in seen])

    def test_python_and_django(self):
        program = "import hashlib\ntry: hashlib.md5(b'x')\nexcept ValueError as error: print(error)\nhashlib.sha256(b'x')"
        requests, output = self.refused(runtime("python-django"), "python3", "-c", program)
        self.assertIn("md5", output)
        seen = self.of(requests, "python3")
        self.assertEqual({what.split(" with")[0] for what, _ in seen}, {"digest MD5"})
        self.assertTrue(all(origin.startswith("libcrypto.so.3 EVP_MD_fetch") and "_hashlib" in origin for _, origin in seen), seen)
        program = ("import django\nfrom django.conf import settings\nsettings.configure(PASSWORD_HASHERS=['django.contrib.auth.hashers.MD5PasswordHasher'])\n"
                   "django.setup()\nfrom django.contrib.auth.hashers import make_password\nmake_password('x')")
        requests, _ = self.refused(runtime("python-django"), "python3", "-c", program, expect=1)
        self.assertIn("digest MD5", {what.split(" with")[0] for what, _ in self.of(requests, "python3")})

    def test_node_with_openssl_inside(self):
        # One with ERR_vset_error within ERR_set_error, one without.
        for name in ("node-18", "node-22"):
            with self.subTest(name):
                program = "const c = require('crypto'); try { c.createHash('md5') } catch (e) { console.log(e.code) }; c.createHash('sha256')"
                requests, output = self.refused(runtime(name), "node", "-e", program)
                self.assertEqual(output, "ERR_OSSL_EVP_UNSUPPORTED\n")
                seen = self.of(requests, "node")
                self.assertEqual({what for what, _ in seen}, {"digest MD5"})
                self.assertTrue(any("node::crypto::Hash" in origin for _, origin in seen), seen)

    def test_java(self):
        """By class and jar; and what Java asks for and gets is not listed."""
        folder = ground.work / "java"
        for path, text in (("lib/com/example/Digests.java", "package com.example; public class Digests { public static void of(String name) throws Exception {"
                            " try { java.security.MessageDigest.getInstance(name); System.out.println(name + \" given\"); }"
                            " catch (java.security.NoSuchAlgorithmException e) { System.out.println(name + \" refused\"); } } }"),
                           ("app/Main.java", "public class Main { public static void main(String[] names) throws Exception {"
                            " for (String name : names) com.example.Digests.of(name);"
                            " try { javax.crypto.Cipher.getInstance(\"RC4\"); } catch (java.security.NoSuchAlgorithmException e) { }"
                            " javax.crypto.Cipher.getInstance(\"AES/GCM/NoPadding\"); } }")):
            (folder / path).parent.mkdir(parents=True)
            (folder / path).write_text(text)
        for command in (["javac", "--release", "17", "lib/com/example/Digests.java"], ["jar", "--create", "--file", "digests.jar", "-C", "lib", "com/example/Digests.class"],
                        ["javac", "--release", "17", "-cp", "digests.jar", "app/Main.java"]):
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
        files = {"srv/digests.jar": ((folder / "digests.jar").read_bytes(), 0o644), "srv/app/Main.class": ((folder / "app/Main.class").read_bytes(), 0o644)}
        image = with_files(hardened("trixie-java21"), ground.work / "java-image", files)
        command = ("java", "-cp", "/srv/digests.jar:/srv/app", "Main", "MD5", "SHA-256", "MD5", "MD2")
        requests, _ = self.refused(image, *command[:4], "\u00e4" * 3000)
        self.assertEqual({request["asked_for"].rstrip("\u00e4\ufffd") for request in requests if request["process"] == "java"}, {"MessageDigest ", "Cipher RC4"})
        requests, output = self.refused(image, *command)
        self.assertEqual(output.splitlines(), ["MD5 refused", "SHA-256 given", "MD5 refused", "MD2 refused"])
        way = "java.base java.security.MessageDigest.getInstance < digests.jar com.example.Digests.of < app Main.main"
        self.assertEqual(self.of(requests, "java"), {("MessageDigest MD5", way): 2, ("MessageDigest MD2", way): 1,
                                                     ("Cipher RC4", "java.base javax.crypto.Cipher.getInstance < app Main.main"): 1})
        asked = [request for request in requests if request["process"] == "java"]
        self.assertEqual({request["executable"].rsplit("/", 1)[1] for request in asked}, {"java"})
        self.assertEqual({request["reason"] for request in asked}, {"no provider offers it"})
        self.assertEqual({request["algorithm"] for request in asked}, {"MD5", "MD2", "RC4"})
        print("\n" + self.run_image(image, "--trace=refused", "--", *command).stderr)
        # Without the trace the provider tells nobody.
        self.assertNotIn("/.kif", self.run_image(image, "--", "sh", "-c", "java -cp /srv/digests.jar:/srv/app Main MD5 >&2; ls -d /.kif* || true").stdout)

    def test_what_is_written_into_javas_pipe_is_hostile(self):
        script = ("p=/.kif/refused; printf 'x\\n1\\tMessageDigest\\t\\033[31mMD5\\t/a.jar\\tevil\\n' >$p; head -c 3000000 /dev/zero >$p; echo >$p; "
                  "i=0; while [ $i -lt 3000 ]; do echo \"1\tMessageDigest\tnr-$i\"; i=$((i+1)); done >$p; echo done")
        result = kif("run", hardened_asking(), "--trace=refused", "--", "sh", "-c", script)
        self.assertEqual((result.returncode, result.stdout), (0, "done\n"), result.stderr[-2000:])
        self.assertIn("\\x1b[31mMD5", result.stderr)
        self.assertNotIn("\x1b", result.stderr)
        self.assertRegex(result.stderr, r"(?m)^\d+ of them are counted and not listed$")

    def test_a_program_that_is_stopped_is_waited_for(self):
        before = set(workspaces())
        run = start("run", hardened_asking(), "--trace=refused", "--", "sh", "-c", "trap 'exit 3' TERM; asks md5-fetch; while :; do sleep 1 & wait; done")
        try:
            self.assertEqual(run.stdout.readline(), "md5-fetch refused\n")
            run.send_signal(signal.SIGTERM)
            _, text = run.communicate(timeout=120)
        finally:
            run.kill()
        self.assertEqual(run.returncode, 3, text)
        self.assertIn("digest MD5", text)
        self.assertEqual(set(workspaces()) - before, set())

    def test_nothing_is_left_when_kif_is_killed(self):
        run = start("run", hardened_asking(), "--trace=refused", "--", "sh", "-c", "asks md5-fetch; exec sleep 987654")
        self.assertEqual(run.stdout.readline(), "md5-fetch refused\n")
        names = [path.name for path in workspaces()]
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=120)
        self.assertTrue(wait_until(lambda: not ground.processes_with("987654") and not leftovers(names), 60), leftovers(names))


class Usage(Test):
    def test_what_cannot_be_traced_together_is_a_mistake(self):
        for arguments in (("--trace=refused", "--deny"), ("--trace=everything",)):
            result = kif("run", "oci:nowhere", *arguments)
            self.assertEqual(result.returncode, 2, result.stderr)

    if platform.machine() != "x86_64":

        def test_elsewhere(self):
            result = kif("run", real("trixie"), "--trace=refused", "--", "true")
            self.assertIn("cannot trace what is refused", result.stderr)


if __name__ == "__main__":
    ground.main()
