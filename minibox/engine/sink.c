/* SPDX-License-Identifier: MIT */
/*
 * sink.c - one string, or words
 *
 * Problem   ENV wants "a b" as one value, EXPOSE wants two ports from it.  What
 *           decides is not only where the blank is, but whether it was quoted,
 *           and after the quotes are gone nobody can tell any more.
 * Idea      Whoever removes the quotes says which kind of text it hands over:
 *
 *             input        $V"c d" e       with V="a b"
 *             handed over  split(a b) put(c d) split( ) split(e)
 *             one string   a bc d e
 *             words        a | bc d | e
 *
 * Rules     1. An empty word is none, even a quoted one (as in BuildKit, unlike
 *              in a shell): no instruction has a use for it.
 *           2. Size and number are bounded, over all words together and with
 *              white space: a file of a few lines can ask for gigabytes.
 * Read      POSIX, Shell Command Language, 2.6.5 Field Splitting;
 *           lessons/20-arg-and-env.md
 */
#include "engine/sink.h"

#include <string.h>

#define WHITE " \t\n\v\f\r"

void sink_done(struct sink *sink)
{
    buf_done(&sink->text);
}

int sink_put(struct sink *sink, const char *s, size_t len, struct mb_error *err)
{
    sink->taken += len;
    if (sink->taken > SINK_MOST)
        return mb_failx(err, "the word expands to more than %d bytes",
                        SINK_MOST);
    buf_add(&sink->text, s, len);
    return 0;
}

void sink_end_word(struct sink *sink)
{
    if (sink->text.len) /* rule 1 */
        strv_take(sink->words, buf_take(&sink->text));
}

int sink_split(struct sink *sink, const char *s, struct mb_error *err)
{
    if (!sink->words)
        return sink_put(sink, s, strlen(s), err);
    while (*s) {
        size_t len = strcspn(s, WHITE), blanks = strspn(s + len, WHITE);
        if (sink_put(sink, s, len, err) < 0)
            return -1;
        if (sink->words->n == SINK_MOST_WORDS)
            return mb_failx(err, "it expands to more than %d words",
                            SINK_MOST_WORDS);
        if (blanks)
            sink_end_word(sink);
        sink->taken += blanks; /* rule 2: the next sink_put() looks at it */
        s += len + blanks;
    }
    return 0;
}
