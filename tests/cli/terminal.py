#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""terminal.py - run a command in a terminal, and play the user of it.

    terminal.py COMMAND...  <<steps

The steps come on stdin, one a line:
    expect TEXT     wait until the command has written TEXT (20 s at most)
    send TEXT       type TEXT and Enter
    key C           type Ctrl-C, Ctrl-D, ...
    size ROWS COLS  change the size of the window
    killall         kill -9 the command, and wait for that
    end             wait until the command has ended
    restored        the terminal's mode is what it was at the start (20 s)
    raw             ... and here it is raw
Everything that the command writes goes to stdout.  The exit status is the
command's, or 99 when a step fails.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

LIMIT = 20


class Terminal:
    def __init__(self, command):
        self.seen, self.status = "", None
        # The slave stays open here, so that the mode can be read at the end.
        self.master, self.slave = pty.openpty()
        self.resize(24, 80)
        self.before = self.mode()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for fd in 0, 1, 2:
                os.dup2(self.slave, fd)
            os.closerange(3, 256)
            os.execvp(command[0], command)

    def mode(self):
        return termios.tcgetattr(self.slave)[:6]

    def is_raw(self):
        return not self.mode()[3] & (termios.ICANON | termios.ISIG)

    def resize(self, rows, cols):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, cols, 0, 0))

    def pump(self, seconds):
        """Read what there is; wait for something at most that long."""
        if select.select([self.master], [], [], seconds)[0]:
            text = os.read(self.master, 65536).decode(errors="replace")
            self.seen += text
            sys.stdout.write(text)
            sys.stdout.flush()

    def ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def until(self, condition, what):
        deadline = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > deadline:
                sys.exit(f"terminal.py: waited in vain for {what}")
            self.pump(0.05)

    def expect(self, text):
        self.until(lambda: text in self.seen, text)
        self.seen = self.seen[self.seen.index(text) + len(text):]

    def step(self, word, rest):
        if word == "expect":
            self.expect(rest)
        elif word == "send":
            os.write(self.master, rest.encode() + b"\r")
        elif word == "key":
            os.write(self.master, bytes([ord(rest) & 31]))
        elif word == "size":
            self.resize(*map(int, rest.split()))
        elif word == "killall":
            os.kill(self.pid, signal.SIGKILL)
            self.until(self.ended, "its end")
        elif word == "end":
            self.until(self.ended, "its end")
        elif word == "restored":
            self.until(lambda: self.mode() == self.before, "the old mode")
        elif word == "raw":
            self.until(self.is_raw, "raw mode")
        else:
            sys.exit(f"terminal.py: no such step: {word}")


def main():
    steps = [] if sys.stdin.isatty() else sys.stdin.read().splitlines()
    terminal = Terminal(sys.argv[1:])
    try:
        for line in steps:
            word, _, rest = line.strip().partition(" ")
            terminal.step(word, rest)
        terminal.until(terminal.ended, "its end")
        terminal.pump(0)
    except SystemExit as error:
        print(error.code, file=sys.stderr)
        os.kill(terminal.pid, signal.SIGHUP)
        return 99
    return terminal.status if terminal.status >= 0 else 128 - terminal.status


sys.exit(main())
