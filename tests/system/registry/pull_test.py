# SPDX-License-Identifier: Apache-2.0
"""Real images in Debian's docker-registry, put there by skopeo: what kif reads is what skopeo wrote."""

import json

import ground
from ground import HERE, layouts, registries, run


def skopeo(*arguments):
    done = run("skopeo", *arguments)
    if done.returncode != 0:
        raise AssertionError(f"skopeo {arguments}: {done.stderr}")
    return done.stdout


class Pull(ground.RegistryTest):
    @classmethod
    def setUpClass(cls):
        cls.registry = registries.DockerRegistry(ground.work)
        cls.registry.__enter__()
        cls.host = cls.registry.host
        cls.source = run(ground.options.test_image, "bookworm").stdout.strip()
        copy = ("copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false")
        skopeo(*copy, cls.source, f"docker://{cls.host}/debian:one")
        skopeo(*copy, "--format", "v2s2", cls.source, f"docker://{cls.host}/debian:docker")
        cls.layout = ground.work / "two"
        cls.make_index(cls.source)
        skopeo(*copy, "--all", f"oci:{cls.layout}:t", f"docker://{cls.host}/deep/down/two:t")

    @classmethod
    def tearDownClass(cls):
        cls.registry.__exit__()

    @classmethod
    def make_index(cls, source):
        """An index of the image and of another one that claims to be for s390x."""
        skopeo("copy", "--quiet", "--insecure-policy", source, f"oci:{cls.layout}:one")
        layout = layouts.Layout(cls.layout, "one")
        one, manifest = layout.descriptor, layout.manifest
        config = layout.put({**layout.config, "architecture": "s390x"}, manifest["config"]["mediaType"])
        other = layout.put({**manifest, "config": config}, one["mediaType"])
        entries = [{**{name: entry[name] for name in ("mediaType", "digest", "size")}, "platform": {"os": "linux", "architecture": architecture}}
                   for entry, architecture in ((one, HERE), (other, "s390x"))]
        layout.write(t=layout.put_index(entries))

    def digest_of(self, name):
        return skopeo("inspect", "--tls-verify=false", "--format", "{{.Digest}}", name).strip()

    def test_one_image(self):
        name = f"docker://{self.host}/debian:one"
        digest = self.digest_of(name)
        manifest = json.loads(skopeo("inspect", "--tls-verify=false", "--raw", name))
        for asked in (name, f"docker://{self.host}/debian@{digest}"):
            read = self.read("read", asked)
            self.assertEqual(read["manifest"], digest)
            self.assertEqual(read["indexes"], [])
            self.assertEqual([layer["digest"] for layer in read["layers"]], [layer["digest"] for layer in manifest["layers"]])
        self.assertEqual(self.cached(), {digest, manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])})
        self.assertEqual(self.read("referrers", name, digest), ["tag"], "no referrers API before 1.1")

    def test_dockers_manifest(self):
        read = self.read("read", f"docker://{self.host}/debian:docker")
        self.assertEqual(read["media_type"], "application/vnd.docker.distribution.manifest.v2+json")

    def test_several_platforms(self):
        name = f"docker://{self.host}/deep/down/two:t"
        self.assertEqual(self.read("platforms", name), [f"linux/{HERE}", "linux/s390x"])
        read = self.read("read", name)
        here = self.read("read", f"oci:{self.layout}:t")
        self.assertEqual({**read, "name": "", "indexes": []}, {**here, "name": "", "indexes": []})
        self.assertEqual(read["indexes"], here["indexes"][1:], "the index knows its own digest")
        for digest in (read["indexes"][0], read["manifest"]):
            self.assertEqual(self.read("read", f"docker://{self.host}/deep/down/two@{digest}")["manifest"], read["manifest"])

    def test_hardened_as_from_a_layout(self):
        """The same layers and configuration, whichever way the image came: all but the name that is noted of the base."""
        outcomes = []
        for source in (self.source, f"docker://{self.host}/debian:one", f"docker://{self.host}/deep/down/two:t"):
            done = run(ground.options.kif, "harden", source, "-o", f"oci:{self.home}/out{len(outcomes)}:t", "--format", "json",
                       "--platform", f"linux/{HERE}", env=self.environment)
            self.assertEqual(done.returncode, 0, done.stderr)
            layout = self.home / f"out{len(outcomes)}"

            def blob(descriptor):
                return json.loads((layout / "blobs/sha256" / descriptor["digest"].removeprefix("sha256:")).read_text())
            manifest = blob(json.loads((layout / "index.json").read_text())["manifests"][0])
            config = blob(manifest["config"])
            names = {config["config"]["Labels"].pop("org.opencontainers.image.base.name"),
                     manifest["annotations"]["org.opencontainers.image.base.name"]}
            self.assertEqual(names, {source.removeprefix("docker://") if source.startswith("docker:") else source.rsplit(":", 1)[1]})
            outcomes.append((config, [layer["digest"] for layer in manifest["layers"]]))
        self.assertEqual(outcomes[0], outcomes[1])
        self.assertEqual(outcomes[0], outcomes[2])


if __name__ == "__main__":
    ground.main()
