# SPDX-License-Identifier: Apache-2.0
"""Programs that lock themselves in: what succeeds in the unhardened image succeeds in the hardened one, from kif's bytes, but for
the differences that locked_in_differences.txt lists and docs/compatibility.md explains."""

import collections
import os
import pathlib
import unittest

import ground
from ground import INIT, Test

HERE = pathlib.Path(__file__).parent
DOCUMENT = HERE.parents[2] / "docs" / "compatibility.md"
BEGIN, END = "<!-- locked in: begin -->\n", "<!-- locked in: end -->\n"
MEASURES = ["setuid", "dumpable", "closed", "nofile", "seccomp", "chroot", "userns", "netns", "pidns"]
# Where the bytes come from: how the container is run, and the library's own word for it.
SITUATIONS = {
    "catch-all": ({"how": ["--deny=unanswered"]}, "cb"),
    "broker": ({"environment": {"KIF_CATCH_ALL": "off"}}, "bo"),
    "broker, not process 1": ({"image": "bare", "environment": {"KIF_CATCH_ALL": "off"}, "front": ["sh", "-c", INIT + ' -- "$1"; true', "sh"]}, "bo"),
    "own DRBG": ({"image": "bare"}, "o"),
    "refused": ({"how": ["--deny"]}, "bo"),
}
PROGRAMS = {"dynamic": "/t/locked_in", "static": "/t/locked_in_static"}

Case = collections.namedtuple("Case", "moment measures process child ways")
Difference = collections.namedtuple("Difference", "situation program place moment measures outcome words line")


def parse(output):
    cases = {}
    for line in output.splitlines():
        words = line.split()
        if len(words) == 5 and words[0] in ("before", "after"):
            case = Case(*words)
            cases[case.moment, case.measures] = case
    return cases


def read_list():
    """As the head of the file says."""
    differences = []
    for number, line in enumerate((HERE / "locked_in_differences.txt").read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            fields = [field.strip() for field in line.split(";")]
            differences.append(Difference(*fields, number))
    return differences


def fits(difference, situation, program, place, case, outcome):
    given = set(case.measures.split("+"))
    wanted = [set(part.split("|")) for part in difference.measures.split("+") if part != "*"]
    return (difference.situation == situation and difference.program == program and difference.place in (place, "both")
            and difference.moment in (case.moment, "any") and all(alternatives & given for alternatives in wanted)
            and difference.outcome == outcome)


class LockedIn(Test):
    drawn = {}

    def run_image(self, *command, how=(), **more):
        """Name spaces are among the measures: engines refuse them, and kif with them."""
        return super().run_image(*command, how=["--security-opt", "seccomp=unconfined", *how], **more)

    def run_program(self, program, front=(), **how):
        result = self.run_image(*front, PROGRAMS[program], timeout=280, **how)
        cases = parse(result.stdout)
        self.assertEqual(len(cases), 260, result.stdout[-2000:] + result.stderr)
        self.assertRegex(result.stdout.splitlines()[-1], r"^distinct \d+$")
        return cases

    def reference(self, program):
        """The unhardened image, where nothing is refused."""
        if program not in LockedIn.drawn:
            LockedIn.drawn[program] = self.run_program(program, image="plain")
        return LockedIn.drawn[program]

    def test_the_reference(self):
        """Nearly all of it succeeds, else there is nothing to compare with."""
        for program in PROGRAMS:
            cases = self.reference(program)
            good = [case for case in cases.values() if case.process == case.child == "ok"]
            self.assertGreater(len(good), 230, [case for case in cases.values() if case not in good])

    def test_every_situation(self):
        listed = read_list()
        used = set()
        unlisted = []
        table = {}
        for situation, (how, ways) in SITUATIONS.items():
            for program in PROGRAMS:
                cases = self.run_program(program, **how)
                for key, expected in self.reference(program).items():
                    case = cases[key]
                    if program == "dynamic" and case.process == "ok":
                        # Kif's bytes: the library says where it had them from.
                        self.assertTrue(set(case.ways) <= set(ways) and case.ways != "-", (situation, case))
                    for place in ("process", "child"):
                        outcome, wanted = getattr(case, place), getattr(expected, place)
                        alone = case.measures if "+" not in case.measures else "any"
                        cell = table.setdefault((situation, program, place), {}).setdefault(alone, set())
                        if outcome == wanted or wanted != "ok":
                            continue
                        cell.add(outcome)
                        found = [d for d in listed if fits(d, situation, program, place, case, outcome)]
                        used.update(d.line for d in found)
                        if not found:
                            unlisted.append(f"{situation}; {program}; {place}; {case.moment}; {case.measures}; {outcome}")
        text = self.render(table)
        print("\n" + text)
        with self.subTest("each difference is in the list"):
            self.assertEqual(unlisted, [], f"{len(unlisted)} differences")
        with self.subTest("each line of the list is needed"):
            self.assertEqual([d for d in listed if d.line not in used], [])
        document = DOCUMENT.read_text()
        with self.subTest("each is a documented line"):
            self.assertEqual([d for d in listed if d.words not in " ".join(document.split())], [])
        with self.subTest("the document has the table"):
            if os.environ.get("KIF_WRITE_TABLES"):
                DOCUMENT.write_text(document.split(BEGIN)[0] + BEGIN + text + END + document.split(END)[1])
            self.assertEqual(document.split(BEGIN)[1].split(END)[0], text)

    @staticmethod
    def render(table):
        """A column for each measure alone and one for all mixtures; one row for process and child where they are alike."""
        columns = ["none", *MEASURES, "any"]
        rows = {}
        for (situation, program, place), cells in table.items():
            words = tuple(" or ".join(sorted(cells.get(c, ()))) or "same" for c in columns)
            rows.setdefault((situation, program, words), []).append(place)
        lines = ["| | program | | " + " | ".join("no measure" if c == "none" else "two or three" if c == "any" else c for c in columns) + " |",
                 "|---" * (len(columns) + 3) + "|"]
        lines += [f"| {situation} | {program} | {' and '.join(places)} | " + " | ".join(words) + " |"
                  for (situation, program, words), places in rows.items()]
        return "\n".join(lines) + "\n"

    def test_control(self):
        """By the system call itself, past the library, the same program shows what locking in takes away."""
        cases = parse(self.run_image("/t/locked_in", "raw", how=["--deny=unanswered"], timeout=280).stdout)
        self.assertEqual(cases["after", "none"].process, "ok")
        for measure in ("setuid", "dumpable"):
            self.assertEqual(cases["after", measure].process, "EPERM")
        refused = parse(self.run_image("/t/locked_in", "raw", how=["--deny"], timeout=280).stdout)
        self.assertEqual({case.process for case in refused.values()}, {"ENOSYS"})
        nobody = parse(self.run_image("/t/locked_in", image="plain", how=["--deny"], timeout=280).stdout)
        self.assertEqual({case.process for case in nobody.values()}, {"ENOSYS"})


if __name__ == "__main__":
    ground.main()
