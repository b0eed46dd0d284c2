# SPDX-License-Identifier: Apache-2.0
"""The same image hardened again: elsewhere, by somebody else, on top of itself, with other parts."""

import os
import shutil
import subprocess
import tempfile

import images
from images import INIT, Test, kif, module, real


class Repeat(Test):
    def test_another_path_umask_time_zone_and_user_give_the_same_digest(self):
        source = real("trixie")
        first, _ = self.harden(source, env={**os.environ, "TZ": "UTC"}, umask=0o022)
        # kif, its payload and the image at other places; nobody runs it.
        elsewhere = images.work / "elsewhere" / "a b"
        (elsewhere / "bin").mkdir(parents=True)
        shutil.copy(images.options.kif, elsewhere / "bin/kif")
        prefix = os.path.dirname(os.path.dirname(os.path.realpath(images.options.kif)))
        for folder in ("lib/kif", "share/kif"):
            shutil.copytree(os.path.join(prefix, folder), elsewhere / folder)
        subprocess.run(["chmod", "-R", "a+rX", str(images.work / "elsewhere")], check=True)
        copy = images.Layout(images.work / "elsewhere/copy", source.tag)
        shutil.copytree(source.path, copy.path)
        out = images.work / "elsewhere/out"
        out.mkdir(mode=0o777)
        out.chmod(0o777)
        second = images.Layout(out / "layout", source.tag)
        wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        self.harden(copy, second, program=elsewhere / "bin/kif", wrapper=wrapper, umask=0o077, cwd="/",
                    env={"PATH": os.environ["PATH"], "TZ": "Pacific/Kiritimati", "TMPDIR": str(out), "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"})
        self.assertEqual(first.digest, second.digest)
        for entry in [first.manifest["config"], *first.manifest["layers"]]:
            self.assertEqual(first.blob(entry["digest"]), second.blob(entry["digest"]))

    def test_source_date_epoch_sets_every_time(self):
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
        one, _ = self.harden(real("trixie"), env=environment)
        two, _ = self.harden(real("trixie"), env=environment)
        self.assertEqual(one.digest, two.digest)
        self.assertEqual(one.config["created"], "2023-11-14T22:13:20Z")
        self.assertEqual(one.config["history"][-1]["created"], "2023-11-14T22:13:20Z")
        with one.layer_tar(-1) as tar:
            self.assertEqual(tar.getmember("usr/lib/kif/fips.so").mtime, 1700000000)
        self.assert_refused(kif("harden", real("trixie").name, "-o", self.new().name, env={**os.environ, "SOURCE_DATE_EPOCH": "today"}), 2,
                            "kif: error: cannot use the variable SOURCE_DATE_EPOCH\n  expected: seconds since 1970\n  got:      today\n")

    def test_the_same_command_twice_changes_nothing(self):
        target, _ = self.harden(real("trixie"))
        before = target.snapshot()
        _, report = self.harden(real("trixie"), target)
        self.assertEqual(report["platforms"][0]["outcome"], "already-hardened")
        self.assertFalse(report["target"]["written"])
        self.assertEqual(target.snapshot(), before)

    def test_hardening_a_hardened_image_changes_nothing(self):
        once, _ = self.harden(real("trixie"))
        twice, report = self.harden(once)
        self.assertEqual(report["platforms"][0]["outcome"], "already-hardened")
        self.assertTrue(report["target"]["written"])
        self.assertEqual(twice.digest, once.digest)
        done = kif("harden", once.name, "-o", once.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("already hardened, nothing to write", done.stdout)

    def test_other_parts_need_force_and_replace_the_layer(self):
        source = real("bookworm")
        old, _ = self.harden(source, None, "--module", module("3.1.2"))
        target = self.new()
        done = kif("harden", old.name, "-o", target.name)
        self.assertEqual(done.returncode, 1)
        lines = done.stderr.splitlines()
        self.assertEqual(lines[0], f"kif: error: cannot harden {old.name}: it has another FIPS layer already")
        self.assertRegex(lines[1], r"^  expected: module 3\.5\.\d+ \(sha256:[0-9a-f]{64}\), entropy library sha256:[0-9a-f]{64}$")
        self.assertRegex(lines[2], r"^  got:      module 3\.1\.2 \(sha256:")
        self.assertEqual(lines[3], "  hint: --force puts the new layer in its place")
        self.assertFalse(target.path.exists())
        replaced, report = self.harden(old, target, "--force")
        self.assertEqual(report["platforms"][0]["outcome"], "replaced")
        direct, _ = self.harden(source)
        self.assertEqual(replaced.digest.split(":")[0], "sha256")
        self.assertEqual(replaced.config, direct.config)
        # The tag of the sources differs in nothing that is written, so the whole manifest is the same.
        self.assertEqual(replaced.digest, direct.digest)

    def test_a_layer_that_was_put_on_later_does_not_hide_ours(self):
        once, _ = self.harden(real("trixie"))
        derived = images.Layout(images.work / "derived", "x")
        shutil.copytree(once.path, derived.path)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(f"cd {folder} && mkdir -p usr/lib opt && echo app > opt/app && touch usr/lib/app.so && tar cf {folder}/../{derived.path.name}.tar opt usr",
                           shell=True, check=True)
            tar = f"{folder}/../{derived.path.name}.tar"
            subprocess.run(["umoci", "raw", "add-layer", "--image", f"{derived.path}:{once.tag}", "--tag", "x", tar], check=True, capture_output=True)
            os.unlink(tar)
        target, report = self.harden(derived)
        self.assertEqual(report["platforms"][0]["outcome"], "already-hardened")
        self.assertEqual(target.digest, derived.digest)
        # A later layer that changes one of our files is no hardened image any more; --force makes it one.
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(folder + "/r/etc/kif")
            with open(folder + "/r/etc/kif/openssl.cnf", "w", encoding="ascii") as file:
                file.write("openssl_conf = nothing\n")
            subprocess.run(["tar", "cf", folder + "/l.tar", "-C", folder + "/r", "etc"], check=True)
            subprocess.run(["umoci", "raw", "add-layer", "--image", f"{derived.path}:x", "--tag", "y", folder + "/l.tar"], check=True, capture_output=True)
        changed = images.Layout(derived.path, "y")
        done = kif("harden", changed.name, "-o", self.new().name)
        self.assertEqual(done.returncode, 1)
        self.assertIn("it has another FIPS layer already", done.stderr)
        target, report = self.harden(changed, None, "--force")
        self.assertEqual(report["platforms"][0]["outcome"], "replaced")
        self.assertEqual(len(target.manifest["layers"]), len(changed.manifest["layers"]))

    def test_a_changed_entrypoint_is_noticed(self):
        once, _ = self.harden(real("trixie"))
        changed = images.Layout(images.work / "changed", "z")
        shutil.copytree(once.path, changed.path)
        subprocess.run(["umoci", "config", "--image", f"{changed.path}:{once.tag}", "--tag", "z", "--no-history", "--clear=config.entrypoint",
                        "--config.entrypoint=/bin/app"], check=True, capture_output=True)
        done = kif("harden", changed.name, "-o", self.new().name)
        self.assertEqual(done.returncode, 1)
        self.assertIn("it has this FIPS layer, but its entrypoint, environment or labels were changed", done.stderr)
        target, _ = self.harden(changed, None, "--force")
        self.assertEqual(target.config["config"]["Entrypoint"], [INIT, "--", "/bin/app"])
        self.assertEqual(len(target.manifest["layers"]), len(once.manifest["layers"]))

    def test_a_squashed_image_is_refused(self):
        once, _ = self.harden(real("trixie"))
        with once.layer_tar(-1) as tar:
            files = {e.name: tar.extractfile(e).read() for e in tar.getmembers() if e.isfile()}
        squashed = images.make("squashed", files, once.config["config"])
        self.assert_refused(kif("harden", squashed.name, "-o", self.new().name), 1,
                            f"kif: error: cannot harden {squashed.name}: it has a FIPS layer that is merged with other layers\n"
                            "  hint: harden the image that it was made from\n")

    def test_another_image_under_the_output_name_is_kept(self):
        target = images.make("taken", {"a": b"b"})
        before = target.snapshot()
        self.assert_refused(kif("harden", real("trixie").name, "-o", target.name), 1,
                            f"kif: error: cannot write {target.name}: there is another image under that name\n  hint: --force replaces it\n")
        self.assertEqual(target.snapshot(), before)
        beside = images.Layout(target.path, "beside")
        self.harden(real("trixie"), beside)
        self.assertEqual(target.config["config"]["Cmd"], ["/bin/sh"])
        self.harden(real("trixie"), target, "--force")
        self.assertEqual(target.digest, beside.digest)


if __name__ == "__main__":
    images.main()
