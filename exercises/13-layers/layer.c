/* SPDX-License-Identifier: MIT */
/* Exercise 13-layers: fill in the blanks (grep TODO).
 * The lesson: lessons/13-layers.md.  Try it: make grade EX=13 */
/*
 * layer.c - apply a layer: from a tar archive to a directory for overlayfs
 *
 * Problem   A layer comes as a tar, and may come from anybody.  It says which
 *           files there are, and, in names that begin with ".wh.", which
 *           files of the layers below are gone.
 * Idea      One directory for each layer.  "Gone" becomes the mark that
 *           overlayfs understands, so that mounting needs no more work:
 *
 *             in the tar              in the directory
 *             app/run          --->   app/run
 *             app/.wh.old      --->   app/old   char device 0:0
 *             lib/.wh..wh..opq --->   lib/      xattr overlay.opaque = y
 *
 * Rules     1. walk.c finds the place, inside the directory whatever the
 *              name; entry.c makes the file there, never following a link.
 *           2. Marks are made from the .wh. names alone.  A 0:0 device or an
 *              overlay xattr in the tar would be a way to smuggle them in:
 *              entry.c leaves both out.
 *           3. A mark speaks of the layers below: a file of the same name in
 *              the same layer wins, whichever comes first.  Here the mark
 *              comes second.  When it came first, entry.c takes it away for
 *              the file, or walk.c makes it opaque for the directory.
 *           4. What follows ".wh." is a name like any other: ".wh..." must
 *              not become the whiteout of "..".
 *           5. The same name twice: the later entry wins.
 * Read      OCI image-spec, layer.md; tar(5), openat2(2), xattr(7);
 *           kernel, Documentation/filesystems/overlayfs.rst;
 *           lessons/13-layers.md
 */
#include "image/layer.h"

#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "image/entry.h"
#include "image/untar.h"
#include "image/walk.h"

const struct layer_limits layer_default_limits = {
    .bytes = 4ull << 30,
    .entries = 500000,
    .file = 2ull << 30,
};

enum {
    HEADER_BYTES = 1 << 30, /* what headers and padding may add to the files:
                             * 2 KiB for each of 500000 entries */
};

static const char whiteout_prefix[] = ".wh.";
static const char opaque_name[] = ".wh..wh..opq";

/* Is that what is left of a mark's name no name at all (rule 4)?  Reserved
 * names among them: the bookkeeping of aufs, ".wh..wh.plnk" and its like. */
static bool is_no_name(const char *name)
{
    return !*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
           starts_with(name, whiteout_prefix);
}

/* ".wh.NAME": hide NAME of the layers below, unless this layer has its own
 * (rule 3): then only a directory needs a mark, as it would be merged. */
static int make_whiteout(struct maker *m, const struct item *item,
                         struct mb_error *err)
{
    const struct place *place = &item->place;
    const char *name = place->name + strlen(whiteout_prefix);
    struct stat st;

    // TODO step 4: the opaque mark is about the whole directory
    //   (walk_make_opaque()); no whiteout of is_no_name() (rule 4); where the
    //   layer has NAME itself, hide at most what is inside (rule 3); else make
    //   the 0:0 device
    return mb_failx(err, "exercise 13 step 4: not written yet");
}

/* The root itself ("./" in most archives): only its metadata.  It is there
 * already, and it is the one place that has no parent to be named in. */
static int apply_root(struct maker *m, struct archive_entry *head,
                      struct mb_error *err)
{
    /* A symlink "." -> /etc would make every later name an escape, for a
     * program that walks by string. */
    if (archive_entry_filetype(head) != AE_IFDIR)
        return mb_failx(err, "the root is not a directory");
    mb_autoclose int fd = openat(m->walk.root, ".", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return mb_fail(err, "open the layer's directory");
    return entry_set_metadata(m, fd, head, err);
}

/* Does the clean PATH go through a directory of a reserved name? */
static bool has_reserved_parent(const char *path)
{
    /* The last component is not looked at: that one may be a mark. */
    for (const char *slash; (slash = strchr(path, '/')); path = slash + 1)
        if (starts_with(path, whiteout_prefix))
            return true;
    return false;
}

/* Owners are 64 bits wide in the archive and 32 in the kernel: 2^32 would
 * become root, and 2^32-1 means "leave it", which is root as well. */
static int check_owner(struct archive_entry *head, struct mb_error *err)
{
    int64_t uid = archive_entry_uid(head), gid = archive_entry_gid(head);

    if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
        return mb_failx(err, "impossible owner %lld:%lld", (long long)uid,
                        (long long)gid);
    return 0;
}

/* Make the entry at the clean PATH, which is not the root.  Leaving the place
 * gives its directory back the time that it had. */
static int apply_at(struct maker *m, struct archive_entry *head,
                    const char *path, struct mb_error *err)
{
    mb_autoplace struct place place = PLACE_NONE; /* left at the end */

    if (has_reserved_parent(path))
        return mb_failx(err, "inside a whiteout");
    if (walk_enter(&m->walk, path, true, &place, err) < 0)
        return -1;
    struct item item = {.head = head, .place = place};
    /* Whatever its type: old images have whiteouts that are hard links. */
    if (starts_with(place.name, whiteout_prefix))
        return make_whiteout(m, &item, err);
    return entry_make(m, &item, err);
}

/* Apply one entry.  1 if it was made, 0 if it was skipped, -1. */
static int apply_entry(struct maker *m, struct archive_entry *head,
                       struct mb_error *err)
{
    mb_autobuf struct buf path = BUF_INIT;
    const char *name = archive_entry_pathname(head);
    int result = walk_clean(name, &path, err);

    if (result == 0)
        result = check_owner(head, err);
    if (result == 0 && !entry_is_allowed(head))
        return 0; /* before its parents are made */
    if (result == 0)
        result = path.len == 0 ? apply_root(m, head, err)
                               : apply_at(m, head, path.s, err);
    if (result < 0)
        return mb_wrap(err, "%.300s", name ? name : "(no name)");
    return 1;
}

/* Apply all entries in their order, counting them.  The first that can't be
 * applied ends it: half a layer is worth nothing. */
static int apply_all(struct maker *m, uint64_t limit, struct layer_stats *stats,
                     struct mb_error *err)
{
    struct archive_entry *head;
    int r;

    // TODO step 3: until untar_next() has no more: count the entry, refuse more
    //   than LIMIT of them, apply_entry(), and count those that it skips; an
    //   archive that is damaged is refused, too
    return mb_failx(err, "exercise 13 step 3: not written yet");
}

/* How long the tar itself may be: the files and what is around them.  No sum
 * that wraps around, should somebody's limit be "none". */
static uint64_t stream_limit(const struct layer_limits *limits)
{
    if (limits->bytes > UINT64_MAX - HEADER_BYTES)
        return UINT64_MAX;
    return limits->bytes + HEADER_BYTES;
}

int layer_apply(int tar_fd, int dir_fd, const struct layer_options *options,
                struct layer_stats *out_stats, struct mb_error *err)
{
    const struct layer_limits *limits =
        options->limits ? options->limits : &layer_default_limits;
    mb_autofree char *opaque = mb_printf("%sopaque", options->xattr_prefix);
    mb_autountar struct untar *tar =
        untar_open(tar_fd, stream_limit(limits), err);
    struct layer_stats stats = {0};
    struct maker m = {
        .tar = tar,
        .walk = {.root = dir_fd,
                 .opaque = opaque,
                 .keep_owner = options->single_id,
                 .budget = limits->entries},
        .file_limit = limits->file,
        .bytes_limit = limits->bytes,
    };

    if (!tar || apply_all(&m, limits->entries, &stats, err) < 0)
        return -1;
    stats.bytes = m.bytes;
    if (out_stats) /* untouched on failure */
        *out_stats = stats;
    return 0;
}
