/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 02: another "/", and the way out of it
 *
 * Problem   From inside, a process can't tell well where it is: that is the
 *           very point of another "/".
 * Idea      The kernel shows two directories of each process, its root and
 *           where it stands.  The judge compares them with those of the act's
 *           first process, which plays the host:
 *
 *             /proc/PID/root   /proc/PID/cwd
 *                jail             jail          entered
 *                spare            jail          outside of its root
 *                spare            host's /      climbed
 *                host's /         host's /      out
 *
 * Rules     1. Later steps go on from where an earlier one came to: a test of
 *              an earlier step holds for whoever got further, too.
 * Read      chroot(2), proc(5); worker.c is the other side
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>

#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"

static struct {
    const char *top, *hall, *jail, *secret; /* paths on the host */
    const char *word, *outside; /* in the jail's file, in the secret one */
} in;

/* Think of names for a jail that is many levels down. */
static void plan_jail(void)
{
    in.top = text("/tmp/%s", pick_word());
    in.hall = in.jail = text("%s/hall", in.top);
    for (int level = pick(20, 60); level > 0; level--)
        in.jail = text("%s/%c", in.jail, 'a' + level % 26);
    in.jail = text("%s/jail", in.jail);
    in.secret = text("%s/%s", in.top, pick_word());
    in.word = pick_word();
    in.outside = pick_word();
}

/* Start ACT with these names and two more arguments (NULL: none). */
static void start(const char *ran, const char *act, const char *a,
                  const char *b)
{
    if (!in.jail)
        plan_jail();
    worker_start(ran, act, text("top=%s", in.top), text("hall=%s", in.hall),
                 text("jail=%s", in.jail), text("secret=%s", in.secret),
                 text("climb=../../../../../..%s", in.secret),
                 text("word=%s", in.word), text("outside=%s", in.outside),
                 "spare=spare", a ? a : "a=", b ? b : "b=", NULL);
}

static bool is_in_jail(pid_t pid)
{
    return strcmp(see_file(pid, "inside"), in.word) == 0;
}

static bool is_on_host(pid_t pid)
{
    return see_same_dir(pid, "root", worker_pid(), "root");
}

/* ---- step 1 -------------------------------------------------------------- */

static pid_t start_enter(void)
{
    start("chroot_enter() with a descriptor of a directory", "enter", NULL,
          NULL);
    worker_hold("before");
    worker_go("before");
    return worker_hold("entered");
}

START_TEST(the_directory_is_its_root)
{
    pid_t pid = start_enter();

    REQUIRE(is_in_jail(pid),
            .expected = "its root is the directory, with the file \"inside\"",
            .observed = is_on_host(pid) ? "its root is the host's"
                                        : "its root is another directory",
            .why = text("chroot_enter() said: %s", worker_told("result.msg")),
            .hint = "root-not-changed");
    REQUIRE_INT("result", 0);
}
END_TEST

START_TEST(it_stands_in_its_root)
{
    pid_t pid = start_enter();

    REQUIRE(is_in_jail(pid), .expected = "its root is the directory",
            .observed = "it is another",
            .why = "chroot(2) makes a directory the root",
            .hint = "root-not-changed");
    REQUIRE(see_same_dir(pid, "cwd", pid, "root"),
            .expected = "the working directory is the new \"/\"",
            .observed = "it is a directory outside",
            .why = "chroot(2) changes what \"/\" means and nothing else; a "
                   "path without \"/\" in front starts where we stand (rule 1)",
            .hint = "cwd-outside");
}
END_TEST

/* How many open directories has PID? */
static int open_directories(pid_t pid)
{
    struct stat st;
    int n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += stat(text("/proc/%d/fd/%d", pid, fd), &st) == 0 &&
             S_ISDIR(st.st_mode);
    return n;
}

START_TEST(the_hosts_files_are_out_of_reach)
{
    pid_t pid = start_enter();
    const char *why = "a path starts at the root or where we stand, and "
                      "\"..\" stops at the root";

    REQUIRE_INT("result", 0);
    REQUIRE(strcmp(worker_told("absolute"), in.outside) != 0,
            .expected = text("%s can't be read", in.secret),
            .observed = "it can", .why = why, .hint = "root-not-changed");
    REQUIRE(strcmp(worker_told("relative"), in.outside) != 0,
            .expected = text("../../..%s can't be read", in.secret),
            .observed = "it can", .why = why, .hint = "cwd-outside");
    REQUIRE(open_directories(pid) == 0,
            .expected = "no directory is open, once the caller's descriptor "
                        "is closed",
            .observed = text("%d are", open_directories(pid)),
            .why = "fchdir(2) on a directory outside is the shortest way out "
                   "(rule 2)",
            .hint = "descriptor-left");
}
END_TEST

/* The function returned -1, and handed errno on. */
static void require_error(int number, const char *why, const char *mistake)
{
    REQUIRE_INT("result", -1, .why = why, .hint = mistake);
    REQUIRE_INT("result.errno", number,
                .why = text("%s; errno is \"%s\"", why, strerror(number)),
                .hint = mistake);
}

START_TEST(only_a_directory_can_be_entered)
{
    start("chroot_enter() with descriptor -1", "enter-nothing", NULL, NULL);
    worker_end();
    REQUIRE_INT("result", -1, .why = "there is no such directory to enter",
                .hint = "enter-unchecked");
    start("chroot_enter() with a descriptor of a file", "enter-nothing",
          "file=yes", NULL);
    worker_end();
    require_error(ENOTDIR, "a file can't be a root", "enter-unchecked");
}
END_TEST

START_TEST(without_the_power_it_fails)
{
    start("chroot_enter() without CAP_SYS_CHROOT", "enter-powerless", NULL,
          NULL);
    pid_t pid = worker_hold("refused");
    require_error(EPERM, "only who has CAP_SYS_CHROOT may change its root",
                  "chroot-unchecked");
    REQUIRE(is_on_host(pid), .expected = "its root is the host's still",
            .observed = "it is another", .why = "it failed",
            .hint = "root-not-changed");
}
END_TEST

/* The host's mounts and its root are as they were at "before". */
static void require_host_unharmed(const char *mounts)
{
    const char *now = see_proc(worker_pid(), "mountinfo");

    REQUIRE(strcmp(mounts, now) == 0, .expected = mounts, .observed = now,
            .why = "chroot(2) needs no mounts, and changes none",
            .hint = "mounts-changed");
    REQUIRE(strcmp(see_file(worker_pid(), in.secret), in.outside) == 0 &&
                strcmp(see_file(worker_pid(), text("%s/inside", in.jail)),
                       in.word) == 0,
            .expected = "the host sees its files, and those of the jail",
            .observed = "some are gone",
            .why = "a process's root is its own affair; nobody else's changes",
            .hint = "mounts-changed");
}

START_TEST(the_host_keeps_its_root)
{
    start("chroot_enter() in a child", "enter", NULL, NULL);
    worker_hold("before");
    const char *mounts = see_proc(worker_pid(), "mountinfo");
    worker_go("before");
    worker_hold("entered");
    REQUIRE_INT("result", 0);
    worker_go("entered");
    worker_hold("after");
    require_host_unharmed(mounts);
}
END_TEST

/* ---- steps 2 to 4 -------------------------------------------------------- */

/* Let ACT come to "done", and return the PID that tried to break out. */
static pid_t start_break_out(const char *ran, const char *act, const char *more)
{
    start(ran, act, more, NULL);
    worker_hold("before");
    worker_go("before");
    return worker_hold("done");
}

static pid_t start_from_chroot(const char *more)
{
    return start_break_out("chroot_break_out(\"spare\")", "break-out", more);
}

/* Rule 1.  Who climbed to a wrong place and made it the root can't be told
 * from who never got outside: then look once more, with the chroot(2) of step 4
 * refused. */
static void require_outside(pid_t pid)
{
    if (is_on_host(pid))
        return;
    if (!worker_said("step 3: not written yet"))
        pid = start_from_chroot("refuse=yes");
    REQUIRE(!is_in_jail(pid), .expected = "its root is the spare directory",
            .observed = "its root is that of the jail",
            .why = text("\"..\" stops at the root: as long as the jail is the "
                        "root there is no way up.  It said: %s",
                        worker_told("result.msg")),
            .hint = "still-in-jail");
    REQUIRE(!see_same_dir(pid, "cwd", pid, "root"),
            .expected = "it stands outside of its root",
            .observed = "it stands in its root, the spare directory",
            .why = "whoever goes along into the new root is locked in again",
            .hint = "went-in");
}

START_TEST(it_gets_outside_of_its_root)
{
    pid_t pid = start_from_chroot(text("keep=%d", CAP_SYS_CHROOT));

    REQUIRE(!strstr(worker_told("result.msg"), strerror(EACCES)),
            .expected = "CAP_SYS_CHROOT is all that it needs",
            .observed = worker_told("result.msg"),
            .why = "the mode of the spare directory must let its owner in: "
                   "only some of root's other powers pass a closed door",
            .hint = "spare-closed");
    require_outside(pid);
}
END_TEST

START_TEST(a_spare_that_is_there_will_do)
{
    pid_t pid = start_from_chroot("there=directory");

    REQUIRE(!strstr(worker_told("result.msg"), strerror(EEXIST)),
            .expected = "the directory \"spare\" is used if it is there",
            .observed = worker_told("result.msg"),
            .why = "the second one who breaks out finds it there",
            .hint = "spare-exists");
    require_outside(pid);
}
END_TEST

START_TEST(no_spare_no_way_out)
{
    start_from_chroot("there=file");
    require_error(ENOTDIR, "\"spare\" is a file, and a file can't be a root",
                  "spare-unchecked");
    start_from_chroot("read-only=yes");
    require_error(EROFS, "the jail is read-only: no directory can be made",
                  "spare-unchecked");
    start_from_chroot(text("keep=%d", CAP_DAC_OVERRIDE));
    require_error(EPERM, "only who has CAP_SYS_CHROOT may change its root",
                  "spare-unchecked");
}
END_TEST

/* Does PID stand in the directory PATH of the host? */
static bool stands_in(pid_t pid, const char *path)
{
    struct stat here = {0}, there = {0};

    return stat(text("/proc/%d/cwd", pid), &here) == 0 &&
           stat(text("/proc/%d/root%s", worker_pid(), path), &there) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* Why the climber stands at a place that is not the top. */
static const char *climbing_mistake(pid_t pid)
{
    if (stands_in(pid, in.jail))
        return "stays-on-device";
    return stands_in(pid, in.top) ? "inode-only" : "too-few-steps";
}

START_TEST(it_climbs_to_the_top)
{
    pid_t pid = start_from_chroot(NULL);

    REQUIRE(stands_in(pid, "/"),
            .expected = "it stands in the topmost directory, the host's \"/\"",
            .observed = text("it stands in %s", see_link(pid, "cwd")),
            .shows = text("the jail is %s", in.jail),
            .why = "only in the topmost directory \"..\" is the directory "
                   "itself: the same inode number, on the same device",
            .hint = climbing_mistake(pid));
}
END_TEST

START_TEST(a_closed_gate_is_an_error)
{
    plan_jail();
    const char *gate = text("%.*s", (int)strlen(in.jail) - 7, in.jail);

    start("chroot_break_out() below a directory with mode 0", "break-out",
          text("gate=%s", gate), text("keep=%d", CAP_SYS_CHROOT));
    worker_hold("before");
    worker_go("before");
    worker_hold("done");
    require_error(EACCES, "chdir(\"..\") was refused half-way up",
                  "climb-unchecked");
}
END_TEST

/* It is out, says so, and the host's file was read by its name. */
static void require_free(pid_t pid)
{
    REQUIRE_INT("result", 0,
                .why = text("its root is %s; it said: %s",
                            is_on_host(pid) ? "the host's" : "not the host's",
                            worker_told("result.msg")),
                .hint = is_on_host(pid) ? "out-but-denied" : NULL);
    REQUIRE(is_on_host(pid), .expected = "its root is the host's \"/\"",
            .observed = "its root is another directory",
            .why = "who stands at the top has not made it the root yet",
            .hint = "root-not-taken");
    REQUIRE_TEXT("found", in.outside,
                 .why = text("%s is on the host, and can be read by its name",
                             in.secret),
                 .hint = "root-not-taken");
}

START_TEST(the_host_is_its_root_again)
{
    require_free(start_from_chroot(NULL));
}
END_TEST

START_TEST(one_level_is_a_way_out_too)
{
    in.jail = text("/%s", pick_word());
    in.secret = text("/%s", pick_word());
    in.word = pick_word();
    in.outside = pick_word();
    require_free(start_break_out("chroot_break_out(), with the jail right "
                                 "below \"/\" and on the same device",
                                 "break-out", "shallow=yes"));
}
END_TEST

START_TEST(a_top_that_is_refused_is_an_error)
{
    start_from_chroot("refuse=yes");
    require_error(EIO, "the chroot(2) at the top was refused", "top-unchecked");
}
END_TEST

START_TEST(a_pivot_holds)
{
    require_free(start_from_chroot(NULL));
    start_break_out("chroot_break_out() after pivot_into()",
                    "break-out-of-pivot", NULL);
    REQUIRE_INT("result", -1, .expected = "-1: it was held",
                .observed = "0, as if it had found a way out",
                .why = "the topmost directory is the jail itself, so there was "
                       "nothing above it",
                .hint = "held-unnoticed");
}
END_TEST

START_TEST(only_the_spare_is_left)
{
    start("chroot_break_out() in a child", "break-out", NULL, NULL);
    worker_hold("before");
    const char *mounts = see_proc(worker_pid(), "mountinfo");
    worker_go("before");
    require_free(worker_hold("done"));
    worker_go("done");
    worker_hold("after");
    require_host_unharmed(mounts);
    worker_go("after");
    worker_end();
}
END_TEST

void exam_02_chroot(struct exam *exam);
void exam_02_chroot(struct exam *exam)
{
    exam_add(exam, 1, MECHANISM, the_directory_is_its_root,
             "the directory is the root of the process");
    exam_add(exam, 1, MECHANISM, it_stands_in_its_root,
             "the process stands in its root");
    exam_add(exam, 1, EFFECT, the_hosts_files_are_out_of_reach,
             "no path and no descriptor leads to the host's files");
    exam_add(exam, 1, VALUE, only_a_directory_can_be_entered,
             "what is no directory can't be entered");
    exam_add(exam, 1, VALUE, without_the_power_it_fails,
             "without CAP_SYS_CHROOT it fails, and says so");
    exam_add(exam, 1, HOST, the_host_keeps_its_root,
             "the host keeps its root and its mounts");
    exam_add(exam, 2, MECHANISM, it_gets_outside_of_its_root,
             "the process stands outside of its root");
    exam_add(exam, 2, VALUE, a_spare_that_is_there_will_do,
             "a spare directory that is there will do");
    exam_add(exam, 2, VALUE, no_spare_no_way_out,
             "what fails on the way outside is an error");
    exam_add(exam, 3, MECHANISM, it_climbs_to_the_top,
             "the process stands at the very top");
    exam_add(exam, 3, VALUE, a_closed_gate_is_an_error,
             "what fails on the way up is an error");
    exam_add(exam, 4, EFFECT, the_host_is_its_root_again,
             "the host's \"/\" is its root, and the host's files are there");
    exam_add(exam, 4, VALUE, one_level_is_a_way_out_too,
             "a way out of one level counts, too");
    exam_add(exam, 4, VALUE, a_top_that_is_refused_is_an_error,
             "what fails at the top is an error");
    exam_add(exam, 4, EFFECT, a_pivot_holds,
             "when there is no way out, it says so");
    exam_add(exam, 4, HOST, only_the_spare_is_left,
             "the host keeps its root, its mounts and its files");
}
