/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 13: from a tar to a layer
 *
 * The archives are written here, header by header, and what became of them is
 * looked at in the worker's directory, from outside.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "grader/exam.h"
#include "grader/see.h"
#include "grader/see_tree.h"
#include "grader/tarball.h"
#include "grader/worker.h"

#define BASE "/tmp/base"
#define LAYER BASE "/layer"

/* What was told; never NULL. */
static const char *told(const char *name)
{
    const char *value = worker_told(name);

    return value ? value : "";
}

/* ---- applying a layer --------------------------------------------------- */

/* How an act that applies a layer is started. */
struct layer_act {
    const char *entries;
    const char *act;          /* default: "apply" */
    const char *tree;         /* JSON: what is there before; default: nothing */
    const char *more, *more2; /* another NAME=VALUE; or NULL */
    size_t cut;               /* bytes of the archive's end left out */
};

static struct {
    const char *prefix, *opaque;
} in;

/* Start it, and come to the point where the layer has been applied. */
static pid_t start_apply(const struct layer_act *a)
{
    in.prefix = text("security.%s.", pick_word());
    in.opaque = text("%sopaque", in.prefix);
    worker_start(
        text("layer_apply() of a tar with: %s", a->entries),
        a->act ? a->act : "apply",
        text("tar=%s", tarball_hex(a->entries, a->cut)),
        text("tree=%s", a->tree ? a->tree : "[]"), text("prefix=%s", in.prefix),
        a->more ? a->more : "more=", a->more2 ? a->more2 : "more=", NULL);
    worker_hold("before");
    worker_go("before");
    return worker_hold("applied");
}
#define START(...) start_apply(&(struct layer_act){__VA_ARGS__})

static void end_apply(void)
{
    worker_go("applied");
    worker_end();
}

/* The layer is exactly what WANT says. */
static void require_layer(pid_t pid, const char *want, const char *why,
                          const char *hint)
{
    const char *have = see_tree(pid, LAYER, in.opaque);

    REQUIRE(strcmp(have, want) == 0, .expected = want, .observed = have,
            .shows = text("layer_apply() said: %s", told("result.msg")),
            .why = why, .hint = hint);
}

/* ---- step 1 ------------------------------------------------------------- */

/* A name, and what walk_clean() makes of it; NULL: refused. */
struct name {
    const char *name, *clean;
};

static void start_clean(const struct name *names, int n, const char *before)
{
    json_t *array = json_array();

    for (int i = 0; i < n; i++)
        json_array_append_new(array, json_string(names[i].name));
    worker_start(n == 1 ? text("walk_clean(\"%.200s\")", names[0].name)
                        : text("walk_clean() of each of %s",
                               json_dumps(array, JSON_COMPACT)),
                 "clean", text("names=%s", json_dumps(array, 0)),
                 text("before=%s", before), NULL);
    worker_end();
}

static void require_clean(int i, const struct name *n, const char *before,
                          const char *hint)
{
    const char *want = text("%s%s", before, n->clean);
    const char *got = told(text("path%d", i));

    REQUIRE(strcmp(told(text("result%d", i)), "0") == 0,
            .expected = text("\"%.100s\" is a name like others", n->name),
            .observed = text("refused: %s", told(text("result%d.msg", i))),
            .why = "only \"..\" is refused, and only where it is a whole part "
                   "of the name",
            .hint = hint);
    REQUIRE(
        strcmp(got, want) == 0,
        .expected = text("\"%.100s\" becomes \"%.100s\"", n->name, n->clean),
        .observed = strncmp(got, before, strlen(before)) == 0
                        ? text("\"%.100s\"", got + strlen(before))
                        : text("the buffer now has \"%.100s\"", got),
        .shows = *before ? text("the buffer had \"%s\" before", before) : NULL,
        .why = "the clean name is appended to *out, and has no slash in "
               "front or at the end, no double one, and no \".\"",
        .hint = hint);
}

START_TEST(names_become_clean)
{
    const char *a = pick_word(), *b = pick_word(), *c = pick_word();
    const char *clean = text("%s/%s/%s", a, b, c);
    const struct {
        struct name name;
        const char *hint;
    } all[] = {
        {{text("%s/%s/%s", a, b, c), clean}, NULL},
        {{text("/%s/%s/%s", a, b, c), clean}, "slash-in-front"},
        {{text("%s//%s///%s", a, b, c), clean}, "empty-parts"},
        {{text("%s/%s/%s/", a, b, c), clean}, "empty-parts"},
        {{text("./%s/./%s/%s/.", a, b, c), clean}, "dots-stay"},
        {{"./", ""}, "dots-stay"},
        {{"/", ""}, "empty-parts"},
        {{text(".%s/x/%s.", a, b), text(".%s/x/%s.", a, b)}, "dots-in-names"},
        {{text("..%s/%s..", a, b), text("..%s/%s..", a, b)}, "dots-in-names"},
        {{text("%s/.../a./.b/xx", a), text("%s/.../a./.b/xx", a)},
         "dots-in-names"},
    };
    enum { N = sizeof all / sizeof *all };
    const char *before = pick_word();
    struct name names[N];

    for (int i = 0; i < N; i++)
        names[i] = all[i].name;
    start_clean(names, N, "");
    for (int i = 0; i < N; i++)
        require_clean(i, &names[i], "", all[i].hint);
    start_clean(names, N, before);
    for (int i = 0; i < N; i++)
        require_clean(i, &names[i], before, "slash-in-front");
}
END_TEST

static void require_refused(int i, const struct name *n, const char *why,
                            const char *hint)
{
    const char *path = told(text("path%d", i));

    REQUIRE(strcmp(told(text("result%d", i)), "-1") == 0,
            .expected = text("\"%.100s\" is refused", n->name),
            .observed = text("it is taken, as \"%.100s\"", path), .why = why,
            .hint = hint);
    REQUIRE(*told(text("result%d.msg", i)),
            .expected = text("\"%.100s\" is refused with a reason", n->name),
            .observed = "-1, and no message",
            .why = "mb_failx() fills the error and returns -1");
}

START_TEST(dotdot_is_refused)
{
    const char *a = pick_word(), *b = pick_word();
    const struct {
        struct name name;
        const char *hint;
    } all[] = {
        {{text("../%s", a), NULL}, "dotdot-taken"},
        {{text("%s/../../%s", a, b), NULL}, "dotdot-taken"},
        {{text("/../%s", a), NULL}, "dotdot-taken"},
        {{text("./%s//../%s", a, b), NULL}, "dotdot-resolved"},
        {{text("%s/%s/../x", a, b), NULL}, "dotdot-resolved"},
        {{"..", NULL}, "dotdot-at-the-end"},
        {{text("%s/..", a), NULL}, "dotdot-at-the-end"},
        {{"../", NULL}, "dotdot-taken"},
    };
    enum { N = sizeof all / sizeof *all };
    const struct name good = {text("%s/%s", a, b), text("%s/%s", a, b)};
    struct name names[N + 1];

    for (int i = 0; i < N; i++)
        names[i] = all[i].name;
    names[N] = good;
    start_clean(names, N + 1, "");
    require_clean(N, &good, "", NULL);
    for (int i = 0; i < N; i++)
        require_refused(i, &names[i],
                        "no honest archive has \"..\" in a name, at no place "
                        "(rule 1)",
                        all[i].hint);
}
END_TEST

/* N directories below each other, with SEPARATOR between. */
static const char *deep(int n, const char *part, const char *separator)
{
    struct buf out = BUF_INIT;

    for (int i = 0; i < n; i++)
        buf_addf(&out, "%s%s", i ? separator : "", part);
    return buf_take(&out);
}

START_TEST(names_are_not_too_deep)
{
    const struct name deepest = {deep(255, "d", "/"), deep(255, "d", "/")};
    const struct name dotted = {deep(200, "d", "//./"), deep(200, "d", "/")};
    const struct name deeper = {deep(256, "d", "/"), NULL};
    const struct name all[] = {deepest, dotted, deeper};

    start_clean(all, 3, "");
    require_clean(0, &deepest, "", "depth-off-by-one");
    require_clean(1, &dotted, "", "depth-counts-all");
    require_refused(2, &deeper,
                    "whoever removes the tree later holds one descriptor for "
                    "each level: 255 are allowed, and no more (rule 2)",
                    "depth-unlimited");
}
END_TEST

/* ---- steps 1 and 2: walking --------------------------------------------- */

/* Start to walk to NAME in a layer that is made as TREE says. */
static pid_t start_enter(const char *name, bool make, const char *tree,
                         const char *word)
{
    worker_start(text("walk_clean() and walk_enter() of \"%.100s\", in a "
                      "directory with: %.600s",
                      name, tree),
                 "enter", text("name=%s", name), text("make=%d", make),
                 text("tree=%s", tree), text("word=%s", word), NULL);
    return worker_hold("before");
}

/* ... and come to where the file has been made. */
static pid_t enter(void)
{
    worker_go("before");
    return worker_hold("entered");
}

static void end_enter(void)
{
    worker_go("entered");
    worker_hold("left");
    worker_go("left");
    worker_end();
}

static const char *seen(pid_t pid, const char *path)
{
    return see_tree(pid, path, "user.overlay.opaque");
}

START_TEST(a_name_leads_to_its_place)
{
    const char *a = pick_word(), *b = pick_word(), *word = pick_word();

    pid_t pid = start_enter(text("/%s/./%s", a, b), true, "[]", word);
    enter();
    REQUIRE_INT("result", 0, .why = "this is a name as many archives have it",
                .hint = "slash-in-front");
    const char *want =
        text("layer/\nlayer/%s/\nlayer/%s/%s: %s\n", a, a, b, word);
    const char *have = seen(pid, BASE);
    REQUIRE(strcmp(have, want) == 0, .expected = want, .observed = have,
            .why = "\"/\" is the layer's directory, never the host's",
            .hint = "slash-in-front");
    end_enter();
}
END_TEST

START_TEST(dotdot_reaches_nothing)
{
    const char *a = pick_word(), *word = pick_word();
    const char *names[] = {text("../%s", a), text("%s/../../%s", a, a),
                           text("../../base/outside/%s", a)};
    const char *tree =
        text("[[\"dir\",\"layer/%s\"],[\"dir\",\"outside\"]]", a);
    const char *want = text("layer/\nlayer/%s/\nlayer/%s/%s: %s\noutside/\n", a,
                            a, word, word);

    for (int i = 0; i < 3; i++) {
        pid_t pid = start_enter(names[i], true, tree, word);
        const char *before = seen(pid, BASE);
        enter();
        const char *after = seen(pid, BASE);
        REQUIRE(strcmp(before, after) == 0, .expected = before,
                .observed = after,
                .why = "a name that is refused makes no file, and least of "
                       "all outside of the layer",
                .hint = "dotdot-taken");
    }
    pid_t pid = start_enter(text("%s/%s", a, word), true, tree, word);
    enter();
    const char *have = seen(pid, BASE);
    REQUIRE(strcmp(have, want) == 0, .expected = want, .observed = have,
            .why = "a name without \"..\" is no trap");
    end_enter();
}
END_TEST

/* ---- step 2 ------------------------------------------------------------- */

/* Descriptors of directories below BASE that the process has open, but the
 * layer's own: "PATH FLAGS" each. */
static const char *open_dirs(pid_t pid)
{
    mb_autodir DIR *dir = opendir(text("/proc/%d/fd", pid));
    const char *all = "";

    for (struct dirent *e; dir && (e = readdir(dir));) {
        const char *target = see_link(pid, text("fd/%s", e->d_name));
        const char *info = see_proc(pid, text("fdinfo/%s", e->d_name));
        const char *flags = strstr(info, "flags:");
        if (starts_with(target, BASE "/") && strcmp(target, LAYER) != 0)
            all = text("%s%s%s\n", all, target,
                       flags && strtoul(flags + 6, NULL, 8) & O_CLOEXEC
                           ? " (O_CLOEXEC)"
                           : "");
    }
    return all;
}

/* Why a symlink that is harmless was refused.  check_depth() never comes to the
 * layer's directory when it starts outside. */
static const char *refused_hint(void)
{
    bool outside = atoi(told("result.errno")) == ENAMETOOLONG;

    return outside ? "host-links" : "links-refused";
}

START_TEST(an_absolute_link_starts_at_the_layer)
{
    const char *dir = pick_word(), *word = pick_word();

    pid_t pid =
        start_enter(text("x/%s", word), true,
                    text("[[\"dir\",\"layer/tmp/base/%s\"],[\"dir\",\"%s\"],"
                         "[\"link\",\"layer/x\",\"/tmp/base/%s\"]]",
                         dir, dir, dir),
                    word);
    enter();
    const char *open = open_dirs(pid);
    const char *outside = text(BASE "/%s", dir);
    const char *inside = text(LAYER "/tmp/base/%s", dir);
    REQUIRE(!starts_with(open, text("%s ", outside)) &&
                !starts_with(open, text("%s\n", outside)),
            .expected = text("the directory that is open is %s", inside),
            .observed = text("it is %s, which is the host's", outside),
            .shows = open,
            .why = "in the layer a symlink to \"/...\" means the layer's own, "
                   "as it will in the container",
            .hint = "host-links");
    REQUIRE(strstr(open, inside),
            .expected = text("the directory that is open is %s", inside),
            .observed = *open ? open : "none is",
            .shows = text("walk_enter() said: %s", told("result.msg")),
            .why = "images have such symlinks, /var/run -> /run among them, "
                   "and layers with files below them",
            .hint = refused_hint());
    REQUIRE(strstr(open, "(O_CLOEXEC)"), .expected = "it is O_CLOEXEC",
            .observed = "it is not", .shows = open,
            .why = "a program that is started meanwhile would get it",
            .hint = "no-cloexec");
    REQUIRE(see_lines(open) == 1, .expected = "one directory is open",
            .observed = open, .why = "what is opened on the way is closed",
            .hint = "left-open");
    end_enter();
}
END_TEST

/* Walk to NAME where the symlink "FROM" leads to "TO", both below "layer/":
 * the file must come to WHERE. */
static void require_lands(const char *name, const char *from, const char *to,
                          const char *where)
{
    const char *word = pick_word();
    pid_t pid = start_enter(name, true,
                            text("[[\"dir\",\"layer/a/b\"],[\"dir\",\"etc\"],"
                                 "[\"link\",\"layer/%s\",\"%s\"]]",
                                 from, to),
                            word);

    enter();
    REQUIRE_INT("result", 0,
                .why = "the symlink leads to a place inside the layer",
                .hint = refused_hint());
    const char *have = see_file(pid, text(LAYER "/%s", where));
    REQUIRE(strcmp(have, word) == 0, .expected = text("the file is %s", where),
            .observed = "it is not there", .shows = seen(pid, BASE),
            .why = "whatever the symlink's text is: the kernel walks as if "
                   "the layer's directory were \"/\", where \"..\" stays",
            .hint = "host-links");
    end_enter();
}

START_TEST(links_inside_are_followed)
{
    const char *f = pick_word();

    require_lands(text("l/%s", f), "l", "a/b", text("a/b/%s", f));
    require_lands(text("a/l/b/%s", f), "a/l", "../a", text("a/b/%s", f));
    require_lands(text("l/b/%s", f), "l", "/a", text("a/b/%s", f));
    require_lands(text("l/c/%s", f), "l", "a", text("a/c/%s", f));
    require_lands(text("a/l/b/%s", f), "a/l", "../../../../../../a",
                  text("a/b/%s", f));
}
END_TEST

START_TEST(links_lead_to_no_place_of_the_host)
{
    static const char *const targets[] = {BASE "/host", "../../host",
                                          "../../../base/host",
                                          "/proc/self/root" BASE "/host"};
    const char *word = pick_word();

    for (int i = 0; i < 4; i++) {
        pid_t pid = start_enter(
            text("a/x/%s", word), i % 2,
            text("[[\"file\",\"host/mine\",\"%s\"],[\"dir\",\"layer/a\"],"
                 "[\"link\",\"layer/a/x\",\"%s\"]]",
                 word, targets[i]),
            word);
        const char *before = seen(pid, BASE);
        enter();
        const char *after = seen(pid, BASE);
        REQUIRE(strcmp(before, after) == 0, .expected = before,
                .observed = after,
                .why = "nothing outside is touched, whatever the layer's "
                       "symlinks say",
                .hint = "host-links");
    }
    require_lands(text("l/%s", word), "l", "a", text("a/%s", word));
}
END_TEST

/* Walking to NAME fails with ERROR, and leaves nothing open. */
static void require_no_way(const char *name, const char *tree, int error,
                           const char *why, const char *hint)
{
    pid_t pid = start_enter(name, false, tree, "x");

    enter();
    REQUIRE_INT("result", -1, .why = why, .hint = hint);
    REQUIRE_INT("result.errno", error,
                .why = "errno says why: open_or_make() makes what is missing, "
                       "and tells all else",
                .hint = "reason-lost");
    const char *open = open_dirs(pid);
    REQUIRE(!*open, .expected = "nothing is left open", .observed = open,
            .why = "a layer may have half a million entries",
            .hint = "left-open");
    end_enter();
}

START_TEST(a_link_does_not_lead_too_deep)
{
    const char *first = deep(200, "d", "/"), *word = pick_word();
    const char *tree =
        text("[[\"dir\",\"layer/%s/%s\"],[\"link\",\"layer/l\",\"%s\"]]", first,
             deep(60, "e", "/"), first);

    start_enter(text("l/%s/%s", deep(54, "e", "/"), word), false, tree, word);
    enter();
    REQUIRE_INT(
        "result", 0, .expected = "the 254th directory may have a file in it",
        .why = "rule 2 allows names with 255 parts", .hint = "links-refused");
    end_enter();
    require_no_way(text("l/%s/%s", deep(55, "e", "/"), word), tree,
                   ENAMETOOLONG,
                   "the name has 56 directories, but the symlink leads 200 "
                   "deep, and from there it goes on (rule 2)",
                   "link-depth-unlimited");
}
END_TEST

START_TEST(a_link_to_no_directory_is_reported)
{
    const char *tree = "[[\"link\",\"layer/loop\",\"loop\"],"
                       "[\"link\",\"layer/gone\",\"nowhere\"],"
                       "[\"file\",\"layer/f\",\"x\"],"
                       "[\"link\",\"layer/file\",\"f\"],"
                       "[\"dir\",\"layer/a\"],[\"link\",\"layer/l\",\"a\"],"
                       "[\"fifo\",\"layer/p\"],"
                       "[\"link\",\"layer/fifo\",\"p\"]]";
    const char *word = pick_word();

    start_enter(text("l/%s", word), false, tree, word);
    enter();
    REQUIRE_INT("result", 0, .why = "this symlink leads to a directory",
                .hint = "links-refused");
    end_enter();
    require_no_way(text("gone/%s", word), tree, ENOENT,
                   "the symlink leads to nothing", "no-way-unnoticed");
    require_no_way(text("file/%s", word), tree, ENOTDIR,
                   "the symlink leads to a file", "no-way-unnoticed");
    require_no_way(text("loop/%s", word), tree, ELOOP,
                   "the symlink leads to itself", "no-way-unnoticed");
    require_no_way(text("fifo/%s", word), tree, ENOTDIR,
                   "the symlink leads to a fifo, and who opens that waits for "
                   "its other end: O_DIRECTORY",
                   "no-way-unnoticed");
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

START_TEST(all_entries_are_applied)
{
    const char *a = text("a%s", pick_word()), *b = pick_word();

    pid_t pid = START(.entries = text("dir %s/,file %s/one=%s,file %s/two=x,"
                                      "link %s/l=one,file %s/two=%s,file z=%s",
                                      a, a, b, a, a, a, b, a));
    REQUIRE_INT("result", 0, .why = "this archive is as it should be",
                .hint = "good-refused");
    require_layer(pid,
                  text("%s/\n%s/l -> one\n%s/one: %s\n%s/two: %s\nz: %s\n", a,
                       a, a, b, a, b, a),
                  "every entry is applied, in the archive's order: of two "
                  "that have the same name the later one wins (rule 5)",
                  "entries-missing");
    REQUIRE_INT("entries", 6, .expected = "6 entries are counted",
                .why = "stats->entries counts what was read",
                .hint = "not-counted");
    REQUIRE_INT("skipped", 0, .expected = "none was skipped",
                .why = "apply_entry() says 1 when it made the file, 0 when it "
                       "skipped it",
                .hint = "skips-miscounted");
    end_apply();
}
END_TEST

/* N device nodes, which no layer may bring. */
static const char *devices(int n)
{
    const char *all = "";

    for (int i = 0; i < n; i++)
        all = text("%sdevice null%d,", all, i);
    return all;
}

START_TEST(skipped_entries_are_counted)
{
    const char *name = text("f%s", pick_word());
    int n = pick(3, 6);

    pid_t pid = START(.entries = text("dir d/,%sfile %s=x", devices(n), name));
    REQUIRE_INT("result", 0,
                .why = "a device node is left out, and that is no error",
                .hint = "skip-is-no-error");
    require_layer(pid, text("d/\n%s: x\n", name),
                  "device nodes are left out, the entries behind them are not",
                  "skip-is-no-error");
    REQUIRE_INT("skipped", n,
                .expected = text("%d device nodes were skipped", n),
                .why = "apply_entry() says 0 when it skipped an entry, and "
                       "the user is told how many",
                .hint = "skips-miscounted");
    REQUIRE_INT("entries", n + 2, .why = "skipped entries count, too",
                .hint = "skipped-not-counted");
    end_apply();
}
END_TEST

/* N files, f0, f1 and so on. */
static const char *files(int n)
{
    const char *all = "file f0=x";

    for (int i = 1; i < n; i++)
        all = text("%s,file f%d=x", all, i);
    return all;
}

START_TEST(the_limit_holds)
{
    int limit = pick(4, 9);

    START(.entries = files(limit), .more = text("limit=%d", limit));
    REQUIRE_INT("result", 0,
                .expected = text("%d entries are taken, as the limit is %d",
                                 limit, limit),
                .why = "LIMIT is how many there may be",
                .hint = "limit-off-by-one");
    pid_t pid =
        START(.entries = files(limit + 3), .more = text("limit=%d", limit));
    REQUIRE_INT("result", -1,
                .expected = text("more than %d entries are refused", limit),
                .why =
                    "a million empty files fit into a small archive, and each "
                    "costs an inode",
                .hint = "no-limit");
    const char *have = see_tree(pid, LAYER, in.opaque);
    REQUIRE(see_lines(have) <= limit,
            .expected = text("not more than %d files are made", limit),
            .observed = text("%d are", see_lines(have)), .shows = have,
            .why = "look before: who counts afterwards has made them already",
            .hint = "limit-too-late");
    START(.entries = text("%sfile f=x", devices(limit)),
          .more = text("limit=%d", limit));
    REQUIRE_INT("result", -1,
                .expected = "entries that are skipped count against the limit",
                .why = "they cost time, even if they make no file",
                .hint = "skipped-not-counted");
    end_apply();
}
END_TEST

START_TEST(a_bad_entry_ends_it)
{
    const char *name = pick_word();

    pid_t pid = START(.entries = text("file %s=x,file ../%s=x,file after=x",
                                      name, name));
    REQUIRE_INT("result", -1,
                .expected = "the archive is refused because of one entry",
                .why = "half a layer is worth nothing, and who goes on has "
                       "forgotten it at the end",
                .hint = "goes-on-after-error");
    REQUIRE(strstr(told("result.msg"), "\"..\""),
            .expected = "the message of the entry that was refused",
            .observed = told("result.msg"),
            .why = "the first error is the one to tell: don't overwrite it",
            .hint = "error-overwritten");
    require_layer(pid, text("%s: x\n", name), "nothing is applied after it",
                  "goes-on-after-error");
    end_apply();
}
END_TEST

START_TEST(a_damaged_archive_is_refused)
{
    const char *name = pick_word();

    START(.entries = text("file %s=x", name));
    REQUIRE_INT("result", 0, .why = "this one is whole",
                .hint = "good-refused");
    START(.entries = text("file %s=x,file b=y", name), .cut = 1024 + 800);
    REQUIRE_INT("result", -1,
                .expected = "an archive that is cut short is refused",
                .why = "untar_next() says -1: not every end is a good one",
                .hint = "damage-unnoticed");
    end_apply();
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

START_TEST(a_whiteout_becomes_a_device)
{
    const char *a = text("a%s", pick_word()), *b = text("b%s", pick_word());

    pid_t pid = START(.entries = text("dir %s/,file %s/run=x,file %s/.wh.%s,"
                                      "file .wh.%s,link .wh.%s2=x",
                                      a, a, a, b, b, b));
    REQUIRE_INT("result", 0, .why = "these are whiteouts as they should be",
                .hint = "mark-refused");
    const char *want = text("%s/\n%s/%s (character device 0:0)\n%s/run: x\n"
                            "%s (character device 0:0)\n"
                            "%s2 (character device 0:0)\n",
                            a, a, b, a, b, b);
    require_layer(pid, want,
                  "\"gone\" is a character device 0:0 under the name without "
                  "\".wh.\": overlayfs knows it",
                  strstr(see_tree(pid, LAYER, in.opaque), ".wh.")
                      ? "prefix-kept"
                      : "no-device");
    end_apply();
}
END_TEST

START_TEST(opaque_is_about_the_directory)
{
    const char *a = text("a%s", pick_word()), *b = text("b%s", pick_word());

    pid_t pid = START(.entries = text("dir %s/,file %s/one=x,"
                                      "file %s/.wh..wh..opq,file %s/two=y,"
                                      "file %s/.wh..wh..opq",
                                      a, a, a, a, b));
    REQUIRE_INT("result", 0, .why = "both are opaque directories",
                .hint = "mark-refused");
    require_layer(pid,
                  text("%s/ (%s=y)\n%s/one: x\n%s/two: y\n%s/ (%s=y)\n", a,
                       in.opaque, a, a, b, in.opaque),
                  "the mark says: nothing of the layers below is in this "
                  "directory.  overlayfs wants an attribute of the directory "
                  "itself, and no file of that name",
                  "not-opaque");
    end_apply();
    pid = START(.entries = text("file .wh..wh..opq,file %s=x", a));
    require_layer(pid, text("./ (%s=y)\n%s: x\n", in.opaque, a),
                  "the layer's own directory can be opaque, too", "not-opaque");
    end_apply();
}
END_TEST

START_TEST(a_file_of_the_same_layer_wins)
{
    const char *a = text("a%s", pick_word()), *b = text("b%s", pick_word());
    const char *c = text("c%s", pick_word());

    pid_t pid = START(.entries = text("file %s=x,file .wh.%s,"
                                      "file .wh.%s,file %s=y,"
                                      "link %s=nowhere,file .wh.%s,"
                                      "link d=e,dir e/,file .wh.d",
                                      a, a, b, b, c, c));
    const char *want =
        text("%s: x\n%s: y\n%s -> nowhere\nd -> e\ne/\n", a, b, c);
    REQUIRE_INT("result", 0,
                .expected = "a whiteout beside a file of its name is no error",
                .shows = told("result.msg"),
                .why = "a whiteout speaks of the layers below (rule 3)",
                .hint = "own-file-in-the-way");
    require_layer(pid, want,
                  "a whiteout speaks of the layers below: what this layer "
                  "brings stays, whichever comes first (rule 3)",
                  "own-file-lost");
    end_apply();
    pid = START(.entries = text("file .wh.%s,file .wh.%s", a, a));
    REQUIRE_INT("result", 0, .expected = "the same whiteout twice is no error",
                .why = "what is gone twice is gone",
                .hint = "own-file-in-the-way");
    require_layer(pid, text("%s (character device 0:0)\n", a),
                  "what is gone twice is gone", "no-device");
    end_apply();
}
END_TEST

START_TEST(a_directory_of_the_same_layer_becomes_opaque)
{
    const char *a = text("a%s", pick_word()), *b = text("b%s", pick_word());

    pid_t pid = START(.entries = text("dir %s/,file %s/new=x,file .wh.%s,"
                                      "file .wh.%s,dir %s/,file %s/new=y",
                                      a, a, a, b, b, b));
    require_layer(pid,
                  text("%s/ (%s=y)\n%s/new: x\n%s/ (%s=y)\n%s/new: y\n", a,
                       in.opaque, a, b, in.opaque, b),
                  "overlayfs merges a directory with those of its name below; "
                  "the whiteout says that those are gone (rule 3)",
                  "own-directory-merged");
    REQUIRE_INT("result", 0, .why = "nothing is wrong with this archive",
                .hint = "own-file-in-the-way");
    end_apply();
}
END_TEST

START_TEST(a_whiteout_of_nothing_is_refused)
{
    static const char *const names[] = {
        ".wh.", ".wh..", ".wh...", "d/.wh.", "d/.wh..", "d/.wh...",
    };
    const char *word = pick_word();
    const char *reserved = text("d/.wh..wh.%s", word);
    const char *tree = "[[\"dir\",\"layer/d\"]]";

    for (int i = 0; i < 7; i++) {
        const char *name = i < 6 ? names[i] : reserved;
        pid_t pid = START(.entries = text("file %s", name), .tree = tree);
        const char *have = see_tree(pid, BASE, in.opaque);
        REQUIRE(strcmp(have, "layer/\nlayer/d/\n") == 0,
                .expected = text("\"%s\" makes no mark", name),
                .observed = have,
                .why = "\"..\" is the directory above, and above the layer's "
                       "is the store: what follows \".wh.\" is checked like "
                       "any name (rule 4)",
                .hint = "marks-above");
        REQUIRE_INT("result", -1, .expected = text("\"%s\" is refused", name),
                    .why = "what follows \".wh.\" must be a name (rule 4)",
                    .hint = "nothing-taken");
    }
    pid_t pid =
        START(.entries = text("file d/.wh.%s,file d/.wh...%s", word, word),
              .tree = tree);
    require_layer(pid,
                  text("d/\nd/..%s (character device 0:0)\n"
                       "d/%s (character device 0:0)\n",
                       word, word),
                  "\"..x\" is a name like others", "mark-refused");
    end_apply();
}
END_TEST

START_TEST(what_is_gone_is_not_seen)
{
    const char *word = pick_word();

    pid_t pid =
        START(.act = "mount",
              .entries = text("dir app/,file app/.wh.old,file app/new=%s,"
                              "file lib/.wh..wh..opq,file lib/c=%s,"
                              "file .wh.tmp,dir var/,file var/v=1,file .wh.var",
                              word, word),
              .tree = "[[\"file\",\"below/app/old\",\"x\"],"
                      "[\"file\",\"below/app/run\",\"x\"],"
                      "[\"file\",\"below/lib/a\",\"x\"],"
                      "[\"file\",\"below/lib/b\",\"x\"],"
                      "[\"file\",\"below/tmp/t\",\"x\"],"
                      "[\"file\",\"below/var/w\",\"x\"]]");
    REQUIRE_INT("result", 0, .why = "nothing is wrong with this archive",
                .hint = "mark-refused");
    if (strcmp(told("overlay"), "yes") != 0) { /* the marks must do */
        require_layer(pid,
                      text("app/\napp/new: %s\napp/old (character device 0:0)\n"
                           "lib/ (%s=y)\nlib/c: %s\ntmp (character device "
                           "0:0)\nvar/ (%s=y)\nvar/v: 1\n",
                           word, in.opaque, word, in.opaque),
                      "these are the marks that overlayfs understands",
                      "still-seen");
        end_apply();
        return;
    }
    const char *want = text("app/\napp/new: %s\napp/run: x\nlib/\nlib/c: %s\n"
                            "var/\nvar/v: 1\n",
                            word, word);
    const char *have = see_tree(pid, BASE "/both", in.opaque);
    REQUIRE(strcmp(have, want) == 0, .expected = want, .observed = have,
            .shows = text("the layer below has:\n%s",
                          see_tree(pid, BASE "/below", in.opaque)),
            .why = "what a container sees is both layers, one over the other, "
                   "without what the upper one says is gone",
            .hint = "still-seen");
    end_apply();
}
END_TEST

/* The archive needs a call that now fails, with an error of its own. */
static void require_report(const char *entries, const char *refused)
{
    static const int errors[] = {EIO, ENOMEM, EMFILE, EDQUOT};
    int error = errors[pick(0, 3)];

    START(.act = "refused", .entries = entries,
          .more = text("refused=%s", refused),
          .more2 = text("error=%d", error));
    REQUIRE_INT("result", -1,
                .expected = text("-1, as %s(2) fails with errno %d (%s)",
                                 refused, error, strerror(error)),
                .why = "a mark that is missing shows files again that were "
                       "removed, a secret perhaps",
                .hint = text("%s-unchecked", refused));
    REQUIRE_INT("result.errno", error,
                .expected = text("errno %d (%s), as %s(2) had it", error,
                                 strerror(error), refused),
                .why = "mb_fail() takes the reason from errno, at once",
                .hint = "reason-lost");
    end_apply();
}

START_TEST(failing_to_make_a_mark_is_reported)
{
    const char *word = pick_word();

    require_report(text("file .wh.%s", word), "mknod");
    require_report(text("file %s/.wh..wh..opq", word), "setxattr");
    require_report(text("dir %s/,file .wh.%s", word, word), "setxattr");
}
END_TEST

void exam_13_layers(struct exam *exam);

void exam_13_layers(struct exam *exam)
{
    exam_add(exam, 1, VALUE, names_become_clean,
             "a name becomes clean: its parts, with one slash between");
    exam_add(exam, 1, VALUE, dotdot_is_refused,
             "\"..\" is refused, wherever it stands");
    exam_add(exam, 1, VALUE, names_are_not_too_deep,
             "255 directories are allowed, and not one more");
    exam_add(exam, 1, EFFECT, a_name_leads_to_its_place,
             "a file comes to its place below the layer's directory");
    exam_add(exam, 1, HOST, dotdot_reaches_nothing,
             "no name reaches what is outside of the layer");
    exam_add(exam, 2, MECHANISM, an_absolute_link_starts_at_the_layer,
             "a symlink to \"/...\" leads to the layer's own directory");
    exam_add(exam, 2, EFFECT, links_inside_are_followed,
             "symlinks to directories of the layer are followed");
    exam_add(exam, 2, HOST, links_lead_to_no_place_of_the_host,
             "no symlink reaches what is outside of the layer");
    exam_add(exam, 2, VALUE, a_link_does_not_lead_too_deep,
             "a symlink does not lead deeper than a name may");
    exam_add(exam, 2, VALUE, a_link_to_no_directory_is_reported,
             "a symlink to what is no directory is reported");
    exam_add(exam, 3, EFFECT, all_entries_are_applied,
             "all entries are applied, in their order");
    exam_add(exam, 3, VALUE, skipped_entries_are_counted,
             "entries that are skipped are no error, and are counted");
    exam_add(exam, 3, MECHANISM, the_limit_holds,
             "so many entries as the limit says, and no more");
    exam_add(exam, 3, VALUE, a_bad_entry_ends_it,
             "the first entry that is refused ends it");
    exam_add(exam, 3, VALUE, a_damaged_archive_is_refused,
             "an archive that is cut short is refused");
    exam_add(exam, 4, MECHANISM, a_whiteout_becomes_a_device,
             "a whiteout becomes a character device 0:0");
    exam_add(exam, 4, MECHANISM, opaque_is_about_the_directory,
             "an opaque mark becomes an attribute of its directory");
    exam_add(exam, 4, VALUE, a_file_of_the_same_layer_wins,
             "a whiteout does not hide what its own layer brings");
    exam_add(exam, 4, MECHANISM, a_directory_of_the_same_layer_becomes_opaque,
             "a directory with a whiteout beside it becomes opaque");
    exam_add(exam, 4, HOST, a_whiteout_of_nothing_is_refused,
             "a whiteout of nothing, or of \"..\", is refused");
    exam_add(exam, 4, EFFECT, what_is_gone_is_not_seen,
             "what the layer removes is not seen above it");
    exam_add(exam, 4, VALUE, failing_to_make_a_mark_is_reported,
             "a mark that can't be made is noticed");
}
