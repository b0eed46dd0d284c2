#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kif verify --sbom on vendor-style images: package sets just above and just below each limit of the published rule, with each excluded name and
with names that come near it, before, on and after the rule's day, with each way of being signed. Each cell names its answer, its exit code and a
reason that must stand in the text."""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import layout
import registries

GOOD = {"libcrypto3": "3.4.0-r2", "openssl-config-fipshardened": "3.4.0-r3"}
ORDINARY = {"busybox": "1.37.0-r0", "glibc": "2.42-r4", "libssl3": "3.6.0-r4"}
ON_TIME = "2025-03-01T00:00:00Z"

MET, UNCHECKED_MET, UNSIGNED_MET = ("met", 0), ("met-by-unchecked-sbom", 0), ("met-by-unsigned-sbom", 0)
EXCLUDED, MISSING, TOO_OLD, INVALID, REFUSED = (("excluded", 1), ("missing", 1), ("too-old", 1), ("invalid-version", 1), ("refused-sbom", 1))
NO_SBOM, UNSIGNED, INDEX_ONLY, BEFORE = ("no-sbom", 3), ("unsigned-sbom", 3), ("index-only", 3), ("built-before-rule", 3)
EMPTY, COULD_NOT_LOOK = ("empty-sbom", 3), ("could-not-look", 3)


def crypto(version):
    return {**GOOD, "libcrypto3": version}


# name: packages, when the image was made, the answer, what the text must hold
RULE = {
    "at the limit": (GOOD, ON_TIME, MET, "libcrypto3 3.4.0-r2 is 3.4.0-r2 or newer"),
    "revision 10": (crypto("3.4.0-r10"), ON_TIME, MET, "libcrypto3 3.4.0-r10 is 3.4.0-r2 or newer"),
    "minor 10": (crypto("3.10.0-r0"), ON_TIME, MET, "libcrypto3 3.10.0-r0 is 3.4.0-r2 or newer"),
    "a patch of it": (crypto("3.4.0_p1-r0"), ON_TIME, MET, "libcrypto3 3.4.0_p1-r0 is 3.4.0-r2 or newer"),
    "a snapshot of it": (crypto("3.4.0_git20241201-r0"), ON_TIME, MET, "libcrypto3 3.4.0_git20241201-r0 is 3.4.0-r2 or newer"),
    "revision before": (crypto("3.4.0-r1"), ON_TIME, TOO_OLD, "libcrypto3 3.4.0-r1 is older than 3.4.0-r2"),
    "no revision": (crypto("3.4.0"), ON_TIME, TOO_OLD, "libcrypto3 3.4.0 is older than 3.4.0-r2"),
    "a candidate": (crypto("3.4.0_rc1-r5"), ON_TIME, TOO_OLD, "libcrypto3 3.4.0_rc1-r5 is older than 3.4.0-r2"),
    "a zero in front": (crypto("3.04.0-r0"), ON_TIME, TOO_OLD, "libcrypto3 3.04.0-r0 is older than 3.4.0-r2"),
    "no version": (crypto("v3.6.0-r0"), ON_TIME, INVALID, 'libcrypto3: cannot read apk version "v3.6.0-r0"'),
    "text behind the revision": (crypto("3.4.0-r2-extra"), ON_TIME, INVALID, 'cannot read apk version "3.4.0-r2-extra"'),
    "the other package at its limit": ({**GOOD, "openssl-config-fipshardened": "3.4.0-r4"}, ON_TIME, MET, "3.4.0-r4 is 3.4.0-r3 or newer"),
    "the other package below": ({**GOOD, "openssl-config-fipshardened": "3.4.0-r2"}, ON_TIME, TOO_OLD,
                                "openssl-config-fipshardened 3.4.0-r2 is older than 3.4.0-r3"),
    "none of the two": ({}, ON_TIME, MISSING, "no apk package is called libcrypto3"),
    "one of the two": ({"libcrypto3": "3.6.0-r4"}, ON_TIME, MISSING, "no apk package is called openssl-config-fipshardened"),
    "only a look-alike": ({"libcrypto3-2.34": "3.6.0-r1", "openssl-config-fipshardened": "3.6.0-r4"}, ON_TIME, MISSING,
                          "not it: libcrypto3-2.34 3.6.0-r1"),
    "a look-alike besides": ({**GOOD, "libcrypto3-2.34": "3.0.0-r0"}, ON_TIME, MET, "libcrypto3 3.4.0-r2 is"),
    "bouncycastle-fips": ({**GOOD, "bouncycastle-fips": "2.1.0-r0"}, ON_TIME, EXCLUDED, "bouncycastle-fips 2.1.0-r0: it excludes bouncycastle-fips"),
    "bouncycastle-fips-1.0": ({**GOOD, "bouncycastle-fips-1.0": "1.0-r0"}, ON_TIME, EXCLUDED, "it excludes bouncycastle-fips-1.0"),
    "a CNI plugin": ({**GOOD, "my-cni-plugin": "1-r0"}, ON_TIME, EXCLUDED, "it excludes any name with -cni- in it"),
    "excluded and too old": ({"libcrypto3": "3.0.9-r0", "bouncycastle-fips": "1-r0"}, ON_TIME, EXCLUDED, "is older than 3.4.0-r2"),
    "bouncycastle-fips-2": ({**GOOD, "bouncycastle-fips-2": "2-r0"}, ON_TIME, MET, "none of: bouncycastle-fips"),
    "cni at the end": ({**GOOD, "my-cni": "1-r0"}, ON_TIME, MET, "SBOM-KERNEL-CNI"),
    "cni at the start": ({**GOOD, "cni-plugins": "1-r0"}, ON_TIME, MET, "SBOM-KERNEL-CNI"),
    "strongSwan": ({**GOOD, "strongswan": "6.0-r0"}, ON_TIME, MET, "the host needs a kernel in FIPS mode"),
    "indicators": ({**GOOD, "NIST-CMVP-4282": "1-r0", "NIST-ESV-191": "1-r0", "NIST-MIP-next": "1-r0"}, ON_TIME, MET, "historical since 2026-09-21"),
    "an unknown certificate": ({**GOOD, "NIST-CMVP-99999": "1-r0"}, ON_TIME, MET, "CMVP #99999, of which kif's certificates say nothing"),
    "indicators and nothing else": ({"NIST-CMVP-5132": "1-r0", "NIST-ESV-191": "1-r0"}, ON_TIME, MISSING, "no apk package is called libcrypto3"),
    "the day before": (GOOD, "2024-11-06T23:59:59Z", BEFORE, "the rule says nothing of images this old"),
    "the day": (GOOD, "2024-11-07T00:00:00Z", MET, "the image's configuration says 2024-11-07T00:00:00Z"),
    "too old from the day before": (crypto("3.4.0-r1"), "2024-11-06T00:00:00Z", BEFORE, "libcrypto3 3.4.0-r1 is older than 3.4.0-r2"),
    "a repeatable build": (GOOD, "1970-01-01T00:00:00Z", MET, "the SBOM says 2025-01-02T03:04:05Z"),
}


class Bench:
    def __init__(self, kif, folder):
        self.kif, self.folder = kif, pathlib.Path(folder)
        self.environment = {**os.environ, "HOME": folder, "XDG_CACHE_HOME": folder + "/cache", "XDG_RUNTIME_DIR": folder, "NO_COLOR": "1"}
        self.complaints, self.told, self.answers = [], 0, set()
        for name in ("vendor", "other"):
            subprocess.run(["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", self.folder / f"{name}.pem"], check=True)
            subprocess.run(["openssl", "ec", "-in", self.folder / f"{name}.pem", "-pubout", "-out", self.folder / f"{name}.pub"], check=True,
                           capture_output=True)

    def key(self, name="vendor"):
        return str(self.folder / f"{name}.pem")

    def public(self, name="vendor"):
        return str(self.folder / f"{name}.pub")

    def verify(self, *words):
        return subprocess.run([self.kif, "verify", "--sbom", *map(str, words)], capture_output=True, text=True, timeout=60, check=False,
                              cwd=self.folder, env=self.environment)

    def expect(self, what, words, wanted, holds, lacks=()):
        """Text and JSON give the answer and the exit code; `holds` stands in the text, each of `lacks` does not."""
        answer, code = wanted
        text, as_json = self.verify(*words), self.verify(*words, "--format", "json")
        found = []
        try:
            report = json.loads(as_json.stdout)
            found.append((report["schema"], report["mode"], report["answer"], as_json.returncode))
        except (ValueError, KeyError):
            report = {}
            found.append(("no report", as_json.stdout[:200], as_json.stderr[:200], as_json.returncode))
        good = found == [("kif.verify/1", "sbom", answer, code)] and text.returncode == code and f"answer:  {answer} (" in text.stdout
        good = good and holds in text.stdout and not any(word in text.stdout for word in lacks)
        good = good and "An SBOM measures nothing" in text.stdout and "kif verify --live" in text.stdout
        good = good and (not report.get("rules") or report["rules"][0]["id"] == "kernel-independent")
        self.told += 1
        self.answers.add(wanted)
        print(f"{'ok ' if good else 'BAD'} {what:44} {answer}, exit {code}")
        if not good:
            self.complaints.append(f"{what}: wanted {wanted} and {holds!r}, without {lacks}\n{found}\n{text.stdout}{text.stderr}")


def attested(folder, packages, created, key, subject=None, document=None, signatures=None):
    """A vendor's image: packages in apk's database, and their SPDX in an in-toto statement under the .att tag. Without a key its signature is
    none; `signatures` take the place of its own."""
    place = layout.Layout(folder)
    packages = {**ORDINARY, **packages}
    image = place.image({"/lib/apk/db/installed": layout.apk_database(packages)}, created=created)
    statement = layout.statement(document or layout.spdx(packages), subject or image["digest"], version="v0.1")
    envelope = layout.envelope(statement, key)
    if signatures is not None:
        envelope["signatures"] = signatures
    tag = image["digest"].replace(":", "-") + ".att"
    place.write(**{"app": image, tag: place.artifact(layout.DSSE, envelope)})
    return f"oci:{folder}:app", image


def rule_cells(bench):
    """Each cell three times: signed and the key given, signed and no key, and not signed, read from apk's database."""
    for number, (name, (packages, created, wanted, holds)) in enumerate(RULE.items()):
        image, _ = attested(bench.folder / f"signed{number}", packages, created, bench.key())
        bench.expect(name + ", signature verified", [image, "--key", bench.public()], wanted, holds)
        bench.expect(name + ", signature not checked", [image], UNCHECKED_MET if wanted == MET else wanted, holds, lacks=["verified: a key"])
        if created == "1970-01-01T00:00:00Z":
            continue  # the database says no time
        place = layout.Layout(bench.folder / f"bare{number}")
        place.write(app=place.image({"/lib/apk/db/installed": layout.apk_database({**ORDINARY, **packages})}, created=created))
        bench.expect(name + ", not signed", [f"oci:{place.folder}:app"], UNSIGNED_MET if wanted == MET else wanted, holds,
                     lacks=["verified: a key"])


def signature_cells(bench):
    image, _ = attested(bench.folder / "keys", GOOD, ON_TIME, bench.key())
    bench.expect("another key", [image, "--key", bench.public("other")], REFUSED, "SBOM-REFUSED")
    bench.expect("one key of two", [image, "--key", bench.public("other"), "--key", bench.public()], MET, "verified: a key")
    for what, more in (("a signature that is none", {}), ("a junk signature", {"signatures": [{"sig": "AAAA"}]})):
        image, _ = attested(bench.folder / what.replace(" ", "-"), GOOD, ON_TIME, None, **more)
        bench.expect(what, [image], UNCHECKED_MET, "signature present, not checked", lacks=["verified: a key"])
        bench.expect(what + ", key given", [image, "--key", bench.public()], REFUSED, "SBOM-REFUSED", lacks=["verified: a key"])
    image, _ = attested(bench.folder / "nobody", GOOD, ON_TIME, None, signatures=[])
    bench.expect("an envelope without a signature", [image], UNSIGNED_MET, "it is not: whoever could write it", lacks=["verified: a key"])
    place = layout.Layout(bench.folder / "unsigned")
    place.write(app=place.image({"/lib/apk/db/installed": layout.apk_database({**ORDINARY, **GOOD})}))
    bench.expect("nothing signed, key given", [f"oci:{place.folder}:app", "--key", bench.public()], UNSIGNED, "SBOM-SIGNATURE",
                 lacks=["SBOM-REQUIRED"])


def document_cells(bench):
    place = layout.Layout(bench.folder / "empty")
    place.write(app=place.image({"/etc/os-release": "ID=wolfi\n"}))
    bench.expect("no SBOM", [f"oci:{place.folder}:app"], NO_SBOM, "none; looked in")
    path = bench.folder / "empty.json"
    path.write_text(json.dumps(layout.spdx({})))
    bench.expect("a document without packages", [path], EMPTY, "lists no packages")

    place = layout.Layout(bench.folder / "index")
    image = place.image({"/etc/os-release": "ID=wolfi\n"})
    index = place.index(image)
    document = layout.spdx({})
    variant = {"SPDXID": "SPDXRef-Package-image", "name": image["digest"], "versionInfo": image["digest"], "filesAnalyzed": False,
               "downloadLocation": "NOASSERTION", "primaryPackagePurpose": "CONTAINER",
               "checksums": [{"algorithm": "SHA256", "checksumValue": image["digest"].removeprefix("sha256:")}],
               "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                 "referenceLocator": f"pkg:oci/image@{image['digest']}?arch=amd64&os=linux"}]}
    whole = {"SPDXID": "SPDXRef-Package-index", "name": index["digest"], "versionInfo": index["digest"], "filesAnalyzed": False,
             "downloadLocation": "NOASSERTION", "primaryPackagePurpose": "CONTAINER"}
    document["packages"] = [whole, variant]
    document["relationships"] = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": whole["SPDXID"]},
                                 {"spdxElementId": variant["SPDXID"], "relationshipType": "VARIANT_OF", "relatedSpdxElement": whole["SPDXID"]}]
    statement = layout.statement(document, index["digest"])
    tag = index["digest"].replace(":", "-") + ".att"
    place.write(**{"app": index, tag: place.artifact(layout.DSSE, layout.envelope(statement, bench.key()))})
    bench.expect("an index's SBOM alone", [f"oci:{place.folder}:app", "--key", bench.public()], INDEX_ONLY, "images of an index, and no packages")

    other = "sha256:" + "ab" * 32
    place = layout.Layout(bench.folder / "other")
    image = place.image({"/etc/os-release": "ID=wolfi\n"})
    statement = layout.statement(layout.spdx({**ORDINARY, **GOOD}), other)
    place.write(**{"app": image, image["digest"].replace(":", "-") + ".att": place.artifact(layout.DSSE, layout.envelope(statement, bench.key()))})
    bench.expect("an SBOM of another image", [f"oci:{place.folder}:app"], REFUSED, "its statement is about another image")

    image, _ = attested(bench.folder / "differs", GOOD, ON_TIME, bench.key(), document=layout.spdx({**ORDINARY, **crypto("3.6.0-r4")}))
    bench.expect("image and SBOM agree", [image, "--key", bench.public(), "--all"], MET, "SBOM-OTHERS")
    image, _ = attested(bench.folder / "lies", crypto("3.0.9-r0"), ON_TIME, bench.key(), document=layout.spdx({**ORDINARY, **GOOD}))
    bench.expect("the image's own database says otherwise", [image, "--key", bench.public(), "--all"], MET, "by it kernel-independent is too-old")

    path = bench.folder / "document.json"
    path.write_text(json.dumps(layout.spdx({**ORDINARY, **GOOD})))
    bench.expect("a document's path", [path], UNSIGNED_MET, "kif verify --live IMAGE")
    path = bench.folder / "old.json"
    path.write_text(json.dumps(layout.spdx({**ORDINARY, **GOOD}, created="2024-10-01T00:00:00Z")))
    bench.expect("an old document's path", [path], BEFORE, "the SBOM says 2024-10-01T00:00:00Z")
    root = bench.folder / "root/lib/apk/db"
    root.mkdir(parents=True)
    (root / "installed").write_text(layout.apk_database({**ORDINARY, **GOOD}))
    bench.expect("a folder", [bench.folder / "root"], UNSIGNED_MET, "nobody says when, so it is not judged")


def doubt_cells(bench):
    """What stands beside a name does not hide it; what a build was told does not stand for what is in the image."""
    def listed(name, **changed):
        document = layout.spdx({**ORDINARY, **GOOD, name: "2.0-r0"})
        entry = document["packages"][-1]
        if "purl" in changed:
            entry["externalRefs"][0]["referenceLocator"] = changed.pop("purl")
        entry.update(changed)
        path = bench.folder / "doubt.json"
        path.write_text(json.dumps(document))
        return [path]

    excluded = "it excludes bouncycastle-fips"
    bench.expect("excluded", listed("bouncycastle-fips"), EXCLUDED, excluded)
    bench.expect("excluded, its package URL is none", listed("bouncycastle-fips", purl="pkg:apk/wolfi/bouncycastle-fips%2@2.0-r0"), EXCLUDED, excluded)
    bench.expect("excluded, another version's package URL", listed("bouncycastle-fips", purl="pkg:apk/wolfi/bouncycastle-fips@2.0-r1"), EXCLUDED,
                 excluded)
    bench.expect("excluded, another package's URL", listed("bouncycastle-fips", purl="pkg:apk/wolfi/harmless@2.0-r0"), EXCLUDED, excluded)
    bench.expect("excluded, by its package URL alone", listed("harmless", purl="pkg:apk/wolfi/bouncycastle-fips@2.0-r0"), EXCLUDED, excluded)
    bench.expect("excluded, said to be a file", listed("bouncycastle-fips", primaryPackagePurpose="FILE"), EXCLUDED, excluded)
    bench.expect("excluded, said to be a source", listed("bouncycastle-fips", purl="pkg:apk/wolfi/bouncycastle-fips@2.0-r0?arch=src"), EXCLUDED,
                 excluded)
    document = layout.spdx({**ORDINARY, **GOOD})
    document["packages"].append({**document["packages"][-2], "SPDXID": "SPDXRef-second", "versionInfo": "3.3.0-r0"})
    document["packages"][-1]["externalRefs"] = [{**document["packages"][-1]["externalRefs"][0],
                                                 "referenceLocator": "pkg:apk/wolfi/libcrypto3@3.3.0"}]
    (bench.folder / "second.json").write_text(json.dumps(document))
    bench.expect("a second version that contradicts itself", [bench.folder / "second.json"], TOO_OLD, "the worst of")
    document = layout.spdx({**ORDINARY, **GOOD})
    for package in document["packages"]:
        package["externalRefs"][0]["referenceLocator"] = "pkg:apk"
    (bench.folder / "unsure.json").write_text(json.dumps(document))
    bench.expect("what contradicts itself meets nothing", [bench.folder / "unsure.json"], MISSING, "contradicts itself, and meets nothing")

    for what, database, wanted in (("excluded", {**GOOD, "bouncycastle-fips": "2.0-r0"}, EXCLUDED), ("good", GOOD, UNSIGNED_MET)):
        place = layout.Layout(bench.folder / f"provenance-{what}")
        image = place.image({"/lib/apk/db/installed": layout.apk_database({**ORDINARY, **database})}, created=ON_TIME)
        provenance = {"buildDefinition": {"buildType": "x", "internalParameters": {**GOOD}}, "runDetails": {"builder": {"id": "x"}}}
        statement = layout.statement(provenance, image["digest"], predicate_type="https://slsa.dev/provenance/v1")
        envelope = {**layout.envelope(statement), "signatures": [{"sig": "AAAA"}]}
        place.write(**{"app": image, image["digest"].replace(":", "-") + ".att": place.artifact(layout.DSSE, envelope)})
        bench.expect(f"a provenance beside a database that is {what}", [f"oci:{place.folder}:app"], wanted, "apk database")


def registry_cells(bench):
    """A registry that denies the .att tag; what else the image has does not take its place unless it is signed."""
    for what, files in (("nothing else", {"/etc/os-release": "ID=wolfi\n"}),
                        ("a package database", {"/lib/apk/db/installed": layout.apk_database({**ORDINARY, **GOOD})})):
        place = layout.Layout(bench.folder / ("denied-" + what.replace(" ", "-")))
        image = place.image(files, created=ON_TIME)
        envelope = layout.envelope(layout.statement(layout.spdx({**ORDINARY, **GOOD}), image["digest"]), bench.key())
        tag = image["digest"].replace(":", "-") + ".att"
        signed = place.artifact(layout.DSSE, envelope)
        place.write(app=image)
        for denied, wanted in (((), MET), ((tag,), COULD_NOT_LOOK)):
            with registries.ReferrersRegistry(denied) as registry:
                registries.push(registry.host, "app", place, image, "1")
                registries.push(registry.host, "app", place, signed, tag)
                name = f"docker://{registry.host}/app:1"
                holds = f"tag {tag} of {name}" if denied else "verified: a key"
                bench.expect(f"{what}, .att {'denied' if denied else 'readable'}", [name, "--key", bench.public()], wanted, holds)
                if denied:
                    bench.expect(f"{what}, .att denied, no key", [name], COULD_NOT_LOOK, f"{registry.host} denies access to app",
                                 lacks=["SBOM-REQUIRED"])


def file_cells(bench):
    """Rules and certificates of one's own; a mistake in them is no verdict."""
    image, _ = attested(bench.folder / "own", GOOD, ON_TIME, bench.key())
    rules = bench.folder / "rules.yaml"
    text = ("schema: kif.rules/1\nid: mine\ntitle: mine\nsource: me\ndate: 2026-01-01\necosystem: apk\nrequired:\n"
            "  - name: busybox\n    minimum: 1.38.0-r0\n")
    rules.write_text(text)
    done = bench.verify(image, "--rules", rules)
    wanted = "FAIL     SBOM-REQUIRED-BUSYBOX"
    if done.returncode != 1 or wanted not in done.stdout or "SBOM-REQUIRED-LIBCRYPTO3" in done.stdout or "SBOM-KERNEL" not in done.stdout:
        bench.complaints.append(f"own rules: {done}")
    rules.write_text(text.replace("minimum", "minimun"))
    done = bench.verify(image, "--rules", rules)
    wanted = f'kif: error: cannot read {rules}:9:5: unknown key "minimun" in a required package\n  hint: did you mean "minimum"?\n'
    if (done.returncode, done.stdout, done.stderr) != (2, "", wanted):
        bench.complaints.append(f"a mistyped rule: {done}")
    image, _ = attested(bench.folder / "certificates", {**GOOD, "NIST-CMVP-5132": "1-r0"}, ON_TIME, bench.key())
    certificates = bench.folder / "certificates.yaml"
    certificates.write_text("schema: kif.certificates/1\ncertificates: []\n")
    done = bench.verify(image, "--certificates", certificates)
    if done.returncode != 0 or "CMVP #5132, of which kif's certificates say nothing" not in done.stdout:
        bench.complaints.append(f"own certificates: {done}")
    for words, code in (([image, "--live"], 2), ([image, "--key", rules], 2), (["oic:x:y"], 2), ([bench.folder / "nowhere:x"], 2),
                        (["oci:nowhere:x"], 3)):
        done = bench.verify(*words)
        if done.returncode != code or done.stdout or not done.stderr.startswith("kif: error: "):
            bench.complaints.append(f"{words}: wanted exit {code}: {done}")
    bench.told += 8


def complain_of_missing_answers(bench, source):
    """Every answer of the program stands in docs/verify.md's table, with the exit code that it has, and a cell here gave it."""
    table = (source / "docs/verify.md").read_text().partition("### The answer")[2].partition("###")[0]
    documented = {(name, int(code)) for name, code in re.findall(r"^\| `([a-z-]+)` \| (\d) \|", table, re.MULTILINE)}
    names = set(re.findall(r'return \{"([a-z-]+)",', (source / "src/verify/rules/answer.cpp").read_text()))
    if not names or {name for name, _ in documented} != names:
        bench.complaints.append(f"docs/verify.md and answer.cpp differ: {sorted({name for name, _ in documented} ^ names)}")
    if bench.answers != documented:
        bench.complaints.append(f"answers that no cell gave, or that no table has: {sorted(documented ^ bench.answers)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kif", required=True)
    parser.add_argument("--source", required=True, help="kif's source tree")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kif-claims-") as folder:
        bench = Bench(options.kif, folder)
        rule_cells(bench)
        signature_cells(bench)
        document_cells(bench)
        doubt_cells(bench)
        registry_cells(bench)
        file_cells(bench)
    complain_of_missing_answers(bench, pathlib.Path(options.source))
    print(f"{bench.told} cells, {len(bench.complaints)} wrong")
    for complaint in bench.complaints:
        print(complaint)
    return 1 if bench.complaints or bench.told < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
