/* SPDX-License-Identifier: MIT */
#ifndef LINUX_CAPS_H
#define LINUX_CAPS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* A set of capabilities: bit N stands for capability number N of
 * capabilities(7). */
extern const uint64_t caps_docker_default; /* Docker's fourteen */

/* The default plus ADD without DROP: names like NET_ADMIN or CAP_NET_ADMIN,
 * any case, or ALL.  As in Docker ADD wins over DROP=ALL only. */
int caps_resolve(const struct strv *add, const struct strv *drop,
                 uint64_t *out_set, struct mb_error *err);

/* Child, before exec: no exec can ever give more than KEEP (the bounding
 * set).  Needs CAP_SETPCAP (else EPERM), so it comes before the user changes.
 * Numbers that this kernel does not know yet are passed over. */
int caps_bound(uint64_t keep, struct mb_error *err);

/* Child, last: hold KEEP, as far as we hold it now, and nothing else; inherit
 * nothing. */
int caps_limit(uint64_t keep, struct mb_error *err);

#endif
