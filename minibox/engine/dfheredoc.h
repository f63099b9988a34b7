/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_DFHEREDOC_H
#define ENGINE_DFHEREDOC_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/* The mark of a here-document. */
struct dfheredoc_mark {
    char *name;  /* caller frees */
    bool expand; /* no part of the name was quoted */
    bool chomp;  /* <<- */
};

/* The words of LINE in which there may be marks, as a shell would see them:
 * with all their quotes, and with the blanks that may follow a "<<".  A line
 * that no shell would take (an open quote) has none. */
int dfheredoc_words(const char *line, struct strv *out, struct mb_error *err);

/* Is WORD, one of those, a mark: <<EOF <<-EOF <<"EOF" 3<<EOF?  1 and *out
 * filled, 0, or -1 for one that can't be understood. */
int dfheredoc_mark(const char *word, struct dfheredoc_mark *out,
                   struct mb_error *err);

#endif
