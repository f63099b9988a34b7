# SPDX-License-Identifier: MIT
"""journey - the image that travels, and what must hold when it is back

A route is a function that lets the image go somewhere; its docstring is its
name.  route() says which programs it needs.
"""
import json
import os
import subprocess
import sys

import archive
import rich
import tree
from lib import Store

ROOT = os.geteuid() == 0
NAME = "localhost/rich:v1"
ROUTES = []
# What a container has beside its image, or in other places than it.
ADDED = (".dockerenv", "dev", "proc", "sys", "run", "etc", "data", "more data",
         "")
# Docker, podman and buildah make 1970 of all that is older.
OLDER = ("rich/before-1970",)


def settle(work):
    """Let the others keep their settings and what else they leave below WORK."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
                 "XDG_RUNTIME_DIR", "TMPDIR"):
        path = work / name.lower()
        path.mkdir(mode=0o700)
        os.environ[name] = str(path)


def sh(*words):
    """A command of somebody else's; its output."""
    p = subprocess.run([str(w) for w in words], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       timeout=300, check=False)
    text = p.stdout.decode(errors="replace")
    if p.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: {text[-2000:]}")
    return text


class Journey:
    """All that a route needs: the image, and how it was."""

    def __init__(self, work, tap):
        self.work, self.tap, self.n = work, tap, 0
        self.store = Store(work / "store")
        rich.build(self.store, work, ROOT)
        self.store.must("tag", "rich:v1", NAME)
        self.saved = work / "saved.tar"
        self.store.must("save", "-o", str(self.saved), NAME)
        before = archive.Archive(self.saved)
        self.config, self.records = before.config, before.records()
        self.id = self.store.must("images", "-q", "--no-trunc", NAME).strip()
        self.layout = self.directory("layout")
        sh("tar", "-xf", self.saved, "-C", self.layout)
        self.output = self.store.must("run", "--rm", NAME)

    def directory(self, name):
        self.n += 1
        path = self.work / f"{self.n}-{name}"
        path.mkdir()
        return path

    def path(self, name):
        return self.directory(name) / "archive.tar"

    # ---- what must hold -----------------------------------------------------

    def same_files(self, what, got, **less):
        lines = tree.differences(self.records, got, **less)
        self.tap.ok(not lines, f"{what}: the same files", *lines[:20])

    def arrived(self, what, path, same_id=True, name=NAME):
        """The archive PATH, in a fresh store, is the image that left."""
        store = Store(self.directory("store"))
        out = store.must("load", "-i", str(path))
        loaded = out.strip().splitlines()[-1].split(": ", 1)[1]
        if name:
            self.tap.ok(loaded == name, f"{what}: the same name", out)
        self.is_in(what, store, loaded, same_id)

    def is_in(self, what, store, loaded, same_id=True):
        """What the store calls LOADED is the image that left."""
        image_id = json.loads(store.must("inspect", loaded))[0]["Id"]
        if same_id:
            self.tap.ok(image_id == self.id, f"{what}: the same ID", image_id)
        image = archive.Stored(store, image_id)
        want, got = archive.simple(self.config), archive.simple(image.config)
        self.tap.ok(want == got, f"{what}: the same config and history",
                    *[f"{k}: {want.get(k)!r} became {got.get(k)!r}"
                      for k in want if want.get(k) != got.get(k)])
        self.same_files(what, archive.look(image.dirs()), ignore=("",))
        self.tap.ok(store.must("run", "--rm", loaded) == self.output,
                    f"{what}: it runs as before")
        self.tap.ok(not store.faults(), f"{what}: all blobs are right",
                    *store.faults())


def route(*programs, root_only=False):
    """A way to go; its docstring is its name."""
    def add(function):
        ROUTES.append((function, programs, root_only))
        return function
    return add
