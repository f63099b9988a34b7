/* SPDX-License-Identifier: MIT */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* What the value of an option is, and the type of the field it goes to. */
enum option_kind {
    OPTION_FLAG,   /* bool: given, or given as --name=true|false */
    OPTION_STRING, /* const char *, NULL until given */
    OPTION_LIST,   /* struct strv, one entry each time it is given */
};

/* A row of a command's table of options; a row without a name ends it.  Its
 * help, if there is any, is what --help says in the end. */
struct option_row {
    char letter; /* 'i' for -i, or 0 */
    const char *name;
    enum option_kind kind;
    size_t field;      /* offsetof(struct ..., field) */
    const char *value; /* what the value is called in --help */
    const char *help;
};

/* Read options from ARGV (which starts with the command's own name) into
 * TARGET, and collect the other words in *words.  With `strict` the first word
 * that is no option ends them: in "run IMAGE ls -l" the -l belongs to ls.
 * DOCKER_ONLY: names and letters of options that Docker has and minibox has
 * not, with blanks between them; NULL for none.
 * Fails with "unknown flag: --x" and exit code 125, as Docker. */
struct option_set {
    const struct option_row *rows;
    const char *docker_only;
    bool strict;
};
int options_parse(const struct option_set *set, char *const argv[],
                  void *target, struct strv *words, struct mb_error *err);

/* Print the table, for --help. */
void options_print(const struct option_row *rows);

/* "64m", "1.5g", "4096": bytes.  FLAG names the option in the error. */
int options_size(const char *flag, const char *text, uint64_t *out,
                 struct mb_error *err);

#endif
