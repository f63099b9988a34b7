#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# run-tty.bats - minibox run -it, played by terminal.py at a pty
load helper

setup_file_more() {
    command -v python3 >"$BATS_FILE_TMPDIR/python" || true
}

# in_terminal COMMAND... <<STEPS; what the command wrote is in $output,
# without carriage returns.
in_terminal() {
    [ -s "$BATS_FILE_TMPDIR/python" ] || need_or_skip "no python3"
    check python3 "$HERE/terminal.py" "$@"
    output=${output//$'\r'/}
}

@test "tty: a shell prompts, echoes, and its exit code comes out" {
    in_terminal minibox run -it --rm busybox sh <<'END'
expect / #
send echo "<$((6*7))>"
expect <42>
send exit 5
end
END
    status_is 5
}

@test "tty: Ctrl-D ends the shell" {
    in_terminal minibox run -it --rm busybox sh <<'END'
expect / #
key D
end
restored
END
    status_is 0
}

@test "tty: Ctrl-C reaches the command, not minibox" {
    in_terminal minibox run -it --rm busybox sh -c \
        'trap "echo caught; exit 9" INT; echo ready; while :; do sleep 9; done' <<'END'
expect ready
key C
expect caught
end
END
    status_is 9
}

@test "tty: Ctrl-C ends a foreground child, the shell goes on" {
    in_terminal minibox run -it --rm busybox sh <<'END'
expect / #
send sh -c 'echo st""art; sleep 100'
expect start
key C
expect / #
send echo st""ill here
expect still here
send exit
end
END
    status_is 0
}

@test "tty: Ctrl-Z stops a job in the container" {
    in_terminal minibox run -it --rm busybox sh <<'END'
expect / #
send sh -c 'echo st""art; exec cat'
expect start
key Z
expect Stopped
expect / #
send exec sh -c 'exit 3'
end
END
    status_is 3
}

@test "tty: the window's size comes along, and its changes" {
    in_terminal minibox run -it --rm busybox sh -c \
        'stty size; trap "stty size; exit" WINCH; echo ready
        while :; do sleep 0.1; done' <<'END'
expect 24 80
expect ready
size 33 101
expect 33 101
end
END
    status_is 0
}

@test "tty: it is raw while the container runs, and restored after it" {
    in_terminal minibox run -it --rm busybox sh -c 'echo ready; read x' <<'END'
expect ready
raw
send x
end
restored
END
    status_is 0
}

@test "tty: it is restored after kill -9 of minibox" {
    in_terminal minibox run -it --name t-kill busybox sh -c 'echo ready; sleep 99' <<'END'
expect ready
raw
killall
restored
END
    status_is 137
    assert_nothing_runs
    minibox rm t-kill
}

@test "tty: it is restored after a command that could not start" {
    in_terminal minibox run -it --rm busybox nosuchcmd <<'END'
expect not found
end
restored
END
    status_is 127
}

@test "tty: it is /dev/pts/0, with TERM, /dev/console and CRLF" {
    in_terminal minibox run -it --rm busybox sh -c \
        'tty; echo $TERM; ls /dev/console; stat -c %t /dev/console' <<<end
    output_is $'/dev/pts/0\nxterm\n/dev/console\n88'
    check minibox run -t --rm busybox echo hi
    output_is $'hi\r'
}

@test "tty: -t merges stderr into stdout" {
    check minibox run -t --rm busybox sh -c 'echo one; echo two >&2'
    output_is $'one\r\ntwo\r'
    error_is ""
}

@test "tty: -t has a terminal that belongs to the user of -u" {
    check minibox run -t --rm -u 1234 busybox sh -c \
        'stat -c %u /dev/pts/0; echo x >/dev/tty && echo y >/dev/console'
    status_is 0
    output_has 1234 x y
}

@test "tty: all output arrives before the end" {
    in_terminal sh -c 'stty -opost; minibox run -it --rm busybox seq 20000' <<<end
    status_is 0
    same 20000 "$(tail -1 <<<"$output")"
    same 20000 "$(wc -l <<<"$output")"
}

@test "tty: -it without a terminal is refused" {
    fails 1 'the input device is not a TTY' \
        minibox run -it --rm busybox true </dev/null
}

@test "tty: the terminal's window closes: the shell in it ends" {
    in_terminal sh -c 'minibox run -it --rm busybox sh; echo after' <<'END'
expect / #
killall
END
    # the pty is gone with terminal.py: nothing may be left of the container
    assert_nothing_runs
}
