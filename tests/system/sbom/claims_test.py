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

import documents

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "ground"))
import registries  # noqa: E402
from layouts import Layout, digest_of, tar_of  # noqa: E402

GOOD = {"libcrypto3": "3.4.0-r2", "openssl-config-fipshardened": "3.4.0-r3"}
ORDINARY = {"busybox": "1.37.0-r0", "glibc": "2.42-r4", "libssl3": "3.6.0-r4"}
ON_TIME = "2025-03-01T00:00:00Z"

MET, UNCHECKED_MET, UNSIGNED_MET = ("met", 0), ("met-by-unchecked-sbom", 0), ("met-by-unsigned-sbom", 0)
KIF_LAYER = ("kif-layer", 3)
EXCLUDED, MISSING, TOO_OLD, INVALID, REFUSED = (("excluded", 1), ("missing", 1), ("too-old", 1), ("invalid-version", 1), ("refused-sbom", 1))
NO_SBOM, UNSIGNED, INDEX_ONLY, BEFORE = ("no-sbom", 3), ("unsigned-sbom", 3), ("index-only", 3), ("built-before-rule", 3)
EMPTY, COULD_NOT_LOOK, UNREAD = ("empty-sbom", 3), ("could-not-look", 3), ("unread-sbom", 3)


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
    "a sunset that has passed": ({**GOOD, "NIST-CMVP-4282": "1-r0"}, ON_TIME, MET,
                                 "FIPS 140-2; historical since 2026-09-21 (NIST's transition of all FIPS 140-2 certificates"),
    "its caveat": ({**GOOD, "NIST-CMVP-4282": "1-r0"}, ON_TIME, MET,
                   "sunset 2026-09-21, which has passed; holder the OpenSSL project; caveat no-assurance: no assurance of the minimum strength of generated keys; not interim; by NIST,"),
    "a caveat stays": ({**GOOD, "NIST-CMVP-5177": "1-r0", "NIST-ESV-241": "1-r0"}, ON_TIME, MET, "whatever is plugged in: no entropy source, and no ESV certificate of one, changes it"),
    "an interim one": ({**GOOD, "NIST-CMVP-4943": "1-r0"}, ON_TIME, MET, "caveat modified-by-available-entropy: strengths of generated keys are modified by available entropy; interim; by NIST,"),
    "what no source said": ({**GOOD, "NIST-CMVP-5523-optin": "1-r0"}, ON_TIME, MET,
                            "Chainguard FIPS Provider for OpenSSL 3.6.0; standard not known; status not known; sunset not known; holder Chainguard; caveat not known; "
                            "interim or not is not known; by Chainguard,"),
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
    place = Layout(folder)
    packages = {**ORDINARY, **packages}
    image = place.put_files({"/lib/apk/db/installed": documents.apk_database(packages)}, created=created)
    statement = documents.statement(document or documents.spdx(packages), subject or image["digest"], version="v0.1")
    envelope = documents.envelope(statement, key)
    if signatures is not None:
        envelope["signatures"] = signatures
    tag = image["digest"].replace(":", "-") + ".att"
    place.write(**{"app": image, tag: place.put_artifact(documents.DSSE, envelope)})
    return f"oci:{folder}:app", image


def rule_cells(bench):
    """Each cell three times: signed and the key given, signed and no key, and not signed, read from apk's database."""
    for number, (name, (packages, created, wanted, holds)) in enumerate(RULE.items()):
        image, _ = attested(bench.folder / f"signed{number}", packages, created, bench.key())
        bench.expect(name + ", signature verified", [image, "--key", bench.public()], wanted, holds)
        bench.expect(name + ", signature not checked", [image], UNCHECKED_MET if wanted == MET else wanted, holds, lacks=["verified: a key"])
        if created == "1970-01-01T00:00:00Z":
            continue  # the database says no time
        place = Layout(bench.folder / f"bare{number}")
        place.write(app=place.put_files({"/lib/apk/db/installed": documents.apk_database({**ORDINARY, **packages})}, created=created))
        bench.expect(name + ", not signed", [f"oci:{place.path}:app"], UNSIGNED_MET if wanted == MET else wanted, holds,
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
    place = Layout(bench.folder / "unsigned")
    place.write(app=place.put_files({"/lib/apk/db/installed": documents.apk_database({**ORDINARY, **GOOD})}))
    bench.expect("nothing signed, key given", [f"oci:{place.path}:app", "--key", bench.public()], UNSIGNED, "SBOM-SIGNATURE",
                 lacks=["SBOM-REQUIRED"])


def document_cells(bench):
    place = Layout(bench.folder / "empty")
    place.write(app=place.put_files({"/etc/os-release": "ID=wolfi\n"}))
    bench.expect("no SBOM", [f"oci:{place.path}:app"], NO_SBOM, "none; looked in")
    path = bench.folder / "empty.json"
    path.write_text(json.dumps(documents.spdx({})))
    bench.expect("a document without packages", [path], EMPTY, "lists no packages")

    place = Layout(bench.folder / "index")
    image = place.put_files({"/etc/os-release": "ID=wolfi\n"})
    index = place.put_index([image])
    document = documents.spdx({})
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
    statement = documents.statement(document, index["digest"])
    tag = index["digest"].replace(":", "-") + ".att"
    place.write(**{"app": index, tag: place.put_artifact(documents.DSSE, documents.envelope(statement, bench.key()))})
    bench.expect("an index's SBOM alone", [f"oci:{place.path}:app", "--key", bench.public()], INDEX_ONLY, "images of an index, and no packages")

    other = "sha256:" + "ab" * 32
    place = Layout(bench.folder / "other")
    image = place.put_files({"/etc/os-release": "ID=wolfi\n"})
    statement = documents.statement(documents.spdx({**ORDINARY, **GOOD}), other)
    place.write(**{"app": image, image["digest"].replace(":", "-") + ".att": place.put_artifact(documents.DSSE, documents.envelope(statement, bench.key()))})
    bench.expect("an SBOM of another image", [f"oci:{place.path}:app"], REFUSED, "its statement is about another image")

    image, _ = attested(bench.folder / "differs", GOOD, ON_TIME, bench.key(), document=documents.spdx({**ORDINARY, **crypto("3.6.0-r4")}))
    bench.expect("image and SBOM agree", [image, "--key", bench.public(), "--all"], MET, "SBOM-OTHERS")
    image, _ = attested(bench.folder / "lies", crypto("3.0.9-r0"), ON_TIME, bench.key(), document=documents.spdx({**ORDINARY, **GOOD}))
    bench.expect("the image's own database says otherwise", [image, "--key", bench.public(), "--all"], MET, "by it kernel-independent is too-old")

    path = bench.folder / "document.json"
    path.write_text(json.dumps(documents.spdx({**ORDINARY, **GOOD})))
    bench.expect("a document's path", [path], UNSIGNED_MET, "kif verify --live IMAGE")
    path = bench.folder / "old.json"
    path.write_text(json.dumps(documents.spdx({**ORDINARY, **GOOD}, created="2024-10-01T00:00:00Z")))
    bench.expect("an old document's path", [path], BEFORE, "the SBOM says 2024-10-01T00:00:00Z")
    root = bench.folder / "root/lib/apk/db"
    root.mkdir(parents=True)
    (root / "installed").write_text(documents.apk_database({**ORDINARY, **GOOD}))
    bench.expect("a folder", [bench.folder / "root"], UNSIGNED_MET, "nobody says when, so it is not judged")


def doubt_cells(bench):
    """What stands beside a name does not hide it; what a build was told does not stand for what is in the image."""
    def listed(name, **changed):
        document = documents.spdx({**ORDINARY, **GOOD, name: "2.0-r0"})
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
    document = documents.spdx({**ORDINARY, **GOOD})
    document["packages"].append({**document["packages"][-2], "SPDXID": "SPDXRef-second", "versionInfo": "3.3.0-r0"})
    document["packages"][-1]["externalRefs"] = [{**document["packages"][-1]["externalRefs"][0],
                                                 "referenceLocator": "pkg:apk/wolfi/libcrypto3@3.3.0"}]
    (bench.folder / "second.json").write_text(json.dumps(document))
    bench.expect("a second version that contradicts itself", [bench.folder / "second.json"], TOO_OLD, "the worst of")
    document = documents.spdx({**ORDINARY, **GOOD})
    for package in document["packages"]:
        package["externalRefs"][0]["referenceLocator"] = "pkg:apk"
    (bench.folder / "unsure.json").write_text(json.dumps(document))
    bench.expect("what contradicts itself meets nothing", [bench.folder / "unsure.json"], MISSING, "contradicts itself, and meets nothing")

    for what, database, wanted in (("excluded", {**GOOD, "bouncycastle-fips": "2.0-r0"}, EXCLUDED), ("good", GOOD, UNSIGNED_MET)):
        place = Layout(bench.folder / f"provenance-{what}")
        image = place.put_files({"/lib/apk/db/installed": documents.apk_database({**ORDINARY, **database})}, created=ON_TIME)
        provenance = {"buildDefinition": {"buildType": "x", "internalParameters": {**GOOD}}, "runDetails": {"builder": {"id": "x"}}}
        statement = documents.statement(provenance, image["digest"], predicate_type="https://slsa.dev/provenance/v1")
        envelope = {**documents.envelope(statement), "signatures": [{"sig": "AAAA"}]}
        place.write(**{"app": image, image["digest"].replace(":", "-") + ".att": place.put_artifact(documents.DSSE, envelope)})
        bench.expect(f"a provenance beside a database that is {what}", [f"oci:{place.path}:app"], wanted, "apk database")


def cyclonedx(packages, architecture="x86_64", version="1.6"):
    return {"bomFormat": "CycloneDX", "specVersion": version, "version": 1, "metadata": {"timestamp": "2025-01-02T03:04:05Z"},
            "components": [{"type": "library", "name": name, "version": text, "purl": f"pkg:apk/wolfi/{name}@{text}?arch={architecture}"}
                           for name, text in packages.items()]}


def spdx3(packages):
    graph = [{"type": "CreationInfo", "@id": "_:made", "specVersion": "3.0.1", "created": "2025-01-02T03:04:05Z"},
             {"type": "SpdxDocument", "spdxId": "urn:x:document", "name": "image", "creationInfo": "_:made"}]
    graph += [{"type": "software_Package", "spdxId": f"urn:x:{name}", "creationInfo": "_:made", "name": name, "software_packageVersion": text,
               "software_packageUrl": f"pkg:apk/wolfi/{name}@{text}?arch=x86_64"} for name, text in packages.items()]
    return {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph}


def role_cells(bench):
    """A required package that is there only as a source, a file, what a build needed or a parameter; beside each the one that is installed."""
    whole = {**ORDINARY, **GOOD}

    def judged(what, document, wanted, holds):
        path = bench.folder / "role.json"
        path.write_text(json.dumps(document))
        bench.expect(what, [path], wanted, holds)

    no_package = "an entry of that name is a source, a file or what a build needed, and meets nothing"
    for what, changed in (("a file", {"primaryPackagePurpose": "FILE"}), ("a source", {"primaryPackagePurpose": "SOURCE"})):
        document = documents.spdx(whole)
        entry = next(package for package in document["packages"] if package["name"] == "libcrypto3")
        entry.update(changed)
        judged(f"SPDX, required, but {what}", document, MISSING, no_package)
        entry.update(primaryPackagePurpose="LIBRARY")
        judged(f"SPDX, required, and not {what}", document, UNSIGNED_MET, "libcrypto3 3.4.0-r2 is 3.4.0-r2 or newer")
    for kind, first in (("BUILD_DEPENDENCY_OF", True), ("BUILD_TOOL_OF", True), ("DEV_DEPENDENCY_OF", True), ("TEST_DEPENDENCY_OF", True),
                        ("OPTIONAL_DEPENDENCY_OF", True), ("PROVIDED_DEPENDENCY_OF", True), ("GENERATED_FROM", False), ("GENERATES", True)):
        document = documents.spdx(whole)
        ids = {package["name"]: package["SPDXID"] for package in document["packages"]}
        ends = ("spdxElementId", "relatedSpdxElement") if first else ("relatedSpdxElement", "spdxElementId")
        document["relationships"] = [{ends[0]: ids["libcrypto3"], ends[1]: ids["busybox"], "relationshipType": kind}]
        judged(f"SPDX, required, but {kind}", document, MISSING, no_package)
        document["relationships"] = [{ends[1]: ids["libcrypto3"], ends[0]: ids["busybox"], "relationshipType": kind}]
        judged(f"SPDX, the other end of {kind}", document, UNSIGNED_MET, "libcrypto3 3.4.0-r2 is 3.4.0-r2 or newer")
    for member, bad, good in (("type", "file", "application"), ("scope", "excluded", "required"), ("scope", "optional", "required")):
        document = cyclonedx(whole)
        entry = next(component for component in document["components"] if component["name"] == "libcrypto3")
        entry[member] = bad
        judged(f"CycloneDX, required, but {member} {bad}", document, MISSING, no_package)
        entry[member] = good
        judged(f"CycloneDX, required, {member} {good}", document, UNSIGNED_MET, "libcrypto3 3.4.0-r2 is 3.4.0-r2 or newer")
    nested = cyclonedx(ORDINARY, version="1.7")
    nested["components"][0]["components"] = cyclonedx(GOOD)["components"]
    judged("CycloneDX 1.7, nested components", nested, UNSIGNED_MET, "CycloneDX JSON 1.7")
    judged("CycloneDX, nothing nested", cyclonedx(ORDINARY), MISSING, "no apk package is called libcrypto3")
    judged("SPDX 3.0", spdx3(whole), UNSIGNED_MET, "SPDX JSON 3.0.1")
    judged("SPDX 3.0, too old", spdx3({**whole, "libcrypto3": "3.0.0-r0"}), TOO_OLD, "libcrypto3 3.0.0-r0 is older")
    document = spdx3(whole)
    document["@graph"].append({"type": "LifecycleScopedRelationship", "spdxId": "urn:x:r", "from": "urn:x:busybox", "to": ["urn:x:libcrypto3"],
                               "relationshipType": "dependsOn", "scope": "build"})
    judged("SPDX 3.0, required, but a build's dependency", document, MISSING, no_package)
    document["@graph"][-1]["scope"] = "runtime"
    judged("SPDX 3.0, required at run time", document, UNSIGNED_MET, "libcrypto3 3.4.0-r2 is 3.4.0-r2 or newer")

    def provenance(**definition):
        return {"buildDefinition": {"buildType": "x", **definition}, "runDetails": {"builder": {"id": "x"}, "metadata": {"finishedOn": ON_TIME}}}

    judged("SLSA, free-form parameters", provenance(internalParameters=whole), MISSING, no_package)
    judged("SLSA, parameters called packages", provenance(internalParameters={"packages": whole}), MISSING, no_package)
    judged("SLSA, a build's dependencies", provenance(resolvedDependencies=[{"uri": f"pkg:apk/wolfi/{name}@{text}"} for name, text in whole.items()]),
           MISSING, no_package)
    configuration = {"archs": ["x86_64"], "contents": {"packages": [f"{name}={text}" for name, text in whole.items()]}}
    judged("SLSA, the image's own configuration", provenance(externalParameters={"image-configuration": configuration}), UNSIGNED_MET,
           "libcrypto3 3.4.0-r2 is 3.4.0-r2 or newer")
    for ecosystem in ("generic", "maven/org.bouncycastle", "deb/debian", "rpm/redhat"):
        document = documents.spdx({**whole, "bouncycastle-fips": "2.0-r0"})
        document["packages"][-1]["externalRefs"][0]["referenceLocator"] = f"pkg:{ecosystem}/bouncycastle-fips@2.0-r0"
        judged(f"excluded, as pkg:{ecosystem}", document, EXCLUDED, "it excludes bouncycastle-fips")
        document["packages"][-1].update(name="harmless")
        document["packages"][-1]["externalRefs"][0]["referenceLocator"] = f"pkg:{ecosystem}/harmless@2.0-r0"
        judged(f"another name, as pkg:{ecosystem}", document, UNSIGNED_MET, "none of: bouncycastle-fips")


def architecture_cells(bench):
    """One SBOM, signed for the index, beside images of two architectures."""
    place = Layout(bench.folder / "architectures")
    images = [place.put_files({"/etc/os-release": f"ID=wolfi\nARCH={name}\n"}, architecture=name) for name in ("amd64", "arm64")]
    index = place.put_index(images)
    statement = documents.statement(documents.spdx({**ORDINARY, **GOOD}), index["digest"])
    place.write(app=index, **{index["digest"].replace(":", "-") + ".att": place.put_artifact(documents.DSSE, documents.envelope(statement, bench.key()))})
    name = f"oci:{place.path}:app"
    bench.expect("of amd64, for amd64", [name, "--platform", "linux/amd64", "--key", bench.public()], MET, "libcrypto3 3.4.0-r2 is")
    bench.expect("of amd64, for arm64", [name, "--platform", "linux/arm64", "--key", bench.public()], MISSING,
                 "an entry of that name is for x86_64, and the image for arm64")


def content_cells(bench):
    """What is attached is told by what it is, whatever its media or predicate type; what cannot be read is named, and nothing is met beside it."""
    good, old = {**ORDINARY, **GOOD}, {**ORDINARY, **crypto("3.0.0-r0")}
    number = 0

    def attached(what, media_type, content, wanted, holds, route="referrer"):
        nonlocal number
        number += 1
        place = Layout(bench.folder / f"content{number}")
        image = place.put_files({"/lib/apk/db/installed": documents.apk_database(good)}, created=ON_TIME)
        content = content(image) if callable(content) else content
        if route == "referrer":
            place.write(app=image, untagged=[place.put_artifact(media_type, content, subject=image)])
        else:
            place.write(app=image, **{image["digest"].replace(":", "-") + route: place.put_artifact(media_type, content)})
        bench.expect(f"{what}, {media_type}", [f"oci:{place.path}:app"], wanted, holds)

    for route in ("referrer", ".sbom"):
        for media_type in ("application/json", "text/spdx", "application/vnd.cyclonedx+xml", "application/octet-stream", "text/plain"):
            attached(f"SPDX as {route}, too old", media_type, documents.spdx(old), TOO_OLD, "libcrypto3 3.0.0-r0 is older", route)
            attached(f"CycloneDX as {route}, good", media_type, cyclonedx(good), UNSIGNED_MET, "CycloneDX JSON", route)
        xml = b'<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>'
        attached(f"CycloneDX XML as {route}", "application/vnd.cyclonedx+xml", xml, UNREAD, "XML is not supported", route)
        attached(f"CycloneDX XML as {route}", "application/json", xml, UNREAD, "XML is not supported", route)
        attached(f"tag-value as {route}", "text/spdx", b"SPDXVersion: SPDX-2.3\n", UNREAD, "SPDX tag-value is not supported", route)
        attached(f"UTF-16 as {route}", "text/spdx+json", json.dumps(documents.spdx(old)).encode("utf-16"), UNREAD, "UTF-16 is not supported", route)
        attached(f"UTF-16 as {route}", "application/json", json.dumps(documents.spdx(old)).encode("utf-16-le"), UNREAD, "UTF-16 is not supported", route)
        attached(f"a version to come as {route}", "application/json", {**documents.spdx(old), "spdxVersion": "SPDX-9.9"}, UNREAD,
                 "this version of SPDX is not supported", route)
        attached(f"no SBOM as {route}", "application/json", {"results": []}, UNSIGNED_MET, "apk database", route)
        attached(f"other XML as {route}", "text/xml", b"<testsuite/>", UNSIGNED_MET, "apk database", route)
        attached(f"bytes as {route}", "application/octet-stream", b"\x7fELF\x02", UNSIGNED_MET, "apk database", route)
    for predicate in ("https://cyclonedx.org/schema", "https://cyclonedx.org/bom/v1.6", "https://example.com/sbom"):
        for what, packages, wanted, holds in (("too old", old, TOO_OLD, "libcrypto3 3.0.0-r0 is older"), ("good", good, UNCHECKED_MET, "CycloneDX JSON")):
            attached(f"CycloneDX as {predicate}, {what}", documents.DSSE,
                     lambda image: documents.envelope(documents.statement(cyclonedx(packages), image["digest"], predicate_type=predicate)), wanted, holds, ".att")
    attached("XML as a predicate", documents.DSSE, lambda image: documents.envelope(
        documents.statement({"Data": '<bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>'}, image["digest"], predicate_type="https://cyclonedx.org/schema")),
             UNREAD, "XML is not supported", ".att")
    attached("another predicate", documents.DSSE, lambda image: documents.envelope(
        documents.statement({"scanner": {"result": []}}, image["digest"], predicate_type="https://cosign.sigstore.dev/attestation/vuln/v1")),
             UNSIGNED_MET, "apk database", ".att")


def registry_cells(bench):
    """A registry that denies the .att tag; what else the image has does not take its place unless it is signed."""
    for what, files in (("nothing else", {"/etc/os-release": "ID=wolfi\n"}),
                        ("a package database", {"/lib/apk/db/installed": documents.apk_database({**ORDINARY, **GOOD})})):
        place = Layout(bench.folder / ("denied-" + what.replace(" ", "-")))
        image = place.put_files(files, created=ON_TIME)
        envelope = documents.envelope(documents.statement(documents.spdx({**ORDINARY, **GOOD}), image["digest"]), bench.key())
        tag = image["digest"].replace(":", "-") + ".att"
        signed = place.put_artifact(documents.DSSE, envelope)
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


def layer_cells(bench):
    """What kif harden makes of a Debian image: a label that names the layer, and packages of Debian alone. Beside it what is not that."""
    status = ("Package: libssl3t64\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.5.1-1\n\n")
    apk = documents.apk_database({**ORDINARY})
    for what, files, label, wanted, holds, lacks in (
            ("kif's layer", {"/var/lib/dpkg/status": status}, True, KIF_LAYER, "SBOM-KIF-LAYER", []),
            ("the same without the label", {"/var/lib/dpkg/status": status}, None, MISSING, "no apk package is called libcrypto3", ["SBOM-KIF-LAYER"]),
            ("a label that names no layer", {"/var/lib/dpkg/status": status}, "sha256:" + "0" * 64, MISSING, "no apk package is called libcrypto3", ["SBOM-KIF-LAYER"]),
            ("a label beside packages of the rule's kind", {"/lib/apk/db/installed": apk}, True, MISSING, "no apk package is called libcrypto3", ["SBOM-KIF-LAYER"]),
            ("a label and what is excluded", {"/var/lib/dpkg/status": status.replace("libssl3t64", "bouncycastle-fips")}, True, EXCLUDED, "SBOM-EXCLUDED", [])):
        place = Layout(bench.folder / what.replace(" ", "-").replace("'", ""))
        tars = [tar_of(files), tar_of({"/usr/lib/kif/kif-init": b"a program"})]
        labels = {} if label is None else {"kif.layer.diff-id": digest_of(tars[1]) if label is True else label}
        config = place.config_of(tars, created=ON_TIME, config={"Labels": labels})
        place.write(app=place.put_image(tars, config=config))
        bench.expect(what, [f"oci:{place.path}:app"], wanted, holds, lacks=lacks)


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
    certificates.write_text("schema: kif.certificates/2\ncertificates:\n  - {program: CMVP, number: 5132, subject: mine, source: me, date: 2026-01-01, sunset: 2999-12-31}\n")
    done = bench.verify(image, "--certificates", certificates)
    if done.returncode != 0 or "CMVP #5132, mine; standard not known; status not known; sunset 2999-12-31; holder not known; " not in done.stdout:
        bench.complaints.append(f"own certificates of schema 2: {done}")
    for words, code in (([image, "--live"], 2), ([image, "--key", rules], 2), (["oic:x:y"], 2), ([bench.folder / "nowhere:x"], 2),
                        (["oci:nowhere:x"], 3)):
        done = bench.verify(*words)
        if done.returncode != code or done.stdout or not done.stderr.startswith("kif: error: "):
            bench.complaints.append(f"{words}: wanted exit {code}: {done}")
    bench.told += 9


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
        role_cells(bench)
        architecture_cells(bench)
        content_cells(bench)
        registry_cells(bench)
        layer_cells(bench)
        file_cells(bench)
    complain_of_missing_answers(bench, pathlib.Path(options.source))
    print(f"{bench.told} cells, {len(bench.complaints)} wrong")
    for complaint in bench.complaints:
        print(complaint)
    return 1 if bench.complaints or bench.told < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
