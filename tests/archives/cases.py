# SPDX-License-Identifier: MIT
"""cases - archives and layers that nobody should make, and odd ones that are
fine

Each case is a function; its docstring says what it is, its decorator what must
become of it: "reject", "load", or "either" (safe both ways).  A layer case
returns the bytes of a layer's tar, an archive case the members of the whole
archive.
"""
import gzip
import hashlib
import io
import json
import struct
import tarfile

CASES = []


def layer(verdict, **more):
    """A case that is one layer."""
    def add(function):
        CASES.append(dict(name=function.__name__.replace("_", "-"),
                          what=function.__doc__, verdict=verdict,
                          layer=function, **more))
        return function
    return add


def archive(verdict, **more):
    """A case that is a whole archive, as a list of (name, bytes or TarInfo)."""
    def add(function):
        CASES.append(dict(name=function.__name__.replace("_", "-"),
                          what=function.__doc__, verdict=verdict,
                          archive=function, **more))
        return function
    return add


# ---- tars -------------------------------------------------------------------

def entry(name, data=b"", kind=tarfile.REGTYPE, **fields):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = len(data)
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def tar(*entries, form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as t:
        for info, data in entries:
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def raw_header(name, size=0, kind=b"0", uid=b"0000000\0", prefix=b"",
               checksum=None, mtime=b"00000000000\0", link=b""):
    """A ustar header, byte by byte."""
    head = bytearray(512)
    head[0:len(name)] = name
    head[100:108] = b"0000644\0"
    head[108:108 + len(uid)] = uid
    head[116:124] = b"0000000\0"
    head[124:136] = b"%011o\0" % size if isinstance(size, int) else size
    head[136:136 + len(mtime)] = mtime
    head[148:156] = b" " * 8
    head[156:157] = kind
    head[157:157 + len(link)] = link
    head[257:265] = b"ustar\00000"
    head[345:345 + len(prefix)] = prefix
    total = sum(head) if checksum is None else checksum
    head[148:156] = b"%06o\0 " % total
    return bytes(head)


END = bytes(1024)


def pax(records, *after):
    """A PAX header with these records, and then raw blocks."""
    body = b""
    for key, value in records:
        record = b" " + key + b"=" + value + b"\n"
        size = len(record) + 1
        while len(str(size)) + len(record) != size:
            size += 1
        body += str(size).encode() + record
    return (raw_header(b"pax", len(body), b"x") + body +
            bytes(-len(body) % 512) + b"".join(after) + END)


# ---- images -----------------------------------------------------------------

def image(layer_bytes, **config):
    """The members of a small docker archive around a layer."""
    plain = layer_bytes
    if plain[:2] == b"\x1f\x8b":
        plain = gzip.decompress(plain)
    diff = hashlib.sha256(plain).hexdigest()
    document = {"architecture": "amd64", "os": "linux",
                "created": "2026-01-01T00:00:00Z", "config": {"Cmd": ["sh"]},
                "rootfs": {"type": "layers", "diff_ids": ["sha256:" + diff]}}
    document.update(config)
    return members([{"Config": "c.json", "RepoTags": ["hostile:case"],
                     "Layers": ["layer.tar"]}],
                   ("c.json", json.dumps(document).encode()),
                   ("layer.tar", layer_bytes))


def members(manifest, *files):
    text = manifest if isinstance(manifest, bytes) else (
        json.dumps(manifest).encode())
    return [("manifest.json", text), *files]


def pack(list_):
    """Members as a tar."""
    return tar(*[m if isinstance(m[0], tarfile.TarInfo) else entry(*m)
                 for m in list_], form=tarfile.GNU_FORMAT)


GOOD = tar(entry("bin", kind=tarfile.DIRTYPE), entry("bin/sh", b"#!"))

# ---- names ------------------------------------------------------------------


@layer("load")
def control():
    """the control: a good layer"""
    return GOOD


@layer("reject")
def dot_dot():
    """a name that climbs out"""
    return tar(entry("../canary/x", b"x"))


@layer("reject")
def dot_dot_inside():
    """a name that climbs out on the way"""
    return tar(entry("a/../../canary/x", b"x"))


@layer("load")
def absolute():
    """an absolute name means the layer's own root"""
    return tar(entry("/etc/x", b"x"))


@layer("either")
def through_a_symlink():
    """a symlink to the outside, and a file through it"""
    return tar(entry("out", kind=tarfile.SYMTYPE, linkname="/tmp"),
               entry("out/minibox-hostile", b"x"))


@layer("reject")
def root_is_a_symlink():
    """the root itself as a symlink"""
    return tar(entry("./", kind=tarfile.SYMTYPE, linkname="/etc"),
               entry("x", b"x"))


@layer("reject")
def hard_link_out():
    """a hard link to a file of the host"""
    return tar(entry("x", kind=tarfile.LNKTYPE, linkname="../../../etc/passwd"))


@layer("reject")
def hard_link_to_nothing():
    """a hard link before its target"""
    return tar(entry("x", kind=tarfile.LNKTYPE, linkname="y"), entry("y", b"y"))


@layer("reject")
def hard_link_through_symlink():
    """a hard link by way of a symlink out of the layer"""
    return tar(entry("d", kind=tarfile.SYMTYPE, linkname="/etc"),
               entry("x", kind=tarfile.LNKTYPE, linkname="d/passwd"))


@layer("load")
def not_utf8():
    """names that are no UTF-8 are kept"""
    return raw_header(b"a\xff\xfe", 1) + b"x" + bytes(511) + END


@layer("either")
def nul_in_a_pax_path():
    """a NUL in a PAX name: libarchive ends the name there"""
    return pax([(b"path", b"good\0evil")], raw_header(b"x", 0))


@layer("load")
def newline_in_a_name():
    """a newline in a name"""
    return tar(entry("a\nb", b"x"))


@layer("reject")
def name_of_5000():
    """a name of 5,000 bytes"""
    return tar(entry("d/" * 2500, b""))


@layer("load")
def name_of_4000():
    """a name of 4,000 bytes"""
    return tar(entry("/".join(["d" * 200] * 19), b"x"))


@layer("reject")
def too_deep():
    """directories 300 deep"""
    return tar(entry("d/" * 300 + "x", b"x"))


# ---- whiteouts and marks ----------------------------------------------------

def whiteout(name, verdict, what):
    def make():
        return tar(entry(name))
    make.__name__ = "whiteout_" + "".join(
        c if c.isalnum() else "o" for c in name)
    make.__doc__ = what
    layer(verdict)(make)


whiteout(".wh.", "reject", "a whiteout of nothing")
whiteout(".wh..", "reject", "a whiteout of .")
whiteout(".wh...", "reject", "a whiteout of ..")
whiteout("etc/.wh..wh.x", "reject", "a whiteout of a whiteout")
whiteout(".wh.a/b", "reject", "a file in a whiteout")
whiteout(".wh.nosuch", "load", "a whiteout of what is not there")


@layer("load")
def whiteout_and_file():
    """a whiteout beside the file of the same layer: the file stays"""
    return tar(entry("a", b"x"), entry(".wh.a"))


@layer("load")
def device_zero():
    """a 0:0 device called etc would hide /etc: it is left out"""
    return tar(entry("etc", kind=tarfile.CHRTYPE))


@layer("load")
def device_mem():
    """/dev/mem is left out"""
    return tar(entry("mem", kind=tarfile.CHRTYPE, devmajor=1, devminor=1),
               entry("sda", kind=tarfile.BLKTYPE, devmajor=8))


def overlay_xattr(prefix):
    def make():
        info, data = entry("etc", kind=tarfile.DIRTYPE)
        info.pax_headers = {"SCHILY.xattr." + prefix + "overlay.opaque": "y"}
        return tar((info, data))
    make.__name__ = f"xattr_{prefix[:-1]}_overlay"
    make.__doc__ = f"{prefix}overlay.opaque from the archive is left out"
    layer("load")(make)


overlay_xattr("trusted.")
overlay_xattr("user.")

# ---- numbers ----------------------------------------------------------------


def owner(number, verdict):
    def make():
        return pax([(b"uid", str(number).encode())], raw_header(b"x", 0))
    make.__name__ = f"uid_{number}".replace("-", "minus")
    make.__doc__ = f"an owner of {number}"
    layer(verdict)(make)


for uid in (2 ** 32, 2 ** 32 - 1, 2 ** 64, -1):
    owner(uid, "reject")


@layer("either")
def mtime_extreme():
    """a time far beyond the end"""
    return pax([(b"mtime", b"4611686018427387904")], raw_header(b"x", 0))


@layer("reject")
def sparse_8_tib():
    """a sparse file of 8 TiB"""
    return pax([(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"),
                (b"GNU.sparse.name", b"big"),
                (b"GNU.sparse.realsize", b"8796093022208")],
               raw_header(b"x", 512) + b"0\n" + bytes(510))


@layer("reject")
def file_of_3_gib():
    """a file larger than the limit"""
    return raw_header(b"x", 3 << 30) + END


@layer("reject")
def huge_pax_header():
    """a PAX header of a gigabyte"""
    return raw_header(b"pax", 1 << 30, b"x") + END


@layer("reject")
def huge_longname():
    """a GNU long name of a gigabyte"""
    return raw_header(b"././@LongLink", 1 << 30, b"L") + END


# ---- damage -----------------------------------------------------------------


@layer("reject")
def cut_in_a_file():
    """an archive that ends in the middle of a file"""
    return tar(entry("x", b"x" * 5000))[:2048]


@layer("reject")
def bad_checksum():
    """a header with a wrong checksum"""
    return raw_header(b"a") + raw_header(b"b", checksum=1) + END


@layer("reject")
def garbage_behind():
    """something behind the end of the archive"""
    return GOOD + b"garbage" * 100


@layer("reject")
def two_archives():
    """a second archive behind the first"""
    return GOOD + GOOD


@layer("reject")
def no_tar():
    """no tar at all"""
    return b"this is no tar" * 100


@layer("reject")
def gzip_in_gzip():
    """compressed twice"""
    return gzip.compress(gzip.compress(GOOD, mtime=0), mtime=0)


@layer("reject")
def gzip_bad_crc():
    """gzip with a wrong checksum"""
    data = bytearray(gzip.compress(GOOD, mtime=0))
    data[-8] ^= 1
    return bytes(data)


@layer("reject")
def gzip_cut():
    """gzip that ends too early"""
    return gzip.compress(GOOD, mtime=0)[:-9]


# ---- dialects ---------------------------------------------------------------

def dialect(name, form):
    def make():
        return tar(entry("d", kind=tarfile.DIRTYPE), entry("d/f", b"x" * 700),
                   entry("l", kind=tarfile.SYMTYPE, linkname="d/f"),
                   entry("h", kind=tarfile.LNKTYPE, linkname="d/f"),
                   entry("p", kind=tarfile.FIFOTYPE), form=form)
    make.__name__ = "dialect_" + name
    make.__doc__ = f"a {name} tar"
    layer("load")(make)


dialect("ustar", tarfile.USTAR_FORMAT)
dialect("gnu", tarfile.GNU_FORMAT)
dialect("pax", tarfile.PAX_FORMAT)


@layer("load")
def dialect_v7():
    """a tar from before ustar"""
    head = bytearray(raw_header(b"x", 1))
    head[257:265] = bytes(8)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + b"x" + bytes(511) + END


# ---- documents --------------------------------------------------------------


@archive("reject")
def no_list():
    """an archive without manifest.json or index.json"""
    return [("hello", b"x")]


@archive("reject")
def list_is_a_fifo():
    """manifest.json as a fifo must not wait for a writer"""
    return [entry("manifest.json", kind=tarfile.FIFOTYPE)]


@archive("reject")
def list_is_a_directory():
    """manifest.json as a directory"""
    return [entry("manifest.json", kind=tarfile.DIRTYPE)]


@archive("reject")
def config_is_a_link():
    """a config that is a link to /etc/passwd"""
    return members([{"Config": "c.json", "RepoTags": None, "Layers": []}],
                   entry("c.json", kind=tarfile.SYMTYPE,
                         linkname="/etc/passwd"))


@archive("reject")
def layer_is_a_link():
    """a layer that is a link out of the archive"""
    list_ = image(GOOD)
    return list_[:-1] + [entry("layer.tar", kind=tarfile.SYMTYPE,
                               linkname="../../../../etc/passwd")]


@archive("reject")
def wrong_diff_id():
    """a layer that is not the one of the config"""
    list_ = image(GOOD)
    return list_[:-1] + [("layer.tar", tar(entry("other", b"x")))]


@archive("reject")
def missing_layer():
    """a layer that is not there"""
    return image(GOOD)[:-1]


@archive("reject")
def more_layers_than_diff_ids():
    """one layer more than the config knows"""
    list_ = image(GOOD)
    list_[0] = ("manifest.json", list_[0][1].replace(
        b'["layer.tar"]', b'["layer.tar", "layer.tar"]'))
    return list_


@archive("reject")
def too_much_history():
    """a history of more layers than there are"""
    return image(GOOD, history=[{"created_by": "x"}] * 2)


@archive("reject")
def deep_json():
    """JSON, 10,000 levels deep"""
    return members(b"[" * 10000 + b"]" * 10000)


@archive("reject")
def deep_config():
    """a config, 10,000 levels deep"""
    list_ = image(GOOD)
    list_[1] = ("c.json", b'{"a":' * 10000 + b"1" + b"}" * 10000)
    return list_


@archive("reject")
def million_layers():
    """a million layers"""
    return members([{"Config": "c.json", "RepoTags": None,
                     "Layers": ["l"] * 1000000}], ("c.json", b"{}"))


@archive("reject")
def many_tags():
    """20,000 names for one image"""
    list_ = image(GOOD)
    tags = [f"hostile:{i}" for i in range(20000)]
    list_[0] = ("manifest.json", json.dumps(
        [{"Config": "c.json", "RepoTags": tags,
          "Layers": ["layer.tar"]}]).encode())
    return list_


@archive("reject")
def bad_tag():
    """a name that is none"""
    list_ = image(GOOD)
    list_[0] = ("manifest.json",
                list_[0][1].replace(b"hostile:case", b"../../x:y"))
    return list_


def odd_config(name, config):
    def make():
        return image(GOOD, config=config)
    make.__name__ = "config_" + name
    make.__doc__ = f"a config whose {name} has a type of its own"
    archive("load", then=True)(make)


odd_config("env", {"Env": 7, "Cmd": ["sh"]})
odd_config("cmd", {"Cmd": {}})
odd_config("labels", {"Labels": ["../x"], "Volumes": {"../../x": {}}})
odd_config("everything", {"Env": [1, None], "Cmd": [[]], "Entrypoint": "x",
                          "User": 5, "WorkingDir": [], "ExposedPorts": 1})


def oci(document=None, media="application/vnd.oci.image.manifest.v1+json",
        layer_type="application/vnd.oci.image.layer.v1.tar", **row):
    """The members of an OCI archive."""
    def blob(data):
        return hashlib.sha256(data).hexdigest(), data
    diff, _ = blob(GOOD)
    config = blob(json.dumps(
        {"architecture": "amd64", "os": "linux",
         "rootfs": {"type": "layers", "diff_ids": ["sha256:" + diff]}}
    ).encode())
    manifest = {"schemaVersion": 2, "mediaType": media, "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "digest": "sha256:" + config[0], "size": len(config[1])},
        "layers": [{"mediaType": layer_type, "digest": "sha256:" + diff,
                    "size": len(GOOD)}]}
    manifest.update(document or {})
    top = blob(json.dumps(manifest).encode())
    index = {"schemaVersion": 2, "manifests": [dict(
        {"mediaType": media, "digest": "sha256:" + top[0],
         "size": len(top[1])}, **row)]}
    return [("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
            ("index.json", json.dumps(index).encode()),
            *[("blobs/sha256/" + h, d) for h, d in (config, top, (diff, GOOD))]]


@archive("load")
def oci_control():
    """the control: a good OCI archive"""
    return oci()


@archive("reject")
def oci_both():
    """a document that is a manifest and an index (CVE-2021-41190)"""
    return oci({"manifests": []})


@archive("reject")
def oci_unknown_media_type():
    """a layer of an unknown media type"""
    return oci(layer_type="application/x-tar")


@archive("reject")
def oci_wrong_digest():
    """a manifest that is not what its name says"""
    list_ = oci()
    return [(n, d + b" " if n.startswith("blobs") and b"layers" in d and
             b"config" in d and b"schemaVersion" in d else d)
            for n, d in list_]


@archive("reject")
def oci_missing_blob():
    """a manifest that names a missing blob"""
    return oci()[:-1]


@archive("reject")
def oci_digest_is_a_path():
    """a digest that is a path"""
    return oci(digest="sha256:../../../../etc/passwd")


@archive("reject")
def oci_layer_link():
    """a blob that is a link to a file of the host"""
    list_ = oci()
    return list_[:-1] + [entry(list_[-1][0], kind=tarfile.SYMTYPE,
                               linkname="/etc/passwd")]
