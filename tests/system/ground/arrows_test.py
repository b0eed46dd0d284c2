#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every #include between folders of src/, and every library that a room of CMake names, follows the table of src/rooms.txt, which
ARCHITECTURE.md shows.

arrows_test.py SOURCE            complains of what does not
arrows_test.py SOURCE --write    puts the table into ARCHITECTURE.md"""

import pathlib
import re
import sys
import tempfile

TABLE = "src/rooms.txt"
SHOWN = "ARCHITECTURE.md"
LONGEST = 156
SOURCES = {".h", ".cpp", ".c"}
# Headers that one room alone may know, so that what they read or load is read and loaded in one place. A file besides: it finds a function
# of the kernel's own vDSO in processes where nothing may be allocated.
ONLY_IN = {"jitterentropy.h": ["entropy"], "elf.h": ["elf", "src/base/kernel_reseeds.h"], "curl/curl.h": ["registry"],
           "bzlib.h": ["layer"], "lzma.h": ["layer"], "zlib.h": ["layer"], "zstd.h": ["layer"], "yaml-cpp/yaml.h": ["facts"],
           "seccomp.h": ["watch"], "CLI/CLI.hpp": ["cli"]}

# Functions that are called in one place: base/shared_library.h says why the others do it themselves.
CALLED_IN = {"dlopen": ["src/base/shared_library.cpp", "src/contexts/callers_libcrypto.cpp", "src/provider/gate.cpp",
                        "src/random/own_generator.cpp"]}


class Table:
    """src/rooms.txt: the folders in their order, and for each the folders that it reaches."""

    def __init__(self, text):
        self.complaints = []
        self.reached = {}  # folder: what it reaches, as whole names
        self.starred = set()
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        self.shown = "\n".join(lines[:]) + "\n"
        for line in lines[1:]:
            self._read(line)

    def _read(self, line):
        match = re.fullmatch(r"([a-z]+(?:/[a-z]+)?)(\*?) +\| ([^|]+) \|((?: /?[a-z]+(?:/[a-z]+)?)*)", line)
        if not match or re.search(r"[;\[\]]", line):  # what parts lists of CMake
            self.complaints.append(f"{TABLE}: not a line of the table: {line}")
            return
        folder, star, _, reached = match.groups()
        if len(line) > LONGEST:
            self.complaints.append(f"{TABLE}: the line of {folder} has {len(line)} columns; at most {LONGEST}")
        if folder in self.reached:
            self.complaints.append(f"{TABLE}: {folder} has two lines")
        room = folder.split("/")[0]
        names = [room + name if name.startswith("/") else name for name in reached.split()]
        for name in names:
            if name not in self.reached:
                self.complaints.append(f"{TABLE}: {folder} reaches {name}, which does not stand above it")
            elif star and name not in self.starred:
                self.complaints.append(f"{TABLE}: {folder} is built for images and {name} is not")
        self.reached[folder] = names
        if star:
            self.starred.add(folder)

    def rooms(self):
        return {folder.split("/")[0] for folder in self.reached}

    def libraries_reached_by(self, room):
        """Whole rooms, and folders of others by the names that they have in CMake."""
        return {name.replace("/", "_") for folder, reached in self.reached.items() if folder.split("/")[0] == room for name in reached}

    def arrow(self, folder, other):
        """The arrow by which `folder` may include what lies in the folder `other`; None: there is none."""
        for name in self.reached[folder]:
            is_own_room = name.split("/")[0] == folder.split("/")[0]
            if other == name or (not is_own_room and other.startswith(name + "/")):
                return name
        return None


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def wrong_calls(path, name):
    """Lines of a file that call what others alone may call, and the function."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for function, callers in CALLED_IN.items():
            if name.as_posix() not in callers and re.search(rf"\b{function}\(", line.split("//")[0]):
                yield number, f"{function}() is called in {callers[0]} and not here"


def files_of(source):
    """Folder below src/, and file, of all that can include or be included."""
    for path in sorted((source / "src").rglob("*")):
        if path.suffix in SOURCES:
            yield path.parent.relative_to(source / "src").as_posix(), path


class Includes:
    """What the files of src/ include, held against the table."""

    def __init__(self, source, table):
        self.complaints = []
        self.table = table
        self.used = set()
        self.seen = set()
        self.count = 0
        for folder, path in files_of(source):
            if folder not in table.reached:
                if folder not in self.seen:
                    self.complaints.append(f"src/{folder}: it has no line in {TABLE}")
            else:
                self._read(folder, path, path.relative_to(source))
            self.seen.add(folder)

    def _read(self, folder, path, name):
        for number, is_quoted, header in includes(path):
            self.count += 1
            wrong = self._wrong(name, folder, is_quoted, header)
            if wrong:
                self.complaints.append(f"{name}:{number}: {wrong}")
        self.complaints += [f"{name}:{number}: {wrong}" for number, wrong in wrong_calls(path, name)]

    def _wrong(self, name, folder, is_quoted, header):
        room = folder.split("/")[0]
        if not is_quoted:
            owners = ONLY_IN.get(header)
            may = not owners or room in owners or name.as_posix() in owners
            return None if may else f"only {owners[0]} may include <{header}>"
        other = pathlib.PurePosixPath(header).parent.as_posix()
        if other.split("/")[0] not in self.table.rooms():
            return f'"{header}" is not named from src/ on'
        if other == folder:
            return None
        arrow = self.table.arrow(folder, other)
        if not arrow:
            return f"{folder} may not reach {other} ({header})"
        self.used.add((folder, arrow))
        return None

    def all_complaints(self):
        yield from self.complaints
        for folder, reached in self.table.reached.items():
            if folder not in self.seen:
                yield f"{TABLE}: there is no src/{folder}"
                continue
            for name in reached:
                if (folder, name) not in self.used:
                    yield f"{TABLE}: no #include of {folder} uses its arrow to {name}"
        if self.count == 0:
            yield "no #include was read: this test looked in the wrong place"


def cmake_complaints(source, table):
    """A library of another room is named only where it is a part of a room that the table lets reach."""
    texts = {path.parent.name: path.read_text(encoding="utf-8") for path in sorted((source / "src").glob("*/CMakeLists.txt"))}
    owners = {room: room for room in table.rooms()}
    for room, text in texts.items():
        owners.update({part: room for part in re.findall(r"^kif_(?:room|library)\((\w+)", text, re.MULTILINE)})
        owners.update({part: room for part in re.findall(r"^add_library\(kif::(\w+) ALIAS", text, re.MULTILINE)})
    for room, text in texts.items():
        allowed = {room} | table.libraries_reached_by(room)
        for part in re.findall(r"\bkif::(\w+)", text):
            if part in owners and owners[part] not in allowed and part not in allowed:
                yield f"src/{room}/CMakeLists.txt: {room} may not link kif::{part} of {owners[part]}"


def unit_test_complaints(source, table):
    for folder in sorted((source / "tests/unit").iterdir()):
        if folder.is_dir() and folder.name not in table.rooms():
            yield f"tests/unit/{folder.name}: there is no such room, so that nothing builds it"


def shown_table(text):
    """Where in ARCHITECTURE.md the table is: the block that begins with the names of its columns."""
    return re.search(r"(?<=^```\n)room +\|.*?(?=^```$)", text, re.MULTILINE | re.DOTALL)


def document_complaints(source, table):
    shown = shown_table((source / SHOWN).read_text(encoding="utf-8"))
    if not shown:
        yield f"{SHOWN}: it does not show the table of {TABLE}"
    elif shown.group() != table.shown:
        there, wanted = shown.group().splitlines(), table.shown.splitlines()
        line = next((line for line in wanted + there if (line in wanted) != (line in there)), "the order of the lines")
        yield f"{SHOWN}: its table is another than that of {TABLE}, beginning with: {line} (--write puts it there)"


def complaints_about(source):
    table = Table((source / TABLE).read_text(encoding="utf-8"))
    yield from table.complaints
    yield from Includes(source, table).all_complaints()
    yield from cmake_complaints(source, table)
    yield from unit_test_complaints(source, table)
    yield from document_complaints(source, table)


CONTROL = {
    TABLE: "# about it\nroom | job | reaches\nlow* | first |\nmid/sub | third | low\nmid | second | low /sub\ntop | last | mid\n",
    SHOWN: "# Rooms\n```\nroom | job | reaches\nlow* | first |\nmid/sub | third | low\nmid | second | low /sub\ntop | last | mid\n```\n",
    "src/low/a.h": "#include <fcntl.h>\n",
    "src/mid/sub/a.h": '#include "low/a.h"\n',
    "src/mid/a.h": '#include "low/a.h"\n#include "mid/sub/a.h"\n#include "mid/b.h"\n',
    "src/top/a.cpp": '#include "mid/a.h"\n#include "mid/sub/a.h"\n',
    "src/mid/CMakeLists.txt": "kif_room(mid SOURCES a.cpp DEPENDS kif::mid_part)\nkif_library(mid_part SOURCES b.cpp DEPENDS kif::low)\n",
    "tests/unit/mid/a_test.cpp": "",
}
# What is changed in the small tree above, and what must be complained of then.
FAULTS = [
    ({"src/low/a.h": '#include "mid/a.h"\n'}, "src/low/a.h:1: low may not reach mid (mid/a.h)"),
    ({"src/low/a.h": '#include "mid/sub/a.h"\n'}, "src/low/a.h:1: low may not reach mid/sub (mid/sub/a.h)"),
    ({"src/top/b.h": '#include "low/a.h"\n'}, "src/top/b.h:1: top may not reach low (low/a.h)"),
    ({"src/mid/sub/b.h": '#include "mid/a.h"\n'}, "src/mid/sub/b.h:1: mid/sub may not reach mid (mid/a.h)"),
    ({"src/mid/b.cpp": '#include "b.h"\n'}, 'src/mid/b.cpp:1: "b.h" is not named from src/ on'),
    ({"src/mid/b.cpp": '#include "../low/a.h"\n'}, 'src/mid/b.cpp:1: "../low/a.h" is not named from src/ on'),
    ({"src/top/b.cpp": "#include <elf.h>\n"}, "src/top/b.cpp:1: only elf may include <elf.h>"),
    ({"src/top/b.cpp": " # include <zlib.h>\n"}, "src/top/b.cpp:1: only layer may include <zlib.h>"),
    ({"src/top/b.cpp": "// dlopen(3)\nauto x = ::dlopen(name, 0);\n"},
     "src/top/b.cpp:2: dlopen() is called in src/base/shared_library.cpp and not here"),
    ({"src/new/a.h": ""}, "src/new: it has no line in src/rooms.txt"),
    ({"src/mid/deeper/a.h": ""}, "src/mid/deeper: it has no line in src/rooms.txt"),
    ({"src/mid/sub/a.h": ""}, "src/rooms.txt: no #include of mid/sub uses its arrow to low"),
    ({"src/mid/sub/a.h": None}, "src/rooms.txt: there is no src/mid/sub"),
    ({"src/mid/CMakeLists.txt": "kif_room(mid DEPENDS kif::top)\n"}, "src/mid/CMakeLists.txt: mid may not link kif::top of top"),
    ({"src/low/CMakeLists.txt": "kif_room(low DEPENDS kif::mid_part)\n"}, "src/low/CMakeLists.txt: low may not link kif::mid_part of mid"),
    ({"tests/unit/old/a_test.cpp": ""}, "tests/unit/old: there is no such room, so that nothing builds it"),
    ({TABLE: CONTROL[TABLE].replace("| mid\n", "| mid/sub\n")}, "src/top/a.cpp:1: top may not reach mid (mid/a.h)"),
    ({TABLE: CONTROL[TABLE].replace("| mid\n", "| mid/sub\n"), "src/top/CMakeLists.txt": "kif_room(top DEPENDS kif::mid)\n"},
     "src/top/CMakeLists.txt: top may not link kif::mid of mid"),
    ({SHOWN: "# Rooms\n"}, "ARCHITECTURE.md: it does not show the table of src/rooms.txt"),
    ({SHOWN: CONTROL[SHOWN].replace("third", "3rd")},
     "ARCHITECTURE.md: its table is another than that of src/rooms.txt, beginning with: mid/sub | third | low (--write puts it there)"),
    ({TABLE: CONTROL[TABLE].replace("first |", "first | mid")}, "src/rooms.txt: low reaches mid, which does not stand above it"),
    ({TABLE: CONTROL[TABLE].replace("third | low", "third | low mid")},
     "src/rooms.txt: mid/sub reaches mid, which does not stand above it"),
    ({TABLE: CONTROL[TABLE].replace("| mid\n", "| mid none\n")}, "src/rooms.txt: top reaches none, which does not stand above it"),
    ({TABLE: CONTROL[TABLE].replace("top |", "top* |")}, "src/rooms.txt: top is built for images and mid is not"),
    ({TABLE: CONTROL[TABLE] + "low | again |\n"}, "src/rooms.txt: low has two lines"),
    ({TABLE: CONTROL[TABLE].replace("last", "la;st")}, "src/rooms.txt: not a line of the table: top | la;st | mid"),
    ({TABLE: CONTROL[TABLE].replace("last", "l" * 146)}, "src/rooms.txt: the line of top has 158 columns; at most 156"),
]


def found_in(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            if text is not None:
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        return list(complaints_about(pathlib.Path(folder)))


def controls():
    """Each fault must be found, and nothing in the tree without one."""
    for complaint in found_in(CONTROL):
        yield f"the control without a fault: {complaint}"
    for change, wanted in FAULTS:
        if wanted not in found_in({**CONTROL, **change}):
            yield f"the control {change} was let through; wanted: {wanted}"


def write(source):
    path = source / SHOWN
    text = path.read_text(encoding="utf-8")
    shown = shown_table(text)
    table = Table((source / TABLE).read_text(encoding="utf-8"))
    path.write_text(text[:shown.start()] + table.shown + text[shown.end():], encoding="utf-8")


def main():
    source = pathlib.Path(sys.argv[1])
    if sys.argv[2:] == ["--write"]:
        write(source)
        return 0
    complaints = list(complaints_about(source)) + list(controls())
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
