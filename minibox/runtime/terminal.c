/* SPDX-License-Identifier: MIT */
/*
 * terminal.c - a terminal for the container
 *
 * Problem   A shell wants a terminal: for its prompt, for line editing, for
 *           Ctrl-C.  Handing over the user's own would let the container type
 *           commands into it (the TIOCSTI ioctl), to be run after it ended.
 * Idea      A pair of devices of the kernel, the pty.  What is written to one
 *           comes out of the other, as if through a cable:
 *
 *             user's terminal  <-->  minibox  <-->  master ~~~ slave  <--> sh
 *             (raw: keys as they come)              (Ctrl-C becomes SIGINT
 *                                                    here, for sh alone)
 *
 * Rules     1. The pty is made by the child inside the container's own
 *              /dev/pts; the master then travels to the parent.
 *           2. The slave comes from the master itself (TIOCGPTPEER), never
 *              from a path: an image may have prepared /dev/pts/0.
 *           3. Raw mode is undone on every way out, also by the keeper when
 *              we are killed (runtime/keeper).
 * Read      pty(7), termios(3), ioctl_tty(2); lessons/26-monitor.md
 */
#include "runtime/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"

int terminal_open(int *out_master, int *out_slave, struct mb_error *err)
{
    int unlock = 0;
    int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (master < 0)
        return mb_fail(err, "open /dev/pts/ptmx");
    int slave = -1;
    if (ioctl(master, TIOCSPTLCK, &unlock) == 0)
        slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0) {
        mb_fail(err, "open the slave of the pty"); /* rule 2 */
        close(master);
        return -1;
    }
    *out_master = master;
    *out_slave = slave;
    return 0;
}

/* /dev/console is a file in our own tmpfs, with the slave bound over it. */
static int bind_console(struct mb_error *err)
{
    mb_autoclose int fd =
        open("/dev/console",
             O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return mb_fail(err, "make /dev/console");
    if (mount("/dev/pts/0", "/dev/console", NULL, MS_BIND, NULL) < 0)
        return mb_fail(err, "bind the terminal to /dev/console");
    return 0;
}

int terminal_attach(int slave, uid_t owner, bool joined, struct mb_error *err)
{
    if (ioctl(slave, TIOCSCTTY, 0) < 0)
        return mb_fail(err, "make the pty the controlling terminal");
    if (fchown(slave, owner, -1) < 0)
        return mb_fail(err, "give the terminal to user %u", owner);
    if (!joined && bind_console(err) < 0)
        return -1;
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(slave, fd) < 0)
            return mb_fail(err, "attach the terminal");
    explain("26", "open(\"/dev/pts/ptmx\"); ioctl(TIOCSCTTY)",
            "a terminal of its own: Ctrl-C stays in the container");
    return 0;
}

void terminal_save(struct terminal *t)
{
    t->saved_valid = tcgetattr(STDIN_FILENO, &t->saved) == 0;
}

void terminal_make_raw(struct terminal *t)
{
    struct termios raw = t->saved;

    if (!t->saved_valid)
        return; /* not a terminal: nothing to change */
    cfmakeraw(&raw);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

void terminal_restore(const struct terminal *t)
{
    if (t->saved_valid)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &t->saved);
}

void terminal_copy_size(const struct terminal *t)
{
    struct winsize size;

    if (t->master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
        (void)ioctl(t->master, TIOCSWINSZ, &size);
}

bool terminal_pump_output(struct terminal *t)
{
    char chunk[16384];
    ssize_t n = read(t->master, chunk, sizeof chunk);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    /* EIO: the last process that had the slave open is gone. */
    return n > 0 && fs_write_all(STDOUT_FILENO, chunk, n, NULL) == 0;
}

void terminal_pump_input(struct terminal *t)
{
    char chunk[4096];
    ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n > 0 && fs_write_all(t->master, chunk, n, NULL) == 0)
        return;
    /* End of input: what Ctrl-D at the keyboard would say. */
    (void)!write(t->master, "\004", 1);
    t->input = false;
}
