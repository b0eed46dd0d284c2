# SPDX-License-Identifier: Apache-2.0
"""Registries on loopback: Debian's docker-registry, which has no referrers API, and a small one that has it."""

import hashlib
import http.server
import json
import pathlib
import re
import socket
import subprocess
import threading
import time
import urllib.request
import uuid

from layouts import INDEX

PAGE = 2  # referrers on one page


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def push(host, name, made, manifest, tag):
    """Puts a manifest of a layout and its blobs into a registry on loopback."""
    def ask(method, url, data=None, media_type="application/octet-stream"):
        asked = urllib.request.Request(url if url.startswith("http") else f"http://{host}{url}", data=data, method=method,
                                       headers={"Content-Type": media_type})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.headers

    document = made.document(manifest)
    for blob in (document["config"], *document["layers"]):
        place = ask("POST", f"/v2/{name}/blobs/uploads/", b"")["Location"]
        ask("PUT", f"{place}{'&' if '?' in place else '?'}digest={blob['digest']}", made.blob(blob))
    ask("PUT", f"/v2/{name}/manifests/{tag}", made.blob(manifest), manifest["mediaType"])


class DockerRegistry:
    """Debian's docker-registry with its storage in `folder`."""

    def __init__(self, folder):
        port = free_port()
        self.host = f"127.0.0.1:{port}"
        config = pathlib.Path(folder) / "registry.yml"
        config.write_text(json.dumps({"version": 0.1, "log": {"level": "error"}, "http": {"addr": self.host},
                                      "storage": {"filesystem": {"rootdirectory": str(pathlib.Path(folder) / "registry")}}}))
        self._log = pathlib.Path(folder) / "registry.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=log, stderr=log)

    def __enter__(self):
        while self._process.poll() is None:
            try:
                urllib.request.urlopen(f"http://{self.host}/v2/", timeout=5).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("docker-registry does not start: " + self._log.read_text())

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()


class ReferrersRegistry:
    """Takes what is pushed, and answers the referrers API (distribution-spec 1.1) a page at a time. Whatever path ends in one of `denied` is
    answered with 403."""

    def __init__(self, denied=()):
        self.blobs, self.manifests, self.tags = {}, {}, {}
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body=b"", media_type="application/json", **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def body(self):
                if self.headers.get("Transfer-Encoding", "") == "chunked":
                    data = b""
                    while size := int(self.rfile.readline(), 16):
                        data += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                    return data
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))

            def do_GET(self):
                path, _, query = self.path.partition("?")
                if path == "/v2/":
                    self.answer(200, b"{}")
                elif path.endswith(tuple(denied)):
                    self.answer(403, b'{"errors":[{"code":"DENIED","message":"not for you"}]}')
                elif found := re.fullmatch(r"/v2/(.+)/manifests/(.+)", path):
                    digest = registry.tags.get(found.groups(), found[2])
                    if (found[1], digest) in registry.manifests:
                        media_type, data = registry.manifests[found[1], digest]
                        self.answer(200, data, media_type, Docker_Content_Digest=digest)
                    else:
                        self.answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
                elif found := re.fullmatch(r"/v2/(.+)/blobs/(.+)", path):
                    if found[2] in registry.blobs:
                        self.answer(200, registry.blobs[found[2]], "application/octet-stream")
                    else:
                        self.answer(404, b'{"errors":[{"code":"BLOB_UNKNOWN"}]}')
                elif found := re.fullmatch(r"/v2/(.+)/referrers/(.+)", path):
                    self.referrers(found[1], found[2], int(query.removeprefix("from=") or 0) if query.startswith("from=") else 0)
                else:
                    self.answer(404)

            do_HEAD = do_GET

            def referrers(self, name, digest, first):
                entries = []
                for (holder, own), (media_type, data) in registry.manifests.items():
                    document = json.loads(data)
                    if holder == name and document.get("subject", {}).get("digest") == digest:
                        entries.append({"mediaType": media_type, "digest": own, "size": len(data),
                                        "artifactType": document.get("artifactType", document.get("config", {}).get("mediaType", ""))})
                page = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries[first:first + PAGE]}
                more = {"Link": f'</v2/{name}/referrers/{digest}?from={first + PAGE}>; rel="next"'} if len(entries) > first + PAGE else {}
                self.answer(200, json.dumps(page).encode(), INDEX, **more)

            def do_POST(self):
                name = re.fullmatch(r"/v2/(.+)/blobs/uploads/(?:\?.*)?", self.path)[1]
                data = self.body()
                if digest := re.search(r"[?&]digest=([^&]+)", self.path):
                    registry.blobs[digest[1].replace("%3A", ":")] = data
                    self.answer(201)
                    return
                upload = uuid.uuid4().hex
                registry.blobs[upload] = data
                self.answer(202, Location=f"/v2/{name}/blobs/uploads/{upload}", Range="0-0")

            def do_PATCH(self):
                upload = self.path.rpartition("/")[2].partition("?")[0]
                registry.blobs[upload] += self.body()
                self.answer(202, Location=self.path, Range=f"0-{len(registry.blobs[upload]) - 1}")

            def do_PUT(self):
                data = self.body()
                if found := re.fullmatch(r"/v2/(.+)/manifests/(.+)", self.path):
                    digest = "sha256:" + hashlib.sha256(data).hexdigest()
                    registry.manifests[found[1], digest] = (self.headers["Content-Type"], data)
                    registry.tags[found.groups()] = digest
                    subject = json.loads(data).get("subject", {}).get("digest")
                    self.answer(201, Docker_Content_Digest=digest, **({"OCI_Subject": subject} if subject else {}))
                    return
                upload = self.path.rpartition("/")[2].partition("?")[0]
                registry.blobs[re.search(r"[?&]digest=([^&]+)", self.path)[1].replace("%3A", ":")] = registry.blobs.pop(upload) + data
                self.answer(201)

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
