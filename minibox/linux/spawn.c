/* SPDX-License-Identifier: MIT */
/*
 * spawn.c - starting processes, and learning how they end
 *
 * Problem   fork() succeeds, then execve() fails in the child.  The parent
 *           sees only "exit status 127" and can't say what went wrong.
 * Idea      A socket pair that closes itself when execve(2) works:
 *
 *             parent               child
 *               | clone ------------>|
 *               | recv()             | set up, execve()
 *               |<-- end of file ----|   worked: O_CLOEXEC closed the socket
 *               |<-- struct error ---|   failed: the reason, in one message
 *               | waitpid()          |
 *
 * Rules     1. A child that failed leaves by _exit(2): exit(3) would flush
 *              the parent's buffers a second time.
 *           2. Each side closes the end that is not its own, else end of file
 *              never comes.
 *           3. A wait status is no exit code: 0x0300 means exit(3), and 9
 *              means SIGKILL.  Decode it.
 * Read      fork(2), execve(2), wait(2), unix(7); lessons/01-process.md
 */
#include "linux/spawn.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

int spawn_exit_code(int wait_status)
{
    /* STEP 1, 2 points: decode the wait status, see rule 3 and wait(2)
     * else: return -1; */
    if (WIFSIGNALED(wait_status))
        return 128 + WTERMSIG(wait_status);
    return WEXITSTATUS(wait_status);
    /* END STEP 1 */
}

int spawn_wait(pid_t pid, struct mb_error *err)
{
    int status;

    /* STEP 2, 2 points: wait for PID; a signal may interrupt the waiting */
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return mb_fail(err, "wait for process %d", (int)pid);
    /* END STEP 2 */
    return spawn_exit_code(status);
}

/* ---- the handshake ------------------------------------------------------ */

int handshake_open(struct handshake *h, struct mb_error *err)
{
    int pair[2];

    /* SEQPACKET keeps messages apart and says end of file like a pipe; unlike
     * a pipe it also carries descriptors. */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return mb_fail(err, "make a socket pair");
    h->parent = pair[0];
    h->child = pair[1];
    return 0;
}

void handshake_in_parent(struct handshake *h)
{
    close(h->child);
    h->child = -1;
}

void handshake_in_child(struct handshake *h)
{
    close(h->parent);
    h->parent = -1;
}

void handshake_fail(struct handshake *h, const struct mb_error *err)
{
    /* STEP 3, 2 points: send *err as one message, then end the right way
     * else: _exit(0); */
    (void)!send(h->child, err, sizeof *err, MSG_NOSIGNAL);
    _exit(err->code ? err->code : EXIT_MINIBOX);
    /* END STEP 3 */
}

int handshake_send_fd(struct handshake *h, int fd, struct mb_error *err)
{
    char byte = 'f';
    struct iovec payload = {.iov_base = &byte, .iov_len = 1};
    union {
        struct cmsghdr header; /* for its alignment, see cmsg(3) */
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {
        .msg_iov = &payload,
        .msg_iovlen = 1,
        .msg_control = control.space,
        .msg_controllen = sizeof control.space,
    };
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    if (sendmsg(h->child, &message, MSG_NOSIGNAL) < 0)
        return mb_fail(err, "send a descriptor to the parent");
    return 0;
}

/* Receive one message: an error (its size tells) or a descriptor.  Returns
 * the number of bytes, 0 at end of file. */
static ssize_t receive(int socket, struct mb_error *message, int *out_fd)
{
    struct iovec payload = {.iov_base = message, .iov_len = sizeof *message};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr m = {
        .msg_iov = &payload,
        .msg_iovlen = 1,
        .msg_control = control.space,
        .msg_controllen = sizeof control.space,
    };
    ssize_t n;

    do
        n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (c && c->cmsg_type == SCM_RIGHTS && out_fd)
        memcpy(out_fd, CMSG_DATA(c), sizeof *out_fd);
    return n;
}

int handshake_wait(struct handshake *h, int *out_fd, struct mb_error *err)
{
    struct mb_error message;
    ssize_t n;

    while ((n = receive(h->parent, &message, out_fd)) == 1)
        ; /* one byte: the envelope of a descriptor */
    int saved = errno;
    close(h->parent);
    h->parent = -1;
    errno = saved;
    /* STEP 4, 3 points: what do N bytes from the child say?  Answer as the
     * header promises */
    if (n == 0) /* end of file: exec closed the child's end */
        return 0;
    if (n != sizeof message)
        return mb_fail(err, "read the child's report");
    if (err)
        *err = message;
    return -1;
    /* END STEP 4 */
}

/* ---- exec --------------------------------------------------------------- */

/* Docker's words for an execve(2) of FILE that failed with errno. */
static int exec_failure(const char *name, const char *file,
                        struct mb_error *err)
{
    struct stat st;
    bool is_dir = stat(file, &st) == 0 && S_ISDIR(st.st_mode);

    if (is_dir || errno == EACCES || errno == EPERM) {
        mb_failx(err, "exec: \"%s\": %spermission denied", name,
                 is_dir ? "is a directory: " : "");
        return mb_code(err, EXIT_NOT_RUNNABLE);
    }
    if (errno == ENOENT && stat(file, &st) == 0) {
        mb_failx(err, "exec: \"%s\": its interpreter is missing", name);
        mb_hint(err, "look at the #! line of the script, or at the program "
                     "interpreter that readelf -l shows");
        return mb_code(err, EXIT_NOT_FOUND);
    }
    if (errno == ENOENT || errno == ENOTDIR) {
        mb_failx(err, "exec: \"%s\": stat %s: no such file or directory", name,
                 file);
        return mb_code(err, EXIT_NOT_FOUND);
    }
    mb_fail(err, "exec: \"%s\"", name);
    if (errno == ENOEXEC)
        mb_hint(err, "a script needs a first line like #!/bin/sh; a program "
                     "must be built for this processor");
    return mb_code(err, EXIT_NOT_RUNNABLE);
}

/* Try NAME in each directory of PATH.  Like the shell, go on after ENOENT and
 * EACCES, but remember that something was there. */
static int exec_in_path(char *const argv[], char *const envp[],
                        const char *path, struct mb_error *err)
{
    char candidate[PATH_MAX];
    bool denied = false;

    for (const char *p = *argv[0] ? path : ""; p && *p; p += *p == ':') {
        int len = strcspn(p, ":");
        if (len == 0) /* to a shell this is "."; Docker passes over it */
            continue;
        snprintf(candidate, sizeof candidate, "%.*s/%s", len, p, argv[0]);
        p += len;
        execve(candidate, argv, envp);
        if (errno == EACCES)
            denied = true;
        else if (errno != ENOENT && errno != ENOTDIR)
            return exec_failure(argv[0], candidate, err);
    }
    if (denied) {
        mb_failx(err, "exec: \"%s\": permission denied", argv[0]);
        return mb_code(err, EXIT_NOT_RUNNABLE);
    }
    mb_failx(err, "exec: \"%s\": executable file not found in $PATH", argv[0]);
    return mb_code(err, EXIT_NOT_FOUND);
}

int spawn_exec(char *const argv[], char *const envp[], struct mb_error *err)
{
    struct strv env = {.v = (char **)envp};

    while (envp[env.n])
        env.n++;
    if (!strchr(argv[0], '/'))
        return exec_in_path(argv, envp, strv_getenv(&env, "PATH"), err);
    execve(argv[0], argv, envp);
    return exec_failure(argv[0], argv[0], err);
}
