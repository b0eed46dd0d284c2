#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What steers a terminal or misleads its reader gets through no command of kif's, from wherever it comes.

A table of commands and of the sources of text that each reads. Every cell runs the command, as text and as JSON where it has both, with text in that
source that steers, and reads stdout and stderr. Text must be UTF-8 without one character that Unicode calls a control, a format character, a separator of
lines or unassigned; JSON besides must parse. Each source has a mark of its own, which must come out of some command: else the test would feed what nobody
reads. A command of `kif --help` that is not in the table fails the test.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import unicodedata
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[2] / folder) for folder in ("ground", "system/registry")]
import layouts  # noqa: E402
import raw_tar  # noqa: E402
import stub  # noqa: E402

options = None
work = None

# C0, DEL, CSI of C1, an override and an isolate, zero width, a tag, ends of lines; then bytes that are not UTF-8: a C1 control of Latin-1, overlong forms
# of / and of CSI, a surrogate.
STEERING = "\x1b]0;x\x07\x1b[2J\x7f\u009b31m\u202e\u2066\u200b\U000e0041\u2028\r\n\tverdict: pass"
BROKEN = b"\x9b1m\xc0\xaf\xe0\x82\x9b\xed\xa0\x80\xff"
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
SBOM = "application/spdx+json"


def text(mark):
    """For what is JSON, whose strings hold characters alone."""
    return mark + STEERING + mark


def raw(mark):
    """For what is bytes: arguments, names of files."""
    return text(mark).encode() + BROKEN


def complaints_about(output, allowed="\n"):
    """What a terminal or a reader would obey in it."""
    try:
        shown = output.decode()
    except UnicodeDecodeError as error:
        return [f"is not UTF-8: {error}"]
    return [f"holds U+{ord(char):04X} in {shown[max(0, at - 60):at]!r}" for at, char in enumerate(shown)
            if char not in allowed and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")]


# Sources. Each makes the arguments of one command line.


def folder():
    return pathlib.Path(tempfile.mkdtemp(dir=work))


def image(*entries, change=lambda config: None, members=None, tag="x", attach=None):
    """oci:DIR:TAG of one layer with a static program in it."""
    layout = layouts.Layout(folder() / "image", tag)
    program = pathlib.Path(options.exercise).read_bytes()
    tars = [raw_tar.tar(*[raw_tar.folder(name) for name in (b"dev", b"etc", b"proc", b"sys", b"tmp")],
                      raw_tar.file(b"exercise", program, mode=b"0000755"), *entries)]
    config = layout.config_of(tars)
    config.update({"architecture": ARCHITECTURE, "config": {"Entrypoint": ["/exercise"], "Cmd": ["refusals"]}})
    change(config)
    entry = layout.put_image(tars, config=config, **(members or {}))
    return layout.write(entry, untagged=[attach(layout, entry)] if attach else []).name


def config_of(**members):
    return image(change=lambda config: config["config"].update(members))


def option(mark):
    return [[b"--" + raw(mark)], [b"--platform=" + raw(mark), b"oci:/x"], [b"--format=" + raw(mark), b"oci:/x"]]


def image_name(mark):
    return [[raw(mark)], [b"oci:/" + raw(mark) + b":x"], [b"docker://" + raw(mark)], [b"docker-archive:" + raw(mark)]]


def tag(mark):
    return [[image().rsplit(":", 1)[0].encode() + b":" + raw(mark)], [image(tag=text(mark)).rsplit(":", 1)[0]]]


def digest(mark):
    return [[b"docker://localhost:1/x@sha256:" + raw(mark)]]


def labels(mark):
    return [[config_of(Labels={text(mark): text(mark)})]]


def variables(mark):
    return [[config_of(Env=[text(mark) + "=" + text(mark)])]]


def user(mark):
    return [[config_of(User=text(mark))]]


def working_folder(mark):
    name = text(mark)
    return [[image(raw_tar.named(name.encode()), change=lambda config: config["config"].update({"WorkingDir": f"/{name}/x"}))]]


def program(mark):
    return [[config_of(Entrypoint=["/" + text(mark)])]]


def file_names(mark):
    name = mark.encode() + STEERING.encode()[:40] + BROKEN
    return [[image(raw_tar.file(name + b"/../../out"))], [image(raw_tar.header(name, b"1", link=name + b"1"))],
            [image(raw_tar.file(b"d/" + name), raw_tar.symlink(b"usr", b"/" + name))]]


def media_types(mark):
    return [[image(members={"layers": [{"mediaType": text(mark), "digest": "sha256:" + "0" * 64, "size": 1}]})]]


def platforms(mark):
    return [[image(change=lambda config: config.update({"architecture": text(mark), "os": text(mark)}))]]


def json_text(mark):
    """Documents that break JSON's rules: near the text, and by saying it twice."""
    broken, twice = layouts.Layout(folder() / "image"), layouts.Layout(folder() / "image")
    broken.write_index("")
    (broken.path / "index.json").write_bytes(b'{"schemaVersion":2,"manifests":[{"' + raw(mark) + b'":]}')
    twice.write_index('{"schemaVersion":2,NAME:1,NAME:2}'.replace("NAME", json.dumps(text(mark))))
    return [[f"oci:{layout.path}:x"] for layout in (broken, twice)]


def digests_of_content(mark):
    return [[image(members={"layers": [{"mediaType": layouts.LAYER, "digest": text(mark), "size": 3}]})],
            [image(members={"layers": [{"mediaType": layouts.LAYER, "digest": "sha256:" + text(mark), "size": 3}]})]]


def document(mark):
    return {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": text(mark), "dataLicense": "CC0-1.0",
            "documentNamespace": "https://x/" + mark, "creationInfo": {"created": text(mark), "creators": ["Tool: x"]},
            "packages": [{"SPDXID": "SPDXRef-1", "name": text(mark), "versionInfo": text(mark), "downloadLocation": "NOASSERTION",
                          "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                            "referenceLocator": "pkg:deb/debian/x@1?arch=" + text(mark)}]},
                         {"SPDXID": "SPDXRef-2", "name": "NIST-CMVP-" + text(mark), "versionInfo": text(mark), "downloadLocation": "NOASSERTION"}]}


def packages(mark):
    """In a document by itself, attached to an image, and as an image's own databases."""
    path = folder() / os.fsdecode(b"sbom" + BROKEN)
    path.write_text(json.dumps(document(mark)))

    def attach(layout, subject):
        manifest = {"schemaVersion": 2, "mediaType": layouts.MANIFEST, "artifactType": SBOM, "subject": {key: subject[key] for key in ("mediaType", "digest", "size")},
                    "config": layout.put(b"{}", "application/vnd.oci.empty.v1+json"), "layers": [layout.put(document(mark), SBOM)]}
        return {**layout.put(manifest, layouts.MANIFEST), "artifactType": SBOM}

    status = b"Package: " + raw(mark).replace(b"\n", b"") + b"\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n"
    return [[os.fsencode(path)], [image(attach=attach)], [image(raw_tar.file(b"var/lib/dpkg/status", status)), "--all"]]


def registry(mark, pattern, action):
    server = stub.Registry()
    server.repository("x").put_image("t", ARCHITECTURE, 1000)
    server.fault(pattern, action, ...)
    return [[f"docker://{server.host}/x:t"]]


def registry_bodies(mark):
    return registry(mark, "manifests", stub.status(403, text(mark), text(mark))) + registry(mark, "manifests", stub.status(400, text(mark), text(mark))) + \
        registry(mark, "manifests", stub.whole(lambda content: raw(mark)))


def header(mark):
    """What a header can hold at all: no ends of lines."""
    return mark + (STEERING.encode() + BROKEN).translate(None, b"\r\n").decode("latin-1")


def registry_headers(mark):
    refused = [stub.status(401, "UNAUTHORIZED", "no", WWW_Authenticate=f'Bearer realm="http://{header(mark)}/",service="{header(mark)}"'),
               stub.status(307, "", "", Location="http://" + header(mark)), stub.status(429, "", "", Retry_After=header(mark)),
               stub.whole(lambda content: content, Content_Type2=header(mark))]
    def other_type(handler):
        handler.send(200, b"{}", Content_Type=header(mark))
    return [line for action in [*refused, other_type] for line in registry(mark, "manifests", action)]


def process_names(mark):
    name = mark[:4].encode() + "\u009b\u202e\x1b".encode()  # the kernel keeps 15 bytes of it; runc takes UTF-8 alone
    content = pathlib.Path(options.exercise).read_bytes()
    return [["--trace", image(raw_tar.file(name, content, mode=b"0000755"), change=lambda config: config["config"].update(
        {"Entrypoint": ["/" + name.decode()], "Cmd": ["reads"]}))]]


def layer_claims(mark):
    """What an image says of its FIPS layer."""
    description = {"module": {"version": text(mark), "sha256": text(mark), "claimed": text(mark)}, "not_reached": [text(mark)], "compat": [text(mark)],
                   "entropy_library": {"version": text(mark), "flags": text(mark)}}
    files = [raw_tar.file(b"usr/share/kif/layer.json", json.dumps(description).encode()),
             raw_tar.file(b"usr/share/kif/manifest.sha256", b"0" * 64 + b"  /" + raw(mark) + b"\n" + raw(mark))]
    files += [raw_tar.file(name, b"x", mode=b"0000755") for name in (b"usr/lib/kif/kif-init", b"usr/lib/kif/kif-fips.so", b"etc/kif/openssl.cnf")]
    return [[image(*files, change=lambda config: config["config"].update({"Entrypoint": ["/usr/lib/kif/kif-init", "--"], "Cmd": ["/" + text(mark)]}))]]


def engines(mark):
    """Programs that kif asks for their version."""
    bin_folder = folder()
    version = mark.encode() + "\x1b[31m\u009b\u202e".encode() + b"\x9b"
    for name in ("docker", "podman", "runc", "containerd", "crun"):
        (bin_folder / name).write_bytes(b"#!/bin/sh\nprintf '%s\\n' 'version " + version + b"'\nprintf '%s\\n' '" + version + b"' >&2\n")
        (bin_folder / name).chmod(0o755)
    return [[{"PATH": f"{bin_folder}:{os.environ['PATH']}"}]]


def variable_of_kif(mark):
    return [["oci:/x", {"SOURCE_DATE_EPOCH": os.fsdecode(raw(mark))}]]


OF_IMAGES = [option, image_name, tag, digest, labels, variables, user, working_folder, program, file_names, media_types, platforms, json_text,
             digests_of_content, registry_bodies, registry_headers]
BOTH = ([], ["--format", "json"])

# Command: what is put before the arguments of a source, its forms, and its sources.
TABLE = {
    "harden": ([["-o", "oci:OUT:x"]], BOTH, [*OF_IMAGES, packages, variable_of_kif]),
    "run": ([[]], ([],), [*OF_IMAGES, process_names]),
    "sbom": ([[]], (*BOTH, ["--format", "packages"], ["--format", "spdx"]), [*OF_IMAGES, packages]),
    "verify": ([["--sbom"]], BOTH, [*OF_IMAGES, packages]),
    "verify --live": ([[]], BOTH, [option, image_name, user, file_names, registry_bodies, layer_claims]),
    "host": ([[]], BOTH, [option, engines]),
    "version": ([[]], BOTH, [option]),
    "help": ([[]], ([],), [option, image_name]),
}
# What no command prints, and why it is fed all the same.
NOT_SHOWN = {"labels": "kif copies labels and shows none", "variables": "kif run hands them on to the program, which shows none here"}


def marks_of(source):
    return "Q" + source.__name__.replace("_", "").upper() + "Q"


def kif(command, before, form, line):
    environment = {"HOME": str(work), "TMPDIR": str(work), "PATH": os.environ["PATH"], "TERM": "dumb"}
    arguments = []
    for argument in [*command.split(), *before, *form, *line]:
        if isinstance(argument, dict):
            environment.update(argument)
        else:
            arguments.append(argument.replace("OUT", str(folder() / "out")) if isinstance(argument, str) else argument)
    return subprocess.run([options.kif, *arguments], capture_output=True, timeout=300, check=False, env=environment)


class Hostile(unittest.TestCase):
    def test_every_command_is_in_the_table(self):
        shown = subprocess.run([options.kif, "--help"], capture_output=True, text=True, check=True).stdout
        commands = re.findall(r"^  ([a-z]+) ", shown[shown.lower().index("subcommands:"):], re.MULTILINE)
        self.assertGreater(len(commands), 5, shown)
        self.assertEqual(sorted(set(commands)), sorted({name.split()[0] for name in TABLE}))

    def test_nothing_that_steers_gets_through(self):
        reached = set()
        cells = 0
        for command, (befores, forms, sources) in TABLE.items():
            for source in sources:
                mark = marks_of(source)
                for line in source(mark):
                    for before in befores:
                        for form in forms:
                            cells += 1
                            with self.subTest(command=command, before=before, source=source.__name__, form=form):
                                done = kif(command, before, form, line)
                                self.assertNotIn(done.returncode, (70, -6, -11), done.stderr)
                                self.assertEqual(complaints_about(done.stderr), [])
                                is_data = form == ["--format", "packages"]
                                self.assertEqual(complaints_about(done.stdout, "\n\t" if is_data else "\n"), [])
                                if form[-1:] in (["json"], ["spdx"]) and done.stdout:
                                    json.loads(done.stdout)
                                seen = mark[:4] if source is process_names else mark
                                if seen.lower().encode() in (done.stdout + done.stderr).lower():
                                    reached.add(source.__name__)
        print(f"{cells} command lines")
        fed = {source.__name__ for _, _, sources in TABLE.values() for source in sources}
        self.assertEqual(sorted(fed - reached), sorted(NOT_SHOWN))

    def test_what_the_container_writes_is_the_users(self):
        """Byte by byte, on both streams: it is not kif's text. The runtime's own words come through the edge."""
        noise = raw("noise")
        said = kif("run", [], [], [image(), "--", "say", noise.hex()])
        self.assertEqual((said.returncode, said.stdout, said.stderr), (7, noise, noise))
        refused = kif("run", [], [], [image(), "--", noise])
        self.assertEqual((refused.returncode, complaints_about(refused.stderr)), (1, []), refused.stderr)
        self.assertIn(b"is not UTF-8", refused.stderr)
        failed = kif("run", [], [], working_folder("failed")[0])
        self.assertEqual(failed.returncode, 3, failed.stderr)
        self.assertEqual(complaints_about(failed.stderr), [])
        self.assertEqual(failed.stderr.count(b"failed"), 2, failed.stderr)  # the mark's two ends: said once

    def test_control_what_steers_is_found(self):
        """The check itself: each kind of steering is a complaint, where a program prints it as it is."""
        for char in STEERING:
            if unicodedata.category(char)[0] in "CZ" and char not in " \n":
                self.assertNotEqual(complaints_about(f"a{char}b\n".encode()), [], hex(ord(char)))
        printed = subprocess.run(["printf", "%s", raw("x")], capture_output=True, check=True).stdout
        self.assertNotEqual(complaints_about(printed), [])
        self.assertNotEqual(complaints_about(BROKEN), [])
        self.assertEqual(complaints_about("plain é 漢 – …\n".encode()), [])


def main():
    global options, work
    parser = argparse.ArgumentParser()
    for name in ("kif", "exercise"):
        parser.add_argument("--" + name, required=True)
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="kif-text-test-") as made:
        work = pathlib.Path(made)
        unittest.main(module="__main__", argv=[sys.argv[0]] + rest, verbosity=2)


if __name__ == "__main__":
    main()
