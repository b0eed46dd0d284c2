# SPDX-License-Identifier: Apache-2.0
"""Emulated machines: how each is started, and what came of a boot. Software emulation everywhere, also where /dev/kvm is: a row means the same
on every machine, and the processor is the one that it names."""

import dataclasses
import re
import shutil
import subprocess
import time


@dataclasses.dataclass(frozen=True)
class Architecture:
    """What an emulated machine of an architecture needs, and what builds static programs for it."""
    emulator: str
    machine: tuple
    console: str
    compilers: tuple


ARCHITECTURES = {
    "amd64": Architecture("qemu-system-x86_64", ("-machine", "pc"), "ttyS0", ("x86_64-linux-gnu-gcc",)),
    "arm64": Architecture("qemu-system-aarch64", ("-machine", "virt"), "ttyAMA0", ("aarch64-linux-gnu-gcc",)),
}

# name -> (the emulator's arguments, what the kernel's command line gets more, whether it has an instruction for random bytes). Without one, and
# told not to trust one, the kernel has nothing but what it gathers itself.
PROCESSORS = {
    ("amd64", "max"): (("-cpu", "max"), "", True),
    ("amd64", "qemu64"): (("-cpu", "qemu64"), " random.trust_cpu=off", False),
    ("arm64", "max"): (("-cpu", "max,pauth-impdef=on"), "", True),
    ("arm64", "cortex-a72"): (("-cpu", "cortex-a72"), " random.trust_cpu=off", False),
}
MEMORY_MIB = 1024

# Time is counted in instructions: every boot is the same to the last bit.
COUNTED = ("-icount", "shift=1,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01,clock=vm")


@dataclasses.dataclass
class Run:
    """A line of the plan: what it printed, its exit code, and how long it took by the emulated clock."""
    output: str
    code: int
    elapsed_ms: int


@dataclasses.dataclass
class Boot:
    """machine: what the guest said of kernel and processor; runs: {name: Run}; complaint: None where the plan was worked off to its end."""
    machine: dict
    runs: dict
    complaint: str | None
    console: str
    elapsed_s: float


def build_program(architecture, source, target):
    """A static program for that architecture."""
    for compiler in ARCHITECTURES[architecture].compilers:
        if shutil.which(compiler):
            subprocess.run([compiler, "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-O1", "-static", "-o", str(target), str(source)], check=True)
            return target
    raise RuntimeError(f"cannot build {source} for {architecture}: no {' nor '.join(ARCHITECTURES[architecture].compilers)} here; "
                       "tools/bootstrap installs it")


def command(architecture, processor, kernel, initramfs, more=()):
    made = ARCHITECTURES[architecture]
    arguments, kernel_words, _ = PROCESSORS[architecture, processor]
    line = f"console={made.console} quiet loglevel=1 panic=-1{kernel_words}"
    return [made.emulator, *made.machine, "-accel", "tcg", *arguments, "-m", str(MEMORY_MIB), "-nographic", "-monitor", "none", "-serial", "stdio",
            "-no-reboot", "-nodefaults", "-net", "none", "-kernel", str(kernel), "-initrd", str(initramfs), "-append", line, *more]


def parse(console):
    """What the guest said of the machine, {name: Run}, and whether it came to its end."""
    machine, runs = {}, {}
    name, lines = None, []
    for line in console.replace("\r", "").splitlines():
        if "@machine " in line:  # what the firmware printed may stand before it
            machine = dict(word.split("=", 1) for word in line.partition("@machine ")[2].split())
        elif line.startswith("@begin "):
            name, lines = line.split()[1], []
        elif name and (ended := re.fullmatch(rf"@end {re.escape(name)} (\d+) (\d+)", line)):
            runs[name] = Run("\n".join(lines), int(ended[1]), int(ended[2]))
            name = None
        elif line == "@done":
            return machine, runs, True
        else:
            lines.append(line)
    return machine, runs, False


def boot(arguments, limit_s):
    """Runs an emulator until its guest powers off, at most so many seconds."""
    start = time.monotonic()
    process = subprocess.Popen([str(word) for word in arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    complaint = None
    try:
        console = process.communicate(timeout=limit_s)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        console = process.communicate()[0]
        complaint = f"not done after {limit_s} s"
    text = console.decode("utf-8", "replace")
    machine, runs, done = parse(text)
    if complaint is None and not done:
        complaint = "the machine stopped before the plan's end"
    return Boot(machine, runs, complaint, text, time.monotonic() - start)
