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
 *             blob ---- stdin ----> minibox-layer apply DIR      unpack
 *             blob <--- stdout ---- minibox-layer pack DIR       pack
 *                <----- fd 3 ------ what happened
 *
 *           Hashing happens here, so packing keeps two processors busy.
 * Rules     1. A layer gets its name when it is complete.  Until then it lies
 *              in tmp/ and nobody knows of it.
 *           2. A report that does not come is a failure, whatever the exit
 *              status says.
 * Read      OCI image spec, layer.md; lessons/13-layers.md
 */
#include "image/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "image/blob.h"
#include "linux/overlay.h"
#include "linux/program.h"
#include "linux/spawn.h"
#include "linux/userns.h"

/* A run of minibox-layer. */
struct job {
    const char *verb; /* "apply" or "pack" */
    const char *dir;
    int in, out; /* -1: nothing */
    time_t newest;
    /* while it runs */
    pid_t pid;
    int report;
};

static int job_start(struct job *job, struct mb_error *err)
{
    mb_autofree char *path = program_sibling("minibox-layer");
    mb_autostrv struct strv argv = {0};
    int report[2];

    strv_add(&argv, path);
    strv_add(&argv, job->verb);
    strv_addf(&argv, "--xattr-prefix=%s", overlay_xattr_prefix());
    if (job->newest >= 0)
        strv_addf(&argv, "--newest=%lld", (long long)job->newest);
    if (userns_is_single_id())
        strv_add(&argv, "--single-id");
    strv_add(&argv, job->dir);
    if (pipe2(report, O_CLOEXEC) < 0)
        return mb_fail(err, "make a pipe");
    const struct program program = {.argv = argv.v,
                                    .in = job->in,
                                    .out = job->out,
                                    .errors = -1,
                                    .extra = report[1]};
    job->pid = program_start(&program, err);
    close(report[1]);
    job->report = report[0];
    if (job->pid < 0)
        close(report[0]);
    return job->pid < 0 ? -1 : 0;
}

/* Rule 2. */
static int job_finish(struct job *job, struct layer_stats *out_stats,
                      struct mb_error *err)
{
    struct layer_report report;
    ssize_t n;

    do
        n = read(job->report, &report, sizeof report);
    while (n < 0 && errno == EINTR);
    close(job->report);
    int code = spawn_wait(job->pid, err);
    if (n != sizeof report)
        return mb_failx(err, "minibox-layer %s died (status %d)", job->verb,
                        code);
    if (report.ok)
        *out_stats = report.stats;
    else if (err)
        *err = report.error;
    return report.ok ? 0 : -1;
}

int pack_extract(int tar_fd, const char *dir, struct layer_stats *out_stats,
                 struct mb_error *err)
{
    struct job job = {
        .verb = "apply", .dir = dir, .in = tar_fd, .out = -1, .newest = -1};

    if (job_start(&job, err) < 0)
        return -1;
    return job_finish(&job, out_stats, err);
}

/* The plain tar is in the store: unpack it too, if it is new. */
static int unpack(const struct store *store, const struct digest *diff_id,
                  struct mb_error *err)
{
    mb_autofree char *temporary = NULL;
    mb_autoclose int lock = -1, tar = -1;
    struct layer_stats stats;

    if (store_has_layer(store, diff_id))
        return 0;
    tar = blob_open(store, diff_id, err);
    if (tar < 0 || store_make_temporary(store, &temporary, &lock, err) < 0)
        return -1;
    mb_autofree char *dir = mb_printf("%s/layer", temporary);
    int result = mkdir(dir, 0755) < 0 ? mb_fail(err, "make %s", dir)
                                      : pack_extract(tar, dir, &stats, err);
    if (result == 0)
        result = store_adopt_layer(store, diff_id, dir, stats.bytes, err);
    store_remove_temporary(store, temporary);
    if (result == 0 && stats.skipped)
        mb_warn("%llu device nodes left out of the image",
                (unsigned long long)stats.skipped);
    return result;
}

int pack_import(const struct store *store, int fd, struct digest *out_diff_id,
                uint64_t *out_size, struct mb_error *err)
{
    if (blob_put_plain(store, fd, out_diff_id, out_size, err) < 0)
        return -1;
    if (unpack(store, out_diff_id, err) == 0)
        return 0;
    if (!store_has_layer(store, out_diff_id))
        blob_remove(store, out_diff_id);
    return -1;
}

/* Read the tar from FD until its end, into a blob. */
static int read_blob(const struct store *store, int fd,
                     struct digest *out_digest, uint64_t *out_size,
                     struct mb_error *err)
{
    enum { CHUNK = 1 << 16 };
    mb_autofree char *chunk = mb_alloc(CHUNK);
    struct blob_writer w;
    ssize_t n;

    if (blob_begin(&w, store, err) < 0)
        return -1;
    while ((n = read(fd, chunk, CHUNK)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            mb_fail(err, "read the layer");
        if (n < 0 || blob_add(&w, chunk, n, err) < 0) {
            blob_abandon(&w);
            return -1;
        }
    }
    *out_size = w.size;
    return blob_finish(&w, out_digest, err);
}

int pack_upper(const struct store *store, const char *dir, time_t newest,
               struct digest *out_diff_id, uint64_t *out_size,
               struct mb_error *err)
{
    struct layer_stats stats;
    int pipe_fds[2];

    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return mb_fail(err, "make a pipe");
    struct job job = {.verb = "pack",
                      .dir = dir,
                      .in = -1,
                      .out = pipe_fds[1],
                      .newest = newest};
    int result = job_start(&job, err);
    close(pipe_fds[1]);
    if (result == 0) {
        struct mb_error pack_error = {0};
        result = read_blob(store, pipe_fds[0], out_diff_id, out_size, err);
        close(pipe_fds[0]);
        if (job_finish(&job, &stats, &pack_error) < 0 && result == 0) {
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
