/* SPDX-License-Identifier: MIT */
#ifndef LINUX_USERNS_H
#define LINUX_USERNS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* A row of /etc/subuid or /etc/subgid: numbers lent to an ordinary user. */
struct id_range {
    unsigned long first, count; /* count 0: none */
};

/* Find the first range of the user NAME (or of his number ID) in the text of
 * /etc/subuid.  Lines that lack a number are passed over.  Source: subuid(5).
 */
struct id_range userns_find_range(const char *text, const char *name, uid_t id);

/*
 * The door: an ordinary user walks in and is root from here on, in a user
 * namespace of his own.  Called once, at the start of a command, while the
 * process has one thread.  As root it does nothing.
 *
 *     inside   0 1 2 3 ... 65536
 *     outside  the user himself, then his subordinate ids (if he has any)
 *
 * Returns 0 or -1.
 */
int userns_enter(struct mb_error *err);

/* Is only one user number mapped here?  Then files can't be given to others,
 * and USER in an image can't be honoured. */
bool userns_is_single_id(void);

#endif
