/* SPDX-License-Identifier: MIT */
/*
 * see.c - what the kernel shows of a process
 *
 * Problem   "I am in a namespace of my own" is easily printed.
 * Idea      Ask the kernel about the process, from outside: /proc/PID shows its
 *           namespaces, mounts, root directory, capabilities and children, and
 *           no process can change what is written there.
 *
 *             judge  --- open("/proc/PID/mountinfo") --->  kernel
 *                    --- setns(pidfd) in a child of ours, to look from inside
 *
 * Rules     1. The judge sees what ptrace(2) would let it see: it is root over
 *              the cage's user namespace.
 *           2. Look only while the process holds still, else it may be gone.
 * Read      proc(5), namespaces(7), ptrace(2) "access mode checking"
 */
#include "grader/see.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "grader/exam.h"
#include "linux/ns.h"

enum { MAX_TEXT = 1 << 20 };

/* The text of a file, "" when there is none.  Ends with the test's process. */
static const char *read_text(int dir, const char *path)
{
    struct buf out = BUF_INIT;

    if (fs_read(dir, path, MAX_TEXT, &out, NULL) < 0)
        return "";
    return buf_take(&out);
}

const char *see_proc(pid_t pid, const char *file)
{
    return read_text(AT_FDCWD, text("/proc/%d/%s", pid, file));
}

const char *see_status(pid_t pid, const char *name)
{
    const char *status = text("\n%s", see_proc(pid, "status"));
    const char *line = strstr(status, text("\n%s:", name));

    if (!line)
        return "";
    line += strlen(name) + 2;
    line += strspn(line, " \t");
    return text("%.*s", (int)strcspn(line, "\n"), line);
}

const char *see_link(pid_t pid, const char *name)
{
    char target[PATH_MAX];
    ssize_t n =
        readlink(text("/proc/%d/%s", pid, name), target, sizeof target - 1);

    return n < 0 ? "" : text("%.*s", (int)n, target);
}

bool see_same_ns(pid_t a, pid_t b, const char *name)
{
    return ns_same(a, b, name, NULL) == 1;
}

const char *see_namespaces(pid_t pid)
{
    const char *all = "";

    for (size_t i = 0; i < ns_kinds_count; i++)
        all =
            text("%s%s\n", all, see_link(pid, text("ns/%s", ns_kinds[i].name)));
    return text("%schildren go to %s\n", all,
                see_link(pid, "ns/pid_for_children"));
}

int see_lines(const char *s)
{
    int n = 0;

    for (; (s = strchr(s, '\n')); s++)
        n++;
    return n;
}

const char *see_mount(const char *mountinfo, const char *target)
{
    const char *found = "";
    char point[PATH_MAX];

    for (const char *line = mountinfo; *line;) {
        int length = strcspn(line, "\n");
        if (sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 &&
            strcmp(point, target) == 0)
            found = text("%.*s", length, line);
        line += length + (line[length] == '\n');
    }
    return found;
}

const char *see_file(pid_t pid, const char *path)
{
    mb_autoclose int root =
        open(text("/proc/%d/root", pid), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return "";
    /* Its symlinks lead nowhere out of its root. */
    mb_autoclose int fd = fs_open_in_root(root, path, O_RDONLY, 0);
    return fd < 0 ? "" : read_text(AT_FDCWD, text("/proc/self/fd/%d", fd));
}

bool see_same_dir(pid_t a, const char *link_a, pid_t b, const char *link_b)
{
    struct stat x, y;

    return stat(text("/proc/%d/%s", a, link_a), &x) == 0 &&
           stat(text("/proc/%d/%s", b, link_b), &y) == 0 &&
           x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* ---- processes ---------------------------------------------------------- */

/* Call VISIT for each process below PID. */
static void walk_children(pid_t pid, void (*visit)(pid_t, struct buf *),
                          struct buf *out)
{
    const char *list = see_proc(pid, text("task/%d/children", pid));
    char *end;

    for (pid_t child; (child = strtol(list, &end, 10)) > 0; list = end) {
        visit(child, out);
        walk_children(child, visit, out);
    }
}

/* "PID (name) state"; nothing of a zombie, which is only a number. */
static void add_living(pid_t pid, struct buf *out)
{
    const char *state = see_status(pid, "State");

    if (*state && *state != 'Z')
        buf_addf(out, "%d (%s) %s\n", pid, see_status(pid, "Name"), state);
}

const char *see_children(pid_t pid, pid_t except)
{
    const char *prefix = text("%d (", except);
    struct buf all = BUF_INIT, out = BUF_INIT;

    walk_children(pid, add_living, &all);
    for (char *rest = all.s, *line; (line = strsep(&rest, "\n"));)
        if (*line && !starts_with(line, prefix))
            buf_addf(&out, "%s\n", line);
    return buf_take(&out);
}

/* The same, and what it waits for: the system call's name. */
static void add_stuck(pid_t pid, struct buf *out)
{
    int number = -1;
    const char *state = see_status(pid, "State");

    if (!*state)
        return;
    const char *last = strrchr(see_status(pid, "NSpid"), '\t');
    buf_addf(out, "process%s in the cage: %s", last ? last : " ?", state);
    if (sscanf(see_proc(pid, "syscall"), "%d", &number) == 1) {
        mb_autofree char *name =
            seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
        buf_addf(out, ", in the system call %s(2)", name ? name : "?");
    }
    buf_addc(out, '\n');
}

const char *see_stuck(pid_t cage_pid)
{
    struct buf out = BUF_INIT;

    walk_children(cage_pid, add_stuck, &out);
    return buf_take(&out);
}

const char *see_words(pid_t pid, const char *file)
{
    struct buf out = BUF_INIT;

    buf_addc(&out, '\n');
    (void)fs_read(AT_FDCWD, text("/proc/%d/%s", pid, file), MAX_TEXT, &out,
                  NULL);
    for (size_t i = 0; i < out.len; i++)
        if (!out.s[i])
            out.s[i] = '\n';
    return buf_take(&out);
}

int see_inside(pid_t pid, int flags, int (*fn)(void *), void *argument)
{
    int pidfd = syscall(SYS_pidfd_open, pid, 0);
    int status;

    if (pidfd < 0)
        return -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(ns_join(pidfd, flags, NULL) < 0 ? 255 : fn(argument));
    close(pidfd);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 255)
        return -1;
    return WEXITSTATUS(status);
}

/* In the child. */
static int host_name_is(void *name)
{
    char now[100] = "";

    return gethostname(now, sizeof now - 1) == 0 && strcmp(now, name) == 0;
}

bool see_host_name(pid_t pid, const char *name)
{
    return see_inside(pid, CLONE_NEWUTS, host_name_is, (void *)name) == 1;
}

/* In the child: its mounts, to the descriptor OUT[1].  Its /proc is the
 * judge's, opened before it joined. */
struct mounts_job {
    int proc, out;
};
static int copy_mounts(void *argument)
{
    const struct mounts_job *job = argument;
    mb_autobuf struct buf mounts = BUF_INIT;

    if (fs_read(job->proc, "self/mountinfo", MAX_TEXT, &mounts, NULL) < 0)
        return 1;
    return fs_write_all(job->out, mounts.s, mounts.len, NULL) < 0;
}

const char *see_ns_mounts(pid_t pid)
{
    struct mounts_job job = {
        .proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC),
        .out = memfd_create("mounts", MFD_CLOEXEC),
    };
    const char *mounts = "";

    if (see_inside(pid, CLONE_NEWNS, copy_mounts, &job) == 0)
        mounts = read_text(AT_FDCWD, text("/proc/self/fd/%d", job.out));
    close(job.proc);
    close(job.out);
    return mounts;
}
