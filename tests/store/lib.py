# SPDX-License-Identifier: MIT
"""lib - what the tests of the store's robustness share

A store, the commands that change it, a registry to pull from, and the one
question: is all there that index.json names?
"""
import contextlib
import hashlib
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BIN = pathlib.Path(os.environ.get("MINIBOX_BIN", HERE.parents[1] / "build"))
MINIBOX = str(BIN / "minibox")


class Tap:
    """Counts, and prints lines that tests/check understands."""

    def __init__(self):
        self.n = 0
        self.failed = 0

    def ok(self, good, text, *details):
        self.n += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {text}", flush=True)
        if not good:
            for detail in details:
                for line in str(detail).splitlines()[:20]:
                    print(f"# {line}", flush=True)

    def skip(self, text, why, optional=False):
        """OPTIONAL: a tool that make deps does not install."""
        self.n += 1
        must = os.environ.get("MINIBOX_MUST_RUN") == "1" and not optional
        self.failed += must
        print(f"{'not ok' if must else 'ok'} {self.n} - {text} # SKIP {why}")

    def end(self):
        print(f"1..{self.n}")
        sys.exit(1 if self.failed else 0)


class Store:
    """A store of its own, and its commands."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.env = dict(os.environ, MINIBOX_ROOT=str(root),
                        DOCKER_CONFIG=str(self.root.parent / "docker"))

    def start(self, *words, **more):
        return subprocess.Popen([MINIBOX, *words], env=self.env,
                                stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, **more)

    def run(self, *words):
        """The exit status and all output."""
        p = self.start(*words)
        out = p.communicate(timeout=120)[0]
        return p.returncode, out

    def must(self, *words):
        status, out = self.run(*words)
        if status:
            raise RuntimeError(f"minibox {' '.join(words)}: {out}")
        return out

    def faults(self):
        """What index.json names and is not there, or not what it should be.

        An ordinary user's store has files of other users in it: only their
        names are looked at there.
        """
        found = []
        index = json.loads((self.root / "index.json").read_text())
        for row in index["manifests"]:
            manifest = self.document(row["digest"], found)
            if not manifest:
                continue
            config = self.document(manifest["config"]["digest"], found)
            for layer in manifest["layers"]:
                blob = self.blob(layer["digest"])
                if not blob.exists():
                    found.append(f"no blob {layer['digest']}")
                elif blob.stat().st_size != layer["size"]:
                    found.append(f"size of blob {layer['digest']}")
            for diff_id in config["rootfs"]["diff_ids"] if config else []:
                tree = self.root / "layers" / diff_id.split(":")[1]
                if not tree.is_dir():
                    found.append(f"no layer {diff_id}")
        return found

    def blob(self, digest):
        return self.root / "blobs" / digest.replace(":", "/")

    def document(self, digest, found):
        try:
            data = self.blob(digest).read_bytes()
        except OSError as error:
            found.append(str(error))
            return None
        if "sha256:" + hashlib.sha256(data).hexdigest() != digest:
            found.append(f"digest of {digest}")
            return None
        return json.loads(data)

    def leftovers(self):
        """What should not be in a store without images and containers."""
        names = []
        for part in ("blobs/sha256", "layers", "tmp", "cache"):
            names += [f"{part}/{n}" for n in os.listdir(self.root / part)
                      if n not in ("empty", "skeleton")]
        return names


@contextlib.contextmanager
def workplace(below=None):
    """A directory that goes at the end, whoever owns what is in it."""
    path = tempfile.mkdtemp(prefix="minibox-store-", dir=below)
    try:
        yield pathlib.Path(path)
    finally:
        if os.geteuid() == 0:
            shutil.rmtree(path, ignore_errors=True)
        else:
            subprocess.run(["unshare", "--user", "--map-root-user",
                            "--map-auto", "rm", "-rf", path], check=False)


@contextlib.contextmanager
def registry(directory):
    """Debian's docker-registry; its address, or None where it is not
    installed."""
    if not shutil.which("docker-registry"):
        yield None
        return
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    config = directory / "registry.yml"
    config.write_text("version: 0.1\nlog: {level: error}\n"
                      f"storage: {{filesystem: {{rootdirectory: {directory}/"
                      "registry}}\n"
                      f"http: {{addr: 127.0.0.1:{port}}}\n")
    p = subprocess.Popen(["docker-registry", "serve", str(config)],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, p)
        yield f"127.0.0.1:{port}"
    finally:
        p.kill()
        p.wait()


def wait_for_port(port, process):
    """Until somebody listens there.  A refused connection is the only thing
    that tells."""
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("docker-registry did not start")


def seed():
    """A number that repeats the run: SEED=N."""
    number = int(os.environ.get("SEED", random.randrange(1 << 30)))
    random.seed(number)
    print(f"# SEED={number}")
    return number
