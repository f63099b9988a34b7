/* SPDX-License-Identifier: MIT */
#ifndef CLI_AUDITTEXT_H
#define CLI_AUDITTEXT_H

#include "cli/layerstext.h"
#include "engine/leftovers.h"
#include "engine/secrets.h"
#include "engine/waste.h"

/* All that an audit has found in one image. */
struct audit {
    const char *name; /* as the user called it */
    const struct image *image;
    struct picture picture;
    struct layerstext_history history;
    struct waste waste;
    struct leftovers leftovers;
    struct secrets secrets;
};

/* Look at an image.  IMAGE and NAME must live as long.  audittext_done() frees,
 * also after a failure. */
int audittext_read(const struct store *store, const struct image *image,
                   const char *name, struct audit *out, struct mb_error *err);
void audittext_done(struct audit *audit);

/* Words about a leak.  All are in one line, secrets in them are masked, and
 * nothing in them does something to a terminal.  Caller frees. */
char *audittext_place(const struct audit *audit,
                      const struct secrets_leak *leak);
/* What has become of a file: "deleted by layer 3, ..., but still in the image";
 * "" where there is nothing to say. */
char *audittext_fate(const struct audit *audit,
                     const struct secrets_leak *leak);
/* "ghp_**** (40 bytes)" */
char *audittext_masked(const struct secrets_leak *leak);
/* What layer N, from 0, is made by: 'RUN make'. */
char *audittext_instruction(const struct audit *audit, int layer);

/* A sentence each; constants. */
struct audittext_advice {
    const char *why, *fix;
    int lesson;
};
struct audittext_advice audittext_advice(const struct audit *audit,
                                         const struct secrets_leak *leak);

/* "3 secrets in 7 places", "no secrets", and how many of those places are
 * hidden.  Caller frees. */
char *audittext_summary(const struct audit *audit);

#endif
