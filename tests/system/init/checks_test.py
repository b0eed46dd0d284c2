#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each check of kif-init is made to fail, and the application must not start; and a good start in every pair of libcrypto and module."""

import json
import os
import re
import shutil
import subprocess
import unittest

import container
from container import CONFIG, KERNEL_SEEDED_TEXT, LAYER, MANIFEST, Container, mac, root

READY = re.compile(r"^kif-init: ready: module (\S+) \((\d+) self-tests passed\), jitterentropy 3\.6\.\d+ "
                   r"\(start-up test passed\), seed cpu-jitter, 8 files verified, (?:(?:random bytes from|no broker) .*, )?\d+ ms\n$")
FAULTY = "/usr/lib/kif/libjitterentropy.so.3"


class GoodStart(unittest.TestCase):
    def start(self, suite, module):
        result = root(suite, module).chroot(LAYER + "kif-init", "--", "/application", "exit", "3")
        self.assertEqual(result.returncode, 3, result.stderr)
        match = READY.match(result.stderr)
        self.assertTrue(match, result.stderr)
        self.assertGreaterEqual(int(match[2]), 20)
        return match[1]

    def test_every_libcrypto_with_every_module(self):
        for suite, modules in (("bookworm", ("3.0.8", "3.1.2", "3.4.0", "3.5")), ("trixie", ("3.0.8", "3.1.2", "3.4.0", "3.5")),
                               ("forky", ("3.0.8", "3.5", "3.6"))):
            for module in modules:
                with self.subTest(suite=suite, module=module):
                    self.assertTrue(self.start(suite, module).startswith(module))

    def test_check_alone(self):
        result = root().chroot(LAYER + "kif-init", "--check")
        self.assertEqual((result.returncode, result.stdout), (0, ""))
        self.assertRegex(result.stderr, READY)
        self.assertNotIn("random bytes", result.stderr, "checks alone start no broker")

    def test_status_of_no_broker(self):
        result = root().chroot(LAYER + "kif-init", "--status")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("kif-init: error: cannot ask the broker: none runs in this container\n", result.stderr)

    def test_status_as_json(self):
        result = root().chroot(LAYER + "kif-init", "--check", KIF_STATUS="json")
        status = json.loads(result.stderr)
        self.assertEqual((status["schema"], status["program"], status["state"]), (1, "kif-init", "ready"))
        self.assertEqual(status["seed"]["origin"], "cpu-jitter")
        self.assertGreaterEqual(status["seed"]["bytes"], 32)
        self.assertEqual(status["seed"]["generator"], "CTR-DRBG")
        self.assertEqual((status["configuration"], status["files_verified"]), (CONFIG, 8))
        self.assertGreater(status["elapsed_ms"], 0)
        self.assertIn(status["timer"]["state"], ("no-emulator-seen", "emulated", "unknown"))
        self.assertTrue(status["timer"]["told_by"])

    def test_a_timer_from_hardware_can_be_required(self):
        """Where no emulator is seen, as on most machines that run this, the requirement changes nothing; elsewhere nothing starts."""
        timer = json.loads(root().chroot(LAYER + "kif-init", "--check", KIF_STATUS="json").stderr)["timer"]
        result = root().chroot(LAYER + "kif-init", "/application", "exit", "3", KIF_STATUS="json", KIF_REQUIRE_HARDWARE_TIMER="1")
        status = json.loads(result.stderr)
        if timer["state"] == "no-emulator-seen":
            self.assertEqual((result.returncode, status["state"], status["timer"]), (3, "ready", timer))
        else:
            self.assertEqual((result.returncode, status["failure"], status["exit_code"]), (92, "hardware-timer", 92))

    def test_quiet(self):
        result = root().chroot(LAYER + "kif-init", "--check", KIF_STATUS="quiet")
        self.assertEqual((result.returncode, result.stderr), (0, ""))


class Refusal(unittest.TestCase):
    """In a trixie root with module 3.5, but where the case needs another."""

    def refused(self, code, failure, pattern, used=None, **environment):
        used = used or root()
        result = used.chroot(LAYER + "kif-init", "/application", "arguments", "application ran", KIF_STATUS="json", **environment)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertNotIn("application ran", result.stdout)
        line = result.stderr.strip().splitlines()[-1]
        if os.environ.get("KIF_TEST_VERBOSE"):
            print(line)
        status = json.loads(line)
        self.assertEqual((status["state"], status["failure"], status["exit_code"]), ("refused", failure, code))
        self.assertRegex(status["message"], pattern)
        return result.stderr

    # 80

    def test_no_command(self):
        result = root().chroot(LAYER + "kif-init", "--")
        self.assertEqual(result.returncode, 80)
        self.assertIn("no command is given", result.stderr)

    # 81

    def test_no_manifest(self):
        with root().kept(MANIFEST):
            root().at(MANIFEST).unlink()
            self.refused(81, "manifest", "cannot open /usr/share/kif/manifest.sha256: No such file or directory")

    def test_a_cut_off_manifest(self):
        with root().kept(MANIFEST):
            root().write(MANIFEST, root().text(MANIFEST)[:-1])
            self.refused(81, "manifest", "line 8: is cut off")

    def test_a_manifest_without_the_module(self):
        with root().kept(MANIFEST):
            lines = root().text(MANIFEST).splitlines(keepends=True)
            root().write(MANIFEST, "".join(line for line in lines if not line.endswith("/fips.so\n")))
            self.refused(81, "manifest", "it does not name /usr/lib/kif/fips.so")

    # 82

    def test_a_changed_byte_in_any_file(self):
        for name in (LAYER + "fips.so", LAYER + "kif-fips.so", LAYER + "libjitterentropy.so.3", CONFIG):
            with self.subTest(name=name), root().kept(name):
                root().change_byte(name)
                self.refused(82, "layer-files", f"cannot verify {re.escape(name)}: its content is not what the layer")

    def test_a_missing_file(self):
        for name in (LAYER + "fips.so", LAYER + "libjitterentropy.so.3"):
            with self.subTest(name=name), root().kept(name):
                root().at(name).unlink()
                self.refused(82, "layer-files", f"cannot verify {re.escape(name)}: No such file or directory")

    def test_nothing_of_the_layer_is_loaded_before_its_files_are_verified(self):
        with root().kept(LAYER + "kif-fips.so", MANIFEST):
            root().copy(container.options.intruder, LAYER + "kif-fips.so")
            self.assertNotIn("intruder was loaded", self.refused(82, "layer-files", "kif-fips.so: its content is not"))
            root().write_manifest()  # the control: with its digest in the manifest it is loaded, and says so
            self.assertIn("intruder was loaded", self.refused(87, "module", "cannot load the FIPS module"))

    # 83

    def test_no_libcrypto(self):
        name = str(root().at("/usr/lib/x86_64-linux-gnu/libcrypto.so.3"))
        shutil.move(name, name + ".away")
        try:
            self.refused(83, "libcrypto", "cannot load libcrypto.so.3: .*No such file or directory")
        finally:
            shutil.move(name + ".away", name)

    def test_another_libcrypto(self):
        name = "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"
        with root().kept(name):
            root().copy(container.options.intruder, name)
            self.refused(83, "libcrypto", "cannot use libcrypto.so.3: it has no function OPENSSL_init_crypto")

    # 84

    def test_a_library_that_is_no_jitterentropy(self):
        with root().kept(FAULTY, MANIFEST):
            root().copy(container.options.intruder, FAULTY)
            root().write_manifest()
            self.refused(84, "entropy-library", "libjitterentropy.so.3")

    # 85

    def test_each_way_in_which_the_source_fails(self):
        for fault, pattern in (("startup:2", "start-up test failed.*timer"), ("startup:9", "start-up test failed"), ("alloc:1", "collector|memory"),
                               ("read:-2", "repetition count"), ("read:-3", "adaptive proportion"), ("read:-5", "lag predictor"),
                               ("read:-6", "repetition count"), ("read:-7", "adaptive proportion"), ("read:-8", "lag predictor"),
                               ("read:-4", "timer")):
            for suite, module in (("trixie", "3.5"), ("bookworm", "3.1.2")):
                used = root(suite, module)
                with self.subTest(fault=fault, suite=suite), used.kept(FAULTY, MANIFEST):
                    used.copy(container.options.faulty, FAULTY)
                    used.write_manifest()
                    self.refused(85, "entropy-health", pattern, used, KIF_FAULTY_JITTER=fault)

    def test_the_stand_in_for_the_source_is_good_where_it_is_told_to_be(self):
        with root().kept(FAULTY, MANIFEST):
            root().copy(container.options.faulty, FAULTY)
            root().write_manifest()
            self.assertEqual(root().chroot(LAYER + "kif-init", "--check", KIF_FAULTY_JITTER="none").returncode, 0)

    # 86

    def test_a_configuration_that_is_not_there(self):
        self.refused(86, "configuration", "cannot read OpenSSL's configuration /no/such.cnf: No such file", OPENSSL_CONF="/no/such.cnf")

    def test_the_stock_configuration(self):
        self.refused(86, "configuration", "it loads no FIPS module", OPENSSL_CONF="/etc/ssl/openssl.cnf")

    def test_a_malformed_configuration(self):
        with root().kept("/etc/kif/bad.cnf"):
            root().write("/etc/kif/bad.cnf", "config_diagnostics = 1\nopenssl_conf = kif_init\n[kif_init\n")
            self.refused(86, "configuration", "cannot accept /etc/kif/bad.cnf: missing close square bracket",
                         OPENSSL_CONF="/etc/kif/bad.cnf")

    def test_a_configuration_without_fips_properties(self):
        with root().kept("/etc/kif/bad.cnf"):
            root().write("/etc/kif/bad.cnf", root().text(CONFIG).replace("default_properties = fips=yes", ""))
            self.refused(86, "configuration", "it does not set default_properties = fips=yes", OPENSSL_CONF="/etc/kif/bad.cnf")

    # 87

    def test_a_module_that_fails_its_integrity_test(self):
        # Consistent as far as the manifest goes, so that the module itself finds it.
        with root().kept(LAYER + "fips.so", MANIFEST):
            root().write(LAYER + "fips.so", root().read(LAYER + "fips.so") + b"\0")
            root().write_manifest()
            self.refused(87, "module", "its self-test Module_Integrity HMAC failed")

    def test_a_module_that_is_not_there(self):
        with root().kept("/etc/kif/bad.cnf"):
            root().write("/etc/kif/bad.cnf", root().text(CONFIG).replace("= /usr/lib/kif/fips.so", "= /usr/lib/kif/none.so"))
            self.refused(87, "module", "/usr/lib/kif/none.so", OPENSSL_CONF="/etc/kif/bad.cnf")

    def test_a_module_that_skips_its_self_tests(self):
        used = root("trixie", "3.0.8")
        status = "INSTALL_SELF_TEST_KATS_RUN"
        with used.kept("/etc/kif/bad.cnf"):
            used.write("/etc/kif/bad.cnf", used.text(CONFIG).replace(
                "install-version = 1", f"install-version = 1\ninstall-status = {status}\ninstall-mac = {mac(status.encode())}"))
            self.refused(87, "module", "it was loaded without its known-answer tests", used, OPENSSL_CONF="/etc/kif/bad.cnf")

    # 88

    def test_the_kernel_seeded_module(self):
        for suite, module in (("trixie", "3.5"), ("bookworm", "3.5"), ("bookworm", "3.1.2"), ("forky", "3.6")):
            used = root(suite, module)
            with self.subTest(suite=suite, module=module), used.kept("/etc/kif/bad.cnf"):
                used.write("/etc/kif/bad.cnf", KERNEL_SEEDED_TEXT.format(mac=mac(used.read(LAYER + "fips.so"))))
                self.refused(88, "seed-origin", "there is no kif-seed provider", used, OPENSSL_CONF="/etc/kif/bad.cnf")

    def test_the_kernel_seeded_module_beside_the_seed_source(self):
        for suite, module in (("trixie", "3.5"), ("bookworm", "3.5"), ("bookworm", "3.1.2"), ("forky", "3.6")):
            used = root(suite, module)
            with self.subTest(suite=suite, module=module), used.kept("/etc/kif/bad.cnf"):
                head, tail = used.text(CONFIG).split("[kif_fips]")
                section, rest = tail.split("[", 1)
                section = section.replace("kif-module = /usr/lib/kif/fips.so\n", "").replace(LAYER + "kif-fips.so", LAYER + "fips.so")
                used.write("/etc/kif/bad.cnf", head + "[kif_fips]" + section + "[" + rest)
                # In kif-init libkif-random refuses the kernel's bytes; a module of 3.1 has drawn while it was loaded.
                code, failure, pattern = ((88, "seed-origin", "CPU jitter gave no seed") if module == "3.1.2" else
                                          (85, "entropy-health", "error retrieving entropy"))
                self.refused(code, failure, pattern, used, OPENSSL_CONF="/etc/kif/bad.cnf")

    def test_a_seed_source_that_does_not_load(self):
        with root().kept("/etc/kif/bad.cnf"):
            root().write("/etc/kif/bad.cnf", root().text(CONFIG).replace("kif-role = seed-source", "kif-role = seed-source\nkif-osr = 99"))
            self.refused(88, "seed-origin", "there is no kif-seed provider, .*: .*kif-osr", OPENSSL_CONF="/etc/kif/bad.cnf")

    # 89

    def test_a_crash_while_loading(self):
        with root().kept(LAYER + "kif-fips.so", MANIFEST):
            root().copy(container.options.intruder, LAYER + "kif-fips.so")
            root().write_manifest()
            self.refused(89, "unfinished", "their process was ended by signal 6", KIF_TEST_CRASH="1")


class Surroundings(unittest.TestCase):
    """As process 1 under runc, in what container engines and clusters put around it."""

    def ready(self, **how):
        result = Container(root(), [LAYER + "kif-init", "--", "/application", "process"], **how).run()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, READY)
        self.said = result.stderr
        return result.stdout

    def test_nothing_granted(self):
        self.assertRegex(self.ready(uid=65534, read_only=True, no_new_privileges=True, capabilities=()), r"^pid [1-9]\d* parent 1 uid 65534\n$")
        self.assertIn(", random bytes from broker and catch-all, ", self.said)

    def test_all_granted(self):
        self.assertRegex(self.ready(read_only=False, no_new_privileges=False, capabilities=("CAP_SYS_ADMIN", "CAP_KILL")), " parent 1 uid 0\n$")

    def test_without_proc(self):
        # runc cannot start a container without it, so this is a bare process namespace.
        result = subprocess.run(["unshare", "--pid", "--fork", "chroot", str(root().path), LAYER + "kif-init", "/application", "process"],
                                env=root().environment(PATH=os.environ["PATH"]), capture_output=True, text=True, timeout=120, check=False)
        self.assertRegex(result.stdout, r"^pid [1-9]\d* parent 1 uid 0\n$")
        self.assertRegex(result.stderr, READY)

    def test_under_denial(self):
        self.assertIn("parent 1", self.ready(deny=True, uid=65534))
        self.assertIn(", random bytes from broker, no catch-all (getrandom is refused from outside), ", self.said)

    def test_a_catch_all_that_was_asked_for(self):
        environment = root().environment(KIF_CATCH_ALL="on", KIF_STATUS="json")
        command = [LAYER + "kif-init", "--", "/application", "process"]
        here = Container(root(), command, environment=environment).run()
        self.assertEqual((here.returncode, json.loads(here.stderr)["catch_all"]), (0, {"state": "on"}))
        refused = Container(root(), command, environment=environment, deny=True).run()
        self.assertEqual((refused.returncode, refused.stdout), (90, ""))
        self.assertEqual(json.loads(refused.stderr)["failure"], "catch-all")

    def test_what_was_switched_off(self):
        command = [LAYER + "kif-init", "--", "/application", "process"]
        for variable, said in (("KIF_CATCH_ALL", "random bytes from broker, no catch-all (KIF_CATCH_ALL=off), "), ("KIF_BROKER", "8 files verified, ")):
            with self.subTest(variable):
                result = Container(root(), command, environment=root().environment(**{variable: "off"})).run()
                self.assertRegex(result.stderr, re.escape(said) + r"\d+ ms\n$")

    def test_the_kernel_seeded_module_fails_under_denial_too(self):
        with root().kept("/etc/kif/bad.cnf"):
            root().write("/etc/kif/bad.cnf", KERNEL_SEEDED_TEXT.format(mac=mac(root().read(LAYER + "fips.so"))))
            result = Container(root(), [LAYER + "kif-init", "/application", "process"], deny=True,
                               environment=root().environment(OPENSSL_CONF="/etc/kif/bad.cnf")).run()
            self.assertEqual((result.returncode, result.stdout), (88, ""))


if __name__ == "__main__":
    container.main()
