/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 10: a network of one's own
 *
 * No file of /proc/PID tells all of a network, so a child of the judge's joins
 * the network namespace of the process and asks the kernel there: for the
 * flags of lo, its address, whether a packet to 127.0.0.1 arrives, and what
 * the settings are.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "grader/exam.h"
#include "grader/see.h"
#include "grader/worker.h"
#include "linux/caps.h"

/* A network namespace, seen from inside.  Shared with the child that looks. */
struct view {
    int flags;      /* of lo; -1: no such device */
    bool address;   /* lo has 127.0.0.1 */
    int sent;       /* errno of a packet to 127.0.0.1 */
    int port;       /* in: a port to bind; */
    int bound;      /* out: its errno, for a process without capabilities */
    char first[16]; /* ip_unprivileged_port_start */
};

/* ---- in the child that has joined ---------------------------------------- */

static int flags_of_lo(void)
{
    struct ifreq lo = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    return ioctl(fd, SIOCGIFFLAGS, &lo) < 0 ? -1 : (unsigned short)lo.ifr_flags;
}

/* Has a device the address 127.0.0.1? */
static bool has_address(void)
{
    struct ifaddrs *list = NULL;
    bool found = false;

    if (getifaddrs(&list) < 0)
        return false;
    for (struct ifaddrs *a = list; a; a = a->ifa_next)
        if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET)
            found |= ((struct sockaddr_in *)a->ifa_addr)->sin_addr.s_addr ==
                     htonl(INADDR_LOOPBACK);
    return found;
}

/* Send a packet to ourselves: 0 when it arrives, or the errno. */
static int send_to_self(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int a = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int b = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct pollfd arrives = {.fd = a, .events = POLLIN};

    if (bind(a, (struct sockaddr *)&address, size) < 0 ||
        getsockname(a, (struct sockaddr *)&address, &size) < 0)
        return errno;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (sendto(b, "x", 1, 0, (struct sockaddr *)&address, size) < 0)
        return errno;
    return poll(&arrives, 1, 1000) == 1 ? 0 : ETIMEDOUT;
}

/* Bind a port, as a user without any capability: 0 or the errno. */
static int bind_port(int port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (caps_limit(0, NULL) < 0)
        return EPERM;
    return bind(fd, (struct sockaddr *)&any, sizeof any) < 0 ? errno : 0;
}

static int look_around(void *argument)
{
    struct view *view = argument;
    int fd = open("/proc/sys/net/ipv4/ip_unprivileged_port_start",
                  O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, view->first, sizeof view->first - 1);

    view->first[n > 0 ? strcspn(view->first, "\n") : 0] = '\0';
    view->flags = flags_of_lo();
    view->address = has_address();
    view->sent = send_to_self();
    view->bound = bind_port(view->port);
    return 0;
}

/* ---- in the judge -------------------------------------------------------- */

/* The network of PID.  PORT is tried there. */
static const struct view *look(pid_t pid, int port)
{
    struct view *view = mmap(NULL, sizeof *view, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    view->port = port;
    if (see_inside(pid, CLONE_NEWUSER | CLONE_NEWNET, look_around, view) < 0)
        FLUNK(.observed = "the judge can't join the network namespace",
              .cause = "grader");
    return view;
}

/* Flags of a device in words. */
static const char *words(int flags)
{
    static const struct {
        int flag;
        const char *word;
    } names[] = {{IFF_UP, "UP"},
                 {IFF_DEBUG, "DEBUG"},
                 {IFF_NOTRAILERS, "NOTRAILERS"},
                 {IFF_MULTICAST, "MULTICAST"}};
    const char *result = flags & IFF_UP ? "" : "DOWN";

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (flags & names[i].flag)
            result = text("%s%s%s", result, *result ? " " : "", names[i].word);
    return result;
}

/* A flag that stays when a device is switched on or off. */
static int pick_flag(void)
{
    static const int flags[] = {IFF_DEBUG, IFF_NOTRAILERS, IFF_MULTICAST};

    return flags[pick(0, 2)];
}

static void require_no_descriptor_left(void)
{
    REQUIRE_INT("descriptors left open", 0,
                .why = "whoever opens a descriptor closes it on every way out; "
                       "mb_autoclose does that",
                .hint = "descriptor-left-open");
}

/* ---- step 1 -------------------------------------------------------------- */

/* lo has FLAGS, then the act ACT.  Returns who holds still. */
static pid_t start_up(const char *ran, int flags)
{
    worker_start(ran, "up", text("flags=%d", flags), NULL);
    worker_hold("before");
    worker_go("before");
    return worker_hold("called");
}

/* Is lo switched on in the network namespace of PID? */
static void require_up(pid_t pid, const struct view *view)
{
    bool wrong_device = atoi(worker_told("result.errno")) == ENODEV;

    REQUIRE(!see_same_ns(pid, worker_pid(), "net"),
            .expected = "the process stays in its network namespace",
            .observed = "it is in that of its parent",
            .shows = see_link(pid, "ns/net"),
            .why = "a container's network is the one that it is in already",
            .hint = "other-namespace");
    REQUIRE(view->flags & IFF_UP, .expected = "lo: UP",
            .observed = text("lo: %s", words(view->flags)),
            .why = text("net_loopback_up() said: %s",
                        *worker_told("result.msg") ? worker_told("result.msg")
                                                   : "no error"),
            .hint = wrong_device ? "wrong-device" : "never-set");
}

START_TEST(lo_is_up)
{
    int flag = pick_flag();
    pid_t pid = start_up(text("net_loopback_up(), lo: %s", words(flag)), flag);
    const struct view *view = look(pid, 0);

    require_up(pid, view);
    REQUIRE(view->flags & flag,
            .expected = text("lo: %s", words(flag | IFF_UP)),
            .observed = text("lo: %s", words(view->flags)),
            .why = "SIOCSIFFLAGS sets all flags of a device: those that are "
                   "not passed are switched off (rule 3)",
            .hint = "flags-lost");
    REQUIRE_INT("result", 0);
    require_no_descriptor_left();
}
END_TEST

START_TEST(it_may_be_up_already)
{
    pid_t pid = start_up("net_loopback_up() where lo is up already", IFF_UP);
    const struct view *view = look(pid, 0);

    REQUIRE(view->flags & IFF_UP, .expected = "lo is still up",
            .observed = text("lo: %s", words(view->flags)),
            .why = "a flag is added with |, whether it is set or not",
            .hint = "never-set");
    REQUIRE_INT("result", 0);
}
END_TEST

START_TEST(localhost_answers)
{
    pid_t pid = start_up("net_loopback_up()", pick_flag());
    const struct view *view = look(pid, 0);

    require_up(pid, view);
    REQUIRE(view->address, .expected = "an address 127.0.0.1",
            .observed = "there is none",
            .why = "the kernel gives it to lo when that comes up",
            .hint = "never-set");
    REQUIRE(view->sent == 0, .expected = "a packet to 127.0.0.1 arrives",
            .observed = strerror(view->sent),
            .why = "without a device that is up no route leads there (rule 1)",
            .hint = "never-set");
}
END_TEST

START_TEST(the_hosts_lo_stays_down)
{
    pid_t pid = start_up("net_loopback_up() beside a host whose lo is down",
                         pick_flag());
    const struct view *host = look(worker_pid(), 0);

    REQUIRE(!(host->flags & IFF_UP), .expected = "the host's lo: DOWN",
            .observed = text("the host's lo: %s", words(host->flags)),
            .shows = see_link(pid, "ns/net"),
            .why = "every network namespace has its own lo; this one is the "
                   "host's",
            .hint = "other-namespace");
    require_up(pid, look(pid, 0));
    worker_go("called");
    worker_hold("after");
    worker_go("after");
    worker_end();
}
END_TEST

START_TEST(without_power_it_is_an_error)
{
    worker_start("net_loopback_up() in a network namespace of others",
                 "powerless", NULL);
    worker_hold("called");
    REQUIRE_INT("result", -1, .why = "an error must be reported",
                .hint = "error-ignored");
    REQUIRE_INT("result.errno", EPERM,
                .why = "the reason is in errno until another call fails: use "
                       "mb_fail() at once",
                .hint = "error-ignored");
}
END_TEST

/* Who can do without the old flags may succeed. */
START_TEST(unknown_flags_are_an_error)
{
    int flag = pick_flag(), error = pick(100, 113);

    worker_start(
        text("net_loopback_up() where SIOCGIFFLAGS fails: %s", strerror(error)),
        "blind", text("flags=%d", flag), text("error=%d", error), NULL);
    const struct view *view = look(worker_hold("called"), 0);
    const char *result = worker_told("result");
    if (result && atoi(result) == 0 && view->flags & IFF_UP &&
        view->flags & flag)
        return;
    REQUIRE_INT("result", -1, .hint = "error-ignored",
                .why = "who does not know the old flags can't keep them");
    REQUIRE_INT("result.errno", error, .hint = "error-ignored",
                .why = "the error is that of the call which failed");
}
END_TEST

/* ---- step 2 -------------------------------------------------------------- */

static pid_t start_ports(void)
{
    worker_start("net_free_ports()", "ports", NULL);
    worker_hold("before");
    worker_go("before");
    return worker_hold("called");
}

/* What a failure looks like. */
static const char *port_hint(void)
{
    const char *told = worker_told("result.errno");

    switch (told ? atoi(told) : 0) {
    case EBADF:
        return "opened-for-reading";
    case EACCES:
    case EPERM:
    case ENOENT:
        return "temporary-file";
    default:
        return "wrong-setting";
    }
}

START_TEST(the_setting_is_zero)
{
    const struct view *view = look(start_ports(), 0);
    int first = *view->first ? atoi(view->first) : 1024;

    REQUIRE(first <= 1,
            .expected = "in the new namespace, ip_unprivileged_port_start: 0",
            .observed = view->first,
            .why = text("it is the first port that is free for all; "
                        "net_free_ports() said: %s",
                        *worker_told("result.msg") ? worker_told("result.msg")
                                                   : "no error"),
            .hint = first < 1024 ? "not-all-ports" : port_hint());
    REQUIRE_INT("result", 0);
    require_no_descriptor_left();
}
END_TEST

START_TEST(every_user_may_have_a_low_port)
{
    int port = pick(1, 1023);
    const struct view *view = look(start_ports(), port);

    REQUIRE(view->bound == 0,
            .expected =
                text("a user without capabilities may bind port %d", port),
            .observed = strerror(view->bound),
            .shows = text("ip_unprivileged_port_start: %s", view->first),
            .why = "ports from that number up need no capability",
            .hint = atoi(view->first) < 1024 ? "not-all-ports" : port_hint());
}
END_TEST

START_TEST(the_hosts_ports_stay_roots)
{
    start_ports();
    const struct view *host = look(worker_pid(), pick(1, 1023));

    REQUIRE_INT("result", 0);
    REQUIRE(host->bound == EACCES,
            .expected = "on the host, low ports still take a capability",
            .observed =
                text("ip_unprivileged_port_start there: %s", host->first),
            .why = "the setting belongs to the network namespace of who opens "
                   "the file (rule 4)",
            .hint = "other-namespace");
    worker_go("called");
    worker_hold("after");
    worker_go("after");
    worker_end();
}
END_TEST

static void require_port_error(const char *act, const char *ran, int error)
{
    worker_start(text("net_free_ports() where %s", ran), act, NULL);
    worker_hold("called");
    REQUIRE_INT("result", -1, .why = "an error must be reported",
                .hint = "port-error-ignored");
    REQUIRE_INT("result.errno", error, .hint = "port-error-ignored",
                .why = "the error is that of the call which failed");
}

START_TEST(a_setting_that_stays_is_an_error)
{
    require_port_error("locked", "/proc/sys is read-only", EROFS);
    require_port_error("full", "the file takes no byte", ENOSPC);
}
END_TEST

void exam_10_network(struct exam *exam);
void exam_10_network(struct exam *exam)
{
    exam_add(exam, 1, MECHANISM, lo_is_up,
             "lo is switched on, and keeps its other flags");
    exam_add(exam, 1, MECHANISM, it_may_be_up_already,
             "an lo that is on already stays on");
    exam_add(exam, 1, EFFECT, localhost_answers,
             "a packet to 127.0.0.1 arrives");
    exam_add(exam, 1, HOST, the_hosts_lo_stays_down,
             "the lo of the host is not touched");
    exam_add(exam, 1, VALUE, without_power_it_is_an_error,
             "a namespace of others gives -1 and EPERM");
    exam_add(exam, 1, VALUE, unknown_flags_are_an_error,
             "flags that can't be asked for give -1 and the errno");
    exam_add(exam, 2, MECHANISM, the_setting_is_zero,
             "no port of the namespace is for root alone");
    exam_add(exam, 2, EFFECT, every_user_may_have_a_low_port,
             "a user without capabilities may have a port below 1024");
    exam_add(exam, 2, HOST, the_hosts_ports_stay_roots,
             "on the host the low ports are still root's");
    exam_add(exam, 2, VALUE, a_setting_that_stays_is_an_error,
             "a setting that can't be written gives -1 and the errno");
}
