/* SPDX-License-Identifier: MIT */
#ifndef LINUX_PROBECGROUP_H
#define LINUX_PROBECGROUP_H

#include "linux/probe.h"

/* Can this user limit a container?  Makes a cgroup and removes it. */
struct probe probecgroup_limits(void);

/* The same for v2 alone, below the cgroup that the directory DIR stands for:
 * v2 has more ways to fail. */
struct probe probecgroup_v2(const char *dir);

/* Which of memory, pids and cpu are not in CONTROLLERS, the content of
 * cgroup.controllers?  A list like "memory cpu", or ""; caller frees. */
char *probecgroup_missing(const char *controllers);

#endif
