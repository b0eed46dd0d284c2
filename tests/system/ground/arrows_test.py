#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every #include between rooms of src/, and every room a CMakeLists.txt names, follows the arrows of ARCHITECTURE.md."""

import pathlib
import re
import sys

# Room: the rooms it may reach. What is not written here is not allowed.
ARROWS = {
    "base": set(),
    "portable": set(),
    "digest": {"base"},
    "machine": {"base"},
    "entropy": {"base"},
    "libcrypto": {"base"},
    "provider": {"base", "entropy"},
    "java": {"base", "entropy"},
    "broker": {"base"},
    "random": {"broker"},
    "init": {"base", "broker", "entropy", "libcrypto", "machine"},
    "probe": {"base", "libcrypto"},
    "oci": {"base", "digest"},
    "sbom": {"base", "digest", "oci"},
    "image": {"base", "digest", "oci"},
    "watch": {"base", "digest", "oci"},
    # Never image/: a verdict is worth something because it shares no code with what it judges.
    "verify": {"base", "digest", "oci", "sbom", "watch"},
    "host": {"base", "broker", "entropy", "machine"},
    "cli": {"base", "digest", "oci", "sbom", "image", "watch", "verify", "host"},
}
# Headers of libraries that one room alone may know.
ONLY_IN = {"jitterentropy.h": "entropy"}


def wrong_include(room, header):
    """Why a file of this room may not include this header, or None."""
    owner = ONLY_IN.get(header)
    if owner and owner != room:
        return f"only {owner}/ may include {header}"
    other = header.split("/")[0]
    if "/" in header and other in ARROWS and other != room and other not in ARROWS[room]:
        return f"{room}/ may not reach {other}/ ({header})"
    return None


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1)


def complaints_about(source):
    found = []
    count = 0
    for folder in sorted(path for path in (source / "src").iterdir() if path.is_dir()):
        room = folder.name
        if room not in ARROWS:
            found.append(f"src/{room}: a room that the table of this test does not know")
            continue
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(source)
            if path.suffix in (".h", ".cpp", ".c"):
                for number, header in includes(path):
                    count += 1
                    wrong = wrong_include(room, header)
                    if wrong:
                        found.append(f"{name}:{number}: {wrong}")
            elif path.name == "CMakeLists.txt":
                for other in re.findall(r"\bkif::(\w+)", path.read_text(encoding="utf-8")):
                    if other in ARROWS and other != room and other not in ARROWS[room]:
                        found.append(f"{name}: {room}/ may not link {other}/")
    if count == 0:
        found.append("no #include was read: this test looked in the wrong place")
    return found


def controls():
    """Includes that must be turned away, and some that must not."""
    for room, header in (("verify", "image/harden.h"), ("base", "digest/digest.h"), ("entropy", "provider/core.h"),
                         ("provider", "jitterentropy.h"), ("provider", "libcrypto/library.h"), ("java", "provider/core.h"),
                         ("machine", "entropy/clock.h"), ("host", "watch/run.h"), ("init", "host/look.h"),
                         ("sbom", "verify/finding.h"), ("oci", "sbom/version/apk_version.h")):
        if not wrong_include(room, header):
            yield f"the control {room}/ → {header} was let through"
    for room, header in (("verify", "oci/image.h"), ("entropy", "jitterentropy.h"), ("oci", "sys/stat.h"), ("oci", "oci/json.h"),
                         ("host", "broker/catch_all.h"), ("cli", "sbom/version/apk_version.h")):
        if wrong_include(room, header):
            yield f"the control {room}/ → {header} was turned away"


def main():
    complaints = complaints_about(pathlib.Path(sys.argv[1])) + list(controls())
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
