#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""faulty.py - a registry that misbehaves

    faulty.py REQUESTS [--tls CERT KEY]

The name of the repository says how: "cut-layer-once/x:docker-gzip" breaks the
first connection on which a layer goes out.  The rest of the name is free: each
name counts for itself, so that tests do not disturb each other.

    ok/...         nothing wrong; the tag chooses the image (GOOD in images.py)
    <bad image>    BAD in images.py, by any tag
    <fault>        faults.py; the tag chooses the image, docker-gzip if none
    up/..., up-*   for pushes; what was pushed can be pulled

One process is several servers, its sites:

    main           the registry; with --tls by https
    port           http at another port of 127.0.0.1
    host           http at another address, 127.0.0.2
    web            a server, but no registry: 404 and HTML for everything
    busy           503 for everything
    locked         401 for everything, and no word about how to log in
    silent         accepts connections, and says nothing
    banner         says "SSH-2.0-..." and closes

Each request is a line of REQUESTS, written before the answer goes out:

    SITE METHOD PATH auth=none|basic|bearer range=bytes=100-|-
"""
import sys

sys.dont_write_bytecode = True
import http.server  # noqa: E402
import itertools  # noqa: E402
import re  # noqa: E402
import socket  # noqa: E402
import ssl  # noqa: E402
import struct  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from urllib.parse import parse_qs, urlsplit  # noqa: E402

import images  # noqa: E402
from faults import FAULTS, FOREVER, Answer, challenge, html  # noqa: E402

NO_RANGES = ("no-range", "cut-once-no-range")


class Repository:
    """What there is under one name, and how often it was asked for."""

    def __init__(self, name):
        self.name, self.fault = name, name.partition("/")[0]
        self.made, self.counts = {}, {}
        self.pushed, self.types, self.tags, self.uploads = {}, {}, {}, {}
        self.lock = threading.Lock()

    def exists(self):
        return (self.fault in images.BAD or self.fault in ("ok", "up") or
                self.fault in NO_RANGES or
                any(name == self.fault for _, name in FAULTS))

    def image(self, tag):
        """The image behind a tag; None if there is none."""
        if tag.startswith("sha256:"):
            return None
        make = images.BAD.get(self.fault) or images.GOOD.get(
            "docker-gzip" if tag == "latest" else tag)
        with self.lock:
            if make and tag not in self.made:
                self.made[tag] = make()
            return self.made.get(tag)

    def find(self, digest):
        """(bytes, the image that they are of, if known)"""
        if digest in self.pushed:
            return self.pushed[digest], None
        # Elsewhere nobody has asked for the manifest before.
        for tag in ["latest", *self.name.split("/")[1:]]:
            self.image(tag)
        for image in list(self.made.values()):
            if digest in image.blobs:
                return image.blobs[digest], image
        return None, None

    def nth(self, what):
        """1, 2, 3 ... for each time that WHAT is asked for."""
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1
            return self.counts[what]


class Registry:
    """What all sites share."""

    def __init__(self, log):
        self.log, self.lock = log, threading.Lock()
        self.repositories, self.sites = {}, {}
        self.numbers = itertools.count(1)

    def repository(self, name):
        with self.lock:
            return self.repositories.setdefault(name, Repository(name))

    def note(self, line):
        with self.lock, open(self.log, "a", encoding="utf-8") as file:
            print(line, file=file)


class TooMuch(Exception):
    """The body of a request is more than we want."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ROUTES = [
        (r"/v2/", "hello"),
        (r"/v2/(?P<name>.+)/manifests/(?P<reference>[^/]+)", "manifest"),
        (r"/v2/(?P<name>.+)/blobs/uploads/(?P<reference>.*)", "upload"),
        (r"/v2/(?P<name>.+)/blobs/(?P<reference>[^/]+)", "blob"),
        (r"/token/(?P<name>.+)", "token"),
        (r"/elsewhere/(?P<name>.+)/(?P<reference>[^/]+)", "elsewhere"),
    ]

    # ---- one request --------------------------------------------------------

    def handle_one(self):
        self.registry = self.server.registry
        self.sites = self.registry.sites
        self.auth = (self.headers.get("Authorization") or "none").split()[0]
        self.auth, self.nth = self.auth.lower(), 0
        self.range = self.headers.get("Range")
        self.registry.note(f"{self.server.site} {self.command} {self.path} "
                           f"auth={self.auth} range={self.range or '-'}")
        site = getattr(self, "site_" + self.server.site, None)
        self.send(site() if site else self.answer())

    do_GET = do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = handle_one

    def answer(self):
        url = urlsplit(self.path)
        self.query = parse_qs(url.query)
        for pattern, action in self.ROUTES:
            match = re.fullmatch(pattern, url.path)
            if match:
                break
        else:
            return Answer(404, html(404))
        self.name = match.groupdict().get("name", "")
        self.reference = match.groupdict().get("reference", "")
        if action == "hello":
            return Answer(body=b"{}")
        self.repository = self.registry.repository(self.name)
        if not self.repository.exists():
            return self.error(404, "NAME_UNKNOWN", "repository name not known")
        kind, answer = getattr(self, action)()
        self.spoil(kind, answer)
        return answer

    def spoil(self, kind, answer):
        """Let the fault, if the repository is named after one, do its work."""
        self.nth = self.repository.nth(kind)
        if kind not in ("token", "elsewhere") and self.server.site == "main":
            FAULTS.get(("any", self.repository.fault), ignore)(self, answer)
        if answer.status != 401:
            FAULTS.get((kind, self.repository.fault), ignore)(self, answer)

    @staticmethod
    def error(status, code, message):
        answer = Answer()
        answer.become_error(status, code, message)
        return answer

    # ---- what can be asked for ----------------------------------------------

    def manifest(self):
        if self.command == "PUT":
            return "put-manifest", self.put_manifest()
        image = self.repository.image(self.reference)
        digest = self.repository.tags.get(
            self.reference, image.top if image else self.reference)
        data, image = self.repository.find(digest)
        if data is None:
            return "manifest", self.error(404, "MANIFEST_UNKNOWN",
                                          "manifest unknown")
        types = image.types if image else self.repository.types
        return "manifest", Answer(body=data, Docker_Content_Digest=digest,
                                  Content_Type=types.get(digest, "text/plain"))

    def blob(self):
        data, image = self.repository.find(self.reference)
        kind = "config" if image and self.reference == image.config else "layer"
        if data is None:
            return kind, self.error(404, "BLOB_UNKNOWN",
                                    "blob unknown to registry")
        return kind, self.some_of(data)

    def elsewhere(self):
        return "elsewhere", self.blob()[1]

    def some_of(self, data):
        """All of it, or the range that was asked for."""
        match = re.fullmatch(r"bytes=(\d+)-", self.range or "")
        if not match or self.repository.fault in NO_RANGES:
            return Answer(body=data)
        start = int(match.group(1))
        if start >= len(data):
            return Answer(416, Content_Range=f"bytes */{len(data)}")
        where = f"bytes {start}-{len(data) - 1}/{len(data)}"
        return Answer(206, data[start:], Content_Range=where)

    def token(self):
        return "token", Answer(body=b'{"token":"good"}')

    # ---- pushes -------------------------------------------------------------

    def upload(self):
        uploads, path = self.repository.uploads, self.path.partition("?")[0]
        if self.command == "POST":
            number = str(next(self.registry.numbers))
            uploads[number] = b""
            return "start", Answer(202, Location=path + number)
        if self.repository.fault == "up-query" and self.query.get("state") != \
                ["a+b"]:
            return "patch", self.error(400, "UNKNOWN", "state has been lost")
        try:
            uploads[self.reference] += self.read_body()
        except TooMuch:
            pass
        except KeyError:
            return "patch", self.error(404, "BLOB_UPLOAD_UNKNOWN", "no upload")
        if self.command == "PATCH":
            return "patch", Answer(202, Location=path)
        return "put", self.finish_upload(uploads[self.reference])

    def finish_upload(self, data):
        digest = self.query.get("digest", [""])[0]
        if digest != images.digest_of(data):
            return self.error(400, "DIGEST_INVALID", f"it is not {digest}")
        self.repository.pushed[digest] = data
        return Answer(201, Docker_Content_Digest=digest)

    def put_manifest(self):
        data = self.read_body()
        digest = images.digest_of(data)
        self.repository.pushed[digest] = data
        self.repository.types[digest] = self.headers.get("Content-Type")
        self.repository.tags[self.reference] = digest
        return Answer(201, Docker_Content_Digest=digest)

    def read_body(self):
        """The body of the request; of some, no more than a little."""
        fault, seen = self.repository.fault, self.repository.counts
        little = fault == "up-413" or (fault == "up-patch-lost-once" and
                                       "patch" not in seen)
        data = b""
        for piece in self.pieces():
            data += piece
            if little and len(data) > 10000 and self.command == "PATCH":
                self.close_connection = True
                raise TooMuch
        return data

    def pieces(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length", 0)))
            return
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    # ---- sites with an answer of their own ----------------------------------

    def site_web(self):
        return Answer(404, html(404), Content_Type="text/html")

    def site_busy(self):
        return Answer(503, html(503), Content_Type="text/html")

    def site_locked(self):
        answer = Answer()
        challenge(answer, None)
        return answer

    # ---- sending it ---------------------------------------------------------

    def send(self, answer):
        if answer.cut == -1:
            self.close_connection = True
            return
        self.wfile.write(self.head(answer))
        if answer.head_flood:
            answer.head_flood(self.wfile.write)
        self.wfile.write(b"\r\n")
        if self.command != "HEAD" and answer.status != 204:
            self.send_body(answer)

    def head(self, answer):
        headers = dict(answer.headers)
        length = len(answer.body) if answer.length is None else answer.length
        if answer.version == "HTTP/1.0" or (answer.flood and
                                            not answer.chunked):
            self.close_connection = True
        elif answer.chunked:
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers["Content-Length"] = str(length)
        lines = [f"{answer.version} {answer.status} x"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "".join(line + "\r\n" for line in lines).encode("latin-1")

    def send_body(self, answer):
        wrong = answer.length is not None
        self.close_connection |= wrong or answer.cut is not None
        for piece in pieces_of(answer):
            if answer.chunked:
                piece = b"%x\r\n%s\r\n" % (len(piece), piece)
            self.wfile.write(piece)
        if answer.chunked and answer.cut is None:
            self.wfile.write(b"0\r\n\r\n")
        if answer.cut is not None and answer.reset:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       linger)

    def log_message(self, *_):
        pass


def ignore(_request, _answer):
    """No fault."""


def pieces_of(answer):
    """The body, as it goes out."""
    body = answer.body if answer.cut is None else answer.body[:answer.cut]
    size = 1 if answer.pace else 65536
    while answer.flood:
        yield FOREVER
    for start in range(0, len(body), size):
        yield body[start:start + size]
        time.sleep(answer.pace)


# ---- servers ----------------------------------------------------------------

class Server(http.server.ThreadingHTTPServer):
    def __init__(self, registry, site, host="127.0.0.1", tls=None):
        super().__init__((host, 0), Handler)
        self.registry, self.site = registry, site
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            # The handshake is for the connection's own thread.
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "https" if tls else "http"
        registry.sites[site] = f"{scheme}://{host}:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """Clients that leave are what we are here for."""


def raw_site(registry, site, greeting):
    """A site that speaks no HTTP."""
    listener = socket.create_server(("127.0.0.1", 0))
    registry.sites[site] = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    kept = []

    def serve():
        while True:
            connection, _ = listener.accept()
            if greeting:
                connection.sendall(greeting)
                connection.close()
            else:
                kept.append(connection)
    threading.Thread(target=serve, daemon=True).start()


def main():
    tls = sys.argv[3:5] if sys.argv[2:3] == ["--tls"] else None
    registry = Registry(sys.argv[1])
    open(registry.log, "a", encoding="utf-8").close()
    main_site = Server(registry, "main", tls=tls)
    Server(registry, "host", "127.0.0.2")
    for site in "port", "web", "busy", "locked":
        Server(registry, site)
    raw_site(registry, "silent", b"")
    raw_site(registry, "banner", b"SSH-2.0-OpenSSH_9.2\r\n")
    for site, url in registry.sites.items():
        print(f"site {site} {url.partition('//')[2]}", flush=True)
    print(f"listening on 127.0.0.1:{main_site.server_port}", flush=True)
    threading.Event().wait()


main()
