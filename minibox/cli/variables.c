/* SPDX-License-Identifier: MIT */
/*
 * variables.c - NAME=value, on the command line and in files
 *
 * Problem   -e, --env-file and --build-arg all take variables, and a shell's
 *           habits (quotes, comments behind values) do not hold in the files.
 * Idea      One reader for all of them, with Docker's rules.
 * Rules     1. NAME without a value takes ours, if we have one.
 *           2. In a file the value is the rest of the line, quotes and # and
 *              all; only a # at the beginning of a line is a comment.
 * Read      docker-run(1), --env-file; lessons/20-arg-and-env.md
 */
#include "cli/variables.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "linux/spawn.h"

int variables_add(const char *word, struct strv *out, struct mb_error *err)
{
    const char *value = getenv(word);

    if (*word == '\0' || *word == '=') {
        mb_failx(err, "invalid environment variable: %s", word);
        return mb_code(err, EXIT_MINIBOX);
    }
    if (strchr(word, '='))
        strv_add(out, word);
    else if (value)
        strv_addf(out, "%s=%s", word, value);
    return 0;
}

/* One line of an --env-file: the value is taken as it stands. */
static int add_file_line(char *line, struct strv *out, struct mb_error *err)
{
    size_t name = strcspn(line, "=");

    while (isspace((unsigned char)*line))
        line++, name--;
    if (*line == '\0' || *line == '#')
        return 0;
    for (size_t i = 0; i < name; i++)
        if (isspace((unsigned char)line[i])) {
            mb_failx(err, "variable '%.*s' contains whitespaces", (int)name,
                     line);
            return mb_code(err, EXIT_MINIBOX);
        }
    return variables_add(line, out, err);
}

static int add_env_file(const char *path, struct strv *out,
                        struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;

    if (fs_read(AT_FDCWD, path, 1 << 20, &text, err) < 0)
        return mb_code(err, EXIT_MINIBOX);
    if (memchr(text.s, '\0', text.len)) {
        mb_failx(err, "%s holds a NUL byte: it is no text", path);
        return mb_code(err, EXIT_MINIBOX);
    }
    for (char *rest = text.s, *line; (line = strsep(&rest, "\n"));) {
        size_t len = strlen(line);
        if (len && line[len - 1] == '\r')
            line[len - 1] = '\0';
        if (add_file_line(line, out, err) < 0)
            return mb_wrap(err, "%s", path);
    }
    return 0;
}

int variables_collect(const struct strv *files, const struct strv *words,
                      struct strv *out, struct mb_error *err)
{
    for (size_t i = 0; i < files->n; i++)
        if (add_env_file(files->v[i], out, err) < 0)
            return -1;
    for (size_t i = 0; i < words->n; i++)
        if (variables_add(words->v[i], out, err) < 0)
            return -1;
    return 0;
}
