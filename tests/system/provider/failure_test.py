#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What happens where the source fails, or cannot be had: each operation that draws fails with its reason, nothing asks the kernel, the
process lives, and what needs no random bytes works."""

import pathlib
import re

import ground

# Modules that draw while they load cannot load without a source; the others go on with what needs none.
# 3.1.2 would load all the same, and then make keys from the seed of its self-tests: kif-fips.so does not let it.
DRAWS_AT_LOAD = ("3.0.8", "3.1.2")

# What the library does, and the reason that must stand in OpenSSL's error queue.
FAULTS = {
    "startup:1": "there is no timer",
    "startup:2": "timer is too coarse",
    "startup:9": "adaptive proportion \\(§4.4.2\\) or lag predictor test",
    "alloc:1": "cannot make a collector: out of memory",
    "read:-2": "repetition count test failed",
    "read:-3": "adaptive proportion test failed",
    "read:-5": "lag predictor test failed",
    "read:-4": "timer cannot be used",
    "read:-6": "repetition count test failed permanently",
    "read:-7": "adaptive proportion test failed permanently",
    "read:-8": "lag predictor test failed permanently",
    "read:-1": "called without a collector",
    # Intermittent at every block, or at three of four: no chance any more.
    "read:-2@2": "repetition count test failed too often for chance",
    "read:-3@1x3/4": "adaptive proportion test failed too often for chance",
    # A timer that freezes after a healthy start: blocks fail, and then the start-up test does.
    "read:-2@2,startup:2@2": "start-up test failed.*timer is too coarse",
}
# What 3.7 has besides.
FAULTS_3_7 = {
    "read:-9": "repetition count test with memory failed too often for chance",
    "read:-10": "repetition count test with memory failed permanently",
    "read:-11": "known-answer test of the conditioning function failed",
    "selftest:11": "known-answer test of the conditioning function failed",
    "status:1": "jitterentropy's status is not that of a tested source",
    "status:2": "jitterentropy's status is not that of a tested source",
}

DRAWING = (["rand", "-hex", "16"], ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ["genrsa", "2048"])


class Case(ground.Case):
    def openssl(self, libcrypto, arguments, configuration, fault):
        # strace sees every getrandom of bookworm's glibc; from 2.41 on it may be answered without a system call.
        log = pathlib.Path(ground.work) / "trace"
        command = libcrypto.openssl(*arguments)
        is_traced = libcrypto.name == "bookworm"
        if is_traced:
            command = ["strace", "-f", "-qq", "-o", log, "-e", "trace=getrandom,openat", *command]
        result = ground.run(command, configuration, stdin="abc", KIF_FAULTY_JITTER=fault)
        if is_traced:
            self.assertNotRegex(re.sub(r"getrandom\(.*, 8, GRND_NONBLOCK.*", "", log.read_text()), r'getrandom\(|"/dev/\w*random|"/dev/hwrng')
        return result


class FailureTest(Case):
    def test_each_fault_stops_what_draws_with_its_reason(self):
        for libcrypto in (ground.libcrypto("bookworm"), ground.libcrypto("trixie")):
            for version in ("3.4.0", "3.5"):
                configuration = ground.config(version, library=ground.options.faulty)
                for fault, reason in FAULTS.items():
                    for arguments in DRAWING if version == "3.5" else DRAWING[:1]:
                        with self.subTest(libcrypto=libcrypto.name, module=version, fault=fault, command=arguments[0]):
                            result = self.openssl(libcrypto, arguments, configuration, fault)
                            self.must_fail(result, reason)
                            self.assertRegex(result.stderr, "error retrieving entropy|kif")
                with self.subTest(libcrypto=libcrypto.name, module=version, command="dgst"):
                    digest = self.openssl(libcrypto, ["dgst", "-sha256"], configuration, "read:-6")
                    self.assertIn("ba7816bf", self.must_work(digest).stdout)

    def test_each_fault_of_3_7(self):
        library = ground.stand_in("3.7")
        self.must_work(self.openssl(ground.libcrypto("trixie"), DRAWING[0], ground.config("3.5", library=library), "none"))
        for version in ("3.4.0", "3.5"):
            configuration = ground.config(version, library=library)
            for fault, reason in {**FAULTS, **FAULTS_3_7}.items():
                with self.subTest(module=version, fault=fault):
                    self.must_fail(self.openssl(ground.libcrypto("trixie"), DRAWING[0], configuration, fault), reason)

    def test_a_version_that_kif_does_not_know_is_refused(self):
        result = self.openssl(ground.libcrypto("trixie"), DRAWING[0], ground.config("3.5", library=ground.stand_in("unknown")), "none")
        self.must_fail(result, "this kif does not know its version; expected: 3.4 to 3.7; got: 3.8.0")

    def test_settings_reach_the_library_or_are_refused(self):
        keys = {"kif-osr": 4, "kif-flags": "ntg1,hashloop-2", "kif-memory-bytes": 65536}
        libcrypto = ground.libcrypto("trixie")
        self.must_work(self.openssl(libcrypto, DRAWING[0], ground.config("3.5", library=ground.stand_in("3.7"), module=keys, seed=keys), "none"))
        self.must_fail(self.openssl(libcrypto, DRAWING[0], ground.config("3.5", library=ground.options.faulty, module=keys, seed=keys), "none"),
                       "version 3.6.3 does not have them")
        keys = {"kif-flags": "disable-memory-access"}
        self.must_fail(self.openssl(libcrypto, DRAWING[0], ground.config("3.5", library=ground.stand_in("3.7"), module=keys), "none"),
                       "takes away the memory accesses")

    def test_equal_processes_of_a_repeating_source_make_different_keys(self):
        # A nonce holds what is distinct besides. It is no entropy: kif-init and kif verify refuse such a source.
        configuration = ground.config("3.5", library=ground.options.faulty)
        for fault in ("repeating", "constant"):
            drawn = {self.must_work(self.openssl(ground.libcrypto("trixie"), DRAWING[0], configuration, fault)).stdout for _ in range(5)}
            self.assertEqual(len(drawn), 5, fault)

    def test_a_module_that_draws_while_it_loads_is_not_there(self):
        for version in DRAWS_AT_LOAD:
            configuration = ground.config(version, library=ground.options.faulty)
            for arguments in (*DRAWING, ["dgst", "-sha256"]):
                with self.subTest(command=arguments[0]):
                    self.must_fail(self.openssl(ground.libcrypto("bookworm"), arguments, configuration, "read:-6"),
                                   "the FIPS module is not loaded.*repetition count test failed permanently")

    def test_the_library_is_good_where_nothing_is_to_fail(self):
        # Otherwise the failures above would prove nothing.
        for version in ground.MODULES[:4]:
            configuration = ground.config(version, library=ground.options.faulty)
            self.must_work(self.openssl(ground.libcrypto("bookworm"), DRAWING[0], configuration, "none"))

    def test_an_intermittent_failure_is_passed_over(self):
        for version in ground.MODULES[:4]:
            configuration = ground.config(version, library=ground.options.faulty)
            self.must_work(self.openssl(ground.libcrypto("bookworm"), DRAWING[0], configuration, "read:-2@2x3"))

    def test_a_failure_in_the_middle_of_a_life(self):
        # Start-up and some blocks are good; the source fails for good in the middle of many keys.
        configuration = ground.config("3.5", library=ground.options.faulty)
        command = [ground.program("libcryptos"), "--threads", "64", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"]
        self.must_work(ground.run(command, configuration, KIF_FAULTY_JITTER="none"))
        for fault in ("read:-7@9", "read:-2@9", "read:-3@9x3/4", "read:-2@9,startup:2@2"):
            with self.subTest(fault=fault):
                result = ground.run(command, configuration, KIF_FAULTY_JITTER=fault)
                self.must_fail(result, "ok use 0\n(.*\n)*not ok threads")

    def test_a_failure_in_forked_children(self):
        # A child counts its parent's calls, and makes a collector and blocks of its own.
        configuration = ground.config("3.5", library=ground.options.faulty)
        command = [ground.program("libcryptos"), "--forks", "6", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"]
        self.must_work(ground.run(command, configuration, KIF_FAULTY_JITTER="none"))
        for fault in ("read:-7@9", "read:-2@9", "read:-2@9,startup:2@2"):
            with self.subTest(fault=fault):
                self.must_fail(ground.run(command, configuration, KIF_FAULTY_JITTER=fault), "not ok ")


class FrozenTimerTest(Case):
    """The unmodified library on a timer that really stands still."""

    # What stands still, in which calls, and what that comes to.
    FROM_THE_START = {
        "startup:1,alloc:1,read:1": "start-up test failed.*timer is too coarse",
        "startup:2,alloc:2,read:2": "start-up test failed.*there is no timer",
        "read:1": "repetition count test failed too often for chance",
        "read:1@1x3/4": "repetition count test failed too often for chance",
    }
    LATER = ("startup:1@2,read:1@9", "read:1@9", "read:1@9x3/4")

    def setUp(self):
        self.library = ground.frozen_library()
        if self.library is None:
            self.skipTest("the counter of a thread cannot be taken away here: not x86-64, or no PR_SET_TSC")

    def test_as_long_as_it_runs_all_is_good(self):
        for version in ground.MODULES[:4]:
            self.must_work(self.openssl(ground.libcrypto("bookworm"), DRAWING[0], ground.config(version, library=self.library), "none"))

    def test_frozen_from_the_start(self):
        for libcrypto in (ground.libcrypto("bookworm"), ground.libcrypto("trixie")):
            for version in ground.MODULES[:4]:
                configuration = ground.config(version, library=self.library)
                for fault, reason in self.FROM_THE_START.items():
                    with self.subTest(libcrypto=libcrypto.name, module=version, fault=fault):
                        loaded = "(?s)the FIPS module is not loaded.*" if version in DRAWS_AT_LOAD else ""
                        self.must_fail(self.openssl(libcrypto, DRAWING[0], configuration, fault), loaded + reason)

    def test_frozen_in_the_middle_of_a_life(self):
        command = [ground.program("libcryptos"), "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"]
        configuration = ground.config("3.5", library=self.library)
        for who, among in (("threads", ("--threads", "64")), ("forks", ("--forks", "6"))):
            self.must_work(ground.run([command[0], *among, command[1]], configuration, KIF_FAULTY_JITTER="none"))
            for fault in self.LATER:
                with self.subTest(who=who, fault=fault):
                    result = ground.run([command[0], *among, command[1]], configuration, KIF_FAULTY_JITTER=fault)
                    self.must_fail(result, f"ok use 0\n(.*\n)*not ok {who}")


class DefaultProviderTest(ground.Case):
    """A DRBG outside the module, of the default provider: its seed too is the source's, or there is none."""

    def draw(self, name, providers, fault="none", **keys):
        configuration = ground.config("3.5", library=ground.options.faulty, providers=providers, drbg="provider=default,-fips", **keys)
        return ground.run(ground.deny(ground.libcrypto(name).openssl("rand", "-hex", "16")), configuration, KIF_FAULTY_JITTER=fault)

    def test_its_drbg_is_seeded_by_jitter_or_not_at_all(self):
        for name in ("here", "source 3.4.0", "trixie", "forky"):
            with self.subTest(libcrypto=name):
                providers = ("default", "kif-seed")
                self.must_work(self.draw(name, providers))
                self.must_fail(self.draw(name, providers, "read:-7"), "adaptive proportion test failed")
                self.must_fail(self.draw(name, providers, "startup:2"), "timer is too coarse")
                self.must_fail(self.draw(name, providers, seed={"kif-jitterentropy": "/none/jitter.so"}),
                               "no entropy source could be opened.*/none/jitter.so")

    def test_without_the_seed_source_it_asks_the_kernel(self):
        for name in ("here", "source 3.4.0", "trixie", "forky"):
            with self.subTest(libcrypto=name):
                self.must_fail(self.draw(name, ("default",)), "error retrieving entropy|error instantiating drbg")


class ConfigurationTest(ground.Case):
    def load(self, **keys):
        """Loads the module through the API, which leaves the errors in the queue. libcrypto drops those of a configuration."""
        return ground.run([ground.program("load_provider"), "fips"], ground.config("3.5", activate=False, **keys))

    def test_what_is_wrong_is_named(self):
        missing = pathlib.Path(ground.work) / "missing.so"
        text = pathlib.Path(ground.work) / "text.so"
        text.write_text("no ELF file")
        providers = ("base", "fips")
        for section, pattern in (
            ({"kif-module": missing}, f"cannot load the FIPS module: cannot open {missing}: No such file"),
            ({"kif-module": text}, f"cannot load the FIPS module {text}: .*(invalid ELF header|file too short)"),
            ({"kif-module": ground.entropy_library()}, "OSSL_provider_init"),
            ({"kif-module": "fips.so"}, 'kif-module.*expected: an absolute path; got: "fips.so"'),
            ({"kif-jitterentropy": missing}, str(missing)),
            ({"kif-jitterentropy": text}, str(text)),
            ({"kif-osr": "2"}, 'kif-osr.*expected: a whole number from 3 to 20; got: "2"'),
            ({"kif-pool-bytes": "many"}, "kif-pool-bytes.*a whole number from 0 to 65536"),
            ({"kif-role": "modul"}, "kif-role.*expected: module, seed-source or none"),
            ({"kif-hide": ","}, "kif-hide"),
        ):
            with self.subTest(section=section):
                self.must_fail(self.load(module=section, providers=providers), pattern)
                # As part of a configuration: nothing works in its place, and whatever fails says why.
                for arguments in (["rand", "8"], ["dgst", "-sha256"]):
                    result = ground.run(["openssl", *arguments], ground.config("3.5", module=section))
                    self.must_fail(result, "the FIPS module is not loaded.*" + pattern)
                    self.assertIn("unsupported", result.stderr)
        self.must_work(self.load(providers=providers))

    def test_a_damaged_module_is_refused_by_its_own_check(self):
        damaged = pathlib.Path(ground.work) / "damaged.so"
        content = bytearray(ground.module_file("3.5").read_bytes())
        where = content.index(b"OpenSSL FIPS Provider")
        content[where] ^= 1
        damaged.write_bytes(content)
        self.must_fail(self.load(module={"kif-module": damaged}, providers=("base", "fips")), "self test post failure|init fail")

    def test_sections_that_contradict_each_other(self):
        keys = {"module": {"kif-osr": 4}, "seed": {"kif-osr": 5}}
        self.must_fail(self.load(providers=("base", "kif-seed", "fips"), **keys), "kif-osr.*expected: 5; got: 4")
        # The other way round the module has its source, and the contradicting seed source hands out nothing.
        listed = ground.run(["openssl", "list", "-providers"], ground.config("3.5", **keys))
        self.assertRegex(self.must_work(listed).stdout, r"(?s)kif-seed.*status: inactive")


if __name__ == "__main__":
    ground.main()
