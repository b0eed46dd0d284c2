# SPDX-License-Identifier: Apache-2.0
"""What the tests of this folder share: the tool under test, the other programs, real images, and trees of files as data."""

import argparse
import hashlib
import io
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
import layouts  # noqa: E402, F401

REF_NAME = "org.opencontainers.image.ref.name"

options = None
work = None


def main(*more):
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("tool", "test-image", *more):
        parser.add_argument("--" + name, required=True)
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="kif-oci-test-") as folder:
        work = pathlib.Path(folder)
        unittest.main(module="__main__", argv=[sys.argv[0]] + rest, verbosity=2)


def run(*command, good=True):
    """Its standard output; or with good=False, which demands a failure, its standard error."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300, check=False)
    if (done.returncode == 0) != good:
        raise AssertionError(f"{command} gave {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout if good else done.stderr


def tool(*arguments, good=True):
    return run(options.tool, *arguments, good=good)


def skopeo_copy(source, target, *more):
    run("skopeo", "copy", "--quiet", "--insecure-policy", *more, source, target)


def inspected(name, *more):
    return json.loads(run("skopeo", "inspect", *more, name))


def test_image(suite="bookworm"):
    """oci:FOLDER:TAG, never to be written into."""
    return run(options.test_image, suite).strip()


def layered_image():
    """A real image with layers that delete, replace and link, made by umoci: its own whiteouts, one of them opaque."""
    layout = work / "layered"
    if not layout.exists():
        skopeo_copy(test_image(), f"oci:{layout}:base")
        bundle = work / "layered-bundle"
        run("umoci", "unpack", *rootless(), "--image", f"{layout}:base", bundle)
        root = bundle / "rootfs"
        (root / "etc/debian_version").unlink()
        shutil.rmtree(root / "usr/share/base-files")
        (root / "usr/share/base-files").write_text("a file now")
        (root / "etc/motd").unlink(missing_ok=True)
        (root / "etc/motd").mkdir()
        (root / "etc/motd/in").write_text("a folder now")
        (root / "etc/issue").write_text("another")
        os.link(root / "etc/issue", root / "etc/issue-link")
        os.symlink("/etc/issue", root / "etc/issue-symlink")
        (root / "etc/schön").write_text("name")
        long = root / ("d" * 120) / ("e" * 120)
        long.mkdir(parents=True)
        (long / "f").write_text("long")
        run("umoci", "repack", "--image", f"{layout}:two", bundle)
        new = work / "new-folder"
        new.mkdir()
        (new / "only").write_text("this")
        run("umoci", "insert", *rootless(), "--opaque", "--image", f"{layout}:two", "--tag", "three", new, "/etc/default")
        run("umoci", "insert", *rootless(), "--whiteout", "--image", f"{layout}:three", "--tag", "layered", "/etc/issue")
    return f"oci:{layout}:layered"


def rootless():
    return [] if os.geteuid() == 0 else ["--rootless"]


def new_layer():
    path = work / "new-layer.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in (("opt/kif/a", b"hello"), ("opt/kif/b", os.urandom(100_000))):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def split(name):
    transport, folder, tag = name.split(":", 2)
    return transport, pathlib.Path(folder), tag


def layout_manifest(name):
    """The manifest of oci:FOLDER:TAG and its text, read without kif."""
    _, folder, tag = split(name)
    index = json.loads((folder / "index.json").read_text())
    found = [entry for entry in index["manifests"] if entry.get("annotations", {}).get(REF_NAME) == tag]
    assert len(found) == 1, found
    text = blob(folder, found[0]["digest"]).read_bytes()
    assert "sha256:" + hashlib.sha256(text).hexdigest() == found[0]["digest"]
    return json.loads(text), found[0]["digest"]


def blob(folder, digest):
    return pathlib.Path(folder) / "blobs/sha256" / digest.removeprefix("sha256:")


def tree(root, owners=True):
    """Every path below root with all that a container could see of it."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files + (["."] if folder == str(root) else []):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            what = [stat.S_IFMT(status.st_mode), oct(stat.S_IMODE(status.st_mode)), status.st_mtime_ns]
            if owners:
                what += [status.st_uid, status.st_gid]
            if stat.S_ISLNK(status.st_mode):
                what.append(os.readlink(path))
            elif stat.S_ISREG(status.st_mode):
                what += [status.st_nlink, hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()]
            found[os.path.relpath(path, root)] = what
    return found
