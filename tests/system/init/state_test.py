#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What kif-init says when random bytes end: lines, states, exit codes and metrics, as docs/kif-init.md has them."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import unittest

import container
from container import CONFIG, LAYER, Container, root
from watched import INIT, Faults, Watched, running

MANUAL = pathlib.Path(__file__).parents[3] / "docs" / "kif-init.md"

# The lines, as the manual has them in its table: N stands for a number, REASON for what the source or a check says of itself.
ENDED_BY_9 = "degraded: the random generator was ended by signal N (the kernel sends it when memory is short); requests wait for a new one"
SOURCE_FAILED = "degraded: the random generator could not draw: REASON; requests wait for a new one"
SOURCE_FAILED_AGAIN = "failed: the checks of a new random generator failed: REASON; no random bytes are served any more"
CHECKS_FAILED = "failed: the checks of a new random generator failed: REASON; no random bytes are served until a new one has passed its checks"
ENDED_AGAIN = "failed: a new random generator was ended by signal N (the kernel sends it when memory is short) during its checks; " \
              "no random bytes are served until a new one has passed its checks"
ENDED_FOURTH = "failed: the random generator was ended by signal N (the kernel sends it when memory is short); " \
               "no random bytes are served until a new one has passed its checks"
LATE = "degraded: the random generator has not answered for N s; requests wait for it"
ANSWERS = "ready: the random generator answers again"
REPLACED = "ready: a new random generator has passed its checks"
# Exit codes of --status and --health.
NO_BROKER, DEGRADED, FAILED, CHECKING = 1, 2, 3, 4


def pattern(line):
    """A documented line as a regular expression; it must be documented."""
    if f"`kif-init: {line}`" not in MANUAL.read_text():
        raise AssertionError(f"{MANUAL} does not have the line `kif-init: {line}`")
    return "kif-init: " + re.escape(line).replace("signal\\ N", "signal\\ [0-9]+").replace("for\\ N\\ s", "for\\ [0-9]+\\ s").replace("REASON", "(?s:.+)")


# Debian's own python3 has Debian's package; another one that stands before it in PATH has not.
DEBIANS_PYTHON = "/usr/bin/python3"
PARSER = """
import json, sys
from prometheus_client.parser import text_string_to_metric_families
print(json.dumps([[sample.name, sorted(sample.labels.items()), sample.value]
                  for family in text_string_to_metric_families(sys.stdin.read()) for sample in family.samples]))
"""


def parse_metrics(text):
    """{name: {labels: value}} by prometheus_client's own parser, which refuses what the format does not allow."""
    parsed = subprocess.run([DEBIANS_PYTHON, "-c", PARSER], input=text, capture_output=True, text=True, check=True)
    found = {}
    for name, labels, value in json.loads(parsed.stdout):
        found.setdefault(name, {})[tuple(map(tuple, labels))] = value
    return found


class Test(unittest.TestCase):
    maxDiff = None

    def ask(self, seen, state, code, health=None):
        """Both questions, as root and as nobody."""
        for uid in (0, 65534):
            said, exit_code = seen.status(uid=uid)
            self.assertEqual((said["state"], exit_code), (state, code), said)
            asked = seen.health(uid=uid)
            self.assertEqual(asked.returncode, code if health is None else health, asked.stderr)
            self.assertEqual(asked.stdout, "")
            self.assertEqual(asked.stderr == "", asked.returncode == 0, asked.stderr)
        return said


class Ready(Test):
    def test_the_same_numbers_as_json_and_as_metrics(self):
        with running(root(), "/drawer_static", "watch") as seen:
            seen.out.wait_for("drawn")
            os.kill(seen.box.pid(), 0)
            said = self.ask(seen, "ready", 0)
            self.assertNotIn("reason", said)
            self.assertEqual(said["versions"]["module"][:3], "3.5")
            self.assertEqual(said["versions"]["module_name"], "OpenSSL FIPS Provider")
            self.assertEqual(said["source"]["state"], "ready")
            for number in ("blocks", "seed_bytes", "startup_tests", "collectors"):
                self.assertGreater(said["source"][number], 0, number)
            self.assertGreater(said["catch_all_requests"], 0)
            self.assertGreater(said["last_draw"], said["since"] - 60)
            text, code = seen.metrics()
            self.assertEqual(code, 0)
            metrics = parse_metrics(text)
            self.assertEqual(metrics["kif_state"], {(("state", name),): float(name == "ready") for name in ("checking", "ready", "degraded", "failed")})
            (labels,) = metrics["kif_build_info"]
            self.assertEqual(dict(labels), {"version": said["versions"]["kif"], "module": "OpenSSL FIPS Provider", "module_version": said["versions"]["module"],
                                            "libcrypto": said["versions"]["libcrypto"], "jitterentropy": said["versions"]["jitterentropy"]})
            for name, value in (("kif_source_blocks_total", said["source"]["blocks"]), ("kif_source_seed_bytes_total", said["source"]["seed_bytes"]),
                                ("kif_generator_starts_total", 1), ("kif_reseeds_total", said["source"]["reseeds"]), ("kif_draw_ahead", 1)):
                self.assertEqual(metrics[name], {(): value}, name)
            self.assertEqual(set(metrics["kif_source_failures_total"].values()), {0.0})
            self.assertEqual(len(metrics["kif_source_failures_total"]), 2 * len(said["source"]["failures"]))
            # The manual lists each metric, and no other.
            listed = set(re.findall(r"^\| `(kif_[a-z_]+)", MANUAL.read_text(), re.M))
            self.assertEqual(listed, set(metrics))

    def test_a_probe_draws_from_the_drbg(self):
        with running(root(), "/application", "signals", environment=root().environment(KIF_CATCH_ALL="off")) as seen:
            seen.out.wait_for("up")
            before, _ = seen.status()
            self.assertEqual(seen.health().returncode, 0)
            after, _ = seen.status()
            self.assertEqual(after["drawn_bytes"] - before["drawn_bytes"], 16)
            self.assertEqual(after["socket_bytes"], before["socket_bytes"], "nobody gets them")

    def test_without_a_broker(self):
        with running(root(), "/application", "signals", environment=root().environment(KIF_BROKER="off")) as seen:
            seen.out.wait_for("up")
            for question in ("--status", "--health"):
                asked = seen.box.exec(INIT, question)
                self.assertEqual((asked.returncode, asked.stdout), (NO_BROKER, ""))
                self.assertTrue(asked.stderr.startswith("kif-init: error: cannot ask the broker: none runs in this container\n"), asked.stderr)

    def test_while_the_checks_run(self):
        """OpenSSL waits for its configuration, which is a pipe."""
        name = "/etc/kif/slow.cnf"
        self.addCleanup(lambda: root().at(name).unlink())
        os.mkfifo(root().at(name))
        os.chmod(root().at(name), 0o644)
        with running(root(), "/drawer_static", "watch", environment=root().environment(OPENSSL_CONF=name)) as seen:
            while self.box_is_not_up(seen):
                pass
            said = self.ask(seen, "checking", CHECKING)
            self.assertEqual(said["reason"], "the checks of the start run")
            text, code = seen.metrics()
            self.assertEqual((parse_metrics(text)["kif_state"][(("state", "checking"),)], code), (1.0, CHECKING))
            with open(root().at(name), "w") as pipe:
                root().write(name, root().text(CONFIG))  # for whoever opens it from now on
                pipe.write(root().text(CONFIG))
            seen.out.wait_for("drawn")
            self.ask(seen, "ready", 0)

    @staticmethod
    def box_is_not_up(seen):
        return seen.box.exec(INIT, "--status").returncode not in (0, CHECKING)


class Ending(Test):
    """The process with the DRBG ends or hangs."""

    def test_killed(self):
        with running(root(), "/drawer_static", "watch") as seen:
            seen.out.wait_for("drawn")
            before, _ = seen.status()
            seen.kill_generator()
            line = seen.said.wait_for(pattern(ENDED_BY_9))
            seen.said.wait_for(pattern(REPLACED), line)
            said = self.ask(seen, "ready", 0)
            self.assertEqual(said["generator_ends"], {"died": 1, "hung": 0, "source": 0, "checks": 0})
            self.assertEqual(said["generator_starts"], 2)
            self.assertGreater(said["source"]["blocks"], before["source"]["blocks"], "those of both")
            self.assertEqual(seen.out.all, ["drawn"], "requests waited")

    def test_killed_as_json(self):
        with running(root(), "/drawer_static", "watch", environment=root().environment(KIF_STATUS="json")) as seen:
            seen.out.wait_for("drawn")
            seen.kill_generator()
            seen.said.wait_for('.*"state":"ready","previous":"degraded".*')
            lines = [json.loads(line) for line in seen.said.all]
            self.assertEqual([(line["state"], line.get("previous")) for line in lines], [("ready", None), ("degraded", "ready"), ("ready", "degraded")])
            self.assertEqual({(line["schema"], line["program"]) for line in lines}, {(1, "kif-init")})
            self.assertRegex("kif-init: degraded: " + lines[1]["reason"], pattern(ENDED_BY_9))

    def test_killed_again_and_again_as_where_memory_is_short(self):
        with running(root(), "/drawer_static", "watch") as seen:
            seen.out.wait_for("drawn")
            killed = seen.kill_generator()
            while not any(line.startswith("kif-init: failed") for line in seen.said.all):
                killed = seen.generator(but=killed)
                os.kill(killed, signal.SIGKILL)
            failed = seen.said.wait_for(pattern(ENDED_AGAIN))
            self.assertEqual(len(seen.said.all), 3, seen.said.all)  # ready, degraded, failed: a line for each change
            seen.out.wait_for("EPERM")
            said = self.ask(seen, "failed", FAILED)
            self.assertIn(said["generator_ends"]["died"], (4, 5))
            # It is tried again, without a count that ends.
            seen.said.wait_for(pattern(REPLACED), failed)
            seen.out.wait_for("drawn", 1)
            self.ask(seen, "ready", 0)

    def test_killed_again_and_again_though_each_served(self):
        with running(root(), "/drawer_static", "watch") as seen:
            seen.out.wait_for("drawn")
            line = 0
            for _ in range(3):
                seen.kill_generator()
                line = seen.said.wait_for(pattern(REPLACED), line + 1)
            seen.kill_generator()
            failed = seen.said.wait_for(pattern(ENDED_FOURTH), line)
            seen.out.wait_for("EPERM")
            seen.said.wait_for(pattern(REPLACED), failed)
            seen.out.wait_for("drawn", 2)
            said = self.ask(seen, "ready", 0)
            self.assertEqual((said["generator_starts"], said["generator_ends"]["died"]), (5, 4))

    def test_hung(self):
        with running(root(), "/drawer_static", "watch") as seen:
            seen.out.wait_for("drawn")
            process = seen.kill_generator(signal.SIGSTOP)
            late = seen.said.wait_for(pattern(LATE))
            self.ask(seen, "degraded", DEGRADED)
            os.kill(process, signal.SIGCONT)
            answers = seen.said.wait_for(pattern(ANSWERS), late)
            self.ask(seen, "ready", 0)
            seen.kill_generator(signal.SIGSTOP)
            again = seen.said.wait_for(pattern(LATE), answers)
            replaced = seen.said.wait_for(pattern(REPLACED), again)
            said = self.ask(seen, "ready", 0)
            self.assertEqual(said["generator_ends"], {"died": 0, "hung": 1, "source": 0, "checks": 0})
            self.assertEqual(replaced, again + 1, "it was degraded all the time")
            self.assertEqual(seen.out.all, ["drawn"], "requests waited")

    def test_hung_and_nobody_asks_but_the_probe(self):
        with running(root(), "/application", "signals") as seen:
            seen.out.wait_for("up")
            seen.kill_generator(signal.SIGSTOP)
            asked = seen.health()
            self.assertIn(asked.returncode, (5, DEGRADED), asked.stderr)
            self.assertRegex(asked.stderr, "no random bytes: the broker has not answered within 5 s|has not answered for")
            seen.said.wait_for(pattern(LATE))

    def test_a_layer_that_was_damaged_meanwhile(self):
        name = LAYER + "fips.so"
        with root().kept(name), running(root(), "/drawer_static", "watch") as seen:
            seen.out.wait_for("drawn")
            root().change_byte(name)
            seen.kill_generator()
            failed = seen.said.wait_for(pattern(CHECKS_FAILED))
            self.assertIn("cannot verify /usr/lib/kif/fips.so: its content is not what the layer was built with", seen.said.all[failed])
            seen.out.wait_for("EPERM")
            said = self.ask(seen, "failed", FAILED)
            self.assertGreater(said["generator_ends"]["checks"], 0)
            self.assertIn("fips.so", said["reason"])
            root().change_byte(name)
            seen.said.wait_for(pattern(REPLACED), failed)
            seen.out.wait_for("drawn", 1)

    def test_kif_init_killed(self):
        """As process 1 it takes all with it. (Elsewhere its guard stays: system.random.killed.)"""
        box = Container(root(), [INIT, "--", "/drawer_static", "watch"])
        with box.running() as process:
            process.stdout.readline()
            box.kill(signal.SIGKILL)
            self.assertEqual(process.wait(timeout=60), 128 + signal.SIGKILL)


class Source(Test):
    """The entropy source fails: at the start, at a reseed, in the middle of load."""

    def test_at_the_start(self):
        with Faults(root()).installed() as faults:
            faults.set("read:-6")
            refused = Container(root(), [INIT, "--", "/drawer_static", "watch"], environment=faults.environment()).run()
            self.assertEqual((refused.returncode, refused.stdout), (85, ""))
            self.assertIn("kif-init: error: ", refused.stderr)

    def test_at_a_reseed_and_for_good(self):
        with Faults(root()).installed() as faults, running(root(), "/drawer_static", "watch", environment=faults.environment()) as seen:
            seen.out.wait_for("drawn")
            before, _ = seen.status()
            faults.pass_hours()
            while seen.status()[0]["source"]["reseeds"] == before["source"]["reseeds"]:
                self.assertEqual(seen.health().returncode, 0)  # draws
            after, _ = seen.status()
            self.assertGreater(after["source"]["seed_bytes"], before["source"]["seed_bytes"])
            self.assertGreaterEqual(after["source"]["last_reseed"], before["since"])
            faults.set("read:-6,startup:3@2")
            faults.pass_hours()
            degraded = seen.said.wait_for(pattern(SOURCE_FAILED))
            self.assertIn("repetition count", seen.said.all[degraded])
            failed = seen.said.wait_for(pattern(SOURCE_FAILED_AGAIN), degraded)
            seen.out.wait_for("EPERM")
            said = self.ask(seen, "failed", FAILED)
            self.assertEqual(said["generator_ends"]["source"], 2)
            self.assertEqual(said["source"]["failures"]["repetition_count"]["permanent"], 1)
            metrics = parse_metrics(seen.metrics()[0])
            self.assertEqual(metrics["kif_state"][(("state", "failed"),)], 1.0)
            self.assertEqual(metrics["kif_source_failures_total"][(("kind", "permanent"), ("test", "repetition_count"))], 1.0)
            self.assertEqual(metrics["kif_generator_ends_total"][(("reason", "source"),)], 2.0)
            # It is refused at once, by name: of the processes of the container none waits for a broker that has given up.
            refused = seen.box.exec("/drawer", "once", "1", environment=faults.environment())
            self.assertEqual((refused.returncode, refused.stdout), (1, "0 EIO\n"))
            # The verdict stays, though the source would be good again.
            faults.set("none")
            self.ask(seen, "failed", FAILED)
            self.assertEqual(len(seen.said.all), failed + 1)

    def test_at_a_reseed_once(self):
        """The process is latched; another one, through all checks, is not."""
        with Faults(root()).installed() as faults, running(root(), "/drawer_static", "watch", environment=faults.environment()) as seen:
            seen.out.wait_for("drawn")
            # Its checks take fewer blocks than that, each reseed some: sooner or later it fails, and its successor's checks do not.
            faults.set("read:-6@40")
            while not any(line.startswith("kif-init: degraded") for line in seen.said.all):
                faults.pass_hours()
                seen.health()
            seen.said.wait_for(pattern(REPLACED), seen.said.wait_for(pattern(SOURCE_FAILED)))
            faults.set("none")
            said = self.ask(seen, "ready", 0)
            self.assertEqual(said["generator_ends"]["source"], 1)
            self.assertEqual(seen.out.all, ["drawn"], "requests waited")

    def test_intermittent_failures_are_counted_and_no_change_of_state(self):
        with Faults(root()).installed() as faults, running(root(), "/drawer_static", "watch", environment=faults.environment()) as seen:
            seen.out.wait_for("drawn")
            faults.set("read:-3@1x1/40")
            said, _ = seen.status()
            while said["source"]["failures"]["adaptive_proportion"]["intermittent"] == 0:
                faults.pass_hours()
                self.assertEqual(seen.health().returncode, 0)
                said, _ = seen.status()
            self.assertEqual(said["state"], "ready")
            self.assertEqual(said["source"]["failures"]["adaptive_proportion"]["permanent"], 0)
            self.assertEqual([line[:15] for line in seen.said.all], ["kif-init: ready"])


class OnFailure(Test):
    """KIF_ON_FAILURE=exit"""

    def test_the_container_ends_with_a_code_of_its_own(self):
        with Faults(root()).installed() as faults:
            box = Container(root(), [INIT, "--", "/drawer_static", "watch"], environment=faults.environment(KIF_ON_FAILURE="exit"))
            with box.running() as process:
                seen = Watched(box, process)
                seen.out.wait_for("drawn")
                faults.set("read:-6,startup:3@2")
                faults.pass_hours()
                seen.said.wait_for(pattern(SOURCE_FAILED_AGAIN))
                seen.out.wait_for("asked to end")
                self.assertEqual(process.wait(timeout=120), 94)

    def test_an_application_that_ends_when_it_is_asked_to(self):
        name = LAYER + "fips.so"
        with root().kept(name):
            box = Container(root(), [INIT, "--", "/application", "signals"], environment=root().environment(KIF_ON_FAILURE="exit"))
            with box.running() as process:
                seen = Watched(box, process)
                seen.out.wait_for("up")
                root().change_byte(name)
                seen.kill_generator()
                seen.out.wait_for(f"got {int(signal.SIGTERM)} 0")
                self.assertEqual(process.wait(timeout=120), 94)

    def test_a_death_is_no_failure_yet(self):
        with running(root(), "/drawer_static", "watch", environment=root().environment(KIF_ON_FAILURE="exit")) as seen:
            seen.out.wait_for("drawn")
            seen.kill_generator()
            seen.said.wait_for(pattern(REPLACED))
            self.ask(seen, "ready", 0)


if __name__ == "__main__":
    if subprocess.run([DEBIANS_PYTHON, "-c", PARSER], stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode != 0:
        print("skipped: no python3-prometheus-client; tools/bootstrap brings it")
        sys.exit(container.SKIP)
    container.main()
