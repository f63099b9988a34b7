/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 09: where caps_bound(), caps_limit() and seccomp_apply()
 * are called
 *
 * Problem   Rights are seen best by using them, and a refusal must come from
 *           what the student wrote, and from nothing else.
 * Idea      The caller is root of the cage: it holds all capabilities, and no
 *           filter is on.  It does one thing, holds still while the judge
 *           reads its /proc/PID/status, and then tries what is forbidden:
 *
 *             before --> student's function --> hold --> try --> errno
 *
 * Rules     1. Only a child gives up rights: the act's first process plays the
 *              host, which must keep them.  (Where exec is the point, it is the
 *              first process itself.)
 *           2. What is tried is harmless when it works.
 * Read      capabilities(7), seccomp(2); suite.c asks for these acts
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grader/act.h"
#include "linux/caps.h"
#include "linux/seccomp.h"

/* A set of capabilities, passed as a hexadecimal number. */
static uint64_t arg_set(const char *name)
{
    return strtoull(arg(name), NULL, 16);
}

/* Tell what came of trying NAME: 0, or errno. */
static void tried(const char *name, long result)
{
    int number = result < 0 ? errno : 0;

    say(name, "%d", number);
}

/* ---- what takes a capability -------------------------------------------- */

#define LOCKED "/tmp/locked" /* a file that its owner may not write */

static void make_locked(void)
{
    int fd = open(LOCKED, O_WRONLY | O_CREAT | O_CLOEXEC, 0);

    if (fd < 0)
        act_broken("make a locked file");
    close(fd);
}

static int bind_port_80(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        act_broken("make a socket");
    int result = bind(fd, (struct sockaddr *)&address, sizeof address);
    int number = errno;
    close(fd);
    errno = number;
    return result;
}

static void try_powers(void)
{
    tried("write", open(LOCKED, O_WRONLY | O_CLOEXEC));
    tried("port", bind_port_80());
    tried("raw", socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
    tried("chroot", chroot("/"));
    tried("hostname", sethostname("power", 5));
}

/* ---- step 1 ------------------------------------------------------------- */

static void bound(void)
{
    struct mb_error err = {0};

    hold("before");
    int result = caps_bound(arg_set("keep"), &err);
    say_result("result", result, &err);
    hold("bounded");
}

static void act_bound(void)
{
    in_child(bound);
}

/* Take these away from what the process can do now; not from its bound. */
static void lose(uint64_t set)
{
    cap_t now = cap_get_proc();

    for (cap_value_t cap = 0; now && CAP_IS_SUPPORTED(cap); cap++)
        if (set >> cap & 1) {
            cap_set_flag(now, CAP_PERMITTED, 1, &cap, CAP_CLEAR);
            cap_set_flag(now, CAP_EFFECTIVE, 1, &cap, CAP_CLEAR);
        }
    if (!now || cap_set_proc(now) < 0)
        act_broken("lose a capability");
    cap_free(now);
}

static void bound_without_setpcap(void)
{
    lose(UINT64_C(1) << CAP_SETPCAP);
    bound();
}

static void act_bound_poor(void)
{
    in_child(bound_without_setpcap);
}

/* Root executes a program: the kernel gives it all that the bound allows. */
static void act_bound_exec(void)
{
    struct mb_error err = {0};

    make_locked();
    int result = caps_bound(arg_set("keep"), &err);
    say_result("result", result, &err);
    act_exec("executed");
}

static void act_executed(void)
{
    hold("executed");
    try_powers();
}

/* ---- step 2 ------------------------------------------------------------- */

/* Have CAP inherited in both ways that there are. */
static void inherit(cap_value_t cap)
{
    cap_t now = cap_get_proc();

    if (!now || cap_set_flag(now, CAP_INHERITABLE, 1, &cap, CAP_SET) < 0 ||
        cap_set_proc(now) < 0 ||
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
        act_broken("make a capability inheritable");
    cap_free(now);
}

static void limit(void)
{
    struct mb_error err = {0};

    if (*arg("lacks"))
        lose(arg_set("lacks"));
    if (*arg("inherits"))
        inherit(arg_int("inherits"));
    hold("before");
    int result = caps_limit(arg_set("keep"), &err);
    say_result("result", result, &err);
    hold("limited");
    try_powers();
}

static void act_limit(void)
{
    make_locked();
    in_child(limit);
}

static void limit_refused(void)
{
    act_refuse(SYS_capset, 0, 0, arg_int("errno"));
    limit();
}

static void act_limit_refused(void)
{
    make_locked();
    in_child(limit_refused);
}

/* ---- step 3 ------------------------------------------------------------- */

static void try_calls(void)
{
    tried("mount", mount("tmpfs", arg("dir"), "tmpfs", 0, NULL));
    tried("unshare", unshare(CLONE_NEWUTS));
    tried("hostname", sethostname("call", 4));
    tried("keyctl", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
                            KEY_SPEC_PROCESS_KEYRING, 0));
    tried("chroot", chroot("/"));
}

static void filter(void)
{
    struct mb_error err = {0};

    if (strcmp(arg("lacks"), "all") == 0)
        lose(~UINT64_C(0));
    if (strcmp(arg("new_privs"), "no") == 0 &&
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        act_broken("set no_new_privs");
    hold("before");
    int result = seccomp_apply(arg_set("caps"), &err);
    say_result("result", result, &err);
    hold("filtered");
    try_calls();
}

static void make_dir(void)
{
    if (mkdir(arg("dir"), 0755) < 0)
        act_broken("make a directory");
}

static void act_filter(void)
{
    make_dir();
    in_child(filter);
}

/* ---- the host ----------------------------------------------------------- */

/* Give up rights as the judge says, and then go for the host's mounts: the
 * mount namespace is the host's own. */
static void attack(void)
{
    struct mb_error err = {0};
    int result = strcmp(arg("by"), "filter") == 0
                     ? seccomp_apply(arg_set("set"), &err)
                     : caps_limit(arg_set("set"), &err);

    say_result("result", result, &err);
    tried("mount", mount("tmpfs", arg("dir"), "tmpfs", 0, NULL));
    hold("attacked");
}

static void act_attack(void)
{
    make_dir();
    hold("before");
    in_child(attack);
    hold("after");
}

/* ---- step 4 ------------------------------------------------------------- */

/* clone(2) with these flags; the child ends at once.  0 or -1. */
static long try_clone(unsigned long flags)
{
    long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);

    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return pid < 0 ? -1 : 0;
}

static long try_clone3(void)
{
    struct clone_args args = {.exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone3, &args, sizeof args);

    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return pid < 0 ? -1 : 0;
}

/* Does the C library still start programs?  This one, which ends at once for
 * want of a judge. */
static long try_spawn(void)
{
    static char *const argv[] = {"worker", NULL};
    pid_t pid;

    errno = posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, argv + 1);
    if (errno == 0)
        waitpid(pid, NULL, 0);
    return errno == 0 ? 0 : -1;
}

static void processes(void)
{
    struct mb_error err = {0};

    int result = seccomp_apply(arg_set("caps"), &err);
    say_result("result", result, &err);
    hold("filtered");
    tried("process", try_clone(0));
    tried("shared", try_clone(CLONE_FS | CLONE_FILES));
    tried("spawn", try_spawn());
    tried("clone3", try_clone3());
    tried("mnt", try_clone(CLONE_NEWNS));
    tried("uts", try_clone(CLONE_NEWUTS));
    tried("ipc", try_clone(CLONE_NEWIPC));
    tried("user", try_clone(CLONE_NEWUSER));
    tried("pid", try_clone(CLONE_NEWPID));
    tried("net", try_clone(CLONE_NEWNET));
    tried("cgroup", try_clone(CLONE_NEWCGROUP));
}

static void act_processes(void)
{
    in_child(processes);
}

const struct act acts[] = {
    {"bound", act_bound},           {"bound-poor", act_bound_poor},
    {"bound-exec", act_bound_exec}, {"executed", act_executed},
    {"limit", act_limit},           {"limit-refused", act_limit_refused},
    {"filter", act_filter},         {"attack", act_attack},
    {"processes", act_processes},   {NULL, NULL},
};
