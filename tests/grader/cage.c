/* SPDX-License-Identifier: MIT */
/*
 * cage.c - where strangers' code is compiled and run
 *
 * Problem   A submission may be hostile, or just wrong in a way that deletes
 *           files, forks for ever or kills whatever it can.  An instructor
 *           runs two hundred of them.
 * Idea      A container, made from minibox's own modules, with less in it:
 *
 *             /            a tmpfs, thrown away with the cage
 *             /usr /lib    the host's, read-only
 *             /etc         three made-up files
 *             /work        the submission's directory
 *             /proc /sys /dev   as in any container
 *             /tmp         a tmpfs of 64 MB
 *
 *             judge -- clone3 --> PID 1 (ours) -- fork --> PID 2: the program
 *
 *           The program is root in there, so it can make namespaces, mount and
 *           pivot; out here it is a user number that owns nothing.
 * Rules     1. What lies in directories that only the judge may enter is opened
 *              before we become the other user, and bound by descriptor.
 *           2. PID 1 never runs student code.  Its end kills all others.
 *           3. Order: cgroup, rlimits, namespaces, user, mounts, pivot,
 *              no_new_privs, filter, exec.
 *           4. Every limit counts: time, memory, processes, bytes of output.
 *              RLIMIT_NPROC alone does not stop root's cages, a cgroup does.
 * Read      user_namespaces(7), setrlimit(2), pivot_root(2); lessons 01 to 10
 */
#include "grader/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "linux/caps.h"
#include "linux/mount.h"
#include "linux/ns.h"
#include "linux/pivot.h"
#include "linux/seccomp.h"
#include "linux/spawn.h"
#include "linux/userns.h"

enum {
    HOST_BASE = 0x6d620000, /* root's cages: numbers that nobody has */
    CAGE_IDS = 16,          /* each may have PROCESS_LIMIT processes */
    MAX_BINDS = 16,
    OUTPUT_LIMIT = 16 << 20,
    MEMORY_LIMIT = 768 << 20,
    PROCESS_LIMIT = 200,
};

#define NAMESPACES                                                             \
    (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |               \
     CLONE_NEWIPC | CLONE_NEWUTS)

/* ---- who the program is ------------------------------------------------- */

/* The map of a cage's users: inside 0, outside first, count. */
static struct id_range cage_ids(void)
{
    if (ns_is_initial_user())
        return (struct id_range){HOST_BASE, CAGE_IDS};
    if (userns_is_single_id())
        return (struct id_range){0, 1};
    return (struct id_range){1, CAGE_IDS};
}

uid_t cage_uid(void)
{
    return cage_ids().first;
}

/* Write the maps of the new user namespace of PID.  We may, being root over
 * its parent; so setgroups need not be denied. */
static int write_maps(pid_t pid, struct mb_error *err)
{
    static const char *const files[] = {"uid_map", "gid_map"};
    struct id_range ids = cage_ids();
    mb_autofree char *map = mb_printf("0 %lu %lu", ids.first, ids.count);

    for (int i = 0; i < 2; i++) {
        mb_autofree char *path = mb_printf("/proc/%d/%s", pid, files[i]);
        mb_autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, map, strlen(map)) < 0)
            return mb_fail(err, "write %s", path);
    }
    return 0;
}

/* ---- the tree ----------------------------------------------------------- */

/* Rule 1: descriptors of what will be bound. */
static int open_sources(const struct cage_bind *binds, int fds[MAX_BINDS],
                        struct mb_error *err)
{
    for (int i = 0; i < MAX_BINDS && binds[i].source; i++) {
        fds[i] = open(binds[i].source, O_PATH | O_CLOEXEC);
        if (fds[i] < 0)
            return mb_fail(err, "open %s", binds[i].source);
    }
    return 0;
}

/* Bind one of them. */
static int bind_source(int root, const struct cage_bind *b, int fd,
                       struct mb_error *err)
{
    mb_autoclose int target = fs_mkdirs_in_root(root, b->target, 0, 0, err);

    if (target < 0 || mount_bind(mount_fd_path(fd).text, target, err) < 0)
        return mb_wrap(err, "show /%s", b->target);
    return mount_set_flags(root, b->target,
                           MS_NOSUID | MS_NODEV | (b->writable ? 0 : MS_RDONLY),
                           err);
}

/* The system's programs and libraries.  /bin and its like are links into /usr
 * on today's distributions, directories on older ones. */
static int show_system(int root, struct mb_error *err)
{
    static const char *const names[] = {"usr", "bin",   "sbin",
                                        "lib", "lib64", "etc/alternatives"};
    char link[256];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        mb_autofree char *path = mb_printf("/%s", names[i]);
        const struct cage_bind b = {path, names[i], false};
        ssize_t n = readlink(path, link, sizeof link - 1);
        if (n > 0) {
            link[n] = '\0';
            if (symlinkat(link, root, names[i]) < 0)
                return mb_fail(err, "make /%s", names[i]);
        } else if (access(path, X_OK) == 0) {
            mb_autoclose int fd = open(path, O_PATH | O_CLOEXEC);
            if (fd < 0 || bind_source(root, &b, fd, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* An /etc that gives nothing away. */
static int write_etc(int root, struct mb_error *err)
{
    static const char passwd[] = "root:x:0:0:root:/tmp:/bin/sh\n"
                                 "nobody:x:65534:65534::/tmp:/bin/false\n";
    static const char group[] = "root:x:0:\nnogroup:x:65534:\n";

    if (mkdirat(root, "etc", 0755) < 0 && errno != EEXIST)
        return mb_fail(err, "make /etc");
    if (fs_write(root, "etc/passwd", passwd, strlen(passwd), err) < 0)
        return -1;
    return fs_write(root, "etc/group", group, strlen(group), err);
}

/* /tmp, the only place to write in. */
static int mount_scratch(int root, struct mb_error *err)
{
    mb_autoclose int fd = fs_mkdirs_in_root(root, "tmp", 0, 0, err);

    if (fd < 0)
        return -1;
    if (mount("tmpfs", mount_fd_path(fd).text, "tmpfs", MS_NOSUID | MS_NODEV,
              "mode=1777,size=64m,nr_inodes=20000") < 0)
        return mb_fail(err, "mount /tmp");
    return 0;
}

/* With cgroups v2: the cage's own group is the root of what it sees. */
static int mount_cgroups(int root, const struct cgroup *group,
                         struct mb_error *err)
{
    if (group->version != CGROUP_V2)
        return 0;
    if (unshare(CLONE_NEWCGROUP) < 0)
        return mb_fail(err, "make a cgroup namespace");
    mb_autoclose int fd = fs_open_in_root(root, "sys/fs/cgroup", O_PATH, 0);
    if (fd < 0 || mount("cgroup2", mount_fd_path(fd).text, "cgroup2",
                        MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return mb_fail(err, "mount the cgroups");
    return 0;
}

/* Everything below the new root, on a tmpfs at SPARE. */
static int make_tree(const struct cage_spec *spec, const struct cgroup *group,
                     int spare, struct mb_error *err)
{
    struct fd_path at = mount_fd_path(spare);

    if (mount("tmpfs", at.text, "tmpfs", MS_NOSUID | MS_NODEV,
              "mode=755,size=1m") < 0)
        return mb_fail(err, "mount the root");
    mb_autoclose int root =
        open(spec->spare_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return mb_fail(err, "open %s", spec->spare_dir);
    if (write_etc(root, err) < 0 || show_system(root, err) < 0 ||
        mount_scratch(root, err) < 0 || mount_standard(root, err) < 0)
        return -1;
    if (fchdir(root) < 0)
        return mb_fail(err, "enter the new root");
    return mount_cgroups(root, group, err);
}

/* What was opened before, into the tree that we stand in; then it is "/". */
static int show_binds(const struct cage_spec *spec, const int fds[MAX_BINDS],
                      struct mb_error *err)
{
    mb_autoclose int root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

    for (int i = 0; i < MAX_BINDS && spec->binds[i].source; i++)
        if (bind_source(root, &spec->binds[i], fds[i], err) < 0)
            return -1;
    return pivot_into(".", err);
}

/* ---- PID 1 -------------------------------------------------------------- */

/* Rule 4. */
static int set_limits(const struct cage_spec *spec, struct mb_error *err)
{
    const struct {
        int resource;
        rlim_t value;
    } limits[] = {
        {RLIMIT_CPU, spec->cpu_seconds}, {RLIMIT_FSIZE, OUTPUT_LIMIT},
        {RLIMIT_AS, MEMORY_LIMIT},       {RLIMIT_CORE, 0},
        {RLIMIT_NPROC, PROCESS_LIMIT},   {RLIMIT_NOFILE, 256},
        {RLIMIT_MSGQUEUE, 1 << 20},
    };

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct rlimit now;
        getrlimit(limits[i].resource, &now);
        now.rlim_cur = now.rlim_max =
            limits[i].value < now.rlim_max ? limits[i].value : now.rlim_max;
        if (setrlimit(limits[i].resource, &now) < 0)
            return mb_fail(err, "limit resource %d", limits[i].resource);
    }
    return 0;
}

/* Be root of the cage.  From here the judge's own files are out of reach. */
static int become_root(struct mb_error *err)
{
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        return mb_fail(err, "become the cage's root");
    if (setgroups(0, NULL) < 0 && errno != EPERM) /* denied: none are mapped */
        return mb_fail(err, "leave all groups");
    return 0;
}

/* The walls that depend on the kind; the last step before exec. */
static int confine(enum cage_kind kind, struct mb_error *err)
{
    if (kind != CAGE_CONFINED)
        return 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return mb_fail(err, "set no_new_privs");
    if (seccomp_apply(caps_docker_default, err) < 0 || caps_bound(0, err) < 0)
        return -1;
    return caps_limit(0, err);
}

/* PID 2 becomes the program.  Never returns. */
static _Noreturn void run_program(const struct cage_spec *spec,
                                  struct handshake *h)
{
    static char *const env[] = {"PATH=/usr/bin:/bin:/usr/sbin:/sbin",
                                "HOME=/tmp", "LANG=C", "TMPDIR=/tmp", NULL};
    struct mb_error err = {0};
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    sigset_t none;

    handshake_in_child(h);
    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    (void)dup2(null, 0);
    (void)dup2(spec->output, 1);
    (void)dup2(spec->output, 2);
    if (spec->socket >= 0)
        (void)dup2(spec->socket, 3); /* no O_CLOEXEC */
    syscall(SYS_close_range, spec->socket >= 0 ? 4 : 3, ~0U,
            CLOSE_RANGE_CLOEXEC);
    if (confine(spec->kind, &err) == 0)
        (void)spawn_exec(spec->argv, env, &err);
    handshake_fail(h, &err);
}

/* PID 1, after the program has been started: reap until it is dead, tell its
 * status, and end (rule 2). */
static _Noreturn void guard(pid_t program, int status_fd)
{
    int status;
    pid_t pid;

    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    while ((pid = waitpid(-1, &status, 0)) != program)
        if (pid < 0 && errno != EINTR)
            _exit(1);
    (void)!write(status_fd, &status, sizeof status);
    _exit(0);
}

/* What PID 1 does before there is a program. */
static int set_up(const struct cage_spec *spec, const struct cgroup *group,
                  int go, struct mb_error *err)
{
    int fds[MAX_BINDS];
    char byte;

    mb_autoclose int spare =
        open(spec->spare_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (spare < 0)
        return mb_fail(err, "open %s", spec->spare_dir);
    if (open_sources(spec->binds, fds, err) < 0 ||
        cgroup_enter(group, err) < 0 || set_limits(spec, err) < 0)
        return -1;
    if (read(go, &byte, 1) != 1) /* the maps are written now */
        return mb_failx(err, "the judge went away");
    if (become_root(err) < 0)
        return -1;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return mb_fail(err, "ask to die with the judge");
    if (pivot_make_private(err) < 0)
        return -1;
    if (make_tree(spec, group, spare, err) < 0 ||
        show_binds(spec, fds, err) < 0)
        return -1;
    return sethostname("cage", 4) < 0 ? mb_fail(err, "set the hostname") : 0;
}

/* Never returns. */
static _Noreturn void be_pid_1(const struct cage_spec *spec,
                               const struct cgroup *group, int go,
                               int status_fd, struct handshake *h)
{
    struct mb_error err = {0};

    handshake_in_child(h);
    umask(022);
    if (set_up(spec, group, go, &err) < 0)
        handshake_fail(h, &err);
    pid_t program = fork();
    if (program < 0) {
        mb_fail(&err, "fork the program");
        handshake_fail(h, &err);
    }
    struct handshake for_program = *h;
    for_program.parent = -1;
    if (program == 0)
        run_program(spec, &for_program);
    /* Our end too, else the judge waits for it. */
    close(h->child);
    close(go);
    guard(program, status_fd);
}

/* ---- the judge's side --------------------------------------------------- */

/* Give the group's directory to the cage, as systemd does for a user: it may
 * make groups below, but not lift our limits.  See "Delegation" in
 * cgroup-v2.rst. */
static int delegate(const struct cgroup *group, struct mb_error *err)
{
    static const char *const files[] = {
        "", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads"};

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        mb_autofree char *path = mb_printf("%s%s", group->dirs[0], files[i]);
        if (chown(path, cage_uid(), cage_uid()) < 0)
            return mb_fail(err, "give %s to the cage", path);
    }
    return 0;
}

/* A cgroup where we may have one: rule 4. */
static int make_group(struct cage *cage, struct mb_error *err)
{
    const struct cgroup_limits limits = {.memory = MEMORY_LIMIT,
                                         .pids = PROCESS_LIMIT + 20};
    struct timespec now;
    char name[40];

    *cage = (struct cage){.pidfd = -1, .status_fd = -1};
    if (!ns_is_initial_user())
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(name, sizeof name, "g%d-%lx", getpid(), now.tv_nsec);
    if (cgroup_create(&cage->group, name, &limits, err) < 0)
        return -1;
    return cage->group.version == CGROUP_V2 ? delegate(&cage->group, err) : 0;
}

/* After the clone: write the maps, let the child go on, hear how it went. */
static int let_go(struct cage *cage, int go, struct handshake *h,
                  struct mb_error *err)
{
    handshake_in_parent(h);
    if (write_maps(cage->pid, err) < 0)
        return -1;
    if (write(go, "g", 1) != 1)
        return mb_fail(err, "let the cage go on");
    return handshake_wait(h, NULL, err);
}

int cage_start(const struct cage_spec *spec, struct cage *out,
               struct mb_error *err)
{
    struct handshake h;
    int go[2], status[2];

    if (make_group(out, err) < 0)
        return -1;
    if (pipe2(go, O_CLOEXEC) < 0 || pipe2(status, O_CLOEXEC) < 0)
        return mb_fail(err, "make a pipe");
    if (handshake_open(&h, err) < 0)
        return -1;
    fflush(NULL);
    mb_autoclose int group_fd = cgroup_open(&out->group);
    out->pid = ns_clone(NAMESPACES, group_fd, &out->pidfd, err);
    if (out->pid == 0) {
        close(go[1]);
        close(status[0]);
        be_pid_1(spec, &out->group, go[0], status[1], &h);
    }
    close(go[0]);
    close(status[1]);
    out->status_fd = status[0];
    int result = out->pid < 0 ? -1 : let_go(out, go[1], &h, err);
    close(go[1]);
    if (result < 0)
        cage_end(out);
    return result;
}

int cage_wait(struct cage *cage, double seconds, int *out_status)
{
    struct pollfd p = {.fd = cage->pidfd, .events = POLLIN};
    int ready;

    do
        ready = poll(&p, 1, seconds * 1000);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return 0;
    if (read(cage->status_fd, out_status, sizeof *out_status) !=
        sizeof *out_status)
        *out_status = SIGKILL; /* PID 1 was killed, and all with it */
    return 1;
}

void cage_end(struct cage *cage)
{
    if (cage->pid > 0) {
        kill(cage->pid, SIGKILL);
        (void)spawn_wait(cage->pid, NULL);
    }
    if (cage->pidfd >= 0)
        close(cage->pidfd);
    if (cage->status_fd >= 0)
        close(cage->status_fd);
    (void)cgroup_remove(&cage->group);
    *cage = (struct cage){.pidfd = -1, .status_fd = -1};
}

int cage_possible(struct mb_error *err)
{
    static char *const argv[] = {"/bin/true", NULL};
    static const struct cage_bind none[] = {{0}};
    char spare[] = "/tmp/grade-XXXXXX";
    mb_autoclose int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct cage cage;
    int status = 0;

    if (!mkdtemp(spare))
        return mb_fail(err, "make a directory in /tmp");
    const struct cage_spec spec = {.kind = CAGE_NAMESPACES,
                                   .argv = argv,
                                   .binds = none,
                                   .spare_dir = spare,
                                   .socket = -1,
                                   .output = null,
                                   .cpu_seconds = 10};
    int result = cage_start(&spec, &cage, err);
    if (result == 0 && (cage_wait(&cage, 30, &status) == 0 || status != 0))
        result = mb_failx(err, "/bin/true does not work in a cage");
    if (result == 0)
        cage_end(&cage);
    rmdir(spare);
    return result;
}
