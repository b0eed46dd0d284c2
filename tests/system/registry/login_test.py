# SPDX-License-Identifier: Apache-2.0
"""Logging in: from where the logins are, to where they may go, and TLS."""

import base64
import json
import shutil
import subprocess
import urllib.parse

import ground
import stub
from ground import HERE
from stub import Registry

QUICK = ("--delay-ms", "1", "--attempts", "2")


class Tokens:
    """A token server for a registry, on a path of its own. Each token is good for `uses` requests."""

    def __init__(self, registry, uses=1000):
        self.registry = registry
        self.uses = uses
        self.realm = f"http://{registry.host}/token?x=y"
        self.scope = "repository:a/b:pull"
        self.left = {}
        self.requests = []  # (query, Authorization, form)
        self.refresh_token = None
        self.basic = None
        registry.fault("^/token", self.give, ...)
        registry.login = self.login

    def give(self, handler):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query)
        form = urllib.parse.parse_qs(getattr(handler, "form", ""))
        authorization = handler.headers.get("Authorization")
        self.requests.append((query, authorization, form))
        if (self.basic and authorization != self.basic) or (self.refresh_token and form.get("refresh_token") != [self.refresh_token]):
            handler.send_error_code(401, "UNAUTHORIZED", "wrong password")
            return
        token = f"token-{len(self.requests)}"
        self.left[token] = self.uses
        handler.send(200, json.dumps({"access_token": token} if form else {"token": token}).encode())

    def login(self, handler):
        token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.left.get(token, 0) > 0:
            self.left[token] -= 1
            return True
        handler.send_error_code(401, "UNAUTHORIZED", "authentication required",
                                WWW_Authenticate=f'Bearer realm="{self.realm}",service="the stub",scope="{self.scope}"')
        return False


class Login(ground.RegistryTest):
    def setUp(self):
        super().setUp()
        self.serve(Registry())

    def serve(self, registry):
        self.registry = self.start(registry)
        self.host = registry.host
        self.repository = registry.repository("a/b")
        self.image = self.repository.put_image("t", HERE, 10_000)
        self.name = f"docker://{self.host}/a/b:t"
        self.what = f"cannot fetch the manifest of {self.name}: "

    def assert_good(self, *more):
        self.assertEqual(self.read(*QUICK, *more, "read", self.name)["manifest"], self.image["digest"])
        shutil.rmtree(self.home / ".cache")

    def assert_fails(self, *lines):
        self.assert_error([*QUICK, "read", self.name], *lines)

    def write(self, path, document):
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document))
        return file

    @staticmethod
    def entry(user="me", password="secret"):
        return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}

    def helper(self, name, script):
        file = self.home / "bin" / f"docker-credential-{name}"
        file.parent.mkdir(exist_ok=True)
        file.write_text("#!/bin/sh\n" + script)
        file.chmod(0o755)
        self.environment["PATH"] = f"{self.home}/bin:{self.environment['PATH']}"

    # Where logins are.

    def test_files(self):
        self.registry.login = stub.basic_login("me", "secret")
        unknown = f'{self.host} asks for a login (it says "authentication required")'
        self.assert_fails(self.what + unknown,
                          f"hint: log in first: skopeo login {self.host}; some registries answer so for names that do not exist")
        for path, variable in ((".docker/config.json", None), ("run/containers/auth.json", None), (".config/containers/auth.json", None),
                               ("d/config.json", "DOCKER_CONFIG"), ("named.json", "REGISTRY_AUTH_FILE")):
            with self.subTest(path=path):
                file = self.write(path, {"auths": {self.host: self.entry()}})
                if variable:
                    self.environment[variable] = str(file.parent if variable == "DOCKER_CONFIG" else file)
                self.assert_good()
                file.unlink()
                self.environment.pop(variable, None)

    def test_the_longest_prefix_counts(self):
        self.registry.login = stub.basic_login("me", "secret")
        wrong = self.entry("x", "y")
        self.write(".docker/config.json", {"auths": {self.host: wrong, f"{self.host}/a": wrong, f"{self.host}/a/b": self.entry(),
                                                     f"{self.host}/a/bc": wrong}})
        self.assert_good()

    def test_wrong_password(self):
        self.registry.login = stub.basic_login("me", "secret")
        file = self.write(".docker/config.json", {"auths": {f"https://{self.host}/v2/": self.entry("me", "other")}})
        self.assert_fails(self.what + f'{self.host} refuses the login from {file} (it says "authentication required")',
                          f"hint: log in again: skopeo login {self.host}")
        file.write_text("{")
        hint = f"hint: it holds logins: mend it, or log in anew with skopeo login {self.host}"
        self.assert_fails(f"cannot read {file}: not JSON at byte 2", hint)
        self.write(".docker/config.json", {"auths": {self.host: {"auth": "!!!!"}}})
        self.assert_fails(f"cannot read {file}: auths.{self.host}.auth is not the base64 of USER:PASSWORD", hint)

    def test_helpers(self):
        self.registry.login = stub.basic_login("me", "secret")
        self.write(".docker/config.json", {"auths": {self.host: {}}, "credHelpers": {self.host: "stub"}})
        self.assert_fails(f"cannot get the login for {self.host}: cannot run docker-credential-stub: no such program in PATH")
        self.helper("stub", f'[ "$1" = get ] && read -r server; [ "$server" = {self.host} ] && '
                            """echo '{"ServerURL":"x","Username":"me","Secret":"secret"}'""")
        self.assert_good()
        self.write(".docker/config.json", {"credsStore": "stub"})
        self.assert_good()
        self.helper("stub", "echo 'credentials not found in native keychain'; exit 1")
        self.assert_fails(self.what + f'{self.host} asks for a login (it says "authentication required")',
                          f"hint: log in first: skopeo login {self.host}; some registries answer so for names that do not exist")
        self.helper("stub", "echo locked >&2; exit 3")
        self.assert_fails(f"cannot get the login for {self.host} from docker-credential-stub: it ended with 3: locked\\x0a")
        self.write(".docker/config.json", {"credsStore": "../x"})
        self.assert_fails(f'cannot get the login for {self.host}: "../x" is no name of a credential helper')

    # Tokens.

    def test_tokens(self):
        tokens = Tokens(self.registry)
        self.assert_good()
        self.assertEqual(tokens.requests, [({"x": ["y"], "service": ["the stub"], "scope": ["repository:a/b:pull"]}, None, {})])
        tokens.basic = "Basic " + self.entry()["auth"]
        self.write(".docker/config.json", {"auths": {self.host: self.entry()}})
        self.assert_good()
        file = self.write(".docker/config.json", {"auths": {self.host: self.entry("me", "wrong")}})
        self.assert_fails(f"cannot fetch a token for the manifest of {self.name}: {self.host} refuses the login from {file} "
                          '(it says "wrong password")', f"hint: log in again: skopeo login {self.host}")

    def test_tokens_that_end_are_renewed(self):
        tokens = Tokens(self.registry, uses=2)
        self.assert_good()
        self.assertEqual(len(tokens.requests), 2)
        tokens.uses = 0
        self.assert_fails(self.what + f'{self.host} asks for a login (it says "authentication required")',
                          f"hint: log in first: skopeo login {self.host}; some registries answer so for names that do not exist")

    def test_identity_tokens(self):
        tokens = Tokens(self.registry)
        tokens.refresh_token = "me & you"
        self.write(".docker/config.json", {"auths": {self.host: {"identitytoken": "me & you"}}})
        self.assert_good()
        query, authorization, form = tokens.requests[0]
        self.assertEqual((query, authorization), ({"x": ["y"]}, None))
        self.assertEqual(form, {"grant_type": ["refresh_token"], "client_id": ["kif"], "service": ["the stub"],
                                "scope": ["repository:a/b:pull"], "refresh_token": ["me & you"]})

    def test_realms(self):
        tokens = Tokens(self.registry)
        self.write(".docker/config.json", {"auths": {self.host: self.entry()}})
        other = self.start(Registry(host="127.0.0.2"))
        tokens.realm = f"http://{other.host}/token"
        self.assert_fails(self.what + f"{self.host} wants the login at http://{other.host}, which is not https")
        self.assertEqual(other.log, [])
        other_port = self.start(Registry())
        tokens.realm = f"http://{other_port.host}/token"
        self.assert_fails(self.what + f"{self.host} wants the login at http://{other_port.host}, which is not https")
        self.assertEqual(other_port.log, [])
        tokens.realm = "ftp://x.example/"
        self.assert_fails(self.what + f'cannot use the realm that {self.host} names, "ftp://x.example/": it is neither http nor https')
        tokens.realm = f"http://{self.host}/redirecting"
        other.fault("", lambda handler: handler.send(200, b'{"token":"t"}'), ...)
        self.registry.fault("^/redirecting", stub.redirect(f"http://{other.host}/token"), ...)
        self.tool(*QUICK, "read", self.name)
        self.assertEqual(other.log, [])

    def test_realms_at_another_host_over_tls(self):
        authority, files = self.authority()
        self.environment["SSL_CERT_FILE"] = str(authority)
        self.serve(Registry(tls=files))
        tokens = Tokens(self.registry)
        hint = "hint: a login goes to its registry's own domain; copy the image first: skopeo copy … oci:DIR:TAG"
        for other in (self.start(Registry(tls=files, host="127.0.0.2")), self.start(Registry(tls=files))):
            tokens.realm = f"https://{other.host}/token"
            for login in (self.entry(), {"identitytoken": "secret"}):
                other.faults.clear()
                other.fault("^/token", lambda handler: tokens.give(handler), ...)
                file = self.write(".docker/config.json", {"auths": {self.host: login}})
                self.assert_good()  # as nobody
                other.faults.clear()
                other.fault("^/token", stub.status(401, "UNAUTHORIZED", "who?"), ...)
                withheld = f", and the one from {file} was not sent to {other.host}, which is another host"
                self.assert_fails(f"cannot fetch a token for the manifest of {self.name}: {other.host} asks for a login "
                                  f'(it says "who?"){withheld}', hint)
                other.faults.clear()
                other.fault("^/token", lambda handler: handler.send(200, b'{"token":"worthless"}'), ...)
                self.assert_fails(self.what + f'{self.host} asks for a login (it says "authentication required"){withheld}', hint)
            self.assertGreater(len(other.log), 3)
            self.assertEqual([headers for _, headers in other.log if "authorization" in headers or "content-length" in headers], [])

    def test_scopes_are_of_our_own(self):
        tokens = Tokens(self.registry)
        tokens.scope = "repository:other/secret:pull,push,delete"
        self.assert_good()
        self.assertEqual(tokens.requests[0][0]["scope"], ["repository:a/b:pull"])

    def test_tokens_that_cannot_be_sent(self):
        Tokens(self.registry)
        self.registry.faults.clear()
        self.registry.fault("^/token", lambda handler: handler.send(200, b'{"token":"a\\r\\nX: y"}'), ...)
        self.assert_fails(f"cannot read the token of {self.host}: it holds no token that can be sent")
        self.registry.faults.clear()
        self.registry.login = lambda handler: handler.send(401, WWW_Authenticate='Bearer realm="x')
        self.assert_fails(self.what + "cannot read the header WWW-Authenticate: no value behind realm")

    # TLS.

    def authority(self):
        """A certificate authority's certificate, and (certificate, key) for 127.0.0.1 and 127.0.0.2."""
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=self.home, check=True, capture_output=True)
        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=stub authority")
        openssl("req", "-x509", *new, "-keyout", "key", "-out", "pem", "-subj", "/CN=stub", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-addext", "subjectAltName=IP:127.0.0.1,IP:127.0.0.2", "-addext", "basicConstraints=critical,CA:FALSE")
        return self.home / "ca.pem", (self.home / "pem", self.home / "key")

    def test_a_broken_handshake_is_no_reason_for_plain_http(self):
        import socket
        import struct
        import threading
        server = socket.create_server(("127.0.0.1", 0))
        self.host = "127.0.0.1:%d" % server.getsockname()[1]
        self.name = f"docker://{self.host}/a/b:t"
        self.write(".docker/config.json", {"auths": {self.host: self.entry()}})
        received = []
        resets = [True]

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                received.append(connection.recv(4096))
                if resets[0]:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
        threading.Thread(target=serve, daemon=True).start()
        for resets[0] in (True, False):
            for more in ((), ("--insecure",)):
                done = self.tool(*QUICK, *more, "read", self.name)
                self.assertRegex(done.stderr, f"the connection to {self.host} broke, 2 times: ")
        server.close()
        self.assertGreater(len(received), 8)
        self.assertEqual([data for data in received if data[:1] != b"\x16"], [], "nothing but TLS")

    def test_redirect_to_another_host_over_tls(self):
        authority, files = self.authority()
        self.environment["SSL_CERT_FILE"] = str(authority)
        self.serve(Registry(tls=files))
        other = self.start(Registry(tls=files, host="127.0.0.2"))
        other.repositories = self.registry.repositories
        self.registry.login = stub.basic_login("me", "secret")
        file = self.write(".docker/config.json", {"auths": {self.host: self.entry()}})
        self.registry.fault("blobs/", stub.redirect(lambda handler: f"https://{other.host}{handler.path}"), ...)
        self.assert_good()
        self.assertEqual(len(other.log), 2)
        self.assertEqual([headers for _, headers in other.log if "authorization" in headers], [], "no login for others")
        self.assertTrue(self.registry.asked("blobs/")[-1][1]["authorization"].startswith("Basic "))
        # Where the other host asks for a login, it gets none either.
        other.login = stub.basic_login("me", "secret")
        self.assert_fails(f"cannot fetch the configuration of {self.name}: {other.host} refuses the login from "
                          f'{file} (it says "authentication required")', f"hint: log in again: skopeo login {self.host}")
        self.assertEqual([headers for _, headers in other.log if "authorization" in headers], [])

    def test_certificates(self):
        authority, files = self.authority()
        self.serve(Registry(tls=files))
        self.assert_fails(self.what + f"the certificate of {self.host} cannot be verified: SSL certificate problem: unable to get local issuer certificate",
                          "hint: SSL_CERT_FILE names authorities to trust, --tls-verify=false does without them")
        self.assertEqual(self.registry.log, [])
        self.assert_good("--insecure")
        self.environment["SSL_CERT_FILE"] = str(authority)
        self.assert_good()
        plain = self.start(Registry())
        self.registry.fault("blobs", stub.redirect(f"http://{plain.host}/x"), ...)
        self.assert_fails(f"cannot fetch the configuration of {self.name}: {self.host} redirects to http://{plain.host}, which is not https")
        self.assertEqual(plain.log, [])


if __name__ == "__main__":
    ground.main()
