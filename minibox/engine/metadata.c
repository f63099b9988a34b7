/* SPDX-License-Identifier: MIT */
/*
 * metadata.c - what the quiet instructions do
 *
 * Problem   Most instructions make no files.  They change what the later ones
 *           see, and what a container starts with.
 * Idea      Each of them is one small function that edits the "config" object
 *           of the image's JSON, found by a table, and tells the line that
 *           `history` will show:
 *
 *             USER eve      config.User = "eve"       "USER eve"
 *             CMD ls        config.Cmd = [...]        "CMD [\"/bin/sh\" ...]"
 *
 * Rules     1. Of several CMDs the last counts: each replaces the one before.
 * Read      reference.md; OCI image spec, config.md; lessons/23-startup.md
 */
#include "engine/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/arg.h"
#include "engine/config.h"
#include "engine/dfquote.h"
#include "engine/env.h"
#include "engine/expand.h"
#include "engine/health.h"
#include "engine/ports.h"
#include "engine/stopsignal.h"

static int do_label(struct build *b, struct stage *s,
                    const struct instruction *in, struct buf *history,
                    struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    json_t *config = image_run_config(&s->image);
    json_t *labels = json_object_get(config, "Labels");

    if (env_expand(b, s, &in->args, &words, err) < 0)
        return -1;
    if (!json_is_object(labels)) {
        json_object_set_new(config, "Labels", json_object());
        labels = json_object_get(config, "Labels");
    }
    for (size_t i = 0; i + 1 < words.n; i += 2) {
        json_object_set_new(labels, words.v[i], json_string(words.v[i + 1]));
        buf_addf(history, " %s=%s", words.v[i], words.v[i + 1]);
    }
    return 0;
}

/* ---- one word ----------------------------------------------------------- */

void metadata_warn_comment(const struct build *b, const struct instruction *in,
                           const char *value)
{
    if (strstr(value, " #"))
        stage_say(b,
                  " ---> warning: line %d: \"#\" starts a comment only at "
                  "the beginning of a line; it is part of %s here\n",
                  in->line, keyword_name(in->keyword));
}

/* USER, STOPSIGNAL: the key in the config gets the expanded word. */
static int set_string(struct build *b, struct stage *s,
                      const struct instruction *in, const char *key,
                      struct buf *history, struct mb_error *err)
{
    mb_autofree char *value = NULL;

    if (stage_expand(b, s, in->args.v[0], &value, err) < 0)
        return -1;
    if (in->keyword == DF_STOPSIGNAL && stopsignal_check(value, err) < 0)
        return -1;
    metadata_warn_comment(b, in, value);
    json_object_set_new(image_run_config(&s->image), key, json_string(value));
    buf_addf(history, " %s", value);
    return 0;
}

static int do_user(struct build *b, struct stage *s,
                   const struct instruction *in, struct buf *history,
                   struct mb_error *err)
{
    return set_string(b, s, in, "User", history, err);
}

static int do_stopsignal(struct build *b, struct stage *s,
                         const struct instruction *in, struct buf *history,
                         struct mb_error *err)
{
    return set_string(b, s, in, "StopSignal", history, err);
}

/* ---- commands ----------------------------------------------------------- */

/* The argv of CMD or ENTRYPOINT: the array, or the shell and the line. */
static void command_argv(const struct stage *s, const struct instruction *in,
                         struct strv *out)
{
    if (!in->json)
        strv_add_all(out, s->shell.v);
    strv_add_all(out, in->args.v);
}

/* ["a" "b\"c"], as history shows commands. */
static void show_command(struct buf *history, const struct strv *argv)
{
    buf_adds(history, " [");
    for (size_t i = 0; i < argv->n; i++) {
        buf_adds(history, i ? " " : "");
        dfquote_add(history, argv->v[i]);
    }
    buf_adds(history, "]");
}

static int do_cmd(struct build *b, struct stage *s,
                  const struct instruction *in, struct buf *history,
                  struct mb_error *err)
{
    mb_autostrv struct strv argv = {0};

    (void)b, (void)err;
    command_argv(s, in, &argv);
    json_object_set_new(image_run_config(&s->image), "Cmd",
                        config_array(&argv));
    s->has_cmd = true;
    show_command(history, &argv);
    return 0;
}

static int do_entrypoint(struct build *b, struct stage *s,
                         const struct instruction *in, struct buf *history,
                         struct mb_error *err)
{
    mb_autostrv struct strv argv = {0};
    json_t *config = image_run_config(&s->image);

    (void)b, (void)err;
    command_argv(s, in, &argv);
    json_object_set_new(config, "Entrypoint", config_array(&argv));
    /* A CMD of the base image was meant for the base's ENTRYPOINT: it goes,
     * one of this stage stays. */
    if (!s->has_cmd)
        json_object_del(config, "Cmd");
    show_command(history, &argv);
    return 0;
}

static int do_shell(struct build *b, struct stage *s,
                    const struct instruction *in, struct buf *history,
                    struct mb_error *err)
{
    (void)b, (void)err;
    strv_done(&s->shell);
    strv_add_all(&s->shell, in->args.v);
    json_object_set_new(image_run_config(&s->image), "Shell",
                        config_array(&s->shell));
    buf_adds(history, " [");
    for (size_t i = 0; i < s->shell.n; i++)
        buf_addf(history, "%s%s", i ? " " : "", s->shell.v[i]);
    buf_adds(history, "]");
    return 0;
}

/* ---- sets --------------------------------------------------------------- */

/* The words of EXPOSE: a variable may hold several. */
static int expand_ports(const struct build *b, const struct stage *s,
                        const struct instruction *in, struct strv *out,
                        struct mb_error *err)
{
    mb_autostrv struct strv words = {0};

    for (size_t i = 0; i < in->args.n; i++)
        if (expand_words(in->args.v[i], b->file.escape, &s->env, &words, err) <
            0)
            return -1;
    for (size_t i = 0; i < words.n; i++)
        if (ports_parse(words.v[i], out, err) < 0)
            return -1;
    return 0;
}

/* The words of VOLUME: each is one, blanks and all. */
static int expand_paths(const struct build *b, const struct stage *s,
                        const struct instruction *in, struct strv *out,
                        struct mb_error *err)
{
    for (size_t i = 0; i < in->args.n; i++) {
        char *word = NULL;
        if (stage_expand(b, s, in->args.v[i], &word, err) < 0)
            return -1;
        strv_take(out, word);
        if (!*word)
            return mb_failx(err, "VOLUME specified can not be an empty string");
    }
    return 0;
}

/* EXPOSE and VOLUME: each word becomes a key of the object at KEY. */
static int add_to_set(struct build *b, struct stage *s,
                      const struct instruction *in, const char *key,
                      struct buf *history, struct mb_error *err)
{
    mb_autostrv struct strv words = {0};
    json_t *config = image_run_config(&s->image);

    if ((in->keyword == DF_EXPOSE ? expand_ports
                                  : expand_paths)(b, s, in, &words, err) < 0)
        return -1;
    if (!json_is_object(json_object_get(config, key)))
        json_object_set_new(config, key, json_object());
    buf_adds(history, " [");
    for (size_t i = 0; i < words.n; i++) {
        json_object_set_new(json_object_get(config, key), words.v[i],
                            json_object());
        buf_addf(history, "%s%s", i ? " " : "", words.v[i]);
    }
    buf_adds(history, "]");
    return 0;
}

static int do_expose(struct build *b, struct stage *s,
                     const struct instruction *in, struct buf *history,
                     struct mb_error *err)
{
    return add_to_set(b, s, in, "ExposedPorts", history, err);
}

static int do_volume(struct build *b, struct stage *s,
                     const struct instruction *in, struct buf *history,
                     struct mb_error *err)
{
    return add_to_set(b, s, in, "Volumes", history, err);
}

/* ---- recorded only ------------------------------------------------------ */

static int do_maintainer(struct build *b, struct stage *s,
                         const struct instruction *in, struct buf *history,
                         struct mb_error *err)
{
    (void)b, (void)err;
    json_object_set_new(s->image.config, "author", json_string(in->args.v[0]));
    buf_addf(history, " %s", in->args.v[0]);
    return 0;
}

static int do_onbuild(struct build *b, struct stage *s,
                      const struct instruction *in, struct buf *history,
                      struct mb_error *err)
{
    json_t *config = image_run_config(&s->image);

    (void)b, (void)err;
    if (!json_is_array(json_object_get(config, "OnBuild")))
        json_object_set_new(config, "OnBuild", json_array());
    json_array_append_new(json_object_get(config, "OnBuild"),
                          json_string(in->args.v[0]));
    buf_addf(history, " %s", in->args.v[0]);
    return 0;
}

static int do_healthcheck(struct build *b, struct stage *s,
                          const struct instruction *in, struct buf *history,
                          struct mb_error *err)
{
    mb_autostrv struct strv test = {0};
    json_t *health = health_config(in, err);

    (void)b;
    if (!health)
        return -1;
    config_strings(health, "Test", &test);
    json_object_set_new(image_run_config(&s->image), "Healthcheck", health);
    show_command(history, &test);
    return 0;
}

static int (*const metadata[])(struct build *b, struct stage *s,
                               const struct instruction *in,
                               struct buf *history, struct mb_error *err) = {
    [DF_ARG] = arg_declare,          [DF_CMD] = do_cmd,
    [DF_ENTRYPOINT] = do_entrypoint, [DF_ENV] = env_set,
    [DF_EXPOSE] = do_expose,         [DF_HEALTHCHECK] = do_healthcheck,
    [DF_LABEL] = do_label,           [DF_MAINTAINER] = do_maintainer,
    [DF_ONBUILD] = do_onbuild,       [DF_SHELL] = do_shell,
    [DF_STOPSIGNAL] = do_stopsignal, [DF_USER] = do_user,
    [DF_VOLUME] = do_volume,
};

int metadata_apply(struct build *b, struct stage *s,
                   const struct instruction *in, struct buf *history,
                   struct mb_error *err)
{
    buf_adds(history, keyword_name(in->keyword));
    return metadata[in->keyword](b, s, in, history, err);
}
