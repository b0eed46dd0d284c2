#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kif orders apk versions as libsolv does, which orders them as apk: every pair is asked of both.

One rule of apk's is not libsolv's: 1_rc and 1_rc0 differ in kind to apk, and libsolv takes the missing number for 0. Pairs that hold
suffixes with a number beside suffixes without are left to the table of tests/unit/sbom."""

import ctypes
import re
import subprocess
import sys

import ground

SLOTS = [
    (1, 1, ["0", "1", "01", "2", "10", "007", "20250611"]),
    (0, 3, [".0", ".1", ".01", ".00", ".09", ".9", ".10", ".2", ".20241201"]),
    (0, 1, ["a", "b", "z"]),
    (0, 2, [f"_{name}{number}" for name in ("alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p")
            for number in ("", "0", "01", "1", "10")]),
    (0, 1, ["~0", "~a", "~0a", "~abc"]),
    (0, 1, ["-r0", "-r1", "-r01", "-r10"]),
]
DISTTYPE_APK = 5  # libsolv, pooltypes
EVRCMP_COMPARE = 0


def is_asked(pair):
    """Are all suffixes of the pair numbered, or none?"""
    suffixes = re.findall(r"_[a-z]+(\d*)", " ".join(pair))
    return all(suffixes) or not any(suffixes)


def libsolv_answers(library, asked):
    solver = ctypes.CDLL(library)
    solver.pool_create.restype = ctypes.c_void_p
    solver.pool_setdisttype.argtypes = [ctypes.c_void_p, ctypes.c_int]
    solver.pool_evrcmp_str.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int]
    solver.pool_free.argtypes = [ctypes.c_void_p]
    pool = solver.pool_create()
    assert solver.pool_setdisttype(pool, DISTTYPE_APK) >= 0, f"{library} does not know apk"
    answers = []
    for left, right in asked:
        order = solver.pool_evrcmp_str(pool, left.encode(), right.encode(), EVRCMP_COMPARE)
        answers.append("<" if order < 0 else ">" if order > 0 else "=")
    solver.pool_free(pool)
    return answers


def main():
    options = ground.read_options(20000, "libsolv")
    library = subprocess.run([options.libsolv], capture_output=True, text=True, check=True).stdout.strip()
    asked = list(ground.pairs(options, SLOTS))
    got = ground.answers_of(options.tool, "apk", asked)
    kept = [(pair, answer) for pair, answer in zip(asked, got, strict=True) if not answer.startswith("refused") and is_asked(pair)]
    print(f"{len(asked) - len(kept)} pairs hold what is no apk version, or suffixes with and without number")
    if len(kept) < len(asked) // 2:
        print("less than half is left: kif reads too little, or the generator makes nonsense")
        return 1
    asked, got = zip(*kept)
    return ground.judge("libsolv", options, asked, got, libsolv_answers(library, asked))


if __name__ == "__main__":
    sys.exit(main())
