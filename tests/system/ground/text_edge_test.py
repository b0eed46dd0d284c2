#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One edge for text: nothing in src/ prints or escapes but src/text/, and what is listed here with its own rule.

docs/design/0026-text.md. An exception that nothing needs any more is a complaint too, so that the list stays true."""

import pathlib
import re
import sys
import tempfile

ROOM = "text"
# What prints: C's and C++'s streams, the standard descriptors, a library that formats for itself.
PRINTS = {
    "prints": r"\b(?:std::)?(?:v?f?printf|v?dprintf|f?puts|f?putc|putchar|fwrite|perror|psignal)\s*\(|"
              r"\bstd::(?:cout|cerr|clog)\b|\bfmt::print\b|<iostream>|<err\.h>",
    "writes to a standard stream": r"\bwrite\w*\s*\(\s*(?:[12]\b|STD(?:OUT|ERR)_FILENO)|\bSTD(?:OUT|ERR)_FILENO\b|\b(?:stdout|stderr)\b",
}
# What makes text harmless, or decodes it in order to.
ESCAPES = {
    "escapes": r'"\\\\(?:x|u00)|\bisprint\b|\biscntrl\b|\\x1b|\\033',
    "looks for control characters": r"<\s*(?:0x20|' ')|==\s*(?:0x7[fF]|'\\x7[fF]')|<\s*(?:0x7[fF]|'\\x7[fF]')",
    "decodes UTF-8": r"[<>=&]\s*0x(?:[cC]2|[dD][fF]|[eE]0|[fF]0|[fF]4)U?\b",
    "prints JSON": r"\.dump\s*\(",
}
RULES = {**PRINTS, **ESCAPES}

# (file, rule): why it may. Programs that are not kif itself print by rules of their own: they run inside images.
ALLOWED = {
    ("init/main.cpp", "writes to a standard stream"): "kif-init speaks by say(); its texts come from status.cpp and state_text.cpp, which escape",
    ("init/voice.cpp", "writes to a standard stream"): "the one place where kif-init writes",
    ("init/application.cpp", "writes to a standard stream"): "hands the terminal over, writes nothing",
    ("init/descriptors.cpp", "writes to a standard stream"): "counts the standard descriptors, writes nothing",
    ("probe/main.cpp", "writes to a standard stream"): "kif-probe writes JSON made by json_string(), and its usage",
    ("init/arguments.cpp", "writes to a standard stream"): "words of its usage",
    ("cli/main.cpp", "writes to a standard stream"): "opens the standard descriptors that are closed, writes nothing",
    ("random/functions.cpp", "writes to a standard stream"): "libkif-random.so has one sentence, its own, before it ends a process",
    ("random/own_stream.cpp", "writes to a standard stream"): "keeps clear of the standard descriptors, writes nothing",
    ("random/kept_connection.cpp", "writes to a standard stream"): "keeps clear of the standard descriptors, writes nothing",
    ("watch/run.cpp", "writes to a standard stream"): "waits until stderr takes more, writes nothing",
    ("watch/device_folder.cpp", "writes to a standard stream"): "names of links in a container's /dev",
    ("watch/bundle.cpp", "prints JSON"): "the runtime's configuration, a file",
    ("sbom/reading/form.cpp", "prints JSON"): "a document kept as text to be read again",
    ("sbom/writing/spdx.cpp", "prints JSON"): "what a name is a digest of",
    ("oci/json.cpp", "prints JSON"): "an image's documents, whose bytes are their digests",
    ("image/layer.cpp", "prints JSON"): "a file of the layer",
    ("image/inspection/conf_text.cpp", "looks for control characters"): "refuses a configuration of OpenSSL's",
    ("facts/yaml_tree.cpp", "looks for control characters"): "refuses a file of facts",
    ("init/manifest.cpp", "looks for control characters"): "refuses a line of the layer's manifest",
    ("registry/authenticator.cpp", "looks for control characters"): "refuses a token that would be a header of its own",
    ("sbom/databases/dpkg_status.cpp", "looks for control characters"): "refuses a package name",
    ("sbom/purl.cpp", "looks for control characters"): "refuses a package URL",
    ("verify/rules/read_rule.cpp", "looks for control characters"): "refuses a name in a rule",
    ("sbom/databases/lines.cpp", "looks for control characters"): "refuses a line of a package database",
    ("elf/function_table.cpp", "looks for control characters"): "leaves out what is not the name of a function",
}


def without_comments(line):
    """A `//` inside a string stays: it is followed by more of the string."""
    return re.sub(r'//[^"]*$', "", line)


def findings_in(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        code = without_comments(line)
        for rule, pattern in RULES.items():
            if re.search(pattern, code):
                yield rule, number, line.strip()


def complaints_about(source, allowed):
    complaints = []
    used = set()
    read = 0
    for path in sorted((source / "src").rglob("*")):
        name = path.relative_to(source / "src").as_posix()
        if path.suffix not in (".h", ".cpp", ".c") or name.split("/")[0] == ROOM:
            continue
        read += 1
        for rule, number, line in findings_in(path):
            used.add((name, rule))
            if (name, rule) not in allowed:
                complaints.append(f"src/{name}:{number}: {rule}, outside of src/{ROOM}/: {line}")
    complaints += [f"src/{name} {rule} no more: take it out of this test" for name, rule in sorted(set(allowed) - used)]
    if read < 100:
        complaints.append("few files were read: this test looked in the wrong place")
    return complaints


def controls(folder):
    """Lines that must be found, and some that must not."""
    path = folder / "control.cpp"
    for rule, line in (("prints", 'std::fprintf(stderr, "%s", name);'), ("prints", "std::cout << name;"), ("prints", "::puts(name);"),
                       ("writes to a standard stream", "::write(2, text, size);"), ("writes to a standard stream", "write_all(STDOUT_FILENO, bytes);"),
                       ("escapes", 'text += "\\\\x" + hex;'), ("escapes", "if (std::iscntrl(c))"), ("escapes", 'text = "\\x1b[31m";'),
                       ("looks for control characters", "c < 0x20 || c == 0x7f"), ("decodes UTF-8", "if (first >= 0xC2 && first <= 0xDF)"),
                       ("prints JSON", "document.dump(2)")):
        path.write_text(line + "\n", encoding="utf-8")
        if rule not in [found for found, _, _ in findings_in(path)]:
            yield f"the control {line} was let through"
    for line in ("// printf(3) is not called", "std::snprintf(text, size, name);", "file.write(text);", "if (c < 0x30)", "write_all(fd, bytes);"):
        path.write_text(line + "\n", encoding="utf-8")
        for rule, _, _ in findings_in(path):
            yield f"the control {line} was taken for code that {rule}"
    path.unlink()


def main():
    with tempfile.TemporaryDirectory() as folder:
        complaints = complaints_about(pathlib.Path(sys.argv[1]), ALLOWED) + list(controls(pathlib.Path(folder)))
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
