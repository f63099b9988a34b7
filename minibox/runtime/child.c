/* SPDX-License-Identifier: MIT */
/*
 * child.c - the way from clone to exec
 *
 * Problem   Some twenty things must be done between the birth of a container's
 *           first process and its command, and the order decides whether the
 *           walls hold.
 * Idea      One function for each stretch of the way, in the only order that
 *           works.  At the three lines marked == a door shuts behind us:
 *
 *             clone3     we are PID 1 in new namespaces
 *             cgroup     limits count from here
 *             mounts     overlay, /proc, /sys, /dev, volumes, masks
 *             hostname, loopback
 *           == pivot     the host's files are gone
 *             user's number, terminal, working directory
 *           == seccomp   dangerous system calls are gone
 *           == user      capabilities and root's rights are gone
 *             exec       minibox is gone
 *
 * Rules     1. What needs the host's files comes before the pivot; what the
 *              image's files decide (users) comes after it, so that no link
 *              in the image can lead to the host's.
 *           2. No privilege is dropped before the last step that needs it,
 *              and nothing of the image runs before all are dropped.
 *           3. A failure goes to the parent by the handshake (linux/spawn); it
 *              is the parent that speaks to the user.
 * Read      pid_namespaces(7), capabilities(7); lessons/25-life.md
 */
#include "runtime/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "linux/caps.h"
#include "linux/mask.h"
#include "linux/net.h"
#include "linux/overlay.h"
#include "linux/pivot.h"
#include "linux/program.h"
#include "linux/seccomp.h"
#include "linux/user.h"
#include "runtime/etc.h"
#include "runtime/terminal.h"

/* What one stretch of the way finds out and a later one needs. */
struct journey {
    const struct container_spec *spec;
    struct handshake *handshake;
    struct identity who;
    int init_fd; /* a sealed copy of minibox-init, or -1 */
};

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

/* --init: PID 1 will be minibox-init, executed from a sealed copy in memory.
 * Its /proc/1/exe then leads to that copy, and not to a file of the host that
 * a container could overwrite (CVE-2019-5736 in runc). */
static int copy_init(struct journey *j, struct mb_error *err)
{
    struct stat st;

    j->init_fd = -1;
    if (!j->spec->init)
        return 0;
    mb_autoclose int file = open(j->spec->init, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &st) < 0)
        return mb_fail(err, "open %s", j->spec->init);
    j->init_fd = memfd_create("minibox-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (j->init_fd < 0 ||
        sendfile(j->init_fd, file, NULL, st.st_size) != st.st_size ||
        fcntl(j->init_fd, F_ADD_SEALS,
              F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return mb_fail(err, "copy minibox-init");
    return 0;
}

/* Descriptors 0, 1 and 2: a terminal, or what the parent has. */
static int connect_stdio(struct journey *j, struct mb_error *err)
{
    const struct container_spec *spec = j->spec;
    int master, slave;

    if (spec->tty) {
        if (terminal_open(&master, &slave, err) < 0 ||
            handshake_send_fd(j->handshake, master, err) < 0)
            return -1;
        return terminal_attach(slave, j->who.uid, err);
    }
    if (!spec->interactive) {
        mb_autoclose int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (null < 0 || dup2(null, STDIN_FILENO) < 0)
            return mb_fail(err, "open /dev/null");
    }
    if ((spec->out >= 0 && dup2(spec->out, STDOUT_FILENO) < 0) ||
        (spec->errors >= 0 && dup2(spec->errors, STDERR_FILENO) < 0))
        return mb_fail(err, "redirect the output");
    return 0;
}

/* The working directory is made if it is missing, as Docker does. */
static int enter_cwd(const struct container_spec *spec, struct mb_error *err)
{
    mb_autoclose int root = fs_open_dir(AT_FDCWD, "/", err);
    mb_autoclose int cwd = -1;
    char here[PATH_MAX];

    if (root < 0)
        return -1;
    cwd = fs_mkdirs_in_root(root, spec->cwd, 0, 0, err);
    if (cwd < 0 && errno == ENOTDIR)
        return mb_failx(err, "Cannot mkdir: %s is not a directory", spec->cwd);
    if (cwd < 0 || fchdir(cwd) < 0)
        return mb_fail(err, "working directory %s", spec->cwd);
    /* A directory outside of our root has no path from it: ENOENT. */
    if (!getcwd(here, sizeof here))
        return mb_fail(err, "working directory %s lies outside", spec->cwd);
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
static int before_the_pivot(struct journey *j, const struct cgroup *cg,
                            struct mb_error *err)
{
    const struct container_mounts *mounts = j->spec->mounts;

    if (setsid() < 0)
        return mb_fail(err, "start a session of its own");
    if (enter_cgroup(cg, err) < 0 || pivot_make_private(err) < 0 ||
        copy_init(j, err) < 0)
        return -1;
    if (mounts && mounts->before(mounts->argument, err) < 0)
        return -1;
    if (mount_root(j->spec, err) < 0 || fill_root(j->spec, err) < 0 ||
        set_hostname(j->spec, err) < 0)
        return -1;
    return set_up_network(j->spec, err);
}

/* Everything that the image's files decide. */
static int after_the_pivot(struct journey *j, struct mb_error *err)
{
    mb_autoclose int root = fs_open_dir(AT_FDCWD, "/", err);

    umask(0022);
    if (root < 0 || user_lookup(root, j->spec->user, &j->who, err) < 0)
        return -1;
    if (connect_stdio(j, err) < 0 || enter_cwd(j->spec, err) < 0)
        return -1;
    return j->spec->read_only ? mount_root_read_only(err) : 0;
}

/* Rule 2.  The filter first: without no_new_privs loading it takes
 * CAP_SYS_ADMIN.  The bounding set next: it takes CAP_SETPCAP.  Then the user;
 * for all but root that clears the capabilities, so caps_limit() is for root.
 */
static int drop_privileges(struct journey *j, struct mb_error *err)
{
    const struct container_spec *spec = j->spec;

    if (spec->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return mb_fail(err, "set no_new_privs");
    if (!spec->unconfined && seccomp_apply(spec->caps, err) < 0)
        return -1;
    if (caps_bound(spec->caps, err) < 0 || user_become(&j->who, err) < 0)
        return -1;
    if (j->who.uid == 0 && caps_limit(spec->caps, err) < 0)
        return -1;
    /* The change of user cleared it: end with the parent, should the parent
     * be killed. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    return 0;
}

/* The last step.  Returns only on failure. */
static int exec_command(struct journey *j, struct mb_error *err)
{
    const struct container_spec *spec = j->spec;
    struct strv env = {0}, argv = {0};
    const char *home;

    strv_add_all(&env, spec->env.v);
    home = strv_getenv(&env, "HOME");
    if (!home || !*home)
        strv_setenv(&env, "HOME", j->who.home);
    program_reset_signals();
    explain("01", "execve()", "%s, and minibox is gone from here",
            spec->argv.v[0]);
    /* Nothing of ours may reach the command: a descriptor of a directory
     * outside would be a way out (CVE-2024-21626 in runc). */
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (j->init_fd < 0)
        return spawn_exec(spec->argv.v, env.v, err);
    strv_add(&argv, "minibox-init");
    strv_add_all(&argv, spec->argv.v);
    fexecve(j->init_fd, argv.v, env.v);
    return mb_fail(err, "execute minibox-init");
}

void child_main(const struct container_spec *spec, const struct cgroup *cg,
                struct handshake *h)
{
    struct journey j = {.spec = spec, .handshake = h};
    struct mb_error err = {0};

    handshake_in_child(h);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (before_the_pivot(&j, cg, &err) == 0 &&
        pivot_into(spec->dir, &err) == 0 && after_the_pivot(&j, &err) == 0 &&
        drop_privileges(&j, &err) == 0)
        (void)exec_command(&j, &err);
    handshake_fail(h, &err);
}
