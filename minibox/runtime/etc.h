/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_ETC_H
#define RUNTIME_ETC_H

#include <stdbool.h>

#include "base/error.h"

/* Give the image at ROOT its /etc/hosts, /etc/hostname and /etc/resolv.conf.
 * Called by the child between mount_standard() and the pivot.  HOSTNAME NULL:
 * the host's.  With the host's network its hosts file is taken as well. */
int etc_mount(int root, const char *hostname, bool host_network,
              struct mb_error *err);

#endif
