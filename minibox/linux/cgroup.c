/* SPDX-License-Identifier: MIT */
/*
 * cgroup.c - how much a container may use
 *
 * Problem   One container with a leak can take the whole machine's memory;
 *           one with a loop, all of its processors; one that forks, its
 *           process table.
 * Idea      A cgroup is a directory.  Making it makes a group; writing a PID
 *           to cgroup.procs puts a process in, with all its later children;
 *           writing to the other files sets the limits:
 *
 *                            v2, one tree            v1, a tree each
 *             memory         memory.max              memory/.../
 *                            memory.swap.max           memory.limit_in_bytes
 *             processor      cpu.max                 cpu/.../cpu.cfs_quota_us
 *             processes      pids.max                pids/.../pids.max
 *
 * Rules     1. Set the limits first, then let the process in, then exec: what
 *              it allocated before would not be counted.
 *           2. On v2 a parent must pass its controllers down, by a write to
 *              cgroup.subtree_control, and may not hold processes itself
 *              (EBUSY), unless it is the root of the tree.
 *           3. Without memory.swap.max a limit only makes the machine swap.
 *           4. rmdir(2) removes a group, once it is empty; its files go along.
 *           5. A write to cgroup.procs stops all forks and exits of the machine
 *              for a moment and can take 10 ms.  So on v2 the child is born in
 *              its group (clone3 with CLONE_INTO_CGROUP), and on v1 it moves
 *              itself, by "tasks", which needs no such stop for one thread.
 * Read      cgroups(7), Documentation/admin-guide/cgroup-v2.rst;
 *           lessons/08-cgroups.md
 */
#include "linux/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define LEAF "/minibox-self" /* where processes of a v2 parent move to */
enum { CGROUP2_MAGIC = 0x63677270, PERIOD_US = 100000 };

enum cgroup_version cgroup_host_version(void)
{
    struct statfs fs;

    if (statfs(CGROUP_ROOT, &fs) == 0 && fs.f_type == CGROUP2_MAGIC)
        return CGROUP_V2;
    if (access(CGROUP_ROOT "/memory/cgroup.procs", F_OK) == 0)
        return CGROUP_V1;
    return CGROUP_NONE;
}

/* Write VALUE to DIR/FILE in one write(2). */
static int write_file(const char *dir, const char *file, const char *value,
                      struct mb_error *err)
{
    mb_autofree char *path = mb_printf("%s/%s", dir, file);
    mb_autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, value, strlen(value)) < 0)
        return mb_fail(err, "write %s to %s", value, path);
    mb_autofree char *call = mb_printf("write(\"%s\")", value);
    explain("08", call, "%s", path);
    return 0;
}

/* The same for a number, or for nothing when it is 0 (no limit). */
static int write_limit(const char *dir, const char *file, uint64_t value,
                       struct mb_error *err)
{
    char text[24];

    if (value == 0)
        return 0;
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    return write_file(dir, file, text, err);
}

/* ---- version 2 ---------------------------------------------------------- */

/* Our own cgroup on v2: the line "0::/path" of /proc/self/cgroup. */
static int own_v2_dir(char *out, size_t size, struct mb_error *err)
{
    mb_autobuf struct buf text = BUF_INIT;
    char path[200];

    if (fs_read(AT_FDCWD, "/proc/self/cgroup", 65536, &text, err) < 0)
        return -1;
    const char *line = strstr(text.s, "0::");
    if (!line || sscanf(line, "0::%199[^\n]", path) != 1)
        return mb_failx(err, "no cgroup v2 in /proc/self/cgroup");
    /* An earlier start from the same shell moved us aside already. */
    if (ends_with(path, LEAF))
        path[strlen(path) - strlen(LEAF)] = '\0';
    snprintf(out, size, CGROUP_ROOT "%s", strcmp(path, "/") ? path : "");
    return 0;
}

/* Move all processes of the group FROM, ours among them, into the group TO. */
static int move_everybody(const char *from, const char *to,
                          struct mb_error *err)
{
    mb_autofree char *procs = mb_printf("%s/cgroup.procs", from);
    mb_autobuf struct buf text = BUF_INIT;

    if (fs_read(AT_FDCWD, procs, 1 << 20, &text, err) < 0)
        return -1;
    for (char *rest = text.s, *pid; (pid = strsep(&rest, "\n"));)
        /* One that has ended in the meantime is no obstacle (ESRCH). */
        if (*pid && write_file(to, "cgroup.procs", pid, err) < 0 &&
            errno != ESRCH)
            return -1;
    return 0;
}

/* Rule 2: let children of DIR have controllers.  If DIR holds processes, this
 * one and those it came with, they move aside into a leaf of their own. */
static int pass_controllers_down(const char *dir, struct mb_error *err)
{
    static const char wanted[] = "+memory +pids +cpu";
    mb_autofree char *leaf = mb_printf("%s" LEAF, dir);

    /* STEP 1, 2 points: give the controllers to the children of DIR; if that
     * fails with EBUSY, make LEAF, move everybody there and try again (rule 2)
     */
    if (write_file(dir, "cgroup.subtree_control", wanted, err) == 0)
        return 0;
    if (errno != EBUSY)
        return -1;
    if (mkdir(leaf, 0755) < 0 && errno != EEXIST)
        return mb_fail(err, "make cgroup %s", leaf);
    if (move_everybody(dir, leaf, err) < 0)
        return -1;
    return write_file(dir, "cgroup.subtree_control", wanted, err);
    /* END STEP 1 */
}

/* Root works below the root of the tree, which may hold processes; an
 * ordinary user below the cgroup that was delegated to him, if it was. */
static int find_v2_parent(char *out, size_t size, struct mb_error *err)
{
    if (access(CGROUP_ROOT "/cgroup.procs", W_OK) == 0) {
        snprintf(out, size, "%s", CGROUP_ROOT);
        return 0;
    }
    return own_v2_dir(out, size, err);
}

static int v2_limit(const char *dir, const struct cgroup_limits *limits,
                    struct mb_error *err)
{
    char cpu[48];

    /* STEP 2, 3 points: write the limits to the files of version 2, those that
     * are not 0 */
    if (write_limit(dir, "memory.max", limits->memory, err) < 0 ||
        write_limit(dir, "pids.max", limits->pids, err) < 0)
        return -1;
    /* Rule 3; a machine without swap does not have the file. */
    if (limits->memory &&
        write_limit(dir, "memory.swap.max", limits->memory, err) < 0 &&
        errno != ENOENT)
        return -1;
    if (limits->cpu_us == 0)
        return 0;
    snprintf(cpu, sizeof cpu, "%llu %d", (unsigned long long)limits->cpu_us,
             PERIOD_US);
    return write_file(dir, "cpu.max", cpu, err);
    /* END STEP 2 */
}

static int v2_create(struct cgroup *cg, const char *name,
                     const struct cgroup_limits *limits, struct mb_error *err)
{
    char parent[224];

    if (find_v2_parent(parent, sizeof parent, err) < 0)
        return -1;
    if (pass_controllers_down(parent, err) < 0)
        return -1;
    snprintf(cg->dirs[0], sizeof cg->dirs[0], "%s/minibox-%.20s", parent, name);
    if (mkdir(cg->dirs[0], 0755) < 0)
        return mb_fail(err, "make cgroup %s", cg->dirs[0]);
    cg->n_dirs = 1;
    return v2_limit(cg->dirs[0], limits, err);
}

/* ---- version 1 ---------------------------------------------------------- */

static const char *const v1_controllers[CGROUP_MAX_DIRS] = {"memory", "cpu",
                                                            "pids"};

static int v1_limit(const struct cgroup *cg, const struct cgroup_limits *limits,
                    struct mb_error *err)
{
    const char *memory = cg->dirs[0], *cpu = cg->dirs[1], *pids = cg->dirs[2];

    if (write_limit(memory, "memory.limit_in_bytes", limits->memory, err) < 0)
        return -1;
    /* Rule 3: here the file counts memory and swap together. */
    if (write_limit(memory, "memory.memsw.limit_in_bytes", limits->memory * 2,
                    err) < 0 &&
        errno != ENOENT)
        return -1;
    if (limits->cpu_us &&
        write_limit(cpu, "cpu.cfs_period_us", PERIOD_US, err) < 0)
        return -1;
    if (write_limit(cpu, "cpu.cfs_quota_us", limits->cpu_us, err) < 0)
        return -1;
    return write_limit(pids, "pids.max", limits->pids, err);
}

static int v1_create(struct cgroup *cg, const char *name,
                     const struct cgroup_limits *limits, struct mb_error *err)
{
    for (int i = 0; i < CGROUP_MAX_DIRS; i++) {
        snprintf(cg->dirs[i], sizeof cg->dirs[i],
                 CGROUP_ROOT "/%s/minibox-%.20s", v1_controllers[i], name);
        if (mkdir(cg->dirs[i], 0755) < 0)
            return mb_fail(err, "make cgroup %s", cg->dirs[i]);
        cg->n_dirs++;
    }
    return v1_limit(cg, limits, err);
}

/* ---- both --------------------------------------------------------------- */

/* The three versions as a table, so that nothing below asks which it is. */
static int none_create(struct cgroup *cg, const char *name,
                       const struct cgroup_limits *limits, struct mb_error *err)
{
    (void)cg, (void)name, (void)limits;
    return mb_failx(err, "this machine has no cgroups at " CGROUP_ROOT);
}

static const struct {
    int (*create)(struct cgroup *cg, const char *name,
                  const struct cgroup_limits *limits, struct mb_error *err);
    const char *oom_file; /* has a line "oom_kill N" */
} versions[] = {
    [CGROUP_NONE] = {none_create, ""},
    [CGROUP_V1] = {v1_create, "memory.oom_control"},
    [CGROUP_V2] = {v2_create, "memory.events"},
};

int cgroup_create(struct cgroup *cg, const char *name,
                  const struct cgroup_limits *limits, struct mb_error *err)
{
    *cg = (struct cgroup){.version = cgroup_host_version()};
    if (versions[cg->version].create(cg, name, limits, err) == 0)
        return 0;
    bool limited = limits->memory || limits->cpu_us || limits->pids;
    (void)cgroup_remove(cg);
    *cg = (struct cgroup){.version = CGROUP_NONE};
    if (!limited)
        return 0;
    mb_wrap(err, "limits can't be set here");
    if (cgroup_host_version() == CGROUP_V1)
        return mb_hint(err, "with cgroups v1 only root may; minibox doctor "
                            "tells more");
    return mb_hint(err, "try: systemd-run --user --scope -p Delegate=yes "
                        "minibox ...; minibox doctor tells more");
}

/* Take the directory of one line of /proc/PID/cgroup, "N:CONTROLLERS:/PATH",
 * if the group is one of ours. */
static void find_line(struct cgroup *cg, const char *line)
{
    char controllers[64] = "", path[200];
    int n = 0;

    if (!strstr(line, "/minibox-") || cg->n_dirs == CGROUP_MAX_DIRS)
        return;
    if (sscanf(line, "%*d::%199s%n", path, &n) != 1 &&
        sscanf(line, "%*d:%63[^:]:%199s%n", controllers, path, &n) != 2)
        return;
    snprintf(cg->dirs[cg->n_dirs], sizeof cg->dirs[0], CGROUP_ROOT "%s%.*s%s",
             *controllers ? "/" : "", (int)strcspn(controllers, ","),
             controllers, path);
    cg->n_dirs++;
    cg->version = *controllers ? CGROUP_V1 : CGROUP_V2;
}

void cgroup_find(int pid, struct cgroup *out)
{
    mb_autofree char *path = mb_printf("/proc/%d/cgroup", pid);
    mb_autobuf struct buf text = BUF_INIT;

    *out = (struct cgroup){.version = CGROUP_NONE};
    if (fs_read(AT_FDCWD, path, 65536, &text, NULL) < 0)
        return;
    for (char *rest = text.s, *line; (line = strsep(&rest, "\n"));)
        find_line(out, line);
}

int cgroup_open(const struct cgroup *cg)
{
    if (cg->version != CGROUP_V2)
        return -1;
    return open(cg->dirs[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int cgroup_enter(const struct cgroup *cg, struct mb_error *err)
{
    /* Rule 5.  "0" is the process that writes. */
    for (int i = 0; cg->version == CGROUP_V1 && i < cg->n_dirs; i++)
        if (write_file(cg->dirs[i], "tasks", "0", err) < 0)
            return -1;
    return 0;
}

bool cgroup_saw_oom_kill(const struct cgroup *cg)
{
    mb_autobuf struct buf text = BUF_INIT;
    unsigned long kills;

    if (cg->n_dirs == 0)
        return false;
    mb_autofree char *path =
        mb_printf("%s/%s", cg->dirs[0], versions[cg->version].oom_file);
    if (fs_read(AT_FDCWD, path, 65536, &text, NULL) < 0)
        return false;
    /* STEP 3, 2 points: find the line "oom_kill N" in the text
     * else: return text.len == 0; */
    const char *line = strstr(text.s, "oom_kill ");
    return line && sscanf(line, "oom_kill %lu", &kills) == 1 && kills > 0;
    /* END STEP 3 */
}

int cgroup_remove(const struct cgroup *cg)
{
    int result = 0;

    for (int i = 0; i < cg->n_dirs; i++) {
        /* STEP 4, 2 points: remove the directory (rule 4); while it is busy,
         * try again for at most a second
         * else: break; */
        /* The last process has ended, but the kernel may still be taking it
         * out of the group, or its zombie waits to be reaped, and on v1 no
         * event says when that is done. */
        for (int try = 0; rmdir(cg->dirs[i]) < 0 && errno == EBUSY; try++)
            if (try == 1000 || poll(NULL, 0, 1) < 0)
                break;
        /* END STEP 4 */
        if (access(cg->dirs[i], F_OK) == 0)
            result = -1;
    }
    return result;
}

/* Sweep one directory.  One that is about to be used is empty too, but not for
 * long; rmdir(2) refuses those that hold processes. */
static void sweep_dir(const char *parent)
{
    enum { SURELY_FORGOTTEN = 10 }; /* seconds */
    mb_autodir DIR *dir = opendir(parent);
    time_t now = time(NULL);
    struct dirent *entry;
    struct stat st;

    while (dir && (entry = readdir(dir)))
        if (starts_with(entry->d_name, "minibox-") &&
            fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
            now - st.st_ctime > SURELY_FORGOTTEN)
            (void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
}

void cgroup_sweep(void)
{
    char parent[224];

    if (cgroup_host_version() == CGROUP_V2) {
        if (find_v2_parent(parent, sizeof parent, NULL) == 0)
            sweep_dir(parent);
        return;
    }
    for (int i = 0; i < CGROUP_MAX_DIRS; i++) {
        snprintf(parent, sizeof parent, CGROUP_ROOT "/%s", v1_controllers[i]);
        sweep_dir(parent);
    }
}
