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
#include "engine/copyplan.h"
#include "engine/copystep.h"
#include "engine/runstep.h"
#include "image/pack.h"
#include "linux/pivot.h"
#include "linux/program.h"
#include "linux/user.h"
#include "runtime/keeper.h"

/* ---- COPY, ADD, WORKDIR ------------------------------------------------- */

/* Mount the image with an upper directory over the step's directory. */
static int mount_target(struct copystep *w, struct mb_error *err)
{
    if (stage_mount(w->b->store, &w->s->image, w->dir, true, err) < 0)
        return -1;
    w->root = fs_open_dir(AT_FDCWD, w->dir, err);
    return w->root < 0 ? -1 : 0;
}

/* WORKDIR makes the directory, and it belongs to the USER of the moment. */
static int do_workdir(struct copystep *w, struct mb_error *err)
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
    struct copystep *w = argument;

    umask(0);
    if (pivot_make_private(err) < 0 || mount_target(w, err) < 0)
        return -1;
    return w->step->in->keyword == DF_WORKDIR ? do_workdir(w, err)
                                              : copystep_do(w, err);
}

static int execute_files(struct build *b, struct stage *s, struct step *step,
                         const char *dir, struct mb_error *err)
{
    struct copystep w = {.b = b, .s = s, .step = step, .dir = dir};
    mb_autofree char *upper = mb_printf("%s/upper", dir);
    mb_autofree char *work = mb_printf("%s/work", dir);

    if (mkdir(upper, 0755) < 0 || mkdir(work, 0700) < 0)
        return mb_fail(err, "make directories in %s", dir);
    if (copyplan_fetch(b, step, err) < 0)
        return -1;
    return program_call(CLONE_NEWNS, file_work_child, &w, err);
}

/* ---- both --------------------------------------------------------------- */

int execute_step(struct build *b, struct stage *s, struct step *step,
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
