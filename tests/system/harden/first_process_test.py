# SPDX-License-Identifier: Apache-2.0
"""Images that insist on being process 1: kif harden says so, with what to do; and done so they run, served by kif-init."""

import json
import os
import pathlib
import shutil
import subprocess
import unittest

import images
from images import Test, kif, real

# What s6-overlay's /init does, with Debian's s6 and execline: nothing but process 1, then s6's supervisor, with one service.
S6_INIT = """#!/usr/bin/execlineb -S0
getpid pid
importas -u pid pid
ifelse -n { test ${pid} -eq 1 } { foreground { sh -c "echo init: fatal: can only run as pid 1 >&2" } sh -c "exit 100" }
foreground { mkdir -p /run/service/it }
foreground { cp /etc/it/run /run/service/it/run }
s6-svscan -t0 /run/service
"""
# The service draws by OpenSSL, says whose child it is, and ends the container as s6-overlay's finish scripts do.
S6_RUN = """#!/bin/sh
openssl rand -hex 16
openssl md5 /etc/hostname 2>/dev/null && echo md5
tr '\\0' ' ' < /proc/1/cmdline; echo
/usr/lib/kif/kif-init --status 2>/dev/null
exec s6-svscanctl -t /run/service
"""
SCRIPT = "#!/bin/sh\n[ $$ -eq 1 ] || { echo not process 1 >&2; exit 100; }\nopenssl rand -hex 16\n/usr/lib/kif/kif-init --status 2>/dev/null\ncat /proc/1/comm\n"
HEX = "(?m)^[0-9a-f]{32}$"


class Made(Test):
    def image(self, files, command):
        """Debian's init programs, with these files and that command."""
        layout = self.new(real("trixie-init").tag)
        shutil.copytree(real("trixie-init").path, layout.path)
        folder = images.work / f"files-{layout.path.name}"
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
            path.chmod(0o755)
        name = f"{layout.path}:{layout.tag}"
        for top in sorted({pathlib.PurePath(name).parts[0] for name in files}):
            subprocess.run(["umoci", "insert", "--image", name, folder / top, "/" + top], check=True, capture_output=True)
        subprocess.run(["umoci", "config", "--image", name, "--clear=config.entrypoint", "--clear=config.cmd",
                        *(f"--config.entrypoint={word}" for word in command)], check=True, capture_output=True)
        return layout

    def run_it(self, image, *options):
        if os.geteuid() != 0 or shutil.which("runc") is None:
            self.skipTest("running an image takes root and runc here")
        return kif("run", *options, image.name)

    def warnings(self, source, target=None):
        done = kif("harden", source.name, "-o", (target or self.new(source.tag)).name)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr


class FirstProcess(Made):
    def insists(self, files, command, said, code, draws):
        """Runs as it was; is warned of; does not run hardened; runs as the warning says."""
        source = self.image(files, command)
        before = self.run_it(source)
        self.assertRegex(before.stdout, HEX, before.stderr)
        hardened = self.new(source.tag)
        self.assertIn(f"kif: warning: {command[0]} ({said}) may insist on being process 1, ", self.warnings(source, hardened))
        refused = self.run_it(hardened)
        self.assertEqual(refused.returncode, code, refused.stdout + refused.stderr)
        self.assertNotRegex(refused.stdout, HEX)
        for denial in ([], ["--deny=unanswered"]):
            ran = self.run_it(hardened, "--env", "KIF_PROCESS_1=application", *denial)
            self.assertRegex(ran.stdout, HEX, ran.stderr)
            self.assertIn("random bytes from broker and catch-all", ran.stderr)
            status = next(json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{"))
            self.assertGreater(status["socket_requests"] + status["catch_all_requests"], 0, status)
            draws(ran)

    def test_s6_as_s6_overlay_has_it(self):
        self.insists({"init": S6_INIT, "etc/it/run": S6_RUN}, ["/init"], "s6", 100,
                     lambda ran: (self.assertIn("s6-svscan", ran.stdout), self.assertNotIn("md5", ran.stdout)))

    def test_runit(self):
        source = self.image({"etc/none": ""}, ["/usr/sbin/runit"])
        hardened = self.new(source.tag)
        self.assertIn("/usr/sbin/runit (an init program) may insist on being process 1", self.warnings(source, hardened))
        refused = self.run_it(hardened)
        self.assertIn("must be run as process no 1", refused.stderr)

    def test_a_script_that_looks_at_its_number(self):
        self.insists({"start.sh": SCRIPT}, ["/start.sh"], "a script that looks whether it is process 1", 100,
                     lambda ran: self.assertIn("start.sh", ran.stdout))

    def test_busyboxs_init_is_warned_of_and_its_shell_is_not(self):
        for name, is_warned in (("usr/sbin/init", True), ("usr/bin/sleep", False)):
            with self.subTest(name):
                source = self.image({"etc/none": ""}, ["/" + name])
                link = images.work / f"link-{source.path.name}"
                link.symlink_to("/usr/bin/busybox")
                subprocess.run(["umoci", "insert", "--image", f"{source.path}:{source.tag}", link, "/" + name], check=True, capture_output=True)
                self.assertEqual("may insist on being process 1" in self.warnings(source), is_warned)

    def test_ordinary_images_are_not_warned_of(self):
        for name in ("trixie", "trixie-init"):
            self.assertNotIn("process 1", self.warnings(real(name)))

    def test_an_image_that_says_so_itself_is_not_warned_of(self):
        source = self.image({"start.sh": SCRIPT}, ["/start.sh"])
        subprocess.run(["umoci", "config", "--image", f"{source.path}:{source.tag}", "--config.env=KIF_PROCESS_1=application"], check=True, capture_output=True)
        hardened = self.new(source.tag)
        self.assertNotIn("process 1", self.warnings(source, hardened))
        self.assertRegex(self.run_it(hardened).stdout, HEX)


class Variables(Made):
    def test_an_image_with_a_variable_that_kif_init_refuses_is_warned_of(self):
        source = self.image({"etc/none": ""}, ["/bin/true"])
        name = f"{source.path}:{source.tag}"
        subprocess.run(["umoci", "config", "--image", name, "--config.env=KIF_MINE=1"], check=True, capture_output=True)
        hardened = self.new(source.tag)
        self.assertIn("kif: warning: kif-init will refuse to start with a variable of the image: cannot use the variable KIF_MINE: ", self.warnings(source, hardened))
        self.assertEqual(self.run_it(hardened).returncode, 93)
        subprocess.run(["umoci", "config", "--image", name, "--config.env=KIF_IGNORE=KIF_MINE"], check=True, capture_output=True)
        mended = self.new(source.tag)
        self.assertNotIn("KIF_MINE", self.warnings(source, mended))
        self.assertEqual(self.run_it(mended).returncode, 0)


if __name__ == "__main__":
    images.main()
