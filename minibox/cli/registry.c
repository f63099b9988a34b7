/* SPDX-License-Identifier: MIT */
/*
 * cli/registry.c - pull, push
 *
 * Problem   Images have to get from one machine to another.
 * Idea      image/pull and image/push do it; here they are given a name, and
 *           what they tell becomes docker's lines.
 * Rules     1. The host is a part of the name: "spam" is at Docker Hub,
 *              "localhost:5000/spam" is not.
 * Read      docker-pull(1), docker-push(1); lessons/18-registry.md
 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "image/pull.h"
#include "image/push.h"

struct pull_words {
    bool quiet;
    struct strv insecure;
};
#define FIELD(f) offsetof(struct pull_words, f)
#define INSECURE_ROW                                                           \
    {                                                                          \
        0, "insecure-registry", OPTION_LIST, FIELD(insecure), "HOST",          \
            "Let this registry use http, or any certificate"                   \
    }
const struct option_row pull_options[] = {
    {'q', "quiet", OPTION_FLAG, FIELD(quiet), NULL, "Print the name alone"},
    INSECURE_ROW,
    {0},
};
const struct option_row push_options[] = {
    {'q', "quiet", OPTION_FLAG, FIELD(quiet), NULL, "Print the name alone"},
    INSECURE_ROW,
    {0},
};
#undef FIELD
static const char pull_docker_only[] =
    "a all-tags disable-content-trust platform";

/* Are the lines for pull or for push? */
struct watcher {
    struct progress progress;
    bool push;
};

static void on_layer(void *argument, const char *id,
                     const struct transfer_news *news)
{
    struct watcher *w = argument;
    struct progress *p = &w->progress;

    switch (news->state) {
    case TRANSFER_WAITING:
        progress_status(p, id, w->push ? "Preparing" : "Pulling fs layer");
        break;
    case TRANSFER_EXISTS:
        progress_status(p, id,
                        w->push ? "Layer already exists" : "Already exists");
        break;
    case TRANSFER_BYTES:
        progress_bar(p, id, w->push ? "Pushing" : "Downloading", news->done,
                     news->total);
        break;
    case TRANSFER_DONE:
        if (!w->push)
            progress_status(p, id, "Download complete");
        progress_status(p, id, w->push ? "Pushed" : "Pull complete");
        break;
    }
}

static void on_line(void *argument, const char *line)
{
    const struct watcher *w = argument;

    if (!w->progress.quiet) {
        puts(line);
        fflush(stdout);
    }
}

/* The name that was typed, with Docker's remark when it has no tag.  Beside a
 * digest the tag says nothing. */
static int read_name(const char *typed, bool quiet, struct image_ref *out,
                     struct mb_error *err)
{
    const char *slash = strrchr(typed, '/');

    if (ref_parse(typed, out, err) < 0)
        return mb_code(err, 1);
    ref_favor_digest(out);
    if (!quiet && !strpbrk(slash ? slash : typed, ":@"))
        puts("Using default tag: latest");
    return 0;
}

/* An error names the image that it is about. */
static int name_it(const struct image_ref *ref, const char *verb,
                   struct mb_error *err)
{
    return strstr(err->msg, ref->name)
               ? -1
               : mb_wrap(err, "%s %s", verb, ref->familiar);
}

/* "docker.io/library/busybox:latest" for docker.io's, as docker prints it. */
static int pull_named(struct call *call, const struct image_ref *ref,
                      const struct pull_words *w, struct mb_error *err)
{
    struct watcher watcher = {.progress.quiet = w->quiet};
    const struct pull_watch watch = {on_layer, on_line, &watcher};
    struct pull_result result;

    int status =
        pull_image(&call->store, ref, &w->insecure, &watch, &result, err);
    progress_done(&watcher.progress);
    if (status < 0)
        return name_it(ref, "pull", err);
    if (!w->quiet)
        printf("Digest: " DIGEST_FMT "\nStatus: %s for %s\n", result.digest.hex,
               result.newer ? "Downloaded newer image" : "Image is up to date",
               ref->familiar);
    puts(ref->canonical);
    return 0;
}

static int push_named(struct call *call, const struct image_ref *ref,
                      const struct pull_words *w, struct mb_error *err)
{
    struct watcher watcher = {.progress.quiet = w->quiet, .push = true};
    const struct pull_watch watch = {on_layer, on_line, &watcher};
    struct push_result result;

    int status =
        push_image(&call->store, ref, &w->insecure, &watch, &result, err);
    progress_done(&watcher.progress);
    if (status < 0)
        return name_it(ref, "push", err);
    if (w->quiet)
        puts(ref->canonical);
    else
        printf("%s: digest: " DIGEST_FMT " size: %zu\n", ref->tag,
               result.digest.hex, result.size);
    return 0;
}

/* Words, name, store: then FN does it. */
static int with_name(struct call *call,
                     int (*fn)(struct call *, const struct image_ref *,
                               const struct pull_words *, struct mb_error *),
                     struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct pull_words w = {0};
    struct image_ref ref = {0};

    int status = call_parse(call, pull_docker_only, &w, &words, err);
    if (status == 0)
        status = call_need_words(call, &words, 1, 1, err);
    if (status == 0)
        status = read_name(words.v[0], w.quiet, &ref, err);
    if (status == 0)
        status = call_open_store(call, err);
    if (status == 0)
        status = fn(call, &ref, &w, err);
    ref_done(&ref);
    strv_done(&w.insecure);
    return status;
}

int command_pull(struct call *call, struct mb_error *err)
{
    return with_name(call, pull_named, err);
}

int command_push(struct call *call, struct mb_error *err)
{
    return with_name(call, push_named, err);
}
