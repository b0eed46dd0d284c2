#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What kif-fips.so and kif-provider.so are as files: one symbol out, never unloaded. The provider needs glibc 2.34 or older and no other
library; kif-fips.so, which static programs load as well, needs nothing that must be there."""

import re
import subprocess

import ground


def tool(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def gate():
    return ground.options.provider


def provider():
    return ground.options.provider.with_name("kif-provider.so")


class FileTest(ground.Case):
    def test_one_symbol_is_exported(self):
        for file in (gate(), provider()):
            names = [line.split()[-1] for line in tool("nm", "-D", "--defined-only", file).splitlines()]
            self.assertEqual(names, ["OSSL_provider_init"])

    def test_the_gate_needs_nothing(self):
        undefined = [line.split() for line in tool("nm", "-D", "--undefined-only", gate()).splitlines()]
        self.assertEqual({kind for kind, _ in undefined}, {"w"})
        self.assertIn("dlopen", [name for _, name in undefined])
        dynamic = tool("readelf", "-d", "-W", gate())
        self.assertNotIn("NEEDED", dynamic)
        self.assertRegex(dynamic, r"FLAGS_1.*NODELETE")
        self.assertIn("U", {line.split()[0] for line in tool("nm", "-D", "--undefined-only", provider()).splitlines()})  # the control

    def test_no_symbol_is_newer_than_glibc_2_34(self):
        versions = set(re.findall(r"\(?GLIBC_([0-9.]+)\)?", tool("objdump", "-T", provider())))
        newest = max(tuple(int(part) for part in version.split(".")) for version in versions)
        self.assertLessEqual(newest, (2, 34))
        self.assertGreater(newest, (2, 0))

    def test_nothing_is_needed_but_glibc(self):
        dynamic = tool("readelf", "-d", "-W", provider())
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
        self.assertLessEqual(needed, {"libc.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"})
        self.assertRegex(dynamic, r"FLAGS_1.*NODELETE")
        self.assertRegex(dynamic, r"FLAGS_1.*NOW")

    def test_it_has_no_executable_stack_and_no_build_path(self):
        for file in (gate(), provider()):
            self.assertRegex(tool("readelf", "-l", "-W", file), r"GNU_STACK.* RW ")
            self.assertNotIn("RUNPATH", tool("readelf", "-d", "-W", file))


if __name__ == "__main__":
    ground.main()
