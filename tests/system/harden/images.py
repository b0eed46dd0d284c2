# SPDX-License-Identifier: Apache-2.0
"""Images to be hardened: real ones from tools/test-image, and small ones made by hand. And what was made of them, looked at without kif."""

import argparse
import gzip
import hashlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

REF_NAME = "org.opencontainers.image.ref.name"
INIT = "/usr/lib/kif/kif-init"

options = None
work = None


def main():
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("kif", "deps", "test-image"):
        parser.add_argument("--" + name, required=True)
    options, rest = parser.parse_known_args()
    # World-readable up to the root: one test is another user.
    with tempfile.TemporaryDirectory(prefix="kif-harden-test-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        work = pathlib.Path(folder)
        unittest.main(module="__main__", argv=[sys.argv[0]] + rest, verbosity=2)


def module(version):
    return f"{options.deps}/modules/{version}/fips.so"


class Layout:
    """An OCI layout read by its files alone."""

    def __init__(self, path, tag):
        self.path = pathlib.Path(path)
        self.tag = tag
        self.name = f"oci:{path}:{tag}"

    @property
    def index(self):
        return json.loads((self.path / "index.json").read_text())

    def blob(self, digest):
        return (self.path / "blobs" / digest.replace(":", "/")).read_bytes()

    @property
    def descriptor(self):
        entries = [m for m in self.index["manifests"] if m.get("annotations", {}).get(REF_NAME) == self.tag]
        assert len(entries) == 1, entries
        return entries[0]

    @property
    def digest(self):
        return self.descriptor["digest"]

    @property
    def manifest(self):
        return json.loads(self.blob(self.digest))

    @property
    def config(self):
        return json.loads(self.blob(self.manifest["config"]["digest"]))

    def layer_tar(self, number):
        return tarfile.open(fileobj=io.BytesIO(self.blob(self.manifest["layers"][number]["digest"])))

    def snapshot(self):
        """Every file of the layout with its content's hash, to be compared with a later one."""
        return {str(p.relative_to(self.path)): hashlib.sha256(p.read_bytes()).hexdigest()
                for p in self.path.rglob("*") if p.is_file()} if self.path.exists() else None


_real = {}


def real(name):
    """The image of tools/test-image, copied to where everybody may read it."""
    if name not in _real:
        made = subprocess.run([options.test_image, name], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise RuntimeError(made.stderr)
        folder, tag = made.stdout.strip().removeprefix("oci:").rsplit(":", 1)
        target = work / f"real-{name}"
        subprocess.run(["cp", "-rL", folder, str(target)], check=True)
        subprocess.run(["chmod", "-R", "a+rX", str(target)], check=True)
        _real[name] = Layout(target, tag)
    return _real[name]


def make(name, files, config=None, layers=None):
    """A layout of one layer with these files (bytes), or of ready layer tars."""
    target = work / name
    (target / "blobs/sha256").mkdir(parents=True)

    def put(content, media_type):
        digest = hashlib.sha256(content).hexdigest()
        (target / "blobs/sha256" / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(content)}

    if layers is None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for path, content in files.items():
                entry = tarfile.TarInfo(path)
                entry.size = len(content)
                entry.mode = 0o755
                tar.addfile(entry, io.BytesIO(content))
        layers = [buffer.getvalue()]
    diff_ids = ["sha256:" + hashlib.sha256(tar).hexdigest() for tar in layers]
    document = {"os": "linux", "architecture": "amd64", "config": config or {"Cmd": ["/bin/sh"]},
                "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": put(json.dumps(document).encode(), "application/vnd.oci.image.config.v1+json"),
                "layers": [put(gzip.compress(tar, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip") for tar in layers]}
    entry = put(json.dumps(manifest).encode(), manifest["mediaType"])
    entry["annotations"] = {REF_NAME: "x"}
    (target / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (target / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return Layout(target, "x")


def kif(*arguments, program=None, wrapper=(), **more):
    """Runs kif; environment and the like go to subprocess.run."""
    return subprocess.run([*wrapper, str(program or options.kif), *map(str, arguments)], capture_output=True, text=True,
                          timeout=300, check=False, stdin=subprocess.DEVNULL, **more)


class Test(unittest.TestCase):
    maxDiff = None
    _number = 0

    def new(self, tag="x"):
        """A layout that is not there yet."""
        Test._number += 1
        return Layout(work / f"out-{os.getpid()}-{Test._number}", tag)

    def harden(self, source, target=None, *more, **run):
        """Hardens, expects success, and gives the result's layout and kif's own report."""
        target = target or self.new(source.tag)
        done = kif("harden", source.name, "-o", target.name, "--format", "json", *more, **run)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["target"]["digest"], target.digest)
        self.assertEqual([p for p in target.path.rglob("*") if "part-" in p.name or p.name.startswith(".")], [])
        return target, report

    def assert_refused(self, done, code, error):
        """The exact error on stderr, nothing on stdout."""
        self.assertEqual(done.stderr, error)
        self.assertEqual(done.returncode, code)
        self.assertEqual(done.stdout, "")
