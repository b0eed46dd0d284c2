#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A command that is stopped by a signal leaves nothing: no temporary folder, no half output, no container. The moments are calls of kif's, counted
(moments.c), so that each is met on a slow machine as on a fast one."""

import signal
import subprocess

import ground
from ground import Test, environment

MOMENTS = 9
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ends(Test):
    def run_kif(self, command, **variables):
        return subprocess.run([ground.options.kif, *map(str, command)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False,
                              env=environment(LD_PRELOAD=ground.options.moments, **{name: str(value) for name, value in variables.items()}))

    def stop_at_many_moments(self, make_command, is_whole=lambda folder: False, moments=MOMENTS):
        """`make_command(folder)`: its command line, with the output in this folder."""
        count = ground.work / "count"
        folder = self.folder()
        done = self.run_kif(make_command(folder), COUNT=count)
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        total = int(count.read_text())
        self.assertGreater(total, 0, "kif did nothing that could be interrupted")
        before = list((ground.work / "t").iterdir())
        self.assertEqual(before, [])
        for number in range(moments):
            moment = number if number < 3 else total * number // moments  # the first ones, and all along
            with self.subTest(moment=moment, of=total):
                folder = self.folder()
                which = SIGNALS[number % len(SIGNALS)]
                done = self.run_kif(make_command(folder), MOMENT=moment, SIGNAL=int(which))
                self.assertEqual(list((ground.work / "t").iterdir()), [])
                if done.returncode != -which:  # it was over before
                    self.assertIn(done.returncode, (0, 1, 3, 128 + which, 128 + signal.SIGKILL), done.stderr)  # or a container had it
                    self.assertGreater(number, 2)
                elif not is_whole(folder):
                    self.assertEqual([path.name for path in folder.iterdir()], [])
                    self.assertNotIn("error", done.stderr)

    def test_harden_to_an_archive(self):
        for transport in ("oci-archive", "docker-archive"):
            with self.subTest(transport):
                self.stop_at_many_moments(lambda folder, t=transport: ["harden", ground.real(), "-o", f"{t}:{folder}/out"],
                                          lambda folder: [path.name for path in folder.iterdir()] == ["out"])

    def test_harden_to_a_layout(self):
        self.stop_at_many_moments(lambda folder: ["harden", ground.real(), "-o", f"oci:{folder}/out:it"],
                                  lambda folder: [path.name for path in folder.iterdir()] == ["out"] and (folder / "out/index.json").exists())

    def test_run(self):
        def is_whole(folder):
            return [path.name for path in folder.iterdir()] == ["trace"]
        self.stop_at_many_moments(lambda folder: ["run", "--trace", "--output", folder / "trace", ground.real(), "--", "true"], is_whole, moments=6)

    def test_verify(self):
        self.stop_at_many_moments(lambda folder: ["verify", "--live", ground.hardened()], moments=6)

    def test_host(self):
        self.stop_at_many_moments(lambda folder: ["host"], moments=4)

    def test_sbom(self):
        archive = ground.work / "compressed"
        subprocess.run(f"tar -C {ground.real().split(':')[1]} -c . | gzip -1 > {archive}", shell=True, check=True)
        self.stop_at_many_moments(lambda folder: ["sbom", f"oci-archive:{archive}"], moments=5)

    def test_what_nohup_ignores_does_not_stop_it(self):
        folder = self.folder()
        done = subprocess.run(["nohup", ground.options.kif, "harden", ground.real(), "-o", f"oci:{folder}/out:it"], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=300, check=False, env=environment(LD_PRELOAD=ground.options.moments, MOMENT="5", SIGNAL="1"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((folder / "out/index.json").exists())


if __name__ == "__main__":
    ground.main()
