#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What kif-fips.so is as a file: one symbol out, glibc 2.34 or older in, no library but glibc's, never unloaded."""

import re
import subprocess

import ground


def tool(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


class FileTest(ground.Case):
    def test_one_symbol_is_exported(self):
        names = [line.split()[-1] for line in tool("nm", "-D", "--defined-only", ground.options.provider).splitlines()]
        self.assertEqual(names, ["OSSL_provider_init"])

    def test_no_symbol_is_newer_than_glibc_2_34(self):
        versions = set(re.findall(r"\(?GLIBC_([0-9.]+)\)?", tool("objdump", "-T", ground.options.provider)))
        newest = max(tuple(int(part) for part in version.split(".")) for version in versions)
        self.assertLessEqual(newest, (2, 34))
        self.assertGreater(newest, (2, 0))

    def test_nothing_is_needed_but_glibc(self):
        dynamic = tool("readelf", "-d", "-W", ground.options.provider)
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
        self.assertLessEqual(needed, {"libc.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"})
        self.assertRegex(dynamic, r"FLAGS_1.*NODELETE")
        self.assertRegex(dynamic, r"FLAGS_1.*NOW")

    def test_it_has_no_executable_stack_and_no_build_path(self):
        self.assertRegex(tool("readelf", "-l", "-W", ground.options.provider), r"GNU_STACK.* RW ")
        self.assertNotIn("RUNPATH", tool("readelf", "-d", "-W", ground.options.provider))


if __name__ == "__main__":
    ground.main()
