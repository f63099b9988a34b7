/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_MATCH_H
#define ENGINE_MATCH_H

/*
 * Patterns for file names, as COPY and .dockerignore use them: those of Go's
 * filepath.Match, and **.
 *
 *     *       any characters but /            [a-z]  one of these
 *     ?       one character but /             [^a-z] one not of these
 *     **      any number of directories       \x     x itself
 *
 * Source: pkg.go.dev/path/filepath#Match; BuildKit, reference.md,
 * ".dockerignore file".
 */

/* Does NAME match PATTERN?  1 yes, 0 no, -1 the pattern is broken. */
int match_glob(const char *pattern, const char *name);

/* The same, but a pattern that matches a directory also matches all that is
 * in it: "a" matches "a/b/c". */
int match_tree(const char *pattern, const char *path);

#endif
