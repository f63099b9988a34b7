/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 08: how much a container may use
 *
 * Everything about a cgroup is a file, and the judge reads the same files from
 * outside: below its own /sys/fs/cgroup, in the directory of the cage's group,
 * which is what the student's code sees as the root.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"
#include "linux/cgroup.h"

#define ROOT "/sys/fs/cgroup"

/* What the student's code was asked for. */
static struct {
    const char *name;
    long memory, cpu, pids;
} in;

/* What we saw before it began: the cage's group as we know it, and who was in
 * it. */
static const char *home, *home_path, *procs_before;

/* ---- looking at groups --------------------------------------------------- */

/* The text of a file of the group DIR, "" if there is none. */
static const char *file_of(const char *dir, const char *file)
{
    return see_file(getpid(), text("%s/%s", dir, file));
}

/* The same without the end of the line. */
static const char *value_of(const char *dir, const char *file)
{
    const char *all = file_of(dir, file);

    return text("%.*s", (int)strcspn(all, "\n"), all);
}

/* The number behind NAME in a file of lines "name number". */
static long entry_of(const char *dir, const char *file, const char *name)
{
    const char *all = text("\n%s", file_of(dir, file));
    const char *line = strstr(all, text("\n%s ", name));

    return line ? atol(line + strlen(name) + 2) : 0;
}

static bool has_file(const char *dir, const char *file)
{
    return access(text("%s/%s", dir, file), F_OK) == 0;
}

/* The container's group. */
static const char *made(void)
{
    return text("%s/minibox-%s", home, in.name);
}

/* "0::/path" of a process, without what is in front. */
static const char *path_of(pid_t pid)
{
    const char *line = strstr(see_proc(pid, "cgroup"), "0::");

    return line ? text("%.*s", (int)strcspn(line + 3, "\n"), line + 3) : "";
}

/* ---- starting ------------------------------------------------------------ */

/* Random limits, all three.  The kernel counts memory in pages. */
static void pick_limits(void)
{
    in.name = pick_word();
    in.memory = (pick(8, 16) << 20) + pick(1, 200) * 4096;
    in.cpu = pick(5, 20) * 1000;
    in.pids = pick(6, 14);
}

static const char *call_in_words(void)
{
    const char *words = "";

    if (in.memory)
        words = text("%s, memory %ld", words, in.memory);
    if (in.pids)
        words = text("%s, pids %ld", words, in.pids);
    if (in.cpu)
        words = text("%s, cpu_us %ld", words, in.cpu);
    return text("cgroup_create(\"%s\"%s)", in.name, words);
}

/* Start ACT with those limits and an argument of its own, and look at the
 * cage's group before student code has run. */
static void start_with(const char *act, const char *a, const char *b)
{
    worker_start(call_in_words(), act, text("name=%s", in.name),
                 text("memory=%ld", in.memory), text("cpu=%ld", in.cpu),
                 text("pids=%ld", in.pids), a, b, NULL);
    home_path = path_of(worker_hold("before"));
    home = text(ROOT "%s", home_path);
    procs_before = file_of(home, "cgroup.procs");
}

/* Let it make the group. */
static void let_create(void)
{
    worker_go("before");
    worker_hold("created");
}

/* Which known mistake does a failure of cgroup_create() look like? */
static const char *create_hint(void)
{
    static const struct {
        const char *words, *hint;
    } known[] = {
        {"limit_in_bytes", "v1-names"},
        {"cpu.cfs_", "v1-names"},
        {"cgroup.subtree_control: Device or resource busy", "ebusy-given-up"},
        {"memory.max: No such file", "controllers-not-passed"},
        {"cpu.max: Invalid argument", "zero-is-no-limit"},
    };
    const char *said = worker_told("result.msg");

    for (size_t i = 0; said && i < sizeof known / sizeof *known; i++)
        if (strstr(said, known[i].words))
            return known[i].hint;
    return NULL;
}

/* It said that it could, and it did not go without a group in silence. */
static void require_created(void)
{
    REQUIRE_INT("result", 0,
                .why = "all three limits can be set here: the group that we "
                       "stand in is ours, and it has the controllers",
                .hint = create_hint());
    REQUIRE_INT("version", CGROUP_V2, .expected = "a cgroup of version 2",
                .observed =
                    text("none, for want of: %s", worker_told("result.msg")),
                .why = "without limits a failure is no error, but it must not "
                       "fail here",
                .hint = create_hint());
}

/* ---- step 1 ------------------------------------------------------------- */

/* Is WORD one of the words of a line? */
static bool has_word(const char *line, const char *word)
{
    return strstr(text(" %s ", line), text(" %s ", word)) != NULL;
}

/* What kept the controllers from being passed down. */
static const char *why_not_passed(const char *procs_now)
{
    const char *said = worker_told("result.msg");

    if (has_file(home, "minibox-self") && strstr(said, "File exists"))
        return "leaf-exists";
    if (!*procs_now)
        return "not-tried-again";
    if (see_lines(procs_now) < see_lines(procs_before))
        return "some-stay-behind";
    return strstr(said, "busy") ? "ebusy-given-up" : "controllers-not-passed";
}

static void require_passed_down(void)
{
    const char *passed = value_of(home, "cgroup.subtree_control");
    const char *procs = file_of(home, "cgroup.procs");

    REQUIRE(has_word(passed, "memory") && has_word(passed, "pids") &&
                has_word(passed, "cpu"),
            .expected = "memory, pids and cpu in the cgroup.subtree_control of "
                        "the group that we stand in",
            .observed = text("\"%s\", and %d processes in the group", passed,
                             see_lines(procs)),
            .shows = worker_told("result.msg"),
            .why = "a group hands a controller to its children only when it is "
                   "told to, and while it holds processes itself it may not "
                   "(rule 2)",
            .hint = why_not_passed(procs));
}

START_TEST(controllers_are_passed_down)
{
    pick_limits();
    start_with("create", NULL, NULL);
    let_create();
    require_passed_down();
}
END_TEST

START_TEST(everybody_moves_to_the_leaf)
{
    const char *leaf;

    pick_limits();
    start_with("create", NULL, NULL);
    leaf = text("%s/minibox-self", home_path);
    let_create();
    for (const char *p = procs_before; *p; p += strcspn(p, "\n") + 1) {
        const char *now = path_of(atoi(p));
        REQUIRE(strcmp(now, leaf) == 0,
                .expected = text("process %d in the group %s", atoi(p), leaf),
                .observed = text("it is in %s", now),
                .shows = text("before:\n%s", procs_before),
                .why = "the leaf is where those are expected that had to make "
                       "room; each later call finds them there",
                .hint = strcmp(now, home_path) == 0 ? "some-stay-behind"
                                                    : "moved-elsewhere");
    }
    require_passed_down();
}
END_TEST

START_TEST(a_leaf_that_is_there_is_used)
{
    pick_limits();
    start_with("create", "leaf=empty", NULL);
    let_create();
    require_passed_down();
}
END_TEST

/* Nobody is in the way, and the first write works.  That it was taken for a
 * success shows in what comes next: the group is made. */
START_TEST(who_is_aside_already_stays)
{
    pick_limits();
    start_with("create", "leaf=full", text("fail=minibox-%s", in.name));
    let_create();
    require_passed_down();
    REQUIRE(worker_told("calls"),
            .expected = "the controllers are passed down at once, and the "
                        "group is made",
            .observed =
                text("no group, for want of: %s", worker_told("result.msg")),
            .why = "all processes are in the leaf since an earlier start, so "
                   "the kernel accepts the first write");
    REQUIRE(!*file_of(home, "cgroup.procs") &&
                see_lines(file_of(home, "minibox-self/cgroup.procs")) ==
                    see_lines(procs_before),
            .expected = "everybody stays in the leaf",
            .observed = text("in the group: %s", file_of(home, "cgroup.procs")),
            .why = "there is no reason to move anybody");
}
END_TEST

/* Start with calls on paths that end with SUFFIX failing. */
static void start_failing(const char *suffix, int error)
{
    pick_limits();
    start_with("create", text("fail=%s", suffix), text("errno=%d", error));
    let_create();
}

static void require_error(const char *what, int error, const char *hint)
{
    const char *words = strerror(error);

    REQUIRE_INT("result", -1, .expected = text("-1, as %s: %s", what, words),
                .why = "a limit was asked for; nothing runs without it in "
                       "silence",
                .hint = hint);
    REQUIRE_INT("result.errno", error,
                .expected = text("the reason, %s (%s)", words, what),
                .observed = worker_told("result.msg"),
                .why = "write_file() has put the reason into *err and errno; "
                       "pass it on, don't go on as if it were another",
                .hint = hint);
}

START_TEST(other_errors_are_reported)
{
    start_failing("cgroup.subtree_control", EACCES);
    require_error("cgroup.subtree_control can't be written", EACCES,
                  "every-error-is-ebusy");
    const char *procs = file_of(home, "cgroup.procs");
    REQUIRE(strcmp(procs, procs_before) == 0 && !has_file(home, "minibox-self"),
            .expected = "everybody is left in place, and no leaf is made",
            .observed = text("%d of %d processes are still there",
                             see_lines(procs), see_lines(procs_before)),
            .why = "moving helps against EBUSY, and against nothing else",
            .hint = "every-error-is-ebusy");
    start_failing("minibox-self", ENOSPC);
    require_error("the leaf can't be made", ENOSPC, "leaf-error-ignored");
    start_failing("minibox-self/cgroup.procs", EPERM);
    if (worker_told("calls"))
        require_error("nobody can be moved", EPERM, "leaf-error-ignored");
}
END_TEST

/* ---- step 2 ------------------------------------------------------------- */

static void require_value(const char *file, const char *value,
                          const struct finding *f)
{
    const char *now = value_of(made(), file);
    struct finding full = *f;

    if (strcmp(now, value) == 0)
        return;
    full.expected = text("%s: %s", file, value);
    full.observed = text("%s: %s", file, now);
    full.shows = text("%s/%s", made(), file);
    exam_flunk(&full);
}

/* A machine without swap may lack the file. */
static void require_swap(const char *value, const struct finding *f)
{
    if (has_file(made(), "memory.swap.max"))
        require_value("memory.swap.max", value, f);
}

/* What a wrong memory.swap.max looks like. */
static const char *swap_hint(void)
{
    const char *now = value_of(made(), "memory.swap.max");

    return atol(now) == in.memory * 2 ? "swap-as-in-v1" : "swap-not-limited";
}

START_TEST(limits_are_in_the_files)
{
    pick_limits();
    start_with("use", NULL, NULL);
    let_create();
    require_created();
    const char *memory = text("%ld", in.memory);
    const struct finding wrong = {.why = "the kernel keeps to what it reads in "
                                         "this file, and the number is given "
                                         "in the same unit"};
    require_value("memory.max", memory, &wrong);
    require_value("pids.max", text("%ld", in.pids), &wrong);
    require_swap(memory, &(struct finding){
                             .why = "without it the kernel swaps out what is "
                                    "over the limit, and the container goes on "
                                    "growing (rule 3)",
                             .hint = swap_hint()});
    const char *cpu = value_of(made(), "cpu.max");
    require_value(
        "cpu.max", text("%ld 100000", in.cpu),
        &(struct finding){
            .why = "two numbers: how much of the processor, in each period of "
                   "how long; more than the period is more than one processor",
            .hint = strcmp(cpu, text("100000 %ld", in.cpu)) == 0 ? "cpu-swapped"
                                                                 : NULL});
}
END_TEST

/* One limit of the three; the others must stay what they are by birth. */
static void check_only(const char *which)
{
    const struct finding wrong = {
        .why = "0 stands for \"no limit\": its file is not written at all, and "
               "so it keeps what a new group has",
        .hint = "zero-is-no-limit"};

    pick_limits();
    in.memory = strcmp(which, "memory") == 0 ? in.memory : 0;
    in.pids = strcmp(which, "pids") == 0 ? in.pids : 0;
    in.cpu = strcmp(which, "cpu") == 0 ? in.cpu : 0;
    start_with("use", NULL, NULL);
    let_create();
    require_created();
    require_value("memory.max", in.memory ? text("%ld", in.memory) : "max",
                  &wrong);
    require_swap(in.memory ? text("%ld", in.memory) : "max", &wrong);
    require_value("pids.max", in.pids ? text("%ld", in.pids) : "max", &wrong);
    require_value("cpu.max", in.cpu ? text("%ld 100000", in.cpu) : "max 100000",
                  &wrong);
}

START_TEST(zero_is_no_limit)
{
    check_only("memory");
    check_only("pids");
    check_only("cpu");
    check_only("none of them");
}
END_TEST

/* Run USE in a group that lacks what it wants to have, up to the hold UNTIL.
 * The processor is limited only for who is to feel it: with a tenth of a slow
 * one, a hog would take half a minute. */
static void use_group(const char *use, const char *until)
{
    pick_limits();
    if (strcmp(use, "spin") != 0)
        in.cpu = 0;
    start_with("use", text("use=%s", use), NULL);
    let_create();
    require_created();
    worker_go("created");
    worker_hold(until);
}

START_TEST(a_hog_is_killed)
{
    use_group("hog", "used");
    REQUIRE(entry_of(made(), "memory.events", "oom_kill") > 0,
            .expected = text("who uses %ld bytes is killed", 3 * in.memory),
            .observed = "the kernel has killed nobody",
            .shows = file_of(made(), "memory.events"),
            .why = "memory and swap together may be twice the limit; what asks "
                   "for more can't be given it",
            .hint = "swap-not-limited");
    REQUIRE_INT("status", 128 + SIGKILL, .expected = "it ended by SIGKILL",
                .why = "the kernel's answer to too much memory is SIGKILL");
    worker_go("used");
    worker_end();
}
END_TEST

START_TEST(forks_are_refused)
{
    use_group("fork", "full");
    REQUIRE(atol(value_of(made(), "pids.current")) == in.pids,
            .expected = text("%ld processes in the group", in.pids),
            .observed = value_of(made(), "pids.current"),
            .shows = file_of(made(), "pids.events"),
            .why = "pids.max counts every process and thread of the group");
    REQUIRE_INT("forked", in.pids - 1, .why = "the first process counts, too");
    REQUIRE_INT("forked.errno", EAGAIN,
                .why = "fork(2) fails with EAGAIN at the limit");
    worker_go("full");
    worker_hold("used");
}
END_TEST

START_TEST(a_loop_is_slowed_down)
{
    use_group("spin", "used");
    REQUIRE(
        entry_of(made(), "cpu.stat", "nr_throttled") > 0,
        .expected = text("%ld us of each 100000, then it must wait", in.cpu),
        .observed = "it never had to wait",
        .shows = file_of(made(), "cpu.stat"),
        .why = "cpu.max is \"quota period\"; a quota that is as long as the "
               "period, or longer, slows one process down by nothing",
        .hint = "cpu-swapped");
}
END_TEST

START_TEST(the_parents_limits_stay)
{
    static const char *const files[] = {"memory.max", "memory.swap.max",
                                        "pids.max", "cpu.max"};
    const char *before[4];

    pick_limits();
    start_with("create", NULL, NULL);
    for (int i = 0; i < 4; i++)
        before[i] = value_of(home, files[i]);
    const char *top = value_of(ROOT, "cgroup.procs");
    let_create();
    require_created();
    for (int i = 0; i < 4; i++) {
        const char *after = value_of(home, files[i]);
        REQUIRE(strcmp(before[i], after) == 0,
                .expected = text("%s of the parent: %s", files[i], before[i]),
                .observed = after,
                .why = "a container's limits are its own; its parent holds "
                       "other processes");
    }
    REQUIRE(strcmp(top, value_of(ROOT, "cgroup.procs")) == 0,
            .expected = "the same processes at the top of the tree",
            .observed = "they are others",
            .why = "what is outside of our group is not ours");
    worker_go("created");
    worker_end();
}
END_TEST

/* What the kernel refuses: a tenth of a per mille of a processor, more
 * processes than there are numbers; and files that can't be written. */
START_TEST(a_refused_limit_is_an_error)
{
    static const char *const files[] = {"memory.max", "pids.max",
                                        "memory.swap.max", "cpu.max"};

    for (int i = 0; i < 4; i++) {
        start_failing(files[i], EACCES);
        if (worker_told("calls") || i == 0)
            require_error(text("%s can't be written", files[i]), EACCES,
                          "limit-error-ignored");
    }
    pick_limits();
    in.cpu = 1;
    start_with("create", NULL, NULL);
    let_create();
    require_error("1 microsecond is too little", EINVAL, "limit-error-ignored");
}
END_TEST

START_TEST(no_swap_is_no_error)
{
    start_failing("memory.swap.max", ENOENT);
    REQUIRE_INT("result", 0,
                .expected = "it works on a machine without swap, too",
                .why = "there memory.swap.max does not exist, and nothing can "
                       "be swapped out (rule 3)",
                .hint = "no-swap-file");
    require_value("cpu.max", text("%ld 100000", in.cpu),
                  &(struct finding){.why = "the other limits are set as ever",
                                    .hint = "no-swap-file"});
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

/* What cgroup_saw_oom_kill() says of a file that we made up. */
static void require_seen(const char *file, const char *content, int seen,
                         const char *hint)
{
    static const char *const words[] = {"false", "true"};
    enum cgroup_version version =
        strcmp(file, "memory.events") == 0 ? CGROUP_V2 : CGROUP_V1;

    worker_start(
        text("cgroup_saw_oom_kill(), with this %s:\n%s", file, content), "read",
        text("version=%d", version), text("file=%s", file),
        text("text=%s", content), NULL);
    worker_end();
    REQUIRE_INT("saw", seen, .expected = words[seen], .observed = words[!seen],
                .why = "the line \"oom_kill N\" counts the processes that the "
                       "kernel has killed for lack of memory",
                .hint = hint);
}

START_TEST(it_reads_the_right_line)
{
    int n = pick(2, 90);

    require_seen("memory.events",
                 text("low 0\nhigh 0\nmax %d\noom 0\noom_kill 1\n"
                      "oom_group_kill 0\n",
                      n),
                 1, "oom-is-no-kill");
    require_seen("memory.events",
                 text("low %d\nhigh 0\nmax %d\noom 0\noom_kill 0\n"
                      "oom_group_kill %d\n",
                      n, n, n),
                 0, "number-not-read");
    require_seen("memory.events",
                 text("low 0\nhigh 0\nmax %d\noom %d\noom_kill 0\n"
                      "oom_group_kill 0\n",
                      n * 2, n),
                 0, "oom-is-no-kill");
    require_seen("memory.events", text("oom_kill %d\n", n), 1,
                 "oom-is-no-kill");
    require_seen("memory.events", text("low 0\nhigh %d\nmax %d\n", n, n), 0,
                 "oom-is-no-kill");
    require_seen("memory.oom_control",
                 text("oom_kill_disable 1\nunder_oom 0\noom_kill %d\n", n), 1,
                 "oom-kill-disable");
    require_seen("memory.oom_control",
                 "oom_kill_disable 1\nunder_oom 1\noom_kill 0\n", 0,
                 "oom-kill-disable");
}
END_TEST

START_TEST(an_oom_kill_is_seen)
{
    pick_limits();
    in.cpu = 0;
    start_with("oom", NULL, NULL);
    let_create();
    require_created();
    worker_go("created");
    worker_hold("used");
    const char *events = file_of(made(), "memory.events");
    REQUIRE_INT("saw.killed", 0, .expected = "false after an ordinary kill -9",
                .observed = "true", .shows = events,
                .why = "SIGKILL comes from people, too; only the kernel's own "
                       "count tells an OOM kill from that",
                .hint = "number-not-read");
    REQUIRE(entry_of(made(), "memory.events", "oom_kill") > 0,
            .expected = "the kernel kills the hog", .observed = "it lives",
            .shows = events, .why = "its memory is limited");
    REQUIRE_INT("saw.hog", 1, .expected = "true after the kernel killed a hog",
                .observed = "false", .shows = events,
                .why = "this is how `minibox ps` knows that a container died "
                       "of its memory limit",
                .hint = "oom-is-no-kill");
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

static double clock_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void require_gone(const char *group, const char *hint)
{
    REQUIRE(access(group, F_OK) < 0,
            .expected = "the group is removed, when its last process has ended",
            .observed = text("%s is still there", group),
            .shows = text("processes in it: %d",
                          see_lines(file_of(group, "cgroup.procs"))),
            .why = "a group without processes costs memory until it is removed "
                   "or the machine is switched off; nobody does it for us",
            .hint = hint);
}

START_TEST(nothing_is_left)
{
    pick_limits();
    in.cpu = 0;
    start_with("remove", NULL, NULL);
    let_create();
    require_created();
    REQUIRE(has_file(made(), "cgroup.procs"),
            .expected = text("the group %s", made()),
            .observed = "there is no such group",
            .why = "the rest of cgroup.c makes it");
    const char *leaf = file_of(home, "minibox-self/cgroup.procs");
    worker_go("created");
    worker_hold("removed");
    require_gone(made(), "group-left-behind");
    REQUIRE_INT("result", 0);
    REQUIRE(entry_of(home, "cgroup.stat", "nr_descendants") == 1 &&
                strcmp(leaf, file_of(home, "minibox-self/cgroup.procs")) == 0,
            .expected = "the others are where they were, in minibox-self",
            .observed = text("processes there: %s",
                             file_of(home, "minibox-self/cgroup.procs")),
            .why = "only the container's group is removed");
    worker_go("removed");
    worker_end();
}
END_TEST

/* Remove three groups: one does not exist, in one somebody is BUSY ("busy=a
 * while" or "for ever"), one is free.  Returns how long that took. */
static double remove_three(const char *busy, const char *fail)
{
    in.name = pick_word();
    worker_start("cgroup_remove() of three groups", "three",
                 text("name=%s", in.name), busy, fail, NULL);
    home = text(ROOT "%s", path_of(worker_hold("before")));
    double from = clock_now();
    worker_go("before");
    worker_hold("removed");
    double seconds = clock_now() - from;
    require_gone(text("%s/%s-free", home, in.name), "stops-at-the-first");
    return seconds;
}

START_TEST(it_waits_for_the_last_process)
{
    remove_three("busy=a while", NULL);
    require_gone(text("%s/%s-busy", home, in.name), "gives-up-at-once");
    REQUIRE_INT("result", 0);
    worker_go("removed");
    worker_end();
}
END_TEST

START_TEST(a_busy_group_is_not_forced)
{
    double seconds = remove_three("busy=for ever", NULL);

    REQUIRE(see_lines(file_of(text("%s/%s-busy", home, in.name),
                              "cgroup.procs")) == 1,
            .expected = "the process in the group lives on",
            .observed = "it is gone",
            .why = "the header says: its processes must have ended.  To end "
                   "them is for others, who may want their exit status",
            .hint = "kills-instead");
    REQUIRE_INT("result", -1, .why = "something is still in it");
    REQUIRE(seconds > 0.5, .expected = "it tries for a second",
            .observed = text("it gave up after %.3f seconds", seconds),
            .why = "after the end of its last process a group may be busy for "
                   "a while: the kernel is still taking it out",
            .hint = "gives-up-at-once");
}
END_TEST

START_TEST(what_is_gone_is_not_waited_for)
{
    remove_three("busy=no", "fail=-gone");
    REQUIRE_INT("result", 0, .why = "nothing is left, that is what counts");
    REQUIRE_INT(
        "calls", 1, .expected = "one try for a directory that does not exist",
        .observed = text("%s tries", worker_told("calls")),
        .why = "only EBUSY goes away by itself", .hint = "every-error-retried");
}
END_TEST

/* ---- all ---------------------------------------------------------------- */

static void add_steps_1_and_2(struct exam *exam)
{
    exam_add(exam, 1, MECHANISM, controllers_are_passed_down,
             "the parent hands its controllers down to its children");
    exam_add(exam, 1, EFFECT, everybody_moves_to_the_leaf,
             "all processes of the parent have moved to the leaf");
    exam_add(exam, 1, EFFECT, a_leaf_that_is_there_is_used,
             "a leaf that an earlier start has made is no obstacle");
    exam_add(exam, 1, MECHANISM, who_is_aside_already_stays,
             "when nobody is in the way, the first write is enough");
    exam_add(exam, 1, VALUE, other_errors_are_reported,
             "for another reason than EBUSY nobody moves, and it is reported");
    exam_add(exam, 2, MECHANISM, limits_are_in_the_files,
             "the limits are in the group's files");
    exam_add(exam, 2, MECHANISM, zero_is_no_limit,
             "a limit of 0 leaves its file as it is");
    exam_add(exam, 2, EFFECT, a_hog_is_killed,
             "who uses too much memory is killed");
    exam_add(exam, 2, EFFECT, forks_are_refused,
             "one process too many is refused");
    exam_add(exam, 2, EFFECT, a_loop_is_slowed_down,
             "a loop gets its share of the processor, no more");
    exam_add(exam, 2, HOST, the_parents_limits_stay,
             "the parent's limits are as before");
    exam_add(exam, 2, VALUE, a_refused_limit_is_an_error,
             "a limit that can't be set gives -1 and the reason");
    exam_add(exam, 2, VALUE, no_swap_is_no_error,
             "a machine without memory.swap.max can limit memory, too");
}

void exam_08_cgroups(struct exam *exam);
void exam_08_cgroups(struct exam *exam)
{
    add_steps_1_and_2(exam);
    exam_add(exam, 3, VALUE, it_reads_the_right_line,
             "the line \"oom_kill N\" decides, and no other");
    exam_add(exam, 3, EFFECT, an_oom_kill_is_seen,
             "an OOM kill is seen, and kill -9 is not taken for one");
    exam_add(exam, 4, HOST, nothing_is_left,
             "nothing is left of the group, and all else is as it was");
    exam_add(exam, 4, EFFECT, it_waits_for_the_last_process,
             "a group is removed though its last process takes a while");
    exam_add(exam, 4, VALUE, a_busy_group_is_not_forced,
             "a group that stays busy is left alone after a second");
    exam_add(exam, 4, VALUE, what_is_gone_is_not_waited_for,
             "only a busy group is tried again");
}
