/* SPDX-License-Identifier: MIT */
/* test_picture.c - what is in each layer, and what later layers hide */
#include "engine/picture.h"

#include "engine/waste.h"
#include "picture_fixture.h"

static void expect_layer(int n, const char *expected)
{
    const struct picture_layer *l = &picture.layers[n];
    mb_autofree char *is = mb_printf(
        "%llu/%llu A%zu C%zu D%zu", (unsigned long long)l->size,
        (unsigned long long)l->wasted, l->added, l->changed, l->deleted);

    ck_assert_msg(strcmp(is, expected) == 0, "layer %d is %s, not %s", n, is,
                  expected);
}

/* The entry at PATH of a layer. */
static const struct picture_entry *entry(int layer, const char *path)
{
    const struct picture_layer *l = &picture.layers[layer];

    for (size_t i = l->begin; i < l->end; i++) {
        mb_autofree char *is = picture_path(&picture, i);
        ck_assert_int_eq(picture.entries[i].layer, layer);
        if (strcmp(is, path) == 0)
            return &picture.entries[i];
    }
    ck_abort_msg("layer %d has no %s", layer, path);
}

/* Who hides it, and is that a deletion? */
static void expect_hidden(int layer, const char *path, int by, bool deleted)
{
    const struct picture_entry *e = entry(layer, path);

    ck_assert_msg(e->hidden_by == by, "%s is hidden by %d, not %d", path,
                  e->hidden_by, by);
    if (by >= 0)
        ck_assert_int_eq(e->overwritten, !deleted);
}

static void expect_change(int layer, const char *path,
                          enum picture_change change)
{
    ck_assert_int_eq(entry(layer, path)->change, change);
}

/* ---- one thing at a time ------------------------------------------------- */

/* The notes' example: curl, unzip, rm. */
START_TEST(test_the_three_runs)
{
    lay("bin/ bin/sh=100");
    lay("proj.zip=30");
    lay("app/ app/a=20 app/b=10");
    lay("-proj.zip");
    take();
    expect_layer(0, "100/0 A1 C0 D0");
    expect_layer(1, "30/30 A1 C0 D0");
    expect_layer(2, "30/0 A2 C0 D0");
    expect_layer(3, "0/0 A0 C0 D1");
    ck_assert_uint_eq(picture.size, 160);
    ck_assert_uint_eq(picture.wasted, 30);
    expect_hidden(1, "/proj.zip", 3, true);
    expect_hidden(2, "/app/a", -1, false);
    expect_change(3, "/proj.zip", PICTURE_DELETED);
    ck_assert_uint_eq(entry(3, "/proj.zip")->size, 30);
    ck_assert_uint_eq(entry(3, "/proj.zip")->files, 1);
}
END_TEST

START_TEST(test_changed)
{
    lay("a=1 b=2 s>a");
    lay("a=10 s>b");
    lay("a=100");
    take();
    expect_layer(0, "3/1 A3 C0 D0");
    expect_layer(1, "10/10 A0 C2 D0");
    expect_layer(2, "100/0 A0 C1 D0");
    expect_hidden(0, "/a", 1, false);
    expect_hidden(1, "/a", 2, false);
    expect_hidden(0, "/s", 1, false);
    ck_assert_int_eq(entry(0, "/s")->type, PICTURE_SYMLINK);
    expect_change(1, "/a", PICTURE_CHANGED);
}
END_TEST

/* A whole directory goes by one mark; its entries in all layers go with it. */
START_TEST(test_directory_deleted)
{
    lay("d/ d/e/ d/e/a=1 d/b=2");
    lay("d/ d/c=4");
    lay("-d");
    take();
    expect_layer(0, "3/3 A2 C0 D0");
    expect_layer(1, "4/4 A1 C0 D0");
    expect_layer(2, "0/0 A0 C0 D3");
    expect_change(0, "/d", PICTURE_ADDED);
    expect_change(1, "/d", PICTURE_MERGED);
    expect_hidden(0, "/d", 2, true);
    expect_hidden(1, "/d", 2, true);
    expect_hidden(0, "/d/e/a", 2, true);
    ck_assert_int_eq(entry(2, "/d")->type, PICTURE_DIRECTORY);
    ck_assert_uint_eq(entry(2, "/d")->files, 3);
    ck_assert_uint_eq(entry(2, "/d")->size, 7);
    ck_assert_uint_eq(picture.layers[2].end - picture.layers[2].begin, 1);
}
END_TEST

/* A mark that hides nothing is not told of, whether there was never such a
 * file or it is gone already. */
START_TEST(test_mark_of_nothing)
{
    lay("a=1");
    lay("-a -b");
    lay("-a");
    take();
    expect_layer(1, "0/0 A0 C0 D1");
    expect_layer(2, "0/0 A0 C0 D0");
    ck_assert_uint_eq(picture.layers[1].end - picture.layers[1].begin, 1);
    expect_hidden(0, "/a", 1, true);
}
END_TEST

/* What comes again after it was deleted is new. */
START_TEST(test_comes_again)
{
    lay("d/ d/a=1");
    lay("-d");
    lay("d/ d/a=2 d/b=4");
    lay("d/ d/a=8");
    take();
    expect_layer(2, "6/2 A2 C0 D0");
    expect_layer(3, "8/0 A0 C1 D0");
    expect_hidden(0, "/d", 1, true);
    expect_hidden(2, "/d", -1, true);
    expect_hidden(2, "/d/a", 3, false);
}
END_TEST

START_TEST(test_directory_for_file)
{
    lay("x=1 y/ y/a=2 y/b/ y/b/c=4");
    lay("x/ x/a=8 y=16");
    take();
    expect_layer(0, "7/7 A3 C0 D0");
    expect_layer(1, "24/0 A1 C1 D3");
    expect_change(1, "/x", PICTURE_CHANGED);
    expect_hidden(0, "/x", 1, true);
    expect_hidden(0, "/y/b/c", 1, true);
}
END_TEST

/* ---- opaque -------------------------------------------------------------- */

START_TEST(test_opaque)
{
    if (no_marks)
        return skip(NO_MARKS);
    lay("d/ d/a=1 d/b=2 d/e/ d/e/f=4 z=8");
    lay("!d/ d/b=16 d/c=32");
    take();
    expect_layer(0, "15/7 A4 C0 D0");
    expect_layer(1, "48/0 A1 C1 D2");
    expect_hidden(0, "/d/a", 1, true);
    expect_hidden(0, "/d/b", 1, false);
    expect_hidden(0, "/d/e", 1, true);
    expect_change(1, "/d/b", PICTURE_CHANGED);
    expect_change(1, "/d/a", PICTURE_DELETED);
    ck_assert_uint_eq(entry(1, "/d/e")->size, 4);
}
END_TEST

/* Nothing of a directory in an opaque one is merged with one below, whether it
 * is opaque itself or not.  The next layer is merged again. */
START_TEST(test_opaque_nested)
{
    if (no_marks)
        return skip(NO_MARKS);
    lay("d/ d/e/ d/e/a=1 d/f/ d/f/a=2");
    lay("!d/ !d/e/ d/e/b=4 d/f/ d/f/b=8");
    lay("d/ d/e/ d/e/a=16");
    take();
    expect_layer(0, "3/3 A2 C0 D0");
    expect_layer(1, "12/0 A2 C0 D2");
    expect_layer(2, "16/0 A1 C0 D0");
    expect_hidden(0, "/d/e/a", 1, true);
    expect_hidden(0, "/d/f/a", 1, true);
}
END_TEST

/* FROM base, then a layer whose top is opaque. */
START_TEST(test_opaque_top)
{
    if (no_marks)
        return skip(NO_MARKS);
    lay("a=1 d/ d/b=2");
    lay("!/ c=4");
    take();
    expect_layer(0, "3/3 A2 C0 D0");
    expect_layer(1, "4/0 A1 C0 D2");
    ck_assert(entry(1, "/d")->parent == PICTURE_NONE);
}
END_TEST

/* ---- names of one file --------------------------------------------------- */

START_TEST(test_hard_links)
{
    lay("a=7 d/ d/b@a z@a");
    lay("-a d/ -d/b");
    take();
    expect_layer(0, "7/0 A3 C0 D0"); /* z is still there */
    expect_layer(1, "0/0 A0 C0 D2");
    ck_assert_uint_eq(entry(0, "/z")->size, 0);
    ck_assert_uint_eq(entry(1, "/a")->size, 0);
    lay("z=1");
    take();
    expect_layer(0, "7/7 A3 C0 D0");
    ck_assert_int_eq(entry(0, "/a")->hidden_by, 1);
    ck_assert_int_eq(entry(0, "/a")->wasted_by, 2);
}
END_TEST

/* ---- odd images ---------------------------------------------------------- */

/* Two RUNs may make the same layer.  Both count, as in `minibox images`. */
START_TEST(test_same_layer_twice)
{
    lay("a=5");
    struct image_layer same = image.layers[0];
    image_append_layer(&image, &same);
    take();
    expect_layer(0, "5/5 A1 C0 D0");
    expect_layer(1, "5/0 A0 C1 D0");
}
END_TEST

START_TEST(test_no_layers)
{
    take();
    ck_assert_uint_eq(picture.n_layers, 0);
    ck_assert_uint_eq(picture.size, 0);
    struct waste waste;
    waste_find(&picture, &waste);
    ck_assert_uint_eq(waste.n_groups, 0);
    waste_done(&waste);
}
END_TEST

/* Links are what they are, and lead nowhere. */
START_TEST(test_links_not_followed)
{
    lay("etc>/etc up>.. d>/");
    take();
    expect_layer(0, "0/0 A3 C0 D0");
    ck_assert_uint_eq(picture.n_entries, 3);
}
END_TEST

START_TEST(test_layer_missing)
{
    lay("a=1");
    ck_assert_ok(store_remove_layer(&store, &image.layers[0].diff_id, &err));
    ck_assert_int_eq(picture_take(&store, &image, &picture, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "open layer"));
}
END_TEST

/* Names are compared by their bytes, '-' before '/' and 0xff last. */
START_TEST(test_order_of_names)
{
    lay("a=1 a-b=2 a.b/ a.b/c=4 \377=8 B=16");
    lay("B=1 a=1 a-b=1 a.b/ a.b/c=1 \377=1");
    take();
    expect_layer(0, "31/31 A5 C0 D0");
    expect_layer(1, "5/0 A0 C5 D0");
}
END_TEST

/* ---- all of it at random ------------------------------------------------- */

/* The model: what overlayfs shows, found as the kernel does, from the top layer
 * down.  A tree of three levels with two names on each. */
enum { LAYERS = 4, PLACES = 14 };
enum { ABSENT, A_FILE, A_DIR, A_MARK };
struct model_place {
    int kind;
    bool opaque;
    int size;
};
static const char *const model_paths[PLACES] = {
    "x", "x/x", "x/x/x", "x/x/y", "x/y", "x/y/x", "x/y/y",
    "y", "y/x", "y/x/x", "y/x/y", "y/y", "y/y/x", "y/y/y"};
static struct model_place model[LAYERS][PLACES];

static size_t model_depth(int i)
{
    return strlen(model_paths[i]) / 2; /* of "x": 0 */
}

/* The place's parent, or -1. */
static int model_parent(int i)
{
    int p = i - 1;

    while (p >= 0 && model_depth(p) >= model_depth(i))
        p--;
    return p;
}

/* Choose what layer N has, and write it as words. */
static void model_invent(int n, unsigned *seed, struct buf *out)
{
    for (int i = 0; i < PLACES; i++) {
        struct model_place *m = &model[n][i];
        int up = model_parent(i), dice = rand_r(seed) % 10;
        bool can = up < 0 || model[n][up].kind == A_DIR;
        bool leaf = model_depth(i) == 2;
        *m = (struct model_place){.size = 1 + rand_r(seed) % 9};
        m->kind = !can || dice < 3    ? ABSENT
                  : dice < 5          ? A_FILE
                  : dice < 9 && !leaf ? A_DIR
                                      : A_MARK;
        m->opaque = m->kind == A_DIR && rand_r(seed) % 4 == 0;
        if (m->kind == A_FILE)
            buf_addf(out, " %s=%d", model_paths[i], m->size);
        else if (m->kind != ABSENT)
            buf_addf(out, " %s%s",
                     m->kind == A_MARK ? "-"
                     : m->opaque       ? "!"
                                       : "",
                     model_paths[i]);
    }
}

/* The layer whose entry of kind A_FILE is seen at place I; -1: no file is.  A
 * directory above may end the search: layers below *out_end are not seen. */
static int model_look(int i, int from, int *out_end)
{
    int up = model_parent(i), end = 0;

    *out_end = from + 1; /* until a directory is found: nothing is seen in it */
    if (up >= 0)
        (void)model_look(up, from, &end);
    for (int n = from; n >= end; n--) {
        int kind = model[n][i].kind;
        if (up >= 0 && model[n][up].kind != A_DIR)
            continue; /* this layer has no such directory */
        if (kind == A_FILE && *out_end == from + 1)
            return n;
        if (kind == A_FILE || kind == A_MARK)
            return -1;
        if (kind == A_DIR)
            *out_end = n;
        if (kind == A_DIR && model[n][i].opaque)
            return -1;
    }
    return -1;
}

/* The picture shows as visible what the model sees, and nothing else. */
static void model_compare(const char *words)
{
    uint64_t visible = 0;

    for (int i = 0; i < PLACES; i++) {
        int end, seen = model_look(i, LAYERS - 1, &end);
        mb_autofree char *path = mb_printf("/%s", model_paths[i]);
        for (int n = 0; n < LAYERS; n++)
            if (model[n][i].kind == A_FILE)
                ck_assert_msg((entry(n, path)->hidden_by < 0) == (n == seen),
                              "%s of layer %d: hidden by %d, seen is %d: %s",
                              path, n, entry(n, path)->hidden_by, seen, words);
        visible += seen < 0 ? 0 : model[seen][i].size;
    }
    ck_assert_uint_eq(picture.size - picture.wasted, visible);
}

START_TEST(test_against_model)
{
    unsigned seed = 1 + _i;

    if (no_marks)
        return skip(NO_MARKS);
    for (int round = 0; round < 40; round++) {
        image_done(&image);
        image_init(&image);
        mb_autobuf struct buf all = BUF_INIT;
        for (int n = 0; n < LAYERS; n++) {
            mb_autobuf struct buf words = BUF_INIT;
            model_invent(n, &seed, &words);
            buf_addf(&all, "[%s]", words.s);
            lay(words.s);
        }
        take();
        model_compare(all.s);
    }
}
END_TEST

/* ---- waste --------------------------------------------------------------- */

START_TEST(test_waste)
{
    struct waste w;

    lay("a=100 d/ d/e/ d/e/x=10 d/e/y=20 d/e/z=0");
    lay("b=40 a=50");
    lay("-b d/ -d/e");
    take();
    waste_find(&picture, &w);
    ck_assert_uint_eq(w.n_groups, 3);
    ck_assert_int_eq(w.groups[0].brought_by, 0);
    ck_assert_int_eq(w.groups[0].hidden_by, 1);
    ck_assert(w.groups[0].overwritten);
    ck_assert_uint_eq(w.groups[0].bytes, 100);
    ck_assert(w.groups[0].directory == PICTURE_NONE);
    ck_assert_int_eq(w.groups[1].brought_by, 1);
    ck_assert_uint_eq(w.groups[1].bytes, 40);
    ck_assert_int_eq(w.groups[2].hidden_by, 2);
    ck_assert(!w.groups[2].overwritten);
    ck_assert_uint_eq(w.groups[2].n_entries, 2); /* z is no waste */
    mb_autofree char *greatest = picture_path(&picture, w.groups[2].entries[0]);
    ck_assert_str_eq(greatest, "/d/e/y");
    mb_autofree char *directory = picture_path(&picture, w.groups[2].directory);
    ck_assert_str_eq(directory, "/d/e");
    waste_done(&w);
}
END_TEST

/* Linear: it would take minutes if each name meant a search. */
START_TEST(test_many_files)
{
    mb_autobuf struct buf words = BUF_INIT, marks = BUF_INIT;

    buf_adds(&words, "d/");
    buf_adds(&marks, "d/");
    for (int i = 0; i < 20000; i++) {
        buf_addf(&words, " d/%05d=1", i);
        buf_addf(&marks, " -d/%05d", i);
    }
    lay(words.s);
    lay(words.s);
    lay(marks.s);
    take();
    expect_layer(1, "20000/20000 A0 C20000 D0");
    expect_layer(2, "0/0 A0 C0 D20000");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("picture");
    TCase *tc = tcase_create("picture");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, picture_setup, picture_teardown);
    tcase_add_test(tc, test_the_three_runs);
    tcase_add_test(tc, test_changed);
    tcase_add_test(tc, test_directory_deleted);
    tcase_add_test(tc, test_mark_of_nothing);
    tcase_add_test(tc, test_comes_again);
    tcase_add_test(tc, test_directory_for_file);
    tcase_add_test(tc, test_opaque);
    tcase_add_test(tc, test_opaque_nested);
    tcase_add_test(tc, test_opaque_top);
    tcase_add_test(tc, test_hard_links);
    tcase_add_test(tc, test_same_layer_twice);
    tcase_add_test(tc, test_no_layers);
    tcase_add_test(tc, test_links_not_followed);
    tcase_add_test(tc, test_layer_missing);
    tcase_add_test(tc, test_order_of_names);
    tcase_add_loop_test(tc, test_against_model, 0, 5);
    tcase_add_test(tc, test_waste);
    tcase_add_test(tc, test_many_files);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
