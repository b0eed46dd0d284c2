# SPDX-License-Identifier: Apache-2.0
"""The pods of deploy/kubernetes under runc: with the hardened image they start, draw and are ready; with the image as it was they are not,
where the kernel's randomness is refused. And what a static Go program does there."""

import copy
import errno
import os
import re
import time
import unittest

import ground
import runtime
from ground import pod, tool
from runtime import Container, Image

HEX = re.compile(r"^[0-9a-f]{32}$", re.MULTILINE)
REFUSE, LEAVE = "refuse-kernel-randomness.json", "leave-randomness-to-kif.json"
ENOSYS = errno.ENOSYS
REFUSING = "pod-without-kernel-randomness.yaml"
_images = {}


def image(name, is_hardened):
    key = (name, is_hardened)
    if key not in _images:
        made = tool(ground.options.tools / ("runtime-image" if "-" in name else "test-image"), name).splitlines()[-1]
        if is_hardened:
            hardened = f"oci:{ground.work}/hardened-{name}:it"
            tool(ground.options.kif, "harden", made, "-o", hardened)
            made = hardened
        _images[key] = Image(made)
    return _images[key]


class Pods(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("another user in a container takes root here")

    def starts_and_is_ready(self, manifest, says):
        it = pod(manifest)
        hardened = image("trixie", True)
        first = Container(hardened, it, it["initContainers"][0]).run()
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertRegex(first.stderr, "^kif-init: ready: .*, seed cpu-jitter, ")
        app = it["containers"][0]
        container = Container(hardened, it, app)
        with container.running() as output:
            deadline = time.monotonic() + 60
            while not HEX.search(output.read_text()) and time.monotonic() < deadline:
                time.sleep(0.1)
            self.assertRegex(output.read_text(), HEX)
            self.assertIn(says, output.read_text())
            for name in ("startupProbe", "readinessProbe", "livenessProbe"):
                probe = container.exec(*app[name]["exec"]["command"])
                self.assertEqual(probe.returncode, 0, probe.stderr)
            # What a pod cannot take away, as docs/kubernetes.md says.
            self.assertRegex(container.exec("cat", "/proc/sys/kernel/random/uuid").stdout, "^[0-9a-f-]{36}$")
            device = container.exec("sh", "-c", "head -c 16 /dev/urandom | wc -c")
            self.assertEqual(device.stdout.strip(), "16", device.stderr)

    def test_a_restricted_pod(self):
        self.starts_and_is_ready("pod.yaml", "random bytes from broker and catch-all, ")

    def test_a_pod_without_kernel_randomness(self):
        self.starts_and_is_ready(REFUSING, "random bytes from broker, no catch-all (getrandom is refused from outside")

    def test_a_damaged_layer_is_not_ready(self):
        """Init container and application end with a code of their own, and a kubelet has the reason."""
        it = pod("pod.yaml")
        damaged = Image(f"oci:{ground.work}/hardened-trixie:it") if image("trixie", True) else None
        with (damaged.root / "usr/lib/kif/fips.so").open("r+b") as module:
            module.seek(1000)
            module.write(b"damage")
        for one in (it["initContainers"][0], it["containers"][0]):
            for path in ("/dev/termination-log", "/tmp/elsewhere"):
                with self.subTest(container=one["name"], path=path):
                    container = Container(damaged, it, {**one, "terminationMessagePath": path})
                    ended = container.run()
                    self.assertEqual(ended.returncode, 82, ended.stderr)
                    self.assertRegex(container.message(ended), "^kif-init: error: cannot verify /usr/lib/kif/fips.so")

    def test_a_misspelt_variable_has_its_reason(self):
        it = pod("pod.yaml")
        container = Container(image("trixie", True), it, {**it["containers"][0], "env": [{"name": "KIF_CATCHALL", "value": "on"}]})
        ended = container.run()
        self.assertEqual(ended.returncode, 93, ended.stderr)
        self.assertRegex(container.message(ended), "^kif-init: error: cannot use the variable KIF_CATCHALL")

    def test_the_applications_end_is_not_kif_inits(self):
        """Exit code 85 of the application: its reason does not begin as one of kif-init's."""
        it = pod("pod.yaml")
        container = Container(image("trixie", True), it, it["containers"][0], args=["sh", "-c", "echo why > /dev/termination-log; exit 85"])
        ended = container.run()
        self.assertEqual((ended.returncode, container.message(ended)), (85, "why\n"))
        silent = Container(image("trixie", True), it, {**it["containers"][0], "env": [{"name": "KIF_STATUS", "value": "quiet"}]}, args=["sh", "-c", "exit 85"])
        ended = silent.run()
        self.assertEqual((ended.returncode, silent.message(ended)), (85, ""))

    def test_the_image_as_it_was_fails_where_the_kernel_gives_nothing(self):
        it = pod(REFUSING)
        plain = image("trixie", False)
        draw = ["sh", "-c", "openssl rand -hex 16"]
        refused = Container(plain, it, it["containers"][0], args=draw).run()
        self.assertNotEqual(refused.returncode, 0, refused.stdout)
        self.assertIn("error retrieving entropy", refused.stderr)
        # The same pod without profile and mounts: nothing else is in the way.
        allowed = copy.deepcopy(it["containers"][0])
        allowed["volumeMounts"] = []
        self.assertRegex(Container(plain, it, allowed, profile=None, args=draw).run().stdout, HEX)

    def test_the_job(self):
        it = pod("job.yaml")
        done = Container(image("trixie", True), it, it["containers"][0]).run()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("-----BEGIN PRIVATE KEY-----", done.stdout)
        # It asks for the catch-all, which a profile that refuses getrandom does not let be.
        refused = Container(image("trixie", True), it, it["containers"][0], profile=runtime.profile(REFUSE)).run()
        self.assertEqual(refused.returncode, 90, refused.stdout + refused.stderr)

    def go(self, is_hardened, profile, error=0, has_device=False):
        """Exit code and what a static Go program said under that profile."""
        it = pod(REFUSING)
        container = copy.deepcopy(it["containers"][0])
        profile = runtime.profile(profile)
        if error:
            profile["syscalls"][0]["errnoRet"] = error
        if has_device:
            container["volumeMounts"] = []
        done = Container(image("go-plain", is_hardened), it, container, profile=profile, args=["steps"]).run()
        text = done.stdout + done.stderr
        said = re.search(r"fatal error: .*", text)
        print(f"static Go, {'hardened' if is_hardened else 'as it was'}, {profile['syscalls'][0].get('errnoRet', 'trace')}, "
              f"{'devices there' if has_device else 'devices empty'}: exit code {done.returncode}{': ' + said.group() if said else ''}")
        return done.returncode, text

    def test_static_go_stops_where_all_is_refused(self):
        for is_hardened in (False, True):
            for has_device in (False, True):
                with self.subTest(is_hardened=is_hardened, has_device=has_device):
                    code, text = self.go(is_hardened, REFUSE, has_device=has_device)
                    self.assertEqual(code, 2)
                    self.assertIn("crypto/rand: failed to read random data", text)

    def test_why_the_profile_says_eperm(self):
        """With ENOSYS Go opens the device: it stops only where that is empty too."""
        for is_hardened in (False, True):
            with self.subTest(is_hardened=is_hardened):
                code, text = self.go(is_hardened, REFUSE, ENOSYS)
                self.assertEqual(code, 2)
                self.assertIn("EOF", text)
                self.assertEqual(self.go(is_hardened, REFUSE, ENOSYS, has_device=True)[0], 0)

    def test_static_go_is_served_where_kif_init_may_answer(self):
        code, text = self.go(True, LEAVE)
        self.assertEqual(code, 0, text)
        self.assertIn("random bytes from broker and catch-all", text)
        self.assertEqual(self.go(False, LEAVE)[0], 2)


if __name__ == "__main__":
    ground.main()
