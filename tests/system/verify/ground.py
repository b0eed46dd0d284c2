# SPDX-License-Identifier: Apache-2.0
"""What the tests of this folder share: the kif under test, its images, another user, and what must not be left behind."""

import argparse
import json
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
import layouts  # noqa: E402

options = None
work = None


def main():
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("kif", "exercise", "asks", "fake-libc", "deps", "test-image", "runtime-image", "faulty"):
        parser.add_argument("--" + name, required=True)
    options, rest = parser.parse_known_args()
    # World-readable up to the root, and short: some tests are another user, and socket names are bounded.
    with tempfile.TemporaryDirectory(prefix="kif-verify-test-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        work = pathlib.Path(folder)
        options.kif = where_all_can_run_it(pathlib.Path(options.kif).resolve())
        unittest.main(module="__main__", argv=[sys.argv[0]] + rest, verbosity=2)


def where_all_can_run_it(program):
    """A copy of kif with its own files: the tree may lie in a home that is nobody else's."""
    (work / "kif" / "bin").mkdir(parents=True)
    for folder in ("lib", "share"):
        shutil.copytree(program.parents[1] / folder / "kif", work / "kif" / folder / "kif")
    return shutil.copy(program, work / "kif" / "bin")


def kif(*arguments, timeout=240, **more):
    more.setdefault("env", environment())
    return subprocess.run([options.kif, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False, **more)


def start(*arguments, **more):
    """kif as a child that goes on by itself."""
    return subprocess.Popen([options.kif, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), **more)


def environment():
    """A temporary folder of this test's own, so that what is left in it is ours: others may run kif at the same time."""
    folder = work / "t"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o1777)
    return dict(os.environ, TMPDIR=str(folder))


def as_nobody():
    """Arguments of subprocess.run that make another user of the child, or None where we cannot."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/tmp",
            "env": {"PATH": "/usr/bin:/bin", "TMPDIR": environment()["TMPDIR"]}}


_made = {}


def exercise_image():
    """An image that holds the program exercise and nothing else."""
    if "exercise" not in _made:
        content = pathlib.Path(options.exercise).read_bytes()
        tar = layouts.tar_of({"exercise": (content, 0o755)}, {"dev": 0o755, "etc": 0o755, "proc": 0o755, "sys": 0o755, "tmp": 0o1777})
        layout = layouts.Layout(work / "exercise", "it")
        config = layout.config_of([tar], architecture=layouts.ARCHITECTURE, config={"Entrypoint": ["/exercise"]})
        name = layout.write(layout.put_image([tar], config=config)).name
        subprocess.run(["chmod", "-R", "a+rX", work / "exercise"], check=True)
        _made["exercise"] = name
    return _made["exercise"]


def real(name):
    """A real Debian image, not hardened."""
    if name not in _made:
        made = subprocess.run([options.test_image, name], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise RuntimeError(f"cannot make the image {name}: {made.stderr}")
        _made[name] = made.stdout.strip()
    return _made[name]


def hardened(name, *more):
    key = ("hardened", name, more)
    if key not in _made:
        folder = work / f"hardened-{len(_made)}"
        made = kif("harden", real(name), "-o", f"oci:{folder}:it", *more)
        if made.returncode != 0:
            raise RuntimeError(f"cannot harden {name}: {made.stderr}")
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
        _made[key] = f"oci:{folder}:it"
    return _made[key]


def edited(source, folder, change):
    """A copy of an image with its configuration changed by `change(document)`."""
    return layouts.changed(source, folder, change).name


def with_file(source, folder, name, content):
    """A copy of an image with one layer more, of one file."""
    return with_files(source, folder, {name: (content, 0o644)})


def with_files(source, folder, files, change=lambda document, diff_id: None):
    """A copy of an image with one layer more, of {name: (content, mode)}; `change` edits the configuration, and is told the layer's diff_id."""
    diff_id = layouts.digest_of(layouts.tar_of(files))
    return layouts.put_on_top(source, folder, files, config=lambda document: change(document, diff_id)).name


def decisive(result):
    """What is worth reading of `kif verify --format json` where a test fails: CI shows a part of long outputs only."""
    try:
        findings = json.loads(result.stdout)["findings"]
    except (ValueError, KeyError):
        return result.stdout + result.stderr
    said = [f"{finding['id']} {finding['outcome']}\n  " + "\n  ".join(finding["evidence"]) for finding in findings if finding["outcome"] != "pass"]
    return "\n" + "\n".join([*said, result.stderr])


def lines(text):
    """{first word: rest} of the program exercise's output."""
    return dict(line.split(" ", 1) for line in text.splitlines() if " " in line)


def workspaces():
    """kif's folders that are there now."""
    return list((work / "t").glob("kif-run-*"))


def leftovers(names):
    """What is still there of kif's folders, and of the control groups of its containers, by the folders' names."""
    # Other tests' groups come and go meanwhile: what is gone when it is looked into is passed over, as pathlib's rglob does not.
    groups = [f"{folder}/{group}" for folder, within, _ in os.walk("/sys/fs/cgroup") for group in within if group.startswith(tuple(f"{name}-" for name in names))]
    return [str(path) for path in workspaces()] + groups


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def processes_with(word):
    """Numbers of the living processes whose command line holds the word."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if word in (folder / "cmdline").read_text().split("\0"):
                found.append(int(folder.name))
        except OSError:
            pass
    return found


class Test(unittest.TestCase):
    maxDiff = None

    def run_image(self, image, *arguments, expect=0, **more):
        result = kif("run", image, *arguments, **more)
        self.assertEqual(result.returncode, expect, result.stdout + result.stderr)
        return result

    def trace(self, image, *command, options=(), expect=0, **more):
        """The trace of a run, as JSON."""
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            os.chmod(folder, 0o777)
            path = pathlib.Path(folder) / "trace.json"
            self.run_image(image, "--trace", "--format", "json", "--output", path, *options, "--", *command, expect=expect, **more)
            document = json.loads(path.read_text())
        self.assertEqual(document["schema"], "kif.run/1")
        trace = document["trace"]
        self.assertTrue(trace["started"])
        self.assertEqual((trace["dropped"], trace["unread"], trace.get("failure")), (0, 0, None))
        return trace
