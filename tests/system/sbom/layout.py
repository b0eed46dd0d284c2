# SPDX-License-Identifier: Apache-2.0
"""Images in OCI's layout made by hand: any files in one layer, anything attached."""

import base64
import gzip
import hashlib
import io
import json
import pathlib
import platform
import subprocess
import tarfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DSSE = "application/vnd.dsse.envelope.v1+json"
SPDX = "https://spdx.dev/Document"
REF_NAME = "org.opencontainers.image.ref.name"
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def spdx(packages, name="image", created="2025-01-02T03:04:05Z", version="2.3", ecosystem="apk/wolfi"):
    """A document of {name: version} as apko shapes them."""
    return {"spdxVersion": f"SPDX-{version}", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
            "documentNamespace": "https://example.com/spdx/" + name,
            "creationInfo": {"created": created, "creators": ["Tool: kif-test"]},
            "packages": [{"SPDXID": f"SPDXRef-Package-{number}", "name": package, "versionInfo": text, "filesAnalyzed": False,
                          "downloadLocation": "NOASSERTION",
                          "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                            "referenceLocator": f"pkg:{ecosystem}/{package}@{text}?arch=x86_64"}]}
                         for number, (package, text) in enumerate(packages.items())]}


def statement(predicate, *digests, predicate_type=SPDX, version="v1"):
    return {"_type": f"https://in-toto.io/Statement/{version}", "predicateType": predicate_type, "predicate": predicate,
            "subject": [{"name": "image", "digest": {"sha256": digest.removeprefix("sha256:")}} for digest in digests]}


def envelope(payload, key=None):
    """DSSE around a statement, signed with a private key in PEM where one is given."""
    body = json.dumps(payload).encode()
    kind = "application/vnd.in-toto+json"
    signature = b"no signature at all"
    if key is not None:
        message = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(body), body)
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=message, capture_output=True, check=True).stdout
    return {"payloadType": kind, "payload": base64.b64encode(body).decode(),
            "signatures": [{"keyid": "", "sig": base64.b64encode(signature).decode()}]}


def apk_database(packages):
    return "".join(f"P:{name}\nV:{version}\nA:x86_64\n\n" for name, version in packages.items())


class Layout:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "blobs/sha256").mkdir(parents=True, exist_ok=True)
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def put(self, media_type, content, **more):
        """A blob, bytes or what becomes JSON; its descriptor."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs/sha256" / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data), **more}

    def image(self, files, created="2025-03-01T00:00:00Z", architecture=ARCHITECTURE):
        """An image of {path: text}; its descriptor."""
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as archive:
            for path, text in files.items():
                data = text if isinstance(text, bytes) else text.encode()
                entry = tarfile.TarInfo(path.lstrip("/"))
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        config = {"created": created, "os": "linux", "architecture": architecture, "config": {},
                  "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(tar.getvalue()).hexdigest()]}}
        layer = self.put("application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress(tar.getvalue(), mtime=0))
        return self.put(MANIFEST, {"schemaVersion": 2, "mediaType": MANIFEST,
                                   "config": self.put("application/vnd.oci.image.config.v1+json", config), "layers": [layer]},
                        platform={"os": "linux", "architecture": architecture})

    def artifact(self, media_type, document, subject=None, layer_annotations=None, **more):
        """A manifest with one document as its layer."""
        annotations = {"annotations": layer_annotations} if layer_annotations else {}
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": self.put("application/vnd.oci.empty.v1+json", b"{}"),
                    "layers": [self.put(media_type, document, **annotations)]}
        if subject:
            manifest["subject"] = {name: subject[name] for name in ("mediaType", "digest", "size")}
        return self.put(MANIFEST, manifest, **more)

    def index(self, *entries):
        """An index inside the layout; its descriptor."""
        return self.put(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(entries)})

    def write(self, **tagged):
        """index.json: an entry for each TAG=descriptor, and for each in untagged=[…]."""
        entries = list(tagged.pop("untagged", []))
        entries += [{**descriptor, "annotations": {**descriptor.get("annotations", {}), REF_NAME: tag}}
                    for tag, descriptor in tagged.items()]
        (self.folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}))
