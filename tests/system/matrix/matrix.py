#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The openssl command of bookworm (libcrypto 3.0), trixie (3.5), forky (3.6), and of OpenSSL 4.0, alone and beside 3.5, hardened with every FIPS module.

Each image is hardened with each module, and its own openssl command is run in it while getrandom and the random devices are
refused: keys, random bytes, a TLS 1.3 handshake between two processes, and what must be refused. A module that the image's glibc
cannot load must be turned away by `kif harden`, naming both versions. The negative control runs the same commands in the same
denial without the FIPS layer and must fail at the first random byte.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

# tools/test-image: the libcrypto that its openssl command takes.
SUITES = {"bookworm": "3.0", "trixie": "3.5", "forky": "3.6", "openssl4": "4.0", "openssl3and4": "4.0, 3.5 beside it"}
MODULES = ["3.0.8", "3.1.2", "3.4.0", "3.5", "3.6"]
# (suite, module) whose glibc is too old for the module file: bookworm has 2.36, Debian's 3.6 module needs 2.38.
TOO_NEW = {("bookworm", "3.6")}

# Every step prints "ok NAME" or "not ok NAME"; what must be refused is a step that passes when the command fails.
STEPS = r"""
step() { name=$1; shift; if "$@" >/tmp/out 2>&1 </dev/null; then echo "ok $name"; else echo "not ok $name"; sed 's/^/# /' /tmp/out; fi; }
refused() { name=$1; shift; if "$@" >/tmp/out 2>&1 </dev/null; then echo "not ok $name"; else echo "ok $name"; fi; }
cd /tmp
step rand openssl rand -hex 32
step ec openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem
step rsa openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem
step genrsa openssl genrsa -out rsa2.pem 2048
step cert openssl req -x509 -new -key ec.pem -subj /CN=localhost -days 2 -out cert.pem
refused md5 openssl dgst -md5 /etc/passwd
refused chacha20 openssl enc -chacha20 -K 00 -iv 00 -in /etc/passwd
refused rsa1024 openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024
refused x25519 openssl genpkey -algorithm X25519
openssl s_server -accept 127.0.0.1:4433 -cert cert.pem -key ec.pem -tls1_3 -www >/tmp/server 2>&1 & server=$!
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  sleep 0.25
  openssl s_client -connect 127.0.0.1:4433 -tls1_3 -CAfile cert.pem </dev/null >/tmp/client 2>&1 && break
done
if grep -q 'New, TLSv1.3, Cipher is TLS_AES_' /tmp/client && grep -Eq 'Verif.*0 \(ok\)' /tmp/client; then echo "ok tls13"
else echo "not ok tls13"; sed 's/^/# /' /tmp/client /tmp/server; fi
if openssl s_client -connect 127.0.0.1:4433 -tls1_3 -groups X25519 </dev/null >/tmp/client 2>&1; then echo "not ok tls-x25519"; else echo "ok tls-x25519"; fi
kill $server
"""
EXPECTED = ["rand", "ec", "rsa", "genrsa", "cert", "md5", "chacha20", "rsa1024", "x25519", "tls13", "tls-x25519"]


def run(*command, timeout=240):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=timeout, check=False)


def steps_under_denial(kif, image):
    """{step: passed} and all that was printed."""
    result = run(kif, "run", "--deny", image, "--", "/bin/sh", "-c", STEPS)
    outcome = {}
    for line in result.stdout.splitlines():
        if line.startswith("ok "):
            outcome[line[3:]] = True
        elif line.startswith("not ok "):
            outcome[line[7:]] = False
    return outcome, result.stdout + result.stderr


def cell(kif, module, image, out):
    """What the table shows for one pair, and the complaint where it is not as it must be."""
    hardened = run(kif, "harden", image, "-o", out, "--module", module)
    if hardened.returncode != 0:
        return "harden failed", hardened.stderr
    outcome, log = steps_under_denial(kif, out)
    failed = [step for step in EXPECTED if not outcome.get(step)]
    return ("pass", None) if not failed else ("fail: " + ",".join(failed), log)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kif", required=True, type=pathlib.Path)
    parser.add_argument("--modules", required=True, type=pathlib.Path)
    parser.add_argument("--test-image", required=True, type=pathlib.Path)
    options = parser.parse_args()

    complaints = []
    rows = []
    with tempfile.TemporaryDirectory(prefix="kif-matrix-") as folder:
        for suite, libcrypto in SUITES.items():
            image = run(options.test_image, suite, timeout=600).stdout.strip()
            row = [f"{suite} ({libcrypto})"]
            for version in MODULES:
                module = options.modules / version / "fips.so"
                name = f"{suite} × module {version}"
                out = f"oci:{folder}/{suite}:{version}"
                if (suite, version) in TOO_NEW:
                    refused = run(options.kif, "harden", image, "-o", out, "--module", module)
                    named = refused.returncode == 1 and "2.38" in refused.stderr and "2.36" in refused.stderr
                    row.append("glibc too old" if named else "not refused")
                    if not named:
                        complaints.append((name, f"harden exited {refused.returncode}: {refused.stderr}"))
                    continue
                text, complaint = cell(options.kif, module, image, out)
                row.append(text)
                if complaint:
                    complaints.append((name, complaint))
            outcome, log = steps_under_denial(options.kif, image)
            if any(outcome.get(step) for step in ("rand", "ec", "rsa", "tls13")) or "rand" not in outcome:
                row.append("PASSED")
                complaints.append((f"{suite} control", "the unhardened image drew random bytes under denial\n" + log))
            else:
                row.append("fails, as it must")
            rows.append(row)

    header = ["openssl of (libcrypto)"] + MODULES + ["control: not hardened"]
    widths = [max(len(row[i]) for row in [header] + rows) for i in range(len(header))]
    for row in [header, ["-" * width for width in widths]] + rows:
        print("| " + " | ".join(text.ljust(width) for text, width in zip(row, widths)) + " |")
    for name, complaint in complaints:
        print(f"\n{name}:\n{complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
