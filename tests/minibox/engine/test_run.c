/* SPDX-License-Identifier: MIT */
/* test_run.c - from an image to a container, and what is remembered of it */
#include "engine/run.h"

#include "build_fixture.h"
#include "linux/caps.h"
#include "runtime/state.h"

static struct run_options run;
static struct strv words;
static char id[65];
static int out_fd; /* what containers print */

static void run_setup(void)
{
    build_setup();
    out_fd = openat(tmp_fd, "out", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    run = (struct run_options){
        .image = "base",
        .wishes = {.argv = &words},
        .spec = {.caps = caps_docker_default, .out = out_fd, .errors = out_fd}};
}

static void run_teardown(void)
{
    strv_done(&words);
    close(out_fd);
    build_teardown();
}

/* sh -c SCRIPT in a container; its status. */
static int run_sh(const char *script)
{
    strv_done(&words);
    strv_add(&words, "sh");
    strv_add(&words, "-c");
    strv_add(&words, script);
    err = (struct mb_error){0};
    ck_assert_int_eq(ftruncate(out_fd, 0), 0);
    lseek(out_fd, 0, SEEK_SET);
    return run_image(&store, &run, id, &err);
}

/* What it printed. */
static char *printed(void)
{
    mb_autofree char *path = mb_printf("%s/out", tmp_dir);

    return text_of(path);
}

/* KEY of state.json of the container NAME, as JSON. */
static char *state_of(const char *name, const char *key)
{
    struct container c;

    ck_assert_ok(state_find(store.root, name, &c, &err));
    json_t *state = state_read(&c, "state.json");
    char *text = json_dumps(json_object_get(state, key), JSON_ENCODE_ANY);
    json_decref(state);
    container_done(&c);
    return text ? text : mb_strdup("null");
}

static int count(const struct container *c, void *n)
{
    (void)c;
    ++*(int *)n;
    return 0;
}

static int containers(void)
{
    int n = 0;

    ck_assert_ok(state_for_each(store.root, count, &n, &err));
    return n;
}

START_TEST(test_run)
{
    if (!make_base())
        return skip(NO_BASE);
    run.name = "web";
    ck_assert_int_eq(run_sh("echo hello; exit 7"), 7);
    mb_autofree char *text = printed();
    ck_assert_str_eq(text, "hello\n");
    mb_autofree char *status = state_of("web", "status");
    mb_autofree char *code = state_of("web", "exitCode");
    ck_assert_str_eq(status, "\"exited\"");
    ck_assert_str_eq(code, "7");
}
END_TEST

START_TEST(test_remove)
{
    if (!make_base())
        return skip(NO_BASE);
    run.remove = true;
    run.name = "web";
    ck_assert_int_eq(run_sh("exit 0"), 0);
    ck_assert_int_eq(containers(), 0);
    ck_assert_int_eq(run_sh("exit 0"), 0); /* the name is free again */
}
END_TEST

/* Rule 2. */
START_TEST(test_not_found_is_remembered)
{
    if (!make_base())
        return skip(NO_BASE);
    run.name = "web";
    strv_add(&words, "nosuch");
    ck_assert_int_eq(run_image(&store, &run, id, &err), -1);
    ck_assert_int_eq(err.code, 127);
    mb_autofree char *status = state_of("web", "status");
    mb_autofree char *why = state_of("web", "error");
    ck_assert_str_eq(status, "\"created\"");
    ck_assert_ptr_nonnull(strstr(why, "executable file not found"));
    run.remove = true;
    run.name = "other";
    ck_assert_int_eq(run_image(&store, &run, id, &err), -1);
    ck_assert_int_eq(containers(), 1);
}
END_TEST

START_TEST(test_no_image)
{
    run.image = "nosuch:v1";
    ck_assert_int_eq(run_sh("exit 0"), -1);
    ck_assert_str_eq(err.msg, "Unable to find image 'nosuch:v1' locally");
    ck_assert_int_eq(err.code, 125);
    ck_assert_int_eq(containers(), 0);
}
END_TEST

START_TEST(test_name_in_use)
{
    if (!make_base())
        return skip(NO_BASE);
    run.name = "web";
    ck_assert_int_eq(run_sh("exit 0"), 0);
    ck_assert_int_eq(run_sh("exit 0"), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "Conflict."));
    ck_assert_int_eq(err.code, 125);
    ck_assert_int_eq(containers(), 1);
}
END_TEST

/* A wrong wish leaves no container behind. */
START_TEST(test_wrong_wish)
{
    if (!make_base())
        return skip(NO_BASE);
    run.wishes.cwd = "relative";
    ck_assert_int_eq(run_sh("exit 0"), -1);
    ck_assert_int_eq(err.code, 125);
    ck_assert_int_eq(containers(), 0);
}
END_TEST

START_TEST(test_hostname)
{
    if (!make_base())
        return skip(NO_BASE);
    run.name = "web";
    ck_assert_int_eq(run_sh("echo $HOSTNAME; hostname"), 0);
    struct container c;
    ck_assert_ok(state_find(store.root, "web", &c, &err));
    mb_autofree char *expected = mb_printf("%.12s\n%.12s\n", c.id, c.id);
    mb_autofree char *text = printed();
    ck_assert_str_eq(text, expected);
    container_done(&c);
    run.name = NULL;
    run.hostname = "mine";
    ck_assert_int_eq(run_sh("hostname"), 0);
    mb_autofree char *mine = printed();
    ck_assert_str_eq(mine, "mine\n");
}
END_TEST

/* Two containers of one image do not see each other's changes. */
START_TEST(test_own_layer)
{
    if (!make_base())
        return skip(NO_BASE);
    ck_assert_int_eq(run_sh("echo x >/f"), 0);
    ck_assert_int_eq(run_sh("test ! -e /f"), 0);
}
END_TEST

/* An image without any layer: minibox's own directories only. */
START_TEST(test_empty_image)
{
    if (!make_base())
        return skip(NO_BASE);
    struct image image = make_image("empty", NULL);
    image_done(&image);
    run.image = "empty";
    ck_assert_int_eq(run_sh("exit 0"), -1);
    ck_assert_int_eq(err.code, 127);
}
END_TEST

int main(int argc, char **argv)
{
    (void)argc;
    with_programs(argv);
    Suite *suite = suite_create("run");
    TCase *tc = tcase_create("run");

    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, run_setup, run_teardown);
    tcase_add_test(tc, test_run);
    tcase_add_test(tc, test_remove);
    tcase_add_test(tc, test_not_found_is_remembered);
    tcase_add_test(tc, test_no_image);
    tcase_add_test(tc, test_name_in_use);
    tcase_add_test(tc, test_wrong_wish);
    tcase_add_test(tc, test_hostname);
    tcase_add_test(tc, test_own_layer);
    tcase_add_test(tc, test_empty_image);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
