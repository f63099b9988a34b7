/* SPDX-License-Identifier: MIT */
/*
 * context.c - find what COPY names, and nothing else
 *
 * Problem   The context is a stranger's directory.  "../../etc/shadow", a
 *           link to /etc/shadow, a pipe that blocks whoever opens it: COPY
 *           must not be talked into touching any file of the host.
 * Idea      For every lookup the kernel is told that the context is "/":
 *
 *             COPY ../up  ./a/link  x*    /ctx    a/link -> /etc/passwd
 *                   |         |     |
 *                   |         |     `---> readdir(/ctx), match each name
 *                   |         `---------> /ctx/etc/passwd, which is not there
 *                   `-------------------> /ctx/up
 *
 *           The result is a list of names, sorted; files are not opened yet.
 * Rules     1. Names come from a path that the kernel resolved in the root,
 *              or from a directory listing; never from joining and hoping.
 *           2. A link that COPY names is followed, one found on the way down
 *              stays a link.
 *           3. What .dockerignore hides is not there: neither by its own name
 *              nor through a link.
 *           4. At most one directory is open at a time, so that depth costs
 *              no descriptors.
 * Read      openat2(2), path_resolution(7), readdir(3);
 *           lessons/21-build-context.md
 */
#include "engine/context.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "engine/match.h"

/* What all functions below need to know. */
struct search {
    int root;
    const struct ignore *ignore;
    const char *wanted; /* as the Dockerfile has it, for the messages */
    struct sources found;
};

void context_done(struct sources *sources)
{
    for (size_t i = 0; i < sources->n; i++) {
        free(sources->v[i].name);
        free(sources->v[i].path);
        strv_done(&sources->v[i].below);
    }
    free(sources->v);
    *sources = (struct sources){0};
}

/* What the kernel calls the file behind FD: proc(5), /proc/pid/fd. */
static char *kernel_path(int fd)
{
    char link[40], path[PATH_MAX + 1];

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path);
    return n < 0 ? NULL : mb_strndup(path, n);
}

char *context_real_path(int rootfd, int fd)
{
    mb_autofree char *root = kernel_path(rootfd), *path = kernel_path(fd);

    if (!root || !path)
        return NULL;
    size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);
    if (strncmp(path, root, len) != 0 || (path[len] && path[len] != '/')) {
        errno = EXDEV; /* renamed away under our feet */
        return NULL;
    }
    return mb_strdup(path + len + (path[len] == '/'));
}

/* Are we to see this directory entry, and is it a directory?  Sockets and
 * device nodes mean something on this host only: we do not see them. */
static bool visible(int dirfd, const struct dirent *entry, bool *out_dir)
{
    unsigned char type = entry->d_type;
    struct stat st;

    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return false;
    /* Some filesystems do not tell. */
    if (type == DT_UNKNOWN &&
        fstatat(dirfd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        type = IFTODT(st.st_mode);
    *out_dir = type == DT_DIR;
    return type == DT_DIR || type == DT_REG || type == DT_LNK ||
           type == DT_FIFO;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in the directory PATH, sorted, directories with a "/" behind.
 * Sorted, because readdir(3) has no order, and the digest needs one. */
static int list_directory(int root, const char *path, struct strv *out,
                          struct mb_error *err)
{
    int fd = fs_open_in_root(root, *path ? path : ".",
                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
    mb_autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    bool is_dir;

    if (!dir)
        return mb_fail(err, "open directory /%s", path);
    while (errno = 0, (entry = readdir(dir))) {
        if (visible(fd, entry, &is_dir))
            strv_addf(out, "%s%s", entry->d_name, is_dir ? "/" : "");
    }
    if (errno)
        return mb_fail(err, "read directory /%s", path);
    if (out->n > 1)
        qsort(out->v, out->n, sizeof *out->v, by_name);
    return 0;
}

/* DIR and the listed NAME put together, without the "/" behind. */
static char *join(const char *dir, const char *name)
{
    int len = (int)strlen(name) - ends_with(name, "/");

    return mb_printf("%s%s%.*s", dir, *dir ? "/" : "", len, name);
}

/* Forget the last string of the list. */
static void drop_last(struct strv *list)
{
    free(list->v[--list->n]);
    list->v[list->n] = NULL;
}

/* List everything below DIR in source->below, parents first. */
static int walk(const struct search *s, const char *dir, struct source *source,
                struct mb_error *err)
{
    mb_autostrv struct strv names = {0};
    size_t skip = *source->path ? strlen(source->path) + 1 : 0;

    if (list_directory(s->root, dir, &names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.n; i++) {
        mb_autofree char *path = join(dir, names.v[i]);
        bool is_dir = ends_with(names.v[i], "/");
        bool hidden = ignore_matches(s->ignore, path);

        if (strlen(path) >= PATH_MAX)
            return mb_failx(err, "path too long: /%s", path);
        if (hidden && (!is_dir || ignore_hides_tree(s->ignore, path)))
            continue;
        strv_addf(&source->below, "%s%s", path + skip, is_dir ? "/" : "");
        size_t before = source->below.n;
        if (is_dir && walk(s, path, source, err) < 0)
            return -1;
        /* A hidden directory exists only for what "!" takes back in it. */
        if (hidden && source->below.n == before)
            drop_last(&source->below);
    }
    return 0;
}

/* Tell why there is nothing, and what may have been meant. */
static int not_found(const struct search *s, const char *named, bool hidden,
                     struct mb_error *err)
{
    mb_failx(err, "\"/%s\": not found", named);
    if (hidden)
        return mb_hint(err, ".dockerignore leaves it out; a line \"!%s\" at "
                            "its end would take it back", named);
    if (starts_with(s->wanted, ".."))
        return mb_hint(err, "paths are taken inside the context, and \"..\" "
                            "does not lead out of it: copy the file into the "
                            "context, or build from the directory above");
    if (s->wanted[0] == '/')
        return mb_hint(err, "paths are taken inside the context: %s means %s "
                            "below the context directory, not the host's file",
                       s->wanted, named);
    return mb_hint(err, "COPY takes files from the build context only (or from "
                        "the stage that --from names), and a symlink cannot "
                        "lead out of it");
}

/* Append to the result; the strings now belong to it. */
static void take(struct search *s, struct source source)
{
    struct sources *found = &s->found;

    found->v = mb_realloc(found->v, (found->n + 1) * sizeof *found->v);
    found->v[found->n++] = source;
}

/* Take the file or directory at the real path PATH, which the Dockerfile or a
 * match calls NAMED.  1 taken; 0 .dockerignore hides it; -1 failed. */
static int take_real(struct search *s, const char *named, const char *path,
                     bool is_dir, struct mb_error *err)
{
    bool hidden = ignore_matches(s->ignore, path);
    const char *slash = strrchr(named, '/');
    struct source source = {.path = mb_strdup(path), .dir = is_dir};
    int result = 1;

    /* Rule 3.  The link may be hidden, or what it leads to. */
    if (strcmp(named, path) != 0 && ignore_matches(s->ignore, named))
        result = 0;
    else if (hidden && (!is_dir || ignore_hides_tree(s->ignore, path)))
        result = 0;
    else if (is_dir && walk(s, path, &source, err) < 0)
        result = -1;
    else if (hidden && source.below.n == 0)
        result = 0;
    if (result == 1) {
        source.name = mb_strdup(slash ? slash + 1 : named);
        take(s, source);
        return 1;
    }
    context_done(&(struct sources){.v = memcpy(mb_alloc(sizeof source),
                                               &source, sizeof source),
                                   .n = 1});
    return result;
}
