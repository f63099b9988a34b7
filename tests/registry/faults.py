# SPDX-License-Identifier: MIT
"""faults.py - what can go wrong between a registry and its client

One function for each fault.  It is called when the right answer is ready, and
spoils it:

    @fault("layer", "cut-once")       repositories named cut-once/...
    def _(request, answer):           when one of their layers is asked for
        if request.nth == 1:          the first time
            answer.cut = len(answer.body) // 2

What is asked for is one of: manifest, config, layer, token, elsewhere (blobs
at another server), any (all of these); start, patch, put, put-manifest (of a
push).  What is wrong with the image itself is in images.py.
"""
import time

FAULTS = {}
FOREVER = b"x" * 65536


def fault(kind, *names):
    def remember(function):
        for name in names:
            FAULTS[kind, name] = function
        return function
    return remember


class Answer:
    """What goes back.  The lower half is for faults."""

    def __init__(self, status=200, body=b"", **headers):
        self.status, self.body = status, body
        self.headers = {name.replace("_", "-"): value
                        for name, value in headers.items()}
        self.version = "HTTP/1.1"
        self.length = None      # what Content-Length says; None: the truth
        self.chunked = False    # no Content-Length, but chunks
        self.cut = None         # so many bytes of the body, then the end
        self.reset = False      # ... by a reset, and not in good order
        self.pace = 0           # seconds between two bytes
        self.flood = False      # the body never ends
        self.head_flood = None  # a function: sends headers without end

    def become(self, status, body=b"", **headers):
        """Another answer instead."""
        self.__init__(status, body, **headers)

    def become_error(self, status, code, message):
        self.become(status, (f'{{"errors":[{{"code":"{code}","message":'
                             f'"{message}"}}]}}').encode(),
                    Content_Type="application/json")


def html(status):
    return f"<html><h1>{status}</h1><p>Sorry.</p></html>".encode()


# ---- connections that break -------------------------------------------------

def half_once(request, answer):
    if request.nth == 1:
        answer.cut = len(answer.body) // 2


def reset_once(request, answer):
    half_once(request, answer)
    answer.reset = True


def thousand(_, answer):
    answer.cut = min(1000, len(answer.body) // 2)


def lose_once(request, answer):
    """Not even a head."""
    if request.nth == 1:
        answer.cut = -1


for what in "layer", "manifest", "config":
    fault(what, f"cut-{what}-once")(half_once)
    fault(what, f"cut-{what}-always")(thousand)
    fault(what, f"lose-{what}-once")(lose_once)
fault("layer", "cut-once-no-range")(half_once)
fault("layer", "reset-once")(reset_once)


@fault("layer", "chunks-cut")
def _(_, answer):
    answer.chunked, answer.cut = True, len(answer.body) // 2


# ---- wrong about themselves -------------------------------------------------

@fault("layer", "length-too-long")
@fault("manifest", "manifest-length-too-long")
def _(_, answer):
    answer.length = len(answer.body) + 100


@fault("layer", "length-too-short")
@fault("manifest", "manifest-length-too-short")
def _(_, answer):
    answer.length = len(answer.body) - 100


@fault("layer", "length-negative")
def _(_, answer):
    answer.length = -5


@fault("layer", "length-enormous")
def _(_, answer):
    answer.length = 1 << 62


@fault("manifest", "wrong-digest-header")
def _(_, answer):
    answer.headers["Docker-Content-Digest"] = "sha256:" + "1" * 64


@fault("manifest", "junk-digest-header")
def _(_, answer):
    answer.headers["Docker-Content-Digest"] = "sha256:../../../etc/passwd"


@fault("layer", "wrong-range")
def _(request, answer):
    """Begins somewhere else than it was asked to."""
    half_once(request, answer)
    if request.range:
        answer.body = b"y" * len(answer.body)


@fault("layer", "empty")
def _(_, answer):
    answer.body = b""


# ---- without end ------------------------------------------------------------

def flood(_, answer):
    answer.flood = True


for what in "layer", "manifest", "config", "token":
    fault(what, f"flood-{what}")(flood)


@fault("manifest", "flood-404")
def _(_, answer):
    answer.become(404)
    answer.flood = True


@fault("manifest", "flood-chunks")
def _(_, answer):
    answer.flood = answer.chunked = True


def many_headers(send):
    while True:
        send(b"X-Another: header\r\n" * 1000)


def long_header(send):
    send(b"X-Long: ")
    while True:
        send(FOREVER)


def slow_headers(send):
    while True:
        send(b"X-Slow: s\r\n")
        time.sleep(1)


@fault("manifest", "flood-headers")
def _(_, answer):
    answer.head_flood = many_headers


@fault("manifest", "flood-one-header")
def _(_, answer):
    answer.head_flood = long_header


@fault("manifest", "slow-headers")
def _(_, answer):
    answer.head_flood = slow_headers


@fault("layer", "slow-layer")
@fault("manifest", "slow-manifest")
def _(_, answer):
    answer.pace = 1


# ---- statuses ---------------------------------------------------------------

def busy(status, times, **headers):
    def spoil(request, answer):
        if request.nth <= times:
            answer.become(status, html(status), Content_Type="text/html",
                          **headers)
    return spoil


ALWAYS = 1 << 30
for code in 500, 502, 503, 504:
    fault("manifest", f"{code}-twice")(busy(code, 2))
    fault("layer", f"layer-{code}-twice")(busy(code, 2))
fault("manifest", "503-always")(busy(503, ALWAYS))
fault("layer", "layer-503-always")(busy(503, ALWAYS))
fault("manifest", "429-once")(busy(429, 1, Retry_After="1"))
fault("layer", "layer-429-once")(busy(429, 1, Retry_After="1"))
fault("manifest", "429-junk")(busy(429, 1, Retry_After="-1 x"))
fault("manifest", "429-always")(busy(429, ALWAYS, Retry_After="0"))
fault("manifest", "418")(busy(418, ALWAYS))
fault("manifest", "204")(busy(204, ALWAYS))
fault("manifest", "404-html")(busy(404, ALWAYS))
fault("layer", "layer-404-html")(busy(404, ALWAYS))


@fault("manifest", "404")
def _(_, answer):
    answer.become_error(404, "MANIFEST_UNKNOWN", "manifest unknown")


@fault("layer", "layer-404")
def _(_, answer):
    answer.become_error(404, "BLOB_UNKNOWN", "blob unknown to registry")


@fault("any", "denied")
@fault("start", "denied")
def _(_, answer):
    answer.become_error(403, "DENIED", "requested access is denied")


@fault("manifest", "error-escapes")
def _(_, answer):
    """A terminal's control sequences, and lines, in a message."""
    answer.become_error(404, "X", r"red \u001b[31m\u001b]0;title\u0007\n\rnew")


@fault("manifest", "error-json-odd")
def _(_, answer):
    answer.become(404, b'{"errors":{"code":[1],"message":7}}')


# ---- logins -----------------------------------------------------------------

def challenge(answer, text):
    headers = {} if text is None else {"WWW-Authenticate": text}
    answer.become_error(401, "UNAUTHORIZED", "authentication required")
    answer.headers.update(headers)


def bearer(request, site="main", path="token"):
    where = f"{request.sites[site]}/{path}/{request.name}"
    return f'Bearer realm="{where}",service="s"'


def wants_bearer(*names, **where):
    """Repositories that want a token, whatever it is."""
    @fault("any", *names)
    def _(request, answer):
        if request.auth != "bearer":
            challenge(answer, bearer(request, **where))


wants_bearer("flood-token", "token-junk", "token-html", "token-500",
             "token-lines", "token-number", "token-none", "token-401",
             "token-redirect", "token-cut", "token-null", "token-nul",
             "bearer", "redirect", "redirect-back", "upload-elsewhere")
wants_bearer("token-elsewhere", site="host")
wants_bearer("token-port", site="port")


@fault("any", "basic")
@fault("start", "basic")
def _(request, answer):
    if request.auth != "basic":
        challenge(answer, 'Basic realm="test"')


@fault("any", "401-loop")
def _(request, answer):
    """No token is ever good enough."""
    challenge(answer, bearer(request))


CHALLENGES = [
    None, "", " ", ",", ",,,,", "=", '"', "Bearer", "Bearer ", "Bearer realm",
    "Bearer realm=", 'Bearer realm="', 'Bearer realm=""', "Negotiate",
    'Bearer realm="/token"', 'Bearer realm="file:///etc/passwd"',
    'Bearer realm="ftp://127.0.0.1/"', 'Bearer realm="http://"',
    'Bearer realm="http://[/"', 'Bearer realm="http://127.0.0.1:99999/"',
    'Bearer realm="http://127.0.0.1:1/"', 'Bearer service="s"',
    'Bearer realm="gopher://127.0.0.1:25/x"', 'Digest realm="x",nonce="y"',
    'Bearer ' + ",".join(f'x{i}="y"' for i in range(5000)),
    'Bearer realm="' + "a" * 60000 + '"', 'Bearer realm="\\', "Basic " * 5000,
    'Bearer realm="http://127.0.0.1@127.0.0.2/"', 'Bearer realm="http://a b/"',
    'Bearer realm="\x01\x02"', "Bearer \xff\xfe",
]


@fault("any", "401")
def _(request, answer):
    """401/N/... has broken challenge N."""
    challenge(answer, CHALLENGES[int(request.name.split("/")[1])])


# ---- token servers ----------------------------------------------------------

def token(name, body, status=200, **headers):
    @fault("token", name)
    def _(_, answer):
        answer.become(status, body, **headers)


token("token-junk", b"\x00\xff junk")
token("token-html", html(200))
token("token-500", html(500), 500)
token("token-lines", rb'{"token":"good\r\nX-Injected: yes"}')
token("token-nul", rb'{"token":"good\u0000bad"}')
token("token-number", b'{"token":7}')
token("token-null", b"null")
token("token-none", b"{}")
token("token-401", b'{"details":"no"}', 401)
token("token-redirect", b"", 302, Location="file:///etc/passwd")


@fault("token", "token-cut")
def _(_, answer):
    answer.cut = 5


# ---- redirects --------------------------------------------------------------

def redirect(kind, name, place):
    """Elsewhere: PLACE is an address, or a function of the request."""
    @fault(kind, name)
    def _(request, answer):
        there = place(request) if callable(place) else place
        answer.become(307, Location=there)


def blob_at(site):
    return lambda r: f"{r.sites[site]}/elsewhere/{r.name}/{r.reference}"


redirect("layer", "redirect", blob_at("port"))
redirect("layer", "redirect-host", blob_at("host"))
redirect("layer", "redirect-http", blob_at("port"))
redirect("config", "redirect-config-host", blob_at("host"))
redirect("layer", "redirect-relative",
         lambda r: f"/elsewhere/{r.name}/{r.reference}")
redirect("layer", "redirect-no-scheme",
         lambda r: blob_at("port")(r).partition(":")[2])
redirect("layer", "redirect-loop", lambda r: r.path)
redirect("layer", "redirect-circle", blob_at("port"))
redirect("elsewhere", "redirect-circle",
         lambda r: f"{r.sites['main']}/v2/{r.name}/blobs/{r.reference}")
redirect("layer", "redirect-back", blob_at("port"))
redirect("elsewhere", "redirect-back",
         lambda r: f"{r.sites['main']}/elsewhere/ok/docker-gzip/{r.reference}")
redirect("manifest", "redirect-file", "file:///etc/passwd")
redirect("layer", "redirect-layer-file", "file:///etc/passwd")
redirect("manifest", "redirect-ftp", "ftp://127.0.0.1/x")
redirect("manifest", "redirect-junk", "http://")
redirect("manifest", "redirect-colons", "::::")
redirect("manifest", "redirect-long", "http://127.0.0.1/" + "a" * 60000)
redirect("manifest", "redirect-dead", "http://127.0.0.1:1/")
redirect("manifest", "redirect-fragment", "#")
redirect("manifest", "redirect-user",
         lambda r: r.sites["port"].replace("//", "//127.0.0.1@"))


@fault("manifest", "redirect-nowhere")
def _(_, answer):
    answer.become(307)


# ---- nothing wrong, only rare -----------------------------------------------

@fault("any", "chunked")
def _(_, answer):
    answer.chunked = True


@fault("any", "http-1.0")
def _(_, answer):
    answer.version = "HTTP/1.0"


@fault("any", "lower-case")
def _(_, answer):
    answer.headers = {k.lower(): v for k, v in answer.headers.items()}


# ---- pushes -----------------------------------------------------------------

UPLOADS = {
    "up-absolute": lambda r, path: r.sites["main"] + path,
    "up-query": lambda r, path: f"{path}?state=a%2Bb&x=1",
    "up-elsewhere": lambda r, path: r.sites["host"] + path,
    "up-file": lambda r, path: "file:///etc/passwd",
    "up-junk": lambda r, path: "http://[",
    "up-nowhere": lambda r, path: None,
    "upload-elsewhere": lambda r, path: r.sites["host"] + path,
}


@fault("start", *UPLOADS)
@fault("patch", *UPLOADS)
def _(request, answer):
    """Where the next step goes."""
    fault_name = request.name.partition("/")[0]
    if answer.status != 202:
        return
    place = UPLOADS[fault_name](request, answer.headers.pop("Location"))
    if place is not None:
        answer.headers["Location"] = place


fault("start", "up-start-503-twice")(busy(503, 2))
fault("patch", "up-patch-503-once")(busy(503, 1))
fault("patch", "up-patch-lost-once")(lose_once)
fault("put", "up-put-503-once")(busy(503, 1))
fault("put-manifest", "up-manifest-503-once")(busy(503, 1))
fault("patch", "up-503-always")(busy(503, ALWAYS))


@fault("patch", "up-413")
def _(_, answer):
    """In the middle of the body: see read_body() in faulty.py."""
    answer.become_error(413, "SIZE_INVALID", "too large for us")


@fault("put", "up-digest")
def _(_, answer):
    answer.become_error(400, "DIGEST_INVALID", "provided digest did not match")


@fault("put-manifest", "up-manifest")
def _(_, answer):
    answer.become_error(400, "MANIFEST_INVALID", "manifest invalid")
