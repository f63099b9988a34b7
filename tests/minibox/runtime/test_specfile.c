/* SPDX-License-Identifier: MIT */
/* test_specfile.c - a spec survives its way through config.json */
#include "runtime/specfile.h"

#include "sandbox.h"

static struct container_spec spec, got;

/* A spec in which nothing is as it would be by default. */
static void fill(struct volume *volumes)
{
    spec = (struct container_spec){.cwd = "/w",
                                   .user = "me:us",
                                   .hostname = "h",
                                   .volumes = volumes,
                                   .n_volumes = 2,
                                   .init = "x",
                                   .read_only = true,
                                   .host_network = true,
                                   .unconfined = true,
                                   .no_new_privs = true,
                                   .unmasked = true,
                                   .tty = true,
                                   .interactive = true,
                                   .caps = 1ULL << 40 | 5,
                                   .limits = {1ULL << 40, 50000, 100}};
    strv_add(&spec.argv, "sh");
    strv_add(&spec.argv, "");
    strv_add(&spec.env, "A=\xc3\xa9 b");
    strv_add(&spec.tmpfs, "/t");
}

static void spec_done(void)
{
    strv_done(&spec.argv);
    strv_done(&spec.env);
    strv_done(&spec.tmpfs);
}

START_TEST(test_round_trip)
{
    struct volume volumes[] = {{"/a", "/b", true}, {"/c d", "/e", false}};

    fill(volumes);
    json_t *document = specfile_encode(&spec);
    ck_assert_ptr_nonnull(document);
    ck_assert_ok(specfile_decode(document, &got, &err));
    json_t *again = specfile_encode(&got);
    ck_assert(json_equal(document, again));
    ck_assert_str_eq(got.argv.v[1], "");
    ck_assert_str_eq(got.volumes[1].source, "/c d");
    ck_assert(got.volumes[0].read_only && !got.volumes[1].read_only);
    ck_assert_uint_eq(got.caps, spec.caps);
    ck_assert_uint_eq(got.limits.memory, 1ULL << 40);
    ck_assert_uint_eq(got.limits.cpu_us, 50000);
    ck_assert(got.init && got.unmasked && got.no_new_privs && got.unconfined);
    ck_assert(got.tty && got.interactive && got.host_network && got.read_only);
    ck_assert_int_eq(got.out, -1);
    specfile_done(&got);
    json_decref(document);
    json_decref(again);
    spec_done();
}
END_TEST

/* Rule 1: no hostname, no user, no limits. */
START_TEST(test_defaults)
{
    json_t *document = json_pack("{s:[s]}", "argv", "true");

    ck_assert_ok(specfile_decode(document, &got, &err));
    ck_assert_str_eq(got.cwd, "/");
    ck_assert_ptr_null(got.user);
    ck_assert_ptr_null(got.hostname);
    ck_assert_ptr_null(got.init);
    ck_assert_uint_eq(got.caps, 0);
    ck_assert_uint_eq(got.n_volumes, 0);
    ck_assert(!got.unmasked && !got.unconfined && !got.host_network);
    specfile_done(&got);
    json_decref(document);
}
END_TEST

/* Rule 2: wrong kinds count as missing, and never as a door left open. */
START_TEST(test_wrong_kinds)
{
    json_t *document = json_loads(
        "{\"argv\":[\"a\",7,null],\"env\":{},\"cwd\":\"relative\","
        "\"user\":5,\"unmasked\":\"true\",\"unconfined\":1,"
        "\"capabilities\":-1,\"memory\":\"lots\",\"pids\":-3,"
        "\"volumes\":[{\"source\":\"/a\"},3,{\"source\":\"/a\",\"target\":"
        "\"/b\",\"readOnly\":1}]}",
        0, NULL);

    ck_assert_ok(specfile_decode(document, &got, &err));
    ck_assert_uint_eq(got.argv.n, 1);
    ck_assert_str_eq(got.cwd, "/");
    ck_assert_ptr_null(got.user);
    ck_assert(!got.unmasked && !got.unconfined);
    ck_assert_uint_eq(got.caps + got.limits.memory + got.limits.pids, 0);
    ck_assert_uint_eq(got.n_volumes, 1);
    specfile_done(&got);
    json_decref(document);
}
END_TEST

START_TEST(test_no_command)
{
    json_t *document = json_pack("{s:[]}", "argv");

    ck_assert_int_eq(specfile_decode(document, &got, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "no command"));
    specfile_done(&got);
    ck_assert_int_eq(specfile_decode(NULL, &got, &err), -1);
    specfile_done(&got);
    json_decref(document);
}
END_TEST

START_TEST(test_not_utf8)
{
    struct volume volumes[] = {{"/a", "/b", true}, {"/c", "/e", false}};

    fill(volumes);
    strv_add(&spec.env, "B=\xff");
    ck_assert_ptr_null(specfile_encode(&spec));
    spec_done();
    fill(volumes);
    volumes[1].target = "/\xff";
    ck_assert_ptr_null(specfile_encode(&spec));
    spec_done();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("runtime/specfile");
    TCase *tc = tcase_create("specfile");

    tcase_add_test(tc, test_round_trip);
    tcase_add_test(tc, test_defaults);
    tcase_add_test(tc, test_wrong_kinds);
    tcase_add_test(tc, test_no_command);
    tcase_add_test(tc, test_not_utf8);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
