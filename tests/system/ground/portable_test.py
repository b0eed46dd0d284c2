#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What kif puts into images loads wherever glibc is 2.34 or newer, and needs nothing else.

Read from the files that were built: the newest GLIBC_ version asked for, the libraries asked for, and for the provider its one
exported symbol and its NODELETE flag; for kif-fips.so before it that it needs nothing at all; of what was built for both architectures.
No file says where it was built: the same sources in another folder must give the same layer. The control is kif itself, which runs on the
builder's machine and must be turned away.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import zipfile

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


def gate_complaints(path):
    """kif-fips.so is loaded by static programs too, where there is nothing for it to find: no library, and no symbol that must be there."""
    found = [f"needs {library}" for library in needed_libraries(path)] + [f"exports {name}" for name in exported_symbols(path) if name != "OSSL_provider_init"]
    for line in readelf(path, "--dyn-syms").splitlines():
        fields = line.split()
        if len(fields) >= 8 and fields[6] == "UND" and fields[4] != "WEAK":
            found.append(f"needs the symbol {fields[7]}")
    if "OSSL_provider_init" not in exported_symbols(path):
        found.append("does not export OSSL_provider_init")
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


def paths_of_sources(content, sources):
    """What tells where it was built: __FILE__ is absolute or relative, as the compiler was called, and neither may be in a layer."""
    found = re.findall(rb"[\w./+-]*src/[a-z]+/[\w/]+\.(?:cpp|h|java)\b", content)
    return [path.decode() for path in found] + ([str(sources)] if str(sources).encode() in content else [])


def contents_of(path):
    """The file itself, or what is in a jar."""
    if path.suffix != ".jar":
        return [path.read_bytes()]
    with zipfile.ZipFile(path) as jar:
        return [jar.read(name) for name in jar.namelist()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--payload", required=True, type=pathlib.Path, nargs="+", help="the folder of an architecture")
    parser.add_argument("--control", required=True, type=pathlib.Path)
    parser.add_argument("--sources", required=True, type=pathlib.Path, help="the folder that it was built from")
    parser.add_argument("--java", action="store_true", help="the room java/ was built")
    options = parser.parse_args()

    failed = False
    names = ["kif-provider.so", "kif-init", "kif-probe", "libkif-random.so", "libjitterentropy.so.3"]
    for folder in options.payload:
        # A cross build that went astray would leave old files here, and put the new ones into its own tree.
        if (astray := folder.parents[2] / folder.name / "lib").exists():
            print(f"  not ok: {astray} is there: the layer for {folder.name} was built into another place")
            failed = True
    for path in [folder / name for folder in options.payload for name in ([*names, "libkif-java.so"] if options.java else names)]:
        name = path.name
        complaints = complaints_about(path)
        if name == "kif-provider.so":
            complaints += provider_complaints(path)
        if name == "libkif-java.so":
            complaints += java_complaints(path)
        newest = ".".join(str(part) for part in max(glibc_versions(path)))
        print(f"{path.parent.name} {name}: glibc {newest}, needs {' '.join(needed_libraries(path))}")
        for complaint in complaints:
            print(f"  not ok: {name} {complaint}")
            failed = True

    for path in [folder / "kif-fips.so" for folder in options.payload]:
        complaints = gate_complaints(path)
        print(f"{path.parent.name} {path.name}: needs nothing" if not complaints else f"{path.parent.name} {path.name}:")
        for complaint in complaints:
            print(f"  not ok: {path.name} {complaint}")
            failed = True
    if not any("needs the symbol" in complaint for complaint in gate_complaints(options.payload[0] / "kif-provider.so")):
        print("  not ok: the provider needs symbols of glibc, and passed as the gate")
        failed = True

    java = options.payload[0].parent / "java"
    files = [path for folder in [*options.payload, *([java] if options.java else [])] for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in files:
        for told in {told for content in contents_of(path) for told in paths_of_sources(content, options.sources)}:
            print(f"  not ok: {path.parent.name}/{path.name} says where it was built: {told}")
            failed = True
    print(f"{len(files)} files, none of which says where it was built" if not failed else "")
    if not paths_of_sources(options.control.read_bytes(), options.sources):
        print(f"  not ok: the control {options.control.name} has line tables, and no path of a source was found in it")
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
