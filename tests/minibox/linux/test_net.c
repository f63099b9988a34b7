/* SPDX-License-Identifier: MIT */
/* test_net.c - a network of one's own: one device, and that switched off */
#include "linux/net.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include "sandbox.h"

/* Send a byte to 127.0.0.1 and read it back: 0 or the errno. */
static int ping(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    mb_autoclose int a = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    mb_autoclose int b = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char byte = 'x';

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(a, (struct sockaddr *)&address, sizeof address) < 0 ||
        getsockname(a, (struct sockaddr *)&address, &size) < 0 ||
        sendto(b, &byte, 1, 0, (struct sockaddr *)&address, size) < 0)
        return errno;
    return recv(a, &byte, 1, 0) == 1 ? 0 : errno;
}

/* Rule 1. */
static void bring_up(void)
{
    struct if_nameindex *devices = if_nameindex();

    ck_assert_str_eq(devices[0].if_name, "lo");
    if_freenameindex(devices);
    ck_assert_int_eq(ping(), ENETUNREACH);
    ck_assert_ok(net_loopback_up(&err));
    ck_assert_int_eq(ping(), 0);
    ck_assert_ok(net_loopback_up(&err)); /* twice is fine */
    mb_autofree char *ipv6 = text_of("/proc/self/net/if_inet6");
    if (access("/proc/self/net/if_inet6", F_OK) == 0)
        ck_assert(starts_with(ipv6, "00000000000000000000000000000001"));
}

START_TEST(test_loopback)
{
    if (!can_be_root())
        return skip("no user namespaces");
    if (geteuid() != 0)
        be_root();
    in_child(bring_up, CLONE_NEWNET);
}
END_TEST

/* Nothing else is within reach, and our ports are not the host's. */
static void look_around(void)
{
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(53)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    ck_assert_ok(net_loopback_up(&err));
    inet_pton(AF_INET, "192.0.2.1", &far.sin_addr);
    ck_assert_errno(connect(fd, (struct sockaddr *)&far, sizeof far),
                    ENETUNREACH);
    mb_autofree char *routes = text_of("/proc/self/net/route");
    ck_assert_ptr_eq(strchr(routes, '\n'), strrchr(routes, '\n'));
    close(fd);
}

START_TEST(test_nothing_else)
{
    if (!can_be_root())
        return skip("no user namespaces");
    if (geteuid() != 0)
        be_root();
    in_child(look_around, CLONE_NEWNET);
}
END_TEST

/* Rule 3. */
static void keep_flags(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_DEBUG};
    mb_autoclose int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &lo), 0);
    ck_assert_ok(net_loopback_up(&err));
    ck_assert_int_eq(ioctl(fd, SIOCGIFFLAGS, &lo), 0);
    ck_assert_int_eq(lo.ifr_flags & (IFF_UP | IFF_DEBUG), IFF_UP | IFF_DEBUG);
}

START_TEST(test_rule_3)
{
    if (!can_be_root())
        return skip("no user namespaces");
    if (geteuid() != 0)
        be_root();
    in_child(keep_flags, CLONE_NEWNET);
}
END_TEST

static const char first_free[] =
    "/proc/sys/net/ipv4/ip_unprivileged_port_start";

/* Who is not root may have port 80, and only here (rule 4). */
static void free_ports(void)
{
    mb_autofree char *before = text_of(first_free);

    ck_assert_str_eq(before, "1024\n");
    ck_assert_ok(net_free_ports(&err));
    mb_autofree char *after = text_of(first_free);
    ck_assert_str_eq(after, "0\n");
}

START_TEST(test_rule_4)
{
    mb_autofree char *before = text_of(first_free);

    if (!can_be_root())
        return skip("no user namespaces");
    if (geteuid() != 0)
        be_root();
    in_child(free_ports, CLONE_NEWNET);
    mb_autofree char *after = text_of(first_free);
    ck_assert_str_eq(before, after);
}
END_TEST

static void without_power(void)
{
    be_ordinary();
    ck_assert_int_eq(net_loopback_up(&err), -1);
    ck_assert_int_eq(err.errnum, EPERM);
    ck_assert_int_eq(net_free_ports(&err), -1);
    ck_assert_int_eq(err.errnum, EACCES);
}

START_TEST(test_needs_power)
{
    in_child(without_power, 0);
}
END_TEST

/* Rule 2: the handle is closed. */
START_TEST(test_no_descriptor_left)
{
    int before = dup(0);

    close(before);
    (void)net_loopback_up(NULL);
    int after = dup(0);
    ck_assert_int_eq(before, after);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("net");
    TCase *tc = tcase_create("net");

    tcase_add_test(tc, test_loopback);
    tcase_add_test(tc, test_nothing_else);
    tcase_add_test(tc, test_rule_3);
    tcase_add_test(tc, test_rule_4);
    tcase_add_test(tc, test_needs_power);
    tcase_add_test(tc, test_no_descriptor_left);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
