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
 *             cp c:/file   dir/new  dir must be there, and a file new may be
 *             cp c:/link   dir      the link; with -L what it leads to
 *
 * Rules     1. What arrives belongs to root in the container, and to whoever
 *              typed the command on the host.
 *           2. No parent is made: one that is missing is a misspelt name.
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
#include "engine/copyfile.h"
#include "engine/view.h"

/* What is at PATH below ROOT?  False: nothing.  FLAGS: O_NOFOLLOW, to see a
 * link at its end. */
static bool look_at(int root, const char *path, int flags, struct stat *out)
{
    mb_autoclose int fd = fs_open_in_root(root, path, O_PATH | flags, 0);

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

/* Rule 2, in docker's words. */
static int check_parent(const struct carry *c, int to_root,
                        struct mb_error *err)
{
    mb_autofree char *clean = fs_clean_path("/", c->to);
    mb_autofree char *dir = NULL, *base = NULL;
    struct stat st;

    fs_split(clean, &dir, &base);
    if (look_at(to_root, dir, 0, &st) && S_ISDIR(st.st_mode))
        return 0;
    return c->out ? mb_failx(err,
                             "invalid output path: directory \"%s\" does not "
                             "exist",
                             dir)
                  : mb_failx(err, "Could not find the file %s in the container",
                             dir);
}

/* Where it will be: the destination, or the source's name in there. */
static char *find_target(const struct carry *c, int to_root,
                         const struct stat *source, struct mb_error *err)
{
    mb_autofree char *dir = NULL, *base = NULL;
    struct stat st;

    if (!look_at(to_root, c->to, 0, &st)) {
        if (check_parent(c, to_root, err) < 0)
            return NULL;
        if (!ends_with(c->to, "/") || S_ISDIR(source->st_mode))
            return mb_strdup(c->to);
        mb_failx(err, "no such directory: %s", c->to);
        return NULL;
    }
    fs_split(c->from, &dir, &base);
    if (S_ISDIR(st.st_mode))
        return mb_printf("%s/%s", c->to, ends_with(c->from, "/.") ? "" : base);
    if (!S_ISDIR(source->st_mode))
        return mb_strdup(c->to);
    mb_failx(err, "cannot copy a directory to %s, which is a file", c->to);
    return NULL;
}

/* COPY follows a link that it is given by name; so a link goes on its own. */
static int copy_link(const struct carry *c, int from_root, int to_root,
                     const char *target, struct mb_error *err)
{
    mb_autofree char *dir = NULL, *base = NULL;

    fs_split(target, &dir, &base);
    mb_autoclose int to_dir =
        fs_open_in_root(to_root, dir, O_PATH | O_DIRECTORY, 0);
    if (to_dir < 0)
        return mb_fail(err, "open %s", dir);
    const struct copyfile job = {.from_root = from_root,
                                 .from = c->from,
                                 .to_dir = to_dir,
                                 .to = base,
                                 .shown = target,
                                 .uid = geteuid() == 0 ? 0 : (uid_t)-1,
                                 .gid = geteuid() == 0 ? 0 : (gid_t)-1};
    return copyfile_put(&job, err);
}

/* Copy from one root to the other. */
static int copy_between(const struct carry *c, int from_root, int to_root,
                        struct mb_error *err)
{
    mb_autostrv struct strv sources = {0};
    /* "link/" and "link/." mean the directory, as everywhere. */
    bool follow =
        c->follow || ends_with(c->from, "/") || ends_with(c->from, "/.");
    struct stat st;

    if (!look_at(from_root, c->from, follow ? 0 : O_NOFOLLOW, &st))
        return mb_failx(err, "Could not find the file %s in %s", c->from,
                        c->out ? "the container" : "this file system");
    mb_autofree char *target = find_target(c, to_root, &st, err);
    if (!target)
        return -1;
    if (S_ISLNK(st.st_mode))
        return copy_link(c, from_root, to_root, target, err);
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
