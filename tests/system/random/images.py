# SPDX-License-Identifier: Apache-2.0
"""The images of this folder's tests, made once for all of them: Debian, with and without Python, the test programs in /t, as it is and hardened."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

from ground import parse_options

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
import layouts  # noqa: E402

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
    ours = ("caller", "caller_static", "locked_in", "locked_in_static", "awkward", "clones", "device", "own_malloc", "storm", "stranger")
    programs = {f"t/{name}": (built / f"kif_{name}", 0o755) for name in ours}
    programs["t/unread_static"] = (built / "kif_caller_static", 0o111)
    programs["t/unread"] = (built / "kif_caller", 0o111)
    programs["t/setuid"] = (built / "kif_awkward", 0o4755)
    go = build_go(folder)
    if go:
        programs["t/go"] = (go, 0o755)
    names = {"go": go is not None}
    for suffix, suite in (("", "trixie"), ("-python", "trixie-python")):
        base = subprocess.run([options.test_image, suite], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        plain = layouts.put_on_top(base, folder / f"plain{suffix}", programs, compress=None, linked=True).name
        hardened = f"oci:{folder}/hardened{suffix}:it"
        subprocess.run([options.kif, "harden", plain, "-o", hardened], check=True)
        # The orchestrator replaced the entrypoint: nothing of kif runs but what the test starts.
        bare = layouts.changed(hardened, folder / f"bare{suffix}", lambda document: document["config"].pop("Entrypoint"), linked=True).name
        names.update({f"plain{suffix}": plain, f"hardened{suffix}": hardened, f"bare{suffix}": bare})
    (folder / "names.json").write_text(json.dumps(names))
    return 0


if __name__ == "__main__":
    sys.exit(main())
