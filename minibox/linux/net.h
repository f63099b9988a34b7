/* SPDX-License-Identifier: MIT */
#ifndef LINUX_NET_H
#define LINUX_NET_H

#include "base/error.h"

/* Bring up the loopback device of this network namespace, which starts with
 * it down; its other flags stay as they are.  The kernel then gives it
 * 127.0.0.1/8 and ::1 by itself. */
int net_loopback_up(struct mb_error *err);

/* Let every user listen on every port of this network namespace, as in Docker's
 * containers; without this, those below 1024 take CAP_NET_BIND_SERVICE.  Fails
 * with EROFS or ENOENT where /proc/sys can't be written. */
int net_free_ports(struct mb_error *err);

#endif
