/* SPDX-License-Identifier: MIT */
/*
 * copy.c - COPY: from the context into the image
 *
 * Problem   What COPY does depends on what is there.  A directory is copied
 *           without itself, a file into an existing directory keeps its name,
 *           a "/" at the end makes a directory of what follows COPY last.
 * Idea      Decide once where the target is, then go through a sorted list:
 *
 *             COPY src /app      src/         /app/      made, 0755
 *                                src/bin/     /app/bin/  mkdir       finish
 *                                src/bin/run  /app/bin/run           ^
 *                                src/lib.so   /app/lib.so            |
 *                                               then backwards ------'
 *
 *           The same list, hashed (engine/sourcehash), is the cache's key.
 * Rules     1. The destination's symlinks are followed in the image's root;
 *              below the destination nothing is.
 *           2. The target of a directory, when made, is 0755; when there, it
 *              stays as it was.  Directories in it become like their source.
 *              (So "COPY dir /" with a dir/tmp changes the mode of /tmp.)
 *           3. Several sources need a "/" or an existing directory: else each
 *              would overwrite the one before.
 *           4. Nothing is deleted but what a file replaces: COPY merges.
 * Read      docker's reference.md, "COPY"; lessons/21-context.md
 */
#include "engine/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/context.h"
#include "engine/copyfile.h"
#include "engine/sourcehash.h"
#include "engine/tree.h"

/* Frees on every way out, see base/mem.h. */
#define mb_autosources __attribute__((cleanup(context_done)))

/* -- the destination ----------------------------------------------------- */

/* All that the steps of one COPY share. */
struct target {
    const struct copy *copy;
    int root;
    char *path; /* clean, and no symlink at its end */
    bool slash; /* it was written with a "/" at the end: a directory */
    uid_t uid;  /* -1: leave it */
    gid_t gid;
    struct copyfile_links links;
};

/* For the cleanup attribute. */
static void target_done(struct target *target)
{
    copyfile_links_done(&target->links);
    free(target->path);
}

/* If *PATH is a symlink, replace it by where it points to and return 1; else
 * 0.  The kernel could follow it, but not to a file that is still missing. */
static int follow_once(int root, char **path, struct mb_error *err)
{
    mb_autofree char *dir = NULL, *base = NULL;
    char link[PATH_MAX];

    fs_split(*path, &dir, &base);
    mb_autoclose int fd = fs_open_in_root(root, dir, O_PATH | O_DIRECTORY, 0);
    ssize_t n = fd < 0 ? -1 : readlinkat(fd, base, link, sizeof link - 1);
    if (n < 0)
        return 0; /* not there, or no link (EINVAL) */
    link[n] = '\0';
    /* ".." in the link starts where the link really is, which is not where
     * its path says if that path goes through other links. */
    mb_autofree char *real = context_real_path(root, fd);
    if (!real)
        return mb_fail(err, "%s", *path);
    mb_autofree char *from = mb_printf("/%s", real);
    free(*path);
    *path = fs_clean_path(from, link);
    return 1;
}

/* Work out where the destination is and who owns it.  target_done() frees. */
static int find_target(struct target *t, struct mb_error *err)
{
    const struct copy *copy = t->copy;
    bool root = geteuid() == 0;
    int left = 40; /* as many links as the kernel follows, then ELOOP */
    int more;

    /* An ordinary user outside a user namespace would get EPERM for 0:0. */
    t->uid = copy->chown ? copy->uid : root ? 0 : (uid_t)-1;
    t->gid = copy->chown ? copy->gid : root ? 0 : (gid_t)-1;
    /* "/x/." is a directory as much as "/x/" is, and cleaning hides both. */
    t->slash = ends_with(copy->dest, "/") || ends_with(copy->dest, "/.");
    t->path = fs_clean_path("/", copy->dest);
    /* Each round takes one link off the end; links on the way are the kernel's
     * business. */
    while ((more = follow_once(t->root, &t->path, err)) == 1 && --left > 0)
        ;
    if (left > 0)
        return more;
    errno = ELOOP;
    return mb_fail(err, "%s", copy->dest);
}

/* Is the destination a directory, now?  Returns it (O_PATH) or -1.  Asked
 * again for each source: the one before may have made it. */
static int existing_directory(const struct target *t)
{
    return fs_open_in_root(t->root, t->path, O_PATH | O_DIRECTORY, 0);
}

/* Rule 3, in the words of docker's classic builder; BuildKit takes it without
 * a word, and keeps the last file. */
static int check_several(const struct target *t, size_t n, struct mb_error *err)
{
    mb_autoclose int dir = existing_directory(t);

    /* N counts what patterns matched: "*.txt" may be several or one. */
    if (n < 2 || t->slash || dir >= 0)
        return 0;
    mb_failx(err, "When using COPY with more than one source file, the "
                  "destination must be a directory and end with a /");
    return mb_hint(err, "write %s/", t->copy->dest);
}

/* -- copying ------------------------------------------------------------- */

/* Copying is left to engine/copyfile, one job for each entry.
 * A job with what all jobs of this COPY have in common. */
static struct copyfile new_job(struct target *t)
{
    return (struct copyfile){.from_root = t->copy->source_root,
                             .uid = t->uid,
                             .gid = t->gid,
                             .keep_owner =
                                 t->copy->keep_owner && !t->copy->chown,
                             .mode = t->copy->mode,
                             .links = &t->links};
}

/* Copy one file to the destination: into it, if it is a directory. */
static int put_file(struct target *t, const struct source *source,
                    struct mb_error *err)
{
    mb_autofree char *dir = NULL, *base = NULL, *shown = NULL;
    mb_autoclose int there = existing_directory(t);

    if (there >= 0 || t->slash) {
        dir = mb_strdup(t->path);
        base = mb_strdup(source->name);
    } else {
        fs_split(t->path, &dir, &base);
    }
    /* When the "/" was a wrong guess, and a file is in the way, this says
     * ENOTDIR, as docker does. */
    shown = fs_clean_path(dir, base);
    mb_autoclose int fd = fs_mkdirs_in_root(t->root, dir, t->uid, t->gid, err);
    if (fd < 0)
        return -1;
    /* The real path: a named link has been followed, and is not copied. */
    struct copyfile job = new_job(t);
    job.from = source->path;
    job.to_dir = fd;
    job.to = base;
    job.shown = shown;
    return copyfile_put(&job, err);
}

/* Copying one directory: its content, entry by entry, to the directory TOP.
 * Everything below is looked up from there, so that no link in the image can
 * lead it elsewhere. */
struct copied_tree {
    struct target *target;
    const struct source *source;
    int top; /* the directory in the image that gets the content */
};

/* Call STEP, a function of engine/copyfile, for ENTRY of source->below. */
static int for_entry(const struct copied_tree *tree, const char *entry,
                     int (*step)(const struct copyfile *, struct mb_error *),
                     struct mb_error *err)
{
    const char *top = tree->target->path;
    mb_autofree char *from = tree_join(tree->source->path, entry);
    mb_autofree char *to = fs_clean_path("/", entry);
    mb_autofree char *shown = mb_printf("%s%s", top[1] ? top : "", to);
    mb_autofree char *dir = NULL, *base = NULL;
    struct copyfile job = new_job(tree->target);

    fs_split(to, &dir, &base);
    /* Rule 1.  Below the top directory there are no links to follow: each
     * directory on the way was an entry, too, and copyfile_mkdir() has looked
     * at it. */
    mb_autoclose int fd =
        fs_open_in_root(tree->top, dir, O_PATH | O_DIRECTORY, 0);
    if (fd < 0)
        return mb_fail(err, "open directory for %s", shown);
    job.from = from;
    job.to_dir = fd;
    job.to = base;
    job.shown = shown;
    return step(&job, err);
}

/* Copy all entries, parents first; then finish the directories, backwards:
 * no directory may change any more once it has its times, or is read-only. */
static int fill(const struct copied_tree *tree, struct mb_error *err)
{
    const struct strv *below = &tree->source->below;

    for (size_t i = 0; i < below->n; i++) {
        bool dir = ends_with(below->v[i], "/");
        if (for_entry(tree, below->v[i], dir ? copyfile_mkdir : copyfile_put,
                      err) < 0)
            return -1;
    }
    for (size_t i = below->n; i-- > 0;) {
        if (ends_with(below->v[i], "/") &&
            for_entry(tree, below->v[i], copyfile_finish_dir, err) < 0)
            return -1;
    }
    return 0;
}

/* Copy what a directory holds into the destination (rule 2). */
static int put_directory(struct target *t, const struct source *source,
                         struct mb_error *err)
{
    mb_autoclose int there = fs_open_in_root(t->root, t->path, O_PATH, 0);
    struct copied_tree tree = {.target = t, .source = source};
    struct stat st;

    /* Docker's words; fs_mkdirs_in_root() would say ENOTDIR. */
    if (there >= 0 && fstat(there, &st) == 0 && !S_ISDIR(st.st_mode))
        return mb_failx(err, "cannot copy to non-directory: %s", t->path);
    mb_autoclose int top =
        fs_mkdirs_in_root(t->root, t->path, t->uid, t->gid, err);
    if (top < 0)
        return -1;
    tree.top = top;
    return fill(&tree, err);
}

/* Unpack the source, if it is an archive: 1; else 0. */
static int unpack_file(const struct target *t, const struct source *source,
                       struct mb_error *err)
{
    const struct copy *copy = t->copy;
    struct stat st;

    if (!copy->unpack || source->dir)
        return 0;
    mb_autoclose int fd = fs_open_in_root(copy->source_root, source->path,
                                          O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0 || fstat(fd, &st) < 0)
        return mb_fail(err, "open /%s", source->path);
    int result = S_ISREG(st.st_mode) ? copy->unpack(copy, fd, err) : 0;
    return result < 0 ? mb_wrap(err, "unpack %s", source->path) : result;
}

/* Copy all sources to the target, in the order of the Dockerfile. */
static int put_all(struct target *t, const struct sources *sources,
                   struct mb_error *err)
{
    if (check_several(t, sources->n, err) < 0)
        return -1;
    for (size_t i = 0; i < sources->n; i++) {
        const struct source *source = &sources->v[i];
        explain("21", "copy_file_range(context, image)", "/%s to %s%s",
                source->path, t->path, source->dir ? ", what is in it" : "");
        int unpacked = unpack_file(t, source, err);
        if (unpacked < 0)
            return -1;
        if (unpacked == 0 &&
            (source->dir ? put_directory : put_file)(t, source, err) < 0)
            return -1;
    }
    return 0;
}

int copy_run(const struct copy *copy, int root_fd, struct mb_error *err)
{
    mb_autosources struct sources sources = {0};
    __attribute__((cleanup(target_done))) struct target target = {
        .copy = copy,
        .root = root_fd,
    };

    /* All sources are found before anything is made: most mistakes are in
     * them, and leave the image as it was. */
    if (context_find(copy->source_root, copy->ignore, copy->sources, &sources,
                     err) < 0)
        return -1;
    if (find_target(&target, err) < 0)
        return -1;
    return put_all(&target, &sources, err);
}

int copy_add_to_key(const struct copy *copy, struct key *out,
                    struct mb_error *err)
{
    mb_autosources struct sources sources = {0};

    if (context_find(copy->source_root, copy->ignore, copy->sources, &sources,
                     err) < 0)
        return -1;
    /* In the order of the Dockerfile: when two sources have a file of the same
     * name, the later one wins, so the order is part of the result. */
    const struct sourcehash how = {.root = copy->source_root,
                                   .owners = copy->keep_owner,
                                   .cache = copy->hashes,
                                   .out = out};
    for (size_t i = 0; i < sources.n; i++) {
        if (sourcehash_add(&how, &sources.v[i], err) < 0)
            return -1;
    }
    if (copy->skipped)
        strv_add_all(copy->skipped, sources.skipped.v);
    return 0;
}
