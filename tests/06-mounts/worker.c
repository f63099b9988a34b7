/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 06: where mount_standard(), mount_bind() and
 * mount_set_flags() are called
 *
 * The act's first process plays the host: it has a directory "image", things
 * that a container must not touch, and sometimes a /dev of its own.  Its child,
 * with a copy of its mounts, plays the container in the making.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/act.h"
#include "linux/mount.h"

/* ---- the host's side ----------------------------------------------------- */

static const char *const devices[] = {"null",   "zero",    "full",
                                      "random", "urandom", "tty"};
enum { N_DEVICES = sizeof devices / sizeof *devices };

/* A path in the act's directory; it lives as long as the process. */
static const char *at(const char *name)
{
    return mb_printf("%s/%s", arg("dir"), name);
}

static void make_dir(const char *path)
{
    struct mb_error err = {0};

    if (fs_mkdirs(AT_FDCWD, path, &err) < 0)
        act_broken("make a directory");
}

static void make_file(const char *path, const char *text)
{
    struct mb_error err = {0};

    if (fs_write(AT_FDCWD, path, text, strlen(text), &err) < 0)
        act_broken("make a file");
}

static void put_tmpfs(const char *path)
{
    make_dir(path);
    if (mount("tmpfs", path, "tmpfs", 0, NULL) < 0)
        act_broken("mount a tmpfs");
}

/* A directory with a file in it, and a file system mounted inside. */
static void make_source(void)
{
    put_tmpfs(at("source"));
    make_dir(at("source/dir"));
    make_file(at("source/dir/inside"), arg("word"));
    put_tmpfs(at("source/dir/sub"));
    make_file(at("source/dir/sub/below"), arg("word"));
}

/* A /dev in which the devices are plain files, without any mount flags: what
 * these become in the container is all the student's doing. */
static void fake_devices(void)
{
    put_tmpfs("/dev");
    for (int i = 0; i < N_DEVICES; i++)
        if (strcmp(devices[i], arg("lacks")) != 0)
            make_file(mb_printf("/dev/%s", devices[i]), devices[i]);
}

/* The cage's devices are locked already: give them as few flags as the kernel
 * lets us, and not read-only (1). */
static void loosen_devices(void)
{
    for (int i = 0; i < N_DEVICES; i++) {
        const char *path = mb_printf("/dev/%s", devices[i]);
        unsigned long flags = 0;
        while (flags < 16 &&
               mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | flags, NULL) < 0)
            flags += 2;
    }
}

static void share_everything(void)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
        act_broken("share all mounts");
}

/* ---- the container's side ------------------------------------------------ */

/* A mount namespace, and more if FLAGS say so, from which nothing propagates.
 */
static void own_mounts(int flags)
{
    if (unshare(CLONE_NEWNS | flags) < 0)
        act_broken("make namespaces");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        act_broken("make the mounts private");
    if (chdir(arg("dir")) < 0)
        act_broken("enter a directory");
}

static int open_path(const char *path)
{
    int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        act_broken("open a directory");
    return fd;
}

/* The lowest free descriptor. */
static int next_descriptor(void)
{
    int fd = dup(1);

    close(fd);
    return fd;
}

/* ---- steps 1 and 4: mount_standard() ------------------------------------- */

static void fill(void)
{
    struct mb_error err = {0};
    int root = open_path(at("image"));

    close(0); /* a descriptor of 0 is as good as any other */
    int before = next_descriptor();
    int result = mount_standard(root, &err);
    say_result("result", result, &err);
    say("result.hint", "%s", err.hint);
    say("descriptors left open", "%d", next_descriptor() - before);
    hold("filled");
}

static void fill_in_own_mounts(void)
{
    own_mounts(0);
    fill();
}

/* What mount_standard() needs.  The child is PID 1 of the PID namespace. */
static void other_namespaces(void)
{
    if (unshare(CLONE_NEWPID | CLONE_NEWIPC) < 0)
        act_broken("make namespaces");
}

static void act_standard(void)
{
    make_dir(at("image/etc"));
    make_dir(at("canary"));
    if (*arg("trap") && symlink(arg("to"), at(arg("trap"))) < 0)
        act_broken("make a symlink");
    if (strcmp(arg("devices"), "files") == 0)
        fake_devices();
    else
        loosen_devices();
    share_everything();
    other_namespaces();
    in_child(fill_in_own_mounts);
}

/* Root of a user namespace that does not own the PID namespace. */
static void fill_without_power(void)
{
    own_mounts(CLONE_NEWUSER);
    fill();
}

static void act_powerless(void)
{
    make_dir(at("image/proc"));
    in_child(fill_without_power);
}

/* No mount's flags can be changed. */
static void fill_without_remount(void)
{
    own_mounts(0);
    act_refuse(SYS_mount, 3, MS_REMOUNT, arg_int("error"));
    act_refuse(SYS_mount_setattr, 0, 0, arg_int("error"));
    fill();
}

static void act_no_remount(void)
{
    make_dir(at("image"));
    other_namespaces();
    in_child(fill_without_remount);
}

/* ---- step 2: mount_bind() ------------------------------------------------ */

static void bind_it(void)
{
    struct mb_error err = {0};

    own_mounts(0);
    int target = open_path(at("target"));
    int before = next_descriptor();
    int result = mount_bind(at(arg("source")), target, &err);
    say_result("result", result, &err);
    say("descriptors left open", "%d", next_descriptor() - before);
    hold("bound");
}

static void act_bind(void)
{
    make_source();
    make_dir(at("target"));
    in_child(bind_it);
}

static void mount_it(void)
{
    struct mb_error err = {0};
    struct volume volume = {.source = (char *)at("source/dir"),
                            .target = (char *)arg("target")};

    own_mounts(0);
    int result = mount_volume(open_path(at("image")), &volume, &err);
    say_result("result", result, &err);
    hold("mounted");
}

static void act_volume(void)
{
    make_source();
    make_dir(at("image"));
    in_child(mount_it);
}

/* ---- step 3: mount_set_flags() ------------------------------------------- */

static void set_flags(void)
{
    struct mb_error err = {0};

    own_mounts(strcmp(arg("who"), "user") == 0 ? CLONE_NEWUSER : 0);
    int root = open_path(at("image"));
    int before = next_descriptor();
    int result = mount_set_flags(root, "m", arg_int("add"), &err);
    say_result("result", result, &err);
    say("descriptors left open", "%d", next_descriptor() - before);
    hold("set");
}

/* image/m: bound from a file system of the host's, with the flags "has". */
static void act_flags(void)
{
    const char *m = at("image/m");

    make_dir(m);
    put_tmpfs(at("source"));
    make_file(at("source/inside"), arg("word"));
    if (strcmp(arg("mounted"), "no") != 0 &&
        (mount(at("source"), m, NULL, MS_BIND, NULL) < 0 ||
         mount(NULL, m, NULL, MS_BIND | MS_REMOUNT | arg_int("has"), NULL) < 0))
        act_broken("bind a directory");
    hold("before");
    in_child(set_flags);
}

const struct act acts[] = {
    {"standard", act_standard},
    {"powerless", act_powerless},
    {"no-remount", act_no_remount},
    {"bind", act_bind},
    {"volume", act_volume},
    {"flags", act_flags},
    {NULL, NULL},
};
