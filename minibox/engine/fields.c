/* SPDX-License-Identifier: MIT */
/*
 * fields.c - key=value,key=value
 *
 * Problem   --mount and --secret pack a list into one word.  The comma that
 *           separates the items may also be part of a file's name.
 * Idea      The rules of CSV files, as in BuildKit: quotes around a field keep
 *           it together.
 *
 *             type=bind,"source=a,b",ro
 *             type=bind | source=a,b | ro
 *
 * Rules     1. Quotes count only where a field begins.  Anywhere else they are
 *              a mistake: who writes source="a,b" wants what is above.
 *           2. Two quotes inside of quotes stand for one.
 *           3. Keys may be written in any case, values are left alone.
 * Read      RFC 4180; reference.md, "RUN --mount"; lessons/24-secrets.md
 */
#include "engine/fields.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

/* Take one field, which starts with a quote, off *text. */
static int quoted_field(const char **text, struct buf *out,
                        struct mb_error *err)
{
    const char *p = *text + 1;

    for (; *p && (p[0] != '"' || p[1] == '"'); p++) {
        buf_addc(out, *p);
        p += *p == '"'; /* rule 2 */
    }
    if (*p != '"')
        return mb_failx(err, "a quote (\") is not closed");
    if (p[1] && p[1] != ',')
        return mb_failx(err, "after a closing quote comes a comma, not %.20s",
                        p + 1);
    *text = p + 1;
    return 0;
}

/* The same for a field without quotes. */
static int plain_field(const char **text, struct buf *out, struct mb_error *err)
{
    size_t len = strcspn(*text, ",");

    if (memchr(*text, '"', len)) {
        mb_failx(err, "a quote (\") inside of %.*s", len > 100 ? 100 : (int)len,
                 *text);
        return mb_hint(err, "quotes go around all of it: \"source=a,b\"");
    }
    buf_add(out, *text, len);
    *text += len;
    return 0;
}

int fields_split(const char *text, struct strv *out, struct mb_error *err)
{
    for (;;) {
        mb_autobuf struct buf field = BUF_INIT;
        int result = *text == '"' ? quoted_field(&text, &field, err)
                                  : plain_field(&text, &field, err);
        if (result < 0)
            return -1;
        strv_add(out, field.s);
        if (*text == '\0')
            return 0;
        text++; /* the comma */
    }
}

char *fields_key(const char *field, const char **out_value)
{
    size_t len = strcspn(field, "=");
    char *key = mb_strndup(field, len);

    for (char *p = key; *p; p++)
        *p = tolower((unsigned char)*p); /* rule 3 */
    *out_value = field[len] ? field + len + 1 : NULL;
    return key;
}
