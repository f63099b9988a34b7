/* SPDX-License-Identifier: MIT */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * struct buf: a string that grows.  `s` is always NUL-terminated and never
 * NULL after buf_init or MB_BUF_INIT; `len` does not count the NUL, and the
 * bytes may contain NULs of their own.
 */
struct buf {
    char *s;
    size_t len;
    size_t cap; /* bytes allocated; 0 while `s` is the shared empty string */
};

extern char buf_empty[1];
#define BUF_INIT                                                               \
    {                                                                          \
        .s = buf_empty                                                         \
    }
#define mb_autobuf __attribute__((cleanup(buf_done)))

void buf_done(struct buf *b); /* frees; b is empty and usable again */
void buf_add(struct buf *b, const void *data, size_t size);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_clear(struct buf *b); /* len = 0, keeps the memory */
char *buf_take(struct buf *b); /* the caller frees; b is empty again */

/*
 * struct strv: a NULL-terminated vector of strings that it owns, ready to be
 * handed to execve(2) as argv or environment.  `v` may be NULL when empty.
 */
struct strv {
    char **v;
    size_t n;
};

#define mb_autostrv __attribute__((cleanup(strv_done)))

void strv_done(struct strv *list);
void strv_add(struct strv *list, const char *s); /* copies s */
void strv_addf(struct strv *list, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void strv_take(struct strv *list, char *s); /* now owned by the list */
void strv_add_all(struct strv *list, char *const *v); /* v may be NULL */
bool strv_has(const struct strv *list, const char *s);

/* Environment lists hold "NAME=value".  Set replaces an earlier value in
 * place, so the order of first appearance is kept.  Get returns the value
 * (owned by the list) or NULL. */
void strv_setenv(struct strv *list, const char *name, const char *value);
const char *strv_getenv(const struct strv *list, const char *name);

bool starts_with(const char *s, const char *prefix);
bool ends_with(const char *s, const char *suffix);

#endif
