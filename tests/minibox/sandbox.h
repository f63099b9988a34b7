/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_H
#define SANDBOX_H

/*
 * Tests that ask the kernel.  Check runs each test in a process of its own, so
 * a test may enter namespaces, change its root or its user and just end; what
 * would outlive it is done in children, which the test looks at from outside:
 *
 *     test process                     child (new namespaces)
 *       child_start(fn, flags) ------>   fn(): do the deed
 *       child_ready()          <------   child_pause()
 *       look at /proc/PID/...              |
 *       child_end()            ------>   go on, end with status 0
 *
 * ck_assert works in the child as well: the first failure is the one shown.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"
#include "check_main.h"
#include "linux/ns.h"
#include "linux/pivot.h"
#include "linux/userns.h"

/* The word for an ordinary user without subordinate ids: nobody. */
enum { NOBODY = 65534 };

/* Say that this machine can't run the test; `return skip("...");`.  Where
 * everything must run that is a failure. */
static inline void skip(const char *reason)
{
    const char *must = getenv("MINIBOX_MUST_RUN");

    printf("SKIP: %s\n", reason);
    fflush(stdout);
    ck_assert_msg(!must || strcmp(must, "1") != 0, "must run, but: %s", reason);
}

/* The same for cgroups, which an ordinary user may lack anywhere: his run of
 * the suites counts neither way, root's counts. */
static inline void skip_cgroup(void)
{
    if (geteuid() == 0 && ns_is_initial_user())
        skip("no cgroup can be made here");
    else
        printf("SKIP: no cgroup can be made here\n");
    fflush(stdout);
}

/* What the call under test had to say. */
static struct mb_error err;

/* Assert that a call of ours worked, and show its error (in `err`) if not. */
#define ck_assert_ok(call) ck_assert_msg((call) >= 0, "%s: %s", #call, err.msg)

/* Assert that a system call fails with that errno. */
#define ck_assert_errno(call, expected)                                        \
    do {                                                                       \
        errno = 0;                                                             \
        long result_ = (long)(call);                                           \
        int got_ = errno;                                                      \
        ck_assert_msg(result_ < 0, "%s did not fail", #call);                  \
        ck_assert_msg(got_ == (expected), "%s: %s, not %s", #call,             \
                      strerror(got_), #expected);                              \
    } while (0)

/* ---- who ---------------------------------------------------------------- */

/* May this process make user namespaces? */
static inline bool can_be_root(void)
{
    if (geteuid() == 0)
        return true;
    pid_t pid = fork();
    if (pid == 0)
        _exit(unshare(CLONE_NEWUSER) < 0);
    int status = 1;
    waitpid(pid, &status, 0);
    return status == 0;
}

/* From here on root: the real one, or in a user namespace of our own. */
static inline void be_root(void)
{
    ck_assert_ok(userns_enter(&err));
}

/* Root in new namespaces FLAGS, with the mounts private. */
static inline void be_root_in(unsigned long long flags)
{
    be_root();
    ck_assert_int_eq(unshare(flags), 0);
    if (flags & CLONE_NEWNS)
        ck_assert_ok(pivot_make_private(&err));
}

/* From here on an ordinary user: ourselves, or nobody when we are root. */
static inline void be_ordinary(void)
{
    if (geteuid() != 0)
        return;
    ck_assert_int_eq(setgroups(0, NULL), 0);
    ck_assert_int_eq(setresgid(NOBODY, NOBODY, NOBODY), 0);
    ck_assert_int_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
    /* Else /proc/self belongs to root, after the change of user. */
    ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
}

/* A user namespace in which only one number is mapped. */
static inline void be_single_root(void)
{
    mb_autofree char *uids = mb_printf("0 %u 1", geteuid());
    mb_autofree char *gids = mb_printf("0 %u 1", getegid());
    const char *texts[][2] = {{"/proc/self/setgroups", "deny"},
                              {"/proc/self/uid_map", uids},
                              {"/proc/self/gid_map", gids}};

    ck_assert_int_eq(unshare(CLONE_NEWUSER), 0);
    for (int i = 0; i < 3; i++) {
        mb_autoclose int fd = open(texts[i][0], O_WRONLY | O_CLOEXEC);
        ck_assert_int_ge(write(fd, texts[i][1], strlen(texts[i][1])), 1);
    }
}

/* ---- children ----------------------------------------------------------- */

/* A child in the middle of something. */
struct child {
    pid_t pid;
    int pidfd;
    int ready[2], go[2]; /* pipes */
};

/* The child's own record of its pipes. */
static struct child child_self;

/* Start FN in a child, in new namespaces FLAGS. */
static inline struct child child_start(void (*fn)(void),
                                       unsigned long long flags)
{
    struct child c = {.pidfd = -1};

    ck_assert_int_eq(pipe2(c.ready, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(c.go, O_CLOEXEC), 0);
    fflush(stdout);
    c.pid = ns_clone(flags, -1, &c.pidfd, &err);
    ck_assert_msg(c.pid >= 0, "%s", err.msg);
    if (c.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(c.ready[0]);
        close(c.go[1]);
        child_self = c;
        fn();
        fflush(stdout);
        _exit(0);
    }
    close(c.ready[1]);
    close(c.go[0]);
    return c;
}

/* Child: let the parent look, until it has seen enough. */
static inline void child_pause(void)
{
    char byte = 'r';

    ck_assert_int_eq(write(child_self.ready[1], &byte, 1), 1);
    (void)!read(child_self.go[0], &byte, 1);
}

/* Parent: wait for the child's child_pause(). */
static inline void child_ready(const struct child *c)
{
    char byte;

    ck_assert_msg(read(c->ready[0], &byte, 1) == 1, "the child has died");
}

/* Parent: let it go on to its end.  Its wait status. */
static inline int child_end(struct child *c)
{
    int status = -1;

    close(c->go[1]);
    ck_assert_int_eq(waitpid(c->pid, &status, 0), c->pid);
    close(c->ready[0]);
    close(c->pidfd);
    return status;
}

/* FN in a child, in new namespaces FLAGS: it must end well. */
static inline void in_child(void (*fn)(void), unsigned long long flags)
{
    struct child c = child_start(fn, flags);
    int status = child_end(&c);

    ck_assert_msg(status == 0, "the child ended with status %#x", status);
}

/* ---- looking ------------------------------------------------------------ */

/* The text of a file, or "" */
static inline char *text_of(const char *path)
{
    struct buf text = BUF_INIT;

    (void)fs_read(AT_FDCWD, path, 16 << 20, &text, NULL);
    return buf_take(&text);
}

/* The text of /proc/PID/NAME. */
static inline char *proc_text(pid_t pid, const char *name)
{
    mb_autofree char *path = mb_printf("/proc/%d/%s", (int)pid, name);

    return text_of(path);
}

/* The line of TEXT that starts with NAME and a tab or colon; behind that. */
static inline char *field_of(const char *text, const char *name)
{
    const char *p = strstr(text, name);

    if (!p)
        return mb_strdup("");
    p += strlen(name);
    p += strspn(p, ": \t");
    return mb_strndup(p, strcspn(p, "\n"));
}

/* The fields of the mount on POINT in the text of a mountinfo, the topmost if
 * there are several; "" if there is none. */
static inline char *mount_line(const char *mountinfo, const char *point)
{
    mb_autofree char *wanted = mb_printf(" %s ", point);
    const char *found = NULL;

    for (const char *p = mountinfo; (p = strstr(p, wanted)); p++) {
        const char *line = p;
        int spaces = 0;
        while (line > mountinfo && line[-1] != '\n')
            spaces += *--line == ' ';
        if (spaces == 3) /* the fifth field is the mount point */
            found = line;
    }
    return found ? mb_strndup(found, strcspn(found, "\n")) : mb_strdup("");
}

/* ---- a place for files -------------------------------------------------- */

static char tmp_dir[256]; /* absolute */
static int tmp_fd;

/* A directory of this test on a real disk.  A checked fixture. */
static inline void tmp_setup(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(tmp_dir, sizeof tmp_dir, "%s/unit-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(tmp_dir));
    ck_assert_int_eq(chmod(tmp_dir, 0755), 0);
    tmp_fd = open(tmp_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(tmp_fd, 0);
}

static void tmp_remove(void)
{
    mb_autofree char *name = mb_strdup(strrchr(tmp_dir, '/') + 1);
    mb_autofree char *top =
        mb_strndup(tmp_dir, strrchr(tmp_dir, '/') - tmp_dir);
    mb_autoclose int fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (geteuid() != 0) /* files of subordinate ids may lie there */
        be_root();
    ck_assert_ok(fs_remove_tree(fd, name, &err));
}

/* Teardown runs in the test's process, which may be anywhere by now: so tests
 * that move do it in children, and this one starts from where it is. */
static inline void tmp_teardown(void)
{
    close(tmp_fd);
    in_child(tmp_remove, 0);
}

/* A file of the test's directory. */
static inline void tmp_file(const char *name, const char *text)
{
    ck_assert_ok(fs_write(tmp_fd, name, text, strlen(text), &err));
}

static inline void tmp_mkdir(const char *name)
{
    ck_assert_ok(fs_mkdirs(tmp_fd, name, &err));
}

#endif
