/* SPDX-License-Identifier: MIT */
/*
 * copystep.c - COPY and ADD: a step that carries files
 *
 * Problem   Their sources lie in four places, some are to be unpacked, and all
 *           end up in one directory.
 * Idea      One place after another becomes a directory to copy from, and
 *           engine/copy does the rest:
 *
 *             the context         as it is
 *             --from an image     its layers, mounted read-only
 *             URLs                fetched, each to a directory of its own
 *             heredocs            written to a directory
 *
 * Rules     1. ADD unpacks what is an archive by its content, not by its name;
 *              a file that was fetched only with --unpack.
 *           2. Names of users and groups are those of the image.
 *           3. An archive keeps its own owners and modes: --chown and --chmod
 *              are for files.
 * Read      reference.md, "COPY", "ADD"; lessons/21-context.md
 */
#include "engine/copystep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/context.h"
#include "engine/copy.h"
#include "image/pack.h"
#include "image/sniff.h"
#include "linux/user.h"

/* ---- where from --------------------------------------------------------- */

/* The heredocs become files of a directory to copy from. */
static int write_heredocs(const struct copystep *w, struct strv *names,
                          struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s.heredoc", w->dir);
    const struct instruction *in = w->step->in;

    if (mkdir(path, 0755) < 0)
        return mb_fail(err, "make %s", path);
    mb_autoclose int dir = fs_open_dir(AT_FDCWD, path, err);
    if (dir < 0)
        return -1;
    for (size_t i = 0; i < in->n_heredocs; i++) {
        const struct heredoc *doc = &in->heredocs[i];
        const char *text = w->step->texts.v[i];
        if (fs_write(dir, doc->name, text, strlen(text), err) < 0)
            return -1;
        strv_add(names, doc->name);
    }
    return fcntl(dir, F_DUPFD_CLOEXEC, 0);
}

/* ---- as whom ------------------------------------------------------------ */

/* --chown=user[:group] (rule 2).  A bare number means the group of that number
 * too, and ":group" root's file. */
static int resolve_owner(const struct copystep *w, struct copy *copy,
                         struct mb_error *err)
{
    const char *text = w->step->chown;
    struct identity who;
    char *end;

    if (!text || !*text)
        return 0;
    mb_autofree char *wanted = mb_printf("%s%s", *text == ':' ? "0" : "", text);
    if (user_lookup(w->root, wanted, &who, err) < 0)
        return mb_wrap(err, "--chown=%s", text);
    copy->chown = true;
    copy->uid = who.uid;
    copy->gid = who.gid;
    unsigned long number = strtoul(text, &end, 10);
    if (*end == '\0')
        copy->gid = number;
    return 0;
}

/* ---- archives ----------------------------------------------------------- */

/* ADD: if the open file is an archive, unpack it into the destination: 1. */
static int unpack(const struct copy *copy, int fd, struct mb_error *err)
{
    const struct copystep *w = copy->unpack_for;
    enum sniffed kind = sniff_archive(fd);
    struct reader reader = reader_from_fd(fd);

    if (kind == SNIFF_OTHER)
        return 0;
    if (kind == SNIFF_BZIP2 || kind == SNIFF_XZ) {
        mb_failx(err, "minibox does not unpack %s", sniff_name(kind));
        return mb_hint(err, "ADD --unpack=false or COPY takes it as a file");
    }
    mb_autoclose int dest =
        fs_mkdirs_in_root(w->root, copy->dest, copy->chown ? copy->uid : 0,
                          copy->chown ? copy->gid : 0, err);
    if (dest < 0)
        return -1;
    mb_autofree char *inside = context_real_path(w->root, dest);
    mb_autofree char *path = mb_printf("%s/%s", w->dir, inside ? inside : "");
    return pack_unpack(&reader, path, false, err) < 0 ? -1 : 1;
}

/* Rule 1. */
static bool wants_unpack(const struct copystep *w, bool fetched)
{
    const char *flag = instruction_flag(w->step->in, "unpack");

    if (w->step->in->keyword != DF_ADD)
        return false;
    return flag ? strcasecmp(flag, "true") == 0 : !fetched;
}

/* ---- the step ----------------------------------------------------------- */

/* Copy from the context, or from another image. */
static int copy_files(const struct copystep *w, struct copy copy,
                      struct mb_error *err)
{
    copy.source_root = w->step->has_from
                           ? stage_open_files(w->b->store, &w->step->from, err)
                           : w->b->context;
    if (copy.source_root < 0)
        return -1;
    if (!w->step->has_from)
        copy.ignore = &w->b->ignore;
    /* Who owns a file of the context says nothing to an image; who owns one
     * of an image does. */
    copy.keep_owner = w->step->has_from;
    copy.sources = &w->step->sources;
    copy.unpack = wants_unpack(w, false) ? unpack : NULL;
    explain("21", "openat2(CONTEXT, ..., RESOLVE_IN_ROOT)",
            "%s to %s, and nothing from outside the context",
            w->step->history.s, w->step->dest);
    return copy_run(&copy, w->root, err);
}

/* Copy the file at PATH, which was fetched, and is alone in its directory. */
static int copy_fetched(const struct copystep *w, struct copy copy,
                        const char *path, struct mb_error *err)
{
    static char everything[] = "*"; /* its name may look like a pattern */
    char *all[] = {everything, NULL};
    const struct strv names = {.v = all, .n = 1};
    mb_autofree char *dir = NULL, *base = NULL;

    fs_split(path, &dir, &base);
    mb_autoclose int root = fs_open_dir(AT_FDCWD, dir, err);
    if (root < 0)
        return -1;
    copy.source_root = root;
    copy.sources = &names;
    copy.unpack = wants_unpack(w, true) ? unpack : NULL;
    return copy_run(&copy, w->root, err);
}

static int copy_heredocs(const struct copystep *w, struct copy copy,
                         struct mb_error *err)
{
    mb_autostrv struct strv names = {0};
    mb_autoclose int root = write_heredocs(w, &names, err);

    if (root < 0)
        return -1;
    copy.source_root = root;
    copy.sources = &names;
    return copy_run(&copy, w->root, err);
}

int copystep_do(const struct copystep *w, struct mb_error *err)
{
    const struct step *step = w->step;
    struct copy copy = {
        .dest = step->dest, .mode = step->chmod, .unpack_for = w};

    if (resolve_owner(w, &copy, err) < 0)
        return -1;
    if (step->sources.n && copy_files(w, copy, err) < 0)
        return -1;
    for (size_t i = 0; i < step->fetched.n; i++)
        if (copy_fetched(w, copy, step->fetched.v[i], err) < 0)
            return -1;
    return step->in->n_heredocs ? copy_heredocs(w, copy, err) : 0;
}
