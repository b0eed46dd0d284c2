#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints, as JSON, what `kif host` should have seen here, by ways that share nothing with it: Python's own calls, files, ctypes.

Runs where kif runs: on the machine, or beside it in a container. Standard library only.
"""

import ctypes
import errno
import json
import os
import platform
import shutil
import socket
import struct
import subprocess
import sys

FIRST_PID_NAMESPACE = "pid:[4026531836]"
ENGINES = ("docker", "podman", "containerd", "runc", "crun", "runsc", "nerdctl")

libc = ctypes.CDLL(None, use_errno=True)


def read(path):
    try:
        with open(path, "rb") as stream:
            return stream.read().decode("utf-8", "replace").strip()
    except OSError:
        return None


def in_child(action):
    """What `action` gives in a child: 0, or an errno."""
    child = os.fork()
    if child == 0:
        try:
            code = action()
        except OSError as error:
            code = error.errno
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def unshare():
    CLONE_NEWUSER = 0x10000000
    return 0 if libc.unshare(CLONE_NEWUSER) == 0 else ctypes.get_errno()


def listen_to_getrandom():
    """Installs a seccomp filter with a listener, as the catch-all does. Gives 0 where the kernel gave one."""
    SECCOMP_SET_MODE_FILTER, NEW_LISTENER, USER_NOTIF, ALLOW = 1, 8, 0x7FC00000, 0x7FFF0000
    numbers = {"x86_64": (317, 318), "aarch64": (277, 278)}[platform.machine()]  # seccomp, getrandom
    instructions = [(0x20, 0, 0, 0), (0x15, 0, 1, numbers[1]), (0x06, 0, 0, USER_NOTIF), (0x06, 0, 0, ALLOW)]
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    code = ctypes.create_string_buffer(program, len(program))
    fprog = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code)))
    PR_SET_NO_NEW_PRIVS = 38
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.syscall.restype = ctypes.c_long
    listener = libc.syscall(numbers[0], SECCOMP_SET_MODE_FILTER, NEW_LISTENER, fprog)
    return 0 if listener >= 0 else ctypes.get_errno()


def name_socket():
    """A socket in the abstract namespace, as kif-init's broker has one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as named:
        named.bind(f"\0kif-host-facts-{os.getpid()}")
        named.listen(1)
    return 0


def device(path):
    found = {"path": path, "exists": os.path.exists(path), "opens": False}
    if found["exists"]:
        status = os.stat(path)
        if status.st_rdev:
            found["number"] = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            found["opens"] = True
        except OSError:
            pass
    return found


def getrandom_works():
    try:
        return len(os.getrandom(1, os.GRND_NONBLOCK)) == 1
    except OSError:
        return False


def vdso_has_getrandom():
    """Looks for the name in the bytes of the vDSO. None: there is none, or it cannot be read."""
    AT_SYSINFO_EHDR = 33
    libc.getauxval.restype = ctypes.c_ulong
    libc.getauxval.argtypes = [ctypes.c_ulong]
    address = libc.getauxval(AT_SYSINFO_EHDR)
    for line in (read("/proc/self/maps") or "").splitlines():
        start, end = (int(part, 16) for part in line.split()[0].split("-"))
        if start <= address < end:
            content = ctypes.string_at(start, end - start)
            return b"__vdso_getrandom\0" in content or b"__kernel_getrandom\0" in content
    return None


def processor_flags():
    for line in (read("/proc/cpuinfo") or "").splitlines():
        if line.startswith(("flags", "Features")):
            return line.split(":", 1)[1].split()
    return []


def engine(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin")
    if path is None:
        return None
    return {"name": name, "path": path,
            "says": subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout}


def jitter_version(library):
    """As the library itself says."""
    try:
        return ctypes.CDLL(library).jent_version()
    except OSError:
        return None


def link(name):
    try:
        return os.readlink(name)
    except OSError:
        return None


def main():
    status = dict(line.split(":", 1) for line in (read("/proc/self/status") or "").splitlines() if ":" in line)
    types = [line.split(" - ", 1)[1].split()[0] for line in (read("/proc/self/mountinfo") or "").splitlines() if " - " in line]
    clock = "/sys/devices/system/clocksource/clocksource0/"
    facts = {
        "uname": list(os.uname()),
        "fips_enabled": read("/proc/sys/crypto/fips_enabled"),
        "devices": [device(path) for path in ("/dev/random", "/dev/urandom", "/dev/hwrng")],
        "rng_current": read("/sys/class/misc/hw_random/rng_current"),
        "rng_available": read("/sys/class/misc/hw_random/rng_available"),
        "getrandom": getrandom_works(),
        "vdso_getrandom": vdso_has_getrandom(),
        "flags": [flag for flag in processor_flags() if flag in ("rdrand", "rdseed", "rng", "hypervisor")],
        "bogomips": next((float(line.split(":")[1]) for line in (read("/proc/cpuinfo") or "").splitlines()
                          if line.lower().startswith("bogomips")), None),
        "clocksource": read(clock + "current_clocksource"),
        "clocksources": read(clock + "available_clocksource"),
        "pid_namespace_is_first": link("/proc/self/ns/pid") == FIRST_PID_NAMESPACE,
        "cgroup_types": sorted({kind for kind in types if kind in ("cgroup", "cgroup2")}),
        "Seccomp": status.get("Seccomp", "").strip(),
        "NoNewPrivs": status.get("NoNewPrivs", "").strip(),
        "actions": read("/proc/sys/kernel/seccomp/actions_avail"),
        "listener": errno.errorcode.get(in_child(listen_to_getrandom), "works"),
        "user_namespace": errno.errorcode.get(in_child(unshare), "works"),
        "abstract_socket": errno.errorcode.get(in_child(name_socket), "works"),
        "engines": [found for found in map(engine, ENGINES) if found],
        "jent_version": jitter_version(sys.argv[1]) if len(sys.argv) > 1 else None,
        "effective_user": os.geteuid(),
    }
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    main()
