#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kif orders Debian versions as dpkg does, and reads as a version what dpkg does: every pair is asked of both."""

import subprocess
import sys

import ground

SLOTS = [
    (0, 1, ["0:", "1:", "02:", "10:"]),
    (1, 2, ["0", "1", "01", "10", "20250611", "18446744073709551616"]),
    (0, 4, 3 * [".", "+", "~", "-", ".0", ".1", ".01", ".10", "a", "B", "0", "1", "~rc1", "+dfsg", "~~"] + ["_", ":"]),
    (0, 1, ["-0", "-1", "-01", "-10", "-1+b1", "-1~deb12u2", "-~1", "-a", "-"]),
]
# dpkg compares one pair at a time: one shell asks for all, and stops at the first of three questions that is answered with yes.
COMPARE = """while read -r left right; do
  if dpkg --compare-versions "$left" lt "$right"; then echo '<'
  elif dpkg --compare-versions "$left" eq "$right"; then echo '='
  elif dpkg --compare-versions "$left" gt "$right"; then echo '>'
  else echo '?'; fi
done"""
VALIDATE = """while read -r left right; do
  if dpkg --validate-version "$left" 2>/dev/null && dpkg --validate-version "$right" 2>/dev/null; then echo valid; else echo refused; fi
done"""


def shell_answers(script, asked):
    done = subprocess.run(["sh", "-c", script], input="".join(f"{left} {right}\n" for left, right in asked), capture_output=True,
                          text=True, timeout=110, check=True)
    answers = done.stdout.split()
    assert len(answers) == len(asked), (len(answers), len(asked), done.stderr)
    return answers


def main():
    options = ground.read_options(2400)
    print(subprocess.run(["dpkg", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0])
    asked = list(ground.pairs(options, SLOTS))
    got = ground.answers_of(options.tool, "deb", asked)
    valid = ["refused" if answer.startswith("refused") else "valid" for answer in got]
    some = len(asked) // 4
    complaints = ground.differences(asked[:some], valid[:some], shell_answers(VALIDATE, asked[:some]))
    refused = valid[:some].count("refused")
    print(f"{some} pairs validated: dpkg and kif refuse {refused}")
    if min(refused, some - refused) < some // 20:
        complaints.append("too few of one kind to tell anything")
    for complaint in complaints[:ground.SHOWN]:
        print(complaint)
    asked, got = zip(*[(pair, answer) for pair, answer in zip(asked, got, strict=True) if not answer.startswith("refused")])
    status = ground.judge("dpkg", options, asked, got, shell_answers(COMPARE, asked))
    return 1 if complaints else status


if __name__ == "__main__":
    sys.exit(main())
