/* SPDX-License-Identifier: MIT */
/* test_context.c - what COPY finds, and what it must not find */
#include "engine/copy_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>

/* -- patterns ------------------------------------------------------------ */

START_TEST(test_patterns)
{
    make("ctx/a.txt", "A");
    make("ctx/.b.txt", "B");
    make("ctx/c.md", "C");
    make("ctx/d/x", "X");
    make("ctx/d/sub/y.txt", "Y");
    make_dir("ctx/d/empty", 0755);
    COPY("*.txt", "/1/");
    ck_assert_str_eq(tree("root/1"), ".b.txt a.txt");
    COPY("d/*", "/2/"); /* flattens */
    ck_assert_str_eq(tree("root/2"), "x y.txt");
    COPY("**.txt", "/3/"); /* no more than one star */
    ck_assert_str_eq(tree("root/3"), ".b.txt a.txt");
    COPY("*/*/*.t?t", "/4/");
    ck_assert_str_eq(tree("root/4"), "y.txt");
    COPY("**/x", "/5/");
    ck_assert_str_eq(tree("root/5"), "x");
    COPY("/./[a-c].*", "/6/");
    ck_assert_str_eq(tree("root/6"), "a.txt c.md");
    COPY("c.*", "/7"); /* one match: a file of that name */
    ck_assert_str_eq(content("root/7"), "C");
    COPY("d/../../*.md", "/8/");
    ck_assert_str_eq(tree("root/8"), "c.md");
}
END_TEST

START_TEST(test_pattern_escapes)
{
    make("ctx/[id].js", "I");
    make("ctx/a*b", "star");
    make("ctx/axb", "x");
    COPY("[[]id].js", "/1/");
    ck_assert_str_eq(tree("root/1"), "[id].js");
    COPY("a\\*[b]", "/2/");
    ck_assert_str_eq(tree("root/2"), "a*b");
    COPY_FAILS("\"[id].js\": no file in the context matches", "[id].js", "/3/");
    ck_assert_ptr_nonnull(strstr(err.hint, "write [[]"));
    COPY_FAILS("\"[a\": syntax error in pattern", "[a", "/3/");
}
END_TEST

START_TEST(test_pattern_without_match)
{
    make("ctx/a", "A");
    COPY_FAILS("\"*.jar\": no file in the context matches", "*.jar", "/d/");
    ck_assert_str_ne(err.hint, "");
    COPY_FAILS("\"no/*\": no file in the context matches", "no/*", "/d/");
    COPY_FAILS("\"a/*\": no file in the context matches", "a/*", "/d/");
    ck_assert_str_eq(tree("root"), "");
    COPY("a", "*.jar", "/d/");
    ck_assert_str_eq(tree("root"), "d/ d/a");
    COPY("a", "*.jar", "/e"); /* one source in the end */
    ck_assert_str_eq(content("root/e"), "A");
    struct digest with = DIGEST("a", "*.jar"), without = DIGEST("a");
    ck_assert(digest_equal(&with, &without));
    make("ctx/x.jar", "J");
    with = DIGEST("a", "*.jar");
    ck_assert(!digest_equal(&with, &without));
}
END_TEST

/* -- what is not there --------------------------------------------------- */

START_TEST(test_missing)
{
    make("ctx/a", "A");
    COPY_FAILS("\"/nosuch\": not found", "nosuch", "/x");
    ck_assert_ptr_nonnull(strstr(err.hint, "COPY takes files from the build"));
    COPY_FAILS("\"/a/b\": not found", "a/b", "/x");
    COPY_FAILS("\"/nosuch\": not found", "a", "nosuch", "/x/");
    COPY_FAILS("\"/canary\": not found", "../canary", "/x");
    ck_assert_ptr_nonnull(strstr(err.hint, "inside the context"));
    COPY_FAILS("\"/canary\": not found", "a/../../../canary", "/x");
    make_link("../canary", "ctx/out");
    COPY_FAILS("\"/out\": not found", "out", "/x");
    ck_assert_ptr_nonnull(strstr(err.hint, "a symlink cannot lead out"));
    COPY_FAILS("\"/etc/passwd\": not found", "/etc/passwd", "/x");
    ck_assert_ptr_nonnull(strstr(err.hint, "not the host's file"));
    struct digest digest = {"untouched"};
    ck_assert_int_eq(copy_words(WORDS("nosuch", "/"), &digest), -1);
    ck_assert_str_eq(err.msg, "\"/nosuch\": not found");
    ck_assert_str_eq(digest.hex, "untouched");
    ck_assert_str_eq(tree("root"), "");
}
END_TEST

START_TEST(test_inside_after_all)
{
    make("ctx/etc/passwd", "ours");
    COPY("/etc/passwd", "/1");
    COPY("../../etc/passwd", "/2");
    COPY("nosuch/../etc/passwd", "/3");
    ck_assert_str_eq(content("root/1"), "ours");
    ck_assert_str_eq(content("root/2"), "ours");
    ck_assert_str_eq(content("root/3"), "ours");
}
END_TEST

START_TEST(test_ignored)
{
    ignore_text = "secret\n*.key\nd/out\n!d/out/keep\ngone\n";
    make("ctx/secret", "S");
    make("ctx/id.key", "K");
    make("ctx/a", "A");
    make("ctx/d/x", "X");
    make("ctx/d/in.key", "not in the context's root");
    make("ctx/d/out/lost", "L");
    make("ctx/d/out/keep/deep/file", "F");
    make("ctx/gone/z", "Z");
    COPY(".", "/1");
    ck_assert_str_eq(tree("root/1"),
                     "a d/ d/in.key d/out/ d/out/keep/ d/out/keep/deep/ "
                     "d/out/keep/deep/file d/x");
    COPY("*", "/2/");
    ck_assert_str_eq(tree("root/2"), "a in.key out/ out/keep/ "
                                     "out/keep/deep/ out/keep/deep/file x");
    COPY("d/out", "/3");
    ck_assert_str_eq(tree("root/3"), "keep/ keep/deep/ keep/deep/file");
    COPY("d/*/*", "/4");
    ck_assert_str_eq(tree("root/4"), "deep/ deep/file");
    COPY_FAILS("\"/secret\": not found", "secret", "/x");
    ck_assert_ptr_nonnull(strstr(err.hint, ".dockerignore"));
    COPY_FAILS("\"/gone\": not found", "gone", "/x");
    ck_assert_ptr_nonnull(strstr(err.hint, ".dockerignore"));
    COPY_FAILS("\"/d/out/lost\": not found", "d/out/lost", "/x");
    COPY_FAILS("\"*.key\": no file in the context matches", "*.key", "/x/");
    COPY_FAILS("no file in the context matches", "gone/*", "/x/");
}
END_TEST

/* An exception below hides the directory again if it takes nothing back. */
START_TEST(test_ignored_empty)
{
    ignore_text = "a\n!a/b/nosuch\n*\n!k/**/*.log";
    make("ctx/a/b/c", "C");
    make("ctx/k/l/x.log", "X");
    make("ctx/k/m/x.txt", "X");
    COPY(".", "/1");
    ck_assert_str_eq(tree("root/1"), "k/ k/l/ k/l/x.log");
    COPY_FAILS("\"/a\": not found", "a", "/2");
    ignore_text = "*";
    COPY(".", "/3"); /* the context itself is always there */
    ck_assert_str_eq(tree("root/3"), "");
}
END_TEST

/* No way around .dockerignore through links. */
START_TEST(test_ignored_links)
{
    ignore_text = "secret\nhidden\nlink\nsneaky";
    make("ctx/secret", "S");
    make("ctx/hidden/x", "X");
    make("ctx/open/y", "Y");
    make_link("secret", "ctx/tosecret");
    make_link("hidden", "ctx/tohidden");
    make_link("open/y", "ctx/link");
    make_link("open", "ctx/sneaky");
    COPY_FAILS("not found", "tosecret", "/x");
    COPY_FAILS("not found", "tohidden", "/x");
    COPY_FAILS("not found", "tohidden/x", "/x");
    COPY_FAILS("no file", "tohidden/*", "/x/");
    COPY_FAILS("not found", "link", "/x");
    COPY_FAILS("not found", "sneaky/y", "/x");
    COPY_FAILS("no file", "sneaky/*", "/x/");
    ck_assert_str_eq(tree("root"), "");
}
END_TEST

/* -- hostile contexts ---------------------------------------------------- */

START_TEST(test_named_link)
{
    mb_autofree char *host = mb_printf("%s/canary", base);

    make("ctx/d/real", "R");
    make_link("d/real", "ctx/inside");
    make_link("/d/real", "ctx/absolute");
    make_link("d", "ctx/dir");
    make_link(host, "ctx/out1");
    make_link("../canary", "ctx/out2");
    make_link("../../../../../../../../etc/passwd", "ctx/out3");
    make_link("/", "ctx/top");
    COPY("inside", "/1/");
    COPY("absolute", "/2");
    COPY("dir", "/3");
    COPY("dir/real", "/4");
    ck_assert_str_eq(tree("root"), "1/ 1/inside 2 3/ 3/real 4");
    ck_assert(S_ISREG(look("root/1/inside").st_mode));
    COPY_FAILS("\"/out1\": not found", "out1", "/x");
    COPY_FAILS("\"/out2\": not found", "out2", "/x");
    COPY_FAILS("\"/out3\": not found", "out3", "/x");
    COPY_FAILS("\"/out1\": not found", "out*", "out3", "/x/");
    COPY_FAILS("\"/top/etc/passwd\": not found", "top/etc/passwd", "/x");
    COPY("top/d", "/5"); /* the top of the context */
    ck_assert_str_eq(tree("root/5"), "real");
}
END_TEST

START_TEST(test_link_in_directory)
{
    make("ctx/d/x", "X");
    make_link("/etc/passwd", "ctx/d/abs");
    make_link("../../canary", "ctx/d/rel");
    make_link("../../canarydir", "ctx/d/dir");
    make_link("loop", "ctx/d/loop");
    COPY("d", "/new");
    static const char *const links[][2] = {{"root/new/abs", "/etc/passwd"},
                                           {"root/new/rel", "../../canary"},
                                           {"root/new/dir", "../../canarydir"},
                                           {"root/new/loop", "loop"}};
    for (int i = 0; i < 4; i++) {
        char target[100] = "";
        ck_assert_int_gt(readlink(links[i][0], target, 99), 0);
        ck_assert_str_eq(target, links[i][1]);
    }
    COPY("d", "/new"); /* and again, over the links */
}
END_TEST

START_TEST(test_loops)
{
    make_link("loop", "ctx/loop");
    make_link("b", "ctx/a");
    make_link("a", "ctx/b");
    make_link(".", "ctx/self");
    make("ctx/f", "F");
    COPY_FAILS("\"/loop\": Too many levels of symbolic links", "loop", "/x");
    COPY_FAILS("\"/a\": Too many levels of symbolic links", "a", "/x");
    COPY("self/self/self/f", "/1");
    COPY("self", "/2"); /* the context once, not for ever */
    ck_assert_str_eq(tree("root"), "1 2/ 2/a 2/b 2/f 2/loop 2/self");
    make_link("r2", "root/r1");
    make_link("r1", "root/r2");
    COPY_FAILS("/r1: Too many levels of symbolic links", "f", "/r1");
    COPY_FAILS("Too many levels of symbolic links", "f", "/r1/x");
}
END_TEST

/* Destinations that lead out of the image end up inside it. */
START_TEST(test_hostile_dest)
{
    mb_autofree char *host = mb_printf("%s/canarydir", base);
    mb_autofree char *inside = mb_printf("root%s", base);

    make("ctx/f", "F");
    make("ctx/d/x/y", "Y");
    make_link("../../../../../../canary", "root/up");
    make_link("../canarydir", "root/updir");
    make_link(host, "root/abs");
    COPY("f", "/up");
    ck_assert_str_eq(content("root/canary"), "F");
    COPY("f", "/../../z");
    ck_assert_str_eq(content("root/z"), "F");
    make_dir("root/canarydir", 0755);
    COPY("d", "/updir");
    ck_assert_str_eq(tree("root/canarydir"), "x/ x/y");
    ck_assert_int_eq(fs_mkdirs(AT_FDCWD, inside, NULL), 0);
    COPY("f", "/abs");
    ck_assert_int_eq(fs_mkdirs(AT_FDCWD, inside, NULL), 0);
    mb_autofree char *landed = mb_printf("root%s", host);
    ck_assert_str_eq(content(landed), "F");
    /* A magic link is no way out either. */
    make_link("/proc/self/root", "root/magic");
    COPY("f", "/magic");
    ck_assert_str_eq(content("root/proc/self/root"), "F");
}
END_TEST

/* A stage's rootfs as the source is just as hostile. */
START_TEST(test_source_is_root)
{
    mb_autostrv struct strv sources = {0};
    mb_autoclose int from = open("ctx", O_PATH | O_CLOEXEC);
    mb_autoclose int to = open("root", O_PATH | O_CLOEXEC);
    struct copy copy = {.source_root = from, .sources = &sources, .dest = "/x"};

    make("ctx/usr/lib/l.so", "L");
    make_link("usr/lib", "ctx/lib");
    make_link("/proc/self/root/etc", "ctx/etc");
    strv_add(&sources, "/lib/l.so");
    ck_assert_msg(copy_run(&copy, to, &err) == 0, "%s", err.msg);
    ck_assert_str_eq(content("root/x"), "L");
    strv_done(&sources);
    strv_add(&sources, "/etc/passwd");
    ck_assert_int_eq(copy_run(&copy, to, &err), -1);
    ck_assert_str_eq(err.msg, "\"/etc/passwd\": not found");
}
END_TEST

/* For ever swap the directory ctx/d and the link ctx/l, which leads out. */
static void swap_for_ever(void)
{
    for (;;)
        (void)renameat2(AT_FDCWD, "ctx/d", AT_FDCWD, "ctx/l", RENAME_EXCHANGE);
}

/* COPY looks twice, and between the looks a directory becomes a link to the
 * host.  It may fail; it may not bring back what is outside. */
START_TEST(test_race)
{
    make("secretdir/x", "secret");
    make("ctx/d/x", "X");
    make_link("../secretdir", "ctx/l");
    pid_t child = fork();
    if (child == 0)
        swap_for_ever();
    for (int i = 0; i < 500; i++) {
        (void)copy_words(WORDS("d", "/new"), NULL);
        (void)copy_words(WORDS("d/x", "/new/y"), NULL);
        (void)copy_words(WORDS("*/x", "/new/"), NULL);
        ck_assert_str_ne(content("root/new/x"), "secret");
        ck_assert_str_ne(content("root/new/y"), "secret");
    }
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    /* In peace it works, over whatever the race has left. */
    if (S_ISLNK(look("ctx/d").st_mode))
        ck_assert_int_eq(
            renameat2(AT_FDCWD, "ctx/d", AT_FDCWD, "ctx/l", RENAME_EXCHANGE),
            0);
    COPY("d", "/new");
    ck_assert_str_eq(content("root/new/x"), "X");
}
END_TEST

/* For ever make ctx/d/x into something else. */
static void change_for_ever(void)
{
    for (;;) {
        int fd =
            open("ctx/d/x", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        (void)!write(fd, "content", 7);
        (void)ftruncate(fd, 3);
        close(fd);
        (void)unlink("ctx/d/x");
        (void)mkfifo("ctx/d/x", 0600);
        (void)rename("ctx/d/x", "ctx/d/y");
        (void)symlink("../../canary", "ctx/d/x");
        (void)unlink("ctx/d/x");
        (void)mkdir("ctx/d/x", 0700);
        (void)rmdir("ctx/d/x");
    }
}

/* What vanishes or changes its kind meanwhile may be an error, with a text; it
 * may not block, nor lead outside. */
START_TEST(test_vanishing)
{
    int good = 0;
    struct digest digest;

    make("ctx/d/stays", "S");
    pid_t child = fork();
    if (child == 0)
        change_for_ever();
    alarm(50);
    for (int i = 0; i < 500; i++) {
        bool fine = copy_words(WORDS("d", "/"), &digest) == 0;
        ck_assert(fine || err.msg[0]);
        mb_autofree char *to = mb_printf("/new%d", i);
        good += fine = copy_words(WORDS("d", to), NULL) == 0;
        ck_assert(fine || err.msg[0]);
    }
    alarm(0);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_gt(good, 0);
}
END_TEST

/* For ever make a file longer, faster than one can read. */
static void grow_for_ever(void)
{
    mb_autoclose int fd = open("ctx/log", O_WRONLY | O_CLOEXEC);

    for (off_t size = 1;; size += 1 << 16)
        (void)ftruncate(fd, size);
}

START_TEST(test_growing)
{
    make("ctx/log", "L");
    pid_t child = fork();
    if (child == 0)
        grow_for_ever();
    alarm(50);
    while (look("ctx/log").st_size < 1 << 20)
        continue;
    (void)DIGEST("log");
    COPY("log", "/log");
    alarm(0);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

/* The watch of the fixture works: else its silence would mean nothing. */
START_TEST(test_watch)
{
    make("ctx/a", "A");
    watch_file("ctx/a");
    ck_assert(!was_opened());
    (void)DIGEST("a");
    ck_assert(was_opened());
}
END_TEST

START_TEST(test_fifo)
{
    ck_assert_int_eq(fs_mkdirs(AT_FDCWD, "ctx/d", NULL), 0);
    ck_assert_int_eq(mkfifo("ctx/d/pipe", 0640), 0);
    watch_file("ctx/d/pipe");
    alarm(20); /* whoever opens it sits there for ever */
    COPY("d/pipe", "/pipe");
    COPY("d", "/e");
    struct digest before = DIGEST("d");
    ck_assert(S_ISFIFO(look("root/pipe").st_mode));
    ck_assert_uint_eq(mode_of("root/e/pipe"), 0640);
    ck_assert_int_eq(chmod("ctx/d/pipe", 0600), 0);
    struct digest after = DIGEST("d");
    ck_assert(!digest_equal(&before, &after));
    alarm(0);
}
END_TEST

START_TEST(test_sockets_and_devices)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX,
                                  .sun_path = "ctx/d/socket"};
    mb_autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    make("ctx/d/x", "X");
    struct digest before = DIGEST("d");
    ck_assert_int_eq(bind(fd, (void *)&address, sizeof address), 0);
    if (geteuid() == 0) {
        ck_assert_int_eq(mknod("ctx/d/null", S_IFCHR | 0666, makedev(1, 3)), 0);
        ck_assert_int_eq(mknod("ctx/d/gone", S_IFCHR, makedev(0, 0)), 0);
        watch_file("ctx/d/null");
        COPY_FAILS("sockets and devices", "d/null", "/n");
    }
    COPY("d", "/new");
    COPY("d/*", "/newer/");
    ck_assert_str_eq(tree("root"), "new/ new/x newer/ newer/x");
    ck_assert_int_eq(access("root/new/socket", F_OK), -1);
    ck_assert_int_eq(access("root/new/gone", F_OK), -1);
    struct digest after = DIGEST("d");
    ck_assert(digest_equal(&before, &after));
    COPY_FAILS("\"/d/socket\": sockets and devices", "d/socket", "/s");
}
END_TEST

/* Make DEPTH directories inside each other with relative names, so that the
 * path may be longer than any system call takes. */
static void dig(const char *top, const char *name, int depth)
{
    ck_assert_int_eq(chdir(top), 0);
    for (int i = 0; i < depth; i++) {
        ck_assert_int_eq(mkdir(name, 0755), 0);
        ck_assert_int_eq(chdir(name), 0);
    }
    make("bottom", "B");
    ck_assert_int_eq(chdir(base), 0);
}

START_TEST(test_deep)
{
    const struct rlimit few = {64, 64};

    dig("ctx", "d", 300);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    COPY(".", "/new");
    struct digest before = DIGEST(".");
    mb_autobuf struct buf path = BUF_INIT;
    buf_adds(&path, "root/new");
    for (int i = 0; i < 300; i++)
        buf_adds(&path, "/d");
    buf_adds(&path, "/bottom");
    ck_assert_str_eq(content(path.s), "B");
    COPY(path.s + strlen("root/new"), "/bottom");
    ck_assert_int_eq(unlink(path.s), 0);
    make("ctx/more", "M");
    struct digest after = DIGEST(".");
    ck_assert(!digest_equal(&before, &after));
    /* fs_remove_tree() holds a descriptor a level. */
    ck_assert_int_eq(system("rm -rf ctx root; mkdir root"), 0);
}
END_TEST

START_TEST(test_long_paths)
{
    mb_autofree char *name = mb_alloc(256);
    mb_autobuf struct buf path = BUF_INIT;

    memset(name, 'n', 250);
    dig("ctx", name, 15); /* 15 * 251 + 6: nearly 4,000 */
    for (int i = 0; i < 15; i++)
        buf_addf(&path, "%s/", name);
    buf_adds(&path, "bottom");
    COPY(".", "/new");
    COPY(path.s, "/bottom");
    ck_assert_str_eq(content("root/bottom"), "B");
    COPY_FAILS("", "bottom", path.s, "/x/"); /* the first one is missing */
    mb_autofree char *huge = mb_printf("%s/%s/%s", path.s, path.s, path.s);
    COPY_FAILS("", huge, "/x");
    COPY_FAILS("", "n*", huge, "/x/");
}
END_TEST

START_TEST(test_too_long_tree)
{
    mb_autofree char *name = mb_alloc(256);

    memset(name, 'n', 250);
    dig("ctx", name, 20);
    COPY_FAILS("path too long", ".", "/new");
    ck_assert_int_eq(system("rm -rf ctx root; mkdir root"), 0);
}
END_TEST

START_TEST(test_pattern_bomb)
{
    mb_autofree char *name = mb_alloc(252);

    memset(name, 'a', 250);
    mb_autofree char *path = mb_printf("ctx/%s", name);
    make(path, "A");
    ignore_text = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*!\n"
                  "**/a**/a**/a**/a**/a**/a**/a**/a**/a**/a**/!\n";
    alarm(10);
    COPY("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a", "/1/");
    COPY("******a", "/2/");
    ck_assert_str_eq(tree("root/2"), name);
    COPY_FAILS("no file", "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", "/3/");
    alarm(0);
}
END_TEST

/* The digest of unreadable things is an error, not a guess. */
START_TEST(test_unreadable)
{
    if (geteuid() == 0)
        return;
    make("ctx/d/x", "X");
    make_dir("ctx/d/x", 0);
    struct digest digest;
    ck_assert_int_eq(copy_words(WORDS("d", "/"), &digest), -1);
    ck_assert_str_eq(err.msg, "/d/x: open: Permission denied");
    COPY_FAILS("open /d/x: Permission denied", "d", "/new");
    make_dir("ctx/d", 0);
    COPY_FAILS("/d: Permission denied", "d", "/new");
    make_dir("ctx/d", 0755);
}
END_TEST

/* No descriptor is left open, whatever happens. */
START_TEST(test_descriptors)
{
    make("ctx/d/sub/x", "X");
    make_link("f", "ctx/d/link");
    make("root/file", "F");
    int before = dup(0);
    close(before);
    COPY("d", "/new");
    COPY("d/s*", "/newer/");
    COPY_FAILS("", "nosuch", "/x");
    COPY_FAILS("", "d", "/file");
    COPY_FAILS("", "d/sub/x", "/file/");
    (void)DIGEST("d");
    int after = dup(0);
    close(after);
    ck_assert_int_eq(before, after);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {test_patterns,
                                  test_pattern_escapes,
                                  test_pattern_without_match,
                                  test_missing,
                                  test_inside_after_all,
                                  test_ignored,
                                  test_ignored_empty,
                                  test_ignored_links,
                                  test_named_link,
                                  test_link_in_directory,
                                  test_loops,
                                  test_hostile_dest,
                                  test_source_is_root,
                                  test_race,
                                  test_vanishing,
                                  test_growing,
                                  test_watch,
                                  test_fifo,
                                  test_sockets_and_devices,
                                  test_deep,
                                  test_long_paths,
                                  test_too_long_tree,
                                  test_pattern_bomb,
                                  test_unreadable,
                                  test_descriptors,
                                  NULL};

    return run_tests("engine/context", tests);
}
