/* SPDX-License-Identifier: MIT */
#ifndef LINUX_SECCOMP_H
#define LINUX_SECCOMP_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* Append the filter, as BPF instructions ready for the kernel, that Docker
 * gives to a container with the capabilities CAPS (linux/caps.h).  Takes a
 * millisecond, which is why the usual one is made at build time. */
int seccomp_build(uint64_t caps, struct buf *out, struct mb_error *err);

/* Child, before the privileges are dropped: from here on every system call of
 * this process and all its descendants goes through the filter for CAPS.
 * Needs CAP_SYS_ADMIN or no_new_privs (else EACCES), and does not set the
 * latter: that is for the user to ask. */
int seccomp_apply(uint64_t caps, struct mb_error *err);

#endif
