# SPDX-License-Identifier: Apache-2.0
"""A hardened image's OpenSSL where OPENSSL_CONF does not reach: an empty environment, a program with a file capability, a set-user-id program. And
the commands that read sections of OpenSSL's own openssl.cnf. The control is the same image with Debian's file where libcrypto looks by itself: what
kif made before it put its own there."""

import os
import unittest

import images
from images import Test, kif, layouts, real

# linux/capability.h: revision 2, effective; CAP_NET_BIND_SERVICE permitted. tar and PAX headers carry it as text.
CAPABILITY = "\1\0\0\2\0\4\0\0" + "\0" * 12
OPENSSL = "usr/bin/openssl"
OWN_PLACE = "etc/ssl/openssl.cnf"

# Each start prints "ok NAME" or "not ok NAME". MD5 must be refused where SHA-256 works, or a broken program would do.
STARTS = r"""
check() {
  name=$1
  shift
  if "$@" list -providers >/tmp/list 2>&1 && grep -q '^  fips$' /tmp/list && ! grep -q '^  default$' /tmp/list &&
    "$@" dgst -sha256 /etc/passwd >/tmp/out 2>&1 && ! "$@" dgst -md5 /etc/passwd >/tmp/out 2>&1; then
    echo "ok $name"
  else
    echo "not ok $name"
    sed 's/^/# /' /tmp/list /tmp/out
  fi
}
check ordinary openssl
check empty-environment env -i /usr/bin/openssl
# These ignore the variable, and an ordinary program does not: so rights were gained.
OPENSSL_CONF=/dev/null
check variable-ignored-nowhere /usr/bin/openssl
check file-capability /usr/local/bin/openssl-capable
check setuid /usr/local/bin/openssl-setuid
"""

COMMANDS = r"""
cd /tmp
step() {
  name=$1
  shift
  if "$@" >/tmp/out 2>&1 </dev/null; then echo "ok $name"; else echo "not ok $name"; sed 's/^/# /' /tmp/out; fi
}
ready_for_ca() { mkdir -p demoCA/newcerts demoCA/private && : >demoCA/index.txt && echo 01 >demoCA/serial && echo 01 >demoCA/tsaserial; }
new_key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
# shellcheck disable=SC2086
authority() { "$@" req -x509 $new_key -keyout demoCA/private/cakey.pem -out demoCA/cacert.pem -subj /C=AU/ST=S/O=O/CN=ca -days 9; }
# shellcheck disable=SC2086
request() { "$@" req -new $new_key -keyout key.pem -out request.pem -subj /C=AU/ST=S/O=O/CN=it; }
sign() { "$@" ca -batch -in request.pem -out "$cert" && openssl verify -CAfile demoCA/cacert.pem "$cert"; }
# shellcheck disable=SC2086
stamper() { "$@" req -x509 $new_key -keyout tsa.key -out tsa.pem -subj /CN=tsa -addext extendedKeyUsage=critical,timeStamping -days 9; }
stamp() {
  "$@" ts -query -data /etc/passwd -sha256 -cert -out query && "$@" ts -reply -queryfile query -signer tsa.pem -inkey tsa.key -out answer &&
    "$@" ts -verify -queryfile query -in answer -CAfile tsa.pem && "$@" ts -reply -in answer -text | grep 'Policy OID: tsa_policy1'
}
ready_for_ca
step authority authority openssl
step request request openssl
cert=cert.pem
step ca sign openssl
step request-again request openssl
cert=cert2.pem
sed -i 's/unique_subject = yes/unique_subject = no/' demoCA/index.txt.attr
step ca-empty-environment sign env -i /usr/bin/openssl
step stamper stamper openssl
step ts stamp openssl
step ts-empty-environment stamp env -i /usr/bin/openssl
"""

PYTHON = r"""
import hashlib, ssl
hashlib.sha256(b"").digest()
refused = []
for name in ("md5", "blake2s"):
    try:
        hashlib.new(name, b"")
    except ValueError:
        refused.append(name)
ciphers = [cipher["name"] for cipher in ssl.create_default_context().get_ciphers()]
print(refused, [name for name in ciphers if "CHACHA20" in name or "CAMELLIA" in name or "RC4" in name], bool(ciphers))
"""


def put_on_top(source, files, change=lambda config: None):
    """A layout with one layer more."""
    target = images.work / f"on-top-{len(list(images.work.iterdir()))}"
    return layouts.put_on_top(source, target, files, tag="x", config=lambda document: change(document["config"]))


def file_of(image, name):
    """A file of the lowest layer."""
    with image.layer_tar(0) as tar:
        for prefix in ("", "./"):
            if prefix + name in tar.getnames():
                return tar.extractfile(prefix + name).read()
    raise AssertionError(f"{name} is not in {image.name}")


def run(image, script, *flags):
    """{name: passed} and all that was printed. KIF_CATCH_ALL=off: under the catch-all no program gains rights (no_new_privs)."""
    done = kif("run", "--env", "KIF_CATCH_ALL=off", *flags, image.name, "--", "/bin/sh", "-c", script)
    lines = [line.rsplit("ok ", 1) for line in done.stdout.splitlines() if line.startswith(("ok ", "not ok "))]
    return {name: before == "" for before, name in lines}, done.stdout + done.stderr


@unittest.skipUnless(os.geteuid() == 0, "only root can have programs that gain rights in a container")
class Environment(Test):
    suites = ("bookworm", "trixie")
    _made = {}

    def made(self, suite):
        """The hardened image with the two programs that gain rights, and its control, which starts without kif-init: that would notice."""
        if suite not in self._made:
            base = real(suite)
            program = file_of(base, OPENSSL)
            source = put_on_top(base, {"usr/local/bin/openssl-setuid": (program, 0o4755),
                                       "usr/local/bin/openssl-capable": (program, 0o755, 0, {"SCHILY.xattr.security.capability": CAPABILITY})})
            hardened, _ = self.harden(source)
            stock = {OWN_PLACE: file_of(base, OWN_PLACE)}
            self._made[suite] = hardened, put_on_top(hardened, stock, lambda config: config.update(Entrypoint=[]))
        return self._made[suite]

    def test_every_start_has_the_layers_configuration(self):
        for suite in self.suites:
            with self.subTest(suite):
                outcome, text = run(self.made(suite)[0], STARTS, "--user", "65534:65534")
                self.assertEqual(outcome, {"ordinary": True, "empty-environment": True, "variable-ignored-nowhere": False,
                                           "file-capability": True, "setuid": True}, text)

    def test_the_control_loses_it(self):
        for suite in self.suites:
            with self.subTest(suite):
                outcome, text = run(self.made(suite)[1], STARTS, "--user", "65534:65534")
                self.assertEqual(outcome, {"ordinary": True, "empty-environment": False, "variable-ignored-nowhere": False,
                                           "file-capability": False, "setuid": False}, text)

    def test_commands_need_no_configuration_of_their_own(self):
        for suite in self.suites:
            with self.subTest(suite):
                outcome, text = run(self.made(suite)[0], COMMANDS)
                self.assertEqual({name for name, passed in outcome.items() if not passed}, set(), text)
                self.assertEqual(len(outcome), 8, text)

    def test_python(self):
        target, _ = self.harden(real("trixie-python"))
        for command in (["python3"], ["env", "-i", "/usr/bin/python3"]):
            done = kif("run", target.name, "--", "/usr/bin/env", *command, "-c", PYTHON)
            self.assertEqual(done.stdout, "['md5', 'blake2s'] [] True\n", done.stderr)

    def test_node(self):
        """Debian's has the image's libcrypto, which reads nodejs_conf; without NODE_OPTIONS it is this alone that holds it."""
        target, _ = self.harden(real("trixie-node"))
        text = "const c = require('crypto'); let md5 = 'works'; try { c.createHash('md5') } catch { md5 = 'refused' } console.log(c.getFips(), md5)"
        for command in (["node"], ["env", "-i", "/usr/bin/node"]):
            done = kif("run", target.name, "--", "/usr/bin/env", *command, "-e", text)
            self.assertEqual(done.stdout, "1 refused\n", done.stderr)

    def test_the_images_own_file_is_seen_again_when_the_layer_is_replaced(self):
        source = real("trixie")
        once, _ = self.harden(source)
        again, report = self.harden(once, None, "--force", "--module-claim", "other")
        self.assertEqual(report["platforms"][0]["outcome"], "replaced")
        with once.layer_tar(-1) as first, again.layer_tar(-1) as second:
            self.assertEqual(first.extractfile(OWN_PLACE).read(), second.extractfile(OWN_PLACE).read())
            self.assertIn(b"\n[tsa_config1]\n", second.extractfile(OWN_PLACE).read())
            self.assertEqual(first.extractfile("etc/kif/openssl.cnf").read(), first.extractfile(OWN_PLACE).read())

    def test_a_file_that_cannot_be_read_is_left_out_with_a_warning(self):
        broken = put_on_top(real("trixie"), {OWN_PLACE: b"[ca\n"})
        target = self.new()
        done = kif("harden", broken.name, "-o", target.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        # Beside the warnings of what computes by itself in this image.
        self.assertEqual([line for line in done.stderr.splitlines() if "openssl.cnf" in line],
                         ["kif: warning: none of the image's own OpenSSL sections are kept: cannot read /etc/ssl/openssl.cnf: line 1: a heading without its "
                          "closing bracket"])
        with target.layer_tar(-1) as tar:
            self.assertNotIn(b"default_ca", tar.extractfile(OWN_PLACE).read())


if __name__ == "__main__":
    images.main()
