/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 16: where index_set(), sweep_mark() and sweep_unmarked()
 * are called
 *
 * The judge says in JSON what lies in the store.  He also looks at what is left
 * in it afterwards; here it is only laid out.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/sweep.h"
#include "grader/act.h"
#include "image/index.h"

#define STORE "/tmp/store"

/* ---- the store ---------------------------------------------------------- */

/* One file of the store: a text, ["link", TARGET], or ["directory"]. */
static void make_file(const char *path, const json_t *what)
{
    mb_autofree char *dir = NULL, *base = NULL;
    const char *content = json_string_value(what);
    const char *target = json_string_value(json_array_get(what, 1));
    struct mb_error err = {0};
    int result;

    fs_split(path, &dir, &base);
    if (fs_mkdirs(AT_FDCWD, dir, &err) < 0)
        act_broken(dir);
    if (content)
        result = fs_write(AT_FDCWD, path, content, strlen(content), &err);
    else if (target)
        result = symlink(target, path);
    else
        result = mkdir(path, 0755);
    if (result < 0)
        act_broken(path);
}

/* The store as the judge wants it.  A path that begins with "/" is not in
 * it. */
static struct store make_store(void)
{
    json_t *files = json_loads(arg("files"), 0, NULL);
    struct mb_error err = {0};
    struct store store;
    const char *path;
    json_t *what;

    setenv("MINIBOX_ROOT", STORE, 1);
    if (store_open(&store, &err) < 0)
        act_broken("make a store");
    json_object_foreach(files, path, what)
    {
        mb_autofree char *whole =
            *path == '/' ? mb_strdup(path) : mb_printf(STORE "/%s", path);
        make_file(whole, what);
    }
    json_decref(files);
    return store;
}

/* ---- step 1 ------------------------------------------------------------- */

static void act_name(void)
{
    struct store store = make_store();
    struct mb_error err = {0};
    struct digest manifest;
    struct image_ref ref;

    if (digest_parse(arg("manifest"), &manifest, &err) < 0 ||
        ref_parse(arg("name"), &ref, &err) < 0)
        act_broken("read the judge's names");
    int result = index_set(&store, &manifest, arg_int("size"), &ref, &err);
    say_result("result", result, &err);
    say_file("index", STORE "/index.json");
    hold("done");
    ref_done(&ref);
    store_close(&store);
}

/* ---- steps 2 to 4 ------------------------------------------------------- */

/* Mark, and tell what has a mark, a line for each. */
static json_t *mark(const struct store *store)
{
    bool with_cache = strcmp(arg("cache"), "yes") == 0;
    mb_autobuf struct buf lines = BUF_INIT;
    struct mb_error err = {0};
    const char *hex;
    json_t *value;

    json_t *marks = sweep_mark(store, with_cache, &err);
    say_result("result", marks ? 0 : -1, &err);
    json_object_foreach(marks, hex, value) buf_addf(&lines, "%s\n", hex);
    say("marks", "%s", lines.s);
    return marks;
}

static void act_mark(void)
{
    struct store store = make_store();

    json_decref(mark(&store));
    hold("done");
    store_close(&store);
}

/* First as it is, then with one file changed, or gone. */
static void act_damaged(void)
{
    struct store store = make_store();
    struct mb_error err = {0};

    json_t *marks = sweep_mark(&store, false, &err);
    say_result("control", marks ? 0 : -1, &err);
    json_decref(marks);
    if (unlinkat(store.fd, arg("path"), 0) < 0 ||
        (*arg("content") && fs_write(store.fd, arg("path"), arg("content"),
                                     strlen(arg("content")), &err) < 0))
        act_broken("damage an image");
    json_decref(mark(&store));
    hold("done");
    store_close(&store);
}

static void sweep(const struct store *store, const json_t *marks)
{
    struct mb_error err = {0};
    uint64_t freed = 0;

    if (strcmp(arg("refuse"), "yes") == 0) {
        act_refuse(SYS_unlinkat, 0, 0, EIO);
        act_refuse(SYS_unlink, 0, 0, EIO);
        act_refuse(SYS_rmdir, 0, 0, EIO);
    }
    int result = sweep_unmarked(store, marks, &freed, &err);
    say_result("swept", result, &err);
    say("freed", "%llu", (unsigned long long)freed);
    hold("done");
}

/* With the judge's marks. */
static void act_sweep(void)
{
    json_t *marks = json_loads(arg("marks"), 0, NULL);
    struct store store = make_store();

    hold("before");
    sweep(&store, marks);
    json_decref(marks);
    store_close(&store);
}

/* With its own. */
static void act_prune(void)
{
    struct store store = make_store();

    hold("before");
    json_t *marks = mark(&store);
    if (marks)
        sweep(&store, marks);
    else
        hold("done");
    json_decref(marks);
    store_close(&store);
}

const struct act acts[] = {
    {"name", act_name},   {"mark", act_mark},   {"damaged", act_damaged},
    {"sweep", act_sweep}, {"prune", act_prune}, {NULL, NULL},
};
