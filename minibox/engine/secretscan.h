/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_SECRETSCAN_H
#define ENGINE_SECRETSCAN_H

#include "engine/secretwords.h"

/* So many bytes of a stream are in memory at a time. */
enum { SECRETSCAN_WINDOW = 4 * SECRETWORDS_AHEAD };

/* A hit in a stream.  VALUE is not ended by a NUL, and lives during the call
 * only. */
struct secretscan_hit {
    const char *kind;
    const char *value;
    size_t len;
    size_t line; /* of the stream, from 1 */
    bool shaped; /* see secretwords_hit */
};

/* Who wants to hear of them. */
struct secretscan_visitor {
    void (*hit)(void *argument, const struct secretscan_hit *hit);
    void *argument;
};

/* Search a stream of bytes, of any length, in little memory.  With a NUL byte
 * among the first it is no text, and searched for SECRETWORDS_SHAPES only; in
 * MODE SECRETWORDS_SHAPES for SECRETWORDS_TOKENS. */
struct secretscan *secretscan_new(enum secretwords_mode mode,
                                  const struct secretscan_visitor *visitor);
/* The next bytes, cut anywhere: what is found does not depend on it. */
void secretscan_add(struct secretscan *scan, const void *data, size_t size);
/* That was all.  Frees. */
void secretscan_end(struct secretscan *scan);

#endif
