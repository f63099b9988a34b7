/* SPDX-License-Identifier: MIT */
/* Fuzz target: the bytes are a layer, applied to a fresh directory.  Nothing
 * may crash, and a file beside that directory must stay as it is. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "image/layer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything at once that could go wrong without a crash. */
static void check_canary(int dir, const struct stat *before)
{
    struct stat now;

    if (fstatat(dir, "canary", &now, AT_SYMLINK_NOFOLLOW) < 0 ||
        now.st_ino != before->st_ino || now.st_nlink != 1 ||
        now.st_size != before->st_size || now.st_mode != before->st_mode ||
        now.st_ctim.tv_nsec != before->st_ctim.tv_nsec)
        abort();
}

static void apply(int base, const uint8_t *data, size_t size)
{
    /* Small limits: a fuzzer's time is better spent than on zeros. */
    const struct layer_limits limits = {
        .bytes = 1 << 22, .entries = 1000, .file = 1 << 20};
    const struct layer_options options = {
        .xattr_prefix = "user.overlay.", .limits = &limits, .newest = -1};
    struct mb_error err;
    mb_autoclose int fd = memfd_create("layer", MFD_CLOEXEC);
    mb_autoclose int root = fs_open_dir(base, "root", NULL);

    if (fd < 0 || root < 0 || fs_write_all(fd, data, size, NULL) < 0)
        abort();
    lseek(fd, 0, SEEK_SET);
    (void)layer_apply(fd, root, &options, NULL, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *tmp = getenv("TMPDIR");
    char path[4096];
    struct stat before;

    snprintf(path, sizeof path, "%s/fuzz-layer-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(path))
        abort();
    mb_autoclose int base = fs_open_dir(AT_FDCWD, path, NULL);
    if (base < 0 || fs_mkdirs(base, "root", NULL) < 0 ||
        fs_write(base, "canary", "alive", 5, NULL) < 0 ||
        fstatat(base, "canary", &before, AT_SYMLINK_NOFOLLOW) < 0)
        abort();
    apply(base, data, size);
    check_canary(base, &before);
    if (fs_remove_tree(AT_FDCWD, path, NULL) < 0)
        abort();
    return 0;
}
