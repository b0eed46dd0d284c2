# SPDX-License-Identifier: Apache-2.0
"""Images that others make, and images with every field and every member absent, null, empty, wrong and largest: what kif, umoci and podman's
libraries make of each, by buildah where layers are unpacked and by skopeo where only documents differ. Every difference has a decision here, or the test fails; a decision that nothing needs any more fails too."""

import collections
import concurrent.futures
import copy
import gzip
import json
import os
import re
import shutil
import stat
import subprocess
import unittest

import ground
from decisions import DECISIONS
from ground import layouts
from layouts import CONFIG, INDEX, LAYER, MANIFEST, Layout
import raw_tar
from raw_tar import FIELDS, file, folder, header, padded, pax, record, symlink, tar

ABSENT = object()
GOOD = "nothing wrong"  # the negative control: what all of them must take
Case = collections.namedtuple("Case", "name make document", defaults=(False,))


# Each way of making one field or one member something else.

NUMBER_FIELDS = ("mode", "uid", "gid", "size", "mtime", "devmajor", "devminor")
TEXT_FIELDS = ("name", "link", "magic", "version", "uname", "gname", "prefix", "padding")


def field_values(field):
    length = FIELDS[field][1]
    if field in NUMBER_FIELDS:
        return {"absent": b"\0" * length, "blank": b" " * length, "wrong": b"x" * length, "largest": b"7" * length, "no end": b"0" * length,
                "minus": b"-1".ljust(length, b"\0"), "blank in front": b" " * (length - 2) + b"0 ", "base-256 zero": b"\x80" + b"\0" * (length - 1),
                "base-256 largest": b"\x80" + b"\xff" * (length - 1), "base-256 minus": b"\xff" * length, "2**31": b"\x80".ljust(length - 4, b"\0") + b"\x80\0\0\0",
                "2**32 - 1": b"\x80".ljust(length - 4, b"\0") + b"\xff" * 4}
    values = {"absent": b"\0" * length, "blank": b" " * length, "largest": b"v" * length, "not UTF-8": b"\xff\xfe", "control": b"\x1b[2J"}
    if field in ("name", "link", "prefix"):
        values |= {"absolute": b"/e/f", "from inside": b"d/../g", "out": b"../h", "out, absolute": b"/../h", "dot": b".", "slashes": b"d//./i", "two dots": b".."}
    values = {what: value for what, value in values.items() if len(value) <= length}
    if field == "magic":
        values |= {"GNU": b"ustar ", "none": b"", "star": b"tar\0"}
    if field == "version":
        values |= {"GNU": b" \0"}
    return values


def field_cases():
    for field in NUMBER_FIELDS + TEXT_FIELDS:
        for what, value in field_values(field).items():
            fields = {field: value}
            kind = b"1" if field == "link" else b"3" if field.startswith("dev") else b"0"
            base = {"name": b"d/a", "kind": kind, "link": b"z" if kind == b"1" else b"", **fields}

            def make(kind=kind, base=base):
                more = {key: value for key, value in base.items() if key not in ("name", "kind", "link")}
                if "size" in more:
                    entry = with_raw_size(base["name"], more["size"])
                else:
                    content = b"x" if kind == b"0" else b""
                    entry = header(base["name"], kind, len(content), base["link"], **more) + padded(content)
                return tar(folder(b"d/"), file(b"z", b"z"), entry, file(b"y", b"y"))
            yield Case(f"tar {field}: {what}", make)
    for number in list(range(0x30, 0x38)) + [0] + [ord(c) for c in "ADIKLMNSVXgxz"]:
        yield Case(f"tar type: {chr(number) if number else 'NUL'}",
                   lambda number=number: tar(folder(b"d/"), file(b"z", b"z"), header(b"d/a", bytes([number]), link=b"z"), file(b"y", b"y")))
        if number in (0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0):
            yield Case(f"tar type: {chr(number) if number else 'NUL'}, with a size",
                       lambda number=number: tar(folder(b"d/"), file(b"z", b"z"), header(b"d/a", bytes([number]), 512, link=b"z") + b"c" * 512, file(b"y", b"y")))
    for what, value in {"absent": b"\0" * 8, "wrong": b"000000\0 ", "blank": b" " * 8}.items():
        yield Case(f"tar checksum: {what}", lambda value=value: tar(file(b"z"), header(b"a", checksum=value), file(b"y")))


def with_raw_size(name, raw):
    block = bytearray(header(name, size=1))
    block[124:136] = raw[:12].ljust(12, b"\0")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + padded(b"x")


PAX_KEYS = ("path", "linkpath", "size", "uid", "gid", "mtime", "atime", "ctime", "uname", "gname", "charset", "hdrcharset", "comment",
            "SCHILY.xattr.user.x", "SCHILY.xattr.security.capability", "SCHILY.acl.access", "LIBARCHIVE.creationtime", "VENDOR.any",
            "GNU.sparse.major", "GNU.sparse.map", "GNU.sparse.name", "GNU.sparse.realsize", "GNU.sparse.size", "GNU.sparse.numblocks", "GNU.sparse.offset")
PAX_VALUES = {"empty": b"", "wrong": b"wrong", "minus": b"-1", "fraction": b"1.5", "largest": b"9" * 30, "2**32 - 1": b"4294967295", "2**31": b"2147483648",
              "NUL": b"a\0b", "blank": b" 1", "plus": b"+1", "not UTF-8": b"\xff\xfe", "long": b"v" * 2000, "absolute": b"/e/f", "out": b"../h"}


def pax_cases():
    for key in PAX_KEYS:
        for what, value in PAX_VALUES.items():
            for kind in (b"x", b"g"):
                if kind == b"g" and what not in ("empty", "wrong", "2**31"):
                    continue

                def make(key=key.encode(), value=value, kind=kind):
                    link = key == b"linkpath"
                    entry = header(b"d/a", b"2" if link else b"0", 0 if link else 1, b"z" if link else b"") + (b"" if link else padded(b"x"))
                    return tar(folder(b"d/"), file(b"z", b"z"), pax([(key, value)], kind), entry, file(b"y", b"y"))
                yield Case(f"PAX {'global ' if kind == b'g' else ''}{key}: {what}", make)
    for what, text in {"no length": b"path=x\n", "length too large": b"99 path=x\n", "no end of line": b"9 path=xx", "no equals": b"7 path\n", "no key": b"5 =x\n",
                       "empty": b"", "twice": record(b"path", b"d/1") + record(b"path", b"d/2"), "zeros in front": b"010 path=x\n"}.items():
        yield Case(f"PAX record: {what}", lambda text=text: tar(header(b"p", b"x", len(text)) + padded(text), file(b"a"), file(b"y")))
    for kind, what in ((b"L", "name"), (b"K", "link")):
        for value in (b"long", b"", b"n" * 300, b"a/" * 200 + b"a", b"/abs", b"../out", b"no end" + b"x" * 506):
            yield Case(f"GNU long {what}: {value[:8]!r}, {len(value)}", lambda kind=kind, value=value: tar(
                header(b"././@LongLink", kind, len(value) + 1) + padded(value + b"\0"), header(b"a", b"2" if kind == b"K" else b"0", link=b"z" if kind == b"K" else b""), file(b"y")))


def sparse_tar(fmt):
    """A sparse file as the tar command of this machine writes it."""
    where = ground.work / f"sparse-{fmt}"
    where.mkdir()
    with open(where / "holes", "wb") as out:
        out.seek(100_000)
        out.write(b"x" * 5000)
        out.seek(300_000)
        out.write(b"end")
        out.truncate(400_000)
    more = ["--format=gnu"] if fmt == "old" else ["--format=pax", f"--sparse-version={fmt}"]
    return subprocess.run(["tar", "-C", str(where), "--sparse", "--owner=0", "--group=0", "--numeric-owner", *more, "-cf", "-", "holes"], check=True, capture_output=True).stdout


def whole_tars():
    plain = tar(file(b"a"))
    yield "no end", lambda: file(b"a")
    yield "one empty block", lambda: file(b"a") + bytes(512)
    yield "no padding", lambda: header(b"a", size=1) + b"x"
    yield "rubbish after the end", lambda: plain + b"rubbish" * 100
    yield "another archive after the end", lambda: plain + tar(file(b"b"))
    yield "empty", lambda: b""
    yield "1,024 zeros", lambda: bytes(1024)
    yield "half a header", lambda: plain[:100]
    yield "rubbish", lambda: b"rubbish" * 100
    for fmt in ("0.0", "0.1", "1.0", "old"):
        yield f"sparse file, {fmt}", lambda fmt=fmt: sparse_tar(fmt)
    yield "absolute names (ko)", lambda: tar(folder(b"/var/"), folder(b"/ko-app/"), file(b"/ko-app/app", b"1", mode=b"0000555"))
    yield "names that come back", lambda: tar(file(b"opt/../opt/a"), file(b"./b/../c"))
    yield "hard link from the root", lambda: tar(file(b"/a"), header(b"/b", b"1", link=b"/a"))
    yield "hard link before its file", lambda: tar(header(b"b", b"1", link=b"a"), file(b"a"))
    yield "hard link to itself", lambda: tar(file(b"a"), header(b"a", b"1", link=b"a"))
    yield "hard link to a symlink", lambda: tar(symlink(b"s", b"none"), header(b"h", b"1", link=b"s"))
    yield "hard link to a folder", lambda: tar(folder(b"d"), header(b"h", b"1", link=b"d"))
    yield "symlink to nothing", lambda: tar(symlink(b"s", b""))
    yield "a name twice", lambda: tar(file(b"a", b"1"), file(b"a", b"2"))
    yield "a file, then a folder", lambda: tar(file(b"a"), folder(b"a/"), file(b"a/b"))
    yield "a folder, then a file", lambda: tar(folder(b"a/"), file(b"a/b"), file(b"a"))
    yield "a file in a file", lambda: tar(file(b"a"), file(b"a/b"))
    yield "a file through a symlink out", lambda: tar(symlink(b"s", b"../.."), file(b"s/x"))
    yield "a file through a symlink inside", lambda: tar(folder(b"d"), symlink(b"s", b"/d"), file(b"s/x"))
    yield "a file through a symlink to nothing", lambda: tar(symlink(b"s", b"d/e"), file(b"s/x"))
    yield "a folder over a symlink", lambda: tar(folder(b"d"), symlink(b"s", b"d"), folder(b"s"), file(b"s/x"))
    yield "a whiteout", lambda: tar(file(b"a"), file(b".wh.a", b""))
    yield "a whiteout of nothing", lambda: tar(file(b".wh.a", b""), file(b"b"))
    yield "a whiteout without a name", lambda: tar(file(b".wh.", b""), file(b"b"))
    yield "a whiteout of ..", lambda: tar(file(b"d/.wh...", b""), file(b"b"))
    yield "a file in a whiteout", lambda: tar(file(b".wh.d/x"), file(b"b"))
    yield "aufs's own", lambda: tar(folder(b".wh..wh.plnk"), file(b".wh..wh.aufs", b""), file(b"b"))
    yield "an opaque folder", lambda: tar(folder(b"d"), file(b"d/.wh..wh..opq", b""), file(b"d/b"))
    yield "root as a file", lambda: tar(file(b"./"), file(b"b"))
    yield "root with a mode", lambda: tar(folder(b"./", mode=b"0000700"), file(b"b"))
    yield "a name of 255", lambda: tar(raw_tar.named(b"n" * 255, content=b"x"))
    yield "a name of 256", lambda: tar(raw_tar.named(b"n" * 256, content=b"x"))
    yield "a path of 3,900", lambda: tar(raw_tar.named(b"/".join([b"d" * 38] * 100) + b"/e", content=b"x"))
    yield "300 folders deep", lambda: tar(raw_tar.named(b"d/" * 300 + b"e", content=b"x"))


COMPRESSIONS = {"none": lambda data: data, "gzip": lambda data: gzip.compress(data, mtime=0),
                "zstd": lambda data: subprocess.run(["zstd", "-q"], input=data, check=True, capture_output=True).stdout,
                "xz": lambda data: subprocess.run(["xz", "-q"], input=data, check=True, capture_output=True).stdout,
                "bzip2": lambda data: __import__("bz2").compress(data)}


def label_cases():
    content = tar(file(b"a"))
    for label, suffix in (("none", ""), ("gzip", "+gzip"), ("zstd", "+zstd")):
        for stored, compress in COMPRESSIONS.items():
            if stored != label:
                yield Case(f"layer: labelled {label}, has {stored}", lambda path, suffix=suffix, compress=compress: with_layers(
                    path, [content], lambda layout: [layout.put(compress(content), LAYER + suffix)]))
    for what, kind in {"docker": "application/vnd.docker.image.rootfs.diff.tar.gzip", "docker, plain": "application/vnd.docker.image.rootfs.diff.tar",
                       "x-gzip": "application/x-gzip", "empty": "", "unknown": "application/x-layer", "foreign": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
                       "upper case": (LAYER + "+gzip").upper(), "parameters": LAYER + "+gzip; a=b"}.items():
        yield Case(f"layer type: {what}", lambda path, kind=kind: with_layers(path, [content], lambda layout: [layout.put(
            content if what == "docker, plain" else gzip.compress(content, mtime=0), kind)]))
    yield Case("layer: two gzip members", lambda path: with_layers(path, [content], lambda layout: [layout.put(
        gzip.compress(content[:512]) + gzip.compress(content[512:]), LAYER + "+gzip")]))
    yield Case("layer: rubbish after gzip", lambda path: with_layers(path, [content], lambda layout: [layout.put(gzip.compress(content) + b"rubbish", LAYER + "+gzip")]))
    yield Case("layer: zeros after gzip", lambda path: with_layers(path, [content], lambda layout: [layout.put(gzip.compress(content) + bytes(100), LAYER + "+gzip")]))
    yield Case("layer: twice in one image", lambda path: layouts.image(path, content, content).name)
    yield Case("layers: 126", lambda path: layouts.image(path, *[tar(file(b"f%d" % i)) for i in range(126)]).name)
    yield Case("layers: none", lambda path: layouts.image(path).name)


def with_layers(path, tars, make):
    layout = Layout(path)
    return layout.write(layout.put_image(tars, layers=make(layout))).name


# Documents: a member changed in a good image.

VALUES = {"absent": ABSENT, "null": None, "empty string": "", "empty list": [], "empty object": {}, "number": 7, "minus": -1, "fraction": 1.5,
          "largest": 2**63, "true": True, "string": "wrong", "list of null": [None], "list of numbers": [1], "list of strings": ["a"], "map to null": {"n": None},
          "map to a number": {"n": 1}, "map to a string": {"n": "s"}, "long": "v" * 70_000, "not UTF-8": "\ud800", "control": "\x1b[2J\x00"}

FULL_CONFIG = {"created": "2024-01-01T00:00:00Z", "author": "a", "architecture": "amd64", "os": "linux", "os.version": "1", "os.features": ["x"], "variant": "",
               "config": {"User": "0", "ExposedPorts": {"80/tcp": {}}, "Env": ["A=b"], "Entrypoint": ["/e"], "Cmd": ["/c"], "Volumes": {"/v": {}}, "WorkingDir": "/",
                          "Labels": {"l": "m"}, "StopSignal": "SIGTERM", "ArgsEscaped": False, "Memory": 0, "Healthcheck": {"Test": ["NONE"]}, "OnBuild": ["RUN x"]},
               "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "x", "author": "a", "comment": "c", "empty_layer": False}]}


def members(document, at=()):
    for key in document if isinstance(document, dict) else range(len(document)):
        yield at + (key,)
        if isinstance(document[key], (dict, list)):
            yield from members(document[key], at + (key,))


def changed(document, at, value):
    document = copy.deepcopy(document)
    parent = document
    for key in at[:-1]:
        parent = parent[key]
    if value is ABSENT:
        del parent[at[-1]]
    else:
        parent[at[-1]] = value
    return document


def encoded(document):
    return json.dumps(document).encode()


def where(at):
    return ".".join(str(part) for part in at)


def document_cases():
    content = tar(file(b"a"))

    def good(layout):
        config = {**copy.deepcopy(FULL_CONFIG), "rootfs": layout.config_of([content])["rootfs"]}
        return config, layout.put_layer(content)

    def make(path, kind, at, value):
        layout = Layout(path)
        config, layer = good(layout)
        if kind == "config":
            config = changed(config, at, value)
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": layout.put(encoded(config), CONFIG), "layers": [layer], "annotations": {"a": "b"},
                    "artifactType": "", "subject": layout.put(b"{}", "application/json")}
        if kind == "manifest":
            manifest = changed(manifest, at, value)
        entry = layout.put(encoded(manifest), MANIFEST, platform={"architecture": "amd64", "os": "linux", "variant": "", "os.version": "1", "os.features": ["x"]},
                           annotations={"a": "b"}, urls=["https://x"], data="e30=", artifactType="")
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry], "annotations": {"a": "b"}, "artifactType": "", "subject": layout.put(b"{}", "application/json")}
        if kind == "index":
            index = changed(index, at, value)
        name = layout.write(layout.put(encoded(index), INDEX)).name
        if kind == "top":
            document = json.loads((layout.path / "index.json").read_text())
            layout.write_index(json.dumps(changed(document, at, value)))
        if kind == "layout":
            (layout.path / "oci-layout").write_text(json.dumps(changed({"imageLayoutVersion": "1.0.0"}, at, value)))
        return name

    shapes = {"layout": {"imageLayoutVersion": ""}, "top": {"schemaVersion": 2, "mediaType": "", "manifests": [{"mediaType": "", "digest": "", "size": 1}]},
              "index": {"schemaVersion": 2, "mediaType": "", "manifests": [{"mediaType": "", "digest": "", "size": 1, "platform": {
                  "architecture": "", "os": "", "variant": "", "os.version": "", "os.features": [""]}, "annotations": {"a": ""}, "urls": [], "data": "", "artifactType": ""}],
                  "annotations": {"a": ""}, "artifactType": "", "subject": {"mediaType": ""}},
              "manifest": {"schemaVersion": 2, "mediaType": "", "config": {"mediaType": "", "digest": "", "size": 1},
                           "layers": [{"mediaType": "", "digest": "", "size": 1}], "annotations": {"a": ""}, "artifactType": "", "subject": {"mediaType": ""}},
              "config": {**FULL_CONFIG, "rootfs": {"type": "", "diff_ids": [""]}}}
    yield Case(GOOD + ", by its documents", lambda path: make(path, "", (), None), True)
    for kind, shape in shapes.items():
        for at in members(shape):
            for what, value in VALUES.items():
                yield Case(f"{kind} {where(at)}: {what}", lambda path, kind=kind, at=at, value=value: make(path, kind, at, value), True)
    for architecture in ("x86_64", "AMD64", "x86-64", "aarch64", "i386"):
        yield Case(f"config architecture: {architecture}", lambda path, architecture=architecture: make(path, "config", ("architecture",), architecture), True)
    for user in ("1234:", ":", ":0", "0:0", "nobody", "1234:1234:1", "-1"):
        yield Case(f"config config.User: {user}", lambda path, user=user: make(path, "config", ("config", "User"), user), True)


def index_cases():
    content = tar(file(b"a"))
    platform = {"os": "linux", "architecture": "amd64"}

    def artifact(layout):
        empty = layout.put(b"{}", "application/vnd.oci.empty.v1+json")
        return layout.put({"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/x", "config": empty, "layers": [empty]}, MANIFEST)

    def attestation(layout):
        return layout.put({"schemaVersion": 2, "mediaType": MANIFEST, "config": layout.put(layout.config_of([]), CONFIG), "layers": [layout.put(b"{}", "application/vnd.in-toto+json")]},
                          MANIFEST, platform={"os": "unknown", "architecture": "unknown"}, annotations={"vnd.docker.reference.type": "attestation-manifest"})

    for order in (1, -1):
        for named in (True, False):
            for what, other in {"artifact": artifact, "attestation": attestation, "index of nothing": lambda layout: layout.put_index([]),
                                "unknown type": lambda layout: layout.put(b"{}", "application/x")}.items():
                def make(path, order=order, named=named, other=other):
                    layout = Layout(path)
                    image = layout.put_image([content])
                    if named:
                        image["platform"] = platform
                    return layout.write(layout.put_index([image, other(layout)][::order])).name
                yield Case(f"index: {what} {'after' if order == 1 else 'before'} an image that names {'its' if named else 'no'} platform", make)


def tar_cases():
    for case in [*field_cases(), *pax_cases(), *(Case("tar: " + name, make) for name, make in whole_tars())]:
        yield Case(case.name, lambda path, make=case.make: layouts.image(path, make()).name)


def all_cases():
    return [Case(GOOD, lambda path: layouts.image(path, tar(folder(b"d/"), file(b"d/a"))).name), *tar_cases(), *label_cases(), *document_cases(), *index_cases()]


# What each program makes of it.

Outcome = collections.namedtuple("Outcome", "taken tree reason")


def attempt(command, root):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=False, errors="replace")
    if done.returncode == 0:
        return Outcome(True, tree_of(root()) if root else None, "")
    said = [line for line in (done.stderr or done.stdout).strip().splitlines() if line.strip()] or ["nothing"]
    return Outcome(False, None, said[0][-200:])


def tree_of(root):
    """Types, modes, owners, contents. Not times: of folders that are only implied each program has its own. Not devices and pipes: kif makes none."""
    found = {}
    for name, what in ground.tree(root).items():
        what = list(what)
        what[2] = None
        if name != "." and what[0] in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
            found[name] = what
    return found


def with_kif(name, folder_):
    return attempt([ground.options.tool, "unpack", name, folder_ / "kif"], lambda: folder_ / "kif")


def with_umoci(name, folder_):
    return attempt(["umoci", "unpack", "--image", name.removeprefix("oci:"), folder_ / "umoci"], lambda: folder_ / "umoci/rootfs")


def with_buildah(name, folder_):
    store = folder_ / "store"
    base = ["buildah", "--root", store, "--runroot", folder_ / "run", "--storage-driver", "vfs"]

    def root():
        layers = json.loads((store / "vfs-layers/layers.json").read_text()) if (store / "vfs-layers/layers.json").exists() else []
        parents = {layer.get("parent") for layer in layers}
        top = [layer["id"] for layer in layers if layer["id"] not in parents]
        return store / "vfs/dir" / top[0] if top else store / "none"
    return attempt([*base, "pull", "--quiet", "--policy", "always", name], root)


def with_skopeo(name, _):
    return attempt(["skopeo", "inspect", name], None)


PROGRAMS = {"kif": with_kif, "umoci": with_umoci, "podman": with_buildah}


def verdict(outcomes):
    """How kif differs; empty: not at all, or only where the others differ from each other."""
    kif, umoci, podman = (outcomes[name] for name in PROGRAMS)
    others = [other for other in (umoci, podman) if other.taken]
    if not kif.taken:
        return "refused" if others else ""
    if not others:
        return "taken alone"
    return "" if any(other.tree is None or kif.tree == other.tree for other in others) else "another tree"


class Others(unittest.TestCase):
    def test_every_difference_has_a_decision(self):
        only = os.environ.get("KIF_ONLY", "")
        cases = [case for case in all_cases() if only in case.name]
        names = [case.name for case in cases]
        self.assertEqual(len(set(names)), len(names), [name for name, count in collections.Counter(names).items() if count > 1])
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            results = list(pool.map(self.result, range(len(cases)), cases))
        used, undecided, table = collections.Counter(), [], collections.defaultdict(list)
        for case, outcomes in zip(cases, results):
            if case.name.startswith(GOOD):
                self.assertEqual([(name, outcome.reason) for name, outcome in outcomes.items() if not outcome.taken], [])
            differs = verdict(outcomes)
            if not differs:
                continue
            decision = next((d for d in DECISIONS if re.search(d.cases, case.name) and d.differs == differs and re.search(d.reason, outcomes["kif"].reason)), None)
            if decision is None:
                undecided.append(f"{case.name}: {differs}: " + "; ".join(f"{name}: {'taken' if o.taken else o.reason}" for name, o in outcomes.items()))
            else:
                used[decision] += 1
                table[decision].append(case.name)
        taken = {name: sum(result[name].taken for result in results) for name in PROGRAMS}
        print(f"\n  {len(cases)} images; taken by " + ", ".join(f"{name} {count}" for name, count in taken.items()))
        for decision, named in table.items():
            print(f"  {decision.differs:13} {len(named):4}  {decision.why}   (as {named[0]!r})")
        self.assertEqual(undecided, [], f"{len(undecided)} differences without a decision:\n" + "\n".join(undecided))
        if not only:
            self.assertEqual([decision.cases for decision in DECISIONS if decision not in used], [], "decisions that nothing needs")
            self.assertGreater(len(cases), 1000)

    def result(self, number, case):
        folder_ = ground.work / f"case-{number}"
        folder_.mkdir()
        try:
            name = case.make(folder_ / "layout")
            programs = {**PROGRAMS, "podman": with_skopeo} if case.document else PROGRAMS
            return {program: run(name, folder_) for program, run in programs.items()}
        finally:
            shutil.rmtree(folder_, ignore_errors=True)


if __name__ == "__main__":
    ground.main()
