# SPDX-License-Identifier: Apache-2.0
"""kif verify --live on services and images of other kinds: for each the verdict, what decides it, and the exit code. docs/verdicts.md is the
table of all that the tests of this folder show, and each of its rows names the test that shows it."""

import ast
import json
import pathlib
import platform
import re
import subprocess
import sys

import ground
from ground import Test, hardened, kif, real

CODES = {"pass": 0, "fail": 1, "could-not-check": 3}
HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE.parents[2] / "docs/verdicts.md"
MODULE = f"/usr/lib/{platform.machine()}-linux-gnu/ossl-modules/fips.so"
# What guides for "FIPS in a container" have.
BY_HAND = """config_diagnostics = 1
openssl_conf = init
.include /etc/ssl/fipsmodule.cnf
[init]
providers = providers
alg_section = algorithms
[providers]
fips = fips_sect
base = base_sect
[base_sect]
activate = 1
[algorithms]
default_properties = fips=yes
"""
JAVA_SERVER = """import java.net.*;
import java.security.SecureRandom;
public class Server {
  public static void main(String[] arguments) throws Exception {
    try (ServerSocket server = new ServerSocket(8080, 50, InetAddress.getLoopbackAddress())) {
      System.out.println("up");
      for (;;)
        try (Socket client = server.accept()) {
          byte[] token = new byte[32];
          new SecureRandom().nextBytes(token);
          client.getOutputStream().write("hello\\n".getBytes());
        }
    }
  }
}
"""
HELLO_CLIENT = "import socket; s = socket.create_connection(('127.0.0.1', 8080)); s.settimeout(60); assert s.recv(6) == b'hello\\n'"
# The first step of a login with a password: the server asks for SCRAM-SHA-256, and its answer to the client's nonce has one of its own. It listens
# before it lets anybody in, and says so until then (SQLSTATE 57P03).
POSTGRES_CLIENT = """import socket, struct, time
def message(kind, body): s.sendall(kind + struct.pack('!I', len(body) + 4) + body)
def answer():
    kind = s.recv(1); length = struct.unpack('!I', s.recv(4, socket.MSG_WAITALL))[0]; return kind, s.recv(length - 4, socket.MSG_WAITALL)
while True:
    s = socket.create_connection(('127.0.0.1', 5432)); s.settimeout(60)
    message(b'', struct.pack('!I', 196608) + b'user\\0postgres\\0\\0')
    asked = answer()
    if asked[0] != b'E' or b'C57P03\\0' not in asked[1]: break
    time.sleep(0.05)
assert asked == (b'R', struct.pack('!I', 10) + b'SCRAM-SHA-256\\0\\0'), asked
first = b'n,,n=,r=nonce'
message(b'p', b'SCRAM-SHA-256\\0' + struct.pack('!I', len(first)) + first)
kind, body = answer()
assert kind == b'R' and body[4:].startswith(b'r=nonce') and len(body) > 30, body
"""
POSTGRES = """set -e
bin=$(echo /usr/lib/postgresql/*/bin)
echo secret >/tmp/password
$bin/initdb --no-sync -D /tmp/data -A scram-sha-256 --pwfile=/tmp/password >/tmp/log
exec $bin/postgres -D /tmp/data -k /tmp -h 127.0.0.1
"""


def client(name, program):
    path = ground.work / f"{name}.py"
    path.write_text(program)
    return f"{sys.executable} {path}"


class Verdicts(Test):
    rows = []

    @classmethod
    def tearDownClass(cls):
        for row in cls.rows:
            print("| " + " | ".join(row) + " |")

    def verify(self, what, image, verdict, deciding, *options, command=None):
        """`deciding`: the essential findings that the verdict rests on; none for a pass."""
        result = kif("verify", "--live", "--format", "json", *options, image, *([] if command is None else ["--", *command]), timeout=600)
        report = json.loads(result.stdout) if result.stdout else {}
        self.assertEqual((report.get("verdict"), result.returncode), (verdict, CODES[verdict]), ground.decisive(result))
        findings = {finding["id"]: finding for finding in report["findings"]}
        found = [identifier for identifier, finding in findings.items() if finding["outcome"] == verdict and finding["essential"]]
        if verdict != "pass":
            self.assertLessEqual(set(deciding), set(found), result.stdout)
        self.rows.append((what, f"{verdict} ({result.returncode})", ", ".join(deciding) or "all essential ones pass"))
        return report, findings

    def test_a_module_that_was_configured_by_hand(self):
        """It works, MD5 is refused, and every seed is the kernel's."""
        module = next(pathlib.Path(ground.options.deps, "modules/3.5").rglob("fips.so")).read_bytes()
        section = ground.with_files(real("trixie"), ground.work / "module", {MODULE[1:]: (module, 0o644)})
        made = kif("run", section, "--", "openssl", "fipsinstall", "-quiet", "-module", MODULE, "-out", "/dev/stdout")
        self.assertEqual(made.returncode, 0, made.stderr)
        image = ground.with_files(section, ground.work / "by-hand", {"etc/ssl/fipsmodule.cnf": (made.stdout.encode(), 0o644), "etc/ssl/openssl.cnf": (BY_HAND.encode(), 0o644)})
        refused = kif("run", image, "--", "openssl", "md5", "/etc/passwd")
        self.assertIn("unsupported", refused.stderr)
        _, findings = self.verify("a FIPS module, configured by hand", image, "fail", ["LIVE-DENY-RAND-BYTES", "LIVE-TRACE-GETRANDOM", "LIVE-WORKLOAD-DENY", "LIVE-WORKLOAD-TRACE"],
                                  command=["openssl", "rand", "-hex", "8"])
        self.assertEqual({findings[identifier]["outcome"] for identifier in ("LIVE-CONTROL-DENY", "LIVE-CONTROL-TRACE")}, {"pass"})

    if platform.machine() == "x86_64":  # what it is made of is pinned for it alone

        def test_a_wheel_with_an_openssl_inside(self):
            made = subprocess.run([ground.options.runtime_image, "python-wheel"], capture_output=True, text=True, check=False)
            self.assertEqual(made.returncode, 0, made.stderr)
            name = made.stdout.strip()
            folder = ground.work / "wheel"
            done = kif("harden", name, "-o", f"oci:{folder}:it")
            self.assertEqual(done.returncode, 0, done.stderr)
            _, findings = self.verify("Python with a wheel that has an OpenSSL inside", f"oci:{folder}:it", "pass", [],
                                      command=["python3", "-c", "from cryptography.hazmat.primitives.asymmetric import ec; ec.generate_private_key(ec.SECP256R1())"])
            self.assertIn("_rust", "\n".join(findings["LIVE-IMAGE-CRYPTOGRAPHY"]["evidence"]))

    def test_an_image_of_another_libc(self):
        """Alpine's kind: kif's programs need glibc, so nothing of it was found out."""
        self.verify("musl", real("trixie-musl"), "could-not-check", ["LIVE-DENY-START"])

    def test_a_java_server(self):
        folder = ground.work / "classes"
        folder.mkdir()
        (folder / "Server.java").write_text(JAVA_SERVER)
        subprocess.run(["javac", "--release", "17", "-d", folder, folder / "Server.java"], check=True, capture_output=True)
        files = {"srv/Server.class": ((folder / "Server.class").read_bytes(), 0o644)}
        options = ("--for", "1s", "--ready", "8080", "--exercise", client("hello", HELLO_CLIENT))
        command = ["java", "-cp", "/srv", "Server"]
        image = ground.with_files(hardened("trixie-java21"), ground.work / "java", files)
        self.verify("a JVM server, ready and exercised", image, "pass", [], *options, command=command)
        image = ground.with_files(real("trixie-java21"), ground.work / "java-plain", files)
        # Where the kernel refuses, the JDK goes on with seeds from the timing of threads, and says nothing.
        self.verify("the same, not hardened", image, "fail", ["LIVE-WORKLOAD-TRACE"], *options, command=command)

    def test_postgresql(self):
        options = ("--user", "postgres", "--for", "1s", "--ready", "5432", "--exercise", client("postgres", POSTGRES_CLIENT))
        command = ["sh", "-c", POSTGRES]
        self.verify("PostgreSQL, ready and exercised", hardened("trixie-servers"), "pass", [], *options, command=command)
        self.verify("the same, not hardened", real("trixie-servers"), "fail", ["LIVE-WORKLOAD-DENY", "LIVE-WORKLOAD-TRACE"], *options, command=command)

    def test_the_table_names_tests_that_are_there(self):
        tests = {}
        for path in HERE.glob("*_test.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            tests[path.name.removesuffix("_test.py")] = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        rows = re.findall(r"^\| (.+?) \| (pass \(0\)|fail \(1\)|could-not-check \(3\)) \| (.+?) \| `(\w+)\.(\w+)` \|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
        self.assertEqual(len(rows), TABLE.read_text(encoding="utf-8").count("\n| ") - TABLE.read_text(encoding="utf-8").count("\n| image |"))
        for _, _, _, module, name in rows:
            self.assertIn(name, tests.get(module, ()), module)


if __name__ == "__main__":
    ground.main()
