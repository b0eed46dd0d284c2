#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every source file of the tree has its SPDX line and a readable size, and every script passes shellcheck."""

import os
import pathlib
import subprocess
import sys
import tempfile

SPDX = "SPDX-License-Identifier: Apache-2.0"
SUFFIXES = {".cpp", ".h", ".c", ".py", ".sh", ".cmake", ".map", ".java"}
NAMES = {"CMakeLists.txt", "Makefile"}
LONGEST = 800
NOT_OURS = {".git", "build", ".cache"}


def first_line(path):
    with path.open("rb") as stream:
        return stream.readline(200).decode("utf-8", "replace")


def is_shell(path):
    line = first_line(path)
    return line.startswith("#!") and ("bash" in line or line.rstrip().endswith("/sh"))


def is_source(path):
    return path.suffix in SUFFIXES or path.name in NAMES or first_line(path).startswith("#!")


def tree(source):
    """Every file of the tree that is ours, tracked or about to be."""
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS)
        for name in sorted(names):
            path = pathlib.Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def head_complaint(path):
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if not any(SPDX in line for line in lines[:3]):
        return "has no SPDX line among its first three"
    if len(lines) > LONGEST:
        return f"has {len(lines)} lines; split it (at most {LONGEST})"
    return None


def shellcheck(path, folder):
    result = subprocess.run(["shellcheck", "--external-sources", str(path)], cwd=folder, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr if result.returncode else None


def controls():
    """Files with each fault, which must be found."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "control.sh")
        path.write_text("#!/bin/sh\nrm -rf $1/*\n", encoding="utf-8")
        if not head_complaint(path):
            yield "a file without SPDX line was let through"
        if not shellcheck(path, folder):
            yield "a script with an unquoted variable was let through"
        path.write_text(f"# {SPDX}\n" * (LONGEST + 1), encoding="utf-8")
        if not head_complaint(path):
            yield "a file of too many lines was let through"


def main():
    source = pathlib.Path(sys.argv[1])
    complaints = list(controls())
    checked = scripts = 0
    for path in tree(source):
        if not is_source(path):
            continue
        checked += 1
        complaint = head_complaint(path)
        if complaint:
            complaints.append(f"{path.relative_to(source)} {complaint}")
        if path.suffix == ".sh" or is_shell(path):
            scripts += 1
            complaint = shellcheck(path.relative_to(source), source)
            if complaint:
                complaints.append(complaint)
    print(f"{checked} files and {scripts} scripts read")
    for complaint in complaints:
        print(complaint)
    return 1 if complaints or checked == 0 or scripts == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
