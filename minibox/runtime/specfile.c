/* SPDX-License-Identifier: MIT */
/*
 * specfile.c - a container's spec, as it lies in config.json
 *
 * Problem   `start` runs a container again, days after `create` heard what the
 *           user wanted.
 * Idea      Write the wishes down, and run what is written, never what was
 *           said: then `run` and `start` can't differ.
 *
 *             run, create     words -> spec -> config.json
 *             run, start               spec <- config.json -> the container
 *
 * Rules     1. What is missing in the file has its default, so that a file of
 *              an older minibox stays good.
 *           2. A file that somebody has changed by hand may hold anything: a
 *              value of the wrong kind counts as missing, but without a command
 *              there is nothing to run.
 * Read      OCI runtime spec, config.md: the same idea, in more words;
 *           lessons/25-life.md
 */
#include "runtime/specfile.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- writing ------------------------------------------------------------ */

/* A list of strings; NULL if one of them is not UTF-8. */
static json_t *list_strings(const struct strv *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->n; i++) {
        if (json_array_append_new(array, json_string(list->v[i])) < 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *list_volumes(const struct container_spec *spec)
{
    json_t *array = json_array();

    for (size_t i = 0; i < spec->n_volumes; i++) {
        const struct volume *v = &spec->volumes[i];
        json_t *one = json_pack("{s:s, s:s, s:b}", "source", v->source,
                                "target", v->target, "readOnly", v->read_only);
        if (json_array_append_new(array, one) < 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

json_t *specfile_encode(const struct container_spec *spec)
{
    const struct cgroup_limits *limits = &spec->limits;

    return json_pack(
        "{s:o, s:o, s:s, s:s?, s:s?, s:o, s:o, s:b, s:b, s:b, s:b, s:b, s:b, "
        "s:b, s:b, s:I, s:I, s:I, s:I}",
        "argv", list_strings(&spec->argv), "env", list_strings(&spec->env),
        "cwd", spec->cwd, "user", spec->user, "hostname", spec->hostname,
        "volumes", list_volumes(spec), "tmpfs", list_strings(&spec->tmpfs),
        "readOnly", spec->read_only, "init", spec->init != NULL, "hostNetwork",
        spec->host_network, "unconfined", spec->unconfined, "noNewPrivileges",
        spec->no_new_privs, "unmasked", spec->unmasked, "tty", spec->tty,
        "interactive", spec->interactive, "capabilities",
        (json_int_t)spec->caps, "memory", (json_int_t)limits->memory, "cpu",
        (json_int_t)limits->cpu_us, "pids", (json_int_t)limits->pids);
}

/* ---- reading ------------------------------------------------------------ */

static const char *text(const json_t *document, const char *key)
{
    return json_string_value(json_object_get(document, key));
}

static bool flag(const json_t *document, const char *key)
{
    return json_is_true(json_object_get(document, key));
}

/* Zero for what is no number, or less than that (rule 2). */
static uint64_t number(const json_t *document, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(document, key));

    return n > 0 ? n : 0;
}

static void read_strings(const json_t *document, const char *key,
                         struct strv *out)
{
    const json_t *array = json_object_get(document, key);
    const json_t *item;
    size_t i;

    json_array_foreach(array, i, item) if (json_is_string(item))
        strv_add(out, json_string_value(item));
}

static void read_volumes(const json_t *document, struct container_spec *out)
{
    const json_t *array = json_object_get(document, "volumes");
    const json_t *item;
    size_t i;

    out->volumes =
        mb_alloc((json_array_size(array) + 1) * sizeof(struct volume));
    json_array_foreach(array, i, item)
    {
        const char *source = text(item, "source");
        const char *target = text(item, "target");
        if (source && target)
            out->volumes[out->n_volumes++] = (struct volume){
                mb_strdup(source), mb_strdup(target), flag(item, "readOnly")};
    }
}

int specfile_decode(const json_t *document, struct container_spec *out,
                    struct mb_error *err)
{
    *out = (struct container_spec){
        .cwd = text(document, "cwd"),
        .user = text(document, "user"),
        .hostname = text(document, "hostname"),
        .read_only = flag(document, "readOnly"),
        .init = flag(document, "init") ? "" : NULL,
        .host_network = flag(document, "hostNetwork"),
        .unconfined = flag(document, "unconfined"),
        .no_new_privs = flag(document, "noNewPrivileges"),
        .unmasked = flag(document, "unmasked"),
        .tty = flag(document, "tty"),
        .interactive = flag(document, "interactive"),
        .caps = number(document, "capabilities"),
        .limits = {.memory = number(document, "memory"),
                   .cpu_us = number(document, "cpu"),
                   .pids = number(document, "pids")},
        .out = -1,
        .errors = -1};
    if (!out->cwd || *out->cwd != '/')
        out->cwd = "/";
    read_strings(document, "argv", &out->argv);
    read_strings(document, "env", &out->env);
    read_strings(document, "tmpfs", &out->tmpfs);
    read_volumes(document, out);
    return out->argv.n ? 0
                       : mb_failx(err, "config.json names no command to run");
}

void specfile_done(struct container_spec *spec)
{
    for (size_t i = 0; i < spec->n_volumes; i++) {
        free(spec->volumes[i].source);
        free(spec->volumes[i].target);
    }
    free(spec->volumes);
    strv_done(&spec->argv);
    strv_done(&spec->env);
    strv_done(&spec->tmpfs);
    strv_done(&spec->lowers);
}
