# SPDX-License-Identifier: Apache-2.0
"""Runs inside the image: Python's ways to a random device. Prints counts and errors, never the bytes."""

import errno
import fcntl
import io
import mmap
import os
import select
import shutil
import stat
import sys

path = sys.argv[1]


def say(name, function):
    try:
        result = function()
    except OSError as error:
        result = errno.errorcode.get(error.errno, str(error))
    except (ValueError, io.UnsupportedOperation) as error:
        result = str(error)
    print(f"{name} {result};", end=" ")


with open(path, "rb") as device:
    say("read", lambda: len(device.read(1000)))
    say("seek", lambda: device.seek(0))
    say("tell", device.tell)
    say("read", lambda: len(device.read(5000)))
    say("seekable", device.seekable)
    say("writable", device.writable)
    say("isatty", device.isatty)
with open(path, "rb", buffering=0) as device:
    number = device.fileno()
    say("unbuffered", lambda: len(device.read(3000)))
    say("readinto", lambda: device.readinto(bytearray(3000)))
    say("seek", lambda: device.seek(100))
    say("seek", lambda: device.seek(0, os.SEEK_END))
    say("pread", lambda: len(os.pread(number, 3000, 50)))
    say("preadv", lambda: os.preadv(number, [bytearray(100), bytearray(2000)], 3))
    say("readv", lambda: os.readv(number, [bytearray(100), bytearray(2000)]))
    say("write", lambda: os.write(number, b"x"))
    say("truncate", lambda: os.ftruncate(number, 0))
    say("mmap", lambda: mmap.mmap(number, 4096, prot=mmap.PROT_READ))
    say("kind", lambda: stat.S_ISCHR(os.fstat(number).st_mode))
    say("flags", lambda: fcntl.fcntl(number, fcntl.F_GETFL) & (os.O_ACCMODE | os.O_NONBLOCK))
    say("count", lambda: int.from_bytes(fcntl.ioctl(number, 0x80045200, b"\0\0\0\0"), sys.byteorder))
    say("select", lambda: len(select.select([number], [], [], 60)[0]))
    with open("/tmp/sent", "wb") as out:
        say("sendfile", lambda: os.sendfile(out.fileno(), number, None, 5000))
        say("copy_file_range", lambda: os.copy_file_range(number, out.fileno(), 10))
    say("sent", lambda: os.path.getsize("/tmp/sent"))
with open(path, "r+b", buffering=0) as device:
    say("write", lambda: device.write(b"x" * 100000))
    say("read", lambda: len(device.read(700)))
with open(path, "rb") as device:
    first, second = device.read(32), device.read(32)
    say("different", lambda: first != second)
with open(path, "rb") as device, open("/tmp/sent", "wb") as out:
    say("copied", lambda: shutil.copyfileobj(io.BytesIO(device.read(5000)), out))
print()
