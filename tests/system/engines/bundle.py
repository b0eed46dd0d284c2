# SPDX-License-Identifier: Apache-2.0
"""OCI runtime bundles: what `runc spec` gives, turned into a situation."""

import json

IN_FRONT = ["/bin/sh", "-c", '"$@"; exit "$?"', "sh"]  # a shell as process 1, where an engine has no --init
DEVICES = ("/dev/random", "/dev/urandom", "/dev/hwrng")


def arguments(config, situation):
    """The image's own command, as the situation has it."""
    config = config["config"]
    entrypoint = config.get("Entrypoint") or []
    command = (entrypoint if situation.keeps_entrypoint else []) + config["Cmd"]
    if situation.joins:
        command = entrypoint + ["sleep", "600"]
    return (IN_FRONT if situation.init else []) + command


def adapt(spec, situation, config, *, profile, refusing, cgroup):
    """Changes a runtime spec in place. `refusing` is what takes the devices' place, and `cgroup` where limits are set; empty: nowhere."""
    process = spec["process"]
    process.update(terminal=False, args=arguments(config, situation), env=config["config"]["Env"])
    linux = spec["linux"]
    if situation.restricted:
        process["user"] = {"uid": 65534, "gid": 65534}
        process["capabilities"] = {kind: [] for kind in ("bounding", "effective", "permitted")}
        process["noNewPrivileges"] = True
        spec["root"]["readonly"] = True
    if situation.shares_pids:
        linux["namespaces"] = [space for space in linux["namespaces"] if space["type"] != "pid"]
    if situation.refused:
        linux["seccomp"] = profile
        spec["mounts"] += [{"destination": device, "type": "bind", "source": refusing, "options": ["bind"]} for device in DEVICES]
    if situation.memory_mib:
        limit = situation.memory_mib << 20
        linux.setdefault("resources", {})["memory"] = {"limit": limit, "swap": limit}
    if cgroup:
        linux["cgroupsPath"] = cgroup
    return spec


def write(folder, spec, root):
    """A bundle whose root is that folder of the machine."""
    folder.mkdir(parents=True)
    spec["root"]["path"] = root
    (folder / "config.json").write_text(json.dumps(spec))
