/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 05: where pivot_make_private() and pivot_into() are
 * called
 *
 * The act's first process plays the host: all its mounts are shared, so what is
 * done carelessly in a namespace made from its own shows here.  Its child plays
 * the container.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "grader/act.h"
#include "linux/chroot.h"
#include "linux/pivot.h"

/* A rootfs with a file in it, and a file system mounted inside. */
static void make_rootfs(void)
{
    struct mb_error err = {0};
    char path[200];

    snprintf(path, sizeof path, "%s/sub", arg("rootfs"));
    if (fs_mkdirs(AT_FDCWD, path, &err) < 0)
        act_broken("make the rootfs");
    if (strcmp(arg("mounted"), "yes") == 0 &&
        (mount("tmpfs", arg("rootfs"), "tmpfs", 0, NULL) < 0 ||
         mkdir(path, 0755) < 0))
        act_broken("mount the rootfs");
    if (mount("tmpfs", path, "tmpfs", 0, NULL) < 0)
        act_broken("mount inside the rootfs");
    snprintf(path, sizeof path, "%s/sub/below", arg("rootfs"));
    (void)fs_write(AT_FDCWD, path, arg("word"), strlen(arg("word")), &err);
    snprintf(path, sizeof path, "%s/inside", arg("rootfs"));
    if (fs_write(AT_FDCWD, path, arg("word"), strlen(arg("word")), &err) < 0)
        act_broken("fill the rootfs");
}

static void new_namespace(void)
{
    if (unshare(CLONE_NEWNS) < 0)
        act_broken("make a mount namespace");
}

static void share_everything(void)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
        act_broken("share all mounts");
}

/* ---- step 1 ------------------------------------------------------------- */

static void be_private(void)
{
    struct mb_error err = {0};

    new_namespace();
    int result = pivot_make_private(&err);
    say_result("result", result, &err);
    hold("private");
    if (mkdir(arg("dir"), 0755) < 0 ||
        mount("tmpfs", arg("dir"), "tmpfs", 0, NULL) < 0)
        act_broken("mount a tmpfs");
    hold("mounted");
}

static void act_private(void)
{
    share_everything();
    in_child(be_private);
}

/* ---- steps 2 to 4 ------------------------------------------------------- */

static void pivot(void)
{
    struct mb_error err = {0};

    new_namespace();
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        act_broken("make the mounts private");
    if (chdir("/tmp") < 0) /* as if called from anywhere */
        act_broken("enter /tmp");
    int result = pivot_into(arg("rootfs"), &err);
    say_result("result", result, &err);
    hold("pivoted");
}

static void act_pivot(void)
{
    make_rootfs();
    share_everything();
    in_child(pivot);
}

/* The way out of a chroot, tried from the new root. */
static void pivot_and_climb(void)
{
    struct mb_error err = {0};

    pivot();
    int climbed = chroot_break_out("spare", &err);
    say_result("climbed", climbed, &err);
}

static void act_climb(void)
{
    make_rootfs();
    share_everything();
    in_child(pivot_and_climb);
}

/* Both functions, as minibox calls them. */
static void contain(void)
{
    struct mb_error err = {0};

    new_namespace();
    int result = pivot_make_private(&err);
    if (result == 0)
        result = pivot_into(arg("rootfs"), &err);
    say_result("result", result, &err);
    hold("pivoted");
}

static void act_contain(void)
{
    make_rootfs();
    share_everything();
    hold("before");
    in_child(contain);
    hold("after");
}

/* A rootfs that is not there. */
static void act_nowhere(void)
{
    in_child(pivot);
}

/* ---- failures ----------------------------------------------------------- */

/* The calls that a step may be made with. */
static const struct {
    const char *name;
    int calls[6];
} steps[] = {
    {"private", {SYS_mount, SYS_mount_setattr, -1}},
    {"bind", {SYS_mount, SYS_open_tree, SYS_move_mount, -1}},
    {"enter", {SYS_chdir, SYS_fchdir, -1}},
    {"swap", {SYS_pivot_root, -1}},
    {"detach", {SYS_umount2, -1}},
};

static void pivot_refused(void)
{
    struct mb_error err = {0};

    new_namespace();
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        act_broken("make the mounts private");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (strcmp(steps[i].name, arg("refused")) == 0)
            for (const int *call = steps[i].calls; *call >= 0; call++)
                act_refuse(*call, 0, 0, arg_int("error"));
    int result = strcmp(arg("refused"), "private") == 0
                     ? pivot_make_private(&err)
                     : pivot_into(arg("rootfs"), &err);
    say_result("result", result, &err);
}

static void act_refused(void)
{
    make_rootfs();
    in_child(pivot_refused);
}

const struct act acts[] = {
    {"private", act_private},
    {"pivot", act_pivot},
    {"climb", act_climb},
    {"contain", act_contain},
    {"nowhere", act_nowhere},
    {"refused", act_refused},
    {NULL, NULL},
};
