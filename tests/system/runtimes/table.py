#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the table of all runtimes from what the tests of this folder left behind, and the uses of the kernel's randomness in it."""

import argparse
import collections
import json
import pathlib
import sys

from catalogue import COLUMNS, RUNTIMES


def cell(row, column):
    if "columns" not in row:
        return "not run"
    if column not in row["columns"]:
        return "–"
    failed = row["columns"][column]
    return "fails: " + ", ".join(failed) if failed else "yes" if column in ("FIPS on", "DRBG origin") else "pass"


def denial(row):
    failed = [name for name, good in row.get("denial", {}).items() if not good]
    return "fails: " + ", ".join(failed) if failed else "pass (" + ", ".join(row.get("denial", {})) + ")"


def cells(name, row):
    if row is None or "skipped" in row:
        return [name] + ["not run" if row is None else "skipped"] * (len(COLUMNS) + 3)
    kernel = "answered by kif" if not RUNTIMES[name].is_traced else row.get("kernel_bytes", "not seen")
    control = {True: "fails, as it must", False: "NOT AS IT MUST", None: "not run"}[row.get("control")]
    return [name, *(cell(row, column) for column in COLUMNS), denial(row), str(kernel), control]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--results", required=True, type=pathlib.Path)
    options = parser.parse_args()
    rows = {}
    for name in RUNTIMES:
        path = options.results / (name + ".json")
        rows[name] = json.loads(path.read_text()) if path.exists() else None

    header = ["runtime", *COLUMNS, "denial", "kernel bytes", "control: not hardened"]
    lines = [header, None, *(cells(name, row) for name, row in rows.items())]
    widths = [max(len(line[i]) for line in lines if line) for i in range(len(header))]
    lines[1] = ["-" * width for width in widths]
    for line in lines:
        print("| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |")

    notes = collections.defaultdict(list)
    for name, row in rows.items():
        row = row or {}
        reasons = collections.defaultdict(list)
        for step, reason in row.get("without", {}).items():
            reasons[reason].append(step)
        for reason, steps in reasons.items():
            notes[f"without {', '.join(steps)}: {reason}"].append(name)
        for source, size, flags, caller, reason in row.get("exceptions", []):
            notes[f"no security use: {source}, {size} bytes, flags {flags}, from {caller}: {reason}"].append(name)
        for text in row.get("opened", []):
            notes["opened, nothing read: " + text].append(name)
        if "skipped" in row:
            notes["skipped: " + row["skipped"]].append(name)
    print()
    for text, names in sorted(notes.items()):
        print(f"- {text} ({', '.join(names)})")
    missing = [name for name, row in rows.items() if row is None]
    if missing:
        print("not run: " + ", ".join(missing))
    return 0


if __name__ == "__main__":
    sys.exit(main())
