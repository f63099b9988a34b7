/* SPDX-License-Identifier: MIT */
/*
 * etc.c - the three files of /etc that depend on where a container runs
 *
 * Problem   An image can't know its later hostname, nor where the next name
 *           server is.
 * Idea      Docker's: /etc/hosts, /etc/hostname and /etc/resolv.conf of the
 *           image are covered by files made for this container.  Writing to
 *           them works, and changes neither image nor host.
 * Rules     1. Name servers are the host's, copied with every start.
 *           2. Without a network there is no line for the own hostname.
 * Read      hosts(5), resolv.conf(5); lessons/10-network.md
 */
#include "runtime/etc.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "linux/mount.h"

enum { MAX_FILE = 1 << 20 };

static const char standard_hosts[] = "127.0.0.1\tlocalhost\n"
                                     "::1\tlocalhost ip6-localhost "
                                     "ip6-loopback\n"
                                     "fe00::\tip6-localnet\n"
                                     "ff00::\tip6-mcastprefix\n"
                                     "ff02::1\tip6-allnodes\n"
                                     "ff02::2\tip6-allrouters\n";

int etc_mount(int root, const char *hostname, bool host_network,
              struct mb_error *err)
{
    mb_autobuf struct buf hosts = BUF_INIT, resolv = BUF_INIT;
    char name[256] = "";
    struct etc_files files;

    (void)gethostname(name, sizeof name - 1);
    mb_autofree char *line = mb_printf("%s\n", hostname ? hostname : name);
    /* A host without these files is no reason not to start: empty is fine. */
    (void)fs_read(AT_FDCWD, "/etc/resolv.conf", MAX_FILE, &resolv, NULL);
    if (host_network)
        (void)fs_read(AT_FDCWD, "/etc/hosts", MAX_FILE, &hosts, NULL);
    else
        buf_adds(&hosts, standard_hosts);
    files.hosts = hosts.s;
    files.hostname = line;
    files.resolv_conf = resolv.s;
    return mount_etc_files(root, &files, err);
}
