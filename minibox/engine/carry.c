/* SPDX-License-Identifier: MIT */
/*
 * carry.c - files into a container, and out of it
 *
 * Problem   `cp` between two trees, one of which belongs to a stranger: a
 *           symlink in it may point at any file of the host's.
 * Idea      COPY does the work (engine/copy): it looks each path up inside a
 *           root that it never leaves.  Here the two roots are the host's "/"
 *           and the container's tree (engine/view).  What remains is to say
 *           where things go:
 *
 *             cp c:/etc    dir      dir is there: dir/etc;  else it becomes etc
 *             cp c:/etc/.  dir      what is in etc, into dir
 *             cp c:/file   dir/     dir must be there
 *
 * Rules     1. What arrives belongs to root in the container, and to whoever
 *              typed the command on the host.
 * Read      docker-cp(1), openat2(2); lessons/14-overlay.md
 */
#include "engine/carry.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/copy.h"
#include "engine/view.h"

/* What is at PATH below ROOT?  False: nothing. */
static bool look_at(int root, const char *path, struct stat *out)
{
    mb_autoclose int fd = fs_open_in_root(root, path, O_PATH, 0);

    return fd >= 0 && fstat(fd, out) == 0;
}

/* COPY takes patterns; a name is none. */
static char *as_pattern(const char *path)
{
    struct buf out = BUF_INIT;

    for (; *path; path++)
        buf_addf(&out, strchr("*?[\\", *path) ? "\\%c" : "%c", *path);
    return buf_take(&out);
}

/* Where it will be: the destination, or the source's name in there. */
static char *find_target(const struct carry *c, int to_root,
                         const struct stat *source, struct mb_error *err)
{
    mb_autofree char *dir = NULL, *base = NULL;
    bool inside = ends_with(c->from, "/.");
    struct stat st;

    bool there = look_at(to_root, c->to, &st);
    fs_split(c->from, &dir, &base);
    if (there && S_ISDIR(st.st_mode))
        return inside ? mb_printf("%s/", c->to)
                      : mb_printf("%s/%s", c->to, base);
    if (there && S_ISDIR(source->st_mode)) {
        mb_failx(err, "cannot copy a directory to %s, which is a file", c->to);
        return NULL;
    }
    fs_split(c->to, &dir, &base);
    if (!there && ends_with(c->to, "/") && !S_ISDIR(source->st_mode)) {
        mb_failx(err, "no such directory: %s", c->to);
        return NULL;
    }
    return mb_strdup(c->to);
}

/* Copy from one root to the other. */
static int copy_between(const struct carry *c, int from_root, int to_root,
                        struct mb_error *err)
{
    mb_autostrv struct strv sources = {0};
    struct stat st;

    if (!look_at(from_root, c->from, &st))
        return mb_failx(err, "Could not find the file %s in %s", c->from,
                        c->out ? "the container" : "this file system");
    mb_autofree char *target = find_target(c, to_root, &st, err);
    if (!target)
        return -1;
    strv_take(&sources, as_pattern(c->from));
    const struct copy copy = {
        .source_root = from_root, .sources = &sources, .dest = target};
    return copy_run(&copy, to_root, err);
}

/* In the view's child. */
static int carry_with_view(int root_fd, const char *dir, void *argument,
                           struct mb_error *err)
{
    const struct carry *c = argument;
    mb_autoclose int host = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    (void)dir;
    if (host < 0)
        return mb_fail(err, "open /");
    return c->out ? copy_between(c, root_fd, host, err)
                  : copy_between(c, host, root_fd, err);
}

int carry_run(const struct store *store, const struct carry *carry,
              struct mb_error *err)
{
    if (!carry->out && state_is_running(carry->container)) {
        mb_failx(err,
                 "%s runs, and minibox can't write into a running "
                 "container yet",
                 carry->container->name);
        return mb_hint(err, "run it with -v DIR:DIR instead");
    }
    return view_container(store, carry->container, !carry->out, carry_with_view,
                          (void *)carry, err);
}
