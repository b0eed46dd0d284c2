# SPDX-License-Identifier: Apache-2.0
"""Two containers that share PID and network namespaces. Process 1, of the other container and another user, takes the name of this one's broker and serves bytes
that it has chosen: nobody takes them, and who looks is told who that is."""

import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import ground
from ground import INIT

CHOSEN = "41" * 16
OWN_LINES = 21
# Goes on when the stranger has this container's name: it has the number of the mount that is the root.
WAIT = 'read -r number rest </proc/self/mountinfo; until grep -q "@kif-random/1/$number\$" /proc/net/unix; do sleep 0.05; done; '


class Bundles:
    """Roots of images, unpacked, and bundles over them."""

    def __init__(self, folder):
        self._folder = pathlib.Path(folder)

    def unpack(self, image):
        target = self._folder / image
        subprocess.run(["umoci", "unpack", "--image", ground.names[image].removeprefix("oci:"), target], capture_output=True, check=True)

    def write(self, name, image, arguments, user=0, shared=None):
        """`shared`: a process whose PID and network namespaces the container joins."""
        bundle = self._folder / name
        bundle.mkdir()
        config = json.loads((self._folder / image / "config.json").read_text(encoding="utf-8"))
        config["root"] = {"path": str(self._folder / image / "rootfs"), "readonly": True}
        config["process"].update(terminal=False, args=arguments, user={"uid": user, "gid": user})
        config["linux"].pop("resources", None)
        config["mounts"] = [mount for mount in config["mounts"] if mount["type"] != "cgroup"]
        for space in config["linux"]["namespaces"]:
            if shared and space["type"] in ("pid", "network"):
                space["path"] = f"/proc/{shared}/ns/{'net' if space['type'] == 'network' else 'pid'}"
        (bundle / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return bundle


def container_id(name):
    return f"kif-neighbour-{os.getpid()}-{name}"


class Neighbour(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="kif-neighbour-"))
        cls.bundles = Bundles(cls.folder)
        for image in ("plain", "bare", "hardened"):
            cls.bundles.unpack(image)

    def run_container(self, name, *arguments, **how):
        bundle = self.bundles.write(name, *arguments, **how)
        return subprocess.run(["runc", "run", "--bundle", bundle, container_id(name)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, check=False)

    @contextlib.contextmanager
    def stranger(self, name, user=1000):
        """The number of process 1 of the other container, as this machine sees it."""
        bundle = self.bundles.write(name, "plain", ["/t/stranger", "serve"], user=user)
        process = subprocess.Popen(["runc", "run", "--bundle", bundle, container_id(name)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        try:
            for _ in range(200):
                state = subprocess.run(["runc", "state", container_id(name)], capture_output=True, text=True, check=False)
                if state.returncode == 0 and json.loads(state.stdout)["status"] == "running":
                    break
                self.assertIsNone(process.poll(), "the stranger did not start")
                time.sleep(0.05)
            yield json.loads(state.stdout)["pid"]
        finally:
            subprocess.run(["runc", "delete", "--force", container_id(name)], capture_output=True, check=False)
            process.communicate(timeout=30)

    def need_none_chosen(self, result):
        lines = [line for line in result.stdout.splitlines() if len(line) == 32]
        self.assertEqual((result.returncode, len(lines)), (0, OWN_LINES), result.stdout + result.stderr)
        self.assertEqual(len(set(lines)), OWN_LINES, result.stdout)
        self.assertNotIn(CHOSEN, lines)

    def test_control_a_process_of_the_container_itself_is_believed(self):
        result = self.run_container("own", "bare", ["/t/stranger", "own", "/t/stranger", "draw"])
        self.assertEqual(result.stdout.splitlines(), [CHOSEN] * OWN_LINES, result.stderr)

    def test_nobody_takes_its_bytes(self):
        for stranger, user in ((1000, 0), (1000, 1000), (0, 0)):
            with self.subTest(f"stranger {stranger}, user {user}"), self.stranger(f"a{stranger}-{user}", stranger) as pid:
                result = self.run_container(f"b{stranger}-{user}", "bare", ["/bin/sh", "-c", WAIT + "exec /t/stranger draw"], user=user, shared=pid)
                self.need_none_chosen(result)

    def test_kif_init_says_who_has_the_name(self):
        with self.stranger("c") as pid:
            result = self.run_container("d", "hardened", ["/bin/sh", "-c", WAIT + f"{INIT} --status; exec {INIT} -- /t/stranger draw"], shared=pid)
        self.need_none_chosen(result)
        self.assertIn("none runs in this container; the name of its socket has process 1 of user 1000, of another container", result.stderr)
        self.assertIn("no broker (the name of the container's socket is taken by process 1 of user 1000, of another container)", result.stderr)


if __name__ == "__main__":
    ground.main()
