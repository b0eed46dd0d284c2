#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every source file that takes content apart is in tests/fuzz/parsers.txt: with the fuzz targets that try it, or with the reason why none does.

A file takes content apart when it uses a means to do so: numbers out of text, a text that is eaten from its front, bytes copied into a value, or a
library's decoder. Whether the content is foreign no rule can see; that is what the reasons are for."""

import pathlib
import re
import sys
import tempfile

MEANS = re.compile(
    r"\bfrom_chars\(|\bstrto(?:u?l|u?ll|d)\(|\bsscanf\(|\bgetline\(|\.remove_prefix\(|\bmemcpy\(&"
    r"|json::(?:sax_)?parse\(|\bparse_json\(|\bparse_yaml\(|\bYAML::Load|\bNCONF_load"
    r"|\bPEM_read|\bd2i_|\bEVP_DecodeBlock|\binflate\(|\bZSTD_decompress|\blzma_code\(|\bBZ2_bzDecompress\(|\barchive_read_")
SUFFIXES = {".cpp", ".h", ".c"}
SHORTEST_REASON = 15


def without_comments(text):
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)


def parsers(source):
    return {str(path.relative_to(source)) for path in sorted(source.rglob("*"))
            if path.suffix in SUFFIXES and MEANS.search(without_comments(path.read_text(encoding="utf-8")))}


def read_list(text):
    """File: (targets, reason)."""
    listed = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(" ")
        rest = rest.strip()
        if name in listed:
            raise ValueError(f"{name} is listed twice")
        listed[name] = ([], rest[1:].strip()) if rest.startswith("-") else (rest.split(), "")
    return listed


def targets_of(cmake):
    """Names that kif_fuzz_target() is called with, those of loops among them."""
    cmake = re.sub(r"^\s*#.*", "", cmake, flags=re.MULTILINE)
    found = set()
    for loop in re.finditer(r"foreach\((\w+) ([^)]*)\)(.*?)endforeach\(\)", cmake, re.DOTALL):
        if f"kif_fuzz_target(${{{loop.group(1)}}}" in loop.group(3):
            found.update(loop.group(2).split())
    found.update(re.findall(r"kif_fuzz_target\((\w+)", cmake))
    return found


def complaints_about(source, found, listed, targets):
    for name in sorted(found - set(listed)):
        yield f"src/{name} takes content apart and is not in tests/fuzz/parsers.txt: give it a fuzz target, or say there why it needs none"
    for name, (tried_by, reason) in listed.items():
        if name not in found and not (tried_by and (source / name).is_file()):
            yield f"tests/fuzz/parsers.txt: src/{name} takes nothing apart, or is not there"
        if not tried_by and len(reason) < SHORTEST_REASON:
            yield f"tests/fuzz/parsers.txt: {name} has neither a target nor a reason"
        for target in tried_by:
            if target not in targets:
                yield f"tests/fuzz/parsers.txt: {name}: there is no target {target}"
    used = {target for tried_by, _ in listed.values() for target in tried_by}
    # Targets of files that the rule does not see: they read by a parser that is another file's.
    for target in sorted(targets - used - {"control", "spdx", "cyclonedx", "syft", "slsa", "apko", "base64"}):
        yield f"tests/fuzz: target {target} is not in parsers.txt"


def control_lists(source, found):
    targets = targets_of("# kif_fuzz_target(NAME)\nforeach(a one two)\n  kif_fuzz_target(${a} SOURCE x)\nendforeach()\nkif_fuzz_target(three SOURCE y)\n")
    if targets != {"one", "two", "three"}:
        yield f"the control's targets are {targets}"
    good = "room/number.cpp one two three\n"
    for text, faults in ((good, 0), ("", 4), (good + "room/gone.cpp one\n", 1), ("room/number.cpp - no\n", 4), (good + "room/none.cpp - it takes nothing apart\n", 1),
                         ("room/number.cpp one two three four\n", 1)):
        complaints = list(complaints_about(source, found, read_list(text), targets))
        if len(complaints) != faults:
            yield f"the control {text!r} has these faults, not {faults}: {complaints}"


def controls():
    """Each fault, which must be found."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder)
        (source / "room").mkdir()
        (source / "room/number.cpp").write_text("auto r = std::from_chars(a, b, c);\n", encoding="utf-8")
        (source / "room/none.cpp").write_text("// std::from_chars(a, b, c)\nint x;\n", encoding="utf-8")
        found = parsers(source)
        yield from control_lists(source, found)
    if found != {"room/number.cpp"}:
        yield f"the control's parsers are {found}"


def main():
    source = pathlib.Path(sys.argv[1])
    found = parsers(source / "src")
    listed = read_list((source / "tests/fuzz/parsers.txt").read_text(encoding="utf-8"))
    targets = targets_of((source / "tests/fuzz/CMakeLists.txt").read_text(encoding="utf-8"))
    complaints = list(complaints_about(source / "src", found, listed, targets)) + list(controls())
    tried = sum(1 for tried_by, _ in listed.values() if tried_by)
    print(f"{len(found)} files take content apart; {tried} are tried by {len(targets)} targets, {len(listed) - tried} need none")
    for complaint in complaints:
        print(complaint)
    return 1 if complaints or not found else 0


if __name__ == "__main__":
    sys.exit(main())
