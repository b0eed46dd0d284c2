#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kif orders rpm versions as rpm does: every pair is asked of both, rpm's through its Lua interpreter in one process."""

import subprocess
import sys
import tempfile

import ground

SLOTS = [
    (0, 1, ["0:", "1:", "02:", "10:"]),
    (1, 2, ["0", "1", "01", "10", "a", "Z", "rc", "20250611", "18446744073709551616"]),
    (0, 4, 3 * [".", "_", "+", "~", "^", ".0", ".1", ".01", ".10", "a", "B", "0", "1", "~rc1", "^git1", ".."] + ["-"]),
    (0, 1, ["-0", "-1", "-01", "-10", "-1.el9", "-2.el9_4", "-~1", "-^1", "-1~a", "-a"]),
]
# rpm's own parser takes an invalid string for a version of other parts; only what kif reads is asked.
SCRIPT = """%{{lua:
for line in io.lines("{path}") do
  local left, right = line:match("([^ ]+) ([^ ]+)")
  print(({{[-1] = "<", [0] = "=", [1] = ">"}})[rpm.vercmp(left, right)])
end}}"""


def rpm_answers(asked):
    with tempfile.NamedTemporaryFile("w", suffix=".pairs") as file:
        file.write("".join(f"{left} {right}\n" for left, right in asked))
        file.flush()
        done = subprocess.run(["rpm", "--eval", SCRIPT.format(path=file.name)], capture_output=True, text=True, timeout=60,
                              check=False)
    # Lua's print ends no line here.
    answers = "".join(done.stdout.split())
    assert done.returncode == 0 and len(answers) == len(asked), (len(answers), len(asked), done.stderr)
    return answers


def main():
    options = ground.read_options(6000)
    print(subprocess.run(["rpm", "--version"], capture_output=True, text=True, check=True).stdout.strip())
    asked = list(ground.pairs(options, SLOTS))
    got = ground.answers_of(options.tool, "rpm", asked)
    kept = [(pair, answer) for pair, answer in zip(asked, got, strict=True) if not answer.startswith("refused")]
    print(f"{len(asked) - len(kept)} pairs hold what is no rpm version")
    if len(kept) < len(asked) // 2:
        print("kif refuses more than half: it reads too little, or the generator makes nonsense")
        return 1
    asked, got = zip(*kept)
    return ground.judge("rpm", options, asked, got, rpm_answers(asked))


if __name__ == "__main__":
    sys.exit(main())
