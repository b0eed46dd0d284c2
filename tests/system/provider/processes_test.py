#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Processes of every shape: two libcryptos, one of them linked in, threads, forked children, a load inside dlopen, closed descriptors,
no memory files. And the system calls of the openssl command: glibc's 8 bytes are all that is asked of the kernel."""

import pathlib
import re
import shutil
import unittest

import ground

HERE = "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"


def copies(count):
    """The machine's libcrypto under other names: libcryptos of their own for the loader."""
    files = []
    for number in range(count):
        files.append(pathlib.Path(ground.work) / f"libcrypto-copy-{number}.so")
        if not files[-1].exists():
            shutil.copyfile(pathlib.Path(HERE).resolve(), files[-1])
    return files


class ProcessesTest(ground.Case):
    def test_several_libcryptos_threads_and_children(self):
        others = [*copies(1), *(ground.libcrypto(f"source {release}").files["libcrypto"] for release in ("3.4.0", "4.0.3"))]
        for version in ("3.0.8", "3.1.2", "3.4.0", "3.5"):
            with self.subTest(module=version):
                command = [ground.program("libcryptos"), "--threads", "24", "--forks", "12", HERE, *others]
                result = self.must_work(ground.run(ground.deny(command), ground.config(version)))
                self.assertEqual(len(re.findall(r"^ok self-test", result.stdout, re.M)), 4)

    def test_without_kif_they_cannot_share_a_module(self):
        command = [ground.program("libcryptos"), HERE, *copies(1)]
        self.must_fail(ground.run(command, ground.kernel_config("3.5")), "not ok use 1")

    def test_a_libcrypto_that_is_linked_in(self):
        for version in ("3.0.8", "3.5"):
            with self.subTest(module=version):
                self.must_work(ground.run(ground.deny([ground.program("static_libcrypto"), HERE]), ground.config(version)))

    def test_more_libcryptos_than_there_are_places(self):
        command = [ground.program("libcryptos"), HERE, *copies(8)]
        result = ground.run(command, ground.config("3.5"))
        self.must_fail(result, "not ok use 8")
        self.assertEqual(len(re.findall(r"^ok use", result.stdout, re.M)), 8)

    def test_loading_inside_dlopen(self):
        load = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"
        command = ["python3", "-c", load, ground.program("inside-dlopen.so")]
        result = self.must_work(ground.run(command, ground.config("3.5"), timeout=30))
        self.assertIn("ok inside dlopen", result.stdout)

    def test_copies_without_memory_files(self):
        # A second libcrypto's module then comes from a temporary file; none is left.
        folder = pathlib.Path(ground.work) / "tmp"
        folder.mkdir()
        command = [ground.program("deny"), "--no-memfd", ground.program("libcryptos"), HERE, *copies(1)]
        self.must_work(ground.run(command, ground.config("3.5"), TMPDIR=folder))
        self.assertEqual(list(folder.iterdir()), [])


class TraceTest(ground.Case):
    """In bookworm's libcrypto: strace sees every getrandom, which glibc from 2.41 on may answer without a system call."""

    def calls(self, *arguments, configuration, stdin=""):
        log = pathlib.Path(ground.work) / "trace"
        command = ["strace", "-f", "-qq", "-o", log, "-e", "trace=getrandom,open,openat,openat2",
                   *ground.libcrypto("bookworm").openssl(*arguments)]
        self.must_work(ground.run(command, configuration, stdin=stdin))
        text = log.read_text()
        return re.findall(r"getrandom\(.*", text), re.findall(r'open\w*\(.*"(/dev/\w*random|/dev/hwrng)".*', text)

    def test_the_kernel_gives_malloc_its_8_bytes_and_nothing_else(self):
        folder = pathlib.Path(ground.work)
        for version in ("3.0.8", "3.1.2", "3.4.0", "3.5"):
            for arguments in (["rand", "-hex", "32"],
                              ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", folder / "k.pem"],
                              ["genrsa", "-out", folder / "r.pem", "2048"],
                              ["req", "-x509", "-new", "-key", folder / "k.pem", "-subj", "/CN=x", "-out", folder / "c.pem"]):
                with self.subTest(module=version, command=arguments[0]):
                    calls, devices = self.calls(*map(str, arguments), configuration=ground.config(version))
                    self.assertEqual(devices, [])
                    self.assertLessEqual(len(calls), 1, calls)
                    for call in calls:
                        self.assertRegex(call, r"getrandom\(.*, 8, GRND_NONBLOCK\)")

    def test_without_kif_the_module_is_seen_to_ask_the_kernel(self):
        calls, _ = self.calls("rand", "-hex", "32", configuration=ground.kernel_config("3.5"))
        self.assertTrue([call for call in calls if ", 8, GRND_NONBLOCK" not in call], calls)


if __name__ == "__main__":
    ground.main()
