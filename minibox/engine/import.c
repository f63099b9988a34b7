/* SPDX-License-Identifier: MIT */
/*
 * import.c - images out of nothing
 *
 * Problem   FROM needs an image, and the first one can't be built FROM
 *           another.  Fetching one needs a registry and a network.
 * Idea      Any root file system will do: a tar of one, or a directory made by
 *           hand.  One static program is enough for the smallest:
 *
 *             /bin/busybox               one program, 300 commands
 *             /bin/sh -> busybox         it looks at the name it is called by
 *             /etc/passwd /etc/group     so that users have names
 *             /root  /tmp                a home, and a place for everybody
 *
 * Rules     1. Same program, same image: all times are the program's.
 * Read      busybox(1), mmdebstrap(1); lessons/13-layers.md
 */
#include "engine/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/config.h"
#include "image/lookup.h"
#include "image/pack.h"
#include "linux/program.h"
#include "linux/spawn.h"

/* ---- the image around a layer ------------------------------------------- */

/* Docker's history of an import has no instruction, only a comment. */
static void add_comment(struct image *image, const char *comment)
{
    json_t *history = json_object_get(image->config, "history");
    json_t *last = json_array_get(history, json_array_size(history) - 1);

    json_object_set_new(last, "comment", json_string(comment));
}

/* One layer, a PATH, and a command. */
static int make_image(const struct store *store, const struct import *import,
                      const struct digest *diff_id, uint64_t size,
                      int64_t created, struct digest *out_id,
                      struct mb_error *err)
{
    struct image image;
    json_t *config;

    image_init(&image);
    config = image_run_config(&image);
    json_object_set_new(config, "Env",
                        json_pack("[s]", "PATH=" CONFIG_DEFAULT_PATH));
    if (import->command->n)
        json_object_set_new(config, "Cmd", config_array(import->command));
    int result = image_add_layer(&image, diff_id, size, err);
    image_add_history(&image, created, "", false);
    add_comment(&image, import->comment);
    if (result == 0)
        result = image_save(store, &image, import->ref, err);
    *out_id = image.id;
    image_done(&image);
    return result;
}

/* An archive of images has these at its top, and hardly any root file system
 * has.  It was taken all the same: it is what the user asked for. */
static void warn_of_archive(const struct store *store,
                            const struct digest *diff_id)
{
    static const char *const lists[] = {"manifest.json", "oci-layout"};
    mb_autofree char *dir = store_layer_dir(store, diff_id);

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        mb_autofree char *path = mb_printf("%s/%s", dir, lists[i]);
        if (access(path, F_OK) < 0)
            continue;
        mb_warn("with a %s at its top it looks like an archive of images: "
                "minibox load reads those",
                lists[i]);
        return;
    }
}

int import_tar(const struct store *store, const struct import *import,
               struct digest *out_id, struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, false, err);
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    struct digest diff_id;
    uint64_t size;

    if (hold < 0 || pack_import(store, import->fd, &diff_id, &size, err) < 0)
        return -1;
    warn_of_archive(store, &diff_id);
    return make_image(store, import, &diff_id, size,
                      epoch && *epoch ? atoll(epoch) : time(NULL), out_id, err);
}

int import_name(const struct store *store, const struct digest *id,
                const struct image_ref *ref, struct mb_error *err)
{
    struct image image;

    if (lookup_image(store, id->hex, &image, err) < 0)
        return -1;
    int result = image_save(store, &image, ref, err);
    image_done(&image);
    return result;
}

/* ---- busybox ------------------------------------------------------------ */

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                             "nobody:x:65534:65534:nobody:/:/bin/false\n";
static const char group[] = "root:x:0:\nstaff:x:50:\nnogroup:x:65534:\n";

/* Does the program need a dynamic loader?  Then it can't run alone. */
static int check_static(const char *program, struct mb_error *err)
{
    mb_autoclose int fd = open(program, O_RDONLY | O_CLOEXEC);
    char head[4096] = "";

    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head);
    if (n < 0) {
        mb_fail(err, "open %s", program);
        return mb_hint(err, "install the package busybox-static");
    }
    if (!memmem(head, n, "/ld-", 4))
        return 0;
    mb_failx(err, "%s is not statically linked", program);
    return mb_hint(err, "install the package busybox-static");
}

/* Copy the program to /bin/busybox below ROOT. */
static int copy_program(int root, const char *program, struct mb_error *err)
{
    mb_autobuf struct buf bytes = BUF_INIT;

    if (fs_read(AT_FDCWD, program, 64 << 20, &bytes, err) < 0 ||
        fs_write(root, "bin/busybox", bytes.s, bytes.len, err) < 0)
        return -1;
    if (fchmodat(root, "bin/busybox", 0755, 0) < 0)
        return mb_fail(err, "make bin/busybox executable");
    return 0;
}

/* "usr/bin/awk": a symlink to /bin/busybox, in a directory that may be new. */
static int link_applet(int root, const char *path, struct mb_error *err)
{
    mb_autofree char *dir = NULL, *base = NULL;

    fs_split(path, &dir, &base);
    if (fs_mkdirs(root, dir, err) < 0)
        return -1;
    if (symlinkat("/bin/busybox", root, path) < 0 && errno != EEXIST)
        return mb_fail(err, "link %s", path);
    return 0;
}

/* Ask the program for its list of applets, and make them. */
static int link_applets(int root, const char *program, struct mb_error *err)
{
    char *argv[] = {(char *)program, "--list-full", NULL};
    mb_autobuf struct buf list = BUF_INIT;
    char chunk[4096];
    int output = -1;
    ssize_t n;

    pid_t pid = program_start_reading(argv, &output, err);
    if (pid < 0)
        return mb_wrap(err, "%s --list-full", program);
    while ((n = read(output, chunk, sizeof chunk)) > 0)
        buf_add(&list, chunk, n);
    close(output);
    if (spawn_wait(pid, err) != 0)
        return mb_wrap(err, "%s --list-full", program);
    for (char *rest = list.s, *line; (line = strsep(&rest, "\n"));)
        if (*line && link_applet(root, line, err) < 0)
            return -1;
    return 0;
}

static int fill_busybox(int root, const char *program, struct mb_error *err)
{
    static const struct {
        const char *path;
        mode_t mode;
    } dirs[] = {{"bin", 0755},  {"etc", 0755}, {"root", 0700},
                {"tmp", 01777}, {"var", 0755}, {"home", 0755}};

    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        if (mkdirat(root, dirs[i].path, 0755) < 0 ||
            fchmodat(root, dirs[i].path, dirs[i].mode, 0) < 0)
            return mb_fail(err, "make /%s", dirs[i].path);
    if (copy_program(root, program, err) < 0 ||
        link_applets(root, program, err) < 0 ||
        fs_write(root, "etc/passwd", passwd, strlen(passwd), err) < 0)
        return -1;
    return fs_write(root, "etc/group", group, strlen(group), err);
}

/* Fill a directory in tmp/ and turn it into a layer. */
static int busybox_layer(const struct store *store, const char *program,
                         int64_t time, struct digest *out_diff_id,
                         uint64_t *out_size, struct mb_error *err)
{
    mb_autofree char *temporary = NULL;
    mb_autoclose int lock = -1, root = -1;

    if (store_make_temporary(store, &temporary, &lock, err) < 0)
        return -1;
    mb_autofree char *dir = mb_printf("%s/root", temporary);
    if (mkdir(dir, 0755) < 0)
        mb_fail(err, "make %s", dir);
    else
        root = fs_open_dir(AT_FDCWD, dir, err);
    int result = root < 0 ? -1 : fill_busybox(root, program, err);
    if (result == 0)
        result = pack_upper(store, dir, time, out_diff_id, out_size, err);
    store_remove_temporary(store, temporary);
    return result;
}

int import_busybox(const struct store *store, const char *program,
                   const struct image_ref *ref, struct digest *out_id,
                   struct mb_error *err)
{
    mb_autoclose int hold = store_hold(store, false, err);
    mb_autostrv struct strv command = {0};
    struct import import = {
        .command = &command, .comment = "minibox base busybox", .ref = ref};
    struct digest diff_id;
    struct stat st;
    uint64_t size;
    mode_t before = umask(0022);

    strv_add(&command, "sh");
    int result = hold < 0 ? -1 : check_static(program, err);
    if (result == 0 && stat(program, &st) < 0)
        result = mb_fail(err, "look at %s", program);
    if (result == 0)
        result =
            busybox_layer(store, program, st.st_mtime, &diff_id, &size, err);
    umask(before);
    if (result < 0)
        return -1;
    return make_image(store, &import, &diff_id, size, st.st_mtime, out_id, err);
}
