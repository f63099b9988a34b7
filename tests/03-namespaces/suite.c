/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 03: a view of one's own
 *
 * Which namespaces a process is in is told by /proc/PID/ns, and its numbers in
 * each PID namespace by NSpid in /proc/PID/status.  Both are the kernel's word.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"
#include "linux/ns.h"

/* ---- what the tests share ------------------------------------------------ */

/* N different kinds of ALLOWED, by chance. */
static unsigned long long pick_kinds(int n, unsigned long long allowed)
{
    unsigned long long flags = 0;

    while (n > 0) {
        unsigned long long flag = ns_kinds[pick(0, ns_kinds_count - 1)].flag;
        if (!(flag & allowed) || (flags & flag))
            continue;
        flags |= flag;
        n--;
    }
    return flags;
}

/* Their names: "uts|net"; "0" without one. */
static const char *kind_names(unsigned long long flags)
{
    const char *all = "";

    for (size_t i = 0; i < ns_kinds_count; i++)
        if (flags & ns_kinds[i].flag)
            all = text("%s%s%s", all, *all ? "|" : "", ns_kinds[i].name);
    return *all ? all : "0";
}

static const char *number(const char *name, unsigned long long value)
{
    return text("%s=%llu", name, value);
}

/* What the worker told, as a number. */
static long told(const char *name)
{
    const char *value = worker_told(name);

    return value ? atol(value) : -1;
}

enum {
    JOINABLE = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
               CLONE_NEWCGROUP
};

/* ---- step 1 -------------------------------------------------------------- */

static struct {
    unsigned long long flags;
    int code;
    const char *before; /* the namespaces of who calls, before the call */
} in;

/* Let ns_clone(FLAGS) make a child.  Returns its PID, by the kernel. */
static pid_t start_clone(unsigned long long flags)
{
    in.flags = flags;
    in.code = pick(1, 120);
    worker_start(text("ns_clone(%s, -1, ...)", kind_names(flags)), "clone",
                 number("flags", flags), number("code", in.code), NULL);
    worker_hold("before");
    in.before = see_namespaces(worker_pid());
    worker_go("before");
    worker_hold("parent");
    REQUIRE(told("pid") > 0, .expected = "a child",
            .observed = text("ns_clone() returned %ld", told("pid")),
            .why = text("it said: %s", worker_told("pid.msg")),
            .hint = "no-child");
    return worker_hold("child");
}

static void end_clone(void)
{
    worker_go("child");
    worker_go("parent");
    worker_end();
}

/* CHILD must be in a new namespace of KIND, or must not, as asked for. */
static void require_kind(pid_t child, const struct ns_kind *kind)
{
    bool wanted = in.flags & kind->flag;
    bool is_new = !see_same_ns(child, worker_pid(), kind->name);

    REQUIRE(is_new == wanted,
            .expected = text("the child is in %s %s namespace",
                             wanted ? "a new" : "the same", kind->name),
            .observed = is_new ? "in a new one" : "in its parent's",
            .shows = text("the child:\n%sthe parent:\n%s",
                          see_namespaces(child), see_namespaces(worker_pid())),
            .why = text("a child starts in new namespaces of the kinds whose "
                        "flags are passed, and shares all others with its "
                        "parent; this kind is its %s",
                        kind->what),
            .hint = !wanted                      ? "too-many-namespaces"
                    : kind->flag == CLONE_NEWPID ? "pid-needs-a-birth"
                                                 : "flags-forgotten");
}

START_TEST(new_are_those_asked_for)
{
    for (size_t one = 0; one <= ns_kinds_count; one++) {
        pid_t child = start_clone(one < ns_kinds_count ? ns_kinds[one].flag
                                                       : pick_kinds(3, ~0ULL));
        for (size_t i = 0; i < ns_kinds_count; i++)
            require_kind(child, &ns_kinds[i]);
        end_clone();
    }
}
END_TEST

START_TEST(the_child_is_number_one)
{
    pid_t child = start_clone(CLONE_NEWPID | pick_kinds(1, JOINABLE));
    const char *numbers = see_status(child, "NSpid");
    const char *last = strrchr(numbers, '\t');

    REQUIRE(last && strcmp(last, "\t1") == 0,
            .expected = "the child has the number 1 in its PID namespace",
            .observed =
                text("its numbers, from outside to inside: %s", numbers),
            .shows = see_namespaces(child),
            .why = "a PID namespace takes only who is born in it; unshare(2) "
                   "and setns(2) move the caller's later children (rule 1)",
            .hint = "pid-needs-a-birth");
    end_clone();
}
END_TEST

START_TEST(the_parent_can_wait)
{
    start_clone(0);
    end_clone();
    REQUIRE(told("waited") == told("pid"),
            .expected = text("waitpid(%ld, ...) returns it", told("pid")),
            .observed = text("%ld (%s)", told("waited"),
                             strerror(told("waited.errno"))),
            .why = "waitpid(2) sees only children that send SIGCHLD when they "
                   "end; fork(2) arranges that, with clone3(2) you do",
            .hint = "no-exit-signal");
    REQUIRE_INT("code", in.code, .hint = "no-exit-signal");
}
END_TEST

START_TEST(the_pidfd_is_the_childs)
{
    pid_t child = start_clone(pick_kinds(2, ~CLONE_NEWUSER));
    const char *info =
        see_proc(worker_pid(), text("fdinfo/%ld", told("pidfd")));
    const char *line = strstr(info, "\nPid:");

    REQUIRE(line && atoi(line + 5) == child,
            .expected = text("*out_pidfd is a pidfd of process %d", child),
            .observed = text("it is %ld", told("pidfd")),
            .shows = *info ? info : "there is no such descriptor",
            .why = "a PID can be given to another process once this one is "
                   "gone; a pidfd always means the same process",
            .hint = "no-pidfd");
    end_clone();
}
END_TEST

START_TEST(who_calls_stays)
{
    pid_t child = start_clone(CLONE_NEWPID | pick_kinds(2, JOINABLE));
    const char *after = see_namespaces(worker_pid());

    REQUIRE(
        strcmp(in.before, after) == 0, .expected = in.before, .observed = after,
        .shows = text("the child:\n%s", see_namespaces(child)),
        .why = "the host's process is to stay where it is; unshare(2) moves "
               "the caller itself, and for PIDs all its later children",
        .hint = "the-caller-moved");
    end_clone();
}
END_TEST

/* ---- step 2 -------------------------------------------------------------- */

/* ns_clone(..., FD) must fail with errno CODE; EPERM: for want of power. */
static void require_refused(int fd, int code, const char *why, const char *hint)
{
    unsigned long long flags = pick_kinds(code == EPERM ? 2 : 0, JOINABLE);

    worker_start(text("ns_clone(%s, %d, ...)%s", kind_names(flags), fd,
                      code == EPERM ? " without any capability" : ""),
                 "refused", number("flags", flags), text("fd=%d", fd),
                 code == EPERM ? "power=no" : "power=yes", NULL);
    worker_hold("parent");
    REQUIRE(told("pid") == -1 && told("pid.errno") == code,
            .expected = text("-1, and errno says: %s", strerror(code)),
            .observed = text("%ld %s", told("pid"), worker_told("pid.msg")),
            .why = why, .hint = hint);
}

START_TEST(a_wrong_cgroup_is_refused)
{
    require_refused(pick(150, 200), EBADF,
                    "the descriptor is of the directory /tmp; asked to start a "
                    "child in that, the kernel says EBADF",
                    "cgroup-ignored");
    require_refused(0, EBADF,
                    "0 is a descriptor like all others (here of /dev/null); "
                    "only -1 means: no cgroup",
                    "zero-is-a-descriptor");
    require_refused(0, EPERM,
                    "the kernel looks at the namespaces first, and these are "
                    "not allowed here; it seems that it was asked for none",
                    "flags-lost");
}
END_TEST

/* The group's descriptor must have come to the kernel.  Where the cage may make
 * groups, the child is in it; elsewhere the kernel refuses, but not because it
 * were none. */
START_TEST(it_is_that_cgroup)
{
    const char *word = pick_word();

    worker_start("ns_clone(0, the directory of a cgroup, ...)", "group",
                 "flags=0", text("word=%s", word), NULL);
    worker_hold("parent");
    int code = told("pid.errno");
    bool refused = told("pid") < 0;
    REQUIRE(!refused || (code != EBADF && code != EINVAL && code != 0),
            .expected = "the kernel looks at the rights on that cgroup",
            .observed = text("it says: %s", worker_told("pid.msg")),
            .why = "the flag says that there is a cgroup, the field cgroup of "
                   "struct clone_args says which",
            .hint = "cgroup-not-named");
    if (refused)
        return;
    const char *where = see_proc(worker_hold("child"), "cgroup");
    REQUIRE(told("open") && (!told("made") || strstr(where, word)),
            .expected = told("made") ? text("the child is in .../%s", word)
                                     : "EACCES: we may add nobody there",
            .observed = text("a child, and it is in %s", where),
            .why = "it must be in that cgroup from its first moment",
            .hint = "cgroup-ignored");
    end_clone();
}
END_TEST

/* ---- step 3 -------------------------------------------------------------- */

static pid_t target;

/* There is a target in new namespaces MADE; those ASKED of them are joined.
 * Returns the PID of who has called ns_join(). */
static pid_t start_join(const char *act, unsigned long long made,
                        unsigned long long asked, const char *more)
{
    in.flags = asked;
    worker_start(text("ns_join(pidfd, %s)", kind_names(asked)), act,
                 number("made", made), number("asked", asked), more, NULL);
    target = worker_hold("target");
    worker_hold("host");
    worker_go("host");
    return worker_hold("joined");
}

static void end_join(void)
{
    worker_go("joined");
    worker_go("target");
    worker_end();
}

/* The namespace of PID: for PIDs the one of its later children. */
static const char *namespace_of(pid_t pid, const struct ns_kind *kind)
{
    return see_link(pid, kind->flag == CLONE_NEWPID
                             ? "ns/pid_for_children"
                             : text("ns/%s", kind->name));
}

/* PID must be in those namespaces of the target, and else with the host. */
static void require_joined(pid_t pid)
{
    REQUIRE_INT("result", 0,
                .why = "the owner of a user namespace has all power in it, "
                       "once he is in: the others come after it (rule 2)",
                .hint = in.flags & CLONE_NEWUSER ? "user-comes-first"
                                                 : "not-joined");
    for (size_t i = 0; i < ns_kinds_count; i++) {
        const struct ns_kind *k = &ns_kinds[i];
        bool asked = in.flags & k->flag;
        const char *want = namespace_of(asked ? target : worker_pid(), k);
        REQUIRE(strcmp(namespace_of(pid, k), want) == 0,
                .expected =
                    text("%s, %s", want, asked ? "the target's" : "the host's"),
                .observed = namespace_of(pid, k), .shows = see_namespaces(pid),
                .why = "it must be in just those that FLAGS names",
                .hint = "not-joined");
    }
}

START_TEST(it_joins_those_and_no_others)
{
    pid_t pid = start_join("join", JOINABLE, pick_kinds(3, JOINABLE), "word=");

    require_joined(pid);
    end_join();
}
END_TEST

START_TEST(what_it_does_happens_there)
{
    const char *word = pick_word();

    start_join("join", JOINABLE, CLONE_NEWUTS | CLONE_NEWNET,
               text("word=%s", word));
    REQUIRE(see_host_name(target, word) && !see_host_name(worker_pid(), word),
            .expected = text("the target's host name is now %s", word),
            .observed = see_host_name(worker_pid(), word)
                            ? "the host's is"
                            : "neither the host's nor the target's is",
            .why = "who has joined a UTS namespace sets the name for all in it",
            .hint = "not-joined");
    end_join();
}
END_TEST

START_TEST(the_owner_gets_in)
{
    unsigned long long made = JOINABLE | CLONE_NEWUSER;
    pid_t pid = start_join("join", made,
                           CLONE_NEWUSER | pick_kinds(3, JOINABLE), "power=no");

    require_joined(pid);
    end_join();
}
END_TEST

START_TEST(all_or_none)
{
    unsigned long long made = CLONE_NEWUTS | CLONE_NEWNET;
    pid_t pid = start_join("overreach", made, made | CLONE_NEWIPC, "word=");

    REQUIRE_INT("result", -1,
                .why = "the target's IPC namespace belongs to a user namespace "
                       "in which we have no power",
                .hint = "join-error-ignored");
    REQUIRE(see_same_ns(pid, worker_pid(), "uts") &&
                see_same_ns(pid, worker_pid(), "net"),
            .expected = "the caller is where it was",
            .observed = "it has joined one of the others",
            .shows = see_namespaces(pid),
            .why = "half in and half out, a process belongs nowhere; in one "
                   "call the kernel checks all before it moves anything",
            .hint = "joined-by-halves");
    end_join();
    REQUIRE_INT("result.errno", EPERM, .hint = "join-error-ignored");
}
END_TEST

/* ---- step 4 -------------------------------------------------------------- */

START_TEST(it_says_what_the_kernel_shows)
{
    unsigned long long made = pick_kinds(3, ~0ULL);

    worker_start("ns_same(getpid(), pid, ...), for every kind", "same",
                 number("made", made), NULL);
    target = worker_hold("target");
    worker_hold("host");
    const char *shows =
        text("the one:\n%sthe other:\n%s", see_namespaces(worker_pid()),
             see_namespaces(target));
    worker_go("host");
    worker_hold("asked");
    worker_go("target");
    worker_go("asked");
    worker_end();
    for (size_t i = 0; i < ns_kinds_count; i++) {
        const char *name = text("same.%s", ns_kinds[i].name);
        bool same = !(made & ns_kinds[i].flag);
        REQUIRE_INT(name, same, .shows = shows,
                    .why = "the links in /proc/PID/ns lead to the same inode "
                           "exactly when the namespace is the same",
                    .hint = same ? "the-link-itself" : "compared-with-itself");
    }
}
END_TEST

START_TEST(no_answer_is_no_no)
{
    int missing = pick(5000000, 9000000);
    const char *word = pick_word();

    worker_start(text("ns_same() with the PID %d, which is too high to exist; "
                      "then with a kind \"%s\"",
                      missing, word),
                 "missing", text("missing=%d", missing), text("word=%s", word),
                 NULL);
    worker_hold("asked");
    static const char *const names[] = {"first", "second", "name"};
    for (int i = 0; i < 3; i++) {
        REQUIRE_INT(names[i], -1,
                    .why = "0 would say that both are there and differ",
                    .hint = "missing-is-no-answer");
        REQUIRE_INT(text("%s.errno", names[i]), ENOENT,
                    .why = "the reason is in errno until another call fails",
                    .hint = "missing-is-no-answer");
    }
}
END_TEST

void exam_03_namespaces(struct exam *exam);
void exam_03_namespaces(struct exam *exam)
{
    exam_add(exam, 1, MECHANISM, new_are_those_asked_for,
             "the child is in new namespaces of the kinds asked for");
    exam_add(exam, 1, EFFECT, the_child_is_number_one,
             "with CLONE_NEWPID the child is PID 1");
    exam_add(exam, 1, EFFECT, the_parent_can_wait,
             "the parent gets the PID, and waitpid(2) works");
    exam_add(exam, 1, MECHANISM, the_pidfd_is_the_childs,
             "the pidfd is that of the child");
    exam_add(exam, 1, HOST, who_calls_stays,
             "who calls it stays in its own namespaces");
    exam_add(exam, 2, VALUE, a_wrong_cgroup_is_refused,
             "no cgroup gives EBADF, and no right to namespaces EPERM first");
    exam_add(exam, 2, MECHANISM, it_is_that_cgroup,
             "the child starts in the cgroup that was passed");
    exam_add(exam, 3, MECHANISM, it_joins_those_and_no_others,
             "it joins the namespaces that FLAGS names, and no others");
    exam_add(
        exam, 3, EFFECT, what_it_does_happens_there,
        "who has joined acts on the target's host name, not on the host's");
    exam_add(exam, 3, MECHANISM, the_owner_gets_in,
             "without capabilities one joins a user namespace of one's own, "
             "and the others with it");
    exam_add(exam, 3, HOST, all_or_none, "a join that fails moves nothing");
    exam_add(exam, 4, VALUE, it_says_what_the_kernel_shows,
             "ns_same() says of every kind what the kernel shows");
    exam_add(exam, 4, VALUE, no_answer_is_no_no,
             "a process or a kind that does not exist gives -1 and ENOENT");
}
