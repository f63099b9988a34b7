/* SPDX-License-Identifier: MIT */
/* test_save.c - images into one file, and out of it again */
#include "image/save.h"

#include "archive_fixture.h"

/* Save NAMES (NULL ends) to TMP/NAME.tar. */
static int save_to(const char *name, const char *const *names)
{
    mb_autofree char *file = mb_printf("%s.tar", name);
    mb_autoclose int fd =
        openat(tmp_fd, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    mb_autostrv struct strv list = {0};

    for (; *names; names++)
        strv_add(&list, *names);
    return save_images(&store, &list, fd, &err);
}

static void save_ok(const char *const *names)
{
    ck_assert_msg(save_to("saved", names) == 0, "%s", err.msg);
    ck_assert_int_eq(count_names("tmp"), 0);
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* From here on another store, empty. */
static void another_store(void)
{
    mb_autofree char *root = mb_printf("%s/store2", tmp_dir);

    store_close(&store);
    ck_assert_int_eq(setenv("MINIBOX_ROOT", root, 1), 0);
    ck_assert_ok(store_open(&store, &err));
}

/* Load TMP/saved.tar there. */
static void load_saved(void)
{
    mb_autoclose int fd = openat(tmp_fd, "saved.tar", O_RDONLY | O_CLOEXEC);
    struct reader reader = reader_from_fd(fd);

    strv_done(&lines);
    ck_assert_msg(archive_load(&store, &reader, &lines, &err) == 0, "%s",
                  err.msg);
}

/* A file of TMP/saved.tar, as JSON or text. */
static char *saved_text(const char *path)
{
    mb_autofree char *command =
        mb_printf("cd %s && tar -xOf saved.tar %s > member", tmp_dir, path);
    mb_autofree char *member = mb_printf("%s/member", tmp_dir);

    ck_assert_int_eq(system(command), 0);
    return text_of(member);
}

/* Two images in the store, b made of a; a is called a:1 and a:2. */
static struct digest a, b;

static void two_images(void)
{
    struct digest layers[2] = {in_layer("1.tar", "one"),
                               in_layer("2.tar", "two")};

    a = in_config("a.json", layers, 1);
    b = in_config("b.json", layers, 2);
    in_file("manifest.json",
            "[{\"Config\":\"a.json\",\"RepoTags\":[\"a:1\",\"a:2\"],"
            "\"Layers\":[\"1.tar\"]},{\"Config\":\"b.json\",\"RepoTags\":"
            "[\"b:latest\"],\"Layers\":[\"1.tar\",\"2.tar\"]}]");
    load_ok();
}

/* ---- there and back ----------------------------------------------------- */

/* The ID and the names are the same on another machine. */
START_TEST(test_round_trip)
{
    two_images();
    save_ok(NAMES("a:1", "b"));
    another_store();
    load_saved();
    ck_image("a:1", &a);
    ck_image("b:latest", &b);
    ck_assert_uint_eq(lines.n, 2);
    ck_assert_str_eq(lines.v[1], "Loaded image: b:latest");
    ck_assert_uint_eq(count_rows(), 3); /* b: with and without "latest" */
}
END_TEST

/* Without manifest.json it is an image layout, with the same names. */
START_TEST(test_as_layout)
{
    two_images();
    save_ok(NAMES("a:1", "b"));
    in_shell("rm * && tar -xf ../saved.tar && rm manifest.json repositories");
    another_store();
    load_ok();
    ck_image("a:1", &a);
    ck_image("b:latest", &b);
}
END_TEST

/* A layer stays compressed if it came so, and its digest the same. */
START_TEST(test_compressed_layer)
{
    struct digest diff_id = in_layer("l", "one");

    in_shell("gzip -n l && mv l.gz l");
    struct digest layer = in_blob("l");
    struct digest id = in_config("c.json", &diff_id, 1);
    mb_autofree char *list = mb_printf("[\"blobs/sha256/%s\"]", layer.hex);
    in_list("c.json", "[\"x:1\"]", list);
    load_ok();
    save_ok(NAMES("x:1"));
    mb_autofree char *saved = saved_text("manifest.json");
    ck_assert_ptr_nonnull(strstr(saved, layer.hex));
    another_store();
    load_saved();
    ck_image("x:1", &id);
    ck_assert(blob_exists(&store, &layer));
}
END_TEST

/* Rule 1. */
START_TEST(test_same_bytes)
{
    two_images();
    ck_assert_ok(save_to("1", NAMES("a:1", "b")));
    ck_assert_ok(save_to("2", NAMES("a:1", "b")));
    mb_autofree char *command = mb_printf("cd %s && cmp 1.tar 2.tar", tmp_dir);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* ---- what is meant ------------------------------------------------------ */

/* A repository means all its tags, and an image stands in the list once. */
START_TEST(test_repository)
{
    two_images();
    save_ok(NAMES("a"));
    mb_autofree char *saved = saved_text("manifest.json");
    ck_assert_ptr_nonnull(strstr(saved, "\"RepoTags\":[\"a:1\",\"a:2\"]"));
    ck_assert_ptr_null(strstr(strstr(saved, "Config") + 1, "Config"));
    mb_autofree char *repositories = saved_text("repositories");
    ck_assert_ptr_nonnull(strstr(repositories, "{\"a\":{\"1\":\""));
}
END_TEST

/* Saved by its ID an image has no name. */
START_TEST(test_id)
{
    mb_autofree char *prefix = NULL;

    two_images();
    prefix = mb_strndup(a.hex, 12);
    save_ok(NAMES(prefix));
    mb_autofree char *saved = saved_text("manifest.json");
    ck_assert_ptr_nonnull(strstr(saved, "\"RepoTags\":null"));
    another_store();
    load_saved();
    ck_image(a.hex, &a);
    ck_assert_ptr_nonnull(strstr(lines.v[0], "Loaded image ID: sha256:"));
}
END_TEST

/* The same image by name and by ID, and twice by the same name. */
START_TEST(test_twice)
{
    two_images();
    save_ok(NAMES(a.hex, "a:1", "a:1", "a:2"));
    mb_autofree char *saved = saved_text("manifest.json");
    ck_assert_ptr_nonnull(strstr(saved, "\"RepoTags\":[\"a:1\",\"a:2\"]"));
    ck_assert_ptr_null(strstr(strstr(saved, "Config") + 1, "Config"));
}
END_TEST

START_TEST(test_no_such_image)
{
    two_images();
    ck_assert_int_eq(save_to("saved", NAMES("a:1", "nosuch")), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "No such image: nosuch:latest"));
    ck_assert_int_eq(count_names("tmp"), 0);
}
END_TEST

int main(int argc, char **argv)
{
    (void)argc;
    with_programs(argv);
    Suite *suite = suite_create("save");
    TCase *tc = archive_tcase(suite);

    tcase_add_test(tc, test_round_trip);
    tcase_add_test(tc, test_as_layout);
    tcase_add_test(tc, test_compressed_layer);
    tcase_add_test(tc, test_same_bytes);
    tcase_add_test(tc, test_repository);
    tcase_add_test(tc, test_id);
    tcase_add_test(tc, test_twice);
    tcase_add_test(tc, test_no_such_image);
    return check_main(suite);
}
