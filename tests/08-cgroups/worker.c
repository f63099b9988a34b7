/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 08: where the functions of linux/cgroup are called
 *
 * The cage has a cgroup of its own and sees it as the root of /sys/fs/cgroup.
 * It may make groups below, and pass its controllers down; its own limits it
 * can't change.  The act sits in that group, as a shell sits in the one that
 * systemd gave to its user.
 *
 * Some failures don't happen on a machine that works: a file is not there, a
 * write is refused.  For those the act has a supervisor, a process that hears
 * of each call that opens, makes or removes something, and may answer it in the
 * kernel's stead (seccomp_unotify(2)).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "grader/act.h"
#include "linux/cgroup.h"
#include "linux/ns.h"
#include "linux/spawn.h"

#define ROOT "/sys/fs/cgroup"

static struct cgroup cg;
static struct mb_error err;

/* ---- other processes ----------------------------------------------------- */

/* A child that runs FN, born in the group (FD of it; -1: in ours). */
static pid_t start(int fd, void (*fn)(void))
{
    int pidfd;
    pid_t pid = ns_clone(0, fd, &pidfd, &err);

    if (pid < 0)
        act_broken("start a child");
    if (pid == 0) {
        fn();
        _exit(0);
    }
    close(pidfd);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    (void)spawn_wait(pid, NULL);
}

static void idle(void)
{
    for (;;)
        pause();
}

/* The last process of a container takes its time to end.  It is this long, not
 * until some event, because nothing tells us that cgroup_remove() has begun. */
static void end_later(void)
{
    const struct timespec a_while = {.tv_nsec = 200000000};

    nanosleep(&a_while, NULL);
}

static void die(void)
{
    raise(SIGKILL);
}

/* Use three times as much memory as the group may. */
static void hog(void)
{
    size_t size = arg_int("memory") * 3;
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        act_broken("map memory");
    for (size_t i = 0; i < size; i += 4096)
        p[i] = 1;
}

/* Fork until the kernel refuses. */
static void fork_much(void)
{
    pid_t pids[100];
    int n = 0;

    while (n < 100 && (pids[n] = fork()) > 0)
        n++;
    if (n < 100 && pids[n] == 0)
        idle();
    say("forked.errno", "%d", errno);
    say("forked", "%d", n);
    hold("full");
    while (n > 0)
        end(pids[--n]);
}

/* Use three times the processor time that the group has in a period. */
static void spin(void)
{
    struct timespec used;

    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    while (used.tv_sec * 1000000 + used.tv_nsec / 1000 < arg_int("cpu") * 3);
}

/* Run FN in the group; say its exit status as NAME. */
static void run_in_group(const char *name, void (*fn)(void))
{
    mb_autoclose int fd = cgroup_open(&cg);

    say(name, "%d", spawn_wait(start(fd, fn), NULL));
}

/* ---- the supervisor ------------------------------------------------------ */

/* The calls that it hears of, and which argument of each is the path. */
static const struct {
    int number, path;
} watched[] = {
    {SYS_openat, 1}, {SYS_openat2, 1}, {SYS_mkdirat, 1}, {SYS_unlinkat, 1},
#ifdef SYS_rmdir
    {SYS_open, 0},   {SYS_mkdir, 0},   {SYS_rmdir, 0},
#endif
};
enum { N_WATCHED = sizeof watched / sizeof *watched };

/* Is this call about a path that ends with arg("fail")? */
static bool is_meant(const struct seccomp_notif *call)
{
    char path[400] = "";
    int i = 0;

    while (i < N_WATCHED - 1 && watched[i].number != call->data.nr)
        i++;
    void *there = (void *)(uintptr_t)call->data.args[watched[i].path];
    struct iovec to = {path, sizeof path - 1}, from = {there, to.iov_len};
    return process_vm_readv(call->pid, &to, 1, &from, 1, 0) > 0 &&
           ends_with(path, arg("fail"));
}

/* Answer: such a call fails with arg("errno"), or goes on when there is none;
 * and the judge is told how many there were.  When it is clear that somebody
 * tries for ever, let him believe that it worked. */
static _Noreturn void supervise(int listener)
{
    enum { CLEAR = 20 };
    int calls = 0;

    for (;;) {
        struct seccomp_notif call = {0};
        struct seccomp_notif_resp answer = {0};
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
            continue;
        answer.id = call.id;
        bool meant = is_meant(&call);
        if (meant)
            say("calls", "%d", ++calls);
        if (meant && arg_int("errno"))
            answer.error = -arg_int("errno");
        else if (!meant || calls < CLEAR)
            answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }
}

/* A filter that asks the listener about the watched calls; returns it. */
static int install_filter(void)
{
    struct sock_filter code[2 * N_WATCHED + 2] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    struct sock_filter *p = code + 1;

    for (int i = 0; i < N_WATCHED; i++) {
        *p++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                            watched[i].number, 0, 1);
        *p++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
                                            SECCOMP_RET_USER_NOTIF);
    }
    *p++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {p - code, code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                   SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* Run FN under the supervisor if arg("fail") is there.  Afterwards this process
 * can't open anything any more. */
static void supervised(void (*fn)(void))
{
    if (!*arg("fail")) {
        fn();
        return;
    }
    int listener = install_filter();
    if (listener < 0)
        act_broken("install a filter");
    pid_t pid = fork();
    if (pid == 0)
        supervise(listener);
    fn();
    end(pid);
    close(listener);
}

/* ---- steps 1 and 2 ------------------------------------------------------- */

static void create(void)
{
    const struct cgroup_limits limits = {.memory = arg_int("memory"),
                                         .cpu_us = arg_int("cpu"),
                                         .pids = arg_int("pids")};
    int result = cgroup_create(&cg, arg("name"), &limits, &err);

    say("version", "%d", cg.version);
    say_result("result", result, &err);
}

/* Move all processes of the cage to the leaf, as an earlier start has done. */
static void move_aside(void)
{
    mb_autobuf struct buf procs = BUF_INIT;
    int fd = open(ROOT "/minibox-self/cgroup.procs", O_WRONLY | O_CLOEXEC);

    if (fd < 0 || fs_read(AT_FDCWD, ROOT "/cgroup.procs", 4096, &procs, &err))
        act_broken("look who is there");
    for (char *rest = procs.s, *pid; (pid = strsep(&rest, "\n"));)
        if (*pid && write(fd, pid, strlen(pid)) < 0)
            act_broken("move a process");
    close(fd);
}

/* Make the group; there is another process beside us, which knows nothing of
 * all this. */
static void act_create(void)
{
    pid_t bystander = start(-1, idle);

    hold("before");
    if (*arg("leaf") && mkdir(ROOT "/minibox-self", 0755) < 0)
        act_broken("make the leaf");
    if (strcmp(arg("leaf"), "full") == 0)
        move_aside();
    supervised(create);
    hold("created");
    end(bystander);
}

static void act_use(void)
{
    static const struct {
        const char *name;
        void (*fn)(void);
    } uses[] = {{"hog", hog}, {"fork", fork_much}, {"spin", spin}};

    hold("before");
    create();
    hold("created");
    for (int i = 0; i < 3; i++)
        if (strcmp(uses[i].name, arg("use")) == 0)
            run_in_group("status", uses[i].fn);
    hold("used");
}

/* ---- step 3 -------------------------------------------------------------- */

/* A directory that looks like a group, with a file that we made up. */
static void act_read(void)
{
    const struct cgroup fake = {arg_int("version"), 1, {"/tmp/group"}};

    if (mkdir(fake.dirs[0], 0755) < 0 || chdir(fake.dirs[0]) < 0 ||
        fs_write(AT_FDCWD, arg("file"), arg("text"), strlen(arg("text")),
                 &err) < 0)
        act_broken("make a file");
    say("saw", "%d", cgroup_saw_oom_kill(&fake));
}

static void act_oom(void)
{
    hold("before");
    create();
    hold("created");
    run_in_group("killed", die);
    say("saw.killed", "%d", cgroup_saw_oom_kill(&cg));
    run_in_group("hog", hog);
    say("saw.hog", "%d", cgroup_saw_oom_kill(&cg));
    hold("used");
}

/* ---- step 4 -------------------------------------------------------------- */

static void remove_groups(void)
{
    say("result", "%d", cgroup_remove(&cg));
}

static void act_remove(void)
{
    pid_t bystander = start(-1, idle);

    hold("before");
    create();
    hold("created");
    run_in_group("killed", die);
    remove_groups();
    hold("removed");
    end(bystander);
}

/* Three groups, for a cgroup with as many directories: "gone" was removed
 * already, somebody is in "busy", nobody in "free". */
static void make_three(void)
{
    static const char *const names[] = {"gone", "busy", "free"};

    cg = (struct cgroup){.version = CGROUP_V2, .n_dirs = 3};
    for (int i = 0; i < 3; i++) {
        snprintf(cg.dirs[i], sizeof cg.dirs[i], ROOT "/%s-%s", arg("name"),
                 names[i]);
        if (i > 0 && mkdir(cg.dirs[i], 0755) < 0)
            act_broken("make a group");
    }
}

static pid_t start_in_busy(void (*fn)(void))
{
    mb_autoclose int fd = open(cg.dirs[1], O_PATH | O_DIRECTORY | O_CLOEXEC);

    return start(fd, fn);
}

static void act_three(void)
{
    pid_t pid = -1;

    make_three();
    hold("before");
    if (strcmp(arg("busy"), "for ever") == 0)
        pid = start_in_busy(idle);
    if (strcmp(arg("busy"), "a while") == 0)
        pid = start_in_busy(end_later);
    supervised(remove_groups);
    hold("removed");
    if (pid > 0)
        end(pid);
}

const struct act acts[] = {
    {"create", act_create}, {"use", act_use},       {"read", act_read},
    {"oom", act_oom},       {"remove", act_remove}, {"three", act_three},
    {NULL, NULL},
};
