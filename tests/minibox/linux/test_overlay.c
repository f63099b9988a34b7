/* SPDX-License-Identifier: MIT */
/* test_overlay.c - layers as one tree, and who gets the changes */
#include "linux/overlay.h"

#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "sandbox.h"

static char *merged; /* path */

static void layers_setup(void)
{
    static const char *const dirs[] = {"l0/d", "l1", "upper", "work", "m"};

    tmp_setup();
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        tmp_mkdir(dirs[i]);
    tmp_file("l0/a", "a of 0");
    tmp_file("l0/c", "c of 0");
    tmp_file("l0/d/f", "f of 0");
    tmp_file("l1/a", "a of 1");
    merged = mb_printf("%s/m", tmp_dir);
}

static void layers_teardown(void)
{
    tmp_teardown();
    free(merged);
}

/* The mount of the test's layers, l1 above l0. */
static int mount_layers(bool with_upper, bool disposable)
{
    mb_autofree char *l0 = mb_printf("%s/l0", tmp_dir);
    mb_autofree char *l1 = mb_printf("%s/l1", tmp_dir);
    mb_autofree char *upper = mb_printf("%s/upper", tmp_dir);
    mb_autofree char *work = mb_printf("%s/work", tmp_dir);
    char *lowers[] = {l1, l0};
    const struct overlay o = {.lowers = lowers,
                              .n_lowers = 2,
                              .upper = with_upper ? upper : NULL,
                              .work = work,
                              .disposable = disposable};

    return overlay_mount(&o, merged, &err);
}

/* The text of a file in the merged tree. */
static char *look(const char *name)
{
    mb_autofree char *path = mb_printf("%s/%s", merged, name);

    return text_of(path);
}

static void copy_on_write(void)
{
    mb_autofree char *path_c = mb_printf("%s/c", merged);
    mb_autofree char *path_a = mb_printf("%s/a", merged);

    be_root_in(CLONE_NEWNS);
    ck_assert_ok(mount_layers(true, false));
    mb_autofree char *a = look("a"), *c = look("c");
    ck_assert_str_eq(a, "a of 1"); /* the topmost wins */
    ck_assert_str_eq(c, "c of 0");
    ck_assert_ok(fs_write(AT_FDCWD, path_c, "changed", 7, &err));
    ck_assert_int_eq(unlink(path_a), 0);
    mb_autofree char *now = look("c");
    ck_assert_str_eq(now, "changed");
}

/* Changes go to upper; the layers stay as they were; a deleted file becomes
 * the device 0:0. */
START_TEST(test_copy_on_write)
{
    struct stat st;

    if (!can_be_root())
        return skip("no user namespaces");
    in_child(copy_on_write, 0);
    mb_autofree char *path = mb_printf("%s/l0/c", tmp_dir);
    mb_autofree char *lower = text_of(path);
    ck_assert_str_eq(lower, "c of 0");
    ck_assert_int_eq(fstatat(tmp_fd, "upper/c", &st, 0), 0);
    ck_assert_int_eq(st.st_size, 7);
    ck_assert_int_eq(fstatat(tmp_fd, "upper/a", &st, 0), 0);
    ck_assert(S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0));
    ck_assert_int_eq(fstatat(tmp_fd, "m/a", &st, 0), -1); /* unmounted */
}
END_TEST

static void read_only(void)
{
    mb_autofree char *path = mb_printf("%s/new", merged);

    be_root_in(CLONE_NEWNS);
    ck_assert_ok(mount_layers(false, false));
    mb_autofree char *f = look("d/f");
    ck_assert_str_eq(f, "f of 0");
    ck_assert_errno(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600), EROFS);
}

START_TEST(test_read_only)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(read_only, 0);
}
END_TEST

/* Nothing of ours stays open: all those numbers are closed again. */
static void no_descriptor_left(void)
{
    be_root_in(CLONE_NEWNS);
    int before = dup(0);
    close(before);
    ck_assert_ok(mount_layers(true, true));
    int after = dup(0);
    ck_assert_int_eq(before, after);
}

START_TEST(test_descriptors)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(no_descriptor_left, 0);
}
END_TEST

/* The option is there when asked for, and only then. */
static void show_options(void)
{
    be_root_in(CLONE_NEWNS);
    ck_assert_ok(mount_layers(true, child_self.pidfd == -2));
    mb_autofree char *mounts = text_of("/proc/self/mountinfo");
    mb_autofree char *line = mount_line(mounts, merged);
    bool is_volatile =
        strstr(line, "volatile") || strstr(line, "fsync=volatile");
    ck_assert_msg(is_volatile == (child_self.pidfd == -2), "%s", line);
    ck_assert_ptr_nonnull(strstr(line, ",nodev") ? line
                                                 : strstr(line, "nodev"));
    bool userxattr = strstr(line, "userxattr") != NULL;
    ck_assert_int_eq(userxattr, !ns_is_initial_user());
}

static void show_volatile(void)
{
    child_self.pidfd = -2;
    show_options();
}

START_TEST(test_options)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(show_options, 0);
    tmp_mkdir("x");
    ck_assert_ok(fs_remove_tree(tmp_fd, "work", &err));
    tmp_mkdir("work");
    in_child(show_volatile, 0);
}
END_TEST

/* ---- rule 1: one page --------------------------------------------------- */

static void many_layers(void)
{
    mb_autostrv struct strv lowers = {0};
    mb_autofree char *upper = mb_printf("%s/upper", tmp_dir);
    mb_autofree char *work = mb_printf("%s/work", tmp_dir);

    be_root_in(CLONE_NEWNS);
    for (int i = OVERLAY_MAX_LAYERS; i-- > 0;)
        strv_addf(&lowers, "%s/%0100d", tmp_dir, i);
    const struct overlay o = {
        .lowers = lowers.v, .n_lowers = lowers.n, .upper = upper, .work = work};
    ck_assert_ok(overlay_mount(&o, merged, &err));
    mb_autofree char *low = look("f0"), *high = look("f124"), *f = look("f");
    ck_assert_str_eq(low, "0");
    ck_assert_str_eq(high, "124");
    ck_assert_str_eq(f, "124");
}

/* As many as an image may have, with names as long as digests and longer. */
START_TEST(test_rule_1_many_layers)
{
    if (!can_be_root())
        return skip("no user namespaces");
    for (int i = 0; i < OVERLAY_MAX_LAYERS; i++) {
        mb_autofree char *dir = mb_printf("%0100d", i);
        mb_autofree char *own = mb_printf("%s/f%d", dir, i);
        mb_autofree char *all = mb_printf("%s/f", dir);
        mb_autofree char *text = mb_printf("%d", i);
        tmp_mkdir(dir);
        tmp_file(own, text);
        tmp_file(all, text);
    }
    in_child(many_layers, 0);
}
END_TEST

/* lowerdir= of N directories by their names: 0 or the errno. */
static int mount_by_names(int n)
{
    mb_autobuf struct buf options = BUF_INIT;

    for (int i = 0; i < n; i++)
        buf_addf(&options, "%s%s/%0100d", i ? ":" : "lowerdir=", tmp_dir, i);
    ck_assert_int_eq(options.len > 4096, n > 20);
    if (mount("overlay", merged, "overlay", 0, options.s) < 0)
        return errno;
    return umount2(merged, MNT_DETACH) < 0 ? errno : 0;
}

/* With their names: fine within a page; beyond it the kernel sees the text cut
 * off in the middle of a name. */
static void long_options(void)
{
    be_root_in(CLONE_NEWNS);
    ck_assert_int_eq(mount_by_names(20), 0);
    ck_assert_int_eq(mount_by_names(60), ENOENT);
}

START_TEST(test_rule_1_one_page)
{
    if (!can_be_root())
        return skip("no user namespaces");
    for (int i = 0; i < 60; i++) {
        mb_autofree char *dir = mb_printf("%0100d", i);
        tmp_mkdir(dir);
    }
    in_child(long_options, 0);
}
END_TEST

/* ---- rule 2: layers of another mount namespace -------------------------- */

static int foreign_fd;

static void foreign_layers(void)
{
    mb_autofree char *options =
        mb_printf("lowerdir=/proc/self/fd/%d", foreign_fd);

    ck_assert_errno(mount("overlay", merged, "overlay", 0, options), EINVAL);
}

START_TEST(test_rule_2_foreign_layers)
{
    if (!can_be_root())
        return skip("no user namespaces");
    if (geteuid() != 0)
        be_root();
    ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
    foreign_fd = openat(tmp_fd, "l0", O_PATH | O_DIRECTORY | O_CLOEXEC);
    in_child(foreign_layers, CLONE_NEWNS);
}
END_TEST

/* ---- rule 3: attributes ------------------------------------------------- */

static void user_attributes(void)
{
    be_ordinary();
    be_single_root();
    ck_assert_str_eq(overlay_xattr_prefix(), "user.overlay.");
    mb_autofree char *path = mb_printf("%s/mine", tmp_dir);
    ck_assert_errno(setxattr(path, "trusted.x", "y", 1, 0), EPERM);
    if (setxattr(path, "user.x", "y", 1, 0) < 0)
        ck_assert_int_eq(errno, EOPNOTSUPP);
}

START_TEST(test_rule_3_attributes)
{
    if (geteuid() == 0) {
        const char *wanted =
            ns_is_initial_user() ? "trusted.overlay." : "user.overlay.";
        ck_assert_str_eq(overlay_xattr_prefix(), wanted);
    }
    if (!can_be_root())
        return skip("no user namespaces");
    tmp_mkdir("mine");
    if (geteuid() == 0)
        ck_assert_int_eq(fchownat(tmp_fd, "mine", NOBODY, NOBODY, 0), 0);
    in_child(user_attributes, 0);
}
END_TEST

/* A directory that was removed and made again is marked opaque. */
static void make_opaque(void)
{
    mb_autofree char *f = mb_printf("%s/d/f", merged);
    mb_autofree char *d = mb_printf("%s/d", merged);
    mb_autofree char *in_upper = mb_printf("%s/upper/d", tmp_dir);
    mb_autofree char *name = mb_printf("%sopaque", overlay_xattr_prefix());
    char value = 0;

    be_root_in(CLONE_NEWNS);
    ck_assert_ok(mount_layers(true, false));
    ck_assert_int_eq(unlink(f), 0);
    ck_assert_int_eq(rmdir(d), 0);
    ck_assert_int_eq(mkdir(d, 0755), 0);
    ck_assert_errno(access(f, F_OK), ENOENT);
    free(name);
    name = mb_printf("%sopaque", overlay_xattr_prefix());
    ck_assert_int_eq(getxattr(in_upper, name, &value, 1), 1);
    ck_assert_int_eq(value, 'y');
}

START_TEST(test_rule_3_opaque)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(make_opaque, 0);
}
END_TEST

/* ---- rule 4: finding a name ---------------------------------------------- */

/* An entry in layer WHERE, of KIND: f, d(irectory), o(paque one), w(hiteout), s
 * (a symlink to nowhere). */
static void put(int where, char kind)
{
    mb_autofree char *dir = mb_printf("%s/k%d", tmp_dir, where);
    mb_autofree char *path = mb_printf("%s/x", dir);
    mb_autofree char *name = mb_printf("%sopaque", overlay_xattr_prefix());

    ck_assert_int_eq(mkdir(dir, 0755), 0);
    if (kind == 'f')
        ck_assert_ok(fs_write(AT_FDCWD, path, "f", 1, &err));
    if (kind == 'd' || kind == 'o')
        ck_assert_int_eq(mkdir(path, 0755), 0);
    if (kind == 'o')
        ck_assert_int_eq(setxattr(path, name, "y", 1, 0), 0);
    if (kind == 'w')
        ck_assert_int_eq(mknod(path, S_IFCHR, makedev(0, 0)), 0);
    if (kind == 's')
        ck_assert_int_eq(symlink("/no/such", path), 0);
}

/* Four layers, the topmost first; then what is found: a letter, and the layers
 * of the directories. */
static const struct {
    const char *layers, *expected;
} lookups[] = {
    {"----", "-"},   {"---f", "f"},   {"f---", "f"},   {"-ff-", "f"},
    {"w--f", "-"},   {"fw-f", "f"},   {"-d--", "d1"},  {"dddd", "d0123"},
    {"d-d-", "d02"}, {"ddwd", "d01"}, {"ddfd", "d01"}, {"fddd", "f"},
    {"wddd", "-"},   {"dodd", "d01"}, {"oddd", "d0"},  {"-d-o", "d13"},
    {"-sdd", "s"},   {"dsdd", "d0"},  {"doww", "d01"}, {"---w", "-"},
};

START_TEST(test_rule_4_lookup)
{
    mb_autostrv struct strv dirs = {0}, found = {0};
    mb_autobuf struct buf is = BUF_INIT;
    struct stat st = {0};

    if (!can_be_root())
        return skip("no user namespaces");
    be_root();
    mb_autofree char *name = mb_printf("%sopaque", overlay_xattr_prefix());
    if (setxattr(tmp_dir, name, "x", 1, 0) < 0)
        return skip("no overlay attributes on this file system");
    for (int i = 0; i < 4; i++) {
        put(i, lookups[_i].layers[i]);
        strv_addf(&dirs, "%s/k%d", tmp_dir, i);
    }
    int there = overlay_lookup(&dirs, "x", &st, &found, &err);
    ck_assert_int_eq(there, lookups[_i].expected[0] != '-');
    buf_addc(&is, !there                ? '-'
                  : S_ISDIR(st.st_mode) ? 'd'
                  : S_ISLNK(st.st_mode) ? 's'
                                        : 'f');
    for (size_t i = 0; i < found.n; i++)
        buf_addc(&is, found.v[i][strlen(found.v[i]) - 3]);
    ck_assert_str_eq(is.s, lookups[_i].expected);
}
END_TEST

/* Not an answer, but an error: a path that is too long. */
START_TEST(test_lookup_fails)
{
    mb_autostrv struct strv dirs = {0}, found = {0};
    mb_autofree char *name = mb_printf("%0300d", 0);
    struct stat st;

    strv_add(&dirs, tmp_dir);
    ck_assert_int_eq(overlay_lookup(&dirs, name, &st, &found, &err), -1);
    ck_assert_int_eq(err.errnum, ENAMETOOLONG);
}
END_TEST

/* ---- failures ----------------------------------------------------------- */

static void missing_layer(void)
{
    char *lowers[] = {"/no/such/layer"};
    const struct overlay o = {.lowers = lowers, .n_lowers = 1};

    be_root_in(CLONE_NEWNS);
    ck_assert_int_eq(overlay_mount(&o, merged, &err), -1);
    ck_assert_str_eq(err.msg,
                     "open layer /no/such/layer: No such file or directory");
}

START_TEST(test_missing_layer)
{
    if (!can_be_root())
        return skip("no user namespaces");
    in_child(missing_layer, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("overlay");
    TCase *tc = tcase_create("overlay");

    tcase_add_checked_fixture(tc, layers_setup, layers_teardown);
    tcase_add_test(tc, test_copy_on_write);
    tcase_add_test(tc, test_read_only);
    tcase_add_test(tc, test_descriptors);
    tcase_add_test(tc, test_options);
    tcase_add_test(tc, test_rule_1_many_layers);
    tcase_add_test(tc, test_rule_1_one_page);
    tcase_add_test(tc, test_rule_2_foreign_layers);
    tcase_add_test(tc, test_rule_3_attributes);
    tcase_add_test(tc, test_rule_3_opaque);
    tcase_add_loop_test(tc, test_rule_4_lookup, 0,
                        sizeof lookups / sizeof *lookups);
    tcase_add_test(tc, test_lookup_fails);
    tcase_add_test(tc, test_missing_layer);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
