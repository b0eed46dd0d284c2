# SPDX-License-Identifier: Apache-2.0
"""A real image in the forms that other programs give images: hardened, started, and one with all of it verified."""

import gzip
import hashlib
import json
import subprocess
import tarfile

import images
from images import Layout, Test, kif, layouts, real

import raw_tar

PLATFORM = {"os": "linux", "architecture": "amd64"}
ATTESTATION = {"vnd.docker.reference.type": "attestation-manifest"}


class Form:
    """What is done to the image: its tars, their blobs, its configuration, the entries of its index."""

    def __init__(self):
        self.tars = [gzip.decompress(real("trixie").blob(layer["digest"])) for layer in real("trixie").manifest["layers"]]
        self.config = real("trixie").config
        self.config.pop("history", None)
        self.compress = lambda tar: gzip.compress(tar, 1, mtime=0)
        self.entries = lambda layout, image: [image]

    def write(self, path):
        layout = layouts.Layout(path)
        self.config["rootfs"]["diff_ids"] = ["sha256:" + hashlib.sha256(tar).hexdigest() for tar in self.tars]
        layers = [layout.put(self.compress(tar), layouts.LAYER + "+gzip") for tar in self.tars]
        image = layout.put_image(self.tars, config=self.config, layers=layers)
        layout.write(layout.put_index(self.entries(layout, image)))
        return Layout(path, "x")


def absolute_names(form):
    """As ko and Cloud Native Buildpacks write them: every name and hard link from the root."""
    made = []
    for number, content in enumerate(form.tars):
        source, target = images.work / f"names-{number}", images.work / f"names-{number}.tar"
        source.write_bytes(content)
        with tarfile.open(source) as old, tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as new:
            for member in old:
                data = old.extractfile(member) if member.isfile() else None
                member.name = "/" + member.name.removeprefix("./")
                member.pax_headers.pop("path", None)
                if member.islnk():
                    member.linkname = "/" + member.linkname.removeprefix("./")
                    member.pax_headers.pop("linkpath", None)
                new.addfile(member, data)
        made.append(target.read_bytes())
    form.tars = made


def sparse_file(form):
    holes = images.work / "holes"
    with open(holes, "wb") as out:
        out.seek(1_000_000)
        out.write(b"end")
    form.tars.append(subprocess.run(["tar", "-C", holes.parent, "--sparse", "--format=pax", "--sparse-version=1.0", "-cf", "-", holes.name], check=True,
                                    capture_output=True).stdout)


def wrong_label(form):
    form.compress = lambda tar: subprocess.run(["zstd", "-q", "-1"], input=tar, check=True, capture_output=True).stdout


def global_header(form):
    form.tars.append(raw_tar.tar(raw_tar.pax([(b"comment", b"c"), (b"path", b"x"), (b"uid", b"7")], b"g"), raw_tar.file(b"etc/global")))


def nulls(form):
    form.config["config"].update(Labels={"n": None}, Cmd=None, Volumes=None)
    form.config["config"]["Env"].append(None)
    form.config["history"] = [None]


def other_architecture(form):
    form.config["architecture"] = "x86_64"


def no_architecture(form):
    del form.config["architecture"]


def user_without_group(form):
    form.config["config"]["User"] = "1234:"


def artifacts(form):
    def entries(layout, image):
        empty = layout.put(b"{}", "application/vnd.oci.empty.v1+json")
        artifact = layout.put({"schemaVersion": 2, "mediaType": layouts.MANIFEST, "artifactType": "application/x", "config": empty, "layers": [empty]}, layouts.MANIFEST)
        attestation = layout.put({"schemaVersion": 2, "mediaType": layouts.MANIFEST, "config": layout.put(layout.config_of([]), layouts.CONFIG), "layers": []}, layouts.MANIFEST,
                                 platform={"os": "unknown", "architecture": "unknown"}, annotations={**ATTESTATION, "vnd.docker.reference.digest": image["digest"]})
        return [artifact, dict(image, platform=PLATFORM), attestation]
    form.entries = entries


def many_layers(form):
    form.tars += [raw_tar.tar(raw_tar.file(b"opt/%d" % number)) for number in range(125)]


FORMS = (absolute_names, sparse_file, wrong_label, global_header, nulls, other_architecture, no_architecture, user_without_group, artifacts, many_layers)
SAYS = {wrong_label: "is labelled gzip and has zstd", many_layers: "layers; docker takes 125 at most"}


class OthersForms(Test):
    def harden_form(self, *changes):
        form = Form()
        for change in changes:
            change(form)
        source = form.write(images.work / "-".join(["form", *(change.__name__ for change in changes)])[:100])
        target, report = self.harden(source)
        for change in changes:
            if change in SAYS:
                self.assertTrue(any(SAYS[change] in warning for warning in report["platforms"][0]["warnings"]), report["platforms"][0]["warnings"])
        return source, target, report

    def test_each_is_hardened_and_started(self):
        for change in FORMS:
            with self.subTest(form=change.__name__):
                _, target, report = self.harden_form(change)
                # What was wrong with a label is put right.
                stored = [target.blob(layer["digest"])[:2] for layer in target.manifest["layers"]]
                for layer, start in zip(target.manifest["layers"], stored):
                    self.assertEqual(layer["mediaType"].rsplit("+")[-1], "gzip" if start == b"\x1f\x8b" else "zstd")
                done = kif("run", target.name, "--", "/bin/sh", "-c", "openssl rand -hex 8; id -u; test ! -e /holes || tail -c 3 /holes")
                self.assertEqual(done.returncode, 0, done.stderr)
                lines = done.stdout.split()
                self.assertRegex(lines[0], r"\A[0-9a-f]{16}\Z")
                self.assertEqual(lines[1], "1234" if change is user_without_group else "0")
                if change is sparse_file:
                    self.assertEqual(lines[2], "end")
                if change is artifacts:
                    self.assertEqual([entry["reason"].split(" is ")[1].split(" of ")[0] for entry in report["left_out"]], ["not an image", "an attestation"])

    def test_one_with_all_of_it_is_verified(self):
        _, target, _ = self.harden_form(*(change for change in FORMS if change not in (no_architecture, user_without_group)))
        # Its configuration names no program.
        done = kif("verify", "--live", "--probe-only", "--format", "json", target.name)
        plain, _ = self.harden(real("trixie"))
        expected = kif("verify", "--live", "--probe-only", "--format", "json", plain.name)
        self.assertEqual(done.returncode, expected.returncode, done.stdout + done.stderr)
        outcomes = [{finding["id"]: finding["outcome"] for finding in json.loads(run.stdout)["findings"]} for run in (done, expected)]
        self.assertEqual(outcomes[0], outcomes[1])

    def test_a_second_hardening_changes_nothing(self):
        _, target, _ = self.harden_form(absolute_names, nulls, wrong_label)
        again = kif("harden", target.name, "-o", target.name, "--format", "json")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertFalse(json.loads(again.stdout)["target"]["written"])


if __name__ == "__main__":
    images.main()
