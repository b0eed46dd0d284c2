# SPDX-License-Identifier: Apache-2.0
"""In what situations the image is run, what must serve its random bytes in each, and what a run that was seen lacks of that."""

import json
import re
from dataclasses import dataclass

CATCH_ALL, BROKER, OWN = "catch-all", "broker", "own DRBG"


@dataclass(frozen=True)
class Situation:
    name: str
    image: str = "hardened"
    restricted: bool = False      # uid 65534, read-only root, no capabilities, no new privileges
    keeps_entrypoint: bool = True
    init: bool = False            # another process 1 in front
    shares_pids: bool = False     # with the machine that the engine runs on
    memory_mib: int = 0
    refused: str = ""             # getrandom, by a profile of deploy/kubernetes/seccomp, and the random devices
    joins: bool = False           # started by the engine in a container that runs already
    serves: str = CATCH_ALL       # what gives the bytes; empty: the kernel
    is_short: bool = True         # run by `make test` as well


# Refused to everybody; and to everybody whom nobody in the container answers.
REFUSE, LEAVE = "refuse-kernel-randomness", "leave-randomness-to-kif"
RESTRICTED = "uid 65534, read-only root, no capabilities, no new privileges"
SITUATIONS = (
    Situation("as root, as the engine does it"),
    Situation(RESTRICTED, restricted=True),
    Situation("as root, entrypoint replaced", keeps_entrypoint=False, serves=OWN, is_short=False),
    Situation("restricted, entrypoint replaced", restricted=True, keeps_entrypoint=False, serves=OWN),
    Situation("as root, not process 1: --init", init=True, is_short=False),
    Situation("restricted, not process 1: --init", restricted=True, init=True),
    Situation("as root, shared process name space", shares_pids=True, is_short=False),
    Situation("restricted, shared process name space", restricted=True, shares_pids=True, is_short=False),
    Situation("restricted, 64 MiB of memory", restricted=True, memory_mib=64),
    Situation("restricted, started by the engine's exec", restricted=True, joins=True, serves=BROKER),
    Situation("restricted, kernel's randomness refused", restricted=True, refused=REFUSE, serves=BROKER),
    Situation("restricted, refused, entrypoint replaced", restricted=True, refused=REFUSE, keeps_entrypoint=False, serves=OWN, is_short=False),
    Situation("restricted, refused unless kif-init answers", restricted=True, refused=LEAVE, is_short=False),
)
# The negative control: the image as it was. Refused it must fail, and not refused it must work, or the refusal showed nothing.
CONTROL = Situation("control: not hardened, restricted, refused", image="plain", restricted=True, refused=REFUSE, keeps_entrypoint=False, serves="")
CONTROL_LEAVE = Situation("control: not hardened, restricted, refused unless kif-init answers", image="plain", restricted=True, refused=LEAVE,
                          keeps_entrypoint=False, serves="", is_short=False)
CONTROL_ALLOWED = Situation("control: not hardened, restricted", image="plain", restricted=True, keeps_entrypoint=False, serves="")
ALL = (*SITUATIONS, CONTROL, CONTROL_LEAVE, CONTROL_ALLOWED)

STATUS_LINE = re.compile(r"^kif-init: ready: .*$", re.MULTILINE)
READY = re.compile(r"^kif-init: ready: module [\d.]+ \(\d+ self-tests passed\), jitterentropy [\d.]+ \(start-up test passed\), seed cpu-jitter, "
                   r"\d+ files verified, (?P<random>.*), \d+ ms$")


@dataclass(frozen=True)
class Output:
    code: int
    stdout: str
    stderr: str

    @property
    def text(self):
        return f"exit code {self.code}\n{self.stdout}{self.stderr}"


def parts(text):
    """{part: {name: value}} of probe.sh's output."""
    found = {}
    for part in ("\n" + text).split("\n== ")[1:]:
        name, _, rest = part.partition("\n")
        lines = [line.strip() for line in rest.splitlines() if line.strip()]
        found[name.strip()] = dict(line.split(" ", 1) for line in lines if " " in line) | {"": lines}
    return found


def said(output):
    """What kif-init's status line says about random bytes; empty: there was none."""
    line = STATUS_LINE.search(output.stdout + "\n" + output.stderr)
    match = READY.match(line.group().strip()) if line else None
    return match["random"] if match else ""


class Seen:
    """A run's output, and complaints about it."""

    def __init__(self, output):
        self.output = output
        self.parts = parts(output.stdout)
        self.complaints = []

    def need(self, good, what):
        if not good:
            self.complaints.append(what)

    def value(self, part, name):
        return self.parts.get(part, {}).get(name, "")

    def lines(self, part):
        return self.parts.get(part, {}).get("", [])

    def number(self, part, name):
        return int(self.value(part, name) or "0")

    def counters(self):
        for line in self.lines("status"):
            if line.startswith("{"):
                return json.loads(line)
        return {}

    def served(self):
        """The one way by which libkif-random was given bytes."""
        ways = [way for way, counter in ((CATCH_ALL, "from-catch-all"), (BROKER, "from-broker"), (OWN, "from-own")) if self.number("dynamic", counter)]
        return " and ".join(ways)


def check_surroundings(seen, situation, engine):
    """Is it the situation that was asked for?"""
    seen.need("end" in seen.parts, "it did not come to its end")
    seen.need(seen.value("context", "tmp") == ("there" if engine.makes_tmp else "absent"), "/tmp is " + seen.value("context", "tmp"))
    own = 1 if seen.value("dynamic", "catch-all") == "answers" else 0
    if engine.shows_filters:
        filters = int(seen.value("dynamic", "Seccomp_filters") or "0", 16)
        wanted = 1 if engine.has_profile or situation.refused else 0
        seen.need(filters == own + wanted, f"{filters} seccomp filters, {wanted} of them the engine's")
    if situation.restricted:
        seen.need(seen.value("context", "uid") == "65534", "user " + seen.value("context", "uid"))
        seen.need(seen.value("context", "root") == "read-only", "the root is writable")
        seen.need(seen.value("dynamic", "CapEff") == "0", "capabilities " + seen.value("dynamic", "CapEff"))
        seen.need(not engine.shows_filters or seen.value("dynamic", "NoNewPrivs") == "1", "new privileges are possible")
    else:
        seen.need(seen.value("context", "uid") == "0", "user " + seen.value("context", "uid"))
    if situation.init or situation.shares_pids:
        seen.need(seen.value("context", "first") not in ("", "kif-init"), "process 1 is " + seen.value("context", "first"))
    elif situation.keeps_entrypoint or situation.joins:
        seen.need(seen.value("context", "first") == "kif-init", "process 1 is " + seen.value("context", "first"))


def check_hardened(seen, situation, engine):
    """Are all random bytes the FIPS DRBG's, but for those of static programs where nothing can reach them?"""
    serves = engine.serves(situation)
    seen.need(seen.value("dynamic", "getrandom") == "ok", "getrandom: " + seen.value("dynamic", "getrandom"))
    seen.need(seen.served() == serves, f"getrandom was served by {seen.served() or 'nothing'}, not by {serves}")
    seen.need(seen.value("dynamic", "refused") == "0", "refused " + seen.value("dynamic", "refused"))
    seen.need(re.fullmatch("[0-9a-f]{32}", "".join(seen.lines("device"))), "no bytes from /dev/urandom")
    static = ("ok", "answers") if serves == CATCH_ALL else ({REFUSE: "EPERM", LEAVE: "ENOSYS", "": "ok"}[situation.refused], "absent")
    seen.need((seen.value("static", "getrandom"), seen.value("static", "catch-all")) == static,
              f"a static program's getrandom: {seen.value('static', 'getrandom')}, the catch-all {seen.value('static', 'catch-all')}")
    seen.need(re.fullmatch("[0-9a-f]{32}", seen.value("openssl", "rand")), "openssl rand drew nothing")
    for name in ("provider-fips", "provider-kif-seed", "p-256"):
        seen.need(seen.value("openssl", name), f"openssl: no {name}")
    seen.need(not seen.value("openssl", "md5"), "MD5 is allowed")
    check_status(seen, situation, serves, engine)


def check_status(seen, situation, serves, engine):
    """What kif-init said at the start, and what it counted."""
    counters = seen.counters()
    if not situation.keeps_entrypoint:
        seen.need(not said(seen.output) and not counters, "kif-init runs")
        return
    seen.need(counters.get("generator_starts") == 1, f"the broker's counters are {counters}")
    seen.need(counters.get("catch_all_refused") == 0 and counters.get("socket_refused") == 0, f"refused: {counters}")
    if serves == CATCH_ALL:
        # draws and draws-static took 32 bytes each.
        seen.need(counters.get("catch_all_bytes", 0) >= 64, f"the catch-all gave {counters.get('catch_all_bytes')} bytes")
    else:
        seen.need(counters.get("socket_bytes", 0) >= 32, f"the broker gave {counters.get('socket_bytes')} bytes")
    if not situation.joins:
        seen.need(said(seen.output) == engine.says(situation), f"kif-init says: {said(seen.output) or 'nothing'}")


def check_control(seen, situation):
    drew = [name for name, good in (("getrandom", seen.value("dynamic", "getrandom") == "ok"), ("static getrandom", seen.value("static", "getrandom") == "ok"),
                                    ("/dev/urandom", bool("".join(seen.lines("device")))), ("openssl rand", bool(seen.value("openssl", "rand"))),
                                    ("openssl genpkey", bool(seen.value("openssl", "p-256")))) if good]
    seen.need(len(drew) == (0 if situation.refused else 5), ("works without the kernel's randomness: " if situation.refused else "only these work: ")
              + ", ".join(drew))


def check(output, situation, engine):
    """Complaints; none: all is as it must be."""
    seen = Seen(output)
    check_surroundings(seen, situation, engine)
    if not situation.serves:
        check_control(seen, situation)
    else:
        check_hardened(seen, situation, engine)
    return seen
