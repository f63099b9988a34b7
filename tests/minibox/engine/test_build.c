/* SPDX-License-Identifier: MIT */
/* test_build.c - from a Dockerfile to an image; and twice, and not at all */
#include "build_fixture.h"

#include <dirent.h>

/* ---- what comes out ----------------------------------------------------- */

START_TEST(test_scratch)
{
    tmp_file("ctx/f", "content");
    must_build("FROM scratch\nCOPY f /g\nENV A=1\nCMD [\"/g\"]\n");
    mb_autofree char *text = file_of_built("g");
    ck_assert_str_eq(text, "content");
    expect_config("Env", "[" ENV_PATH ",\"A=1\"]");
    expect_config("Cmd", "[\"/g\"]");
    struct image image;
    ck_assert_ok(lookup_image(&store, "test", &image, &err));
    ck_assert_str_eq(image.id.hex, built.hex);
    ck_assert_uint_eq(image.n_layers, 1);
    image_done(&image);
    ck_assert_int_eq(said("Step "), 4);
    ck_assert_int_eq(said("Successfully built"), 1);
    ck_assert_int_eq(said("Successfully tagged test:latest"), 1);
}
END_TEST

START_TEST(test_run)
{
    if (!make_base())
        return skip(NO_BASE);
    must_build("FROM base\nARG V=7\nENV W=8\nWORKDIR /w\n"
               "RUN echo $V$W >f; pwd >>f\n");
    mb_autofree char *text = file_of_built("w/f");
    ck_assert_str_eq(text, "78\n/w\n");
    expect_config("WorkingDir", "\"/w\"");
    struct image image = load_built();
    ck_assert_uint_eq(image.n_layers, 3);
    image_done(&image);
}
END_TEST

START_TEST(test_run_fails)
{
    struct image image;

    if (!make_base())
        return skip(NO_BASE);
    must_fail("FROM base\n\nRUN exit 3\nRUN touch /never\n", "Dockerfile:3");
    ck_assert_ptr_nonnull(strstr(err.msg, "RUN exit 3"));
    ck_assert_ptr_nonnull(strstr(err.msg, "3"));
    ck_assert_int_eq(err.code, 1);
    ck_assert_int_eq(lookup_image(&store, "test", &image, &err), -1);
}
END_TEST

/* Every line of the history, as `docker history` shows them. */
START_TEST(test_history)
{
    mb_autobuf struct buf lines = BUF_INIT;
    size_t i;
    json_t *row;

    tmp_file("ctx/f", "x");
    must_build("FROM scratch\nCOPY f /\nENV A=1\n");
    struct image image = load_built();
    json_array_foreach(json_object_get(image.config, "history"), i, row)
        buf_addf(&lines, "%s%s;",
                 json_string_value(json_object_get(row, "created_by")),
                 json_is_true(json_object_get(row, "empty_layer")) ? "(0)"
                                                                   : "");
    ck_assert_str_eq(lines.s, "COPY f / # buildkit;ENV A=1(0);");
    image_done(&image);
}
END_TEST

/* ---- the cache ---------------------------------------------------------- */

START_TEST(test_cached)
{
    tmp_file("ctx/f", "content");
    must_build("FROM scratch\nCOPY f /g\nENV A=1\n");
    struct digest first = built;
    ck_assert_int_eq(said("Using cache"), 0);
    poll(NULL, 0, 1100); /* rule 3: the clock has moved on */
    must_build("FROM scratch\nCOPY f /g\nENV A=1\n");
    ck_assert_int_eq(said("Using cache"), 2);
    ck_assert(digest_equal(&first, &built));
    options.no_cache = true;
    must_build("FROM scratch\nCOPY f /g\nENV A=1\n");
    ck_assert_int_eq(said("Using cache"), 0);
}
END_TEST

/* What changes, and all after it, is done again. */
START_TEST(test_cache_misses)
{
    if (!make_base())
        return skip(NO_BASE);
    tmp_file("ctx/f", "1");
    const char *text = "FROM base\nRUN echo a\nCOPY f /\nRUN echo b\n";
    must_build(text);
    tmp_file("ctx/f", "2");
    must_build(text);
    ck_assert_int_eq(said("Using cache"), 1);
    tmp_file("ctx/f", "1"); /* back to what is known */
    must_build(text);
    ck_assert_int_eq(said("Using cache"), 3);
}
END_TEST

/* SOURCE_DATE_EPOCH: another day, another store, the same image. */
START_TEST(test_reproducible)
{
    struct digest first;

    setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
    tmp_file("ctx/f", "content");
    must_build("FROM scratch\nCOPY f /d/g\nENV A=1\n");
    first = built;
    options.no_cache = true;
    poll(NULL, 0, 1100);
    ck_assert_int_eq(utimensat(tmp_fd, "ctx/f", NULL, 0), 0);
    must_build("FROM scratch\nCOPY f /d/g\nENV A=1\n");
    ck_assert(digest_equal(&first, &built));
    setenv("SOURCE_DATE_EPOCH", "soon", 1);
    must_fail("FROM scratch\n", "SOURCE_DATE_EPOCH=soon");
}
END_TEST

/* ---- stages ------------------------------------------------------------- */

START_TEST(test_stages)
{
    tmp_file("ctx/f", "content");
    must_build("FROM scratch AS one\nCOPY f /a\n"
               "FROM scratch AS unused\nCOPY nosuch /\n"
               "FROM scratch\nCOPY --from=one /a /b\n");
    mb_autofree char *text = file_of_built("b");
    ck_assert_str_eq(text, "content");
    ck_assert_int_eq(said("nosuch"), 0); /* rule 2 */
    struct image image = load_built();
    ck_assert_uint_eq(image.n_layers, 1);
    image_done(&image);
}
END_TEST

START_TEST(test_stage_on_stage)
{
    tmp_file("ctx/f", "content");
    must_build("FROM scratch AS one\nCOPY f /a\nENV X=1\n"
               "FROM one\nCOPY f /b\nENV Y=$X\n");
    expect_config("Env", "[" ENV_PATH ",\"X=1\",\"Y=1\"]");
    struct image image = load_built();
    ck_assert_uint_eq(image.n_layers, 2);
    image_done(&image);
}
END_TEST

START_TEST(test_target)
{
    options.target = "one";
    must_build("FROM scratch AS one\nENV A=1\nFROM scratch\nENV B=2\n");
    expect_config("Env", "[" ENV_PATH ",\"A=1\"]");
    options.target = "1";
    must_build("FROM scratch AS one\nENV A=1\nFROM scratch\nENV B=2\n");
    expect_config("Env", "[" ENV_PATH ",\"B=2\"]");
    options.target = "nosuch";
    must_fail("FROM scratch\n", "target stage \"nosuch\" could not be found");
}
END_TEST

/* ---- ARG ---------------------------------------------------------------- */

START_TEST(test_args)
{
    strv_add(&options.build_args, "A=given");
    strv_add(&options.build_args, "UNUSED=x");
    must_build("ARG BASE=scratch\nFROM $BASE\nARG A=default\nENV X=$A\n");
    expect_config("Env", "[" ENV_PATH ",\"X=given\"]");
    ck_assert_int_eq(said("[Warning] One or more build-args [UNUSED]"), 1);
}
END_TEST

/* Without ARG the value is not even seen. */
START_TEST(test_undeclared_arg)
{
    strv_add(&options.build_args, "A=given");
    must_build("FROM scratch\nENV X=<$A>\n");
    expect_config("Env", "[" ENV_PATH ",\"X=<>\"]");
    ck_assert_int_eq(said("[Warning]"), 1);
}
END_TEST

/* ---- what fails --------------------------------------------------------- */

static const struct {
    const char *text, *words;
} bad[] = {
    {"", "empty"},
    {"# nothing\n", "no instructions"},
    {"RUN x\n", "no build stage"},
    {"ARG A=1\n", "no build stage"},
    {"FOO x\n", "unknown instruction"},
    {"FROM nosuch:v1\n", "nosuch:v1"},
    {"FROM Bad\n", "invalid reference format"},
    {"ARG X\nFROM $X\n", "should not be blank"},
    {"FROM scratch\nCOPY nosuch /\n", "nosuch"},
    {"FROM scratch\nCOPY --from=5 a /\n", "5"},
    {"FROM scratch AS a\nCOPY --from=a x /\n", "circular"},
    {"FROM scratch\nCOPY --from=b x /\nFROM scratch AS b\n", "no image"},
    {"FROM scratch\nCOPY --parents a /b\n", "COPY --parents is not in"},
    {"FROM scratch\nADD --exclude=a . /b\n", "ADD --exclude is not in"},
    {"FROM scratch\nRUN --mount=type=ssh y\n", "not in minibox"},
    {"FROM --platform=linux/s390x scratch\n", "this machine"},
    {"FROM scratch\nRUN true\n", "true"}, /* there is no /bin/sh */
};

START_TEST(test_bad)
{
    struct image image;

    must_fail(bad[_i].text, bad[_i].words);
    ck_assert_int_eq(err.code, 1);
    ck_assert_int_eq(lookup_image(&store, "test", &image, NULL), -1);
}
END_TEST

START_TEST(test_bad_context)
{
    free((char *)options.context);
    options.context = mb_strdup("/no/such/dir");
    must_fail("FROM scratch\n", "path \"/no/such/dir\" not found");
    free((char *)options.context);
    options.context = mb_printf("%s/ctx/Dockerfile", tmp_dir);
    must_fail("FROM scratch\n", "context must be a directory");
}
END_TEST

START_TEST(test_other_dockerfile)
{
    mb_autofree char *path = mb_printf("%s/Other", tmp_dir);

    tmp_file("Other", "FROM scratch\nENV A=other\n");
    options.dockerfile = path;
    must_build("FROM nosuch\n");
    expect_config("Env", "[" ENV_PATH ",\"A=other\"]");
    options.dockerfile = "/no/such/Dockerfile";
    must_fail("FROM scratch\n", "failed to read dockerfile");
}
END_TEST

/* All tags are tried before the first is set. */
START_TEST(test_bad_tag)
{
    struct image image;

    strv_add(&options.tags, "BAD");
    must_fail("FROM scratch\nENV A=1\n", "must be lowercase");
    ck_assert_int_eq(lookup_image(&store, "test", &image, NULL), -1);
}
END_TEST

/* ---- hostile contexts --------------------------------------------------- */

/* A Dockerfile that is a fifo: refused, without waiting for a writer. */
START_TEST(test_dockerfile_is_a_fifo)
{
    ck_assert_int_eq(mkfifoat(tmp_fd, "ctx/Dockerfile", 0644), 0);
    alarm(5);
    ck_assert_int_eq(build_image(&store, &options, &built, &err), -1);
}
END_TEST

START_TEST(test_dockerignore_is_a_fifo)
{
    ck_assert_int_eq(mkfifoat(tmp_fd, "ctx/.dockerignore", 0644), 0);
    alarm(5);
    (void)build("FROM scratch\n");
}
END_TEST

/* A Dockerfile that is a link to a file outside: that file's lines must not
 * come out in an error. */
START_TEST(test_dockerfile_is_a_link_outside)
{
    mb_autofree char *secret = mb_printf("%s/secret", tmp_dir);

    tmp_file("secret", "TOPSECRET line\n");
    ck_assert_int_eq(symlinkat(secret, tmp_fd, "ctx/Dockerfile"), 0);
    ck_assert_int_eq(build_image(&store, &options, &built, &err), -1);
    ck_assert_ptr_null(strstr(err.msg, "TOPSECRET"));
}
END_TEST

START_TEST(test_copy_of_a_link_outside)
{
    mb_autofree char *secret = mb_printf("%s/secret", tmp_dir);

    tmp_file("secret", "TOPSECRET");
    ck_assert_int_eq(symlinkat(secret, tmp_fd, "ctx/link"), 0);
    if (build("FROM scratch\nCOPY link /l\n") == 0) {
        mb_autofree char *text = file_of_built("l");
        ck_assert_str_ne(text, "TOPSECRET");
    }
    (void)build("FROM scratch\nCOPY . /\n"); /* a link is copied as one */
    struct image image = load_built();
    mb_autofree char *dir =
        store_layer_dir(&store, &image.layers[image.n_layers - 1].diff_id);
    mb_autofree char *copy = mb_printf("%s/link", dir);
    struct stat st;
    if (lstat(copy, &st) == 0)
        ck_assert(S_ISLNK(st.st_mode));
    image_done(&image);
}
END_TEST

/* ---- what stays --------------------------------------------------------- */

/* Nothing in tmp/, whether it worked or not. */
START_TEST(test_no_leftovers)
{
    mb_autofree char *path = mb_printf("%s/tmp", store.root);

    tmp_file("ctx/f", "x");
    must_build("FROM scratch\nCOPY f /\n");
    must_fail("FROM scratch\nCOPY f /x\nCOPY nosuch /\n", "nosuch");
    mb_autodir DIR *dir = opendir(path);
    int n = 0;
    while (readdir(dir))
        n++;
    ck_assert_int_eq(n, 2);
}
END_TEST

/* RUN rm makes no image smaller. */
START_TEST(test_rm_does_not_shrink)
{
    if (!make_base())
        return skip(NO_BASE);
    must_build("FROM base\nRUN busybox dd if=/dev/zero of=/big bs=1M count=2 "
               "2>/dev/null\n");
    struct image with = load_built();
    uint64_t before = image_size(&store, &with);
    must_build("FROM base\nRUN busybox dd if=/dev/zero of=/big bs=1M count=2 "
               "2>/dev/null\nRUN rm /big\n");
    struct image without = load_built();
    ck_assert_uint_ge(image_size(&store, &without), before);
    image_done(&with);
    image_done(&without);
}
END_TEST

#define N(table) (int)(sizeof(table) / sizeof *(table))

static TCase *failures_case(void)
{
    TCase *tc = tcase_create("failures");

    tcase_set_timeout(tc, 20);
    tcase_add_checked_fixture(tc, build_setup, build_teardown);
    tcase_add_loop_test(tc, test_bad, 0, N(bad));
    tcase_add_test(tc, test_bad_context);
    tcase_add_test(tc, test_other_dockerfile);
    tcase_add_test(tc, test_bad_tag);
    tcase_add_test(tc, test_dockerfile_is_a_fifo);
    tcase_add_test(tc, test_dockerignore_is_a_fifo);
    tcase_add_test(tc, test_dockerfile_is_a_link_outside);
    tcase_add_test(tc, test_copy_of_a_link_outside);
    tcase_add_test(tc, test_no_leftovers);
    return tc;
}

int main(int argc, char **argv)
{
    (void)argc;
    with_programs(argv);
    Suite *suite = suite_create("build");
    TCase *tc = tcase_create("build");

    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, build_setup, build_teardown);
    tcase_add_test(tc, test_scratch);
    tcase_add_test(tc, test_run);
    tcase_add_test(tc, test_run_fails);
    tcase_add_test(tc, test_history);
    tcase_add_test(tc, test_cached);
    tcase_add_test(tc, test_cache_misses);
    tcase_add_test(tc, test_reproducible);
    tcase_add_test(tc, test_stages);
    tcase_add_test(tc, test_stage_on_stage);
    tcase_add_test(tc, test_target);
    tcase_add_test(tc, test_args);
    tcase_add_test(tc, test_undeclared_arg);
    tcase_add_test(tc, test_rm_does_not_shrink);
    suite_add_tcase(suite, tc);
    suite_add_tcase(suite, failures_case());
    return check_main(suite);
}
