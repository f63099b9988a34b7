/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 05: a root that one can't climb out of
 *
 * What the kernel shows decides.  A process that only called chroot(2) sees the
 * same in its own mountinfo as one that pivoted; who joins its mount namespace
 * (see_ns_mounts()) sees the difference.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"

/* ---- step 1 ------------------------------------------------------------- */

static pid_t start_private(const char *dir, const char *until)
{
    worker_start("pivot_make_private() in a new mount namespace", "private",
                 text("dir=/tmp/%s", dir), NULL);
    pid_t pid = worker_hold("private");
    if (strcmp(until, "private") == 0)
        return pid;
    worker_go("private");
    return worker_hold(until);
}

/* The lines of a mountinfo that have WORD in them. */
static const char *lines_with(const char *mounts, const char *word)
{
    const char *found = "";

    for (const char *line = mounts; *line;) {
        int length = strcspn(line, "\n");
        const char *one = text("%.*s", length, line);
        if (strstr(one, word))
            found = text("%s%s\n", found, one);
        line += length + (line[length] == '\n');
    }
    return found;
}

START_TEST(no_mount_is_shared)
{
    pid_t pid = start_private(pick_word(), "private");
    const char *mounts = see_proc(pid, "mountinfo");
    const char *shared = lines_with(mounts, " shared:");
    const char *slave = lines_with(mounts, " master:");

    REQUIRE(!*shared, .expected = "no mount with \"shared:\"",
            .observed =
                text("%d of %d mounts", see_lines(shared), see_lines(mounts)),
            .shows = shared,
            .why = "a new mount namespace starts as a copy, and a shared mount "
                   "is one with its original: what is mounted below it shows "
                   "in both",
            .hint = see_lines(shared) < see_lines(mounts)
                        ? "private-top-only"
                        : "mounts-still-shared");
    REQUIRE(!*slave, .expected = "no mount with \"master:\"",
            .observed = text("%d mounts are slaves", see_lines(slave)),
            .shows = slave,
            .why = "a slave hides what we mount, but still gets what the host "
                   "mounts; private goes both ways",
            .hint = "slave-not-private");
    REQUIRE_INT("result", 0);
    worker_go("private");
    worker_hold("mounted");
    worker_go("mounted");
    worker_end();
}
END_TEST

START_TEST(mounts_do_not_reach_the_host)
{
    const char *dir = pick_word();

    start_private(dir, "mounted");
    const char *there =
        see_mount(see_proc(worker_pid(), "mountinfo"), text("/tmp/%s", dir));
    REQUIRE(!*there,
            .expected = text("no mount on /tmp/%s outside the namespace", dir),
            .observed = "there is one", .shows = there,
            .why = "the host's mount is shared, and so was ours",
            .hint = "private-top-only");
    REQUIRE_INT("result", 0);
}
END_TEST

/* ---- steps 2 to 4 ------------------------------------------------------- */

static struct {
    const char *name, *rootfs, *word;
} in;

/* Start ACT and let it come to "pivoted".  Returns the PID that holds there. */
static pid_t start_pivot(const char *act, const char *mounted)
{
    in.name = pick_word();
    in.rootfs = text("/tmp/%s/rootfs", in.name);
    in.word = pick_word();
    worker_start(text("pivot_into(\"%s\")", in.rootfs), act,
                 text("rootfs=%s", in.rootfs), text("word=%s", in.word),
                 text("mounted=%s", mounted), NULL);
    return worker_hold("pivoted");
}

/* Has the process the rootfs as its root directory by now? */
static bool has_new_root(pid_t pid)
{
    return strcmp(see_file(pid, "inside"), in.word) == 0;
}

/* pivot_root(".", ".") swaps with whatever mount one stands in. */
static void require_no_other_root(pid_t pid)
{
    REQUIRE(has_new_root(pid) ||
                see_same_dir(pid, "root", worker_pid(), "root"),
            .expected = text("the new root is %s", in.rootfs),
            .observed = "another directory has become the root",
            .shows = see_mount(see_proc(pid, "mountinfo"), "/"),
            .why = "\".\" is where the process stands: go there first",
            .hint = "another-root");
}

START_TEST(rootfs_is_a_mount_point)
{
    pid_t pid = start_pivot("pivot", "no");
    const char *mounts = see_proc(pid, "mountinfo");
    const char *line = has_new_root(pid) ? see_mount(mounts, "/")
                                         : see_mount(mounts, in.rootfs);

    require_no_other_root(pid);
    REQUIRE(strstr(line, text("/%s/rootfs ", in.name)),
            .expected = text("%s in the mount table", in.rootfs),
            .observed = "it is an ordinary directory", .shows = mounts,
            .why = "pivot_root(2) swaps mounts, not directories (rule 1)",
            .hint = "no-mount-point");
}
END_TEST

START_TEST(mounts_inside_come_along)
{
    pid_t pid = start_pivot("pivot", "no");
    const char *path =
        has_new_root(pid) ? "sub/below" : text("%s/sub/below", in.rootfs);
    const char *mounts = see_proc(pid, "mountinfo");

    REQUIRE(*see_mount(mounts, has_new_root(pid) ? "/" : in.rootfs),
            .expected = "the rootfs is a mount point", .observed = "it is none",
            .hint = "no-mount-point",
            .why = "pivot_root(2) swaps mounts, not directories (rule 1)");
    REQUIRE(strcmp(see_file(pid, path), in.word) == 0,
            .expected = text("the file sub/below, on a file system that is "
                             "mounted inside the rootfs"),
            .observed = "an empty directory", .shows = mounts,
            .why = "a bind mount shows one mount, unless it is told to take "
                   "those below along",
            .hint = "bind-not-recursive");
}
END_TEST

/* Why a root that is right is no pivot: the namespace's root is another. */
static void require_no_chroot(pid_t pid)
{
    const char *left = see_mount(see_ns_mounts(pid), in.rootfs);

    REQUIRE(!*left, .expected = "the rootfs is the root of the namespace",
            .observed =
                text("it is mounted on %s, below another root", in.rootfs),
            .shows = left,
            .why = "chroot(2) changes where this process starts to look; the "
                   "host's tree is still the root of the mount namespace",
            .hint = "chroot-is-no-pivot");
}

START_TEST(root_is_the_rootfs)
{
    pid_t pid = start_pivot("pivot", "no");

    REQUIRE(has_new_root(pid),
            .expected = text("the file \"inside\" of the rootfs, in /"),
            .observed = "the old root",
            .shows = see_mount(see_proc(pid, "mountinfo"), "/"),
            .why = text("pivot_into() said: %s", worker_told("result.msg")),
            .hint = strstr(worker_told("result.msg"), "Invalid argument")
                        ? "stands-below-the-mount"
                        : "not-swapped");
    require_no_chroot(pid);
}
END_TEST

START_TEST(a_mounted_rootfs_works_too)
{
    pid_t pid = start_pivot("pivot", "yes");

    REQUIRE(has_new_root(pid),
            .expected = "a rootfs that is a mount already becomes the root",
            .observed = "the old root",
            .why = text("pivot_into() said: %s", worker_told("result.msg")),
            .hint = "not-swapped");
    require_no_chroot(pid);
}
END_TEST

START_TEST(nothing_of_the_host_is_left)
{
    pid_t pid = start_pivot("pivot", "no");
    const char *mounts = see_ns_mounts(pid);
    const char *reason = worker_told("result.errno");

    REQUIRE_INT("result", 0,
                .hint =
                    reason && atoi(reason) == EBUSY ? "not-detached" : NULL);
    require_no_chroot(pid);
    REQUIRE(see_lines(mounts) == 2,
            .expected = "2 mounts: the rootfs, and the one inside it",
            .observed = text("%d mounts", see_lines(mounts)), .shows = mounts,
            .why = "after pivot_root(2) the old root is still mounted, on top "
                   "of the new one; whoever finds it is on the host (rule 3)",
            .hint = "old-root-stays");
    worker_go("pivoted");
    worker_end();
}
END_TEST

START_TEST(it_stands_in_the_new_root)
{
    pid_t pid = start_pivot("pivot", "no");

    REQUIRE_INT("result", 0);
    REQUIRE(see_same_dir(pid, "cwd", pid, "root"),
            .expected = "the working directory is \"/\"",
            .observed = "it is another directory",
            .why = "a relative path starts at the working directory, and that "
                   "one still belongs to the tree that was taken off",
            .hint = "cwd-outside");
}
END_TEST

START_TEST(no_way_back)
{
    start_pivot("climb", "no");
    REQUIRE_INT("result", 0);
    worker_go("pivoted");
    worker_end();
    REQUIRE_INT("climbed", -1, .expected = "the breakout of lesson 02 is held",
                .observed = "it reached the host's root",
                .why = "there must be nothing above this root to climb to",
                .hint = "old-root-stays");
}
END_TEST

START_TEST(the_hosts_mounts_are_unharmed)
{
    in.rootfs = text("/tmp/%s/rootfs", pick_word());
    in.word = pick_word();
    worker_start("pivot_make_private() and pivot_into(), as minibox does",
                 "contain", text("rootfs=%s", in.rootfs),
                 text("word=%s", in.word), NULL);
    worker_hold("before");
    const char *before = see_proc(worker_pid(), "mountinfo");
    worker_go("before");
    worker_hold("pivoted");
    REQUIRE_INT("result", 0);
    worker_go("pivoted");
    worker_hold("after");
    const char *after = see_proc(worker_pid(), "mountinfo");
    REQUIRE(strcmp(before, after) == 0, .expected = before, .observed = after,
            .why = "what happens in the container must not change the host's "
                   "mount table",
            .hint = "mounts-still-shared");
    worker_go("after");
    worker_end();
}
END_TEST

START_TEST(a_missing_rootfs_is_an_error)
{
    in.rootfs = text("/tmp/%s/not-there", pick_word());
    worker_start(text("pivot_into(\"%s\"), which does not exist", in.rootfs),
                 "nowhere", text("rootfs=%s", in.rootfs), NULL);
    worker_hold("pivoted");
    REQUIRE_INT("result", -1, .why = "an error must be reported",
                .hint = "error-ignored");
    REQUIRE_INT("result.errno", ENOENT,
                .why = "the reason is in errno until another call fails: use "
                       "mb_fail() at once",
                .hint = "error-ignored");
}
END_TEST

/* Each system call is made to fail, with an error that it never has by itself.
 */
static void require_report(const char *refused, const char *call)
{
    static const int errors[] = {EIO, ENOMEM, EMFILE, EDQUOT};
    int error = errors[pick(0, 3)];

    in.rootfs = text("/tmp/%s/rootfs", pick_word());
    worker_start(text("%s, where %s fails with errno %d (%s)",
                      strcmp(refused, "private") == 0
                          ? "pivot_make_private()"
                          : text("pivot_into(\"%s\")", in.rootfs),
                      call, error, strerror(error)),
                 "refused", text("rootfs=%s", in.rootfs), "word=x",
                 text("refused=%s", refused), text("error=%d", error), NULL);
    worker_end();
    REQUIRE_INT("result", -1,
                .why = "half a wall is none: the caller must learn that it "
                       "failed, and give up",
                .hint = text("%s-unchecked", refused));
    REQUIRE_INT("result.errno", error,
                .why = "the first thing that failed is the reason: mb_fail() "
                       "takes it from errno",
                .hint = "reason-lost");
}

START_TEST(failing_to_be_private_is_reported)
{
    require_report("private", "mount(2)");
}
END_TEST

START_TEST(failing_to_bind_is_reported)
{
    require_report("bind", "mount(2)");
}
END_TEST

START_TEST(failing_to_enter_is_reported)
{
    require_report("enter", "chdir(2)");
}
END_TEST

START_TEST(failing_to_swap_is_reported)
{
    require_report("swap", "pivot_root(2)");
}
END_TEST

START_TEST(failing_to_detach_is_reported)
{
    require_report("detach", "umount2(2)");
}
END_TEST

void exam_05_pivot_root(struct exam *exam);
void exam_05_pivot_root(struct exam *exam)
{
    exam_add(exam, 1, MECHANISM, no_mount_is_shared,
             "no mount of the new namespace is shared with the host");
    exam_add(exam, 1, HOST, mounts_do_not_reach_the_host,
             "what is mounted inside does not show on the host");
    exam_add(exam, 1, VALUE, failing_to_be_private_is_reported,
             "a mount(2) that fails is noticed");
    exam_add(exam, 2, MECHANISM, rootfs_is_a_mount_point,
             "the rootfs is a mount point of its own");
    exam_add(exam, 2, EFFECT, mounts_inside_come_along,
             "what is mounted inside the rootfs is still there");
    exam_add(exam, 2, VALUE, a_missing_rootfs_is_an_error,
             "a rootfs that does not exist gives -1 and ENOENT");
    exam_add(exam, 2, VALUE, failing_to_bind_is_reported,
             "a bind mount that fails is noticed");
    exam_add(exam, 3, MECHANISM, root_is_the_rootfs,
             "the rootfs is \"/\", and not by chroot");
    exam_add(exam, 3, MECHANISM, a_mounted_rootfs_works_too,
             "a rootfs that is a mount already becomes the root, too");
    exam_add(exam, 3, VALUE, failing_to_enter_is_reported,
             "a chdir(2) that fails is noticed");
    exam_add(exam, 3, VALUE, failing_to_swap_is_reported,
             "a pivot_root(2) that fails is noticed");
    exam_add(exam, 4, MECHANISM, nothing_of_the_host_is_left,
             "nothing of the host's tree is left in the mount table");
    exam_add(exam, 4, EFFECT, it_stands_in_the_new_root,
             "the working directory is the new root");
    exam_add(exam, 4, EFFECT, no_way_back,
             "the way out of a chroot leads nowhere");
    exam_add(exam, 4, HOST, the_hosts_mounts_are_unharmed,
             "the host's mount table is as it was before");
    exam_add(exam, 4, VALUE, failing_to_detach_is_reported,
             "an umount2(2) that fails is noticed");
}
