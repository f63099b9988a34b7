/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 13: where walk_clean(), walk_enter() and layer_apply()
 * are called
 *
 * The judge sends archives as hexadecimal digits, and trees as JSON.  All of it
 * lies below /tmp/base: layer/ is the layer's directory, what is beside it
 * plays the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/act.h"
#include "image/layer.h"
#include "image/walk.h"

#define BASE "/tmp/base"
#define LAYER BASE "/layer"

/* ---- trees -------------------------------------------------------------- */

static void make_parents(const char *path)
{
    mb_autofree char *dir = NULL, *base = NULL;
    struct mb_error err = {0};

    fs_split(path, &dir, &base);
    if (fs_mkdirs(AT_FDCWD, dir, &err) < 0)
        act_broken(err.msg);
}

/* One of ["dir", PATH], ["file", PATH, TEXT], ["link", PATH, TARGET],
 * ["fifo", PATH]. */
static void make_one(json_t *one)
{
    const char *type = json_string_value(json_array_get(one, 0));
    const char *what = json_string_value(json_array_get(one, 2));
    mb_autofree char *path =
        mb_printf(BASE "/%s", json_string_value(json_array_get(one, 1)));
    struct mb_error err = {0};
    int r = 0;

    make_parents(path);
    if (strcmp(type, "dir") == 0)
        r = fs_mkdirs(AT_FDCWD, path, &err);
    else if (strcmp(type, "file") == 0)
        r = fs_write(AT_FDCWD, path, what, strlen(what), &err);
    else if (strcmp(type, "link") == 0)
        r = symlink(what, path);
    else
        r = mkfifo(path, 0644);
    if (r < 0)
        act_broken("make the tree");
}

/* Make what the argument "tree" lists, and open the layer's directory. */
static int make_tree(void)
{
    json_t *tree = json_loads(arg("tree"), 0, NULL);
    struct mb_error err = {0};

    if (fs_mkdirs(AT_FDCWD, LAYER, &err) < 0)
        act_broken(err.msg);
    for (size_t i = 0; i < json_array_size(tree); i++)
        make_one(json_array_get(tree, i));
    json_decref(tree);
    int fd = open(LAYER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        act_broken("open the layer's directory");
    return fd;
}

/* ---- step 1 ------------------------------------------------------------- */

/* Each of the names, appended to what is in the buffer already. */
static void act_clean(void)
{
    json_t *names = json_loads(arg("names"), 0, NULL);

    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        mb_autobuf struct buf out = BUF_INIT;
        struct mb_error err = {0};
        char key[32];
        buf_adds(&out, arg("before"));
        snprintf(key, sizeof key, "result%zu", i);
        say_result(key, walk_clean(name, &out, &err), &err);
        snprintf(key, sizeof key, "path%zu", i);
        say(key, "%s", out.s);
    }
}

/* ---- steps 1 and 2 ------------------------------------------------------ */

/* What layer.c does with a name, and then a file that is made there. */
static void act_enter(void)
{
    struct walk walk = {
        .root = make_tree(), .opaque = "user.overlay.opaque", .budget = 1000};
    mb_autobuf struct buf path = BUF_INIT;
    struct place place = PLACE_NONE;
    struct mb_error err = {0};

    hold("before");
    int result = walk_clean(arg("name"), &path, &err);
    if (result == 0 && *path.s)
        result = walk_enter(&walk, path.s, arg_int("make"), &place, &err);
    say_result("result", result, &err);
    if (result == 0 && place.dir >= 0)
        (void)fs_write(place.dir, place.name, arg("word"), strlen(arg("word")),
                       &err);
    hold("entered");
    if (result == 0)
        walk_leave(&place);
    hold("left");
}

/* ---- steps 3 and 4 ------------------------------------------------------ */

/* The archive as a file. */
static int open_tar(void)
{
    const char *hex = arg("tar");
    int fd = memfd_create("layer.tar", MFD_CLOEXEC);
    mb_autobuf struct buf bytes = BUF_INIT;
    unsigned byte;

    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
        buf_addc(&bytes, byte);
    if (fd < 0 || fs_write_all(fd, bytes.s, bytes.len, NULL) < 0 ||
        lseek(fd, 0, SEEK_SET) < 0)
        act_broken("write the archive");
    return fd;
}

static void apply(int dir, const char *prefix)
{
    struct layer_limits limits = layer_default_limits;
    const struct layer_options options = {
        .xattr_prefix = prefix, .limits = &limits, .newest = -1};
    struct layer_stats stats = {0};
    struct mb_error err = {0};
    int tar = open_tar();

    if (*arg("limit"))
        limits.entries = arg_int("limit");
    int result = layer_apply(tar, dir, &options, &stats, &err);
    say_result("result", result, &err);
    say("entries", "%llu", (unsigned long long)stats.entries);
    say("skipped", "%llu", (unsigned long long)stats.skipped);
    close(tar);
}

static void act_apply(void)
{
    int dir = make_tree();

    hold("before");
    apply(dir, arg("prefix"));
    hold("applied");
}

/* The calls that a step may be made with. */
static const struct {
    const char *name;
    int calls[4];
} refusals[] = {
    {"mknod", {SYS_mknod, SYS_mknodat, -1}},
    {"setxattr", {SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, -1}},
};

static void act_refused(void)
{
    int dir = make_tree();

    hold("before");
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (strcmp(refusals[i].name, arg("refused")) == 0)
            for (const int *call = refusals[i].calls; *call >= 0; call++)
                act_refuse(*call, 0, 0, arg_int("error"));
    apply(dir, arg("prefix"));
    hold("applied");
}

static int mount_overlay(const char *upper, const char *lower,
                         const char *target)
{
    mb_autofree char *data =
        mb_printf("lowerdir=%s:%s,userxattr", upper, lower);

    if (mkdir(target, 0755) < 0)
        act_broken("make a place for the overlay");
    return mount("overlay", target, "overlay", MS_RDONLY, data);
}

/* Can this kernel do it?  It takes overlayfs in a user namespace (Linux 5.11)
 * and user.* attributes on a tmpfs (Linux 6.6). */
static bool has_overlay(void)
{
    if (mkdir("/tmp/probe", 0755) < 0 || mkdir("/tmp/probe/a", 0755) < 0 ||
        mkdir("/tmp/probe/b", 0755) < 0)
        act_broken("make the probe's directories");
    return setxattr("/tmp/probe/a", "user.overlay.opaque", "y", 1, 0) == 0 &&
           mount_overlay("/tmp/probe/a", "/tmp/probe/b", "/tmp/probe/m") == 0;
}

/* The layer over another one, as a container sees both. */
static void act_mount(void)
{
    bool can = has_overlay();
    int dir = make_tree();

    hold("before");
    apply(dir, can ? "user.overlay." : arg("prefix"));
    say("overlay", "%s", can ? "yes" : "no");
    if (can && mount_overlay(LAYER, BASE "/below", BASE "/both") < 0)
        say("mount", "%s", strerror(errno));
    hold("applied");
}

const struct act acts[] = {
    {"clean", act_clean}, {"enter", act_enter},     {"apply", act_apply},
    {"mount", act_mount}, {"refused", act_refused}, {NULL, NULL},
};
