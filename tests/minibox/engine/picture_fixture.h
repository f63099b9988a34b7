/* SPDX-License-Identifier: MIT */
#ifndef PICTURE_FIXTURE_H
#define PICTURE_FIXTURE_H

/*
 * Layers made by hand, in a few letters, and the picture of their image:
 *
 *     lay("a=5 d/ d/b=3")     a file of 5 bytes, a directory, a file in it
 *     lay("-a !d/ d/c=1")     a is deleted, d is opaque
 *     lay("x=1 y@x z>x")      y is a hard link to x, z a symlink
 *     lay("f:text")           a file with this text in it
 */
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "engine/picture.h"
#include "linux/overlay.h"
#include "store_fixture.h"

static struct image image;
static struct picture picture;
static bool no_marks; /* this file system keeps no attributes of ours */

static inline void picture_setup(void)
{
    root_store_setup();
    image_init(&image);
    picture = (struct picture){0};
    mb_autofree char *name = mb_printf("%sopaque", overlay_xattr_prefix());
    no_marks = setxattr(tmp_dir, name, "x", 1, 0) < 0;
}

static inline void picture_teardown(void)
{
    picture_done(&picture);
    image_done(&image);
    store_teardown();
}

#define NO_MARKS "no overlay attributes on this file system"

/* ---- making layers ------------------------------------------------------- */

static inline void make_opaque(const char *path)
{
    mb_autofree char *name = mb_printf("%sopaque", overlay_xattr_prefix());

    ck_assert_int_eq(setxattr(path, name, "y", 1, 0), 0);
}

/* One word of a layer, in the directory DIR. */
static inline void make_one(const char *dir, char *word)
{
    char mark = *word == '-' || *word == '!' ? *word++ : 0;
    char *value = strpbrk(word, "=@>:"), kind = value ? *value : 0;

    if (value)
        *value++ = '\0';
    mb_autofree char *path = mb_printf("%s/%s", dir, word);
    mb_autofree char *other = mb_printf("%s/%s", dir, value ? value : "");
    if (mark == '-')
        ck_assert_int_eq(mknod(path, S_IFCHR, makedev(0, 0)), 0);
    else if (kind == '@')
        ck_assert_int_eq(link(other, path), 0);
    else if (kind == '>')
        ck_assert_int_eq(symlink(value, path), 0);
    else if (kind == ':')
        ck_assert_ok(fs_write(AT_FDCWD, path, value, strlen(value), &err));
    else if (kind == '=') {
        mb_autoclose int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        ck_assert_int_eq(ftruncate(fd, atoi(value)), 0);
    } else
        ck_assert_ok(fs_mkdirs(AT_FDCWD, path, &err));
    if (mark == '!')
        make_opaque(path);
}

/* Another layer for the image, on top. */
static inline void lay(const char *words)
{
    mb_autofree char *dir = mb_printf("%s/new", tmp_dir);
    mb_autofree char *copy = mb_strdup(words);
    mb_autofree char *id = mb_printf("%zu: %s", image.n_layers, words);
    struct digest digest = digest_of(id, strlen(id));

    tmp_mkdir("new");
    for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
        make_one(dir, w);
    ck_assert_ok(store_adopt_layer(&store, &digest, dir, 0, &err));
    ck_assert_ok(fs_remove_tree(tmp_fd, "new", &err)); /* known: left there */
    ck_assert_ok(image_add_layer(&image, &digest, 0, &err));
}

/* ---- looking ------------------------------------------------------------- */

static inline void take(void)
{
    picture_done(&picture);
    ck_assert_ok(picture_take(&store, &image, &picture, &err));
}

#endif
