/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 24: where an image leaks, and how a secret stays out of it
 *
 * The secrets are made up here, anew for each run, and the image around them.
 * What is found the functions tell.  What a mount of a secret is, and what of
 * it stays on the disk below, is asked of the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"

#define TREE "/tmp/tree"
#define BELOW "/tmp/below"

/* A secret that nobody has: 15 characters. */
static const char *a_secret(void)
{
    return text("%s%d%s", pick_word(), pick(100, 999), pick_word());
}

/* ---- images ------------------------------------------------------------- */

static json_t *history, *env, *layers;

static void image_begin(void)
{
    history = json_array();
    env = json_array();
    layers = json_array();
}

static void add_line(const char *created_by, const char *comment)
{
    json_t *line = json_pack("{s:s}", "created_by", created_by);

    if (comment)
        json_object_set_new(line, "comment", json_string(comment));
    json_array_append_new(history, line);
}

static void add_clean_lines(int n)
{
    for (; n > 0; n--)
        add_line(text("CMD [\"%s\"]", pick_word()), NULL);
}

static void add_variable(const char *variable)
{
    json_array_append_new(env, json_string(variable));
}

/* From here on files go into a new layer. */
static void begin_layer(void)
{
    json_array_append_new(layers, json_object());
}

static void add_member(const char *name, json_t *what)
{
    json_t *layer = json_array_get(layers, json_array_size(layers) - 1);

    json_object_set_new(layer, name, what);
}

static void add_file(const char *name, const char *content)
{
    add_member(name, json_string(content));
}

static void add_other(const char *name, const char *kind, const char *argument)
{
    add_member(name, json_pack("[s,s]", kind, argument));
}

/* What a leak of a document is told as, and one of a file. */
static const char *in_document(const char *place, int line, const char *name,
                               const char *value, int more)
{
    return text("%s line=%d layer=0 entry=- name=%s value=%s more=%d\n", place,
                line, name, value, more);
}

static const char *in_file(int layer, const char *path, const char *value)
{
    return text("file line=1 layer=%d entry=%s name=%s value=%s more=0\n",
                layer, path, path, value);
}

static void start_find(const char *gone)
{
    worker_start(
        "secrets_find()", "find",
        text("config=%s", json_dumps(json_pack("{s:O, s:{s:O}}", "history",
                                               history, "config", "Env", env),
                                     0)),
        text("layers=%s", json_dumps(layers, 0)),
        text("outside=DB_PASSWORD=%s\n", a_secret()), text("gone=%s", gone),
        NULL);
    worker_end();
}

/* What was told; never NULL. */
static const char *told(const char *name)
{
    const char *value = worker_told(name);

    return value ? value : "(nothing)";
}

/* Is KEY, with VALUE right behind it, in what was told? */
static bool leaks_have(const char *key, const char *value)
{
    return strstr(told("leaks"), text("%s%s", key, value)) != NULL;
}

static bool is_success(void)
{
    return strcmp(told("result"), "0") == 0;
}

/* These leaks must have been found, in this order, and no others. */
static void require_leaks(const char *leaks, const struct finding *f)
{
    struct finding finding = *f;
    const char *is = told("leaks");

    if (strcmp(is, leaks) == 0 && is_success())
        return;
    finding.expected = leaks;
    finding.observed = *is ? is : text("no leak (%s)", told("result.msg"));
    if (!finding.shows)
        finding.shows =
            text("history %s\nEnv %s\nlayers %s", json_dumps(history, 0),
                 json_dumps(env, 0), json_dumps(layers, 0));
    exam_flunk(&finding);
}
#define REQUIRE_LEAKS(leaks, ...)                                              \
    require_leaks(leaks, &(struct finding){__VA_ARGS__})

/* ---- step 1 ------------------------------------------------------------- */

#define WHY_HISTORY                                                            \
    "the history keeps each instruction, word by word, and everybody who has " \
    "the image can read it"

START_TEST(a_line_of_the_history_leaks)
{
    const char *secret = a_secret(), *line = text("ARG TOKEN=%s", secret);
    int before = pick(1, 4);

    image_begin();
    add_clean_lines(before);
    add_line(line, "buildkit.dockerfile.v0");
    add_clean_lines(pick(1, 3));
    start_find("");
    const char *right = in_document("history", before + 1, line, secret, 0);
    REQUIRE_LEAKS(right, .why = WHY_HISTORY,
                  .hint = leaks_have("history line=", text("%d ", before))
                              ? "lines-from-0"
                          : leaks_have("value=", secret) &&
                                  !leaks_have("name=", line)
                              ? "name-is-not-the-text"
                              : NULL);
}
END_TEST

START_TEST(the_last_line_leaks_too)
{
    const char *first = a_secret(), *last = a_secret();

    image_begin();
    add_line(text("ARG TOKEN=%s", first), NULL);
    add_clean_lines(pick(1, 3));
    int n = json_array_size(history) + 1;
    add_line(text("RUN curl -u me:%s http://x", last), NULL);
    start_find("");
    REQUIRE_LEAKS(
        text("%s%s",
             in_document("history", 1, text("ARG TOKEN=%s", first), first, 0),
             in_document("history", n, text("RUN curl -u me:%s http://x", last),
                         last, 0)),
        .why = WHY_HISTORY, .hint = "a-line-left-out");
}
END_TEST

START_TEST(a_comment_leaks_too)
{
    const char *secret = a_secret();
    const char *comment = text("made with password=%s", secret);

    image_begin();
    add_clean_lines(2);
    add_line("COPY . /app", comment);
    start_find("");
    REQUIRE_LEAKS(in_document("history", 3, comment, secret, 0),
                  .why = "docker commit -m and docker import -m put any text "
                         "into the comment, and docker history shows it",
                  .hint = leaks_have("value=", secret) ? "name-is-not-the-text"
                                                       : "comment-forgotten");
}
END_TEST

START_TEST(an_arg_that_comes_again_is_told_once)
{
    const char *secret = a_secret(), *line = text("ARG TOKEN=%s", secret);
    int times = pick(2, 5);

    image_begin();
    add_line(line, NULL);
    for (int i = 0; i < times; i++)
        add_line(text("RUN |1 TOKEN=%s /bin/sh -c make %s # buildkit", secret,
                      pick_word()),
                 NULL);
    start_find("");
    REQUIRE_LEAKS(in_document("history", 1, line, secret, times),
                  .why = "an ARG stands in the line of every later RUN: that "
                         "is one leak, with how often it comes again (rule 2)",
                  .hint = "told-again");
}
END_TEST

START_TEST(a_variable_leaks)
{
    const char *one = a_secret(), *word = pick_word();
    const char *two = text("%s %s", a_secret(), word);

    image_begin();
    add_clean_lines(2);
    add_variable(text("DB_PASSWORD=%s", one));
    add_variable("PATH=/usr/local/bin:/usr/bin");
    add_variable(text("API_KEY=%s", two));
    start_find("");
    bool none = !*told("leaks");
    REQUIRE_LEAKS(
        text("%s%s", in_document("env", 0, "DB_PASSWORD", one, 0),
             in_document("env", 0, "API_KEY", two, 0)),
        .why = "ENV is kept in the config: inspect shows it, and each process "
               "of each container gets it",
        .hint = leaks_have("history line=", "")       ? "place-stays-history"
                : leaks_have("env line=2", "")        ? "line-stays"
                : none                                ? "no-variables"
                : !leaks_have("name=", "DB_PASSWORD") ? "a-variable-left-out"
                                                      : "variable-is-no-text");
}
END_TEST

START_TEST(an_env_leaks_twice)
{
    const char *secret = a_secret();
    const char *line = text("ENV DB_PASSWORD=%s", secret);

    image_begin();
    add_line(line, NULL);
    add_variable(text("DB_PASSWORD=%s", secret));
    start_find("");
    REQUIRE_LEAKS(text("%s%s", in_document("history", 1, line, secret, 0),
                       in_document("env", 0, "DB_PASSWORD", secret, 0)),
                  .why = "an ENV stands in the history and in the config: two "
                         "places, and both must be mended",
                  .hint = leaks_have("env ", "") ? "only-env"
                          : leaks_have("history line=", "2")
                              ? "place-stays-history"
                              : "no-variables");
}
END_TEST

/* ---- step 2 ------------------------------------------------------------- */

/* The text of a file with a secret in it. */
static const char *with(const char *secret)
{
    return text("DB_PASSWORD=%s\n", secret);
}

START_TEST(files_of_all_layers_are_searched)
{
    const char *a = a_secret(), *b = a_secret(), *c = a_secret();
    const char *dir = text("a%s", pick_word());

    image_begin();
    begin_layer();
    add_file(text("%s/deep/one.env", dir), with(a));
    add_file(text("b%s", pick_word()), "nothing in here\n");
    add_file("two.env", with(b));
    begin_layer();
    add_file("three.env", with(c));
    start_find("");
    REQUIRE_LEAKS(
        text("%s%s%s", in_file(1, text("/%s/deep/one.env", dir), a),
             in_file(1, "/two.env", b), in_file(2, "/three.env", c)),
        .why = "a layer is an archive of its own, and each of its files is "
               "handed out with it",
        .hint = leaks_have("layer=", "0")            ? "entry-not-noted"
                : strstr(told("result.msg"), "open") ? "another-layers-entries"
                                                     : "a-file-left-out");
}
END_TEST

START_TEST(a_deleted_file_still_leaks)
{
    const char *file = a_secret(), *inside = a_secret();
    const char *dir = text("d%s", pick_word());

    image_begin();
    begin_layer();
    add_file(text("%s/key.env", dir), with(inside));
    add_file("key.env", with(file));
    begin_layer();
    add_other("key.env", "deleted", "");
    add_other(dir, "deleted", "");
    start_find("");
    REQUIRE_LEAKS(
        text("%s%s", in_file(1, text("/%s/key.env", dir), inside),
             in_file(1, "/key.env", file)),
        .why = "RUN rm only adds a mark to a new layer.  The layer with the "
               "file is saved and pushed as before (rule 1)",
        .hint = is_success() ? "hidden-left-out" : "mark-is-no-file");
}
END_TEST

START_TEST(an_overwritten_file_still_leaks)
{
    const char *old = a_secret(), *new = a_secret();

    image_begin();
    begin_layer();
    add_file("key.env", with(old));
    begin_layer();
    add_file("key.env", with(new));
    start_find("");
    REQUIRE_LEAKS(
        text("%s%s", in_file(1, "/key.env", old), in_file(2, "/key.env", new)),
        .why = "the old file lies in its own layer, under the new one "
               "(rule 1)",
        .hint = "hidden-left-out");
}
END_TEST

START_TEST(a_file_with_two_names_is_told_once)
{
    const char *secret = a_secret();

    image_begin();
    begin_layer();
    add_file("a.env", with(secret));
    add_other("b.env", "again", "a.env");
    start_find("");
    REQUIRE_LEAKS(in_file(1, "/a.env", secret),
                  .why = "a hard link is one file with several names: first "
                         "says which entry stands for it",
                  .hint = "each-name");
}
END_TEST

START_TEST(links_are_not_followed)
{
    const char *secret = a_secret();

    image_begin();
    begin_layer();
    add_other("a.env", "link", "/tmp/outside.env");
    add_other("b.env", "fifo", "");
    add_file("c.env", with(secret));
    start_find("");
    REQUIRE_LEAKS(in_file(1, "/c.env", secret),
                  .why = "the image is a stranger's: its links lead anywhere. "
                         "Only entries of type PICTURE_FILE are files "
                         "(rule 3)",
                  .hint = "not-only-files");
}
END_TEST

START_TEST(a_file_that_is_gone_is_an_error)
{
    image_begin();
    begin_layer();
    add_file("a.env", with(a_secret()));
    add_file("b.env", with(a_secret()));
    start_find("a.env");
    REQUIRE_INT("result", -1, .expected = "-1, and ENOENT",
                .why = "who can't look everywhere must not say \"no secrets\"",
                .hint = "failure-forgotten");
    REQUIRE_INT("result.errno", ENOENT, .expected = "-1, and ENOENT",
                .why = "who can't look everywhere must not say \"no secrets\"",
                .hint = "failure-forgotten");
    REQUIRE(!*told("leaks"), .expected = "nothing after the failure",
            .observed = told("leaks"),
            .why = "a failure ends the search: the next one would take its "
                   "place",
            .hint = "failure-forgotten");
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

/* "abc****" */
static const char *mask_of(const char *secret)
{
    return text("%.*s****", (int)MIN(strlen(secret) / 4, 4), secret);
}

/* SHOWN: the hint for when SECRET is still to be seen. */
static void require_masked(const char *from, const char *to, const char *secret,
                           const char *shown, const char *hint)
{
    worker_start(text("secretmask_text(\"%s\")", from), "mask",
                 text("text=%s", from), NULL);
    worker_end();
    const char *is = told("masked");
    const char *end = strrchr(to, ' ');
    REQUIRE(!strstr(is, secret), .expected = text("\"%s\"", to),
            .observed = text("\"%s\"", is),
            .why = "a report is kept, mailed, and printed by a CI: what it "
                   "shows has leaked once more",
            .hint = shown);
    REQUIRE(strstr(is, end), .expected = text("\"%s\"", to),
            .observed = text("\"%s\"", is),
            .why = "the text goes on behind the last secret",
            .hint = "rest-lost");
    REQUIRE(strcmp(is, to) == 0, .expected = text("\"%s\"", to),
            .observed = text("\"%s\"", is),
            .why = "the reader must still see which line it is about, and "
                   "whose password: only the secret itself becomes a mask",
            .hint = hint);
}

START_TEST(a_secret_is_masked)
{
    const char *secret = a_secret(), *w = pick_word(), *v = pick_word();

    require_masked(text("RUN %s --password=%s %s", w, secret, v),
                   text("RUN %s --password=%s %s", w, mask_of(secret), v),
                   secret, "secret-shown", "another-mask");
}
END_TEST

START_TEST(all_secrets_are_masked)
{
    const char *one = a_secret(), *two = a_secret(), *w = pick_word();

    require_masked(
        text("TOKEN=%s %s PASSWORD=%s", one, w, two),
        text("TOKEN=%s %s PASSWORD=%s", mask_of(one), w, mask_of(two)), two,
        "only-the-first", "another-mask");
}
END_TEST

START_TEST(only_the_secret_is_masked)
{
    const char *secret = a_secret(), *host = pick_word();

    require_masked(text("wget https://me:%s@%s /x", secret, host),
                   text("wget https://me:%s@%s /x", mask_of(secret), host),
                   secret, "secret-shown", "name-masked-too");
}
END_TEST

START_TEST(what_is_no_secret_stays)
{
    const char *line = text("RUN make %s && echo %s", pick_word(), pick_word());

    require_masked(line, line, "****", "another-mask", "another-mask");
}
END_TEST

START_TEST(a_very_long_secret_is_masked_to_its_end)
{
    const char *secret = "", *w = pick_word();

    while (strlen(secret) < 1500)
        secret = text("%s%s", secret, a_secret());
    require_masked(text("TOKEN=%s %s", secret, w),
                   text("TOKEN=%s %s", mask_of(secret), w), secret + 1490,
                   "long-secret-shown", "another-mask");
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

static struct {
    const char *value, *target;
    int uid, gid, mode; /* -1: not given */
} in;

/* A secret with a random value and target, and nothing else given. */
static void secret_begin(void)
{
    in.value = a_secret();
    in.target = text("/run/secrets/%s", pick_word());
    in.uid = in.gid = in.mode = -1;
}

/* Mount it, where the kernel refuses what REFUSED says. */
static pid_t start_mount(const char *refused, const char *options)
{
    worker_start(text("secret_mount() on %s", in.target), "mount",
                 text("value=%s", in.value), text("target=%s", in.target),
                 text("uid=%d", in.uid), text("gid=%d", in.gid),
                 text("mode=%d", in.mode), text("refused=%s", refused),
                 text("options=%s", options), text("error=%d", EPERM), NULL);
    worker_hold("before");
    worker_go("before");
    return worker_hold("mounted");
}

static void end_mount(void)
{
    worker_go("mounted");
    worker_end();
}

static void require_mounted(void)
{
    REQUIRE_INT("result", 0, .why = "nothing speaks against this mount",
                .hint = "mount-fails");
}

/* What is found at a path by who joins the container's namespaces. */
enum {
    THERE = 1,
    CONTENT = 2,
    OWNER = 4,
    MODE = 8,
    READ_ONLY = 16,
    EMPTY = 32,
};

struct look {
    const char *path, *content;
    unsigned uid, gid, mode;
};

/* For see_inside(). */
static int look_at(void *argument)
{
    const struct look *look = argument;
    char content[200] = "";
    struct stat st;
    int fd = open(look->path, O_RDONLY), found = 0;

    if (stat(look->path, &st) < 0)
        return 0;
    if (fd >= 0 && read(fd, content, sizeof content - 1) >= 0 &&
        strcmp(content, look->content) == 0)
        found |= CONTENT;
    if (st.st_uid == look->uid && st.st_gid == look->gid)
        found |= OWNER;
    if ((st.st_mode & 07777) == look->mode)
        found |= MODE;
    if (open(look->path, O_WRONLY) < 0 && errno == EROFS)
        found |= READ_ONLY;
    return found | THERE | (st.st_size == 0 ? EMPTY : 0);
}

/* Look at PATH, and compare it with what is in the secret. */
static int look(pid_t pid, const char *path)
{
    struct look what = {path, in.value, MAX(in.uid, 0), MAX(in.gid, 0),
                        in.mode < 0 ? 0400 : in.mode};

    return see_inside(pid, CLONE_NEWUSER | CLONE_NEWNS, look_at, &what);
}

/* Are both lines of a mountinfo about the same file system?  The third word is
 * its device. */
static bool same_device(const char *a, const char *b)
{
    unsigned ids[2][2] = {{0, 1}, {2, 3}};

    (void)sscanf(a, "%*d %*d %u:%u", &ids[0][0], &ids[0][1]);
    (void)sscanf(b, "%*d %*d %u:%u", &ids[1][0], &ids[1][1]);
    return memcmp(ids[0], ids[1], sizeof ids[0]) == 0;
}

START_TEST(it_is_a_mount_that_nobody_can_change)
{
    static const char *const flags[] = {"ro", "nosuid", "nodev", "noexec"};

    secret_begin();
    pid_t pid = start_mount("", "size=1m");
    const char *mounts = see_proc(pid, "mountinfo");
    const char *mount = see_mount(mounts, text("%s%s", TREE, in.target));
    const char *memory = see_mount(mounts, TREE "/dev");
    REQUIRE(*mount, .expected = text("a mount on %s", in.target),
            .observed = text("there is none (%s)", told("result.msg")),
            .shows = mounts,
            .why = "the image's own file there is on the disk; the secret "
                   "must lie above it, on a mount",
            .hint = is_success() ? "not-mounted" : "name-away-too-soon");
    REQUIRE(same_device(mount, memory),
            .expected = "it is of the tmpfs on dev/", .observed = "it is not",
            .shows = text("%s\n%s", mount, memory),
            .why = "that tmpfs is in memory, and ends with the container",
            .hint = "on-disk");
    const char *options = strchr(strstr(mount, in.target), ' ');
    options = text(",%.*s,", (int)strcspn(options + 1, " "), options + 1);
    for (int i = 0; i < 4; i++)
        REQUIRE(strstr(options, text(",%s,", flags[i])),
                .expected = "ro,nosuid,nodev,noexec", .observed = options,
                .shows = mount,
                .why = "the step may read the secret.  It may not change it "
                       "for the next step, nor execute it",
                .hint = i == 0 ? "not-read-only" : "a-flag-missing");
    require_mounted();
    end_mount();
}
END_TEST

START_TEST(the_step_finds_the_secret)
{
    secret_begin();
    pid_t pid = start_mount("", "size=1m");
    int found = look(pid, text("%s%s", TREE, in.target));
    REQUIRE(found & CONTENT, .expected = text("\"%s\"", in.value),
            .observed = found & EMPTY ? "an empty file" : "another text",
            .why = "this is what the step came for", .hint = "empty");
    REQUIRE(found & MODE, .expected = "mode 0400", .observed = "another mode",
            .why = "unless the Dockerfile says otherwise, only the owner reads "
                   "it",
            .hint = "mode-default");
    REQUIRE(found & OWNER, .expected = "owner 0, group 0",
            .observed = "another owner",
            .why = "unless the Dockerfile says otherwise, it is root's",
            .hint = "owner-default");
    REQUIRE(found & READ_ONLY, .expected = "EROFS for who writes to it",
            .observed = "root can write to it",
            .why = "mode 0400 does not stop root: a read-only mount does",
            .hint = "not-read-only");
    require_mounted();
    end_mount();
}
END_TEST

/* How many user ids the container has. */
static int count_ids(pid_t pid)
{
    int first, outside, count = 1;

    (void)sscanf(see_proc(pid, "uid_map"), "%d %d %d", &first, &outside,
                 &count);
    return count;
}

/* Mount a secret with this mode, and see whose it is. */
static void require_owner(int mode)
{
    pid_t pid;

    secret_begin();
    worker_start("", "ids", NULL);
    int ids = count_ids(worker_hold("ids"));
    worker_kill();
    in.uid = ids > 2 ? pick(1, MIN(ids, 16) / 2) : 0;
    in.gid = ids > 2 ? in.uid + MIN(ids, 16) / 2 - 1 : 0;
    in.mode = mode;
    pid = start_mount("", "size=1m");
    require_mounted();
    int found = look(pid, text("%s%s", TREE, in.target));
    REQUIRE(found & OWNER,
            .expected = text("owner %d, group %d", in.uid, in.gid),
            .observed = "others", .why = "RUN --mount=...,uid=,gid= said so",
            .hint = "owner-ignored");
    REQUIRE(found & MODE, .expected = text("mode %#o", (unsigned)in.mode),
            .observed = "another mode", .why = "RUN --mount=...,mode= said so",
            .hint = mode & S_ISGID ? "mode-before-owner" : "mode-ignored");
    end_mount();
}

START_TEST(owner_and_mode_are_as_wished)
{
    require_owner(0440);
    worker_kill();
    require_owner(0);
    worker_kill();
    require_owner(02751); /* a change of owner takes special bits away */
}
END_TEST

START_TEST(nothing_is_left_below_the_mount)
{
    secret_begin();
    pid_t pid = start_mount("", "size=1m");
    int seen = look(pid, text("%s%s", TREE, in.target));
    REQUIRE(seen & CONTENT, .expected = text("\"%s\"", in.value),
            .observed = "not the secret", .why = "the step shall find it",
            .hint = "empty");
    int found = look(pid, text("%s%s", BELOW, in.target));
    REQUIRE(found == 0 || (found & EMPTY),
            .ran = text("cat %s, without the mounts", in.target),
            .expected = "an empty file: a place to mount on",
            .observed = "the file below the mount is not empty",
            .why = "what is written to the tree itself becomes part of the "
                   "layer, and that is how secrets leak",
            .hint = "on-disk");
    end_mount();
}
END_TEST

START_TEST(its_first_name_is_gone)
{
    secret_begin();
    pid_t pid = start_mount("", "size=1m");
    int found = look(pid, TREE "/dev/.secret");
    REQUIRE(found == 0, .expected = "no dev/.secret",
            .observed = "dev/.secret is still there",
            .why = "the mount keeps the file.  Under its first name anybody "
                   "finds it, and the next secret can't be made",
            .hint = "first-name-stays");
    found = look(pid, text("%s%s", TREE, in.target));
    REQUIRE(found & CONTENT, .expected = text("\"%s\"", in.value),
            .observed = "not the secret",
            .why = "take the name away only when the mount is there",
            .hint = "empty");
    end_mount();
}
END_TEST

/* A failing system call must be reported, with its errno. */
static void require_report(const char *refused, const char *options, int error,
                           const char *what, const char *hint)
{
    start_mount(refused, options);
    REQUIRE_INT("result", -1,
                .expected = text("-1 and \"%s\"", strerror(error)),
                .why = text("%s fails here: a step must not run without the "
                            "secret that it asked for, nor with one that "
                            "others can read",
                            what),
                .hint = hint);
    REQUIRE_INT("result.errno", error,
                .expected = text("-1 and \"%s\"", strerror(error)),
                .why = "the caller must learn what went wrong",
                .hint = "reason-lost");
    end_mount();
}

START_TEST(failing_to_write_is_reported)
{
    secret_begin();
    while (strlen(in.value) < 10000)
        in.value = text("%s%s", in.value, a_secret());
    require_report("", "size=4k", ENOSPC, "write(2)", "write-unchecked");
}
END_TEST

START_TEST(failing_to_set_the_owner_is_reported)
{
    secret_begin();
    require_report("owner", "size=1m", EPERM, "fchown(2)", "owner-unchecked");
}
END_TEST

START_TEST(failing_to_set_the_mode_is_reported)
{
    secret_begin();
    require_report("mode", "size=1m", EPERM, "fchmod(2)", "mode-unchecked");
}
END_TEST

START_TEST(failing_to_bind_is_reported)
{
    secret_begin();
    require_report("bind", "size=1m", EPERM, "the bind mount",
                   "bind-unchecked");
}
END_TEST

START_TEST(failing_to_make_it_read_only_is_reported)
{
    secret_begin();
    require_report("flags", "size=1m", EPERM, "the change of its flags",
                   "flags-unchecked");
}
END_TEST

void exam_24_secrets(struct exam *exam);
void exam_24_secrets(struct exam *exam)
{
    exam_add(exam, 1, VALUE, a_line_of_the_history_leaks,
             "a secret in the history is found, with the number of its line");
    exam_add(exam, 1, VALUE, the_last_line_leaks_too,
             "the first and the last line are looked at");
    exam_add(exam, 1, VALUE, a_comment_leaks_too,
             "a secret in a comment is found");
    exam_add(exam, 1, VALUE, an_arg_that_comes_again_is_told_once,
             "an ARG that comes again in each RUN is told once");
    exam_add(exam, 1, VALUE, a_variable_leaks,
             "secrets in variables are found");
    exam_add(exam, 1, VALUE, an_env_leaks_twice,
             "a secret in ENV is found in both places");
    exam_add(exam, 2, VALUE, files_of_all_layers_are_searched,
             "secrets in files of all layers are found");
    exam_add(exam, 2, EFFECT, a_deleted_file_still_leaks,
             "what a later layer deleted is found");
    exam_add(exam, 2, EFFECT, an_overwritten_file_still_leaks,
             "what a later layer overwrote is found");
    exam_add(exam, 2, VALUE, a_file_with_two_names_is_told_once,
             "a file with two names is told once");
    exam_add(exam, 2, HOST, links_are_not_followed,
             "no file outside of the image is read");
    exam_add(exam, 2, VALUE, a_file_that_is_gone_is_an_error,
             "a file that can't be read is an error");
    exam_add(exam, 3, VALUE, a_secret_is_masked, "a secret is masked");
    exam_add(exam, 3, VALUE, all_secrets_are_masked,
             "the first and the last word are masked, if they are secret");
    exam_add(exam, 3, VALUE, only_the_secret_is_masked,
             "of a URL only the password is masked");
    exam_add(exam, 3, VALUE, what_is_no_secret_stays,
             "a text without secrets stays as it is");
    exam_add(exam, 3, VALUE, a_very_long_secret_is_masked_to_its_end,
             "a very long secret is masked to its end");
    exam_add(exam, 4, MECHANISM, it_is_a_mount_that_nobody_can_change,
             "the secret is on a mount, in memory, read-only");
    exam_add(exam, 4, EFFECT, the_step_finds_the_secret,
             "the step finds the secret, and can't change it");
    exam_add(exam, 4, EFFECT, owner_and_mode_are_as_wished,
             "owner and mode are as the Dockerfile says");
    exam_add(exam, 4, HOST, nothing_is_left_below_the_mount,
             "the tree below the mount holds nothing of the secret");
    exam_add(exam, 4, EFFECT, its_first_name_is_gone,
             "the file has no other name any more");
    exam_add(exam, 4, VALUE, failing_to_write_is_reported,
             "a write(2) that fails is noticed");
    exam_add(exam, 4, VALUE, failing_to_set_the_owner_is_reported,
             "a fchown(2) that fails is noticed");
    exam_add(exam, 4, VALUE, failing_to_set_the_mode_is_reported,
             "a fchmod(2) that fails is noticed");
    exam_add(exam, 4, VALUE, failing_to_bind_is_reported,
             "a bind mount that fails is noticed");
    exam_add(exam, 4, VALUE, failing_to_make_it_read_only_is_reported,
             "flags that can't be set are noticed");
}
