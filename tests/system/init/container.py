# SPDX-License-Identifier: Apache-2.0
"""Throw-away roots with the layer that `kif harden` makes, whose files can each be damaged, and ways to run programs in them."""

import argparse
import contextlib
import ctypes
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
import layouts  # noqa: E402

SKIP = 77
LAYER = "/usr/lib/kif/"
CONFIG = "/etc/kif/openssl.cnf"
# Where libcrypto looks by itself, and what Debian has there; the layer's own is there now.
OWN_PLACE = "/etc/ssl/openssl.cnf"
STOCK = "/etc/stock.cnf"
MANIFEST = "/usr/share/kif/manifest.sha256"
# OpenSSL's integrity key of the FIPS provider: public, in its source (providers/fips/self_test.c and the build's default).
MODULE_MAC_KEY = bytes.fromhex("f4556650ac31d35461610bac4ed81b1a181b2d8a43ea2854cbae22ca74560813")

options = None
base = None


def frozen_library(faulty):
    """The real library, whose timer stands still on demand, beside the one at `faulty`; None where no thread's counter can be taken away."""
    library = pathlib.Path(faulty).with_name(pathlib.Path(faulty).name.replace("-faulty", "-frozen"))
    return library if ctypes.CDLL(str(library)).kif_can_freeze() else None


def mac(content):
    digest = hmac.new(MODULE_MAC_KEY, content, hashlib.sha256).hexdigest().upper()
    return ":".join(digest[i:i + 2] for i in range(0, len(digest), 2))


# The FIPS module as everybody configures it: no shim, so the kernel seeds it.
KERNEL_SEEDED_TEXT = """config_diagnostics = 1
openssl_conf = init
[init]
alg_section = algorithms
providers = providers
[algorithms]
default_properties = fips=yes
[providers]
base = base
fips = fips
[base]
activate = 1
[fips]
module = /usr/lib/kif/fips.so
module-mac = {mac}
install-version = 1
conditional-errors = 1
security-checks = 1
activate = 1
"""


def layer(module):
    """The FIPS layer with that module: the last layer of an image that kif has hardened."""
    layout = pathlib.Path(base) / f"hardened-{module}"
    if not layout.exists():
        suite = "forky" if module == "3.6" else "trixie"  # the first whose glibc loads the module
        made = subprocess.run([options.test_image, suite], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1]
        subprocess.run([options.kif, "harden", made, "-o", f"oci:{layout}:made", "--module", f"{options.deps}/modules/{module}"],
                       stdout=subprocess.DEVNULL, check=True)
    made = layouts.Layout(layout, "made")
    return made.blob_path(made.manifest["layers"][-1])


class Root:
    """A Debian suite's root, copied, with the layer on top (module None: without, as the control) and /probe, /application beside it."""

    def __init__(self, path, suite, module):
        """module: None for the suite as it is, without the layer."""
        self.path = pathlib.Path(path)
        subprocess.run(["cp", "-a", "--reflink=auto", f"{options.deps}/root/{suite}", str(path)], check=True)
        for link, target in (("lib", "usr/lib"), ("lib64", "usr/lib/x86_64-linux-gnu")):
            if not os.path.lexists(self.path / link):
                os.symlink(target, self.path / link)
        for folder in ("dev", "proc"):
            (self.path / folder).mkdir(exist_ok=True)
        self.write(STOCK, (self.path / "etc/ssl/openssl.cnf").read_bytes())
        if module is not None:
            with tarfile.open(layer(module)) as files:
                files.extractall(self.path)  # noqa: S202 made by kif a moment ago
        self.copy(options.probe, "/probe")
        self.copy(options.application, "/application")
        for name, path in (("/drawer", options.drawer), ("/drawer_static", options.drawer_static)):
            if path is not None:
                self.copy(path, name)

    def at(self, name):
        return self.path / name.lstrip("/")

    def read(self, name):
        return self.at(name).read_bytes()

    def text(self, name):
        return self.read(name).decode()

    def write(self, name, content):
        target = self.at(name)
        if target.is_symlink() or target.exists():
            target.unlink()  # never through a hard link or a reflink that is not one
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def copy(self, source, name):
        self.write(name, pathlib.Path(source).read_bytes())
        self.at(name).chmod(0o755)

    def change_byte(self, name, where=None):
        content = bytearray(self.read(name))
        content[len(content) // 2 if where is None else where] ^= 1
        self.write(name, bytes(content))

    def write_manifest(self):
        """The same files with the digests that they have now."""
        names = [line[66:] for line in self.text(MANIFEST).splitlines()]
        self.write(MANIFEST, "".join(f"{hashlib.sha256(self.read(name)).hexdigest()}  {name}\n" for name in names))

    @contextlib.contextmanager
    def kept(self, *names):
        """Puts these files back afterwards, whatever became of them."""
        saved = {name: (self.read(name), self.at(name).stat().st_mode) if self.at(name).exists() else None for name in names}
        try:
            yield self
        finally:
            for name, before in saved.items():
                if before is not None:
                    self.write(name, before[0])
                    self.at(name).chmod(before[1])
                elif self.at(name).exists():
                    self.at(name).unlink()

    def environment(self, **more):
        # Those of the stand-ins, which kif-init does not know.
        own = [name for name in more if name.startswith(("KIF_FAULTY_", "KIF_TEST_"))]
        ignored = {"KIF_IGNORE": ",".join(own)} if own else {}
        return {"PATH": "/usr/bin:/bin", "OPENSSL_CONF": CONFIG, "OPENSSL_MODULES": LAYER + "modules", **ignored, **more}

    def chroot(self, *argv, **more):
        """Not as process 1, and without /proc, /sys and /dev."""

        def enter():
            os.chroot(self.path)
            os.chdir("/")

        return subprocess.run(argv, env=self.environment(**more), preexec_fn=enter, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120, check=False)


class Container:
    """A runc bundle around a root. Process 1 is argv[0]."""

    def __init__(self, root, argv, *, environment=None, uid=0, capabilities=(), no_new_privileges=True, read_only=True, deny=False,
                 terminal=False, files=None, cpus=None, memory_bytes=None):
        """`files`: by their names in the container, those of this machine that are mounted there. `cpus`: the limit, 0.05 as Kubernetes' 50m."""
        self.name = f"kif-init-test-{os.getpid()}-{id(self)}"
        self.bundle = pathlib.Path(tempfile.mkdtemp(dir=base))
        mounts = [{"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
                  {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["newinstance", "ptmxmode=0666"]},
                  {"destination": "/proc", "type": "proc", "source": "proc"}]
        mounts += [{"destination": name, "type": "bind", "source": str(source), "options": ["bind"]} for name, source in (files or {}).items()]
        caps = list(capabilities)
        config = {
            "ociVersion": "1.0.2",
            "process": {
                "terminal": terminal, "user": {"uid": uid, "gid": uid}, "args": list(argv), "cwd": "/",
                "env": [f"{key}={value}" for key, value in (environment or root.environment()).items()],
                "capabilities": {kind: caps for kind in ("bounding", "effective", "permitted")},
                "noNewPrivileges": no_new_privileges,
                "oomScoreAdj": 0,
            },
            "root": {"path": str(root.path), "readonly": read_only},
            "mounts": mounts,
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount", "network")]},
        }
        if cpus:
            config["linux"]["resources"] = {"cpu": {"quota": int(cpus * 100_000), "period": 100_000}}  # a kubelet's period
        if memory_bytes is not None:
            config["linux"]["resources"] = {"memory": {"limit": memory_bytes}}
            config["linux"]["cgroupsPath"] = f"/kif-test/{self.name}"
        if deny:
            config["linux"]["seccomp"] = {
                "defaultAction": "SCMP_ACT_ALLOW",
                "syscalls": [{"names": ["getrandom"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}
            # A socket in the device's place: every open of it gives ENXIO.
            refusing = self.bundle / "refusing"
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(str(refusing))
            for device in ("random", "urandom", "hwrng"):
                mounts.append({"destination": f"/dev/{device}", "source": str(refusing), "type": "bind", "options": ["bind"]})
        (self.bundle / "config.json").write_text(json.dumps(config))
        self.command = ["runc", "run", "--bundle", str(self.bundle), self.name]

    def run(self, given=None):
        return subprocess.run(self.command, input=given, stdin=subprocess.DEVNULL if given is None else None,
                              capture_output=True, text=True, timeout=120, check=False)

    @contextlib.contextmanager
    def running(self):
        """A Popen whose stdout is a text pipe; killed in the end."""
        process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            subprocess.run(["runc", "delete", "--force", self.name], capture_output=True, check=False)
            process.communicate(timeout=30)

    def exec(self, *argv, uid=0, environment=None):
        """A program that the engine adds to the running container, as `docker exec` and a kubelet's probes do."""
        given = [word for key, value in (environment or {}).items() for word in ("--env", f"{key}={value}")]
        return subprocess.run(["runc", "exec", "--user", f"{uid}:{uid}", *given, self.name, *argv], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120, check=False)

    def kill(self, signal):
        subprocess.run(["runc", "kill", self.name, str(int(signal))], check=True, capture_output=True)

    def pid(self):
        state = subprocess.run(["runc", "state", self.name], check=True, capture_output=True, text=True)
        return json.loads(state.stdout)["pid"]


class ImageRoot:
    """The whole root of an image of tools/test-image, with a shell and its tools; hardened, or as it was. /probe and /application beside it."""

    def __init__(self, name, hardened):
        image = subprocess.run([options.test_image, name], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1]
        if hardened:
            layout = pathlib.Path(base) / f"image-{name}"
            subprocess.run([options.kif, "harden", image, "-o", f"oci:{layout}:made"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            image = f"oci:{layout}:made"
        self.path = pathlib.Path(base) / f"root-{name}-{'hardened' if hardened else 'plain'}"
        subprocess.run(["umoci", "raw", "unpack", "--image", image.removeprefix("oci:"), self.path], capture_output=True, check=True)
        self.hardened = hardened
        for program in ("probe", "application"):
            shutil.copy(getattr(options, program), self.path / program)

    def environment(self, **more):
        layers = {"OPENSSL_CONF": CONFIG, "OPENSSL_MODULES": LAYER + "modules"} if self.hardened else {}
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **layers, **more}


_roots = {}


def image_root(name="trixie", hardened=True):
    key = (name, hardened, "image")
    if key not in _roots:
        _roots[key] = ImageRoot(name, hardened)
    return _roots[key]



def root(suite="trixie", module="3.5"):
    """One root for each pair; tests that change it put it back (Root.kept)."""
    if (suite, module) not in _roots:
        _roots[suite, module] = Root(pathlib.Path(base) / f"{suite}-{module}", suite, module)
    return _roots[suite, module]


def main():
    """Parses the options, runs the tests of the calling module, cleans up."""
    global options, base
    parser = argparse.ArgumentParser()
    for name in ("kif", "test-image", "probe", "deps", "application", "intruder", "faulty"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("drawer", "drawer-static", "clock"):
        parser.add_argument(f"--{name}")
    options, rest = parser.parse_known_args()
    if os.getuid() != 0:
        print("skipped: chroot and runc need root here")
        sys.exit(SKIP)
    if shutil.which("runc") is None:
        print("skipped: no runc")
        sys.exit(SKIP)
    with tempfile.TemporaryDirectory(prefix="kif-init-test-") as folder:
        base = folder
        os.chmod(base, 0o755)  # containers run as other users too
        program = unittest.main(module="__main__", argv=[sys.argv[0], *rest], exit=False)
    sys.exit(0 if program.result.wasSuccessful() else 1)
