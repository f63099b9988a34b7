/* SPDX-License-Identifier: MIT */
#ifndef LINUX_USER_H
#define LINUX_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

enum { USER_MAX_GROUPS = 64 };

/* Who a process is. */
struct identity {
    uid_t uid;
    gid_t gid;
    gid_t groups[USER_MAX_GROUPS]; /* supplementary */
    int n_groups;
    char home[256]; /* from passwd, or "/" */
};

/* Look up a USER of an image or of --user: "name", "uid", "name:group",
 * "uid:gid" and mixtures; nothing before ":" is root, nothing behind it is no
 * ":".  Names are those of /etc/passwd and /etc/group below ROOTFD; digits are
 * a number, also where a name looks like it.  Without ":group" the primary
 * group is that of passwd (0 for a number without an entry), and those of
 * /etc/group are added to it.  Source: docker-run(1), --user. */
int user_lookup(int rootfd, const char *user, struct identity *out,
                struct mb_error *err);

/* Child, last but one before exec: become that user, for good. */
int user_become(const struct identity *who, struct mb_error *err);

#endif
