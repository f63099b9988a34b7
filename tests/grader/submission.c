/* SPDX-License-Identifier: MIT */
/*
 * submission.c - from a student's file to a worker
 *
 * Problem   What is handed in may be no C file at all: a directory, a link to
 *           the solution, a gigabyte.  And a compiler, fed with hostile text,
 *           reads any file that it may read (#include "/etc/passwd").
 * Idea      Copy, then compile in a cage that has nothing to give away:
 *
 *             exercises/05-pivot-root/pivot.c
 *               -- copy -->  DIR/work/pivot.c
 *               -- cc, in a cage; sees /work, the headers, the other parts -->
 *             DIR/work/worker
 *
 *           The parts are all of minibox but the modules that the student
 *           writes: whoever leaves a function out can't get ours.
 * Rules     1. Never follow a link of a stranger's (O_NOFOLLOW), never wait for
 *              one (O_NONBLOCK: it may be a FIFO).
 *           2. What the compiler says first is what the student must read
 *              first.
 * Read      open(2), gcc(1), flock(2)
 */
#include "grader/submission.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/cage.h"

#define PREFIX "minibox-grade-"
enum { MAX_SOURCE = 1 << 20, COMPILE_SECONDS = 60, MAX_MESSAGES = 1 << 20 };

/* ---- the private directory ---------------------------------------------- */

int workshop_open(struct workshop *w, struct mb_error *err)
{
    char dir[] = "/tmp/" PREFIX "XXXXXX";

    *w = (struct workshop){.lock = -1};
    if (!mkdtemp(dir))
        return mb_fail(err, "make a directory in /tmp");
    w->dir = mb_strdup(dir);
    w->work = mb_printf("%s/work", dir);
    w->spare = mb_printf("%s/spare", dir);
    w->lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->lock < 0 || flock(w->lock, LOCK_SH) < 0)
        return mb_fail(err, "lock %s", dir);
    if (mkdir(w->work, 0755) < 0 || mkdir(w->spare, 0755) < 0)
        return mb_fail(err, "make %s", w->work);
    /* The compiler, which is another user, writes there. */
    if (chown(w->work, cage_uid(), cage_uid()) < 0 || chmod(dir, 0711) < 0)
        return mb_fail(err, "give %s away", w->work);
    return 0;
}

void workshop_close(struct workshop *w)
{
    if (w->dir)
        (void)fs_remove_tree(AT_FDCWD, w->dir, NULL);
    if (w->lock >= 0)
        close(w->lock);
    free(w->dir);
    free(w->work);
    free(w->spare);
    *w = (struct workshop){.lock = -1};
}

void workshop_sweep(void)
{
    mb_autodir DIR *dir = opendir("/tmp");
    struct dirent *entry;

    cgroup_sweep();
    while (dir && (entry = readdir(dir))) {
        if (!starts_with(entry->d_name, PREFIX))
            continue;
        mb_autoclose int fd =
            openat(dirfd(dir), entry->d_name,
                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        /* Whoever uses it holds a shared lock. */
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
            (void)fs_remove_tree(dirfd(dir), entry->d_name, NULL);
    }
}

/* ---- taking files ------------------------------------------------------- */

void submission_free_refusal(struct refusal *refusal)
{
    free(refusal->reason);
    free(refusal->details);
    *refusal = (struct refusal){0};
}

/* Refuse FILE, with a sentence. */
static int refuse(struct refusal *out, const char *file, const char *why)
{
    out->reason = mb_printf("%s %s", file, why);
    return -1;
}

/* Open FILE if it is what it should be. */
static int open_source(const char *dir, const char *file, struct refusal *out)
{
    mb_autofree char *path = mb_printf("%s/%s", dir, file);
    struct stat st;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 && errno == ELOOP)
        return refuse(out, path, "is a symbolic link: hand in the file itself");
    if (fd < 0 && errno == ENOENT)
        return refuse(out, path, "is missing: the file must have this name");
    if (fd < 0) {
        mb_autofree char *why = mb_printf("can't be read: %s", strerror(errno));
        return refuse(out, path, why);
    }
    const char *why = NULL;
    if (fstat(fd, &st) < 0 || S_ISDIR(st.st_mode))
        why = "is a directory: a file is expected";
    else if (!S_ISREG(st.st_mode))
        why = "is no ordinary file";
    else if (st.st_size > MAX_SOURCE)
        why = "is larger than 1 MB: hand in the source, not a program";
    if (!why)
        return fd;
    close(fd);
    return refuse(out, path, why);
}

static int take_file(const char *dir, const char *file,
                     const struct workshop *w, struct refusal *out)
{
    mb_autobuf struct buf source = BUF_INIT;
    mb_autofree char *target = mb_printf("%s/%s", w->work, file);
    mb_autofree char *path = mb_printf("%s/%s", dir, file);
    mb_autoclose int fd = open_source(dir, file, out);
    struct mb_error err = {0};

    if (fd < 0)
        return -1;
    mb_autofree char *name = mb_printf("/proc/self/fd/%d", fd);
    if (fs_read(AT_FDCWD, name, MAX_SOURCE, &source, &err) < 0)
        return refuse(out, path, err.msg);
    if (strlen(source.s) != source.len)
        return refuse(out, path, "has a NUL byte in it: is it C source?");
    if (fs_write(AT_FDCWD, target, source.s, source.len, &err) < 0 ||
        chmod(target, 0644) < 0)
        return refuse(out, path, err.msg);
    return 0;
}

int submission_take(const char *dir, const struct strv *files,
                    const struct workshop *w, struct refusal *out)
{
    for (size_t i = 0; i < files->n; i++)
        if (take_file(dir, files->v[i], w, out) < 0)
            return -1;
    return 0;
}

/* ---- compiling ---------------------------------------------------------- */

static void compiler_line(const struct strv *files, struct strv *argv)
{
    /* A blank leaves helpers and variables unused until it is filled in. */
    static char *const before[] = {"cc",
                                   "-std=gnu11",
                                   "-D_GNU_SOURCE",
                                   "-O2",
                                   "-g",
                                   "-Wall",
                                   "-Wextra",
                                   "-Wno-unused",
                                   "-Wno-unused-parameter",
                                   "-Wno-maybe-uninitialized",
                                   "-fdiagnostics-color=never",
                                   "-fmax-errors=5",
                                   "-iquote",
                                   "/include",
                                   NULL};
    static char *const after[] = {"/parts/worker.o",
                                  "/parts/act.o",
                                  "/parts/minibox.a",
                                  "-static",
                                  "-ljansson",
                                  "-lseccomp",
                                  "-lcap",
                                  "-larchive",
                                  "-lcrypto",
                                  "-lz",
                                  "-lzstd",
                                  "-lm",
                                  "-o",
                                  "/work/worker",
                                  NULL};

    strv_add_all(argv, before);
    for (size_t i = 0; i < files->n; i++)
        strv_addf(argv, "/work/%s", files->v[i]);
    strv_add_all(argv, after);
}

/* Run the compiler in a cage; its messages go to OUTPUT. */
static int compile(char *const *argv, const struct workshop *w,
                   const struct cage_bind *binds, int output,
                   struct mb_error *err)
{
    const struct cage_spec spec = {.kind = CAGE_CONFINED,
                                   .argv = argv,
                                   .binds = binds,
                                   .spare_dir = w->spare,
                                   .socket = -1,
                                   .output = output,
                                   .cpu_seconds = COMPILE_SECONDS};
    struct cage cage;
    int status = 0;

    if (cage_start(&spec, &cage, err) < 0)
        return -1;
    if (cage_wait(&cage, COMPILE_SECONDS, &status) == 0)
        status = SIGKILL;
    cage_end(&cage);
    return status;
}

/* The first line of MESSAGES with "error", without the cage's directory. */
static char *first_error(const char *messages)
{
    const char *line = strstr(messages, "error:");
    const char *undefined = strstr(messages, "undefined reference to");

    /* The linker says it first, and then that it failed. */
    if (undefined) {
        const char *name = undefined + strlen("undefined reference to `");
        return mb_printf("the function %.*s() is missing: was it renamed?",
                         (int)strcspn(name, "'\n"), name);
    }
    if (!line)
        line = messages;
    while (line > messages && line[-1] != '\n')
        line--;
    if (starts_with(line, "/work/"))
        line += strlen("/work/");
    return mb_printf("does not compile: %.*s", (int)strcspn(line, "\n"), line);
}

/* Students know nothing of "/work/": drop it from MESSAGES. */
static void drop_directory(char *messages)
{
    static const char dir[] = "/work/";

    for (char *p = messages; (p = strstr(p, dir));)
        memmove(p, p + strlen(dir), strlen(p + strlen(dir)) + 1);
}

int submission_build(const struct strv *files, const struct workshop *w,
                     const char *parts, const char *headers,
                     struct refusal *out, struct mb_error *err)
{
    const struct cage_bind binds[] = {{w->work, "work", true},
                                      {parts, "parts", false},
                                      {headers, "include", false},
                                      {0}};
    mb_autoclose int output = memfd_create("messages", MFD_CLOEXEC);
    mb_autostrv struct strv argv = {0};
    mb_autobuf struct buf messages = BUF_INIT;

    compiler_line(files, &argv);
    int status = compile(argv.v, w, binds, output, err);
    if (status < 0)
        return -1;
    mb_autofree char *path = mb_printf("/proc/self/fd/%d", output);
    if (fs_read(AT_FDCWD, path, MAX_MESSAGES, &messages, NULL) < 0)
        buf_adds(&messages, "(more than 1 MB of messages)");
    if (status == 0)
        ; /* warnings, if anything */
    else if (WIFSIGNALED(status))
        out->reason = mb_printf("does not compile: the compiler was stopped "
                                "(%s); too much time or memory",
                                strsignal(WTERMSIG(status)));
    else
        out->reason = first_error(messages.s);
    drop_directory(messages.s);
    out->details =
        mb_strndup(messages.s, messages.len < 4000 ? messages.len : 4000);
    return status != 0;
}
