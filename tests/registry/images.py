# SPDX-License-Identifier: MIT
"""images.py - small images in memory, good ones and bad ones

An Image is a table of what a registry has, digest -> bytes, with the digest of
its top document (a manifest or an index).  Every image holds the same files:

    layer 1    etc/hello, gone, big (256 KiB that do not compress)
    layer 2    second, and a whiteout for gone

GOOD has an image for each way of writing one down, as tags: "docker-gzip",
"oci-zstd", "oci-index" ...  BAD has images that no client may accept, named
after what is wrong with them; where it is a layer, there is no other, so that
nothing of the image may be kept.
"""
import functools
import gzip
import hashlib
import io
import json
import platform
import random
import subprocess
import tarfile

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(
    platform.machine(), platform.machine())
NOWHERE = "sha256:" + "0" * 64
OCI = {
    "manifest": "application/vnd.oci.image.manifest.v1+json",
    "index": "application/vnd.oci.image.index.v1+json",
    "config": "application/vnd.oci.image.config.v1+json",
    "plain": "application/vnd.oci.image.layer.v1.tar",
    "gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
    "zstd": "application/vnd.oci.image.layer.v1.tar+zstd",
}
DOCKER = {
    "manifest": "application/vnd.docker.distribution.manifest.v2+json",
    "index": "application/vnd.docker.distribution.manifest.list.v2+json",
    "config": "application/vnd.docker.container.image.v1+json",
    "plain": "application/vnd.docker.image.rootfs.diff.tar",
    "gzip": "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "zstd": "application/vnd.docker.image.rootfs.diff.tar.zstd",
}


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


# ---- layers -----------------------------------------------------------------

def tar_of(files):
    """A tar of {name: bytes}."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def compress(data, how):
    if how == "gzip":
        return gzip.compress(data, mtime=0)
    if how == "zstd":
        return subprocess.run(["zstd", "-q"], input=data, check=True,
                              stdout=subprocess.PIPE).stdout
    return data


LAYERS = [
    tar_of({"etc/hello": b"hello\n", "gone": b"x",
            "big": random.Random(1).randbytes(256 << 10)}),
    tar_of({"second": b"two\n", ".wh.gone": b""}),
]


# ---- documents --------------------------------------------------------------

class Image:
    def __init__(self):
        self.blobs, self.layers, self.config = {}, [], None
        self.top, self.types = None, {}  # types: of manifests and indexes

    def add(self, data):
        """A blob; its digest."""
        digest = digest_of(data)
        self.blobs[digest] = data
        return digest

    def describe(self, data, kind):
        """A blob; its descriptor."""
        return {"mediaType": kind, "size": len(data), "digest": self.add(data)}

    def set_top(self, document, kind):
        """The document that the tag stands for: bytes, or made into JSON."""
        if not isinstance(document, bytes):
            document = json.dumps(document).encode()
        self.top = self.add(document)
        self.types[self.top] = kind
        return self


def nothing(_):
    """Changes nothing."""


def make(words=DOCKER, how="gzip", config=nothing, manifest=nothing,
         layers=None, config_text=None):
    """An image.  CONFIG and MANIFEST are functions that may change the
    document before it is written down."""
    image = Image()
    layers = LAYERS if layers is None else layers
    document = {
        "architecture": ARCHITECTURE, "os": "linux",
        "created": "2024-01-01T00:00:00Z",
        "config": {"Cmd": ["/bin/sh"], "Env": ["PATH=/bin", "FROM=registry"]},
        "rootfs": {"type": "layers",
                   "diff_ids": [digest_of(x) for x in layers]},
    }
    config(document)
    text = config_text or json.dumps(document).encode()
    rows = [image.describe(compress(x, how), words[how]) for x in layers]
    top = {"schemaVersion": 2, "mediaType": words["manifest"],
           "config": image.describe(text, words["config"]), "layers": rows}
    image.config = top["config"]["digest"]
    image.layers = [row["digest"] for row in rows]
    manifest(top)
    return image.set_top(top, words["manifest"])


def row_for(image, os="linux", architecture=ARCHITECTURE):
    """The row of an index that names IMAGE."""
    return {"mediaType": image.types[image.top], "digest": image.top,
            "size": len(image.blobs[image.top]),
            "platform": {"os": os, "architecture": architecture}}


def in_index(image, words=OCI):
    """IMAGE, and an index for it with other machines' images around it."""
    other = {"mediaType": words["manifest"], "size": 1, "digest": NOWHERE}
    rows = [dict(other, platform={"os": "linux", "architecture": "pdp11"}),
            row_for(image),
            dict(other, platform={"os": "windows",
                                  "architecture": ARCHITECTURE})]
    return image.set_top({"schemaVersion": 2, "mediaType": words["index"],
                          "manifests": rows}, words["index"])


def nested(depth):
    image = make(OCI)
    for _ in range(depth):
        in_index(image)
    return image


def typeless():
    """OCI allows a manifest not to say what it is."""
    return make(OCI, manifest=lambda m: m.pop("mediaType"))


def with_layer(**changes):
    """A manifest whose layer's descriptor is changed."""
    return lambda: make(manifest=lambda m: m["layers"][0].update(changes),
                        layers=LAYERS[:1])


GOOD = {f"{name}-{how}": functools.partial(make, words, how)
        for name, words in (("docker", DOCKER), ("oci", OCI))
        for how in ("plain", "gzip", "zstd")}
GOOD |= {
    "one": lambda: make(layers=LAYERS[:1]),
    "oci-index": lambda: in_index(make(OCI)),
    "docker-list": lambda: in_index(make(DOCKER), DOCKER),
    "mixed-index": lambda: in_index(make(DOCKER), OCI),
    "nested": lambda: nested(3),
    "typeless": typeless,
    "mislabelled": with_layer(mediaType=DOCKER["zstd"]),  # Docker looks, too
    "large": lambda: make(how="plain", layers=[
        tar_of({"etc/hello": b"hello\n", "large": bytes(96 << 20)})]),
    "no-layers": lambda: make(layers=[]),
    "same-layer-twice": lambda: make(layers=[LAYERS[0], LAYERS[0]]),
}


# ---- bad images -------------------------------------------------------------

def flipped(data, at):
    """DATA with one bit turned over."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def lying(change, how="gzip"):
    """The registry has other bytes than the digest says: CHANGE(image)."""
    image = make(how=how, layers=LAYERS[:1])
    change(image)
    return image


def lie_about_layer(image):
    data = image.blobs[image.layers[0]]
    image.blobs[image.layers[0]] = flipped(data, len(data) // 2)


def wrong_second_layer():
    """The other one is right, and may stay."""
    image = make()
    image.blobs[image.layers[1]] = b"x" * len(image.blobs[image.layers[1]])
    return image


def lie_about_config(image):
    data = image.blobs[image.config]
    image.blobs[image.config] = data.replace(b"registry", b"somebody")


def lie_about_top(image):
    image.blobs[image.top] += b"\n"


def lengthen_layer(image):
    """More bytes than the manifest says."""
    image.blobs[image.layers[0]] += b"x" * 5000


def index_of_itself():
    """What it names is, when one asks, the index again."""
    image = in_index(make(OCI))
    inner = json.loads(image.blobs[image.top])["manifests"][1]["digest"]
    image.blobs[inner] = image.blobs[image.top]
    return image


def no_platform():
    image = make(OCI)
    rows = [row_for(image, "windows"), row_for(image, architecture="pdp11")]
    return image.set_top({"schemaVersion": 2, "mediaType": OCI["index"],
                          "manifests": rows}, OCI["index"])


def of_text(text, kind=DOCKER["manifest"]):
    """An image whose top document is TEXT."""
    return Image().set_top(text, kind)


def schema1():
    kind = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    return of_text({"schemaVersion": 1, "name": "x", "tag": "v1",
                    "architecture": ARCHITECTURE, "history": [],
                    "fsLayers": [{"blobSum": NOWHERE}]}, kind)


def unknown_type():
    def manifest(document):
        document["mediaType"] = "application/vnd.example.image.v9+json"
    image = make(manifest=manifest)
    image.types[image.top] = "application/vnd.example.image.v9+json"
    return image


def foreign(document):
    """Layers that are to be fetched from elsewhere."""
    for row in document["layers"]:
        row["mediaType"] = ("application/vnd.docker.image.rootfs.foreign.diff"
                            ".tar.gzip")
        row["urls"] = ["http://127.0.0.1:1/stolen", "file:///etc/passwd"]


def with_config(**changes):
    return lambda: make(config=lambda c: c.update(changes))


def both(document):
    """A manifest and an index in one (CVE-2021-41190)."""
    document["manifests"] = []


def junk_layer():
    """Digest, size and diff ID are right; it is no tar."""
    return make(layers=[b"this is no tar" * 1000])


def escaping_layer():
    return make(layers=[tar_of({"../../../../../tmp/escaped": b"x"})])


BAD = {
    "wrong-layer": lambda: lying(lie_about_layer),
    "wrong-second-layer": wrong_second_layer,
    "wrong-plain-layer": lambda: lying(lie_about_layer, "plain"),
    "wrong-config": lambda: lying(lie_about_config),
    "wrong-top": lambda: lying(lie_about_top),
    "layer-longer": lambda: lying(lengthen_layer),
    "layer-shorter-than-said": with_layer(size=1 << 20),
    "layer-negative": with_layer(size=-1),
    "layer-size-text": with_layer(size="12"),
    "layer-enormous": with_layer(size=(1 << 63) - 1),
    "layer-digest-md5": with_layer(digest="md5:" + "0" * 32),
    "layer-digest-path": with_layer(digest="sha256:../../../../etc/passwd"),
    "layer-digest-none": with_layer(digest=None),
    "layer-missing": with_layer(digest=NOWHERE),
    "layer-unknown-type": with_layer(mediaType="application/x-rar"),
    "layer-junk": junk_layer,
    "layer-escapes": escaping_layer,
    "foreign": lambda: make(manifest=foreign),
    "wrong-diff-ids": with_config(
        rootfs={"type": "layers", "diff_ids": [NOWHERE, NOWHERE]}),
    "few-diff-ids": with_config(rootfs={"type": "layers", "diff_ids": []}),
    "no-diff-ids": with_config(rootfs=None),
    "config-no-json": lambda: make(config_text=b"<html>sorry</html>"),
    "config-array": lambda: make(config_text=b"[1, 2]"),
    "config-huge": lambda: make(config_text=b" " * (20 << 20) + b"{}"),
    "no-platform": no_platform,
    "index-of-itself": index_of_itself,
    "index-too-deep": lambda: nested(6),
    "index-empty": lambda: of_text({"schemaVersion": 2, "manifests": []},
                                   OCI["index"]),
    "both": lambda: make(manifest=both),
    "schema1": schema1,
    "unknown-type": unknown_type,
    "deep-json": lambda: of_text(b'{"a":' * 10000 + b"1" + b"}" * 10000),
    "many-layers": lambda: make(
        manifest=lambda m: m.update(layers=[{}] * 1000000)),
    "many-layers-126": lambda: make(
        manifest=lambda m: m.update(layers=m["layers"] * 63)),
    "manifest-empty": lambda: of_text(b""),
    "manifest-null": lambda: of_text(b"null"),
    "manifest-html": lambda: of_text(b"<html>welcome</html>", "text/html"),
    "manifest-not-utf8": lambda: of_text(b'{"schemaVersion":2,"x":"\xff\xfe"}'),
    "manifest-nul": lambda: of_text(b'{"schemaVersion":2}\0{"layers":[]}'),
}
