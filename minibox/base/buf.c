/* SPDX-License-Identifier: MIT */
/*
 * buf.c - strings that grow, and lists of strings
 *
 * Problem   Fixed arrays overflow or cut names short; both are how hostile
 *           input gets in.
 * Idea      One growing byte string and one growing argv, used everywhere.
 * Rules     1. `s` is always a C string, so it can be printed at any time.
 *           2. A list always ends with NULL, so it can be exec'ed at any time.
 * Read      execve(2), for why a list looks the way it does
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

char buf_empty[1];

void buf_done(struct buf *b)
{
    if (b->cap)
        free(b->s);
    *b = (struct buf)BUF_INIT;
}

/* Make room for `extra` more bytes and the final NUL. */
static void reserve(struct buf *b, size_t extra)
{
    size_t need = b->len + extra + 1;

    if (need <= b->cap)
        return;
    size_t cap = b->cap ? b->cap : 32;
    while (cap < need)
        cap *= 2;
    b->s = mb_realloc(b->cap ? b->s : NULL, cap);
    b->cap = cap;
}

void buf_add(struct buf *b, const void *data, size_t size)
{
    reserve(b, size);
    memcpy(b->s + b->len, data, size);
    b->len += size;
    b->s[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    reserve(b, n);
    va_start(ap, fmt);
    vsnprintf(b->s + b->len, n + 1, fmt, ap);
    va_end(ap);
    b->len += n;
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    if (b->cap)
        b->s[0] = '\0';
}

char *buf_take(struct buf *b)
{
    char *s = b->cap ? b->s : mb_strdup("");

    *b = (struct buf)BUF_INIT;
    return s;
}

void strv_done(struct strv *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->v[i]);
    free(list->v);
    *list = (struct strv){0};
}

void strv_take(struct strv *list, char *s)
{
    /* The memory doubles whenever n + 1, with the final NULL, has reached a
     * power of two: a million words take twenty moves. */
    if ((list->n & (list->n + 1)) == 0)
        list->v = mb_realloc(list->v, 2 * (list->n + 1) * sizeof *list->v);
    list->v[list->n++] = s;
    list->v[list->n] = NULL;
}

void strv_add(struct strv *list, const char *s)
{
    strv_take(list, mb_strdup(s));
}

void strv_addf(struct strv *list, const char *fmt, ...)
{
    char *s = NULL;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&s, fmt, ap) < 0)
        abort();
    va_end(ap);
    strv_take(list, s);
}

void strv_add_all(struct strv *list, char *const *v)
{
    for (; v && *v; v++)
        strv_add(list, *v);
}

bool strv_has(const struct strv *list, const char *s)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->v[i], s) == 0)
            return true;
    return false;
}

/* The place of NAME's entry in the list, or NULL. */
static char **find_env(const struct strv *list, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < list->n; i++)
        if (strncmp(list->v[i], name, len) == 0 && list->v[i][len] == '=')
            return &list->v[i];
    return NULL;
}

void strv_setenv(struct strv *list, const char *name, const char *value)
{
    char *entry = mb_printf("%s=%s", name, value);
    char **old = find_env(list, name);

    if (!old) {
        strv_take(list, entry);
        return;
    }
    free(*old);
    *old = entry;
}

const char *strv_getenv(const struct strv *list, const char *name)
{
    char **entry = find_env(list, name);

    return entry ? *entry + strlen(name) + 1 : NULL;
}

bool starts_with(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool ends_with(const char *s, const char *suffix)
{
    size_t len = strlen(s), tail = strlen(suffix);

    return len >= tail && strcmp(s + len - tail, suffix) == 0;
}
