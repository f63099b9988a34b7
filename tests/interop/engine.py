# SPDX-License-Identifier: MIT
"""engine - a real dockerd, below a directory, for as long as it is needed"""
import contextlib
import subprocess
import time


@contextlib.contextmanager
def dockerd(directory):
    """A daemon of our own; how to talk to it."""
    socket = directory / "sock"
    with open(directory / "log", "wb") as log:
        p = subprocess.Popen(
            ["dockerd", "--data-root", directory / "data", "--exec-root",
             directory / "exec", "-p", directory / "pid", "-H",
             f"unix://{socket}", "--iptables=false", "--bridge=none"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    docker = ["docker", "-H", f"unix://{socket}"]
    try:
        end = time.monotonic() + 60
        while subprocess.run([*docker, "version"], check=False,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL).returncode:
            if p.poll() is not None or time.monotonic() > end:
                raise RuntimeError((directory / "log").read_text()[-2000:])
        yield docker
    finally:
        p.terminate()
        p.wait()
