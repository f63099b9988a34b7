/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 14: where overlay_mount(), overlay_lookup() and
 * changes_read() are called
 *
 * Trees come from the judge in words: "f=text" is a file, "d/" a directory,
 * "!d/" an opaque one, "-f" a whiteout, "@f" a symlink that leads nowhere.  All
 * of it lies below the directory BASE, which the judge names.
 */
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/changes.h"
#include "grader/act.h"
#include "linux/overlay.h"

#define OPAQUE "user.overlay.opaque"

/* ---- trees -------------------------------------------------------------- */

static char *below_base(const char *name)
{
    return mb_printf("%s/%s", arg("base"), name);
}

static void make_dir(const char *path)
{
    struct mb_error err = {0};

    if (fs_mkdirs(AT_FDCWD, path, &err) < 0)
        act_broken(err.msg);
}

/* Make the word in the directory DIR. */
static void make_one(const char *dir, char *word)
{
    bool marked = strchr("!-@", *word);
    char *text = strchr(word, '=');
    struct mb_error err = {0};
    int r = 0;

    if (text)
        *text++ = '\0';
    mb_autofree char *path = mb_printf("%s/%s", dir, word + marked);
    if (text)
        r = fs_write(AT_FDCWD, path, text, strlen(text), &err);
    else if (*word == '-')
        r = mknod(path, S_IFCHR, makedev(0, 0));
    else if (*word == '@')
        r = symlink("/no/such", path);
    else
        make_dir(path);
    if (*word == '!')
        r = setxattr(path, OPAQUE, "y", 1, 0);
    if (r < 0)
        act_broken(path);
}

static void make_tree(const char *dir, const char *words)
{
    mb_autofree char *copy = mb_strdup(words);

    make_dir(dir);
    for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
        make_one(dir, w);
}

static int set_date(const char *path, const struct stat *st, int type,
                    struct FTW *ftw)
{
    const struct timespec dates[2] = {{.tv_sec = 1000000000},
                                      {.tv_sec = 1000000000}};
    (void)st, (void)type, (void)ftw;
    return utimensat(AT_FDCWD, path, dates, AT_SYMLINK_NOFOLLOW);
}

/* Give all below DIR the date of an image. */
static void make_old(const char *dir)
{
    if (nftw(dir, set_date, 9, FTW_PHYS | FTW_DEPTH) < 0)
        act_broken("set dates");
}

/* The layers that the judge has described, the topmost first. */
static struct strv make_layers(void)
{
    struct strv layers = {0};

    for (int i = 0; i < arg_int("layers"); i++) {
        mb_autofree char *name = mb_printf("layer%d", i);
        char *dir = below_base(name);
        make_tree(dir, arg(name));
        make_old(dir);
        strv_take(&layers, dir);
    }
    return layers;
}

/* Tell whether the file system keeps overlayfs' marks (tmpfs: Linux 6.6). */
static bool can_mark(void)
{
    make_dir(arg("base"));
    bool can = setxattr(arg("base"), OPAQUE, "x", 1, 0) == 0;
    say("marks", can ? "yes" : "no");
    return can;
}

static void new_namespace(void)
{
    if (unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        act_broken("make a mount namespace");
}

/* ---- steps 1 and 2 ------------------------------------------------------ */

static struct strv layers;

/* One word of what the judge wants done in DIR: "f=text" writes at the end of
 * f, "d/" makes a directory, "-f" removes, "~f" changes the mode.  In a mount
 * that a student has made that may fail: it is told. */
static void change_one(const char *dir, char *word)
{
    char *text = strchr(word, '=');

    if (text)
        *text++ = '\0';
    mb_autofree char *path =
        mb_printf("%s/%s", dir, word + (strchr("-~", *word) != NULL));
    mb_autoclose int fd =
        text ? open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644) : -1;
    int r = *word == '-'   ? remove(path)
            : *word == '~' ? chmod(path, 0711)
            : !text        ? mkdir(path, 0755)
            : fd < 0       ? -1
                           : fs_write_all(fd, text, strlen(text), NULL);
    if (r < 0)
        say("change", "%s: %m", path);
}

static void change(const char *dir)
{
    mb_autofree char *words = mb_strdup(arg("do"));

    for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
        change_one(dir, w);
}

/* One container: the image's layers, and NAME-upper or nothing on top. */
static void mount_one(const char *name, bool writable)
{
    mb_autofree char *upper_name = mb_printf("%s-upper", name);
    mb_autofree char *work_name = mb_printf("%s-work", name);
    mb_autofree char *upper = below_base(upper_name);
    mb_autofree char *work = below_base(work_name);
    mb_autofree char *target = below_base(name);
    struct mb_error err = {0};
    struct overlay o = {.lowers = layers.v, .n_lowers = layers.n};

    make_dir(target);
    if (strcmp(arg("missing"), "upper") != 0)
        make_dir(upper);
    if (strcmp(arg("missing"), "work") != 0)
        make_dir(work);
    if (writable) {
        o.upper = upper;
        o.work = work;
    }
    int result = overlay_mount(&o, target, &err);
    say_result("result", result, &err);
    hold("mounted");
    if (result == 0 && writable)
        change(target);
}

static void view(void)
{
    new_namespace();
    mount_one("one", false);
}

static void container(void)
{
    new_namespace();
    mount_one("one", true);
    hold("changed");
}

/* A second container of the same image, while the first is mounted. */
static void two_containers(void)
{
    container();
    mount_one("two", true);
    hold("both");
}

static void act_view(void)
{
    layers = make_layers();
    in_child(view);
}

static void act_container(void)
{
    layers = make_layers();
    if (strcmp(arg("missing"), "layer") == 0)
        strv_addf(&layers, "%s/not-there", arg("base"));
    in_child(container);
    hold("after");
}

static void act_two(void)
{
    layers = make_layers();
    in_child(two_containers);
}

/* Layers with long names; in each "f" and a file of its own. */
static void act_many(void)
{
    for (int i = 0; i < arg_int("layers"); i++) {
        mb_autofree char *name = mb_printf("%0*d", (int)arg_int("long"), i);
        mb_autofree char *words = mb_printf("f=%d f%d=%d", i, i, i);
        char *dir = below_base(name);
        make_tree(dir, words);
        strv_take(&layers, dir);
    }
    in_child(view);
}

/* ---- step 3 ------------------------------------------------------------- */

/* What layer WHERE of a round has of the name in question: f, d, o(paque), w
 * (hiteout), l(ink).  Its mode says which layer it is from. */
static void make_kind(const char *dir, int where, char kind)
{
    const char *name = arg("name");
    mb_autofree char *word = kind == 'f'   ? mb_printf("%s=text", name)
                             : kind == 'd' ? mb_printf("%s/", name)
                             : kind == 'o' ? mb_printf("!%s/", name)
                             : kind == 'w' ? mb_printf("-%s", name)
                                           : mb_printf("@%s", name);
    mb_autofree char *path = mb_printf("%s/%s", dir, name);
    mb_autofree char *inside = mb_printf("%s/in%d", path, where);
    struct mb_error err = {0};

    make_dir(dir);
    if (kind == '-')
        return;
    make_one(dir, word);
    if (kind == 'd' || kind == 'o')
        (void)fs_write(AT_FDCWD, inside, "x", 1, &err);
    if (strchr("dof", kind) && chmod(path, 0700 + where) < 0)
        act_broken(path);
}

/* The same layers in the kernel's own overlay, on DIR. */
static void mount_real(const struct strv *dirs, const char *dir)
{
    mb_autobuf struct buf options = BUF_INIT;

    for (size_t i = 0; i < dirs->n; i++)
        buf_addf(&options, "%s%s", i ? ":" : "userxattr,lowerdir=", dirs->v[i]);
    make_dir(dir);
    if (mount("overlay", dir, "overlay", 0, options.s) < 0)
        act_broken("mount an overlay");
}

/* One letter for each layer, the topmost first. */
static void look_up(int round, const char *kinds)
{
    mb_autostrv struct strv dirs = {0}, found = {0};
    mb_autobuf struct buf told = BUF_INIT;
    struct mb_error err = {0};
    struct stat st = {0};
    char key[32];

    for (int i = 0; kinds[i]; i++) {
        strv_addf(&dirs, "%s/%d/layer%d", arg("base"), round, i);
        make_kind(dirs.v[i], i, kinds[i]);
    }
    mb_autofree char *merged = mb_printf("%s/%d/merged", arg("base"), round);
    mount_real(&dirs, merged);
    int result = overlay_lookup(&dirs, arg("name"), &st, &found, &err);
    snprintf(key, sizeof key, "result%d", round);
    say_result(key, result, &err);
    snprintf(key, sizeof key, "mode%d", round);
    say(key, "%o", st.st_mode);
    for (size_t i = 0; i < found.n; i++)
        buf_addf(&told, "%s\n", found.v[i]);
    snprintf(key, sizeof key, "dirs%d", round);
    say(key, "%s", told.s);
}

static void look_up_all(void)
{
    mb_autofree char *rounds = mb_strdup(arg("rounds"));
    int round = 0;

    new_namespace();
    for (char *w = strtok(rounds, " "); w; w = strtok(NULL, " "))
        look_up(round++, w);
    hold("looked");
}

static void act_lookup(void)
{
    can_mark();
    in_child(look_up_all);
}

/* ---- step 4 ------------------------------------------------------------- */

/* Let the kernel write down the changes. */
static void change_by_kernel(void)
{
    mb_autofree char *upper = below_base("upper");
    mb_autofree char *work = below_base("work");
    mb_autofree char *merged = below_base("merged");
    mb_autobuf struct buf options = BUF_INIT;

    for (size_t i = 0; i < layers.n; i++)
        buf_addf(&options, "%s%s", i ? ":" : "lowerdir=", layers.v[i]);
    buf_addf(&options, ",upperdir=%s,workdir=%s,userxattr", upper, work);
    make_dir(work);
    make_dir(merged);
    if (mount("overlay", merged, "overlay", 0, options.s) < 0)
        act_broken("mount an overlay");
    change(merged);
}

static void tell_changes(void)
{
    mb_autofree char *upper = below_base("upper");
    mb_autobuf struct buf told = BUF_INIT;
    mb_autostrv struct strv lines = {0};
    struct mb_error err = {0};

    int result = changes_read(upper, &layers, &lines, &err);
    say_result("result", result, &err);
    for (size_t i = 0; i < lines.n; i++)
        buf_addf(&told, "%s\n", lines.v[i]);
    say("lines", "%s", told.s);
}

static void changes(void)
{
    mb_autofree char *upper = below_base("upper");

    new_namespace();
    make_tree(upper, arg("upper"));
    if (*arg("do"))
        change_by_kernel();
    tell_changes();
}

static void act_changes(void)
{
    if (!can_mark() && strchr(arg("upper"), '!'))
        return;
    layers = make_layers();
    in_child(changes);
}

/* Directories in directories, and few descriptors to go there. */
static void act_deep(void)
{
    const struct rlimit few = {.rlim_cur = 30, .rlim_max = 30};

    layers = make_layers();
    mb_autofree char *upper = below_base("upper");
    make_tree(upper, arg("upper"));
    if (setrlimit(RLIMIT_NOFILE, &few) < 0)
        act_broken("set the limit");
    tell_changes();
}

const struct act acts[] = {
    {"view", act_view},     {"container", act_container},
    {"two", act_two},       {"many", act_many},
    {"lookup", act_lookup}, {"changes", act_changes},
    {"deep", act_deep},     {NULL, NULL},
};
