/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 01: where the four functions of spawn.c are called
 *
 * Problem   Each function must be seen from both sides: a parent that waits
 *           and a child that ends, a child that reports and a parent that
 *           reads.  The side that is not asked must not be student code.
 * Idea      The acts play that other side themselves, with bare system calls:
 *
 *             act      student's side                   played here
 *             decode   spawn_exit_code(status)          nothing else
 *             wait     spawn_wait()             <-----  a child that holds
 *             fail     handshake_fail()         ----->  recv(2), waitpid(2)
 *             answer   handshake_wait()         <-----  send(2)
 *             start    all of it, as minibox does it
 *
 * Rules     1. "fail" leaves text in stdio's buffer when it forks: a child that
 *              leaves by exit(3) prints it, too.
 *           2. A parent that is asked with err == NULL may crash: it is a
 *              process of its own.
 * Read      fork(2), wait(2), unix(7); lessons/01-process.md
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "grader/act.h"
#include "linux/spawn.h"

static pid_t start_child(void)
{
    pid_t pid = fork();

    if (pid < 0)
        act_broken("fork");
    return pid;
}

/* waitpid(2) of PID, and tell its status as NAME. */
static void say_status(const char *name, pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return; /* it was waited for already */
    say(name, "%d", status);
}

/* ---- step 1 -------------------------------------------------------------- */

/* Each of the wait statuses that the judge lists. */
static void act_decode(void)
{
    char name[40], *end;
    long status;

    for (const char *p = arg("statuses"); *p; p = end) {
        status = strtol(p, &end, 10);
        snprintf(name, sizeof name, "code for 0x%04lx", status);
        say(name, "%d", spawn_exit_code(status));
    }
}

/* ---- step 2 -------------------------------------------------------------- */

static void on_knock(int number)
{
    (void)number;
}

/* End as the judge wants it: by a signal, or with an exit status. */
static _Noreturn void end_as_told(void)
{
    if (arg_int("signal")) {
        signal(arg_int("signal"), SIG_DFL);
        raise(arg_int("signal"));
    }
    _exit(arg_int("exit"));
}

/* A child that has ended, and that nobody has waited for. */
static void leave_a_zombie(int status)
{
    siginfo_t info;
    pid_t pid = start_child();

    if (pid == 0)
        _exit(status);
    while (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) < 0)
        if (errno != EINTR)
            act_broken("watch a child");
}

static void act_wait(void)
{
    struct sigaction knock = {.sa_handler = on_knock}; /* no SA_RESTART */
    struct mb_error err = {0};

    sigaction(SIGUSR1, &knock, NULL);
    leave_a_zombie(arg_int("other"));
    pid_t pid = start_child();
    if (pid == 0) {
        hold("child");
        end_as_told();
    }
    int result = spawn_wait(pid, &err);
    say_result("result", result, &err);
    hold("waited");
    while (wait(NULL) >= 0 || errno == EINTR)
        ;
}

/* Nobody is there to wait for: the child has been waited for before. */
static void act_nobody(void)
{
    struct mb_error err = {0};
    pid_t pid = start_child();

    if (pid == 0)
        _exit(0);
    say_status("gone", pid);
    int result = spawn_wait(pid, &err);
    say_result("result", result, &err);
}

/* ---- step 3 -------------------------------------------------------------- */

/* The error of which the judge gave the parts. */
static struct mb_error told_error(void)
{
    struct mb_error e = {.code = arg_int("code"), .errnum = arg_int("errno")};

    snprintf(e.msg, sizeof e.msg, "%s", arg("msg"));
    snprintf(e.hint, sizeof e.hint, "%s", arg("hint"));
    return e;
}

static void say_error(const struct mb_error *e)
{
    say("error.msg", "%.1499s", e->msg);
    say("error.hint", "%.399s", e->hint);
    say("error.errno", "%d", e->errnum);
    say("error.code", "%d", e->code);
}

/* All that comes from the child, until it has closed its end. */
static void say_messages(int socket)
{
    struct {
        struct mb_error error;
        char too_much[100];
    } message;
    int count = 0;
    ssize_t n;

    memset(&message, 0, sizeof message);
    while ((n = recv(socket, &message, sizeof message, 0)) > 0) {
        count++;
        say("bytes", "%zd", n);
        say_error(&message.error);
    }
    say("messages", "%d", count);
}

static _Noreturn void report_and_end(struct handshake *h)
{
    /* Through a pointer that promises nothing, for it may well come back. */
    void (*volatile fail)(struct handshake *, const struct mb_error *) =
        handshake_fail;
    struct mb_error error = told_error();

    handshake_in_child(h);
    fail(h, &error);
    say("back", "1");
    _exit(0);
}

static void act_fail(void)
{
    struct handshake h;

    if (handshake_open(&h, NULL) < 0)
        act_broken("open a handshake");
    printf("%s ", arg("print")); /* no end of line: it stays in the buffer */
    if (*arg("deaf"))
        close(h.parent);
    pid_t pid = start_child();
    if (pid == 0)
        report_and_end(&h);
    handshake_in_parent(&h);
    if (!*arg("deaf"))
        say_messages(h.parent);
    close(h.parent);
    say_status("child", pid);
}

/* ---- step 4 -------------------------------------------------------------- */

/* A child that sends the first BYTES bytes of its error, if any, and ends. */
static pid_t start_sender(struct handshake *h)
{
    struct mb_error error = told_error();
    pid_t pid = start_child();

    if (pid > 0)
        return pid;
    handshake_in_child(h);
    /* When the parent is gone already, that is the judge's wish. */
    if (arg_int("bytes"))
        (void)!send(h->child, &error, arg_int("bytes"), MSG_NOSIGNAL);
    _exit(0);
}

static void act_answer(void)
{
    struct mb_error err = {0};
    struct handshake h;

    if (handshake_open(&h, NULL) < 0)
        act_broken("open a handshake");
    pid_t pid = start_sender(&h);
    handshake_in_parent(&h);
    if (*arg("broken")) {
        close(h.parent);
        h.parent = -1;
    }
    int result = handshake_wait(&h, NULL, &err);
    say_result("result", result, &err);
    say_error(&err);
    say_status("child", pid);
}

/* The same for a parent that does not want to know why. */
static void act_answer_to_nobody(void)
{
    struct handshake h;

    if (handshake_open(&h, NULL) < 0)
        act_broken("open a handshake");
    pid_t child = start_sender(&h);
    pid_t parent = start_child();
    handshake_in_parent(&h);
    if (parent == 0) { /* rule 2 */
        say("result", "%d", handshake_wait(&h, NULL, NULL));
        _exit(0);
    }
    close(h.parent);
    say_status("parent", parent);
    say_status("child", child);
}

/* What is started: this program, as "worker leave code=N". */
static void act_leave(void)
{
    _exit(arg_int("code"));
}

/* Start PROGRAM as "PROGRAM leave code=N", and wait for its end. */
static void act_start(void)
{
    char code[40];
    char *argv[] = {(char *)arg("program"), "leave", code, NULL};
    char *env[] = {"PATH=/bin:/work", NULL};
    struct mb_error err = {0}, childs = {0};
    struct handshake h;

    snprintf(code, sizeof code, "code=%s", arg("code"));
    hold("before");
    if (handshake_open(&h, NULL) < 0)
        act_broken("open a handshake");
    pid_t pid = start_child();
    if (pid == 0) {
        handshake_in_child(&h);
        spawn_exec(argv, env, &childs);
        handshake_fail(&h, &childs);
    }
    handshake_in_parent(&h);
    int result = handshake_wait(&h, NULL, &err);
    say_result("result", result, &err);
    say_error(&err);
    say("exit", "%d", spawn_wait(pid, NULL));
    hold("after");
}

const struct act acts[] = {
    {"decode", act_decode}, {"wait", act_wait},
    {"nobody", act_nobody}, {"fail", act_fail},
    {"answer", act_answer}, {"answer-to-nobody", act_answer_to_nobody},
    {"start", act_start},   {"leave", act_leave},
    {NULL, NULL},
};
