/* SPDX-License-Identifier: MIT */
#ifndef GRADER_CAGE_TREE_H
#define GRADER_CAGE_TREE_H

#include "grader/cage.h"

enum { CAGE_MAX_BINDS = 16 };

/* While we still are the judge's user: open what will be shown.  The
 * descriptors go away with the process. */
int cage_tree_open(const struct cage_bind *binds, int fds[CAGE_MAX_BINDS],
                   struct mb_error *err);

/* In the cage's PID 1, as its root: build the tree on SPARE (a descriptor of
 * spec->spare_dir) and make it "/". */
int cage_tree_enter(const struct cage_spec *spec, const struct cgroup *group,
                    int spare, const int fds[CAGE_MAX_BINDS],
                    struct mb_error *err);

#endif
