# SPDX-License-Identifier: MIT
"""documents - archives whose lists and configs lie

Docker's form: manifest.json names a config and layers.  OCI's: index.json names
a manifest, which names a config and layers, all by digest.
"""
import json

import tars
from case import archive, named
from tars import (GOOD, NAME, OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST,
                  blob, changed, described, directory, document, fifo,
                  hard_link, image, layout, listed, oci, sha256, symlink,
                  to_bytes)


# ---- docker's list ----------------------------------------------------------

@archive("load")
def docker_control():
    """the control: a good archive of docker's form"""
    return image(GOOD)


def bad_list(name, what, text, verdict="reject"):
    archive(verdict)(named(lambda: changed(image(GOOD), "manifest.json", text),
                           "list_" + name, what))


bad_list("empty", "an empty manifest.json", b"")
bad_list("no_json", "manifest.json that is no JSON", b"hello")
bad_list("no_images", "manifest.json without an image", b"[]")
bad_list("object", "manifest.json that is no list", b"{}")
bad_list("text", "manifest.json that is a text", b'"x"')
bad_list("null", "manifest.json that is null", b"null")
bad_list("of_null", "a list of null", b"[null]")
bad_list("of_lists", "a list of lists", b"[[]]")
bad_list("of_nothing", "a list of an empty object", b"[{}]")
bad_list("two_documents", "two documents in one file", b"[{}][{}]")
bad_list("nul", "a NUL in a name", b'[{"Config":"c.json\\u0000x"}]')
bad_list("deep", "10,000 levels deep", b"[" * 10000 + b"]" * 10000)
bad_list("deep_objects", "10,000 objects deep",
         b'{"a":' * 10000 + b"1" + b"}" * 10000)
bad_list("of_5_mib", "a list of 5 MiB", b"[" + b" " * (5 << 20) + b"]")
bad_list("million_objects", "a million objects: many bytes of memory for each",
         b"[" + b",".join([b"{}"] * 1300000) + b"]")
bad_list("million_lists", "a million lists",
         b"[" + b",".join([b"[]"] * 1300000) + b"]")
bad_list("million_numbers", "two million numbers",
         b"[" + b",".join([b"1"] * 2000000) + b"]")
bad_list("million_layers", "half a million layers",
         [{"Config": "c.json", "RepoTags": None, "Layers": ["l"] * 500000}])
bad_list("126_layers", "126 layers, one too many",
         [{"Config": "c.json", "RepoTags": None, "Layers": ["1.tar"] * 126}])


def row(name, what, verdict="reject", **fields):
    """One row of the list, with some fields of its own."""
    bad_list(name, what,
             [{"Config": "c.json", "RepoTags": [NAME],
               "Layers": ["0.tar", "1.tar"], **fields}], verdict)


row("config_number", "a config that is a number", Config=7)
row("config_up", "a config outside", Config="../../../../etc/passwd")
row("config_absolute", "a config outside, by an absolute name",
    Config="/etc/passwd")
row("config_missing", "a config that is not there", Config="nosuch.json")
row("config_is_the_list", "a config that is the list itself",
    Config="manifest.json")
row("config_is_a_layer", "a config that is a layer", Config="1.tar")
row("config_promises", "a config that is not what its name says",
    Config="0" * 64 + ".json")
row("layers_number", "layers that are a number", Layers=7)
row("layers_of_numbers", "layers that are numbers", Layers=[7, 7])
row("layers_null", "no layers, where the config has two", Layers=None)
row("layers_missing", "a layer that is not there",
    Layers=["0.tar", "nosuch.tar"])
row("layers_up", "a layer outside", Layers=["0.tar", "../../../etc/passwd"])
row("layers_exchanged", "layers in another order", Layers=["1.tar", "0.tar"])
row("layers_more", "a layer more than the config has",
    Layers=["0.tar", "1.tar", "1.tar"])
row("layers_less", "a layer less than the config has", Layers=["0.tar"])
row("names_text", "names that are a text", RepoTags="hostile:case")
row("names_of_numbers", "names that are numbers", RepoTags=[7])
row("name_up", "a name that is a path", RepoTags=["../../x:y"])
row("name_upper", "a name in capitals", RepoTags=["Hostile:case"])
row("name_empty", "an empty name", RepoTags=[""])
row("name_digest", "a name with a digest",
    RepoTags=["hostile@sha256:" + "0" * 64])
row("name_long", "a name of 10,000 bytes", RepoTags=["h" * 10000 + ":t"])
row("name_escape", "escape codes in a name", RepoTags=["\x1b[2Jx:y"])
row("names_101", "101 names, one too many",
    RepoTags=[f"hostile:{i}" for i in range(101)])
row("names_20000", "20,000 names", RepoTags=[f"h:{i}" for i in range(20000)])
row("names_null", "no names", "load", RepoTags=None)
row("unknown_field", "a field that nobody knows", "load",
    Parent="sha256:../../x", LayerSources={"x": {"urls": ["file:///etc"]}})


@archive("reject")
def list_of_1001_images():
    """1,001 images, one too many"""
    one = {"Config": "c.json", "RepoTags": None, "Layers": ["0.tar"]}
    members = image()
    return changed(members, "manifest.json", [one] * 1001)


@archive("reject")
def no_list():
    """neither manifest.json nor index.json"""
    return [("hello", b"x")]


@archive("reject")
def no_members():
    """an archive with nothing in it"""
    return []


@archive("reject")
def only_repositories():
    """docker's oldest form, which nobody writes any more"""
    return [("repositories", b'{"hostile":{"case":"00"}}')]


# ---- members that are traps -------------------------------------------------

def trap(verdict, name, what, member, make):
    archive(verdict)(named(
        lambda: changed(image(GOOD), member, make()), "member_" + name, what))


for _member, _label in (("manifest.json", "list"), ("c.json", "config"),
                        ("1.tar", "layer")):
    trap("reject", f"{_label}_fifo", f"a {_label} that is a fifo: nobody will "
         "ever write to it", _member, lambda m=_member: fifo(m))
    trap("reject", f"{_label}_directory", f"a {_label} that is a directory",
         _member, lambda m=_member: directory(m))
    trap("reject", f"{_label}_symlink", f"a {_label} that is a link to a file "
         "of the host", _member, lambda m=_member: symlink(m, "/etc/passwd"))
    trap("reject", f"{_label}_symlink_up", f"a {_label} that is a link that "
         "climbs out", _member,
         lambda m=_member: symlink(m, "../" * 20 + "etc/passwd"))
    trap("reject", f"{_label}_loop", f"a {_label} that is a link to itself",
         _member, lambda m=_member: symlink(m, m))
    trap("reject", f"{_label}_proc", f"a {_label} that is a magic link",
         _member, lambda m=_member: symlink(m, "/proc/self/exe"))
    trap("reject", f"{_label}_device", f"a {_label} that is a device",
         _member, lambda m=_member: tars.device(m, 1, 5))


@archive("load")
def member_inner_symlink():
    """a layer that is a link to another member, as docker writes it"""
    members = image(GOOD, GOOD)
    return changed(members, "2.tar", symlink("2.tar", "/1.tar"))


@archive("load")
def member_inner_hard_link():
    """a layer that is a hard link to another member"""
    members = image(GOOD, GOOD)
    return changed(members, "2.tar", hard_link("2.tar", "1.tar"))


@archive("reject")
def member_two_lists():
    """two files of one name: the later counts, and it is empty"""
    return image(GOOD) + [("manifest.json", b"[]")]


@archive("reject")
def member_up():
    """a member that climbs out of the archive"""
    return image(GOOD) + [("../../../evil", b"evil")]


@archive("reject")
def member_wrong_layer():
    """a layer that is not the one of the config"""
    return changed(image(GOOD), "1.tar", tars.tar(directory("other")))


# ---- docker's config --------------------------------------------------------

def bad_config(name, what, verdict="reject", **fields):
    """A config with some fields of its own; None takes one away."""
    def make():
        text = document([tars.base(), GOOD], **fields)
        text = {k: v for k, v in text.items() if v is not None}
        return changed(image(GOOD), "c.json", text)
    archive(verdict)(named(make, "config_" + name, what))


bad_config("without_rootfs", "a config without rootfs", rootfs=None)
bad_config("rootfs_text", "rootfs that is a text", rootfs="layers")
bad_config("rootfs_empty", "rootfs without diff IDs", rootfs={})
bad_config("diff_ids_number", "diff IDs that are a number",
           rootfs={"diff_ids": 7})
bad_config("diff_ids_numbers", "diff IDs that are numbers",
           rootfs={"diff_ids": [7, 7]})
bad_config("diff_ids_paths", "diff IDs that are paths",
           rootfs={"diff_ids": ["sha256:../../../etc", "../x"]})
bad_config("diff_ids_short", "diff IDs that are too short",
           rootfs={"diff_ids": ["sha256:00", "sha256:00"]})
bad_config("diff_ids_upper", "diff IDs in capitals", rootfs={
    "diff_ids": ["sha256:" + "A" * 64] * 2})
bad_config("diff_ids_md5", "diff IDs of another hash", rootfs={
    "diff_ids": ["md5:" + "0" * 32] * 2})
bad_config("history_too_long", "a history of more layers than there are",
           history=[{"created_by": "x"}] * 3)
bad_config("history_million", "a history of half a million lines",
           history=[{"empty_layer": True}] * 180000)


def raw_config(name, what, text, verdict="reject"):
    archive(verdict)(named(lambda: changed(image(GOOD), "c.json", text),
                           "config_" + name, what))


raw_config("empty", "an empty config", b"")
raw_config("list", "a config that is a list", b"[]")
raw_config("deep", "a config 10,000 levels deep",
           b'{"a":' * 10000 + b"1" + b"}" * 10000)
raw_config("of_5_mib", "a config of 5 MiB", b'{"a":"' + b"x" * (5 << 20) +
           b'"}')
raw_config("million_objects", "a config of a million objects",
           b'{"a":[' + b",".join([b"{}"] * 1300000) + b"]}")
raw_config("number_too_large", "a number that nobody can hold",
           b'{"a":1e999}')


# ---- OCI --------------------------------------------------------------------

@archive("load")
def oci_control():
    """the control: a good archive of OCI's form"""
    return oci()


@archive("load")
def oci_and_docker():
    """both lists: docker's counts"""
    return image(GOOD) + [("index.json", b"nonsense")]


def oci_case(verdict, name, what, **parts):
    archive(verdict)(named(lambda: oci(**parts), "oci_" + name, what))


oci_case("reject", "both", "a manifest that is an index too",
         manifest={"manifests": []})
oci_case("reject", "schema_1", "a manifest of another version",
         manifest={"schemaVersion": 1})
oci_case("reject", "manifest_type", "a manifest of an unknown type",
         manifest={"mediaType": "application/x-evil"})
oci_case("reject", "manifest_is_an_index", "a manifest that says it is an index",
         manifest={"mediaType": OCI_INDEX})
oci_case("reject", "layers_object", "layers that are no list",
         manifest={"layers": {}})
oci_case("reject", "layers_numbers", "layers that are numbers",
         manifest={"layers": [7]})
oci_case("reject", "no_layers", "no layers, where the config has one",
         manifest={"layers": []})
oci_case("reject", "config_number", "a config that is a number",
         manifest={"config": 7})
oci_case("reject", "config_type", "a config of an unknown type",
         config={"mediaType": "application/x-evil"})
oci_case("reject", "config_size", "a config of another size",
         config={"size": 7})
oci_case("reject", "config_digest", "a config that is the layer",
         config={"digest": "sha256:" + sha256(GOOD)})
oci_case("reject", "layer_type", "a layer of an unknown type",
         layers={"mediaType": "application/x-tar"})
oci_case("reject", "layer_foreign", "a layer that is elsewhere",
         layers={"mediaType": "application/vnd.docker.image.rootfs.foreign."
                 "diff.tar.gzip", "urls": ["file:///etc/passwd"]})
oci_case("reject", "layer_says_gzip", "a plain layer that is said to be gzip",
         layers={"mediaType": OCI_LAYER + "+gzip"})
oci_case("reject", "layer_size", "a layer of another size", layers={"size": 7})
oci_case("reject", "layer_size_negative", "a layer of less than nothing",
         layers={"size": -1})
oci_case("reject", "layer_size_huge", "a layer of 2^63-1 bytes",
         layers={"size": 2 ** 63 - 1})
oci_case("reject", "layer_size_text", "a size that is a text",
         layers={"size": "10240"})
oci_case("reject", "layer_digest_up", "a digest that is a path",
         layers={"digest": "sha256:../../../../../../etc/passwd"})
oci_case("reject", "layer_digest_number", "a digest that is a number",
         layers={"digest": 7})
oci_case("reject", "layer_digest_sha512", "a digest of another hash",
         layers={"digest": "sha512:" + "0" * 128})
oci_case("reject", "layer_missing", "a layer that is not there",
         layers={"digest": "sha256:" + "0" * 64})
oci_case("reject", "row_size", "a manifest of another size", row={"size": 7})
oci_case("reject", "row_digest_up", "a manifest's digest that is a path",
         row={"digest": "sha256:../../../../etc/passwd"})
oci_case("reject", "row_name", "a name that is a path", row={
    "annotations": {"io.containerd.image.name": "../../x:y"}})
oci_case("either", "row_name_number", "a name that is a number", row={
    "annotations": {"io.containerd.image.name": 7}})
oci_case("either", "row_annotations", "annotations that are a text",
         row={"annotations": "x"})


@archive("load")
def oci_known_layer():
    """a layer that the store has already"""
    return oci(tars.base())


@archive("reject")
def oci_known_layer_size():
    """a layer that the store has already, of another size"""
    return oci(tars.base(), layers={"size": 7})


@archive("reject")
def oci_wrong_manifest():
    """a manifest that is not what its name says"""
    return [(n, d + b" " if b'"layers": [' in d else d) for n, d in oci()]


@archive("reject")
def oci_wrong_layer():
    """a layer that is not what its name says"""
    return [(n, d[:-1] + b"x" if d == GOOD else d) for n, d in oci()]


@archive("reject")
def oci_blob_symlink():
    """a blob that is a link to a file of the host"""
    name = blob(GOOD)[0]
    return changed(oci(), name, symlink(name, "/etc/passwd"))


@archive("reject")
def oci_blob_fifo():
    """a blob that is a fifo"""
    name = blob(GOOD)[0]
    return changed(oci(), name, fifo(name))


def index_of(depth):
    """A manifest, so many indexes deep."""
    config = to_bytes(document([GOOD]))
    text = to_bytes({"schemaVersion": 2, "mediaType": OCI_MANIFEST,
                     "config": described(config, OCI_CONFIG),
                     "layers": [described(GOOD, OCI_LAYER)]})
    top, blobs = described(text, OCI_MANIFEST), [text, config, GOOD]
    for _ in range(depth):
        text = to_bytes({"schemaVersion": 2, "manifests": [top]})
        blobs.append(text)
        top = described(text, OCI_INDEX)
    return layout(top, *blobs)


@archive("load")
def oci_index_in_index():
    """an index in an index"""
    return index_of(2)


@archive("reject")
def oci_index_too_deep():
    """an index in an index, nine times over"""
    return index_of(9)


@archive("reject")
def oci_other_machine():
    """an index for other machines only"""
    members = index_of(0)
    top = json.loads(members[1][1])["manifests"][0]
    inner = to_bytes({"schemaVersion": 2, "manifests": [
        dict(top, platform={"os": "linux", "architecture": "s390x"})]})
    return layout(described(inner, OCI_INDEX), inner, *members[2:])


def bad_index(name, what, text):
    archive("reject")(named(lambda: changed(oci(), "index.json", text),
                            "oci_index_" + name, what))


bad_index("empty", "an index without images", {"manifests": []})
bad_index("object", "an index whose manifests are no list", {"manifests": {}})
bad_index("numbers", "an index of numbers", {"manifests": [7, 8]})
bad_index("list", "an index that is a list", [])
bad_index("million", "an index of a million objects",
          b'{"manifests":[' + b",".join([b"{}"] * 1300000) + b"]}")
