#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What kif puts into images loads wherever glibc is 2.34 or newer, and needs nothing else.

Read from the files that were built: the newest GLIBC_ version asked for, the libraries asked for, and for the provider its one
exported symbol and its NODELETE flag; of what was built for both architectures. The control is kif itself, which runs on the builder's machine and must be turned away.
"""

import argparse
import pathlib
import re
import subprocess
import sys

NEWEST_GLIBC = (2, 34)
# glibc's own. Since 2.34 the first three are empty, but older linkers still write their names.
ALLOWED_LIBRARIES = {"libpthread.so.0", "libdl.so.2", "librt.so.1", "libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


def readelf(path, *flags):
    return subprocess.run(["readelf", "--wide", *flags, str(path)], capture_output=True, text=True, check=True).stdout


def glibc_versions(path):
    """The versions of glibc that symbols of this file are bound to, as tuples."""
    return {tuple(int(part) for part in version.split(".")) for version in re.findall(r"GLIBC_([0-9.]+)", readelf(path, "--version-info"))}


def symbols_newer_than_allowed(path):
    found = []
    for line in readelf(path, "--dyn-syms").splitlines():
        match = re.search(r"(\S+)@GLIBC_([0-9.]+)", line)
        if match and tuple(int(part) for part in match.group(2).split(".")) > NEWEST_GLIBC:
            found.append(f"{match.group(1)} of GLIBC_{match.group(2)}")
    return found


def needed_libraries(path):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", readelf(path, "--dynamic"))


def exported_symbols(path):
    names = []
    for line in readelf(path, "--dyn-syms").splitlines():
        fields = line.split()
        if len(fields) >= 8 and fields[0].rstrip(":").isdigit() and fields[4] in ("GLOBAL", "WEAK") and fields[6] not in ("UND", "ABS"):
            names.append(fields[7].split("@")[0])
    return names


def complaints_about(path):
    """Every reason why this file would not load in an image with glibc 2.34."""
    found = [f"needs {symbol}" for symbol in symbols_newer_than_allowed(path)]
    found += [f"needs {library}" for library in needed_libraries(path) if library not in ALLOWED_LIBRARIES]
    if not glibc_versions(path):
        found.append("shows no version of glibc: this test did not read it")
    return found


def provider_complaints(path):
    found = []
    exported = exported_symbols(path)
    if exported != ["OSSL_provider_init"]:
        found.append(f"exports {exported}, must export OSSL_provider_init alone")
    if "NODELETE" not in readelf(path, "--dynamic"):
        found.append("is not marked NODELETE")
    return found


def java_complaints(path):
    """Java finds the native methods by their names; nothing else may be visible in a process of somebody else's."""
    found = [f"exports {name}" for name in exported_symbols(path) if not name.startswith("Java_kif_java_")]
    if len(exported_symbols(path)) < 3:
        found.append("exports too few native methods")
    if "NODELETE" not in readelf(path, "--dynamic"):
        found.append("is not marked NODELETE")
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--payload", required=True, type=pathlib.Path, nargs="+", help="the folder of an architecture")
    parser.add_argument("--control", required=True, type=pathlib.Path)
    parser.add_argument("--java", action="store_true", help="the room java/ was built")
    options = parser.parse_args()

    failed = False
    names = ["kif-fips.so", "kif-init", "kif-probe", "libkif-random.so", "libjitterentropy.so.3"]
    for folder in options.payload:
        # A cross build that went astray would leave old files here, and put the new ones into its own tree.
        if (astray := folder.parents[2] / folder.name / "lib").exists():
            print(f"  not ok: {astray} is there: the layer for {folder.name} was built into another place")
            failed = True
    for path in [folder / name for folder in options.payload for name in ([*names, "libkif-java.so"] if options.java else names)]:
        name = path.name
        complaints = complaints_about(path)
        if name == "kif-fips.so":
            complaints += provider_complaints(path)
        if name == "libkif-java.so":
            complaints += java_complaints(path)
        newest = ".".join(str(part) for part in max(glibc_versions(path)))
        print(f"{path.parent.name} {name}: glibc {newest}, needs {' '.join(needed_libraries(path))}")
        for complaint in complaints:
            print(f"  not ok: {name} {complaint}")
            failed = True

    rejected = complaints_about(options.control)
    if not any("libstdc++" in complaint for complaint in rejected) or not any("libcrypto" in complaint for complaint in rejected):
        print(f"  not ok: the control {options.control.name} links libstdc++ and libcrypto, and was not turned away for it")
        failed = True
    if "is not marked NODELETE" not in provider_complaints(options.control):
        print(f"  not ok: the control {options.control.name} passed as a provider")
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
