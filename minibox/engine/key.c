/* SPDX-License-Identifier: MIT */
/*
 * key.c - what a step is made from, written down
 *
 * Problem   The build cache must know a step again.  And if it does not, the
 *           user wants to hear why: which file, which variable?
 * Idea      Write all that the result depends on into a text, one thing a
 *           line, always in the same order.  The digest of the text is the key
 *           under which the result is remembered.  The text is kept beside it,
 *           so that two of them can be compared (engine/keydiff):
 *
 *             step COPY                      \
 *             below 9a0be1...                 |  SHA-256
 *             file src/a.c 100644:5e21c0...   |  ------->  cache/77aa...
 *             destination 3f1c22...          /
 *
 * Rules     1. A value is written as its digest: it may be long.  If it is a
 *              secret that somebody has put into an ARG, nobody reads it here.
 *              But the same value always has the same digest, so who guesses a
 *              short one can see that the guess is right.
 *           2. One thing, one line: a newline in a file's name must not look
 *              like the end of its line, so it becomes \012.
 *           3. What must not make a step run again is not written down: the
 *              times of files, the order in which a directory is read, proxies.
 *              "clock" is SOURCE_DATE_EPOCH, as the result has it; -1: not set.
 *           4. An instruction that makes no files, such as ENV, has a key, too:
 *              "before" is the key of the step before it, "words" is its line
 *              in the history.
 * Read      sha256sum(1): `tail -n +2 cache/KEY | sha256sum` gives KEY;
 *           (cache/HEX.files is no key, see engine/hashcache);
 *           lessons/22-build.md
 */
#include "engine/key.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void key_begin(struct key *key, const char *kind)
{
    *key = (struct key){.text = BUF_INIT};
    buf_addf(&key->text, "step %s\n", kind);
}

void key_done(struct key *key)
{
    buf_done(&key->text);
}

/* Rule 2. */
static void add_name(struct buf *out, const char *name)
{
    for (const char *p = name; *p; p++) {
        unsigned char c = *p;
        if (c < ' ' || c == 0x7f || c == '\\')
            buf_addf(out, "\\%03o", c);
        else
            buf_addc(out, c);
    }
}

void key_add_plain(struct key *key, const char *what, const char *name,
                   const char *value)
{
    buf_adds(&key->text, what);
    if (name) {
        buf_addc(&key->text, ' ');
        add_name(&key->text, name);
    }
    buf_addf(&key->text, " %s\n", value);
}

void key_add(struct key *key, const char *what, const char *name,
             const char *value)
{
    struct digest digest = digest_of(value, strlen(value)); /* rule 1 */

    key_add_plain(key, what, name, digest.hex);
}

void key_add_words(struct key *key, const char *what, const struct strv *words)
{
    struct hasher h;

    hasher_init(&h);
    /* With its NUL: "a" "bc" is not "ab" "c". */
    for (size_t i = 0; i < words->n; i++)
        hasher_add_str(&h, words->v[i]);
    key_add_plain(key, what, NULL, hasher_finish(&h).hex);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void key_add_variables(struct key *key, const struct strv *env)
{
    mb_autostrv struct strv sorted = {0};

    strv_add_all(&sorted, env->v);
    if (sorted.n)
        qsort(sorted.v, sorted.n, sizeof *sorted.v, by_text);
    for (size_t i = 0; i < sorted.n; i++) {
        char *equals = strchr(sorted.v[i], '=');
        if (equals)
            *equals = '\0';
        key_add(key, "variable", sorted.v[i], equals ? equals + 1 : "");
    }
}

void key_finish(struct key *key)
{
    key->digest = digest_of(key->text.s, key->text.len);
}
