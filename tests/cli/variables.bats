#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# variables.bats - ARG and ENV: who sees which value, and where
load helper

# ---- ENV and ARG ------------------------------------------------------------

@test "ENV stays in the image, ARG is for the build alone" {
    dockerfile <<'END'
FROM busybox
ARG A=arg
ENV E=env
RUN echo $A $E >/f
END
    built
    check in_image 'cat /f; echo "${A-unset} ${E-unset}"'
    output_is $'arg env\nunset env'
}

@test "--build-arg beats the default, and takes ours without a value" {
    dockerfile <<<$'FROM busybox\nARG A=1\nARG B\nRUN echo "$A $B" >/f'
    B=ours built --build-arg A=2 --build-arg B
    check in_image 'cat /f'
    output_is '2 ours'
}

@test "an ARG that nobody declared is warned about, and not set" {
    dockerfile <<<$'FROM busybox\nRUN echo "${U-unset}" >/f'
    built --build-arg U=1
    output_has '[Warning] One or more build-args [U] were not consumed'
    check in_image 'cat /f'
    output_is unset
}

@test "ARG before FROM is for FROM, and comes back when named again" {
    dockerfile <<'END'
ARG BASE=busybox
ARG G=global
FROM $BASE
RUN echo "${G-unset}" >/f
ARG G
RUN echo "${G-unset}" >>/f
FROM ${BASE}
COPY --from=0 /f /f
RUN echo "${G-unset}" >>/f
END
    built
    check in_image 'cat /f'
    output_is $'unset\nglobal\nunset'
}

@test "ENV after ARG wins over --build-arg, ARG after ENV in RUN only" {
    dockerfile <<'END'
FROM busybox
ARG X=arg
ENV X=env
ENV Y=env
ARG Y=arg
RUN echo "$X $Y" >/f
END
    built --build-arg X=given
    check in_image 'cat /f; echo "$X $Y"'
    output_is $'env arg\nenv env'
}

@test "one ENV line sees the values from before it" {
    dockerfile <<'END'
FROM busybox
ENV A=old
ENV A=new B=$A C="a b" D=a\ b
ENV OLD form of ENV
END
    built
    check in_image 'echo "$A|$B|$C|$D|$OLD"'
    output_is 'new|old|a b|a b|form of ENV'
}

@test "quoting and the forms of \${}" {
    dockerfile <<'END'
FROM busybox
ENV A=val EMPTY= P=/x/y.tar.gz
ENV R1='$A' R2="$A" R3=\$A R4=${A:-d} R5=${NO:-d} R6=${A:+p} R7=${EMPTY-e} R8=${EMPTY:-e}
ENV S1=${P#*/} S2=${P##*/} S3=${P%.*} S4=${P%%.*} S5=${P/x/z} S6=$NO.
END
    built
    check in_image 'echo $R1 $R2 $R3 $R4 $R5 $R6 "[$R7]" $R8; echo $S1 $S2 $S3 $S4 $S5 $S6'
    output_is $'$A val $A val d p [] e\nx/y.tar.gz y.tar.gz /x/y.tar /x/y /z/y.tar.gz .'
}

@test "variables are expanded in the words of these instructions" {
    dockerfile <<'END'
FROM busybox
ENV N=name D=/dir U=1234 S=INT
LABEL l=$N
EXPOSE $U
VOLUME $D/vol
USER $U
WORKDIR $D
STOPSIGNAL SIG$S
COPY $N $D/$N
CMD ["echo", "$N"]
END
    echo text >"$context/name"
    built
    check minibox run --rm t
    output_is '$N'
    check minibox inspect t
    output_has '"l": "name"' '"1234/tcp"' '"/dir/vol"' '"User": "1234"' \
        '"WorkingDir": "/dir"' '"StopSignal": "SIGINT"'
    check in_image 'cat /dir/name'
    output_is text
}

@test "a line of several ARGs: each can use those before it" {
    dockerfile <<<$'FROM busybox\nARG A=1 B=${A}2 C\nRUN echo "$A $B ${C-unset}" >/f'
    built --build-arg A=x
    check in_image 'cat /f'
    output_is 'x x2 unset'
    check minibox history --no-trunc t
    output_has 'ARG A=x B=x2 C' 'RUN |3 A=x B=x2 C= /bin/sh -c echo'
}

@test "a default that is not needed may be wrong, one that is may not" {
    dockerfile <<<$'FROM busybox\nARG A=${U:?none}\nRUN echo "$A" >/f'
    built --build-arg A=1
    fails 1 'U: none' minibox build -q "$context"
}

# ---- stages -----------------------------------------------------------------

@test "a stage on a stage inherits its ARGs, another stage does not" {
    dockerfile <<'END'
FROM busybox AS one
ARG A=arg B=arg
ENV B=env
FROM one AS two
RUN echo "$A $B" >/f
ENV C=$A
FROM busybox
COPY --from=two /f /f
RUN echo "[$A$B$C]" >>/f
END
    built --target two
    check minibox history --no-trunc t
    output_has 'RUN |2 A=arg B=env /bin/sh -c echo' 'ENV C=arg'
    built
    check in_image 'cat /f'
    output_is $'arg env\n[]'
}

@test "an ARG of the stage below does not hide the ENV of its image" {
    dockerfile <<<$'FROM busybox AS one\nENV Y=env\nARG Y=arg\nFROM one\nRUN echo $Y >/f'
    built
    check in_image 'cat /f'
    output_is env
}

# ---- variables that nobody declares -----------------------------------------

@test "the platform is known to FROM, and to a stage that asks" {
    dockerfile <<'END'
FROM --platform=$BUILDPLATFORM busybox AS base-amd64
FROM base-amd64 AS base-arm64
FROM base-$TARGETARCH AS Last
RUN echo "[$TARGETARCH]" >/f
ARG TARGETARCH
ARG TARGETPLATFORM BUILDOS TARGETVARIANT TARGETSTAGE
RUN echo "$TARGETPLATFORM $TARGETARCH $BUILDOS [$TARGETVARIANT] $TARGETSTAGE" >>/f
END
    local arch
    arch=$(minibox inspect -f '{{.Architecture}}' busybox)
    case $arch in amd64 | arm64) ;; *) skip "no stage for $arch" ;; esac
    built
    check in_image 'cat /f'
    output_is $'[]\n'"linux/$arch $arch linux [] last"
}

@test "--build-arg beats what is predefined" {
    dockerfile <<<$'FROM busybox\nARG TARGETOS\nRUN echo $TARGETOS >/f'
    built --build-arg TARGETOS=plan9
    output_lacks Warning
    check in_image 'cat /f'
    output_is plan9
}

@test "PATH is there, also FROM scratch, and in the image" {
    dockerfile <<<$'FROM scratch\nENV PATH=$PATH:/opt/bin'
    built
    check minibox inspect -f '{{.Config.Env}}' t
    output_is '[PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin]'
}

@test "a proxy reaches RUN in both ways of writing it, over ENV, but no word" {
    dockerfile <<'END'
FROM busybox
ENV http_proxy=env X=$no_proxy
RUN echo "$http_proxy $HTTP_PROXY $no_proxy" >/f
END
    built --build-arg HTTP_PROXY=p:1 --build-arg no_proxy=h
    output_lacks Warning
    check in_image 'cat /f; echo "$http_proxy [$X]"'
    output_is $'p:1 p:1 h\nenv []'
    check minibox history --no-trunc t
    output_lacks p:1
}

@test "a proxy that is declared is an ARG like any other" {
    dockerfile <<<$'FROM busybox\nARG https_proxy\nRUN true'
    built --build-arg https_proxy=p:2
    check minibox history --no-trunc t
    output_has 'RUN |1 https_proxy=p:2 /bin/sh -c true'
}

@test "SOURCE_DATE_EPOCH may be an ARG, and come from the environment" {
    dockerfile <<<$'FROM busybox\nARG SOURCE_DATE_EPOCH\nRUN echo $SOURCE_DATE_EPOCH >/f'
    SOURCE_DATE_EPOCH=1000000000 built
    check in_image 'cat /f; date -u -r /f +%Y'
    output_is $'1000000000\n2001'
    built --build-arg SOURCE_DATE_EPOCH=1100000000
    output_lacks Warning
    check in_image 'cat /f; date -u -r /f +%Y'
    output_is $'1100000000\n2004'
}

# ---- where nothing is expanded, or nothing comes of it ----------------------

@test "no word of RUN, CMD, ENTRYPOINT, SHELL, ONBUILD or HEALTHCHECK" {
    dockerfile <<'END'
FROM busybox
ENV V=1
SHELL ["/bin/sh", "-c", "--", "$V"]
SHELL ["/bin/sh", "-c"]
CMD ["$V", "${V"]
ENTRYPOINT ["$V"]
ONBUILD RUN echo $V
HEALTHCHECK CMD echo ${V
RUN ["/bin/echo", "in-run: $V"]
END
    built
    output_has 'in-run: $V'
    check minibox history --no-trunc t
    output_has 'SHELL [/bin/sh -c -- $V]' 'CMD ["$V" "${V"]' 'ENTRYPOINT ["$V"]'
    check minibox inspect t
    output_has '"RUN echo $V"' '"echo ${V"'
}

@test "--chown and --chmod are expanded, --from is not" {
    dockerfile <<'END'
FROM busybox
ENV U=12 M=600
COPY --chown=$U:${G:-34} --chmod=$M f /f
END
    echo >"$context/f"
    built
    check in_image 'stat -c "%u:%g %a" /f'
    output_is '12:34 600'
    dockerfile <<<$'FROM busybox AS a\nFROM busybox\nARG S=a\nCOPY --from=$S /bin/ls /ls'
    fails 1 'variable expansion is not supported for --from' \
        minibox build -q "$context"
}

@test "heredocs of COPY: variables, and a backslash goes; quoted: as they are" {
    dockerfile <<'END'
# escape=`
FROM busybox
ENV V=val
COPY <<one <<"two" /d/
"$V" '${V:-x}' \$V a\nb `
one
"$V" '${V:-x}' \$V a\nb `
two
END
    built
    check in_image 'cat /d/one /d/two'
    output_is $'"val" \'val\' $V anb `\n"$V" \'${V:-x}\' \\$V a\\nb `'
}

@test "FROM an argument that is empty or not set" {
    dockerfile <<<$'ARG BASE\nFROM $BASE AS unused\nFROM busybox\nENV A=1'
    fails 1 'base name ($BASE) should not be blank' minibox build -q "$context"
    dockerfile <<<$'FROM --platform=$NOSUCH busybox\nENV A=1'
    fails 1 'empty platform value from expression $NOSUCH' \
        minibox build -q "$context"
    dockerfile <<<$'FROM ${BASE:?none}\nENV A=1'
    fails 1 'BASE: none' minibox build -q "$context"
}

@test "words that are wrong, or grow without end, point at the line" {
    dockerfile <<<$'FROM busybox\nENV A=${B'
    fails 1 'Dockerfile:2: failed to process "${B": syntax error: missing '"'}'" \
        minibox build -q "$context"
    {
        echo $'FROM busybox\nENV A=aaaaaaaaaaaaaaaa'
        for _ in 1 2 3 4 5; do echo 'ENV A=$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A$A'; done
    } | dockerfile
    fails 1 'expands to more than 1048576 bytes' minibox build -q "$context"
    {
        printf 'FROM busybox\nENV A='
        printf '${B:-%.0s' $(seq 10000)
        printf '}%.0s' $(seq 10000)
    } | dockerfile
    fails 1 'nested more than 100 deep' minibox build -q "$context"
    dockerfile <<<$'FROM busybox\nVOLUME $NOSUCH'
    check minibox build -q "$context"
    status_is 1
    error_has 'Dockerfile:2: VOLUME specified can not be an empty string'
}
