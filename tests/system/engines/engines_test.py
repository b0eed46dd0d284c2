#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same hardened image, unchanged, under runc, docker, podman, containerd and gVisor, in every situation; each engine with its negative
control. Prints a table: what gave the application's random bytes, or why a cell could not be run. `--short`: three engines, fewer situations.
"""

import argparse
import concurrent.futures
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback

import situations
from engines import ENGINES, CannotRun, Images
from machine import Machine
from report import Report

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / "ground"))
import layouts  # noqa: E402

SHORT = ("runc", "docker", "gVisor")


def tool(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{words[0]} failed: {done.stderr}")
    return done.stdout


def make_layouts(options, work):
    """The test image, as it is and hardened: Debian with openssl, without /tmp, whose command is the probe."""
    base = tool(options.tools / "test-image", "trixie").strip()
    files = {"/t/" + name: ((options.programs / name).read_bytes(), 0o755) for name in ("draws", "draws-static")}
    files["/t/probe.sh"] = ((FOLDER / "probe.sh").read_bytes(), 0o755)
    files["/.wh.tmp"] = (b"", 0o600)  # OCI's mark for what a layer takes away
    layouts.put_on_top(base, work / "plain", files, tag="it", linked=True)
    tool("umoci", "config", "--image", f"{work}/plain:it", "--no-history", "--clear=config.cmd", "--config.cmd=sh", "--config.cmd=/t/probe.sh")
    tool(options.kif, "harden", f"oci:{work}/plain:it", "-o", f"oci:{work}/hardened:it")
    return {name: (work / name, "it") for name in ("plain", "hardened")}


def give_images(options, layouts, work):
    """What the machine's /mnt holds beside the images: the seccomp profiles, and what takes the devices' place."""
    for name in (situations.REFUSE, situations.LEAVE):
        shutil.copy(options.tools.parent / "deploy" / "kubernetes" / "seccomp" / (name + ".json"), work)
    with socket.socket(socket.AF_UNIX) as made:  # every open of it gives ENXIO
        made.bind(str(work / "refusing"))
    (work / "refusing").chmod(0o666)
    (work / "unreadable").touch(mode=0)
    return Images(work, layouts)


def run_cell(engine, situation, report):
    try:
        output = engine.run(situation)
        seen = situations.check(output, situation, engine)
        if situation.memory_mib and not seen.complaints:
            more, without = engine.too_much(situation), engine.too_much(situations.SITUATIONS[1])
            seen.need("150000000" not in more.stdout, "the limit does not hold: a program was given 150 MB")
            seen.need("150000000" in without.stdout, "without the limit a program was not given 150 MB: " + without.text)
        report.add(engine, situation, seen)
    except CannotRun as reason:
        report.could_not_run(engine, situation, str(reason))


def run_round_trips(engine, options, images, report):
    """Out of the engine's own store, hardened, and in again: as the archive that it is, and by skopeo as a layout."""
    if not hasattr(engine, "save"):
        return
    work = engine.machine.work / f"trip-{engine.name}"
    work.mkdir()
    inside = f"/mnt/{work.name}"
    engine.save("kif-test:plain", f"{inside}/saved.tar")
    tool(options.kif, "harden", f"docker-archive:{work}/saved.tar", "-o", f"docker-archive:{work}/archive.tar:kif-test:archive-{engine.name}")
    tool("skopeo", "copy", "--quiet", f"docker-archive:{work}/saved.tar", f"oci:{work}/layout:plain")
    tool(options.kif, "harden", f"oci:{work}/layout:plain", "-o", f"oci:{work}/layout:hardened")
    tool("skopeo", "copy", "--quiet", f"oci:{work}/layout:hardened", f"docker-archive:{work}/skopeo.tar:kif-test:skopeo-{engine.name}")
    for way, row in (("archive", "save, kif harden, load"), ("skopeo", "save, skopeo copy, kif harden, skopeo copy, load")):
        engine.load(f"{inside}/{way}.tar")
        situation = situations.Situation(row, image=f"{way}-{engine.name}")
        report.add(engine, situation, situations.check(engine.run(situation), situation, engine))
    is_the_one = engine.identity("kif-test:hardened") == images.config_digest("hardened")
    report.fact(f"{engine.name}: the image it holds is {'the one' if is_the_one else 'NOT the one'} that kif made", is_the_one)


def run_engine(engine, options, images, report):
    started = time.monotonic()
    chosen = [situation for situation in situations.ALL if situation.is_short or not options.short]
    try:
        report.engine(engine, engine.version())
        if engine.needs_cgroups and engine.machine.are_cgroups_read_only:
            for situation in chosen:
                report.could_not_run(engine, situation, engine.machine.no_cgroups)
            return
        engine.prepare()
        for situation in chosen:
            run_cell(engine, situation, report)
        run_round_trips(engine, options, images, report)
    except Exception:  # noqa: BLE001 the other engines go on, and the report says what happened
        report.fact(f"{engine.name}: {traceback.format_exc()}", False)
    report.took(engine, time.monotonic() - started)


def run_suite(suite, options, layouts, work):
    root = tool(options.tools / "engine-machine", suite).strip()
    work = work / suite
    work.mkdir()
    report = Report(suite, [kind.name for kind in ENGINES])
    with Machine(options.tools / "engine-machine", root, work) as machine:
        images = give_images(options, layouts, work)
        chosen = [kind(machine, images) for kind in ENGINES if kind.name in options.engines]
        # What all take is made before they start at once.
        for image in layouts:
            images.root(image), images.docker_archive(image), images.oci_archive(image)
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(lambda engine: run_engine(engine, options, images, report), chosen))
    left = machine.cgroups_left()
    report.fact("no process is left of the engines" if machine.has_ended else "processes of the engines are left", machine.has_ended)
    if not machine.are_cgroups_read_only:
        report.fact(f"cgroups are left behind: {left}" if left else "no cgroup is left of the engines", not left)
    return report


def main():
    parser = argparse.ArgumentParser()
    for name in ("kif", "tools", "programs"):
        parser.add_argument("--" + name, required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--suite", action="append", required=True, choices=("bookworm", "trixie"))
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--engine", dest="engines", action="append", choices=[kind.name for kind in ENGINES])
    options = parser.parse_args()
    options.engines = options.engines or (SHORT if options.short else [kind.name for kind in ENGINES])
    if os.geteuid() != 0:
        print("skipped: container engines need root here")
        return 77
    # On a disk: an overlay's upper folder cannot be in every memory file system.
    with tempfile.TemporaryDirectory(prefix="kif-engines-", dir="/var/tmp") as folder:
        work = pathlib.Path(folder)
        work.chmod(0o755)
        layouts = make_layouts(options, work)
        reports = [run_suite(suite, options, layouts, work) for suite in options.suite]
    for report in reports:
        report.print()
    if not any(report.has_run() for report in reports):
        print("skipped: none of these engines could run here; the reasons stand above")
        return 77
    return 0 if all(report.is_good() for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
