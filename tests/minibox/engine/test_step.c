/* SPDX-License-Identifier: MIT */
/* test_step.c - what a step is made from: its key, and what is not in it */
#include "engine/copyplan.h"
#include "engine/dfcheck.h"
#include "engine/step.h"

#include "store_fixture.h"

static struct build_options options;
static struct build b;
static struct stage s;

static void step_setup(void)
{
    store_setup();
    tmp_mkdir("ctx/d");
    tmp_file("ctx/a", "content");
    options = (struct build_options){0};
    b = (struct build){.options = &options, .store = &store, .epoch = -1};
    b.context = openat(tmp_fd, "ctx", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    s = (struct stage){0};
    b.stages = &s; /* the first: none is before it */
    b.n_stages = 1;
    image_init(&s.image);
    s.chain = stage_chain(&s.image);
    strv_add(&s.shell, "/bin/sh");
    strv_add(&s.shell, "-c");
}

static void step_teardown(void)
{
    close(b.context);
    dockerfile_done(&b.file);
    image_done(&s.image);
    strv_done(&s.env);
    strv_done(&s.args);
    strv_done(&s.shell);
    strv_done(&options.build_args);
    store_teardown();
}

/* Prepare the one instruction of TEXT: 0 or -1 with `err`. */
static int prepare(const char *text, struct step *step)
{
    mb_autofree char *all = mb_printf("FROM scratch\n%s\n", text);

    dockerfile_done(&b.file);
    b.file = (struct dockerfile){0};
    ck_assert_ok(dfcheck_parse("Dockerfile", all, strlen(all), &b.file, &err));
    const struct instruction *in = &b.file.instructions[1];
    bool copies = in->keyword == DF_COPY || in->keyword == DF_ADD;
    int result =
        (copies ? copyplan_prepare : step_prepare)(&b, &s, in, step, &err);
    if (result < 0)
        step_done(step);
    return result;
}

/* Its key. */
static struct digest key_of(const char *text)
{
    struct step step;

    ck_assert_ok(prepare(text, &step));
    struct digest key = step.key.digest;
    step_done(&step);
    return key;
}

static void expect_same(const struct digest *a, const char *text)
{
    struct digest now = key_of(text);

    ck_assert_msg(digest_equal(a, &now), "another key: %s", text);
}

static void expect_other(const struct digest *a, const char *text)
{
    struct digest now = key_of(text);

    ck_assert_msg(!digest_equal(a, &now), "the same key: %s", text);
}

/* ---- RUN ---------------------------------------------------------------- */

START_TEST(test_run)
{
    struct step step;

    strv_setenv(&s.env, "A", "1");
    ck_assert_ok(prepare("RUN echo $A", &step));
    ck_assert_uint_eq(step.argv.n, 3);
    ck_assert_str_eq(step.argv.v[2], "echo $A"); /* rule 1 */
    ck_assert_str_eq(step.history.s, "RUN /bin/sh -c echo $A # buildkit");
    step_done(&step);
    ck_assert_ok(prepare("RUN [\"a\",\"b c\"]", &step));
    ck_assert_uint_eq(step.argv.n, 2);
    ck_assert_str_eq(step.argv.v[1], "b c");
    step_done(&step);
}
END_TEST

/* Rule 3. */
START_TEST(test_run_history_of_args)
{
    struct step step;

    strv_add(&s.args, "TOKEN");
    strv_add(&s.args, "EMPTY");
    strv_setenv(&s.env, "TOKEN", "x");
    ck_assert_ok(prepare("RUN make", &step));
    ck_assert_str_eq(step.history.s,
                     "RUN |2 TOKEN=x EMPTY= /bin/sh -c make # buildkit");
    step_done(&step);
}
END_TEST

/* What makes another key, and what does not. */
START_TEST(test_run_key)
{
    struct digest key = key_of("RUN make");

    expect_same(&key, "RUN make");
    expect_same(&key, "run \\\n make"); /* how it is written is no matter */
    expect_other(&key, "RUN [\"make\"]");
    expect_other(&key, "RUN --network=none make");
    strv_setenv(&s.env, "A", "1"); /* rule 2: used or not */
    expect_other(&key, "RUN make");
    strv_done(&s.env);
    expect_same(&key, "RUN make");
    json_t *config = image_run_config(&s.image);
    json_object_set_new(config, "User", json_string("ann"));
    expect_other(&key, "RUN make");
    json_object_del(config, "User");
    json_object_set_new(config, "WorkingDir", json_string("/w"));
    expect_other(&key, "RUN make");
    json_object_del(config, "WorkingDir");
    s.chain = digest_of("other files", 11);
    expect_other(&key, "RUN make");
}
END_TEST

/* Mounts: all that is said, and what a bind shows; nothing that a cache or a
 * secret holds. */
START_TEST(test_mounts_in_the_key)
{
    static const char bind[] = "RUN --mount=source=d,target=/x make";
    static const char secret[] = "RUN --mount=type=secret,id=s make";
    struct digest plain = key_of("RUN make"), with = key_of(bind);
    struct secret given = {.id = "s", .value = "1", .size = 1};

    expect_other(&plain, bind);
    expect_other(&with, "RUN --mount=source=d,target=/y make");
    expect_other(&with, "RUN --mount=source=d,target=/x,rw make");
    expect_other(&plain, "RUN --mount=type=cache,target=/x make");
    tmp_file("ctx/unrelated", "x");
    expect_same(&with, bind);
    tmp_file("ctx/d/new", "x");
    expect_other(&with, bind);
    struct digest key = key_of(secret);
    b.secrets = (struct secret_list){&given, 1};
    expect_same(&key, secret);
    expect_other(&key, "RUN --mount=type=secret,id=s2 make");
    expect_other(&key, "RUN --mount=type=secret,id=s,mode=0444 make");
    strv_setenv(&s.env, "X", "d"); /* in the key itself, too */
    with = key_of(bind);
    expect_same(&with, "RUN --mount=source=$X,target=/x make");
}
END_TEST

START_TEST(test_mounts_are_sorted)
{
    struct step step;

    ck_assert_ok(prepare("RUN --mount=type=secret,id=s,target=/x/y "
                         "--mount=type=tmpfs,target=/x make",
                         &step));
    ck_assert_uint_eq(step.mounts.n, 2);
    ck_assert_str_eq(step.mounts.v[0].flag.target, "/x");
    ck_assert_str_eq(step.history.s, "RUN /bin/sh -c make # buildkit");
    step_done(&step);
}
END_TEST

START_TEST(test_network_in_the_key)
{
    struct digest key = key_of("RUN make");
    struct step step;

    expect_same(&key, "RUN --network=default make");
    expect_same(&key, "RUN --network=host make");
    expect_other(&key, "RUN --network=none make");
    options.no_network = true;
    key = key_of("RUN make");
    expect_same(&key, "RUN --network=none make");
    ck_assert_int_eq(prepare("RUN --network=host make", &step), -1);
}
END_TEST

/* Proxies say how to fetch, not what. */
START_TEST(test_proxies_are_not_in_the_key)
{
    struct digest key = key_of("RUN make");

    strv_add(&options.build_args, "http_proxy=http://x");
    expect_same(&key, "RUN make");
}
END_TEST

START_TEST(test_epoch_is_in_the_key)
{
    struct digest key = key_of("RUN make");

    b.epoch = 1000;
    expect_other(&key, "RUN make");
}
END_TEST

START_TEST(test_heredoc)
{
    struct step step;

    ck_assert_ok(prepare("RUN <<EOF\necho a\necho b\nEOF", &step));
    ck_assert_str_eq(step.argv.v[2], "echo a\necho b\n");
    step_done(&step);
    ck_assert_ok(prepare("RUN cat <<EOF >/f\nx\nEOF", &step));
    ck_assert_str_eq(step.argv.v[2], "cat <<EOF >/f\nx\nEOF\n");
    step_done(&step);
    ck_assert_int_eq(prepare("RUN <<EOF\n#!/usr/bin/python\nEOF", &step), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "not in minibox"));
}
END_TEST

/* ---- COPY --------------------------------------------------------------- */

START_TEST(test_copy_destination)
{
    static const struct {
        const char *cwd, *dest, *full;
    } t[] = {
        {"", "/b", "/b"},          {"/w", "b", "/w/b"},
        {"/w", "b/", "/w/b/"},     {"/w", ".", "/w/"},
        {"/w", "./", "/w/"},       {"", "/", "/"},
        {"/w", "../b", "/b"},      {"", "b", "/b"},
        {"/w", "/a/../c/", "/c/"}, {"/w", "../../../../x", "/x"},
    };

    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        mb_autofree char *text = mb_printf("COPY a %s", t[i].dest);
        struct step step;
        json_object_set_new(image_run_config(&s.image), "WorkingDir",
                            json_string(t[i].cwd));
        ck_assert_ok(prepare(text, &step));
        ck_assert_str_eq(step.dest, t[i].full);
        step_done(&step);
    }
}
END_TEST

START_TEST(test_copy_key)
{
    struct digest key = key_of("COPY a /b");

    expect_same(&key, "COPY a /b");
    expect_other(&key, "COPY a /c");
    expect_other(&key, "COPY --chown=1 a /b");
    expect_other(&key, "COPY --chmod=600 a /b");
    expect_other(&key, "ADD a /b");
    strv_setenv(&s.env, "X", "1"); /* no matter for COPY */
    expect_same(&key, "COPY a /b");
    tmp_file("ctx/unrelated", "x");
    expect_same(&key, "COPY a /b");
    tmp_file("ctx/a", "other content");
    expect_other(&key, "COPY a /b");
    tmp_file("ctx/a", "content"); /* touched, but the same */
    expect_same(&key, "COPY a /b");
    ck_assert_int_eq(fchmodat(tmp_fd, "ctx/a", 0755, 0), 0);
    expect_other(&key, "COPY a /b");
}
END_TEST

START_TEST(test_copy_history)
{
    struct step step;

    strv_setenv(&s.env, "D", "/dest");
    ck_assert_ok(prepare("COPY --chown=1:2 --chmod=755 a $D/", &step));
    ck_assert_str_eq(step.history.s,
                     "COPY --chown=1:2 --chmod=755 a /dest/ # buildkit");
    step_done(&step);
}
END_TEST

static const char *const bad_copies[] = {
    "COPY nosuch /b",
    "COPY ../outside /b",
    "COPY --from=nosuch a /b",
    "COPY --from=Bad:x a /b",
    "ADD https://example.org/x /b",
    "ADD git@example.org:x /b",
    "ADD --checksum=sha256:x a /b",
    "RUN --mount=type=ssh make",
    "RUN --mount=type=bind,source=nosuch,target=/x make",
    "RUN --mount=type=bind,from=nosuch,target=/x make",
    "RUN --mount=source=a make", /* on "/" */
    "RUN --network=bridge make",
    "RUN --security=insecure make",
    "COPY ${X:?no} /b",
};

START_TEST(test_refused)
{
    struct step step;

    tmp_file("outside", "host");
    ck_assert_int_eq(prepare(bad_copies[_i], &step), -1);
    ck_assert_str_ne(err.msg, "");
}
END_TEST

/* COPY ../x is clamped to the context: never the host's file. */
START_TEST(test_copy_never_outside)
{
    struct step step;
    struct digest key;

    tmp_file("outside", "host");
    tmp_file("ctx/outside", "of the context");
    key = key_of("COPY ../outside /b");
    tmp_file("outside", "changed");
    expect_same(&key, "COPY ../outside /b");
    (void)step;
}
END_TEST

/* ---- WORKDIR ------------------------------------------------------------ */

START_TEST(test_workdir)
{
    struct step step;

    ck_assert_ok(prepare("WORKDIR /a", &step));
    ck_assert_str_eq(step.dest, "/a");
    ck_assert_str_eq(step.history.s, "WORKDIR /a");
    step_done(&step);
    strv_setenv(&s.env, "D", "sub");
    ck_assert_ok(prepare("WORKDIR $D/../x", &step)); /* relative to /a */
    ck_assert_str_eq(step.dest, "/a/x");
    step_done(&step);
}
END_TEST

START_TEST(test_chain)
{
    struct image image;
    struct digest one = digest_of("1", 1), two = digest_of("2", 1);

    image_init(&image);
    struct digest empty = stage_chain(&image);
    ck_assert_ok(image_add_layer(&image, &one, 1, &err));
    struct digest first = stage_chain(&image);
    ck_assert_ok(image_add_layer(&image, &two, 1, &err));
    struct digest both = stage_chain(&image);
    ck_assert(!digest_equal(&empty, &first));
    ck_assert(!digest_equal(&first, &both));
    image_done(&image);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("step");
    TCase *tc = tcase_create("step");

    tcase_add_checked_fixture(tc, step_setup, step_teardown);
    tcase_add_test(tc, test_run);
    tcase_add_test(tc, test_run_history_of_args);
    tcase_add_test(tc, test_run_key);
    tcase_add_test(tc, test_mounts_in_the_key);
    tcase_add_test(tc, test_mounts_are_sorted);
    tcase_add_test(tc, test_network_in_the_key);
    tcase_add_test(tc, test_proxies_are_not_in_the_key);
    tcase_add_test(tc, test_epoch_is_in_the_key);
    tcase_add_test(tc, test_heredoc);
    tcase_add_test(tc, test_copy_destination);
    tcase_add_test(tc, test_copy_key);
    tcase_add_test(tc, test_copy_history);
    tcase_add_loop_test(tc, test_refused, 0,
                        sizeof bad_copies / sizeof *bad_copies);
    tcase_add_test(tc, test_copy_never_outside);
    tcase_add_test(tc, test_workdir);
    tcase_add_test(tc, test_chain);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
