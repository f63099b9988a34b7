/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_LAYERJOB_H
#define IMAGE_LAYERJOB_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "base/error.h"
#include "image/layer.h"

/* What minibox-layer reports on descriptor 3, in one write. */
struct layer_report {
    int ok;
    struct layer_stats stats;
    struct mb_error error;
};

/* A run of minibox-layer.  The caller fills in the first part. */
struct layerjob {
    const char *verb; /* "apply" or "pack" */
    const char *dir;
    int in, out;   /* its stdin and stdout; -1: nothing */
    time_t newest; /* later times become this one; -1: they stay */
    bool own_all;  /* every file is ours, whatever the tar says */
    pid_t pid;     /* while it runs */
    int report;
};

int layerjob_start(struct layerjob *job, struct mb_error *err);

/* Wait for its end.  -1 with its own words in *err if it failed. */
int layerjob_finish(struct layerjob *job, struct layer_stats *out_stats,
                    struct mb_error *err);

#endif
