/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 07: where init_run() is called
 *
 * The act's first process plays the host, PID 1 of a namespace of its own calls
 * init_run(), and the command is this program again, in another act:
 *
 *   act "init": the host  -->  PID 1: init_run()  -->  act "wait" or "deaf"
 *                                              `-->  orphans of "deaf"
 *
 * Who must show which signals reached it blocks them all: the kernel keeps them
 * for the judge to see.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/act.h"
#include "linux/init.h"

/* ---- the command --------------------------------------------------------- */

static void block_all(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

/* Nothing special about its signals. */
static void act_wait(void)
{
    say("word", "%s", arg("word"));
    hold("command");
    _exit(arg_int("exits"));
}

/* A process whose parent ends at once: it becomes a child of PID 1.  A daemon
 * has a session of its own, too. */
static void make_orphan(bool daemon)
{
    pid_t pid = fork();

    if (pid == 0) {
        pid_t orphan = fork();
        if (orphan == 0 && daemon)
            (void)setsid();
        while (orphan == 0)
            pause();
        _exit(orphan < 0);
    }
    int status = 1;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
        act_broken("make an orphan");
}

/* It and its orphans block every signal. */
static void act_deaf(void)
{
    block_all();
    for (int i = 0; i < arg_int("orphans"); i++)
        make_orphan(i % 2 == 1);
    act_wait();
}

/* ---- PID 1 --------------------------------------------------------------- */

/* With one signal blocked, init_run(). */
static void be_pid_1(void)
{
    mb_autofree char *exits = mb_printf("exits=%s", arg("exits"));
    mb_autofree char *orphans = mb_printf("orphans=%s", arg("orphans"));
    mb_autofree char *word = mb_printf("word=%s", arg("word"));
    char *const argv[] = {(char *)arg("program"),
                          (char *)arg("command"),
                          exits,
                          orphans,
                          word,
                          NULL};
    struct mb_error err = {0};
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, arg_int("blocked"));
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    hold("start");
    int result = init_run(argv, environ, &err);
    say_result("result", result, &err);
    say("code", "%d", err.code);
    if (result >= 0 || !*arg("command"))
        hold("returned");
}

static void act_init(void)
{
    struct mb_error err = {0};

    /* A file that nobody may execute. */
    if (fs_write(AT_FDCWD, "/tmp/no-program", "#", 1, &err) < 0)
        act_broken(err.msg);
    setenv("WORD", arg("word"), 1);
    setenv("PATH", "/nowhere:/work", 1);
    act_hand_on();
    block_all();
    if (unshare(CLONE_NEWPID) < 0)
        act_broken("make a PID namespace");
    in_child(be_pid_1);
}

const struct act acts[] = {
    {"init", act_init},
    {"wait", act_wait},
    {"deaf", act_deaf},
    {NULL, NULL},
};
