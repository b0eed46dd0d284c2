# SPDX-License-Identifier: Apache-2.0
"""Tar archives header field by header field, right or wrong in any place. Shares nothing with kif, and nothing with Python's tarfile, which would
mend what it is given."""

BLOCK = 512

# Offset and size of each field of a header (POSIX.1-2017, pax).
FIELDS = {"name": (0, 100), "mode": (100, 8), "uid": (108, 8), "gid": (116, 8), "size": (124, 12), "mtime": (136, 12), "checksum": (148, 8),
          "type": (156, 1), "link": (157, 100), "magic": (257, 6), "version": (263, 2), "uname": (265, 32), "gname": (297, 32),
          "devmajor": (329, 8), "devminor": (337, 8), "prefix": (345, 155), "padding": (500, 12)}


def padded(content):
    return content + b"\0" * (-len(content) % BLOCK)


def header(name, kind=b"0", size=0, link=b"", **fields):
    """One header block. `fields` are the raw bytes of any field, put in its place as they are; the checksum is right unless given."""
    block = bytearray(BLOCK)

    def put(field, value):
        offset, length = FIELDS[field]
        assert len(value) <= length, (field, value)
        block[offset:offset + length] = value + b"\0" * (length - len(value))

    for field, value in {"name": name, "mode": b"0000644", "uid": b"0000000", "gid": b"0000000", "size": b"%011o" % size, "mtime": b"14524770400",
                         "type": kind, "link": link, "magic": b"ustar\0", "version": b"00", **fields}.items():
        put(field, value)
    if "checksum" not in fields:
        put("checksum", b" " * 8)
        put("checksum", b"%06o\0 " % sum(block))
    return bytes(block)


def record(key, value):
    """One record of a PAX header."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest)
    while len(str(length)) + len(rest) != length:
        length = len(str(length)) + len(rest)
    return str(length).encode() + rest


def pax(records, kind=b"x"):
    text = b"".join(record(key, value) for key, value in records)
    return header(b"pax_global_header" if kind == b"g" else b"PaxHeaders/x", kind, len(text)) + padded(text)


def file(name, content=b"x", **fields):
    return header(name, size=len(content), **fields) + padded(content)


def folder(name, **fields):
    return header(name, b"5", mode=fields.pop("mode", b"0000755"), **fields)


def symlink(name, to):
    return header(name, b"2", link=to)


def tar(*entries):
    return b"".join(entries) + b"\0" * 2 * BLOCK


def named(name, kind=b"0", content=b"", link=b""):
    """An entry whose name or link needs a PAX header, or not."""
    records = [(key, value) for key, value in ((b"path", name), (b"linkpath", link)) if len(value) > 100]
    return (pax(records) if records else b"") + header(name[:100], kind, len(content), link[:100]) + padded(content)
