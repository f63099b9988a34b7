#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# layers.bats - the picture of an image
load helper

# Three images: "proj", the notes' example of a RUN rm that saves nothing, and
# "one", its remedy; "bad", whose next to last layer has hostile names.
setup_file_more() {
    local dir=$BATS_FILE_TMPDIR/c
    mkdir "$dir"
    cat >"$dir/proj" <<'END'
FROM busybox
ENV A=b
RUN head -c 3000000 /dev/zero >/proj.zip
RUN mkdir /app && head -c 3000000 /proj.zip >/app/proj && echo x >/app/x
RUN rm /proj.zip
CMD ["sh"]
END
    cat >"$dir/one" <<'END'
FROM busybox
RUN head -c 3000000 /dev/zero >/proj.zip && mkdir /app && \
    head -c 3000000 /proj.zip >/app/proj && rm /proj.zip
END
    cat >"$dir/bad" <<'END'
FROM busybox
RUN mkdir /opt && cd /opt && printf x >"$(printf 'bad\377name')" && mkdir 'x<' && \
    printf y >'x</script><img src=x onerror=document.title="owned">' && \
    printf z >'<img src=x onerror=document.title="owned">' && \
    printf p >__proto__ && printf c >constructor && printf '&' >'&lt;b&gt;' && \
    printf n >"$(printf 'new\nline')" && \
    printf r >"$(printf 'rtl\342\200\256txt.exe')" && \
    printf e >"$(printf 'esc\033[31m')" && head -c 5000 /dev/zero >hidden-later && \
    : '</script><img src=x onerror=document.title="owned"> <!-- <script>'
RUN rm /opt/hidden-later
CMD ["sh"]
END
    for image in proj one bad; do
        minibox build -q -t $image -f "$dir/$image" "$dir"
    done
}

# of EXPRESSION: of the JSON of image "$image" (proj), as d.
of() {
    minibox layers --json "${image:-proj}" |
        python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"
}

# ---- the terminal ----------------------------------------------------------

@test "layers: the notes' example shows its waste, and the remedy" {
    check minibox layers proj
    status_is 0
    error_is ""
    output_has "the lowest layer at the bottom" \
        "3MB brought by layer 2, deleted by layer 4, still in the image" \
        "3MB  /proj.zip" \
        "layer 2    RUN head -c 3000000 /dev/zero >/proj.zip" \
        "layer 4    RUN rm /proj.zip" \
        "Do it in one RUN: join layers 2 to 4 with &&" \
        "MB in 4 layers: " "MB visible, 3MB wasted ("
}

@test "layers: in one RUN nothing is wasted" {
    check minibox layers one
    status_is 0
    output_has "MB in 2 layers: nothing is wasted"
    output_lacks "still in the image:"
}

@test "layers: boxes, the newest first, and lines without a layer between" {
    check minibox layers proj
    same '4 3 2 1' "$(sed -nE 's/^ +([0-9]+) \| .*/\1/p' <<<"$output" | xargs)"
    same '      CMD ["sh"]' "$(sed -n 3p <<<"$output" | sed 's/ *0B$//')"
    has "  4 | RUN rm /proj.zip                                                      0B |" \
        "$output"
    grep -qE '^    \| x{20}  1 added +[0-9a-f]{12} \|$' <<<"$output"
    grep -qE '^    \| {23}1 deleted +[0-9a-f]{12} \|$' <<<"$output"
    grep -qE '^      ENV A=b +0B$' <<<"$output"
}

@test "layers: 80 columns; plain letters where there is no terminal" {
    local name
    for name in proj one bad busybox; do
        check env LC_ALL=C.UTF-8 minibox layers $name
        same "" "$(LC_ALL=C.UTF-8 awk 'length > 80' <<<"${output//…/.}")"
        lacks $'\033' "$output"
        lacks '─' "$output"
    done
}

@test "layers: a terminal gets lines and colours, with NO_COLOR only lines" {
    check "$HERE/terminal.py" minibox layers proj <<<end
    output_has '┌─' '░░░' $'\033[31m'
    check "$HERE/terminal.py" env NO_COLOR=1 minibox layers proj <<<end
    output_has '┌─' '░░░'
    output_lacks $'\033'
}

@test "layers: --no-trunc shows instructions and diff IDs in full" {
    check minibox layers --no-trunc bad
    output_has "sha256:$(image=bad of 'd["layers"][1]["diff_id"][7:]')"
    output_lacks "…"
    has "<script>'" "$(tr -d '|\n ' <<<"$output")"
}

@test "layers: names of a stranger do nothing to the terminal" {
    dockerfile <<<$'FROM busybox\nRUN head -c 9 /dev/zero >"$(printf \'a\\033[31m\')"\nRUN rm /a*'
    minibox build -q -t escape "$context"
    check minibox layers escape
    output_has '/a\x1b[31m'
    output_lacks $'\033'
}

# ---- what is shown of whom -------------------------------------------------

@test "layers: imported images, images without layers, images by ID" {
    tar -C "$BATS_TEST_DIRNAME" -cf - helper.bash | minibox import - imported
    check minibox layers imported
    status_is 0
    output_has "Imported from -" "1 added" "in 1 layer: nothing is wasted"

    dockerfile <<<$'FROM scratch\nCMD ["x"]'
    minibox build -q -t nothing "$context"
    check minibox layers nothing
    status_is 0
    output_is "nothing has no layers: there is no file in it"
    same "[] 0" "$(image=nothing of 'd["layers"], d["size"]' | tr -d '(),')"
    check minibox layers --html - nothing
    status_is 0

    check minibox image layers "$(minibox images -q proj)"
    status_is 0
    output_has "4 layers"
}

@test "layers: save and load bring the same layers" {
    local before
    before=$(minibox layers --json proj)
    minibox save -o "$BATS_TEST_TMPDIR/proj.tar" proj
    export MINIBOX_ROOT=$BATS_TEST_TMPDIR/other
    minibox load -i "$BATS_TEST_TMPDIR/proj.tar"
    same "$before" "$(minibox layers --json proj)"
}

@test "layers: what is visible is what a container sees" {
    local seen=$BATS_TEST_TMPDIR/seen
    dockerfile <<'END'
FROM busybox
RUN mkdir -p /d/e /d/f && echo 1 >/d/e/a && echo 2 >/d/f/b && ln /d/f/b /d/c
RUN rm -rf /d/e && mkdir /d/e && echo 3 >/d/e/new && rm /d/f/b
RUN rm -rf /d/f && echo 4 >/d/f && chmod 600 /d/e/new && ln -s /d/f /d/link
END
    minibox build -q -t seen "$context"
    minibox run --rm seen find / -xdev ! -type d |
        grep -vE '^/(proc|sys|dev|etc/(hosts|hostname|resolv.conf)|.dockerenv)' |
        sort >"$seen"
    image=seen of '"\n".join(f["path"] for l in d["layers"] for f in l["files"]
        if f["type"] != "directory" and f["change"] != "deleted"
        and "hidden_by" not in f)' | sort | diff "$seen" -
}

# ---- JSON ------------------------------------------------------------------

@test "layers --json: sums, numbers, history, and what is wasted" {
    same True "$(of 'd["size"] == d["visible"] + d["wasted"] ==
        sum(l["size"] for l in d["layers"])')"
    same "3000000 True" "$(of 'd["wasted"], abs(d["wasted_percent"] -
        100 * d["wasted"] / d["size"]) < .1' | tr -d '(),')"
    same "[1, None, 2, 3, 4, None]" "$(of '[h["layer"] for h in d["history"]]')"
    same 'RUN rm /proj.zip|RUN /bin/sh -c rm /proj.zip # buildkit' "$(of \
        '"|".join(d["layers"][3][k] for k in ("instruction", "created_by"))')"
    same "(2, 4, 'deleted', 3000000, '/proj.zip')" "$(of '*[(w["brought_by"],
        w["hidden_by"], w["how"], w["bytes"], w["files"][0]["path"])
        for w in d["waste"]]')"
    same "[('/app', 'directory', 'added'), ('/app/proj', 'file', 'added'), ('/app/x', 'file', 'added')]" \
        "$(of '[(f["path"], f["type"], f["change"]) for f in d["layers"][2]["files"]]')"
    same "(4, 'deleted')" "$(of '*[(f["hidden_by"], f["how"])
        for f in d["layers"][1]["files"]]')"
}

@test "layers --json: names that are no UTF-8, or would do something" {
    local names
    names=$(image=bad of '"\n".join(f["path"] for f in d["layers"][1]["files"])')
    has '/opt/bad\xffname' "$names"
    has '/opt/new\x0aline' "$names"
    has '/opt/rtl\xe2\x80\xaetxt.exe' "$names"
    has '/opt/x</script><img src=x onerror=document.title="owned">' "$names"
}

@test "layers: sizes are those of history and images" {
    same "$(minibox history --human=false --format '{{.Size}}' proj |
        grep -v '^0$' | xargs)" \
        "$(of '*[l["size"] for l in d["layers"][::-1] if l["size"]]')"
}

# ---- the page --------------------------------------------------------------

@test "layers --html: a file, or standard output; one page, nothing to load" {
    local page=$BATS_TEST_TMPDIR/page.html
    check minibox layers --html "$page" bad
    status_is 0
    output_is ""
    same 644 "$(stat -c %a "$page")"
    minibox layers --html - bad | cmp - "$page"
    same 2 "$(grep -c '<script' "$page")"
    same 2 "$(grep -c '</script>' "$page")"
    same 0 "$(grep -cE '<img|(src|href)="?(http|//)' "$page")"
    same 1 "$(grep -c 'Content-Security-Policy' "$page")"
}

@test "layers --html: works in a browser, with hostile names in it" {
    local page=$BATS_TEST_TMPDIR/page.html
    command -v chromium chromium-browser google-chrome >/dev/null ||
        skip "no chromium on this machine"
    minibox layers --html "$page" bad
    "$HERE/layers_page.py" "$page"
}

@test "layers --html: a full disk, or no such directory: no page at all" {
    fails 1 "/nosuch/x.html" minibox layers --html /nosuch/x.html proj
    [ -w /dev/full ] || skip "no /dev/full"
    check minibox layers --html /dev/full proj
    status_is 1
    error_has "No space left on device"
}

# ---- wrong words -----------------------------------------------------------

@test "layers: errors are like those of other commands" {
    fails 1 "No such image: nosuch:latest" minibox layers nosuch
    fails 1 "No such image: nosuch:latest" minibox layers --html \
        "$BATS_TEST_TMPDIR/no.html" nosuch
    [ ! -e "$BATS_TEST_TMPDIR/no.html" ]
    fails 1 "'minibox layers' requires 1 argument" minibox layers
    fails 1 "requires 1 argument" minibox layers a b
    fails 125 "unknown flag: --format" minibox layers --format json proj
    fails 125 "ask for one" minibox layers --json --html - proj
    check "$HERE/terminal.py" minibox layers --html - proj <<<end
    status_is 125
    output_has "no use on a terminal"
    check minibox layers --json proj
    status_is 0
}
