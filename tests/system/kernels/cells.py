# SPDX-License-Identifier: Apache-2.0
"""What runs in a boot, and what must have come of it. Every cell of the table is judged here, and says what was wrong where it is not as it must be."""

import json
import re

from roots import LAYER, environment, entrypoint
from rows import KERNELS, LIBCRYPTO

DENY = "/.kif/deny"
UNANSWERED = [DENY, "--errno", "unanswered"]
KEYS = ["rand", "ec", "rsa", "cert"]
TLS = ["tls13"]
LIMIT_S = 240  # of one line of the plan, by the emulated clock

HEX_16 = re.compile(r"[0-9a-f]{32}")

# What the openssl command says where the kernel seeds the module and is refused. 3.0.8 draws while it loads, so that all of the module is missing.
SEEDLESS = "error retrieving entropy"
SEEDLESS_MODULE = {"3.0.8": "unable to fetch drbg"}


def line(name, root, words, seconds=LIMIT_S):
    return "\t".join([name, str(seconds), f"/roots/{root}", *words]) + "\n"


def shell(script, given):
    return [*given, "/bin/sh", "-c", script]


def module_plan(module, image):
    """The hardened image under denial; and the same module, seeded by the kernel, under the same denial and without it."""
    given = environment(image)
    seeded = [word for word in given if not word.startswith("OPENSSL_MODULES=")] + ["OPENSSL_MODULES=" + LAYER.rstrip("/")]
    return (line(f"{module}.denied", module, [*given, DENY, *entrypoint(image), "/bin/sh", "/.kif/denied.sh"]) +
            line(f"{module}.control", f"{module}-kernel-seeded", [*seeded, DENY, "/usr/bin/openssl", "rand", "-hex", "16"]) +
            line(f"{module}.control-sha256", f"{module}-kernel-seeded", [*seeded, DENY, "/usr/bin/openssl", "dgst", "-sha256", "/.kif/program.py"]) +
            line(f"{module}.control-allowed", f"{module}-kernel-seeded", [*seeded, "/usr/bin/openssl", "rand", "-hex", "16"]))


def catch_all_plan(root, image):
    """Where the kernel gives nothing but a listener may answer; and the same without the catch-all."""
    given = environment(image)
    command = [*UNANSWERED, *entrypoint(image), "/bin/sh", "/.kif/catch_all.sh"]
    return (line("catch-all", root, [*given, *command]) +
            line("catch-all.off", root, [*given, "KIF_CATCH_ALL=off", *UNANSWERED, *entrypoint(image), "/.kif/guest", "draw"]))


def stock_plan(image):
    """The image as it was: it must fail under denial, and work without."""
    given = environment(image)
    return (line("stock.draw", "stock", [*given, DENY, "/.kif/guest", "draw"]) +
            line("stock.denied", "stock", [*given, DENY, "/usr/bin/openssl", "rand", "-hex", "16"]) +
            line("stock.python", "stock", [*given, DENY, "/usr/bin/python3", "-c", "print('started')"]) +
            line("stock.devices", "stock", [*given, "/.kif/guest", "devices"]) +
            line("stock.allowed", "stock", [*given, "/usr/bin/openssl", "rand", "-hex", "16"]))


class Judge:
    """Of one boot: reads its runs, and collects what is wrong."""

    def __init__(self, row, boot):
        self._row = row
        self._boot = boot
        self.complaints = []
        if boot.complaint:
            self._complain("boot", boot.complaint + "\n" + "\n".join(boot.console.splitlines()[-40:]))

    def _complain(self, where, what):
        self.complaints.append(f"{self._row.name}, {where}: {what}")

    def _run(self, name):
        """A run's output and exit code; where it is missing, the boot's complaint says so."""
        run = self._boot.runs.get(name)
        return (run.output, run.code) if run else ("", -1)

    def _demand(self, good, where, what, shown):
        """What the table shows: `shown` where all is well."""
        if good:
            return shown
        self._complain(where, what)
        return "FAIL"

    def machine(self):
        """Is it the kernel and the processor that the row names, and is the kernel not in FIPS mode?"""
        said = self._boot.machine
        has_instruction = {True: "yes", False: "no"}[self._row.has_random_instruction]
        good = (said.get("release", "").startswith(KERNELS[self._row.kernel]) and said.get("random-instruction") == has_instruction and
                said.get("fips-mode") in ("0", "absent"))
        return self._demand(good, "machine", f"it is not as it must be: {said}", said.get("release"))

    def module(self, module):
        """The cells of a module: kif-init, keys, TLS, Python, probe, denial, control."""
        output, code = self._run(f"{module}.denied")
        steps = {text.split("ok ", 1)[1]: text.startswith("ok ") for text in output.splitlines() if text.startswith(("ok ", "not ok "))}
        where = f"module {module}"
        ready = re.search(rf"kif-init: ready: module {re.escape(module)}\S* \((\d+) self-tests passed\).* seed cpu-jitter, .*"
                          r"no catch-all \(getrandom is refused from outside\), \d+ ms", output)

        def passed(*names):
            missing = [name for name in names if not steps.get(name)]
            return self._demand(not missing and code == 0, where, f"{', '.join(missing)} (exit code {code})\n{output}", "pass")

        python = re.search(r"^# python TLS, X25519 +refused: ", output, re.MULTILINE) and "NOT REFUSED" not in output
        self._demand(f"# python library       OpenSSL {LIBCRYPTO[self._row.image]}." in output, where, f"another libcrypto\n{output}", "")
        return [self._demand(ready, where, f"kif-init's status line is not as it must be\n{output}", f"ready, {ready[1]} self-tests" if ready else ""),
                passed(*KEYS), passed(*TLS), passed("probe"),
                passed("python") if python else self._demand(False, where, f"the Python program\n{output}", ""),
                self._demand("denied getrandom: ENOSYS\ndevices none\n" in output, where, f"not denied\n{output}", "ENOSYS, no devices"),
                self._control(module)]

    def _control(self, module):
        """The same module seeded by the kernel fails where it draws, and only there; allowed to, it works."""
        denied, denied_code = self._run(f"{module}.control")
        digest, digest_code = self._run(f"{module}.control-sha256")
        allowed, allowed_code = self._run(f"{module}.control-allowed")
        digests = module not in SEEDLESS_MODULE
        good = (denied_code == 1 and SEEDLESS_MODULE.get(module, SEEDLESS) in denied and
                (digest_code == 0) == digests and ("SHA2-256" in digest) == digests and
                allowed_code == 0 and HEX_16.fullmatch(allowed.strip()))
        return self._demand(good, f"module {module}, control", f"{denied_code}: {denied}\n{digest_code}: {digest}\n{allowed_code}: {allowed}",
                            "fails, as it must")

    def stock(self):
        """The image as it was fails under the denial, and works without it."""
        drawn, _ = self._run("stock.draw")
        openssl, openssl_code = self._run("stock.denied")
        python, python_code = self._run("stock.python")
        devices, _ = self._run("stock.devices")
        allowed, allowed_code = self._run("stock.allowed")
        good = (drawn.strip() == "getrandom: ENOSYS" and openssl_code == 1 and SEEDLESS in openssl and
                python_code == 1 and "_Py_HashRandomization_Init" in python and devices.strip() == "none" and
                allowed_code == 0 and HEX_16.fullmatch(allowed.strip()))
        return self._demand(good, "stock image", "\n".join([drawn, openssl, python, devices, allowed]), "fails, as it must")

    def catch_all(self):
        """Bytes for a static program, from kif-init; none without the catch-all."""
        output, code = self._run("catch-all")
        off, off_code = self._run("catch-all.off")
        drawn = re.findall(r"^(?:drawn|openssl|python) ([0-9a-f]{32})$", output, re.MULTILINE)
        counted = [json.loads(text) for text in output.splitlines() if text.startswith('{"schema":1,"program":"kif-init","state')]
        good = ("random bytes from broker and catch-all" in output and code == 0 and len(drawn) == 4 and len(set(drawn)) == 4 and
                counted and counted[0]["catch_all_bytes"] >= 48 and counted[0]["catch_all_refused"] == 0 and
                off_code == 1 and "getrandom: ENOSYS" in off)
        return self._demand(good, "catch-all", f"exit code {code}\n{output}\nwithout it: {off_code}\n{off}", "serves")
