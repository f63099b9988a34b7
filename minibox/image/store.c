/* SPDX-License-Identifier: MIT */
/*
 * store.c - where images live
 *
 * Problem   Many commands use the store at once, and any of them can be killed
 *           at any moment.  None may ever see half of something.
 * Idea      Everything is made under a temporary name and then renamed to its
 *           digest.  A name that is a digest is whole, or it is not there:
 *
 *             tmp/4711-x/     files come and go         (locked by its maker)
 *                | rename(2)
 *             layers/HEX/     complete, never changed again
 *
 * Rules     1. References are written last and removed first: index.json names
 *              only what is there.
 *           2. Locks are flock(2) locks: the kernel lets go of them when their
 *              holder dies, so there is no stale lock to clean up.
 *           3. The store belongs to one user, mode 0700: set-user-ID files in
 *              layers must not be within reach of others.
 * Read      OCI image spec, image-layout.md; rename(2), flock(2);
 *           lessons/16-store.md
 */
#include "image/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "linux/ns.h"

char *store_default_root(void)
{
    const char *chosen = getenv("MINIBOX_ROOT");
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

    if (chosen && *chosen) {
        mb_autofree char *here = getcwd(NULL, 0);
        return fs_clean_path(here ? here : "/", chosen);
    }
    if (geteuid() == 0 && ns_is_initial_user())
        return mb_strdup("/var/lib/minibox");
    if (data && *data == '/')
        return mb_printf("%s/minibox", data);
    return mb_printf("%s/.local/share/minibox", home ? home : "/tmp");
}

static int make_dirs(int fd, struct mb_error *err)
{
    static const char *const dirs[] = {"blobs",      "blobs/sha256", "layers",
                                       "containers", "names",        "cache",
                                       "tmp"};

    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        if (mkdirat(fd, dirs[i], 0700) < 0 && errno != EEXIST)
            return mb_fail(err, "make directory %s", dirs[i]);
    return 0;
}

/* The two files of the layout.  The marker comes last: who sees it may believe
 * in all the rest. */
static int write_layout(int fd, struct mb_error *err)
{
    static const char version[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
    static const char empty[] =
        "{\"schemaVersion\":2,\"mediaType\":\"application/"
        "vnd.oci.image.index.v1+json\",\"manifests\":[]}";

    if (faccessat(fd, "index.json", F_OK, 0) < 0 &&
        fs_write(fd, "index.json", empty, strlen(empty), err) < 0)
        return -1;
    return fs_write(fd, "oci-layout", version, strlen(version), err);
}

/* See store_skeleton_dir(). */
static int make_skeleton(int store_fd, struct mb_error *err)
{
    static const char *const dirs[] = {
        "layers/empty",         "layers/skeleton",     "layers/skeleton/dev",
        "layers/skeleton/proc", "layers/skeleton/sys", "layers/skeleton/etc"};
    static const char *const files[] = {
        "layers/skeleton/etc/hosts", "layers/skeleton/etc/hostname",
        "layers/skeleton/etc/resolv.conf", "layers/skeleton/.dockerenv"};

    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        if (mkdirat(store_fd, dirs[i], 0755) < 0 && errno != EEXIST)
            return mb_fail(err, "make directory %s", dirs[i]);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        int fd = openat(store_fd, files[i], O_CREAT | O_WRONLY | O_CLOEXEC,
                        i == 3 ? 0755 : 0644);
        if (fd < 0)
            return mb_fail(err, "make %s", files[i]);
        close(fd);
    }
    return 0;
}

/* Under a lock, for two first commands may come at the same time. */
static int make_store(int fd, struct mb_error *err)
{
    mb_autoclose int lock = fs_lock(fd, "lock", LOCK_EX, err);
    mode_t before = umask(0022);
    int result = -1;

    if (lock >= 0 && fchmod(fd, 0700) < 0)
        mb_fail(err, "make the store private");
    else if (lock >= 0 && make_dirs(fd, err) == 0 &&
             make_skeleton(fd, err) == 0)
        result = write_layout(fd, err);
    umask(before);
    return result;
}

int store_open(struct store *out, struct mb_error *err)
{
    mb_autofree char *root = store_default_root();

    return store_open_at(root, out, err);
}

int store_open_at(const char *root, struct store *out, struct mb_error *err)
{
    struct stat st;

    if (fs_mkdirs(AT_FDCWD, root, err) < 0)
        return mb_hint(err, "MINIBOX_ROOT=DIR chooses another place for the "
                            "store");
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return mb_fail(err, "open the store %s", root);
    if (st.st_uid != geteuid()) {
        close(fd);
        mb_failx(err, "the store %s belongs to somebody else", root);
        return mb_hint(err, "MINIBOX_ROOT=DIR chooses another place");
    }
    if (faccessat(fd, "oci-layout", F_OK, 0) < 0 && make_store(fd, err) < 0) {
        close(fd);
        return mb_wrap(err, "store %s", root);
    }
    *out = (struct store){.fd = fd, .root = mb_strdup(root)};
    return 0;
}

void store_close(struct store *store)
{
    if (store->root)
        close(store->fd);
    free(store->root);
    *store = (struct store){.fd = -1};
}

/* Two locks: whoever wants the store for himself waits at "hold" with "turn" in
 * his hand, so that nobody can overtake him.  With one lock he might wait for
 * ever, while builds come and go. */
int store_hold(const struct store *store, bool exclusive, struct mb_error *err)
{
    int operation = exclusive ? LOCK_EX : LOCK_SH;
    mb_autoclose int turn = fs_lock(store->fd, "turn", operation, err);

    return turn < 0 ? -1 : fs_lock(store->fd, "hold", operation, err);
}

int store_sync(const struct store *store, struct mb_error *err)
{
    return syncfs(store->fd) < 0 ? mb_fail(err, "sync the store") : 0;
}

/* ---- tmp/ --------------------------------------------------------------- */

/* Remove tmp/NAME if nobody holds its lock (rule 2). */
static void sweep_one(int tmp, const char *name)
{
    mb_autoclose int fd =
        openat(tmp, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        (void)fs_remove_tree(tmp, name, NULL);
}

void store_sweep(const struct store *store)
{
    int fd = fs_open_dir(store->fd, "tmp", NULL);
    mb_autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            sweep_one(fd, entry->d_name);
}

int store_make_temporary(const struct store *store, char **out_path,
                         int *out_lock, struct mb_error *err)
{
    mb_autofree char *path =
        mb_printf("%s/tmp/%d-XXXXXX", store->root, (int)getpid());

    store_sweep(store);
    /* A sweeper may take the new directory away before we have locked it:
     * then there is another one to make. */
    for (;;) {
        struct stat made, there;
        mb_autofree char *name = mb_strdup(path);
        if (!mkdtemp(name))
            return mb_fail(err, "make a directory in %s/tmp", store->root);
        int lock = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (lock < 0)
            continue;
        if (flock(lock, LOCK_SH) == 0 && fstat(lock, &made) == 0 &&
            stat(name, &there) == 0 && made.st_ino == there.st_ino) {
            *out_path = mb_steal(&name);
            *out_lock = lock;
            return 0;
        }
        close(lock);
    }
}

void store_remove_temporary(const struct store *store, const char *path)
{
    (void)fs_remove_tree(store->fd, path + strlen(store->root) + 1, NULL);
}

/* ---- layers ------------------------------------------------------------- */

char *store_layer_dir(const struct store *store, const struct digest *diff_id)
{
    return mb_printf("%s/layers/%s", store->root, diff_id->hex);
}

char *store_skeleton_dir(const struct store *store)
{
    return mb_printf("%s/layers/skeleton", store->root);
}

char *store_empty_dir(const struct store *store)
{
    return mb_printf("%s/layers/empty", store->root);
}

bool store_has_layer(const struct store *store, const struct digest *diff_id)
{
    mb_autofree char *dir = store_layer_dir(store, diff_id);

    return access(dir, F_OK) == 0;
}

int store_adopt_layer(const struct store *store, const struct digest *diff_id,
                      const char *dir, uint64_t size, struct mb_error *err)
{
    mb_autofree char *target = store_layer_dir(store, diff_id);
    mb_autofree char *size_file = mb_printf("layers/%s.size", diff_id->hex);
    char text[24];
    int len = snprintf(text, sizeof text, "%llu", (unsigned long long)size);

    if (fs_write(store->fd, size_file, text, len, err) < 0)
        return -1;
    if (rename(dir, target) < 0 && errno != ENOTEMPTY && errno != EEXIST)
        return mb_fail(err, "move the layer to %s", target);
    return 0;
}

uint64_t store_layer_size(const struct store *store,
                          const struct digest *diff_id)
{
    mb_autofree char *size_file = mb_printf("layers/%s.size", diff_id->hex);
    mb_autobuf struct buf text = BUF_INIT;

    if (fs_read(store->fd, size_file, 64, &text, NULL) < 0)
        return 0;
    return strtoull(text.s, NULL, 10);
}

bool store_packed_form(const struct store *store, const struct digest *diff_id,
                       struct digest *out, uint64_t *out_size)
{
    mb_autofree char *file = mb_printf("layers/%s.packed", diff_id->hex);
    mb_autobuf struct buf text = BUF_INIT;

    if (fs_read(store->fd, file, 256, &text, NULL) < 0)
        return false;
    mb_autofree char *digest = mb_strndup(text.s, strcspn(text.s, " "));
    *out_size = strtoull(text.s + strlen(digest), NULL, 10);
    return digest_parse(digest, out, NULL) == 0;
}

int store_note_packed_form(const struct store *store,
                           const struct digest *diff_id,
                           const struct digest *packed, uint64_t size,
                           struct mb_error *err)
{
    mb_autofree char *file = mb_printf("layers/%s.packed", diff_id->hex);
    mb_autofree char *text =
        mb_printf(DIGEST_FMT " %llu", packed->hex, (unsigned long long)size);

    return fs_write(store->fd, file, text, strlen(text), err);
}

int store_remove_layer(const struct store *store, const struct digest *diff_id,
                       struct mb_error *err)
{
    mb_autofree char *name = mb_printf("layers/%s", diff_id->hex);
    mb_autofree char *size_file = mb_printf("layers/%s.size", diff_id->hex);
    mb_autofree char *packed_file = mb_printf("layers/%s.packed", diff_id->hex);
    mb_autofree char *grave = mb_printf("tmp/removed-%.32s", diff_id->hex);

    /* Out of sight in one step, then at leisure: killed in between, what is
     * left lies in tmp/ and the next build sweeps it away. */
    if (renameat(store->fd, name, store->fd, grave) < 0 && errno != ENOENT)
        return mb_fail(err, "remove layer %s", name);
    (void)unlinkat(store->fd, size_file, 0);
    (void)unlinkat(store->fd, packed_file, 0);
    return fs_remove_tree(store->fd, grave, err);
}
