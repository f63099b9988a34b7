/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 21: where match_glob(), ignore_matches() and
 * context_find() are called
 *
 * The judge says in JSON what to match, and what lies in the context.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/context.h"
#include "engine/ignore.h"
#include "engine/match.h"
#include "grader/act.h"

#define CONTEXT "/tmp/context"

/* ---- steps 1 and 2 ------------------------------------------------------ */

/* A list of pairs, [pattern, name]. */
static void act_match(void)
{
    json_t *pairs = json_loads(arg("pairs"), 0, NULL);

    for (size_t i = 0; i < json_array_size(pairs); i++) {
        const json_t *pair = json_array_get(pairs, i);
        const char *pattern = json_string_value(json_array_get(pair, 0));
        const char *name = json_string_value(json_array_get(pair, 1));
        mb_autofree char *told = mb_printf("match%zu", i);
        say(told, "%d", match_glob(pattern, name));
    }
    json_decref(pairs);
}

/* ---- step 3 ------------------------------------------------------------- */

/* Read the argument with a .dockerignore. */
static void read_ignore(struct ignore *out)
{
    struct mb_error err = {0};
    int result = ignore_parse(arg("ignore"), out, &err);

    say_result("parsed", result, &err);
}

static void act_ignore(void)
{
    json_t *paths = json_loads(arg("paths"), 0, NULL);
    struct ignore ignore = {0};

    read_ignore(&ignore);
    for (size_t i = 0; i < json_array_size(paths); i++) {
        const char *path = json_string_value(json_array_get(paths, i));
        mb_autofree char *told = mb_printf("hidden%zu", i);
        say(told, "%d", ignore_matches(&ignore, path));
    }
    ignore_done(&ignore);
    json_decref(paths);
}

/* ---- step 4 ------------------------------------------------------------- */

/* One file: a text, or [KIND, argument]. */
static void make_file(const char *path, const json_t *what)
{
    mb_autofree char *dir = NULL, *base = NULL;
    const char *kind = json_string_value(json_array_get(what, 0));
    const char *argument = json_string_value(json_array_get(what, 1));
    const char *content = json_string_value(what);
    struct mb_error err = {0};
    int result = -1;

    fs_split(path, &dir, &base);
    if (fs_mkdirs(AT_FDCWD, dir, &err) < 0)
        act_broken(dir);
    if (content)
        result = fs_write(AT_FDCWD, path, content, strlen(content), &err);
    else if (strcmp(kind, "link") == 0)
        result = symlink(argument, path);
    else if (strcmp(kind, "fifo") == 0)
        result = mkfifo(path, 0644);
    if (result < 0)
        act_broken(path);
}

/* The context as the judge wants it, and a file outside of it. */
static int open_context(void)
{
    json_t *files = json_loads(arg("files"), 0, NULL);
    struct mb_error err = {0};
    const char *path;
    json_t *what;

    json_object_foreach(files, path, what)
    {
        mb_autofree char *whole = mb_printf("%s/%s", CONTEXT, path);
        make_file(whole, what);
    }
    json_decref(files);
    if (fs_write(AT_FDCWD, "/tmp/secret", "secret", 6, &err) < 0)
        act_broken("write a file outside of the context");
    int root = open(CONTEXT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        act_broken("open the context");
    return root;
}

/* Tell what was found: name, real path and kind in a line, and what is below in
 * one line each. */
static void say_found(const char *name, const struct sources *found)
{
    mb_autobuf struct buf out = BUF_INIT;

    for (size_t i = 0; i < found->n; i++) {
        const struct source *source = &found->v[i];
        buf_addf(&out, "%s is %s %s\n", source->name,
                 source->dir ? "directory" : "file", source->path);
        for (size_t k = 0; k < source->below.n; k++)
            buf_addf(&out, "- %s\n", source->below.v[k]);
    }
    say(name, "%s", out.s);
}

/* Find WANTED alone, and tell about it under NAME. */
static void find(int root, const struct ignore *ignore, const char *name,
                 const char *wanted)
{
    mb_autofree char *found = mb_printf("%s.found", name);
    mb_autofree char *hint = mb_printf("%s.hint", name);
    mb_autostrv struct strv list = {0};
    struct sources sources = {0};
    struct mb_error err = {0};

    strv_add(&list, wanted);
    errno = ENOENT; /* of an earlier call, as it may well be */
    int result = context_find(root, ignore, &list, &sources, &err);
    say_result(name, result, &err);
    say(hint, "%s", err.hint);
    say_found(found, &sources);
    context_done(&sources);
}

/* From here on the kernel refuses what the judge says. */
static void refuse(void)
{
    static const int looks[] = {
#ifdef SYS_newfstatat
        SYS_newfstatat,
#endif
        SYS_fstat, SYS_statx};
    static const int links[] = {
#ifdef SYS_readlink
        SYS_readlink,
#endif
        SYS_readlinkat};

    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        if (strcmp(arg("refused"), "stat") == 0)
            act_refuse(looks[i], 0, 0, arg_int("error"));
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (strcmp(arg("refused"), "readlink") == 0)
            act_refuse(links[i], 0, 0, arg_int("error"));
}

/* First a file that is there, then all of a list. */
static void act_find(void)
{
    json_t *wanted = json_loads(arg("wanted"), 0, NULL);
    struct ignore ignore = {0};
    int root = open_context();

    read_ignore(&ignore);
    find(root, &ignore, "control", "control");
    hold("before");
    refuse();
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        mb_autofree char *name = mb_printf("find%zu", i);
        find(root, &ignore, name, json_string_value(json_array_get(wanted, i)));
    }
    hold("after");
    ignore_done(&ignore);
    json_decref(wanted);
}

const struct act acts[] = {
    {"match", act_match},
    {"ignore", act_ignore},
    {"find", act_find},
    {NULL, NULL},
};
