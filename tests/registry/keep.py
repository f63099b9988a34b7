#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""keep.py - start a server for a test, and end it with the test.

    keep.py PID LOG COMMAND...

The server takes any free port (port 0) and says "listening on HOST:PORT".  We
wait for that, print HOST:PORT and return; the server stays:

    keep.py ---> keeper ---> server
      |            |           `- its output goes through the keeper to LOG
      |            `- the pid that LOG.pid has; a SIGTERM ends both
      `- ends as soon as there is an address

Whatever happens, nothing stays behind.  When process PID has ended, the keeper
learns it from a pidfd, and ends the server.  When the keeper itself is killed,
the kernel does (PR_SET_PDEATHSIG).
"""
import ctypes
import os
import re
import select
import signal
import subprocess
import sys

PATIENCE = 20  # seconds until there is an address
PR_SET_PDEATHSIG = 1
ADDRESS = re.compile(rb"listening on (\[?[0-9a-f.:]+\]?:[0-9]+)")


def die_with_parent():
    """In the server, before its exec."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def pump(server, log, seen):
    """Copy to LOG what the server says; None when it says no more."""
    text = os.read(server.stdout.fileno(), 65536)
    log.write(text)
    log.flush()
    return seen + text if text else None


def announce(server, log, tell):
    """Wait for the address, and hand it on.  False: there is none."""
    seen = b""
    while seen is not None and not ADDRESS.search(seen):
        ready, _, _ = select.select([server.stdout], [], [], PATIENCE)
        seen = pump(server, log, seen) if ready else None
    if seen is not None:
        os.write(tell, ADDRESS.search(seen).group(1))
    os.close(tell)
    return seen is not None


def keep(pid, log_name, command, tell):
    """The keeper's life."""
    watched = os.pidfd_open(pid)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(log_name + ".pid", "w", encoding="ascii") as file:
        print(os.getpid(), file=file)
    with open(log_name, "ab") as log, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, preexec_fn=die_with_parent) as server:
        try:
            alive = announce(server, log, tell)
            while alive:
                ready, _, _ = select.select([server.stdout, watched], [], [])
                alive = watched not in ready
                alive = alive and pump(server, log, b"") is not None
        finally:
            server.kill()


def detach(but):
    """A session of its own, and none of the test's descriptors: bats waits
    until nobody holds them any more."""
    os.setsid()
    os.closerange(3, but)
    os.closerange(but + 1, 1024)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in 0, 1, 2:
        os.dup2(null, fd)


def main():
    pid, log_name, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    hear, tell = os.pipe()
    os.set_inheritable(tell, False)
    if os.fork() == 0:
        detach(tell)
        keep(pid, log_name, command, tell)
        os._exit(0)
    os.close(tell)
    address = os.read(hear, 256).decode()
    if not address:
        sys.exit(f"keep.py: {command[0]} did not start; see {log_name}")
    print(address)


main()
