# SPDX-License-Identifier: Apache-2.0
"""Real images of three Debian suites, and of OpenSSL 4.0 in one of them, hardened, and looked at by umoci, skopeo and runc."""

import hashlib
import json
import pathlib
import re
import subprocess
import tempfile

import images
from images import INIT, Test, kif, real


def tool(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **more)


class Suites(Test):
    made = {}

    def hardened(self, suite):
        """Each suite is hardened once; these tests only look at what came out."""
        if suite not in self.made:
            self.made[suite] = self.harden(real(suite))
        return self.made[suite]

    suites = {"bookworm": ("2.36", "3.0"), "trixie": ("2.41", "3.5"), "forky": ("2.4", "3.6"), "openssl4": ("2.41", "4.0"),
              "openssl3and4": ("2.41", "4.0")}

    def test_what_is_found(self):
        for suite, (glibc, openssl) in self.suites.items():
            with self.subTest(suite):
                source = real(suite)
                _, report = self.hardened(suite)
                (found,) = report["platforms"]
                self.assertEqual(found["outcome"], "hardened")
                self.assertTrue(found["found"]["glibc"]["version"].startswith(glibc), found["found"])
                self.assertTrue(found["found"]["libcrypto"]["version"].startswith(openssl), found["found"])
                further = [one["version"][:3] for one in found["found"]["further_libcryptos"]]
                self.assertEqual(further, ["3.5"] if suite == "openssl3and4" else [])
                self.assertEqual(found["found"]["other_libcryptos"], [])
                self.assertEqual(found["found"]["linked_in_libcryptos"], [])
                self.assertEqual(found["found"]["own_contexts"], [])
                for warning in found["warnings"]:  # of programs that compute by themselves; own_cryptography_test looks at them
                    self.assertRegex(warning, "^(coreutils|libmd|low-level functions of libcrypto)")
                self.assertEqual(found["source_digest"], source.digest)
                self.assertTrue(found["layer"]["module"]["version"].startswith("3.5."), found["layer"])
                self.assertEqual(found["layer"]["module"]["claimed"], "not a validated build")

    def test_inherited_blobs_and_history_are_untouched(self):
        for suite in self.suites:
            with self.subTest(suite):
                source = real(suite)
                target, report = self.hardened(suite)
                old, new = source.manifest["layers"], target.manifest["layers"]
                self.assertEqual(new[:-1], old)
                for layer in old:
                    self.assertEqual(target.blob(layer["digest"]), source.blob(layer["digest"]))
                self.assertEqual(new[-1]["digest"], report["platforms"][0]["layer"]["digest"])
                self.assertEqual(target.config["history"][:-1], source.config["history"])
                self.assertEqual(target.config["rootfs"]["diff_ids"][:-1], source.config["rootfs"]["diff_ids"])
                self.assertEqual(target.config["created"], source.config["created"])

    def test_configuration(self):
        source = real("trixie")
        target, _ = self.hardened("trixie")
        before, after = source.config["config"], target.config["config"]
        self.assertEqual(after["Entrypoint"], [INIT, "--"])
        self.assertEqual(after["Cmd"], before["Cmd"])
        self.assertEqual(after["Env"], before["Env"] + ["OPENSSL_CONF=/etc/kif/openssl.cnf", "OPENSSL_MODULES=/usr/lib/kif/modules"])
        labels = after["Labels"]
        self.assertEqual(labels["org.opencontainers.image.base.name"], source.tag)
        self.assertEqual(labels["org.opencontainers.image.base.digest"], source.digest)
        self.assertEqual(labels["kif.layer.diff-id"], target.config["rootfs"]["diff_ids"][-1])
        content = pathlib.Path(images.module("3.5")).read_bytes()
        self.assertEqual(labels["kif.module.digest"], "sha256:" + hashlib.sha256(content).hexdigest())
        self.assertEqual(target.manifest["annotations"]["org.opencontainers.image.base.digest"], source.digest)

    def test_the_layer(self):
        source = real("trixie")
        target, _ = self.hardened("trixie")
        with target.layer_tar(-1) as tar:
            entries = {entry.name: entry for entry in tar.getmembers()}
            names = list(entries)
            folders = [n for n in names if entries[n].isdir()]
            others = [n for n in names if not entries[n].isdir()]
            self.assertEqual(names, sorted(folders) + others)
            links = ["usr/lib/kif/modules/fips.so", "usr/lib/kif/modules/legacy.so"]
            self.assertEqual(others, sorted(others[:-2]) + links)
            self.assertEqual([entries[link].linkname for link in links], ["../kif-fips.so"] * 2)
            for entry in entries.values():
                self.assertEqual((entry.uid, entry.gid, entry.uname, entry.gname), (0, 0, "", ""), entry.name)
            for name in others:
                self.assertEqual(entries[name].mtime, 0, name)
            self.assertEqual({n: oct(entries[n].mode) for n in others if entries[n].isfile()}, {
                "etc/kif/openssl.cnf": "0o644", "etc/ssl/openssl.cnf": "0o644", "etc/ld.so.preload": "0o644", "usr/lib/kif/libkif-random.so": "0o755", "usr/lib/kif/fips.so": "0o644", "usr/lib/kif/kif-fips.so": "0o644",
                "usr/lib/kif/kif-provider.so": "0o644",
                "usr/lib/kif/kif-init": "0o755", "usr/lib/kif/libjitterentropy.so.3": "0o644",
                "usr/share/kif/layer.json": "0o644", "usr/share/kif/manifest.sha256": "0o644"})
            # Folders of the image are just as it has them.
            with source.layer_tar(0) as base:
                theirs = {entry.name.removeprefix("./").rstrip("/"): entry for entry in base.getmembers()}
            for name in ("etc", "etc/ssl", "usr", "usr/lib", "usr/share"):
                ours, there = entries[name], theirs[name]
                self.assertEqual((ours.mode, ours.uid, ours.gid, ours.mtime), (there.mode, there.uid, there.gid, int(there.mtime)), name)
            self.assertEqual(tar.extractfile("usr/lib/kif/fips.so").read(), pathlib.Path(images.module("3.5")).read_bytes())

    def unpack(self, image, folder):
        done = tool("umoci", "unpack", "--image", image.name.removeprefix("oci:"), folder)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_umoci_unpacks_it_and_the_manifest_is_true(self):
        for suite in self.suites:
            with self.subTest(suite), tempfile.TemporaryDirectory(dir=images.work) as folder:
                target, _ = self.hardened(suite)
                self.unpack(target, folder + "/bundle")
                root = pathlib.Path(folder, "bundle/rootfs")
                manifest = (root / "usr/share/kif/manifest.sha256").read_text()
                self.assertEqual(len(manifest.splitlines()), 10)
                for line in manifest.splitlines():
                    digest, path = line.split("  ")
                    self.assertEqual(hashlib.sha256((root / path.lstrip("/")).read_bytes()).hexdigest(), digest, path)
                layer = json.loads((root / "usr/share/kif/layer.json").read_text())
                self.assertEqual(layer["schema"], "kif.layer/1")
                self.assertEqual(layer["module"]["claimed"], "not a validated build")
                version = tool("chroot", str(root), "/usr/bin/openssl", "version")
                self.assertEqual(version.returncode, 0, version.stderr)

    def test_skopeo_reads_and_copies_it(self):
        target, report = self.hardened("trixie")
        done = tool("skopeo", "inspect", target.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["Digest"], report["target"]["digest"])
        for transport in ("oci-archive", "docker-archive"):
            copy = f"{transport}:{images.work}/copy.{transport}.tar:kif/copy:1"
            done = tool("skopeo", "--insecure-policy", "copy", target.name, copy)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_archives_are_hardened_too(self):
        source = real("trixie")
        expected, _ = self.hardened("trixie")
        for transport in ("oci-archive", "docker-archive"):
            with self.subTest(transport):
                archive = f"{transport}:{images.work}/from.{transport}.tar:kif/from:1"
                done = tool("skopeo", "--insecure-policy", "copy", source.name, archive)
                self.assertEqual(done.returncode, 0, done.stderr)
                target = self.new("trixie")
                done = kif("harden", archive, "-o", target.name)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(target.config["rootfs"], expected.config["rootfs"])
                back = f"{transport}:{images.work}/to.{transport}.tar:kif/to:1"
                done = kif("harden", source.name, "-o", back, "--format", "json")
                self.assertEqual(done.returncode, 0, done.stderr)
                done = tool("skopeo", "inspect", "--config", back)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(json.loads(done.stdout)["rootfs"]["diff_ids"], expected.config["rootfs"]["diff_ids"])

    def run_in(self, bundle, script):
        """Runs a shell script in an unpacked bundle, behind kif-init, with its own network. runc as in the image: cgroups left alone."""
        config = json.loads(pathlib.Path(bundle, "config.json").read_text())
        config["process"]["terminal"] = False
        config["process"]["args"] = [INIT, "--", "/bin/sh", "-c", script]
        config["linux"].pop("resources", None)
        config["linux"].pop("cgroupsPath", None)
        config["mounts"] = [m for m in config["mounts"] if m["type"] != "cgroup"]
        pathlib.Path(bundle, "config.json").write_text(json.dumps(config))
        return tool("runc", "run", "--bundle", bundle, f"kif-harden-test-{pathlib.Path(bundle).parent.name}")

    def test_runc_starts_it_and_openssl_follows_the_configuration(self):
        # `! command` does not stop a script under -e; refused() does.
        script = r"""set -e
refused() { if "$@" </dev/null >/tmp/out 2>&1; then echo "not refused: $*"; exit 1; fi; }
openssl list -providers > /tmp/providers
grep -A2 '^  fips' /tmp/providers | grep -q name
refused grep '^  default' /tmp/providers
test "$(openssl rand -hex 32 | wc -c)" = 65
openssl dgst -sha256 /etc/passwd >/dev/null
refused openssl dgst -md5 /etc/passwd
OPENSSL_CONF=/dev/null openssl dgst -md5 /etc/passwd >/dev/null
openssl ciphers -s -tls1_3
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /tmp/k -out /tmp/c -subj /CN=x 2>/dev/null
openssl x509 -in /tmp/c -noout -ext basicConstraints
openssl s_server -quiet -cert /tmp/c -key /tmp/k -accept 4433 >/dev/null 2>&1 &
for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; echo | openssl s_client -connect 127.0.0.1:4433 -msg >/tmp/s 2>&1 && break; done
cat /tmp/s
# The client that is let in with P-384 and with TLS 1.2 is not let in with X25519 or TLS 1.1.
echo | openssl s_client -connect 127.0.0.1:4433 -groups P-384 >/dev/null 2>&1
echo | openssl s_client -connect 127.0.0.1:4433 -tls1_2 >/dev/null 2>&1
refused openssl s_client -connect 127.0.0.1:4433 -groups X25519
refused openssl s_client -connect 127.0.0.1:4433 -tls1_1
echo all-done
"""
        for suite in self.suites:
            with self.subTest(suite), tempfile.TemporaryDirectory(dir=images.work) as folder:
                target, _ = self.hardened(suite)
                bundle = folder + "/bundle"
                self.unpack(target, bundle)
                done = self.run_in(bundle, script)
                self.assertIn("all-done", done.stdout, done.stdout + done.stderr)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stdout.splitlines()[0].split(":"),
                                 ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_CCM_SHA256"])
                self.assertIn("CA:TRUE", done.stdout)
                self.assertRegex(done.stdout, r"New, TLSv1\.3, Cipher is TLS_AES_256_GCM_SHA384")
                # supported_groups in the ClientHello: P-256, P-384, P-521, and where libssl has them SecP256r1MLKEM768 and
                # SecP384r1MLKEM1024 before them; no other.
                has_hybrids = suite != "bookworm"
                self.assertRegex(done.stdout, r"Negotiated TLS1\.3 group: SecP256r1MLKEM768\n" if has_hybrids else
                                 r"(Server Temp Key: ECDH, prime256v1|Peer Temp Key: ECDH, prime256v1|P-256)")
                hello = re.search(r">>> .*ClientHello\n((?:    [0-9a-f ]+\n)+)", done.stdout)
                self.assertIsNotNone(hello, done.stdout)
                data = bytes.fromhex(hello.group(1).replace("\n", " "))
                self.assertIn(bytes.fromhex("000a 000c 000a 11eb 11ed 0017 0018 0019" if has_hybrids else "000a 0008 0006 0017 0018 0019"), data)


if __name__ == "__main__":
    images.main()
