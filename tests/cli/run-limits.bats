#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# run-limits.bats - memory, processor time, processes
load helper

# A command that wants four times the memory it may have.
HUNGRY='x=$(head -c 256m /dev/zero | tr "\0" x); echo got it all'

# cgroup_file NAME FILE...: the first of these files in the container's cgroup.
cgroup_file() {
    local id file dir
    id=$(minibox inspect "$1" | sed -n 's/^ *"Id": "\(.\{20\}\).*/\1/p')
    shift
    for dir in $(all_cgroups | grep "minibox-$id"); do
        for file; do
            [ -e "$dir/$file" ] && cat "$dir/$file" && return
        done
    done
}

@test "limits: too much memory kills: 137, a warning, OOMKilled" {
    need_cgroups
    check minibox run --name l-oom -m 64m busybox sh -c "$HUNGRY"
    status_is 137
    output_is ""
    error_has 'killed' 'memory limit'
    one_error_line
    same true "$(state_of l-oom OOMKilled)"
    minibox rm l-oom
}

@test "limits: within its memory a command is left alone" {
    need_cgroups
    check minibox run --rm -m 2g busybox sh -c "$HUNGRY"
    status_is 0
    output_is 'got it all'
    error_is ""
}

@test "limits: the memory limit counts swap as Docker does" {
    need_cgroups
    start_container l-mem -m 64m
    same 67108864 "$(cgroup_file l-mem memory.max memory.limit_in_bytes)"
    if [ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ]; then
        same 134217728 "$(cgroup_file l-mem memory.memsw.limit_in_bytes)"
    fi
    stop_container l-mem
}

@test "limits: --pids-limit stops forks" {
    need_cgroups
    check in_busybox --pids-limit 8 \
        'i=0; while [ $i -lt 20 ]; do sleep 5 & i=$((i+1)); done'
    [ "$status" -ne 0 ]
    error_has "can't fork"
    # ... and does not hinder who stays below
    check in_busybox --pids-limit 8 'true | true | true && echo fine'
    output_is fine
}

@test "limits: --cpus sets a quota, and it throttles" {
    need_cgroups
    start_container l-cpu --cpus 0.5
    case $(cgroup_file l-cpu cpu.cfs_quota_us cpu.max) in
    50000 | '50000 100000') ;;
    *) false ;;
    esac
    stop_container l-cpu
    check in_busybox --cpus 0.2 'timeout -s KILL 1 sh -c "while :; do :; done"
        times | tail -1'
    # children's user time: about 0.2 s of the second
    [[ $output =~ ^0m0\.[0-5] ]] || same 'about 0.2 s' "$output"
}

@test "limits: every container has a cgroup of its own, and it goes" {
    need_cgroups
    start_container l-own
    grep -q "minibox-" "/proc/$container_pid/cgroup"
    stop_container l-own
    assert_no_cgroups
}

@test "limits: values that make no sense are refused before anything starts" {
    fails 125 'Minimum memory limit allowed is 6MB' \
        minibox run --rm -m 1m busybox true
    fails 125 'invalid argument "abc" for "-m, --memory" flag' \
        minibox run --rm -m abc busybox true
    fails 125 'invalid argument' minibox run --rm -m 5x busybox true
    fails 125 'range of CPUs is from 0.01 to' \
        minibox run --rm --cpus 9999 busybox true
    fails 125 'range of CPUs' minibox run --rm --cpus 0.001 busybox true
    fails 125 'range of CPUs' minibox run --rm --cpus nan busybox true
    fails 125 'invalid argument "x" for "--pids-limit" flag' \
        minibox run --rm --pids-limit x busybox true
}

@test "limits: who may not set them is told so, and nothing runs" {
    only_user "root may set them"
    local limit before after
    if mkdir "/sys/fs/cgroup/minibox-may-i" 2>/dev/null; then
        rmdir /sys/fs/cgroup/minibox-may-i
        skip "this user may make cgroups"
    fi
    before=$(store_names)
    for limit in '-m 64m' '--cpus 0.5' '--pids-limit 9'; do
        # shellcheck disable=SC2086 # two words
        fails 125 "limits can't be set here" \
            minibox run --rm $limit busybox echo ran
        error_has doctor
    done
    after=$(store_names)
    same "$before" "$after"
}

@test "limits: without limits nobody needs cgroups" {
    check in_busybox 'echo fine'
    status_is 0
    output_is fine
    error_is ""
}
