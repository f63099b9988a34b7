/* SPDX-License-Identifier: MIT */
/*
 * cage.c - where strangers' code is compiled and run
 *
 * Problem   A submission may be hostile, or just wrong in a way that deletes
 *           files, forks for ever or kills whatever it can.  An instructor
 *           runs two hundred of them.
 * Idea      A container, made from minibox's own modules:
 *
 *             judge -- clone3 --> PID 1 (ours) -- fork --> PID 2: the program
 *
 *           The program is root in there, so it can make namespaces, mount and
 *           pivot; out here it is a user number that owns nothing.
 * Rules     1. PID 1 never runs student code.  Its end kills all others.
 *           2. The order: namespaces, cgroup, rlimits, user, mounts, pivot.
 *              The compiler then loses all capabilities and gets Docker's
 *              filter.  Student code keeps root's powers over its own
 *              namespaces: it is here to use them.
 *           3. Every limit counts: time, memory, processes, bytes of output.
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
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/cage_group.h"
#include "grader/cage_tree.h"
#include "linux/caps.h"
#include "linux/ns.h"
#include "linux/pivot.h"
#include "linux/program.h"
#include "linux/seccomp.h"
#include "linux/spawn.h"
#include "linux/userns.h"

enum {
    HOST_BASE = 0x6d620000, /* root's cages: numbers that nobody has */
    CAGE_IDS = 16,          /* each may have PROCESS_LIMIT processes */
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

/* ---- PID 1 -------------------------------------------------------------- */

/* Rule 3. */
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

    handshake_in_child(h);
    setsid();
    program_reset_signals();
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
 * status, and end (rule 1). */
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
    int fds[CAGE_MAX_BINDS];
    char byte;

    mb_autoclose int spare =
        open(spec->spare_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (spare < 0)
        return mb_fail(err, "open %s", spec->spare_dir);
    if (cage_tree_open(spec->binds, fds, err) < 0 ||
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
    if (cage_tree_enter(spec, group, spare, fds, err) < 0)
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

/* A cgroup where we may have one: rule 3. */
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
    if (cage->group.version != CGROUP_V2)
        return 0;
    return cage_group_delegate(&cage->group, cage_uid(), err);
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
    /* Who has no descriptors left for these is about to end anyway. */
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
    cage_group_remove(&cage->group);
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
    if (result == 0) {
        if (cage_wait(&cage, 30, &status) == 0 || status != 0)
            result = mb_failx(err, "/bin/true does not work in a cage");
        cage_end(&cage);
    }
    rmdir(spare);
    return result;
}
