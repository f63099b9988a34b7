#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# build-hostile.bats - RUNs that misbehave: a clear answer, and nothing is left
load helper

teardown() {
    assert_nothing_runs
    same "" "$(ls -A "$MINIBOX_ROOT/tmp")"
    assert_no_mounts
    wait_until no_new_empty_cgroups
}

@test "RUN that removes everything ends clearly, and harms nobody else" {
    dockerfile <<'END'
FROM busybox
RUN --mount=target=/ctx --mount=type=cache,target=/c touch /c/kept; \
    rm -rf / --no-preserve-root 2>/dev/null; rm -rf /* 2>/dev/null; true
RUN echo after
END
    build
    status_is 1
    output_has '/bin/sh' 'no such file'
    [ -e "$context/Dockerfile" ]
    check minibox run --rm busybox echo fine
    output_is fine
}

@test "RUN that fills the disk ends clearly, and leaves no rubbish" {
    local own_user=()
    [ "$(id -u)" = 0 ] || own_user=(--user --map-root-user --map-auto)
    dockerfile <<<$'FROM busybox\nRUN cat /dev/zero >/big\nRUN echo after'
    local small=$BATS_TEST_TMPDIR/small
    mkdir "$small"
    # shellcheck disable=SC2016 # the inner shell's
    check unshare "${own_user[@]}" --mount sh -c 'mount -t tmpfs -o size=20m none "$1" || exit 99
        MINIBOX_ROOT=$1; export MINIBOX_ROOT
        minibox base -q busybox >/dev/null
        minibox build -t x "$2"; echo "rc $?"; ls -A "$MINIBOX_ROOT/tmp"
        minibox run --rm busybox echo still fine' - "$small" "$context"
    output_is $'rc 1\nstill fine'
    error_has 'No space left on device' 'exit code: 1'
}

@test "RUN that kills its parent, or everybody: it hurts nobody else" {
    dockerfile <<'END'
FROM busybox
RUN sh -c 'kill -9 $PPID'; echo PID 1 lives
RUN (sh -c 'kill -9 $PPID; echo orphan >/orphan'); cat /orphan
RUN sleep 1000 & kill -9 -1; wait $!; echo "all of them: $?"
RUN kill -STOP $$; kill -9 $$; echo still PID 1
END
    built
    output_has $'\nPID 1 lives\n' $'\norphan\n' \
        $'\nall of them: 137\n' $'\nstill PID 1\n'
    dockerfile <<<$'FROM busybox\nRUN sh -c "kill -9 \\$\\$"; exit $?'
    build
    status_is 1
    output_has 'exit code: 137'
}

@test "RUN that closes its output goes on, and what fails is told" {
    dockerfile <<<$'FROM busybox\nRUN exec >&- 2>&- <&-; echo x >/f\nRUN cat /f'
    built
    output_has $'\nx\n'
    dockerfile <<<$'FROM busybox\nRUN exec >&- 2>&-; echo x || exit 5'
    build
    status_is 1
    output_has 'exit code: 5'
}

@test "RUN that writes without end, and nobody reads" {
    dockerfile <<<$'FROM busybox\nRUN yes | head -n 300000; echo done >/f\nRUN cat /f'
    # The reader leaves: it is told by SIGPIPE, or not at all.
    minibox build "$context" 2>&1 | head -n 5 >/dev/null
    check minibox build -q "$context"
    status_is 0
    lacks y "$stderr"
}

@test "RUN that forks without end: its limit ends it" {
    # One user's processes are counted, and this is nobody's number.
    dockerfile <<'END'
FROM busybox
USER 45454
RUN ulimit -u 30; while :; do sleep 1000 & done
END
    build
    status_is 1
    output_has "can't fork" 'exit code: 2'
}

@test "RUN that leaves processes behind: they are dead when it ends" {
    dockerfile <<'END'
FROM busybox
RUN (trap '' TERM HUP INT; echo $$ >/pid; sleep 1000) & \
    setsid sleep 1001 & nohup sleep 1002 >/dev/null & usleep 100000; echo started
RUN ps | grep -c '[s]leep'; true
END
    built
    output_has $'\nstarted\n' $'\n0\n'
    nothing_runs
}

# never_ending SIGNAL: send it to a build that never ends, wait for its end.
never_ending() {
    rm -f "$BATS_TEST_TMPDIR/log"
    # A shell without job control starts children that ignore SIGINT.
    env --default-signal=INT,TERM \
        minibox build --secret id=x,src=/etc/hostname "$context" \
        >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
    local pid=$!
    wait_until file_has "$BATS_TEST_TMPDIR/log" ready
    kill "-$1" "$pid"
    status=0
    wait "$pid" || status=$?
}

@test "RUN that never ends: Ctrl-C ends the build with 130" {
    dockerfile <<<$'FROM busybox\nRUN echo rea\'\'dy; sleep 1000\nRUN echo after'
    never_ending INT
    status_is 130
    lacks after "$(cat "$BATS_TEST_TMPDIR/log")"
}

@test "RUN that never ends, and ignores signals: 130 or 143, at once" {
    dockerfile <<'END'
FROM busybox
RUN --mount=type=secret,id=x --mount=type=cache,target=/c trap '' INT TERM; \
    echo rea''dy; while :; do sleep 1000; done
END
    never_ending INT
    status_is 130
    has 'build interrupted' "$(cat "$BATS_TEST_TMPDIR/log")"
    teardown
    never_ending TERM
    status_is 143
}
