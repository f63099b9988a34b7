/* SPDX-License-Identifier: MIT */
/*
 * child.c - the way from clone to exec
 *
 * Problem   Some twenty things must be done between the birth of a container's
 *           first process and its command, and the order decides whether the
 *           walls hold.
 * Idea      One function for each stretch of the way, in the only order that
 *           works.  At the line marked == a door shuts behind us:
 *
 *             clone3     we are PID 1 in new namespaces
 *             cgroup     limits count from here
 *             mounts     overlay, /proc, /sys, /dev, volumes, masks
 *             hostname, loopback
 *           == pivot     the host's files are gone
 *             the rest is that of every command in a container, of `exec` too:
 *             runtime/lastmile
 *
 * Rules     1. What needs the host's files comes before the pivot; what the
 *              image's files decide (users) comes after it, so that no link
 *              in the image can lead to the host's.
 *           2. A failure goes to the parent by the handshake (linux/spawn); it
 *              is the parent that speaks to the user.
 * Read      pid_namespaces(7), capabilities(7); lessons/25-life.md
 */
#include "runtime/child.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "linux/mask.h"
#include "linux/net.h"
#include "linux/overlay.h"
#include "linux/pivot.h"
#include "runtime/etc.h"
#include "runtime/lastmile.h"

/* First into the group, then a cgroup namespace: its root is the group that its
 * maker is in.  clone3 would have made it too early. */
static int enter_cgroup(const struct cgroup *cg, struct mb_error *err)
{
    if (cgroup_enter(cg, err) < 0)
        return -1;
    if (cg->version == CGROUP_V2 && unshare(CLONE_NEWCGROUP) < 0)
        return mb_fail(err, "make a cgroup namespace");
    return 0;
}

/* The image's layers and one of its own on top, mounted over its directory:
 * only this mount namespace sees that directory covered. */
static int mount_root(const struct container_spec *spec, struct mb_error *err)
{
    mb_autofree char *upper = mb_printf("%s/upper", spec->dir);
    mb_autofree char *work = mb_printf("%s/work", spec->dir);
    const struct overlay overlay = {
        .lowers = spec->lowers.v,
        .n_lowers = spec->lowers.n,
        .upper = upper,
        .work = work,
        .disposable = spec->disposable,
    };

    explain("14", "lowerdir, the last of them",
            "mount points that an image need not have itself");
    return overlay_mount(&overlay, spec->dir, err);
}

static int mount_volumes(const struct container_spec *spec, int root,
                         struct mb_error *err)
{
    for (size_t i = 0; i < spec->n_volumes; i++)
        if (mount_volume(root, &spec->volumes[i], err) < 0)
            return -1;
    for (size_t i = 0; i < spec->tmpfs.n; i++)
        if (mount_tmpfs(root, spec->tmpfs.v[i], err) < 0)
            return -1;
    return 0;
}

static int fill_root(const struct container_spec *spec, struct mb_error *err)
{
    mb_autoclose int root = fs_open_dir(AT_FDCWD, spec->dir, err);

    if (root < 0 || mount_standard(root, err) < 0)
        return -1;
    if (etc_mount(root, spec->hostname, spec->host_network, err) < 0)
        return -1;
    if (mount_volumes(spec, root, err) < 0)
        return -1;
    if (spec->mounts &&
        spec->mounts->mount(root, spec->mounts->argument, err) < 0)
        return -1;
    return spec->unmasked ? 0 : mask_apply(root, err);
}

static int set_hostname(const struct container_spec *spec, struct mb_error *err)
{
    if (!spec->hostname)
        return 0;
    if (sethostname(spec->hostname, strlen(spec->hostname)) < 0)
        return mb_fail(err, "set the hostname %s", spec->hostname);
    explain("03", "sethostname()", "this UTS namespace is called %s",
            spec->hostname);
    return 0;
}

/* A network of its own has an lo, and ports for every user.  In a container
 * /proc/sys may be read-only: there, the low ports stay root's. */
static int set_up_network(const struct container_spec *spec,
                          struct mb_error *err)
{
    if (spec->host_network)
        return 0;
    (void)net_free_ports(NULL);
    return net_loopback_up(err);
}

/* Everything that needs the host's files. */
static int before_the_pivot(struct lastmile *j, const struct cgroup *cg,
                            struct mb_error *err)
{
    const struct container_mounts *mounts = j->spec->mounts;

    if (setsid() < 0)
        return mb_fail(err, "start a session of its own");
    if (enter_cgroup(cg, err) < 0 || pivot_make_private(err) < 0 ||
        lastmile_copy_init(j, err) < 0)
        return -1;
    if (mounts && mounts->before(mounts->argument, err) < 0)
        return -1;
    if (mount_root(j->spec, err) < 0 || fill_root(j->spec, err) < 0 ||
        set_hostname(j->spec, err) < 0)
        return -1;
    return set_up_network(j->spec, err);
}

void child_main(const struct container_spec *spec, const struct cgroup *cg,
                struct handshake *h)
{
    struct lastmile j = {.spec = spec, .handshake = h, .init_fd = -1};
    struct mb_error err = {0};

    handshake_in_child(h);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (before_the_pivot(&j, cg, &err) == 0 && pivot_into(spec->dir, &err) == 0)
        (void)lastmile_go(&j, &err);
    handshake_fail(h, &err);
}
