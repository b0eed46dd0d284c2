# SPDX-License-Identifier: Apache-2.0
"""The steps of a program and what came of each, printed as one JSON object."""

import json
import traceback

steps, facts = {}, {}


def step(name):
    """Runs the function at once: it passes, or raises and says why."""
    def run(function):
        try:
            function()
            steps[name] = "ok"
        except BaseException as error:  # a panic of a native extension is no Exception
            where = traceback.extract_tb(error.__traceback__)[-1]
            steps[name] = "failed: %s: %s (line %s)" % (type(error).__name__, error, where.lineno)
        return function
    return run


def refused(function, *arguments, **more):
    try:
        function(*arguments, **more)
    except Exception as error:
        return str(error)
    raise AssertionError("not refused")


def equal(got, wanted):
    if got != wanted:
        raise AssertionError("%r, not %r" % (got, wanted))


def fresh(draw, size=None):
    """Two draws of the right size, which differ."""
    first, second = draw(), draw()
    if first == second:
        raise AssertionError("drew the same twice")
    if size is not None:
        equal((len(first), len(second)), (size, size))


def finish():
    print("\n" + json.dumps({"steps": steps, "facts": facts}), flush=True)
