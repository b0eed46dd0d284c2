# SPDX-License-Identifier: Apache-2.0
"""What a boot's roots are made of: an image as it was, the same hardened, the same hardened but seeded by the kernel; and in each of them, under
/.kif, what runs there. Nothing here needs root, nor a processor of the image's architecture."""

import argparse
import pathlib
import platform
import subprocess
import sys

from initramfs import Image, file, put_file, read_root
from machine import build_program
from rows import DEFAULT

SYSTEM = pathlib.Path(__file__).resolve().parent.parent
TREE = SYSTEM.parent.parent
sys.path.insert(0, str(SYSTEM / "init"))
sys.path.insert(0, str(SYSTEM / "matrix"))
from container import CONFIG, KERNEL_SEEDED_TEXT, LAYER, mac  # noqa: E402 the control of kif-init's own tests
from matrix import STEPS  # noqa: E402 the commands of the matrix of libcryptos and modules

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Every run of the openssl command costs an emulated processor 2 s, most of it the module's self-tests. What must be refused is left to the probe.
OPENSSL_STEPS = "\n".join(text for text in STEPS.splitlines() if not text.startswith(("refused ", "step genrsa")) and "tls-x25519" not in text)
# After them the probe, and Python. What they printed is shown behind a #.
MORE_STEPS = """
step probe /.kif/probe; sed 's/^/# probe /' /tmp/out
step python python3 /.kif/program.py; sed 's/^/# python /' /tmp/out
"""
DENIED = 'echo "denied $(/.kif/guest draw)"; echo "devices $(/.kif/guest devices)"\n' + OPENSSL_STEPS + MORE_STEPS
CATCH_ALL = """
echo "drawn $(/.kif/guest draw)"
echo "drawn $(/.kif/guest draw)"
echo "openssl $(openssl rand -hex 16)"
echo "python $(python3 -c 'import os; print(os.urandom(16).hex())')"
/usr/lib/kif/kif-init --status
"""


def run(*command, timeout=600, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout, check=False, **more)


def parse_options():
    """Of a test of one machine. What it does not know stays in sys.argv, for unittest."""
    parser = argparse.ArgumentParser()
    for name in ("kif", "payload", "deps"):
        parser.add_argument("--" + name, required=True)
    options, sys.argv[1:] = parser.parse_known_args()
    if platform.machine() != "x86_64":
        print("skipped: images, programs and emulators are laid out for an amd64 machine")
        sys.exit(77)
    return options


class Workshop:
    """Makes images, programs and roots, each once."""

    def __init__(self, options, work):
        self._options = options
        self._work = pathlib.Path(work)
        self._made = {}

    def _once(self, key, make):
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def kernel(self, suite, architecture):
        """The path of a kernel; a RuntimeError names the one that cannot be had."""
        def fetch():
            fetched = run(TREE / "tools" / "kernel", suite, architecture)
            if fetched.returncode != 0:
                raise RuntimeError(f"no kernel of {suite} for {architecture}: {fetched.stderr.strip()}")
            return fetched.stdout.strip()
        return self._once(("kernel", suite, architecture), fetch)

    def image(self, suite, architecture, python):
        """The name of the image as it was."""
        def make():
            made = run(TREE / "tools" / "test-image", f"{suite}-python" if python else suite, architecture)
            if made.returncode != 0:
                raise RuntimeError(f"cannot make an image of {suite} for {architecture}: {made.stderr.strip()}")
            return made.stdout.strip()
        return self._once(("image", suite, architecture, python), make)

    def hardened(self, suite, architecture, module, python):
        """The name of the hardened image."""
        def harden():
            target = f"oci:{self._work}/{suite}-{architecture}-{module}{'-python' if python else ''}:it"
            given = [] if module == DEFAULT else ["--module", f"{self._options.deps}/modules/{module}"]
            done = run(self._options.kif, "harden", self.image(suite, architecture, python), "-o", target, *given)
            if done.returncode != 0:
                raise RuntimeError(f"cannot harden {suite} for {architecture} with module {module}: {done.stderr.strip()}")
            return target
        return self._once(("hardened", suite, architecture, module, python), harden)

    def program(self, name, architecture):
        source = {"guest": SYSTEM / "kernels" / "guest.c", "deny": SYSTEM / "provider" / "deny.c"}[name]
        return self._once((name, architecture),
                          lambda: build_program(architecture, source, self._work / f"{name}-{architecture}").read_bytes())

    def probe(self, architecture):
        """kif-probe for that architecture."""
        return pathlib.Path(self._options.payload, architecture, "kif-probe").read_bytes()

    def root(self, name, architecture):
        """The root of an image, and what the tests run beside it."""
        def make():
            root = read_root(Image(name))
            for program in ("guest", "deny"):
                put_file(root, f".kif/{program}", file(self.program(program, architecture), 0o755))
            put_file(root, ".kif/probe", file(self.probe(architecture), 0o755))
            put_file(root, ".kif/program.py", file((TREE / "tools" / "demo_program.py").read_bytes()))
            put_file(root, ".kif/denied.sh", file(DENIED))
            put_file(root, ".kif/catch_all.sh", file(CATCH_ALL))
            return root
        return self._once(("root", name, architecture), make)

    def kernel_seeded(self, name, architecture):
        """The hardened root with the configuration that everybody else uses: the same module, seeded by the kernel, and no libkif-random.so."""
        root = dict(self.root(name, architecture))
        module = root[(LAYER + "fips.so").lstrip("/")].content
        put_file(root, CONFIG.lstrip("/"), file(KERNEL_SEEDED_TEXT.format(mac=mac(module))))
        root.pop("etc/ld.so.preload", None)
        return root


def environment(name):
    """What the image's configuration sets, with a PATH."""
    given = Image(name).config.get("Env") or []
    return given if any(word.startswith("PATH=") for word in given) else [PATH, *given]


def entrypoint(name):
    return Image(name).config.get("Entrypoint") or []
