/* SPDX-License-Identifier: MIT */
/*
 * sourcehash.c - what of a file the build cache looks at
 *
 * Problem   The cache must miss when COPY would give another layer, and hit
 *           otherwise: after git clone all times are new, and nothing else.
 * Idea      Hash what reaches the image, entry by entry, in sorted order:
 *
 *             "bin/" "40755"
 *             "bin/run" "100755" "3f1c...": the bytes, hashed on their own
 *             "bin/go" "120777" "run": where the link points
 *
 * Rules     1. No times, no owners: they say who checked out, and when.
 *           2. Every string ends with its NUL, every list with "": no two
 *              trees may be written the same way.
 *           3. Links are read, not followed; a FIFO is not opened.
 * Read      docker's reference.md, "COPY"; lessons/21-context.md
 */
#include "engine/sourcehash.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/tree.h"

int sourcehash_bytes(int fd, struct digest *out, struct mb_error *err)
{
    enum { CHUNK = 1 << 16 };
    mb_autofree char *chunk = mb_alloc(CHUNK);
    struct hasher bytes;
    ssize_t n;

    /* One pass; the page cache then has the file for copying. */
    hasher_init(&bytes);
    while ((n = read(fd, chunk, CHUNK)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mb_fail(err, "read");
        hasher_add(&bytes, chunk, n);
    }
    *out = hasher_finish(&bytes);
    return 0;
}

/* Hash the bytes of the file open as FD on their own: so their length is part
 * of the result, though nobody knows it before the end. */
static int hash_bytes(int fd, struct hasher *out, struct mb_error *err)
{
    struct digest digest;

    if (sourcehash_bytes(fd, &digest, err) < 0)
        return -1;
    hasher_add_str(out, digest.hex);
    return 0;
}

/* Hash the target of the link open as FD (O_PATH). */
static int hash_link(int fd, struct hasher *out, struct mb_error *err)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(fd, "", target, sizeof target - 1);

    if (n < 0)
        return mb_fail(err, "read link");
    target[n] = '\0'; /* readlink(2) does not */
    hasher_add_str(out, target);
    return 0;
}

/* Hash what is at PATH: type and mode, then what the type has.  Only regular
 * files are opened. */
static int hash_entry(int root, const char *path, struct hasher *out,
                      struct mb_error *err)
{
    mb_autoclose int seen = fs_open_in_root(root, path, O_PATH | O_NOFOLLOW, 0);
    struct stat st;

    if (seen < 0 || fstat(seen, &st) < 0)
        return mb_fail(err, "/%s", path);
    /* Type and permissions in one number: 100644, 40755, 120777. */
    mb_autofree char *head = mb_printf("%o", st.st_mode);
    hasher_add_str(out, head);
    if (S_ISLNK(st.st_mode))
        return hash_link(seen, out, err);
    if (!S_ISREG(st.st_mode))
        return 0;
    /* O_NONBLOCK: by now it may be a FIFO, which nobody writes to. */
    mb_autoclose int fd = fs_open_in_root(
        root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0)
        return mb_fail(err, "open /%s", path);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return mb_failx(err, "/%s changed while it was read", path);
    return hash_bytes(fd, out, err) < 0 ? mb_wrap(err, "/%s", path) : 0;
}

int sourcehash_add(int root, const struct source *source, struct hasher *out,
                   struct mb_error *err)
{
    if (!source->dir) {
        hasher_add_str(out, source->name);
        return hash_entry(root, source->path, out, err);
    }
    hasher_add_str(out, "/");
    for (size_t i = 0; i < source->below.n; i++) {
        mb_autofree char *path = tree_join(source->path, source->below.v[i]);
        hasher_add_str(out, source->below.v[i]);
        if (hash_entry(root, path, out, err) < 0)
            return -1;
    }
    hasher_add_str(out, ""); /* no entry has this name: the list ends */
    return 0;
}
