/* SPDX-License-Identifier: MIT */
/*
 * cli/export.c - export, commit, cp
 *
 * Problem   What a container has made should be of use outside it.
 * Idea      Three ways: all of it (export), as an image (commit), or a file or
 *           two (cp).
 * Rules     1. NAME:PATH is in a container, PATH on the host.  A path that
 *              begins with "/" or "." is one of the host, whatever colons it
 *              has.
 * Read      docker-export(1), docker-commit(1), docker-cp(1);
 *           lessons/14-overlay.md
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/output.h"
#include "engine/carry.h"
#include "engine/export.h"

/* ---- export ------------------------------------------------------------- */

struct export_words {
    const char *output;
};
const struct option_row export_options[] = {
    {'o', "output", OPTION_STRING, offsetof(struct export_words, output),
     "FILE", "Write to a file, instead of standard output"},
    {0},
};

int command_export(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct export_words w = {0};
    struct output output;
    struct container c;

    if (call_parse(call, NULL, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, 1, err) < 0 ||
        output_open(&output, w.output, "export container", err) < 0)
        return -1;
    int result = call_open_store(call, err);
    if (result == 0)
        result = state_find(call->store.root, words.v[0], &c, err);
    if (result == 0) {
        result = export_container(&call->store, &c, output.fd, err);
        container_done(&c);
    }
    return output_close(&output, result, err);
}

/* ---- commit ------------------------------------------------------------- */

struct commit_words {
    const char *message, *author;
    bool pause;
};
#define FIELD(f) offsetof(struct commit_words, f)
const struct option_row commit_options[] = {
    {'a', "author", OPTION_STRING, FIELD(author), "TEXT", "Who made it"},
    {'m', "message", OPTION_STRING, FIELD(message), "TEXT",
     "The comment that history shows"},
    {0},
};
#undef FIELD
static const char commit_docker_only[] = "c change p pause";

int command_commit(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct commit_words w = {0};
    struct image_ref ref = {0};
    struct container c;
    struct digest id;

    if (call_parse(call, commit_docker_only, &w, &words, err) < 0 ||
        call_need_words(call, &words, 1, 2, err) < 0)
        return -1;
    if (words.n > 1 && ref_parse(words.v[1], &ref, err) < 0)
        return mb_code(err, 1);
    int result = call_open_store(call, err);
    if (result == 0)
        result = state_find(call->store.root, words.v[0], &c, err);
    if (result == 0) {
        const struct export_commit commit = {.container = &c,
                                             .comment = w.message,
                                             .author = w.author,
                                             .ref = words.n > 1 ? &ref : NULL};
        result = export_commit(&call->store, &commit, &id, err);
        container_done(&c);
    }
    if (result == 0)
        printf(DIGEST_FMT "\n", id.hex);
    ref_done(&ref);
    return result;
}

/* ---- cp ----------------------------------------------------------------- */

struct cp_words {
    bool follow;
};
const struct option_row cp_options[] = {
    {'L', "follow-link", OPTION_FLAG, offsetof(struct cp_words, follow), NULL,
     "Copy what a link leads to, not the link"},
    {0},
};
static const char cp_docker_only[] = "a q archive quiet";

/* Rule 1.  The colon that ends a container's name, or NULL. */
static const char *container_colon(const char *word)
{
    return word[0] == '/' || word[0] == '.' ? NULL : strchr(word, ':');
}

/* PATH as an absolute one; "." and "/" at its end stay, as they mean
 * something. */
static char *absolute(const char *base, const char *path)
{
    mb_autofree char *clean = fs_clean_path(base, path);

    if (ends_with(path, "/.") || strcmp(path, ".") == 0)
        return mb_printf("%s/.", clean);
    return ends_with(path, "/") ? mb_printf("%s/", clean) : mb_steal(&clean);
}

/* Both paths are known: find the container, and carry. */
static int carry_words(struct call *call, const struct cp_words *w,
                       const char *from, const char *to, struct mb_error *err)
{
    const char *from_colon = container_colon(from);
    const char *to_colon = container_colon(to);
    const char *colon = from_colon ? from_colon : to_colon;
    const char *named = from_colon ? from : to;
    mb_autofree char *name = mb_strndup(named, colon - named);
    mb_autofree char *cwd = getcwd(NULL, 0);
    mb_autofree char *source =
        from_colon ? absolute("/", from_colon + 1) : absolute(cwd, from);
    mb_autofree char *dest =
        to_colon ? absolute("/", to_colon + 1) : absolute(cwd, to);
    struct container c;

    if (call_open_store(call, err) < 0 ||
        state_find(call->store.root, name, &c, err) < 0)
        return -1;
    const struct carry carry = {.container = &c,
                                .out = from_colon,
                                .from = source,
                                .to = dest,
                                .follow = w->follow};
    int result = carry_run(&call->store, &carry, err);
    container_done(&c);
    return result;
}

int command_cp(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct cp_words w = {0};

    if (call_parse(call, cp_docker_only, &w, &words, err) < 0 ||
        call_need_words(call, &words, 2, 2, err) < 0)
        return -1;
    const char *from = words.v[0], *to = words.v[1];
    if (strcmp(from, "-") == 0 || strcmp(to, "-") == 0)
        return mb_failx(err, "cp of a tar stream (-) is not in minibox");
    if (container_colon(from) && container_colon(to))
        return mb_failx(err, "copying between containers is not supported");
    if (!container_colon(from) && !container_colon(to)) {
        mb_failx(err, "must specify at least one container source");
        return mb_hint(err, "minibox cp CONTAINER:PATH PATH, or the reverse");
    }
    return carry_words(call, &w, from, to, err);
}
