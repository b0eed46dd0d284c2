# SPDX-License-Identifier: Apache-2.0
"""kif verify --live runs the image's own program: a table of images and what comes of each, by which finding."""

import json
import pathlib
import subprocess
import sys

import ground
from ground import Test, as_nobody, edited, exercise_image, hardened, kif, leftovers, real

INIT = "/usr/lib/kif/kif-init"
WORKLOAD = ("LIVE-WORKLOAD-DENY", "LIVE-WORKLOAD-TRACE", "LIVE-WORKLOAD-ASKED")
CODES = {"pass": 0, "fail": 1, "could-not-check": 3}
# What a client of this machine does: a line from a port of the container's loopback.
CLIENT = "import socket; s = socket.create_connection(('127.0.0.1', 8080)); s.settimeout(20); assert s.recv(6) == b'hello\\n'"
TLS_CLIENT = ("import socket, ssl; c = ssl.create_default_context(); c.check_hostname = False; c.verify_mode = ssl.CERT_NONE; "
              "s = c.wrap_socket(socket.create_connection(('127.0.0.1', 8443))); s.settimeout(20); "
              "s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n'); assert b'hello' in s.read(4096), 1")
NGINX = """daemon off; error_log stderr; pid /run/nginx.pid;
events {}
http { access_log off; server { listen 127.0.0.1:8443 ssl; ssl_certificate /srv/cert.pem; ssl_certificate_key /srv/key.pem; return 200 hello; } }
"""


def client(program):
    return f'{sys.executable} -c "{program}"'


def with_app(source, name, change=lambda config: None):
    """A child of the image, with the static program exercise as /app."""
    app = {"app": (pathlib.Path(ground.options.exercise).read_bytes(), 0o755)}
    return ground.with_files(source, ground.work / name, app, lambda document, diff_id: change(document["config"]))


def starting(entrypoint, command=(), variables=()):
    def change(config):
        names = [variable.split("=")[0] + "=" for variable in variables]
        config["Entrypoint"], config["Cmd"] = list(entrypoint), list(command)
        config["Env"] = [entry for entry in config["Env"] if not any(entry.startswith(name) for name in names)] + list(variables)
    return change


class Workload(Test):
    def verify(self, image, verdict, *options, command=None, **more):
        result = kif("verify", "--live", "--format", "json", *options, image, *([] if command is None else ["--", *command]), **more)
        self.assertEqual(result.returncode, CODES[verdict], ground.decisive(result))
        report = json.loads(result.stdout)
        self.assertEqual(report["verdict"], verdict)
        return report, {finding["id"]: finding for finding in report["findings"]}

    def outcomes(self, findings):
        return tuple(findings[identifier]["outcome"] for identifier in WORKLOAD)

    def evidence(self, findings, identifier):
        return "\n".join(findings[identifier]["evidence"])

    def failing(self, findings):
        return [identifier for identifier, finding in findings.items() if finding["outcome"] == "fail"]

    # ---- programs that end

    def test_a_hardened_image_passes(self):
        image = edited(hardened("trixie"), ground.work / "rand", lambda document: document["config"].update({"Cmd": ["openssl", "rand", "-hex", "8"]}))
        report, findings = self.verify(image, "pass")
        self.assertEqual(self.outcomes(findings), ("pass", "pass", "pass"))
        # With the stock configuration it is seen to ask, and so what it gets here is not the kernel's.
        self.assertIn("getrandom 48 bytes", self.evidence(findings, "LIVE-WORKLOAD-ASKED"))
        self.assertEqual(report["workload"]["arguments"], [INIT, "--", "openssl", "rand", "-hex", "8"])
        self.assertEqual({run["mode"]: (run["ended"], run["exit_code"]) for run in report["workload"]["runs"]},
                         dict.fromkeys(("trace", "deny ENOSYS", "deny EPERM", "deny unanswered", "control, trace"), ("by-itself", 0)))

    def test_what_asks_for_nothing_is_said_to(self):
        _, findings = self.verify(hardened("trixie"), "pass", command=["sh", "-c", "echo hello"])
        self.assertEqual(self.outcomes(findings), ("pass", "pass", "could-not-check"))
        self.assertIn("it asked for nothing", self.evidence(findings, "LIVE-WORKLOAD-ASKED"))

    def test_a_plain_image_fails(self):
        image = edited(real("trixie"), ground.work / "plain", lambda document: document["config"].update({"Cmd": ["openssl", "rand", "-hex", "8"]}))
        _, findings = self.verify(image, "fail")
        self.assertEqual(self.outcomes(findings), ("fail", "fail", "pass"))
        self.assertRegex(self.evidence(findings, "LIVE-WORKLOAD-DENY"), "deny ENOSYS: ended with exit code 1, instead of exit code 0: ")
        self.assertRegex(self.evidence(findings, "LIVE-WORKLOAD-TRACE"), "(?m)^openssl: getrandom 48 bytes, flags 0, from libc.so.6 ")

    def test_a_silent_leak_fails_though_it_works_under_every_denial(self):
        """What the environment promises is not what the program does: it asks, and goes on whatever comes of it."""
        report, findings = self.verify(with_app(hardened("trixie"), "silent", starting(["/app"], ["stay", "child"])), "fail", "--for", "2s", "--ready", "up")
        self.assertEqual(self.failing(findings), ["LIVE-WORKLOAD-TRACE"])
        self.assertEqual(findings["LIVE-WORKLOAD-DENY"]["outcome"], "pass")
        self.assertRegex(self.evidence(findings, "LIVE-WORKLOAD-TRACE"), "(?m)^app: getrandom 32 bytes, flags 0, from app")
        self.assertEqual({(run["ended"], run["exit_code"], run["ready"]) for run in report["workload"]["runs"]}, {("stopped", 0, True)})

    def test_a_child_with_another_entrypoint(self):
        image = edited(hardened("trixie"), ground.work / "replaced", lambda document: starting(["/bin/sh", "-c", "openssl rand -hex 8"])(document["config"]))
        report, findings = self.verify(image, "pass")
        self.assertEqual(self.outcomes(findings), ("pass", "pass", "pass"))
        self.assertNotIn("deny unanswered", [run["mode"] for run in report["workload"]["runs"]])

    def test_a_later_static_program(self):
        once = ["once"]
        for name, change, verdict, deny, trace in (
                ("by-itself", starting(["/app"], once), "fail", "fail", "fail"),
                ("through", starting([INIT, "--", "/app"], once), "pass", "pass", "pass"),
                ("ordered", starting([INIT, "--", "/app"], once, ["KIF_CATCH_ALL=on"]), "pass", "pass", "pass"),
                ("off", starting([INIT, "--", "/app"], once, ["KIF_CATCH_ALL=off"]), "fail", "fail", "fail")):
            with self.subTest(name):
                _, findings = self.verify(with_app(hardened("trixie"), f"static-{name}", change), verdict)
                self.assertEqual(self.outcomes(findings), (deny, trace, "pass"))
                said = self.evidence(findings, "LIVE-WORKLOAD-DENY")
                self.assertEqual("it needs kif-init's catch-all" in said, verdict == "pass", said)
                self.assertEqual("what kif-init's catch-all answers" in self.evidence(findings, "LIVE-WORKLOAD-TRACE"), verdict == "pass")

    def test_a_program_that_is_led_past_the_configuration_is_not_passed(self):
        image = edited(hardened("trixie"), ground.work / "led-past", lambda document: document["config"].update(
            {"Cmd": ["env", "OPENSSL_CONF=/dev/null", "openssl", "rand", "-hex", "8"]}))
        _, findings = self.verify(image, "could-not-check")
        self.assertEqual(self.outcomes(findings)[:2], ("pass", "pass"))
        self.assertRegex(self.evidence(findings, "LIVE-WORKLOAD-CONFIGURATION"), "(?m)openssl is started with OPENSSL_CONF=/dev/null: the probe was not run so$")

    def test_what_ends_with_an_error_anyway_is_not_judged(self):
        image = edited(hardened("trixie"), ground.work / "database", lambda document: document["config"].update(
            {"Cmd": ["sh", "-c", 'test -n "$DB_PASSWORD" || { echo "set DB_PASSWORD" >&2; exit 1; }; openssl rand -hex 8']}))
        _, findings = self.verify(image, "could-not-check")
        self.assertEqual(findings["LIVE-WORKLOAD-DENY"]["evidence"], ["it ends with exit code 1 where nothing is refused, too: set DB_PASSWORD",
                                                                      "--env NAME=VALUE sets a variable that it asks for"])
        self.assertEqual(findings["LIVE-WORKLOAD-TRACE"]["outcome"], "could-not-check")
        _, findings = self.verify(image, "pass", "--env", "DB_PASSWORD=secret")
        self.assertEqual(self.outcomes(findings), ("pass", "pass", "pass"))

    # ---- programs that stay up

    def test_a_service_that_answers_passes(self):
        key, certificate = ground.work / "key.pem", ground.work / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        files = {"srv/key.pem": (key.read_bytes(), 0o644), "srv/cert.pem": (certificate.read_bytes(), 0o644), "srv/nginx.conf": (NGINX.encode(), 0o644)}

        def change(document, diff_id):
            document["config"].update({"Cmd": ["nginx", "-c", "/srv/nginx.conf"], "StopSignal": "SIGQUIT"})

        options = ("--for", "1s", "--ready", "8443", "--exercise", client(TLS_CLIENT), "--exercise", "true")
        image = ground.with_files(hardened("trixie-daemons"), ground.work / "nginx", files, change)
        report, findings = self.verify(image, "pass", *options)
        self.assertEqual(self.outcomes(findings), ("pass", "pass", "pass"))
        for run in report["workload"]["runs"]:
            self.assertEqual((run["ended"], run["exit_code"], run["ready"]), ("stopped", 0, True))
            self.assertEqual([exercise["exit_code"] for exercise in run["exercises"]], [0, 0])
        # The negative control: the same service of the same image, not hardened.
        image = ground.with_files(real("trixie-daemons"), ground.work / "nginx-plain", files, change)
        _, findings = self.verify(image, "fail", *options)
        self.assertEqual(self.outcomes(findings), ("fail", "fail", "pass"))

    def test_a_leak_is_found_whenever_and_wherever_it_comes(self):
        image = with_app(hardened("trixie"), "leaks")
        load = ("--ready", "8080", "--exercise", client(CLIENT))
        for command, options in ((["after", "5"], ("--for", "15s", "--ready", "up")), (["child"], ("--for", "2s", "--ready", "up")),
                                 (["thread"], ("--for", "2s", "--ready", "up")), (["signal"], ("--for", "1s", "--ready", "up")),
                                 (["load", "8080"], ("--for", "1s", *load))):
            with self.subTest(command[0]):
                _, findings = self.verify(image, "fail", *options, "--entrypoint", "/app", command=["stay", *command])
                self.assertEqual(self.failing(findings), ["LIVE-WORKLOAD-TRACE"])
                self.assertRegex(self.evidence(findings, "LIVE-WORKLOAD-TRACE"), "(?m)^app: getrandom 32 bytes, flags 0, from app")
        # Without a client there is no load: what the run did not bring about is not found, and the program's start alone is seen.
        _, findings = self.verify(image, "fail", "--for", "1s", "--ready", "8080", "--entrypoint", "/app", command=["stay", "load", "8080"])
        self.assertNotIn("getrandom 32 bytes", self.evidence(findings, "LIVE-WORKLOAD-TRACE"))

    def test_a_static_service_is_answered_by_the_catch_all_alone(self):
        options = ("--for", "1s", "--ready", "8080", "--exercise", client(CLIENT))
        image = with_app(hardened("trixie"), "strict", starting([INIT, "--", "/app"], ["stay", "strict", "8080"]))
        report, findings = self.verify(image, "pass", *options)
        self.assertEqual(self.outcomes(findings), ("pass", "pass", "pass"))
        passed = {run["mode"]: run["exercises"][0].get("exit_code") == 0 for run in report["workload"]["runs"]}
        self.assertEqual(passed, {"trace": True, "control, trace": True, "deny unanswered": True, "deny ENOSYS": False, "deny EPERM": False})
        _, findings = self.verify(with_app(hardened("trixie"), "strict-off", starting([INIT, "--", "/app"], ["stay", "strict", "8080"], ["KIF_CATCH_ALL=off"])),
                                  "fail", *options)
        self.assertEqual(self.outcomes(findings), ("fail", "fail", "pass"))

    def test_a_service_that_is_never_ready_is_not_judged(self):
        _, findings = self.verify(hardened("trixie"), "could-not-check", "--ready", "no such line", command=["sh", "-c", "echo hello"])
        self.assertIn("--ready names a port or a line of its output", self.evidence(findings, "LIVE-WORKLOAD-DENY"))

    # ---- options

    def test_each_run_finds_the_root_as_it_was_and_can_write_to_it(self):
        script = "test ! -e /written && touch /written /etc/here && mkdir /new && cat >/new/input && test \"$(cat /new/input)\" = in"
        given = ground.work / "input"
        given.write_text("in")
        report, findings = self.verify(hardened("trixie"), "pass", "--stdin", given, command=["sh", "-c", script])
        self.assertEqual(findings["LIVE-WORKLOAD-DENY"]["outcome"], "pass")
        self.assertEqual([note for note in report["notes"] if "overlay" in note], [])

    def test_mounts_user_and_variables(self):
        folder = ground.work / "mounted"
        folder.mkdir()
        folder.chmod(0o777)
        (folder / "given").write_text("x")
        script = 'test "$(id -u) $A" = "65534 1" && test "$(cat /in/given)" = x && echo "$(date +%N)" >/out/$$ && ! touch /in/no 2>/dev/null'
        _, findings = self.verify(hardened("trixie"), "pass", "--user", "65534", "--env", "A=1", "--bind", f"{folder}:/in", "--bind", f"{folder}:/out:rw",
                                  command=["sh", "-c", script])
        self.assertEqual(findings["LIVE-WORKLOAD-DENY"]["outcome"], "pass")

    def test_with_the_probe_alone_the_first_line_says_so(self):
        result = kif("verify", "--live", "--probe-only", hardened("trixie"))
        self.assertEqual(result.returncode, 0, ground.decisive(result))
        self.assertTrue(result.stdout.startswith("the image's own program was not run: it was not wanted (--probe-only)\n"), result.stdout)
        self.assertTrue(result.stdout.endswith("\nverdict: pass, and the image's own program was not run\n"), result.stdout)
        report, findings = self.verify(hardened("trixie"), "pass", "--probe-only")
        self.assertEqual(self.outcomes(findings), ("could-not-check",) * 3)
        self.assertEqual(report["workload"], {"not_run": "it was not wanted (--probe-only)"})

    def test_an_image_without_a_program_says_so(self):
        image = edited(hardened("trixie"), ground.work / "none", lambda document: document["config"].update({"Entrypoint": [], "Cmd": []}))
        result = kif("verify", "--live", image)
        self.assertEqual(result.returncode, 0, ground.decisive(result))
        self.assertTrue(result.stdout.startswith("the image's own program was not run: the image names none; "), result.stdout)

    def test_as_another_user(self):
        nobody = as_nobody()
        if nobody is None:
            self.skipTest("every run here is rootless already")
        report, findings = self.verify(with_app(hardened("trixie"), "rootless", starting([INIT, "--", "/app"], ["stay", "strict", "8080"])), "pass",
                                       "--for", "1s", "--ready", "8080", "--exercise",
                                       "bash -c 'read line </dev/tcp/127.0.0.1/8080 && test $line = hello'", **nobody)
        self.assertEqual(self.outcomes(findings), ("pass", "pass", "pass"))
        self.assertEqual([run["mode"] for run in report["workload"]["runs"] if run["ended"] != "stopped"], [])

    def test_wrong_command_lines(self):
        image = exercise_image()
        for arguments, words in ((["--probe-only", "--for", "1s"], "--probe-only runs nothing of the image, and --for is about what is run"),
                                 (["--for", "ten"], 'cannot use the time "ten"'), (["--for", "25h"], 'cannot use the time "25h"'),
                                 (["--bind", "/tmp"], 'cannot use the mount "/tmp"'), (["--bind", "/nowhere:/x"], "there is no"),
                                 (["--exercise", "true"], "--ready"), (["--stdin", "/nowhere"], "/nowhere")):
            result = kif("verify", "--live", *arguments, image)
            self.assertEqual(result.returncode, 2, (arguments, result.stderr))
            self.assertIn(words, result.stderr)
        result = kif("verify", "--sbom", image, "--", "x")
        self.assertEqual((result.returncode, "a command belongs to --live" in result.stderr), (2, True), result.stderr)

    def test_nothing_is_left_of_a_service_that_does_not_end(self):
        """As process 1 it ignores the signal, and is killed after the grace."""
        names = {path.name for path in ground.workspaces()}
        report, findings = self.verify(hardened("trixie"), "pass", "--for", "1s", "--entrypoint", "sleep", command=["33000001"])
        self.assertEqual({(run["ended"], run["exit_code"]) for run in report["workload"]["runs"]}, {("killed", 137)})
        self.assertEqual((findings["LIVE-WORKLOAD-DENY"]["outcome"], ground.processes_with("33000001")), ("pass", []))
        self.assertEqual(leftovers(names), [])


if __name__ == "__main__":
    ground.main()
