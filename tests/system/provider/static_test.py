#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Programs with glibc and OpenSSL both linked statically: they end with a sentence, never by a signal. The controls: the same programs
without the layer's configuration work, linked dynamically they work with it, and with the provider itself in place of kif-fips.so they die."""

import pathlib
import subprocess
import unittest

import ground

KINDS = ("static", "static-stripped", "static-pie")
SENTENCE = r"init fail:.*kif: cannot load the FIPS module into a statically linked program"


def program(kind):
    return ground.program(f"program-{kind}")


def readelf(path):
    return subprocess.run(["readelf", "-lW", path], capture_output=True, text=True, check=True).stdout


class StaticTest(ground.Case):
    def test_they_end_with_a_sentence(self):
        configuration = ground.config("3.5")
        for kind in KINDS:
            for use in ([], ["digest"]):
                with self.subTest(kind=kind, use=use):
                    command = [program(kind), *use]
                    self.assertNotIn("INTERP", readelf(command[0]))
                    self.must_fail(ground.run(command, configuration), SENTENCE)
                    self.must_work(ground.run(command, "/dev/null"))

    def test_linked_dynamically_they_work(self):
        for kind in ("dynamic", "dynamic-libcrypto-inside"):
            with self.subTest(kind=kind):
                self.assertIn("INTERP", readelf(program(kind)))
                self.must_work(ground.run(ground.deny([program(kind)]), ground.config("3.5")))

    def test_the_provider_itself_would_end_them_by_a_signal(self):
        configuration = pathlib.Path(ground.config("3.5"))
        text = configuration.read_text()
        self.assertIn("kif-fips.so", text)
        configuration.write_text(text.replace("kif-fips.so", "kif-provider.so"))
        self.assertLess(ground.run([program("static")], configuration).returncode, 0)
        self.must_work(ground.run([program("dynamic")], configuration))

    def test_a_missing_provider_is_told_of(self):
        folder = pathlib.Path(ground.work) / "alone"
        folder.mkdir()
        gate = folder / "kif-fips.so"
        gate.write_bytes(ground.options.provider.read_bytes())
        configuration = pathlib.Path(ground.config("3.5"))
        configuration.write_text(configuration.read_text().replace(str(ground.options.provider), str(gate)))
        self.must_fail(ground.run(["openssl", "list", "-providers", "-provider-path", folder, "-provider", "kif-fips"], configuration),
                       "kif: cannot load /.*/alone/kif-provider.so: .*No such file or directory")

    def test_by_a_link_the_provider_is_found_beside_the_file_itself(self):
        folder = pathlib.Path(ground.work) / "modules"
        folder.mkdir()
        (folder / "fips.so").symlink_to(ground.options.provider)
        configuration = pathlib.Path(ground.config("3.5"))
        configuration.write_text(configuration.read_text().replace(str(ground.options.provider), str(folder / "fips.so")))
        self.must_work(ground.run(ground.deny([program("dynamic")]), configuration))


if __name__ == "__main__":
    ground.main()
