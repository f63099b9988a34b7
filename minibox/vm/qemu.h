/* SPDX-License-Identifier: MIT */
#ifndef VM_QEMU_H
#define VM_QEMU_H

#include <sys/types.h>

#include "base/error.h"

/* The guest's serial ports: /dev/ttyS0 to /dev/ttyS3 inside. */
enum qemu_port {
    QEMU_CONSOLE, /* the kernel's messages, and QEMU's own */
    QEMU_OUT,     /* the command's standard output */
    QEMU_ERRORS,  /* the command's standard error */
    QEMU_CONTROL, /* what the guest's init has to tell us */
    QEMU_PORTS
};

/* Writing N to this port of the processor ends QEMU at once. */
enum { QEMU_EXIT_PORT = 0xf4 };

/* A machine that runs. */
struct qemu {
    pid_t pid;
    int ports[QEMU_PORTS]; /* to be read from; end of file: QEMU has ended */
};

/* Is there a QEMU?  0, or -1 with a hint. */
int qemu_available(struct mb_error *err);

/* Start a machine with the KERNEL of that path and the archive INITRAMFS (a
 * descriptor, which stays the caller's).  It ends with us, however we end. */
int qemu_start(const char *kernel, int initramfs, unsigned memory_mb,
               struct qemu *out, struct mb_error *err);

/* Pull the plug, if it still runs, and close the ports. */
void qemu_stop(struct qemu *qemu);

#endif
