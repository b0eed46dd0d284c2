#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images for several platforms: each that kif has a layer for is hardened, the others are named, and what is written is one index."""

import io
import json
import pathlib
import shutil
import subprocess
import tarfile

import images
from images import Layout, Test, kif, module

AMD64, ARM64, S390X = ({"os": "linux", "architecture": name} for name in ("amd64", "arm64", "s390x"))
INDEX = "application/vnd.oci.image.index.v1+json"


def made(architecture):
    """tools/test-image's trixie for an architecture."""
    done = subprocess.run([images.options.test_image, "trixie", architecture], capture_output=True, text=True, check=True)
    return Layout.named(done.stdout.strip())


def several(name, *platforms):
    """Debian's trixie for each platform under one tag; s390x is amd64's with another name on it: nobody looks into it."""
    layout = Layout(images.work / name, "x")
    entries = []
    for platform in platforms:
        own = made("arm64" if platform == ARM64 else "amd64")
        subprocess.run(["cp", "-rL", "--no-clobber", f"{own.path}/.", str(layout.path)], check=True)
        entry = dict(own.descriptor)
        entry.pop("annotations")
        if platform == S390X:
            config = layout.put({**own.config, "architecture": "s390x"}, own.manifest["config"]["mediaType"])
            entry.update(layout.put({**own.manifest, "config": config}, entry["mediaType"]))
        entries.append({**entry, "platform": platform})
    layout.write(layout.put_index(entries))
    return layout


def index_of(layout):
    return json.loads(layout.blob(layout.digest))


def platforms_of(layout):
    return [entry["platform"]["architecture"] for entry in index_of(layout)["manifests"]]


def layer_of(layout, architecture):
    """The files of the topmost layer of a platform's image, without kif: {path: machine of its ELF header or None}."""
    (entry,) = [entry for entry in index_of(layout)["manifests"] if entry["platform"]["architecture"] == architecture]
    manifest = json.loads(layout.blob(entry["digest"]))
    config = json.loads(layout.blob(manifest["config"]["digest"]))
    assert config["architecture"] == architecture, config["architecture"]
    with tarfile.open(fileobj=io.BytesIO(layout.blob(manifest["layers"][-1]["digest"]))) as tar:
        files = {member.name: tar.extractfile(member).read(20) for member in tar.getmembers() if member.isreg()}
    return {path: int.from_bytes(head[18:20], "little") if head[:4] == b"\x7fELF" else None for path, head in files.items()}


class Platforms(Test):
    def test_each_platform_is_hardened_with_its_own_layer(self):
        source = several("both", AMD64, ARM64, S390X)
        target, report = self.harden(source)
        self.assertEqual(platforms_of(target), ["amd64", "arm64"])
        self.assertTrue(report["target"]["is_index"])
        self.assertEqual([(p["platform"], p["outcome"]) for p in report["platforms"]], [("linux/amd64", "hardened"), ("linux/arm64", "hardened")])
        self.assertEqual(report["left_out"], [{"platform": "linux/s390x", "reason": "kif has no layer for linux/s390x"}])
        self.assertEqual([p["target_digest"] for p in report["platforms"]], [entry["digest"] for entry in index_of(target)["manifests"]])
        for architecture, machine in (("amd64", 62), ("arm64", 183)):
            files = layer_of(target, architecture)
            for name in ("kif-init", "kif-fips.so", "kif-provider.so", "fips.so", "libkif-random.so", "libjitterentropy.so.3"):
                self.assertEqual(files[f"usr/lib/kif/{name}"], machine, f"{architecture} {name}")
        text = kif("harden", source.name, "-o", self.new().name)
        self.assertEqual(text.returncode, 0)
        for line in text.stderr.splitlines():  # of programs that compute by themselves; own_cryptography_test looks at them
            self.assertRegex(line, "^kif: warning: (linux/(amd64|arm64): )?(coreutils|libmd|low-level functions of libcrypto)")
        self.assertIn("left out    linux/s390x: kif has no layer for linux/s390x\n", text.stdout)
        self.assertRegex(text.stdout, r"result      oci:\S+  an index of linux/amd64, linux/arm64\nindex       sha256:")

    def test_twice_is_once_and_anywhere_the_same(self):
        source = several("again", AMD64, ARM64)
        target, _ = self.harden(source)
        other, _ = self.harden(source, umask=0o077, env={"TZ": "Asia/Kolkata", "PATH": "/usr/bin:/bin"})
        self.assertEqual(target.digest, other.digest)
        before = target.snapshot()
        again, report = self.harden(source, target)
        self.assertEqual((report["target"]["written"], again.digest), (False, target.digest))
        self.assertEqual(target.snapshot(), before)
        # A hardened index as the source: nothing new comes of it.
        third, report = self.harden(target)
        self.assertEqual({p["outcome"] for p in report["platforms"]}, {"already-hardened"})
        self.assertEqual(third.digest, target.digest)

    def test_inherited_blobs_are_the_same_files(self):
        source = several("kept", AMD64, ARM64)
        target, _ = self.harden(source)
        for old, new in zip(index_of(source)["manifests"], index_of(target)["manifests"], strict=True):
            layers = [layer["digest"] for layer in json.loads(source.blob(old["digest"]))["layers"]]
            self.assertEqual([layer["digest"] for layer in json.loads(target.blob(new["digest"]))["layers"]][:-1], layers)
            for digest in layers:
                self.assertEqual(source.blob(digest), target.blob(digest))

    def test_one_platform_is_picked_and_stays_one_image(self):
        source = several("pick", AMD64, ARM64)
        target, report = self.harden(source, None, "--platform", "linux/arm64")
        self.assertFalse(report["target"]["is_index"])
        self.assertEqual(target.config["architecture"], "arm64")
        whole, _ = self.harden(source)
        self.assertEqual(target.digest, index_of(whole)["manifests"][1]["digest"])

    def test_an_image_for_another_platform_alone_needs_no_option(self):
        target, report = self.harden(made("arm64"), self.new())
        self.assertEqual((report["platforms"][0]["platform"], target.config["architecture"]), ("linux/arm64", "arm64"))

    def test_an_archive_holds_the_index_too(self):
        source = several("archive", AMD64, ARM64)
        archive = images.work / "both.tar"
        done = kif("harden", source.name, "-o", f"oci-archive:{archive}:x")
        self.assertEqual(done.returncode, 0, done.stderr)
        whole, _ = self.harden(source)
        self.assertIn(f"index       {whole.digest}\n", done.stdout)
        again = kif("harden", f"oci-archive:{archive}:x", "-o", self.new().name)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn(f"index       {whole.digest}\n", again.stdout)

    def test_a_docker_archive_is_refused(self):
        source = several("docker", AMD64, ARM64)
        target = images.work / "both-docker.tar"
        self.assert_refused(kif("harden", source.name, "-o", f"docker-archive:{target}"), 1,
                            f"kif: error: cannot write docker-archive:{target}: a docker-archive holds one platform only, and {source.name} has 2\n"
                            "  hint: --platform picks one\n")
        self.assertFalse(target.exists())

    def test_files_that_the_user_names_go_to_their_architecture(self):
        source = several("named", AMD64, ARM64)
        foreign = pathlib.Path(images.options.deps, "arm64/modules/3.5/fips.so")
        target, report = self.harden(source, None, "--module", module("3.4.0"), "--module", foreign)
        self.assertEqual([p["layer"]["module"]["version"] for p in report["platforms"]], ["3.4.0", "3.5.9"])
        self.assertEqual(platforms_of(target), ["amd64", "arm64"])
        target, report = self.harden(source, None, "--module", module("3.4.0"))
        self.assertEqual(platforms_of(target), ["amd64"])
        self.assertEqual(report["left_out"], [{"platform": "linux/arm64", "reason": "no file that --module names is for arm64"}])

    def test_one_file_for_each_architecture(self):
        source = made("amd64")
        target = self.new()
        both = [module("3.4.0"), module("3.5")]
        self.assert_refused(kif("harden", source.name, "-o", target.name, "--module", both[0], "--module", both[1]), 2,
                            f"kif: error: cannot use both {both[0]} and {both[1]} as --module: both are for amd64\n"
                            "  hint: name one file for each architecture\n")
        foreign = bytearray(pathlib.Path(both[0]).read_bytes())
        foreign[18:20] = (22).to_bytes(2, "little")  # e_machine: IBM S/390
        path = images.work / "s390x.so"
        path.write_bytes(foreign)
        self.assert_refused(kif("harden", source.name, "-o", target.name, "--module", both[0], "--module", path), 2,
                            f"kif: error: cannot use {path} as --module: kif has no layer for s390x\n")
        self.assertFalse(target.path.exists())

    def test_one_that_cannot_be_hardened_stops_all(self):
        source = several("broken", AMD64, ARM64)
        index = index_of(source)
        arm = index["manifests"][1]
        manifest = json.loads(source.blob(arm["digest"]))
        source.blob_path(manifest["layers"][0]).write_bytes(b"damaged")
        target = self.new()
        done = kif("harden", source.name, "-o", target.name)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^kif: error: cannot \w+ layer 1 of oci:")
        self.assertFalse(target.path.exists())

    def test_an_index_does_not_take_another_image_s_place(self):
        source = several("place", AMD64, ARM64)
        target = self.new()
        shutil.copytree(made("amd64").path, target.path, symlinks=False)
        target.write(made("amd64").descriptor)
        before = target.snapshot()
        self.assert_refused(kif("harden", source.name, "-o", target.name), 1,
                            f"kif: error: cannot write {target.name}: there is another image under that name\n  hint: --force replaces it\n")
        self.assertEqual(target.snapshot(), before)
        self.harden(source, target, "--force")
        self.assertEqual(platforms_of(target), ["amd64", "arm64"])


if __name__ == "__main__":
    images.main()
