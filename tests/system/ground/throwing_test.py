#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No room of src/ calls a function of std::filesystem that throws where the system says no: kif would take a folder without permission for a bug of
its own. Read from the object files: each overload is a symbol of its own, and those that do not throw take a std::error_code."""

import pathlib
import re
import subprocess
import sys
import tempfile

THROWING = re.compile(r"^\s*U (std::filesystem::.*)$")
# Members that ask the system for nothing.
HARMLESS = re.compile(r"__cxx11::path::|filesystem_error|::operator[*=]|::~|_Dir")

# Each line is a call that must be found.
CONTROL = """#include <filesystem>
namespace fs = std::filesystem;
bool a(const fs::path& p) { return fs::exists(p); }
bool b(const fs::path& p) { return fs::create_directories(p); }
fs::path c(const fs::path& p) { return fs::absolute(p); }
int d(const fs::path& p) { int n = 0; std::error_code e; for (const auto& x : fs::directory_iterator(p, e)) n += x.path().empty(); return n; }
"""
HARMLESS_CONTROL = """#include <filesystem>
namespace fs = std::filesystem;
int a(const fs::path& p) {
  std::error_code e; int n = fs::exists(p, e) + fs::create_directories(p, e); n += fs::absolute(p, e).lexically_normal().empty();
  for (fs::directory_iterator i(p, e), end; !e && i != end; i.increment(e)) n += i->path().empty();
  return n;
}
"""


def calls_in(path):
    listing = subprocess.run(["nm", "-C", "-u", str(path)], capture_output=True, text=True, check=True).stdout
    found = (THROWING.match(line) for line in listing.splitlines())
    return sorted({match[1] for match in found if match and "error_code" not in match[1] and not HARMLESS.search(match[1])})


def calls_of_source(text, compiler):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "control.cpp")
        source.write_text(text, encoding="utf-8")
        subprocess.run([compiler, "-std=c++20", "-O2", "-c", str(source), "-o", f"{folder}/control.o"], check=True)
        return calls_in(f"{folder}/control.o")


def main():
    compiler, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    found = calls_of_source(CONTROL, compiler)
    for name in ("status", "create_directories", "absolute", "operator++"):
        if not any(name in call for call in found):
            sys.exit(f"the control's {name} is not found: {found}")
    if found := calls_of_source(HARMLESS_CONTROL, compiler):
        sys.exit(f"found in what does not throw: {found}")
    rooms = sorted(folder.glob("*/libkif_*.a"))
    if not rooms:
        sys.exit(f"no rooms in {folder}")
    complaints = [f"{room.stem}: {call}" for room in rooms for call in calls_in(room)]
    if complaints:
        sys.exit("these throw where the system refuses; take the overload with a std::error_code:\n  " + "\n  ".join(complaints))
    print(f"{len(rooms)} rooms looked at")


if __name__ == "__main__":
    main()
