/* SPDX-License-Identifier: MIT */
/*
 * worker.c - exercise 10: where net_loopback_up() and net_free_ports() are
 * called
 *
 * The act's first process plays the host: it stays in a network namespace whose
 * lo is down and must stay so.  Its child plays the container, in a new one.
 */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "grader/act.h"
#include "linux/net.h"

static void new_namespaces(int flags)
{
    if (unshare(flags) < 0)
        act_broken("make namespaces");
}

/* Give lo the flags that the test wants it to have before. */
static void prepare_lo(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = arg_int("flags")};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
        act_broken("prepare lo");
    close(fd);
}

/* The lowest free descriptor. */
static int next_descriptor(void)
{
    int fd = dup(1);

    close(fd);
    return fd;
}

/* Call FN, tell how it went, and hold still. */
static void call(int (*fn)(struct mb_error *err))
{
    struct mb_error err = {0};

    int before = next_descriptor();
    int result = fn(&err);
    say_result("result", result, &err);
    say("descriptors left open", "%d", next_descriptor() - before);
    hold("called");
}

/* The host holds still beside the container, and again when that is gone. */
static void with_host(void (*container)(void))
{
    hold("before");
    in_child(container);
    hold("after");
}

/* ---- step 1 -------------------------------------------------------------- */

static void bring_up(void)
{
    new_namespaces(CLONE_NEWNET);
    prepare_lo();
    call(net_loopback_up);
}

static void act_up(void)
{
    with_host(bring_up);
}

/* In a network namespace that belongs to others. */
static void bring_up_powerless(void)
{
    new_namespaces(CLONE_NEWNET);
    new_namespaces(CLONE_NEWUSER);
    call(net_loopback_up);
}

static void act_powerless(void)
{
    in_child(bring_up_powerless);
}

/* The flags of a device can't be asked for. */
static void bring_up_blind(void)
{
    new_namespaces(CLONE_NEWNET);
    prepare_lo();
    act_refuse(SYS_ioctl, 1, SIOCGIFFLAGS, arg_int("error"));
    call(net_loopback_up);
}

static void act_blind(void)
{
    in_child(bring_up_blind);
}

/* ---- step 2 -------------------------------------------------------------- */

static void free_ports(void)
{
    new_namespaces(CLONE_NEWNET);
    close(0); /* a descriptor of 0 is as good as any other */
    call(net_free_ports);
}

static void act_ports(void)
{
    with_host(free_ports);
}

/* As in a container: /proc/sys is read-only. */
static void free_ports_locked(void)
{
    new_namespaces(CLONE_NEWNET | CLONE_NEWNS);
    if (mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL) < 0 ||
        mount(NULL, "/proc/sys", NULL,
              MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV |
                  MS_NOEXEC,
              NULL) < 0)
        act_broken("make /proc/sys read-only");
    call(net_free_ports);
}

static void act_locked(void)
{
    in_child(free_ports_locked);
}

/* The file can be opened, but takes no byte. */
static void free_ports_full(void)
{
    static const char file[] = "/proc/sys/net/ipv4/ip_unprivileged_port_start";

    new_namespaces(CLONE_NEWNET | CLONE_NEWNS);
    if (mount("/dev/full", file, NULL, MS_BIND, NULL) < 0)
        act_broken("put /dev/full on a setting");
    call(net_free_ports);
}

static void act_full(void)
{
    in_child(free_ports_full);
}

const struct act acts[] = {
    {"up", act_up},       {"powerless", act_powerless}, {"blind", act_blind},
    {"ports", act_ports}, {"locked", act_locked},       {"full", act_full},
    {NULL, NULL},
};
