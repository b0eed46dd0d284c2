# SPDX-License-Identifier: Apache-2.0
"""Test programs as one layer on top of an image. The image's own blobs are linked, so this takes no time and no room."""

import gzip
import hashlib
import io
import json
import os
import pathlib
import tarfile


def put_on_top(image, layout, files):
    """image: oci:FOLDER:TAG. files: {path: (content, mode)}. Gives the name of the new image."""
    source, tag = pathlib.Path(image.split(":")[1]), image.split(":")[2]
    layout = pathlib.Path(layout)
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for blob in (source / "blobs" / "sha256").iterdir():
        try:
            os.link(blob, blobs / blob.name)
        except OSError:  # on another file system
            (blobs / blob.name).symlink_to(blob)

    def store(content, media_type):
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(content)}

    def read(descriptor):
        return json.loads((blobs / descriptor["digest"].split(":")[1]).read_bytes())

    tar_bytes = io.BytesIO()
    with tarfile.open(fileobj=tar_bytes, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, (content, mode) in sorted(files.items()):
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))

    index = json.loads((source / "index.json").read_text())
    entry = next(e for e in index["manifests"] if e.get("annotations", {}).get("org.opencontainers.image.ref.name") == tag)
    manifest = read(entry)
    config = read(manifest["config"])
    config["rootfs"]["diff_ids"].append("sha256:" + hashlib.sha256(tar_bytes.getvalue()).hexdigest())
    config.setdefault("history", []).append({"created_by": "the test's programs"})
    layer = gzip.compress(tar_bytes.getvalue(), compresslevel=1, mtime=0)
    manifest["layers"].append(store(layer, "application/vnd.oci.image.layer.v1.tar+gzip"))
    manifest["config"] = store(json.dumps(config).encode(), manifest["config"]["mediaType"])
    new = store(json.dumps(manifest).encode(), entry["mediaType"])
    new["annotations"] = {"org.opencontainers.image.ref.name": "it"}
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [new]}))
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return f"oci:{layout}:it"
