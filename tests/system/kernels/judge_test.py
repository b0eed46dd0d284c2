#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each cell of the kernels' table can fail: a console on which all is well is damaged in one place after the other, and the judge must see each."""

import unittest

import kernels
import machine
from rows import Row

ROW = Row("it", "amd64", "bullseye", "max", "trixie")
HEX = "{}d9a5e3e2d198ba12c7126c984afea0".format
READY = ("kif-init: ready: module 3.5.9 (41 self-tests passed), jitterentropy 3.6.3 (start-up test passed), seed cpu-jitter, 14 files verified, "
         "random bytes from broker")
GOOD = f"""firmware\x1b[2J@machine release=5.10.0-32-cloud-amd64 architecture=x86_64 random-instruction=yes fips-mode=0
@begin stock.draw
getrandom: ENOSYS

@end stock.draw 1 5
@begin stock.denied
40:error:1C8000BD:Provider routines:ossl_prov_drbg_instantiate:error retrieving entropy:stock

@end stock.denied 1 5
@begin stock.python
Fatal Python error: _Py_HashRandomization_Init: failed to get random numbers to initialize Python

@end stock.python 1 5
@begin stock.devices
none

@end stock.devices 0 5
@begin stock.allowed
{HEX("10")}

@end stock.allowed 0 5
@begin 3.5.denied
{READY}, no catch-all (getrandom is refused from outside), 900 ms
denied getrandom: ENOSYS
devices none
ok rand
ok ec
ok rsa
ok cert
ok tls13
ok probe
ok python
# python library       OpenSSL 3.5.9 29 Sep 2026
# python TLS, X25519   refused: no suitable groups

@end 3.5.denied 0 5
@begin 3.5.control
40:error:1C8000BD:Provider routines:ossl_prov_drbg_instantiate:error retrieving entropy:seeded

@end 3.5.control 1 5
@begin 3.5.control-sha256
SHA2-256(/etc/passwd)= 46

@end 3.5.control-sha256 0 5
@begin 3.5.control-allowed
{HEX("20")}

@end 3.5.control-allowed 0 5
@begin catch-all
{READY} and catch-all, 900 ms
drawn {HEX("30")}
drawn {HEX("31")}
openssl {HEX("32")}
python {HEX("33")}
{{"schema":1,"program":"kif-init","state":"ready","catch_all_requests":12,"catch_all_bytes":152,"catch_all_refused":0}}

@end catch-all 0 5
@begin catch-all.off
getrandom: ENOSYS

@end catch-all.off 1 5
@done
"""

# what is damaged, and what the complaint must be about
DAMAGED = [
    ("release=5.10.", "release=5.11.", "machine"), ("random-instruction=yes", "random-instruction=no", "machine"), ("fips-mode=0", "fips-mode=1", "machine"),
    ("ok rand", "not ok rand", "rand"), ("ok ec", "not ok ec", "ec"), ("ok rsa", "not ok rsa", "rsa"), ("ok cert\n", "", "cert"),
    ("ok tls13", "not ok tls13", "tls13"), ("ok probe", "not ok probe", "probe"), ("ok python", "not ok python", "python"),
    ("refused: no suitable", "NOT REFUSED: no suitable", "Python"), ("OpenSSL 3.5.9", "OpenSSL 3.6.5", "libcrypto"),
    ("denied getrandom: ENOSYS", f"denied {HEX('40')}", "not denied"), ("devices none", "devices /dev/urandom", "not denied"),
    ("seed cpu-jitter, 14 files verified, random bytes from broker, no", "seed kernel, no", "status line"), ("module 3.5.9 (41", "module 3.0.8 (30", "status line"),
    ("@end 3.5.denied 0", "@end 3.5.denied 124", "exit code 124"),
    ("entropy:seeded", f"entropy:seeded\n{HEX('41')}\n@end 3.5.control 0 5", "control"), ("retrieving entropy:seeded", "no file", "control"),
    ("@end 3.5.control-sha256 0", "@end 3.5.control-sha256 1", "control"), ("@end 3.5.control-allowed 0", "@end 3.5.control-allowed 1", "control"),
    ("@end 3.5.control 1", "@end 3.5.control 124", "control"),
    ("getrandom: ENOSYS\n\n@end stock.draw", f"{HEX('42')}\n\n@end stock.draw", "stock image"), ("retrieving entropy:stock", "no file", "stock image"),
    ("_Py_HashRandomization_Init", "no file", "stock image"), ("@end stock.allowed 0", "@end stock.allowed 1", "stock image"),
    ("none\n\n@end stock.devices", "/dev/random\n\n@end stock.devices", "stock image"), ("@end stock.denied 1", "@end stock.denied 0", "stock image"),
    (" and catch-all,", ", no catch-all (the kernel or sandbox has no seccomp user notification),", "catch-all"),
    (HEX("31"), HEX("30"), "catch-all"), (HEX("33"), "", "catch-all"), ('"catch_all_bytes":152', '"catch_all_bytes":16', "catch-all"),
    ("getrandom: ENOSYS\n\n@end catch-all.off 1", f"{HEX('43')}\n\n@end catch-all.off 0", "catch-all"), ("@done\n", "", "stopped before"),
]


def judged(console):
    said, runs, done = machine.parse(console)
    boot = machine.Boot(said, runs, None if done else "the machine stopped before the plan's end", console, 1)
    lines, complaints = kernels.judge(ROW, boot)
    return lines[0], complaints


class Judge(unittest.TestCase):
    def test_all_well(self):
        line, complaints = judged(GOOD)
        self.assertEqual(complaints, [])
        self.assertEqual(len(line), len(kernels.HEADER))
        self.assertNotIn("FAIL", line)
        self.assertEqual(judged(GOOD.replace("\n", "\r\n")), (line, []))

    def test_each_damage_is_seen(self):
        for before, after, about in DAMAGED:
            with self.subTest(damaged=before, to=after):
                self.assertIn(before, GOOD)
                line, complaints = judged(GOOD.replace(before, after, 1))
                self.assertNotEqual(complaints, [])
                self.assertIn(about, "\n".join(complaints))

    def test_nothing_at_all(self):
        line, complaints = judged("")
        self.assertEqual(line[4:], ["FAIL"] * (len(kernels.HEADER) - 4))
        self.assertGreater(len(complaints), 5)

    def test_a_kernel_that_is_missing(self):
        lines, complaints = kernels.failed_lines(ROW, "no kernel of bullseye for amd64")
        self.assertEqual(lines[0][4:], ["FAIL"] * (len(kernels.HEADER) - 4))
        self.assertEqual(complaints, ["it: no kernel of bullseye for amd64"])

    def test_a_boot_that_does_not_end(self):
        boot = machine.boot(["sh", "-c", "echo '@begin it'; exec sleep 60"], 1)
        self.assertEqual((boot.complaint, boot.runs), ("not done after 1 s", {}))


if __name__ == "__main__":
    unittest.main()
