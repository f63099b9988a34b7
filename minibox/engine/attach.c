/* SPDX-License-Identifier: MIT */
/*
 * attach.c - mounts for a RUN that leave nothing behind
 *
 * Problem   A mount needs a directory or a file to be mounted on.  Whoever
 *           makes it in the image has put it into the layer, and it stays.
 * Idea      Overlayfs merges layers, so we add one below all others that has
 *           the mount points and nothing else.  It is no part of the image:
 *
 *             upper      (what RUN changes)    <- becomes the layer
 *             layers     bin etc run
 *             points         run/secrets/token  <- empty, thrown away
 *             --------------------------------
 *             merged     bin etc run/secrets/token  <== the secret
 *
 *           The real path of a point is asked of the kernel first, because
 *           /var/run/secrets may mean /run/secrets in this image.
 * Rules     1. Files of the context are copied, then mounted: so .dockerignore
 *              holds, nobody sees a link to the outside, root owns them as
 *              after COPY, and what is written to them is thrown away.
 *           2. Files of a stage or an image are its layers, mounted once more:
 *              read-only, or with an upper directory that is thrown away.
 *           3. All mounts are made in the container's own mount namespace, and
 *              end with it.
 * Read      overlayfs.rst in the kernel; mount_namespaces(7);
 *           lessons/22-build.md
 */
#include "engine/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/context.h"
#include "engine/copy.h"
#include "linux/mount.h"
#include "linux/overlay.h"

/* What a copy out of the context is called in its directory. */
#define COPIED "files"

/* ---- in minibox, before the container ----------------------------------- */

/* Rule 1. */
static int copy_context(const struct attach *a, const struct attached *m,
                        struct mb_error *err)
{
    mb_autostrv struct strv sources = runmount_source(&m->want->flag);
    const struct copy copy = {.source_root = a->b->context,
                              .ignore = &a->b->ignore,
                              .sources = &sources,
                              .dest = "/" COPIED};
    mb_autoclose int dir = fs_open_dir(AT_FDCWD, m->dir, err);
    /* Every user of the container may read it, whatever our own umask is. */
    mode_t before = umask(0022);
    int result = dir < 0 ? -1 : copy_run(&copy, dir, err);

    umask(before);
    return result;
}

/* One mount, as far as it can be made ready out here. */
static int prepare_one(const struct attach *a, struct attached *m,
                       struct container_spec *spec, struct mb_error *err)
{
    const struct mountflag *flag = &m->want->flag;

    switch (flag->type) {
    case MOUNTFLAG_CACHE:
        return cachemount_take(a->b->store, flag, &m->cache, err);
    case MOUNTFLAG_SECRET:
        if (secret_want(&a->b->secrets, flag, &m->secret, err) < 0)
            return -1;
        return m->secret ? secret_to_env(m->secret, flag, &spec->env, err) : 0;
    case MOUNTFLAG_BIND:
        m->dir = mb_printf("%s/%zu", a->dir, (size_t)(m - a->v));
        if (mkdir(m->dir, 0755) < 0)
            return mb_fail(err, "make %s", m->dir);
        return m->want->has_from ? 0 : copy_context(a, m, err);
    case MOUNTFLAG_TMPFS:
        break;
    }
    return 0;
}

/* ---- in the container's first process, before there is a root ----------- */

/* Rule 2. */
static int mount_from(const struct attach *a, const struct attached *m,
                      struct mb_error *err)
{
    mb_autofree char *upper = mb_printf("%s/upper", m->dir);
    mb_autofree char *work = mb_printf("%s/work", m->dir);
    bool writable = !m->want->flag.read_only;

    if (writable && (mkdir(upper, 0755) < 0 || mkdir(work, 0700) < 0))
        return mb_fail(err, "make %s", upper);
    return stage_mount(a->b->store, &m->want->from, m->dir, writable, err);
}

/* Open what will be bound. */
static int open_source(const struct attach *a, struct attached *m,
                       struct mb_error *err)
{
    const char *source = m->want->flag.source;

    if (m->cache.dir) {
        m->source = fs_open_dir(AT_FDCWD, m->cache.dir, err);
        return m->source < 0 ? -1 : 0;
    }
    if (!m->dir)
        return 0;
    if (!m->want->has_from)
        source = COPIED;
    else if (mount_from(a, m, err) < 0)
        return -1;
    mb_autoclose int root = fs_open_dir(AT_FDCWD, m->dir, err);
    if (root < 0)
        return -1;
    m->source = fs_open_in_root(root, source ? source : "/", O_PATH, 0);
    return m->source < 0 ? mb_fail(err, "%s", source) : 0;
}

/* Is a directory mounted, or a file? */
static bool is_dir(const struct attached *m)
{
    struct stat st;

    if (m->source < 0)
        return m->want->flag.type == MOUNTFLAG_TMPFS;
    return fstat(m->source, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Does it need a place in the tree?  A secret that nobody gave has none, nor
 * has one that is a variable only. */
static bool has_place(const struct attached *m)
{
    return m->want->flag.target &&
           (m->secret || m->want->flag.type != MOUNTFLAG_SECRET);
}

/* The real path of TARGET in the image, which need not have it: *out is NULL
 * when it has, and nothing must be made. */
static int real_target(int root, const char *target, char **out,
                       struct mb_error *err)
{
    mb_autofree char *path = mb_strdup(target), *rest = mb_strdup("");

    *out = NULL;
    for (;;) {
        mb_autofree char *dir = NULL, *base = NULL;
        mb_autoclose int fd = fs_open_in_root(root, path, O_PATH, 0);
        if (fd >= 0) {
            mb_autofree char *real = context_real_path(root, fd);
            if (real && *rest)
                *out = mb_printf("/%s%s", real, rest);
            return real ? 0 : mb_fail(err, "mount on %s", target);
        }
        /* There, and yet it can't be opened: nobody could mount on it. */
        mb_autoclose int link =
            fs_open_in_root(root, path, O_PATH | O_NOFOLLOW, 0);
        if (link >= 0)
            return mb_failx(err, "%s in the image is a link to nothing", path);
        fs_split(path, &dir, &base);
        char *longer = mb_printf("/%s%s", base, rest);
        free(rest);
        rest = longer;
        free(path);
        path = mb_steal(&dir);
    }
}

/* The real path of each mount point that is missing in the image, or NULL. */
static int find_points(const struct attach *a, char **out, struct mb_error *err)
{
    mb_autofree char *look = mb_printf("%s/look", a->dir);
    const struct overlay overlay = {.lowers = a->lowers->v,
                                    .n_lowers = a->lowers->n};
    int result = 0;

    if (mkdir(look, 0755) < 0)
        return mb_fail(err, "make %s", look);
    if (overlay_mount(&overlay, look, err) < 0)
        return -1;
    mb_autoclose int root = fs_open_dir(AT_FDCWD, look, err);
    for (size_t i = 0; root >= 0 && result == 0 && i < a->n; i++)
        if (has_place(&a->v[i]))
            result = real_target(root, a->v[i].want->flag.target, &out[i], err);
    /* The layers may be changed again once nobody looks at them. */
    if (umount2(look, MNT_DETACH) < 0)
        return mb_fail(err, "unmount %s", look);
    return root < 0 ? -1 : result;
}

/* Make the mount points in the layer below all. */
static int make_points(const struct attach *a, struct mb_error *err)
{
    mb_autofree char *points = mb_printf("%s/points", a->dir);
    mb_autoclose int root = fs_open_dir(AT_FDCWD, points, err);
    mb_autostrv struct strv paths = {.v = mb_alloc((a->n + 1) * sizeof(char *)),
                                     .n = a->n};
    int result = root < 0 ? -1 : find_points(a, paths.v, err);

    for (size_t i = 0; result == 0 && i < a->n; i++) {
        if (!paths.v[i])
            continue;
        mb_autoclose int fd =
            mount_open_target(root, paths.v[i], is_dir(&a->v[i]), err);
        result = fd < 0 ? -1 : 0;
    }
    return result;
}

/* See struct container_mounts. */
static int before_root(void *argument, struct mb_error *err)
{
    struct attach *a = argument;
    mode_t umask_before = umask(0022);
    int result = 0;

    for (size_t i = 0; result == 0 && i < a->n; i++)
        result = open_source(a, &a->v[i], err);
    if (result == 0)
        result = make_points(a, err);
    umask(umask_before);
    return result;
}

/* ---- the same process, when the root is there --------------------------- */

static int mount_memory(const struct mountflag *flag, int target,
                        struct mb_error *err)
{
    mb_autofree char *options =
        flag->size
            ? mb_printf("mode=1777,size=%llu", (unsigned long long)flag->size)
            : mb_strdup("mode=1777");

    /* Programs may be executed in it: builds do that. */
    if (mount("tmpfs", mount_fd_path(target).text, "tmpfs",
              MS_NOSUID | MS_NODEV, options) < 0)
        return mb_fail(err, "mount a tmpfs");
    return 0;
}

static int mount_one(const struct attached *m, int root, struct mb_error *err)
{
    const struct mountflag *flag = &m->want->flag;
    struct stat st;

    if (flag->type == MOUNTFLAG_SECRET)
        return secret_mount(m->secret, flag, root, err);
    mb_autoclose int target =
        mount_open_target(root, flag->target, is_dir(m), err);
    if (target < 0 || fstat(target, &st) < 0)
        return -1;
    if (S_ISDIR(st.st_mode) != is_dir(m))
        return mb_failx(err, is_dir(m) ? "a directory can't cover a file"
                                       : "a file can't cover a directory");
    if (flag->type == MOUNTFLAG_TMPFS)
        return mount_memory(flag, target, err);
    if (mount_bind(mount_fd_path(m->source).text, target, err) < 0)
        return -1;
    return mount_set_flags(root, flag->target,
                           MS_NODEV | (flag->read_only ? MS_RDONLY : 0), err);
}

/* See struct container_mounts. */
static int mount_all(int root, void *argument, struct mb_error *err)
{
    const struct attach *a = argument;

    for (size_t i = 0; i < a->n; i++) {
        const struct mountflag *flag = &a->v[i].want->flag;
        const char *type = mountflag_type_name(flag->type);
        if (!has_place(&a->v[i]))
            continue;
        if (mount_one(&a->v[i], root, err) < 0)
            return mb_wrap(err, "RUN --mount=type=%s,target=%s", type,
                           flag->target);
        explain("22", "mount(..., TARGET, ...)",
                "%s on %s, for this step alone", type, flag->target);
    }
    return 0;
}

/* ---- begin and end ------------------------------------------------------ */

int attach_prepare(const struct build *b, const struct runmounts *mounts,
                   const char *dir, struct container_spec *spec,
                   struct attach *a, struct mb_error *err)
{
    *a = (struct attach){.b = b, .lowers = &spec->lowers};
    if (mounts->n == 0)
        return 0;
    a->dir = mb_printf("%s/mounts", dir);
    a->v = mb_alloc(mounts->n * sizeof *a->v);
    a->mounts = (struct container_mounts){before_root, mount_all, a};
    mb_autofree char *points = mb_printf("%s/points", a->dir);
    if (mkdir(a->dir, 0755) < 0 || mkdir(points, 0755) < 0)
        return mb_fail(err, "make %s", points);
    strv_add(&spec->lowers, points);
    spec->mounts = &a->mounts;
    for (size_t i = 0; i < mounts->n; i++) {
        struct attached *m = &a->v[a->n++];
        *m = (struct attached){
            .want = &mounts->v[i], .cache = {.lock = -1}, .source = -1};
        if (prepare_one(a, m, spec, err) < 0)
            return -1;
    }
    return 0;
}

void attach_done(struct attach *a)
{
    for (size_t i = 0; i < a->n; i++) {
        cachemount_done(&a->v[i].cache);
        free(a->v[i].dir);
    }
    free(a->v);
    if (a->dir)
        (void)fs_remove_tree(AT_FDCWD, a->dir, NULL);
    free(a->dir);
    *a = (struct attach){0};
}
