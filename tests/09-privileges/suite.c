/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 09: least privilege
 *
 * Problem   A process may say "I have dropped everything" and be root as ever.
 * Idea      /proc/PID/status has the sets as the kernel keeps them, and how
 *           many filters are on.  Then the act tries what must be refused; it
 *           is root with all capabilities but for what the student's function
 *           took, so a refusal can only come from there:
 *
 *             CapInh CapPrm CapEff CapBnd CapAmb    Seccomp  Seccomp_filters
 *
 * Rules     1. What to keep is drawn at random, and what is drawn once is
 *              tried again the other way round: no bit is right by chance.
 *           2. No test of step 3 needs step 4: it uses sets of capabilities
 *              whose filter is ready, or has no rule for clone.
 * Read      capabilities(7), proc(5); worker.c has the acts
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"
#include "linux/caps.h"

#define BIT(cap) (UINT64_C(1) << (cap))

/* ---- sets --------------------------------------------------------------- */

/* One of the sets in the status of PID. */
static uint64_t see_set(pid_t pid, const char *name)
{
    return strtoull(see_status(pid, name), NULL, 16);
}

/* "cap_chown cap_kill", for who reads it. */
static const char *names_of(uint64_t set)
{
    const char *all = "";

    for (int cap = 0; cap < 64; cap++)
        if (set & BIT(cap)) {
            char *name = cap_to_name(cap);
            all = text("%s%s%s", all, *all ? " " : "", name ? name : "?");
            cap_free(name);
        }
    return *all ? all : "none";
}

/* The five lines on capabilities. */
static const char *sets_of(pid_t pid)
{
    return text("CapInh %s\nCapPrm %s\nCapEff %s\nCapBnd %s\nCapAmb %s\n",
                see_status(pid, "CapInh"), see_status(pid, "CapPrm"),
                see_status(pid, "CapEff"), see_status(pid, "CapBnd"),
                see_status(pid, "CapAmb"));
}

/* The same, and by which names the set GOT differs from WANT. */
static const char *names_and_sets(pid_t pid, uint64_t want, uint64_t got)
{
    const char *extra = names_of(got & ~want), *missing = names_of(want & ~got);

    return text("%stoo many: %s\nmissing: %s\n", sets_of(pid), extra, missing);
}

/* A random set of the 41 capabilities that there are.  Numbers 0 and 32, 8 and
 * 40 differ, for who shifts an int. */
static uint64_t pick_set(void)
{
    uint64_t set = (uint64_t)pick(0, 0x1fffff) << 20 | pick(0, 0xfffff);

    set &= ~(BIT(32) | BIT(40));
    return set | (set & BIT(0) ? 0 : BIT(32)) | (set & BIT(8) ? 0 : BIT(40));
}

/* The rest of them: rule 1. */
static uint64_t other_of(uint64_t set)
{
    return ~set & (BIT(41) - 1);
}

/* ---- powers: what takes which capability -------------------------------- */

static const struct power {
    const char *name, *deed;
    int cap, refusal;
} powers[] = {
    {"write", "write to a file with mode 000", CAP_DAC_OVERRIDE, EACCES},
    {"port", "bind port 80", CAP_NET_BIND_SERVICE, EACCES},
    {"raw", "make a raw socket", CAP_NET_RAW, EPERM},
    {"chroot", "chroot(\"/\")", CAP_SYS_CHROOT, EPERM},
    {"hostname", "sethostname()", CAP_SYS_ADMIN, EPERM},
};
enum { N_POWERS = sizeof powers / sizeof *powers };

/* A set with some of the powers, but neither all nor none of them. */
static uint64_t pick_powers(void)
{
    uint64_t set = 0;
    int in = pick(0, N_POWERS - 1), out = (in + 1) % N_POWERS;

    for (int i = 0; i < N_POWERS; i++)
        if (i != out && (i == in || pick(0, 1)))
            set |= BIT(powers[i].cap);
    return set;
}

/* 0, or an errno, for who reads it. */
static const char *words_of(int number)
{
    const char *name = number == EPERM    ? "EPERM"
                       : number == EACCES ? "EACCES"
                       : number == ENOSYS ? "ENOSYS"
                                          : text("errno %d", number);

    return number ? text("%s (%s)", name, strerror(number)) : "it works";
}

/* What the act told as NAME, or "". */
static const char *told(const char *name)
{
    const char *value = worker_told(name);

    return value ? value : "";
}

/* What the act told of trying NAME must be errno NUMBER. */
static void require_errno(const char *name, const char *deed, int number,
                          const struct finding *f)
{
    struct finding full = *f;

    if (*told(name) && atoi(told(name)) == number)
        return;
    full.expected = text("%s: %s", deed, words_of(number));
    full.observed = *told(name)
                        ? text("%s: %s", deed, words_of(atoi(told(name))))
                        : text("%s was never reached", deed);
    exam_flunk(&full);
}

static void require_powers(uint64_t keep, const struct finding *f)
{
    for (int i = 0; i < N_POWERS; i++)
        require_errno(powers[i].name, powers[i].deed,
                      keep & BIT(powers[i].cap) ? 0 : powers[i].refusal, f);
}

/* ---- step 1 ------------------------------------------------------------- */

/* What is got for KEEP by who shifts an int: 1 << 40 is 1 << 8 on the usual
 * processors.  Bit 31, the sign, may be anything. */
static bool is_int_shift(uint64_t got, uint64_t keep)
{
    uint64_t low = keep & (BIT(31) - 1), sure = ~BIT(31) & (BIT(41) - 1);

    return (got & sure) == ((low | low << 32) & sure);
}

/* Which mistake a bounding set looks like. */
static const char *bound_mistake(pid_t pid, uint64_t before, uint64_t keep)
{
    uint64_t got = see_set(pid, "CapBnd"), want = before & keep;
    uint64_t extra = got & ~want, from_first = -(extra & -extra);

    if (got == before)
        return see_set(pid, "CapEff") == before ? "bound-untouched"
                                                : "effective-is-no-bound";
    if (got == (before & ~keep))
        return "bound-inverted";
    if (is_int_shift(got, keep))
        return "int-shift";
    if ((got & ~extra) == want && extra == (before & ~keep & from_first))
        return "list-too-short";
    return NULL;
}

static void require_bound(uint64_t keep)
{
    worker_start(text("caps_bound(0x%lx)", keep), "bound",
                 text("keep=%lx", keep), NULL);
    uint64_t before = see_set(worker_hold("before"), "CapBnd");
    worker_go("before");
    pid_t pid = worker_hold("bounded");
    uint64_t got = see_set(pid, "CapBnd"), want = before & keep;
    REQUIRE(got == want, .expected = text("CapBnd %016lx", want),
            .observed = text("CapBnd %016lx", got),
            .shows = names_and_sets(pid, want, got),
            .why = "what is left in the bounding set comes back at the next "
                   "exec by root; what was dropped never does",
            .hint = bound_mistake(pid, before, keep));
}

START_TEST(the_bounding_set_is_keep)
{
    uint64_t keep = pick_set();

    require_bound(keep);
    require_bound(other_of(keep));
}
END_TEST

/* Start ACT and let it come past "before" to UNTIL, whose PID is returned. */
static pid_t start_bound(const char *act, uint64_t keep, const char *until)
{
    worker_start(text("caps_bound(0x%lx)", keep), act, text("keep=%lx", keep),
                 NULL);
    if (strcmp(until, "bounded") == 0) {
        worker_hold("before");
        worker_go("before");
    }
    return worker_hold(until);
}

START_TEST(unknown_numbers_are_passed_over)
{
    start_bound("bound", pick_set(), "bounded");
    REQUIRE_INT("result", 0,
                .why = "a set has 64 bits, and this kernel knows fewer "
                       "capabilities: EINVAL says that the last was reached",
                .hint = "einval-is-the-end");
    worker_go("bounded");
    worker_end();
}
END_TEST

START_TEST(without_setpcap_it_fails)
{
    start_bound("bound-poor", pick_set(), "bounded");
    REQUIRE_INT("result", -1, .expected = "-1: the caller lacks CAP_SETPCAP",
                .why = "who goes on after this runs with rights that he "
                       "believes to have dropped",
                .hint = "bound-error-ignored");
    REQUIRE_INT("result.errno", EPERM,
                .why = "the reason is in errno until another call fails: use "
                       "mb_fail() at once",
                .hint = "bound-error-ignored");
}
END_TEST

START_TEST(exec_gives_no_more_than_the_bound)
{
    uint64_t keep = pick_powers();
    pid_t pid = start_bound("bound-exec", keep, "executed");
    uint64_t got = see_set(pid, "CapPrm");

    REQUIRE(got == keep,
            .ran = text("caps_bound(0x%lx), then execve() as root", keep),
            .expected = text("CapPrm %016lx", keep),
            .observed = text("CapPrm %016lx", got),
            .shows = names_and_sets(pid, keep, got),
            .why = "when root executes a program, it gets all that the "
                   "bounding set has",
            .hint =
                bound_mistake(pid, see_set(worker_cage_pid(), "CapBnd"), keep));
    worker_go("executed");
    worker_end();
    require_powers(keep, &(struct finding){
                             .why = "the program must have what was kept, and "
                                    "must not have what was dropped"});
}
END_TEST

/* ---- step 2 ------------------------------------------------------------- */

/* Run the act "limit" up to the end of caps_limit(KEEP).  MORE: an argument. */
static pid_t start_limit(uint64_t keep, const char *more)
{
    worker_start(text("caps_limit(0x%lx)", keep), "limit",
                 text("keep=%lx", keep), more, NULL);
    worker_hold("before");
    worker_go("before");
    return worker_hold("limited");
}

/* Which mistake the sets look like, when WANT was to be held. */
static const char *limit_mistake(pid_t pid, uint64_t want)
{
    if (see_set(pid, "CapPrm") == want)
        return "permitted-only";
    if (see_set(pid, "CapEff") == want)
        return "effective-only";
    return see_set(pid, "CapPrm") == see_set(pid, "CapBnd") ? "sets-not-set"
                                                            : NULL;
}

static void require_sets(pid_t pid, uint64_t want)
{
    uint64_t permitted = see_set(pid, "CapPrm");
    uint64_t effective = see_set(pid, "CapEff");
    uint64_t other = permitted == want ? effective : permitted;

    REQUIRE(other == want,
            .expected = text("CapPrm %016lx, CapEff %016lx", want, want),
            .observed =
                text("CapPrm %016lx, CapEff %016lx", permitted, effective),
            .shows = names_and_sets(pid, want, other),
            .why = "effective is what counts now, and permitted is what can "
                   "be made effective again at any time",
            .hint = limit_mistake(pid, want));
}

START_TEST(permitted_and_effective_are_keep)
{
    uint64_t keep = pick_set(), other = other_of(keep);
    pid_t pid = start_limit(keep, NULL);

    require_sets(pid, keep & see_set(pid, "CapBnd"));
    pid = start_limit(other, NULL);
    require_sets(pid, other & see_set(pid, "CapBnd"));
}
END_TEST

START_TEST(nothing_is_inherited)
{
    uint64_t keep = pick_set() | BIT(CAP_KILL);
    pid_t pid = start_limit(keep, text("inherits=%d", CAP_KILL));
    uint64_t inheritable = see_set(pid, "CapInh");
    uint64_t ambient = see_set(pid, "CapAmb");

    REQUIRE_INT("result", 0);
    REQUIRE(inheritable == 0 && ambient == 0,
            .expected = "CapInh and CapAmb are empty",
            .observed = text("CapInh %s, CapAmb %s", names_of(inheritable),
                             names_of(ambient)),
            .shows = sets_of(pid),
            .why = "what is inheritable can come back at an exec, past the "
                   "sets that you have just limited (rule 2)",
            .hint = see_set(pid, "CapPrm") == see_set(pid, "CapBnd")
                        ? "sets-not-set"
                        : "inheritable-kept");
}
END_TEST

START_TEST(what_we_lack_ourselves_is_left_out)
{
    uint64_t keep = pick_set(), lacks = BIT(pick(0, 31));
    pid_t pid = start_limit(keep | lacks, text("lacks=%lx", lacks));

    REQUIRE_INT(
        "result", 0,
        .expected =
            text("0, though the caller itself lacks %s", names_of(lacks)),
        .why = "nobody can give himself a capability that he does not "
               "hold (EPERM): KEEP is as much as there is of it",
        .hint = strcmp(told("result.errno"), "1") == 0 ? "unheld-asked" : NULL);
    require_sets(pid, keep & ~lacks & see_set(pid, "CapBnd"));
}
END_TEST

START_TEST(a_refused_capset_is_an_error)
{
    int number = pick(ENOTBLK, EPIPE);

    worker_start("caps_limit(), while capset(2) fails", "limit-refused",
                 text("keep=%lx", pick_set()), text("errno=%d", number), NULL);
    worker_hold("before");
    worker_go("before");
    worker_hold("limited");
    REQUIRE_INT("result", -1,
                .expected = text("-1: capset(2) says %s", words_of(number)),
                .why = "who goes on after this runs with rights that he "
                       "believes to have dropped",
                .hint = "limit-error-ignored");
    REQUIRE_INT("result.errno", number,
                .why = "the reason is in errno until another call fails: use "
                       "mb_fail() at once",
                .hint = "limit-error-ignored");
}
END_TEST

START_TEST(what_is_not_kept_is_refused)
{
    uint64_t keep = pick_powers();
    pid_t pid = start_limit(keep, NULL);
    const struct finding f = {.shows = sets_of(pid),
                              .hint = limit_mistake(pid, keep),
                              .why = "the kernel looks for the capability in "
                                     "the effective set, not at the user"};

    REQUIRE_INT("result", 0);
    worker_go("limited");
    worker_end();
    require_powers(keep, &f);
}
END_TEST

/* Run the act "attack": a child limited to the capabilities SET, or filtered
 * for them, goes for the host's mounts. */
static void require_no_attack(const char *ran, bool filter, uint64_t set)
{
    const char *dir = text("/tmp/%s", pick_word());

    worker_start(ran, "attack", text("dir=%s", dir),
                 filter ? "by=filter" : "by=caps", text("set=%lx", set), NULL);
    pid_t host = worker_hold("before");
    const char *rights = sets_of(host), *mounts = see_proc(host, "mountinfo");
    worker_go("before");
    pid_t pid = worker_hold("attacked");
    const char *there = see_mount(see_proc(host, "mountinfo"), dir);
    bool on = strcmp(see_status(pid, "Seccomp"), "2") == 0;
    const char *mistake =
        filter ? "filter-not-loaded" : limit_mistake(pid, set);
    REQUIRE(!*there, .expected = "mount(2) is refused in the child",
            .observed = text("it mounted on %s, which the host sees", dir),
            .shows = there, .hint = filter && on ? NULL : mistake,
            .why = "what a container may still do, it can do to the host "
                   "where no namespace stands between them");
    REQUIRE_INT("result", 0);
    REQUIRE_INT("mount", EPERM, .expected = "mount(2) fails with EPERM");
    worker_go("attacked");
    worker_hold("after");
    REQUIRE(strcmp(mounts, see_proc(host, "mountinfo")) == 0 &&
                strcmp(rights, sets_of(host)) == 0,
            .expected = text("the host's mounts, and its rights:\n%s", rights),
            .observed = text("others, and\n%s", sets_of(host)),
            .why = "rights are dropped by the child, for itself; its parent "
                   "keeps them");
    worker_go("after");
    worker_end();
}

START_TEST(the_hosts_mounts_are_unharmed)
{
    uint64_t keep = pick_set() & ~BIT(CAP_SYS_ADMIN);

    require_no_attack(text("caps_limit(0x%lx), then mount(2)", keep), false,
                      keep);
}
END_TEST

/* ---- step 3 ------------------------------------------------------------- */

static const char *filters_of(pid_t pid)
{
    return text("NoNewPrivs %s, Seccomp %s, Seccomp_filters %s",
                see_status(pid, "NoNewPrivs"), see_status(pid, "Seccomp"),
                see_status(pid, "Seccomp_filters"));
}

/* Kernels before 5.9 do not tell how many filters are on; the mode must do. */
static int filters_on(pid_t pid)
{
    const char *number = see_status(pid, "Seccomp_filters");

    return atoi(*number ? number : see_status(pid, "Seccomp"));
}

static int filters_before; /* seccomp_apply() */

/* Run the act "filter" up to the end of seccomp_apply(CAPS). */
static pid_t start_filter(uint64_t caps, const char *lacks,
                          const char *new_privs)
{
    worker_start(text("seccomp_apply(0x%lx)", caps), "filter",
                 text("caps=%lx", caps), text("dir=/tmp/%s", pick_word()),
                 text("lacks=%s", lacks), text("new_privs=%s", new_privs),
                 NULL);
    pid_t pid = worker_hold("before");
    filters_before = filters_on(pid);
    worker_go("before");
    return worker_hold("filtered");
}

static void require_filter(pid_t pid)
{
    bool went_well = strcmp(told("result"), "0") == 0;
    bool invalid = atoi(told("result.errno")) == EINVAL;

    REQUIRE(filters_on(pid) > filters_before &&
                strcmp(see_status(pid, "Seccomp"), "2") == 0,
            .expected = text("Seccomp 2 (a filter), Seccomp_filters %d",
                             filters_before + 1),
            .observed = filters_of(pid),
            .why = text("seccomp_apply() said: %s, %s", told("result"),
                        told("result.msg")),
            .hint = went_well ? "filter-not-loaded"
                    : invalid ? "bytes-not-instructions"
                              : NULL);
}

/* A set that opens and shuts other calls than the default.  There is no rule
 * for clone with CAP_SYS_ADMIN: see rule 2. */
static uint64_t with_admin(void)
{
    return (caps_docker_default | BIT(CAP_SYS_ADMIN) | BIT(pick(32, 39))) &
           ~BIT(CAP_SYS_CHROOT);
}

START_TEST(the_filter_is_on)
{
    pid_t pid = start_filter(caps_docker_default, "", "");

    require_filter(pid);
    REQUIRE_INT("result", 0);
    REQUIRE(strcmp(see_status(pid, "NoNewPrivs"), "0") == 0,
            .expected = "NoNewPrivs 0, as before", .observed = filters_of(pid),
            .why = "root needs no no_new_privs to load a filter; with it "
                   "sudo and ping would fail in a container that did not ask "
                   "for it",
            .hint = "no-new-privs-set");
    pid = start_filter(with_admin(), "", "");
    require_filter(pid);
    REQUIRE_INT("result", 0);
}
END_TEST

/* What may be called with a set of capabilities; root is asking. */
static void require_calls(bool admin)
{
    const struct finding f = {
        .why = admin ? "with CAP_SYS_ADMIN, and without CAP_SYS_CHROOT, the "
                       "filter is another: BYTES and SIZE say which"
                     : "the caller holds all capabilities: only the filter "
                       "can refuse it",
        .hint = "wrong-filter"};

    require_errno("mount", "mount(2)", admin ? 0 : EPERM, &f);
    require_errno("unshare", "unshare(CLONE_NEWUTS)", admin ? 0 : EPERM, &f);
    require_errno("hostname", "sethostname()", admin ? 0 : EPERM, &f);
    require_errno("chroot", "chroot(\"/\")", admin ? EPERM : 0, &f);
    require_errno("keyctl", "keyctl(2)", EPERM, &f);
}

START_TEST(calls_are_refused_as_the_set_says)
{
    bool admin_first = pick(0, 1);

    for (int i = 0; i < 2; i++) {
        bool admin = i == !admin_first;
        pid_t pid =
            start_filter(admin ? with_admin() : caps_docker_default, "", "");
        require_filter(pid);
        worker_go("filtered");
        worker_end();
        require_calls(admin);
    }
}
END_TEST

START_TEST(loading_takes_a_right)
{
    start_filter(caps_docker_default, "all", "");
    REQUIRE_INT("result", -1,
                .expected = "-1: the caller has neither CAP_SYS_ADMIN nor "
                            "no_new_privs",
                .why = "a container that believes to be filtered, and is not, "
                       "is worse than one that does not start",
                .hint = "load-error-ignored");
    REQUIRE_INT("result.errno", EACCES,
                .why = "the reason is in errno until another call fails: use "
                       "mb_fail() at once",
                .hint = "load-error-ignored");
    pid_t pid = start_filter(caps_docker_default, "all", "no");
    require_filter(pid);
    REQUIRE_INT("result", 0,
                .expected = "0: with no_new_privs anybody may filter himself");
}
END_TEST

START_TEST(root_behind_the_filter_mounts_nothing)
{
    require_no_attack("seccomp_apply(), then mount(2) as root", true,
                      caps_docker_default);
}
END_TEST

/* ---- step 4 ------------------------------------------------------------- */

/* Run the act "processes" behind a filter that must be built with step 4. */
static void start_processes(void)
{
    static const int extra[] = {CAP_SYS_PTRACE, CAP_SYS_NICE, CAP_SYS_TIME,
                                CAP_SYSLOG, CAP_NET_ADMIN};
    uint64_t caps = caps_docker_default | BIT(extra[pick(0, 4)]);

    worker_start(text("seccomp_apply(0x%lx), then new processes", caps),
                 "processes", text("caps=%lx", caps), NULL);
    pid_t pid = worker_hold("filtered");
    REQUIRE_INT("result", 0, .why = "libseccomp takes the rules");
    REQUIRE(strcmp(see_status(pid, "Seccomp"), "2") == 0,
            .expected = "Seccomp 2 (a filter)", .observed = filters_of(pid),
            .why = "the filter for this set is built now, and must be loaded",
            .hint = "filter-not-loaded");
    worker_go("filtered");
    worker_end();
}

static const char *const kinds[] = {"mnt", "uts", "ipc",   "user",
                                    "pid", "net", "cgroup"};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

START_TEST(new_namespaces_are_refused)
{
    int open = 0;

    start_processes();
    for (int i = 0; i < N_KINDS; i++)
        open += strcmp(told(kinds[i]), "0") == 0;
    const char *some = open ? "clone-kind-forgotten" : NULL;
    for (int i = 0; i < N_KINDS; i++)
        require_errno(
            kinds[i], text("clone(2) with a new %s namespace", kinds[i]), EPERM,
            &(struct finding){
                .why = "in a new user namespace a process has all "
                       "capabilities again, and with them a lot of the "
                       "kernel that is rarely used, and rarely tested",
                .hint = open == N_KINDS ? "clone-unconditional" : some});
}
END_TEST

START_TEST(new_processes_are_not)
{
    const struct finding f = {
        .why = "a program that can't start others is of little use: only the "
               "seven bits are forbidden, whatever the other ones are",
        .hint = "clone-refused"};

    start_processes();
    require_errno("process", "clone(2) without flags, as fork(3) does", 0, &f);
    require_errno("shared", "clone(CLONE_FS|CLONE_FILES)", 0, &f);
}
END_TEST

START_TEST(the_c_library_falls_back)
{
    start_processes();
    bool works = strcmp(told("clone3"), "0") == 0;
    const char *refused = atoi(told("clone3")) == EPERM ? "clone3-eperm" : NULL;
    require_errno("clone3", "clone3(2)", ENOSYS,
                  &(struct finding){
                      .why =
                          "its flags are in memory, where a filter can't "
                          "look; and only ENOSYS, \"there is no such call\", "
                          "makes the C library try clone(2)",
                      .hint = works ? "clone3-allowed" : refused});
    require_errno("spawn", "posix_spawn(3)", 0,
                  &(struct finding){.why = "the C library starts programs and "
                                           "threads by clone3(2) or, where "
                                           "there is none, by clone(2)",
                                    .hint = "clone-refused"});
}
END_TEST

void exam_09_privileges(struct exam *exam);
void exam_09_privileges(struct exam *exam)
{
    exam_add(exam, 1, MECHANISM, the_bounding_set_is_keep,
             "the bounding set is what is to be kept");
    exam_add(exam, 1, VALUE, unknown_numbers_are_passed_over,
             "numbers that the kernel does not know are no error");
    exam_add(exam, 1, VALUE, without_setpcap_it_fails,
             "without CAP_SETPCAP it returns -1 and EPERM");
    exam_add(exam, 1, EFFECT, exec_gives_no_more_than_the_bound,
             "a program that root executes has no more than the bound");
    exam_add(exam, 2, MECHANISM, permitted_and_effective_are_keep,
             "what the process can do is what is to be kept");
    exam_add(exam, 2, MECHANISM, nothing_is_inherited,
             "the inheritable and the ambient set are empty");
    exam_add(exam, 2, VALUE, what_we_lack_ourselves_is_left_out,
             "a capability that the caller lacks is left out");
    exam_add(exam, 2, VALUE, a_refused_capset_is_an_error,
             "if capset(2) fails, it returns -1 and the reason");
    exam_add(exam, 2, EFFECT, what_is_not_kept_is_refused,
             "what was kept works, and what was not is refused");
    exam_add(exam, 2, HOST, the_hosts_mounts_are_unharmed,
             "without CAP_SYS_ADMIN the host's mounts can't be changed");
    exam_add(exam, 3, MECHANISM, the_filter_is_on,
             "a filter is on, and no_new_privs as it was");
    exam_add(exam, 3, EFFECT, calls_are_refused_as_the_set_says,
             "the filter for the given capabilities decides");
    exam_add(exam, 3, VALUE, loading_takes_a_right,
             "loading takes CAP_SYS_ADMIN or no_new_privs, and says so");
    exam_add(exam, 3, HOST, root_behind_the_filter_mounts_nothing,
             "root with all capabilities can't mount behind the filter");
    exam_add(exam, 4, EFFECT, new_namespaces_are_refused,
             "clone(2) makes no new namespace, of any kind");
    exam_add(exam, 4, EFFECT, new_processes_are_not,
             "clone(2) still makes new processes");
    exam_add(exam, 4, EFFECT, the_c_library_falls_back,
             "clone3(2) says ENOSYS, and the C library uses clone(2)");
}
