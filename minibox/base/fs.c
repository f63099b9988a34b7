/* SPDX-License-Identifier: MIT */
/*
 * fs.c - files that are whole or not there
 *
 * Problem   A process can die between any two instructions, and a path can
 *           be changed by somebody else between two looks at it.
 * Idea      Write to a temporary name and rename: rename(2) swaps the two in
 *           one step.  Walk from an open directory, never from a string:
 *
 *             write ".tmp-4711-0"  ->  rename(".tmp-4711-0", "state.json")
 *
 * Rules     1. Every open() says O_CLOEXEC.
 *           2. What a container or an archive may have named is opened with
 *              RESOLVE_IN_ROOT: the kernel then treats the directory as "/",
 *              for ".." and for absolute symlinks too.
 * Read      openat2(2), rename(2), flock(2)
 */
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

/* How long a fifo may be without a writer, in milliseconds. */
enum { PATIENCE = 2000 };

/* Append what there is to read from FD, the file PATH. */
static int read_all(int fd, const char *path, size_t limit, struct buf *out,
                    struct mb_error *err)
{
    char chunk[16384];
    size_t total = 0;
    ssize_t n;

    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mb_fail(err, "read %s", path);
        total += n;
        if (total > limit)
            return mb_failx(err, "%s is larger than %zu bytes", path, limit);
        buf_add(out, chunk, n);
    }
    return 0;
}

int fs_read(int dirfd, const char *path, size_t limit, struct buf *out,
            struct mb_error *err)
{
    mb_autoclose int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return mb_fail(err, "open %s", path);
    return read_all(fd, path, limit, out, err);
}

int fs_read_pipe(const char *path, size_t limit, struct buf *out,
                 struct mb_error *err)
{
    /* Without O_NONBLOCK, to open a fifo is to wait for its writer. */
    mb_autoclose int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct pollfd input = {.fd = fd, .events = POLLIN};
    size_t before = out->len;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return mb_fail(err, "open %s", path);
    /* Now wait, but not for ever; and then read as if nothing had been. */
    if (S_ISFIFO(st.st_mode))
        (void)poll(&input, 1, PATIENCE);
    if (fcntl(fd, F_SETFL, 0) < 0)
        return mb_fail(err, "read %s", path);
    if (read_all(fd, path, limit, out, err) < 0)
        return -1;
    if (!S_ISFIFO(st.st_mode) || out->len > before)
        return 0;
    errno = ENODATA;
    return mb_failx(err, "%s is a pipe that nobody has written to", path);
}

int fs_write_all(int fd, const void *data, size_t size, struct mb_error *err)
{
    const char *p = data;

    while (size > 0) {
        ssize_t n = write(fd, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mb_fail(err, "write");
        p += n;
        size -= n;
    }
    return 0;
}

static const char temporary_prefix[] = ".tmp-";

bool fs_is_temporary(const char *name)
{
    return starts_with(name, temporary_prefix);
}

/* Make a new file beside its later place; its name goes to out_name. */
static int open_temporary(int dirfd, const char *path, char **out_name,
                          struct mb_error *err)
{
    static unsigned counter; /* two files of one process must not collide */
    mb_autofree char *dir = NULL, *base = NULL;

    fs_split(path, &dir, &base);
    *out_name = mb_printf("%s/%s%d-%u", dir, temporary_prefix, (int)getpid(),
                          counter++);
    int fd =
        openat(dirfd, *out_name,
               O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    return fd < 0 ? mb_fail(err, "create %s", path) : fd;
}

int fs_write(int dirfd, const char *path, const void *data, size_t size,
             struct mb_error *err)
{
    mb_autofree char *temporary = NULL;
    mb_autoclose int fd = open_temporary(dirfd, path, &temporary, err);

    if (fd < 0)
        return -1;
    if (fs_write_all(fd, data, size, err) < 0) {
        (void)unlinkat(dirfd, temporary, 0);
        return mb_wrap(err, "%s", path);
    }
    if (renameat(dirfd, temporary, dirfd, path) < 0) {
        mb_fail(err, "rename to %s", path);
        (void)unlinkat(dirfd, temporary, 0);
        return -1;
    }
    return 0;
}

int fs_mkdirs(int dirfd, const char *path, struct mb_error *err)
{
    mb_autofree char *copy = mb_strdup(path);

    if (mkdirat(dirfd, path, 0755) == 0 || errno == EEXIST)
        return 0;
    for (char *p = copy + !!*copy; (p = strchr(p, '/')); *p++ = '/') {
        *p = '\0';
        if (mkdirat(dirfd, copy, 0755) < 0 && errno != EEXIST)
            return mb_fail(err, "make directory %s", copy);
    }
    if (mkdirat(dirfd, path, 0755) < 0 && errno != EEXIST)
        return mb_fail(err, "make directory %s", path);
    return 0;
}

int fs_open_dir(int dirfd, const char *path, struct mb_error *err)
{
    int fd =
        openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? mb_fail(err, "open directory %s", path) : fd;
}

int fs_open_in_root(int rootfd, const char *path, int flags, mode_t mode)
{
    struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .mode = flags & O_CREAT ? mode : 0, /* else EINVAL */
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    long fd;

    /* EAGAIN: somebody renamed a part of the path while the kernel walked it,
     * so that ".." could have led out.  Just walk again. */
    do
        fd = syscall(SYS_openat2, rootfd, path, &how, sizeof how);
    while (fd < 0 && errno == EAGAIN);
    return fd;
}

/* Open the directory NAME below the O_PATH descriptor PARENT, made if it is
 * missing.  ROOTFD and SO_FAR, the path from the root to NAME, are for names
 * that are symlinks: they may lead anywhere, but not out of the root. */
static int enter_or_make(int rootfd, const char *so_far, uid_t uid, gid_t gid)
{
    int fd = fs_open_in_root(rootfd, so_far, O_PATH | O_DIRECTORY, 0);

    if (fd >= 0 || errno != ENOENT)
        return fd;
    mb_autofree char *dir = NULL, *base = NULL;
    fs_split(so_far, &dir, &base);
    mb_autoclose int parent =
        fs_open_in_root(rootfd, dir, O_PATH | O_DIRECTORY, 0);
    if (parent < 0)
        return -1;
    if (mkdirat(parent, base, 0755) < 0 ||
        fchmodat(parent, base, 0755, 0) < 0) /* whatever the umask is */
        return -1;
    if ((uid || gid) &&
        fchownat(parent, base, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    return fs_open_in_root(rootfd, so_far, O_PATH | O_DIRECTORY, 0);
}

int fs_mkdirs_in_root(int rootfd, const char *path, uid_t uid, gid_t gid,
                      struct mb_error *err)
{
    mb_autofree char *clean = fs_clean_path("/", path);
    int fd = fs_open_in_root(rootfd, clean, O_PATH | O_DIRECTORY, 0);

    if (fd >= 0)
        return fd;
    for (char *p = clean; p;) {
        p = strchr(p + 1, '/');
        if (p)
            *p = '\0';
        fd = enter_or_make(rootfd, clean, uid, gid);
        if (fd < 0)
            return mb_fail(err, "mkdir %s", clean);
        if (!p)
            break;
        *p = '/';
        close(fd);
    }
    return fd;
}

static int remove_children(int fd, const char *name, struct mb_error *err)
{
    mb_autodir DIR *dir = fdopendir(fd);
    struct dirent *entry;

    if (!dir) {
        close(fd);
        return mb_fail(err, "read directory %s", name);
    }
    while ((entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (fs_remove_tree(dirfd(dir), entry->d_name, err) < 0)
            return -1;
    }
    return 0;
}

int fs_remove_tree(int dirfd, const char *name, struct mb_error *err)
{
    if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
        return 0;
    /* Linux says EISDIR for a directory; POSIX wanted EPERM. */
    if (errno != EISDIR && errno != EPERM)
        return mb_fail(err, "remove %s", name);
    if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0)
        return 0;
    int fd = fs_open_dir(dirfd, name, err);
    if (fd < 0)
        return -1;
    if (remove_children(fd, name, err) < 0)
        return -1;
    if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0)
        return mb_fail(err, "remove directory %s", name);
    return 0;
}

int fs_lock(int dirfd, const char *path, int operation, struct mb_error *err)
{
    int fd =
        openat(dirfd, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return mb_fail(err, "open lock %s", path);
    while (flock(fd, operation) < 0) {
        if (errno == EINTR)
            continue;
        mb_fail(err, "lock %s", path);
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

void fs_split(const char *path, char **out_dir, char **out_base)
{
    const char *slash = strrchr(path, '/');

    *out_base = mb_strdup(slash ? slash + 1 : path);
    if (!slash)
        *out_dir = mb_strdup(".");
    else if (slash == path)
        *out_dir = mb_strdup("/");
    else
        *out_dir = mb_strndup(path, slash - path);
}

/* Apply one path component to the clean path so far. */
static void add_component(struct buf *out, const char *name, size_t len)
{
    if (len == 0 || (len == 1 && name[0] == '.'))
        return;
    if (len == 2 && name[0] == '.' && name[1] == '.') {
        char *slash = strrchr(out->s, '/');
        if (slash) {
            *slash = '\0';
            out->len = slash - out->s;
        }
        return;
    }
    buf_addc(out, '/');
    buf_add(out, name, len);
}

char *fs_clean_path(const char *base, const char *path)
{
    struct buf out = BUF_INIT;
    const char *parts[] = {path[0] == '/' ? "" : base, path};

    for (int i = 0; i < 2; i++) {
        for (const char *p = parts[i]; *p;) {
            size_t len = strcspn(p, "/");
            add_component(&out, p, len);
            p += len + (p[len] == '/');
        }
    }
    if (out.len == 0)
        buf_addc(&out, '/');
    return buf_take(&out);
}
