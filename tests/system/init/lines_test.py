#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each line that kif-init says with KIF_STATUS=json is one object of the schema in docs/kif-init.md, whatever has happened; and the last ones
are where Kubernetes looks for them."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

import container
from container import LAYER, MANIFEST, Container, root
from application_test import application, read_line

INIT = [LAYER + "kif-init", "--"]
DOCUMENT = pathlib.Path(__file__).resolve().parents[3] / "docs/kif-init.md"
FAULTY = LAYER + "libjitterentropy.so.3"


def states():
    """By state, the members that the document's table names."""
    table = DOCUMENT.read_text(encoding="utf-8").split("## Lines as JSON", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `(\S+)` \| .* \| (.*) \|$", table, re.MULTILINE)[1:]  # the first is the head
    found = {}
    for state, members in rows:
        found.setdefault(state, set()).update(re.findall(r"`([a-z_]+)`", members))
    return found


STATES = states()


class Lines(unittest.TestCase):
    maxDiff = None

    def parsed(self, text, *expected):
        """Every line of stderr; their states must be those."""
        lines = [json.loads(line) for line in text.splitlines()]
        for line in lines:
            self.assertEqual((line["schema"], line["program"]), (1, "kif-init"))
            self.assertIn(line["state"], STATES, "not in the document")
            if line["state"] != "ready":
                self.assertLessEqual(set(line) - {"schema", "program", "state"}, STATES[line["state"]], line)
        self.assertEqual([line["state"] for line in lines], list(expected), text)
        return lines[-1] if lines else None

    def run_in(self, argv, *expected, code=0, **how):
        environment = root().environment(KIF_STATUS="json", **how.pop("environment", {}))
        result = Container(root(), argv, environment=environment, **how).run()
        self.assertEqual(result.returncode, code, result.stderr)
        return self.parsed(result.stderr, *expected)

    def test_the_document_names_all(self):
        self.assertEqual(set(STATES), {"ready", "refused", "stopped", "not-run", "degraded", "failed", "checking", "error"})

    def test_good_starts(self):
        for environment in ({}, {"KIF_BROKER": "off"}, {"KIF_CATCH_ALL": "off"}, {"KIF_DRAW_AHEAD": "0"}, {"KIF_OPENSSL_CALLS": "untouched"},
                            {"KIF_PROCESS_1": "application"}, {"KIF_PROCESS_1": "application", "KIF_BROKER": "off"}):
            with self.subTest(**environment):
                self.run_in(application("exit", "0"), "ready", environment=environment)
                self.run_in(application("exit", "7"), "ready", code=7, environment=environment)
        self.run_in([LAYER + "kif-init", "--check"], "ready")

    def test_kif_inits_own_mistakes(self):
        line = self.run_in([LAYER + "kif-init", "--no-such-option"], "refused", code=80)
        self.assertEqual((line["failure"], line["exit_code"]), ("usage", 80))
        self.run_in(INIT, "refused", code=80)
        for environment in ({"KIF_CATCHALL": "on"}, {"KIF_CATCH_ALL": "yes"}, {"KIF_BROKER": "of"}, {"KIF_DRAW_AHEAD": "4096"}, {"KIF_IGNORE": "KIF_BROKER"}):
            with self.subTest(**environment):
                line = self.run_in(application("exit", "0"), "refused", code=93, environment=environment)
                self.assertEqual((line["failure"], line["exit_code"]), ("variable", 93))
                self.run_in([LAYER + "kif-init", "--check"], "refused", code=93, environment=environment)
                # Questions are answered all the same: here with that there is nobody to ask.
                for question in ("--status", "--health", "--application"):
                    self.run_in([LAYER + "kif-init", question], "error", code=1, environment=environment)
        # An unknown way to speak is said in words.
        result = Container(root(), application("exit", "0"), environment=root().environment(KIF_STATUS="jsno")).run()
        self.assertEqual(result.returncode, 93)
        self.assertIn("kif-init: error: cannot use the variable KIF_STATUS\n  expected: one of text, json, quiet\n", result.stderr)

    def test_a_refused_start(self):
        with root().kept(LAYER + "fips.so"):
            root().change_byte(LAYER + "fips.so")
            for environment in ({}, {"KIF_BROKER": "off"}, {"KIF_PROCESS_1": "application"}):
                with self.subTest(**environment):
                    line = self.run_in(application("exit", "0"), "refused", code=82, environment=environment)
                    self.assertEqual((line["failure"], line["exit_code"]), ("layer-files", 82))
        self.run_in(application("exit", "0"), "refused", code=90, environment={"KIF_CATCH_ALL": "on"}, deny=True)
        self.run_in(application("exit", "0"), "refused", code=90, environment={"KIF_CATCH_ALL": "on", "KIF_BROKER": "off"})
        self.run_in(application("exit", "0"), "refused", code=93, environment={"KIF_PROCESS_1": "application", "KIF_ON_FAILURE": "exit"})

    def test_what_cannot_be_run(self):
        for environment in ({}, {"KIF_BROKER": "off"}, {"KIF_PROCESS_1": "application"}):
            with self.subTest(**environment):
                self.run_in(INIT + ["no-such-program"], "ready", "not-run", code=127, environment=environment)
                line = self.run_in(INIT + ["/etc/kif/openssl.cnf"], "ready", "not-run", code=126, environment=environment)
                self.assertEqual(line["exit_code"], 126)

    def test_an_exit_code_of_the_applications(self):
        """kif-init says nothing: what it has no line for is the application's."""
        for code in (80, 85, 94, 127):
            self.run_in(application("exit", str(code)), "ready", code=code)

    def test_stopped_while_the_checks_run(self):
        """runc is told to stop the container as soon as it has one; on a busy machine the application may be up by then."""
        for attempt in range(20):
            box = Container(root(), application("signals"), environment=root().environment(KIF_STATUS="json"))
            with box.running() as process:
                while process.poll() is None:
                    with contextlib.suppress(Exception):
                        box.kill(signal.SIGTERM)
                    time.sleep(0.01)
                text = process.stderr.read()
            if process.returncode == 143:
                line = self.parsed(text, "stopped")
                self.assertEqual((line["exit_code"], line["message"]), (143, "stopped by SIGTERM while the checks ran"))
                return
        self.fail("in twenty starts the checks were never stopped in time")

    def health(self, box):
        """Its exit code and the objects that it printed."""
        asked = subprocess.run(["runc", "exec", "--env", "KIF_STATUS=json", box.name, LAYER + "kif-init", "--health"], capture_output=True, text=True,
                               timeout=120, check=False)
        return asked.returncode, [json.loads(line) for line in asked.stderr.splitlines()]

    def test_later_generators(self):
        """The one that draws is ended, and no new one passes its checks."""
        with root().kept(FAULTY, MANIFEST, "/fault"):
            root().copy(container.options.faulty, FAULTY)
            root().write_manifest()
            box = Container(root(), application("signals"), environment=root().environment(KIF_STATUS="json", KIF_FAULTY_JITTER="file:/fault"))
            with box.running() as process:
                self.assertEqual(read_line(process), "up\n")
                self.assertEqual(self.health(box), (0, []))
                root().write("/fault", "startup:2")
                for pid in children(box.pid()):
                    if name_of(pid) == "kif-init-drbg":
                        os.kill(pid, signal.SIGKILL)
                said = []
                while not said or json.loads(said[-1])["state"] != "failed":
                    line = process.stderr.readline()
                    self.assertTrue(line, said)
                    said.append(line)
                code, lines = self.health(box)
                self.assertEqual((code != 0, [line["state"] for line in lines]), (True, ["failed"]))
                box.kill(signal.SIGTERM)
                said += process.stderr.readlines()
            states = [json.loads(line)["state"] for line in said]
            self.parsed("".join(said), *states)
            self.assertEqual((states[0], states[-1]), ("ready", "failed"))
            self.assertIn("timer is too coarse", said[-1])


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def name_of(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        return file.read().strip()


class TerminationLog(unittest.TestCase):
    """Mounted as a kubelet mounts it."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(dir=container.base)
        self.addCleanup(self.folder.cleanup)
        os.chmod(self.folder.name, 0o755)
        self.log = pathlib.Path(self.folder.name) / "log"
        self.log.touch()
        self.log.chmod(0o666)

    def said(self, argv, code, **how):
        self.log.write_text("")
        result = Container(root(), argv, files={"/dev/termination-log": self.log}, **how).run()
        self.assertEqual(result.returncode, code, result.stderr)
        return self.log.read_text(), result.stderr

    def test_what_ends_a_container_before_its_application_ran(self):
        environment = root().environment
        for argv, code, variables in ((INIT + ["no-such-program"], 127, {}), (INIT, 80, {}), (application("exit", "0"), 93, {"KIF_CATCHALL": "on"}),
                                      (INIT + ["no-such-program"], 127, {"KIF_PROCESS_1": "application"}),
                                      (INIT + ["no-such-program"], 127, {"KIF_BROKER": "off"}), ([LAYER + "kif-init", "--check"], 93, {"KIF_X": "1"})):
            for uid in (0, 65534):
                with self.subTest(argv=argv, uid=uid, **variables):
                    log, stderr = self.said(argv, code, environment=environment(**variables), uid=uid)
                    self.assertRegex(log, "^kif-init: error: ")
                    self.assertTrue(stderr.endswith(log), stderr)

    def test_a_damaged_layer(self):
        with root().kept(LAYER + "fips.so"):
            root().change_byte(LAYER + "fips.so")
            for argv in (application("exit", "0"), [LAYER + "kif-init", "--check"]):
                log, _ = self.said(argv, 82)
                self.assertRegex(log, "^kif-init: error: cannot verify /usr/lib/kif/fips.so")
                log, _ = self.said(argv, 82, environment=root().environment(KIF_STATUS="json"))
                self.assertEqual(json.loads(log)["failure"], "layer-files")

    def test_what_the_application_wrote_is_left_alone(self):
        for code in (0, 3, 85):
            self.assertEqual(self.said(application("exit", str(code)), code)[0], "")

    def test_a_probe_writes_nothing(self):
        box = Container(root(), application("signals"), files={"/dev/termination-log": self.log})
        with box.running() as process:
            self.assertEqual(read_line(process), "up\n")
            probe = subprocess.run(["runc", "exec", "--env", "KIF_CATCHALL=on", box.name, LAYER + "kif-init", "--check"], capture_output=True, text=True,
                                   timeout=120, check=False)
            self.assertEqual(probe.returncode, 93, probe.stderr)
            box.kill(signal.SIGTERM)
        self.assertEqual(self.log.read_text(), "")


if __name__ == "__main__":
    container.main()
