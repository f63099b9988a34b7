/* SPDX-License-Identifier: MIT */
/*
 * test_changes.c - what a container has changed
 *
 * Trees are made by hand, in a few letters, in the directories l1 (the topmost
 * layer), l0 and upper:
 *
 *     make("upper", "a d/ d/b -c !e/")    two files, a directory, a whiteout,
 *                                         an opaque directory
 *
 * or by the kernel: as_kernel() mounts them, and changes the merged tree.
 */
#include "engine/changes.h"

#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "linux/overlay.h"
#include "sandbox.h"

static void trees_setup(void)
{
    static const char *const dirs[] = {"l0", "l1", "upper", "work", "m"};

    tmp_setup();
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        tmp_mkdir(dirs[i]);
}

/* Can marks be made here?  Else the caller skips. */
static bool can_mark(void)
{
    if (!can_be_root())
        return false;
    be_root();
    mb_autofree char *name = mb_printf("%sopaque", overlay_xattr_prefix());
    return setxattr(tmp_dir, name, "x", 1, 0) == 0;
}
#define NO_MARKS "no overlay attributes on this file system"

/* One word of a tree, in the directory DIR. */
static void make_one(const char *dir, const char *word)
{
    mb_autofree char *name = mb_printf("%sopaque", overlay_xattr_prefix());
    bool marked = *word == '-' || *word == '!';
    mb_autofree char *path = mb_printf("%s/%s/%s", tmp_dir, dir, word + marked);

    if (*word == '-')
        ck_assert_int_eq(mknod(path, S_IFCHR, makedev(0, 0)), 0);
    else if (ends_with(word, "/"))
        ck_assert_ok(fs_mkdirs(AT_FDCWD, path, &err));
    else
        ck_assert_ok(fs_write(AT_FDCWD, path, dir, strlen(dir), &err));
    if (*word == '!')
        ck_assert_int_eq(setxattr(path, name, "y", 1, 0), 0);
}

static void make(const char *dir, const char *words)
{
    mb_autofree char *copy = mb_strdup(words);

    for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
        make_one(dir, w);
}

/* The changes with ", " between them. */
static char *changes(void)
{
    mb_autofree char *upper = mb_printf("%s/upper", tmp_dir);
    mb_autostrv struct strv lowers = {0}, lines = {0};
    struct buf all = BUF_INIT;

    strv_addf(&lowers, "%s/l1", tmp_dir);
    strv_addf(&lowers, "%s/l0", tmp_dir);
    ck_assert_ok(changes_read(upper, &lowers, &lines, &err));
    for (size_t i = 0; i < lines.n; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", lines.v[i]);
    return buf_take(&all);
}

static void expect(const char *wanted)
{
    mb_autofree char *seen = changes();

    ck_assert_str_eq(seen, wanted);
}

/* ---- trees made by hand ------------------------------------------------- */

static const struct {
    const char *l0, *l1, *upper, *expected;
} trees[] = {
    {"", "", "", ""},
    {"a", "", "a", "C /a"},
    {"", "a", "a", "C /a"},
    {"", "", "a", "A /a"},
    {"a", "", "-a", "D /a"},
    {"", "", "-a", ""}, /* made, and removed */
    {"a", "-a", "a", "A /a"},
    {"a", "-a", "-a", ""},
    /* directories */
    {"d/ d/a d/b", "", "d/ d/a", "C /d, C /d/a"},
    {"d/ d/a", "", "d/ d/b", "C /d, A /d/b"},
    {"d/ d/a", "", "d/ -d/a", "C /d, D /d/a"},
    {"d/ d/a", "", "-d", "D /d"},
    {"", "", "d/ d/a d/e/ d/e/f", "A /d, A /d/a, A /d/e, A /d/e/f"},
    {"d/ d/a", "d/ d/b", "d/ d/a d/b d/c", "C /d, C /d/a, C /d/b, A /d/c"},
    {"d/ d/a", "d/ -d/a", "d/ d/a", "C /d, A /d/a"},
    /* what is in the way */
    {"d/ d/a", "d", "d/ d/a", "C /d, A /d/a"},
    {"d/ d/a", "-d", "d/ d/a", "A /d, A /d/a"},
    {"d", "", "d/ d/a", "C /d, A /d/a"},
    {"d/ d/a", "", "d", "C /d"},
    {"d/ d/a", "d/", "d/ d/a", "C /d, C /d/a"},
    {"d/ d/a d/e/ d/e/x", "!d/ d/e/", "d/ d/a d/e/ d/e/x",
     "C /d, A /d/a, C /d/e, A /d/e/x"},
    {"d/ d/e/ d/e/x", "d/ d/e", "d/ d/e/ d/e/x", "C /d, C /d/e, A /d/e/x"},
    /* opaque ones */
    {"", "", "!d/ d/a", "A /d, A /d/a"},
    {"d/ d/a d/b d/e/ d/e/f", "", "!d/ d/b", "C /d, D /d/a, C /d/b, D /d/e"},
    {"d/ d/a d/b d/c", "d/ -d/a d/b", "!d/ d/z",
     "C /d, D /d/b, D /d/c, A /d/z"},
    {"d/ d/e/ d/e/a d/e/b", "", "!d/ d/e/ d/e/b",
     "C /d, C /d/e, D /d/e/a, C /d/e/b"},
    /* order: bytes, and what is in a directory before the next name */
    {"", "", "b B a/ a/x a-b", "A /B, A /a, A /a/x, A /a-b, A /b"},
    /* ours */
    {"", "", "proc/ sys/ dev/ dev/x .dockerenv", ""},
    {"etc/", "", "etc/ etc/hosts etc/hostname etc/resolv.conf", ""},
    {"etc/", "", "etc/ etc/hosts etc/hosts2", "C /etc, A /etc/hosts2"},
    {"", "", "etc2/ etc2/hosts", "A /etc2, A /etc2/hosts"},
};

START_TEST(test_trees)
{
    if (!can_mark())
        return skip(NO_MARKS);
    make("l0", trees[_i].l0);
    make("l1", trees[_i].l1);
    make("upper", trees[_i].upper);
    expect(trees[_i].expected);
}
END_TEST

/* Rule 1: a directory that is in upper, and the same. */
START_TEST(test_same_directory)
{
    if (!can_mark())
        return skip(NO_MARKS);
    make("l0", "d/ d/e/ etc/");
    make("upper", "d/ d/e/ -d/e/x etc/");
    expect("");
    ck_assert_int_eq(fchmodat(tmp_fd, "upper/d/e", 0700, 0), 0);
    expect("C /d, C /d/e");
    ck_assert_int_eq(fchmodat(tmp_fd, "l0/d/e", 0700, 0), 0);
    expect("");
}
END_TEST

/* Rule 1: a file.  Its size, time and mode tell, as docker has it. */
START_TEST(test_same_file)
{
    const struct timespec dates[2] = {{.tv_sec = 9}, {.tv_sec = 8}};

    if (!can_mark())
        return skip(NO_MARKS);
    make("l0", "f");
    make("upper", "f"); /* "upper" for "l0" is in it */
    expect("C /f");
    ck_assert_int_eq(utimensat(tmp_fd, "upper/f", dates, 0), 0);
    ck_assert_int_eq(utimensat(tmp_fd, "l0/f", dates, 0), 0);
    expect("C /f"); /* its size */
    tmp_file("l0/f", "other");
    expect("C /f"); /* its time */
    ck_assert_int_eq(utimensat(tmp_fd, "l0/f", dates, 0), 0);
    expect("");
    ck_assert_int_eq(fchmodat(tmp_fd, "upper/f", 0600, 0), 0);
    expect("C /f"); /* its mode */
}
END_TEST

/* ---- trees changed by the kernel ---------------------------------------- */

static const char *script; /* in the merged tree */

static void run_script(void)
{
    mb_autofree char *l0 = mb_printf("%s/l0", tmp_dir);
    mb_autofree char *l1 = mb_printf("%s/l1", tmp_dir);
    mb_autofree char *upper = mb_printf("%s/upper", tmp_dir);
    mb_autofree char *work = mb_printf("%s/work", tmp_dir);
    mb_autofree char *merged = mb_printf("%s/m", tmp_dir);
    char *lowers[] = {l1, l0};
    const struct overlay o = {
        .lowers = lowers, .n_lowers = 2, .upper = upper, .work = work};

    ck_assert_ok(pivot_make_private(&err));
    ck_assert_ok(overlay_mount(&o, merged, &err));
    ck_assert_int_eq(chdir(merged), 0);
    ck_assert_int_eq(system(script), 0);
}

static const struct {
    const char *script, *expected;
} scripts[] = {
    {"true", ""},
    {"echo x > new; echo x >> a", "C /a, A /new"},
    {"rm a; mkdir n; echo > n/f", "D /a, A /n, A /n/f"},
    {"rm -r d", "D /d"},
    {"rm -r d; mkdir d", "C /d, D /d/e, D /d/f"},
    {"rm -r d; mkdir d d/e; echo > d/e/h",
     "C /d, C /d/e, D /d/e/g, A /d/e/h, D /d/f"},
    {"rm -r d/e; echo > d/e", "C /d, C /d/e"},
    {"mv a b", "D /a, A /b"},
    {"ln -sf / s", "A /s"},
    {"chmod 600 a", "C /a"},
    {"chmod 700 d/e", "C /d, C /d/e"},
    {"echo > d/x; rm d/x", ""},
    {": >> d/f", ""},
    {"rm a; echo > a", "C /a"},
    {"mknod p p; mkdir q; ln a q/b", "A /p, A /q, A /q/b"},
};

START_TEST(test_kernel)
{
    if (!can_mark())
        return skip(NO_MARKS);
    make("l0", "a d/ d/e/ d/e/g");
    make("l1", "d/ d/f");
    script = scripts[_i].script;
    in_child(run_script, CLONE_NEWNS);
    expect(scripts[_i].expected);
}
END_TEST

/* ---- traps -------------------------------------------------------------- */

/* Symlinks are changes; nothing is looked for behind them. */
START_TEST(test_symlinks)
{
    if (!can_mark())
        return skip(NO_MARKS);
    make("l0", "d/ d/a e");
    make("upper", "d2/");
    ck_assert_int_eq(symlinkat("/etc", tmp_fd, "upper/d"), 0);
    ck_assert_int_eq(symlinkat("/no/such", tmp_fd, "upper/e"), 0);
    ck_assert_int_eq(symlinkat("/etc", tmp_fd, "l0/d2"), 0);
    ck_assert_int_eq(symlinkat("x", tmp_fd, "upper/d2/passwd"), 0);
    expect("C /d, C /d2, A /d2/passwd, C /e");
}
END_TEST

START_TEST(test_missing)
{
    mb_autostrv struct strv lowers = {0}, lines = {0};

    strv_addf(&lowers, "%s/l0", tmp_dir);
    ck_assert_int_eq(changes_read("/no/such", &lowers, &lines, &err), -1);
    ck_assert_str_eq(err.msg,
                     "open directory /no/such: No such file or directory");
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("changes");
    TCase *tc = tcase_create("changes");

    tcase_add_checked_fixture(tc, trees_setup, tmp_teardown);
    tcase_add_loop_test(tc, test_trees, 0, N(trees));
    tcase_add_test(tc, test_same_directory);
    tcase_add_test(tc, test_same_file);
    tcase_add_loop_test(tc, test_kernel, 0, N(scripts));
    tcase_add_test(tc, test_symlinks);
    tcase_add_test(tc, test_missing);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
