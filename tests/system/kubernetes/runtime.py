# SPDX-License-Identifier: Apache-2.0
"""A container of a pod under runc, described as a kubelet's container runtime describes it."""

import contextlib
import copy
import json
import os
import subprocess

import ground


def run(*words, timeout=120):
    return subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False)


class Image:
    """An image unpacked once, and its configuration."""

    def __init__(self, name):
        _, folder, tag = name.split(":")
        self.root = ground.work / f"root-{len(list(ground.work.glob('root-*')))}"
        self.root.mkdir()
        ground.tool("umoci", "raw", "unpack", "--image", f"{folder}:{tag}", self.root)
        self.config = json.loads(ground.tool("skopeo", "inspect", "--config", "--raw", name))["config"]


_count = 0


def profile(name):
    """linux.seccomp for a Localhost profile: the same document."""
    return json.loads((ground.options.manifests / "seccomp" / name).read_text())


def profile_of(pod):
    """RuntimeDefault: none here, since runc has none of its own."""
    wanted = pod["securityContext"]["seccompProfile"]
    return profile(wanted["localhostProfile"].split("/")[-1]) if wanted["type"] == "Localhost" else None


def describe(image, pod, container, profile):
    """command and args as Kubernetes means them: the first replaces the entrypoint and all, the second what follows it."""
    made = ground.work / "config.json"
    if not made.exists():
        ground.tool("runc", "spec", "--bundle", ground.work)
    spec = json.loads(made.read_text())
    own = image.config
    if "command" in container:
        words = container["command"] + container.get("args", [])
    else:
        words = (own.get("Entrypoint") or []) + (container.get("args") or own.get("Cmd") or [])
    security = {**pod["securityContext"], **container["securityContext"]}
    assert security["capabilities"] == {"drop": ["ALL"]} and security["allowPrivilegeEscalation"] is False, security
    spec["process"].update(
        terminal=False, args=words, cwd="/", noNewPrivileges=True, user={"uid": security["runAsUser"], "gid": security["runAsGroup"]},
        env=own["Env"] + [f"{one['name']}={one['value']}" for one in container.get("env", [])],
        capabilities={kind: [] for kind in ("bounding", "effective", "permitted")})
    spec["root"] = {"path": str(image.root), "readonly": security["readOnlyRootFilesystem"]}
    linux = spec["linux"]
    linux.pop("resources", None)  # what it limits takes cgroups, which not every machine lets a test write
    spec["mounts"] = [mount for mount in spec["mounts"] if mount["type"] != "cgroup"]
    if profile:
        linux["seccomp"] = profile
    nothing = ground.work / "nothing"  # the key `empty` of the config map
    nothing.touch(mode=0o644)
    for mount in container.get("volumeMounts", []):
        assert mount["subPath"] == "empty", mount
        spec["mounts"].append({"destination": mount["mountPath"], "type": "bind", "source": str(nothing), "options": ["bind", "ro"]})
    return spec


class Container:
    def __init__(self, image, pod, container, *, profile="as the pod says", args=None):
        global _count
        _count += 1
        self.name = f"kif-kubernetes-{os.getpid()}-{_count}"
        self.bundle = ground.work / self.name
        self.bundle.mkdir()
        container = copy.deepcopy(container)
        if args:
            container["args"] = args
        self.container = container
        spec = describe(image, pod, container, profile_of(pod) if profile == "as the pod says" else profile)
        # As a kubelet does it: a file of its own for each container, which any user may write.
        self.log = self.bundle / "termination-log"
        self.log.touch()
        self.log.chmod(0o666)
        self.log_path = container.get("terminationMessagePath", "/dev/termination-log")
        spec["mounts"].append({"destination": self.log_path, "type": "bind", "source": str(self.log), "options": ["bind"]})
        (self.bundle / "config.json").write_text(json.dumps(spec))

    def run(self):
        return run("runc", "run", "--bundle", self.bundle, self.name)

    def message(self, ended):
        """terminated.message, as a kubelet makes it: the file's text, or where that is empty and the container failed the end of its log."""
        text = self.log.read_text()
        if text or ended.returncode == 0 or self.container.get("terminationMessagePolicy") != "FallbackToLogsOnError":
            return text
        return "".join((ended.stdout + ended.stderr).splitlines(True)[-80:])[-2048:]

    @contextlib.contextmanager
    def running(self):
        """Its output so far, as a path; it is killed in the end."""
        path = self.bundle / "output"
        with path.open("w") as stream:
            process = subprocess.Popen(["runc", "run", "--bundle", str(self.bundle), self.name], stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
        try:
            yield path
        finally:
            run("runc", "delete", "--force", self.name)
            process.wait(timeout=60)

    def exec(self, *words):
        return run("runc", "exec", self.name, *words)
