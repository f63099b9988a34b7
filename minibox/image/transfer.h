/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_TRANSFER_H
#define IMAGE_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "image/digest.h"

/* How far a layer has come. */
enum transfer_state {
    TRANSFER_WAITING,
    TRANSFER_EXISTS, /* nothing to do: the other side has it, or we have */
    TRANSFER_BYTES,  /* `done` of `total` bytes so far */
    TRANSFER_DONE,
};

struct transfer_news {
    size_t job;
    enum transfer_state state;
    uint64_t done, total;
    struct digest digest; /* what transfer_tell_result() was given: of what is
                           * there now, and its size is in `total` */
};

/* The child's line to its parent. */
struct transfer_line {
    int fd, cancel;
    size_t job;
    uint64_t told; /* bytes, the last time */
};

/* Many jobs, a few at a time, each in a process of its own. */
struct transfer {
    size_t n;
    /* In the child: do job line->job. */
    int (*work)(void *argument, struct transfer_line *line,
                struct mb_error *err);
    /* In the parent: what happens.  NULL: nobody cares. */
    void (*show)(void *argument, const struct transfer_news *news);
    void *argument;
};

/* Do all of them.  The first failure ends the others. */
int transfer_run(const struct transfer *transfer, struct mb_error *err);

/* In the child: tell how far it has come.  -1 when all is to end, because
 * another job has failed. */
int transfer_tell(struct transfer_line *line, enum transfer_state state,
                  uint64_t done, uint64_t total, struct mb_error *err);
/* ... and with what result. */
int transfer_tell_result(struct transfer_line *line, enum transfer_state state,
                         const struct digest *digest, uint64_t size,
                         struct mb_error *err);

#endif
