# SPDX-License-Identifier: Apache-2.0
"""What the provider's system tests stand on: libcryptos of several suites, modules of several versions, and configurations for both."""

import argparse
import ctypes
import hashlib
import hmac
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

# OpenSSL's integrity key of the FIPS provider: public, in its source (Configure, fipskey).
MODULE_MAC_KEY = bytes.fromhex("f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813")
MODULES = ["3.0.8", "3.1.2", "3.4.0", "3.5", "3.6"]
# Debian's 3.6 module needs glibc 2.38; bookworm has 2.36. ("here" is the machine's own libcrypto.)
NEEDS_NEW_GLIBC = "3.6"

options = None
work = None


class Libcrypto:
    """A suite's libcrypto with its openssl command, run through the suite's own loader."""

    def __init__(self, name, command, files, old_glibc=False):
        self.name, self.command, self.files, self.old_glibc = name, command, files, old_glibc

    def openssl(self, *arguments):
        return [*self.command, str(self.files["openssl"]), *arguments]

    @property
    def major(self):
        return str(self.files["libcrypto"]).rsplit(".", 1)[1]

    def can_load(self, module):
        return not (self.old_glibc and module == NEEDS_NEW_GLIBC)


def glibc_is_older_than_238():
    return tuple(int(part) for part in os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")) < (2, 38)


def libcryptos():
    found = [Libcrypto("here", [], {"openssl": "openssl", "libcrypto": "libcrypto.so.3"}, glibc_is_older_than_238())]
    for suite in ("bookworm", "trixie", "forky"):
        root = options.deps / "root" / suite
        lib = root / "usr/lib/x86_64-linux-gnu"
        found.append(Libcrypto(suite, [str(lib / "ld-linux-x86-64.so.2"), "--library-path", str(lib)],
                               {"openssl": root / "usr/bin/openssl", "libcrypto": lib / "libcrypto.so.3"}, suite == "bookworm"))
    built = options.deps / "openssl-3.4.0"
    found.append(Libcrypto("source 3.4.0", ["env", f"LD_LIBRARY_PATH={built / 'lib'}"],
                           {"openssl": built / "bin/openssl", "libcrypto": built / "lib/libcrypto.so.3"}, glibc_is_older_than_238()))
    # By the newest glibc, so that every module can be tried with the newest major version.
    built, lib = options.deps / "openssl-4.0.3", options.deps / "root/forky/usr/lib/x86_64-linux-gnu"
    found.append(Libcrypto("source 4.0.3", [str(lib / "ld-linux-x86-64.so.2"), "--library-path", f"{built / 'lib'}:{lib}"],
                           {"openssl": built / "bin/openssl", "libcrypto": built / "lib/libcrypto.so.4"}))
    return found


def libcrypto(name):
    return next(one for one in libcryptos() if one.name == name)


def module_file(version):
    return options.deps / "modules" / version / "fips.so"


def entropy_library():
    return options.deps / "jitterentropy/lib/libjitterentropy.so.3"


def stand_in(version):
    """The library that fails on demand, as another version: "3.7" or "unknown"."""
    return options.faulty.with_name(options.faulty.name.replace("-faulty", f"-faulty-{version}"))


def frozen_library():
    """The real library, whose timer stands still on demand; None where no thread's counter can be taken away."""
    library = options.faulty.with_name(options.faulty.name.replace("-faulty", "-frozen"))
    return library if ctypes.CDLL(str(library)).kif_can_freeze() else None


def mac(path):
    digest = hmac.new(MODULE_MAC_KEY, pathlib.Path(path).read_bytes(), hashlib.sha256).hexdigest().upper()
    return ":".join(digest[i:i + 2] for i in range(0, len(digest), 2))


HEAD = """config_diagnostics = 1
openssl_conf = kif_init
[kif_init]
alg_section = kif_algorithms
{random_line}
providers = kif_providers
ssl_conf = kif_ssl
[kif_algorithms]
default_properties = fips=yes
[kif_random]
seed = KIF-JITTER
seed_properties = provider=kif-seed
{drbg_properties}
[kif_providers]
{providers}
[kif_active]
activate = 1
[kif_ssl]
system_default = kif_tls
[kif_tls]
MinProtocol = TLSv1.2
Groups = P-256:P-384:P-521
[req]
distinguished_name = req_name
[req_name]
"""

SECTIONS = {"base": "kif_active", "default": "kif_active", "fips": "kif_fips", "kif-seed": "kif_seed_source"}


def section(name, lines):
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())


def config(version, library=None, module=None, seed=None, providers=("base", "fips", "kif-seed"), drbg="", activate=True):
    """A configuration as the FIPS layer has it; the path of the file. `module` and `seed` add keys to the sections of the module and of the
    seed source, `drbg` is the property query for libcrypto's primary DRBG; without `activate` the module is known but not loaded."""
    path = module_file(version)
    common = {"module": options.provider, "kif-jitterentropy": library or entropy_library()}
    fips = {**common, "kif-module": path, "install-version": 1, "conditional-errors": 1, "security-checks": 1,
            "module-mac": mac(path), **({"activate": 1} if activate else {}), **(module or {})}
    source = {**common, "kif-role": "seed-source", "activate": 1, **(seed or {})}
    text = HEAD.format(random_line="random = kif_random", drbg_properties=f"properties = {drbg}" if drbg else "",
                       providers="\n".join(f"{name} = {SECTIONS[name]}" for name in providers))
    return write(text + section("kif_fips", fips) + section("kif_seed_source", source))


def kernel_config(version):
    """The same module, loaded by libcrypto itself and seeded as it comes: the negative control."""
    path = module_file(version)
    text = HEAD.format(random_line="", drbg_properties="", providers="base = kif_active\nfips = kif_fips")
    return write(text + section("kif_fips", {"module": path, "install-version": 1, "conditional-errors": 1, "security-checks": 1,
                                             "module-mac": mac(path), "activate": 1}))


def write(text):
    handle, name = tempfile.mkstemp(suffix=".cnf", dir=work)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    return name


def run(command, configuration=None, timeout=120, stdin="", **environment):
    env = {**os.environ, **{key: str(value) for key, value in environment.items()}}
    if configuration is not None:
        env["OPENSSL_CONF"] = configuration
    return subprocess.run([str(part) for part in command], env=env, input=stdin, capture_output=True, text=True, timeout=timeout,
                          check=False, cwd=work)


def program(name):
    return options.programs / name


def deny(command, error="ENOSYS"):
    return [program("deny"), "--errno", error, *command]


class Case(unittest.TestCase):
    def must_work(self, result):
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result

    def must_fail(self, result, pattern):
        self.assertNotEqual(result.returncode, 0, result.stdout)
        self.assertGreaterEqual(result.returncode, 0, "ended by a signal: " + result.stderr)
        self.assertRegex(result.stdout + result.stderr, pattern)
        return result


def main():
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("provider", "deps", "programs", "faulty"):
        parser.add_argument("--" + name, required=True, type=lambda text: pathlib.Path(text).resolve())
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="kif-provider-") as folder:
        work = folder
        unittest.main(module="__main__", argv=[sys.argv[0], "-v", *rest])
