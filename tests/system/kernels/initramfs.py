# SPDX-License-Identifier: Apache-2.0
"""Roots of images, as the layers of their OCI layouts make them, and archives that Linux unpacks as its first root (cpio, newc)."""

import dataclasses
import functools
import hashlib
import pathlib
import stat
import sys
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
import layouts  # noqa: E402

# What an emulated machine never opens: it would be copied and unpacked at every boot. Programs, libraries, configuration and the layer stay.
LEFT_OUT = ("usr/share/", "var/", "usr/sbin/", "boot/", "usr/lib/locale/", "usr/lib/apt/", "usr/lib/dpkg/", "usr/lib/systemd/", "usr/lib/udev/")
LEFT_OUT_BELOW = ("gconv", "perl", "perl-base", "perl5", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "turtledemo", "distutils")
KEPT = ("usr/share/kif",)


@dataclasses.dataclass
class Entry:
    """A file of a root. What is linked to one another is one entry under several names."""
    mode: int
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    content: bytes = b""  # of a symbolic link its target

    @functools.cached_property
    def key(self):
        """The same for what may be one file of the archive."""
        return (self.mode, self.uid, self.gid, self.mtime, hashlib.sha256(self.content).digest())


def folder(mode=0o755):
    return Entry(stat.S_IFDIR | mode)


def file(content, mode=0o644):
    return Entry(stat.S_IFREG | mode, content=content if isinstance(content, bytes) else content.encode())


def is_needed(path):
    if path.startswith(KEPT) or path in ("usr/share", "var"):
        return True
    return not path.startswith(LEFT_OUT) and not any(part in LEFT_OUT_BELOW for part in path.split("/"))


class Image:
    """An image `oci:FOLDER:TAG`: its configuration and its layers, lowest first."""

    def __init__(self, name):
        layout = layouts.Layout.named(name)
        document = layout.config
        self.config = document.get("config", {})
        self.architecture = document["architecture"]
        self.layers = [layout.blob_path(layer) for layer in layout.manifest["layers"]]


_read = {}


def layer_entries(path):
    """[(path, entry)] of a layer, in its order; an entry that is None stands for a removal."""
    if path in _read:
        return _read[path]
    found = []
    named = {}
    with tarfile.open(path) as tar:
        for member in tar:
            name = member.name.removeprefix("./").strip("/")
            parent, _, base = name.rpartition("/")
            if name in ("", ".") or not is_needed(name):
                continue
            if base == ".wh..wh..opq":
                found.append((parent + "/", None))
                continue
            if base.startswith(".wh."):
                found.append((f"{parent}/{base[4:]}".lstrip("/"), None))
                continue
            if member.islnk():
                target = member.linkname.removeprefix("./")
                if target not in named and not is_needed(target):
                    continue
                entry = named[target]
            else:
                kind, content = stat.S_IFREG, b""
                if member.isdir():
                    kind = stat.S_IFDIR
                elif member.issym():
                    kind, content = stat.S_IFLNK, member.linkname.encode()
                elif member.isfile():
                    content = tar.extractfile(member).read()
                else:
                    continue  # devices: an image has none that a container would see
                entry = Entry(kind | member.mode, member.uid, member.gid, int(member.mtime), content)
            named[name] = entry
            found.append((name, entry))
    _read[path] = found
    return found


def read_root(image):
    """{path: entry} of an image's root: its layers, one on the other."""
    root = {}
    for layer in image.layers:
        for path, entry in layer_entries(layer):
            if entry is None:
                for gone in [name for name in root if name == path or name.startswith(path.rstrip("/") + "/")]:
                    if gone != path.rstrip("/") or not path.endswith("/"):
                        del root[gone]
                continue
            parts = path.split("/")
            above = ["/".join(parts[:i]) for i in range(1, len(parts))]
            links = [name for name in above if name in root and stat.S_ISLNK(root[name].mode)]
            if links:
                raise ValueError(f"{layer}: {path} lies behind the symbolic link {links[0]}")
            root[path] = entry
    for name in ("dev", "proc", "tmp", "etc"):
        root.setdefault(name, folder())
    return root


def put_file(root, path, entry):
    """A file of our own, with the folders above it."""
    parts = path.split("/")
    for i in range(1, len(parts)):
        root.setdefault("/".join(parts[:i]), folder())
    root[path] = entry


class Archive:
    """An initramfs: /init, /plan and roots under /roots. Files of equal content are one file: roots that differ in a layer cost a layer."""

    def __init__(self, init, plan):
        self._entries = {"init": file(init, 0o755), "plan": file(plan), "dev": folder(), "proc": folder(), "roots": folder(),
                         "dev/console": Entry(stat.S_IFCHR | 0o600)}

    def add_root(self, name, root):
        self._entries[f"roots/{name}"] = folder()
        for path, entry in root.items():
            self._entries[f"roots/{name}/{path}"] = entry

    def write(self, path):
        with pathlib.Path(path).open("wb") as out:
            self._write(out)
        return pathlib.Path(path).stat().st_size

    def _write(self, out):
        numbers = {}
        uses = {}
        for entry in self._entries.values():
            if stat.S_ISREG(entry.mode):
                uses[entry.key] = uses.get(entry.key, 0) + 1
        for path in sorted(self._entries):
            entry = self._entries[path]
            number, links, content = len(numbers) + 1, 1, entry.content
            if stat.S_ISREG(entry.mode):
                key = entry.key
                links = uses[key]
                if key in numbers:  # the content comes with the first of its names
                    number, content = numbers[key], b""
                else:
                    numbers[key] = number
            else:
                numbers[path] = number
            self._put(out, path, entry, number, links, content)
        self._put(out, "TRAILER!!!", Entry(0), 0, 1, b"")

    @staticmethod
    def _put(out, path, entry, number, links, content):
        name = path.encode() + b"\0"
        device = (5, 1) if path == "dev/console" else (0, 0)
        fields = (number, entry.mode, entry.uid, entry.gid, links, entry.mtime, len(content), 0, 0, *device, len(name), 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        out.write(header + name + b"\0" * (-(len(header) + len(name)) % 4))
        out.write(content + b"\0" * (-len(content) % 4))
