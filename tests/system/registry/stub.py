# SPDX-License-Identifier: Apache-2.0
"""A registry in a thread, of whatever content and whatever manners a test wants."""

import base64
import gzip
import hashlib
import http.server
import io
import json
import os
import re
import socket
import ssl
import tarfile
import threading
import time
import urllib.parse

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def descriptor(media_type, content, **more):
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content), **more}


class Repository:
    def __init__(self):
        self.manifests = {}  # tag or digest -> (media type, content)
        self.blobs = {}  # digest -> content
        self.referrers = {}  # digest -> list of pages, each a list of descriptors

    def put_blob(self, content):
        self.blobs[digest_of(content)] = content
        return content

    def put_manifest(self, media_type, document, tag=None):
        content = json.dumps(document).encode()
        for reference in filter(None, (tag, digest_of(content))):
            self.manifests[reference] = (media_type, content)
        return descriptor(media_type, content)

    def put_image(self, tag, architecture, layer_bytes=3_000_000):
        """An image of one layer that does not compress."""
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as archive:
            info = tarfile.TarInfo("data")
            info.size = layer_bytes
            archive.addfile(info, io.BytesIO(os.urandom(layer_bytes)))
        layer = self.put_blob(gzip.compress(tar.getvalue(), 1))
        config = self.put_blob(json.dumps({
            "os": "linux", "architecture": architecture,
            "rootfs": {"type": "layers", "diff_ids": [digest_of(tar.getvalue())]}}).encode())
        return self.put_manifest(OCI_MANIFEST, {
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer)]}, tag)

    def put_layout(self, folder, descriptor, tag=None):
        """What a descriptor in a layout leads to; more than that is not taken."""
        def content_of(entry):
            return (folder / "blobs/sha256" / entry["digest"].removeprefix("sha256:")).read_bytes()
        content = content_of(descriptor)
        document = json.loads(content)
        for entry in document.get("manifests", []):
            self.put_layout(folder, entry)
        for entry in [document["config"], *document["layers"]] if "layers" in document else []:
            self.put_blob(content_of(entry))
        for reference in filter(None, (tag, digest_of(content))):
            self.manifests[reference] = (descriptor["mediaType"], content)

    def layer_of(self, manifest):
        return json.loads(self.manifests[manifest["digest"]][1])["layers"][0]["digest"]


class Registry:
    """`tls`: (certificate, key) files. What it was asked is in `log`, as (path, headers)."""

    def __init__(self, tls=None, host="127.0.0.1"):
        self.repositories = {}
        self.faults = []  # (pattern, actions): each action once, the last one forever where it is ...
        self.log = []
        self.login = None  # a function of a handler that says whether it may go on, having answered where not
        self.has_referrers_api = True
        registry = self

        class Handler(Answers):
            pass

        Handler.registry = registry
        self.server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # clients go away in the middle on purpose
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f"{host}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def repository(self, name):
        return self.repositories.setdefault(name, Repository())

    def fault(self, pattern, *actions):
        """What matches `pattern` is answered by these, one after the other; `...` at the end repeats the last."""
        self.faults.append((re.compile(pattern), list(actions)))

    def asked(self, pattern):
        """Requests below /v2/NAME/ that match."""
        return [(path, headers) for path, headers in self.log if re.search(pattern, path)]


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry = None

    def log_message(self, *_):
        pass

    def setup(self):
        self.request.settimeout(20)
        super().setup()

    def do_POST(self):
        self.form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.do_GET()

    def do_GET(self):
        self.registry.log.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        for pattern, actions in self.registry.faults:
            if actions and pattern.search(self.path):
                action = actions[0] if actions[-1] is ... and len(actions) == 2 else actions.pop(0)
                if action is not None:
                    action(self)
                    return
                break
        if self.registry.login and not self.registry.login(self):
            return
        self.answer()

    def send(self, status, content=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def send_error_code(self, status, code, message, **headers):
        content = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
        self.send(status, content, Content_Type="application/json", **headers)

    def content(self):
        """(type, content) of what is asked for, or None having answered."""
        url = urllib.parse.urlsplit(self.path)
        found = re.fullmatch(r"/v2/(.+)/(manifests|blobs|referrers)/([^/]+)", url.path)
        if not found:
            self.send(404)
            return None
        name, kind, reference = found.groups()
        repository = self.registry.repositories.get(name)
        if repository is None:
            self.send_error_code(404, "NAME_UNKNOWN", "repository name not known to registry")
            return None
        if kind == "manifests":
            if reference in repository.manifests:
                return repository.manifests[reference]
            self.send_error_code(404, "MANIFEST_UNKNOWN", "manifest unknown")
            return None
        if kind == "blobs":
            if reference in repository.blobs:
                return "application/octet-stream", repository.blobs[reference]
            self.send_error_code(404, "BLOB_UNKNOWN", "blob unknown")
            return None
        if not self.registry.has_referrers_api:
            self.send(404, b"404 page not found", Content_Type="text/plain")
            return None
        pages = repository.referrers.get(reference, [[]])
        number = int(urllib.parse.parse_qs(url.query).get("page", ["0"])[0])
        if number + 1 < len(pages):
            self.link = f"<{url.path}?page={number + 1}>; rel=\"next\""
        return OCI_INDEX, json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": pages[number]}).encode()

    link = None

    def answer(self):
        if self.path == "/v2/":
            self.send(200, b"{}", Content_Type="application/json")
            return
        self.link = None
        found = self.content()
        if found is None:
            return
        media_type, content = found
        more = {"Link": self.link} if self.link else {}
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted:
            first = int(wanted[1])
            self.send(206, content[first:], Content_Type=media_type,
                      Content_Range=f"bytes {first}-{len(content) - 1}/{len(content)}")
            return
        self.send(200, content, Content_Type=media_type, **more)

    def drop(self):
        self.close_connection = True
        self.wfile.flush()
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


# Actions.


def status(code, error="", message="", **headers):
    return lambda handler: handler.send_error_code(code, error, message, **headers)


def whole(change, **headers):
    """The right answer with its content changed."""
    def action(handler):
        media_type, content = handler.content()
        handler.send(200, change(content), Content_Type=media_type, **headers)
    return action


def without_range(handler):
    media_type, content = handler.content()
    handler.send(200, content, Content_Type=media_type)


def part(count, then):
    """Promises the whole, sends `count` bytes from where it was asked for, and does `then`."""
    def action(handler):
        media_type, content = handler.content()
        wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        first = int(wanted[1]) if wanted else 0
        more = {"Content_Range": f"bytes {first}-{len(content) - 1}/{len(content)}"} if wanted else {}
        handler.send(206 if wanted else 200, content[first:first + count], Content_Type=media_type,
                     Content_Length=str(len(content) - first), **more)
        then(handler)
    return action


def drop(handler):
    handler.drop()


def stall(handler):
    handler.wfile.flush()
    handler.close_connection = True
    try:
        handler.connection.settimeout(15)
        handler.connection.recv(1)  # until the other side has had enough
    except OSError:
        pass


def drip(handler):
    """The right answer, 200 bytes a second."""
    media_type, content = handler.content()
    handler.send_response(200)
    handler.send_header("Content-Type", media_type)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    try:
        for i in range(0, len(content), 20):
            handler.wfile.write(content[i:i + 20])
            time.sleep(0.1)
    except OSError:
        handler.close_connection = True


def endless(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", OCI_MANIFEST)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
    except OSError:
        handler.close_connection = True


def redirect(to):
    return lambda handler: handler.send(307, Location=to(handler) if callable(to) else to)


# Logins.


def basic_login(user, password):
    expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def login(handler):
        if handler.headers.get("Authorization") == expected:
            return True
        handler.send_error_code(401, "UNAUTHORIZED", "authentication required", WWW_Authenticate='Basic realm="stub"')
        return False
    return login
