#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# startup.bats - what finally runs: CMD, ENTRYPOINT, WORKDIR, USER, HOME
#
# What is expected here was seen with docker 20.10 and 28.5, image by image.
load helper

# One build, with a stage for each image: NAME from the last FROM line.
images() {
    local name
    dockerfile
    while read -r name; do
        check minibox build -q --target "$name" -t "$name" "$context"
        status_is 0
    done < <(sed -n 's/^FROM .* AS //p' "$context/Dockerfile")
}

# runs OUTPUT ARGUMENT...: what `minibox run --rm ARGUMENT...` prints, in
# words; "rc N" for a failure.
runs() {
    local expected=$1
    shift
    check minibox run --rm "$@"
    [ "$status" = 0 ] || output="rc $status"
    [ "$output" = "$expected" ] || echo "for: $*" >&2
    output_is "$expected"
}

# ---- CMD and ENTRYPOINT ----------------------------------------------------

@test "startup: the table of CMD and ENTRYPOINT, shell form and exec form" {
    images <<'END'
FROM busybox AS none
CMD []
FROM none AS cmd-exec
CMD ["echo", "$HOME", "cmd"]
FROM none AS cmd-shell
CMD echo $HOME cmd
FROM none AS exec-none
ENTRYPOINT ["echo", "ep"]
FROM exec-none AS exec-exec
CMD ["echo", "cmd"]
FROM exec-none AS exec-shell
CMD echo cmd
FROM none AS shell-none
ENTRYPOINT echo ep
FROM shell-none AS shell-exec
CMD ["echo", "cmd"]
FROM shell-none AS shell-shell
CMD echo cmd
FROM cmd-exec AS blank
ENTRYPOINT [""]
CMD ["echo", "cmd"]
FROM cmd-exec AS reset
ENTRYPOINT ["echo", "ep"]
FROM busybox AS other-shell
SHELL ["/bin/echo", "shell"]
FROM other-shell AS inherited
CMD a  b
END
    # as it is; with arguments; with another program; with that and arguments
    table() {
        runs "$2" "$1"
        runs "$3" "$1" echo arg
        runs "$4" --entrypoint echo "$1"
        runs "$5" --entrypoint echo "$1" arg
    }
    table none 'rc 125' arg '' arg
    table cmd-exec '$HOME cmd' arg '' arg
    table cmd-shell '/root cmd' arg '' arg
    table exec-none ep 'ep echo arg' '' arg
    table exec-exec 'ep echo cmd' 'ep echo arg' '' arg
    table exec-shell 'ep /bin/sh -c echo cmd' 'ep echo arg' '' arg
    table shell-none ep ep '' arg
    table shell-exec ep ep '' arg
    table shell-shell ep ep '' arg
    table blank cmd arg '' arg
    table reset ep 'ep echo arg' '' arg
    runs 'shell a  b' inherited
}

@test "startup: --entrypoint '' takes ENTRYPOINT and CMD away" {
    images <<'END'
FROM busybox AS both
ENTRYPOINT ["echo", "ep"]
CMD ["cmd"]
END
    fails 125 'no command specified' minibox run --rm --entrypoint '' both
    runs arg --entrypoint '' both echo arg
}

@test "startup: no shell reads what stands behind the image's name" {
    runs '$HOME *' busybox echo '$HOME' '*'
    runs 'rc 127' busybox 'echo a; echo b'
    runs 'rc 127' busybox ''
    runs 'rc 126' busybox /etc/passwd
}

# ---- the notes' example ----------------------------------------------------

@test "startup: WORKDIR is not in PATH, so CMD start.sh is not found there" {
    images <<'END'
FROM busybox AS project
WORKDIR /home/repl/project
COPY --chmod=755 <<'EOF' start.sh
#!/bin/sh
echo started in "$(pwd)"
EOF
FROM project AS bare-shell
CMD start.sh
FROM project AS bare-exec
CMD ["start.sh"]
FROM project AS dot-shell
CMD ./start.sh
FROM project AS dot-exec
CMD ["./start.sh"]
FROM project AS whole
CMD ["/home/repl/project/start.sh"]
FROM project AS sh
CMD sh start.sh
FROM project AS path
ENV PATH=$PATH:.
CMD start.sh
END
    check minibox run --rm bare-shell # the shell says so, not minibox
    status_is 127
    error_has '/bin/sh: start.sh: not found'
    fails 127 'exec: "start.sh": executable file not found in $PATH' \
        minibox run --rm bare-exec
    fails 127 'exec: "start.sh": executable file not found in $PATH' \
        minibox run --rm dot-exec start.sh
    local name
    for name in dot-shell dot-exec whole sh path; do
        runs 'started in /home/repl/project' "$name"
    done
    runs 'started in /home/repl/project' bare-shell ./start.sh
    runs /home/repl/project bare-shell pwd
    runs 'rc 127' -w / dot-exec
}

# ---- WORKDIR ---------------------------------------------------------------

@test "startup: WORKDIR adds up, and belongs to the USER that made it" {
    images <<'END'
FROM busybox AS where
WORKDIR a
WORKDIR b//c/.
USER nobody
WORKDIR ../d/e
USER 12:34
WORKDIR /n/m
WORKDIR /a
WORKDIR /n/$NONE
CMD pwd; stat -c "%n %u:%g %a" /a /a/b/c /a/b/d /a/b/d/e /n /n/m
END
    runs "/n
/a 0:0 755
/a/b/c 0:0 755
/a/b/d 65534:65534 755
/a/b/d/e 65534:65534 755
/n 12:34 755
/n/m 12:34 755" where
    runs $'/n\n0' -w '' -u 0 where sh -c 'pwd; id -u'
    runs $'/new/one 0 755\n12' -w /new/one where \
        sh -c 'stat -c "$(pwd) %u %a" .; id -u'
    fails 125 "the working directory 'b' is invalid" \
        minibox run --rm -w b where
}

# ---- USER ------------------------------------------------------------------

@test "startup: USER and -u in all forms: ids, groups, HOME" {
    images <<'END'
FROM busybox AS users
COPY <<'PASSWD' /etc/passwd
root:x:0:0::/root:/bin/sh
ann:x:10:11::/home/ann:/bin/sh
12:x:7:8::/twelve:/bin/sh
PASSWD
COPY <<'GROUP' /etc/group
root:x:0:
ann:x:11:
staff:x:9:bob,ann
video:x:14:ann
13:x:15:
GROUP
CMD set -- $(grep -E "^(Uid|Gid)" /proc/self/status | cut -f 2); \
    set -- $@ "groups" $(grep ^Groups /proc/self/status | cut -f 2); \
    echo $@ $HOME
FROM users AS ann
USER ann
END
    runs '10 11 groups 9 11 14 /home/ann' ann
    runs '10 11 groups 9 11 14 /home/ann' -u '' ann
    runs '10 11 groups 9 11 14 /home/ann' -u ann users
    runs '10 11 groups 9 11 14 /home/ann' -u 10 users
    runs '10 11 groups 9 11 14 /home/ann' -u ann: users
    runs '10 14 groups 14 /home/ann' -u ann:video users
    runs '10 13 groups 13 /home/ann' -u ann:13 users
    runs '10 3 groups 3 /home/ann' -u 10:3 users
    runs '0 0 groups 0 /root' users
    runs '0 0 groups 0 /root' -u : ann
    runs '0 14 groups 14 /root' -u :video ann
    runs '0 3 groups 3 /root' -u :3 ann
    runs '12 0 groups 0 /' -u 12 users
    runs '3 0 groups 0 /' -u 3 users
    runs '3 9 groups 9 /' -u 3:staff users
    runs '10 11 groups 9 11 14 /h' -e HOME=/h ann
    runs '10 11 groups 9 11 14 /home/ann' -e HOME= ann
    fails 125 'unable to find user nosuch: no matching entries in passwd' \
        minibox run --rm -u nosuch:0 users
    fails 125 'unable to find group nosuch: no matching entries in group' \
        minibox run --rm -u :nosuch users
    fails 125 'unable to find group nosuch' minibox run --rm -u ann:nosuch users
}

# ---- variables -------------------------------------------------------------

@test "startup: variables: defaults, -e, then the image's; HOME comes last" {
    images <<'END'
FROM busybox AS vars
ENV A=1 B=image C=x=y PATH=/bin:/usr/bin
END
    runs "PATH=/bin:/usr/bin
HOSTNAME=box
B=cli
Z=
A=1
C=x=y
HOME=/root" -h box -e B=cli -e Z= vars env
    runs /bin -e PATH=/bin vars sh -c 'echo $PATH'
}
