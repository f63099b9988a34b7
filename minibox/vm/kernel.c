/* SPDX-License-Identifier: MIT */
/*
 * kernel.c - which kernel boots in a guest?
 *
 * Problem   A container uses the kernel that runs already.  A virtual machine
 *           needs one of its own, in a file, and the modules that were built
 *           with it.
 * Idea      A distribution keeps its kernels below /boot.  Their packages can
 *           be installed without being booted.  "Cloud" kernels are the best
 *           guests: small, and with few drivers.  Such a file (a bzImage) says
 *           itself what it is:
 *
 *             0x1fe  55 aa          a boot sector once, for floppy disks
 *             0x202  "HdrS"         the Linux boot protocol
 *             0x20e  offset - 512   of the text "6.1.0-56-cloud-amd64 (...)"
 *
 * Rules     1. The version is read from the file, not from its name: modules of
 *              any other version are refused by the kernel (ENOEXEC).
 *           2. "6.10" is newer than "6.9": compare numbers as numbers.
 * Read      Documentation/arch/x86/boot.rst, strverscmp(3);
 *           lesson 11
 */
#include "vm/kernel.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

#define BOOT "/boot"
#define NAME_START "vmlinuz-"
enum { MAGIC_AT = 0x202, VERSION_AT = 0x20e, SECTOR = 512 };

/* Read the version that the kernel KERNEL->path says it has: rule 1. */
static int read_version(struct kernel *kernel, struct mb_error *err)
{
    mb_autoclose int fd = open(kernel->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    unsigned char head[VERSION_AT + 2] = {0};
    char *version = kernel->version;

    if (fd < 0)
        return mb_fail(err, "open the guest's kernel %s", kernel->path);
    if (pread(fd, head, sizeof head, 0) != sizeof head ||
        memcmp(head + MAGIC_AT, "HdrS", 4) != 0)
        return mb_failx(err, "%s is no Linux kernel for x86", kernel->path);
    off_t offset = (head[VERSION_AT] | head[VERSION_AT + 1] << 8) + SECTOR;
    if (pread(fd, version, sizeof kernel->version - 1, offset) < 0)
        return mb_fail(err, "read %s", kernel->path);
    version[strcspn(version, " ")] = '\0';
    return 0;
}

/* Is the kernel file A a better guest than B (NULL: none yet)? */
static bool is_better(const char *a, const char *b)
{
    if (!b)
        return true;
    bool a_cloud = strstr(a, "cloud"), b_cloud = strstr(b, "cloud");
    return a_cloud != b_cloud ? a_cloud : strverscmp(a, b) > 0;
}

/* The name of the best kernel in DIR, or NULL; caller frees.  *out_hidden:
 * there is one that this user can't read. */
static char *best_in(DIR *dir, bool *out_hidden)
{
    struct dirent *entry;
    char *best = NULL;

    while (dir && (entry = readdir(dir))) {
        if (!starts_with(entry->d_name, NAME_START))
            continue;
        bool readable = faccessat(dirfd(dir), entry->d_name, R_OK, 0) == 0;
        *out_hidden |= !readable;
        if (!readable || !is_better(entry->d_name, best))
            continue;
        free(best);
        best = mb_strdup(entry->d_name);
    }
    return best;
}

int kernel_find(struct kernel *out, struct mb_error *err)
{
    const char *wish = getenv("MINIBOX_GUEST_KERNEL");
    mb_autodir DIR *dir = opendir(BOOT);
    bool hidden = false;
    mb_autofree char *best = best_in(dir, &hidden);
    struct kernel found = {0};

    if (wish && *wish)
        snprintf(found.path, sizeof found.path, "%s", wish);
    else if (best)
        snprintf(found.path, sizeof found.path, BOOT "/%s", best);
    else if (hidden) {
        mb_failx(err, "no kernel below " BOOT " is readable for this user");
        return mb_hint(err, "sudo chmod a+r " BOOT "/" NAME_START "*");
    } else {
        mb_failx(err, "there is no kernel for a guest below " BOOT);
        return mb_hint(err, "install one: apt install linux-image-cloud-amd64 "
                            "(it need not be booted)");
    }
    if (read_version(&found, err) < 0)
        return mb_hint(err, "MINIBOX_GUEST_KERNEL=FILE names another one; "
                            "Debian's package linux-image-cloud-amd64 has one");
    *out = found;
    return 0;
}

char *kernel_module(const struct kernel *kernel, const char *name)
{
    mb_autofree char *path =
        mb_printf("/lib/modules/%s/kernel/%s", kernel->version, name);

    return access(path, R_OK) == 0 ? mb_steal(&path) : NULL;
}
