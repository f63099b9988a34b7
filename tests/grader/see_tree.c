/* SPDX-License-Identifier: MIT */
/*
 * see_tree.c - what lies in a directory, as text
 *
 * Problem   A test says in one word what a directory should look like: just so.
 *           Twenty assertions about single files miss the twenty-first file.
 * Idea      Write all of it down and compare the texts.  Who reads the report
 *           sees both, too:
 *
 *             expected  app/                   observed  app/
 *                       app/old (character               app/.wh.old:
 *                       device 0:0)
 *
 * Rules     1. A stranger's code made that tree: symlinks are not followed, and
 *              what is deep or large is cut.
 * Read      openat2(2), scandir(3), xattr(7)
 */
#include "grader/see_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "grader/exam.h"

enum { MAX_PATH = 1000, MAX_CONTENT = 1000, MAX_LIST = 100000 };

/* " (NAME=VALUE)" if the open directory has the attribute NAME, else "". */
static const char *attribute(int fd, const char *name)
{
    char value[20] = "";

    if (fd < 0 || fgetxattr(fd, name, value, sizeof value - 1) < 0)
        return "";
    return text(" (%s=%s)", name, value);
}

static const char *link_target(int dir, const char *name)
{
    char target[200];
    ssize_t n = readlinkat(dir, name, target, sizeof target);

    return n < 0 ? " -> ?" : text(" -> %.*s", (int)n, target);
}

/* What stands behind the name of something that is no directory. */
static const char *describe(int dir, const char *name)
{
    mb_autobuf struct buf content = BUF_INIT;
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return " (gone)";
    if (S_ISLNK(st.st_mode))
        return link_target(dir, name);
    if (S_ISCHR(st.st_mode))
        return text(" (character device %u:%u)", major(st.st_rdev),
                    minor(st.st_rdev));
    if (!S_ISREG(st.st_mode))
        return " (something else)";
    if (fs_read(dir, name, MAX_CONTENT, &content, NULL) < 0)
        return ": (large)";
    return text(": %s", content.s);
}

/* All below the open directory, PATH in front of each. */
static void list(int fd, const char *path, const char *xattr, struct buf *out)
{
    struct dirent **entries;
    int n = scandirat(fd, ".", &entries, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        mb_autoclose int sub = fs_open_dir(fd, name, NULL);
        if (sub < 0) {
            buf_addf(out, "%s%s%s\n", path, name, describe(fd, name));
            continue;
        }
        buf_addf(out, "%s%s/%s\n", path, name, attribute(sub, xattr));
        if (strlen(path) < MAX_PATH && out->len < MAX_LIST) /* rule 1 */
            list(sub, text("%s%s/", path, name), xattr, out);
    }
}

const char *see_tree(pid_t pid, const char *path, const char *xattr)
{
    mb_autoclose int root =
        open(text("/proc/%d/root", pid), O_PATH | O_DIRECTORY | O_CLOEXEC);
    mb_autoclose int fd =
        fs_open_in_root(root, path, O_RDONLY | O_DIRECTORY, 0);
    struct buf out = BUF_INIT;

    if (fd < 0)
        return "(no such directory)\n";
    if (*attribute(fd, xattr))
        buf_addf(&out, "./%s\n", attribute(fd, xattr));
    list(fd, "", xattr, &out);
    return out.len ? buf_take(&out) : "(nothing)\n";
}
