/* SPDX-License-Identifier: MIT */
/*
 * net.c - a network of one's own
 *
 * Problem   Two web servers can't both have port 80, and a process that may
 *           reach nothing can give nothing away.
 * Idea      A network namespace has devices, addresses, routes and ports of
 *           its own.  A new one holds a single device, lo, switched off:
 *
 *             host:       lo  eth0         new namespace:   lo (down)
 *                         127.0.0.1        net_loopback_up: lo (up) 127.0.0.1
 *
 * Rules     1. Even 127.0.0.1 does not answer (ENETUNREACH) until lo is up.
 *           2. The socket is only a handle for the ioctl; it is never used.
 * Read      network_namespaces(7), netdevice(7); lessons/10-network.md
 */
#include "linux/net.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/mem.h"

int net_loopback_up(struct mb_error *err)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    mb_autoclose int handle =
        socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); /* rule 2 */

    /* STEP 1, 3 points: switch the device lo on with an ioctl of netdevice(7)
     */
    if (handle < 0 || ioctl(handle, SIOCSIFFLAGS, &lo) < 0)
        return mb_fail(err, "bring up the loopback device");
    /* END STEP 1 */
    explain("10", "ioctl(SIOCSIFFLAGS, \"lo\", IFF_UP)",
            "127.0.0.1 answers, nothing else does");
    return 0;
}
