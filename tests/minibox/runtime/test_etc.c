/* SPDX-License-Identifier: MIT */
/* test_etc.c - the three files of /etc that a container gets from us */
#include "container_fixture.h"

/* The host's resolver, in the container; writing to it changes nothing. */
START_TEST(test_resolv_conf)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    mb_autofree char *host = text_of("/etc/resolv.conf");
    expect_output("busybox cat /etc/resolv.conf; echo x >/etc/resolv.conf",
                  host);
    mb_autofree char *after = text_of("/etc/resolv.conf");
    ck_assert_str_eq(host, after);
    expect_output("busybox cat /etc/resolv.conf", host);
}
END_TEST

START_TEST(test_hostname)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    spec.hostname = "some-name";
    expect_output("busybox cat /etc/hostname; busybox hostname",
                  "some-name\nsome-name\n");
}
END_TEST

/* Rule 2: a network without anything has no line for the hostname. */
START_TEST(test_hosts)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    set_script("busybox cat /etc/hosts");
    ck_assert_int_eq(run_spec(), 0);
    mb_autofree char *text = take_output();
    ck_assert(starts_with(text, "127.0.0.1\tlocalhost\n::1\tlocalhost "));
    ck_assert_ptr_null(strstr(text, "box"));
}
END_TEST

/* The host's network comes with its hosts file and its name. */
START_TEST(test_host_network)
{
    char name[256];

    if (!can_run())
        return skip(NO_CONTAINERS);
    gethostname(name, sizeof name);
    mb_autofree char *hosts = text_of("/etc/hosts");
    mb_autofree char *expected = mb_printf("%s\n%s", name, hosts);
    spec.hostname = NULL;
    spec.host_network = true;
    expect_output("busybox cat /etc/hostname /etc/hosts", expected);
}
END_TEST

/* The image's own files are covered, not changed. */
START_TEST(test_image_unchanged)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    tmp_file("image/etc/hosts", "the image's\n");
    expect_output("busybox grep -c image /etc/hosts; :", "0\n");
    mb_autofree char *path = mb_printf("%s/image/etc/hosts", tmp_dir);
    mb_autofree char *upper = mb_printf("%s/c/upper/etc/hosts", tmp_dir);
    mb_autofree char *text = text_of(path);
    ck_assert_str_eq(text, "the image's\n");
    ck_assert_int_eq(access(upper, F_OK), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("etc");
    TCase *tc = tcase_create("etc");

    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, container_setup, container_teardown);
    tcase_add_test(tc, test_resolv_conf);
    tcase_add_test(tc, test_hostname);
    tcase_add_test(tc, test_hosts);
    tcase_add_test(tc, test_host_network);
    tcase_add_test(tc, test_image_unchanged);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
