#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Package databases that the real programs made: rpm's in the forms that this machine's rpm can write, dpkg's of this machine; and what is
said where they are broken, or no rpm program is there."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SPEC = """Name: {name}
{epoch}Version: {version}
Release: {release}
Summary: a package of nothing
License: none
BuildArch: noarch
%description
Nothing.
%files
"""
PACKAGES = [("kif-tiny", "2", "1.0", "3"), ("kif-other", "", "2.5~rc1", "1.el9")]
EXPECTED = ["kif-other 2.5~rc1-1.el9 rpm noarch", "kif-tiny 2:1.0-3 rpm noarch"]

options = None
work = None


def run(*command, good=True, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=False, **more)
    if (done.returncode == 0) != good:
        raise AssertionError(f"{command} gave {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout if good else done.stderr


def built_packages():
    """Two rpm packages, built once."""
    folder = work / "rpms"
    if not folder.exists():
        for name, epoch, version, release in PACKAGES:
            spec = work / f"{name}.spec"
            spec.write_text(SPEC.format(name=name, epoch=f"Epoch: {epoch}\n" if epoch else "", version=version, release=release))
            run("rpmbuild", "-bb", "--define", f"_topdir {work}/top", "--define", f"_rpmdir {folder}", spec)
    return sorted(folder.rglob("*.rpm"))


def database(backend):
    """A folder with the two packages in a database of this form, or None where this machine's rpm cannot write it."""
    folder = work / backend
    folder.mkdir()
    done = subprocess.run(["rpm", "--dbpath", folder, "--define", f"_db_backend {backend}", "--install", "--justdb", "--nodeps",
                           *built_packages()], capture_output=True, text=True, timeout=120, check=False)
    return folder if done.returncode == 0 else None


class RpmDatabases(unittest.TestCase):
    def test_sqlite_is_read(self):
        folder = database("sqlite")
        self.assertIsNotNone(folder, "rpm wrote no database")
        self.assertEqual(run(options.tool, "rpm", folder).splitlines(), EXPECTED)
        # As it lies in an image's layer, without what SQLite keeps beside it.
        alone = work / "alone"
        alone.mkdir()
        shutil.copy(folder / "rpmdb.sqlite", alone)
        for beside in ("rpmdb.sqlite-wal",):
            if (folder / beside).stat().st_size:
                shutil.copy(folder / beside, alone)
        self.assertEqual(run(options.tool, "rpm", alone).splitlines(), EXPECTED)

    def test_ndb_is_read_or_refused_by_name(self):
        folder = database("ndb")
        if folder:
            self.assertEqual(run(options.tool, "rpm", folder).splitlines(), EXPECTED)
            return
        print("this rpm is built without ndb")
        unreadable = work / "unreadable"
        unreadable.mkdir()
        (unreadable / "Packages.db").write_bytes(b"RpmP" + bytes(4092))
        self.assertEqual(run(options.tool, "rpm", unreadable, good=False),
                         f"sbom_tool: error: cannot read {unreadable}: the rpm program of this machine cannot read Packages.db\n"
                         "  hint: an rpm of Fedora or openSUSE can; or give an SBOM of the image as a file\n")

    def test_broken_ones_are_refused(self):
        for name in ("rpmdb.sqlite", "Packages"):
            folder = work / f"broken-{name}"
            folder.mkdir()
            (folder / name).write_bytes(b"no database" * 1000)
            self.assertIn(f"sbom_tool: error: cannot read {folder}: ", run(options.tool, "rpm", folder, good=False))

    def test_without_the_program_it_says_so(self):
        folder = work / "no-program"
        folder.mkdir()
        (folder / "rpmdb.sqlite").touch()
        self.assertEqual(run(options.tool, "rpm", folder, good=False, env={"PATH": "/nonexistent"}),
                         f"sbom_tool: error: cannot read {folder}: rpm databases are read by the rpm program, and there is none\n"
                         "  hint: install rpm: apt-get install rpm\n")

    def test_what_this_user_configured_is_not_run(self):
        folder = database("sqlite") if not (work / "sqlite").exists() else work / "sqlite"
        home = work / "home"
        home.mkdir()
        (home / ".rpmmacros").write_text(f"%_db_backend %(touch {work}/ran; echo sqlite)\n%_keyringpath %(touch {work}/ran)\n")
        environment = {**os.environ, "HOME": str(home)}
        run(options.tool, "rpm", folder, env=environment)
        self.assertFalse((work / "ran").exists())
        # The control: rpm on its own runs it.
        run("rpm", "--dbpath", folder, "--query", "--all", env=environment)
        self.assertTrue((work / "ran").exists())


class DpkgStatus(unittest.TestCase):
    def test_of_this_machine_is_what_dpkg_says(self):
        asked = run("dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package} ${Version} deb ${Architecture}\n")
        expected = sorted(line.removeprefix("installed ") for line in asked.splitlines() if line.startswith("installed "))
        self.assertGreater(len(expected), 10)
        self.assertEqual(sorted(run(options.tool, "dpkg", "/var/lib/dpkg/status").splitlines()), expected)


def main():
    global options, work
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="kif-databases-test-") as folder:
        work = pathlib.Path(folder)
        unittest.main(module="__main__", argv=[sys.argv[0]] + rest, verbosity=2)


if __name__ == "__main__":
    main()
