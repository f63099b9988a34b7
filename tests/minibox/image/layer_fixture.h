/* SPDX-License-Identifier: MIT */
#ifndef LAYER_FIXTURE_H
#define LAYER_FIXTURE_H

/*
 * A directory for one test, and a tar writer that can lie.
 *
 *     $TMPDIR/layer-XXXXXX/canary/secret   must be as it was, at the end
 *                          root/           where layers are applied
 *                          (other files)   archives
 *
 * The directory is on a real file system: a tmpfs may lack user.* xattrs.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "check_main.h"
#include "image/layer.h"
#include "image/layerpack.h"

static char base_dir[256];
static int base_fd, root_fd;
static struct stat canary_before, secret_before;
static struct layer_options options;
static char opaque_xattr[64];
static bool may_chown; /* other uids than ours are mapped */
static struct mb_error err;
static struct layer_stats stats;

static inline void fixture_setup(void)
{
    const char *tmp = getenv("TMPDIR");

    umask(077); /* no mode may depend on it */
    snprintf(base_dir, sizeof base_dir, "%s/layer-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(base_dir));
    base_fd = open(base_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(base_fd, 0);
    ck_assert_int_eq(fs_mkdirs(base_fd, "canary", NULL), 0);
    ck_assert_int_eq(fs_mkdirs(base_fd, "root", NULL), 0);
    ck_assert_int_eq(fs_write(base_fd, "canary/secret", "alive", 5, NULL), 0);
    ck_assert_int_eq(fstatat(base_fd, "canary", &canary_before, 0), 0);
    ck_assert_int_eq(fstatat(base_fd, "canary/secret", &secret_before, 0), 0);
    root_fd = openat(base_fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    bool real_root = fsetxattr(root_fd, "trusted.probe", "y", 1, 0) == 0;
    if (real_root)
        fremovexattr(root_fd, "trusted.probe");
    may_chown = fchown(base_fd, 1234, 5678) == 0;
    options = (struct layer_options){
        .xattr_prefix = real_root ? "trusted.overlay." : "user.overlay.",
        .newest = -1,
        .single_id = !may_chown,
    };
    snprintf(opaque_xattr, sizeof opaque_xattr, "%sopaque",
             options.xattr_prefix);
}

/* Nothing outside the root may have changed, whatever the test did. */
static inline void fixture_teardown(void)
{
    struct stat dir, file;
    mb_autobuf struct buf text = BUF_INIT;

    ck_assert_int_eq(fstatat(base_fd, "canary", &dir, 0), 0);
    ck_assert_int_eq(fstatat(base_fd, "canary/secret", &file, 0), 0);
    ck_assert_int_eq(fs_read(base_fd, "canary/secret", 100, &text, NULL), 0);
    ck_assert_str_eq(text.s, "alive");
    ck_assert_int_eq(dir.st_ctim.tv_nsec, canary_before.st_ctim.tv_nsec);
    ck_assert_int_eq(dir.st_ctime, canary_before.st_ctime);
    ck_assert_int_eq(file.st_ctim.tv_nsec, secret_before.st_ctim.tv_nsec);
    ck_assert_int_eq(file.st_ctime, secret_before.st_ctime);
    ck_assert_uint_eq(file.st_nlink, 1);
    close(root_fd);
    close(base_fd);
    ck_assert_int_eq(fs_remove_tree(AT_FDCWD, base_dir, &err), 0);
}

/* --- a tar writer ------------------------------------------------------- */

struct head {
    const char *name, *link, *data;
    char type; /* 0: '0', a regular file */
    unsigned mode, uid, gid;
    long mtime;
    long size; /* 0: strlen(data); the octal field, whatever follows */
    const char *raw_uid;  /* the field's 8 bytes */
    const char *raw_size; /* the field's 12 bytes */
};

static inline void tar_pad(struct buf *tar)
{
    while (tar->len % 512)
        buf_addc(tar, '\0');
}

/* Fill in the checksum field of a header. */
static inline void tar_sum(unsigned char h[512])
{
    unsigned sum = 0;

    memset(h + 148, ' ', 8);
    for (int i = 0; i < 512; i++)
        sum += h[i];
    snprintf((char *)h + 148, 8, "%06o", sum);
}

/* Add one entry; name and link are cut at 100 bytes. */
static inline void tar_add_struct(struct buf *tar, const struct head *e)
{
    char h[512] = {0};
    long data = e->data ? (long)strlen(e->data) : 0;

    strncpy(h, e->name, 100);
    snprintf(h + 100, 8, "%07o", (e->mode ? e->mode : 0644) & 07777);
    snprintf(h + 108, 8, "%07o", e->uid & 07777777);
    snprintf(h + 116, 8, "%07o", e->gid & 07777777);
    snprintf(h + 124, 12, "%011lo", e->size ? e->size : data);
    snprintf(h + 136, 12, "%011lo", e->mtime);
    if (e->raw_uid)
        memcpy(h + 108, e->raw_uid, 8);
    if (e->raw_size)
        memcpy(h + 124, e->raw_size, 12);
    h[156] = e->type ? e->type : '0';
    if (e->link)
        strncpy(h + 157, e->link, 100);
    memcpy(h + 257, "ustar\00000", 8);
    tar_sum((unsigned char *)h);
    buf_add(tar, h, sizeof h);
    buf_add(tar, e->data ? e->data : "", data);
    tar_pad(tar);
}

#define tar_add(tar, ...) tar_add_struct(tar, &(struct head){__VA_ARGS__})
#define tar_file(tar, path, text) tar_add(tar, .name = path, .data = text)
#define tar_dir(tar, path) tar_add(tar, .name = path, .type = '5', .mode = 0755)
#define tar_symlink(tar, path, target)                                         \
    tar_add(tar, .name = path, .type = '2', .link = target)
#define tar_hardlink(tar, path, target)                                        \
    tar_add(tar, .name = path, .type = '1', .link = target)

/* Add a GNU long name ('L') or a PAX header ('x') for the next entry. */
static inline void tar_extra(struct buf *tar, char type, const void *data,
                             size_t size)
{
    tar_add(tar, .name = "extra", .type = type, .size = size);
    buf_add(tar, data, size);
    tar_pad(tar);
}

/* One PAX record "LEN key=value\n"; the value may hold NULs. */
static inline void tar_pax(struct buf *tar, const char *key, const void *value,
                           size_t size)
{
    mb_autobuf struct buf record = BUF_INIT;
    size_t rest = strlen(key) + size + 3, len = rest;
    char digits[24];

    do
        len = rest + snprintf(digits, sizeof digits, "%zu", len);
    while (len != rest + snprintf(digits, sizeof digits, "%zu", len));
    buf_addf(&record, "%zu %s=", len, key);
    buf_add(&record, value, size);
    buf_addc(&record, '\n');
    tar_extra(tar, 'x', record.s, record.len);
}

static inline void tar_end(struct buf *tar)
{
    for (int i = 0; i < 1024; i++)
        buf_addc(tar, '\0');
}

/* --- doing it ----------------------------------------------------------- */

/* The bytes as a file at its beginning. */
static inline int memory_file(const void *data, size_t size)
{
    int fd = memfd_create("archive", MFD_CLOEXEC);

    ck_assert_int_eq(fs_write_all(fd, data, size, NULL), 0);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

/* Apply an archive without its end mark, which is added. */
static inline int apply(struct buf *tar)
{
    tar_end(tar);
    mb_autoclose int fd = memory_file(tar->s, tar->len);
    int r = layer_apply(fd, root_fd, &options, &stats, &err);

    buf_clear(tar);
    return r;
}

#define must_apply(tar) ck_assert_msg(apply(tar) == 0, "%s", err.msg)

/* It must be refused, and the error must say why. */
#define must_refuse(tar, why)                                                  \
    do {                                                                       \
        ck_assert_int_eq(apply(tar), -1);                                      \
        ck_assert_msg(strstr(err.msg, why), "\"%s\" not in: %s", why,          \
                      err.msg);                                                \
    } while (0)

/* Run a shell command in the base directory. */
static inline int shell(const char *command)
{
    mb_autofree char *line = mb_printf("cd %s && %s", base_dir, command);

    return system(line);
}

static inline int apply_file(const char *name)
{
    mb_autoclose int fd = openat(base_fd, name, O_RDONLY | O_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    return layer_apply(fd, root_fd, &options, &stats, &err);
}

/* --- looking at it ------------------------------------------------------ */

static inline struct stat look(const char *path)
{
    struct stat st;

    ck_assert_msg(fstatat(root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0,
                  "%s: %s", path, strerror(errno));
    return st;
}

static inline bool exists(const char *path)
{
    struct stat st;

    return fstatat(root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline bool is_whiteout(const char *path)
{
    struct stat st = look(path);

    return S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
}

static inline ssize_t get_xattr(const char *path, const char *name, char *out,
                                size_t size)
{
    mb_autoclose int fd = openat(root_fd, path, O_RDONLY | O_CLOEXEC);

    return fgetxattr(fd, name, out, size);
}

static inline bool is_opaque(const char *path)
{
    char value[8];

    return get_xattr(path, opaque_xattr, value, sizeof value) == 1 &&
           value[0] == 'y';
}

#define assert_content(path, text)                                             \
    do {                                                                       \
        mb_autobuf struct buf b_ = BUF_INIT;                                   \
        ck_assert_msg(fs_read(root_fd, path, 1 << 20, &b_, &err) == 0, "%s",   \
                      err.msg);                                                \
        ck_assert_str_eq(b_.s, text);                                          \
    } while (0)

#endif
