# SPDX-License-Identifier: Apache-2.0
"""What is attached to images, and what packages are listed in: SPDX, statements, their envelopes, databases."""

import base64
import json
import subprocess

DSSE = "application/vnd.dsse.envelope.v1+json"
SPDX = "https://spdx.dev/Document"


def spdx(packages, name="image", created="2025-01-02T03:04:05Z", version="2.3", ecosystem="apk/wolfi"):
    """A document of {name: version} as apko shapes them."""
    return {"spdxVersion": f"SPDX-{version}", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
            "documentNamespace": "https://example.com/spdx/" + name,
            "creationInfo": {"created": created, "creators": ["Tool: kif-test"]},
            "packages": [{"SPDXID": f"SPDXRef-Package-{number}", "name": package, "versionInfo": text, "filesAnalyzed": False,
                          "downloadLocation": "NOASSERTION",
                          "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                            "referenceLocator": f"pkg:{ecosystem}/{package}@{text}?arch=x86_64"}]}
                         for number, (package, text) in enumerate(packages.items())]}


def statement(predicate, *digests, predicate_type=SPDX, version="v1"):
    return {"_type": f"https://in-toto.io/Statement/{version}", "predicateType": predicate_type, "predicate": predicate,
            "subject": [{"name": "image", "digest": {"sha256": digest.removeprefix("sha256:")}} for digest in digests]}


def envelope(payload, key=None):
    """DSSE around a statement, signed with a private key in PEM where one is given."""
    body = json.dumps(payload).encode()
    kind = "application/vnd.in-toto+json"
    signature = b"no signature at all"
    if key is not None:
        message = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(body), body)
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=message, capture_output=True, check=True).stdout
    return {"payloadType": kind, "payload": base64.b64encode(body).decode(),
            "signatures": [{"keyid": "", "sig": base64.b64encode(signature).decode()}]}


def apk_database(packages):
    return "".join(f"P:{name}\nV:{version}\nA:x86_64\n\n" for name, version in packages.items())
