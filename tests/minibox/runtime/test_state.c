/* SPDX-License-Identifier: MIT */
/* test_state.c - what is known of containers, and whether it still is true */
#include "runtime/state.h"

#include "sandbox.h"

static struct container c;

static void store_setup(void)
{
    tmp_setup();
    tmp_mkdir("containers");
    tmp_mkdir("names");
    tmp_mkdir("tmp");
}

static void store_teardown(void)
{
    container_done(&c);
    tmp_teardown();
}

/* A container with a config.json, as run makes it. */
static void make(const char *name, struct container *out)
{
    ck_assert_ok(state_create(tmp_dir, name, out, &err));
    ck_assert_ok(state_write(out, "config.json",
                             json_pack("{s:s}", "name", out->name), &err));
}

/* ---- names -------------------------------------------------------------- */

START_TEST(test_create)
{
    struct stat st;
    char target[100] = "";

    make("web", &c);
    ck_assert_uint_eq(strlen(c.id), 64);
    ck_assert_str_eq(c.name, "web");
    ck_assert_int_eq(stat(c.dir, &st), 0);
    ck_assert_uint_eq(st.st_mode, S_IFDIR | 0700);
    ck_assert_int_eq(readlinkat(tmp_fd, "names/web", target, 99), 64);
    ck_assert_str_eq(target, c.id);
}
END_TEST

START_TEST(test_random_names)
{
    for (int i = 0; i < 50; i++) {
        struct container one;
        make(NULL, &one);
        ck_assert_ptr_nonnull(strchr(one.name, '_'));
        container_done(&one);
    }
}
END_TEST

/* Rule 1: one step, so that one of two wins; the loser leaves nothing. */
START_TEST(test_conflict)
{
    struct container second = {0};
    int names = 0;

    make("web", &c);
    ck_assert_int_eq(state_create(tmp_dir, "web", &second, &err), -1);
    mb_autofree char *expected = mb_printf(
        "Conflict. The container name \"/web\" is already in use by container "
        "\"%s\". You have to remove (or rename) that container to be able to "
        "reuse that name.",
        c.id);
    ck_assert_str_eq(err.msg, expected);
    ck_assert_ptr_null(second.dir);
    struct container found;
    ck_assert_ok(state_find(tmp_dir, "web", &found, &err));
    ck_assert_str_eq(found.id, c.id);
    container_done(&found);
    (void)names;
}
END_TEST

static int count(const struct container *one, void *n)
{
    (void)one;
    ++*(int *)n;
    return 0;
}

START_TEST(test_race_for_a_name)
{
    int winners = 0, n = 0;

    for (int i = 0; i < 8; i++)
        if (fork() == 0)
            _exit(state_create(tmp_dir, "web", &c, NULL) == 0);
    for (int i = 0, status; i < 8; i++) {
        wait(&status);
        winners += WEXITSTATUS(status);
    }
    ck_assert_int_eq(winners, 1);
    state_for_each(tmp_dir, count, &n, &err);
    ck_assert_int_eq(n, 1);
}
END_TEST

/* A name that leads nowhere was left by a kill, and is free. */
START_TEST(test_name_left_by_a_kill)
{
    char id[65];

    memset(id, 'a', 64);
    id[64] = '\0';
    ck_assert_int_eq(symlinkat(id, tmp_fd, "names/web"), 0);
    make("web", &c);
    ck_assert_str_ne(c.id, id);
}
END_TEST

/* Something else of that name: an error, without rubbish in it. */
START_TEST(test_name_is_something_else)
{
    if (_i)
        tmp_mkdir("names/web");
    else
        ck_assert_int_eq(symlinkat("short", tmp_fd, "names/web"), 0);
    ck_assert_int_eq(state_create(tmp_dir, "web", &c, &err), -1);
    for (const char *p = err.msg; *p; p++)
        ck_assert(*p >= ' ' && *p <= '~');
}
END_TEST

static const char *const bad[] = {"../x", "a/b", "", ".", "a", "x\ny", "-rf"};

START_TEST(test_bad_names)
{
    struct container found;

    ck_assert_int_eq(state_create(tmp_dir, bad[_i], &c, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "Invalid container name"));
    ck_assert_int_eq(state_find(tmp_dir, bad[_i], &found, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "No such container"));
}
END_TEST

/* ---- finding ------------------------------------------------------------ */

START_TEST(test_find)
{
    struct container other, found;
    char prefix[65];

    make("web", &c);
    make("db", &other);
    for (int len = 64; len >= 12; len -= 13) {
        snprintf(prefix, sizeof prefix, "%.*s", len, c.id);
        ck_assert_ok(state_find(tmp_dir, prefix, &found, &err));
        ck_assert_str_eq(found.id, c.id);
        ck_assert_str_eq(found.name, "web");
        ck_assert_str_eq(found.dir, c.dir);
        container_done(&found);
    }
    ck_assert_int_eq(state_find(tmp_dir, "nosuch", &found, &err), -1);
    ck_assert_str_eq(err.msg, "No such container: nosuch");
    container_done(&other);
}
END_TEST

/* 17 containers: at least two IDs begin with the same digit. */
START_TEST(test_ambiguous)
{
    int found = 0;

    for (int i = 0; i < 17; i++) {
        struct container one;
        make(NULL, &one);
        container_done(&one);
    }
    for (const char *digit = "0123456789abcdef"; *digit; digit++) {
        char text[2] = {*digit, '\0'};
        struct container one;
        if (state_find(tmp_dir, text, &one, &err) == 0)
            container_done(&one);
        else
            found += strstr(err.msg, "multiple IDs found") != NULL;
    }
    ck_assert_int_ge(found, 1);
}
END_TEST

static int stop_at_once(const struct container *one, void *argument)
{
    (void)one, (void)argument;
    return 42;
}

START_TEST(test_for_each)
{
    struct container other;
    int n = 0;

    ck_assert_int_eq(state_for_each("/no/such/store", count, &n, &err), -1);
    make("web", &c);
    make("db", &other);
    container_done(&other);
    tmp_mkdir("containers/.tmp-1-2"); /* no container */
    ck_assert_int_eq(state_for_each(tmp_dir, count, &n, &err), 0);
    ck_assert_int_eq(n, 2);
    ck_assert_int_eq(state_for_each(tmp_dir, stop_at_once, NULL, &err), 42);
}
END_TEST

/* ---- files -------------------------------------------------------------- */

START_TEST(test_documents)
{
    make("web", &c);
    ck_assert_ptr_null(state_read(&c, "state.json"));
    ck_assert_ok(
        state_write(&c, "state.json", json_pack("{s:i}", "x", 7), &err));
    json_t *back = state_read(&c, "state.json");
    ck_assert_int_eq(json_integer_value(json_object_get(back, "x")), 7);
    json_decref(back);
    mb_autofree char *path = mb_printf("%s/state.json", c.dir);
    ck_assert_ok(fs_write(AT_FDCWD, path, "{\"x\":", 5, &err));
    ck_assert_ptr_null(state_read(&c, "state.json"));
    ck_assert(!state_is_running(&c));
    ck_assert_int_eq(state_write(&c, "state.json", NULL, &err), -1);
}
END_TEST

/* A container without a config, left by a kill: it can be found and removed.
 */
START_TEST(test_without_config)
{
    struct container found;

    ck_assert_ok(state_create(tmp_dir, "web", &c, &err));
    ck_assert_ok(state_find(tmp_dir, c.id, &found, &err));
    ck_assert_str_eq(found.name, "");
    ck_assert_ok(state_remove(tmp_dir, &found, &err));
    container_done(&found);
    struct container again;
    ck_assert_ok(state_create(tmp_dir, "web", &again, &err));
    container_done(&again);
}
END_TEST

/* ---- running or not ----------------------------------------------------- */

START_TEST(test_running)
{
    pid_t pid = fork();

    if (pid == 0)
        for (;;)
            pause();
    make("web", &c);
    ck_assert(!state_is_running(&c));
    ck_assert_ok(state_set_running(&c, pid, &err));
    ck_assert(state_is_running(&c));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    ck_assert(!state_is_running(&c)); /* though the file still says so */
    json_t *state = state_read(&c, "state.json");
    ck_assert_str_eq(json_string_value(json_object_get(state, "status")),
                     "running");
    json_decref(state);
}
END_TEST

/* Rule 2: the number alone proves nothing. */
START_TEST(test_number_taken_by_another)
{
    make("web", &c);
    ck_assert_ok(state_set_running(&c, getpid(), &err));
    ck_assert(state_is_running(&c));
    json_t *state = state_read(&c, "state.json");
    json_int_t then = json_integer_value(json_object_get(state, "startTime"));
    json_object_set_new(state, "startTime", json_integer(then - 1));
    ck_assert_ok(state_write(&c, "state.json", state, &err));
    ck_assert(!state_is_running(&c));
}
END_TEST

/* Field 22, though the process is called ") 1 2 (x". */
START_TEST(test_hostile_process_name)
{
    make("web", &c);
    prctl(PR_SET_NAME, ") 1 2 (x");
    ck_assert_ok(state_set_running(&c, getpid(), &err));
    json_t *state = state_read(&c, "state.json");
    json_int_t hostile =
        json_integer_value(json_object_get(state, "startTime"));
    json_decref(state);
    prctl(PR_SET_NAME, "plain");
    ck_assert_ok(state_set_running(&c, getpid(), &err));
    state = state_read(&c, "state.json");
    ck_assert_int_eq(json_integer_value(json_object_get(state, "startTime")),
                     hostile);
    ck_assert_int_gt(hostile, 0);
    json_decref(state);
}
END_TEST

START_TEST(test_exited)
{
    make("web", &c);
    ck_assert_ok(state_set_exited(&c, 137, true, NULL, &err));
    json_t *state = state_read(&c, "state.json");
    ck_assert_str_eq(json_string_value(json_object_get(state, "status")),
                     "exited");
    ck_assert_int_eq(json_integer_value(json_object_get(state, "exitCode")),
                     137);
    ck_assert(json_is_true(json_object_get(state, "oomKilled")));
    json_decref(state);
    ck_assert_ok(state_set_exited(&c, 127, false, "no such file", &err));
    state = state_read(&c, "state.json");
    ck_assert_str_eq(json_string_value(json_object_get(state, "status")),
                     "created");
    ck_assert_str_eq(json_string_value(json_object_get(state, "error")),
                     "no such file");
    json_decref(state);
    ck_assert(!state_is_running(&c));
}
END_TEST

/* When it was started is known after its end, too. */
START_TEST(test_start_is_kept)
{
    make("web", &c);
    ck_assert_ok(state_set_running(&c, getpid(), &err));
    ck_assert_ok(state_set_exited(&c, 0, false, NULL, &err));
    json_t *state = state_read(&c, "state.json");
    ck_assert_int_gt(json_integer_value(json_object_get(state, "startedAt")),
                     0);
    json_decref(state);
}
END_TEST

/* ---- removing ----------------------------------------------------------- */

START_TEST(test_remove)
{
    struct container found;

    make("web", &c);
    mb_autofree char *upper = mb_printf("%s/upper/a/b", c.dir);
    ck_assert_ok(fs_mkdirs(AT_FDCWD, upper, &err));
    ck_assert_ok(state_remove(tmp_dir, &c, &err));
    ck_assert_int_eq(access(c.dir, F_OK), -1);
    ck_assert_int_eq(faccessat(tmp_fd, "names/web", F_OK, AT_SYMLINK_NOFOLLOW),
                     -1);
    ck_assert_int_eq(state_find(tmp_dir, "web", &found, &err), -1);
}
END_TEST

/* Somebody else has taken the name in the meantime: it stays his. */
START_TEST(test_remove_leaves_others_name)
{
    struct container other, found;

    make("web", &c);
    ck_assert_int_eq(unlinkat(tmp_fd, "names/web", 0), 0);
    make("web", &other);
    ck_assert_ok(state_remove(tmp_dir, &c, &err));
    ck_assert_ok(state_find(tmp_dir, "web", &found, &err));
    ck_assert_str_eq(found.id, other.id);
    container_done(&found);
    container_done(&other);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("state");
    TCase *tc = tcase_create("state");

    tcase_add_checked_fixture(tc, store_setup, store_teardown);
    tcase_add_test(tc, test_create);
    tcase_add_test(tc, test_random_names);
    tcase_add_test(tc, test_conflict);
    tcase_add_test(tc, test_race_for_a_name);
    tcase_add_test(tc, test_name_left_by_a_kill);
    tcase_add_loop_test(tc, test_name_is_something_else, 0, 2);
    tcase_add_loop_test(tc, test_bad_names, 0, N(bad));
    tcase_add_test(tc, test_find);
    tcase_add_test(tc, test_ambiguous);
    tcase_add_test(tc, test_for_each);
    tcase_add_test(tc, test_documents);
    tcase_add_test(tc, test_without_config);
    tcase_add_test(tc, test_running);
    tcase_add_test(tc, test_number_taken_by_another);
    tcase_add_test(tc, test_hostile_process_name);
    tcase_add_test(tc, test_exited);
    tcase_add_test(tc, test_start_is_kept);
    tcase_add_test(tc, test_remove);
    tcase_add_test(tc, test_remove_leaves_others_name);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
