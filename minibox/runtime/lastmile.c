/* SPDX-License-Identifier: MIT */
/*
 * lastmile.c - the last stretch before a command runs in a container
 *
 * Problem   We are in the container's root, but still minibox: root, with all
 *           its rights and descriptors.  From here on the image's files decide,
 *           and they may be hostile.
 * Idea      The same way for PID 1 and for what `exec` brings in later:
 *
 *             who        USER: names to numbers, by the image's /etc/passwd
 *             stdio      a terminal, or what the parent has
 *             directory  WORKDIR, made if it is missing
 *           == seccomp   dangerous system calls are gone
 *           == user      capabilities and root's rights are gone
 *             exec       minibox is gone
 *
 * Rules     1. No privilege is dropped before the last step that needs it,
 *              and nothing of the image runs before all are dropped.
 *           2. No descriptor of ours is open in the command: one of a
 *              directory outside would be a way out (CVE-2024-21626 in runc).
 * Read      capabilities(7), execve(2); lessons/25-life.md
 */
#include "runtime/lastmile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "linux/caps.h"
#include "linux/mount.h"
#include "linux/program.h"
#include "linux/seccomp.h"
#include "runtime/terminal.h"

/* --init: PID 1 will be minibox-init, executed from a sealed copy in memory.
 * Its /proc/1/exe then leads to that copy, and not to a file of the host that
 * a container could overwrite (CVE-2019-5736 in runc). */
int lastmile_copy_init(struct lastmile *j, struct mb_error *err)
{
    if (!j->spec->init)
        return 0;
    j->init_fd = program_sealed_copy(j->spec->init, "minibox-init", err);
    return j->init_fd < 0 ? -1 : 0;
}

/* Descriptors 0, 1 and 2: a terminal, or what the parent has. */
static int connect_stdio(struct lastmile *j, struct mb_error *err)
{
    const struct container_spec *spec = j->spec;
    int master, slave;

    if (spec->tty) {
        if (terminal_open(&master, &slave, err) < 0 ||
            handshake_send_fd(j->handshake, master, err) < 0)
            return -1;
        return terminal_attach(slave, j->who.uid, j->joined, err);
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

/* Who, with which descriptors, and where. */
static int settle_in(struct lastmile *j, struct mb_error *err)
{
    mb_autoclose int root = fs_open_dir(AT_FDCWD, "/", err);

    umask(0022);
    if (root < 0 || user_lookup(root, j->spec->user, &j->who, err) < 0)
        return -1;
    if (connect_stdio(j, err) < 0 || enter_cwd(j->spec, err) < 0)
        return -1;
    return j->spec->read_only && !j->joined ? mount_root_read_only(err) : 0;
}

/* Rule 1.  The filter first: without no_new_privs loading it takes
 * CAP_SYS_ADMIN.  The bounding set next: it takes CAP_SETPCAP.  Then the user;
 * for all but root that clears the capabilities, so caps_limit() is for root.
 */
static int drop_privileges(struct lastmile *j, struct mb_error *err)
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
static int exec_command(struct lastmile *j, struct mb_error *err)
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
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); /* rule 2 */
    if (j->init_fd < 0)
        return spawn_exec(spec->argv.v, env.v, err);
    strv_add(&argv, "minibox-init");
    strv_add_all(&argv, spec->argv.v);
    fexecve(j->init_fd, argv.v, env.v);
    return mb_fail(err, "execute minibox-init");
}

int lastmile_go(struct lastmile *j, struct mb_error *err)
{
    if (settle_in(j, err) < 0 || drop_privileges(j, err) < 0)
        return -1;
    return exec_command(j, err);
}
