/* SPDX-License-Identifier: MIT */
/* Applying layers that mean well: every type of file, whiteouts, metadata,
 * and archives that other programs wrote. */
#include "layer_fixture.h"
#include "linux/userns.h"

#include <locale.h>
#include <sys/wait.h>

START_TEST(test_types)
{
    mb_autobuf struct buf tar = BUF_INIT;
    char target[32] = "";

    tar_add(&tar, .name = "./", .type = '5', .mode = 0711, .mtime = 77);
    tar_add(&tar, .name = "d/", .type = '5', .mode = 01777, .mtime = 1000);
    tar_add(&tar, .name = "d/f", .data = "hello", .mode = 04751, .uid = 12,
            .gid = 34, .mtime = 2000);
    tar_add(&tar, .name = "d/s", .type = '2', .link = "../../x", .uid = 5,
            .mtime = 3000);
    tar_hardlink(&tar, "d/h", "d/f");
    tar_add(&tar, .name = "d/p", .type = '6', .mode = 0622, .mtime = 4000);
    must_apply(&tar);

    struct stat f = look("d/f"), d = look("d"), s = look("d/s");
    struct stat p = look("d/p"), h = look("d/h"), root = look(".");
    ck_assert_uint_eq(root.st_mode, S_IFDIR | 0711);
    ck_assert_int_eq(root.st_mtime, 77);
    ck_assert_uint_eq(d.st_mode, S_IFDIR | 01777);
    ck_assert_int_eq(d.st_mtime, 1000);
    ck_assert_uint_eq(f.st_mode, S_IFREG | 04751);
    ck_assert_int_eq(f.st_mtime, 2000);
    ck_assert_uint_eq(f.st_ino, h.st_ino);
    ck_assert_uint_eq(p.st_mode, S_IFIFO | 0622);
    ck_assert_int_eq(p.st_mtime, 4000);
    ck_assert(S_ISLNK(s.st_mode));
    ck_assert_int_eq(s.st_mtime, 3000);
    ck_assert_int_eq(readlinkat(root_fd, "d/s", target, 31), 7);
    ck_assert_str_eq(target, "../../x");
    assert_content("d/h", "hello");
    ck_assert_uint_eq(f.st_uid, may_chown ? 12 : geteuid());
    ck_assert_uint_eq(f.st_gid, may_chown ? 34 : getegid());
    ck_assert_uint_eq(s.st_uid, may_chown ? 5 : geteuid());
    ck_assert_uint_eq(stats.entries, 6);
    ck_assert_uint_eq(stats.bytes, 5);
    ck_assert_uint_eq(stats.skipped, 0);
}
END_TEST

START_TEST(test_single_id)
{
    mb_autobuf struct buf tar = BUF_INIT;

    options.single_id = true;
    tar_add(&tar, .name = "a/f", .uid = 12, .gid = 34, .mode = 06755);
    tar_add(&tar, .name = "s", .type = '2', .link = "x", .uid = 12);
    must_apply(&tar);
    ck_assert_uint_eq(look("a/f").st_uid, geteuid());
    ck_assert_uint_eq(look("s").st_uid, geteuid());
    ck_assert_uint_eq(look("a/f").st_mode & 07777, 06755);
}
END_TEST

START_TEST(test_implied_parents)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_file(&tar, "/x//y/./z/f", "f");
    tar_add(&tar, .name = "x/", .type = '5', .mode = 0700, .mtime = 99);
    tar_file(&tar, "x/later", "g");
    must_apply(&tar);
    ck_assert_uint_eq(look("x/y/z").st_mode, S_IFDIR | 0755);
    ck_assert_uint_eq(look("x/y").st_uid, geteuid());
    ck_assert_uint_eq(look("x").st_mode, S_IFDIR | 0700);
    ck_assert_int_eq(look("x").st_mtime, 99);
    assert_content("x/y/z/f", "f");
}
END_TEST

/* Whatever happens in a directory later, its time stays. */
START_TEST(test_directory_times)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_add(&tar, .name = ".", .type = '5', .mode = 0755, .mtime = 10);
    tar_add(&tar, .name = "d", .type = '5', .mode = 0755, .mtime = 20);
    tar_add(&tar, .name = "d/e", .type = '5', .mode = 0755, .mtime = 30);
    tar_file(&tar, "d/e/f", "1");
    tar_file(&tar, "d/e/f", "2");
    tar_file(&tar, "d/n/new", "3");
    tar_file(&tar, "d/.wh.gone", "");
    tar_file(&tar, "d/e/.wh..wh..opq", "");
    tar_hardlink(&tar, "d/link", "d/e/f");
    tar_file(&tar, "top", "4");
    must_apply(&tar);
    ck_assert_int_eq(look(".").st_mtime, 10);
    ck_assert_int_eq(look("d").st_mtime, 20);
    ck_assert_int_eq(look("d/e").st_mtime, 30);
}
END_TEST

START_TEST(test_replacing)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_file(&tar, "twice", "first and longer");
    tar_file(&tar, "twice", "second");
    tar_file(&tar, "tree/a/b", "x");
    tar_file(&tar, "tree", "file now");
    tar_file(&tar, "file", "x");
    tar_dir(&tar, "file/");
    tar_file(&tar, "file/in", "dir now");
    tar_symlink(&tar, "link", "twice");
    tar_file(&tar, "link", "file now");
    tar_file(&tar, "keep/content", "kept");
    tar_add(&tar, .name = "keep/", .type = '5', .mode = 0750);
    tar_symlink(&tar, "tolink", "keep");
    tar_dir(&tar, "tolink/");
    tar_hardlink(&tar, "twice", "twice");
    must_apply(&tar);
    assert_content("twice", "second");
    assert_content("tree", "file now");
    assert_content("file/in", "dir now");
    assert_content("link", "file now");
    ck_assert(S_ISREG(look("link").st_mode));
    assert_content("keep/content", "kept");
    ck_assert_uint_eq(look("keep").st_mode, S_IFDIR | 0750);
    ck_assert(S_ISDIR(look("tolink").st_mode));
}
END_TEST

/* A link that was made first is not written through by its file's successor. */
START_TEST(test_hardlink_then_replaced)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_file(&tar, "a", "old");
    tar_hardlink(&tar, "b", "/a");
    tar_file(&tar, "a", "new");
    must_apply(&tar);
    assert_content("a", "new");
    assert_content("b", "old");
}
END_TEST

/* A target without an ASCII letter stands in the PAX header alone, if a
 * program in Go has written it. */
START_TEST(test_links_in_pax)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_pax(&tar, "linkpath", "\xe6\x96\x87", 3);
    tar_symlink(&tar, "s", "");
    tar_file(&tar, "\xc3\xa4", "x");
    tar_pax(&tar, "linkpath", "\xc3\xa4", 2);
    tar_hardlink(&tar, "h", "");
    must_apply(&tar);
    ck_assert_uint_eq(stats.entries, 3);
    ck_assert_uint_eq(stats.skipped, 0);
    ck_assert_int_eq(look("s").st_size, 3);
    ck_assert_uint_eq(look("h").st_nlink, 2);
}
END_TEST

START_TEST(test_through_inner_symlink)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_dir(&tar, "usr/lib/");
    tar_symlink(&tar, "lib", "/usr/lib");
    tar_symlink(&tar, "usr/up", "../../../../usr");
    tar_file(&tar, "lib/a", "a");
    tar_file(&tar, "usr/up/lib/new/b", "b");
    tar_hardlink(&tar, "c", "lib/a");
    must_apply(&tar);
    assert_content("usr/lib/a", "a");
    assert_content("usr/lib/new/b", "b");
    assert_content("c", "a");
    ck_assert(S_ISLNK(look("lib").st_mode));
}
END_TEST

START_TEST(test_whiteouts)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_file(&tar, "app/.wh.old", "");
    tar_file(&tar, ".wh.top", "");
    tar_dir(&tar, "lib/");
    tar_file(&tar, "lib/.wh..wh..opq", "");
    tar_file(&tar, "implied/.wh..wh..opq", "");
    tar_file(&tar, "app/.wh..hidden", "");
    tar_hardlink(&tar, "app/.wh.aufs", ".wh..wh.aufs"); /* as aufs made them */
    must_apply(&tar);
    ck_assert(is_whiteout("app/old"));
    ck_assert(is_whiteout("top"));
    ck_assert(is_whiteout("app/.hidden"));
    ck_assert(is_whiteout("app/aufs"));
    ck_assert(is_opaque("lib"));
    ck_assert(is_opaque("implied"));
    ck_assert(!is_opaque("app"));
    ck_assert(!exists("lib/.wh..wh..opq"));
    ck_assert(!exists("app/.wh.old"));
}
END_TEST

START_TEST(test_opaque_root)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_file(&tar, ".wh..wh..opq", "");
    must_apply(&tar);
    ck_assert(is_opaque("."));
}
END_TEST

/* The file wins, whichever comes first; a directory hides what the lower one
 * of that name held. */
START_TEST(test_whiteout_and_file)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_file(&tar, ".wh.a", "");
    tar_file(&tar, "a", "a");
    tar_file(&tar, "b", "b");
    tar_file(&tar, ".wh.b", "");
    tar_file(&tar, ".wh.d", "");
    tar_dir(&tar, "d/");
    tar_dir(&tar, "e/");
    tar_file(&tar, "e/kept", "k");
    tar_file(&tar, ".wh.e", "");
    tar_file(&tar, ".wh.f", "");
    tar_file(&tar, "f/g/h", "implied");
    tar_file(&tar, ".wh.s", "");
    tar_symlink(&tar, "s", "a");
    tar_file(&tar, ".wh.w", "");
    tar_file(&tar, ".wh.w", "");
    must_apply(&tar);
    assert_content("a", "a");
    assert_content("b", "b");
    ck_assert(is_opaque("d"));
    ck_assert(is_opaque("e"));
    assert_content("e/kept", "k");
    ck_assert(is_opaque("f"));
    assert_content("f/g/h", "implied");
    ck_assert(!is_opaque("f/g"));
    ck_assert(S_ISLNK(look("s").st_mode));
    ck_assert(is_whiteout("w"));
}
END_TEST

START_TEST(test_xattrs)
{
    mb_autobuf struct buf tar = BUF_INIT;
    const char capability[20] = {1, 0, 0, 2, 0, 32};
    char value[64];

    tar_pax(&tar, "SCHILY.xattr.user.note", "a\0b", 3);
    tar_file(&tar, "f", "x");
    tar_pax(&tar, "SCHILY.xattr.user.dir", "d", 1);
    tar_dir(&tar, "d/");
    tar_pax(&tar, "SCHILY.xattr.security.capability", capability, 20);
    tar_add(&tar, .name = "ping", .uid = may_chown ? 7 : 0, .mode = 04755);
    must_apply(&tar);
    ck_assert_int_eq(get_xattr("f", "user.note", value, 64), 3);
    ck_assert_mem_eq(value, "a\0b", 3);
    ck_assert_int_eq(get_xattr("d", "user.dir", value, 64), 1);
    ck_assert_uint_eq(look("ping").st_mode & 07777, 04755);
    /* 24 when the kernel had to note whose root it is for. */
    ck_assert_int_ge(get_xattr("ping", "security.capability", value, 64), 20);
}
END_TEST

START_TEST(test_names_are_bytes)
{
    mb_autobuf struct buf tar = BUF_INIT;
    const char *names[] = {"bad\xff\xfe",  "caf\xc3\xa9", "nfd-e\xcc\x81",
                           "\xed\xa0\x80", "new\nline",   " "};

    for (size_t i = 0; i < 6; i++) {
        mb_autofree char *pax = mb_printf("pax-%s", names[i]);
        mb_autofree char *link = mb_printf("ln-%s", names[i]);
        tar_file(&tar, names[i], "u");
        tar_pax(&tar, "path", pax, strlen(pax));
        tar_file(&tar, "x", "p");
        tar_pax(&tar, "linkpath", pax, strlen(pax));
        tar_hardlink(&tar, link, "x");
        tar_pax(&tar, "linkpath", names[i], strlen(names[i]));
        tar_add(&tar, .name = "s", .type = '2', .link = "x");
    }
    must_apply(&tar);
    for (size_t i = 0; i < 6; i++) {
        mb_autofree char *pax = mb_printf("pax-%s", names[i]);
        mb_autofree char *link = mb_printf("ln-%s", names[i]);
        assert_content(names[i], "u");
        assert_content(pax, "p");
        assert_content(link, "p");
    }
    char target[8] = "";
    ck_assert_int_eq(readlinkat(root_fd, "s", target, 7), 1);
    ck_assert_str_eq(target, " ");
}
END_TEST

START_TEST(test_locale_is_left_alone)
{
    mb_autobuf struct buf tar = BUF_INIT;
    locale_t before = uselocale((locale_t)0);

    tar_file(&tar, "caf\xc3\xa9", "");
    must_apply(&tar);
    ck_assert_ptr_eq(uselocale((locale_t)0), before);
    must_refuse((buf_adds(&tar, "junk"), &tar), "tar archive");
    ck_assert_ptr_eq(uselocale((locale_t)0), before);
}
END_TEST

/* What GNU tar writes, in each of its formats. */
static const char *const gnu_options[] = {
    "--format=ustar", "--format=gnu",    "--format=pax",
    "--format=v7",    "-S --format=gnu", "-S --format=pax",
};

START_TEST(test_gnu_tar)
{
    mb_autofree char *pack = mb_printf(
        "tar %s --xattrs --numeric-owner -cf a.tar -C in .", gnu_options[_i]);

    ck_assert_int_eq(
        shell("mkdir -p in/d/e in/empty && echo one >in/d/1 && "
              "ln in/d/1 in/d/2 && ln -s ../d/1 in/d/e/s && mkfifo in/p && "
              "truncate -s 3M in/hole && printf x >>in/hole && "
              "chmod 6755 in/d/1 && chmod 1777 in/d && "
              "head -c 300000 /dev/urandom >in/random && "
              "touch -d @86400 in/d/1 in/d/e in/d in"),
        0);
    if (may_chown)
        ck_assert_int_eq(shell("chown 1000:2000 in/d/1 in/d/e"), 0);
    ck_assert_int_eq(shell(pack), 0);
    ck_assert_msg(apply_file("a.tar") == 0, "%s", err.msg);
    ck_assert_int_eq(shell("tar df a.tar --numeric-owner -C root"), 0);
    ck_assert_int_eq(shell("diff -r --no-dereference in/d root/d"), 0);
    ck_assert_uint_eq(look("d/1").st_ino, look("d/2").st_ino);
    ck_assert_int_eq(look("d").st_mtime, 86400);
    ck_assert_int_eq(look(".").st_mtime, 86400);
    ck_assert_int_eq(look("hole").st_size, 3 * 1024 * 1024 + 1);
}
END_TEST

/* As the caller does it: "/" is the layer, /proc is not there. */
START_TEST(test_in_chroot)
{
    mb_autobuf struct buf tar = BUF_INIT;

    tar_symlink(&tar, "etc", "/real/etc");
    tar_dir(&tar, "real/etc/");
    tar_pax(&tar, "path", "etc/caf\xc3\xa9", 9);
    tar_file(&tar, "x", "in");
    tar_add(&tar, .name = "p", .type = '6', .mode = 0600);
    tar_end(&tar);
    mb_autoclose int fd = memory_file(tar.s, tar.len);
    pid_t child = fork();
    if (child == 0) {
        if (fchdir(root_fd) < 0 || chroot(".") < 0)
            _exit(77);
        _exit(layer_apply(fd, root_fd, &options, NULL, &err) < 0);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    assert_content("real/etc/caf\xc3\xa9", "in");
    ck_assert(S_ISFIFO(look("p").st_mode));
}
END_TEST

static Suite *layer_suite(void)
{
    Suite *suite = suite_create("layer");
    TCase *tc = tcase_create("apply");

    tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_types);
    tcase_add_test(tc, test_single_id);
    tcase_add_test(tc, test_implied_parents);
    tcase_add_test(tc, test_directory_times);
    tcase_add_test(tc, test_replacing);
    tcase_add_test(tc, test_hardlink_then_replaced);
    tcase_add_test(tc, test_links_in_pax);
    tcase_add_test(tc, test_through_inner_symlink);
    tcase_add_test(tc, test_whiteouts);
    tcase_add_test(tc, test_opaque_root);
    tcase_add_test(tc, test_whiteout_and_file);
    tcase_add_test(tc, test_xattrs);
    tcase_add_test(tc, test_names_are_bytes);
    tcase_add_test(tc, test_locale_is_left_alone);
    tcase_add_loop_test(tc, test_gnu_tar, 0,
                        sizeof gnu_options / sizeof *gnu_options);
    tcase_add_test(tc, test_in_chroot);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    /* Owners and capabilities take root, if only in a user namespace. */
    if (userns_enter(NULL) < 0)
        return EXIT_FAILURE;
    return check_main(layer_suite());
}
