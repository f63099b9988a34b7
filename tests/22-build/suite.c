/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 22: not doing a step again
 *
 * Nobody knows a key beforehand, and nobody has to: two builds that differ in
 * one thing either have the same key or they don't.  Names, texts and modes are
 * random, so that no key can be written down.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"
#include "image/digest.h"

/* What was told; never NULL. */
static const char *told(const char *name)
{
    const char *value = worker_told(name);

    return value ? value : "(nothing)";
}

static const char *json_text(json_t *value)
{
    const char *all = text("%s", json_dumps(value, JSON_COMPACT));

    json_decref(value);
    return all;
}

/* ---- step 1 ------------------------------------------------------------- */

enum { STAGES = 9 };

/* A Dockerfile in the making: NEEDS[a][b] says that stage a needs stage b. */
struct plan {
    const char *names[STAGES], *bodies[STAGES];
    bool needs[STAGES][STAGES];
    int lines[STAGES];
};

/* Stage A takes files from B, by its name or its number, in COPY or in RUN. */
static void plan_copy(struct plan *p, int a, int b)
{
    const char *from = pick(0, 1) ? text("%s", p->names[b]) : text("%d", b);

    p->needs[a][b] = true;
    p->lines[a]++;
    p->bodies[a] = text(pick(0, 1) ? "%sCOPY --from=%s /x /x\n"
                                   : "%sRUN --mount=from=%s,target=/x true\n",
                        p->bodies[a], from);
}

/* Stage A is FROM stage B, or from nothing (-1). */
static void plan_stage(struct plan *p, int a, int b)
{
    p->names[a] = pick_word();
    p->lines[a] = 1;
    p->bodies[a] =
        text("FROM %s AS %s\n", b < 0 ? "scratch" : p->names[b], p->names[a]);
    if (b >= 0)
        p->needs[a][b] = true;
}

/* Does A need B, maybe by way of others? */
static bool plan_reaches(const struct plan *p, int a, int b)
{
    for (int i = 0; i < a; i++)
        if (p->needs[a][i] && (i == b || plan_reaches(p, i, b)))
            return true;
    return a == b;
}

static const char *plan_file(const struct plan *p)
{
    const char *all = "";

    for (int i = 0; i < STAGES; i++)
        all = text("%s%s", all, p->bodies[i]);
    return all;
}

/* Nine stages.  8 needs 6 and 4, these need 2, and so on down to 0; what has an
 * odd number is needed by others with odd numbers only. */
static struct plan plan_make(void)
{
    struct plan p = {0};

    for (int i = 0; i < STAGES; i++)
        plan_stage(&p, i, i > 1 && pick(0, 2) == 0 ? i - 2 : -1);
    for (int i = 2; i < STAGES; i++) {
        if (!p.needs[i][i - 2])
            plan_copy(&p, i, i - 2);
        if (i % 2)
            plan_copy(&p, i, pick(0, i / 2) * 2);
    }
    plan_copy(&p, 8, 4);
    return p;
}

static void plan_start(const char *dockerfile, const char *target)
{
    worker_start(text("plan_target(), for the target %s",
                      *target ? target : "that is the last stage"),
                 "plan", text("dockerfile=%s", dockerfile),
                 text("target=%s", target), NULL);
    worker_end();
}

#define WHY_NEEDED                                                             \
    "a stage that the target needs may need others: all that can be reached "  \
    "from the target must be built"
#define WHY_NOT_NEEDED                                                         \
    "what the target does not need costs time, and nobody sees the result"
#define WHY_ONCE                                                               \
    "plan_stage() counts a stage's instructions for \"Step 3/7\", so it may "  \
    "be called once for each stage that is needed"

/* What it looks like when the verdict on stage I is wrong. */
static const char *stage_hint(const struct plan *p, int target, int i)
{
    if (i == target)
        return "target-not-marked";
    if (i > target)
        return "after-the-target";
    if (!plan_reaches(p, target, i))
        return "all-marked";
    return p->needs[target][i] ? "first-forgotten" : "one-step-only";
}

/* Compare what was planned for stage TARGET. */
static void require_plan(const struct plan *p, int target)
{
    int steps = 0;

    REQUIRE_INT("result", 0, .expected = "plan_target() returns 0",
                .observed = told("result.msg"), .shows = plan_file(p),
                .why = "nothing is wrong with this Dockerfile");
    for (int i = STAGES - 1; i >= 0; i--) {
        bool needed = plan_reaches(p, target, i);
        bool is = strcmp(told(text("needed%d", i)), "1") == 0;
        steps += needed ? p->lines[i] : 0;
        REQUIRE(is == needed,
                .expected = text("stage %d (%s) is %sneeded", i, p->names[i],
                                 needed ? "" : "not "),
                .observed = is ? "it is marked" : "it is not marked",
                .shows = plan_file(p),
                .why = needed ? WHY_NEEDED : WHY_NOT_NEEDED,
                .hint = stage_hint(p, target, i));
    }
    REQUIRE_INT("steps", steps, .shows = plan_file(p), .why = WHY_ONCE,
                .expected = text("%d steps are counted, those of the stages "
                                 "that are needed",
                                 steps),
                .hint = "planned-twice");
}

START_TEST(what_the_target_needs)
{
    struct plan p = plan_make();

    plan_start(plan_file(&p), "");
    require_plan(&p, STAGES - 1);
}
END_TEST

START_TEST(a_target_in_the_middle)
{
    struct plan p = plan_make();
    int target = pick(0, 1) ? 5 : 6;

    plan_start(plan_file(&p),
               pick(0, 1) ? p.names[target] : text("%d", target));
    require_plan(&p, target);
}
END_TEST

START_TEST(the_first_stage_alone)
{
    struct plan p = plan_make();

    plan_start(plan_file(&p), p.names[0]);
    require_plan(&p, 0);
}
END_TEST

#define WHY_TOLD                                                               \
    "all that can be wrong before the first step should be said before the "   \
    "first step"

START_TEST(errors_of_needed_stages_only)
{
    const char *missing = pick_word(), *name = pick_word();
    const char *bad =
        text("FROM scratch AS %s\nCOPY --from=%s /x /x\n", name, missing);

    plan_start(text("%sFROM scratch\nCOPY x /x\n", bad), "");
    REQUIRE_INT("result", 0,
                .expected = "0: the stage with the mistake is not needed",
                .observed = told("result.msg"), .why = WHY_NOT_NEEDED,
                .hint = "all-looked-at");
    worker_kill();
    plan_start(text("%sFROM scratch AS b\nCOPY --from=%s /x /x\n"
                    "FROM b\n",
                    bad, name),
               "");
    REQUIRE(strcmp(told("result"), "-1") == 0,
            .expected = text("an error: there is no \"%s\"", missing),
            .observed = text("the result is %s", told("result")),
            .why = WHY_TOLD, .hint = "plan-error-lost");
}
END_TEST

/* ---- steps 2 and 3: keys ------------------------------------------------ */

/* Two builds, what is different between them, and whether their last steps
 * have the same key. */
enum verdict { OTHER, SAME, REFUSED };
struct pair {
    json_t *first, *second;
    const char *difference;
    enum verdict wanted;
    const char *why, *hint;
};

/* A build with these lines below FROM. */
static json_t *lines(const char *text_of)
{
    return json_pack("{s:o}", "dockerfile",
                     json_string(text("FROM scratch\n%s\n", text_of)));
}

/* The same, with something else. */
static json_t *with(json_t *build, const char *key, json_t *value)
{
    json_object_set_new(build, key, value);
    return build;
}

static json_t *with_text(json_t *build, const char *key, const char *value)
{
    return with(build, key, json_string(value));
}

static bool is_key(const char *text_of)
{
    return strlen(text_of) == 64 && strspn(text_of, "0123456789abcdef") == 64;
}

static void require_pair(int i, const struct pair *p)
{
    const char *a = told(text("key%d", 2 * i));
    const char *b = told(text("key%d", 2 * i + 1));
    const char *both = text("one key is   %s\nthe other is %s\n", a, b);

    REQUIRE(is_key(a), .ran = text("%s", p->difference),
            .expected = "the first of the two has a key", .observed = a,
            .why = "without a key nothing can be found in the cache",
            .hint = p->hint);
    if (p->wanted == REFUSED) {
        REQUIRE(!is_key(b), .ran = text("the second: %s", p->difference),
                .expected = "the step is refused",
                .observed = text("it has the key %s", b), .why = p->why,
                .hint = p->hint);
        return;
    }
    REQUIRE(is_key(b), .ran = text("%s", p->difference),
            .expected = "the second of the two has a key", .observed = b,
            .why = p->why, .hint = p->hint);
    REQUIRE((strcmp(a, b) == 0) == (p->wanted == SAME),
            .ran = text("two builds; the difference: %s", p->difference),
            .expected = p->wanted == SAME ? "the same key: the cache hits"
                                          : "another key: the cache misses",
            .observed = p->wanted == SAME ? "two keys" : "the same key",
            .shows = both, .why = p->why, .hint = p->hint);
}

/* Have the keys of all PAIRS made, up to one without builds, and compare. */
static void require_all(const char *ran, const struct pair *pairs)
{
    json_t *builds = json_array();
    int n = 0;

    for (; pairs[n].first; n++) {
        json_array_append_new(builds, pairs[n].first);
        json_array_append_new(builds, pairs[n].second);
    }
    worker_start(ran, "keys", text("builds=%s", json_text(builds)), NULL);
    worker_end();
    for (int i = 0; i < n; i++)
        require_pair(i, &pairs[i]);
}

/* ---- step 2 ------------------------------------------------------------- */

#define COPIES "the keys of two COPYs"

/* A file of a context.  KIND: file, link, fifo, directory, dead link. */
static json_t *file(const char *path, const char *kind, const char *argument)
{
    return json_pack("{s:s,s:s,s:s}", "path", path, "kind", kind, "argument",
                     argument);
}

/* The same with a number: "mode", "mtime" or "owner". */
static json_t *file_with(json_t *what, const char *key, int value)
{
    return with(what, key, json_integer(value));
}

/* A build that copies the directory d of a context with these two files, the
 * second of which may be NULL. */
static json_t *copy_of(json_t *one, json_t *two)
{
    json_t *files = json_array();

    json_array_append_new(files, one);
    if (two)
        json_array_append_new(files, two);
    return with(lines("COPY d /d"), "files", files);
}

static json_t *copy_text(const char *content)
{
    return copy_of(file("d/f", "file", content), NULL);
}

static json_t *copy_mode(int mode)
{
    return copy_of(file_with(file("d/f", "file", "x"), "mode", mode), NULL);
}

static json_t *copy_kind(const char *kind, const char *argument)
{
    return copy_of(file("d/f", kind, argument), NULL);
}

#define WHY_BYTES "other bytes in the context are other bytes in the image"
#define WHY_MODE "COPY keeps permissions, so they are part of the layer"
#define WHY_LINK                                                               \
    "COPY carries over a link as it is: what it says reaches the image, and "  \
    "what it leads to does not (rule 3)"
#define WHY_TIMES                                                              \
    "times say who checked out and when: after git clone all of them are "     \
    "new, and nothing else is (rule 1)"
#define WHY_FIFO                                                               \
    "a fifo has no bytes, only a type and a mode; opening it fails or waits "  \
    "for a writer that never comes (rule 3)"

#define WHY_UNREAD                                                             \
    "a key without these bytes would be found again when they are others"

START_TEST(the_bytes_of_a_file)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        COPIES,
        (struct pair[]){
            {copy_text(w), copy_text(v), "the file's bytes", OTHER, WHY_BYTES,
             "bytes-missing"},
            {copy_text(w), copy_text(text("%s%s", w, v)),
             "the second file is longer", OTHER, WHY_BYTES, "bytes-missing"},
            {copy_text(w), copy_text(""), "the second file is empty", OTHER,
             WHY_BYTES, "bytes-missing"},
            {copy_text(w), copy_text(w), "none", SAME,
             "the same files have the same key", "key-not-the-same"},
            {0}});
}
END_TEST

START_TEST(the_mode_of_a_file)
{
    int mode = 0400 + pick(0, 077);

    require_all(
        COPIES,
        (struct pair[]){
            {copy_mode(0644), copy_mode(0755), "0644 or 0755", OTHER, WHY_MODE,
             "mode-missing"},
            {copy_mode(mode), copy_mode(mode ^ 1 << pick(0, 5)),
             "one bit of the file's mode", OTHER, WHY_MODE, "mode-missing"},
            {copy_mode(04755), copy_mode(0755), "the set-user-ID bit", OTHER,
             "a file that makes everybody root is not the same file",
             "special-bits-lost"},
            {copy_of(file_with(file("d/s", "directory", ""), "mode", 0700),
                     NULL),
             copy_of(file_with(file("d/s", "directory", ""), "mode", 0755),
                     NULL),
             "the mode of a directory in the directory", OTHER, WHY_MODE,
             "mode-missing"},
            {copy_mode(mode), copy_mode(mode), "none", SAME,
             "the same files have the same key", "key-not-the-same"},
            {0}});
}
END_TEST

START_TEST(a_link_is_what_it_says)
{
    const char *w = pick_word(), *v = pick_word();
    json_t *outside = file("other", "file", w);
    json_t *same_text = file_with(file("d/f", "file", w), "mode", 0777);

    require_all(
        COPIES,
        (struct pair[]){
            {copy_of(file("d/f", "link", "../other"), outside),
             copy_of(file("d/f", "link", "../other"), file("other", "file", v)),
             "the bytes of the file that the link leads to", SAME, WHY_LINK,
             "link-followed"},
            {copy_kind("link", w), copy_kind("link", w), "none", SAME,
             "a link that leads nowhere can be copied", "link-followed"},
            {copy_kind("link", w), copy_kind("link", v), "where a link points",
             OTHER, WHY_LINK, "target-missing"},
            {copy_kind("link", w), copy_of(same_text, NULL),
             "a link, or a file of mode 0777 whose digest is what the link "
             "says",
             OTHER, "a link and a file are not the same, whatever they hold",
             "type-missing"},
            {0}});
}
END_TEST

START_TEST(times_do_not_matter)
{
    const char *w = pick_word();
    int when = 1000000000 + pick(0, 500000000);
    json_t *f = file("d/f", "file", w), *old = file("d/f", "file", w);
    json_t *link = file("d/f", "link", w), *old_link = file("d/f", "link", w);
    json_t *dir = file("d/s", "directory", "");
    json_t *old_dir = file("d/s", "directory", "");

    require_all(
        COPIES,
        (struct pair[]){
            {copy_of(f, NULL), copy_of(file_with(old, "mtime", when), NULL),
             "the file's time", SAME, WHY_TIMES, "stat-hashed"},
            {copy_of(link, NULL),
             copy_of(file_with(old_link, "mtime", when), NULL),
             "the link's time", SAME, WHY_TIMES, "stat-hashed"},
            {copy_of(dir, NULL),
             copy_of(file_with(old_dir, "mtime", when), NULL),
             "the directory's time", SAME, WHY_TIMES, "stat-hashed"},
            {copy_text(w),
             copy_of(file_with(file("d/f", "file", w), "owner", 7), NULL),
             "the file's owner", SAME,
             "COPY gives all files to root: the owner does not reach the image",
             "stat-hashed"},
            {copy_text(w), copy_text(text("%s.", w)), "the file's bytes", OTHER,
             WHY_BYTES, "bytes-missing"},
            {0}});
}
END_TEST

START_TEST(a_fifo_is_not_opened)
{
    const char *w = pick_word();
    json_t *one = file_with(file("d/f", "fifo", ""), "mode", 0600);
    json_t *two = file_with(file("d/f", "fifo", ""), "mode", 0644);

    require_all(
        COPIES,
        (struct pair[]){
            {copy_kind("fifo", ""), copy_kind("fifo", ""), "none", SAME,
             WHY_FIFO, "fifo-opened"},
            {copy_of(one, NULL), copy_of(two, NULL), "the fifo's mode", OTHER,
             WHY_MODE, "mode-missing"},
            {copy_kind("fifo", ""), copy_kind("file", ""), "a fifo, or a file",
             OTHER, "an empty file is not the same as a fifo", "type-missing"},
            {copy_of(file("d/f", "fifo", ""), file("d/g", "file", w)),
             copy_of(file("d/f", "fifo", ""), file("d/g", "file", "x")),
             "the bytes of another file", OTHER, WHY_BYTES, "bytes-missing"},
            {0}});
}
END_TEST

START_TEST(the_order_of_a_directory_does_not_matter)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        COPIES,
        (struct pair[]){
            {copy_of(file("d/a", "file", w), file("d/b", "file", v)),
             copy_of(file("d/b", "file", v), file("d/a", "file", w)),
             "which file was made first", SAME,
             "the kernel lists a directory in any order it likes: the list is "
             "sorted before it is hashed",
             "key-not-the-same"},
            {copy_of(file("d/a", "file", w), file("d/b", "file", v)),
             copy_of(file("d/a", "file", v), file("d/b", "file", w)),
             "which file has which bytes", OTHER, WHY_BYTES, "bytes-missing"},
            {copy_of(file("d/a", "file", w), NULL),
             copy_of(file("d/b", "file", w), NULL), "the file's name", OTHER,
             "another name is another file", NULL},
            {0}});
}
END_TEST

START_TEST(what_cannot_be_read_has_no_key)
{
    const char *w = pick_word();

    require_all(COPIES, (struct pair[]){
                            {copy_text(w), copy_text("/proc/self/mem"),
                             "a file that can't be read (EIO)", REFUSED,
                             WHY_UNREAD, "read-error-lost"},
                            {copy_kind("link", w), copy_kind("dead link", ""),
                             "a link that can't be read (ENOENT)", REFUSED,
                             WHY_UNREAD, "read-error-lost"},
                            {0}});
}
END_TEST

/* What PID has open below PREFIX, a line for each. */
static const char *open_files(pid_t pid, const char *prefix)
{
    mb_autodir DIR *dir = opendir(text("/proc/%d/fd", pid));
    const char *all = "";

    for (struct dirent *e; dir && (e = readdir(dir));) {
        const char *target = see_link(pid, text("fd/%s", e->d_name));
        if (starts_with(target, prefix))
            all = text("%sdescriptor %s: %s\n", all, e->d_name, target);
    }
    return all;
}

/* Bytes that are never given back are told for each time that the function is
 * called.  malloc(3) has ways of its own: a few are nothing. */
static void require_nothing_lost(const char *why, const char *hint)
{
    REQUIRE(strtol(told("lost"), NULL, 10) < 16,
            .expected = "all memory is given back",
            .observed = text("%s bytes are lost each time", told("lost")),
            .why = why, .hint = hint);
}

START_TEST(nothing_is_left_behind)
{
    json_t *builds = json_array();

    json_array_append_new(builds, copy_of(file("d/a", "link", pick_word()),
                                          file("d/b", "file", pick_word())));
    worker_start("the key of a COPY, made again and again", "again",
                 text("builds=%s", json_text(builds)), NULL);
    pid_t pid = worker_hold("before");
    REQUIRE(is_key(told("key0")), .expected = "a key", .observed = told("key0"),
            .why = "without a key nothing can be found in the cache");
    const char *left = open_files(pid, "/tmp/context0/");
    REQUIRE(!*left, .expected = "every file is closed again",
            .observed = "some are still open", .shows = left,
            .why = "a context of 10,000 files would use up all descriptors",
            .hint = "left-open");
    worker_go("before");
    worker_hold("after");
    require_nothing_lost("what you ask memory for is yours to free; "
                         "mb_autofree does so",
                         "not-freed");
    worker_go("after");
    worker_end();
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

#define RUNS "the keys of two RUNs"
#define WHY_COMMAND "another command does something else"
#define WHY_WORDS                                                              \
    "words that look the same in a row are not the same words: [\"a b\"] is "  \
    "one program with a blank in its name.  key_add_words() keeps them apart"
#define WHY_SHELL                                                              \
    "what is executed is step->argv, with the shell in front; the "            \
    "Dockerfile's line is only how it was written"
#define WHY_ENV                                                                \
    "nobody can tell what a shell will look at: all variables count, used or " \
    "not (rule 2)"
#define WHY_NOT_SEEN                                                           \
    "the command can't see this, so it can't make another result of it; a "    \
    "miss would cost time for nothing"
#define WHY_PROXY                                                              \
    "proxies say how to fetch, not what: at home and at work the same key "    \
    "(rule 2)"
#define WHY_BELOW                                                              \
    "the command works on the files below it.  step_begin_key() adds what "    \
    "they are"
#define WHY_NETWORK "without a network a command can do less"
#define WHY_MOUNTS                                                             \
    "what is mounted for the command it can see: runmount_add_to_key() adds "  \
    "that"
#define WHY_SECRET                                                             \
    "a secret must not be found in any key, and a new password fetches the "   \
    "same files"

static json_t *run(const char *before, const char *command)
{
    return lines(text("%sRUN %s", before, command));
}

START_TEST(the_command)
{
    const char *w = pick_word(), *v = pick_word();
    const char *shell = "SHELL [\"/bin/%s\",\"-c\"]\n";

    require_all(
        RUNS,
        (struct pair[]){
            {run("", w), run("", v), "the command", OTHER, WHY_COMMAND,
             "command-missing"},
            {run("", text("[\"%s\",\"%s\"]", w, v)),
             run("", text("[\"%s %s\"]", w, v)),
             "two words, or one with a blank", OTHER, WHY_WORDS,
             "words-joined"},
            {run("", text("[\"%sx\",\"%s\"]", w, v)),
             run("", text("[\"%s\",\"x%s\"]", w, v)),
             "where the first word ends", OTHER, WHY_WORDS, "words-joined"},
            {run(text(shell, w), "x"), run(text(shell, v), "x"),
             "the SHELL that executes it", OTHER, WHY_SHELL, "line-hashed"},
            {run("", w), lines(text("run   %s", w)), "how the line is written",
             SAME, WHY_SHELL, "line-hashed"},
            {run("", w), run("", w), "none", SAME,
             "the same step must be found again", "key-not-the-same"},
            {run("", text("<<EOF\n%s\nEOF", w)),
             run("", text("<<EOF\n%s\nEOF", v)), "the text of a heredoc", OTHER,
             WHY_COMMAND, "command-missing"},
            {0}});
}
END_TEST

START_TEST(the_variables)
{
    const char *w = pick_word(), *v = pick_word();
    const char *env = "ENV A=%s\n", *arg_line = "ARG A=%s\n";
    json_t *proxy = json_pack("[s]", text("http_proxy=http://%s", w));
    json_t *unasked = json_pack("[s]", text("X=%s", w));

    require_all(
        RUNS,
        (struct pair[]){
            {run(text(env, w), "x"), run(text(env, v), "x"),
             "the value of an ENV", OTHER, WHY_ENV, "env-missing"},
            {run(text(arg_line, w), "x"), run(text(arg_line, v), "x"),
             "the value of an ARG", OTHER, WHY_ENV, "env-missing"},
            {run("ENV A=x\n", "x"), run("ENV B=x\n", "x"), "a variable's name",
             OTHER, WHY_ENV, "env-missing"},
            {run("", text("[\"x\",\"A=%s\"]", w)), run(text(env, w), "[\"x\"]"),
             "A=... as a word, or as a variable", OTHER,
             "a list in a key must say where it ends", "lists-run-together"},
            {run("", w), with(run("", w), "args", proxy),
             "--build-arg http_proxy", SAME, WHY_PROXY, "proxies-hashed"},
            {run("", w), with(run("", w), "args", unasked),
             "a --build-arg that no ARG asks for", SAME, WHY_NOT_SEEN,
             "proxies-hashed"},
            {run(text(env, w), "x"), run(text(env, w), "x"), "none", SAME,
             "the same step must be found again", "key-not-the-same"},
            {0}});
}
END_TEST

START_TEST(user_and_directory)
{
    const char *w = pick_word(), *v = pick_word();
    const char *user = "USER %s\n", *dir = "WORKDIR /%s\n";

    require_all(
        RUNS,
        (struct pair[]){
            {run(text(user, w), "x"), run(text(user, v), "x"), "the USER",
             OTHER, "whoever runs the command owns the files that it makes",
             "user-missing"},
            {run(text(dir, w), "x"), run(text(dir, v), "x"), "the WORKDIR",
             OTHER, "a command that writes to \"out\" writes to another file",
             "directory-missing"},
            {run(text("USER %s\nWORKDIR /%s\n", w, v), "x"),
             run(text("USER %s\nWORKDIR /%s\n", v, w), "x"),
             "USER and WORKDIR exchanged", OTHER,
             "a key must say which of its parts is which", "user-missing"},
            {run(text(user, w), "x"), run(text(user, w), "x"), "none", SAME,
             "the same step must be found again", "key-not-the-same"},
            {0}});
}
END_TEST

START_TEST(the_files_below)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        RUNS, (struct pair[]){
                  {with_text(run("", "x"), "below", w),
                   with_text(run("", "x"), "below", v), "the layer below",
                   OTHER, WHY_BELOW, "below-missing"},
                  {with_text(run("", "x"), "below", w), run("", "x"),
                   "a layer below, or none", OTHER, WHY_BELOW, "below-missing"},
                  {with_text(run("", w), "below", v),
                   with_text(run("", w), "below", v), "none", SAME,
                   "the same step must be found again", "key-not-the-same"},
                  {0}});
}
END_TEST

START_TEST(what_the_command_cannot_see)
{
    const char *w = pick_word(), *v = pick_word();

    require_all(
        RUNS, (struct pair[]){
                  {run("", w), run(text("# %s\n\n", v), w), "a comment above",
                   SAME, WHY_NOT_SEEN, "place-hashed"},
                  {run("", w), run(text("LABEL l=%s\n", v), w), "a LABEL above",
                   SAME, WHY_NOT_SEEN, "config-hashed"},
                  {run(text("CMD %s\n", w), "x"), run(text("CMD %s\n", v), "x"),
                   "the CMD above", SAME, WHY_NOT_SEEN, "config-hashed"},
                  {run("", w),
                   with(run("", w), "files",
                        json_pack("[o]", file("unused", "file", v))),
                   "a file of the context that is not mounted", SAME,
                   WHY_NOT_SEEN, "context-hashed"},
                  {run("", w), run("", v), "the command", OTHER, WHY_COMMAND,
                   "command-missing"},
                  {0}});
}
END_TEST

START_TEST(the_network)
{
    const char *w = pick_word();

    require_all(
        RUNS,
        (struct pair[]){
            {run("", w), run("", text("--network=none %s", w)),
             "RUN --network=none", OTHER, WHY_NETWORK, "network-missing"},
            {run("", w), with(run("", w), "no network", json_true()),
             "build --network none", OTHER, WHY_NETWORK, "network-flag-only"},
            {run("", w), run("", text("--network=host %s", w)),
             "RUN --network=host", SAME, "that is what a RUN has anyway",
             "network-flag-only"},
            {run("", text("--network=none %s", w)),
             with(run("", w), "no network", json_true()),
             "who took the network away", SAME,
             "the command sees that there is none, not why",
             "network-flag-only"},
            {0}});
}
END_TEST

/* A RUN with a file of the context mounted. */
static json_t *run_bind(const char *path, const char *content)
{
    return with(run("", text("--mount=source=s,target=%s x", path)), "files",
                json_pack("[o]", file("s", "file", content)));
}

START_TEST(the_mounts)
{
    const char *w = pick_word(), *v = pick_word();
    const char *secret = "--mount=type=secret,id=s x";
    const char *cache = "--mount=type=cache,target=/%s x";

    require_all(
        RUNS,
        (struct pair[]){
            {run_bind("/m", w), run_bind("/m", v), "what a mounted file holds",
             OTHER, WHY_MOUNTS, "mounts-missing"},
            {run_bind("/m", w), run_bind("/n", w), "where it is mounted", OTHER,
             WHY_MOUNTS, "mounts-missing"},
            {run("", text(cache, w)), run("", text(cache, v)),
             "where a cache is mounted", OTHER, WHY_MOUNTS, "mounts-missing"},
            {with_text(run("", secret), "secret", w),
             with_text(run("", secret), "secret", v), "the value of a secret",
             SAME, WHY_SECRET, "secret-hashed"},
            {run_bind("/m", w), run("", "--mount=source=s,target=/m x"),
             "the file to mount is not there", REFUSED,
             "runmount_add_to_key() may fail, and then there is no key",
             "mount-error-lost"},
            {run_bind("/m", w), run_bind("/m", w), "none", SAME,
             "the same step must be found again", "key-not-the-same"},
            {0}});
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

#define STORE "/tmp/store"

/* A record, what is done to it, and what the cache must say. */
struct record {
    const char *layer; /* the bytes of its tar; "": it has none */
    const char *lost;  /* "tree", "tar", "record" or "" */
    const char *text;  /* what the record is replaced by; "": nothing */
    bool known;
    const char *why, *hint;
};

static const char *record_key(const char *word, int i)
{
    const char *all = text("%s %d", word, i);

    return text("%s", digest_of(all, strlen(all)).hex);
}

/* A record as the act wants it; numbers from 1 on that are easy to foresee. */
static json_t *record_json(const struct record *r, int created, int i)
{
    return json_pack("{s:s,s:s,s:s,s:i,s:i}", "layer", r->layer, "lost",
                     r->lost, "text", r->text, "created", created + i, "size",
                     created / 3 + i);
}

static const char *record_expected(const struct record *r, int created, int i)
{
    if (!r->known)
        return "unknown";
    if (!*r->layer)
        return text("created %d, no layer", created + i);
    return text("created %d, layer %s, %d bytes", created + i,
                digest_of(r->layer, strlen(r->layer)).hex, created / 3 + i);
}

static const char *records_json(const struct record *records, int created)
{
    json_t *all = json_array();

    for (int i = 0; records[i].layer; i++)
        json_array_append_new(all, record_json(&records[i], created, i));
    return json_text(all);
}

static void require_record(const struct record *r, int created, int i)
{
    const char *is = told(text("got%d", i));
    const char *expected = record_expected(r, created, i);

    REQUIRE(strcmp(is, expected) == 0,
            .ran = text("cache_get() for a step %s",
                        *r->layer ? "with a layer" : "without a layer"),
            .expected = expected, .observed = is,
            .shows = *r->lost   ? text("removed: the %s", r->lost)
                     : *r->text ? text("the record: %.60s", r->text)
                                : NULL,
            .why = r->why, .hint = r->hint);
}

/* Start an act that fills the cache with RECORDS. */
static void start_records(const char *act, const char *word,
                          const struct record *records, int created)
{
    worker_start("cache_get()", act, text("word=%s", word),
                 text("records=%s", records_json(records, created)), NULL);
}

/* Fill the cache with RECORDS, up to one without a layer, and ask for each. */
static void require_records(const struct record *records)
{
    int created = pick(1000000000, 1500000000);

    start_records("cache", pick_word(), records, created);
    worker_hold("before");
    worker_go("before");
    worker_hold("after");
    worker_go("after");
    worker_end();
    for (int i = 0; records[i].layer; i++)
        require_record(&records[i], created, i);
}

#define WHY_KNOWN "the record is there, and all that it names is there"
#define WHY_NO_LAYER                                                           \
    "ENV, CMD and their like have no layer: there is nothing that could be "   \
    "gone"
#define WHY_TREE                                                               \
    "the next step is built on the unpacked tree: without it the record is "   \
    "of no use (rule 2)"
#define WHY_TAR                                                                \
    "the image's manifest names the tar: without it the image could not be "   \
    "sent anywhere (rule 2)"
#define WHY_HARMED                                                             \
    "a record that can't be read is as good as none; a build must not fail "   \
    "for it"

START_TEST(what_was_remembered)
{
    require_records(
        (struct record[]){{pick_word(), "", "", true, WHY_KNOWN, "never-known"},
                          {"", "", "", true, WHY_NO_LAYER, "layer-wanted"},
                          {pick_word(), "", "", true, WHY_KNOWN, "never-known"},
                          {pick_word(), "record", "", false,
                           "nobody has done this step yet", NULL},
                          {0}});
}
END_TEST

START_TEST(a_layer_that_is_gone)
{
    require_records((struct record[]){
        {pick_word(), "", "", true, WHY_KNOWN, "never-known"},
        {pick_word(), "tree", "", false, WHY_TREE, "tree-not-checked"},
        {pick_word(), "tar", "", false, WHY_TAR, "tar-not-checked"},
        {0}});
}
END_TEST

START_TEST(a_record_that_is_harmed)
{
    require_records((struct record[]){
        {pick_word(), "", "{", false, WHY_HARMED, "harm-not-seen"},
        {pick_word(), "", "[]", false, WHY_HARMED, "harm-not-seen"},
        {"", "", "{\"created\":\"today\"}", false, WHY_HARMED, "harm-not-seen"},
        {pick_word(), "", "{\"created\":1,\"layer\":\"../../etc\"}", false,
         "a layer is named by a digest; decode() says whether it is one",
         "harm-not-seen"},
        {pick_word(), "", "", true, WHY_KNOWN, "never-known"},
        {0}});
}
END_TEST

START_TEST(asking_changes_nothing)
{
    const char *word = pick_word(), *layer = pick_word();
    int created = pick(1000000000, 1500000000);
    const struct record records[] = {
        {layer, "", "", true, WHY_KNOWN, "never-known"},
        {pick_word(), "tree", "", false, WHY_TREE, "tree-not-checked"},
        {0}};
    const char *before[2];

    start_records("cache", word, records, created);
    pid_t pid = worker_hold("before");
    for (int i = 0; i < 2; i++)
        before[i] = see_file(pid, text(STORE "/cache/%s", record_key(word, i)));
    worker_go("before");
    worker_hold("after");
    for (int i = 0; i < 2; i++) {
        const char *path = text(STORE "/cache/%s", record_key(word, i));
        REQUIRE(*before[i] && strcmp(see_file(pid, path), before[i]) == 0,
                .expected = "the record is what it was",
                .observed = "it was changed, or it is gone",
                .why = "to ask is not to tidy up: another build may be about "
                       "to write the record again",
                .hint = "record-changed");
        require_record(&records[i], created, i);
    }
    const char *tar =
        text(STORE "/blobs/sha256/%s", digest_of(layer, strlen(layer)).hex);
    REQUIRE(strcmp(see_file(pid, tar), layer) == 0,
            .expected = "the layer is what it was",
            .observed = "it was changed, or it is gone",
            .why = "layers never change: images are made of them",
            .hint = "record-changed");
    worker_go("after");
    worker_end();
}
END_TEST

/* ---- the exam ----------------------------------------------------------- */

void exam_22_build(struct exam *exam);
void exam_22_build(struct exam *exam)
{
    exam_add(exam, 1, VALUE, what_the_target_needs,
             "what the target needs is marked, and what that needs");
    exam_add(exam, 1, VALUE, a_target_in_the_middle,
             "what comes after the target is not needed");
    exam_add(exam, 1, VALUE, the_first_stage_alone,
             "the first stage can be the target");
    exam_add(exam, 1, VALUE, errors_of_needed_stages_only,
             "only the stages that are needed can be wrong");
    exam_add(exam, 2, VALUE, the_bytes_of_a_file,
             "the bytes of a file are in the key");
    exam_add(exam, 2, VALUE, the_mode_of_a_file,
             "the permissions of a file are in the key");
    exam_add(exam, 2, VALUE, a_link_is_what_it_says,
             "of a link the key has where it points");
    exam_add(exam, 2, EFFECT, times_do_not_matter,
             "a context that was only touched has the same key");
    exam_add(exam, 2, MECHANISM, a_fifo_is_not_opened,
             "a fifo has a type and a mode, and is not opened");
    exam_add(exam, 2, EFFECT, the_order_of_a_directory_does_not_matter,
             "the order of a directory is not in the key");
    exam_add(exam, 2, EFFECT, what_cannot_be_read_has_no_key,
             "what can't be read has no key");
    exam_add(exam, 2, MECHANISM, nothing_is_left_behind,
             "no file stays open, and no memory is lost");
    exam_add(exam, 3, VALUE, the_command, "the command is in the key");
    exam_add(exam, 3, VALUE, the_variables,
             "all variables are in the key, and no proxy is");
    exam_add(exam, 3, VALUE, user_and_directory,
             "USER and WORKDIR are in the key");
    exam_add(exam, 3, VALUE, the_files_below, "the files below are in the key");
    exam_add(exam, 3, VALUE, what_the_command_cannot_see,
             "what the command can't see is not in the key");
    exam_add(exam, 3, VALUE, the_network,
             "whether there is a network is in the key");
    exam_add(exam, 3, VALUE, the_mounts,
             "mounts are in the key, but no secret is");
    exam_add(exam, 4, VALUE, what_was_remembered,
             "what was remembered is known again");
    exam_add(exam, 4, EFFECT, a_layer_that_is_gone,
             "a layer of which something is gone is unknown");
    exam_add(exam, 4, EFFECT, a_record_that_is_harmed,
             "a harmed record is as good as none");
    exam_add(exam, 4, HOST, asking_changes_nothing,
             "to ask the cache changes nothing in the store");
}
