# SPDX-License-Identifier: Apache-2.0
"""What a registry can do wrong: each has its own sentence, and nothing wrong is kept."""

import json
import shutil
import time

import ground
import stub
from ground import HERE, run
from stub import Registry, digest_of, drop, part, redirect, stall, status, whole

QUICK = ("--delay-ms", "1", "--attempts", "3")
IMPATIENT = (*QUICK, "--stall-ms", "800")  # else a busy machine would look like a registry that stalls


class Faults(ground.RegistryTest):
    def setUp(self):
        super().setUp()
        self.registry = self.start(Registry())
        self.host = self.registry.host
        self.repository = self.registry.repository("a/b")
        self.image = self.repository.put_image("t", HERE)
        self.layer = self.repository.layer_of(self.image)
        self.layer_size = len(self.repository.blobs[self.layer])
        self.name = f"docker://{self.host}/a/b:t"
        self.what = f"cannot fetch the manifest of {self.name}: "
        self.layer_what = f"cannot fetch layer 1 of {self.name}"

    def read_quickly(self, name=None):
        return self.read(*QUICK, "read", name or self.name)

    def assert_fails(self, *lines, name=None, bounds=QUICK):
        self.assert_error([*bounds, "read", name or self.name], *lines)

    def assert_good(self):
        self.assertEqual(self.read_quickly()["manifest"], self.image["digest"])

    # Nothing wrong.

    def test_tag_and_digest(self):
        read = self.read_quickly()
        self.assertEqual(read["manifest"], self.image["digest"])
        self.assertEqual(read["layers"][0]["digest"], self.layer)
        self.assertEqual(self.cached(), {self.image["digest"], *self.repository.blobs})
        for name in (f"docker://{self.host}/a/b@{self.image['digest']}", f"{self.name}@{self.image['digest']}"):
            self.assertEqual(self.read_quickly(name)["manifest"], self.image["digest"])
        self.assertEqual(len(self.registry.asked("blobs/")), 2, "the cache has them")

    def test_a_tag_is_asked_for_anew(self):
        self.read_quickly()
        other = self.repository.put_image("t", HERE, 1000)
        self.assertEqual(self.read_quickly()["manifest"], other["digest"])

    def test_cached_blobs_are_verified(self):
        self.read_quickly()
        folder = self.home / ".cache/kif/blobs/sha256"
        for digest, change in ((self.layer, lambda text: text[:-1] + bytes([text[-1] ^ 1])), (self.image["digest"], lambda text: text[1:])):
            file = folder / digest.removeprefix("sha256:")
            file.write_bytes(change(file.read_bytes()))
        before = len(self.registry.asked("blobs/"))
        self.assertEqual(self.read_quickly(f"{self.name}@{self.image['digest']}")["manifest"], self.image["digest"])
        self.assertEqual(len(self.registry.asked("blobs/")), before + 1)

    def test_a_cache_that_cannot_be_written_is_done_without(self):
        self.environment["XDG_CACHE_HOME"] = "/dev/null/x"
        done = self.tool(*QUICK, "read", self.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "warning: keeping nothing of what is fetched: cannot make "
                                      "/dev/null/x/kif/blobs/sha256: Not a directory\n")
        self.assertEqual(len(self.registry.asked("blobs/")), 2)

    def test_two_processes_at_once(self):
        import concurrent.futures
        with concurrent.futures.ThreadPoolExecutor() as pool:
            reads = list(pool.map(lambda _: self.read_quickly(), range(4)))
        self.assertEqual({read["manifest"] for read in reads}, {self.image["digest"]})

    # Answers that say no.

    def test_not_found(self):
        self.assert_fails(self.what.replace(":t:", ":none:") + f"{self.host} has no tag \"none\" in a/b", name=f"docker://{self.host}/a/b:none")
        self.assert_fails(f"cannot fetch the manifest of docker://{self.host}/c:latest: {self.host} has no repository c",
                          name=f"docker://{self.host}/c")
        digest = digest_of(b"")
        self.assert_fails(f"cannot fetch the manifest of docker://{self.host}/a/b@{digest}: {self.host} has no manifest {digest} in a/b",
                          name=f"docker://{self.host}/a/b@{digest}")
        del self.repository.blobs[self.layer]
        self.assert_fails(f"{self.layer_what}: {self.host} has no blob {self.layer} in a/b")

    def test_denied(self):
        self.registry.fault("manifests", status(401, "UNAUTHORIZED", "who \x1b[31mare you?"), ...)
        self.assert_fails(self.what + f'{self.host} asks for a login (it says "who \\x1b[31mare you?")',
                          f"hint: log in first: skopeo login {self.host}; some registries answer so for names that do not exist")
        self.registry.faults.clear()
        self.registry.fault("manifests", status(403, "DENIED", "no"), ...)
        self.assert_fails(self.what + f'{self.host} denies access to a/b (it says "no")', f"hint: log in first: skopeo login {self.host}")

    def test_too_many_requests(self):
        self.registry.fault("manifests", status(429, Retry_After="1"), status(429), None)
        begin = time.monotonic()
        self.assert_good()
        self.assertGreaterEqual(time.monotonic() - begin, 1)
        self.registry.fault("manifests", status(429, "TOOMANYREQUESTS", "slow down"), ...)
        self.assert_fails(self.what + f'{self.host} has had too many requests, 3 times (it says "slow down")',
                          f"hint: try again later, or log in: skopeo login {self.host}")
        self.registry.faults.clear()
        self.registry.fault("manifests", status(429, Retry_After="3600"), ...)
        self.assert_fails(self.what + f"{self.host} has had too many requests",
                          f"hint: try again after 3600, or log in: skopeo login {self.host}")

    def test_server_errors(self):
        self.registry.fault("blobs/" + self.layer, status(503), status(502), None)
        self.assert_good()
        self.registry.fault("manifests", status(503), ...)
        self.assert_fails(self.what + f"{self.host} answers with status 503, 3 times")
        self.assertEqual(len(self.registry.asked("manifests")), 4)
        self.registry.faults.clear()
        self.registry.fault("manifests", status(418), ...)
        self.assert_fails(self.what + f"{self.host} answers with status 418")

    # Connections.

    def test_nobody_there(self):
        self.registry.close()
        self.registries.clear()
        done = self.tool(*QUICK, "read", self.name)
        self.assertRegex(done.stderr, f"^registry_tool: error: cannot fetch the manifest of {self.name}: cannot connect to {self.host}: Failed to connect .*\n$")

    def test_stalls(self):
        self.registry.fault("manifests", stall, ...)
        self.assert_fails(self.what + f"{self.host} has stalled, 3 times: 0 bytes in 800 ms", bounds=IMPATIENT)
        self.registry.faults.clear()
        self.registry.fault("blobs/" + self.layer, part(1000, stall), None)
        self.assertEqual(self.read(*IMPATIENT, "read", self.name)["manifest"], self.image["digest"])
        shutil.rmtree(self.home / ".cache")
        self.registry.fault("blobs/" + self.layer, part(0, stall), ...)
        self.assert_fails(f"{self.layer_what} after 0 of {self.layer_size} bytes: {self.host} has stalled, 3 times: 0 bytes in 800 ms", bounds=IMPATIENT)

    def test_drips(self):
        self.registry.fault("manifests", stub.drip, ...)
        self.assert_fails(self.what + f"{self.host} is too slow: it may take 700 ms", bounds=(*QUICK, "--document-ms", "700"))
        self.assert_fails(self.what + f"{self.host} is too slow: all manifests, lists and tokens of one image may take 700 ms",
                          bounds=(*QUICK, "--documents-ms", "700"))
        self.assertEqual(len(self.registry.asked("manifests")), 2, "there is no other attempt")
        self.registry.faults.clear()
        self.registry.fault("/token", lambda handler: part_of_a_token(handler), ...)
        self.registry.login = lambda handler: handler.send(401, WWW_Authenticate=f'Bearer realm="http://{self.host}/token"')

        def part_of_a_token(handler):
            handler.content = lambda: ("application/json", b" " * 4000)
            stub.drip(handler)
        self.assert_fails(f"cannot fetch the token of {self.host}: {self.host} is too slow: it may take 700 ms", bounds=(*QUICK, "--document-ms", "700"))
        self.registry.login = None
        self.registry.faults.clear()
        # Of less than the bytes of one second, so that there is no time beside --blob-ms.
        self.image = self.repository.put_image("t", HERE, 50_000)
        self.layer = self.repository.layer_of(self.image)
        self.layer_size = len(self.repository.blobs[self.layer])
        self.registry.fault("blobs/" + self.layer, stub.drip, ...)
        done = self.tool(*QUICK, "--blob-ms", "700", "read", self.name)
        self.assertRegex(done.stderr, rf"{self.layer_what} after \d+ of {self.layer_size} bytes: {self.host} is too slow: "
                                      rf"{self.layer_size} bytes may take 700 ms\n$")

    def test_pauses_together_are_bounded(self):
        self.registry.fault("manifests", status(503, Retry_After="1"), ...)
        self.assert_fails(self.what + "the pauses before further attempts come to more than 1500 ms for one image",
                          "hint: the registry is overloaded, or holds kif up: try again later", bounds=("--pauses-ms", "1500"))
        self.assertEqual(len(self.registry.asked("manifests")), 2)

    def test_drops_are_resumed(self):
        self.registry.fault("blobs/" + self.layer, part(100_000, drop), part(7, drop), None)
        self.assert_good()
        ranges = [headers.get("range") for _, headers in self.registry.asked("blobs/" + self.layer)]
        self.assertEqual(ranges, [None, "bytes=100000-", "bytes=100007-"])

    def test_drops_are_begun_anew_where_there_are_no_ranges(self):
        self.registry.fault("blobs/" + self.layer, part(100_000, drop), stub.without_range)
        self.assert_good()

    def test_many_drops_with_much_between_them(self):
        self.registry.fault("blobs/" + self.layer, part(1_500_000, drop), part(100, drop), part(100, drop), None)
        self.assert_good()

    def test_drops_forever(self):
        self.registry.fault("blobs/" + self.layer, part(10, drop), ...)
        done = self.tool(*QUICK, "read", self.name)
        self.assertRegex(done.stderr, f"{self.layer_what} after 30 of {self.layer_size} bytes: the connection to {self.host} broke, 3 times: ")
        self.registry.faults.clear()
        self.registry.fault("manifests", part(10, drop), None)
        self.assert_good()
        self.registry.fault("manifests", drop, ...)
        done = self.tool(*QUICK, "read", self.name)
        self.assertRegex(done.stderr, f"{self.what}the connection to {self.host} broke, 3 times: ")

    def test_another_part_than_asked_for(self):
        def other_part(handler):
            handler.send(206, b"x" * 10, Content_Range=f"bytes 5-14/{self.layer_size}")
        self.registry.fault("blobs/" + self.layer, part(10, drop), other_part)
        self.assert_fails(f"{self.layer_what}: {self.host} sends another part than was asked for", "expected: bytes 10-",
                          f"got:      bytes 5-14/{self.layer_size}")

    # Content.

    def test_wrong_content(self):
        self.registry.fault("blobs/" + self.layer, whole(lambda content: content[:-1] + b"!"), ...)
        got = digest_of(self.repository.blobs[self.layer][:-1] + b"!")
        self.assert_fails(f"cannot verify layer 1 of {self.name}: digest mismatch", f"expected: {self.layer}", f"got:      {got}")
        self.assertNotIn(self.layer, self.cached())

    def test_wrong_length(self):
        for change, got in ((lambda content: content + b"!", self.layer_size + 1), (lambda content: content[1:], self.layer_size - 1)):
            self.registry.faults.clear()
            self.registry.fault("blobs/" + self.layer, whole(change), ...)
            self.assert_fails(f"cannot verify layer 1 of {self.name}: size mismatch", f"expected: {self.layer_size} bytes",
                              f"got:      {got} bytes")
        self.registry.faults.clear()
        self.registry.fault("blobs/" + self.layer, stub.endless)
        self.assert_fails(f"cannot verify layer 1 of {self.name}: size mismatch", f"expected: {self.layer_size} bytes", "got:      more")

    def test_wrong_manifest(self):
        name = f"docker://{self.host}/a/b@{self.image['digest']}"
        self.registry.fault("manifests", whole(lambda content: content + b" "), ...)
        got = digest_of(self.repository.manifests["t"][1] + b" ")
        self.assert_fails(f"cannot verify the manifest of {name}: digest mismatch", f"expected: {self.image['digest']}",
                          f"got:      {got}", name=name)
        # The registry's word for the digest of a tag does not count.
        self.registry.faults.clear()
        self.registry.fault("manifests", whole(lambda content: content + b" ", Docker_Content_Digest=self.image["digest"]))
        self.assertEqual(self.read_quickly()["manifest"], got)

    def test_manifests_without_end(self):
        self.registry.fault("manifests", stub.endless)
        self.assert_fails(f"cannot fetch the manifest of {self.name}: larger than the bound of 4194304 bytes")
        self.registry.fault("manifests", part(10, stall), ...)
        self.repository.manifests["t"] = (stub.OCI_MANIFEST, b" " * 5_000_000)
        self.assert_fails(f"cannot fetch the manifest of {self.name}: larger than the bound of 4194304 bytes")

    def test_what_is_no_image(self):
        self.repository.manifests["t"] = ("application/vnd.docker.distribution.manifest.v1+prettyjws", b'{"schemaVersion":1}')
        self.assert_fails(f"cannot read the manifest of {self.name}: Docker's schema 1 is not supported",
                          "hint: copy it first: skopeo copy --format oci … oci:DIR:TAG")
        self.repository.manifests["t"] = ("text/html", b"<html>")
        self.assert_fails(f"cannot read the manifest of {self.name}: not JSON at byte 1")
        self.repository.manifests["t"] = (stub.OCI_INDEX, self.repository.manifests[self.image["digest"]][1])
        self.assert_fails(f"cannot read the manifest of {self.name}: its media type is not what the registry says",
                          f"expected: {stub.OCI_INDEX}", f"got:      {stub.OCI_MANIFEST}")

    def test_headers_without_end(self):
        def headers(handler):
            handler.send(200, b"", **{f"X-{i}": "y" * 1000 for i in range(100)})
        self.registry.fault("manifests", headers, ...)
        self.assert_fails(self.what + f"the answer of {self.host} is no HTTP that kif takes: its header has more than 65536 bytes")

    def test_requests_are_bounded(self):
        self.assert_error(["--requests", "2", "read", self.name],
                          f"cannot fetch the configuration of {self.name}: more than 2 requests for one image")

    # Redirects.

    def test_redirect(self):
        self.registry.login = stub.basic_login("me", "secret")
        folder = self.home / ".docker"
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"auths": {self.host: {"username": "me", "password": "secret"}}}))
        self.registry.fault("blobs/", redirect(lambda handler: handler.path))
        self.assert_good()
        self.assertTrue(self.registry.asked("blobs/")[-1][1]["authorization"].startswith("Basic "))

    def test_redirect_by_plain_http_to_another_origin(self):
        for other in (self.start(Registry(host="127.0.0.2")), self.start(Registry())):
            self.registry.faults.clear()
            self.registry.fault("blobs/", redirect(lambda handler: f"http://{other.host}{handler.path}"), ...)
            self.assert_fails(f"cannot fetch the configuration of {self.name}: {self.host} redirects to http://{other.host}, "
                              "and by plain HTTP a registry may redirect to itself only")
            self.assertEqual(other.log, [], "nobody chooses where kif asks next")

    def test_redirect_without_end(self):
        self.registry.fault("manifests", redirect(lambda handler: handler.path), ...)
        self.assert_fails(self.what + f"more than 5 redirects, from {self.host} on")

    def test_redirect_to_plain_http(self):
        self.registry.fault("manifests", redirect("http://registry.example/x"), ...)
        self.assert_fails(self.what + f"{self.host} redirects to http://registry.example, which is not https")
        self.registry.faults.clear()
        self.registry.fault("manifests", redirect("file:///etc/passwd"), ...)
        self.assert_fails(self.what + f'cannot use redirect of {self.host} to "file:///etc/passwd": it is neither http nor https')

    # Referrers.

    def referrers(self, digest=None):
        return self.read(*QUICK, "referrers", self.name, digest or self.image["digest"])

    def attached(self, number):
        return self.repository.put_manifest(stub.OCI_MANIFEST, {"schemaVersion": 2, "annotations": {"number": str(number)}})

    def test_referrers_in_pages(self):
        entries = [self.attached(i) for i in range(5)]
        self.repository.referrers[self.image["digest"]] = [entries[:2], [], entries[2:], entries[:1]]
        self.assertEqual(self.referrers(), ["api"] + [entry["digest"] for entry in entries])
        self.assertEqual(self.referrers(digest_of(b"")), ["api"])

    def test_referrers_by_the_fallback_tag(self):
        self.registry.has_referrers_api = False
        self.assertEqual(self.referrers(), ["tag"])
        entry = self.attached(1)
        self.repository.put_manifest(stub.OCI_INDEX, {"schemaVersion": 2, "manifests": [dict(entry, artifactType="application/vnd.oci.empty.v1+json")]},
                                     self.image["digest"].replace(":", "-"))
        self.assertEqual(self.referrers(), ["tag", entry["digest"]])

    def test_referrers_that_go_wrong(self):
        def assert_fails(*lines):
            self.assert_error([*QUICK, "referrers", self.name, self.image["digest"]], *lines)
            self.registry.faults.clear()
        listing = f"cannot list what refers to {self.image['digest']} in {self.name}: "

        def linked(target):
            return whole(lambda content: content, Link=f'<{target}>; rel="next"')
        self.registry.fault("referrers/", linked(f"/v2/a/b/referrers/{self.image['digest']}?page=0"), ...)
        assert_fails(listing + "its pages go in a circle")
        self.registry.fault("referrers/", lambda handler: linked(f"{handler.path}&x" if "?" in handler.path else handler.path + "?page=0")(handler), ...)
        assert_fails(listing + "more than 32 pages")
        other = self.start(Registry(host="127.0.0.2"))
        self.registry.fault("referrers/", linked(f"http://{other.host}/v2/"))
        assert_fails(listing + "the next page is at another host, 127.0.0.2")
        self.assertEqual(other.log, [])
        self.registry.fault("referrers/", status(403, "DENIED", "no"))
        assert_fails(f"cannot fetch the referrers of {self.image['digest']} in {self.name}: {self.host} denies access to a/b (it says \"no\")",
                     f"hint: log in first: skopeo login {self.host}")
        self.repository.referrers[self.image["digest"]] = [[self.attached(i) for i in range(j, j + 100)] for j in range(0, 300, 100)]
        assert_fails(listing + "more than 256 referrers")

    def test_tags(self):
        other = self.repository.put_image("other", HERE, 1000)
        self.assertEqual(self.read("tag", self.name, "other"), [other["digest"]])
        self.assertEqual(self.read("tag", self.name, "none"), ["none"])

    # The command.

    def test_exit_codes_of_the_command(self):
        def harden(name=self.name, target=f"oci:{self.home}/out:t"):
            done = run(ground.options.kif, "harden", name, "-o", target, env=self.environment)
            return done.returncode, done.stderr.split("\n")[0]
        self.assertEqual(harden(f"docker://{self.host}/a/b:none"),
                         (3, f"kif: error: cannot fetch the manifest of docker://{self.host}/a/b:none: {self.host} has no tag \"none\" in a/b"))
        self.registry.fault("blobs/" + self.layer, whole(lambda content: content[:-1] + b"!"), ...)
        self.assertEqual(harden(), (1, f"kif: error: cannot verify layer 1 of {self.name}: digest mismatch"))
        self.assertEqual(harden(target=self.name), (2, f"kif: error: cannot write {self.name}: pushing to a registry is not supported yet"))
        self.registry.fault("manifests", status(403), ...)
        self.assertEqual(harden(), (3, f"kif: error: {self.what}{self.host} denies access to a/b"))


if __name__ == "__main__":
    ground.main()
