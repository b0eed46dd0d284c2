# SPDX-License-Identifier: Apache-2.0
"""What images made to cost much may cost: memory, by the kernel's own count, and bytes read, which tell how often a layer was unpacked.

Seconds of CPU are printed. Each is less than 2 on a quiet machine; the bound that they are held to has room for a loaded one, and none for what
grows with the square of its input."""

import hashlib
import itertools
import os
import pathlib
import subprocess
import zlib

import ground
from layouts import LAYER, Layout
from raw_tar import file, folder, header, named, symlink, tar

import unittest

MAX_MEMORY = 200 * 1000 * 1000
MAX_SECONDS = 15
COUNT = 200_000
FILES = 20_000
END = [b"\0" * 1024]


def squeezed(parts):
    """gzip of an iterator's bytes, and the digest and size of what went in: nothing is held whole."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    hash_, size, out = hashlib.sha256(), 0, []
    for part in parts:
        hash_.update(part)
        size += len(part)
        out.append(deflate.compress(part))
    out.append(deflate.flush())
    return b"".join(out), "sha256:" + hash_.hexdigest(), size


def streamed_image(path, lower, parts):
    """oci:PATH:x of the tar `lower` and, on it, one that an iterator gives; with its blob's and its tar's size."""
    layout = Layout(path)
    blob, diff_id, size = squeezed(parts)
    config = layout.config_of([lower])
    config["rootfs"]["diff_ids"].append(diff_id)
    layers = [layout.put_layer(lower), layout.put(blob, LAYER + "+gzip")]
    return layout.write(layout.put_image([], config=config, layers=layers)).name, len(blob), size


class Run:
    """One run of a program: its exit code, what it said, its peak memory, the seconds of CPU, and the bytes that it read."""

    def __init__(self, *command):
        out = ground.work / "out"
        with open(out, "wb") as output:
            child = subprocess.Popen([str(part) for part in command], stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            counters = dict(line.split(": ") for line in pathlib.Path(f"/proc/{child.pid}/io").read_text().splitlines())
            _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.code = child.returncode
        self.said = out.read_text(errors="replace")
        self.memory = usage.ru_maxrss * 1024
        self.seconds = usage.ru_utime + usage.ru_stime
        self.read = int(counters["rchar"])


def real_file(name):
    found = [p for p in pathlib.Path(ground.options.deps, "root", "trixie").rglob(name) if p.is_file()]
    return found[0].read_bytes()


_base = []


def base():
    """A tar with a libc and a libcrypto that kif takes."""
    if not _base:
        at = b"usr/lib/x86_64-linux-gnu/"
        _base.append(tar(*(file(at + name.encode(), real_file(name)) for name in ("libc.so.6", "libcrypto.so.3"))))
    return _base[0]


class Costs(unittest.TestCase):
    def new(self):
        self.number = getattr(self, "number", 0) + 1
        return ground.work / f"{self._testMethodName}-{self.number}"

    def harden(self, name):
        return Run(ground.options.kif, "harden", name, "-o", f"oci:{self.new()}:out")

    def assert_cheap(self, what, run, code=0, saying=""):
        print(f"\n  {what}: {run.memory / 1e6:.0f} MB, {run.seconds:.2f} s of CPU, {run.read / 1e6:.1f} MB read"
              + (f"; {run.said.strip().splitlines()[0][-150:]}" if run.code else ""), end="")
        self.assertEqual(run.code, code, run.said)
        self.assertIn(saying, run.said)
        self.assertLess(run.memory, MAX_MEMORY, what)
        self.assertLess(run.seconds, MAX_SECONDS, what)

    # 20,000 files of each kind that is read, or named.

    def files(self, what, entries, code=0, saying=""):
        """Hardening reads no more for 20,000 than for one, but for the layer's own growth: a few passes, however many files."""
        few, few_blob, _ = streamed_image(self.new(), base(), itertools.chain(entries(1), END))
        many, many_blob, size = streamed_image(self.new(), base(), itertools.chain(entries(FILES), END))
        one = self.harden(few)
        self.assertEqual(one.code, 0, one.said)
        run = self.harden(many)
        self.assert_cheap(f"{FILES:,} {what} in {many_blob / 1e6:.2f} MB ({size / 1e6:.0f} MB unpacked)", run, code, saying)
        # Read for the tree, for the programs, for files under other names, and to be written: none of it depends on the number.
        self.assertLess(run.read - one.read, 12 * (many_blob + 1_000_000), "the layer was read too often")

    def test_files_of_the_loader(self):
        def entries(count):
            yield file(b"etc/ld.so.conf", b"include /etc/ld.so.conf.d/*.conf\n")
            for i in range(count):
                yield file(b"etc/ld.so.conf.d/f%d.conf" % i, b"# nothing\n")
        self.files("files of ld.so.conf.d", entries)

    def test_files_of_the_loader_under_other_names(self):
        def entries(count):
            yield file(b"etc/ld.so.conf", b"include ld.so.conf.d/*.conf\n")
            for i in range(count):
                yield file(b"opt/f%d" % i, b"# nothing\n")
                yield symlink(b"etc/ld.so.conf.d/f%d.conf" % i, b"/opt/f%d" % i)
        self.files("links of ld.so.conf.d", entries)

    def test_folders_of_the_loader(self):
        def entries(count):
            yield file(b"etc/ld.so.conf", b"include /etc/ld.so.conf.d/*.conf\n")
            for i in range(count):
                yield file(b"etc/ld.so.conf.d/f%d.conf" % i, b"/opt/lib%d\n" % i)
        self.files("folders of the loader", entries)

    def test_java_runtimes(self):
        def entries(count):
            for i in range(count if count > 1 else 0):
                yield file(b"opt/j%d/lib/server/libjvm.so" % i)
                yield file(b"opt/j%d/release" % i, b'JAVA_VERSION="21.0.1"\n')
                yield file(b"opt/j%d/conf/security/java.security" % i, b"a=b\n")
        self.files("Java runtimes", entries, 1, "more than 64 Java runtimes")

    def test_jars(self):
        def entries(count):
            for i in range(count):
                yield file(b"opt/j%d/bcprov-1.jar" % i)
        self.files("jars of Bouncy Castle", entries)

    def test_openssl_configurations(self):
        def entries(count):
            for i in range(count):
                yield file(b"opt/o%d/openssl.cnf" % i, b"[a]\nb = c\n")
        self.files("openssl.cnf", entries)

    def test_python_folders(self):
        def entries(count):
            for i in range(count):
                yield folder(b"opt/v%d/lib/python3.12/site-packages/" % i)
        self.files("folders of Python", entries)

    def test_programs(self):
        program = b"\x7fELF" + bytes(60) + b"\0OpenSSL 3.0.13 30 Jan 2024\0"

        def entries(count):
            for i in range(count):
                yield file(b"opt/p%d" % i, program)
        self.files("programs with an OpenSSL", entries)

    # 200,000 entries.

    def entries(self, what, parts, code=0, saying=""):
        name, blob, size = streamed_image(self.new(), base(), itertools.chain(parts, END))
        run = Run(ground.options.tool, "read", name)
        self.assert_cheap(f"{COUNT:,} {what} in {blob / 1e6:.2f} MB ({size / 1e6:.0f} MB unpacked)", run, code, saying)
        self.assert_cheap(f"{COUNT:,} {what}, hardened", self.harden(name), 0 if code == 0 else 1, saying)

    DEEP = b"/".join([b"d" * 15] * 240)

    def test_deep_entries(self):
        self.entries("files in a deep folder", (named(self.DEEP + b"/%d" % i) for i in range(COUNT)))

    def test_deep_entries_by_a_link(self):
        self.entries("files behind a link to a deep folder", itertools.chain(
            [named(self.DEEP, b"5"), named(b"s", b"2", link=self.DEEP)], (file(b"s/%d" % i, b"") for i in range(COUNT))))

    def test_deep_entries_in_turn(self):
        other = b"e" + self.DEEP[1:]
        self.entries("files in two deep folders in turn", (named((self.DEEP, other)[i % 2] + b"/%d" % i) for i in range(COUNT)))

    def test_deep_folders(self):
        short = b"/".join([b"d"] * 40)
        self.entries("deep folders", (folder(short + b"/%d/" % i) for i in range(COUNT)))

    def test_long_links(self):
        self.entries("links with long targets", (named(b"l%d" % i, b"2", link=b"x" * 4000) for i in range(COUNT)), 1,
                     "its names and link targets are longer than")

    def test_hard_links(self):
        self.entries("hard links", itertools.chain([file(b"a")], (header(b"h%d" % i, b"1", link=b"a") for i in range(COUNT))))

    def test_whiteouts(self):
        self.entries("whiteouts", (file(b"d/.wh.%d" % i, b"") for i in range(COUNT)))

    def test_empty_files(self):
        self.entries("empty files", (file(b"usr/f%d" % i, b"") for i in range(COUNT)))

    def test_programs_heads(self):
        head = b"\x7fELF" + bytes(4092)
        name, blob, size = streamed_image(self.new(), base(), itertools.chain((file(b"p%d" % i, head) for i in range(59_000)), END))
        self.assert_cheap(f"59,000 programs of 4 KiB in {blob / 1e6:.2f} MB ({size / 1e6:.0f} MB unpacked)", Run(ground.options.tool, "read", name, "heads"))

    # Layouts with much JSON.

    def layout(self, what, make):
        layout = Layout(self.new())
        name = layout.write(*make(layout)).name
        size = sum(p.stat().st_size for p in layout.path.rglob("*") if p.is_file())
        self.assert_cheap(f"a layout of {size / 1e6:.1f} MB: {what}", self.harden(name))
        self.assertGreater(size, 10_000_000)

    @staticmethod
    def platform(number):
        return {"os": "linux", "architecture": "s390x", "variant": f"v{number}"}

    def test_many_platforms_of_large_indexes(self):
        def make(layout):
            image = layout.put_image([base()])
            top = []
            for number in range(3):
                fill = [{"mediaType": "a", "digest": "sha256:" + hashlib.sha256(b"%d" % i).hexdigest(), "size": 1,
                         "annotations": {"a": "b" * 20}} for i in range(20_000)]
                leaves = [dict(image, platform=self.platform(64 * number + i)) for i in range(20)]
                top.append(layout.put_index(fill + leaves))
            return [dict(image, platform={"os": "linux", "architecture": "amd64"})] + top
        self.layout("60 platforms of three indexes", make)

    def test_many_annotations(self):
        def make(layout):
            image = layout.put_image([base()])
            top = [layout.put_index([dict(image, platform=self.platform(number), annotations={f"{i}": "" for i in range(190_000)})], x="y" * 1_000_000)
                   for number in range(4)]
            return [dict(image, platform={"os": "linux", "architecture": "amd64"})] + top
        self.layout("190,000 annotations in each of four indexes", make)

    def test_many_images_that_name_no_platform(self):
        def make(layout):
            config = layout.config_of([base()], architecture="s390x")
            image = layout.put_image([base()])
            others = [layout.put_image([base()], config=dict(config, x=number), annotations={f"{i}": "" for i in range(16_000)}) for number in range(60)]
            return [image, layout.put_index(others)]
        self.layout("60 manifests without a platform", make)


if __name__ == "__main__":
    ground.main("kif", "deps")
