/* SPDX-License-Identifier: MIT */
#ifndef LINUX_SYSCALLS_H
#define LINUX_SYSCALLS_H

/* A row of Docker's list: these calls are allowed to everybody (cap -1), or
 * to who holds the capability with that number. */
struct syscall_row {
    int cap;
    const char *const *names; /* ends with NULL; NULL ends the table */
};
extern const struct syscall_row syscall_rows[];

/* CAP_SYS_ADMIN, which opens more rows than all others together. */
enum { CAP_NR_SYS_ADMIN = 21 };

#endif
