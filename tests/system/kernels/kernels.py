#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The hardened image on kernels of every age, in emulated machines: its root is the initramfs, and kif-init starts in it as the image's entrypoint.

In each boot the kernel's random devices are not there, getrandom is refused, and the kernel is not in FIPS mode. With each module: kif-init's status
line, keys and a TLS 1.3 handshake by the openssl command, kif-probe, a Python program. In the same boot: kif-init's catch-all where a listener may
answer, and the negative controls, which must fail under the same denial and work without it: the same module seeded by the kernel, and the image as
it was. Prints a table; exit code 1 where a cell is not as it must be, and a kernel that cannot be fetched is such a cell.
"""

import argparse
import concurrent.futures
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

import cells
import machine
from initramfs import Archive
from roots import Workshop
from rows import LIBCRYPTO, ROWS, SHORT

SKIP = 77
HEADER = ["kernel", "processor", "libcrypto", "module", "kif-init", "keys", "TLS 1.3", "probe", "Python", "denial", "control: kernel-seeded",
          "catch-all", "control: not hardened"]

# A boot takes 20 s, and 30 s more with each module, where nothing else runs on its processor.
BOOT_LIMIT_S, MODULE_LIMIT_S = 150, 150


def make_boot(row, shop, work):
    """The emulator's command line for a row, and the archive it boots."""
    kernel = shop.kernel(row.kernel, row.architecture)
    stock = shop.image(row.image, row.architecture, python=True)
    roots = {"stock": shop.root(stock, row.architecture)}
    plan = cells.stock_plan(stock)
    hardened = {module: shop.hardened(row.image, row.architecture, module, python=True) for module in row.modules}
    for module, image in hardened.items():
        roots[module] = shop.root(image, row.architecture)
        roots[f"{module}-kernel-seeded"] = shop.kernel_seeded(image, row.architecture)
        plan += cells.module_plan(module, image)
    plan += cells.catch_all_plan(row.modules[0], hardened[row.modules[0]])
    archive = Archive(shop.program("guest", row.architecture), plan)
    for name, root in roots.items():
        archive.add_root(name, root)
    path = pathlib.Path(work) / f"{row.name}.cpio"
    archive.write(path)
    return machine.command(row.architecture, row.processor, kernel, path), path


def judge(row, boot):
    """The table's lines of a boot, and what is wrong."""
    judging = cells.Judge(row, boot)
    release = judging.machine()
    instruction = {"amd64": "RDRAND", "arm64": "RNDR"}[row.architecture]
    processor = f"{row.processor}, {'' if row.has_random_instruction else 'no '}{instruction}"
    head = [release, processor, f"{LIBCRYPTO[row.image]} ({row.image})"]
    stock = judging.stock()
    catch_all = judging.catch_all()
    return [[*head, module, *judging.module(module), catch_all, stock] for module in row.modules], judging.complaints


def failed_lines(row, reason):
    head = [f"{row.kernel}'s ({row.architecture})", row.processor, f"{LIBCRYPTO[row.image]} ({row.image})"]
    return [[*head, module, *["FAIL"] * 9] for module in row.modules], [f"{row.name}: {reason}"]


def run_row(row, prepared, logs):
    arguments, archive = prepared
    boot = machine.boot(arguments, BOOT_LIMIT_S + MODULE_LIMIT_S * len(row.modules))
    archive.unlink()
    (logs / f"{row.name}.console").write_text(boot.console, encoding="utf-8")
    lines, complaints = judge(row, boot)
    print(f"{row.name}: booted, ran and powered off in {boot.elapsed_s:.0f} s, {'as it must' if not complaints else 'NOT as it must'}", flush=True)
    return lines, complaints


def print_table(lines):
    widths = [max(len(line[i]) for line in [HEADER, *lines]) for i in range(len(HEADER))]
    for line in [HEADER, ["-" * width for width in widths], *lines]:
        print("| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kif", required=True)
    parser.add_argument("--payload", required=True, help="the folder that holds a kif-probe for each architecture")
    parser.add_argument("--deps", required=True)
    parser.add_argument("--logs", required=True, type=pathlib.Path, help="where the consoles go")
    parser.add_argument("--rows", nargs="*", default=[], help="of the matrix, by name; default: all")
    parser.add_argument("--short", choices=SHORT, help="one row, with the default module only")
    parser.add_argument("--at-once", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    if platform.machine() != "x86_64":
        print("skipped: images, programs and emulators of the matrix are laid out for an amd64 machine")
        return SKIP
    unknown = set(options.rows) - {row.name for row in ROWS}
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(row.name for row in ROWS)}")
    rows = [SHORT[options.short]] if options.short else [row for row in ROWS if not options.rows or row.name in options.rows]

    options.logs.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    lines, complaints = [], []
    with tempfile.TemporaryDirectory(prefix="kif-kernels-") as work, \
            concurrent.futures.ThreadPoolExecutor(max_workers=options.at_once) as lanes:
        shop = Workshop(options, work)
        running = []
        for row in rows:
            try:
                prepared = make_boot(row, shop, work)
                running.append((row, lanes.submit(run_row, row, prepared, options.logs)))
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                running.append((row, error))
        for row, result in running:
            failure = result if isinstance(result, Exception) else result.exception()
            made = failed_lines(row, failure) if failure else result.result()
            lines += made[0]
            complaints += made[1]
    print_table(lines)
    print(f"{len(rows)} {'boot' if len(rows) == 1 else 'boots'} in {time.monotonic() - started:.0f} s, by software emulation, at most {options.at_once} at once; consoles: {options.logs}")
    for complaint in complaints:
        print(f"\n{complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
