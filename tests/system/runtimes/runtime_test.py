#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One language runtime in a real image: hardened, run under each denial and traced; and not hardened, when the same must fail.

The program of the runtime prints one JSON object with a record per step; its exit status says nothing. Every step that the catalogue
demands must be there and be "ok". What comes of it is a row of the table (table.py prints it) and a list of all that the kernel gave.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import hello
from catalogue import COLUMNS, RUNTIMES
from traces import Account

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
import layouts  # noqa: E402

SKIPPED = 77
HERE = pathlib.Path(__file__).resolve().parent


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def run(*command, timeout=240):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace", timeout=timeout, check=False)


def steps_of(output):
    """The JSON object in a program's output; None where it did not come so far."""
    for text in reversed(output.splitlines()):
        if text.startswith("{"):
            try:
                found = json.loads(text)
                return found if "steps" in found else None
            except ValueError:
                return None
    return None


def add_wire_steps(result):
    """What can be told from the server's first records, which the program only hands on."""
    steps, facts = result["steps"], result["facts"]
    said = {name: hello.answer(bytes.fromhex(facts.pop("answer-" + name, ""))) for name in ("aes", "chacha")}
    wanted = {"tls-on-the-wire": ("aes", ("hello", "TLS_AES_256_GCM_SHA384", "P-256")),
              "tls-refuses-chacha20": ("chacha", ("alert", hello.HANDSHAKE_FAILURE))}
    for step, (name, answer) in wanted.items():
        steps[step] = "ok" if said[name] == answer else f"failed: the server answered {said[name]}"
    return result


class RuntimeTest:
    def __init__(self, name, options, folder):
        self.name, self.options, self.folder = name, options, pathlib.Path(folder)
        self.runtime = RUNTIMES[name]
        self.required = {column: [step for step in steps if step not in self.runtime.without] for column, steps in COLUMNS.items()}
        self.required["own randomness"] += self.runtime.randomness
        for step, column in self.runtime.more.items():
            self.required[column].append(step)
        self.row = {"name": name, "without": self.runtime.without}
        self.complaints = []

    def complain(self, where, what):
        self.complaints.append(f"{self.name}, {where}: {what}")

    def program_files(self):
        files = {"/kif-test/hello-aes.bin": (hello.client_hello(hello.AES_256_GCM), 0o644),
                 "/kif-test/hello-chacha.bin": (hello.client_hello(hello.CHACHA20_POLY1305), 0o644)}
        made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "7", "-subj",
                   "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem")
        if made.returncode != 0:
            raise Failure("cannot make a certificate: " + made.stderr)
        for name in ("key.pem", "cert.pem"):
            files["/kif-test/" + name] = ((self.folder / name).read_bytes(), 0o644)
        for folder in self.runtime.program.split():
            if (HERE / "programs" / folder).is_dir() and not folder.startswith(("go/", "dotnet")):  # those are compiled into their image
                for path in (HERE / "programs" / folder).iterdir():
                    files["/kif-test/" + path.name] = (path.read_bytes(), 0o644)
        built = self.options.programs / self.runtime.program
        if built.is_file():
            files["/kif-test/steps"] = (built.read_bytes(), 0o755)
        return files

    def images(self):
        """The image with the program, and the same hardened."""
        made = run(self.options.runtime_image, self.runtime.image, timeout=900)
        if made.returncode == SKIPPED:
            raise Skip(made.stderr.strip())
        if made.returncode != 0:
            raise Failure("cannot make the image: " + made.stderr)
        plain = layouts.put_on_top(made.stdout.strip(), self.folder / "plain", self.program_files(), tag="it", linked=True).name
        hardened = f"oci:{self.folder}/hardened:it"
        result = run(self.options.kif, "harden", plain, "-o", hardened, "--format", "json")
        if result.returncode != 0:
            raise Failure("cannot harden the image: " + result.stderr)
        self.row["warnings"] = json.loads(result.stdout)["platforms"][0]["warnings"]
        return plain, hardened

    def start(self, image, *options):
        return run(self.options.kif, "run", *options, image, "--", *self.runtime.command)

    def failed_steps(self, result, columns=None):
        """{step: why} of the steps demanded that are not ok."""
        demanded = [step for column, steps in self.required.items() if columns is None or column in columns for step in steps]
        return {step: result["steps"].get(step, "was not reached") for step in demanded if result["steps"].get(step) != "ok"}

    def check_hardened(self, where, output):
        result = steps_of(output.stdout)
        if result is None:
            self.complain(where, f"the program did not end: exit code {output.returncode}\n{output.stdout}{output.stderr}")
            return None
        if "tls-on-the-wire" not in self.runtime.without:
            add_wire_steps(result)
        self.row["facts"] = result["facts"]
        failed = self.failed_steps(result)
        for step, why in failed.items():
            self.complain(where, f"{step}: {why}")
        return {column: [step for step in failed if step in steps] for column, steps in self.required.items()}

    def run_hardened(self, image):
        columns = {}
        denied = {}
        for denial in self.runtime.denials:
            outcome = self.check_hardened("denied, " + denial, self.start(image, "--deny=" + denial))
            denied[denial] = outcome is not None and not any(outcome.values())
            columns[denial] = outcome
        if self.runtime.is_traced:
            path = self.folder / "trace.json"
            columns["traced"] = self.check_hardened("traced", self.start(image, "--trace", "--format", "json", "--output", path))
            self.account(json.loads(path.read_text())["trace"] if path.exists() else None)
        self.row["denial"] = denied
        # A column holds what failed in any of the runs.
        self.row["columns"] = {
            column: sorted({step for outcome in columns.values() for step in (outcome[column] if outcome else ["the run"])})
            for column, steps in self.required.items() if steps}

    def account(self, trace):
        if trace is None:
            self.complain("traced", "there is no trace")
            return
        account = Account(trace)
        if account.fault:
            self.complain("traced", account.fault)
        for text in account.uses:
            self.complain("traced", "from the kernel: " + text)
        self.row["kernel_bytes"] = account.kernel_bytes
        self.row["exceptions"] = account.exceptions
        self.row["opened"] = sorted(account.opens)
        self.row["events"] = list(account.report())

    def run_control(self, image):
        """Without the layer: everything works and nothing is FIPS; and under the same denial nothing works."""
        free = self.start(image)
        result = steps_of(free.stdout)
        if result is None:
            self.complain("control, not denied", f"the program did not end\n{free.stdout}{free.stderr}")
        else:
            if "tls-on-the-wire" not in self.runtime.without:
                add_wire_steps(result)
            for step, why in self.failed_steps(result, ("own randomness", "keys")).items():
                self.complain("control, not denied", f"{step}: {why}")
            for column in ("FIPS on", "refusals", "DRBG origin"):
                if column == "FIPS on" and "fips" in self.runtime.without:
                    continue  # a digest's known answer is right with and without the layer
                if self.runtime.is_fips_the_layers and self.required[column] and not self.failed_steps(result, (column,)):
                    self.complain("control, not denied", f"without the FIPS layer the column '{column}' is good as well: it shows nothing")
        for denial in self.runtime.denials[:1]:  # the other ones would say the same again
            denied = self.start(image, "--deny=" + denial)
            result = steps_of(denied.stdout) or {"steps": {}}
            good = [step for step in self.runtime.randomness if result["steps"].get(step) == "ok"]
            if good:
                self.complain("control, denied, " + denial, "worked without the FIPS layer: " + ", ".join(good))
            seen = f"{denied.stdout}{denied.stderr}exit code {denied.returncode}"
            if not re.search(self.runtime.control, seen):
                self.complain("control, denied, " + denial, f"failed in another way than '{self.runtime.control}':\n{seen}")
        self.row["control"] = not any(", control" in complaint.split(":")[0] for complaint in self.complaints)

    def run(self):
        plain, hardened = self.images()
        self.run_hardened(hardened)
        self.run_control(plain)
        return self.row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runtime", required=True, choices=RUNTIMES)
    for name in ("kif", "runtime-image", "programs", "results"):
        parser.add_argument("--" + name, required=True, type=pathlib.Path)
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    result = options.results / (options.runtime + ".json")
    result.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="kif-runtimes-") as folder:
        test = RuntimeTest(options.runtime, options, folder)
        try:
            test.run()
        except Skip as reason:
            print(f"skipped: {reason}")
            result.write_text(json.dumps({"name": options.runtime, "skipped": str(reason)}))
            return SKIPPED
        except Failure as failure:
            test.complain("before it ran", failure)
        except subprocess.TimeoutExpired as hang:
            test.complain("hung", str(hang))
    test.row["complaints"] = test.complaints
    result.write_text(json.dumps(test.row, indent=1))
    for text in test.row.get("events", []):
        print(text)
    for warning in test.row.get("warnings", []):
        print("kif harden warns:", warning)
    print(json.dumps(test.row.get("facts", {})))
    for complaint in test.complaints:
        print(complaint)
    print(f"{options.runtime}: {'failed' if test.complaints else 'passed'}")
    return 1 if test.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
