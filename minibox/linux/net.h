/* SPDX-License-Identifier: MIT */
#ifndef LINUX_NET_H
#define LINUX_NET_H

#include "base/error.h"

/* Bring up the loopback device of this network namespace, which starts with
 * it down.  The kernel then gives it 127.0.0.1/8 and ::1 by itself. */
int net_loopback_up(struct mb_error *err);

#endif
