/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 14: layers as one tree, and what was changed in it
 *
 * What a mount shows is read through /proc/PID/root, from outside.  For
 * overlay_lookup() the kernel itself knows the right answers: the worker mounts
 * the same layers, and we look at what is visible there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"
#include "linux/overlay.h"

static struct {
    const char *base; /* the directory that all of it lies in */
    const char *word[4];
} in;

static void pick_inputs(void)
{
    in.base = text("/tmp/%s", pick_word());
    for (int i = 0; i < 4; i++)
        in.word[i] = pick_word();
}

/* What was told; never NULL. */
static const char *told(const char *name)
{
    const char *value = worker_told(name);

    return value ? value : "";
}

/* The file NAME below the base directory, as PID sees it. */
static const char *file_of(pid_t pid, const char *name)
{
    return see_file(pid, text("%s/%s", in.base, name));
}

/* What is at NAME below the base directory, as PID sees it?  False: nothing. */
static bool stat_of(pid_t pid, const char *name, struct stat *out)
{
    return lstat(text("/proc/%d/root%s/%s", pid, in.base, name), out) == 0;
}

/* The mount NAME in PID's mountinfo. */
static const char *mount_of(pid_t pid, const char *name)
{
    return see_mount(see_proc(pid, "mountinfo"), text("%s/%s", in.base, name));
}

/* ---- step 1 ------------------------------------------------------------- */

/* Three layers; "f" is in all of them, and each has a file of its own. */
static pid_t start_view(const char *act)
{
    pick_inputs();
    worker_start(text("overlay_mount() of 3 layers %s", strcmp(act, "view") == 0
                                                            ? "to read"
                                                            : "and an upper "
                                                              "directory"),
                 act, text("base=%s", in.base), "layers=3",
                 text("layer0=f=%s top=0", in.word[0]),
                 text("layer1=f=%s middle=1 g=%s", in.word[1], in.word[3]),
                 text("layer2=f=%s g=old bottom=2", in.word[2]),
                 text("do=f=%s -g new=%s", in.word[3], in.word[2]), NULL);
    return worker_hold("mounted");
}

START_TEST(the_mount_is_an_overlay)
{
    pid_t pid = start_view("view");
    const char *line = mount_of(pid, "one");

    REQUIRE(strstr(line, " - overlay "),
            .expected = text("an overlay on %s/one", in.base),
            .observed = *line ? "another mount" : "no mount", .shows = line,
            .why = text("overlay_mount() said: %s", told("result.msg")),
            .hint = "not-mounted");
    REQUIRE_INT("result", 0);
    worker_go("mounted");
    worker_end();
}
END_TEST

START_TEST(the_topmost_layer_wins)
{
    pid_t pid = start_view("view");
    const char *f = file_of(pid, "one/f");

    REQUIRE_INT("result", 0, .hint = "not-mounted");
    REQUIRE(
        strcmp(f, in.word[0]) == 0,
        .expected = text("f is \"%s\", as in the topmost layer", in.word[0]),
        .observed =
            text("f is \"%s\"%s", f,
                 strcmp(f, in.word[2]) == 0 ? ", as in the lowest layer" : ""),
        .shows = mount_of(pid, "one"),
        .why = "overlayfs takes lowerdir= as a list with the topmost "
               "layer first, and o->lowers has that order already",
        .hint = "order-reversed");
    for (int i = 0; i < 3; i++) {
        static const char *const own[] = {"top", "middle", "bottom"};
        const char *seen = file_of(pid, text("one/%s", own[i]));
        REQUIRE(atoi(seen) == i && *seen,
                .expected = text("the file \"%s\", which only layer %d of 3 "
                                 "has",
                                 own[i], i + 1),
                .observed = "it is missing", .shows = mount_of(pid, "one"),
                .why = "all layers together are the image",
                .hint = "layer-missing");
    }
}
END_TEST

START_TEST(many_layers_fit)
{
    int n = OVERLAY_MAX_LAYERS - pick(0, 20), length = pick(90, 120);

    pick_inputs();
    worker_start(text("overlay_mount() of %d layers whose names have %d "
                      "characters",
                      n, length),
                 "many", text("base=%s", in.base), text("layers=%d", n),
                 text("long=%d", length), NULL);
    pid_t pid = worker_hold("mounted");
    const char *first = file_of(pid, "one/f");
    const char *last = file_of(pid, text("one/f%d", n - 1));
    REQUIRE_INT("result", 0, .expected = "a mount of all of them",
                .observed =
                    text("overlay_mount() said: %.300s", told("result.msg")),
                .why = "mount(2) has room for one page of options, 4096 "
                       "bytes; what is longer is cut off (rule 1)",
                .hint = "names-too-long");
    REQUIRE(
        atoi(last) == n - 1 && strcmp(first, "0") == 0,
        .expected = text("the first layer's f, and f%d of the last one", n - 1),
        .observed = text("\"%s\" and \"%s\"", first, last),
        .why = "all layers together are the image", .hint = "layer-missing");
}
END_TEST

/* One of the directories does not exist. */
static void require_enoent(const char *what, const char *hint)
{
    pick_inputs();
    worker_start(
        text("overlay_mount(), where the %s directory is missing", what),
        "container", text("base=%s", in.base), "layers=1", "layer0=f=x",
        text("missing=%s", what), NULL);
    worker_hold("mounted");
    REQUIRE_INT("result", -1,
                .why = text("without its %s directory it would be another "
                            "container than the one that was asked for",
                            what),
                .hint = hint);
    REQUIRE_INT("result.errno", ENOENT,
                .why = "add_directory() has put the reason into err; the "
                       "caller only has to return -1 at once",
                .hint = hint);
}

START_TEST(a_missing_layer_is_an_error)
{
    require_enoent("layer", "layer-unchecked");
}
END_TEST

/* ---- step 2 ------------------------------------------------------------- */

/* The mount reads user.overlay.*. */
static void require_userxattr(pid_t pid, const char *hint)
{
    const char *line = mount_of(pid, "one");

    REQUIRE_INT("result", 0, .hint = "not-mounted");
    REQUIRE(strstr(line, "userxattr"), .expected = "the option userxattr",
            .observed = "it is missing", .shows = line,
            .why = "the worker is root in a user namespace: trusted.* "
                   "attributes are closed to it, so without this option "
                   "overlayfs can neither write its marks nor read those that "
                   "we have written (rule 3)",
            .hint = hint);
}

START_TEST(marks_can_be_written)
{
    require_userxattr(start_view("container"), "no-userxattr");
}
END_TEST

START_TEST(marks_are_read_in_a_view)
{
    require_userxattr(start_view("view"), "userxattr-with-upper-only");
    worker_go("mounted");
    worker_end();
    require_userxattr(start_view("container"), "no-userxattr");
}
END_TEST

/* Mount a container, and let it change things.  Its PID. */
static pid_t start_container(void)
{
    start_view("container");
    REQUIRE_INT("result", 0, .hint = "not-mounted");
    worker_go("mounted");
    return worker_hold("changed");
}

/* No file of the work directory. */
static void require_not_in_work(pid_t pid)
{
    struct stat st;

    REQUIRE(!stat_of(pid, "one-work/new", &st),
            .expected = "the new file in the upper directory",
            .observed = "it is in the work directory",
            .shows = mount_of(pid, "one"),
            .why = "upperdir= is where changes go; workdir= is where overlayfs "
                   "prepares them",
            .hint = "upper-and-work-exchanged");
}

START_TEST(changes_go_to_upper)
{
    pid_t pid = start_container();
    const char *changed = text("%s%s", in.word[0], in.word[3]);
    const char *line = mount_of(pid, "one");
    struct stat st;

    require_not_in_work(pid);
    REQUIRE(strcmp(file_of(pid, "one-upper/new"), in.word[2]) == 0,
            .expected = "the file that the container has made, in upper/",
            .observed = "it is not there",
            .shows = text("%s\n%s", told("change"), line),
            .why = "overlayfs writes to upperdir= and nowhere else",
            .hint = "no-upper");
    REQUIRE(strcmp(file_of(pid, "one-upper/f"), changed) == 0,
            .expected = text("a copy of f in upper/, with \"%s\" at its end",
                             in.word[3]),
            .observed = text("\"%s\"", file_of(pid, "one-upper/f")),
            .shows = line,
            .why = "the first write to a file copies it up from its layer");
    REQUIRE(stat_of(pid, "one-upper/g", &st) && overlay_is_whiteout(&st),
            .expected = "a whiteout for g in upper/",
            .observed = "there is none", .shows = line,
            .why = "a layer can't be changed: what is deleted is marked as "
                   "deleted, above it");
    REQUIRE(!stat_of(pid, "one/g", &st), .expected = "g is gone",
            .observed = "g is still to be seen", .shows = line,
            .why = "the container has removed it");
}
END_TEST

START_TEST(containers_do_not_meet)
{
    pick_inputs();
    worker_start("overlay_mount() twice: two containers of one image", "two",
                 text("base=%s", in.base), "layers=1",
                 text("layer0=f=%s", in.word[0]), text("do=f=%s", in.word[1]),
                 NULL);
    worker_hold("mounted");
    REQUIRE_INT("result", 0, .hint = "not-mounted");
    worker_go("mounted");
    worker_hold("changed");
    worker_go("changed");
    pid_t pid = worker_hold("mounted");
    const char *one = file_of(pid, "one/f"), *two = file_of(pid, "two/f");
    const char *written = text("%s%s", in.word[0], in.word[1]);
    REQUIRE_INT("result", 0, .hint = "not-mounted");
    REQUIRE(strcmp(one, written) == 0,
            .expected = "the first container sees what it has written",
            .observed = text("f is \"%s\"", one), .shows = told("change"),
            .why = "its upper directory lies on top of the image",
            .hint = "no-upper");
    REQUIRE(strcmp(two, in.word[0]) == 0,
            .expected = text("the second container has the image's f: \"%s\"",
                             in.word[0]),
            .observed = text("f is \"%s\", as the first one left it", two),
            .shows = mount_of(pid, "two"),
            .why = "each container has an upper directory of its own; what one "
                   "writes is not seen by the other",
            .hint = "upper-shared");
}
END_TEST

START_TEST(the_image_is_unharmed)
{
    pid_t pid = start_container();
    const char *f = file_of(worker_pid(), "layer0/f");
    const char *g = file_of(worker_pid(), "layer1/g");
    struct stat st;

    REQUIRE(strcmp(f, in.word[0]) == 0 && strcmp(g, in.word[3]) == 0,
            .expected = text("f and g in the layers: \"%s\", \"%s\"",
                             in.word[0], in.word[3]),
            .observed = text("\"%s\", \"%s\"", f, g),
            .shows = mount_of(pid, "one"),
            .why = "the layers belong to all containers of the image",
            .hint = "layers-written");
    REQUIRE(!stat_of(worker_pid(), "layer0/new", &st),
            .expected = "no new file in a layer", .observed = "there is one",
            .shows = mount_of(pid, "one"),
            .why = "the layers belong to all containers of the image",
            .hint = "layers-written");
    REQUIRE(!*mount_of(worker_pid(), "one"), .expected = "no mount on the host",
            .observed = "there is one",
            .why = "the mount belongs to the container's namespace");
    worker_go("changed");
    worker_hold("after");
    worker_go("after");
    worker_end();
}
END_TEST

START_TEST(a_missing_upper_is_an_error)
{
    require_enoent("upper", "upper-unchecked");
}
END_TEST

START_TEST(a_missing_work_is_an_error)
{
    require_enoent("work", "work-unchecked");
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

enum { MAX_DEPTH = 6 };

/* Look up a random name in each of ROUNDS; a letter for each layer.  The PID
 * that holds the kernel's own overlays.  0: this system keeps no marks. */
static pid_t start_lookup(const char *rounds)
{
    pick_inputs();
    in.word[0] = pick_word();
    worker_start("overlay_lookup()", "lookup", text("base=%s", in.base),
                 text("name=%s", in.word[0]), text("rounds=%s", rounds), NULL);
    pid_t pid = worker_hold("looked");
    return pid;
}

static const char *kind_name(char kind)
{
    return kind == 'f'   ? "a file"
           : kind == 'd' ? "a directory"
           : kind == 'o' ? "an opaque directory"
           : kind == 'w' ? "a whiteout"
           : kind == 'l' ? "a symlink"
                         : "nothing";
}

/* What the layers have, for a human. */
static const char *layers_text(const char *kinds)
{
    const char *all = text("what the layers have of the name %s, the topmost "
                           "first:\n",
                           in.word[0]);

    for (int i = 0; kinds[i]; i++)
        all = text("%s  layer %d: %s\n", all, i, kind_name(kinds[i]));
    return all;
}

/* An answer: the number of the layer that the entry is from, -1 for nothing,
 * -2 for one that can't be told; the numbers of the directories. */
struct answer {
    int from;
    const char *dirs;
};

/* What the kernel shows in round ROUND. */
static struct answer kernels_answer(pid_t pid, int round)
{
    struct answer a = {.from = -1, .dirs = ""};
    struct stat st;

    if (!stat_of(pid, text("%d/merged/%s", round, in.word[0]), &st))
        return a;
    a.from = S_ISLNK(st.st_mode) ? -2 : (int)(st.st_mode & 7);
    for (int i = 0; i < MAX_DEPTH && S_ISDIR(st.st_mode); i++) {
        struct stat inside;
        if (stat_of(pid, text("%d/merged/%s/in%d", round, in.word[0], i),
                    &inside))
            a.dirs = text("%s %d", a.dirs, i);
    }
    return a;
}

/* What the student's function told in round ROUND. */
static struct answer students_answer(int round)
{
    struct answer a = {.from = -1, .dirs = ""};
    unsigned mode = strtoul(told(text("mode%d", round)), NULL, 8);
    const char *list = told(text("dirs%d", round));

    if (strcmp(told(text("result%d", round)), "1") == 0)
        a.from = S_ISLNK(mode) ? -2 : S_ISCHR(mode) ? -3 : (int)(mode & 7);
    for (const char *p = list; (p = strstr(p, "/layer")); p++)
        a.dirs = text("%s %d", a.dirs, atoi(p + strlen("/layer")));
    return a;
}

static const char *answer_text(struct answer a)
{
    const char *what = a.from == -1   ? "nothing (0)"
                       : a.from == -2 ? "a symlink"
                       : a.from == -3 ? "the whiteout itself"
                                      : text("the entry of layer %d", a.from);

    return *a.dirs ? text("%s; directories of the layers%s", what, a.dirs)
                   : text("%s; no directories", what);
}

/* Compare the answers of round ROUND, in which the layers have KINDS. */
static void require_round(pid_t pid, int round, const char *kinds,
                          const char *why, const char *hint)
{
    struct answer right = kernels_answer(pid, round);
    struct answer is = students_answer(round);
    const char *result = told(text("result%d", round));

    REQUIRE(strcmp(result, "1") == 0 || strcmp(result, "0") == 0,
            .ran = text("overlay_lookup(\"%s\")", in.word[0]),
            .expected = "1 or 0", .observed = result,
            .shows = layers_text(kinds),
            .why = text("it said: %s", told(text("result%d.msg", round))));
    REQUIRE(is.from == right.from && strcmp(is.dirs, right.dirs) == 0,
            .ran = text("overlay_lookup(\"%s\")", in.word[0]),
            .expected = text("%s", answer_text(right)),
            .observed = answer_text(is), .shows = layers_text(kinds),
            .why = text("%s (the kernel's own overlay of these layers shows "
                        "what is expected)",
                        why),
            .hint = is.from == -3 ? "whiteout-found" : hint);
}

/* Some rounds, ended by NULL, that all teach the same. */
static void require_rounds(const char *const *rounds, const char *why,
                           const char *hint)
{
    const char *all = "";
    int n = 0;

    for (; rounds[n]; n++)
        all = text("%s%s ", all, rounds[n]);
    pid_t pid = start_lookup(all);
    bool marks = strcmp(told("marks"), "yes") == 0;
    for (int i = 0; i < n; i++)
        if (marks || !strchr(rounds[i], 'o'))
            require_round(pid, i, rounds[i], why, hint);
}

/* KIND at a random place in N layers, BELOW in all those below it. */
static const char *layers_with(int n, char above, char kind, char below)
{
    int at = pick(0, n - 2);
    char *kinds = (char *)text("%*s", n, "");

    for (int i = 0; i < n; i++)
        kinds[i] = i < at ? above : i == at ? kind : below;
    return kinds;
}

START_TEST(the_topmost_entry_is_found)
{
    require_rounds(
        (const char *[]){layers_with(5, '-', 'f', '-'),
                         layers_with(5, '-', 'f', 'f'),
                         layers_with(5, '-', 'l', 'f'), "-----", NULL},
        "a layer that has nothing of that name is transparent; the first "
        "one that has something decides",
        "not-the-topmost");
}
END_TEST

START_TEST(a_whiteout_ends_the_search)
{
    require_rounds((const char *[]){layers_with(5, '-', 'w', 'f'),
                                    layers_with(5, '-', 'w', 'd'), "ffwff",
                                    "ddwdd", NULL},
                   "a whiteout says that the name was deleted: what lower "
                   "layers have of it is gone",
                   "whiteout-ignored");
}
END_TEST

START_TEST(directories_are_merged)
{
    require_rounds((const char *[]){layers_with(5, '-', 'd', 'd'), "ddddd",
                                    "d-d-d", "--d-d", NULL},
                   "directories of one name are shown as one, with the "
                   "attributes of the topmost",
                   "not-merged");
}
END_TEST

START_TEST(a_file_is_in_the_way)
{
    require_rounds((const char *[]){layers_with(5, '-', 'f', 'd'),
                                    layers_with(5, 'd', 'f', 'd'), "d-l-d",
                                    "dffdf", NULL},
                   "a file hides what is below it; so what is below a "
                   "directory, but also below a file, is no part of it",
                   "file-in-the-way");
}
END_TEST

START_TEST(an_opaque_directory_ends_the_search)
{
    require_rounds((const char *[]){layers_with(5, '-', 'o', 'd'),
                                    layers_with(5, 'd', 'o', 'd'), "d-o-d",
                                    NULL},
                   "an opaque directory was removed and made again: it is "
                   "shown, and nothing below it",
                   "opaque-ignored");
}
END_TEST

START_TEST(all_kinds_together)
{
    const char *rounds[9] = {NULL};

    for (int i = 0; i < 8; i++) {
        char *kinds = (char *)text("%*s", MAX_DEPTH, "");
        for (int k = 0; k < MAX_DEPTH; k++)
            kinds[k] = "fdddow--l"[pick(0, 8)];
        rounds[i] = kinds;
    }
    require_rounds(rounds, "rule 4, all of it", NULL);
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Random inputs, the words sorted. */
static void pick_sorted(void)
{
    pick_inputs();
    qsort(in.word, sizeof in.word / sizeof *in.word, sizeof *in.word, by_name);
}

/* Call changes_read() over two layers.  UPPER: its tree, in words; or DO: what
 * is done in the merged tree.  The lines. */
static const char *read_changes(const char *layer0, const char *layer1,
                                const char *upper, const char *todo)
{
    const char *shows = *todo ? text("done in the container: %s", todo)
                              : text("in upper/: %s", upper);

    worker_start(text("changes_read() over the layers \"%s\" and \"%s\"; %s",
                      layer0, layer1, shows),
                 "changes", text("base=%s", in.base), "layers=2",
                 text("layer0=%s", layer0), text("layer1=%s", layer1),
                 text("upper=%s", upper), text("do=%s", todo), NULL);
    worker_end();
    REQUIRE_INT("result", 0);
    return told("lines");
}

static bool has_line(const char *lines, const char *line)
{
    return strstr(text("\n%s", lines), text("\n%s\n", line)) != NULL;
}

/* The letter that PATH has in LINES, or 0. */
static char letter_of(const char *lines, const char *path)
{
    static const char letters[] = "ACD";

    for (const char *l = letters; *l; l++)
        if (has_line(lines, text("%c %s", *l, path)))
            return *l;
    return 0;
}

static void require_lines(const char *lines, const char *expected,
                          const char *why, const char *hint)
{
    REQUIRE(strcmp(lines, expected) == 0,
            .expected = *expected ? expected : "no lines",
            .observed = *lines ? lines : "no lines", .why = why, .hint = hint);
}

START_TEST(files_are_added_changed_deleted)
{
    pick_sorted();
    const char *added = text("/%s", in.word[0]);
    const char *changed = text("/%s", in.word[1]);
    const char *deleted = text("/%s", in.word[2]);
    const char *lines = read_changes(
        text("%s=x", in.word[1]), text("%s=y %s=z", in.word[2], in.word[3]),
        text("%s=1 %s=2 -%s", in.word[0], in.word[1], in.word[2]), "");
    const char *expected = text("A %s\nC %s\nD %s\n", added, changed, deleted);
    char letter = letter_of(lines, deleted);

    require_lines(lines, expected,
                  "what is in upper/ and in no layer was added; what is in "
                  "both was changed; a whiteout means that it was deleted",
                  letter == 'A' || letter == 'C' ? "whiteout-is-no-file"
                  : letter_of(lines, added) == 'C' ||
                          letter_of(lines, changed) == 'A'
                      ? "added-or-changed"
                      : NULL);
}
END_TEST

START_TEST(a_whiteout_of_nothing_is_no_change)
{
    pick_sorted();
    const char *lines = read_changes(
        text("-%s", in.word[1]), text("%s=x", in.word[1]),
        text("-%s -%s %s=x", in.word[0], in.word[1], in.word[2]), "");

    require_lines(lines, text("A /%s\n", in.word[2]),
                  "what was not in the image (or had been deleted in it "
                  "already), and is not there now, has not changed",
                  "whiteout-of-nothing");
}
END_TEST

START_TEST(directories_are_read_too)
{
    const char *d, *e;

    pick_sorted();
    d = in.word[0], e = in.word[1];
    const char *lines = read_changes(
        text("%s/ %s/%s=x", d, d, e), "",
        text("%s/ -%s/%s %s/ %s/%s/ %s/%s/%s=x", d, d, e, e, e, d, e, d, d),
        "");
    const char *expected =
        text("C /%s\nD /%s/%s\nA /%s\nA /%s/%s\nA /%s/%s/%s\n", d, d, e, e, e,
             d, e, d, d);
    require_lines(lines, expected,
                  "the changes in a directory come right behind its own line, "
                  "whether it is new or not",
                  strstr(lines, text("/%s/%s\n", d, e)) ? "directory-line-first"
                                                        : "not-descended");
}
END_TEST

START_TEST(what_looks_the_same_is_not_listed)
{
    const char *d, *e;

    pick_sorted();
    d = in.word[0], e = in.word[1];
    const char *lines = read_changes(
        text("%s/ %s/f=x %s/ %s/f=x %s/", d, d, e, e, in.word[2]), "", "",
        text("%s/f= %s/f=y ~%s %s/", d, e, in.word[2], in.word[3]));

    require_lines(
        lines,
        text("C /%s\nC /%s/f\nC /%s\nA /%s\n", e, e, in.word[2], in.word[3]),
        "a file that was opened for writing and not changed, and the "
        "directory around it, were copied up for nothing (rule 1); "
        "but a directory that has another mode has changed, and a "
        "new one is a change even if it is empty",
        has_line(lines, text("C /%s", d)) ? "unchanged-listed"
                                          : "too-much-taken-back");
}
END_TEST

START_TEST(an_opaque_directory_hides_what_was_there)
{
    const char *d, *e;

    pick_sorted();
    d = in.word[0], e = in.word[1];
    const char *upper = text("!%s/ %s/%s=x", d, d, e);
    worker_start("changes_read() of a directory that was removed and made "
                 "again",
                 "changes", text("base=%s", in.base), "layers=2",
                 text("layer0=%s/ %s/%s=x %s/zzz=x", d, d, e, d),
                 text("layer1=%s/ %s/aaa/ %s/aaa/f=x", d, d, d),
                 text("upper=%s", upper), "do=", NULL);
    worker_end();
    if (strcmp(told("marks"), "yes") != 0)
        return; /* this kernel's tmpfs keeps no marks */
    REQUIRE_INT("result", 0);
    require_lines(
        told("lines"),
        text("C /%s\nD /%s/aaa\nC /%s/%s\nD /%s/zzz\n", d, d, d, e, d),
        "upper/ has no whiteouts for what an opaque directory hides: "
        "names that are in the layers only are gone (rule 2)",
        "gone-forgotten");
}
END_TEST

START_TEST(what_the_kernel_has_written_is_read)
{
    const char *w[4];

    pick_sorted();
    memcpy(w, in.word, sizeof w);
    const char *lines = read_changes(
        text("%s=x %s/ %s/f=x", w[0], w[1], w[1]),
        text("%s/ %s/g=x %s/ %s/h=x", w[1], w[1], w[2], w[2]), "",
        text("%s=more %s/new=x -%s/g %s/tmp=x -%s/tmp -%s/h -%s %s/ %s/n=x",
             w[0], w[1], w[1], w[1], w[1], w[2], w[2], w[3], w[3]));

    require_lines(lines,
                  text("C /%s\nC /%s\nD /%s/g\nA /%s/new\nD /%s\nA /%s\n"
                       "A /%s/n\n",
                       w[0], w[1], w[1], w[1], w[2], w[3], w[3]),
                  "that is what docker diff would print, too", NULL);
}
END_TEST

START_TEST(a_directory_that_cant_be_read_is_an_error)
{
    const char *deep = "d/";

    pick_inputs();
    for (int i = 0; i < 40; i++)
        deep = text("%sd/", deep);
    worker_start("changes_read() of 41 directories in each other, where no "
                 "more than 30 files can be open",
                 "deep", text("base=%s", in.base), "layers=1",
                 "layer0=", text("upper=%s", deep), NULL);
    worker_end();
    REQUIRE_INT("result", -1, .why = "half a list would look like a whole one",
                .hint = "error-ignored");
    REQUIRE_INT("result.errno", EMFILE,
                .why = "read_dir() has put the reason into err",
                .hint = "error-ignored");
}
END_TEST

void exam_14_overlay(struct exam *exam);
void exam_14_overlay(struct exam *exam)
{
    exam_add(exam, 1, MECHANISM, the_mount_is_an_overlay,
             "there is an overlay on the target");
    exam_add(exam, 1, EFFECT, the_topmost_layer_wins,
             "all layers are seen, and the topmost wins");
    exam_add(exam, 1, EFFECT, many_layers_fit,
             "more than 100 layers with long names can be mounted");
    exam_add(exam, 1, VALUE, a_missing_layer_is_an_error,
             "a layer that does not exist gives -1 and ENOENT");
    exam_add(exam, 2, MECHANISM, marks_can_be_written,
             "a container's overlay uses user.overlay.*");
    exam_add(exam, 2, MECHANISM, marks_are_read_in_a_view,
             "so does one without an upper directory");
    exam_add(exam, 2, EFFECT, changes_go_to_upper,
             "what the container changes is in its upper directory");
    exam_add(exam, 2, EFFECT, containers_do_not_meet,
             "two containers of one image don't see each other's changes");
    exam_add(exam, 2, HOST, the_image_is_unharmed,
             "the image's layers are as they were");
    exam_add(exam, 2, VALUE, a_missing_upper_is_an_error,
             "a missing upper directory gives -1 and ENOENT");
    exam_add(exam, 2, VALUE, a_missing_work_is_an_error,
             "a missing work directory gives -1 and ENOENT");
    exam_add(exam, 3, VALUE, the_topmost_entry_is_found,
             "the topmost entry is found");
    exam_add(exam, 3, VALUE, a_whiteout_ends_the_search,
             "a whiteout ends the search");
    exam_add(exam, 3, VALUE, directories_are_merged,
             "directories of one name are merged");
    exam_add(exam, 3, VALUE, a_file_is_in_the_way,
             "a file hides what is below it");
    exam_add(exam, 3, VALUE, an_opaque_directory_ends_the_search,
             "an opaque directory is shown, and nothing below it");
    exam_add(exam, 3, VALUE, all_kinds_together,
             "random layers: the same answers as the kernel's");
    exam_add(exam, 4, VALUE, files_are_added_changed_deleted,
             "files are added, changed, deleted");
    exam_add(exam, 4, VALUE, a_whiteout_of_nothing_is_no_change,
             "a whiteout of nothing is no change");
    exam_add(exam, 4, VALUE, directories_are_read_too,
             "what is in a directory is told too");
    exam_add(exam, 4, VALUE, what_looks_the_same_is_not_listed,
             "what was copied up and not changed is not listed");
    exam_add(exam, 4, VALUE, an_opaque_directory_hides_what_was_there,
             "what an opaque directory hides was deleted");
    exam_add(exam, 4, EFFECT, what_the_kernel_has_written_is_read,
             "the changes that the kernel has written down are read");
    exam_add(exam, 4, VALUE, a_directory_that_cant_be_read_is_an_error,
             "a directory that can't be read gives -1");
}
