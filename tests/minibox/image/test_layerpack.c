/* SPDX-License-Identifier: MIT */
/* Packing: the same bytes for the same tree, marks become names, and what
 * was packed can be applied, by us and by GNU tar. */
#include "layer_fixture.h"
#include "linux/ns.h"
#include "linux/userns.h"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Pack the directory NAME of the base directory into the file OUT there. */
static int pack(const char *name, const char *out)
{
    mb_autoclose int dir = openat(base_fd, name, O_RDONLY | O_DIRECTORY);
    mb_autoclose int fd =
        openat(base_fd, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    ck_assert_int_ge(dir, 0);
    ck_assert_int_ge(fd, 0);
    return layer_pack(dir, fd, &options, &stats, &err);
}

#define must_pack(name, out) ck_assert_msg(pack(name, out) == 0, "%s", err.msg)

#define must_run(command) ck_assert_int_eq(shell(command), 0)

/* The output of a command equals TEXT. */
static void assert_output(const char *command, const char *text)
{
    mb_autofree char *line = mb_printf("%s >output", command);
    mb_autobuf struct buf out = BUF_INIT;

    ck_assert_int_eq(shell(line), 0);
    ck_assert_int_eq(fs_read(base_fd, "output", 1 << 20, &out, NULL), 0);
    ck_assert_str_eq(out.s, text);
}

/* A tree with one of everything that needs no privilege. */
static const char make_tree[] =
    "mkdir -p in/d/e in/empty in/d.x && printf one >in/d/1 && ln in/d/1 in/d/2 "
    "&& ln in/d/1 in/a-first && ln -s ../d/1 in/d/e/s && mkfifo in/p "
    "&& printf B >in/B && printf n >in/$(printf 'n%0120d' 1) "
    "&& ln -s $(printf 't%0150d' 1) in/longlink "
    "&& printf u >\"in/caf\xc3\xa9\" && printf x >\"in/bad\xff\" "
    "&& printf nfd >\"in/e\xcc\x81\" && truncate -s 1M in/hole "
    "&& chmod 6755 in/d/1 && chmod 1777 in/d && chmod 000 in/empty "
    "&& find in -exec touch -h -d @86400.5 {} +";

START_TEST(test_order_and_names)
{
    must_run(
        "mkdir -p in/d/e in/d.x in/Z && touch in/d/f in/d-y in/a in/d/e/g");
    must_pack("in", "a.tar");
    assert_output("tar tf a.tar", "Z/\na\nd/\nd/e/\nd/e/g\nd/f\nd-y\nd.x/\n");
    ck_assert_uint_eq(stats.entries, 8);
}
END_TEST

START_TEST(test_plain_ustar)
{
    mb_autobuf struct buf tar = BUF_INIT;

    must_run("mkdir -p in/d && printf hi >in/d/f && ln -s f in/d/s && "
             "chmod 755 in/d && chmod 640 in/d/f && "
             "find in -exec touch -h -d @86400.5 {} + ");
    must_pack("in", "a.tar");
    ck_assert_int_eq(fs_read(base_fd, "a.tar", 1 << 20, &tar, NULL), 0);
    ck_assert_uint_eq(tar.len, 3 * 512 + 512 + 1024);
    ck_assert_str_eq(tar.s, "d/");
    ck_assert_str_eq(tar.s + 512, "d/f");
    ck_assert_str_eq(tar.s + 512 + 257, "ustar");
    ck_assert_str_eq(tar.s + 512 + 265, ""); /* no user name */
    ck_assert_str_eq(tar.s + 512 + 297, ""); /* no group name */
    ck_assert_str_eq(tar.s + 1024, "hi");
    ck_assert_str_eq(tar.s + 1536, "d/s");
    ck_assert_int_eq(strtol(tar.s + 512 + 136, NULL, 8), 86400);
}
END_TEST

/* Same tree: another directory, made in another order, under another locale,
 * later: same bytes. */
START_TEST(test_same_bytes)
{
    must_run(make_tree);
    must_pack("in", "a.tar");
    must_pack("in", "b.tar");
    must_run("cmp a.tar b.tar");
    must_run("mkdir again && find in -mindepth 1 -depth -print0 | sort -zr | "
             "tar -c --no-recursion --null -T - | "
             "tar -x --delay-directory-restore -p -C again && "
             "find again -exec touch -h -d @86400 {} +");
    setlocale(LC_ALL, "C.UTF-8");
    must_pack("again/in", "b.tar");
    must_run("cmp a.tar b.tar");
    setlocale(LC_ALL, "C");
    must_run("cat in/d/1 >/dev/null && touch -a in/d/1 && chmod 755 in/d/1 && "
             "chmod 6755 in/d/1");
    must_pack("in", "b.tar");
    must_run("cmp a.tar b.tar");
}
END_TEST

START_TEST(test_round_trip)
{
    must_run(make_tree);
    if (may_chown)
        must_run("chown -h 1000:2000 in/d/e/s in/B");
    /* Too large for seven octal digits, so it needs a PAX header; a user
     * namespace maps no such number. */
    if (may_chown && ns_is_initial_user())
        must_run("chown 3000000:3000000 in/d");
    must_pack("in", "a.tar");
    uint64_t bytes = stats.bytes, entries = stats.entries;
    ck_assert_msg(apply_file("a.tar") == 0, "%s", err.msg);
    ck_assert_uint_eq(stats.bytes, bytes);
    ck_assert_uint_eq(stats.entries, entries);
    ck_assert_uint_eq(look("d/1").st_ino, look("d/2").st_ino);
    ck_assert_uint_eq(look("d/1").st_ino, look("a-first").st_ino);
    must_pack("root", "b.tar");
    must_run("cmp a.tar b.tar");
}
END_TEST

/* GNU tar reads it, and finds what is on disk. */
START_TEST(test_gnu_tar_reads_it)
{
    must_run(make_tree);
    must_run("find in -exec touch -h -d @86400 {} +");
    must_pack("in", "a.tar");
    must_run("tar df a.tar --numeric-owner -C in 2>messages");
    must_run("mkdir out && tar xpf a.tar -C out 2>messages && "
             "diff -r --no-dereference -x p in out && test -p out/p");
    assert_output("tar tvf a.tar d/2 2>messages | sed 's/.* d/d/'",
                  "d/2 link to a-first\n");
}
END_TEST

START_TEST(test_marks)
{
    must_run("mkdir -p in/lib in/app && touch in/lib/new in/app/run");
    mb_autoclose int in = openat(base_fd, "in", O_RDONLY | O_DIRECTORY);
    mb_autoclose int lib = openat(in, "lib", O_RDONLY | O_DIRECTORY);
    ck_assert_int_eq(mknodat(in, "app/old", S_IFCHR, 0), 0);
    /* overlayfs links all its whiteouts to one inode */
    ck_assert_int_eq(linkat(in, "app/old", in, "gone", 0), 0);
    ck_assert_int_eq(fsetxattr(lib, opaque_xattr, "y", 1, 0), 0);
    mb_autofree char *impure = mb_printf("%simpure", options.xattr_prefix);
    ck_assert_int_eq(fsetxattr(in, impure, "y", 1, 0), 0);
    ck_assert_int_eq(fsetxattr(lib, "user.keep", "1", 1, 0), 0);
    must_pack("in", "a.tar");
    assert_output("tar tf a.tar", "app/\napp/.wh.old\napp/run\n.wh.gone\nlib/\n"
                                  "lib/.wh..wh..opq\nlib/new\n");
    assert_output("TZ=UTC tar --numeric-owner -tvf a.tar .wh.gone",
                  "-rw------- 0/0               0 1970-01-01 00:00 .wh.gone\n");
    must_run("! grep -q overlay a.tar");
    must_run("grep -aq SCHILY.xattr.user.keep=1 a.tar");
    ck_assert_msg(apply_file("a.tar") == 0, "%s", err.msg);
    ck_assert(is_whiteout("app/old"));
    ck_assert(is_whiteout("gone"));
    ck_assert(is_opaque("lib"));
    must_pack("root", "b.tar");
    must_run("cmp a.tar b.tar");
}
END_TEST

START_TEST(test_opaque_root)
{
    must_run("mkdir in && touch in/f");
    mb_autoclose int in = openat(base_fd, "in", O_RDONLY | O_DIRECTORY);
    ck_assert_int_eq(fsetxattr(in, opaque_xattr, "y", 1, 0), 0);
    must_pack("in", "a.tar");
    assert_output("tar tf a.tar", ".wh..wh..opq\nf\n");
    ck_assert_int_eq(fsetxattr(in, opaque_xattr, "x", 1, 0), 0);
    must_pack("in", "a.tar");
    assert_output("tar tf a.tar", "f\n");
}
END_TEST

START_TEST(test_xattrs)
{
    const char capability[20] = {1, 0, 0, 2, 0, 32};
    char value[64];

    must_run("mkdir in && touch in/f in/ping");
    mb_autoclose int in = openat(base_fd, "in", O_RDONLY | O_DIRECTORY);
    mb_autoclose int f = openat(in, "f", O_RDONLY);
    mb_autoclose int ping = openat(in, "ping", O_RDONLY);
    ck_assert_int_eq(fsetxattr(f, "user.z", "\0\n=", 3, 0), 0);
    ck_assert_int_eq(fsetxattr(f, "user.a", "", 0, 0), 0);
    ck_assert_int_eq(fsetxattr(f, "user.m=n", "1", 1, 0), 0); /* left out */
    ck_assert_int_eq(fsetxattr(ping, "security.capability", capability, 20, 0),
                     0);
    must_pack("in", "a.tar");
    ck_assert_msg(apply_file("a.tar") == 0, "%s", err.msg);
    ck_assert_int_eq(get_xattr("f", "user.z", value, 64), 3);
    ck_assert_mem_eq(value, "\0\n=", 3);
    ck_assert_int_eq(get_xattr("f", "user.a", value, 64), 0);
    ck_assert_int_lt(get_xattr("f", "user.m=n", value, 64), 0);
    ck_assert_int_lt(get_xattr("f", "user.m", value, 64), 0);
    ck_assert_int_ge(get_xattr("ping", "security.capability", value, 64), 20);
}
END_TEST

START_TEST(test_newest)
{
    must_run("mkdir -p in/d && touch in/d/f && ln -s f in/d/s && "
             "ln in/d/f in/d/h && mkfifo in/p && touch -d @500 in/old && "
             "touch -d @1000.5 in/half");
    options.newest = 1000;
    must_pack("in", "a.tar");
    assert_output("find in -printf '%T@\\n' | sort -u",
                  "1000.0000000000\n500.0000000000\n");
    ck_assert_msg(apply_file("a.tar") == 0, "%s", err.msg);
    assert_output("find root -mindepth 1 -printf '%T@\\n' | sort -u",
                  "1000.0000000000\n500.0000000000\n");
    options.newest = -1;
    must_pack("in", "b.tar"); /* both forms agree */
    must_run("cmp a.tar b.tar");
}
END_TEST

START_TEST(test_left_out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    must_run("mkdir in && touch in/f");
    mb_autoclose int sock = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%.80s/in/sock",
             base_dir);
    ck_assert_int_eq(bind(sock, (void *)&address, sizeof address), 0);
    uint64_t expected = 1;
    mb_autoclose int in = openat(base_fd, "in", O_RDONLY | O_DIRECTORY);
    if (mknodat(in, "null", S_IFCHR | 0666, makedev(1, 3)) == 0)
        expected++; /* only as the real root */
    must_pack("in", "a.tar");
    assert_output("tar tf a.tar", "f\n");
    ck_assert_uint_eq(stats.skipped, expected);
}
END_TEST

START_TEST(test_empty_layer)
{
    mb_autobuf struct buf tar = BUF_INIT;

    must_run("mkdir in");
    must_pack("in", "a.tar");
    ck_assert_int_eq(fs_read(base_fd, "a.tar", 1 << 20, &tar, NULL), 0);
    ck_assert_uint_eq(tar.len, 1024);
    ck_assert_msg(apply_file("a.tar") == 0, "%s", err.msg);
    ck_assert_uint_eq(stats.entries, 0);
}
END_TEST

START_TEST(test_reserved_name)
{
    must_run("mkdir -p in/d && touch in/d/.wh.evil");
    ck_assert_int_eq(pack("in", "a.tar"), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "/d/.wh.evil"));
}
END_TEST

START_TEST(test_too_deep)
{
    must_run("mkdir -p in && cd in && for i in $(seq 256); do mkdir d && cd d; "
             "done");
    ck_assert_int_eq(pack("in", "a.tar"), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "too deep"));
}
END_TEST

START_TEST(test_disk_full)
{
    mb_autoclose int dir = openat(base_fd, ".", O_RDONLY | O_DIRECTORY);
    mb_autoclose int full = open("/dev/full", O_WRONLY);

    ck_assert_int_eq(layer_pack(dir, full, &options, NULL, &err), -1);
    ck_assert_int_eq(err.errnum, ENOSPC);
    ck_assert_ptr_nonnull(strstr(err.msg, "No space left"));
}
END_TEST

/* --- a file that changes size while it is read --------------------------- */

static volatile bool stop;

static void *change_size(void *path)
{
    for (int i = 0; !stop; i++)
        if (truncate(path, i % 2 ? 100 : 4 << 20) < 0)
            break;
    return NULL;
}

START_TEST(test_changing_size)
{
    mb_autofree char *path = mb_printf("%s/in/f", base_dir);
    pthread_t thread;
    int whole = 0;

    must_run("mkdir in && truncate -s 4M in/f");
    pthread_create(&thread, NULL, change_size, path);
    for (int i = 0; i < 200; i++) {
        if (pack("in", "a.tar") < 0) {
            ck_assert_msg(strstr(err.msg, "shrank"), "%s", err.msg);
            continue;
        }
        whole++;
        ck_assert_msg(apply_file("a.tar") == 0, "%s", err.msg);
    }
    stop = true;
    pthread_join(thread, NULL);
    ck_assert_int_gt(whole, 0);
}
END_TEST

static Suite *layerpack_suite(void)
{
    Suite *suite = suite_create("layerpack");
    TCase *tc = tcase_create("pack");

    tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, test_order_and_names);
    tcase_add_test(tc, test_plain_ustar);
    tcase_add_test(tc, test_same_bytes);
    tcase_add_test(tc, test_round_trip);
    tcase_add_test(tc, test_gnu_tar_reads_it);
    tcase_add_test(tc, test_marks);
    tcase_add_test(tc, test_opaque_root);
    tcase_add_test(tc, test_xattrs);
    tcase_add_test(tc, test_newest);
    tcase_add_test(tc, test_left_out);
    tcase_add_test(tc, test_empty_layer);
    tcase_add_test(tc, test_reserved_name);
    tcase_add_test(tc, test_too_deep);
    tcase_add_test(tc, test_disk_full);
    tcase_add_test(tc, test_changing_size);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    /* Owners and capabilities take root, if only in a user namespace. */
    if (userns_enter(NULL) < 0)
        return EXIT_FAILURE;
    return check_main(layerpack_suite());
}
