#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kif finds the SBOMs that cosign, oras, skopeo and buildah put beside and into images, in a registry with the referrers API and in one
without, in layouts and archives; and finds no less than `cosign download` does."""

import argparse
import base64
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import documents

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
import registries  # noqa: E402
from layouts import Layout  # noqa: E402

APK = {"busybox": "1.36.1-r2", "libcrypto3": "3.4.0-r2"}


class Scene:
    def __init__(self, options, folder):
        self.kif_program, self.folder = os.path.abspath(options.kif), pathlib.Path(folder)
        self.tools = {suite: subprocess.run([options.attestation_tools, suite], capture_output=True, text=True, check=True).stdout.strip()
                      for suite in ("trixie", "forky")}
        self.environment = {**os.environ, "COSIGN_PASSWORD": "", "HOME": folder, "XDG_CACHE_HOME": folder + "/cache", "NO_COLOR": "1",
                            "XDG_RUNTIME_DIR": folder}
        self.complaints, self.told = [], 0

    def run(self, *command, **more):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=self.folder, env=self.environment,
                              timeout=120, check=False, **more)
        if done.returncode:
            raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    def cosign(self, suite, *words):
        return self.run(self.tools[suite] + "/cosign", *words)

    def oras(self, *words):
        return self.run(self.tools["forky"] + "/oras", *words)

    def kif(self, *words):
        return subprocess.run([self.kif_program, *map(str, words)], capture_output=True, text=True, cwd=self.folder, env=self.environment,
                              timeout=120, check=False)

    def file(self, name, document):
        (self.folder / name).write_text(document if isinstance(document, str) else json.dumps(document))
        return name

    def search(self, image, *more):
        done = self.kif("sbom", image, "--format", "json", *more)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"documents": [], "error": done.stderr, "looked": []}

    def expect(self, what, image, wanted, packages, more=()):
        """`wanted`: for each document its route, what it is about, its signature and its number of packages."""
        found = self.search(image, *more)
        got = [(document["route"], document.get("subject_is", "-"), document["signature"], len(document["packages"]))
               for document in found["documents"]]
        best = found["documents"][found["best_document"]] if "best_document" in found else {"packages": []}
        names = sorted(package["name"] for package in best["packages"])
        good = got == wanted and names == sorted(packages) and not found.get("refused")
        self.told += 1
        print(f"{'ok ' if good else 'BAD'} {what:58} {', '.join(f'{row[0]} ({row[3]}, {row[2]})' for row in got)}")
        if not good:
            self.complaints.append(f"{what}: wanted {wanted} with {sorted(packages)}\n  got {got} with {names}\n  {json.dumps(found)[:3000]}")

    def no_less(self, what, image, downloaded):
        """Every package of what cosign downloaded is in one of kif's documents."""
        wanted = set()
        for line in filter(None, downloaded.splitlines()):
            document = json.loads(line)
            envelope = document.get("dsseEnvelope", document)
            if "payload" in envelope:
                document = json.loads(base64.b64decode(envelope["payload"]))["predicate"]
            wanted |= {package["name"] for package in document["packages"]}
        got = {package["name"] for document in self.search(image)["documents"] for package in document["packages"]}
        good = bool(wanted) and wanted <= got
        self.told += 1
        print(f"{'ok ' if good else 'BAD'} {what:58} cosign: {', '.join(sorted(wanted))}; kif: {', '.join(sorted(got))}")
        if not good:
            self.complaints.append(f"{what}: cosign has {sorted(wanted)}, kif {sorted(got)}")


def pushed(scene, host, name):
    """The image as NAME in the registry: its name there for others, and for kif."""
    scene.run("skopeo", "copy", "-q", "--dest-tls-verify=false", "oci:image:t", f"docker://{host}/{name}:t")
    digest = json.loads((scene.folder / "image/index.json").read_text())["manifests"][0]["digest"]
    return f"{host}/{name}@{digest}", f"docker://{host}/{name}:t"


def in_a_registry(scene, host, has_api):
    referrers = "referrers-api" if has_api else "referrers-tag"
    side = "with" if has_api else "without"
    image, name = pushed(scene, host, "sbom")
    scene.cosign("trixie", "attach", "sbom", "--sbom", "sbom.json", "--type", "spdx", image)
    scene.expect(f"cosign attach sbom, registry {side} referrers", name, [("cosign-sbom-tag", "image", "none", 1)], ["from-sbom"])
    scene.no_less(f"cosign download sbom, {side} referrers", name, scene.cosign("trixie", "download", "sbom", image))

    image, name = pushed(scene, host, "att")
    for document in ("att.json", "second.json"):
        scene.cosign("trixie", "attest", "--yes", "--key", "cosign.key", "--type", "spdxjson", "--predicate", document,
                     "--tlog-upload=false", image)
    scene.expect(f"cosign 2 attest twice, {side} referrers", name, 2 * [("cosign-attestation-tag", "image", "not-checked", 1)],
                 ["from-att"])
    scene.expect(f"cosign 2 attest, its key, {side} referrers", name, 2 * [("cosign-attestation-tag", "image", "verified", 1)],
                 ["from-att"], ("--key", "cosign.pub"))
    scene.no_less(f"cosign 2 download attestation, {side} referrers", name, scene.cosign("trixie", "download", "attestation", image))

    image, name = pushed(scene, host, "bundle")
    scene.cosign("forky", "attest", "--yes", "--key", "cosign.key", "--type", "spdxjson", "--predicate", "att.json", "--tlog-upload=false",
                 "--use-signing-config=false", image)
    scene.expect(f"cosign 3 attest (bundle), {side} referrers", name, [(referrers, "image", "not-checked", 1)], ["from-att"])
    scene.expect(f"cosign 3 attest (bundle), its key, {side} referrers", name, [(referrers, "image", "verified", 1)], ["from-att"],
                 ("--key", "cosign.pub"))
    scene.no_less(f"cosign 3 download attestation, {side} referrers", name, scene.cosign("forky", "download", "attestation", image))

    image, name = pushed(scene, host, "oras")
    for number, document in enumerate(("sbom.json", "cyclonedx.json", "syft.json")):
        kind = ("application/spdx+json", "application/vnd.cyclonedx+json", "application/vnd.syft+json")[number]
        scene.oras("attach", "--plain-http", "--artifact-type", kind, image, f"{document}:{kind}")
    found = scene.search(name)
    formats = sorted((document["format"], document["route"], len(document["packages"])) for document in found["documents"])
    wanted = [("CycloneDX JSON", referrers, 1), ("SPDX JSON", referrers, 1), ("syft JSON", referrers, 1)]
    scene.told += 1
    print(f"{'ok ' if formats == wanted else 'BAD'} {f'oras attach, three formats, {side} referrers':58} {formats}")
    if formats != wanted:
        scene.complaints.append(f"oras, {side} referrers: {json.dumps(found)[:3000]}")

    _, name = pushed(scene, host, "nothing")
    scene.expect(f"nothing beside the image, {side} referrers", name, [("root-file-system", "image", "none", 2)], APK)
    return referrers


def index_in_a_registry(scene, host):
    """Index and platform each have an attestation; the platform's is the one that counts."""
    made = Layout(scene.folder / "several")
    image = made.put_files({"/lib/apk/db/installed": documents.apk_database(APK)})
    other = made.put_files({"/etc/motd": "x"}, architecture="s390x")
    made.write(t=made.put_index([image, other]))
    index = json.loads((scene.folder / "several/index.json").read_text())["manifests"][0]
    scene.run("skopeo", "copy", "-q", "--all", "--dest-tls-verify=false", "oci:several:t", f"docker://{host}/several:t")
    for digest, document in ((index["digest"], "second.json"), (image["digest"], "att.json")):
        scene.cosign("trixie", "attest", "--yes", "--key", "cosign.key", "--type", "spdxjson", "--predicate", document,
                     "--tlog-upload=false", f"{host}/several@{digest}")
    scene.expect("index and platform attested", f"docker://{host}/several:t",
                 [("cosign-attestation-tag", "image", "not-checked", 1), ("cosign-attestation-tag", "index", "not-checked", 1)],
                 ["from-att"])
    scene.expect("the other platform has its index's alone", f"docker://{host}/several:t",
                 [("cosign-attestation-tag", "index", "not-checked", 1)], ["second"], ("--platform", "linux/s390x"))


def layouts(scene, host):
    image, _ = pushed(scene, host, "saved")
    scene.cosign("trixie", "attest", "--yes", "--key", "cosign.key", "--type", "spdxjson", "--predicate", "att.json", "--tlog-upload=false",
                 image)
    scene.cosign("trixie", "save", "--dir", "saved", image)
    scene.expect("cosign save", "oci:saved", [("layout", "image", "not-checked", 1)], ["from-att"])
    scene.expect("cosign save, named as a folder", "saved", [("layout", "image", "not-checked", 1)], ["from-att"])

    scene.run("skopeo", "copy", "-q", "oci:image:t", "oci-archive:image.tar:t")
    scene.expect("oci-archive", "oci-archive:image.tar:t", [("root-file-system", "image", "none", 2)], APK)
    scene.run("skopeo", "copy", "-q", "oci:image:t", "docker-archive:docker.tar:app:t")
    scene.expect("docker-archive, where no digest survives", "docker-archive:docker.tar:app:t", [("root-file-system", "-", "none", 2)], APK)

    made = Layout(scene.folder / "buildkit")
    image = made.put_files({"/etc/motd": "x"})
    marked = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": image["digest"]}
    statement = documents.statement(documents.spdx({"from-buildkit": "1.0"}, ecosystem="deb/debian"), image["digest"], version="v0.1")
    made.write(t=made.put_index([image, made.put_artifact("application/vnd.in-toto+json", statement, annotations=marked,
                                                 platform={"os": "unknown", "architecture": "unknown"})]))
    scene.expect("BuildKit's attestation manifest", "oci:buildkit:t", [("buildkit", "image", "none", 1)], ["from-buildkit"])


def root_file_systems(scene):
    debian = "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\n"
    made = Layout(scene.folder / "roots")
    made.write(
        debian=made.put_files({"/var/lib/dpkg/status": debian}),
        distroless=made.put_files({"/var/lib/dpkg/status.d/base": "Package: base-files\nVersion: 12\n",
                               "/var/lib/dpkg/status.d/tzdata": "Package: tzdata\nVersion: 2024a-0\n"}),
        apko=made.put_files({"/var/lib/db/sbom/a-1.spdx.json": json.dumps(documents.spdx({"a": "1-r0"})),
                         "/var/lib/db/sbom/b-1.spdx.json": json.dumps(documents.spdx({"b": "1-r0"}))}))
    for tag, packages in (("debian", ["libc6"]), ("distroless", ["base-files", "tzdata"]), ("apko", ["a", "b"])):
        scene.expect(f"files of the image: {tag}", f"oci:roots:{tag}", [("root-file-system", "image", "none", len(packages))], packages)

    scene.file("converted.json", scene.kif("sbom", "oci:roots:debian", "--format", "spdx").stdout)
    before, after = (scene.kif("sbom", image, "--format", "packages").stdout.split("\t")[:4] for image in ("oci:roots:debian", "converted.json"))
    scene.told += 1
    print(f"{'ok ' if before == after and len(before) == 4 else 'BAD'} {'a database as SPDX and read again':58} {after}")
    if before != after or len(before) != 4:
        scene.complaints.append(f"converted: {before} became {after}")

    scene.run("umoci", "unpack", "--rootless", "--image", "roots:distroless", "bundle")
    scene.expect("an unpacked root", "bundle/rootfs", [("root-file-system", "-", "none", 2)], ["base-files", "tzdata"])

    storage = ("--root", scene.folder / "storage", "--runroot", scene.folder / "run", "--storage-driver", "vfs")
    container = scene.run("buildah", *storage, "from", "scratch").strip()
    scene.file("installed", documents.apk_database(APK))
    scene.run("buildah", *storage, "copy", "-q", container, "installed", "/usr/lib/apk/db/installed")
    scene.run("buildah", *storage, "commit", "-q", "--disable-compression=false", container, "oci:buildah:t")
    scene.expect("an image that buildah made", "oci:buildah:t", [("root-file-system", "image", "none", 2)], APK)


def plain_files(scene):
    statement = documents.statement(documents.spdx({"p": "1-r0"}), "0" * 64)
    scene.run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "own.key")
    scene.run("openssl", "ec", "-in", "own.key", "-pubout", "-out", "own.pub")
    envelope = documents.envelope(statement, scene.folder / "own.key")
    cases = {"spdx-2.2": documents.spdx({"p": "1-r0"}, version="2.2"), "spdx-2.3": documents.spdx({"p": "1-r0"}),
             "statement-v0.1": documents.statement(documents.spdx({"p": "1-r0"}), "0" * 64, version="v0.1"), "statement-v1": statement}
    for name, document in cases.items():
        about = "image" if name.startswith("statement") else "-"  # what it says itself
        scene.expect(f"file: {name}", scene.file(name + ".json", document), [("file", about, "none", 1)], ["p"])
    scene.expect("file: DSSE", scene.file("dsse.json", envelope), [("file", "image", "not-checked", 1)], ["p"])
    pipe = subprocess.run([scene.kif_program, "sbom", "/dev/stdin", "--format", "packages"], input=json.dumps(envelope), text=True,
                          capture_output=True, check=False)
    scene.told += 1
    read = pipe.stdout.startswith("p\t")
    print(f"{'ok ' if read else 'BAD'} a pipe")
    if not read:
        scene.complaints.append(f"a pipe: {pipe}")
    scene.expect("file: DSSE, its key", "dsse.json", [("file", "image", "verified", 1)], ["p"], ("--key", "own.pub"))
    scene.expect("file: DSSE as JSON lines", scene.file("dsse.jsonl", 2 * (json.dumps(envelope) + "\n")),
                 2 * [("file", "image", "not-checked", 1)], ["p"])


def main():
    parser = argparse.ArgumentParser()
    for name in ("kif", "attestation-tools"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        scene = Scene(options, folder)
        made = Layout(scene.folder / "image")
        made.write(t=made.put_files({"/lib/apk/db/installed": documents.apk_database(APK)}))
        scene.file("sbom.json", documents.spdx({"from-sbom": "1.0-r0"}))
        scene.file("att.json", documents.spdx({"from-att": "1.0-r0"}))
        scene.file("second.json", documents.spdx({"second": "1.0-r0"}))
        purl = "pkg:apk/wolfi/p@1-r0"
        scene.file("cyclonedx.json", {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
                                      "components": [{"type": "library", "name": "p", "version": "1-r0", "purl": purl}]})
        scene.file("syft.json", {"artifacts": [{"id": "1", "name": "p", "version": "1-r0", "type": "apk", "purl": purl}],
                                 "source": {"id": "1", "name": "image", "type": "image"},
                                 "schema": {"version": "16.0.18", "url": "https://example.com/schema-16.0.18.json"}})
        scene.cosign("trixie", "generate-key-pair")
        plain = stack.enter_context(registries.DockerRegistry(folder))
        with_api = stack.enter_context(registries.ReferrersRegistry())
        in_a_registry(scene, plain.host, False)
        in_a_registry(scene, with_api.host, True)
        index_in_a_registry(scene, plain.host)
        layouts(scene, plain.host)
        root_file_systems(scene)
        plain_files(scene)
        print(f"{scene.told} cases, {len(scene.complaints)} wrong")
        for complaint in scene.complaints:
            print(complaint)
        return 1 if scene.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
