# SPDX-License-Identifier: Apache-2.0
"""The engines: how each is started on an engine machine, is given the images, and runs one of them in a situation."""

import copy
import json
import subprocess

import bundle
from situations import BROKER, CATCH_ALL, REFUSE, Output, Situation

ANSWERED = "random bytes from broker and catch-all"
# It cannot tell them apart where what is refused gives EPERM.
REFUSED = "random bytes from broker, no catch-all (getrandom is refused from outside, or this process may not write to its children's memory)"
NO_NOTIFICATION = "random bytes from broker, no catch-all (the kernel or sandbox has no seccomp user notification)"


class CannotRun(Exception):
    """Not a failure of kif: the reason why this machine, or this engine, has no such situation."""


class Engine:
    name = ""
    needs_cgroups = True  # for every container, limits or not
    has_profile = True    # a default seccomp profile of its own
    makes_tmp = False
    shows_filters = True  # /proc/self/status of its containers is the kernel's

    def __init__(self, machine, images):
        self.machine = machine
        self.images = images
        self.count = 0

    def version(self):
        raise NotImplementedError

    def prepare(self):
        pass

    def serves(self, situation):
        return situation.serves

    def says(self, situation):
        return REFUSED if situation.refused == REFUSE else ANSWERED

    def container(self):
        self.count += 1
        return f"{self.name}-{self.count}"

    def run(self, situation):
        if situation.memory_mib and self.machine.no_cgroups:
            raise CannotRun(self.machine.no_cgroups)
        return self.start(situation)

    def start(self, situation, command=None):
        raise NotImplementedError

    def too_much(self, situation):
        """The same limit, and a program that wants more: the control of the row about memory."""
        return self.start(situation, ["/bin/sh", "-c", "head -c 150000000 /dev/zero | tail -n 1 | wc -c"])

    def wait_for_broker(self, *ask):
        """Until kif-init's checks have passed: what joins earlier finds no broker yet, and makes a DRBG of its own."""
        for _ in range(100):
            if self.machine.run(*ask, "/usr/lib/kif/kif-init", "--status").returncode == 0:
                return
        raise RuntimeError(f"no broker runs in the container that {self.name} started")

    def output(self, *words, **more):
        result = self.machine.run(*words, **more)
        return Output(result.returncode, result.stdout, result.stderr)


class DockerLike(Engine):
    """docker and podman have the same options."""
    client = ()
    run_options = ()
    read_only = ("--read-only",)

    def options(self, situation):
        words = ["--network", "none", *self.run_options]
        if situation.restricted:
            words += ["--user", "65534:65534", *self.read_only, "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
        if situation.init:
            words += ["--init"]
        if situation.shares_pids:
            words += ["--pid", "host"]
        if situation.memory_mib:
            words += ["--memory", f"{situation.memory_mib}m", "--memory-swap", f"{situation.memory_mib}m"]
        if situation.refused:
            words += ["--security-opt", f"seccomp={self.images.profile(situation)}"]
            for device in bundle.DEVICES[:2]:  # hwrng is not in a container
                words += ["--volume", f"{self.images.refusing}:{device}"]
        return words

    def start(self, situation, command=None):
        name, image = self.container(), f"kif-test:{situation.image}"
        if situation.joins:
            self.machine.need(*self.client, "run", "--detach", "--name", name, *self.options(situation), image, "sleep", "600")
            try:
                self.wait_for_broker(*self.client, "exec", name)
                return self.output(*self.client, "exec", name, "sh", "/t/probe.sh")
            finally:
                self.machine.run(*self.client, "rm", "--force", name)
        words = self.options(situation)
        if command or not situation.keeps_entrypoint:
            command = command or self.images.command
            words += ["--entrypoint", command[0]]
            command = command[1:]
        return self.output(*self.client, "run", "--rm", "--name", name, *words, image, *(command or []))

    def identity(self, image):
        return self.machine.need(*self.client, "image", "inspect", "--format", "{{.Id}}", image).strip().removeprefix("sha256:")


class Docker(DockerLike):
    name = "docker"
    client = ("docker", "--host", "unix:///run/docker.sock")

    def version(self):
        return self.machine.need("dockerd", "--version").split()[2].rstrip(",")

    def prepare(self):
        driver = {"overlay": "overlay2", "vfs": "vfs"}[self.machine.storage_driver]
        self.machine.start("dockerd", "dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", f"--storage-driver={driver}",
                           "--data-root", "/mnt/docker", "--exec-root", "/run/docker", "--pidfile", "/run/docker.pid", "--host",
                           "unix:///run/docker.sock", f"--cgroup-parent=/{self.machine.cgroup}", "--exec-opt", "native.cgroupdriver=cgroupfs",
                           ready=lambda: self.machine.run(*self.client, "info").returncode == 0)
        for image in ("hardened", "plain"):
            self.machine.need(*self.client, "load", "--input", self.images.docker_archive(image))

    def save(self, image, path):
        self.machine.need(*self.client, "save", "--output", path, image)

    def load(self, path):
        self.machine.need(*self.client, "load", "--input", path)


class Podman(DockerLike):
    name = "podman"
    run_options = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")
    # Else it puts empty memory at /tmp and /run.
    read_only = ("--read-only", "--read-only-tmpfs=false")

    def __init__(self, machine, images):
        super().__init__(machine, images)
        self.client = ("env", "TMPDIR=/mnt", "podman", "--root", "/mnt/podman", "--runroot", "/run/podman", "--tmpdir", "/run/libpod", "--storage-driver",
                       machine.storage_driver, "--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "none")
        self.run_options = (*Podman.run_options, "--cgroup-parent", f"/{machine.cgroup}")

    def version(self):
        return self.machine.need("podman", "--version").split()[2]

    def prepare(self):
        for image in ("hardened", "plain"):
            self.machine.need(*self.client, "load", "--input", self.images.docker_archive(image))

    def save(self, image, path):
        self.machine.need(*self.client, "save", "--format", "docker-archive", "--output", path, image)

    def load(self, path):
        self.machine.need(*self.client, "load", "--input", path)


class BundleEngine(Engine):
    """What runs an OCI bundle: a folder with a root and a description."""
    needs_cgroups = False
    has_profile = False
    program = ()
    flags = ()
    exec_options = ()
    base = None  # what `runc spec` gives

    def description(self, situation, name):
        if self.base is None:
            folder = self.machine.work / f"spec-{self.name}"
            folder.mkdir()
            self.machine.need("runc", "spec", "--bundle", f"/mnt/{folder.name}")
            self.base = json.loads((folder / "config.json").read_text())
        cgroup = f"/{self.machine.cgroup}/{name}" if situation.memory_mib else ""
        spec = bundle.adapt(copy.deepcopy(self.base), situation, self.images.configs[situation.image], profile=self.images.profile_document(situation),
                            refusing=self.images.refusing, cgroup=cgroup)
        # Of what is not limited nothing is said, so that this needs no cgroups.
        if not situation.memory_mib:
            spec["linux"].pop("resources", None)
            spec["mounts"] = [mount for mount in spec["mounts"] if mount["type"] != "cgroup"]
        return spec

    def start(self, situation, command=None):
        name = self.container()
        folder = self.machine.work / "bundles" / name
        spec = self.description(situation, name)
        if command:
            spec["process"]["args"] = command
        bundle.write(folder, spec, self.images.root(situation.image))
        program = (*self.program, *self.flags_for(situation))
        words = (f"/mnt/bundles/{name}", name)
        if not situation.joins:
            return self.output(*program, "run", "--bundle", *words)
        # A detached container keeps the streams it was given, and whoever waits for their end waits for the container.
        self.machine.need("sh", "-c", '"$@" </dev/null >/dev/null 2>&1', "sh", *program, "run", "--detach", "--bundle", *words)
        try:
            join = (*program, "exec", *self.exec_options, name)
            self.wait_for_broker(*join)
            return self.output(*join, "sh", "/t/probe.sh")
        finally:
            self.machine.run(*program, "kill", name, "KILL")
            self.machine.run(*program, "delete", "--force", name)

    def flags_for(self, situation):
        return self.flags


class Runc(BundleEngine):
    name = "runc"
    program = ("runc", "--root", "/run/kif-runc")

    def version(self):
        return self.machine.need("runc", "--version").split()[2]


class Runsc(BundleEngine):
    name = "gVisor"
    program = ("runsc", "--root", "/run/kif-runsc", "--network=none", "--platform=ptrace")
    exec_options = ("--user", "65534:65534")
    annotations = {}
    makes_tmp = True       # a file system of its own, whatever the image has
    shows_filters = False

    def version(self):
        return self.machine.need("runsc", "--version").split()[2]

    def serves(self, situation):
        return BROKER if situation.serves == CATCH_ALL else situation.serves

    def says(self, situation):
        return NO_NOTIFICATION

    def flags_for(self, situation):
        # Without --oci-seccomp a container's profile is left out in silence.
        return (*(() if situation.memory_mib else ("--ignore-cgroups",)), *(("--oci-seccomp",) if situation.refused else ()))

    def start(self, situation, command=None):
        if not situation.shares_pids:
            return super().start(situation, command)
        # A pod: its containers share the sandbox of the first, which does nothing. Nothing outside can be shared with.
        pause = self.container()
        spec = super().description(Situation("", image="plain", keeps_entrypoint=False), pause)
        spec["process"]["args"] = ["sleep", "600"]
        spec["annotations"] = {"io.kubernetes.cri.container-type": "sandbox"}
        bundle.write(self.machine.work / "bundles" / pause, spec, self.images.root("plain"))
        program = (*self.program, *self.flags_for(situation))
        self.annotations = {"io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-id": pause}
        self.machine.need("sh", "-c", '"$@" </dev/null >/dev/null 2>&1', "sh", *program, "run", "--detach", "--bundle", f"/mnt/bundles/{pause}", pause)
        try:
            return super().start(situation, command)
        finally:
            self.annotations = {}
            self.machine.run(*program, "kill", pause, "KILL")
            self.machine.run(*program, "delete", "--force", pause)

    def description(self, situation, name):
        spec = super().description(situation, name) | {"annotations": self.annotations}
        # No bind mount of a socket there. A file that nobody but root may open stands in; the situation is never root's.
        for mount in spec["mounts"]:
            if mount["source"] == self.images.refusing:
                mount["source"] = self.images.unreadable
        return spec


class Containerd(Engine):
    name = "containerd"
    client = ("ctr", "--address", "/run/kif-containerd.sock")
    image_names = {"hardened": "kif.test/hardened:it", "plain": "kif.test/plain:it"}

    def __init__(self, machine, images):
        super().__init__(machine, images)
        self.snapshotter = "overlayfs" if machine.storage_driver == "overlay" else "native"
        self.bases = {}

    def version(self):
        return self.machine.need("containerd", "--version").split()[2].split("~")[0].removeprefix("v")

    def prepare(self):
        config = self.machine.work / "containerd.toml"
        config.write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
        self.machine.start("containerd", "containerd", "--config", "/mnt/containerd.toml", "--root", "/mnt/containerd", "--state", "/run/kif-containerd",
                           "--address", self.client[-1], ready=lambda: self.machine.run(*self.client, "version").returncode == 0)
        for image, name in self.image_names.items():
            self.machine.need(*self.client, "image", "import", "--index-name", name, self.images.oci_archive(image))
            # ctr takes either the content of an image or a description that a test can change.
            self.machine.need("mkdir", f"/mnt/containerd-{image}")
            self.machine.need(*self.client, "image", "mount", "--snapshotter", self.snapshotter, "--rw", name, f"/mnt/containerd-{image}")

    def description(self, situation, name):
        """containerd's own defaults, as ctr writes them down for a container."""
        key = (situation.image, situation.refused)
        if key not in self.bases:
            base = f"base-{len(self.bases)}"
            self.machine.need(*self.client, "container", "create", "--snapshotter", self.snapshotter, "--seccomp", *self.seccomp(situation),
                              self.image_names[situation.image], base)
            self.bases[key] = json.loads(self.machine.need(*self.client, "container", "info", "--spec", base))
            self.machine.need(*self.client, "container", "delete", base)
        spec = copy.deepcopy(self.bases[key])
        spec["root"]["path"] = f"/mnt/containerd-{situation.image}"
        profile = spec["linux"].get("seccomp")
        return bundle.adapt(spec, situation, self.images.configs[situation.image], profile=profile, refusing=self.images.refusing,
                            cgroup=f"/{self.machine.cgroup}/{name}")

    def seccomp(self, situation):
        return ("--seccomp-profile", self.images.profile(situation)) if situation.refused else ()

    def start(self, situation, command=None):
        name = self.container()
        spec = self.description(situation, name)
        if command:
            spec["process"]["args"] = command
        (self.machine.work / f"{name}.json").write_text(json.dumps(spec))
        words = ("--config", f"/mnt/{name}.json", name)
        if not situation.joins:
            return self.output(*self.client, "run", "--rm", *words)
        self.machine.need(*self.client, "run", "--detach", "--null-io", *words)
        try:
            self.wait_for_broker("sh", "-c", f'{" ".join(self.client)} task exec --exec-id "wait-$$" "$@"', "sh", name)
            return self.output(*self.client, "task", "exec", "--exec-id", "it", name, "sh", "/t/probe.sh")
        finally:
            self.machine.run(*self.client, "task", "kill", "--signal", "KILL", name)
            self.machine.run(*self.client, "task", "delete", "--force", name)
            self.machine.run(*self.client, "container", "delete", name)


ENGINES = (Runc, Docker, Podman, Containerd, Runsc)


class Images:
    """The plain and the hardened image in the forms that engines take; paths are the machine's."""

    def __init__(self, work, layouts):
        self.work = work
        self.layouts = layouts  # {image: (layout's folder, tag)}
        self.configs = {image: self._config(*layout) for image, layout in layouts.items()}
        self.command = self.configs["plain"]["config"]["Cmd"]
        self.refusing = "/mnt/refusing"
        self.unreadable = "/mnt/unreadable"

    @staticmethod
    def _blob(layout, digest):
        return json.loads((layout / "blobs" / digest.replace(":", "/")).read_text())

    def config_digest(self, image):
        layout, _ = self.layouts[image]
        manifest = self._blob(layout, json.loads((layout / "index.json").read_text())["manifests"][0]["digest"])
        return manifest["config"]["digest"].removeprefix("sha256:")

    def _config(self, layout, _):
        manifest = self._blob(layout, json.loads((layout / "index.json").read_text())["manifests"][0]["digest"])
        return self._blob(layout, manifest["config"]["digest"])

    @staticmethod
    def profile(situation):
        return f"/mnt/{situation.refused}.json"

    def profile_document(self, situation):
        return json.loads((self.work / f"{situation.refused}.json").read_text()) if situation.refused else None

    def _archive(self, image, kind, suffix):
        path = self.work / f"{image}-{kind}.tar"
        if not path.exists():
            layout, tag = self.layouts[image]
            subprocess.run(["skopeo", "copy", "--quiet", f"oci:{layout}:{tag}", f"{kind}:{path}:{suffix}"], check=True, stdout=subprocess.DEVNULL)
        return f"/mnt/{path.name}"

    def docker_archive(self, image):
        return self._archive(image, "docker-archive", f"kif-test:{image}")

    def oci_archive(self, image):
        return self._archive(image, "oci-archive", "it")

    def root(self, image):
        folder = self.work / "roots" / image
        if not folder.exists():
            folder.mkdir(parents=True)
            layout, tag = self.layouts[image]
            subprocess.run(["umoci", "raw", "unpack", "--image", f"{layout}:{tag}", folder], check=True, capture_output=True)
        return f"/mnt/roots/{image}"
