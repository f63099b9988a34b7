/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 04: root without root
 *
 * The judge reads the maps in /proc/PID.  The kernel shows the numbers outside
 * as those of the reader, so "0 X 1", with the judge's number X for the cage's
 * root, is the right map, whatever number the made-up user believed to have.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"

/* ---- step 1 -------------------------------------------------------------- */

static struct {
    const char *name;
    int id;
} user;

static void pick_user(void)
{
    user.name = pick_word();
    user.id = pick(1000, 60000);
}

enum { N_FILES = 3 };

/* A file of /etc/subuid's kind, and what is to be found in it. */
struct lent {
    const char *file;
    unsigned long first, count;
};

static void require_ranges(const struct lent lent[N_FILES], const char *why,
                           const char *hint)
{
    worker_start(text("userns_find_range(..., \"%s\", %d)", user.name, user.id),
                 "find", text("files=%d", N_FILES), text("name=%s", user.name),
                 text("id=%d", user.id), text("file0=%s", lent[0].file),
                 text("file1=%s", lent[1].file), text("file2=%s", lent[2].file),
                 NULL);
    worker_end();
    for (int i = 0; i < N_FILES; i++) {
        const char *got = worker_told(text("range%d", i));
        const char *want = text("%lu+%lu", lent[i].first, lent[i].count);
        REQUIRE(got && strcmp(got, want) == 0,
                .expected = text("first+count %s", want),
                .observed = text("first+count %s", got ? got : "(none)"),
                .shows = text("the file:\n%s", lent[i].file), .why = why,
                .hint = hint);
    }
}

/* Random numbers of a line, beyond 31 bits in every third one. */
static struct lent pick_range(int i)
{
    return (struct lent){.first =
                             pick(100000, 900000) + (i == 2) * 3000000000UL,
                         .count = pick(1000, 70000)};
}

START_TEST(a_line_is_found_by_name)
{
    struct lent lent[N_FILES];

    pick_user();
    for (int i = 0; i < N_FILES; i++) {
        lent[i] = pick_range(i);
        const char *line =
            text("%s:%lu:%lu", user.name, lent[i].first, lent[i].count);
        const char *files[] = {text("%s\n", line), line,
                               text("%s:7:8\n\n%s\n", pick_word(), line)};
        lent[i].file = files[i];
    }
    require_ranges(lent,
                   "a line is NAME:FIRST:COUNT; it may be the only one, have "
                   "no newline at its end, or follow others",
                   "line-not-found");
}
END_TEST

START_TEST(a_line_is_found_by_number)
{
    struct lent lent[N_FILES];

    pick_user();
    for (int i = 0; i < N_FILES; i++) {
        lent[i] = pick_range(i);
        lent[i].file = text("%s:7:8\n%d:%lu:%lu\n", pick_word(), user.id,
                            lent[i].first, lent[i].count);
    }
    require_ranges(lent,
                   "subuid(5): the first field is a login name or a number",
                   "number-not-known");
}
END_TEST

START_TEST(only_the_whole_name_counts)
{
    struct lent lent[N_FILES];

    pick_user();
    for (int i = 0; i < N_FILES; i++) {
        lent[i] = pick_range(i);
        const char *others[] = {text("%sa:1:2", user.name),
                                text("x%s:1:2", user.name),
                                text("%d0:1:2\n1%d:3:4", user.id, user.id)};
        lent[i].file = text("%s\n%s:%lu:%lu\n", others[i], user.name,
                            lent[i].first, lent[i].count);
    }
    require_ranges(lent,
                   "another user's name may begin or end with this one's: his "
                   "numbers would be given away",
                   "prefix-counts");
}
END_TEST

START_TEST(the_first_good_line_wins)
{
    struct lent lent[N_FILES];

    pick_user();
    for (int i = 0; i < N_FILES; i++) {
        lent[i] = pick_range(i);
        const char *good =
            text("%s:%lu:%lu\n", user.name, lent[i].first, lent[i].count);
        const char *files[] = {
            text("%s%s:5:6\n%d:7:8\n", good, user.name, user.id),
            text("%s\n%s:\n%s:x:y\n%s:12\n%s", user.name, user.name, user.name,
                 user.name, good),
            text("%d:%lu:%lu\n%s:5:6\n", user.id, lent[i].first, lent[i].count,
                 user.name)};
        lent[i].file = files[i];
    }
    require_ranges(lent,
                   "the first line that has both numbers is the one, be it by "
                   "name or by number; broken lines are passed over",
                   "not-the-first");
}
END_TEST

START_TEST(no_line_is_no_range)
{
    pick_user();
    const struct lent good = pick_range(0);
    const struct lent lent[N_FILES] = {
        {text("%s:%lu:%lu\n", user.name, good.first, good.count), good.first,
         good.count},
        {"", 0, 0},
        {text("%s:5:6\n%s:x:7\n%s:8", pick_word(), user.name, user.name), 0, 0},
    };

    require_ranges(lent, "a range of count 0 says that nothing is lent",
                   "half-a-range");
}
END_TEST

/* ---- step 2 -------------------------------------------------------------- */

static struct {
    int uid, gid; /* the made-up user's */
    const char *word;
    const char *before; /* his user namespace before the call */
} in;

/* A user of random numbers calls userns_enter().  Returns his PID. */
static pid_t start_usual(const char *more)
{
    in.uid = pick(1000, 30000);
    in.gid = in.uid + pick(1, 30000);
    in.word = pick_word();
    worker_start(text("userns_enter() by user %d and group %d", in.uid, in.gid),
                 "enter", text("uids=%d 0 1", in.uid),
                 text("gids=%d 0 1", in.gid), text("word=%s", in.word), more,
                 NULL);
    in.before = see_link(worker_hold("outside"), "ns/user");
    worker_go("outside");
    return worker_hold("inside");
}

/* Let it go on to NAME. */
static void go_on_to(const char *name)
{
    worker_go("inside");
    if (strcmp(name, "done") == 0) {
        worker_hold("reached-out");
        worker_go("reached-out");
    }
    worker_hold(name);
}

/* Which mistake left the files of /proc/PID like that?  What the function said
 * may only choose between two hints. */
static const char *mistake(pid_t pid)
{
    const char *said = worker_told("result.msg");

    if (strcmp(in.before, see_link(pid, "ns/user")) == 0)
        return "no-namespace";
    if (*see_proc(pid, "uid_map"))
        return strcmp(see_proc(pid, "setgroups"), "deny\n") == 0 &&
                       !*see_proc(pid, "gid_map")
                   ? "gid-map-wrong"
                   : "setgroups-not-denied";
    if (said && strstr(said, "65534"))
        return "asked-too-late";
    if (said && strstr(said, text("\"%d 0 1", in.uid)))
        return "sides-swapped";
    if (said && strstr(said, text("\"0 %d ", in.uid)))
        return "too-many-numbers";
    return "uid-map-missing";
}

/* The map FILE must have one line: 0, the caller, 1. */
static void require_map(pid_t pid, const char *file)
{
    unsigned long caller = 0;

    (void)sscanf(see_proc(worker_pid(), file), "%*u %lu", &caller);
    const char *want = text("%10d %10lu %10d\n", 0, caller, 1);
    const char *got = see_proc(pid, file);
    REQUIRE(strcmp(got, want) == 0, .expected = text("%s: %s", file, want),
            .observed = text("%s: %s", file, *got ? got : "(empty)\n"),
            .shows = text("uid_map:   %s\ngid_map:   %s\nsetgroups: %s",
                          see_proc(pid, "uid_map"), see_proc(pid, "gid_map"),
                          see_proc(pid, "setgroups")),
            .why = text("a line says: inside, outside, how many; without "
                        "privilege it may hold one's own number only.  "
                        "userns_enter() said: %s",
                        worker_told("result.msg")),
            .hint = mistake(pid));
}

START_TEST(zero_stands_for_the_user)
{
    pid_t pid = start_usual(NULL);

    require_map(pid, "uid_map");
    require_map(pid, "gid_map");
    REQUIRE_INT("result", 0, .hint = mistake(pid));
}
END_TEST

START_TEST(it_is_root_in_there)
{
    pid_t pid = start_usual(NULL);

    go_on_to("done");
    REQUIRE_INT("result", 0, .hint = mistake(pid));
    REQUIRE_TEXT("who", "0 and 0",
                 .why = "user and group: two maps, and both have a 0",
                 .hint = mistake(pid));
    REQUIRE(see_host_name(pid, in.word),
            .expected =
                text("it makes a UTS namespace, and names it %s", in.word),
            .observed = text("unshare(2): %s, sethostname(2): %s",
                             worker_told("new"), worker_told("named")),
            .why = "root of a user namespace has power over what is made in it",
            .hint = mistake(pid));
    worker_go("done");
    worker_end();
}
END_TEST

START_TEST(it_has_no_power_outside)
{
    pid_t pid = start_usual(NULL);

    go_on_to("reached-out");
    REQUIRE(!see_host_name(pid, in.word),
            .expected = "the old UTS namespace keeps its name",
            .observed = text("it is called %s now", in.word),
            .shows = see_namespaces(pid),
            .why = "that namespace belongs to the user namespace outside; root "
                   "of a new one has no power over it",
            .hint = "no-namespace");
    REQUIRE_INT("result", 0, .hint = mistake(pid));
}
END_TEST

START_TEST(a_refusal_is_reported)
{
    start_usual("limit=0");
    REQUIRE_INT("result", -1,
                .why = "max_user_namespaces is 0 here: there can be no new one",
                .hint = "refusal-ignored");
    REQUIRE_INT("result.errno", ENOSPC,
                .why = "the first call that fails tells the reason",
                .hint = "refusal-ignored");
}
END_TEST

START_TEST(a_write_that_fails_is_reported)
{
    static const char *const files[] = {"setgroups", "uid_map", "gid_map"};

    for (int i = 0; i < 3; i++) {
        start_usual(text("full=%s", files[i]));
        const char *why =
            text("/proc/self/%s is /dev/full here, where every write fails",
                 files[i]);
        REQUIRE_INT("result", -1, .why = why, .hint = "map-error-ignored");
        REQUIRE_INT("result.errno", ENOSPC, .why = why,
                    .hint = "map-error-ignored");
    }
}
END_TEST

/* ---- step 3 -------------------------------------------------------------- */

/* How many numbers the cage has: as many as this machine lends.  Known as soon
 * as one cage has been seen. */
static long cage_ids;

/* Ask for a user namespace with that uid_map, or for a file in its place. */
static void require_single(const char *map, int numbers, const char *hint)
{
    bool real = numbers < 2 || numbers <= cage_ids;

    worker_start(text("userns_is_single_id() with the uid_map \"%s\"", map),
                 "single", text("uids=%s", real ? map : "0 0 1"),
                 "gids=", text("map=%s", real ? "" : text("%s\n", map)), NULL);
    const char *shows = see_proc(worker_hold("mapped"), "uid_map");
    (void)sscanf(see_proc(worker_pid(), "uid_map"), "%*u %*u %ld", &cage_ids);
    worker_go("mapped");
    worker_end();
    REQUIRE_INT("single", numbers == 1,
                .expected = text("%d, for the map has %d numbers", numbers == 1,
                                 numbers),
                .shows = real ? shows : map,
                .why = "each line of a map is a range: where it starts inside, "
                       "where outside, and how many numbers it has",
                .hint = hint);
}

START_TEST(one_number_is_single)
{
    require_single("0 0 1", 1, "one-not-seen");
    require_single(text("%d 0 1", pick(1, 60000)), 1, "one-not-seen");
}
END_TEST

START_TEST(more_or_none_are_not)
{
    int count = pick(2, 9);

    require_single("0 0 1", 1, "one-not-seen");
    require_single("", 0, "empty-map");
    require_single(text("0 0 %d", count), count, "count-ignored");
    require_single(text("0 0 1\n%d 1 1", pick(1, 60000)), 2, "first-line-only");
}
END_TEST

void exam_04_user_namespace(struct exam *exam);
void exam_04_user_namespace(struct exam *exam)
{
    exam_add(exam, 1, VALUE, a_line_is_found_by_name,
             "a user's line is found by his name");
    exam_add(exam, 1, VALUE, a_line_is_found_by_number,
             "a user's line is found by his number");
    exam_add(exam, 1, VALUE, only_the_whole_name_counts,
             "a name that only begins or ends alike is another user's");
    exam_add(exam, 1, VALUE, the_first_good_line_wins,
             "the first line with two numbers counts");
    exam_add(exam, 1, VALUE, no_line_is_no_range,
             "without such a line the range is empty");
    exam_add(exam, 2, MECHANISM, zero_stands_for_the_user,
             "0 inside stands for the caller's user and group outside");
    exam_add(exam, 2, EFFECT, it_is_root_in_there,
             "in the new namespace the caller is root");
    exam_add(exam, 2, HOST, it_has_no_power_outside,
             "what belongs to the host is out of its reach");
    exam_add(exam, 2, VALUE, a_refusal_is_reported,
             "where no user namespace may be made it gives -1 and ENOSPC");
    exam_add(exam, 2, VALUE, a_write_that_fails_is_reported,
             "a file that can't be written gives -1 and errno");
    exam_add(exam, 3, VALUE, one_number_is_single,
             "a map with one number is seen as such");
    exam_add(exam, 3, VALUE, more_or_none_are_not,
             "several numbers, two lines or no map at all are not");
}
