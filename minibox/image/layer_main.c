/* SPDX-License-Identifier: MIT */
/*
 * layer_main.c - minibox-layer, the program that touches tars
 *
 * Problem   See image/pack: archives come from strangers.
 * Idea      A process that has given away what it does not need before it
 *           reads the first byte: the rest of the file system, the network,
 *           most capabilities, the right to gain any, and unbounded output.
 *
 *             minibox-layer apply DIR < layer.tar
 *             minibox-layer pack DIR > layer.tar
 *
 * Rules     1. The directory is opened first, the cage is closed second, the
 *              archive is read third.
 *           2. With a descriptor 3 the report goes there; by hand, without
 *              one, a failure goes to stderr.
 * Read      chroot(2), capabilities(7); lessons/13-layers.md
 */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "image/layerjob.h"
#include "image/layerpack.h"
#include "linux/caps.h"
#include "linux/chroot.h"

/* Change owners, modes and attributes of any file; make whiteouts.  SYS_ADMIN
 * is for trusted.overlay.opaque, which nobody else may write. */
static const uint64_t needed = 1ULL << CAP_CHOWN | 1ULL << CAP_DAC_OVERRIDE |
                               1ULL << CAP_FOWNER | 1ULL << CAP_FSETID |
                               1ULL << CAP_MKNOD | 1ULL << CAP_SETFCAP |
                               1ULL << CAP_SYS_ADMIN;

/* Output has no bound when packing: a tar may be larger than any file. */
static int enter_cage(int dir_fd, bool apply, struct mb_error *err)
{
    const struct rlimit no_core = {0, 0};
    const struct rlimit file = {layer_default_limits.file,
                                layer_default_limits.file};

    if (chroot_enter(dir_fd, err) < 0)
        return -1;
    (void)setrlimit(RLIMIT_CORE, &no_core);
    if (apply)
        (void)setrlimit(RLIMIT_FSIZE, &file);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return mb_fail(err, "set no_new_privs");
    return caps_limit(needed, err);
}

/* What the command line says. */
struct request {
    bool apply;
    const char *dir;
    struct layer_options options;
};

static int parse_arguments(char **argv, struct request *out,
                           struct mb_error *err)
{
    out->options =
        (struct layer_options){.xattr_prefix = "user.overlay.", .newest = -1};
    if (!argv[1] || (strcmp(argv[1], "apply") && strcmp(argv[1], "pack")))
        return mb_failx(err, "usage: minibox-layer apply|pack [OPTIONS] DIR");
    out->apply = strcmp(argv[1], "apply") == 0;
    for (argv += 2; *argv && starts_with(*argv, "--"); argv++) {
        if (starts_with(*argv, "--xattr-prefix="))
            out->options.xattr_prefix = strchr(*argv, '=') + 1;
        else if (starts_with(*argv, "--newest="))
            out->options.newest = strtoll(strchr(*argv, '=') + 1, NULL, 10);
        else if (strcmp(*argv, "--single-id") == 0)
            out->options.single_id = true;
        else
            return mb_failx(err, "unknown option %s", *argv);
    }
    out->dir = *argv;
    return out->dir ? 0 : mb_failx(err, "which directory?");
}

static int work(char **argv, struct layer_stats *stats, struct mb_error *err)
{
    struct request r;

    if (parse_arguments(argv, &r, err) < 0)
        return -1;
    int dir = fs_open_dir(AT_FDCWD, r.dir, err);
    if (dir < 0 || enter_cage(dir, r.apply, err) < 0)
        return -1;
    if (r.apply)
        return layer_apply(STDIN_FILENO, dir, &r.options, stats, err);
    return layer_pack(dir, STDOUT_FILENO, &r.options, stats, err);
}

int main(int argc, char **argv)
{
    struct layer_report report = {0};
    (void)argc;

    /* libarchive converts names to this; else non-ASCII ones only get a
     * warning and no name. */
    setlocale(LC_CTYPE, "C.UTF-8");
    umask(0);
    report.ok = work(argv, &report.stats, &report.error) == 0;
    if (fs_write_all(3, &report, sizeof report, NULL) < 0 && !report.ok)
        fprintf(stderr, "minibox-layer: %s\n", report.error.msg);
    return report.ok ? 0 : 1;
}
