# SPDX-License-Identifier: MIT
"""shell.py - a shell in a scratch directory, for the commands of a lesson."""
import ctypes
import fcntl
import os
import pwd
import re
import secrets
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
from pathlib import Path

from lesson import TREE

BUILD = Path(os.environ.get("BUILD", TREE / "build")).resolve()
LIMIT = 20
PATH = "/usr/local/bin:/usr/bin:/bin"


class Trouble(Exception):
    """A block can't be run, or did not do what it should."""


def adopt_orphans():
    """Whatever a lesson starts and forgets becomes our child (prctl(2),
    PR_SET_CHILD_SUBREAPER), so that we can find it and end it."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


# Commands come on descriptor 9, each with a path for its stdin, so that what a
# command reads is never the next command.  $? is handed from one to the next.
DRIVER = r"""
_status() { return "$1"; }
_last=0
while IFS= read -r -d '' -u 9 _stdin && IFS= read -r -d '' -u 9 _command; do
    _status "$_last"
    eval "$_command" 9<&- 0<"$_stdin"
    _last=$?
    printf '%s %d\n' "$_token" "$_last"
done
"""

# Any shell understands it; it leaves $? as it was, and needs no new process.
INNER_REPORT = "_s=$?; _r() {{ return $1; }}; echo {} $_s; _r $_s\n"


class Shell:
    """A bash in a scratch directory of its own, and all that it started."""

    def __init__(self):
        self.scratch = Path(tempfile.mkdtemp(prefix="minibox-lesson-"))
        self.scratch.chmod(0o755)
        for name in "home", "home/try", "tmp":
            (self.scratch / name).mkdir()
        (self.scratch / "home" / "minibox").symlink_to(TREE)
        self.fifo = self.scratch / "stdin"
        os.mkfifo(self.fifo)
        self.env = {
            "HOME": str(self.scratch / "home"), "PATH": f"{BUILD}:{PATH}",
            "TMPDIR": str(self.scratch / "tmp"), "LANG": "C.UTF-8",
            "MINIBOX_ROOT": str(self.scratch / "store"), "TERM": "dumb",
            "USER": pwd.getpwuid(os.getuid()).pw_name, "SHELL": "/bin/bash",
        }
        self.inner, self.lost, self.pending = None, False, b""
        self.token = "=" + secrets.token_hex(12)
        self.inner_token = "=" + secrets.token_hex(12)
        self.start()

    def start(self):
        commands, self.commands = os.pipe()
        # As descriptor 9 it is for the shell alone; commands get it closed.
        self.bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-c",
             f"exec 9<&{commands} {commands}<&-\n"
             f"_token={self.token}\n{DRIVER}"],
            cwd=self.scratch / "home" / "try", env=self.env,
            pass_fds=[commands],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        os.close(commands)
        self.output = self.bash.stdout.fileno()

    def make_store(self):
        _, status = self.outer("minibox base -q busybox", False,
                               time.monotonic() + LIMIT)
        if status:
            raise Trouble("minibox base busybox does not work here")

    def give_up(self, why):
        """The shell is in no state to go on."""
        self.lost = True
        raise Trouble(why)

    def pump(self, seconds):
        """Take in output; wait for some that long at most."""
        if select.select([self.output], [], [], max(seconds, 0))[0]:
            got = os.read(self.output, 65536)
            if not got:
                self.give_up("the shell has ended")
            self.pending += got

    def reported(self):
        return re.search(rb"(%b|%b) (\d+)\n" % (
            self.token.encode(), self.inner_token.encode()), self.pending)

    def result(self, deadline):
        """Output and exit status of the command that runs."""
        while not (found := self.reported()):
            if time.monotonic() > deadline:
                self.give_up(f"not finished after {LIMIT} seconds, so far:\n" +
                             self.pending.decode(errors="replace"))
            self.pump(deadline - time.monotonic())
        out = self.pending[:found.start()].decode(errors="replace")
        self.pending = self.pending[found.end():]
        if found[1].decode() == self.token:
            self.close_inner()
        return [line.rstrip() for line in out.splitlines()], int(found[2])

    def outer(self, text, opens_shell, deadline):
        if self.inner is not None:
            self.give_up("the shell above is still open: \"# exit\" is missing")
        stdin = self.fifo if opens_shell else "/dev/null"
        if opens_shell:
            # For reading too, so that the open does not wait for the shell.
            self.inner = os.open(self.fifo, os.O_RDWR | os.O_CLOEXEC)
        os.write(self.commands, f"{stdin}\0{text}\0".encode())
        if opens_shell:
            self.say(":", deadline)
        return self.result(deadline)

    def say(self, text, deadline):
        """A line for the inner shell, and then one that makes it report.  The
        report is asked for when the line has been taken, not before: an "exec
        sh" would lose what the old shell had read ahead."""
        os.write(self.inner, text.encode() + b"\n")
        while self.bytes_unread() and not self.reported():
            if time.monotonic() > deadline:
                self.give_up("the inner shell does not read its commands")
            self.pump(0.005)
        os.write(self.inner, INNER_REPORT.format(self.inner_token).encode())

    def bytes_unread(self):
        answer = fcntl.ioctl(self.inner, termios.FIONREAD, b"\0\0\0\0")
        return struct.unpack("i", answer)[0]

    def close_inner(self):
        if self.inner is not None:
            os.close(self.inner)
            self.inner = None

    def execute(self, command, deadline):
        if command.prompt == "$":
            return self.outer(command.text, command.opens_shell, deadline)
        if self.inner is None:
            raise Trouble("no shell is open for this \"# \" command")
        self.say(command.text, deadline)
        return self.result(deadline)

    # ---- the end -------------------------------------------------------------

    def finish(self):
        """End everything; returns what was left behind, as text."""
        os.close(self.commands)
        self.close_inner()
        if self.lost:
            os.killpg(self.bash.pid, signal.SIGTERM)
        deadline = time.monotonic() + 5
        while (alive := descendants()) and time.monotonic() < deadline:
            self.reap(0.02)
        left = [f"process {pid}: {text}" for pid, text in alive.items()]
        while alive := descendants():
            for pid in alive:
                os.kill(pid, signal.SIGKILL)
            self.reap(0.02)
        self.bash.stdout.close()
        for mount in self.mounts():
            left.append(f"mount: {mount}")
            subprocess.run(["umount", "-l", mount])
        self.remove_scratch()
        return left

    def mounts(self):
        """Where something is still mounted, as this process sees it."""
        return [line.split()[4] for line in Path("/proc/self/mountinfo").open()
                if str(self.scratch) in line]

    def reap(self, pause):
        """Collect the dead: orphans are our children (see main)."""
        self.bash.poll()
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        select.select([], [], [], pause)

    def remove_scratch(self):
        """An image has files of subordinate ids, for "root" to remove."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        if self.scratch.exists():
            subprocess.run(["unshare", "--user", "--map-root-user",
                            "--map-auto", "rm", "-rf", self.scratch])


def descendants():
    """PID and command of every living process below us."""
    parents, names = {}, {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text()
            name = (entry / "cmdline").read_text().replace("\0", " ").strip()
        except OSError:
            continue
        state, parent = stat.rpartition(")")[2].split()[:2]
        if state not in "ZX":
            parents[int(entry.name)] = int(parent)
            names[int(entry.name)] = name
    below = {os.getpid()}
    while more := {p for p, up in parents.items() if up in below} - below:
        below |= more
    return {pid: names[pid] for pid in below if pid != os.getpid()}


