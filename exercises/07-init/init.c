/* SPDX-License-Identifier: MIT */
/* Exercise 07-init: fill in the blanks (grep TODO).
 * The lesson: lessons/07-init.md.  Try it: make grade EX=07 */
/*
 * init.c - the first process of a container
 *
 * Problem   PID 1 is special.  A signal that would end any other process is
 *           dropped if PID 1 has no handler for it: `sleep` as PID 1 can't be
 *           stopped with SIGTERM (only with SIGKILL, from outside).  And
 *           orphans become its children: a PID 1 that never waits for them
 *           lets zombies pile up.
 * Idea      A small PID 1 that does only these two things, with the real
 *           command as its child:
 *
 *             signal  -->  PID 1  -- kill() -->  PID 2, the command
 *             orphan  -->  PID 1  -- waitpid()
 *             PID 2 ends: PID 1 ends with the same status, and with it the
 *             namespace and every process in it
 *
 * Rules     1. Block all signals before the fork.  A blocked signal is
 *              kept, even for PID 1, until sigwaitinfo(2) takes it.  So no
 *              handler is needed, and none is lost on the way to the loop.
 *           2. Give the child its signal mask back, else it can't be stopped.
 *           3. Reap in a loop: many SIGCHLDs may arrive as one.
 * Read      pid_namespaces(7), sigwaitinfo(2), waitpid(2);
 *           lessons/07-init.md
 */
#include "linux/init.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/spawn.h"

/* The child's part: leave rule 1 behind, then become the command. */
static _Noreturn void run_command(char *const argv[], char *const envp[],
                                  const sigset_t *mask, struct handshake *h)
{
    struct mb_error failure = {0};

    handshake_in_child(h);
    setpgid(0, 0);
    /* With a terminal, the command is who Ctrl-C is for.  While all signals
     * are blocked: who takes it from the background is stopped by SIGTTOU. */
    (void)tcsetpgrp(STDIN_FILENO, getpid());
    // TODO step 2: take back the signal mask (rule 2), become the command
    mb_failx(&failure, "exercise 07 step 2: not written yet");
    handshake_fail(h, &failure);
}

/* Reap all that is dead.  The exit status of COMMAND when it was among them,
 * else -1. */
static int reap(pid_t command)
{
    int status, code = -1;
    pid_t pid;

    // TODO step 4: reap every child that is dead, without waiting for those
    //   that are not (rule 3); answer as the comment above says
    return 0;
}

/* Wait for signals and do what each asks for, until COMMAND is dead.  Its exit
 * status. */
static int serve(pid_t command, const sigset_t *all)
{
    // TODO step 3: take one signal after the other. SIGCHLD: reap(), and return
    //   when the command is dead. SIGTTOU: nothing. Others: pass on
    return EXIT_MINIBOX;
}

int init_run(char *const argv[], char *const envp[], struct mb_error *err)
{
    sigset_t all, before;
    struct handshake h;

    if (handshake_open(&h, err) < 0)
        return -1;
    // TODO step 1: block all signals, and keep the mask that was (rule 1)
    return mb_failx(err, "exercise 07 step 1: not written yet");
    pid_t command = fork();
    if (command < 0)
        return mb_fail(err, "fork the command");
    if (command == 0)
        run_command(argv, envp, &before, &h);
    handshake_in_parent(&h);
    if (handshake_wait(&h, NULL, err) < 0)
        return -1;
    return serve(command, &all);
}
