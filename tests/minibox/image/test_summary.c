/* SPDX-License-Identifier: MIT */
/* test_summary.c - what is written down of an image, and when not to trust
 * it */
#include "image/summary.h"

#include "store_fixture.h"

static const char *const two[] = {"lower", "upper", NULL};
static const char file[] = "summaries";

/* The summary of an image, through a list of its own. */
static int get(const struct digest *manifest, struct summary *out)
{
    struct summaries s;

    summaries_open(&s, &store);
    int result = summaries_get(&s, manifest, out, &err);
    summaries_close(&s);
    return result;
}

/* The file's text.  Caller frees. */
static char *file_text(void)
{
    mb_autofree char *path = mb_printf("%s/%s", store.root, file);

    return text_of(path);
}

static void write_file(const char *text)
{
    ck_assert_ok(fs_write(store.fd, file, text, strlen(text), &err));
}

/* It is what the image says, the first time and each further time. */
START_TEST(test_same_as_image)
{
    struct image image = make_image("a", two);

    for (int i = 0; i < 3; i++) {
        struct summary s;
        ck_assert_ok(get(&image.manifest, &s));
        ck_assert_str_eq(s.id.hex, image.id.hex);
        ck_assert_int_eq(s.created, 1000);
        ck_assert_uint_eq(s.size, 10);
    }
    mb_autofree char *text = file_text();
    mb_autofree char *expected =
        mb_printf("%s %s 1000 10\n", image.manifest.hex, image.id.hex);
    ck_assert_str_eq(text, expected);
    image_done(&image);
}
END_TEST

/* The second time it really comes out of the file. */
START_TEST(test_from_file)
{
    struct image image = make_image("a", two);
    mb_autofree char *line =
        mb_printf("%s %s 4711 12\n", image.manifest.hex, image.id.hex);
    struct summary s;

    write_file(line);
    ck_assert_ok(get(&image.manifest, &s));
    ck_assert_int_eq(s.created, 4711);
    ck_assert_uint_eq(s.size, 12);
    image_done(&image);
}
END_TEST

/* An image without a date is one all the same. */
START_TEST(test_no_date)
{
    struct image image = make_image(NULL, NULL);

    for (int i = 0; i < 2; i++) {
        struct summary s;
        ck_assert_ok(get(&image.manifest, &s));
        ck_assert_int_eq(s.created, -1);
        ck_assert_uint_eq(s.size, 0);
    }
    image_done(&image);
}
END_TEST

/* Rule 1: what is damaged is made anew. */
static const char *const damaged[] = {
    "",
    "\n",
    "nonsense\n",
    "%s\n",
    "%s %s\n",
    "%s %s x y\n",
    "%s %s 1\n",
    "%s %s 1 \n",
    "%s %s 1 2", /* torn off */
    "%s %s 1 2x\n",
    "%sf %s 1 2\n",
    "x%s %s 1 2\n",
    "\xff\xff\xff",
};

START_TEST(test_damaged_file)
{
    struct image image = make_image("a", two);
    struct summary s;
    mb_autobuf struct buf text = BUF_INIT;
    const char *hex[] = {image.manifest.hex, image.id.hex};

    int k = 0;
    for (const char *p = damaged[_i]; *p; p++)
        if (p[0] == '%')
            buf_adds(&text, hex[k++]), p++;
        else
            buf_addc(&text, *p);
    write_file(text.s);
    ck_assert_ok(get(&image.manifest, &s));
    ck_assert_int_eq(s.created, 1000);
    ck_assert_uint_eq(s.size, 10);
    mb_autofree char *after = file_text();
    ck_assert_ptr_nonnull(strstr(after, " 1000 10\n"));
    image_done(&image);
}
END_TEST

/* Rule 1: nowhere to write it down. */
START_TEST(test_no_room)
{
    struct image image = make_image("a", two);
    struct summary s;

    ck_assert_int_eq(mkdirat(store.fd, file, 0755), 0);
    ck_assert_ok(get(&image.manifest, &s));
    ck_assert_uint_eq(s.size, 10);
    image_done(&image);
}
END_TEST

/* Rule 2: without its documents an image is not there, whatever we know. */
START_TEST(test_gone)
{
    struct image image = make_image("a", two);
    struct summary s = {.size = 77};

    ck_assert_ok(get(&image.manifest, &s));
    blob_remove(&store, _i ? &image.id : &image.manifest);
    s.size = 77;
    ck_assert_int_eq(get(&image.manifest, &s), -1);
    ck_assert_uint_eq(s.size, 77); /* untouched */
    image_done(&image);
}
END_TEST

/* The file keeps all that are still there, and no others. */
START_TEST(test_many)
{
    enum { MANY = 40 };
    struct digest manifests[MANY];
    struct summaries list;
    struct summary s;

    for (int i = 0; i < MANY; i++) {
        mb_autofree char *text = mb_printf("layer %02d", i);
        mb_autofree char *name = mb_printf("i%d", i);
        const char *const layers[] = {text, NULL};
        struct image image = make_image(name, layers);
        manifests[i] = image.manifest;
        image_done(&image);
    }
    summaries_open(&list, &store);
    for (int i = 0; i < MANY; i += 2) /* twice: several names */
        for (int k = 0; k < 2; k++)
            ck_assert_ok(summaries_get(&list, &manifests[i], &s, &err));
    summaries_close(&list);
    blob_remove(&store, &manifests[0]);
    summaries_open(&list, &store);
    for (int i = 1; i < MANY; i++)
        ck_assert_ok(summaries_get(&list, &manifests[i], &s, &err));
    summaries_close(&list);
    mb_autofree char *text = file_text();
    int lines = 0;
    for (const char *p = text; (p = strchr(p, '\n')); p++)
        lines++;
    ck_assert_int_eq(lines, MANY - 1);
    ck_assert_ptr_null(strstr(text, manifests[0].hex));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("summary");
    TCase *tc = tcase_create("summary");

    tcase_add_checked_fixture(tc, store_setup, store_teardown);
    tcase_add_test(tc, test_same_as_image);
    tcase_add_test(tc, test_from_file);
    tcase_add_test(tc, test_no_date);
    tcase_add_loop_test(tc, test_damaged_file, 0,
                        sizeof damaged / sizeof *damaged);
    tcase_add_test(tc, test_no_room);
    tcase_add_loop_test(tc, test_gone, 0, 2);
    tcase_add_test(tc, test_many);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
