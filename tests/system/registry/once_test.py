# SPDX-License-Identifier: Apache-2.0
"""A source is opened once: a tag is asked for once, then each manifest and each blob once, by its digest. So a tag that moves
while kif works does not give an image made of two versions."""

import collections
import json

import ground
from ground import HERE, run
from stub import OCI_INDEX, Registry


class Once(ground.RegistryTest):
    @classmethod
    def setUpClass(cls):
        cls.layout = ground.work / "image"
        source = run(ground.options.test_image, "bookworm").stdout.strip()
        done = run("skopeo", "copy", "--quiet", "--insecure-policy", source, f"oci:{cls.layout}:t")
        assert done.returncode == 0, done.stderr

    def setUp(self):
        """Two versions under one tag, each an index of this machine's image and of one for s390x. Each request for the tag gets
        the other version."""
        super().setUp()
        self.registry = self.start(Registry())
        self.name = f"docker://{self.registry.host}/a/b:t"
        self.repository = self.registry.repository("a/b")
        self.real = json.loads((self.layout / "index.json").read_text())["manifests"][0]
        self.repository.put_layout(self.layout, self.real)
        self.versions = [self.put_version() for _ in range(2)]

        def move(handler):
            self.versions.reverse()
            handler.send(200, self.versions[0]["content"], Content_Type=OCI_INDEX)
        self.registry.fault("/manifests/t$", move, ...)

    def put_version(self):
        other = self.repository.put_image(None, "s390x", 10_000)
        entries = [{**{key: self.real[key] for key in ("mediaType", "digest", "size")}, "platform": {"os": "linux", "architecture": HERE}},
                   {**other, "platform": {"os": "linux", "architecture": "s390x"}}]
        document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
        self.repository.put_manifest(OCI_INDEX, document)
        return {"content": json.dumps(document).encode(), "manifests": [entry["digest"] for entry in entries]}

    def asked(self):
        """What was asked for how often, below the repository; the log begins anew."""
        paths = [path.removeprefix("/v2/a/b/") for path, _ in self.registry.log if path != "/v2/"]
        self.registry.log.clear()
        return collections.Counter(paths)

    def assert_once(self, asked):
        self.assertEqual({path: times for path, times in asked.items() if times != 1}, {}, "asked for more than once")
        self.assertIn("manifests/t", asked)

    def kif(self, *arguments, expected=0):
        done = run(ground.options.kif, *arguments, env=self.environment)
        self.assertEqual(done.returncode, expected, done.stderr)
        return done

    def test_all_platforms_are_of_one_version(self):
        read = self.read("all", self.name)
        self.assertEqual(read, self.versions[0]["manifests"])
        asked = self.asked()
        self.assert_once(asked)
        print(f"  every platform: {sum(asked.values())} requests: the tag, 2 manifests, 2 configurations, 2 layers")
        self.assertEqual(sum(asked.values()), 7)

    def test_harden(self):
        self.kif("harden", self.name, "-o", f"oci:{self.home}/out:t", "--platform", f"linux/{HERE}")
        self.assertEqual(self.read("read", f"oci:{self.home}/out:t")["platform"], f"linux/{HERE}")
        asked = self.asked()
        self.assert_once(asked)
        layers = json.loads((self.layout / "blobs/sha256" / self.real["digest"].removeprefix("sha256:")).read_text())["layers"]
        self.assertEqual(sum(asked.values()), 3 + len({layer["digest"] for layer in layers}), asked)
        self.assertEqual(sum(path.startswith("manifests/") for path in asked), 2, "the tag and the image")

    def test_run_and_sbom(self):
        self.kif("run", self.name, "--", "/bin/true")
        self.assert_once(self.asked())
        self.kif("sbom", "--all", "--platform", f"linux/{HERE}", self.name)
        asked = self.asked()
        self.assert_once(asked)
        self.assertEqual([path for path in asked if path.startswith("blobs/")], [], "they are in the cache")

    def test_a_login_is_asked_for_once(self):
        tokens = []

        def give(handler):
            tokens.append(handler.path)
            handler.send(200, json.dumps({"token": f"token-{len(tokens)}"}).encode())

        def login(handler):
            if handler.headers.get("Authorization") in {f"Bearer token-{i + 1}" for i in range(len(tokens))}:
                return True
            handler.send_error_code(401, "UNAUTHORIZED", "authentication required",
                                    WWW_Authenticate=f'Bearer realm="http://{self.registry.host}/token",service="stub"')
            return False
        self.registry.faults.clear()
        self.registry.fault("^/token", give, ...)
        self.registry.login = login
        self.repository.manifests["t"] = (OCI_INDEX, self.versions[0]["content"])
        self.assertEqual(self.read("all", self.name), self.versions[0]["manifests"])
        self.assertEqual(len(tokens), 1)


if __name__ == "__main__":
    ground.main()
