# SPDX-License-Identifier: MIT
"""archive - what an image is, read without minibox

From an archive of either form (docker's, OCI's) or from minibox's store: the
config, and the files.
"""
import gzip
import io
import json
import os
import subprocess
import sys
import tarfile

import tree

# What docker and OCI know.  All of it must arrive.
FIELDS = ("User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes",
          "WorkingDir", "Labels", "StopSignal")


def simple(config):
    """A config without what every program words differently: fields that are
    empty or missing, and those that name a host or a program's version."""
    inner = config.get("config") or {}
    found = {field: inner[field] for field in FIELDS if inner.get(field)}
    for field in ("architecture", "os", "created"):
        found[field] = config.get(field)
    found["diff_ids"] = config["rootfs"]["diff_ids"]
    found["history"] = [
        {k: v for k, v in line.items() if k != "author" and v not in ("", False)}
        for line in config.get("history", [])]
    return found


def plain(data):
    """A layer as a tar."""
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


class Archive:
    """The first image of an archive."""

    def __init__(self, path):
        with tarfile.open(path) as self.tar:
            names = {tree.clean(n): n for n in self.tar.getnames()}
            self.names = names
            if "manifest.json" in names:
                row = json.loads(self.read("manifest.json"))[0]
                config, layers = row["Config"], row["Layers"]
            else:
                config, layers = self.oci()
            self.config = json.loads(self.read(config))
            self.layers = [plain(self.read(name)) for name in layers]

    def read(self, name):
        return self.tar.extractfile(self.names[tree.clean(name)]).read()

    def oci(self):
        def blob(row):
            return "blobs/" + row["digest"].replace(":", "/")
        top = json.loads(self.read("index.json"))["manifests"][0]
        manifest = json.loads(self.read(blob(top)))
        return blob(manifest["config"]), [blob(r) for r in manifest["layers"]]

    def records(self):
        return tree.of_tars([io.BytesIO(x) for x in self.layers]).records()


class Stored:
    """An image of a store, by its ID."""

    def __init__(self, store, image_id):
        self.store = store
        self.config = json.loads(store.blob(image_id).read_bytes())

    def dirs(self):
        """The unpacked layers, lowest first."""
        return [str(self.store.root / "layers" / i.split(":")[1])
                for i in self.config["rootfs"]["diff_ids"]]


def look(dirs, enter=()):
    """The records of unpacked layers.  ENTER is a command that leads to where
    their owners can be seen: an ordinary user must enter a user namespace."""
    if os.geteuid() != 0 and not enter:
        enter = ("unshare", "--user", "--map-root-user", "--map-auto")
    out = subprocess.run([*enter, sys.executable, tree.__file__, *dirs],
                         check=True, stdout=subprocess.PIPE).stdout
    return json.loads(out)
