/* SPDX-License-Identifier: MIT */
/*
 * class.c - a whole class
 *
 * Problem   Two hundred submissions, each of which may be hostile, on a machine
 *           with a few processors.
 * Idea      A process for each student, JOBS of them at a time.  Each writes
 *           its result into a file in memory that only we and it hold; what it
 *           leaves when it dies is an empty result, not an empty class.
 *
 *             class -- fork --> student A --> result (a memfd)
 *                   -- fork --> student B --> result
 * Rules     1. All get the same seed: a class is marked by the same questions.
 *           2. The order of the result is that of the names.
 * Read      memfd_create(2), wait(2)
 */
#include "grader/class.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "grader/student.h"

struct pupil {
    char *name;
    int result; /* memfd */
    pid_t pid;
};

static int is_folder(const struct dirent *entry)
{
    return entry->d_name[0] != '.' &&
           (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

/* Grade one student; the result goes to the descriptor OUT. */
static json_t *grade_pupil(const struct grading *g, const char *dir,
                           const char *name, const struct strv *exercises)
{
    mb_autofree char *folder = mb_printf("%s/%s", dir, name);
    json_t *result = grade_new_result(g, name);

    for (const struct exercise *e = course; e->slug; e++) {
        if (exercises->n && !strv_has(exercises, e->slug))
            continue;
        mb_autofree char *where = student_dir(folder, e);
        grade_add(result, grade_exercise(g, e, where));
    }
    return result;
}

static void start(struct pupil *p, const struct grading *g, const char *dir,
                  const struct strv *exercises)
{
    p->result = memfd_create("result", MFD_CLOEXEC);
    fflush(NULL);
    p->pid = fork();
    if (p->pid != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    json_t *result = grade_pupil(g, dir, p->name, exercises);
    _exit(json_dumpfd(result, p->result, JSON_COMPACT) < 0);
}

/* Wait for one of them. */
static void wait_for_one(void)
{
    while (waitpid(-1, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* What the process of P left. */
static json_t *collect(const struct grading *g, struct pupil *p)
{
    json_t *result = NULL;

    if (lseek(p->result, 0, SEEK_SET) == 0)
        result = json_loadfd(p->result, 0, NULL);
    close(p->result);
    return result ? result : grade_new_result(g, p->name);
}

json_t *class_grade(const struct grading *g, const char *dir, int jobs,
                    const struct strv *exercises, struct mb_error *err)
{
    struct dirent **entries;
    int n = scandir(dir, &entries, is_folder, alphasort); /* rule 2 */

    if (n < 0) {
        mb_fail(err, "read %s", dir);
        return NULL;
    }
    if (n == 0) {
        mb_failx(err, "%s has no folders, one for each student", dir);
        free(entries);
        return NULL;
    }
    mb_autofree struct pupil *pupils = mb_alloc((n + 1) * sizeof *pupils);
    json_t *students = json_array();
    for (int i = 0; i < n; i++) {
        pupils[i].name = entries[i]->d_name;
        if (i >= (jobs > 0 ? jobs : 1))
            wait_for_one();
        start(&pupils[i], g, dir, exercises);
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\r%d of %d students%s", i + 1, n,
                    i + 1 == n ? "\n" : "");
    }
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        ;
    for (int i = 0; i < n; i++) {
        json_array_append_new(students, collect(g, &pupils[i]));
        free(entries[i]);
    }
    free(entries);
    return json_pack("{s:s, s:o}", "format", "minibox-class-1", "students",
                     students);
}
