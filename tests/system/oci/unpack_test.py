# SPDX-License-Identifier: Apache-2.0
"""Real images unpacked by kif and by umoci: the same trees."""

import json
import os
import subprocess
import unittest

import ground
from ground import layered_image, run, skopeo_copy, test_image, tool


class Unpack(unittest.TestCase):
    def assert_same(self, name):
        label = name.rsplit(":", 1)[1]
        bundle = ground.work / (label + "-umoci")
        root = ground.work / (label + "-kif")
        run("umoci", "unpack", *ground.rootless(), "--image", name.removeprefix("oci:"), bundle)
        report = json.loads(tool("unpack", name, root))
        print(f"\n  {name.split('/')[-1]}: {report['entries']} entries, {report['bytes'] / 1e6:.1f} MB: walked in {report['walked_s']:.2f} s, "
              f"unpacked in {report['unpacked_s']:.2f} s")
        is_root = os.geteuid() == 0
        self.assertEqual(report["owners_kept"], is_root)
        expected = ground.tree(bundle / "rootfs", owners=is_root)
        for path in report["not_made"]:
            expected.pop(path.lstrip("/"), None)
        self.assertEqual(ground.tree(root, owners=is_root), expected)
        self.assertGreater(len(expected), 500)
        return root

    def test_debian(self):
        for suite in ("bookworm", "trixie"):
            with self.subTest(suite=suite):
                self.assert_same(test_image(suite))

    def test_layers_with_whiteouts(self):
        root = self.assert_same(layered_image())
        self.assertFalse((root / "etc/debian_version").exists())
        self.assertEqual((root / "usr/share/base-files").read_text(), "a file now")
        self.assertEqual(os.listdir(root / "etc/default"), ["only"])
        self.assertFalse((root / "etc/issue").exists())
        self.assertEqual((root / "etc/issue-link").read_text(), "another")

    def test_archives_hold_the_same_tree(self):
        expected = tool("list", layered_image())
        for form in ("oci-archive", "docker-archive"):
            with self.subTest(form=form):
                file = ground.work / (form + ".tar")
                skopeo_copy(layered_image(), f"{form}:{file}" + (":app:1" if form == "docker-archive" else ":t"))
                self.assertEqual(tool("list", f"{form}:{file}"), expected)
                for program, suffix in (("gzip", ".gz"), ("xz", ".xz"), ("zstd", ".zst")):
                    run(program, "-k", "-1", "-q", file)
                    self.assertEqual(tool("list", f"{form}:{file}{suffix}"), expected, suffix)

    def test_zstd_layers(self):
        layout = ground.work / "zstd"
        skopeo_copy(layered_image(), f"oci:{layout}:t", "--dest-compress", "--dest-compress-format", "zstd")
        manifest, _ = ground.layout_manifest(f"oci:{layout}:t")
        self.assertTrue(all(layer["mediaType"].endswith("tar+zstd") for layer in manifest["layers"]), manifest)
        self.assertEqual(tool("list", f"oci:{layout}:t"), tool("list", layered_image()))

    def test_a_truncated_archive_gives_nothing(self):
        file = ground.work / "whole.tar"
        skopeo_copy(test_image(), f"oci-archive:{file}:t")
        size = file.stat().st_size
        content = file.read_bytes()
        for part in (0, 100, 512, 4096, size // 3, size // 2, size - 12_000):
            cut = ground.work / "cut.tar"
            cut.write_bytes(content[:part])
            told = tool("unpack", f"oci-archive:{cut}:t", ground.work / "cut-root", good=False)
            self.assertRegex(told, r"\Aoci_tool: error: cannot [^\n]+\n\Z")
            self.assertFalse((ground.work / "cut-root").exists())
            self.assertFalse([name for name in os.listdir(ground.work) if "part-" in name])


if __name__ == "__main__":
    ground.main()
