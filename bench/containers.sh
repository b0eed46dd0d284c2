# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the benchmarks of containers share: roots of an image, hardened and not, and bundles over them. Sourced after `cd` to the top
# of the tree, with $work a folder that goes when the script ends.
: "${work:?}"
build=${KIF_BUILD:-build/release}

# unpack_roots IMAGE: $work/hardened/rootfs and $work/stock/rootfs.
unpack_roots() {
  "$build/bin/kif" harden "$1" -o "oci:$work/layout:image" >/dev/null
  umoci unpack --image "$work/layout:image" "$work/hardened" >/dev/null 2>&1
  umoci unpack --image "${1#oci:}" "$work/stock" >/dev/null 2>&1
}

# write_bundle NAME ROOT ARGUMENT…: $work/NAME, a bundle over $work/ROOT/rootfs that runs these arguments. The benchmarks' own programs
# are in /bench.
write_bundle() {
  local name=$1 root=$2
  shift 2
  mkdir -p "$work/$name"
  python3 - "$work/$root" "$work/$name/config.json" "$PWD/$build/bin" "$@" <<'PYTHON'
import json, sys
root, target, programs, *arguments = sys.argv[1:]
with open(root + "/config.json", encoding="utf-8") as file:
    config = json.load(file)
config["root"] = {"path": root + "/rootfs", "readonly": True}
config["process"].update(terminal=False, args=arguments)
config["linux"].pop("resources", None)
config["mounts"] = [mount for mount in config["mounts"] if mount["type"] != "cgroup"]
config["mounts"].append({"destination": "/.bench", "type": "bind", "source": programs, "options": ["rbind", "ro"]})
with open(target, "w", encoding="utf-8") as file:
    json.dump(config, file)
PYTHON
}
