/* SPDX-License-Identifier: MIT */
/*
 * inputs.c - what a build is given: context, Dockerfile, .dockerignore
 *
 * Problem   A build needs a directory of files and a text, and both may come
 *           in several ways, some of them through a pipe.
 * Idea      Whatever comes is turned into the two, before anything else:
 *
 *             command line               context          Dockerfile
 *             build DIR                  DIR              DIR/Dockerfile
 *             build -f FILE DIR          DIR              FILE, anywhere
 *             build -f - DIR             DIR              standard input
 *             build - < Dockerfile       nothing          standard input
 *             build - < context.tar.gz   the archive,     in the archive,
 *                                        unpacked         where -f says
 *
 * Rules     1. Which of the last two it is, the first bytes tell.
 *           2. An archive comes from anybody.  It is unpacked as a layer is:
 *              by minibox-layer, in its cage (see image/pack).
 *           3. A Dockerfile may be ignored, and is read all the same.
 * Read      docker-build(1); lessons/21-context.md
 */
#include "engine/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/dfcheck.h"
#include "image/pack.h"
#include "image/sniff.h"

enum { MAX_DOCKERFILE = 16 << 20 };

/* ---- files -------------------------------------------------------------- */

static bool is_stdin(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

/* Append a file of the context, which may be anybody's: a link must not lead
 * out of it, and a fifo would let us wait for ever.  ENOENT if there is none.
 */
static int read_context_file(const struct build *b, const char *name,
                             struct buf *out, struct mb_error *err)
{
    mb_autoclose int fd = fs_open_in_root(b->context, name, O_PATH, 0);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return mb_fail(err, "open %s", name);
    if (!S_ISREG(st.st_mode)) {
        errno = EINVAL;
        return mb_fail(err, "%s is no ordinary file", name);
    }
    mb_autofree char *path = mb_printf("/proc/self/fd/%d", fd);
    if (fs_read(AT_FDCWD, path, MAX_DOCKERFILE, out, err) < 0)
        return mb_wrap(err, "read %s", name);
    return 0;
}

/* Read a file that belongs to the Dockerfile: with -f FILE from where we are,
 * else, and always when the context was unpacked, from the context. */
static int read_beside(const struct build *b, const char *name, struct buf *out,
                       struct mb_error *err)
{
    if (b->options->dockerfile && !is_stdin(b->options->context))
        return fs_read_pipe(name, MAX_DOCKERFILE, out, err);
    return read_context_file(b, name, out, err);
}

/* ---- standard input ----------------------------------------------------- */

/* Standard input, of which the beginning has been looked at. */
struct peeked {
    struct reader reader;
    size_t size, used; /* of the beginning */
    unsigned char head[SNIFF_SIZE];
};

/* Read on: first what was looked at, then the rest. */
static ssize_t read_peeked(struct reader *reader, void *data, size_t size,
                           struct mb_error *err)
{
    struct peeked *in = (struct peeked *)reader;
    struct reader rest = reader_from_fd(STDIN_FILENO);
    size_t left = in->size - in->used;

    if (left == 0)
        return rest.read(&rest, data, size, err);
    if (size > left)
        size = left;
    memcpy(data, in->head + in->used, size);
    in->used += size;
    return size;
}

/* Look at the beginning of standard input (rule 1). */
static int peek(struct peeked *out, struct mb_error *err)
{
    struct reader input = reader_from_fd(STDIN_FILENO);
    ssize_t n = 1;

    *out = (struct peeked){.reader.read = read_peeked};
    while (n > 0 && out->size < SNIFF_SIZE) {
        n = input.read(&input, out->head + out->size, SNIFF_SIZE - out->size,
                       err);
        if (n > 0)
            out->size += n;
    }
    return n < 0 ? mb_wrap(err, "standard input") : 0;
}

/* The Dockerfile from standard input. */
static int read_text(struct peeked *in, struct buf *out, struct mb_error *err)
{
    char chunk[4096];
    ssize_t n;

    while ((n = in->reader.read(&in->reader, chunk, sizeof chunk, err)) > 0) {
        buf_add(out, chunk, n);
        if (out->len > MAX_DOCKERFILE)
            return mb_failx(err,
                            "standard input: a Dockerfile of more than "
                            "%d MiB",
                            MAX_DOCKERFILE >> 20);
    }
    return n;
}

/* The context from standard input (rule 2).  Its files get their owners from
 * the archive, which COPY does not look at. */
static int unpack_context(struct build *b, struct peeked *in, const char *dir,
                          struct mb_error *err)
{
    enum sniffed kind = sniff_bytes(in->head, in->size);

    if (kind == SNIFF_BZIP2 || kind == SNIFF_XZ) {
        mb_failx(err, "the context on standard input is compressed with %s",
                 sniff_name(kind));
        return mb_hint(err,
                       "minibox takes plain tar, gzip and zstd: %s -dc "
                       "FILE | minibox build -",
                       sniff_name(kind));
    }
    explain("21", "minibox-layer apply",
            "%s from standard input becomes the "
            "context",
            sniff_name(kind));
    stage_say(b, "Context: the archive (%s) on standard input\n",
              sniff_name(kind));
    if (pack_unpack(&in->reader, dir, true, err) < 0)
        return mb_wrap(err, "unpack the context");
    return 0;
}

/* `build -`: *text gets the Dockerfile, 1; or the context is an archive, 0. */
static int open_stdin(struct build *b, struct buf *text, struct mb_error *err)
{
    struct peeked in;

    if (peek(&in, err) < 0 || stage_need_temporary(b, err) < 0)
        return -1;
    mb_autofree char *dir = mb_printf("%s/context", b->temporary);
    bool archive = sniff_bytes(in.head, in.size) != SNIFF_OTHER;
    if (!archive && b->options->dockerfile) {
        mb_failx(err, "ambiguous Dockerfile source: both stdin and flag "
                      "correspond to Dockerfiles");
        return mb_hint(err, "with -f, standard input has to be an archive");
    }
    if (mkdir(dir, 0755) < 0)
        return mb_fail(err, "make %s", dir);
    if ((archive ? unpack_context(b, &in, dir, err)
                 : read_text(&in, text, err)) < 0)
        return -1;
    b->context = fs_open_dir(AT_FDCWD, dir, err);
    return b->context < 0 ? -1 : !archive;
}

/* ---- the three ---------------------------------------------------------- */

static int open_directory(struct build *b, struct mb_error *err)
{
    const char *path = b->options->context;

    b->context = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (b->context >= 0)
        return 0;
    if (errno == ENOTDIR) {
        mb_failx(err,
                 "unable to prepare context: context must be a directory: "
                 "%s",
                 path);
        return mb_hint(err, "the argument is the directory with the files; -f "
                            "names the Dockerfile");
    }
    if (errno == ENOENT)
        return mb_failx(err, "unable to prepare context: path \"%s\" not found",
                        path);
    return mb_fail(err, "unable to prepare context: %s", path);
}

static int read_dockerfile(const struct build *b, struct buf *text,
                           struct mb_error *err)
{
    const char *name = stage_dockerfile_name(b);
    struct peeked in;

    if (is_stdin(b->options->dockerfile))
        return peek(&in, err) < 0 ? -1 : read_text(&in, text, err);
    if (read_beside(b, name, text, err) == 0)
        return 0;
    if (errno == ENOENT)
        mb_failx(err,
                 "failed to read dockerfile: open %s: no such file "
                 "or directory",
                 name);
    return mb_hint(err, "-f FILE names another one");
}

/* Dockerfile.dockerignore goes before the context's .dockerignore. */
static int read_ignore(struct build *b, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    mb_autofree char *own =
        mb_printf("%s.dockerignore", stage_dockerfile_name(b));
    int result = -1;

    errno = ENOENT; /* a Dockerfile from a pipe has none of its own */
    if (!is_stdin(b->options->dockerfile))
        result = read_beside(b, own, &text, err);
    if (result < 0 && errno == ENOENT)
        result = read_context_file(b, ".dockerignore", &text, err);
    if (result < 0)
        return errno == ENOENT ? 0 : -1;
    /* The lines behind a NUL would be lost, and what they hide be copied. */
    if (memchr(text.s, '\0', text.len)) {
        mb_failx(err, ".dockerignore has NUL bytes: it is no text, or UTF-16");
        return mb_hint(err, "save it again, as UTF-8");
    }
    return ignore_parse(text.s, &b->ignore, err);
}

int inputs_open(struct build *b, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    bool piped = is_stdin(b->options->context);

    if (piped && is_stdin(b->options->dockerfile)) {
        mb_failx(err, "invalid argument: can't use stdin for both build "
                      "context and dockerfile");
        return mb_hint(err, "minibox build -f FILE - , or minibox build -f - "
                            "DIRECTORY");
    }
    int opened = piped ? open_stdin(b, &text, err) : open_directory(b, err);
    if (opened < 0 || (opened == 0 && read_dockerfile(b, &text, err) < 0) ||
        dfcheck_parse(stage_dockerfile_name(b), text.s, text.len, &b->file,
                      err) < 0)
        return -1;
    b->hashes = hashcache_load(b->store, b->context);
    return read_ignore(b, err);
}
