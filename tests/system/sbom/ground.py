# SPDX-License-Identifier: Apache-2.0
"""What the tests of this folder share: the tool under test, pairs of versions made from a seed, and how orders are compared."""

import argparse
import collections
import random
import re
import subprocess

SHOWN = 10


def read_options(usual_pairs, *programs):
    parser = argparse.ArgumentParser()
    for name in ("tool", *programs):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--seed", type=int, default=5612)
    parser.add_argument("--pairs", type=int, default=usual_pairs)
    return parser.parse_args()


def made(generator, slots):
    """One text: a slot is (least, most, words), and so many of its words are taken, one after the other."""
    return "".join(generator.choice(words) for least, most, words in slots for _ in range(generator.randint(least, most)))


def pairs(options, slots):
    """In turn two texts; a text and the same with a word put in, so that they differ late; a text and the same with one of its numbers
    written longer, which most orders count as equal."""
    inner = [word for _, _, words in slots[1:-1] for word in words]
    generator = random.Random(options.seed)
    for number in range(options.pairs):
        left = made(generator, slots)
        if number % 3 == 0:
            yield left, made(generator, slots)
        elif number % 3 == 1:
            at = generator.randrange(len(left) + 1)
            yield left, left[:at] + generator.choice(inner) + left[at + generator.randint(0, 1):]
        else:
            starts = [match.start() for match in re.finditer(r"\d+", left)]
            at = generator.choice(starts) if starts else len(left)
            yield left, left[:at] + "0" + left[at:]


def answers_of(tool, kind, asked):
    """For each pair <, = or >, or "refused: " and why."""
    done = subprocess.run([tool, kind], input="".join(f"{left} {right}\n" for left, right in asked), capture_output=True, text=True,
                          timeout=60, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(asked), (len(answers), len(asked))
    return answers


def differences(asked, got, wanted):
    return [f"{left} {right}: kif says {ours}, {theirs} was expected"
            for (left, right), ours, theirs in zip(asked, got, wanted, strict=True) if ours != theirs]


def judge(name, options, asked, got, wanted):
    """Prints what was found; 0 where kif and the other program agree on every pair and the pairs were able to tell."""
    complaints = differences(asked, got, wanted)
    counts = collections.Counter(wanted)
    print(f"seed {options.seed}: {len(asked)} pairs, of which {name} says " + ", ".join(f"{counts[order]} {order}" for order in "<=>"))
    for order in "<=>":
        if counts[order] < len(asked) // 20:
            complaints.append(f"too few pairs are {order} to tell anything")
    # The controls: an order by plain text, and one in which spelling is all that makes equal, must be seen to be wrong.
    by_text = ["<" if left < right else ">" if left > right else "=" for left, right in asked]
    spelled = [ours if left == right or ours != "=" else "<" for (left, right), ours in zip(asked, got, strict=True)]
    for control, answers in (("by plain text", by_text), ("that tells spellings apart", spelled)):
        seen = len(differences(asked, answers, wanted))
        print(f"control: an order {control} differs on {seen} pairs")
        if seen < len(asked) // 50:
            complaints.append(f"an order {control} would pass for {name}'s")
    for complaint in complaints[:SHOWN]:
        print(complaint)
    if len(complaints) > SHOWN:
        print(f"and {len(complaints) - SHOWN} more")
    if complaints:
        print(f"again: the same command with --seed {options.seed} --pairs {options.pairs}")
    return 1 if complaints else 0
