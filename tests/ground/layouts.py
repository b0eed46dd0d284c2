# SPDX-License-Identifier: Apache-2.0
"""Images in OCI's layout: made by hand, right or wrong in any place; copied with a layer or another configuration; and read. Nothing of kif's.

What a real image needs is made by umoci and mmdebstrap (tools/test-image); this is for what they would not make."""

import gzip
import hashlib
import io
import json
import os
import pathlib
import platform
import shutil
import tarfile
import typing

REF_NAME = "org.opencontainers.image.ref.name"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
EMPTY = "application/vnd.oci.empty.v1+json"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
ARCHITECTURE = ARCHITECTURES.get(platform.machine(), platform.machine())


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def packed(tar, level=6):
    """gzip, the same bytes each time."""
    return gzip.compress(tar, level, mtime=0)


class File(typing.NamedTuple):
    content: bytes
    mode: int = 0o644
    uid: int = 0
    headers: dict = {}  # PAX records


class Link(typing.NamedTuple):
    """A symbolic link."""
    target: str


def tar_of(files, folders=()):
    """A layer's tar of {path: content or File or Link or (content, mode)}, content being bytes, text or a path; and of {folder: mode} before them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, mode in dict(folders).items():
            entry = tarfile.TarInfo(path)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            tar.addfile(entry)
        for path, what in files.items():
            if isinstance(what, Link):
                entry = tarfile.TarInfo(path.lstrip("/"))
                entry.type, entry.linkname = tarfile.SYMTYPE, what.target
                tar.addfile(entry)
                continue
            one = File(*what) if isinstance(what, tuple) else File(what)
            content = one.content
            if isinstance(content, pathlib.Path):
                content = content.read_bytes()
            elif isinstance(content, str):
                content = content.encode()
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode, entry.uid, entry.pax_headers = len(content), one.mode, one.uid, one.headers
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


class Layout:
    """The image of one tag in a folder, which need not be there yet."""

    def __init__(self, path, tag="x"):
        self.path = pathlib.Path(path)
        self.tag = tag

    @classmethod
    def named(cls, name):
        """Of oci:FOLDER:TAG."""
        return cls(*name.removeprefix("oci:").rsplit(":", 1))

    @property
    def name(self):
        return f"oci:{self.path}:{self.tag}"

    # ---- reading

    def blob_path(self, digest):
        """Of a digest or a descriptor."""
        if isinstance(digest, dict):
            digest = digest["digest"]
        return self.path / "blobs" / digest.replace(":", "/")

    def blob(self, digest):
        return self.blob_path(digest).read_bytes()

    def document(self, digest):
        return json.loads(self.blob(digest))

    @property
    def index(self):
        return json.loads((self.path / "index.json").read_text())

    @property
    def descriptor(self):
        entries = [entry for entry in self.index["manifests"] if entry.get("annotations", {}).get(REF_NAME) == self.tag]
        assert len(entries) == 1, entries
        return entries[0]

    @property
    def digest(self):
        return self.descriptor["digest"]

    @property
    def manifest(self):
        return self.document(self.digest)

    @property
    def config(self):
        return self.document(self.manifest["config"])

    def layer_tar(self, number):
        return tarfile.open(fileobj=io.BytesIO(self.blob(self.manifest["layers"][number])))

    def snapshot(self):
        """Every file of the layout with its content's hash, to be compared with a later one."""
        return {str(path.relative_to(self.path)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in self.path.rglob("*") if path.is_file()} if self.path.exists() else None

    # ---- making

    def put(self, content, media_type, **more):
        """Stores a blob (bytes, or what becomes JSON); its descriptor. A file that is there may be a link to another image's: it is replaced."""
        self._make()
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        descriptor = {"mediaType": media_type, "digest": digest_of(content), "size": len(content), **more}
        path = self.blob_path(descriptor)
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        return descriptor

    def put_layer(self, tar, compress=packed, media_type=LAYER + "+gzip"):
        return self.put(compress(tar), media_type)

    def config_of(self, tars, **members):
        return {"os": "linux", "architecture": "amd64", "config": {"Cmd": ["/bin/sh"]},
                "rootfs": {"type": "layers", "diff_ids": [digest_of(tar) for tar in tars]}, **members}

    def put_image(self, tars, config=None, layers=None, **members):
        """Stores an image; its descriptor."""
        return self.put({"schemaVersion": 2, "mediaType": MANIFEST, "config": self.put(config or self.config_of(tars), CONFIG),
                         "layers": layers if layers is not None else [self.put_layer(tar) for tar in tars], **members}, MANIFEST)

    def put_files(self, files, created="2025-03-01T00:00:00Z", architecture=ARCHITECTURE):
        """An image of one layer of {path: content}, as an index lists it."""
        tar = tar_of(files)
        config = self.config_of([tar], created=created, architecture=architecture, config={})
        return {**self.put_image([tar], config=config), "platform": {"os": "linux", "architecture": architecture}}

    def put_artifact(self, media_type, document, subject=None, layer_annotations=None, **more):
        """A manifest with one document as its layer."""
        annotations = {"annotations": layer_annotations} if layer_annotations else {}
        members = {"subject": {name: subject[name] for name in ("mediaType", "digest", "size")}} if subject else {}
        return self.put({"schemaVersion": 2, "mediaType": MANIFEST, "config": self.put(b"{}", EMPTY),
                         "layers": [self.put(document, media_type, **annotations)], **members}, MANIFEST, **more)

    def put_index(self, entries, **members):
        """An index inside the layout; its descriptor."""
        return self.put({"schemaVersion": 2, "mediaType": INDEX, "manifests": list(entries), **members}, INDEX)

    def write(self, *entries, untagged=(), **tagged):
        """index.json: the entries under the layout's own tag, one for each TAG=descriptor, and what has no tag. The layout."""
        named = [(self.tag, entry) for entry in entries] + list(tagged.items())
        self.write_index(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": list(untagged) + [
            {**entry, "annotations": {**entry.get("annotations", {}), REF_NAME: tag}} for tag, entry in named]}))
        return self

    def write_index(self, text):
        self._make()
        path = self.path / "index.json"
        path.unlink(missing_ok=True)
        path.write_text(text)

    def _make(self):
        (self.path / "blobs/sha256").mkdir(parents=True, exist_ok=True)
        if not (self.path / "oci-layout").exists():
            (self.path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')


def image(path, *tars, **members):
    """A layout of one image of these layers."""
    layout = Layout(path)
    return layout.write(layout.put_image(list(tars), **members))


def _link_or_copy(source, target):
    source = os.path.realpath(source)
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copyfile(source, target)


def changed(source, path, config=lambda document: None, tag=None, tars=(), compress=packed, linked=False):
    """A copy of the image `source` (a layout, or its name) in the new folder `path`: `config` changes the configuration's document, and `tars` are
    layers on top, stored by `compress` (None: as they are). `linked`: blobs are links, for images that nobody damages. The copy's layout."""
    source = Layout.named(source) if isinstance(source, str) else source
    entry, manifest, document = source.descriptor, source.manifest, source.config
    copy = Layout(path, tag or source.tag)
    shutil.copytree(source.path, path, copy_function=_link_or_copy if linked else shutil.copyfile)
    for tar in tars:
        layer = copy.put(tar, LAYER) if compress is None else copy.put_layer(tar, compress)
        manifest["layers"].append(layer)
        document["rootfs"]["diff_ids"].append(digest_of(tar))
        if "history" in document:
            document["history"].append({"created_by": "a test"})
    config(document)
    manifest["config"] = {**manifest["config"], **copy.put(document, manifest["config"]["mediaType"])}
    return copy.write({**entry, **copy.put(manifest, entry["mediaType"])})


def put_on_top(source, path, files, **more):
    """A copy of the image with one layer more: {path: content or File or (content, mode)}. `more` as changed() has it."""
    return changed(source, path, tars=[tar_of(files)], **more)
