/* SPDX-License-Identifier: MIT */
/* test_sweep.c - what images and containers need, and that the rest goes */
#include "engine/sweep.h"

#include "runtime/state.h"
#include "store_fixture.h"

static const char *const ab[] = {"a", "b", NULL};
static const char *const ac[] = {"a", "c", NULL};

static struct digest id_of(const char *text)
{
    return digest_of(text, strlen(text));
}

/* Marks that must be made; the caller json_decref()s. */
static json_t *mark(bool with_cache)
{
    json_t *marks = sweep_mark(&store, with_cache, &err);

    ck_assert_msg(marks != NULL, "%s", err.msg);
    return marks;
}

/* Mark and sweep; the bytes that made free. */
static uint64_t sweep(bool with_cache)
{
    json_t *marks = mark(with_cache);
    uint64_t freed = 0;

    ck_assert_ok(sweep_unmarked(&store, marks, &freed, &err));
    json_decref(marks);
    return freed;
}

/* Is the layer with this text there, in both forms?  2, or 1, or 0 of them. */
static int forms(const char *text)
{
    struct digest d = id_of(text);

    return store_has_layer(&store, &d) + blob_exists(&store, &d);
}

static void drop(const struct image *image)
{
    ck_assert_ok(index_remove_manifest(&store, &image->manifest, &err));
}

/* A container whose config.json has this list of layers. */
static void make_container(const char *layers)
{
    mb_autofree char *text = mb_printf("{\"layers\":%s}", layers);
    struct container c;

    ck_assert_ok(state_create(store.root, NULL, &c, &err));
    ck_assert_ok(
        state_write(&c, "config.json", json_loads(text, 0, NULL), &err));
    container_done(&c);
}

START_TEST(test_marks)
{
    struct image image = make_image("x", ab);
    struct digest nobody = put_text("nobody needs it");
    json_t *marks = mark(false);

    ck_assert(sweep_is_marked(marks, &image.manifest));
    ck_assert(sweep_is_marked(marks, &image.id));
    for (size_t i = 0; i < image.n_layers; i++) {
        ck_assert(sweep_is_marked(marks, &image.layers[i].diff_id));
        ck_assert(sweep_is_marked(marks, &image.layers[i].blob));
    }
    ck_assert(!sweep_is_marked(marks, &nobody));
    json_decref(marks);
    image_done(&image);
}
END_TEST

START_TEST(test_shared_layers_stay)
{
    struct image x = make_image("x", ab), y = make_image(NULL, ac);

    ck_assert_uint_eq(sweep(false), 0);
    drop(&x);
    ck_assert_uint_gt(sweep(false), 0);
    ck_assert_int_eq(forms("a"), 2);
    ck_assert_int_eq(forms("b"), 0);
    ck_assert_int_eq(forms("c"), 2);
    ck_assert(!blob_exists(&store, &x.manifest));
    ck_assert(!blob_exists(&store, &x.id));
    ck_assert(blob_exists(&store, &y.manifest));
    image_done(&x);
    image_done(&y);
}
END_TEST

/* Its image is gone: the unpacked layers stay, and with them the plain blobs,
 * which have the same digest. */
START_TEST(test_container_keeps_layers)
{
    struct image x = make_image("x", ab);
    mb_autofree char *list =
        mb_printf("[\"%s\", 7, null]", x.layers[0].diff_id.hex);

    make_container(list);
    make_container("3");
    drop(&x);
    sweep(false);
    ck_assert_int_eq(forms("a"), 2);
    ck_assert_int_eq(forms("b"), 0);
    image_done(&x);
}
END_TEST

/* What became of a layer whose removal was killed; and what is no digest. */
START_TEST(test_odd_names)
{
    struct digest gone = id_of("gone"), packed = id_of("packed");

    ck_assert_ok(store_note_packed_form(&store, &gone, &packed, 5, &err));
    ck_assert_ok(fs_write(store.fd, "blobs/sha256/readme", "x", 1, &err));
    sweep(false);
    uint64_t size;
    ck_assert(!store_packed_form(&store, &gone, &packed, &size));
    ck_assert_int_eq(faccessat(store.fd, "blobs/sha256/readme", F_OK, 0), 0);
    ck_assert_int_eq(faccessat(store.fd, "layers/empty", F_OK, 0), 0);
    ck_assert_int_eq(faccessat(store.fd, "layers/skeleton", F_OK, 0), 0);
}
END_TEST

START_TEST(test_freed)
{
    make_layer("ten bytes."); /* as a blob, and unpacked */
    put_text("four");
    ck_assert_uint_eq(sweep(false), 24);
    ck_assert_uint_eq(sweep(false), 0);
}
END_TEST

START_TEST(test_cache)
{
    struct digest layer = make_layer("cached"), key = id_of("key");
    mb_autofree char *path = mb_printf("cache/%s", key.hex);
    mb_autofree char *text =
        mb_printf("{\"created\":1,\"layer\":\"" DIGEST_FMT "\"}\n", layer.hex);

    ck_assert_ok(fs_write(store.fd, path, text, strlen(text), &err));
    sweep(true);
    ck_assert_int_eq(forms("cached"), 2);
    ck_assert_int_eq(faccessat(store.fd, path, F_OK, 0), 0);
    sweep(false);
    ck_assert_int_eq(forms("cached"), 0);
    ck_assert_int_lt(faccessat(store.fd, path, F_OK, 0), 0);
}
END_TEST

/* Rule 2. */
/* What a write was killed over goes; names of others stay. */
START_TEST(test_halves)
{
    static const char *const halves[] = {"blobs/sha256/.tmp-1-0",
                                         "layers/.tmp-1-1", "cache/.tmp-1-2"};

    for (size_t i = 0; i < 3; i++)
        ck_assert_ok(fs_write(store.fd, halves[i], "x", 1, &err));
    ck_assert_ok(fs_write(store.fd, "layers/tmp-1", "x", 1, &err));
    sweep(true);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_lt(faccessat(store.fd, halves[i], F_OK, 0), 0);
    ck_assert_int_eq(faccessat(store.fd, "layers/tmp-1", F_OK, 0), 0);
}
END_TEST

START_TEST(test_damaged_image)
{
    struct image x = make_image("x", ab), y = make_image("y", ac);

    blob_remove(&store, &x.id);
    ck_assert_ptr_null(sweep_mark(&store, false, &err));
    ck_assert_str_eq(err.hint, "minibox rmi it first");
    image_done(&x);
    image_done(&y);
}
END_TEST

/* What it stands on nobody knows while its config.json can't be read. */
START_TEST(test_damaged_container)
{
    struct image x = make_image("x", ab);
    struct container c;
    mb_autofree char *path = NULL;

    ck_assert_ok(state_create(store.root, "k1", &c, &err));
    json_decref(mark(false)); /* half made: it needs nothing */
    path = mb_printf("%s/config.json", c.dir);
    ck_assert_ok(fs_write(AT_FDCWD, path, "{", 1, &err));
    ck_assert_ptr_null(sweep_mark(&store, false, &err));
    ck_assert_ptr_nonnull(strstr(err.msg, "config.json is damaged"));
    mb_autofree char *hint =
        mb_printf("mend the file, or minibox rm %.12s", c.id);
    ck_assert_str_eq(err.hint, hint);
    ck_assert_ok(state_remove(store.root, &c, &err));
    json_decref(mark(false));
    container_done(&c);
    image_done(&x);
}
END_TEST

/* Nor may anything go when nobody knows which containers there are. */
START_TEST(test_unreadable_containers)
{
    ck_assert_int_eq(renameat(store.fd, "containers", store.fd, "elsewhere"),
                     0);
    ck_assert_ok(fs_write(store.fd, "containers", "", 0, &err));
    ck_assert_ptr_null(sweep_mark(&store, false, &err));
    ck_assert_int_eq(err.errnum, ENOTDIR);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sweep");
    TCase *tc = tcase_create("sweep");

    tcase_add_checked_fixture(tc, store_setup, store_teardown);
    tcase_add_test(tc, test_marks);
    tcase_add_test(tc, test_shared_layers_stay);
    tcase_add_test(tc, test_container_keeps_layers);
    tcase_add_test(tc, test_odd_names);
    tcase_add_test(tc, test_freed);
    tcase_add_test(tc, test_cache);
    tcase_add_test(tc, test_halves);
    tcase_add_test(tc, test_damaged_image);
    tcase_add_test(tc, test_damaged_container);
    tcase_add_test(tc, test_unreadable_containers);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
