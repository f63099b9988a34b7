/* SPDX-License-Identifier: MIT */
/*
 * lab.c - where an exam is held: here, or in a guest
 *
 * Problem   Some machines have no user namespaces, some no cgroup v2.  An
 *           exercise that can't be graded there must not count as failed.
 * Idea      Boot a small machine that has both, and hold the same exam in it.
 *           This very program goes along: it is static.
 *
 *             host                          guest (QEMU, vm/guest)
 *             build the worker   --files--> /grade --hold 08-cgroups
 *             read the results   <--stdout- cage, worker, judge: as at home
 *
 * Rules     1. Student code is in a cage in the guest, too: it is no root there
 *              and has no way to the port that the results come by.
 * Read      vm/guest.h
 */
#include "grader/lab.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/cage.h"
#include "linux/cgroup.h"
#include "linux/ns.h"
#include "vm/guest.h"

enum { GUEST_PATIENCE = 60, GUEST_SECONDS = 300, MAX_LINES = 4 << 20 };

/* Can EXERCISE be graded right here? */
static bool can_do_here(const struct exercise *exercise, struct mb_error *err)
{
    if (exercise->needs == NEEDS_CGROUP2 &&
        (cgroup_host_version() != CGROUP_V2 || !ns_is_initial_user())) {
        mb_failx(err, "needs root and cgroup v2, or a guest");
        return false;
    }
    return cage_possible(err) == 0;
}

enum lab lab_choose(const struct exercise *exercise, enum lab wanted,
                    struct mb_error *err)
{
    struct mb_error here = {0};

    if (wanted != LAB_VM && can_do_here(exercise, &here))
        return LAB_HOST;
    if (wanted == LAB_HOST) {
        *err = here;
        return LAB_AUTO;
    }
    if (guest_available(err) == 0)
        return LAB_VM;
    if (wanted == LAB_AUTO)
        mb_wrap(err, "%s", here.msg);
    return LAB_AUTO;
}

int lab_hold_in_guest(const struct grading *g, const struct exercise *exercise,
                      const char *work_dir, struct buf *out,
                      struct mb_error *err)
{
    mb_autofree char *worker = mb_printf("%s/worker", work_dir);
    mb_autofree char *seed = mb_printf("%lx", g->seed);
    mb_autofree char *patience = mb_printf("%d", GUEST_PATIENCE);
    char *const argv[] = {"/grade", "--hold", (char *)exercise->slug,
                          "--seed", seed,     "--patience",
                          patience, NULL};
    const struct guest_file files[] = {
        {"/proc/self/exe", "/grade", 0755},
        {worker, "/work/worker", 0755},
    };
    const struct guest guest = {.files = files,
                                .n_files = 2,
                                .argv = argv,
                                .memory_mb = 512,
                                .timeout_s = GUEST_SECONDS};
    mb_autoclose int lines = memfd_create("lines", MFD_CLOEXEC);
    mb_autoclose int errors = memfd_create("errors", MFD_CLOEXEC);
    int status = 0;

    if (guest_run(&guest, lines, errors, &status, err) < 0)
        return -1;
    mb_autofree char *path = mb_printf("/proc/self/fd/%d", lines);
    if (fs_read(AT_FDCWD, path, MAX_LINES, out, err) < 0)
        return -1;
    return status == 0 ? 0 : mb_failx(err, "the exam ended with %d", status);
}
