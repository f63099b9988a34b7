/* SPDX-License-Identifier: MIT */
/* test_copy.c - where files go, and what of them is kept */
#include "engine/copy_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/xattr.h>

/* -- where things go (docker-truth: COPY) -------------------------------- */

START_TEST(test_file)
{
    make("ctx/a.txt", "A");
    COPY("a.txt", "/new");
    COPY("a.txt", "/dir/");
    COPY("a.txt", "/p/q/new");
    COPY("a.txt", "/dot/.");
    COPY("a.txt", "/");
    COPY("./a.txt", "/x/../y//z");
    ck_assert_str_eq(tree("root"), "a.txt dir/ dir/a.txt dot/ dot/a.txt new "
                                   "p/ p/q/ p/q/new y/ y/z");
    ck_assert_str_eq(content("root/p/q/new"), "A");
    ck_assert_uint_eq(mode_of("root/p"), 0755);
    ck_assert_uint_eq(mode_of("root/p/q"), 0755);
}
END_TEST

START_TEST(test_file_onto_existing)
{
    make("ctx/a.txt", "A");
    make("root/ex/file", "old and longer");
    COPY("a.txt", "/ex"); /* a directory, without a slash */
    ck_assert_str_eq(content("root/ex/a.txt"), "A");
    COPY("a.txt", "/ex/file");
    ck_assert_str_eq(content("root/ex/file"), "A");
    COPY_FAILS("mkdir /ex/file: Not a directory", "a.txt", "/ex/file/");
    make_dir("root/ex2/a.txt", 0755);
    COPY_FAILS("cannot replace the directory /ex2/a.txt with a file", "a.txt",
               "/ex2/");
}
END_TEST

/* The old file may have other names, and may be open: it stays as it is. */
START_TEST(test_file_is_replaced)
{
    make("ctx/a", "A");
    make("root/one", "shared");
    ck_assert_int_eq(link("root/one", "root/two"), 0);
    COPY("a", "/one");
    ck_assert_str_eq(content("root/one"), "A");
    ck_assert_str_eq(content("root/two"), "shared");
    ck_assert_int_eq(mkfifo("root/pipe", 0644), 0);
    COPY("a", "/pipe"); /* would block, if it were opened */
    ck_assert_str_eq(content("root/pipe"), "A");
}
END_TEST

START_TEST(test_dest_is_symlink)
{
    make("ctx/a", "A");
    make("ctx/d/x", "X");
    make("root/real/old", "old");
    make_link("real", "root/dirlink");
    make_link("/real/old", "root/filelink");
    make_link("real/fresh", "root/dangling");
    make_link("../deep/fresh", "root/real/up");
    COPY("a", "/dirlink");
    COPY("a", "/dirlink/b");
    COPY("d", "/dirlink");
    COPY("a", "/filelink");
    COPY("a", "/dangling");
    COPY("a", "/dirlink/up");
    ck_assert_str_eq(tree("root"), "dangling deep/ deep/fresh dirlink "
                                   "filelink real/ real/a real/b real/fresh "
                                   "real/old real/up real/x");
    ck_assert_str_eq(content("root/real/old"), "A");
    ck_assert(S_ISLNK(look("root/filelink").st_mode)); /* the link is kept */
}
END_TEST

/* A link below the destination was not named: it is replaced. */
START_TEST(test_link_below_dest)
{
    make("ctx/d/x", "X");
    make("ctx/d/sub/y", "Y");
    make("root/t/target", "old");
    make_link("target", "root/t/x");
    COPY("d/x", "/t/");
    ck_assert(S_ISREG(look("root/t/x").st_mode));
    ck_assert_str_eq(content("root/t/target"), "old");
    make_link("/t", "root/t/sub");
    COPY_FAILS("cannot copy to non-directory: /t/sub", "d", "/t");
}
END_TEST

START_TEST(test_directory)
{
    make("ctx/d/.hidden", "H");
    make("ctx/d/x", "X");
    make_dir("ctx/d/empty", 0700);
    make("ctx/d/sub/y", "Y");
    make_dir("ctx/d/sub", 0711);
    make_dir("ctx/d", 0700);
    COPY("d", "/new");
    COPY("d/", "/newer/");
    ck_assert_str_eq(tree("root/new"), ".hidden empty/ sub/ sub/y x");
    ck_assert_str_eq(tree("root/newer"), ".hidden empty/ sub/ sub/y x");
    ck_assert_uint_eq(mode_of("root/new"), 0755); /* the source's is lost */
    ck_assert_uint_eq(mode_of("root/new/empty"), 0700);
    ck_assert_uint_eq(mode_of("root/new/sub"), 0711);
}
END_TEST

START_TEST(test_directory_merges)
{
    make("ctx/d/x", "new");
    make("ctx/d/sub/y", "new");
    make("root/ex/x", "old");
    make("root/ex/keep", "old");
    make("root/ex/sub/keep", "old");
    make_dir("root/ex", 01777);
    COPY("d", "/ex");
    ck_assert_str_eq(tree("root/ex"), "keep sub/ sub/keep sub/y x");
    ck_assert_str_eq(content("root/ex/x"), "new");
    ck_assert_uint_eq(mode_of("root/ex"), 01777);
    COPY_FAILS("cannot copy to non-directory: /ex/x", "d", "/ex/x");
    make("ctx/f/sub", "a file");
    COPY_FAILS("cannot replace the directory /ex/sub with a file", "f", "/ex");
    make("ctx/g/x/y", "a directory");
    COPY_FAILS("cannot copy to non-directory: /ex/x", "g", "/ex");
}
END_TEST

START_TEST(test_whole_context)
{
    make("ctx/a", "A");
    make("ctx/d/b", "B");
    COPY(".", "/app");
    COPY("/", "/app2");
    COPY("..", "/app3/");
    ck_assert_str_eq(tree("root"), "app/ app/a app/d/ app/d/b app2/ app2/a "
                                   "app2/d/ app2/d/b app3/ app3/a app3/d/ "
                                   "app3/d/b");
    COPY(".", "/");
    ck_assert_str_eq(content("root/d/b"), "B");
}
END_TEST

START_TEST(test_several)
{
    make("ctx/a", "A");
    make("ctx/b", "B");
    make("ctx/d/x", "X");
    COPY_FAILS("When using COPY with more than one source file, the "
               "destination must be a directory and end with a /",
               "a", "b", "/new");
    ck_assert_str_eq(err.hint, "write /new/");
    COPY_FAILS("more than one source", "[ab]", "/new");
    ck_assert_str_eq(tree("root"), ""); /* nothing half done */
    COPY("d", "b", "/new/");
    ck_assert_str_eq(tree("root/new"), "b x");
    COPY("a", "b", "/new"); /* it exists now */
    ck_assert_str_eq(tree("root/new"), "a b x");
}
END_TEST

START_TEST(test_spaces_and_bytes)
{
    make("ctx/sp ace.txt", "S");
    make("ctx/d/new\nline", "N");
    make("ctx/d/\xff\xfe", "F");
    COPY("sp ace.txt", "/d/");
    COPY("d", "/e");
    COPY("d/new\n*", "/f/");
    COPY("d/\xff?", "/g/");
    ck_assert_str_eq(tree("root"), "d/ d/sp ace.txt e/ e/new\nline "
                                   "e/\xff\xfe f/ f/new\nline g/ g/\xff\xfe");
}
END_TEST

/* -- what is kept -------------------------------------------------------- */

START_TEST(test_mode_and_time)
{
    const struct timespec old[2] = {
        {.tv_sec = 1}, {.tv_sec = 1234567890, .tv_nsec = 123456789}};
    make("ctx/d/tool", "T");
    ck_assert_int_eq(chmod("ctx/d/tool", 06755), 0);
    make("ctx/d/sub/x", "X");
    make_link("nowhere", "ctx/d/link");
    make_dir("ctx/d/sub", 0555); /* must be writable while it is filled */
    ck_assert_int_eq(utimensat(AT_FDCWD, "ctx/d/tool", old, 0), 0);
    ck_assert_int_eq(utimensat(AT_FDCWD, "ctx/d/sub", old, 0), 0);
    ck_assert_int_eq(
        utimensat(AT_FDCWD, "ctx/d/link", old, AT_SYMLINK_NOFOLLOW), 0);
    umask(077); /* and no say of ours in it */
    COPY("d", "/new");
    ck_assert_uint_eq(mode_of("root/new/tool"), 06755);
    ck_assert_uint_eq(mode_of("root/new/sub"), 0555);
    static const char *const dated[] = {"root/new/tool", "root/new/sub",
                                        "root/new/link"};
    for (int i = 0; i < 3; i++) {
        struct stat st = look(dated[i]);
        ck_assert_int_eq(st.st_mtim.tv_sec, old[1].tv_sec);
        ck_assert_int_eq(st.st_mtim.tv_nsec, old[1].tv_nsec);
    }
    make_dir("ctx/d/sub", 0755); /* for the clean-up of ordinary users */
    make_dir("root/new/sub", 0755);
}
END_TEST

START_TEST(test_chmod)
{
    make("ctx/d/x", "X");
    make("ctx/d/sub/y", "Y");
    make_link("x", "ctx/d/link");
    settings.mode = "700";
    COPY("d", "/new");
    ck_assert_uint_eq(mode_of("root/new/x"), 0700);
    ck_assert_uint_eq(mode_of("root/new/sub"), 0700);
    ck_assert_uint_eq(mode_of("root/new/sub/y"), 0700);
    ck_assert_uint_eq(mode_of("root/new"), 0755);
    settings.mode = "4511";
    COPY("d/x", "/tool");
    ck_assert_uint_eq(mode_of("root/tool"), 04511);
}
END_TEST

START_TEST(test_owner)
{
    make("ctx/d/x", "X");
    make("ctx/d/sub/y", "Y");
    make_link("x", "ctx/d/link");
    ck_assert_int_eq(mkfifo("ctx/d/pipe", 0644), 0);
    if (geteuid() != 0) {
        settings = (struct copy){.chown = true, .uid = 12345, .gid = 12345};
        COPY_FAILS("chown /x to 12345:12345", "d/x", "/x");
        ck_assert_str_ne(err.hint, "");
        return;
    }
    ck_assert_int_eq(lchown("ctx/d/x", 1000, 1000), 0);
    COPY("d", "/a/b");
    ck_assert_uint_eq(look("root/a/b/x").st_uid, 0);
    ck_assert_uint_eq(look("root/a/b/x").st_gid, 0);
    settings = (struct copy){.chown = true, .uid = 7, .gid = 8};
    COPY("d", "/c/e");
    static const char *const all[] = {
        "root/c",         "root/c/e",      "root/c/e/x",   "root/c/e/sub",
        "root/c/e/sub/y", "root/c/e/link", "root/c/e/pipe"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        ck_assert_uint_eq(look(all[i]).st_uid, 7);
        ck_assert_uint_eq(look(all[i]).st_gid, 8);
    }
    ck_assert_int_eq(chmod("ctx/d/x", 04755), 0);
    COPY("d/x", "/setuid");
    ck_assert_uint_eq(mode_of("root/setuid"), 04755);
}
END_TEST

START_TEST(test_attributes)
{
    char value[16] = "";

    make("ctx/d/x", "X");
    if (setxattr("ctx/d/x", "user.color", "red", 3, 0) < 0)
        return; /* this filesystem has none */
    ck_assert_int_eq(setxattr("ctx/d/x", "user.overlay.whiteout", "y", 1, 0),
                     0);
    ck_assert_int_eq(setxattr("ctx/d", "user.overlay.opaque", "y", 1, 0), 0);
    make_dir("ctx/d/sub", 0755);
    ck_assert_int_eq(setxattr("ctx/d/sub", "user.overlay.opaque", "y", 1, 0),
                     0);
    ck_assert_int_eq(setxattr("ctx/d/sub", "user.empty", "", 0, 0), 0);
    COPY("d", "/new");
    ck_assert_int_eq(getxattr("root/new/x", "user.color", value, 16), 3);
    ck_assert_str_eq(value, "red");
    ck_assert_int_eq(getxattr("root/new/sub", "user.empty", value, 16), 0);
    ck_assert_int_eq(getxattr("root/new/x", "user.overlay.whiteout", value, 16),
                     -1);
    ck_assert_int_eq(getxattr("root/new", "user.overlay.opaque", value, 16),
                     -1);
    ck_assert_int_eq(getxattr("root/new/sub", "user.overlay.opaque", value, 16),
                     -1);
}
END_TEST

/* Bytes of all sizes around the sizes that code likes. */
START_TEST(test_bytes)
{
    static const size_t sizes[] = {
        0, 1, 4095, 4096, 65535, 65536, 65537, 1 << 20, (1 << 20) + 1, 3000000};
    mb_autofree char *data = mb_alloc(3000000);

    for (size_t i = 0; i < 3000000; i++)
        data[i] = (char)(i * 2654435761u >> 13);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        mb_autobuf struct buf back = BUF_INIT;
        ck_assert_int_eq(fs_write(AT_FDCWD, "ctx/f", data, sizes[i], NULL), 0);
        COPY("f", "/f");
        ck_assert_int_eq(fs_read(AT_FDCWD, "root/f", 1 << 22, &back, NULL), 0);
        ck_assert_uint_eq(back.len, sizes[i]);
        ck_assert_int_eq(memcmp(back.s, data, sizes[i]), 0);
    }
}
END_TEST

/* From another filesystem, and from one where all sizes are zero. */
START_TEST(test_other_filesystem)
{
    mb_autostrv struct strv sources = {0};
    mb_autoclose int from = open("/proc/sys/kernel", O_PATH | O_CLOEXEC);
    mb_autoclose int to = open("root", O_PATH | O_CLOEXEC);
    struct copy copy = {.source_root = from, .sources = &sources, .dest = "/v"};
    struct digest digest;

    strv_add(&sources, "ostype");
    ck_assert_msg(copy_run(&copy, to, &err) == 0, "%s", err.msg);
    ck_assert_str_eq(content("root/v"), "Linux\n");
    ck_assert_int_eq(source_digest(&copy, &digest), 0);
}
END_TEST

/* A file too large for the target: an error that names it, no half success. */
START_TEST(test_write_error)
{
    mb_autofree char *data = mb_alloc(100000);
    const struct rlimit limit = {50000, 50000};

    ck_assert_int_eq(fs_write(AT_FDCWD, "ctx/big", data, 100000, NULL), 0);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    COPY_FAILS("copy /big to /big: write: File too large", "big", "/big");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {test_file,
                                  test_file_onto_existing,
                                  test_file_is_replaced,
                                  test_dest_is_symlink,
                                  test_link_below_dest,
                                  test_directory,
                                  test_directory_merges,
                                  test_whole_context,
                                  test_several,
                                  test_spaces_and_bytes,
                                  test_mode_and_time,
                                  test_chmod,
                                  test_owner,
                                  test_attributes,
                                  test_bytes,
                                  test_other_filesystem,
                                  test_write_error,
                                  NULL};

    return run_tests("engine/copy", tests);
}
