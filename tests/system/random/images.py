# SPDX-License-Identifier: Apache-2.0
"""The images of this folder's tests, made once for all of them: Debian, with and without Python, the test programs in /t, as it is and hardened."""

import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

from ground import parse_options

GO_SOURCE = """package main

import (
	"crypto/rand"
	"fmt"
)

func main() {
	all := map[string]bool{}
	for i := 0; i < 100; i++ {
		bytes := make([]byte, 16)
		if _, err := rand.Read(bytes); err != nil {
			panic(err)
		}
		all[string(bytes)] = true
	}
	fmt.Println("distinct", len(all))
}
"""


def blob(blobs, content):
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).unlink(missing_ok=True)  # it may be a link to another image's
    (blobs / digest).write_bytes(content)
    return "sha256:" + digest


def edit(layout, change_manifest, change_config):
    """Changes an OCI layout in place; documents are written anew, never through a link."""
    blobs = layout / "blobs" / "sha256"
    index = json.loads((layout / "index.json").read_text())
    entry = index["manifests"][0]
    manifest = json.loads((blobs / entry["digest"].split(":")[1]).read_text())
    config = json.loads((blobs / manifest["config"]["digest"].split(":")[1]).read_text())
    change_config(config)
    content = json.dumps(config).encode()
    manifest["config"].update(digest=blob(blobs, content), size=len(content))
    change_manifest(manifest)
    content = json.dumps(manifest).encode()
    entry.update(digest=blob(blobs, content), size=len(content))
    (layout / "index.json").unlink()
    (layout / "index.json").write_text(json.dumps(index))


def link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copyfile(source, target)


def copy(source, folder):
    """A copy of a layout `oci:FOLDER:TAG`, whose blobs are links where they can be."""
    shutil.copytree(source.split(":")[1], folder, copy_function=link_or_copy)
    return pathlib.Path(folder)


def add_programs(layout, programs):
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name, (path, mode) in programs.items():
            content = pathlib.Path(path).read_bytes()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    content = layer.getvalue()
    digest = blob(layout / "blobs" / "sha256", content)
    descriptor = {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest, "size": len(content)}
    edit(layout, lambda manifest: manifest["layers"].append(descriptor), lambda config: config["rootfs"]["diff_ids"].append(digest))


def build_go(folder):
    """A static Go program, or None where there is no Go."""
    if shutil.which("go") is None:
        return None
    (folder / "draw.go").write_text(GO_SOURCE)
    subprocess.run(["go", "build", "-o", folder / "go-draw", folder / "draw.go"], check=True,
                   env=dict(os.environ, CGO_ENABLED="0", GO111MODULE="off", GOFLAGS=""))
    return folder / "go-draw"


def main():
    options = parse_options()
    folder = pathlib.Path(options.images)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    built = pathlib.Path(options.programs)
    programs = {f"t/{name}": (built / f"kif_{name}", 0o755) for name in ("caller", "caller_static", "awkward", "own_malloc", "storm")}
    programs["t/setuid"] = (built / "kif_awkward", 0o4755)
    go = build_go(folder)
    if go:
        programs["t/go"] = (go, 0o755)
    names = {"go": go is not None}
    for suffix, suite in (("", "trixie"), ("-python", "trixie-python")):
        base = subprocess.run([options.test_image, suite], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        tag = base.split(":")[2]
        plain = copy(base, folder / f"plain{suffix}")
        add_programs(plain, programs)
        hardened = f"oci:{folder}/hardened{suffix}:it"
        subprocess.run([options.kif, "harden", f"oci:{plain}:{tag}", "-o", hardened], check=True)
        # The orchestrator replaced the entrypoint: nothing of kif runs but what the test starts.
        bare = copy(hardened, folder / f"bare{suffix}")
        edit(bare, lambda manifest: None, lambda config: config["config"].pop("Entrypoint"))
        names.update({f"plain{suffix}": f"oci:{plain}:{tag}", f"hardened{suffix}": hardened, f"bare{suffix}": f"oci:{bare}:it"})
    (folder / "names.json").write_text(json.dumps(names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
