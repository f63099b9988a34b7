/* SPDX-License-Identifier: MIT */
/*
 * execute.c - one instruction, one layer: how it is made
 *
 * Problem   An instruction changes files of an image that can't be changed.
 * Idea      Put an empty directory on top, let the instruction work on what
 *           overlayfs shows, and keep that directory: it holds the changes and
 *           nothing else.  Packed, it is the new layer; moved into layers/, it
 *           is already unpacked:
 *
 *             upper/   (empty)      RUN rm a; touch b      upper/  .wh.a  b
 *             layers   a            ------------------>      = the layer
 *
 *           That is also why `RUN rm` makes no image smaller: "a" stays in the
 *           layer below, under a whiteout.
 * Rules     1. RUN is a container like any other: engine/runstep.
 *           2. COPY needs only the mounts, so it gets a mount namespace and
 *              no more; it ends with the child, mounts and all.
 * Read      overlayfs.rst in the kernel; reference.md; lessons/22-build.md
 */
#include "engine/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/config.h"
#include "engine/context.h"
#include "engine/copy.h"
#include "engine/runstep.h"
#include "image/pack.h"
#include "linux/overlay.h"
#include "linux/pivot.h"
#include "linux/program.h"
#include "linux/user.h"
#include "runtime/keeper.h"

/* ---- COPY, ADD, WORKDIR ------------------------------------------------- */

/* What the child that does the file work must know. */
struct file_work {
    struct build *b;
    struct stage *s;
    const struct step *step;
    const char *dir; /* of the step */
    int root;        /* descriptor of the merged view, in the child */
};

/* Mount the image with an upper directory over the step's directory. */
static int mount_target(struct file_work *w, struct mb_error *err)
{
    mb_autofree char *upper = mb_printf("%s/upper", w->dir);
    mb_autofree char *work = mb_printf("%s/work", w->dir);
    mb_autostrv struct strv lowers = {0};

    image_layer_dirs(w->b->store, &w->s->image, &lowers);
    strv_take(&lowers, store_empty_dir(w->b->store));
    const struct overlay overlay = {.lowers = lowers.v,
                                    .n_lowers = lowers.n,
                                    .upper = upper,
                                    .work = work,
                                    .disposable = true};
    if (overlay_mount(&overlay, w->dir, err) < 0)
        return -1;
    w->root = fs_open_dir(AT_FDCWD, w->dir, err);
    return w->root < 0 ? -1 : 0;
}

/* A read-only view of the image that COPY --from names.  Returns its root. */
static int mount_source(struct file_work *w, struct mb_error *err)
{
    mb_autostrv struct strv lowers = {0};
    mb_autofree char *empty = store_empty_dir(w->b->store);

    image_layer_dirs(w->b->store, &w->step->from, &lowers);
    strv_add(&lowers, empty);
    const struct overlay overlay = {.lowers = lowers.v, .n_lowers = lowers.n};
    /* overlayfs wants two directories at least; an image without layers has
     * nothing to copy anyway. */
    if (lowers.n > 1 && overlay_mount(&overlay, empty, err) < 0)
        return -1;
    return fs_open_dir(AT_FDCWD, empty, err);
}

/* --chown=user[:group], with the image's own passwd and group. */
static int resolve_owner(const struct file_work *w, struct copy *copy,
                         struct mb_error *err)
{
    struct identity who;

    if (!w->step->chown)
        return 0;
    if (user_lookup(w->root, w->step->chown, &who, err) < 0)
        return mb_wrap(err, "--chown=%s", w->step->chown);
    copy->chown = true;
    copy->uid = who.uid;
    copy->gid = who.gid;
    /* A bare number means the group of that number too. */
    char *end;
    unsigned long number = strtoul(w->step->chown, &end, 10);
    if (*end == '\0')
        copy->gid = number;
    return 0;
}

static int resolve_mode(const struct file_work *w, struct copy *copy,
                        struct mb_error *err)
{
    const char *text = w->step->chmod;
    char *end;

    copy->mode = -1;
    if (!text)
        return 0;
    copy->mode = strtoul(text, &end, 8);
    if (*text == '\0' || *end || copy->mode > 07777)
        return mb_failx(err, "--chmod=%s: give an octal mode such as 755",
                        text);
    return 0;
}

/* The heredocs of a COPY become files of a directory to copy from. */
static int write_heredocs(const struct file_work *w, struct strv *names,
                          int *out_dir, struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s.heredoc", w->dir);
    const struct instruction *in = w->step->in;

    if (mkdir(path, 0755) < 0)
        return mb_fail(err, "make %s", path);
    *out_dir = fs_open_dir(AT_FDCWD, path, err);
    if (*out_dir < 0)
        return -1;
    for (size_t i = 0; i < in->n_heredocs; i++) {
        const struct heredoc *doc = &in->heredocs[i];
        const char *text = w->step->texts.v[i];
        if (fs_write(*out_dir, doc->name, text, strlen(text), err) < 0)
            return -1;
        strv_add(names, doc->name);
    }
    return 0;
}

/* Is the file a tar, or gzip'ed?  Then ADD unpacks it. */
static bool is_archive(int fd)
{
    unsigned char head[512] = {0};
    ssize_t n = pread(fd, head, sizeof head, 0);

    return (n > 2 && head[0] == 0x1f && head[1] == 0x8b) ||
           (n == sizeof head && memcmp(head + 257, "ustar", 5) == 0);
}

/* ADD: unpack those sources that are archives; the others go to *rest. */
static int unpack_archives(const struct file_work *w, int source_root,
                           struct strv *rest, struct mb_error *err)
{
    for (size_t i = 0; i < w->step->sources.n; i++) {
        const char *source = w->step->sources.v[i];
        mb_autoclose int fd =
            fs_open_in_root(source_root, source, O_RDONLY | O_NONBLOCK, 0);
        struct reader reader = reader_from_fd(fd);
        if (fd < 0 || ignore_matches(&w->b->ignore, source) ||
            !is_archive(fd)) {
            strv_add(rest, source);
            continue;
        }
        mb_autoclose int dest =
            fs_mkdirs_in_root(w->root, w->step->dest, 0, 0, err);
        if (dest < 0)
            return -1;
        mb_autofree char *inside = context_real_path(w->root, dest);
        mb_autofree char *path =
            mb_printf("%s/%s", w->dir, inside ? inside : "");
        if (pack_unpack(&reader, path, false, err) < 0)
            return mb_wrap(err, "unpack %s", source);
    }
    return 0;
}

/* Where COPY's files come from, for the child: *out_root is a descriptor. */
static int open_source(struct file_work *w, struct strv *names, int *out_root,
                       struct mb_error *err)
{
    if (w->step->in->n_heredocs)
        return write_heredocs(w, names, out_root, err);
    *out_root = w->step->has_from ? mount_source(w, err) : w->b->context;
    if (*out_root < 0)
        return -1;
    if (w->step->in->keyword == DF_ADD)
        return unpack_archives(w, *out_root, names, err);
    strv_add_all(names, w->step->sources.v);
    return 0;
}

static int do_copy(struct file_work *w, struct mb_error *err)
{
    mb_autostrv struct strv names = {0};
    struct copy copy = {.dest = w->step->dest};

    if (open_source(w, &names, &copy.source_root, err) < 0 ||
        resolve_owner(w, &copy, err) < 0 || resolve_mode(w, &copy, err) < 0)
        return -1;
    copy.sources = &names;
    if (copy.source_root == w->b->context)
        copy.ignore = &w->b->ignore;
    if (names.n == 0)
        return 0; /* ADD of archives only */
    explain("21", "openat2(CONTEXT, ..., RESOLVE_IN_ROOT)",
            "%s to %s, and nothing from outside the context",
            w->step->history.s, w->step->dest);
    return copy_run(&copy, w->root, err);
}

/* WORKDIR makes the directory, and it belongs to the USER of the moment. */
static int do_workdir(struct file_work *w, struct mb_error *err)
{
    const json_t *config = image_run_config(&w->s->image);
    struct identity who;

    if (user_lookup(w->root, config_string(config, "User"), &who, err) < 0)
        return -1;
    mb_autoclose int dir =
        fs_mkdirs_in_root(w->root, w->step->dest, who.uid, who.gid, err);
    return dir < 0 ? -1 : 0;
}

/* The child of rule 2. */
static int file_work_child(void *argument, struct mb_error *err)
{
    struct file_work *w = argument;

    umask(0);
    if (pivot_make_private(err) < 0 || mount_target(w, err) < 0)
        return -1;
    return w->step->in->keyword == DF_WORKDIR ? do_workdir(w, err)
                                              : do_copy(w, err);
}

static int execute_files(struct build *b, struct stage *s,
                         const struct step *step, const char *dir,
                         struct mb_error *err)
{
    struct file_work w = {.b = b, .s = s, .step = step, .dir = dir};
    mb_autofree char *upper = mb_printf("%s/upper", dir);
    mb_autofree char *work = mb_printf("%s/work", dir);

    if (mkdir(upper, 0755) < 0 || mkdir(work, 0700) < 0)
        return mb_fail(err, "make directories in %s", dir);
    return program_call(CLONE_NEWNS, file_work_child, &w, err);
}

/* ---- both --------------------------------------------------------------- */

int execute_step(struct build *b, struct stage *s, const struct step *step,
                 struct cache_record *out, struct mb_error *err)
{
    mb_autofree char *dir = mb_printf("%s/step-%d", b->temporary, b->step);
    mb_autofree char *upper = mb_printf("%s/upper", dir);
    int result;

    if (mkdir(dir, 0755) < 0)
        return mb_fail(err, "make %s", dir);
    if (step->in->keyword == DF_RUN)
        result = runstep_execute(b, s, step, dir, err);
    else
        result = execute_files(b, s, step, dir, err);
    if (result < 0)
        return -1; /* the whole temporary directory goes at the end */
    *out = (struct cache_record){
        .created = b->epoch >= 0 ? b->epoch : time(NULL), .has_layer = true};
    result =
        pack_upper(b->store, upper, b->epoch, &out->diff_id, &out->size, err);
    keeper_reap();
    return result;
}
