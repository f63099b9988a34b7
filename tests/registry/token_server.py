#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""token_server.py - a token server, for docker-registry with "auth: token"

    token_server.py DIR LOG USER:PASSWORD

A registry that wants tokens gives out none.  It sends its clients here:

    GET /token?service=S&scope=repository:spam:pull,push
    Authorization: Basic ...                       (or none)

and believes what we sign.  DIR/key.pem and DIR/cert.pem are what we sign with
(openssl does it); the registry has the certificate as its rootcertbundle.

    no login       a token to pull, but nothing below private/
    the user       a token for all that was asked for
    another login  401

Each request is a line of LOG: GET /token scope=... auth=none|good|bad
"""
import base64
import http.server
import json
import secrets
import subprocess
import sys
import threading
import time
import urllib.parse

LIFETIME = 300  # seconds, and so much may the clocks differ
ISSUER = "minibox-test"


def b64(data):
    """base64 as a token has it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class Signer:
    """Makes tokens (JSON Web Tokens, RFC 7519, with RS256)."""

    def __init__(self, directory):
        self.key = directory + "/key.pem"
        der = subprocess.run(
            ["openssl", "x509", "-in", directory + "/cert.pem", "-outform",
             "DER"], check=True, stdout=subprocess.PIPE).stdout
        self.header = {"typ": "JWT", "alg": "RS256",
                       "x5c": [base64.b64encode(der).decode()]}

    def sign(self, claims):
        text = b".".join(b64(json.dumps(part).encode())
                         for part in (self.header, claims))
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.key], input=text,
            check=True, stdout=subprocess.PIPE).stdout
        return (text + b"." + b64(signature)).decode()


def access(scopes, everything):
    """What a token allows: of what was asked for, what is granted."""
    granted = []
    for scope in " ".join(scopes).split():
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        actions = actions.split(",")
        if not everything:
            public = not name.startswith("private/")
            actions = [a for a in actions if a == "pull" and public]
        granted.append({"type": kind, "name": name, "actions": actions})
    return granted


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def login(self):
        """none, good or bad"""
        kind, _, text = self.headers.get("Authorization", "").partition(" ")
        if not kind:
            return "none"
        try:
            given = base64.b64decode(text).decode()
        except ValueError:
            return "bad"
        return "good" if (kind, given) == ("Basic", self.server.user) else "bad"

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        login = self.login()
        self.server.note(f"GET /token scope={','.join(query.get('scope', []))}"
                         f" auth={login}")
        if login == "bad":
            self.answer(401, {"details": "incorrect username or password"})
            return
        now = int(time.time())
        token = self.server.signer.sign({
            "iss": ISSUER, "sub": "", "aud": query.get("service", [""])[0],
            "iat": now, "nbf": now - LIFETIME, "exp": now + LIFETIME,
            "jti": secrets.token_hex(8),
            "access": access(query.get("scope", []), login == "good")})
        self.answer(200, {"token": token, "expires_in": LIFETIME})

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def __init__(self, directory, log, user):
        super().__init__(("127.0.0.1", 0), Handler)
        self.signer, self.user = Signer(directory), user
        self.log, self.lock = log, threading.Lock()

    def note(self, line):
        with self.lock, open(self.log, "a", encoding="utf-8") as file:
            print(line, file=file)


def main():
    server = Server(*sys.argv[1:])
    print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


main()
