# SPDX-License-Identifier: MIT
"""A server of a few files for the tests of ADD.

    python3 file_server.py PORTFILE

writes its port to PORTFILE and serves until it is killed:

    /d/file.txt   "text", Last-Modified 2001-02-03 04:05:06
    /a%20b        "blank"
    /t.tgz        a gzip'ed tar with the file "inside"
    /to/PATH      302 to /PATH
    /round        302 to itself
    /down         302 to ftp://
    /cut          less than its Content-Length says
"""
import gzip
import http.server
import io
import os
import sys
import tarfile


def archive():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo("inside")
        entry.size = 3
        tar.addfile(entry, io.BytesIO(b"in\n"))
    return gzip.compress(out.getvalue(), mtime=0)


FILES = {"/d/file.txt": b"text\n", "/a%20b": b"blank\n", "/": b"index\n",
         "/t.tgz": archive(), "/cut": b"whole\n"}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        print(self.path, flush=True)

    def do_GET(self):
        path = self.path.split("?")[0]
        moved = {"/round": "/round", "/down": "ftp://localhost/x"}.get(path)
        if path.startswith("/to/"):
            moved = path[3:]
        if moved:
            self.send_response(302)
            self.send_header("Location", moved)
            self.end_headers()
            return
        data = FILES.get(path)
        if data is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", len(data) + (path == "/cut"))
        if path == "/d/file.txt":
            self.send_header("Last-Modified", "Sat, 03 Feb 2001 04:05:06 GMT")
        self.end_headers()
        self.wfile.write(data)


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w") as file:
    file.write(f"{server.server_port}\n")
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
