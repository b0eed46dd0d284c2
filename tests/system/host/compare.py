# SPDX-License-Identifier: Apache-2.0
"""A report of `kif host --format json` against facts.py's, field by field."""

FIPS = {"1": "on", "0": "off", None: "not-offered"}
SECCOMP = {"0": "off", "1": "strict", "2": "filter"}
OUTCOMES = {"works", "limited", "fails", "unknown"}
WORKS = ["openssl", "broker", "catch-all", "harden", "run", "trace"]
MEMBERS = ["schema", "kernel", "entropy", "machine", "timer", "jitter", "container", "cgroups", "seccomp", "user_namespaces", "engines", "works",
           "unknown"]


def is_gvisor(facts):
    return facts["uname"][2].endswith("-gvisor") or "Sun Jan 10 15:06:54 PST 2016" in facts["uname"][3]


def cgroups(types):
    return {(): "none", ("cgroup",): "v1", ("cgroup2",): "v2", ("cgroup", "cgroup2"): "hybrid"}[tuple(types)]


def expected_values(facts):
    """(member, value) of all that must be exactly so."""
    system, _, release, version, machine = facts["uname"]
    yield "schema", "kif.host/1"
    yield "kernel.system", system
    yield "kernel.release", release
    yield "kernel.version", version
    yield "kernel.architecture", machine
    yield "kernel.implementation", "gVisor" if is_gvisor(facts) else "Linux"
    yield "kernel.fips_mode", FIPS[facts["fips_enabled"]]
    yield "kernel.random_source.without_kif", "needed"
    for number, device in enumerate(facts["devices"]):
        for member in ("path", "exists", "opens"):
            yield f"entropy.devices.{number}.{member}", device[member]
        yield f"entropy.devices.{number}.number", device.get("number")
    yield "entropy.hw_random.current", facts["rng_current"]
    yield "entropy.hw_random.available", None if facts["rng_available"] is None else facts["rng_available"].split()
    yield "entropy.getrandom.works", facts["getrandom"]
    yield "entropy.getrandom.in_vdso", facts["vdso_getrandom"]
    yield "timer.clocksource", facts["clocksource"]
    yield "timer.clocksources", None if facts["clocksources"] is None else facts["clocksources"].split()
    yield "container.inside", not facts["pid_namespace_is_first"]
    yield "cgroups", cgroups(facts["cgroup_types"])
    yield "seccomp.mode", SECCOMP.get(facts["Seccomp"])
    yield "seccomp.no_new_privileges", facts["NoNewPrivs"] == "1" if facts["NoNewPrivs"] else None
    yield "seccomp.actions", None if facts["actions"] is None else facts["actions"].split()
    # A filter from outside that refuses getrandom is stronger than any listener.
    yield "seccomp.user_notification.works", facts["listener"] == "works" and facts["getrandom"]
    yield "user_namespaces.works", facts["user_namespace"] == "works"


def member(report, name):
    for part in name.split("."):
        if report is None:
            return None
        report = report[int(part)] if isinstance(report, list) else report.get(part)
    return report


def complaints_about_timer(report, facts):
    timer = report["timer"]
    x86 = facts["uname"][4] == "x86_64"
    if timer["counter"] != ("TSC" if x86 else "CNTVCT"):
        yield f"timer.counter is {timer['counter']}"
    # On x86 Linux reckons bogomips from the frequency of the TSC: twice its MHz. gVisor shows the processor's. In an emulator the kernel measures the
    # counter by a timer that stands still whenever the emulator does.
    is_emulated = report["machine"]["timer"] == "emulated"
    if x86 and facts["bogomips"] and not is_gvisor(facts) and not is_emulated and abs(timer["hz"] / (facts["bogomips"] * 5e5) - 1) > 0.02:
        yield f"timer.hz is {timer['hz']}, and bogomips {facts['bogomips']}"
    if timer["monotonic"] is not True:
        yield "timer.monotonic is not true"
    if not 0 <= timer["stuck_rate"] < 0.9 or timer["samples"] < 1000:
        yield f"timer.stuck_rate is {timer['stuck_rate']} of {timer['samples']}"
    if timer["step_ticks"] < 1 or timer["smallest_ticks"] % timer["step_ticks"] or timer["smallest_ticks"] < timer["step_ticks"]:
        yield f"timer.step_ticks is {timer['step_ticks']}, smallest_ticks {timer['smallest_ticks']}"
    if abs(timer["resolution_ns"] - timer["step_ticks"] * 1e9 / timer["hz"]) > 0.001:
        yield f"timer.resolution_ns is {timer['resolution_ns']}"


def complaints_about_jitter(report, facts, elapsed_ms):
    jitter = report["jitter"]
    if jitter is None:
        yield f"jitter is unknown: {report['unknown'].get('jitter')}"
        return
    packed = facts["jent_version"]
    version = f"{packed // 1000000}.{packed // 10000 % 100}.{packed // 100 % 100}"
    if jitter["version"] != version:
        yield f"jitter.version is {jitter['version']}, and the library says {version}"
    blocks = sorted(jitter["blocks_ms"])
    if len(blocks) != 9 or jitter["block_ms"] != blocks[4] or jitter["block_bytes"] != 32 or jitter["startup_test_passed"] is not True:
        yield f"jitter is {jitter}"
    # 960 samples of jitterentropy take no less than this on any processor, and all of it no more than the command.
    if blocks[0] < 0.2 or not 0.5 < jitter["startup_ms"] or jitter["startup_ms"] + sum(blocks) > elapsed_ms:
        yield f"jitter took {jitter['startup_ms']} and {blocks} ms of {elapsed_ms}"


def complaints_about_instructions(report, facts):
    names = {"rdrand": "RDRAND", "rdseed": "RDSEED", "rng": "RNDR"}
    expected = {names[flag] for flag in facts["flags"] if flag in names}
    found = set(report["entropy"]["instructions"])
    # The kernel leaves out what it does not trust; the processor offers it all the same.
    if not expected <= found or found - set(names.values()):
        yield f"entropy.instructions are {sorted(found)}, and the kernel shows {sorted(expected)}"


def complaints_about_engines(report, facts):
    found = {engine["name"]: engine for engine in report["engines"]}
    if sorted(found) != sorted(engine["name"] for engine in facts["engines"]):
        yield f"engines are {sorted(found)}"
    for engine in facts["engines"]:
        said = found.get(engine["name"], {})
        if said.get("path") != engine["path"] or (said.get("version") or "nothing") not in engine["says"]:
            yield f"engine {engine['name']} is {said}, and says {engine['says']!r}"


def complaints_about_works(report, facts):
    works = {work["id"]: work for work in report["works"]}
    if list(works) != WORKS:
        yield f"works are {list(works)}"
        return
    for work in works.values():
        if work["outcome"] not in OUTCOMES or (work["outcome"] == "works") != ("reason" not in work):
            yield f"work {work}"
    if (works["broker"]["outcome"] == "works") != (facts["abstract_socket"] == "works"):
        yield f"work {works['broker']}"
    caught = works["catch-all"]["outcome"] == "works"
    if caught != (facts["listener"] == "works" and facts["getrandom"]):
        yield f"work {works['catch-all']}"
    if report["kernel"]["random_source"]["hardened"] != ("not-needed" if caught else "static-programs"):
        yield f"kernel.random_source is {report['kernel']['random_source']}"
    has_runc = any(engine["name"] == "runc" for engine in facts["engines"])
    may_run = has_runc and not is_gvisor(facts) and (facts["effective_user"] == 0 or facts["user_namespace"] == "works")
    if (works["run"]["outcome"] == "fails") == may_run:
        yield f"work {works['run']}"


def complaints(report, facts, elapsed_ms):
    """Every reason why this report is not of the place that the facts are of."""
    found = [] if list(report) == MEMBERS else [f"members are {list(report)}"]
    for name, value in expected_values(facts):
        if member(report, name) != value:
            found.append(f"{name} is {member(report, name)!r}, must be {value!r}")
        if value is None and not name.endswith(".number") and name not in report["unknown"]:
            found.append(f"{name} is unknown without a reason")
    for reason in (complaints_about_timer(report, facts), complaints_about_jitter(report, facts, elapsed_ms),
                   complaints_about_instructions(report, facts), complaints_about_engines(report, facts),
                   complaints_about_works(report, facts)):
        found += reason
    return found
