# SPDX-License-Identifier: Apache-2.0
"""The rows of the matrix: which kernel, on which processor, runs which image with which modules. Every boot is a row of its own or several, one a
module. Userlands are crossed with kernels: the newest one runs on the oldest kernel, and the oldest on the newest."""

import dataclasses

from machine import PROCESSORS

DEFAULT = "3.5"  # the module that kif harden takes where none is named

# What the kernels of these suites say of themselves begins so; a kernel that is another one makes the row fail.
KERNELS = {"bullseye": "5.10.", "bookworm": "6.1.", "trixie": "6.12.", "forky": "7."}
LIBCRYPTO = {"bookworm": "3.0", "trixie": "3.5", "forky": "3.6"}


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    architecture: str
    kernel: str      # the suite whose kernel it is
    processor: str
    image: str       # the suite whose userland it is
    modules: tuple = (DEFAULT,)

    @property
    def has_random_instruction(self):
        return PROCESSORS[self.architecture, self.processor][2]


OLD_MODULES = ("3.0.8", "3.1.2")

ROWS = [
    Row("5.10-max", "amd64", "bullseye", "max", "forky", (DEFAULT, *OLD_MODULES)),
    Row("5.10-qemu64", "amd64", "bullseye", "qemu64", "trixie", (DEFAULT, *OLD_MODULES)),
    Row("6.1-max", "amd64", "bookworm", "max", "bookworm"),
    Row("6.1-qemu64", "amd64", "bookworm", "qemu64", "trixie"),
    Row("6.12-max", "amd64", "trixie", "max", "trixie"),
    Row("6.12-qemu64", "amd64", "trixie", "qemu64", "forky"),
    Row("7-max", "amd64", "forky", "max", "bookworm", (DEFAULT, *OLD_MODULES)),
    Row("7-qemu64", "amd64", "forky", "qemu64", "trixie", (DEFAULT, *OLD_MODULES)),
    Row("6.1-arm64", "arm64", "bookworm", "cortex-a72", "trixie"),
    Row("6.12-arm64", "arm64", "trixie", "max", "trixie"),
]

# What `make test` runs: the oldest kernel under the newest userland, the newest kernel without RDRAND, one of another architecture.
SHORT = {"5.10": Row("5.10", "amd64", "bullseye", "max", "forky"), "7": Row("7", "amd64", "forky", "qemu64", "trixie"),
         "arm64": Row("arm64", "arm64", "trixie", "max", "trixie")}
