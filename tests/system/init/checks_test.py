#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each check of kif-init is made to fail, and the application must not start; and a good start in every pair of libcrypto and module."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import unittest

import container
from container import CONFIG, KERNEL_SEEDED_TEXT, LAYER, MANIFEST, OWN_PLACE, STOCK, Container, mac, root

READY = re.compile(r"^kif-init: ready: module (\S+) \((\d+) self-tests passed\), jitterentropy 3\.6\.\d+ "
                   r"\(start-up test passed\), seed cpu-jitter, 10 files verified, (?:(?:random bytes from|no broker) .*, )?\d+ ms\n$")
FAULTY = "/usr/lib/kif/libjitterentropy.so.3"
STATUS_FAILED = 3  # exit code of --status
# Each code of jitterentropy 3.6.3, and what a source comes to that goes on failing.
FAULTS = {
    "startup:1": "there is no timer", "startup:2": "timer is too coarse", "startup:3": "timer runs backwards",
    "startup:4": "timer varies too little", "startup:5": "variation does not vary", "startup:6": "variation varies too little",
    "startup:7": "programming error", "startup:8": "samples are stuck", "startup:9": "adaptive proportion", "startup:10": "repetition count",
    "startup:11": "known-answer test of the conditioning function", "startup:12": "out of memory", "startup:13": "common divisor",
    "startup:99": "with a result that jitterentropy's interface does not have", "alloc:1": "cannot make a collector",
    "read:-1": "called without a collector", "read:-2": "repetition count test failed too often", "read:-3": "adaptive proportion test failed too often",
    "read:-4": "timer cannot be used", "read:-5": "lag predictor test failed too often", "read:-6": "repetition count test failed permanently",
    "read:-7": "adaptive proportion test failed permanently", "read:-8": "lag predictor test failed permanently",
    "read:-3@1x3/4": "adaptive proportion test failed too often", "read:-2@3,startup:2@2": "timer is too coarse",
}
FAULTS_3_7 = {
    "read:-9": "repetition count test with memory failed too often", "read:-10": "repetition count test with memory failed permanently",
    "read:-11": "known-answer test of the conditioning function", "selftest:11": "known-answer test of the conditioning function",
    "status:1": "status is not that of a tested source", "status:2": "status is not that of a tested source",
}


def stand_in(version):
    """The library that fails on demand: "" is 3.6.3, "-3.7", "-unknown"."""
    faulty = pathlib.Path(container.options.faulty)
    return faulty.with_name(faulty.name.replace("-faulty", "-faulty" + version))


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
        self.assertEqual((status["seed"]["origin"], status["seed"]["origin_is"]), ("cpu-jitter", "known"))
        self.assertEqual((status["jitterentropy"]["osr"], status["jitterentropy"]["flags"], status["jitterentropy"]["memory_bytes"]), (3, "", 0))
        self.assertGreaterEqual(status["seed"]["bytes"], 32)
        self.assertEqual(status["seed"]["generator"], "CTR-DRBG")
        self.assertEqual((status["configuration"], status["files_verified"]), (CONFIG, 10))
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

    def test_without_the_images_variables(self):
        """Its own check makes the load that the application is going to make: of the file where libcrypto looks by itself."""
        for suite in ("bookworm", "trixie"):
            result = Container(root(suite), [LAYER + "kif-init", "--check"], environment={"KIF_STATUS": "json"}).run()
            status = json.loads(result.stderr)
            self.assertEqual((result.returncode, status["state"], status["configuration"]), (0, "ready", "/usr/lib/ssl/openssl.cnf"))

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
            self.refused(81, "manifest", "line 10: is cut off")

    def test_a_manifest_without_the_module(self):
        with root().kept(MANIFEST):
            lines = root().text(MANIFEST).splitlines(keepends=True)
            root().write(MANIFEST, "".join(line for line in lines if not line.endswith("/fips.so\n")))
            self.refused(81, "manifest", "it does not name /usr/lib/kif/fips.so")

    # 82

    def test_a_changed_byte_in_any_file(self):
        for name in (LAYER + "fips.so", LAYER + "kif-fips.so", LAYER + "kif-provider.so", LAYER + "libjitterentropy.so.3", CONFIG, OWN_PLACE):
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
            self.refused(83, "libcrypto", "cannot load libcrypto.so.4: .*No such file or directory; cannot load libcrypto.so.3: .*No such file or directory")
        finally:
            shutil.move(name + ".away", name)

    def test_another_libcrypto(self):
        name = "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"
        with root().kept(name):
            root().copy(container.options.intruder, name)
            self.refused(83, "libcrypto", "cannot use libcrypto.so.3: it has no function OPENSSL_init_crypto")

    def test_of_two_major_versions_each_is_checked(self):
        newer, older = "/usr/lib/x86_64-linux-gnu/libcrypto.so.4", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"
        with root().kept(newer, older):
            root().copy(f"{container.options.deps}/openssl-4.0.3/lib/libcrypto.so.4", newer)
            result = root().chroot(LAYER + "kif-init", "--check")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stderr, r"^kif-init: ready: OpenSSL 4\.0\.3 and 3\.5\.\d+, module 3\.5")
            status = json.loads(root().chroot(LAYER + "kif-init", "--check", KIF_STATUS="json").stderr)
            self.assertEqual((status["libcrypto"], [version[:4] for version in status["further_libcryptos"]]), ("4.0.3", ["3.5."]))
            for name in (newer, older):
                with self.subTest(name), root().kept(name):
                    root().copy(container.options.intruder, name)
                    self.refused(83, "libcrypto", f"cannot use {name.rsplit('/', 1)[1]}: it has no function OPENSSL_init_crypto")
            # It loads, and is OpenSSL's, but does not know what the configuration's `providers` are: only its own checks can tell.
            with root().kept(older):
                content = root().read(older)
                self.assertEqual(content.count(b"\0providers\0"), 1)
                root().write(older, content.replace(b"\0providers\0", b"\0prxviders\0"))
                self.refused(87, "module", "libproviders.so: cannot open")
            # The newer alone is named as any one is.
            with root().kept(older):
                root().at(older).unlink()
                self.assertRegex(root().chroot(LAYER + "kif-init", "--check").stderr, "^kif-init: ready: module 3.5")

    # 84

    def test_a_library_that_is_no_jitterentropy(self):
        with root().kept(FAULTY, MANIFEST):
            root().copy(container.options.intruder, FAULTY)
            root().write_manifest()
            self.refused(84, "entropy-library", "libjitterentropy.so.3")

    # 85

    def test_each_way_in_which_the_source_fails(self):
        # In every module: 3.0 and 3.1 draw while they are loaded, and self-tests of 3.0 fail without random bytes.
        for suite, module in (("trixie", "3.5"), ("trixie", "3.4.0"), ("bookworm", "3.1.2"), ("bookworm", "3.0.8")):
            used = root(suite, module)
            with used.kept(FAULTY, MANIFEST):
                for version, faults in (("", FAULTS), ("-3.7", {**FAULTS, **FAULTS_3_7})):
                    used.copy(stand_in(version), FAULTY)
                    used.write_manifest()
                    for fault, pattern in faults.items() if module in ("3.5", "3.0.8") else list(faults.items())[::4]:
                        with self.subTest(module=module, version=version, fault=fault):
                            self.refused(85, "entropy-health", pattern, used, KIF_FAULTY_JITTER=fault)

    def test_a_source_that_repeats_itself(self):
        """Its own tests pass, and every process draws the same bytes."""
        for suite, module in (("trixie", "3.5"), ("bookworm", "3.0.8")):
            used = root(suite, module)
            with used.kept(FAULTY, MANIFEST):
                used.copy(container.options.faulty, FAULTY)
                used.write_manifest()
                for fault in ("constant", "repeating"):
                    with self.subTest(module=module, fault=fault):
                        self.refused(85, "entropy-health", "it repeats itself: blocks of two processes", used, KIF_FAULTY_JITTER=fault)

    def test_a_source_that_repeats_itself_in_two_containers(self):
        with root().kept(FAULTY, MANIFEST):
            root().copy(container.options.faulty, FAULTY)
            root().write_manifest()
            for _ in range(2):
                result = Container(root(), [LAYER + "kif-init", "--", "/application", "process"],
                                   environment=root().environment(KIF_FAULTY_JITTER="repeating")).run()
                self.assertEqual((result.returncode, result.stdout), (85, ""))
                self.assertIn("it repeats itself", result.stderr)

    def test_a_version_that_kif_does_not_know(self):
        with root().kept(FAULTY, MANIFEST):
            root().copy(stand_in("-unknown"), FAULTY)
            root().write_manifest()
            self.refused(84, "entropy-library", "this kif does not know its version", KIF_FAULTY_JITTER="none")

    def test_the_stand_in_for_the_source_is_good_where_it_is_told_to_be(self):
        with root().kept(FAULTY, MANIFEST):
            root().copy(container.options.faulty, FAULTY)
            root().write_manifest()
            result = root().chroot(LAYER + "kif-init", "--check", KIF_FAULTY_JITTER="none")
            self.assertEqual(result.returncode, 0, result.stderr)
            # A library that kif does not know: where its bytes come from is its giver's word.
            self.assertIn(", seed claimed to be cpu-jitter (a library that kif does not know), ", result.stderr)
            status = json.loads(root().chroot(LAYER + "kif-init", "--check", KIF_FAULTY_JITTER="none", KIF_STATUS="json").stderr)
            self.assertEqual((status["seed"]["origin"], status["seed"]["origin_is"]), ("cpu-jitter", "claimed"))

    def test_settings_are_shown(self):
        with root().kept(FAULTY, MANIFEST, CONFIG):
            root().copy(stand_in("-3.7"), FAULTY)
            keys = "kif-osr = 5\nkif-flags = ntg1\nkif-memory-bytes = 65536\n"
            root().write(CONFIG, root().text(CONFIG).replace("[kif_fips]\n", "[kif_fips]\n" + keys).replace("[kif_seed_source]\n", "[kif_seed_source]\n" + keys))
            root().write_manifest()
            result = root().chroot(LAYER + "kif-init", "--check", KIF_FAULTY_JITTER="none")
            self.assertIn("jitterentropy 3.7.1 (osr 5, flags ntg1, memory 65536 bytes; start-up test passed)", result.stderr)
            status = json.loads(root().chroot(LAYER + "kif-init", "--check", KIF_FAULTY_JITTER="none", KIF_STATUS="json").stderr)
            self.assertEqual(status["jitterentropy"], {"version": "3.7.1", "startup_test_passed": True, "osr": 5, "flags": "ntg1", "memory_bytes": 65536})

    # 86

    def test_a_configuration_that_is_not_there(self):
        self.refused(86, "configuration", "cannot read OpenSSL's configuration /no/such.cnf: No such file", OPENSSL_CONF="/no/such.cnf")

    def test_the_stock_configuration(self):
        self.refused(86, "configuration", "it loads no FIPS module", OPENSSL_CONF=STOCK)

    def test_a_malformed_configuration(self):
        with root().kept("/etc/kif/bad.cnf"):
            root().write("/etc/kif/bad.cnf", "config_diagnostics = 1\nopenssl_conf = kif_init\n[kif_init\n")
            self.refused(86, "configuration", "cannot accept /etc/kif/bad.cnf: missing close square bracket",
                         OPENSSL_CONF="/etc/kif/bad.cnf")

    def test_a_configuration_without_fips_properties(self):
        with root().kept("/etc/kif/bad.cnf"):
            root().write("/etc/kif/bad.cnf", root().text(CONFIG).replace("default_properties = fips=yes", ""))
            self.refused(86, "configuration", "it does not set default_properties = fips=yes", OPENSSL_CONF="/etc/kif/bad.cnf")

    def test_a_provider_with_algorithms_beside_the_module(self):
        """What is not approved would be a query away."""
        with root().kept("/etc/kif/bad.cnf"):
            for provider in ("default", "legacy"):
                text = root().text(CONFIG).replace("legacy = kif_none\n", "").replace("base = kif_base\n", f"base = kif_base\n{provider} = kif_base\n")
                root().write("/etc/kif/bad.cnf", text)
                # legacy's own file is where libcrypto looks for it without OPENSSL_MODULES.
                more = {} if provider == "default" else {"OPENSSL_MODULES": "/usr/lib/x86_64-linux-gnu/ossl-modules"}
                self.refused(86, "configuration", f"it activates the provider {provider} ", OPENSSL_CONF="/etc/kif/bad.cnf", **more)
            # An empty one brings nothing.
            root().write("/etc/kif/bad.cnf", root().text(CONFIG).replace("kif-role = none\n", "kif-role = none\nactivate = 1\n"))
            result = root().chroot(LAYER + "kif-init", "/application", "exit", "3", OPENSSL_CONF="/etc/kif/bad.cnf")
            self.assertEqual(result.returncode, 3, result.stderr)

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


class WithoutKifInit(unittest.TestCase):
    """jitterentropy 3.7 asks getrandom while it starts. Nobody serves it here, so libkif-random.so would make a DRBG, of that very source."""

    def test_nothing_waits_for_itself(self):
        for suite, module in (("trixie", "3.5"), ("bookworm", "3.0.8")):
            used = root(suite, module)
            with self.subTest(module=module), used.kept(FAULTY, MANIFEST):
                used.copy(stand_in("-3.7"), FAULTY)
                # chroot's time limit is the watchdog.
                result = used.chroot("/usr/bin/openssl", "rand", "-hex", "16", KIF_FAULTY_JITTER="none")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertRegex(result.stdout, "^[0-9a-f]{32}\n$")
                # Others than the source's own thread are answered, by that DRBG.
                steps = {step["step"]: step for step in map(json.loads, used.chroot("/probe", KIF_FAULTY_JITTER="none").stdout.splitlines())}
                self.assertEqual(steps["getrandom"]["outcome"], "pass", steps["getrandom"])
                self.assertEqual(steps["drawn-bytes"]["outcome"], "pass", steps["drawn-bytes"])


class Broker(unittest.TestCase):
    """The source fails later: the container's generator is gone, and those that take its place do not pass their checks."""

    def children(self, made):
        """The children of process 1, by name."""
        pid = made.pid()
        return {int(child): pathlib.Path(f"/proc/{child}/comm").read_text().strip()
                for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}

    def until(self, what, condition):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, subprocess.CalledProcessError):
                if condition():
                    return
            time.sleep(0.05)
        self.fail(f"never: {what}")

    def draws(self, made):
        """What getrandom gives to a program in that container."""
        result = subprocess.run(["runc", "exec", made.name, "/probe"], capture_output=True, text=True, timeout=120, check=False)
        return {step["step"]: step for step in map(json.loads, result.stdout.splitlines())}["getrandom"]

    def status(self, made):
        """The exit code of kif-init --status in that container."""
        return subprocess.run(["runc", "exec", made.name, LAYER + "kif-init", "--status"], capture_output=True, timeout=120, check=False).returncode

    def test_no_more_bytes_are_served(self):
        fault_file = "/fault"
        for version, fault, line in (("", "read:-3@1x3/4", "adaptive proportion test failed too often"),
                                     ("", "read:-2@3,startup:2@2", "timer is too coarse"),
                                     ("-3.7", "read:-9", "repetition count test with memory failed too often")):
            with self.subTest(fault=fault), root().kept(FAULTY, MANIFEST, fault_file):
                root().copy(stand_in(version), FAULTY)
                root().write_manifest()
                made = Container(root(), [LAYER + "kif-init", "--", "/application", "signals"],
                                 environment=root().environment(KIF_FAULTY_JITTER="file:" + fault_file))
                with made.running() as process:
                    self.until("a generator", lambda made=made: "kif-init-drbg" in self.children(made).values())
                    self.until("the application", lambda made=made: "application" in self.children(made).values())
                    self.assertEqual(self.draws(made)["outcome"], "pass")  # the control
                    root().write(fault_file, fault)
                    for pid, name in self.children(made).items():
                        if name == "kif-init-drbg":
                            os.kill(pid, signal.SIGKILL)
                    # Between two tries there is no generator either, and requests wait for the next.
                    self.until("the end of all generators", lambda made=made: self.status(made) == STATUS_FAILED)
                    self.assertEqual(self.draws(made)["outcome"], "fail")
                    made.kill(signal.SIGTERM)
                    said = process.stderr.read()
                self.assertIn(line, said)
                self.assertIn("; no random bytes are served ", said)


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
        for variable, said in (("KIF_CATCH_ALL", "random bytes from broker, no catch-all (KIF_CATCH_ALL=off), "), ("KIF_BROKER", "10 files verified, ")):
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
