/* SPDX-License-Identifier: MIT */
/*
 * cli/build.c - minibox build
 *
 * Problem   The words after `build` say where the files are, what to call the
 *           result, and which variables differ today.
 * Idea      Translate them for engine/build, and say at the end which image
 *           came out.
 * Rules     1. Progress goes to stderr.  With -q there is none, and the ID
 *              alone goes to stdout.
 * Read      docker-build(1); lessons/22-build.md
 */
#include <stdio.h>
#include <string.h>

#include "base/explain.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/variables.h"
#include "engine/build.h"
#include "image/ref.h"
#include "linux/spawn.h"

struct build_words {
    bool no_cache, quiet, explain;
    const char *file, *target, *network;
    struct strv tags, args;
};
#define FIELD(f) offsetof(struct build_words, f)
const struct option_row build_options_table[] = {
    {'t', "tag", OPTION_LIST, FIELD(tags), "NAME[:TAG]", "Name the image"},
    {'f', "file", OPTION_STRING, FIELD(file), "FILE",
     "The Dockerfile; without the flag: DIRECTORY/Dockerfile"},
    {0, "build-arg", OPTION_LIST, FIELD(args), "NAME[=VALUE]",
     "Set an ARG of the Dockerfile"},
    {0, "target", OPTION_STRING, FIELD(target), "STAGE", "End with this stage"},
    {0, "no-cache", OPTION_FLAG, FIELD(no_cache), NULL,
     "Execute every step, even if its result is known"},
    {0, "network", OPTION_STRING, FIELD(network), "host|none",
     "The network of RUN; without the flag: host"},
    {'q', "quiet", OPTION_FLAG, FIELD(quiet), NULL, "Print the ID only"},
    {0, "explain", OPTION_FLAG, FIELD(explain), NULL,
     "Tell each step as it happens"},
    {0},
};
static const char docker_only[] =
    "c m o D add-host allow annotation attest build-context builder "
    "cache-from cache-to call cgroup-parent check compress cpu-quota "
    "force-rm iidfile isolation label load memory metadata-file output "
    "platform progress provenance pull push rm sbom secret security-opt "
    "shm-size squash ssh ulimit";

/* Bad names are refused before the build, not after it. */
static int check_tags(const struct strv *tags, struct mb_error *err)
{
    struct image_ref ref;

    for (size_t i = 0; i < tags->n; i++) {
        if (ref_parse(tags->v[i], &ref, err) < 0) {
            mb_wrap(err, "invalid tag \"%s\"", tags->v[i]);
            return mb_code(err, EXIT_MINIBOX);
        }
        ref_done(&ref);
    }
    return 0;
}

/* What Docker would also take in place of a directory. */
static int check_context(const char *context, struct mb_error *err)
{
    if (strcmp(context, "-") == 0) {
        mb_failx(err, "a build from standard input is not in minibox yet");
        mb_hint(err, "minibox build -f FILE DIRECTORY");
    } else if (strstr(context, "://")) {
        mb_failx(err, "a build from a URL is not in minibox");
        mb_hint(err, "clone or unpack it first");
    } else {
        return 0;
    }
    return mb_code(err, 1);
}

static int translate(const struct build_words *w, struct build_options *out,
                     struct mb_error *err)
{
    static const struct strv no_files;
    const char *network = w->network ? w->network : "host";

    if (strcmp(network, "none") != 0 && strcmp(network, "host") != 0 &&
        strcmp(network, "default") != 0) {
        mb_failx(err, "--network %s is not in minibox", network);
        mb_hint(err, "none and host are");
        return mb_code(err, EXIT_MINIBOX);
    }
    out->dockerfile = w->file;
    out->target = w->target;
    out->no_cache = w->no_cache;
    out->no_network = strcmp(network, "none") == 0;
    out->progress = w->quiet ? NULL : stderr;
    strv_add_all(&out->tags, w->tags.v);
    if (check_tags(&w->tags, err) < 0)
        return -1;
    return variables_collect(&no_files, &w->args, &out->build_args, err);
}

static int build_now(struct call *call, const struct build_words *w,
                     const struct build_options *options, struct mb_error *err)
{
    struct digest id;

    if (w->explain)
        explain_enable();
    if (call_open_store(call, err) < 0 ||
        build_image(&call->store, options, &id, err) < 0)
        return -1;
    if (w->quiet)
        printf(DIGEST_FMT "\n", id.hex);
    return 0;
}

int command_build(struct call *call, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    struct build_words w = {0};
    struct build_options options = {0};
    int status = -1;

    if (call_parse(call, docker_only, &w, &words, err) == 0 &&
        call_need_words(call, &words, 1, 1, err) == 0 &&
        check_context(words.v[0], err) == 0 &&
        translate(&w, &options, err) == 0) {
        options.context = words.v[0];
        status = build_now(call, &w, &options, err);
    }
    strv_done(&options.tags);
    strv_done(&options.build_args);
    strv_done(&w.tags);
    strv_done(&w.args);
    return status;
}
