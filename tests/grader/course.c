/* SPDX-License-Identifier: MIT */
/*
 * course.c - the exercises, their steps and their hints
 *
 * Problem   An exercise is a module with holes, a suite, a lesson and hints, in
 *           four trees.  One place must know how they belong together.
 * Idea      The number and the name are the same everywhere:
 *
 *             exercises/05-pivot-root/pivot.c     what the student edits
 *             lessons/05-pivot-root.md
 *             tests/05-pivot-root/steps           made by tests/skeleton
 *             tests/05-pivot-root/suite.c         exam_05_pivot_root()
 *             tests/05-pivot-root/hints.md
 *
 * Rules     1. hints.md has a heading "# step N" with three "## " below it, one
 *              for each rung, and a heading "# mistake ID" for each known
 *              mistake.  What is under a heading is the hint.
 * Read      tests/grader/README.md
 */
#include "grader/course.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"

void exam_01_process(struct exam *exam);
void exam_02_chroot(struct exam *exam);
void exam_03_namespaces(struct exam *exam);
void exam_04_user_namespace(struct exam *exam);
void exam_05_pivot_root(struct exam *exam);
void exam_06_mounts(struct exam *exam);
void exam_07_init(struct exam *exam);
void exam_08_cgroups(struct exam *exam);
void exam_09_privileges(struct exam *exam);
void exam_10_network(struct exam *exam);
void exam_12_digest(struct exam *exam);
void exam_13_layers(struct exam *exam);
void exam_14_overlay(struct exam *exam);
void exam_16_store(struct exam *exam);
void exam_15_reference(struct exam *exam);
void exam_17_archive(struct exam *exam);
void exam_18_registry(struct exam *exam);
void exam_19_dockerfile(struct exam *exam);
void exam_20_arg_and_env(struct exam *exam);
void exam_21_context(struct exam *exam);
void exam_22_build(struct exam *exam);
void exam_23_startup(struct exam *exam);
void exam_24_secrets(struct exam *exam);

const struct exercise course[] = {
    {"01-process", "fork, exec, wait, and how they fail", NEEDS_CAGE,
     exam_01_process},
    {"02-chroot", "another \"/\", and why it is no prison", NEEDS_CAGE,
     exam_02_chroot},
    {"03-namespaces", "a view of one's own", NEEDS_CAGE, exam_03_namespaces},
    {"04-user-namespace", "root without root", NEEDS_CAGE,
     exam_04_user_namespace},
    {"05-pivot-root", "a root that one can't climb out of", NEEDS_CAGE,
     exam_05_pivot_root},
    {"06-mounts", "/proc, /sys, /dev, and volumes", NEEDS_CAGE, exam_06_mounts},
    {"07-init", "the first process of a container", NEEDS_CAGE, exam_07_init},
    {"08-cgroups", "how much a container may use", NEEDS_CGROUP2,
     exam_08_cgroups},
    {"09-privileges", "root cut into pieces", NEEDS_CAGE, exam_09_privileges},
    {"10-network", "a network of one's own", NEEDS_CAGE, exam_10_network},
    {"12-digest", "the name of a blob", NEEDS_CAGE, exam_12_digest},
    {"13-layers", "from a tar to a layer", NEEDS_CAGE, exam_13_layers},
    {"14-overlay", "layers as one tree", NEEDS_CAGE, exam_14_overlay},
    {"15-reference", "what an image's name means", NEEDS_CAGE,
     exam_15_reference},
    {"16-store", "names, and what nobody needs", NEEDS_CAGE, exam_16_store},
    {"17-archive", "images out of one file", NEEDS_CAGE, exam_17_archive},
    {"18-registry", "what a registry asks, and what to ask it for", NEEDS_CAGE,
     exam_18_registry},
    {"19-dockerfile", "join lines, split words", NEEDS_CAGE,
     exam_19_dockerfile},
    {"20-arg-and-env", "ARG, ENV, and what ${x:-y} means", NEEDS_CAGE,
     exam_20_arg_and_env},
    {"21-context", "what the builder gets to see", NEEDS_CAGE, exam_21_context},
    {"22-build", "not doing a step again", NEEDS_CAGE, exam_22_build},
    {"23-startup", "what finally runs", NEEDS_CAGE, exam_23_startup},
    {"24-secrets", "where an image leaks", NEEDS_CAGE, exam_24_secrets},
    {0},
};

const struct exercise *course_find(const char *name)
{
    for (const struct exercise *e = course; e->slug; e++) {
        if (strcmp(e->slug, name) == 0)
            return e;
        char *end;
        long number = strtol(name, &end, 10);
        if (end != name && !*end && number == atoi(e->slug))
            return e;
    }
    return NULL;
}

/* ---- steps -------------------------------------------------------------- */

/* A line "layer/module, number, points, blank, task", with tabs between. */
static int parse_step(char *line, struct steps *out)
{
    char *module = strsep(&line, "\t"), *number = strsep(&line, "\t");
    char *points = strsep(&line, "\t"), *blank = strsep(&line, "\t");

    if (!line || out->n == MAX_STEPS)
        return -1;
    const char *base = strrchr(module, '/');
    out->v[out->n++] = (struct step){
        .number = atoi(number),
        .points = atoi(points),
        .file = mb_printf("%s.c", base ? base + 1 : module),
        .blank = mb_strdup(blank),
        .task = mb_strdup(line),
    };
    return 0;
}

int course_steps(const struct exercise *exercise, struct steps *out,
                 struct mb_error *err)
{
    mb_autofree char *path = mb_printf("tests/%s/steps", exercise->slug);
    mb_autobuf struct buf steps = BUF_INIT;

    out->n = 0;
    if (fs_read(AT_FDCWD, path, 65536, &steps, err) < 0)
        return mb_hint(err, "start me in the top directory of the course");
    for (char *rest = steps.s, *line; (line = strsep(&rest, "\n"));)
        if (*line && parse_step(line, out) < 0)
            return mb_failx(err, "%s: not what tests/skeleton writes", path);
    if (out->n == 0)
        return mb_failx(err, "%s is empty", path);
    return 0;
}

void course_free_steps(struct steps *steps)
{
    for (int i = 0; i < steps->n; i++) {
        free(steps->v[i].file);
        free(steps->v[i].blank);
        free(steps->v[i].task);
    }
    steps->n = 0;
}

void course_files(const struct steps *steps, struct strv *out)
{
    for (int i = 0; i < steps->n; i++)
        if (!strv_has(out, steps->v[i].file))
            strv_add(out, steps->v[i].file);
}

/* ---- hints -------------------------------------------------------------- */

/* The end of the text that begins at S: the next heading, or the end. */
static const char *section_end(const char *s)
{
    while (*s && !(*s == '#' && s[-1] == '\n'))
        s++;
    return s;
}

/* The text between S and its end without blank lines around it. */
static char *section_text(const char *s)
{
    const char *end = section_end(s);

    s += strspn(s, "\n ");
    while (end > s && (end[-1] == '\n' || end[-1] == ' '))
        end--;
    return mb_strndup(s, end - s);
}

/* Read hints.md and find the line HEADING in it; what follows that line. */
static const char *find_heading(const struct exercise *exercise,
                                const char *heading, struct buf *hints)
{
    mb_autofree char *path = mb_printf("tests/%s/hints.md", exercise->slug);
    mb_autofree char *line = mb_printf("\n%s\n", heading);

    buf_adds(hints, "\n");
    if (fs_read(AT_FDCWD, path, 1 << 20, hints, NULL) < 0)
        return NULL;
    const char *found = strstr(hints->s, line);
    return found ? found + strlen(line) : NULL;
}

char *course_hint(const struct exercise *exercise, int step, int rung)
{
    mb_autofree char *heading = mb_printf("# step %d", step);
    mb_autobuf struct buf hints = BUF_INIT;
    const char *s = find_heading(exercise, heading, &hints);

    for (int i = 0; s && i < rung; i++) {
        s = section_end(s);
        if (!starts_with(s, "## "))
            return NULL;
        s = strchr(s, '\n');
        s += s != NULL;
    }
    return s ? section_text(s) : NULL;
}

/* Make one line of each paragraph: reports break lines as wide as they are. */
static char *unwrap(char *s)
{
    for (char *p = s; (p = strchr(p, '\n')); p++)
        if (p[1] != '\n' && p[1] != ' ' && p > s && p[-1] != '\n')
            *p = ' ';
    return s;
}

char *course_mistake(const struct exercise *exercise, const char *id)
{
    mb_autofree char *heading = mb_printf("# mistake %s", id);
    mb_autobuf struct buf hints = BUF_INIT;
    const char *s = find_heading(exercise, heading, &hints);

    return s ? unwrap(section_text(s)) : NULL;
}

/* Lines of .hints that begin with PREFIX. */
static int count_notes(const char *dir, const char *prefix)
{
    mb_autofree char *path = mb_printf("%s/.hints", dir);
    mb_autobuf struct buf notes = BUF_INIT;
    int n = 0;

    if (fs_read(AT_FDCWD, path, 65536, &notes, NULL) < 0)
        return 0;
    for (char *rest = notes.s, *line; (line = strsep(&rest, "\n"));)
        n += *line && starts_with(line, prefix);
    return n;
}

int course_hints_used(const char *dir)
{
    return count_notes(dir, "");
}

int course_hints_of_step(const char *dir, int step)
{
    mb_autofree char *prefix = mb_printf("step %d", step);

    return count_notes(dir, prefix);
}

void course_note_hint(const char *dir, int step)
{
    mb_autofree char *path = mb_printf("%s/.hints", dir);
    mb_autofile FILE *notes = fopen(path, "ae");

    if (notes)
        fprintf(notes, "step %d\n", step);
}
