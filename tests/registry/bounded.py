#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bounded.py - run a command that must be content with little

    bounded.py SECONDS MIB COMMAND...

Its exit status is the command's.  A command that takes longer is killed (124),
and one of which a process had more than MIB in memory is told on (99).
"""
import os
import resource
import signal
import subprocess
import sys


def main():
    seconds, mib, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        sys.exit(124)
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    if used > mib:
        print(f"bounded.py: {used} MiB, allowed are {mib}", file=sys.stderr)
        sys.exit(99)
    sys.exit(status if status >= 0 else 128 - status)


main()
