# SPDX-License-Identifier: Apache-2.0
"""Java applications as their users run them, with no change of theirs: in a hardened image under denial, in one with --java-sun, and in the image as
it was. Each talks TLS to itself with keys from files; PostgreSQL's driver talks to a real PostgreSQL. The table of what works is printed, and a
cell that differs from the expected one fails, either way."""

import os
import pathlib
import signal
import subprocess
import time
import unittest

import ground
from ground import RUNTIMES, hardened, layouts, lines, real, with_layer

PASSWORD = "changeit"
APPS = "/apps"
FILES = "/stores"
# {application: (folder of its class path, class)}. Newer versions of some need Java 17, and the older ones do not run on all newer Javas.
APPLICATIONS = {name: (name, name.capitalize()) for name in ("tomcat", "netty", "grpc", "nimbus", "xml", "ldap", "pgjdbc")}
APPLICATIONS["okhttp"] = ("okhttp", "OkHttp")
OF_JAVA_11 = {"jetty": ("jetty10", "Jetty"), "spring": ("spring2", "Spring"), "kafka": ("kafka3", "Kafka")}
OF_JAVA_17 = {"jetty": ("jetty12", "Jetty"), "spring": ("spring3", "Spring"), "kafka": ("kafka4", "Kafka")}
# {case: what it says where it works, a pattern}
HTTP_1, HTTP_2 = r"HTTP_1_1 404 TLSv1\.3", r"HTTP_2 404 TLSv1\.3"
CASES = {
    **dict.fromkeys(("tomcat-pem", "tomcat-pkcs12", "tomcat-pkcs12-by-default", "tomcat-bcfks", "jetty"), HTTP_1), "tomcat-http2": HTTP_2, "jetty-http2": HTTP_2,
    **dict.fromkeys(("spring-pkcs12", "spring-pem"), r"hello HTTP_1_1 200 TLSv1\.3"), "kafka-broker": "1 node", "kafka-plain": "offset 0",
    **dict.fromkeys(("kafka-scram", "kafka-scram-short"), "set, a message"), **dict.fromkeys(("pgjdbc-scram", "pgjdbc-scram-short"), r"TLSv1\.3"),
    "pgjdbc-wrong-password": "", "httpclient": r"HTTP_1_1 200 TLSv1\.3", "url": "200", "not-trusted": "", "okhttp": r"200 TLSv1\.3", "netty-alpn": r"h2 TLSv1\.3",
    "grpc": "hello kif", **dict.fromkeys(("nimbus-rs256", "nimbus-ps256", "nimbus-es256", "nimbus-hs256"), "verified"),
    **dict.fromkeys(("nimbus-rsa-oaep-256", "nimbus-ecdh-es", "santuario-aes-gcm"), "kif"), **dict.fromkeys(("xmldsig", "santuario-signature"), "verified"),
    "ldaps": "found", **dict.fromkeys(("keytool-list", "keytool-importcert", "keytool-importkeystore", "keytool-genkeypair"), "done")}
# What must fail everywhere, and what fails where kif is, with the sentence that the user reads.
ALWAYS = {"pgjdbc-wrong-password": "PSQLException: .*password authentication failed", "not-trusted": ".*[Uu]nable to find .*certifica.*"}
SHORT = {"kafka-scram-short": "IllegalKeyException: Key size for HMAC must be at least 112 bits",
         "pgjdbc-scram-short": "FipsUnapprovedOperationError: password must be at least 112 bits"}
HARDENED = {"kafka-broker": "NoSuchAlgorithmException: MD5 MessageDigest not available", **SHORT}
# A JVM that lives for seconds: the compiler that optimises and the parallel collector would cost half of its time.
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData"
# The image's own keytool. Stores are of its default type.
KEYTOOL = f"""try() {{ name=$1; shift; if said=$(keytool {' '.join('-J' + option for option in SHORT_LIVED.split())} "$@" 2>&1); then echo "$name ok done"; else echo "$name failed: $said"; fi; }}
try keytool-list -list -cacerts -storepass changeit
try keytool-importcert -importcert -noprompt -cacerts -storepass changeit -alias own -file {FILES}/server.crt
try keytool-importkeystore -importkeystore -srckeystore {FILES}/server.p12 -srcstorepass {PASSWORD} -destkeystore /tmp/imported -deststorepass 'a password of some length'
try keytool-genkeypair -genkeypair -keystore /tmp/new -storepass 'a password of some length' -alias own -keyalg EC -groupname secp256r1 -dname CN=own
"""
POSTGRESQL_PORT = "5432"
SET_UP = f"""bin=$(echo /usr/lib/postgresql/*/bin)
$bin/initdb --no-sync -D /tmp/data -A scram-sha-256 -U owner --pwfile=/stores/owner >/tmp/log
cp /stores/server.crt /stores/server.key /tmp/data/ && chmod 600 /tmp/data/server.key
$bin/postgres --single -D /tmp/data postgres >/tmp/log <<SQL
create role patient login password 'a password of some length'
create role hasty login password 'password'
SQL
"""
SERVE = f"exec $(echo /usr/lib/postgresql/*/bin)/postgres -D /tmp/data -k /tmp -h 127.0.0.1 -p {POSTGRESQL_PORT} -c ssl=on"
_rows = {}


def stock(*command, **more):
    return subprocess.run(list(map(str, command)), capture_output=True, check=True, timeout=120, **more).stdout


def stores():
    """A key of localhost's with its certificate in each form, and who trusts it."""
    folder = ground.work / "stores"
    if folder.exists():
        return folder
    folder.mkdir()
    store = ["-keystore", folder / "server.p12", "-storetype", "PKCS12", "-storepass", PASSWORD, "-alias", "server"]
    stock("keytool", "-genkeypair", *store, "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=localhost", "-ext", "san=dns:localhost")
    stock("keytool", "-exportcert", "-rfc", *store, "-file", folder / "server.crt")
    stock("keytool", "-importcert", "-noprompt", "-file", folder / "server.crt", "-keystore", folder / "ca.jks", "-storetype", "JKS", "-storepass", PASSWORD)
    key = stock("openssl", "pkcs12", "-in", folder / "server.p12", "-passin", f"pass:{PASSWORD}", "-nodes", "-nocerts")
    stock("openssl", "pkcs8", "-topk8", "-nocrypt", "-out", folder / "server.key", input=key)
    (folder / "owner").write_text("the owner's own password")
    for path in folder.iterdir():
        path.chmod(0o644)
    return folder


class PostgreSql:
    """A server of Debian's in a root of its own; it listens in the network name space of the process it is given."""

    def __init__(self):
        self.root = ground.work / "postgresql"
        if self.root.exists():
            return
        self.root.mkdir()
        with layouts.Layout.named(real("trixie-servers")).layer_tar(0) as tar:
            tar.extractall(self.root, filter="fully_trusted")
        (self.root / "stores").mkdir()
        for path in stores().iterdir():
            (self.root / "stores" / path.name).write_bytes(path.read_bytes())
        done = subprocess.run(self.command(SET_UP), check=False, timeout=120, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)

    def command(self, script):
        mounted = 'mount --rbind /dev "$1/dev" && exec chroot --userspec=postgres:postgres "$1" sh -ec "$2"'
        return ["unshare", "--mount", "sh", "-ec", mounted, "sh", str(self.root), script]

    def log(self):
        return (self.root / "log").read_text()

    def serve(self, network):
        """`network`: an open file of a network name space. A signal to what is returned reaches the server: each of the commands execs the next."""
        with open(self.root / "log", "wb") as log:
            return subprocess.Popen(["nsenter", f"--net=/proc/self/fd/{network}", *self.command(SERVE)], stdout=log, stderr=log, pass_fds=[network])


def network_of(container, word):
    """The network name space of the container that this kif runs, as an open file: that of a process whose command line has the word and whose root
    is another one (kif tries in children of its own what name spaces there are)."""
    while container.poll() is None:
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if word not in (folder / "cmdline").read_text().split("\0") or os.path.samefile(folder / "root", "/"):
                    continue
                network = os.open(folder / "ns/net", os.O_RDONLY)
                if not os.path.samestat(os.fstat(network), os.stat("/proc/self/ns/net")):
                    return network
                os.close(network)
            except OSError:
                pass
        time.sleep(0.1)
    raise AssertionError(f"kif ended: {container.communicate()}")


def with_applications(version, image):
    """The image with a layer on top: class paths, compiled classes, key stores."""
    files = {f"{FILES}/{path.name}": path for path in stores().iterdir()}
    for folder, _ in {**APPLICATIONS, **of_version(version)}.values():
        for kind, source in (("classes", ground.options.apps), ("jars", ground.options.jars)):
            root = pathlib.Path(source) / folder
            files.update({f"{APPS}/{folder}/{kind}/{path.relative_to(root)}": path for path in root.rglob("*") if path.is_file()})
    return with_layer(image, files)


def of_version(version):
    return OF_JAVA_11 if version == "11" else OF_JAVA_17


def run(version, image, applications, *options, is_hardened):
    """{case: what it says}; a server is beside them if PostgreSQL's driver is among them."""
    script = ["set -u"]
    if is_hardened:  # its own keytool makes Bouncy Castle's store
        script.append(f"keytool -importkeystore -srckeystore {FILES}/server.p12 -srcstorepass {PASSWORD} -destkeystore /tmp/server.bcfks -deststoretype BCFKS "
                      f"-deststorepass {PASSWORD} >/tmp/log 2>&1 || cat /tmp/log")
    for application in applications:
        if application == "keytool":
            script.append(KEYTOOL)
            continue
        folder, name = of_version(version).get(application) or APPLICATIONS[application]
        arguments = POSTGRESQL_PORT if application == "pgjdbc" else ""
        script.append(f"java {SHORT_LIVED} -cp '{APPS}/{folder}/classes:{APPS}/{folder}/jars/*' {name} {arguments} 2>/tmp/log </dev/null || {{ echo {application} ended; cat /tmp/log; }}")
    word = f"applications-{os.getpid()}-{len(_rows)}-{'-'.join(applications)}"
    command = [ground.options.kif, "run", *options, with_applications(version, image), "--", "sh", "-c", "\n".join(script), word]
    postgresql = PostgreSql() if "pgjdbc" in applications else None
    server, err = None, ""
    container = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if postgresql:
            network = network_of(container, word)
            server = postgresql.serve(network)
            os.close(network)
        out, err = container.communicate(timeout=900)
    finally:
        container.kill()
        if server:
            server.send_signal(signal.SIGINT)  # a fast shutdown
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            err += "".join(postgresql.log().splitlines(keepends=True)[-20:])
    if container.returncode != 0:
        raise AssertionError(f"exit code {container.returncode}: {out}{err}")
    return lines(out), out + err


class Applications(unittest.TestCase):
    maxDiff = None

    def check(self, column, seen, output, failing):
        _rows[column] = seen
        expected = [case for case in CASES if column != "stock" or case != "tomcat-bcfks"]
        self.assertEqual(set(seen) & set(CASES), set(expected), output)
        for case in expected:
            with self.subTest(f"{column}: {case}"):
                sentence = failing.get(case)
                self.assertRegex(seen[case], f"^ok {CASES[case]}$" if sentence is None else "^failed: " + sentence, output)

    @classmethod
    def tearDownClass(cls):
        columns = list(_rows)
        print(f"\nJava {ground.options.version}\n| | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
        for case in CASES:
            print(f"| {case} | {' | '.join(_rows[column].get(case, '-') for column in columns)} |")

    def expected(self, failing):
        """Jetty 10 has no ALPN for Bouncy Castle's TLS."""
        return {**failing, "jetty-http2": "SSLHandshakeException: "} if ground.options.version == "11" else failing

    def try_all(self, column, image, failing, *options, is_hardened=True):
        names = [*APPLICATIONS, *OF_JAVA_17, "keytool"]  # last: it adds to what is trusted
        seen, output = run(ground.options.version, image, names, *options, is_hardened=is_hardened)
        self.check(column, seen, output, {**ALWAYS, **failing})

    def test_hardened_under_denial(self):
        self.try_all("hardened, denied", hardened(ground.options.version)[0], self.expected(HARDENED), "--deny")

    def test_with_java_sun_under_denial(self):
        self.try_all("--java-sun, denied", hardened(ground.options.version, "--java-sun")[0], self.expected(SHORT), "--deny")

    def test_as_it_was(self):
        self.try_all("stock", real(RUNTIMES[ground.options.version]), {}, is_hardened=False)

    def test_short_passwords_where_they_are_chosen(self):
        image = hardened(ground.options.version, "--compat", "short-hmac-keys")[0]
        seen, output = run(ground.options.version, image, ["kafka", "pgjdbc"], "--deny", is_hardened=True)
        for case in SHORT:
            self.assertRegex(seen.get(case, ""), f"^ok {CASES[case]}$", output)


if __name__ == "__main__":
    ground.main("apps", "jars", "version")
