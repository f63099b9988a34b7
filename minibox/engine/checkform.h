/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_CHECKFORM_H
#define ENGINE_CHECKFORM_H

#include "engine/checkstate.h"

/*
 * Rules about how a Dockerfile is written.  What each is for is said by its
 * description in engine/check.c; BuildKit's page on each has examples.
 * Source: docs.docker.com/reference/build-checks
 */
void checkform_stage_casing(struct check *c, const struct instruction *in);
void checkform_as_casing(struct check *c, const struct instruction *in);
void checkform_empty_line(struct check *c, const struct instruction *in);
void checkform_casing(struct check *c, const struct instruction *in);
void checkform_duplicate_stage(struct check *c, const struct instruction *in);
void checkform_reserved_stage(struct check *c, const struct instruction *in);
void checkform_maintainer(struct check *c, const struct instruction *in);
void checkform_legacy_pair(struct check *c, const struct instruction *in);
void checkform_description(struct check *c, const struct instruction *in);

/* The comments that stand right above IN, each without its "#" and the blanks
 * around it, the nearest one last.  A blank line or an empty comment ends
 * them; parser directives are none.  Appended to *out. */
void checkform_comments(const struct dockerfile *file,
                        const struct instruction *in, struct strv *out);

/* LINE is `# NAME=value`, spelled as a directive may be: its value, else
 * NULL. */
const char *checkform_directive(const char *line, const char *name);

#endif
