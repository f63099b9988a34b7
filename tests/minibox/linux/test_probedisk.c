/* SPDX-License-Identifier: MIT */
/* test_probedisk.c - file systems on which images can live, and others */
#include "linux/probedisk.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "check_main.h"

static char dir[] = "/var/tmp/test_probedisk-XXXXXX";

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void teardown(void)
{
    ck_assert_int_eq(rmdir(dir), 0); /* and so nothing was left in it */
}

START_TEST(test_good)
{
    struct probe p = probedisk_store(dir);

    ck_assert_msg(p.cause == PROBE_OK, "%s", p.found);
    p = probedisk_overlay(dir);
    ck_assert_msg(p.cause == PROBE_OK, "%s", p.found);
    ck_assert_ptr_nonnull(strstr(p.found, dir));
}
END_TEST

/* A store that is not there yet: the place where it would be made counts. */
START_TEST(test_not_there_yet)
{
    mb_autofree char *deep = mb_printf("%s/a/b/../c", dir);
    struct probe p = probedisk_store(deep);

    ck_assert_int_eq(p.cause, PROBE_OK);
    ck_assert_ptr_nonnull(strstr(p.found, dir));
    ck_assert_ptr_null(strstr(p.found, "/a"));
}
END_TEST

START_TEST(test_denied)
{
    ck_assert_int_eq(probedisk_store("/proc/nothing").cause,
                     PROBE_STORE_DENIED);
    ck_assert_int_eq(probedisk_overlay("/sys/nothing").cause,
                     PROBE_STORE_DENIED);
}
END_TEST

/* Mount something odd on DIR, in a mount namespace of this test alone. */
static bool mounted(const char *kind, unsigned long flags, const char *options)
{
    if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return false;
    return mount(kind, dir, kind, flags, options) == 0;
}

START_TEST(test_noexec)
{
    if (!mounted("tmpfs", MS_NOEXEC, NULL))
        return;
    struct probe p = probedisk_store(dir);
    ck_assert_int_eq(p.cause, PROBE_STORE_NOEXEC);
    ck_assert_ptr_nonnull(strstr(p.found, "(tmpfs): mounted with noexec"));
    umount2(dir, MNT_DETACH);
}
END_TEST

START_TEST(test_read_only)
{
    if (!mounted("tmpfs", MS_RDONLY, NULL))
        return;
    ck_assert_int_eq(probedisk_store(dir).cause, PROBE_STORE_DENIED);
    umount2(dir, MNT_DETACH);
}
END_TEST

/* No owners and no attributes: ramfs has owners, but no attributes. */
START_TEST(test_no_attributes)
{
    if (!mounted("ramfs", 0, NULL))
        return;
    struct probe p = probedisk_store(dir);
    ck_assert_int_eq(p.cause, PROBE_STORE_KIND);
    ck_assert_ptr_nonnull(strstr(p.found, "set the attribute trusted.overlay"));
    umount2(dir, MNT_DETACH);
}
END_TEST

/* As in a Docker container without a volume: an overlay can't hold the upper
 * directory of another. */
START_TEST(test_overlay_on_overlay)
{
    if (!mounted("tmpfs", 0, NULL))
        return;
    mb_autofree char *lower = mb_printf("%s/l", dir);
    mb_autofree char *upper = mb_printf("%s/u", dir);
    mb_autofree char *work = mb_printf("%s/w", dir);
    mb_autofree char *merged = mb_printf("%s/m", dir);
    mb_autofree char *options =
        mb_printf("lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work);
    ck_assert_int_eq(mkdir(lower, 0755) | mkdir(upper, 0755) |
                         mkdir(work, 0755) | mkdir(merged, 0755),
                     0);
    ck_assert_int_eq(mount("overlay", merged, "overlay", 0, options), 0);
    struct probe p = probedisk_overlay(merged);
    ck_assert_msg(p.cause == PROBE_STORE_UPPER, "%d %s", p.cause, p.found);
    ck_assert_ptr_nonnull(strstr(p.found, "(overlay)"));
    umount2(merged, MNT_DETACH);
    umount2(dir, MNT_DETACH);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("probedisk");
    TCase *tc = tcase_create("probedisk");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_good);
    tcase_add_test(tc, test_not_there_yet);
    tcase_add_test(tc, test_denied);
    tcase_add_test(tc, test_noexec);
    tcase_add_test(tc, test_read_only);
    tcase_add_test(tc, test_no_attributes);
    tcase_add_test(tc, test_overlay_on_overlay);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
