#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bad documents, beside an image and as files: one clear error each and its exit code; and what stands beside them is still found."""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import documents

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
from layouts import Layout  # noqa: E402

BOUND = 64 * 1024 * 1024


def key_pair(folder, name):
    subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / f"{name}.key"], check=True)
    subprocess.run(["openssl", "ec", "-in", folder / f"{name}.key", "-pubout", "-out", folder / f"{name}.pub"], check=True,
                   capture_output=True)


class Scene:
    def __init__(self, kif, folder):
        self.kif_program, self.folder = os.path.abspath(kif), folder
        self.complaints, self.told = [], 0

    def expect(self, what, words, code, *lines):
        """kif sbom WORDS ends with `code`, and its error holds the lines; nothing is printed as data."""
        done = subprocess.run([self.kif_program, "sbom", *words], capture_output=True, text=True, cwd=self.folder, timeout=120, check=False)
        got = done.stderr.splitlines()
        good = done.returncode == code and got == list(lines) and not done.stdout
        self.told += 1
        print(f"{'ok ' if good else 'BAD'} {what:44} exit {done.returncode}: {got[0][:150] if got else ''}")
        if not good:
            self.complaints.append(f"{what}: wanted exit {code}, {list(lines)}\n  got exit {done.returncode}, {got}\n  {done.stdout[:500]}")


def files(scene):
    good = documents.spdx({"p": "1-r0"})
    text = json.dumps(good)
    statement = documents.statement(good, "0" * 64)
    signed = documents.envelope(statement, scene.folder / "right.key")
    garbled = {**signed, "payload": signed["payload"][:-9] + "!" + signed["payload"][-8:]}
    other = documents.envelope(documents.statement(documents.spdx({"forged": "1-r0"}), "0" * 64), scene.folder / "right.key")
    swapped = {**other, "signatures": signed["signatures"]}
    damaged = {
        "truncated": text[:-20], "nested": '{"spdxVersion":"SPDX-2.3","x":' + 64 * "[" + 64 * "]" + "}",
        "twice": text.replace('"name": "image"', '"name": "image", "name": "other"', 1), "base64": json.dumps(garbled),
        "swapped": json.dumps(swapped), "signed": json.dumps(signed), "version": json.dumps({**good, "spdxVersion": "SPDX-9.9"}),
        "nothing": json.dumps({"hello": "world"}), "oversized": " " * (BOUND + 1)}
    for name, content in damaged.items():
        (scene.folder / name).write_text(content)
    cannot = "kif: error: cannot read "
    for name, line in (("truncated", f"not JSON at byte {len(damaged['truncated']) + 1}"), ("nested", "nested deeper than 64"),
                       ("twice", 'member "name" appears twice in one object'),
                       ("base64", f'payload is not base64: "!" at byte {garbled["payload"].index("!")}'),
                       ("oversized", f"larger than the bound of {BOUND} bytes")):
        scene.expect(f"file: {name}", [name], 1, f"{cannot}{name}: {line}")
    scene.expect("file: version", ["version"], 1, f"{cannot}version: this version of SPDX is not supported",
                 "  expected: SPDX-2.2 or SPDX-2.3", "  got:      SPDX-9.9")
    scene.expect("file: no SBOM", ["nothing"], 1, f"{cannot}nothing: it is not an SBOM in a form that kif knows",
                 "  hint: kif reads SPDX 2.2, 2.3 and 3.0, CycloneDX 1.4 to 1.7 and syft's JSON, bare, in in-toto statements, DSSE envelopes and "
                 "sigstore bundles")
    for name, key in (("swapped", "right"), ("signed", "wrong")):
        scene.expect(f"file: {name}, {key} key", [name, "--key", f"{key}.pub"], 1,
                     f"{cannot}{name}: its signature was not made by the given key",
                     "  hint: is it the public half of the key that signed? A signature that sigstore's certificates made needs theirs")
    scene.expect("a private key", ["signed", "--key", "right.key"], 2, f"{cannot}right.key: it is a private key",
                 "  hint: openssl pkey -in FILE -pubout, or cosign public-key --key FILE, gives the public half")
    scene.expect("no such key", ["signed", "--key", "missing.pub"], 2, "kif: error: cannot open missing.pub: No such file or directory")


def beside_an_image(scene):
    made = Layout(scene.folder / "images")
    image, other = made.put_files({"/etc/motd": "a"}), made.put_files({"/etc/motd": "b"})

    def att(digest):
        return "sha256-" + digest.removeprefix("sha256:") + ".att"

    def attach(document):
        return made.put_artifact(documents.DSSE, document)

    wrong = attach(documents.envelope(documents.statement(documents.spdx({"p": "1-r0"}), other["digest"])))
    made.write(**{"t": image, att(image["digest"]): wrong})
    scene.expect("statement about another image", ["oci:images:t"], 1,
                 f"kif: error: cannot use layer 1 of tag {att(image['digest'])} of oci:images:t: its statement is about another image",
                 f"  expected: {image['digest']}", f"  got:      {other['digest']}")

    broken = attach(documents.envelope(documents.statement(documents.spdx({"p": "1-r0"}), image["digest"])))
    layer = json.loads((made.path / "blobs/sha256" / broken["digest"].removeprefix("sha256:")).read_text())["layers"][0]
    blob = made.path / "blobs/sha256" / layer["digest"].removeprefix("sha256:")
    blob.write_bytes(blob.read_bytes()[:-1] + b"!")
    made.write(**{"t": image, att(image["digest"]): broken})
    done = subprocess.run(["sha256sum", blob], capture_output=True, text=True, check=True).stdout.split()[0]
    where = f"layer 1 of tag {att(image['digest'])} of oci:images:t"
    scene.expect("document that is not what its digest says", ["oci:images:t"], 1,
                 f"kif: error: cannot verify {where}: digest mismatch", f"  expected: {layer['digest']}", f"  got:      sha256:{done}")

    made.write(t=image)
    scene.expect("image without any SBOM", ["oci:images:t"], 3, "kif: error: cannot find an SBOM of oci:images:t: it has none",
                 "  hint: looked in: tag sha256-….sbom, tag sha256-….att, the layout's referrers, BuildKit's attestations, the image's files")
    scene.expect("no such tag", ["oci:images:none"], 3, 'kif: error: cannot open oci:images:none: it has no tag "none"',
                 "  hint: there are: t")
    scene.expect("no such file", ["nowhere"], 2, "kif: error: cannot find nowhere: there is no such file or folder",
                 "  hint: an image's name begins with its transport: docker://HOST/NAME:TAG, oci:DIR:TAG, …")

    scene.expect("a login in the name", ["docker://user:secret@127.0.0.1:1/app"], 2,
                 "kif: error: cannot use an image name with a login in it",
                 "  hint: log in with skopeo login, and name the image without")
    scene.expect("a platform of a document", ["signed", "--platform", "linux/arm64"], 2,
                 "kif: error: cannot use --platform: signed is not an image")

    # What is beside a bad document is found all the same, and the bad one is named.
    good = made.put_artifact("application/spdx+json", documents.spdx({"good": "1-r0"}), subject=image)
    made.write(**{"t": image, att(image["digest"]): wrong, "untagged": [good]})
    done = subprocess.run([scene.kif_program, "sbom", "oci:images:t"], capture_output=True, text=True, cwd=scene.folder, check=False)
    fine = done.returncode == 0 and "could not be used" in done.stdout and "packages: 1 apk" in done.stdout
    scene.told += 1
    print(f"{'ok ' if fine else 'BAD'} a good document beside a bad one")
    if not fine:
        scene.complaints.append(done.stdout + done.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kif", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scene = Scene(options.kif, pathlib.Path(name))
        for pair in ("right", "wrong"):
            key_pair(scene.folder, pair)
        files(scene)
        beside_an_image(scene)
    print(f"{scene.told} cases, {len(scene.complaints)} wrong")
    for complaint in scene.complaints:
        print(complaint)
    return 1 if scene.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
