/* SPDX-License-Identifier: MIT */
/*
 * packfile.c - one file of a tree as an entry of a layer
 *
 * Problem   stat(2) tells more than a layer may hold: inode numbers, times to
 *           the nanosecond, links that are counted but not named.
 * Idea      The counterpart of entry.c, which reads what this writes:
 *
 *             stat    type, mode, uid, gid, seconds of mtime    -> header
 *             xattrs  user.*, security.capability, sorted       -> header
 *             read    exactly st_size bytes                     -> content
 *
 *           A file that the tar has under another name is a link to that
 *           name, without content:
 *
 *             a/one   inode 7   -> file     a/one
 *             b/two   inode 7   -> hardlink b/two to a/one
 *
 * Rules     1. Of several names for one file, the first that comes is the
 *              file, the others are links to it.
 *           2. The header states the size: the content must be as long,
 *              whatever somebody does to the file meanwhile.
 *           3. What is not set in a header is not written: no atime, ctime,
 *              device, inode, user or group name.
 * Read      tar(5), archive_entry(3), tsearch(3), listxattr(2);
 *           lessons/13-layers.md
 */
#include "image/packfile.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"
#include "image/walk.h"

/* A file with several names, and the first of them.  stat(2) knows how many
 * names there are, but not which: so we remember those that we met. */
struct link {
    dev_t dev;
    ino_t ino;
    char *path;
};

#define mb_autohead __attribute__((cleanup(free_head)))

/* Cleanup for a variable that holds a header. */
static void free_head(struct archive_entry **head)
{
    archive_entry_free(*head);
}

/* The order of struct link in the tree.  Any will do: nothing is ever written
 * in this order, or inode numbers would show in the bytes. */
static int compare_links(const void *a, const void *b)
{
    const struct link *x = a, *y = b;

    if (x->dev != y->dev)
        return x->dev < y->dev ? -1 : 1;
    return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* Frees one node's data, for tdestroy(3). */
static void free_link(void *data)
{
    struct link *link = data;

    free(link->path);
    free(link);
}

/* The name under which the tar has this file already, or NULL: then the
 * current path is that name from now on (rule 1). */
static const char *first_name(struct packer *p, const struct stat *st)
{
    struct link *link = mb_alloc(sizeof *link);

    *link = (struct link){.dev = st->st_dev, .ino = st->st_ino};
    /* Returns the node, new or old; its first word is our pointer. */
    struct link **found = tsearch(link, &p->links, compare_links);
    if (found && *found == link) {
        link->path = mb_strdup(p->path.s);
        return NULL;
    }
    free(link);
    return found ? (*found)->path : NULL;
}

bool packfile_too_new(const struct packer *p, const struct timespec *mtime)
{
    time_t newest = p->newest;

    if (newest == (time_t)-1)
        return false;
    /* The fraction: the tar has whole seconds, and the disk must agree. */
    return mtime->tv_sec > newest ||
           (mtime->tv_sec == newest && mtime->tv_nsec > 0);
}

/* A header for the current path (rule 3); the caller frees it. */
static struct archive_entry *new_head(const struct packer *p,
                                      const struct stat *st)
{
    struct archive_entry *head = archive_entry_new();
    bool cut = packfile_too_new(p, &st->st_mtim);

    archive_entry_copy_pathname(head, p->path.s);
    archive_entry_set_filetype(head, st->st_mode & S_IFMT);
    archive_entry_set_perm(head, st->st_mode & 07777);
    /* Numbers only: the names would come from this host's /etc/passwd. */
    archive_entry_set_uid(head, st->st_uid);
    archive_entry_set_gid(head, st->st_gid);
    /* No fraction of a second: ustar has no room for it, and a PAX header
     * for each file would double the size of small ones. */
    archive_entry_set_mtime(head, cut ? p->newest : st->st_mtime, 0);
    /* The size of a directory is that of its table, different on every file
     * system. */
    archive_entry_set_size(head, S_ISREG(st->st_mode) ? st->st_size : 0);
    return head;
}

/* Write the header of the current file, and count it.  An entry without content
 * needs no more. */
static int put_head(struct packer *p, struct archive_entry *head,
                    struct mb_error *err)
{
    if (mktar_header(p->tar, head, err) < 0)
        return -1;
    p->stats.entries++;
    return 0;
}

int packfile_mark(struct packer *p, const char *dir, const char *name,
                  struct mb_error *err)
{
    /* What docker writes, so that both get the same digest. */
    const struct stat st = {.st_mode = S_IFREG | 0600};
    mb_autofree char *path =
        mb_printf("%s%s.wh.%s", dir, *dir ? "/" : "", name);
    mb_autohead struct archive_entry *head = new_head(p, &st);

    archive_entry_copy_pathname(head, path);
    return put_head(p, head, err);
}

/* Does the attribute belong to the file itself?  What overlayfs keeps for
 * its own use does not; trusted.* and system.* are not ours to move.  A name
 * with '=' can't be told from its value in the archive. */
static bool is_packed_xattr(const struct packer *p, const char *name)
{
    if (strcmp(name, "security.capability") == 0)
        return true;
    return starts_with(name, "user.") && !starts_with(name, "user.overlay.") &&
           !starts_with(name, p->xattr_prefix) && !strchr(name, '=');
}

/* For qsort(3): bytes, no locale. */
static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the attributes of FD that are packed, sorted: the file system
 * keeps them in any order. */
static int list_xattrs(const struct packer *p, int fd, struct strv *out,
                       struct mb_error *err)
{
    ssize_t size = flistxattr(fd, NULL, 0);
    mb_autofree char *names = mb_alloc(size > 0 ? size : 1);

    /* The second call may find more than the first (ERANGE): an error. */
    if (size > 0)
        size = flistxattr(fd, names, size);
    /* ENOTSUP: a file system without any. */
    if (size < 0 && errno != ENOTSUP)
        return mb_fail(err, "list attributes");
    for (char *s = names; s < names + size; s += strlen(s) + 1)
        if (is_packed_xattr(p, s))
            strv_add(out, s);
    if (out->n > 0)
        qsort(out->v, out->n, sizeof *out->v, compare_names);
    return 0;
}

/* Put the attributes of FD into its header: they travel in a PAX header in
 * front of the plain one. */
static int add_xattrs(const struct packer *p, int fd,
                      struct archive_entry *head, struct mb_error *err)
{
    mb_autostrv struct strv names = {0};
    mb_autofree char *value = mb_alloc(XATTR_SIZE_MAX); /* 64 KiB */

    if (list_xattrs(p, fd, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.n; i++) {
        ssize_t n = fgetxattr(fd, names.v[i], value, XATTR_SIZE_MAX);
        if (n < 0)
            return mb_fail(err, "read attribute %s", names.v[i]);
        archive_entry_xattr_add_entry(head, names.v[i], value, n);
    }
    return 0;
}

/* Copy SIZE bytes of FD into the tar (rule 2): a file that grows is cut, one
 * that shrinks is an error, for there is no telling what it was to hold. */
static int put_content(struct packer *p, int fd, int64_t size,
                       struct mb_error *err)
{
    char chunk[65536];

    p->stats.bytes += size;
    while (size > 0) {
        size_t want =
            size < (int64_t)sizeof chunk ? (size_t)size : sizeof chunk;
        ssize_t n = read(fd, chunk, want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mb_fail(err, "read");
        /* Zeros instead would be content that was never there. */
        if (n == 0)
            return mb_failx(err, "the file shrank while it was read");
        if (mktar_data(p->tar, chunk, n, err) < 0)
            return -1;
        size -= n;
    }
    return 0;
}

int packfile_open(struct node *node, struct mb_error *err)
{
    mode_t type = node->st.st_mode & S_IFMT;
    /* O_NOFOLLOW: nor a symlink, out of the tree.  O_NONBLOCK: should it have
     * become a fifo by now, open(2) would wait for a writer. */
    mb_autoclose int fd = openat(
        node->dir, node->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &node->st) < 0)
        return mb_fail(err, "open");
    /* The container may be running still, and play. */
    if ((node->st.st_mode & S_IFMT) != type)
        return mb_failx(err, "it changed while it was read");
    int keep = fd;
    fd = -1;
    return keep;
}

/* A regular file, or a link to one that the tar has already. */
static int pack_file(struct packer *p, struct node *node, struct mb_error *err)
{
    mb_autoclose int fd = packfile_open(node, err);
    if (fd < 0)
        return -1;
    /* From here on the descriptor is meant, not the name. */
    const char *first = node->st.st_nlink > 1 ? first_name(p, &node->st) : NULL;
    mb_autohead struct archive_entry *head = new_head(p, &node->st);

    if (first) {
        archive_entry_copy_hardlink(head, first);
        archive_entry_set_size(head, 0); /* the content comes but once */
        return put_head(p, head, err);
    }
    if (add_xattrs(p, fd, head, err) < 0 || put_head(p, head, err) < 0)
        return -1;
    return put_content(p, fd, node->st.st_size, err);
}

/* A symlink.  One with several names is written out for each: layer_apply()
 * makes hard links to regular files only. */
static int pack_symlink(struct packer *p, struct node *node,
                        struct mb_error *err)
{
    char target[WALK_PATH_MAX];
    /* No link's text is longer than PATH_MAX. */
    ssize_t n = readlinkat(node->dir, node->name, target, sizeof target - 1);
    mb_autohead struct archive_entry *head = new_head(p, &node->st);

    if (n < 0)
        return mb_fail(err, "read link");
    target[n] = '\0'; /* readlink(2) does not */
    archive_entry_copy_symlink(head, target);
    return put_head(p, head, err);
}

/* A named pipe; it is not opened, that would wait for a writer. */
static int pack_fifo(struct packer *p, struct node *node, struct mb_error *err)
{
    mb_autohead struct archive_entry *head = new_head(p, &node->st);

    return put_head(p, head, err);
}

int packfile_dir(struct packer *p, int fd, const struct node *node,
                 struct mb_error *err)
{
    mb_autohead struct archive_entry *head = new_head(p, &node->st);

    if (add_xattrs(p, fd, head, err) < 0)
        return -1;
    return put_head(p, head, err);
}

int packfile_put(struct packer *p, struct node *node, struct mb_error *err)
{
    switch (node->st.st_mode & S_IFMT) {
    case S_IFREG:
        return pack_file(p, node, err);
    case S_IFLNK:
        return pack_symlink(p, node, err);
    case S_IFIFO:
        return pack_fifo(p, node, err);
    default: /* a device or a socket: apply would not make it either */
        p->stats.skipped++;
        return 0;
    }
}

void packfile_done(struct packer *p)
{
    tdestroy(p->links, free_link);
    p->links = NULL;
    buf_done(&p->path);
}
