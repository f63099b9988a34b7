/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 02: where chroot_enter() and chroot_break_out() are
 * called
 *
 * Problem   Some wrong ways out work by luck: when the jail lies just below the
 *           top, say, or when all directories are of one file system.
 * Idea      The act's first process plays the host.  Its child goes to jail,
 *           many levels down.  On the way a file system is mounted on another,
 *           so that a directory and its parent both have the inode number 1:
 *
 *             /               inode 1 of the cage's tmpfs
 *             `- tmp          inode 1 of another
 *                 `- top      inode 1 of another: the secret
 *                     `- hall inode 1 of another: directories, one in the other
 *                         ...
 *                           `- jail   inode 1 of another: inside, deep
 *
 * Rules     1. The acts of chroot_break_out() enter the jail by themselves, so
 *              that nothing of step 1 is needed.
 *           2. "shallow": the jail is a plain directory right below the top.
 * Read      chroot(2), tmpfs(5); lessons/02-chroot.md
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/act.h"
#include "linux/caps.h"
#include "linux/chroot.h"
#include "linux/pivot.h"

/* ---- the host, and the jail ---------------------------------------------- */

static void make_file(const char *path, const char *content)
{
    if (fs_write(AT_FDCWD, path, content, strlen(content), NULL) < 0)
        act_broken(path);
}

/* A new file system on the new directory PATH. */
static void mount_new(const char *path)
{
    if (fs_mkdirs(AT_FDCWD, path, NULL) < 0 ||
        mount("tmpfs", path, "tmpfs", 0, "mode=755") < 0)
        act_broken(path);
}

/* The jail, with the judge's word in it, and another word outside. */
static void make_jail(void)
{
    mb_autofree char *deep = mb_printf("%s/deep", arg("jail"));
    mb_autofree char *inside = mb_printf("%s/inside", arg("jail"));

    if (!*arg("shallow")) {
        mount_new(arg("top"));
        mount_new(arg("hall"));
        mount_new(arg("jail"));
    }
    if (fs_mkdirs(AT_FDCWD, deep, NULL) < 0)
        act_broken("make the jail");
    make_file(inside, arg("word"));
    make_file(arg("secret"), arg("outside"));
}

/* Rule 2: make a tmpfs the host's root, with nothing else in it. */
static void make_small_host(void)
{
    const char *root = "/tmp/host";

    if (unshare(CLONE_NEWNS) < 0 || pivot_make_private(NULL) < 0)
        act_broken("make a mount namespace");
    if (mkdir(root, 0755) < 0 || mount("tmpfs", root, "tmpfs", 0, NULL) < 0 ||
        pivot_into(root, NULL) < 0)
        act_broken("make a small host");
}

static void make_host(void)
{
    if (*arg("shallow"))
        make_small_host();
    make_jail();
}

static int open_jail(void)
{
    int fd = open(arg("jail"), O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        act_broken("open the jail");
    return fd;
}

/* ---- step 1 -------------------------------------------------------------- */

static void enter(void)
{
    struct mb_error err = {0};
    int fd = open_jail();

    int result = chroot_enter(fd, &err);
    close(fd);
    say_result("result", result, &err);
    say_file("absolute", arg("secret"));
    say_file("relative", arg("climb"));
    hold("entered");
}

static void act_enter(void)
{
    make_host();
    hold("before");
    in_child(enter);
    hold("after");
}

/* A descriptor that is none, or not of a directory. */
static void enter_nothing(void)
{
    struct mb_error err = {0};
    int fd =
        *arg("file") ? open("/proc/self/status", O_RDONLY | O_CLOEXEC) : -1;

    int result = chroot_enter(fd, &err);
    say_result("result", result, &err);
}

static void act_enter_nothing(void)
{
    in_child(enter_nothing);
}

static void enter_powerless(void)
{
    struct mb_error err = {0};
    int fd = open_jail();

    if (caps_limit(0, NULL) < 0)
        act_broken("give up all capabilities");
    int result = chroot_enter(fd, &err);
    say_result("result", result, &err);
    hold("refused");
}

static void act_enter_powerless(void)
{
    make_host();
    in_child(enter_powerless);
}

/* ---- steps 2 to 4 -------------------------------------------------------- */

/* Rule 1. */
static void go_to_jail(void)
{
    if (chroot(arg("jail")) < 0 || chdir("/deep") < 0)
        act_broken("go to jail");
}

/* From here on chroot(2) works for the spare directory only: the one that is
 * to make the top the root fails. */
static void refuse_the_top(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const struct scmp_arg_cmp other =
        SCMP_A0(SCMP_CMP_NE, (uintptr_t)arg("spare"));

    if (!filter || seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) < 0 ||
        seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EIO), SCMP_SYS(chroot), 1,
                               &other) < 0 ||
        seccomp_load(filter) < 0)
        act_broken("refuse chroot(2)");
    seccomp_release(filter);
}

static void try_to_break_out(void)
{
    struct mb_error err = {0};

    if (strcmp(arg("there"), "directory") == 0 && mkdir(arg("spare"), 0700) < 0)
        act_broken("make the spare directory");
    if (strcmp(arg("there"), "file") == 0)
        make_file(arg("spare"), "");
    if (*arg("read-only") &&
        mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
        act_broken("make the jail read-only");
    /* Root passes any gate, unless it gives up that power. */
    if (*arg("keep") && caps_limit(1ULL << arg_int("keep"), NULL) < 0)
        act_broken("give up capabilities");
    if (*arg("refuse"))
        refuse_the_top();
    int result = chroot_break_out(arg("spare"), &err);
    say_result("result", result, &err);
    say_file("found", arg("secret"));
    hold("done");
}

static void break_out(void)
{
    if (*arg("gate") && chmod(arg("gate"), 0) < 0)
        act_broken("close a gate");
    go_to_jail();
    try_to_break_out();
}

static void act_break_out(void)
{
    make_host();
    hold("before");
    in_child(break_out);
    hold("after");
}

/* No chroot(2): the jail is the root of the mount namespace. */
static void break_out_of_pivot(void)
{
    if (unshare(CLONE_NEWNS) < 0 || pivot_make_private(NULL) < 0 ||
        pivot_into(arg("jail"), NULL) < 0 || chdir("/deep") < 0)
        act_broken("pivot into the jail");
    try_to_break_out();
}

static void act_break_out_of_pivot(void)
{
    make_host();
    hold("before");
    in_child(break_out_of_pivot);
    hold("after");
}

const struct act acts[] = {
    {"enter", act_enter},
    {"enter-nothing", act_enter_nothing},
    {"enter-powerless", act_enter_powerless},
    {"break-out", act_break_out},
    {"break-out-of-pivot", act_break_out_of_pivot},
    {NULL, NULL},
};
