/* SPDX-License-Identifier: MIT */
/*
 * layerpack.c - pack a layer: from overlayfs' upper directory to a tar
 *
 * Problem   An image's name is the digest of its bytes.  If packing the same
 *           tree twice gave two archives, no build could ever be repeated,
 *           nor any layer be recognized as one that the other side has.
 * Idea      Walk in one fixed order, and let packfile.c and mktar.c leave out
 *           all that is not the tree itself.  On the way overlayfs' marks
 *           become names again (layer.c does the reverse):
 *
 *             in the directory                  in the tar
 *             app/old   char device 0:0         app/.wh.old
 *             lib/      xattr overlay.opaque=y  lib/.wh..wh..opq
 *
 *           One call of pack_children() for each directory, with one list of
 *           names and one descriptor that stay open.
 *
 * Rules     1. Sorted as strcmp(3) sorts, at every level: readdir(3) gives
 *              the order of the file system's hash table.
 *           2. A directory's entry comes first, then its opaque mark, then
 *              what is in it.
 *           3. A file named ".wh.x" has no place in a layer: it would come
 *              out as a mark.  The container made it; we refuse to pack it.
 *           4. Times later than options->newest change on disk too: this
 *              directory is going to be the layer, and must equal its tar.
 * Read      OCI image-spec, layer.md; readdir(3), utimensat(2);
 *           https://reproducible-builds.org/specs/source-date-epoch/;
 *           lessons/13-layers.md
 */
#include "image/layerpack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "image/mktar.h"
#include "image/packfile.h"
#include "image/walk.h"

/* One run of layer_pack(). */
struct pack {
    struct packer packer;
    const char *opaque; /* the xattr's name */
    int depth;          /* components of packer.path */
};

static int pack_children(struct pack *p, int fd, struct mb_error *err);

/* For qsort(3): bytes, no locale (rule 1). */
static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in the open directory FD, sorted.  All of them at once: with one
 * directory at each level, that is what can be in memory. */
static int list_dir(int fd, struct strv *out, struct mb_error *err)
{
    /* Its own descriptor: fdopendir(3) takes it over, and FD stays ours. */
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mb_autodir DIR *dir = own < 0 ? NULL : fdopendir(own);
    struct dirent *entry;

    if (!dir) {
        if (own >= 0)
            close(own);
        return mb_fail(err, "read directory");
    }
    /* NULL is the end or an error: errno alone tells. */
    while (errno = 0, entry = readdir(dir))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            strv_add(out, entry->d_name);
    if (errno)
        return mb_fail(err, "read directory");
    if (out->n > 0)
        qsort(out->v, out->n, sizeof *out->v, compare_names);
    return 0;
}

/* Is the open directory opaque?  "x" is another thing, of Linux 6.7. */
static bool is_opaque(const struct pack *p, int fd)
{
    char value[2];

    return fgetxattr(fd, p->opaque, value, sizeof value) == 1 &&
           value[0] == 'y';
}

/* Rule 2, but for the entry itself: the mark, then the content.  The root
 * has these two only. */
static int pack_content(struct pack *p, int fd, struct mb_error *err)
{
    /* First, so that a reader in one pass hides before it adds. */
    if (is_opaque(p, fd) &&
        packfile_mark(&p->packer, p->packer.path.s, ".wh..opq", err) < 0)
        return -1;
    return pack_children(p, fd, err);
}

/* Rule 2: a directory with all that is in it. */
static int pack_dir(struct pack *p, struct node *node, struct mb_error *err)
{
    mb_autoclose int fd = packfile_open(node, err);

    if (fd < 0 || packfile_dir(&p->packer, fd, node, err) < 0)
        return -1;
    return pack_content(p, fd, err);
}

/* Rule 4, for the node that was just packed. */
static int clamp_time(const struct pack *p, const struct node *node,
                      struct mb_error *err)
{
    const struct timespec times[2] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = p->packer.newest},
    };

    if (!packfile_too_new(&p->packer, &node->st.st_mtim))
        return 0;
    /* By name and not followed: a symlink has a time, but no descriptor. */
    if (utimensat(node->dir, node->name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return mb_fail(err, "set the time");
    return 0;
}

/* Pack the file NAME, whose directory has the path of DIR_LEN bytes. */
static int pack_node(struct pack *p, int dir, const char *name, size_t dir_len,
                     struct mb_error *err)
{
    struct node node = {.dir = dir, .name = name};
    mb_autofree char *parent = mb_strndup(p->packer.path.s, dir_len);
    int r;

    if (fstatat(dir, name, &node.st, AT_SYMLINK_NOFOLLOW) < 0)
        return mb_fail(err, "stat");
    /* Before anything else: overlayfs links all its whiteouts to one inode,
     * so they look like hard links. */
    if (walk_is_whiteout(&node.st))
        return packfile_mark(&p->packer, parent, name, err);
    if (starts_with(name, ".wh.")) /* rule 3 */
        return mb_failx(err, "names that begin with .wh. can't be in a layer");
    /* The time comes last, when nothing below changes any more. */
    if (S_ISDIR(node.st.st_mode))
        r = pack_dir(p, &node, err);
    else
        r = packfile_put(&p->packer, &node, err);
    return r < 0 ? -1 : clamp_time(p, &node, err);
}

/* Make the current path one component longer; pack_children() takes it off
 * again. */
static int push_name(struct pack *p, const char *name, struct mb_error *err)
{
    struct buf *path = &p->packer.path;

    if (path->len > 0)
        buf_addc(path, '/');
    buf_adds(path, name);
    /* layer_apply() would not take these, nor most other programs. */
    if (path->len >= WALK_PATH_MAX || ++p->depth > WALK_DEPTH_MAX)
        return mb_failx(err, "the path is too long or too deep");
    return 0;
}

/* Pack what is in the open directory FD, the current path. */
static int pack_children(struct pack *p, int fd, struct mb_error *err)
{
    struct buf *path = &p->packer.path;
    mb_autostrv struct strv names = {0};
    size_t len = path->len;

    if (list_dir(fd, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.n; i++) {
        if (push_name(p, names.v[i], err) < 0 ||
            pack_node(p, fd, names.v[i], len, err) < 0)
            return -1; /* the path stays: layer_pack() names it */
        /* Back to the directory, for the next name. */
        path->len = len;
        path->s[len] = '\0';
        p->depth--;
    }
    return 0;
}

/* Pack the root: no entry, but it may be opaque, and its time counts. */
static int pack_root(struct pack *p, int dir_fd, struct mb_error *err)
{
    struct node root = {.dir = dir_fd, .name = "."};
    mb_autoclose int fd =
        openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &root.st) < 0)
        return mb_fail(err, "open the layer's directory");
    if (pack_content(p, fd, err) < 0)
        return -1;
    return clamp_time(p, &root, err);
}

int layer_pack(int dir_fd, int tar_fd, const struct layer_options *options,
               struct layer_stats *out_stats, struct mb_error *err)
{
    mb_autofree char *opaque = mb_printf("%sopaque", options->xattr_prefix);
    mb_automktar struct mktar *tar = mktar_open(tar_fd, err);
    struct pack p = {
        .packer = {.tar = tar,
                   .xattr_prefix = options->xattr_prefix,
                   .newest = options->newest,
                   .path = BUF_INIT},
        .opaque = opaque,
    };
    int r = -1;

    if (tar && pack_root(&p, dir_fd, err) == 0)
        r = mktar_finish(tar, err); /* or the archive stays without end */
    if (r < 0)
        mb_wrap(err, "/%.300s", p.packer.path.s);
    else if (out_stats)
        *out_stats = p.packer.stats;
    packfile_done(&p.packer);
    return r;
}
