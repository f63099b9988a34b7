/* SPDX-License-Identifier: MIT */
#ifndef LINUX_SPAWN_H
#define LINUX_SPAWN_H

#include <sys/types.h>

#include "base/error.h"

/* Exit statuses with a meaning of their own, as Docker and the shell use
 * them.  A command that a signal ended counts as 128 + the signal's number. */
enum {
    EXIT_MINIBOX = 125,      /* minibox itself could not do it */
    EXIT_NOT_RUNNABLE = 126, /* the command is there but can't be executed */
    EXIT_NOT_FOUND = 127,    /* there is no such command */
};

/* The exit status for a status from waitpid(2): 0..255, or 128 + signal. */
int spawn_exit_code(int wait_status);

/* Wait for the child PID.  Returns its exit status as above, or -1. */
int spawn_wait(pid_t pid, struct mb_error *err);

/*
 * The handshake: how a parent learns why its child could not start.
 *
 * The child writes one struct mb_error, or execs, which closes its end.  So
 * the parent reads either the error or end of file, and knows which.
 */
struct handshake {
    int parent; /* socket, O_CLOEXEC */
    int child;
};

int handshake_open(struct handshake *h, struct mb_error *err);
/* After fork: each side closes the other's end. */
void handshake_in_parent(struct handshake *h);
void handshake_in_child(struct handshake *h);
/* Child: report *err and end, with *err's exit status or 125. */
_Noreturn void handshake_fail(struct handshake *h, const struct mb_error *err);
/* Child: hand a descriptor to the parent (the pty's master, say). */
int handshake_send_fd(struct handshake *h, int fd, struct mb_error *err);
/* Parent: wait for the child's exec.  0: it runs.  -1: *err (which may be NULL)
 * holds the child's own words; or, when what came is no whole struct mb_error,
 * an error of ours.  A descriptor that came on the way goes to *out_fd (NULL:
 * none expected).  Closes the parent's end. */
int handshake_wait(struct handshake *h, int *out_fd, struct mb_error *err);

/* Replace this process by ARGV, looked up in the PATH of ENVP.  Returns only
 * on failure, with Docker's text and 126 or 127 in err->code. */
int spawn_exec(char *const argv[], char *const envp[], struct mb_error *err);

#endif
