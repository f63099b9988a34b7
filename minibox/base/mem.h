/* SPDX-License-Identifier: MIT */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <dirent.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Memory never runs out here: these functions print one line and abort()
 * instead of returning NULL.  They are the only ones allowed to do so.
 */
void *mb_alloc(size_t size);                  /* zeroed; caller frees */
void *mb_realloc(void *old, size_t size);     /* caller frees */
char *mb_strdup(const char *s);               /* caller frees; NULL: NULL */
char *mb_strndup(const char *s, size_t size); /* caller frees */
char *mb_printf(const char *fmt, ...)         /* caller frees */
    __attribute__((format(printf, 1, 2)));

/* Forget a pointer without freeing it: `return mb_steal(&p);` hands the
 * ownership of an mb_autofree variable to the caller. */
#define mb_steal(pointer)                                                      \
    ({                                                                         \
        __typeof__(*(pointer)) stolen_ = *(pointer);                           \
        *(pointer) = NULL;                                                     \
        stolen_;                                                               \
    })

/* Variables that clean up after themselves on every way out of their scope.
 * All of them accept "nothing there" (NULL, or -1 for a descriptor). */
#define mb_autofree __attribute__((cleanup(mb_cleanup_free)))
#define mb_autoclose __attribute__((cleanup(mb_cleanup_close)))
#define mb_autofile __attribute__((cleanup(mb_cleanup_file)))
#define mb_autodir __attribute__((cleanup(mb_cleanup_dir)))

void mb_cleanup_free(void *pointer_to_pointer);
void mb_cleanup_close(int *fd);
void mb_cleanup_file(FILE **file);
void mb_cleanup_dir(DIR **dir);

#endif
