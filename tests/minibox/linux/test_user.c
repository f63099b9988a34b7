/* SPDX-License-Identifier: MIT */
/* test_user.c - USER: names and numbers, in images that mean well or not */
#include "linux/user.h"

#include <limits.h>

#include "sandbox.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
                             "ann:x:1000:1001:Ann:/home/ann:/bin/sh\n"
                             "bob:x:1002:50::relative:/bin/sh\n"
                             "12:x:77:78::/twelve:/bin/sh\n"
                             "short:x:5\n"
                             "broken\n"
                             "::\n"
                             "wrap:x:4294967296:0::/:/bin/sh\n"
                             "minus:x:-1:0::/:/bin/sh\n"
                             "ann:x:0:0:second:/root:/bin/sh\n";
static const char groups[] = "root:x:0:\n"
                             "ann:x:1001:\n"
                             "staff:x:50:bob,ann\n"
                             "video:x:44:ann\n"
                             "annex:x:45:annex,xann,annx\n"
                             "wheel:x:4294967296:ann\n"
                             "broken\n";

static int root;

static void image_setup(void)
{
    tmp_setup();
    tmp_mkdir("image/etc");
    tmp_file("image/etc/passwd", passwd);
    tmp_file("image/etc/group", groups);
    root = fs_open_dir(tmp_fd, "image", &err);
}

/* ---- lookups ------------------------------------------------------------ */

static const struct {
    const char *user;
    unsigned uid, gid;
    const char *groups, *home;
} known[] = {
    {"", 0, 0, "0", "/root"},
    {NULL, 0, 0, "0", "/root"},
    {"root", 0, 0, "0", "/root"},
    {"0", 0, 0, "0", "/root"},
    {"ann", 1000, 1001, "50 44 1001", "/home/ann"},
    {"1000", 1000, 1001, "50 44 1001", "/home/ann"},
    {"ann:video", 1000, 44, "44", "/home/ann"}, /* rule 4 */
    {"ann:7", 1000, 7, "7", "/home/ann"},
    {"1000:50", 1000, 50, "50", "/home/ann"},
    {"bob", 1002, 50, "50", "/"}, /* a home that is no path */
    {"4711", 4711, 0, "0", "/"},  /* a number needs no entry */
    {"4711:4712", 4711, 4712, "4712", "/"},
    {"4711:staff", 4711, 50, "50", "/"},
    {"12", 12, 0, "0", "/"}, /* there is a name that looks like it */
    {"short", 5, 0, "0", "/"},
    {"2147483647", 2147483647, 0, "0", "/"},
    /* Half of it. */
    {":50", 0, 50, "50", "/root"},
    {":video", 0, 44, "44", "/root"},
    {":", 0, 0, "0", "/root"},
    {"ann:", 1000, 1001, "50 44 1001", "/home/ann"},
    {"1000:", 1000, 1001, "50 44 1001", "/home/ann"},
};

START_TEST(test_known)
{
    mb_autobuf struct buf list = BUF_INIT;
    struct identity who;

    ck_assert_ok(user_lookup(root, known[_i].user, &who, &err));
    for (int i = 0; i < who.n_groups; i++)
        buf_addf(&list, "%s%u", i ? " " : "", who.groups[i]);
    ck_assert_uint_eq(who.uid, known[_i].uid);
    ck_assert_uint_eq(who.gid, known[_i].gid);
    ck_assert_str_eq(list.s, known[_i].groups);
    ck_assert_str_eq(who.home, known[_i].home);
}
END_TEST

/* Rule 2, and what people mistype. */
static const char *const refused[] = {
    "nosuch",
    "4294967296",
    "4294967295",
    "2147483648",
    "-1",
    "0x0",
    " 0",
    "0 ",
    "+0",
    "00",
    "01000",
    ":nosuch",
    "::",
    "ann:nosuch",
    "ann:-1",
    "ann:4294967296",
    "wrap",
    "minus",
    "broken",
    "wheel",
    "18446744073709551616",
    "1e3",
    "ann:staff:x",
    "ann\n0",
    "1000:2147483648",
    "99999999999999999999",
    "root:x:0",
};

START_TEST(test_refused)
{
    struct identity who;
    const char *user = refused[_i];

    if (user_lookup(root, user, &who, &err) == 0)
        ck_abort_msg("\"%s\" is %u:%u", user, who.uid, who.gid);
    ck_assert_ptr_nonnull(strstr(err.msg, "unable to find"));
}
END_TEST

START_TEST(test_hint)
{
    struct identity who;

    ck_assert_int_eq(user_lookup(root, "repl", &who, &err), -1);
    ck_assert_str_eq(err.msg, "unable to find user repl: no matching entries "
                              "in passwd file");
    ck_assert_ptr_nonnull(strstr(err.hint, "useradd repl"));
    ck_assert_int_eq(user_lookup(root, "0:repl", &who, &err), -1);
    ck_assert_str_eq(err.msg, "unable to find group repl: no matching entries "
                              "in group file");
}
END_TEST

/* A group in passwd that is no number must not become root's. */
START_TEST(test_bad_primary_group)
{
    struct identity who;

    tmp_file("image/etc/passwd", "eve:x:1000:4294967296::/:/bin/sh\n"
                                 "mal:x:1001:-1::/:/bin/sh\n");
    if (user_lookup(root, "eve", &who, &err) == 0)
        ck_assert_uint_ne(who.gid, 0);
    if (user_lookup(root, "mal", &who, &err) == 0)
        ck_assert_uint_ne(who.gid, 0);
}
END_TEST

START_TEST(test_more_groups_than_fit)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct identity who;

    for (int i = 0; i < 200; i++)
        buf_addf(&text, "g%d:x:%d:ann\n", i, 5000 + i);
    tmp_file("image/etc/group", text.s);
    ck_assert_ok(user_lookup(root, "ann", &who, &err));
    ck_assert_int_eq(who.n_groups, USER_MAX_GROUPS);
}
END_TEST

START_TEST(test_long_home)
{
    mb_autobuf struct buf text = BUF_INIT;
    struct identity who;

    buf_adds(&text, "ann:x:1000:1000::/");
    for (int i = 0; i < 5000; i++)
        buf_addc(&text, 'h');
    buf_adds(&text, ":/bin/sh");
    tmp_file("image/etc/passwd", text.s);
    ck_assert_ok(user_lookup(root, "ann", &who, &err));
    ck_assert_uint_lt(strlen(who.home), sizeof who.home);
}
END_TEST

/* ---- rule 1: hostile files ---------------------------------------------- */

START_TEST(test_no_files)
{
    struct identity who;

    ck_assert_ok(fs_remove_tree(tmp_fd, "image/etc", &err));
    ck_assert_ok(user_lookup(root, "", &who, &err));
    ck_assert(who.uid == 0 && who.gid == 0);
    ck_assert_ok(user_lookup(root, "12:34", &who, &err));
    ck_assert(who.uid == 12 && who.gid == 34);
    ck_assert_int_eq(user_lookup(root, "ann", &who, &err), -1);
}
END_TEST

/* Replace the image's passwd. */
static void without_passwd(void)
{
    ck_assert_ok(fs_remove_tree(tmp_fd, "image/etc/passwd", &err));
}

START_TEST(test_fifo)
{
    struct identity who;

    without_passwd();
    ck_assert_int_eq(mkfifoat(tmp_fd, "image/etc/passwd", 0666), 0);
    alarm(3); /* if we wait for a writer, the test dies */
    ck_assert_int_eq(user_lookup(root, "ann", &who, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "no ordinary file"));
}
END_TEST

START_TEST(test_directory)
{
    struct identity who;

    without_passwd();
    tmp_mkdir("image/etc/passwd");
    ck_assert_int_eq(user_lookup(root, "ann", &who, &err), -1);
}
END_TEST

START_TEST(test_huge_file)
{
    struct identity who;
    mb_autoclose int fd =
        openat(tmp_fd, "image/etc/passwd", O_WRONLY | O_CLOEXEC);

    ck_assert_int_eq(ftruncate(fd, 8LL << 30), 0); /* sparse */
    ck_assert_int_eq(user_lookup(root, "ann", &who, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "sane size"));
}
END_TEST

/* The host's users are not the image's: absolute links and ".." stay in. */
START_TEST(test_link_to_the_host)
{
    struct identity who;

    tmp_file("host", "eve:x:0:0::/:/bin/sh\n");
    mb_autofree char *absolute = mb_printf("%s/host", tmp_dir);
    without_passwd();
    ck_assert_int_eq(
        symlinkat(_i ? absolute : "../../host", tmp_fd, "image/etc/passwd"), 0);
    ck_assert_int_eq(user_lookup(root, "eve", &who, &err), -1);
}
END_TEST

START_TEST(test_link_loop)
{
    struct identity who;

    without_passwd();
    ck_assert_int_eq(symlinkat("passwd", tmp_fd, "image/etc/passwd"), 0);
    ck_assert_int_eq(user_lookup(root, "ann", &who, &err), -1);
}
END_TEST

START_TEST(test_binary_rubbish)
{
    static const char rubbish[] = "\0\0:::\n\n:::::::::::\nann:\0:0:0\n\xff";
    struct identity who;

    ck_assert_ok(
        fs_write(tmp_fd, "image/etc/passwd", rubbish, sizeof rubbish, &err));
    ck_assert_int_eq(user_lookup(root, "ann", &who, &err), -1);
    ck_assert_ok(user_lookup(root, "5", &who, &err));
}
END_TEST

/* ---- becoming ----------------------------------------------------------- */

static const struct identity somebody = {
    .uid = 1000, .gid = 1001, .groups = {50, 44}, .n_groups = 2};

static void become_and_pause(void)
{
    be_root();
    if (userns_is_single_id())
        _exit(77);
    ck_assert_ok(user_become(&somebody, &err));
    child_pause();
    /* For good. */
    ck_assert_errno(setuid(0), EPERM);
    ck_assert_errno(setgid(0), EPERM);
    ck_assert_errno(setgroups(0, NULL), EPERM);
}

/* All four numbers of each line of /proc/PID/status, seen from outside. */
START_TEST(test_become)
{
    char byte;

    if (!can_be_root())
        return skip("no user namespaces");
    struct child c = child_start(become_and_pause, 0);
    if (read(c.ready[0], &byte, 1) != 1) {
        ck_assert_int_eq(WEXITSTATUS(child_end(&c)), 77);
        return skip("only one uid is mapped here");
    }
    mb_autofree char *status = proc_text(c.pid, "status");
    mb_autofree char *uids = field_of(status, "Uid");
    mb_autofree char *gids = field_of(status, "Gid");
    mb_autofree char *list = field_of(status, "Groups");
    unsigned u[4], g[4];
    ck_assert_int_eq(sscanf(uids, "%u %u %u %u", u, u + 1, u + 2, u + 3), 4);
    ck_assert_int_eq(sscanf(gids, "%u %u %u %u", g, g + 1, g + 2, g + 3), 4);
    for (int i = 1; i < 4; i++)
        ck_assert(u[i] == u[0] && g[i] == g[0]);
    if (geteuid() == 0) {
        ck_assert_uint_eq(u[0], 1000);
        ck_assert_uint_eq(g[0], 1001);
        ck_assert(starts_with(list, "44 50")); /* those alone, sorted */
        ck_assert_uint_lt(strlen(list), 8);
    }
    ck_assert_int_eq(child_end(&c), 0);
}
END_TEST

/* Rule 3: in the other order there is no right left. */
static void wrong_order(void)
{
    be_root();
    if (userns_is_single_id())
        _exit(0);
    ck_assert_int_eq(setresuid(1000, 1000, 1000), 0);
    ck_assert_errno(setresgid(1001, 1001, 1001), EPERM);
    ck_assert_errno(setgroups(0, NULL), EPERM);
}

START_TEST(test_rule_3_order)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(wrong_order, 0);
}
END_TEST

/* One mapped number: root can be had, nobody else (EINVAL). */
static void become_unmapped(void)
{
    const struct identity none = {0};

    be_ordinary();
    be_single_root();
    ck_assert_errno(setgroups(0, NULL), EPERM);
    ck_assert_ok(user_become(&none, &err));
    ck_assert_int_eq(user_become(&somebody, &err), -1);
    ck_assert_int_eq(err.errnum, EINVAL);
    ck_assert_ptr_nonnull(strstr(err.hint, "not mapped"));
}

START_TEST(test_unmapped)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(become_unmapped, 0);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("user");
    TCase *tc = tcase_create("lookup"), *become = tcase_create("become");

    tcase_add_checked_fixture(tc, image_setup, tmp_teardown);
    tcase_add_loop_test(tc, test_known, 0, N(known));
    tcase_add_loop_test(tc, test_refused, 0, N(refused));
    tcase_add_test(tc, test_hint);
    tcase_add_test(tc, test_bad_primary_group);
    tcase_add_test(tc, test_more_groups_than_fit);
    tcase_add_test(tc, test_long_home);
    tcase_add_test(tc, test_no_files);
    tcase_add_test(tc, test_fifo);
    tcase_add_test(tc, test_directory);
    tcase_add_test(tc, test_huge_file);
    tcase_add_loop_test(tc, test_link_to_the_host, 0, 2);
    tcase_add_test(tc, test_link_loop);
    tcase_add_test(tc, test_binary_rubbish);
    tcase_add_test(become, test_become);
    tcase_add_test(become, test_rule_3_order);
    tcase_add_test(become, test_unmapped);
    suite_add_tcase(suite, tc);
    suite_add_tcase(suite, become);
    return check_main(suite);
}
