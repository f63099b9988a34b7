/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 04: where userns_find_range(), userns_enter() and
 * userns_is_single_id() are called
 *
 * The ordinary user is made up: a child in a user namespace of its own, whose
 * maps the act's first process writes as the judge wishes.
 *
 *     the cage, all is 0        the user's namespace     what he makes of it
 *     0  <---------------------  his number  <----------  0
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "grader/act.h"
#include "linux/userns.h"

/* ---- step 1 -------------------------------------------------------------- */

/* Look for the same user in the files file0, file1, ... */
static void act_find(void)
{
    char name[20];

    for (int i = 0; i < arg_int("files"); i++) {
        snprintf(name, sizeof name, "file%d", i);
        struct id_range range =
            userns_find_range(arg(name), arg("name"), arg_int("id"));
        snprintf(name, sizeof name, "range%d", i);
        say(name, "%lu+%lu", range.first, range.count);
    }
}

/* ---- the made-up user ---------------------------------------------------- */

/* Write TEXT to the file PATH, unless it is "". */
static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || (*text && write(fd, text, strlen(text)) < 0))
        act_broken(path);
    close(fd);
}

/* The map FILE of process PID. */
static void put_map(pid_t pid, const char *file, const char *text)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    put(path, text);
}

/* Process PID finds SOURCE in the place of its file /proc/PID/FILE. */
static void cover(pid_t pid, const char *file, const char *source)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    if (mount(source, path, NULL, MS_BIND, NULL) < 0)
        act_broken(path);
}

/* What the judge wants in the place of the true files. */
static void cover_files(pid_t pid)
{
    struct mb_error err = {0};

    if (*arg("full")) /* each write to it fails with ENOSPC */
        cover(pid, arg("full"), "/dev/full");
    if (!*arg("map"))
        return;
    if (fs_write(AT_FDCWD, "/tmp/map", arg("map"), strlen(arg("map")), &err) <
        0)
        act_broken("write a map");
    cover(pid, "uid_map", "/tmp/map");
}

/* In the child, until its maps are there. */
static void new_user(const int asked[2], const int go[2])
{
    char byte;

    /* A host name of its own: what root may do here, and nowhere else. */
    if (unshare(CLONE_NEWUSER | CLONE_NEWUTS) < 0)
        act_broken("make a user namespace");
    close(go[1]);
    if (write(asked[1], "a", 1) != 1 || read(go[0], &byte, 1) != 1)
        _exit(1);
}

/* Run FN as a user whose maps are those of the arguments "uids" and "gids". */
static void as_user(void (*fn)(void))
{
    int asked[2], go[2], status;
    char byte;

    if (pipe2(asked, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0)
        act_broken("make pipes");
    pid_t pid = fork();
    if (pid == 0) {
        new_user(asked, go);
        fn();
        say("@back", "1");
        _exit(0);
    }
    if (read(asked[0], &byte, 1) != 1)
        act_broken("wait for the child");
    put_map(pid, "uid_map", arg("uids"));
    put_map(pid, "gid_map", arg("gids"));
    cover_files(pid);
    if (write(go[1], "g", 1) != 1 || waitpid(pid, &status, 0) != pid)
        act_broken("let the child go on");
    say("@child", "%d", status);
}

/* ---- step 2 -------------------------------------------------------------- */

static void say_call(const char *name, int result)
{
    say(name, "%s", result < 0 ? strerror(errno) : "done");
}

static void enter(void)
{
    struct mb_error err = {0};
    const char *name = arg("word");

    if (*arg("limit"))
        put("/proc/sys/user/max_user_namespaces", arg("limit"));
    hold("outside");
    int result = userns_enter(&err);
    say_result("result", result, &err);
    say("who", "%u and %u", geteuid(), getegid());
    hold("inside");
    (void)!sethostname(name, strlen(name)); /* the old namespace's name */
    hold("reached-out");
    say_call("new", unshare(CLONE_NEWUTS));
    say_call("named", sethostname(name, strlen(name)));
    hold("done");
}

static void act_enter(void)
{
    as_user(enter);
}

/* ---- step 3 -------------------------------------------------------------- */

static void ask(void)
{
    hold("mapped");
    say("single", "%d", userns_is_single_id());
}

static void act_single(void)
{
    as_user(ask);
}

const struct act acts[] = {
    {"find", act_find},
    {"enter", act_enter},
    {"single", act_single},
    {NULL, NULL},
};
