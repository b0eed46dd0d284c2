# SPDX-License-Identifier: Apache-2.0
"""What the tests of Java share: images with a Java runtime, another layer put on them, and kif under which they run."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
import layouts  # noqa: E402

# The image of each Java runtime that is served, oldest first.
RUNTIMES = {"11": "sid-java11", "17": "bookworm-java17", "21": "trixie-java21", "25": "trixie-java25"}
KIF = "/usr/lib/kif"
CLASSES = "/exercise"

options = None
work = None


def main(*more):
    """Runs the tests of the file that calls it; `more`: names of options that only it takes."""
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("kif", "payload", "classes", "test-image", "maven", "maven-repository", "source", "faulty", *more):
        parser.add_argument("--" + name, required=True)
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="kif-java-test-", dir="/tmp") as folder:
        work = pathlib.Path(folder)
        unittest.main(module="__main__", argv=[sys.argv[0]] + rest, verbosity=2)


def kif(*arguments, **more):
    return subprocess.run([options.kif, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False, **more)


_made = {}


def real(name):
    """An image of tools/test-image."""
    if name not in _made:
        made = subprocess.run([options.test_image, name], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise RuntimeError(f"cannot make the image {name}: {made.stderr}")
        _made[name] = made.stdout.strip()
    return _made[name]


def jars_folder():
    """Beside the architectures' folders: jars are the same for all."""
    return pathlib.Path(options.payload).parent / "java"


def payload():
    """{path in the image: file} of what kif gives to Java."""
    folder = pathlib.Path(options.payload)
    files = {f"{KIF}/{name}": folder / name for name in ("libkif-java.so", "libjitterentropy.so.3")}
    files.update({f"{KIF}/java/{path.name}": path for path in jars_folder().iterdir()})
    return files


def exercise():
    return {f"{CLASSES}/{path.name}": path for path in pathlib.Path(options.classes).glob("*.class")}


def jars():
    return sorted(path for path in payload() if path.endswith(".jar"))


def with_layer(source, files):
    """A copy of an image with one layer more: {path: pathlib.Path or bytes}."""
    return layouts.put_on_top(source, pathlib.Path(tempfile.mkdtemp(dir=work)) / "image", files, tag="it", compress=None, linked=True).name


_hardened = {}


def hardened(version, *more):
    """The image of a runtime with the test programs in it, hardened; and kif's report."""
    key = (version, *more)
    if key not in _hardened:
        source = with_layer(real(RUNTIMES[version]), exercise())
        name = f"oci:{work}/hardened-{len(_hardened)}:it"
        done = kif("harden", source, "-o", name, "--format", "json", *more)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        _hardened[key] = (name, json.loads(done.stdout))
    return _hardened[key]


def layer(name):
    """{path: content} of the last layer of an image, and its configuration."""
    image = layouts.Layout.named(name)
    with image.layer_tar(-1) as tar:
        files = {"/" + entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}
    return files, image.config["config"]


def lines(text):
    """{first word: rest} of the program Exercise's output."""
    return dict(line.split(" ", 1) for line in text.splitlines() if " " in line)


def trace(image, *command, expect=0, **more):
    """A traced run: its output, and its events."""
    path = work / "trace.json"
    path.unlink(missing_ok=True)
    done = kif("run", image, "--trace", "--format", "json", "--output", path, "--", *command, **more)
    if done.returncode != expect:
        raise AssertionError(f"exit code {done.returncode}: {done.stdout}{done.stderr}")
    document = json.loads(path.read_text())["trace"]
    if not document["started"] or document["dropped"] or document["unread"] or document.get("failure"):
        raise AssertionError(f"the trace is not whole: {document}")
    return done, document["events"]


def bytes_taken(events):
    """Uses of the kernel's randomness by which a process got bytes, but those that are no security use."""
    return [f"{e['process']} {e['act']} {e['source']} {e.get('bytes', 0)} {e.get('flags', '')}" for e in events
            if e["act"] != "open" and e["security_use"] and e.get("bytes", 0) > 0]


def opened(events):
    """Devices that were opened, with how often."""
    names = [e["source"] for e in events if e["act"] == "open"]
    return {name: names.count(name) for name in sorted(set(names))}
