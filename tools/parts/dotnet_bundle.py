#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dotnet_bundle.py PROGRAM OUT NAME FILE: a copy of a .NET single-file program in which the bundled file NAME is FILE.

The host, the runtime and all other files stay as they are. FILE and a new manifest are put at the end, and the host's pointer is set to
that. Bundles of version 6, which .NET has had since 6.
"""

import os
import struct
import sys

# What follows the manifest's offset in every host.
MARK = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")
PAGE = 4096


class Reader:
    def __init__(self, data, place):
        self.data, self.place = data, place

    def numbers(self, form):
        found = struct.unpack_from(form, self.data, self.place)
        self.place += struct.calcsize(form)
        return found

    def bytes(self, size):
        self.place += size
        return self.data[self.place - size:self.place]

    def text(self):
        size = shift = 0
        while True:
            (byte,) = self.numbers("<B")
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return self.bytes(size).decode()


def text_bytes(text):
    data, size, head = text.encode(), len(text.encode()), bytearray()
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    return bytes(head) + bytes([size]) + data


def main():
    program, out, name, replacement = sys.argv[1:]
    with open(program, "rb") as file:
        data = bytearray(file.read())
    mark = data.find(MARK)
    if mark < 0 or data.find(MARK, mark + 1) >= 0:
        sys.exit(f"cannot read {program}: it is not a single-file program")
    reader = Reader(bytes(data), struct.unpack_from("<q", data, mark - 8)[0])
    major, minor, count = reader.numbers("<III")
    if major != 6:
        sys.exit(f"cannot read {program}: bundle of version {major}, not 6")
    # Where the program's two JSON files are, and flags.
    identity, head = reader.text(), reader.bytes(40)
    files = {}
    for _ in range(count):
        entry = reader.numbers("<qqqB")
        files[reader.text()] = entry
    if name not in files:
        sys.exit(f"cannot replace {name}: the bundle has no such file")
    with open(replacement, "rb") as file:
        content = file.read()
    data += bytes(-len(data) % PAGE)
    files[name] = (len(data), len(content), 0, files[name][3])  # 0: not compressed
    data += content
    struct.pack_into("<q", data, mark - 8, len(data))
    data += struct.pack("<III", major, minor, len(files)) + text_bytes(identity) + head
    for path, entry in files.items():
        data += struct.pack("<qqqB", *entry) + text_bytes(path)
    with open(out, "wb") as file:
        file.write(data)
    os.chmod(out, 0o755)


if __name__ == "__main__":
    main()
