/* SPDX-License-Identifier: MIT */
#ifndef VM_GUEST_H
#define VM_GUEST_H

#include <stddef.h>

#include "base/error.h"

/* A file of the host, and where it shall be in the guest. */
struct guest_file {
    const char *source; /* path on the host */
    const char *name;   /* path in the guest: "/bin/busybox" */
    unsigned mode;      /* permissions: 0755 */
};

/* A virtual machine for one command.  What is 0 or NULL has the value in
 * brackets. */
struct guest {
    const struct guest_file *files;
    size_t n_files;
    char *const *argv;
    char *const *env;   /* [PATH and HOME] */
    unsigned memory_mb; /* [256, and room for the files] */
    unsigned boot_s;    /* how long the guest may take to start [30] */
    unsigned timeout_s; /* how long the command may run [60] */
};

/* timeout(1)'s exit status, in err->code when the command took too long. */
enum { GUEST_TIMED_OUT = 124 };

/*
 * Boot, run the command, wait for its end.  The command is root with all
 * capabilities and a kernel of its own, has the files, /proc, /sys, /dev, /tmp,
 * cgroups v2 at /sys/fs/cgroup and no network, not even loopback.  Its standard
 * input is empty; what it prints goes to OUT_FD and ERR_FD, byte by byte.  All
 * other processes of the guest end with it.
 *
 * 0 with its exit status (128 + n for a signal) in *out_status, or -1 when it
 * did not end by itself; the error tells why, with the kernel's last words.
 * Needs no rights.  What the guest says is the guest's claim: root in it can
 * write what it likes to all four ports.
 */
int guest_run(const struct guest *guest, int out_fd, int err_fd,
              int *out_status, struct mb_error *err);

/* Is there what it takes: QEMU, a kernel that can be read, minibox-guest beside
 * this program?  0, or -1 with a hint. */
int guest_available(struct mb_error *err);

#endif
