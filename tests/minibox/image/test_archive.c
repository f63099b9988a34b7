/* SPDX-License-Identifier: MIT */
/* test_archive.c - images out of one file, docker's form */
#include "archive_fixture.h"

/* ---- good ones ---------------------------------------------------------- */

START_TEST(test_smallest)
{
    struct digest id = in_image();

    load_ok();
    ck_image("x:1", &id);
    ck_assert_uint_eq(lines.n, 1);
    ck_assert_str_eq(lines.v[0], "Loaded image: x:1");
}
END_TEST

/* docker 20.10: a directory for each layer; where two layers are the same one,
 * the second is a link to the first. */
START_TEST(test_old_form)
{
    struct digest layers[3];

    layers[0] = layers[2] = in_layer("aa/layer.tar", "one");
    layers[1] = in_layer("bb/layer.tar", "two");
    in_file("aa/VERSION", "1.0");
    in_file("aa/json", "{\"id\":\"aa\"}");
    in_shell("mkdir cc && ln -s ../aa/layer.tar cc/layer.tar");
    struct digest id = in_config("c", layers, 3);
    mb_autofree char *config = mb_printf("%s.json", id.hex);
    mb_autofree char *move = mb_printf("mv c %s", config);
    in_shell(move);
    in_list(config, "[\"x:1\",\"127.0.0.1:5000/y:v2\"]",
            "[\"aa/layer.tar\",\"bb/layer.tar\",\"cc/layer.tar\"]");
    in_file("repositories", "{\"x\":{\"1\":\"cc\"}}");
    load_ok();
    ck_image("x:1", &id);
    ck_image("127.0.0.1:5000/y:v2", &id);
    ck_assert_str_eq(lines.v[1], "Loaded image: 127.0.0.1:5000/y:v2");
}
END_TEST

/* docker 28: everything under its digest; OCI's lists, which lead nowhere here,
 * are not looked at. */
START_TEST(test_new_form)
{
    (void)in_layer("l", "one");
    struct digest layer = in_blob("l");
    (void)in_config("c", &layer, 1);
    struct digest id = in_blob("c");
    mb_autofree char *config = mb_printf("blobs/sha256/%s", id.hex);
    mb_autofree char *list = mb_printf("[\"blobs/sha256/%s\"]", layer.hex);

    in_list(config, "[\"x:1\"]", list);
    in_file("index.json", "{\"manifests\":[{\"digest\":\"sha256:7\"}]}");
    in_file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    load_ok();
    ck_image("x:1", &id);
}
END_TEST

/* docker 29: the layer as the store had it, named by the compressed bytes. */
START_TEST(test_compressed_layer)
{
    struct digest diff_id = in_layer("l", "one");
    struct image image;

    in_shell("gzip -n l && mv l.gz l");
    struct digest layer = in_blob("l");
    struct digest id = in_config("c.json", &diff_id, 1);
    mb_autofree char *list = mb_printf("[\"blobs/sha256/%s\"]", layer.hex);
    in_list("c.json", "[\"x:1\"]", list);
    load_ok();
    ck_image("x:1", &id);
    ck_assert_ok(lookup_image(&store, "x:1", &image, &err));
    ck_assert_str_eq(image.layers[0].blob.hex, layer.hex);
    ck_assert_ptr_nonnull(strstr(image.layers[0].media_type, "gzip"));
    image_done(&image);
}
END_TEST

/* The whole archive compressed. */
static const char *const packers[] = {"-z", "--zstd"};

START_TEST(test_compressed_archive)
{
    struct digest id = in_image();

    ck_assert_msg(load_packed(packers[_i]) == 0, "%s", err.msg);
    ck_image("x:1", &id);
}
END_TEST

/* An image saved by its ID has no name; one without layers has null for them.
 */
START_TEST(test_nothing_there)
{
    static const char *const nothing[] = {
        "[{\"Config\":\"c.json\",\"RepoTags\":null,\"Layers\":null}]",
        "[{\"Config\":\"c.json\"}]",
        "[{\"Config\":\"c.json\",\"RepoTags\":[],\"Layers\":[]}]"};
    struct digest id = in_config("c.json", NULL, 0);
    mb_autofree char *said = mb_printf("Loaded image ID: sha256:%s", id.hex);

    in_file("manifest.json", nothing[_i]);
    load_ok();
    ck_image(id.hex, &id);
    ck_assert_str_eq(lines.v[0], said);
}
END_TEST

START_TEST(test_several_images)
{
    struct digest layers[2] = {in_layer("1.tar", "one"),
                               in_layer("2.tar", "two")};
    struct digest a = in_config("a.json", layers, 1);
    struct digest b = in_config("b.json", layers, 2);

    in_file("manifest.json",
            "[{\"Config\":\"a.json\",\"RepoTags\":[\"a:1\"],\"Layers\":["
            "\"1.tar\"]},{\"Config\":\"b.json\",\"RepoTags\":[\"b:1\"],"
            "\"Layers\":[\"1.tar\",\"2.tar\"]}]");
    load_ok();
    ck_image("a:1", &a);
    ck_image("b:1", &b);
    ck_assert_str_eq(lines.v[1], "Loaded image: b:1");
}
END_TEST

/* Loading twice: nothing new, and nobody is told that a name moved. */
START_TEST(test_again)
{
    (void)in_image();
    load_ok();
    int blobs = count_names("blobs/sha256");
    load_ok();
    ck_assert_uint_eq(lines.n, 1);
    ck_assert_int_eq(count_names("blobs/sha256"), blobs);
    ck_assert_uint_eq(count_rows(), 1);
}
END_TEST

/* A name moves to what came last; the old image stays, without a name. */
START_TEST(test_moved_name)
{
    struct digest old = in_image();
    load_ok();
    struct digest layer = in_layer("layer.tar", "another");
    struct digest new = in_config("c.json", &layer, 1);
    mb_autofree char *said =
        mb_printf("The image x:1 already exists, renaming the old one with ID "
                  "sha256:%s to empty string",
                  old.hex);

    load_ok();
    ck_assert_uint_eq(lines.n, 2);
    ck_assert_str_eq(lines.v[0], said);
    ck_image("x:1", &new);
    ck_image(old.hex, &old);
}
END_TEST

/* ---- what lies ---------------------------------------------------------- */

START_TEST(test_wrong_diff_id)
{
    struct digest other = digest_of("other", 5);

    (void)in_layer("layer.tar", "word");
    (void)in_config("c.json", &other, 1);
    in_list("c.json", "[\"x:1\"]", "[\"layer.tar\"]");
    load_refused("invalid diffID for layer 0: expected sha256:");
}
END_TEST

/* The layers are right, but not in this order. */
START_TEST(test_wrong_order)
{
    struct digest layers[2] = {in_layer("1.tar", "one"),
                               in_layer("2.tar", "two")};

    (void)in_config("c.json", layers, 2);
    in_list("c.json", "[\"x:1\"]", "[\"2.tar\",\"1.tar\"]");
    load_refused("invalid diffID for layer 0");
}
END_TEST

/* A promise in a name is kept, be it the config's or a layer's. */
START_TEST(test_broken_promise)
{
    struct digest layer = in_layer("layer.tar", "word");
    struct digest other = digest_of("other", 5);
    mb_autofree char *config = mb_printf("%s.json", other.hex);

    (void)in_config(config, &layer, 1);
    in_list(config, "[\"x:1\"]", "[\"layer.tar\"]");
    load_refused("has another digest");
}
END_TEST

START_TEST(test_broken_promise_of_layer)
{
    struct digest layer = in_layer("layer.tar", "word");
    struct digest other = digest_of("other", 5);
    mb_autofree char *path = mb_printf("blobs/sha256/%s", other.hex);
    mb_autofree char *list = mb_printf("[\"%s\"]", path);
    mb_autofree char *move =
        mb_printf("mkdir -p blobs/sha256 && mv layer.tar %s", path);

    in_shell(move);
    (void)in_config("c.json", &layer, 1);
    in_list("c.json", "[\"x:1\"]", list);
    load_refused("invalid diffID for layer 0: the bytes of");
}
END_TEST

/* Members that are not what they should be, whatever made them so. */
static const struct {
    const char *command, *words;
} traps[] = {
    {"rm c.json", "open c.json in the archive: No such file"},
    {"rm layer.tar", "open layer.tar in the archive: No such file"},
    {"rm manifest.json", "there is no image in it"},
    {"rm c.json && mkfifo c.json", "c.json in the archive is no regular file"},
    {"rm layer.tar && mkfifo layer.tar", "layer.tar in the archive is no"},
    {"rm manifest.json && mkfifo manifest.json", "manifest.json in the archi"},
    {"rm c.json && mkdir c.json", "c.json in the archive is no regular file"},
    {"rm layer.tar && mkdir layer.tar", "is no regular file"},
    {"rm c.json && ln -s /etc/passwd c.json", "open c.json in the archive"},
    {"rm layer.tar && ln -s /etc/passwd layer.tar", "open layer.tar in the"},
    {"rm manifest.json && ln -s /etc/passwd manifest.json", "open manifest.js"},
    {"rm c.json && ln -s ../../../../../etc/passwd c.json", "open c.json in"},
    {"rm c.json && ln -s c.json c.json", "Too many levels"},
    {"rm c.json && ln -s /proc/self/exe c.json", "open c.json"},
    {"echo rubbish > layer.tar", "invalid diffID for layer 0"},
    {"echo rubbish > c.json", "image config is no JSON"},
    {"echo [] > c.json", "image config is no JSON object"},
    {": > c.json", "image config is no JSON"},
    {"echo {} > c.json", "no rootfs.diff_ids"},
    {"head -c 5242880 /dev/zero | tr '\\0' ' ' >> manifest.json", "larger"},
    {"head -c 5242880 /dev/zero | tr '\\0' ' ' >> c.json", "larger than"},
};

START_TEST(test_trap)
{
    (void)in_image();
    in_shell(traps[_i].command);
    load_refused(traps[_i].words);
}
END_TEST

/* The same for the list. */
static const struct {
    const char *text, *words;
} lists[] = {
    {"", "manifest.json is no JSON"},
    {"[", "manifest.json is no JSON"},
    {"7", "manifest.json is no JSON"},
    {"{}", "manifest.json is no list of images"},
    {"[]", "manifest.json is no list of images"},
    {"[7]", "names no Config"},
    {"[null]", "names no Config"},
    {"[{}]", "names no Config"},
    {"[{\"Config\":7}]", "names no Config"},
    {"[{\"Config\":\"\"}]", "in the archive"},
    {"[{\"Config\":\".\"}]", "no regular file"},
    {"[{\"Config\":\"/etc/passwd\"}]", "No such file"},
    {"[{\"Config\":\"../../../../../../../etc/passwd\"}]", "No such file"},
    {"[{\"Config\":\"c.json\",\"Layers\":\"layer.tar\"}]", "Layers is no list"},
    {"[{\"Config\":\"c.json\",\"Layers\":{}}]", "Layers is no list"},
    {"[{\"Config\":\"c.json\",\"Layers\":[null]}]", "Layers is no list"},
    {"[{\"Config\":\"c.json\",\"Layers\":[]}]", "mismatch: expected 1, got 0"},
    {"[{\"Config\":\"c.json\",\"Layers\":[\"layer.tar\",\"layer.tar\"]}]",
     "layers length mismatch: expected 1, got 2"},
    {"[{\"Config\":\"c.json\",\"RepoTags\":\"x:1\"}]", "RepoTags is no list"},
    {"[{\"Config\":\"c.json\",\"RepoTags\":[7]}]", "RepoTags is no list"},
    {"[{\"Config\":\"c.json\",\"RepoTags\":[\"X:1\"]}]", "must be lowercase"},
    {"[{\"Config\":\"c.json\",\"RepoTags\":[\"\"]}]", "invalid reference"},
    {"[{\"Config\":\"c.json\",\"RepoTags\":[\"x:1\",\"../x\"]}]", "invalid"},
    {"[{\"Config\":\"c.json\",\"RepoTags\":[\"x@sha256:"
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"]}]",
     "invalid tag"},
};

START_TEST(test_list)
{
    (void)in_image();
    in_file("manifest.json", lists[_i].text);
    load_refused(lists[_i].words);
}
END_TEST

/* More of something than an image can have. */
static char *repeated(const char *format, int n)
{
    struct buf list = BUF_INIT;

    buf_addc(&list, '[');
    for (int i = 0; i < n; i++) {
        buf_adds(&list, i ? "," : "");
        mb_autofree char *number = mb_printf("%d", i);
        for (const char *p = format; *p; p++)
            if (*p == '#')
                buf_adds(&list, number);
            else
                buf_addc(&list, *p);
    }
    buf_addc(&list, ']');
    return buf_take(&list);
}

START_TEST(test_too_many)
{
    mb_autofree char *tags = repeated("\"x:#\"", 101);
    mb_autofree char *layers = repeated("\"layer.tar\"", 126);
    mb_autofree char *rows = repeated("{\"Config\":\"empty.json\"}", 1001);

    (void)in_image();
    in_list("c.json", tags, "[\"layer.tar\"]");
    load_refused("101 names for an image, the limit is 100");
    in_list("c.json", "null", layers);
    load_refused("max depth exceeded: 126 layers");
    in_config("empty.json", NULL, 0);
    in_file("manifest.json", rows);
    ck_assert_int_eq(load_packed(""), -1);
    ck_assert_ptr_nonnull(strstr(err.msg, "too many images and names"));
}
END_TEST

START_TEST(test_too_much_history)
{
    struct digest layer = in_layer("layer.tar", "word");
    mb_autofree char *config =
        config_text(&layer, 1, "\"history\":[{},{\"created_by\":\"x\"}],");

    in_file("c.json", config);
    in_list("c.json", "[\"x:1\"]", "[\"layer.tar\"]");
    load_refused("too many non-empty layers in History section");
}
END_TEST

/* The second of two images is bad: the first is there, nothing of the other. */
START_TEST(test_bad_second)
{
    struct digest id = in_image();

    in_file("manifest.json",
            "[{\"Config\":\"c.json\",\"RepoTags\":[\"x:1\"],\"Layers\":["
            "\"layer.tar\"]},{\"Config\":\"c.json\",\"RepoTags\":[\"y:1\"],"
            "\"Layers\":[\"nothing.tar\"]}]");
    ck_assert_int_eq(load_packed(""), -1);
    ck_image("x:1", &id);
    ck_assert_uint_eq(lines.n, 1);
    ck_assert_uint_eq(count_rows(), 1);
    ck_assert_int_eq(count_names("tmp"), 0);
}
END_TEST

/* No tar at all. */
static const char *const rubbish[] = {"rubbish", "\x1f\x8b\x08 broken"};

START_TEST(test_no_archive)
{
    tmp_file("t.tar", rubbish[_i]);
    mb_autoclose int fd = openat(tmp_fd, "t.tar", O_RDONLY | O_CLOEXEC);
    struct reader reader = reader_from_fd(fd);

    ck_assert_int_eq(archive_load(&store, &reader, &lines, &err), -1);
    ck_assert_str_ne(err.msg, "");
    ck_assert_int_eq(count_names("tmp"), 0);
}
END_TEST

#define TABLE_TEST(tc, test, table)                                            \
    tcase_add_loop_test(tc, test, 0, sizeof table / sizeof *table)

int main(int argc, char **argv)
{
    (void)argc;
    with_programs(argv);
    Suite *suite = suite_create("archive");
    TCase *tc = archive_tcase(suite);

    tcase_add_test(tc, test_smallest);
    tcase_add_test(tc, test_old_form);
    tcase_add_test(tc, test_new_form);
    tcase_add_test(tc, test_compressed_layer);
    TABLE_TEST(tc, test_compressed_archive, packers);
    tcase_add_loop_test(tc, test_nothing_there, 0, 3);
    tcase_add_test(tc, test_several_images);
    tcase_add_test(tc, test_again);
    tcase_add_test(tc, test_moved_name);
    tcase_add_test(tc, test_wrong_diff_id);
    tcase_add_test(tc, test_wrong_order);
    tcase_add_test(tc, test_broken_promise);
    tcase_add_test(tc, test_broken_promise_of_layer);
    TABLE_TEST(tc, test_trap, traps);
    TABLE_TEST(tc, test_list, lists);
    tcase_add_test(tc, test_too_many);
    tcase_add_test(tc, test_too_much_history);
    tcase_add_test(tc, test_bad_second);
    TABLE_TEST(tc, test_no_archive, rubbish);
    return check_main(suite);
}
