# SPDX-License-Identifier: Apache-2.0
"""What was seen, as the table that docs/compatibility.md shows."""

import collections
import threading

import situations

RELEASES = {"bookworm": "Debian 12", "trixie": "Debian 13"}


class Report:
    """Engines report from threads of their own."""

    def __init__(self, suite, engines):
        self.suite = suite
        self.order = engines
        self.lock = threading.Lock()
        self.versions = {}
        self.seconds = {}
        self.rows = {}                                  # {situation: {engine: text}}, in the order of their first coming
        self.words = collections.defaultdict(list)      # {what kif-init says: cells}
        self.reasons = collections.defaultdict(list)    # {why it could not be run: cells}
        self.facts = []
        self.failures = []

    def engine(self, engine, version):
        with self.lock:
            self.versions[engine.name] = version

    def took(self, engine, seconds):
        with self.lock:
            self.seconds[engine.name] = seconds

    def add(self, engine, situation, seen):
        if not situation.serves:
            text = "fails, as it must" if situation.refused else "works, by the kernel's bytes"
        else:
            text = seen.served() or "nothing"
        with self.lock:
            if seen.complaints:
                text = "FAILS"
                self.failures.append(f"{engine.name}, {situation.name}: {'; '.join(seen.complaints)}\n{seen.output.text}")
            self.rows.setdefault(situation.name, {})[engine.name] = text
            if words := situations.said(seen.output):
                self.words[words].append((engine.name, situation.name))

    def could_not_run(self, engine, situation, reason):
        with self.lock:
            self.rows.setdefault(situation.name, {})[engine.name] = "could not run"
            self.reasons[reason].append((engine.name, situation.name))

    def fact(self, text, good):
        with self.lock:
            self.facts.append(text)
            if not good:
                self.failures.append(text)

    def has_run(self):
        """Whether any cell was run, or failed to."""
        return bool(self.failures) or any(text != "could not run" for row in self.rows.values() for text in row.values())

    def is_good(self):
        return not self.failures and self.has_run()

    def print(self):
        engines = [name for name in self.order if name in self.versions]
        order = [situation.name for situation in situations.ALL]
        names = [name for name in order if name in self.rows] + [name for name in self.rows if name not in order]
        lines = [[RELEASES[self.suite], *(f"{name} {self.versions[name]}" for name in engines)], None,
                 *([name, *(self.rows[name].get(engine, "–") for engine in engines)] for name in names)]
        widths = [max(len(line[i]) for line in lines if line) for i in range(len(engines) + 1)]
        lines[1] = ["-" * width for width in widths]
        print()
        for line in lines:
            print("| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |")
        print()
        for words, cells in sorted(self.words.items()):
            print(f"- kif-init says \"{words}\": {self.where(cells)}")
        for reason, cells in sorted(self.reasons.items()):
            print(f"- could not run, {reason}: {self.where(cells)}")
        for fact in self.facts:
            print("- " + fact)
        print("- took " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.seconds.items()))
        for failure in self.failures:
            print("\nFAILED: " + failure)

    def where(self, cells):
        """Engines, and the situations of each where those are not all that it was seen in."""
        by_engine = collections.defaultdict(list)
        for engine, situation in cells:
            by_engine[engine].append(situation)
        return "; ".join(f"{engine}, {len(names)} rows" if len(names) > 1 else f"{engine}, {names[0]}" for engine, names in sorted(by_engine.items()))
