# SPDX-License-Identifier: Apache-2.0
"""Real images written by kif in each form: other programs take them, and inherited blobs are the same files."""

import json
import pathlib
import shutil
import tarfile
import unittest

import ground
from ground import blob, inspected, layered_image, layout_manifest, new_layer, run, skopeo_copy, split, test_image, tool

FORMS = {"oci": "oci:{}/out:t", "oci-archive": "oci-archive:{}/out.tar:t", "docker-archive": "docker-archive:{}/outd.tar:app:1"}


class Write(unittest.TestCase):
    def written(self, source, *layers):
        """Each form's name, and the digest that kif told."""
        folder = ground.work / self.id().rsplit(".", 1)[1]
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        names = {form: name.format(folder) for form, name in FORMS.items()}
        return {form: (name, tool("copy", source, name, *layers).strip()) for form, name in names.items()}

    def assert_taken(self, source, layers, described=None):
        """skopeo and umoci take what kif made of `source`, an oci: name; blobs of the source are there byte for byte.
        `described`: the same image where skopeo can read it."""
        before, _ = layout_manifest(source)
        written = self.written(source, *layers)
        copies = {}
        for form, (name, digest) in written.items():
            copies[form] = ground.work / (self.id().rsplit(".", 1)[1] + form)
            if form == "docker-archive":
                skopeo_copy(name, f"oci:{copies[form]}:t")
            else:
                self.assertEqual(inspected(name)["Digest"], digest)
                skopeo_copy(name, f"oci:{copies[form]}:t", "--preserve-digests")
                self.assertEqual(layout_manifest(f"oci:{copies[form]}:t")[1], digest, "skopeo changed nothing")
        self.assertEqual(len({digest for _, digest in written.values()}), 1)

        _, folder, _ = split(written["oci"][0])
        after, _ = layout_manifest(written["oci"][0])
        self.assertEqual([layer["digest"] for layer in after["layers"][:len(before["layers"])]],
                         [layer["digest"] for layer in before["layers"]])
        for layer in before["layers"]:
            there = blob(split(source)[1], layer["digest"]).read_bytes()
            self.assertEqual(blob(folder, layer["digest"]).read_bytes(), there)
            self.assertEqual(blob(copies["oci-archive"], layer["digest"]).read_bytes(), there)
        configs = {form: inspected(f"oci:{copy}:t", "--config") for form, copy in copies.items()}
        self.assertEqual(configs["oci"], configs["oci-archive"])
        self.assertEqual(configs["oci"]["rootfs"], configs["docker-archive"]["rootfs"])
        self.assertEqual(len(configs["oci"]["history"]), len(inspected(described or source, "--config")["history"]) + len(layers))

        bundle = ground.work / (self.id().rsplit(".", 1)[1] + "-bundle")
        run("umoci", "unpack", *ground.rootless(), "--image", f"{folder}:t", bundle)
        if layers:
            self.assertEqual((bundle / "rootfs/opt/kif/a").read_text(), "hello")
        run("umoci", "stat", "--image", f"{folder}:t")
        # What kif wrote, kif reads; and it stands for the same tree in each form, also on its way through skopeo.
        trees = {tool("list", name) for name, _ in written.values()} | {tool("list", f"oci:{copy}:t") for copy in copies.values()}
        self.assertEqual(len(trees), 1)

    def test_debian_with_a_layer(self):
        self.assert_taken(test_image(), [new_layer()])

    def test_layers_with_a_layer(self):
        self.assert_taken(layered_image(), [new_layer()])

    def test_unchanged(self):
        self.assert_taken(test_image(), [])
        self.assertEqual(layout_manifest(self.written(test_image())["oci"][0])[1], layout_manifest(test_image())[1])

    def test_docker_schema_2(self):
        """A layout that holds Docker's manifest, as the images of docker 25 and newer do."""
        folder = ground.work / "v2s2"
        skopeo_copy(test_image(), f"dir:{folder}", "--format", "v2s2")
        manifest = (folder / "manifest.json").read_bytes()
        layout = ground.work / "v2s2-layout"
        (layout / "blobs/sha256").mkdir(parents=True)
        (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        for file in folder.iterdir():
            if len(file.name) == 64:
                shutil.copy(file, layout / "blobs/sha256")
        digest = ground.hashlib.sha256(manifest).hexdigest()
        (layout / "blobs/sha256" / digest).write_bytes(manifest)
        media_type = "application/vnd.docker.distribution.manifest.v2+json"
        entry = {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(manifest), "annotations": {ground.REF_NAME: "t"}}
        (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
        self.assertEqual(json.loads(manifest)["mediaType"], media_type)
        self.assert_taken(f"oci:{layout}:t", [new_layer()], described=f"dir:{folder}")

    def test_into_a_layout_that_umoci_made(self):
        layout = ground.work / "shared"
        skopeo_copy(test_image(), f"oci:{layout}:base")
        before = {file.name: file.read_bytes() for file in (layout / "blobs/sha256").iterdir()}
        tool("copy", f"oci:{layout}:base", f"oci:{layout}:more", new_layer())
        after = {file.name: file.read_bytes() for file in (layout / "blobs/sha256").iterdir()}
        self.assertEqual({name: after[name] for name in before}, before)
        self.assertEqual(len(after), len(before) + 3)
        self.assertEqual(run("umoci", "ls", "--layout", layout).split(), ["base", "more"])
        run("umoci", "gc", "--layout", layout)
        self.assertEqual({file.name for file in (layout / "blobs/sha256").iterdir()}, set(after), "nothing is left over")

    def test_a_docker_archive_of_skopeo(self):
        archive = ground.work / "from-skopeo.tar"
        skopeo_copy(layered_image(), f"docker-archive:{archive}:app:1")
        target = ground.work / "from-docker"
        tool("copy", f"docker-archive:{archive}:app:1", f"oci:{target}:t", new_layer())
        manifest, _ = layout_manifest(f"oci:{target}:t")
        with tarfile.open(archive) as tar:
            saved = json.load(tar.extractfile("manifest.json"))[0]
            for name, layer in zip(saved["Layers"], manifest["layers"]):
                self.assertEqual(blob(target, layer["digest"]).read_bytes(), tar.extractfile(name).read())
        self.assertEqual(inspected(f"oci:{target}:t", "--config")["rootfs"]["diff_ids"][:-1],
                         inspected(f"docker-archive:{archive}:app:1", "--config")["rootfs"]["diff_ids"])

    def test_one_spoiled_byte_in_any_blob(self):
        """Each blob spoiled once: one error that names a digest or a place, and no target."""
        layout = ground.work / "spoiled"
        skopeo_copy(test_image(), f"oci:{layout}:t")
        target = pathlib.Path(str(layout) + "-out")
        for file in sorted((layout / "blobs/sha256").iterdir()):
            content = file.read_bytes()
            middle = len(content) // 2
            file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:])
            told = tool("copy", f"oci:{layout}:t", f"oci:{target}:t", good=False)
            self.assertIn("digest mismatch\n  expected: sha256:" + file.name + "\n  got:      sha256:", told)
            self.assertFalse(target.exists())
            file.write_bytes(content)
        tool("copy", f"oci:{layout}:t", f"oci:{target}:t")


if __name__ == "__main__":
    ground.main()
