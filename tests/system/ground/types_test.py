#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No two types of src/ have the same name in the same namespace: a program that has both is linked with one of the two destructors and
copies of their members for both, without a word (C++20 [basic.def.odr]). Types that a .cpp file alone has belong into its unnamed namespace.

types_test.py SOURCE"""

import pathlib
import re
import sys
import tempfile

TYPE = re.compile(r"(?:struct|class|union|enum(?: class| struct)?) (?:\[\[\w+\]\] |alignas\(\w+\) )?(\w+)\b(?!::)[^;(]*(?:\{|$)")


def types_of(text):
    """The types that a file defines outside of functions and unnamed namespaces, by their whole names. As clang-format writes it: what a
    namespace holds is not indented, and its end says which it is."""
    namespaces = []
    for line in text.splitlines():
        if match := re.match(r"(?:inline )?namespace ?([\w:]*) ?\{$", line):
            namespaces.append(match[1])
        elif line.startswith("} // namespace"):
            namespaces.pop()
        elif (match := TYPE.match(line)) and "" not in namespaces:
            yield "::".join([*namespaces, match[1]])


def complaints(root):
    found = {}
    for path in sorted((root / "src").rglob("*")):
        if path.suffix in (".h", ".cpp"):
            for name in types_of(path.read_text()):
                found.setdefault(name, []).append(str(path.relative_to(root)))
    twice = [f"{name} is defined by {' and by '.join(paths)}" for name, paths in sorted(found.items()) if len(paths) > 1]
    return twice, len(found)


def control():
    """What the test must find, and what it must not."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "src").mkdir()
        (root / "src/a.h").write_text("namespace kif::x {\nstruct Other;\nstruct Same {\n  struct Inner {};\n};\nenum class E : int { a };\n} // namespace kif::x\n")
        (root / "src/b.cpp").write_text("namespace kif::x {\nnamespace {\nstruct Same {};\n} // namespace\nclass Other final : public Same {\n};\n} // namespace kif::x\n")
        (root / "src/c.h").write_text("namespace kif::y {\nstruct Same {};\n} // namespace kif::y\n")
        assert complaints(root) == ([], 4), complaints(root)
        (root / "src/d.h").write_text("namespace kif::x {\nclass Same {\n};\nstruct E {};\n} // namespace kif::x\n")
        assert [line.split()[0] for line in complaints(root)[0]] == ["kif::x::E", "kif::x::Same"], complaints(root)


def main():
    control()
    twice, count = complaints(pathlib.Path(sys.argv[1]))
    for complaint in twice:
        print(complaint)
    print(f"{count} types")
    sys.exit(1 if twice or count < 100 else 0)


if __name__ == "__main__":
    main()
