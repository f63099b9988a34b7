/* SPDX-License-Identifier: MIT */
#ifndef LINUX_CHROOT_H
#define LINUX_CHROOT_H

#include "base/error.h"

/* Make the directory DIR_FD the "/" and the current directory of this
 * process, for good.  Needs CAP_SYS_CHROOT.  It confines path lookup, not the
 * process: see the essay.  Returns 0 or -1. */
int chroot_enter(int dir_fd, struct mb_error *err);

/* The classic way out, for the lesson: from inside a chroot, with
 * CAP_SYS_CHROOT, make the real root the "/" again.  Needs a directory named
 * SPARE that may be created.  Returns 0 when it is out, -1 when it was held
 * (as it is after pivot_into(), linux/pivot.h). */
int chroot_break_out(const char *spare, struct mb_error *err);

#endif
