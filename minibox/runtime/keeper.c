/* SPDX-License-Identifier: MIT */
/*
 * keeper.c - who cleans up when minibox itself is killed
 *
 * Problem   kill -9 asks nobody.  The container would go on without its
 *           parent, its cgroup would stay for ever, and the user's terminal
 *           would stay in raw mode, deaf to Enter and Ctrl-C.
 * Idea      A second process that sleeps on a socket.  The kernel closes the
 *           other end when minibox dies, whatever killed it:
 *
 *             minibox ---- socket ----> keeper
 *              "done"  ...............> leave
 *              (killed) end of file...> kill the container, wait for its end,
 *                                       remove the cgroup, restore the tty
 *
 * Rules     1. It holds the container by its pidfd: a PID could belong to
 *              somebody else by now.
 *           2. It has a session of its own and blocks all signals: what is
 *              meant for minibox must not hit it too.
 *           3. It is waited for, but late: while it ends, minibox has other
 *              things to do.  Not at all would leave a zombie for ever where
 *              PID 1 does not reap, as in many containers.
 * Read      pidfd_open(2), unix(7); lessons/26-monitor.md
 */
#include "runtime/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
/* Sleep until the parent dismisses us (true) or dies (false). */
static bool wait_for_word(int line)
{
    char word;
    ssize_t n;

    do
        n = read(line, &word, 1);
    while (n < 0 && errno == EINTR);
    return n == 1;
}

/* The alarm: do what the parent can't do any more. */
static void clean_up(int pidfd, const struct cgroup *cg,
                     const struct terminal *terminal)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};

    terminal_restore(terminal);
    (void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
    while (poll(&end, 1, -1) < 0 && errno == EINTR)
        ;
    /* The container has become a child of PID 1, which may take its time to
     * reap it. */
    for (int seconds = 0; cgroup_remove(cg) < 0 && seconds < 60; seconds++)
        ;
}

/* The second process. */
static _Noreturn void keeper_main(int line, int pidfd, const struct cgroup *cg,
                                  const struct terminal *terminal)
{
    enum { HIGH = 100 };
    int my_line = fcntl(line, F_DUPFD_CLOEXEC, HIGH);
    int my_pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, HIGH);

    /* No room for two more: better no keeper than one that takes this for the
     * alarm. */
    if (my_line < 0 || my_pidfd < 0)
        _exit(1);
    /* Keep these two and the terminal.  Above all not the line's other end
     * (end of file would never come), nor the store's locks. */
    close_range(1, HIGH - 1, 0);
    (void)setsid();
    (void)prctl(PR_SET_NAME, "minibox-keeper");
    if (!wait_for_word(my_line))
        clean_up(my_pidfd, cg, terminal);
    _exit(0);
}

void keeper_start(struct keeper *k, int pidfd, const struct cgroup *cg,
                  const struct terminal *terminal)
{
    sigset_t all, before;
    int line[2];

    k->line = -1;
    /* Not a pipe: writing to one whose reader was killed is deadly. */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) < 0)
        return;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before); /* rule 2, inherited */
    if (fork() == 0)
        keeper_main(line[0], pidfd, cg, terminal);
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(line[0]);
    k->line = line[1];
}

void keeper_dismiss(struct keeper *k)
{
    if (k->line < 0)
        return;
    (void)!send(k->line, "d", 1, MSG_NOSIGNAL);
    close(k->line);
    k->line = -1;
}

void keeper_reap(void)
{
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        ;
}
