/* SPDX-License-Identifier: MIT */
/* test_terminal.c - a pty between two worlds */
#include "runtime/terminal.h"

#include <sys/ioctl.h>

#include "container_fixture.h"

/* A pty of the host: the user's terminal, for these tests. */
static int user_master = -1;

/* Make descriptor 0 a terminal; false where there is none. */
static bool be_at_a_terminal(void)
{
    int unlock = 0;

    user_master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (user_master < 0 || ioctl(user_master, TIOCSPTLCK, &unlock) < 0)
        return false;
    int slave = ioctl(user_master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return slave >= 0 && dup2(slave, 0) == 0;
}

/* ---- the user's side ---------------------------------------------------- */

START_TEST(test_raw_and_back)
{
    struct terminal t = {.master = -1};
    struct termios before, raw, after;

    if (!be_at_a_terminal())
        return skip("no pty");
    tcgetattr(0, &before);
    terminal_save(&t);
    terminal_make_raw(&t);
    tcgetattr(0, &raw);
    ck_assert(before.c_lflag & ICANON);
    ck_assert(!(raw.c_lflag & (ICANON | ECHO | ISIG)));
    terminal_restore(&t);
    tcgetattr(0, &after);
    ck_assert_uint_eq(after.c_lflag, before.c_lflag);
    ck_assert_uint_eq(after.c_iflag, before.c_iflag);
    ck_assert_uint_eq(after.c_oflag, before.c_oflag);
}
END_TEST

START_TEST(test_no_terminal)
{
    struct terminal t = {.master = -1};

    dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
    terminal_save(&t);
    ck_assert(!t.saved_valid);
    terminal_make_raw(&t);
    terminal_restore(&t);
    terminal_copy_size(&t);
}
END_TEST

START_TEST(test_size)
{
    struct winsize size = {.ws_row = 33, .ws_col = 77}, got = {0};
    int unlock = 0;

    if (!be_at_a_terminal())
        return skip("no pty");
    struct terminal t = {.master = open("/dev/ptmx", O_RDWR | O_NOCTTY)};
    ioctl(t.master, TIOCSPTLCK, &unlock);
    ck_assert_int_eq(ioctl(user_master, TIOCSWINSZ, &size), 0);
    terminal_copy_size(&t);
    ck_assert_int_eq(ioctl(t.master, TIOCGWINSZ, &got), 0);
    ck_assert_uint_eq(got.ws_row, 33);
    ck_assert_uint_eq(got.ws_col, 77);
}
END_TEST

/* Keys go in; at their end a Ctrl-D; output comes out until nobody has the
 * slave open any more (EIO). */
START_TEST(test_pump)
{
    int unlock = 0, in[2], out[2];
    char text[100] = "";

    ck_assert_int_eq(pipe(in), 0);
    ck_assert_int_eq(pipe(out), 0);
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0)
        return skip("no pty");
    ck_assert_int_eq(ioctl(master, TIOCSPTLCK, &unlock), 0);
    int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct terminal t = {.master = master, .input = true};
    dup2(in[0], 0);
    int keep = dup(1);
    dup2(out[1], 1);
    ck_assert_int_eq(write(in[1], "ls\n", 3), 3);
    terminal_pump_input(&t);
    ck_assert_int_eq(read(slave, text, sizeof text), 3);
    close(in[1]);
    terminal_pump_input(&t);
    ck_assert(!t.input);
    ck_assert_int_eq(read(slave, text, sizeof text), 0); /* end of file */
    ck_assert_int_eq(write(slave, "hi", 2), 2);
    ck_assert(terminal_pump_output(&t));
    close(slave);
    while (terminal_pump_output(&t))
        ;
    dup2(keep, 1);
    memset(text, 0, sizeof text);
    ck_assert_int_gt(read(out[0], text, sizeof text - 1), 0);
    ck_assert_ptr_nonnull(strstr(text, "hi"));
}
END_TEST

/* ---- the container's side ----------------------------------------------- */

/* Run SCRIPT on a terminal; what it shows comes by our descriptor 1. */
static char *run_on_terminal(const char *script)
{
    int out[2];
    char chunk[4096];
    struct buf text = BUF_INIT;
    ssize_t n;

    spec.tty = true;
    set_script(script);
    ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
    int keep = fcntl(1, F_DUPFD_CLOEXEC, 10);
    fflush(stdout);
    dup2(out[1], 1);
    close(out[1]);
    int code = run_spec();
    dup2(keep, 1);
    close(keep);
    ck_assert_msg(code == 0, "status %d: %s", code, err.msg);
    while ((n = read(out[0], chunk, sizeof chunk)) > 0)
        buf_add(&text, chunk, n);
    close(out[0]);
    return buf_take(&text);
}

START_TEST(test_tty)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    mb_autofree char *text = run_on_terminal(
        "busybox tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all; "
        "busybox stat -c %t:%T /dev/console");
    ck_assert_str_eq(text, "/dev/pts/0\r\nall\r\n88:0\r\n");
}
END_TEST

/* It is the controlling terminal, and its owner is the user. */
START_TEST(test_controlling)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    mb_autofree char *text =
        run_on_terminal("echo x >/dev/tty; busybox stat -c %u /dev/pts/0");
    ck_assert_str_eq(text, "x\r\n0\r\n");
    if (userns_is_single_id())
        return;
    spec.user = "ann";
    mb_autofree char *anns = run_on_terminal("busybox stat -c %u /dev/pts/0");
    ck_assert_str_eq(anns, "1000\r\n");
}
END_TEST

/* Rule 2: an image that has prepared /dev/pts/0 and /dev/console. */
START_TEST(test_prepared_image)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    mb_autofree char *canary = mb_printf("%s/canary/f", tmp_dir);
    tmp_mkdir("image/dev/pts");
    ck_assert_int_eq(symlinkat(canary, tmp_fd, "image/dev/pts/0"), 0);
    ck_assert_int_eq(symlinkat(canary, tmp_fd, "image/dev/console"), 0);
    mb_autofree char *text = run_on_terminal("busybox tty");
    ck_assert_str_eq(text, "/dev/pts/0\r\n");
}
END_TEST

/* Much output, all of it there before the exit code. */
START_TEST(test_all_output)
{
    if (!can_run())
        return skip(NO_CONTAINERS);
    fcntl(output, F_SETPIPE_SZ, 1 << 20);
    mb_autofree char *text = run_on_terminal("busybox seq 1 5000");
    ck_assert(ends_with(text, "4999\r\n5000\r\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("terminal");
    TCase *tc = tcase_create("user"), *inside = tcase_create("container");

    tcase_add_test(tc, test_raw_and_back);
    tcase_add_test(tc, test_no_terminal);
    tcase_add_test(tc, test_size);
    tcase_add_test(tc, test_pump);
    tcase_set_timeout(inside, 20);
    tcase_add_checked_fixture(inside, container_setup, container_teardown);
    tcase_add_test(inside, test_tty);
    tcase_add_test(inside, test_controlling);
    tcase_add_test(inside, test_prepared_image);
    tcase_add_test(inside, test_all_output);
    suite_add_tcase(suite, tc);
    suite_add_tcase(suite, inside);
    return check_main(suite);
}
