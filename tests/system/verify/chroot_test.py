# SPDX-License-Identifier: Apache-2.0
"""kif verify --live in a chroot, as a shell on a node from within a pod is one: names of functions are read there too, and where they cannot be read, nothing fails for it."""

import json
import os
import subprocess
import unittest

import ground
from ground import Test, edited, environment, hardened, real


def in_chroot(*arguments, timeout=400):
    """kif where the machine's root is mounted once more, in a mount name space of its own."""
    folder = ground.work / "root"
    folder.mkdir(exist_ok=True)
    script = 'mount --rbind / "$0" && exec chroot "$0" "$@"'
    return subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", script, folder, ground.options.kif, *map(str, arguments)],
                          capture_output=True, text=True, timeout=timeout, check=False, env=environment())


@unittest.skipUnless(os.geteuid() == 0, "only root has a chroot")
class Chroot(Test):
    def verify(self, image, expect, *options, how=in_chroot):
        result = how("verify", "--live", "--format", "json", *options, image)
        self.assertEqual(result.returncode, expect, result.stdout + result.stderr)
        report = json.loads(result.stdout)
        return report, {finding["id"]: finding for finding in report["findings"]}

    def test_a_good_image_passes(self):
        report, _ = self.verify(hardened("trixie"), 0)
        self.assertFalse(any(call.get("undecided") for call in report["calls"]))
        self.assertTrue(all(call["executable"].startswith(("/usr/", "/.kif/", "/bin/")) for call in report["calls"]), report["calls"])

    def test_an_image_as_it_was_fails_and_its_functions_are_named(self):
        _, findings = self.verify(real("trixie"), 1, "--probe-only")
        self.assertEqual(findings["LIVE-TRACE-GETRANDOM"]["outcome"], "fail")
        self.assertIn("from libc.so.6 getentropy < libcrypto.so.3 RAND_", "\n".join(findings["LIVE-TRACE-GETRANDOM"]["evidence"]))

    def test_names_that_cannot_be_read_fail_nothing(self):
        """A libc that is gone when the program has ended: malloc's mark cannot be told from a use. With the image's own it can."""
        copy = "mkdir /srv/l && cp $(ldd /bin/ls | sed -n 's/.*=> \\(.*libc.so.6\\) .*/\\1/p') /srv/l/ && cp $(ldd /bin/ls | sed -n 's/^[^/]*\\(.*ld-linux[^ ]*\\) .*/\\1/p') /srv/l/ld-linux"
        steps = copy + " && /srv/l/ld-linux --library-path /srv/l /bin/ls / && rm -r /srv/l"
        for command, outcome in ((steps, "could-not-check"), ("ls /", "pass")):
            with self.subTest(outcome):
                def change(document, command=command):
                    document["config"].update({"Entrypoint": ["/bin/sh", "-c", command], "Cmd": []})

                image = edited(hardened("trixie"), ground.work / outcome, change)
                report, findings = self.verify(image, 3 if outcome != "pass" else 0, how=ground.kif)
                self.assertEqual(findings["LIVE-WORKLOAD-TRACE"]["outcome"], outcome, findings["LIVE-WORKLOAD-TRACE"])
                self.assertEqual(any(call.get("undecided") for call in report["calls"]), outcome != "pass")
                self.assertEqual([identifier for identifier, finding in findings.items() if finding["outcome"] == "fail"], [])


if __name__ == "__main__":
    ground.main()
