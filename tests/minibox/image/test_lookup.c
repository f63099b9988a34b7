/* SPDX-License-Identifier: MIT */
/* test_lookup.c - which image does the user mean? */
#include "image/lookup.h"

#include "store_fixture.h"

static const char *const one[] = {"one", NULL};
static const char *const other[] = {"other", NULL};

/* NAME must mean that image. */
static void expect(const char *name, const struct image *wanted)
{
    struct image found;

    ck_assert_ok(lookup_image(&store, name, &found, &err));
    ck_assert_str_eq(found.id.hex, wanted->id.hex);
    image_done(&found);
}

static void expect_none(const char *name, const char *words)
{
    struct image found;

    ck_assert_int_eq(lookup_image(&store, name, &found, &err), -1);
    ck_assert_msg(strstr(err.msg, words) != NULL, "%s", err.msg);
}

START_TEST(test_names)
{
    struct image a = make_image("a", one), b = make_image("team/b:v1", other);

    expect("a", &a);
    expect("a:latest", &a);
    expect("docker.io/library/a", &a);
    expect("team/b:v1", &b);
    expect_none("team/b", "No such image: team/b:latest");
    expect_none("nosuch", "No such image: nosuch:latest");
    expect_none("Bad", "invalid reference format");
    expect_none("", "invalid reference format");
    image_done(&a);
    image_done(&b);
}
END_TEST

START_TEST(test_ids)
{
    struct image a = make_image("a", one), b = make_image(NULL, other);
    mb_autofree char *full = mb_printf("sha256:%s", a.id.hex);
    mb_autofree char *shorter = mb_printf("%.12s", b.id.hex);
    mb_autofree char *prefixed = mb_printf("sha256:%.12s", b.id.hex);

    expect(full, &a);
    expect(a.id.hex, &a);
    expect(shorter, &b); /* dangling ones have an ID too */
    expect(prefixed, &b);
    expect_none("sha256:0123456789abcdef0123", "No such image");
    image_done(&a);
    image_done(&b);
}
END_TEST

/* Two names, one image: no ambiguity. */
START_TEST(test_two_names)
{
    struct image a = make_image("a", one), b = make_image("b", one);

    ck_assert(digest_equal(&a.id, &b.id));
    expect(a.id.hex, &a);
    image_done(&a);
    image_done(&b);
}
END_TEST

/* Rule 1: seventeen images, so two begin with the same digit. */
START_TEST(test_ambiguous)
{
    int ambiguous = 0;

    for (int i = 0; i < 17; i++) {
        mb_autofree char *text = mb_printf("layer %d", i);
        const char *texts[] = {text, NULL};
        struct image image = make_image(NULL, texts);
        image_done(&image);
    }
    for (const char *digit = "0123456789abcdef"; *digit; digit++) {
        char prefix[2] = {*digit, '\0'};
        struct image image;
        if (lookup_image(&store, prefix, &image, &err) == 0)
            image_done(&image);
        else
            ambiguous += strstr(err.msg, "multiple IDs found") != NULL;
    }
    ck_assert_int_ge(ambiguous, 1);
}
END_TEST

/* A name comes before an ID. */
START_TEST(test_name_like_an_id)
{
    struct image a = make_image("cafe", one);

    expect("cafe", &a);
    image_done(&a);
}
END_TEST

/* A damaged image is an error by its name, and no obstacle for the others. */
START_TEST(test_damaged_neighbour)
{
    struct image a = make_image("a", one), b = make_image("b", other);

    blob_remove(&store, &b.id);
    expect_none("b", "image config");
    expect(a.id.hex, &a);
    image_done(&a);
    image_done(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lookup");
    TCase *tc = tcase_create("lookup");

    tcase_add_checked_fixture(tc, store_setup, store_teardown);
    tcase_add_test(tc, test_names);
    tcase_add_test(tc, test_ids);
    tcase_add_test(tc, test_two_names);
    tcase_add_test(tc, test_ambiguous);
    tcase_add_test(tc, test_name_like_an_id);
    tcase_add_test(tc, test_damaged_neighbour);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
