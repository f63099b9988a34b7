/* SPDX-License-Identifier: MIT */
/*
 * pack.c - layers in and out of the store, at arm's length
 *
 * Problem   libarchive reads whatever strangers have sent, and has had its
 *           bugs.  It is also large: loading it takes longer than starting a
 *           container.
 * Idea      A program of its own, minibox-layer, which is all that ever
 *           touches a tar.  Before it reads the first byte it locks itself
 *           into the layer's directory (chroot, no privileges to spare), so
 *           the worst that an archive can do is to spoil its own layer:
 *
 *             file, network -> hash -> decompress -> hash --.
 *                                |                          | stdin
 *                                v                          v
 *                               blob          minibox-layer apply DIR
 *
 *             blob <- hash <- stdout --------- minibox-layer pack DIR
 *
 *           Two processes, so both ways keep two processors busy.
 * Rules     1. A layer gets its name when it is complete.  Until then it lies
 *              in tmp/ and nobody knows of it.
 *           2. Two digests are compared: of the bytes that came, and of the
 *              plain tar.  The second gives the layer its name, and is worked
 *              out here, never in the process that has met the archive.
 *           3. A plain file does not go through our pipe: minibox-layer reads
 *              it by itself.  So it must be one that nobody changes meanwhile,
 *              or one of which nobody wants to know the digest.
 * Read      OCI image spec, layer.md; lessons/13-layers.md
 */
#include "image/pack.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "image/blob.h"
#include "image/layerjob.h"
#include "image/sniff.h"

/* ---- in ----------------------------------------------------------------- */

/* A layer on its way in: what is known of it so far. */
struct intake {
    struct reader reader; /* counts and hashes what comes by (rule 2) */
    struct reader *from;
    int file;           /* for minibox-layer to read by itself; or -1 */
    bool unpack_only;   /* nobody asks for digests */
    struct hasher came; /* of the bytes as they come */
    struct hasher diff; /* of the plain ones, when those are others */
    uint64_t size;
    unsigned char head[8];    /* the first of them */
    struct blob_writer *blob; /* gets them too; NULL: nobody does */
    bool blob_is_plain;       /* ... after decompression */
};

/* The source that the decompressor reads: a tee. */
static ssize_t intake_read(struct reader *reader, void *data, size_t size,
                           struct mb_error *err)
{
    struct intake *in = (struct intake *)reader;
    ssize_t n = in->from->read(in->from, data, size, err);

    if (n <= 0)
        return n;
    if (!in->unpack_only)
        hasher_add(&in->came, data, n);
    for (ssize_t i = 0; i < n && in->size + i < sizeof in->head; i++)
        in->head[in->size + i] = ((const unsigned char *)data)[i];
    in->size += n;
    if (in->blob && !in->blob_is_plain && blob_add(in->blob, data, n, err) < 0)
        return -1;
    return n;
}

/* Pass all plain bytes on to TO, hashing them.  1 when nobody reads there any
 * more, which is for minibox-layer to explain. */
static int pump(struct intake *in, struct plain *plain, int to,
                struct mb_error *err)
{
    bool compressed = plain_compression(plain) != COMPRESSION_NONE;
    const void *data;
    ssize_t n;

    while ((n = plain_next(plain, &data, err)) > 0) {
        if (compressed && !in->unpack_only)
            hasher_add(&in->diff, data, n);
        if (in->blob && in->blob_is_plain &&
            blob_add(in->blob, data, n, err) < 0)
            return -1;
        if (to >= 0 && fs_write_all(to, data, n, NULL) < 0)
            return 1;
    }
    return n;
}

/* Start minibox-layer on the reading end of a new pipe.  Returns the other
 * end. */
static int start_on_pipe(struct layerjob *job, struct mb_error *err)
{
    enum { PIPE_SIZE = 1 << 20 };
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return mb_fail(err, "make a pipe");
    /* Each side works while the other one does: a larger pipe, fewer waits.
     * The limit for ordinary users may forbid it. */
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
    job->in = ends[0];
    int result = layerjob_start(job, err);
    close(ends[0]);
    if (result == 0)
        return ends[1];
    close(ends[1]);
    return -1;
}

/* Decompress, hash and pass on. */
static int pump_to_pipe(struct intake *in, struct plain *plain, int to,
                        struct mb_error *err)
{
    /* EPIPE is enough. */
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    int result = pump(in, plain, to, err);

    (void)signal(SIGPIPE, before);
    close(to);
    return result;
}

/* What is no tar archive may be one that is compressed in a way that we do not
 * read.  Only asked then: a tar may begin with a name that looks like it. */
static int say_compression(const struct intake *in, struct mb_error *err)
{
    enum sniffed kind = sniff_bytes(in->head, sizeof in->head);
    const char *name = sniff_name(kind);

    if (!err || !strstr(err->msg, "not a tar archive") ||
        (kind != SNIFF_BZIP2 && kind != SNIFF_XZ))
        return -1;
    mb_failx(err, "compressed with %s; minibox reads gzip and zstd", name);
    return mb_hint(err, "decompress it with %s -d first", name);
}

/* Decompress, hash and unpack at the same time: we do the first two, on one
 * processor, and minibox-layer the third, on another (rule 3). */
static int unpack_stream(struct intake *in, struct plain *plain,
                         struct layerjob *job, struct layer_stats *out_stats,
                         struct mb_error *err)
{
    bool itself = in->file >= 0 && plain_compression(plain) == COMPRESSION_NONE;
    struct mb_error layer_error = {0};
    int pumped = 0, to = -1;

    job->in = in->file;
    if (itself ? layerjob_start(job, err) < 0
               : (to = start_on_pipe(job, err)) < 0)
        return -1;
    if (!itself)
        pumped = pump_to_pipe(in, plain, to, err);
    else if (!in->unpack_only)
        pumped = pump(in, plain, -1, err);
    int applied = layerjob_finish(job, out_stats, &layer_error);
    if (pumped < 0)
        return -1;
    if (applied == 0)
        return 0;
    if (err)
        *err = layer_error;
    return say_compression(in, err);
}

/* Rule 2: are they what they are said to be? */
static int check_digests(struct intake *in, const struct plain *plain,
                         const struct pack_expected *expected,
                         struct packed *out, struct mb_error *err)
{
    out->compression = plain_compression(plain);
    out->came = hasher_finish(&in->came);
    out->came_size = in->size;
    out->diff_id = out->compression == COMPRESSION_NONE
                       ? out->came
                       : hasher_finish(&in->diff);
    if (expected->came && !digest_equal(expected->came, &out->came))
        return mb_failx(
            err, "the bytes of " DIGEST_FMT " have another digest, " DIGEST_FMT,
            expected->came->hex, out->came.hex);
    if (expected->diff_id && !digest_equal(expected->diff_id, &out->diff_id))
        return mb_failx(err, "expected " DIGEST_FMT ", got " DIGEST_FMT,
                        expected->diff_id->hex, out->diff_id.hex);
    return 0;
}

/* Begin to read what comes in. */
static struct plain *intake_open(struct intake *in, struct mb_error *err)
{
    in->reader.read = intake_read;
    hasher_init(&in->came);
    hasher_init(&in->diff);
    return plain_open(&in->reader, err);
}

int pack_unpack(struct reader *from, const char *dir, bool own_all,
                struct mb_error *err)
{
    mb_autoclose int file = reader_reopen(from);
    struct intake in = {.from = from, .file = file, .unpack_only = true};
    struct layerjob job = {.verb = "apply",
                           .dir = dir,
                           .out = -1,
                           .newest = -1,
                           .own_all = own_all};
    struct layer_stats stats;
    mb_autoplain struct plain *plain = intake_open(&in, err);

    return plain ? unpack_stream(&in, plain, &job, &stats, err) : -1;
}

/* Let the layer in: unpack it into DIR, or, when the store has it unpacked (DIR
 * is NULL), just look at it. */
static int take_in(struct intake *in, const char *dir,
                   const struct pack_expected *expected, struct packed *out,
                   struct mb_error *err)
{
    struct layerjob job = {
        .verb = "apply", .dir = dir, .out = -1, .newest = -1};
    struct layer_stats stats = {0};

    mb_autoplain struct plain *plain = intake_open(in, err);

    if (!plain)
        return -1;
    /* "apply layer: usr/bin/x: chown to 7:7: Invalid argument" */
    if (dir && unpack_stream(in, plain, &job, &stats, err) < 0)
        return mb_wrap(err, "apply layer");
    if (!dir && pump(in, plain, -1, err) < 0)
        return -1;
    if (check_digests(in, plain, expected, out, err) < 0)
        return -1;
    out->bytes = stats.bytes;
    if (stats.skipped)
        mb_warn("%llu device nodes left out of the image",
                (unsigned long long)stats.skipped);
    return 0;
}

/* The same, and keep the blob if it is to be kept. */
static int take_in_blob(struct intake *in, const struct store *store,
                        const char *dir, const struct pack_expected *expected,
                        struct packed *out, struct mb_error *err)
{
    struct blob_writer *blob = in->blob;

    if (!blob)
        return take_in(in, dir, expected, out, err);
    if (blob_begin(blob, store, err) < 0)
        return -1;
    int result = take_in(in, dir, expected, out, err);
    out->blob_size = blob->size;
    if (result == 0)
        return blob_finish(blob, &out->blob, err);
    blob_abandon(blob);
    return -1;
}

int pack_intake(const struct store *store, struct reader *from, enum keep keep,
                const struct pack_expected *expected, struct packed *out,
                struct mb_error *err)
{
    mb_autofree char *temporary = NULL, *dir = NULL;
    mb_autoclose int lock = -1;
    struct blob_writer blob = {0};
    /* Bytes that we keep are those that were unpacked, to the last one: then
     * nobody else reads them. */
    mb_autoclose int file = keep == KEEP_NOTHING ? reader_reopen(from) : -1;
    struct intake in = {.from = from,
                        .file = file,
                        .blob = keep == KEEP_NOTHING ? NULL : &blob,
                        .blob_is_plain = keep == KEEP_PLAIN};

    if (expected->diff_id && store_has_layer(store, expected->diff_id))
        return take_in_blob(&in, store, NULL, expected, out, err);
    if (store_make_temporary(store, &temporary, &lock, err) < 0)
        return -1;
    dir = mb_printf("%s/layer", temporary);
    int result = mkdir(dir, 0755) < 0
                     ? mb_fail(err, "make %s", dir)
                     : take_in_blob(&in, store, dir, expected, out, err);
    if (result == 0) /* rule 1: the blob is there, and now the layer */
        result = store_adopt_layer(store, &out->diff_id, dir, out->bytes, err);
    store_remove_temporary(store, temporary);
    return result;
}

int pack_import(const struct store *store, int fd, struct digest *out_diff_id,
                uint64_t *out_size, struct mb_error *err)
{
    const struct pack_expected anything = {0};
    struct reader reader = reader_from_fd(fd);
    struct packed packed;

    if (pack_intake(store, &reader, KEEP_PLAIN, &anything, &packed, err) < 0)
        return -1;
    *out_diff_id = packed.diff_id;
    *out_size = packed.blob_size;
    return 0;
}

/* ---- out ---------------------------------------------------------------- */

int pack_directory(const char *dir, time_t newest, int fd, struct mb_error *err)
{
    struct layerjob job = {
        .verb = "pack", .dir = dir, .in = -1, .out = fd, .newest = newest};
    struct layer_stats stats;

    return layerjob_start(&job, err) < 0 ? -1
                                         : layerjob_finish(&job, &stats, err);
}

/* Is nothing in the directory? */
static bool is_empty(const char *path)
{
    mb_autodir DIR *dir = opendir(path);
    const struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            return false;
    return dir != NULL;
}

/* DIR is empty, so we know the tar without a process that makes it: the end of
 * every tar, two blocks of zeros. */
static int pack_nothing(const struct store *store, const char *dir,
                        struct digest *out_diff_id, uint64_t *out_size,
                        struct mb_error *err)
{
    static const char end[1024];

    if (blob_put(store, end, sizeof end, out_diff_id, err) < 0)
        return -1;
    *out_size = sizeof end;
    explain("22", "an empty tar", "nothing has changed: layer " DIGEST_SHORT,
            out_diff_id->hex);
    return store_adopt_layer(store, out_diff_id, dir, 0, err);
}

int pack_upper(const struct store *store, const char *dir, time_t newest,
               struct digest *out_diff_id, uint64_t *out_size,
               struct mb_error *err)
{
    struct layer_stats stats;
    int pipe_fds[2];

    /* With a limit for times, that of the directory has to be set. */
    if (newest < 0 && is_empty(dir))
        return pack_nothing(store, dir, out_diff_id, out_size, err);
    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return mb_fail(err, "make a pipe");
    struct layerjob job = {.verb = "pack",
                           .dir = dir,
                           .in = -1,
                           .out = pipe_fds[1],
                           .newest = newest};
    int result = layerjob_start(&job, err);
    close(pipe_fds[1]);
    if (result == 0) {
        struct mb_error pack_error = {0};
        struct reader tar = reader_from_fd(pipe_fds[0]);
        result = blob_put_all(store, &tar, out_diff_id, out_size, err);
        close(pipe_fds[0]);
        if (layerjob_finish(&job, &stats, &pack_error) < 0 && result == 0) {
            if (err)
                *err = pack_error;
            result = -1;
        }
    } else {
        close(pipe_fds[0]);
    }
    if (result < 0)
        return mb_wrap(err, "make a layer");
    explain("22", "minibox-layer pack",
            "%llu files and directories became layer " DIGEST_SHORT,
            (unsigned long long)stats.entries, out_diff_id->hex);
    return store_adopt_layer(store, out_diff_id, dir, stats.bytes, err);
}
