# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the benchmarks of containers share: roots of an image, hardened and not, and bundles over them. Sourced after `cd` to the top
# of the tree, with $work a folder that goes when the script ends.
: "${work:?}"
# shellcheck source=bench/arguments.sh
. bench/arguments.sh

# unpack_roots IMAGE: $work/hardened/rootfs, and $work/stock/rootfs, which is the image as it is or hardened by the other build.
unpack_roots() {
  unpack_hardened "$build" hardened "$1"
  if [ -n "$against" ]; then unpack_hardened "$against" stock "$1"; else umoci unpack --image "${1#oci:}" "$work/stock" >/dev/null 2>&1; fi
}

# unpack_hardened BUILD NAME IMAGE
unpack_hardened() {
  "$1/bin/kif" harden "$3" -o "oci:$work/layout-$2:image" >/dev/null 2>&1
  umoci unpack --image "$work/layout-$2:image" "$work/$2" >/dev/null 2>&1
}

# compare_inside UNIT NAME "VARIABLE…" COMMAND…: what COMMAND measures in a container over the hardened root, and over the other one.
compare_inside() {
  local unit=$1 name=$2 id=kif-bench-$$ variables front
  read -ra variables <<<"KIF_STATUS=quiet $3"
  shift 3
  front=(env "${variables[@]}" /usr/lib/kif/kif-init --)
  write_bundle with hardened "${front[@]}" "$@"
  [ -n "$against" ] || front=()
  write_bundle without stock "${front[@]}" "$@"
  "$build/bin/bench_compare" --name "$name" --rounds "$rounds" --measure turns --unit "$unit" \
    --a-command "exec runc run --bundle $work/with $id-a" --b-command "exec runc run --bundle $work/without $id-b"
}

# write_bundle NAME ROOT ARGUMENT…: $work/NAME, a bundle over $work/ROOT/rootfs that runs these arguments. The benchmarks' own programs
# are in /bench.
write_bundle() {
  local name=$1 root=$2
  shift 2
  mkdir -p "$work/$name"
  python3 - "$work/$root" "$work/$name/config.json" "$(realpath "$build/bin")" "$@" <<'PYTHON'
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
