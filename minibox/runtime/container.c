/* SPDX-License-Identifier: MIT */
/*
 * container.c - a container's life, seen from its parent
 *
 * Problem   Somebody must start the container, pass signals and keys on to
 *           it, learn how it ended, and leave nothing of it behind.
 * Idea      The parent stays outside for the whole life:
 *
 *             parent                        child (runtime/child)
 *               make the cgroup
 *               clone3 ----------------------> mounts, pivot, ...
 *               start the keeper               |
 *               wait for the handshake <------ execve
 *               signals, keys  --------------> the command
 *               SIGCHLD        <-------------- its end
 *               remove the cgroup
 *
 * Rules     1. Signals are blocked before the child is born and read from a
 *              signalfd: none can fall between two steps.
 *           2. A container without a handler for SIGTERM ignores it, as every
 *              PID 1 does.  That is Docker's behaviour as well: see --init.
 *           3. All output is copied before the exit code is reported.
 * Read      clone(2), signalfd(2), pidfd_send_signal(2); lessons/25-life.md
 */
#include "runtime/container.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/explain.h"
#include "base/fs.h"
#include "base/mem.h"
#include "linux/ns.h"
#include "linux/spawn.h"
#include "runtime/child.h"
#include "runtime/join.h"
#include "runtime/keeper.h"
#include "runtime/terminal.h"

/* One container that is being run. */
struct run {
    const struct container_spec *spec;
    struct cgroup cgroup;
    struct handshake handshake;
    struct keeper keeper;
    struct terminal terminal;
    sigset_t signals_before;
    int signals;     /* signalfd */
    int interrupted; /* the last signal that was passed on */
    pid_t pid;
    int pidfd;
};

#define RUN_INIT(of)                                                           \
    {                                                                          \
        .spec = (of), .pid = -1, .terminal = {.master = -1},                   \
        .keeper = {.line = -1}, .signals = -1, .pidfd = -1                     \
    }

/* The signals that are passed on.  Not in it: those by which a shell stops
 * and continues minibox itself, and faults of our own. */
static void passed_on(sigset_t *set)
{
    static const int numbers[] = {SIGHUP,  SIGINT,  SIGQUIT,  SIGTERM,
                                  SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD};

    sigemptyset(set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset(set, numbers[i]);
}

/* Rule 1. */
static int catch_signals(struct run *r, struct mb_error *err)
{
    sigset_t set;

    passed_on(&set);
    sigprocmask(SIG_BLOCK, &set, &r->signals_before);
    r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return r->signals < 0 ? mb_fail(err, "make a signalfd") : 0;
}

/* The directories that an overlay needs.  What an earlier start left in work/
 * would make the kernel refuse it. */
static int make_dirs(const struct container_spec *spec, struct mb_error *err)
{
    mb_autoclose int dir = fs_open_dir(AT_FDCWD, spec->dir, err);

    if (dir < 0)
        return -1;
    if (mkdirat(dir, "upper", 0755) < 0 && errno != EEXIST)
        return mb_fail(err, "make %s/upper", spec->dir);
    if (mkdirat(dir, "work", 0700) == 0)
        return 0;
    if (errno != EEXIST || fs_remove_tree(dir, "work", err) < 0 ||
        mkdirat(dir, "work", 0700) < 0)
        return mb_fail(err, "make %s/work", spec->dir);
    return 0;
}

static unsigned long long namespaces(const struct container_spec *spec)
{
    unsigned long long flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC;

    if (!spec->host_network)
        flags |= CLONE_NEWNET;
    if (spec->hostname)
        flags |= CLONE_NEWUTS;
    return flags;
}

/* The birth.  In the child it does not return. */
static int give_birth(struct run *r, struct mb_error *err)
{
    mb_autoclose int cgroup = cgroup_open(&r->cgroup);

    if (handshake_open(&r->handshake, err) < 0)
        return -1;
    r->pid = ns_clone(namespaces(r->spec), cgroup, &r->pidfd, err);
    if (r->pid == 0)
        child_main(r->spec, &r->cgroup, &r->handshake);
    handshake_in_parent(&r->handshake);
    if (r->pid < 0) {
        close(r->handshake.parent);
        return -1;
    }
    explain("03", "clone3(CLONE_NEWNS|NEWPID|NEWNET|NEWUTS|NEWIPC)",
            "PID %d out here, PID 1 in there", (int)r->pid);
    return 0;
}

/* ---- while it runs ------------------------------------------------------ */

/* To the container's PID 1; it is also the end of a step of a build. */
static void pass_on(struct run *r, int number)
{
    r->interrupted = number;
    (void)syscall(SYS_pidfd_send_signal, r->pidfd,
                  r->spec->brief ? SIGKILL : number, NULL, 0);
}

/* Pass on what has come; false when it was our child's end. */
static bool handle_signals(struct run *r)
{
    struct signalfd_siginfo info;
    bool running = true;

    while (read(r->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGWINCH)
            terminal_copy_size(&r->terminal);
        else if (info.ssi_signo != SIGCHLD)
            pass_on(r, info.ssi_signo);
        else if (info.ssi_pid == (unsigned)r->pid)
            running = false;
    }
    /* Two SIGCHLDs may have become one: ask about our child itself. */
    siginfo_t end = {0};
    if (waitid(P_PID, r->pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        end.si_pid == r->pid)
        running = false;
    return running;
}

/* Wait for signals, and let IO work, until the end. */
static void stay_with_it(struct run *r, const struct container_io *io)
{
    struct pollfd fds[1 + CONTAINER_IO_FDS];
    bool running = true;

    while (running) {
        fds[0] = (struct pollfd){.fd = r->signals, .events = POLLIN};
        size_t n = io->want(io->argument, fds + 1);
        if (poll(fds, 1 + n, -1) < 0) {
            if (errno == EINTR)
                continue;
            break;
        }
        io->handle(io->argument, fds + 1, n);
        if (fds[0].revents)
            running = handle_signals(r);
    }
}

/* ---- the user's terminal, for want of another io ------------------------ */

static void terminal_begin(void *argument, int master)
{
    struct run *r = argument;

    r->terminal.master = master;
    r->terminal.input = r->spec->tty && r->spec->interactive;
    if (!r->spec->tty)
        return;
    terminal_copy_size(&r->terminal);
    if (r->spec->interactive)
        terminal_make_raw(&r->terminal);
}

/* poll(2) passes over what is -1. */
static size_t terminal_want(void *argument, struct pollfd *fds)
{
    const struct terminal *t = &((struct run *)argument)->terminal;

    fds[0] = (struct pollfd){.fd = t->master, .events = POLLIN};
    fds[1] =
        (struct pollfd){.fd = t->input ? STDIN_FILENO : -1, .events = POLLIN};
    return 2;
}

static void terminal_handle(void *argument, const struct pollfd *fds, size_t n)
{
    struct terminal *t = &((struct run *)argument)->terminal;

    (void)n;
    if (fds[0].revents && !terminal_pump_output(t))
        t->master = -1;
    if (fds[1].revents)
        terminal_pump_input(t);
}

/* Rule 3: what the container wrote last may still be in the pty. */
static void terminal_end(void *argument)
{
    struct terminal *t = &((struct run *)argument)->terminal;
    struct pollfd fd = {.fd = t->master, .events = POLLIN};

    while (t->master >= 0 && poll(&fd, 1, 0) > 0 && (fd.revents & POLLIN))
        if (!terminal_pump_output(t))
            break;
    terminal_restore(t);
}

/* ---- its whole life ----------------------------------------------------- */

/* The container runs: be its link to the user. */
static int accompany(struct run *r, int master, struct container_result *result,
                     struct mb_error *err)
{
    const struct container_io terminal = {.begin = terminal_begin,
                                          .want = terminal_want,
                                          .handle = terminal_handle,
                                          .end = terminal_end,
                                          .argument = r};
    const struct container_io *io = r->spec->io ? r->spec->io : &terminal;

    io->begin(io->argument, master);
    stay_with_it(r, io);
    io->end(io->argument);
    int code = spawn_wait(r->pid, err);
    if (code < 0)
        return -1;
    result->exit_code = code;
    result->interrupted = r->interrupted;
    result->oom_killed = cgroup_saw_oom_kill(&r->cgroup);
    return 0;
}

/* It is born: handshake, then stay with it.  Everything that `r` holds is let
 * go by the caller. */
static int attend(struct run *r, container_started *started, void *argument,
                  struct container_result *result, struct mb_error *err)
{
    int master = -1;

    if (r->spec->tty && r->spec->interactive && !r->spec->io)
        terminal_save(&r->terminal);
    keeper_start(&r->keeper, r->pidfd, &r->cgroup, &r->terminal);
    if (handshake_wait(&r->handshake, &master, err) < 0) {
        (void)spawn_wait(r->pid, NULL);
        return -1;
    }
    if (started)
        started(r->pid, argument);
    int status = accompany(r, master, result, err);
    if (master >= 0)
        close(master);
    return status;
}

/* Let go of all but the cgroup, and complete the error. */
static int run_done(struct run *r, int status, struct mb_error *err)
{
    keeper_dismiss(&r->keeper);
    mb_cleanup_close(&r->pidfd);
    if (r->signals >= 0) {
        close(r->signals);
        sigprocmask(SIG_SETMASK, &r->signals_before, NULL);
    }
    if (status < 0 && err && err->code == 0)
        err->code = EXIT_MINIBOX;
    return status;
}

int container_run(const struct container_spec *spec, container_started *started,
                  void *argument, struct container_result *out_result,
                  struct mb_error *err)
{
    struct run r = RUN_INIT(spec);
    int status = -1;

    *out_result = (struct container_result){0};
    if (cgroup_create(&r.cgroup, spec->id, &spec->limits, err) < 0)
        return mb_code(err, EXIT_MINIBOX);
    if (make_dirs(spec, err) == 0 && catch_signals(&r, err) == 0 &&
        give_birth(&r, err) == 0)
        status = attend(&r, started, argument, out_result, err);
    (void)cgroup_remove(&r.cgroup);
    return run_done(&r, status, err);
}

int container_exec(const struct container_spec *spec,
                   const struct container_door *door,
                   struct container_result *out_result, struct mb_error *err)
{
    struct run r = RUN_INIT(spec);
    int status = -1;

    *out_result = (struct container_result){0};
    if (catch_signals(&r, err) == 0 && handshake_open(&r.handshake, err) == 0) {
        r.pid = join_birth(spec, door, &r.handshake, &r.pidfd, err);
        handshake_in_parent(&r.handshake);
    }
    if (r.pid > 0)
        status = attend(&r, NULL, NULL, out_result, err);
    return run_done(&r, status, err);
}
