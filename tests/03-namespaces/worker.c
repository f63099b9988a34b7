/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 03: where ns_clone(), ns_join() and ns_same() are called
 *
 * The act's first process plays the host.  It calls ns_clone(); what its child
 * is in, the judge sees.  To be joined there is a target, which this file makes
 * by itself: nobody shall need the first step for the third.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grader/act.h"
#include "linux/caps.h"
#include "linux/ns.h"

static void drop_power(void)
{
    if (caps_limit(0, NULL) < 0)
        act_broken("drop all capabilities");
}

/* ---- steps 1 and 2 ------------------------------------------------------- */

/* Wait as ordinary programs do: waitpid(2) without special flags. */
static void wait_for(pid_t pid)
{
    int status = 0;

    pid_t waited = waitpid(pid, &status, 0);
    say("waited", "%d", (int)waited);
    say("waited.errno", "%d", waited < 0 ? errno : 0);
    say("code", "%d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    if (waited < 0)
        (void)waitpid(pid, NULL, __WALL);
}

/* Call ns_clone(), and let both processes hold still. */
static void clone_into(int cgroup_fd)
{
    struct mb_error err = {0};
    int pidfd = -1;

    pid_t pid = ns_clone(arg_int("flags"), cgroup_fd, &pidfd, &err);
    if (pid == 0) {
        hold("child");
        _exit(arg_int("code"));
    }
    say_result("pid", pid, &err);
    say("pidfd", "%d", pidfd);
    hold("parent");
    if (pid > 0)
        wait_for(pid);
}

static void act_clone(void)
{
    hold("before");
    clone_into(-1);
}

/* The call is to be refused: there is no power, or no such cgroup. */
static void clone_refused(void)
{
    if (strcmp(arg("power"), "no") == 0)
        drop_power();
    clone_into(arg_int("fd"));
}

static void act_refused(void)
{
    int fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || (arg_int("fd") > 0 && dup2(fd, arg_int("fd")) < 0))
        act_broken("open a directory");
    in_child(clone_refused);
}

/* The directory of a real cgroup: of a new one if we may make it, else of the
 * one that we are in.  There we may usually not add anybody. */
static int open_group(const char *path)
{
    if (unshare(CLONE_NEWCGROUP) < 0 || mkdir("/tmp/groups", 0755) < 0 ||
        mount("cgroup2", "/tmp/groups", "cgroup2", 0, NULL) < 0)
        act_broken("mount the cgroups");
    bool made = mkdir(path, 0755) == 0;
    say("made", "%d", made);
    return open(made ? path : "/tmp/groups",
                O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void act_group(void)
{
    char path[100];

    snprintf(path, sizeof path, "/tmp/groups/%s", arg("word"));
    int fd = open_group(path);
    say("open", "%d", faccessat(fd, "cgroup.procs", W_OK, 0) == 0);
    clone_into(fd);
    close(fd);
    if (rmdir(path) < 0 && errno != ENOENT)
        act_broken("remove the cgroup");
}

/* ---- step 3 -------------------------------------------------------------- */

static int target_pidfd;

/* A process in new namespaces FLAGS; it holds still. */
static pid_t start_target(unsigned long long flags)
{
    pid_t pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0);

    if (pid < 0)
        act_broken("make a process in new namespaces");
    if (pid == 0) {
        hold("target");
        _exit(0);
    }
    target_pidfd = syscall(SYS_pidfd_open, pid, 0);
    hold("host");
    return pid;
}

static void join(void)
{
    struct mb_error err = {0};

    if (strcmp(arg("power"), "no") == 0)
        drop_power();
    int result = ns_join(target_pidfd, arg_int("asked"), &err);
    say_result("result", result, &err);
    if (*arg("word"))
        (void)!sethostname(arg("word"), strlen(arg("word")));
    hold("joined");
}

static void act_join(void)
{
    pid_t target = start_target(arg_int("made"));

    in_child(join);
    (void)waitpid(target, NULL, 0);
}

/* Root of a user namespace that owns only some of what the target is in. */
static void join_without_right(void)
{
    if (unshare(CLONE_NEWUSER) < 0)
        act_broken("make a user namespace");
    act_join();
}

static void act_overreach(void)
{
    in_child(join_without_right);
}

/* ---- step 4 -------------------------------------------------------------- */

static void act_same(void)
{
    struct mb_error err = {0};
    char name[40];

    pid_t target = start_target(arg_int("made"));
    for (size_t i = 0; i < ns_kinds_count; i++) {
        snprintf(name, sizeof name, "same.%s", ns_kinds[i].name);
        say_result(name, ns_same(getpid(), target, ns_kinds[i].name, &err),
                   &err);
    }
    hold("asked");
    (void)waitpid(target, NULL, 0);
}

static void act_missing(void)
{
    struct mb_error err = {0};
    pid_t missing = arg_int("missing");

    say_result("first", ns_same(missing, getpid(), "uts", &err), &err);
    err = (struct mb_error){0};
    say_result("second", ns_same(getpid(), missing, "uts", &err), &err);
    err = (struct mb_error){0};
    say_result("name", ns_same(getpid(), getpid(), arg("word"), &err), &err);
    hold("asked");
}

const struct act acts[] = {
    {"clone", act_clone},         {"refused", act_refused},
    {"group", act_group},         {"join", act_join},
    {"overreach", act_overreach}, {"same", act_same},
    {"missing", act_missing},     {NULL, NULL},
};
