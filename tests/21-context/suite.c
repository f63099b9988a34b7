/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 21: what the builder gets to see
 *
 * Patterns and names are put together here from random parts, so that it is
 * known which fit.  What becomes of them the functions tell; what they open
 * on the way is asked of the kernel.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"

#define CONTEXT "/tmp/context"

/* What was told; never NULL. */
static const char *told(const char *name)
{
    const char *value = worker_told(name);

    return value ? value : "(nothing)";
}

/* ---- steps 1 and 2 ------------------------------------------------------ */

/* Does PATTERN match NAME? */
struct sample {
    const char *pattern, *name;
    bool matches;
    const char *why, *hint;
};

static void require_sample(int i, const struct sample *s)
{
    const char *is = told(text("match%d", i));

    REQUIRE(strcmp(is, text("%d", s->matches)) == 0,
            .ran = text("match_glob(\"%s\", \"%s\")", s->pattern, s->name),
            .expected = s->matches ? "1: it matches" : "0: it does not match",
            .observed = is, .why = s->why, .hint = s->hint);
}

/* Have all SAMPLES matched, up to one without a pattern, and compare. */
static void require_all(const struct sample *samples)
{
    json_t *pairs = json_array();
    int n = 0;

    for (; samples[n].pattern; n++)
        json_array_append_new(
            pairs, json_pack("[s,s]", samples[n].pattern, samples[n].name));
    worker_start("match_glob()", "match",
                 text("pairs=%s", json_dumps(pairs, 0)), NULL);
    worker_end();
    for (int i = 0; i < n; i++)
        require_sample(i, &samples[i]);
}

/* ---- step 1 ------------------------------------------------------------- */

#define WHY_ONE "? and [...] stand for exactly one character"
#define WHY_QUESTION                                                           \
    "? is any character but \"/\": a pattern without a slash must not reach "  \
    "into another directory (rule 1)"
#define WHY_CLASS                                                              \
    "[...] is one of the characters in it, and [^...] one of all others, "     \
    "even "                                                                    \
    "a \"/\" (rule 1): docker takes over what Go does"
#define WHY_ESCAPE                                                             \
    "a backslash takes the meaning from the character behind it, and is no "   \
    "part of the name itself"
#define WHY_RUNE                                                               \
    "a character of UTF-8 may be several bytes long: next_rune() reads one, "  \
    "and says how long it is (rule 4)"

START_TEST(one_character_for_one)
{
    const char *w = pick_word(), *v = pick_word();
    const char *range = text("[%c-%c]", 'a', 'm');
    int in = pick('a', 'm'), out = pick('n', 'z');

    require_all((struct sample[]){
        {text("?%s", w), text("%c%s", in, w), true, WHY_ONE, NULL},
        {text("?%s", w), w, false, WHY_ONE, NULL},
        {text("?%s", w), text("x%sx", w), false, WHY_ONE, NULL},
        {text("?%s", w), text("x%s", v), false,
         "what is no sign must be in the name as it is", "text-not-compared"},
        {text("%s?", w), text("%s%c", w, out), true, WHY_ONE, NULL},
        {text("%s?", w), w, false, WHY_ONE, NULL},
        {text("%s%s", range, w), text("%c%s", in, w), true, WHY_CLASS, NULL},
        {text("%s%s", range, w), text("%c%s", out, w), false, WHY_CLASS, NULL},
        {text("[^a-m]%s", w), text("%c%s", out, w), true, WHY_CLASS, NULL},
        {text("[^a-m]%s", w), text("%c%s", in, w), false, WHY_CLASS, NULL},
        {0}});
}
END_TEST

START_TEST(a_slash_is_special_to_one_of_them)
{
    const char *w = pick_word(), *v = pick_word();

    require_all((struct sample[]){
        {text("?%s/%s", w, v), text("x%s/%s", w, v), true, WHY_ONE, NULL},
        {text("%s?%s", w, v), text("%s/%s", w, v), false, WHY_QUESTION,
         "question-takes-slash"},
        {text("%s[^x]%s", w, v), text("%s/%s", w, v), true, WHY_CLASS,
         "class-refuses-slash"},
        {0}});
}
END_TEST

START_TEST(a_backslash_takes_the_meaning)
{
    static const char signs[] = "*?[\\";
    const char *w = pick_word();

    for (const char *s = signs; *s; s++) {
        if (s > signs)
            worker_kill();
        require_all(
            (struct sample[]){{text("?\\%c%s", *s, w), text("x%c%s", *s, w),
                               true, WHY_ESCAPE, "backslash-kept"},
                              {text("?\\%c%s", *s, w), text("xy%s", w), false,
                               WHY_ESCAPE, "backslash-kept"},
                              {text("?\\%c%s", *s, w), text("x\\%c%s", *s, w),
                               false, WHY_ESCAPE, "backslash-kept"},
                              {0}});
    }
}
END_TEST

START_TEST(characters_are_not_bytes)
{
    const char *w = pick_word();

    require_all((struct sample[]){
        {text("?%s", w), text("\u00e9%s", w), true, WHY_RUNE, NULL},
        {text("?\u00e9%s", w), text("x\u00e9%s", w), true, WHY_RUNE,
         "bytes-compared"},
        {text("?\u00e9%s", w), text("x\u00e8%s", w), false, WHY_RUNE,
         "bytes-compared"},
        {text("?\\\u20ac%s", w), text("x\u20ac%s", w), true, WHY_RUNE,
         "bytes-compared"},
        {text("[\u00e0-\u00ef]%s", w), text("\u00e9%s", w), true, WHY_RUNE,
         NULL},
        {0}});
}
END_TEST

/* ---- step 2 ------------------------------------------------------------- */

#define WHY_STAR "* is any text without a \"/\", and the empty text is one"
#define WHY_SLASH                                                              \
    "* stops at a \"/\" (rule 1): *.log means the logs of one directory, not " \
    "of all that are below"
#define WHY_STARS                                                              \
    "** with the \"/\" behind it is nothing, or any number of whole "          \
    "directories (rule 2)"
#define WHY_END "** at the end is everything that is left (rule 2)"

START_TEST(a_star_is_any_text)
{
    const char *w = pick_word(), *v = pick_word();

    require_all((struct sample[]){
        {text("*.%s", w), text(".%s", w), true, WHY_STAR, "star-needs-text"},
        {text("*.%s", w), text("%s.%s", v, w), true, WHY_STAR,
         "star-takes-one"},
        {text("%s*", w), w, true, WHY_STAR, "star-needs-text"},
        {text("%s*", w), text("%s%s", w, v), true, WHY_STAR, "star-takes-one"},
        {text("%s*%s", w, v), text("%s-%s-%s", w, v, v), true, WHY_STAR,
         "star-takes-one"},
        {text("*.%s", w), text("x.%s.%s", w, v), false,
         "all of the name has to match, to its end", NULL},
        {text("*%s*%s*", w, v), text("1%s2%s3", w, v), true, WHY_STAR, NULL},
        {text("*%s*%s*", w, v), text("1%s2%s3", v, w), false,
         "the parts have to come in this order", NULL},
        {0}});
}
END_TEST

START_TEST(a_star_stops_at_a_slash)
{
    const char *w = pick_word(), *v = pick_word();

    require_all((struct sample[]){
        {text("*/*.%s", w), text("%s/x.%s", v, w), true, WHY_STAR, NULL},
        {text("*.%s", w), text("%s/x.%s", v, w), false, WHY_SLASH,
         "star-takes-slash"},
        {text("%s*", v), text("%s/x", v), false, WHY_SLASH, "star-takes-slash"},
        {"*", text("%s/x", v), false, WHY_SLASH, "star-takes-slash"},
        {0}});
}
END_TEST

START_TEST(two_stars_are_directories)
{
    const char *w = pick_word(), *v = pick_word();

    require_all((struct sample[]){
        {text("**/%s", w), text("x/%s", w), true, WHY_STARS, "stars-too-short"},
        {text("**/%s", w), text("x/%s/%s", v, w), true, WHY_STARS,
         "stars-too-short"},
        {text("**/%s", w), w, true, WHY_STARS, "stars-need-directory"},
        {text("**/%s", w), text("x%s", w), false, WHY_STARS,
         "stars-stop-anywhere"},
        {text("%s/**/%s", v, w), text("%s/x%s", v, w), false, WHY_STARS,
         "stars-stop-anywhere"},
        {text("%s/**/%s", v, w), text("%s/%s", v, w), true, WHY_STARS,
         "stars-need-directory"},
        {text("%s/**/%s", v, w), text("%s/1/2/%s", v, w), true, WHY_STARS,
         "stars-too-short"},
        {text("**/*.%s", w), text("1/2/x.%s", w), true, WHY_STARS, NULL},
        {text("**/%s/*", w), text("1/%s/2/3", w), false, WHY_SLASH, NULL},
        {0}});
}
END_TEST

START_TEST(two_stars_at_the_end_are_everything)
{
    const char *w = pick_word();

    require_all((struct sample[]){
        {text("%s/**", w), text("%s/1", w), true, WHY_END, "stars-at-end"},
        {text("%s/**", w), text("%s/1/2", w), true, WHY_END, "stars-at-end"},
        {"**", text("1/2/%s", w), true, WHY_END, "stars-at-end"},
        {text("%s/**", w), w, false,
         "the \"/\" in front of ** must be in the name", NULL},
        {text("%s/**", w), text("%sx/1", w), false,
         "the \"/\" in front of ** must be in the name", NULL},
        {0}});
}
END_TEST

START_TEST(two_stars_before_text)
{
    const char *w = pick_word();

    require_all((struct sample[]){
        {text("**.%s", w), text("x.%s", w), true,
         "** in front of mere text is any text (rule 3)", NULL},
        {text("**.%s", w), text("1/2/x.%s", w), true,
         "** in front of mere text is any text (rule 3)", NULL},
        {text("**.%s", w), text("1/x.%s.z", w), false,
         "all of the name has to match, to its end", NULL},
        {0}});
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

/* Is PATH left out? */
struct fate {
    const char *path;
    bool hidden;
    const char *why, *hint;
};

/* Have all FATES told, up to one without a path, and compare. */
static void require_fates(const char *ignore, const struct fate *fates)
{
    json_t *paths = json_array();
    int n = 0;

    for (; fates[n].path; n++)
        json_array_append_new(paths, json_string(fates[n].path));
    worker_start("ignore_matches()", "ignore", text("ignore=%s", ignore),
                 text("paths=%s", json_dumps(paths, 0)), NULL);
    worker_end();
    REQUIRE_INT("parsed", 0, .expected = "ignore_parse() takes the file",
                .why = "its patterns are good");
    for (int i = 0; i < n; i++) {
        const char *is = told(text("hidden%d", i));
        REQUIRE(strcmp(is, text("%d", fates[i].hidden)) == 0,
                .ran = text("ignore_matches(ignore, \"%s\")", fates[i].path),
                .expected = fates[i].hidden ? "1: it is left out"
                                            : "0: the build sees it",
                .observed = text("it gave %s", is),
                .shows = text(".dockerignore:\n%s", ignore),
                .why = fates[i].why, .hint = fates[i].hint);
    }
}

#define WHY_LAST "the last line that matches decides (rule 1)"
#define WHY_TREE                                                               \
    "a line that matches a directory matches all that is in it (rule 2)"

START_TEST(a_line_hides)
{
    const char *a = pick_word(), *b = pick_word();

    require_fates(
        text("%s\n*.log\n", a),
        (struct fate[]){
            {a, true, "a line of the file names it", NULL},
            {text("%s.log", b), true, "a line of the file names it", NULL},
            {b, false, "no line of the file names it", NULL},
            {text("%s/%s", b, a), false,
             "patterns start at the top of the context (rule 3)", NULL},
            {0}});
}
END_TEST

START_TEST(a_directory_hides_all_that_is_in_it)
{
    const char *a = pick_word(), *b = pick_word();

    require_fates(
        text("%s\n*.d\n", a),
        (struct fate[]){
            {text("%s/%s", a, b), true, WHY_TREE, "directory-only"},
            {text("%s/1/2/%s", a, b), true, WHY_TREE, "directory-only"},
            {text("%s.d/%s", b, a), true, WHY_TREE, "directory-only"},
            {text("%sx/%s", a, b), false, "this is another directory", NULL},
            {0}});
}
END_TEST

START_TEST(an_exclamation_mark_takes_back)
{
    const char *a = pick_word(), *b = pick_word();

    require_fates(
        text("*.md\n!%s.md\n%s\n!%s/keep\n", a, b, b),
        (struct fate[]){
            {text("%s.md", b), true, "a line of the file names it", NULL},
            {text("%s.md", a), false, WHY_LAST, "bang-not-removed"},
            {text("%s/%s", b, a), true, WHY_TREE, "directory-only"},
            {text("%s/keep", b), false, WHY_LAST, "bang-not-removed"},
            {text("%s/keep/%s", b, a), false, WHY_TREE, "directory-only"},
            {0}});
}
END_TEST

START_TEST(the_last_match_decides)
{
    const char *a = pick_word(), *b = pick_word();

    require_fates(
        text("!%s.txt\n*.txt\n!%s*\n%s.secret\n", a, b, b),
        (struct fate[]){
            {text("%s.txt", b), false, WHY_LAST, "first-match-decides"},
            {text("%s.c", b), false, WHY_LAST, "exception-hides"},
            {text("%s.txt", a), true, WHY_LAST, "exception-is-final"},
            {text("%s.secret", b), true, WHY_LAST, "exception-is-final"},
            {0}});
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

static json_t *files;  /* in the context: path: text, or [KIND, argument] */
static json_t *wanted; /* what is to be found */

/* A context with one file, which each act has to find first. */
static void context_begin(void)
{
    files = json_object();
    wanted = json_array();
    json_object_set_new(files, "control", json_string("x"));
}

static void add_file(const char *path)
{
    json_object_set_new(files, path, json_string(path));
}

static void add_other(const char *path, const char *kind, const char *argument)
{
    json_object_set_new(files, path, json_pack("[s,s]", kind, argument));
}

static void want(const char *path)
{
    json_array_append_new(wanted, json_string(path));
}

/* A good file must be found, before it says anything that others are not. */
static void require_control(void)
{
    REQUIRE_INT("control", 0, .expected = "the file \"control\" is found",
                .why = "this test first looks for a file that is there");
    REQUIRE_TEXT("control.found", "control is file control\n",
                 .why = "this test first looks for a file that is there",
                 .hint = "path-wrong");
}

/* Start the act, and let it come to UNTIL. */
static pid_t start_find(const char *ignore, const char *refused, int error,
                        const char *until)
{
    worker_start(text("context_find() for %s", json_dumps(wanted, 0)), "find",
                 text("files=%s", json_dumps(files, 0)),
                 text("wanted=%s", json_dumps(wanted, 0)),
                 text("ignore=%s", ignore), text("refused=%s", refused),
                 text("error=%d", error), NULL);
    pid_t pid = worker_hold("before");
    require_control();
    if (strcmp(until, "before") == 0)
        return pid;
    worker_go("before");
    return worker_hold(until);
}

static void end_find(void)
{
    worker_go("after");
    worker_end();
}

/* What was wanted as number I must have become FOUND. */
static void require_found(int i, const char *found, const char *why,
                          const char *hint)
{
    const char *named = json_string_value(json_array_get(wanted, i));
    const char *is = told(text("find%d.found", i));
    const char *msg = told(text("find%d.msg", i));

    REQUIRE(strcmp(is, found) == 0, .ran = text("context_find(\"%s\")", named),
            .expected = found, .observed = *is ? is : text("(error: %s)", msg),
            .why = why, .hint = hint);
}

/* What was wanted as number I must be refused, as not found. */
static void require_not_found(int i, const char *why, const char *hint)
{
    const char *named = json_string_value(json_array_get(wanted, i));
    const char *msg = told(text("find%d.msg", i));
    bool refused = strcmp(told(text("find%d", i)), "-1") == 0;

    REQUIRE(refused && strstr(msg, "not found"),
            .ran = text("context_find(\"%s\")", named),
            .expected = "an error: not found",
            .observed = refused
                            ? msg
                            : text("found: %s", told(text("find%d.found", i))),
            .why = why, .hint = hint);
}

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

START_TEST(what_is_named_is_found)
{
    const char *dir = pick_word(), *file = pick_word();

    context_begin();
    add_file(text("%s/%s", dir, file));
    want(text("%s/%s", dir, file));
    want(dir);
    pid_t pid = start_find("", "", 0, "after");
    require_found(0, text("%s is file %s/%s\n", file, dir, file),
                  "the file is there", "path-wrong");
    require_found(1, text("%s is directory %s\n- %s\n", dir, dir, file),
                  "the directory is there", "path-wrong");
    const char *left = open_files(pid, CONTEXT "/");
    REQUIRE(!*left, .expected = "what was looked up is closed again",
            .observed = "it is still open", .shows = left,
            .why = "a COPY of a thousand files would use up all descriptors",
            .hint = "left-open");
    end_find();
}
END_TEST

START_TEST(the_context_itself_is_found)
{
    const char *file = text("x%s", pick_word());

    context_begin();
    add_file(file);
    want(".");
    start_find("", "", 0, "after");
    require_found(0, text(" is directory \n- control\n- %s\n", file),
                  "COPY . copies the whole context.  Its path is \"\", which "
                  "no system call takes: ask for \".\" then",
                  "root-has-no-name");
    end_find();
}
END_TEST

START_TEST(links_lead_to_real_paths)
{
    const char *dir = pick_word(), *file = pick_word(), *link = pick_word();

    context_begin();
    add_file(text("%s/%s", dir, file));
    add_other(link, "link", text("%s/%s", dir, file));
    add_other("to-dir", "link", dir);
    want(link);
    want(text("to-dir/%s", file));
    start_find("", "", 0, "after");
    const char *as_named = text("%s is file %s\n", link, link);
    require_found(0, text("%s is file %s/%s\n", link, dir, file),
                  "a link that COPY names is followed (rule 2).  The copy is "
                  "called as the link is, and the path is that of the file",
                  strcmp(told("find0.found"), as_named) == 0
                      ? "path-as-named"
                      : "link-not-followed");
    require_found(1, text("%s is file %s/%s\n", file, dir, file),
                  "the path is where the file really is, without any link",
                  "path-as-named");
    end_find();
}
END_TEST

START_TEST(the_context_is_the_root)
{
    const char *dir = pick_word(), *file = pick_word();

    context_begin();
    add_file(text("%s/%s", dir, file));
    add_other("absolute", "link", text("/%s/%s", dir, file));
    add_other("climbing", "link", text("../../../%s/%s", dir, file));
    want("absolute");
    want("climbing");
    start_find("", "", 0, "after");
    require_found(0, text("absolute is file %s/%s\n", dir, file),
                  "for all that is looked up in it, the context is \"/\"",
                  "other-root");
    require_found(1, text("climbing is file %s/%s\n", dir, file),
                  "the \"..\" of \"/\" is \"/\", and the context is \"/\"",
                  "other-root");
    end_find();
}
END_TEST

START_TEST(no_way_leads_out)
{
    context_begin();
    add_other("one", "link", "/tmp/secret");
    add_other("two", "link", "../secret");
    add_other("three", "link", "..");
    want("one");
    want("two");
    want("three/secret");
    want("../secret");
    want("/tmp/secret");
    pid_t pid = start_find("", "", 0, "after");
    const char *out = open_files(pid, "/tmp/secret");
    REQUIRE(!*out, .expected = "no file outside of the context is open",
            .observed = "/tmp/secret is", .shows = out,
            .why = "the context may be a stranger's: he would choose which "
                   "file of this machine gets into an image",
            .hint = "other-root");
    for (int i = 0; i < 5; i++)
        require_not_found(i,
                          "/tmp/secret lies outside of the context, "
                          "and in the context there is no such file",
                          "other-root");
    end_find();
}
END_TEST

START_TEST(what_is_hidden_is_not_found_through_a_link)
{
    const char *dir = pick_word(), *file = pick_word();

    context_begin();
    add_file(text("%s/%s", dir, file));
    add_other("to-file", "link", text("%s/%s", dir, file));
    add_other("to-dir", "link", dir);
    want("to-file");
    want(text("to-dir/%s", file));
    start_find(text("%s\n", dir), "", 0, "after");
    for (int i = 0; i < 2; i++)
        require_not_found(i,
                          "what .dockerignore hides is not there, neither by "
                          "its own name nor through a link (rule 3).  Only "
                          "the real path tells",
                          "hidden-found");
    end_find();
}
END_TEST

/* Has PID gone to sleep in the middle of opening something? */
static bool waits_in_open(pid_t pid)
{
    static const int calls[] = {
#ifdef SYS_open
        SYS_open,
#endif
        SYS_openat, SYS_openat2};
    int number = -1;

    if (*see_status(pid, "State") != 'S' ||
        sscanf(see_proc(pid, "syscall"), "%d", &number) != 1)
        return false;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i] == number)
            return true;
    return false;
}

START_TEST(a_fifo_is_not_opened)
{
    const char *path = pick_word();

    context_begin();
    add_other(path, "fifo", "");
    want(path);
    pid_t pid = start_find("", "", 0, "before");
    worker_go("before");
    /* Looked at again and again; worker_hold() below has the last word. */
    for (int i = 0; i < 3000 && !worker_holds("after"); i++) {
        REQUIRE(!waits_in_open(pid), .expected = "context_find() returns",
                .observed = "it sleeps in open",
                .shows = text("in the context %s is a fifo; the process is in "
                              "the system call %s",
                              path, see_proc(pid, "syscall")),
                .why = "to open a fifo means to wait for somebody who writes "
                       "to it.  Nobody ever will",
                .hint = "opened");
        (void)poll(NULL, 0, 1);
    }
    worker_hold("after");
    require_found(0, text("%s is file %s\n", path, path),
                  "a fifo can be copied as what it is", "opened");
    end_find();
}
END_TEST

START_TEST(what_is_missing_is_not_found)
{
    const char *file = pick_word();

    context_begin();
    add_file(file);
    add_other("dangling", "link", pick_word());
    want(text("x%s/nothing", pick_word()));
    want(text("%s/below", file));
    want("dangling");
    start_find("", "", 0, "after");
    require_not_found(0, "there is no such file (ENOENT)", "missing-untold");
    require_not_found(1,
                      "a file has nothing below it (ENOTDIR): what the "
                      "Dockerfile names is not there",
                      "missing-untold");
    require_not_found(2, "the link leads to nothing (ENOENT)",
                      "missing-untold");
    for (int i = 0; i < 3; i++)
        REQUIRE(!strstr(told(text("find%d.hint", i)), ".dockerignore"),
                .expected = "a hint that fits: the file is missing",
                .observed = told(text("find%d.hint", i)),
                .why = "there is no .dockerignore here that could hide it",
                .hint = "not-hidden");
    end_find();
}
END_TEST

/* What was wanted as number 0 must have failed, with ERROR. */
static void require_error(int error, const char *why, const char *hint)
{
    REQUIRE_INT("find0", -1, .expected = "an error", .why = why, .hint = hint);
    REQUIRE_INT("find0.errno", error, .why = why, .hint = hint);
}

START_TEST(a_circle_of_links_is_called_so)
{
    context_begin();
    add_other("one", "link", "two");
    add_other("two", "link", "one");
    want("one");
    start_find("", "", 0, "after");
    require_error(ELOOP,
                  "there is something, but it leads round in circles: ELOOP "
                  "says more than \"not found\" does",
                  "reason-lost");
    end_find();
}
END_TEST

START_TEST(a_failed_look_is_an_error)
{
    context_begin();
    want("control");
    start_find("", "stat", EIO, "after");
    require_error(EIO,
                  "the kernel did not say what kind of file it is: without "
                  "that, nothing can be copied",
                  "failure-ignored");
    end_find();
}
END_TEST

START_TEST(a_path_that_stays_unknown_is_an_error)
{
    context_begin();
    want("control");
    start_find("", "readlink", EACCES, "after");
    require_error(EACCES,
                  "context_real_path() has failed: nobody knows then where "
                  "the file is",
                  "failure-ignored");
    end_find();
}
END_TEST

void exam_21_context(struct exam *exam);
void exam_21_context(struct exam *exam)
{
    exam_add(exam, 1, VALUE, one_character_for_one,
             "? and [...] are exactly one character, text is itself");
    exam_add(exam, 1, VALUE, a_slash_is_special_to_one_of_them,
             "? does not take a \"/\", [^x] does");
    exam_add(exam, 1, VALUE, a_backslash_takes_the_meaning,
             "\\* is a star, and so with all signs");
    exam_add(exam, 1, VALUE, characters_are_not_bytes,
             "a character may be several bytes");
    exam_add(exam, 2, VALUE, a_star_is_any_text,
             "* is any text, and may be nothing");
    exam_add(exam, 2, VALUE, a_star_stops_at_a_slash, "* stops at a \"/\"");
    exam_add(exam, 2, VALUE, two_stars_are_directories,
             "**/ is nothing, or whole directories");
    exam_add(exam, 2, VALUE, two_stars_at_the_end_are_everything,
             "** at the end is everything");
    exam_add(exam, 2, VALUE, two_stars_before_text, "**.log is all logs");
    exam_add(exam, 3, VALUE, a_line_hides, "a line hides what it matches");
    exam_add(exam, 3, VALUE, a_directory_hides_all_that_is_in_it,
             "with a directory all that is in it is hidden");
    exam_add(exam, 3, VALUE, an_exclamation_mark_takes_back,
             "a line with \"!\" shows it again");
    exam_add(exam, 3, VALUE, the_last_match_decides,
             "the last line that matches decides");
    exam_add(exam, 4, MECHANISM, what_is_named_is_found,
             "a file and a directory are found, and closed again");
    exam_add(exam, 4, VALUE, the_context_itself_is_found,
             "\".\" is the whole context");
    exam_add(exam, 4, EFFECT, links_lead_to_real_paths,
             "a link is followed to the file's real path");
    exam_add(exam, 4, EFFECT, the_context_is_the_root,
             "a link that begins with \"/\" or climbs stays in the context");
    exam_add(exam, 4, HOST, no_way_leads_out,
             "no path and no link leads out of the context");
    exam_add(exam, 4, EFFECT, what_is_hidden_is_not_found_through_a_link,
             "no link leads to what .dockerignore hides");
    exam_add(exam, 4, MECHANISM, a_fifo_is_not_opened,
             "a fifo is looked up, and not opened");
    exam_add(exam, 4, VALUE, what_is_missing_is_not_found,
             "what is missing is \"not found\", for the right reason");
    exam_add(exam, 4, VALUE, a_circle_of_links_is_called_so,
             "links that lead in circles give ELOOP");
    exam_add(exam, 4, VALUE, a_failed_look_is_an_error,
             "a file that can't be looked at is an error");
    exam_add(exam, 4, VALUE, a_path_that_stays_unknown_is_an_error,
             "a path that can't be found out is an error");
}
