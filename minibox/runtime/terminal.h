/* SPDX-License-Identifier: MIT */
#ifndef RUNTIME_TERMINAL_H
#define RUNTIME_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "base/error.h"

/* ---- the container's side (child, after the pivot) ---- */

/* Make a new terminal in the container's own /dev/pts.  Both descriptors are
 * O_CLOEXEC; the caller closes them. */
int terminal_open(int *out_master, int *out_slave, struct mb_error *err);

/* Make SLAVE the controlling terminal of this session (setsid(2) came
 * before) and its descriptors 0, 1 and 2; give it to OWNER; bind it to
 * /dev/console, unless that is PID 1's already (JOINED). */
int terminal_attach(int slave, uid_t owner, bool joined, struct mb_error *err);

/* ---- the user's side (parent) ---- */

/* Between the user's terminal and the master of the container's. */
struct terminal {
    int master;       /* -1: no terminal */
    bool input;       /* pass descriptor 0 on to the container */
    bool saved_valid; /* `saved` is how the user's terminal was before */
    struct termios saved;
};

/* Remember the modes of the user's terminal, to come back to them. */
void terminal_save(struct terminal *t);
/* Raw mode: every key goes to the container's line discipline, Ctrl-C too. */
void terminal_make_raw(struct terminal *t);
/* As it was saved; harmless when nothing was. */
void terminal_restore(const struct terminal *t);

/* Tell the container how large the user's window is. */
void terminal_copy_size(const struct terminal *t);

/* Move what has come from either side to the other.  Returns false when the
 * container's side has been closed. */
bool terminal_pump_output(struct terminal *t);
void terminal_pump_input(struct terminal *t);

#endif
