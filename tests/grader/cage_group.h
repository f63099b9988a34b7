/* SPDX-License-Identifier: MIT */
#ifndef GRADER_CAGE_GROUP_H
#define GRADER_CAGE_GROUP_H

#include <sys/types.h>

#include "linux/cgroup.h"

/* Give the directory of GROUP (v2) to the cage's root, whom we know as UID: it
 * may make groups below, some, but not lift our limits. */
int cage_group_delegate(const struct cgroup *group, uid_t uid,
                        struct mb_error *err);

/* Remove GROUP with all that was made below it.  Its processes have been
 * killed. */
void cage_group_remove(const struct cgroup *group);

#endif
