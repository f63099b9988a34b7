/* SPDX-License-Identifier: MIT */
/*
 * tree.c - list a tree, the same way every time
 *
 * Problem   readdir(3) returns names in the order of a hash table on disk.
 *           Whoever hashes a tree in that order gets another digest after
 *           each git clone, and the build cache never hits.
 * Idea      Sort each directory, and name parents before their content:
 *
 *             src/         bin/      bin/      <- mkdir comes first
 *               bin/run    bin/run             <- then what is in it
 *               a          a
 *
 * Rules     1. A directory ends with "/": the list says what is one, and
 *              nobody need look again.
 *           2. Every directory is opened by its path from the root, in the
 *              root, and closed before its children are opened: depth costs
 *              no descriptors, and a swapped link leads nowhere.
 *           3. Sockets and device nodes do not exist, and what .dockerignore
 *              hides does not either.
 * Read      readdir(3), openat2(2); lessons/21-context.md
 */
#include "engine/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"

/* Are we to see this directory entry, and is it a directory?  Sockets and
 * device nodes mean something on this host only: we do not see them. */
static bool visible(int dirfd, const struct dirent *entry, bool *out_dir)
{
    unsigned char type = entry->d_type;
    struct stat st;

    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return false;
    /* Some filesystems do not tell (readdir(3), d_type): then look.  Should
     * that fail, the file has just gone, and DT_UNKNOWN is not visible. */
    if (type == DT_UNKNOWN &&
        fstatat(dirfd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        type = IFTODT(st.st_mode);
    *out_dir = type == DT_DIR;
    return type == DT_DIR || type == DT_REG || type == DT_LNK ||
           type == DT_FIFO;
}

/* For qsort(3).  Not strcoll(3): the order must be the same in every locale,
 * or a digest would depend on who builds. */
static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Remember the entry at PATH/NAME, which is not listed, unless it is hidden. */
static void note_skipped(const struct tree *tree, const char *path,
                         const char *name)
{
    char *full = tree_join(path, name);

    if (tree->skipped && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
        !ignore_matches(tree->ignore, full))
        strv_add(tree->skipped, full);
    free(full);
}

int tree_list(const struct tree *tree, const char *path, struct strv *out,
              struct mb_error *err)
{
    int fd = fs_open_in_root(tree->root, *path ? path : ".",
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    mb_autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    bool is_dir;

    if (!dir) {
        mb_fail(err, "open directory /%s", path);
        mb_cleanup_close(&fd);
        return -1;
    }
    /* NULL is both the end and an error: errno tells them apart. */
    while (errno = 0, (entry = readdir(dir))) {
        if (visible(fd, entry, &is_dir))
            strv_addf(out, "%s%s", entry->d_name, is_dir ? "/" : "");
        else
            note_skipped(tree, path, entry->d_name);
    }
    if (errno)
        return mb_fail(err, "read directory /%s", path);
    if (out->n > 1)
        qsort(out->v, out->n, sizeof *out->v, by_name);
    return 0;
}

char *tree_join(const char *dir, const char *name)
{
    int len = (int)strlen(name) - ends_with(name, "/");

    return mb_printf("%s%s%.*s", dir, *dir ? "/" : "", len, name);
}

/* Forget the last string of the list. */
static void drop_last(struct strv *list)
{
    free(list->v[--list->n]);
    list->v[list->n] = NULL;
}

/* One walk: what stays the same on the way down. */
struct walk {
    const struct tree *tree;
    size_t skip; /* so much of each path leads to the top */
    struct strv *out;
};

static int walk_directory(const struct walk *w, const char *dir,
                          struct mb_error *err);

/* Append the entry at PATH, and all below it if it is a directory. */
static int walk_entry(const struct walk *w, const char *path, bool is_dir,
                      struct mb_error *err)
{
    const struct ignore *ignore = w->tree->ignore;
    bool hidden = ignore_matches(ignore, path);

    if (hidden && (!is_dir || ignore_hides_tree(ignore, path)))
        return 0;
    strv_addf(w->out, "%s%s", path + w->skip, is_dir ? "/" : "");
    size_t before = w->out->n;
    if (is_dir && walk_directory(w, path, err) < 0)
        return -1;
    /* A hidden directory exists only for what "!" takes back in it. */
    if (hidden && w->out->n == before)
        drop_last(w->out);
    return 0;
}

/* Append everything below DIR, parents first. */
static int walk_directory(const struct walk *w, const char *dir,
                          struct mb_error *err)
{
    mb_autostrv struct strv names = {0};

    if (tree_list(w->tree, dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.n; i++) {
        mb_autofree char *path = tree_join(dir, names.v[i]);
        /* No system call takes a longer one: a tree that was built with
         * relative names, to be in the way.  It bounds the recursion, too. */
        if (strlen(path) >= PATH_MAX)
            return mb_failx(err, "path too long: /%.100s...", path);
        if (walk_entry(w, path, ends_with(names.v[i], "/"), err) < 0)
            return -1;
    }
    return 0;
}

int tree_walk(const struct tree *tree, const char *path, struct strv *out,
              struct mb_error *err)
{
    const struct walk walk = {
        .tree = tree,
        .skip = *path ? strlen(path) + 1 : 0,
        .out = out,
    };

    return walk_directory(&walk, path, err);
}
