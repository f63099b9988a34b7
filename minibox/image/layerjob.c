/* SPDX-License-Identifier: MIT */
/*
 * layerjob.c - a run of minibox-layer
 *
 * Problem   The work is done by another program, and we must know how it went,
 *           even if it died half-way.
 * Idea      It gets its data on stdin and stdout, and one more pipe, on which
 *           its last act is to write a report:
 *
 *             stdin --> minibox-layer apply DIR --> fd 3: the report
 *
 * Rules     1. A report that does not come is a failure, whatever the exit
 *              status says.
 *           2. A report is written in one piece: it is smaller than a pipe.
 * Read      pipe(7); lessons/13-layers.md
 */
#include "image/layerjob.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "linux/overlay.h"
#include "linux/program.h"
#include "linux/spawn.h"
#include "linux/userns.h"

int layerjob_start(struct layerjob *job, struct mb_error *err)
{
    mb_autofree char *path = program_sibling("minibox-layer");
    mb_autostrv struct strv argv = {0};
    int report[2];

    strv_add(&argv, path);
    strv_add(&argv, job->verb);
    strv_addf(&argv, "--xattr-prefix=%s", overlay_xattr_prefix());
    if (job->newest >= 0)
        strv_addf(&argv, "--newest=%lld", (long long)job->newest);
    if (job->own_all || userns_is_single_id())
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

int layerjob_finish(struct layerjob *job, struct layer_stats *out_stats,
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
