# SPDX-License-Identifier: Apache-2.0
"""bench_test.py --tree TREE --build BUILD NAME: bench/NAME with one round ends well and prints its rows. NAME all: bench/run starts each benchmark
that there is, and each is tested here."""

import argparse
import os
import pathlib
import re
import subprocess
import sys

RATIO = re.compile(r"^\S.* [0-9.]+ [mu]s +[0-9.]+ [mu]s +[0-9.]+x  \[[0-9.]+–[0-9.]+\]  n=[0-9]+$")
# {benchmark: (its arguments, how many rows with a ratio)}
BENCHMARKS = {"start": (["1"], 16), "container": (["1"], 2), "random": (["1"], 10), "runtimes": (["1"], 4), "java": (["1"], 18), "sbom": (["2"], 1),
              "harden": (["1"], 0), "verify": (["--large", "20", "1"], 0)}
# The two that print sentences: each of these in its output.
SENTENCES = {"harden": ["Java: one reading ", "Python: one reading ", "60 layers: one reading ", "kif harden / one reading: "],
             "verify": ["with its own program / --probe-only: ", "a large image, 2", "kif verify / one reading: ", "kif's largest memory: "]}


def complaints_about_run(tree):
    started = set(re.findall(r"^bench/(\w+)", (tree / "bench/run").read_text(), re.MULTILINE))
    there = {path.name for path in (tree / "bench").iterdir() if os.access(path, os.X_OK) and path.is_file()} - {"run"}
    return [f"bench/run starts {sorted(started)}, there is {sorted(there)}, tested is {sorted(BENCHMARKS)}"] if not started == there == set(BENCHMARKS) else []


def complaints_about(tree, build, name):
    arguments, rows = BENCHMARKS[name]
    done = subprocess.run([tree / "bench" / name, *arguments], capture_output=True, text=True, check=False, env={**os.environ, "KIF_BUILD": str(build)})
    print(done.stdout, done.stderr)
    if done.returncode != 0:
        return [f"exit code {done.returncode}"]
    found = sum(1 for line in done.stdout.splitlines() if RATIO.match(line))
    complaints = [f"{found} rows with a ratio, not {rows}"] if found != rows else []
    return complaints + [f"nothing says {sentence!r}" for sentence in SENTENCES.get(name, []) if sentence not in done.stdout]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tree", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("name")
    options = parser.parse_args()
    if options.name == "all":
        complaints = complaints_about_run(options.tree)
    elif os.geteuid() != 0:
        print("skipped: runc runs the benchmarks' containers, as root")
        return 77
    else:
        complaints = complaints_about(options.tree, options.build, options.name)
    print("\n".join(complaints))
    return 1 if complaints else 0


sys.exit(main())
