/* SPDX-License-Identifier: MIT */
/* test_remove.c - removing an image, and only what nobody else needs */
#include "engine/remove.h"

#include "image/lookup.h"
#include "runtime/state.h"
#include "store_fixture.h"

static struct strv done;

static void remove_teardown(void)
{
    strv_done(&done);
    store_teardown();
}

static int rmi(const char *name, bool force)
{
    strv_done(&done);
    return remove_image(&store, name, force, &done, &err);
}

/* What was done, "U" and "D" a line. */
static void expect_done(const char *letters)
{
    mb_autobuf struct buf is = BUF_INIT;

    for (size_t i = 0; i < done.n; i++)
        buf_addc(&is, done.v[i][0]);
    ck_assert_str_eq(is.s, letters);
}

static bool has_layer(const char *text)
{
    struct digest d = digest_of(text, strlen(text));

    return store_has_layer(&store, &d) && blob_exists(&store, &d);
}

static const char *const ab[] = {"a", "b", NULL};
static const char *const ac[] = {"a", "c", NULL};

/* A container that stands on the image; running as PID if not 0. */
static void make_container(const struct image *image, const char *name, int pid)
{
    mb_autofree char *id = mb_printf("sha256:%s", image->id.hex);
    struct container c;
    json_t *layers = json_array();

    for (size_t i = 0; i < image->n_layers; i++)
        json_array_append_new(layers,
                              json_string(image->layers[i].diff_id.hex));
    ck_assert_ok(state_create(store.root, name, &c, &err));
    ck_assert_ok(state_write(&c, "config.json",
                             json_pack("{s:s,s:s,s:o}", "name", name, "imageId",
                                       id, "layers", layers),
                             &err));
    if (pid)
        ck_assert_ok(state_set_running(&c, pid, &err));
    container_done(&c);
}

START_TEST(test_all_of_it)
{
    struct image image = make_image("x", ab);

    ck_assert_ok(rmi("x", false));
    expect_done("UDDD"); /* name, image, two layers */
    ck_assert_str_eq(done.v[0], "Untagged: x:latest");
    mb_autofree char *deleted = mb_printf("Deleted: sha256:%s", image.id.hex);
    ck_assert_str_eq(done.v[1], deleted);
    ck_assert(!has_layer("a") && !has_layer("b"));
    ck_assert(!blob_exists(&store, &image.manifest));
    ck_assert(!blob_exists(&store, &image.id));
    ck_assert_int_eq(rmi("x", false), -1);
    ck_assert_str_eq(err.msg, "No such image: x:latest");
    image_done(&image);
}
END_TEST

/* Layers are called by their chain IDs, the topmost first: of the lowest that
 * is its diff ID. */
START_TEST(test_chain_ids)
{
    struct image image = make_image("x", ab);
    const char *a = image.layers[0].diff_id.hex;
    mb_autofree char *both =
        mb_printf("sha256:%s sha256:%s", a, image.layers[1].diff_id.hex);
    mb_autofree char *lowest = mb_printf("Deleted: sha256:%s", a);
    mb_autofree char *top =
        mb_printf("Deleted: sha256:%s", digest_of(both, strlen(both)).hex);

    ck_assert_ok(rmi("x", false));
    ck_assert_str_eq(done.v[2], top);
    ck_assert_str_eq(done.v[3], lowest);
    image_done(&image);
}
END_TEST

/* The picture: what another image reaches stays. */
START_TEST(test_shared_layers)
{
    struct image x = make_image("x", ab), y = make_image("y", ac), back;

    ck_assert_ok(rmi("x", false));
    expect_done("UDD");
    ck_assert(has_layer("a") && !has_layer("b") && has_layer("c"));
    ck_assert_ok(lookup_image(&store, "y", &back, &err));
    image_done(&back);
    ck_assert_ok(rmi("y", false));
    ck_assert(!has_layer("a") && !has_layer("c"));
    image_done(&x);
    image_done(&y);
}
END_TEST

/* Rule 1. */
START_TEST(test_names_first)
{
    struct image x = make_image("x", ab), y = make_image("y:v1", ab);

    ck_assert_ok(rmi("x", false));
    expect_done("U");
    ck_assert(has_layer("b"));
    ck_assert_ok(rmi("y:v1", false));
    expect_done("UDDD");
    image_done(&x);
    image_done(&y);
}
END_TEST

START_TEST(test_by_id)
{
    struct image x = make_image("x", ab), y = make_image("y", ab);
    mb_autofree char *id = mb_printf("%.12s", x.id.hex);

    ck_assert_int_eq(rmi(id, false), -1);
    mb_autofree char *expected = mb_printf(
        "conflict: unable to delete %.12s (must be forced) - image is "
        "referenced in multiple repositories",
        x.id.hex);
    ck_assert_str_eq(err.msg, expected);
    ck_assert_ok(rmi(id, true));
    expect_done("UUDDD");
    image_done(&x);
    image_done(&y);
}
END_TEST

START_TEST(test_dangling)
{
    struct image image = make_image(NULL, ab);

    ck_assert_ok(rmi(image.id.hex, false));
    expect_done("DDD");
    image_done(&image);
}
END_TEST

/* ---- containers --------------------------------------------------------- */

START_TEST(test_used_by_stopped)
{
    struct image image = make_image("x", ab);

    make_container(&image, "web", 0);
    ck_assert_int_eq(rmi("x", false), -1);
    ck_assert_ptr_nonnull(
        strstr(err.msg, "conflict: unable to remove repository reference \"x\" "
                        "(must force) - container "));
    ck_assert_int_eq(rmi(image.id.hex, false), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "being used by stopped container"));
    ck_assert_ok(rmi("x", true));
    expect_done("UD"); /* its layers stay for the container */
    ck_assert(store_has_layer(&store, &image.layers[0].diff_id));
    ck_assert(store_has_layer(&store, &image.layers[1].diff_id));
    image_done(&image);
}
END_TEST

START_TEST(test_used_by_running)
{
    struct image image = make_image("x", ab), back;

    make_container(&image, "web", getpid());
    ck_assert_int_eq(rmi("x", false), -1);
    ck_assert_int_eq(rmi(image.id.hex, true), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "cannot be forced"));
    ck_assert_ok(rmi("x", true));
    expect_done("U"); /* loses its name only */
    ck_assert_ok(lookup_image(&store, image.id.hex, &back, &err));
    image_done(&back);
    image_done(&image);
}
END_TEST

/* Another name is left: no conflict. */
START_TEST(test_used_but_another_name)
{
    struct image x = make_image("x", ab), y = make_image("y", ab);

    make_container(&x, "web", 0);
    ck_assert_ok(rmi("x", false));
    expect_done("U");
    image_done(&x);
    image_done(&y);
}
END_TEST

/* Rule 2: while somebody holds the store, nothing is removed. */
START_TEST(test_waits_for_holders)
{
    struct image image = make_image("x", ab);
    int hold = store_hold(&store, false, &err);
    int status;

    pid_t pid = fork();
    if (pid == 0) {
        close(hold); /* the lock belongs to all copies of the descriptor */
        _exit(rmi("x", false) < 0);
    }
    poll(NULL, 0, 200);
    ck_assert(has_layer("a"));
    close(hold);
    waitpid(pid, &status, 0);
    ck_assert_int_eq(status, 0);
    ck_assert(!has_layer("a"));
    image_done(&image);
}
END_TEST

/* An image with a hole can still be named, and does not stop the removal of
 * another. */
START_TEST(test_damaged_neighbour)
{
    struct image x = make_image("x", ab), y = make_image("y", ac);

    blob_remove(&store, &y.id);
    ck_assert_ok(rmi("x", false));
    image_done(&x);
    image_done(&y);
}
END_TEST

/* The same image, but its layers came compressed: another manifest. */
static struct image make_twin(const struct image *image, const char *name)
{
    struct image twin;
    struct image_ref ref = make_ref(name);

    ck_assert_ok(image_load(&store, &image->manifest, &twin, &err));
    for (size_t i = 0; i < twin.n_layers; i++) {
        mb_autofree char *packed =
            mb_printf("packed %s", twin.layers[i].diff_id.hex);
        twin.layers[i].blob = put_text(packed);
        twin.layers[i].blob_size = strlen(packed);
    }
    ck_assert_ok(image_save(&store, &twin, &ref, &err));
    ck_assert(digest_equal(&twin.id, &image->id));
    ck_assert(!digest_equal(&twin.manifest, &image->manifest));
    ref_done(&ref);
    return twin;
}

/* Rule 1: an image is what its ID says, however many manifests it has. */
START_TEST(test_two_manifests)
{
    struct image x = make_image("x", ab), y = make_twin(&x, "h:5000/y");

    ck_assert_ok(rmi("x", false));
    expect_done("U"); /* the ID has another name */
    ck_assert_ok(rmi("h:5000/y", false));
    expect_done("UDDD");
    image_done(&x);
    image_done(&y);
}
END_TEST

START_TEST(test_two_manifests_by_id)
{
    struct image x = make_image("x", ab), y = make_twin(&x, "h:5000/y");

    ck_assert_int_eq(rmi(x.id.hex, false), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "referenced in multiple"));
    ck_assert_ok(rmi(x.id.hex, true));
    expect_done("UUDDD");
    ck_assert(!blob_exists(&store, &x.manifest));
    ck_assert(!blob_exists(&store, &y.manifest));
    ck_assert(!blob_exists(&store, &y.layers[0].blob));
    image_done(&x);
    image_done(&y);
}
END_TEST

/* A damaged container may need any of it: the name goes, and nothing else. */
START_TEST(test_damaged_container)
{
    struct image image = make_image("x", ab);
    struct container c;

    ck_assert_ok(state_create(store.root, "k1", &c, &err));
    mb_autofree char *path = mb_printf("%s/config.json", c.dir);
    ck_assert_ok(fs_write(AT_FDCWD, path, "{", 1, &err));
    ck_assert_ok(rmi("x", false));
    expect_done("U");
    ck_assert(has_layer("a") && has_layer("b"));
    container_done(&c);
    image_done(&image);
}
END_TEST

/* A tag beside a digest says nothing. */
START_TEST(test_tag_and_digest)
{
    struct image x = make_image("x", ab), back;
    mb_autofree char *pinned = mb_printf("h:5000/x@" DIGEST_FMT, x.id.hex);
    mb_autofree char *both = mb_printf("h:5000/x:v1@" DIGEST_FMT, x.id.hex);
    struct image_ref ref = make_ref(pinned);

    ck_assert_ok(index_set(&store, &x.manifest, 7, &ref, &err));
    ck_assert_ok(lookup_image(&store, both, &back, &err));
    ck_assert_ok(rmi(both, false));
    expect_done("U");
    ck_assert_ptr_nonnull(strstr(done.v[0], pinned));
    ck_assert_int_eq(rmi(pinned, false), -1);
    ref_done(&ref);
    image_done(&back);
    image_done(&x);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("remove");
    TCase *tc = tcase_create("remove");

    tcase_add_checked_fixture(tc, store_setup, remove_teardown);
    tcase_add_test(tc, test_all_of_it);
    tcase_add_test(tc, test_chain_ids);
    tcase_add_test(tc, test_shared_layers);
    tcase_add_test(tc, test_names_first);
    tcase_add_test(tc, test_by_id);
    tcase_add_test(tc, test_dangling);
    tcase_add_test(tc, test_used_by_stopped);
    tcase_add_test(tc, test_used_by_running);
    tcase_add_test(tc, test_used_but_another_name);
    tcase_add_test(tc, test_waits_for_holders);
    tcase_add_test(tc, test_damaged_neighbour);
    tcase_add_test(tc, test_two_manifests);
    tcase_add_test(tc, test_two_manifests_by_id);
    tcase_add_test(tc, test_damaged_container);
    tcase_add_test(tc, test_tag_and_digest);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
