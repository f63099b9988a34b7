/* SPDX-License-Identifier: MIT */
/* test_layout.c - images out of an archive in OCI's form */
#include "archive_fixture.h"

#define CONFIG_TYPE "application/vnd.oci.image.config.v1+json"
#define TAR_TYPE "application/vnd.oci.image.layer.v1.tar"

/* A document as a blob of the archive; what describes it. */
static char *in_document(const char *text, const char *type, const char *more)
{
    in_file("new", text);
    struct digest d = in_blob("new");

    return mb_printf("{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\","
                     "\"size\":%zu%s}",
                     type, d.hex, strlen(text), more);
}

/* An image with one layer, a file of TYPE: the text of its manifest. */
static char *in_manifest(const char *type, struct digest *out_id)
{
    struct digest diff_id = in_layer("l", "word");
    struct stat st;

    if (ends_with(type, "gzip"))
        in_shell("gzip -n l && mv l.gz l");
    ck_assert_int_eq(fstatat(tmp_fd, "in/l", &st, 0), 0);
    struct digest layer = in_blob("l");
    mb_autofree char *config = config_text(&diff_id, 1, "");
    *out_id = digest_of(config, strlen(config));
    mb_autofree char *described = in_document(config, CONFIG_TYPE, "");
    return mb_printf("{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST_OCI
                     "\",\"config\":%s,\"layers\":[{\"mediaType\":\"%s\","
                     "\"digest\":\"sha256:%s\",\"size\":%lld}]}",
                     described, type, layer.hex, (long long)st.st_size);
}

/* index.json with these rows. */
static void in_index(const char *rows)
{
    mb_autofree char *text =
        mb_printf("{\"schemaVersion\":2,\"manifests\":[%s]}", rows);

    in_file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    in_file("index.json", text);
}

#define NAMED(name)                                                            \
    ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" name "\"}"

/* ---- good ones ---------------------------------------------------------- */

static const char *const types[] = {TAR_TYPE, TAR_TYPE "+gzip"};

START_TEST(test_image)
{
    struct digest id;
    mb_autofree char *manifest = in_manifest(types[_i], &id);
    mb_autofree char *row = in_document(manifest, MANIFEST_OCI, NAMED("x:1"));

    in_index(row);
    load_ok();
    ck_image("x:1", &id);
    ck_assert_str_eq(lines.v[0], "Loaded image: x:1");
    load_ok(); /* again */
    ck_assert_uint_eq(lines.n, 1);
}
END_TEST

/* A tag alone is no name; containerd's annotation is one, and comes first. */
static const struct {
    const char *notes, *name;
} names[] = {
    {"", NULL},
    {NAMED("1"), NULL},
    {NAMED("localhost/x"), "localhost/x:latest"},
    {",\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/x:2\","
     "\"org.opencontainers.image.ref.name\":\"y:1\"}",
     "x:2"},
};

START_TEST(test_name)
{
    struct digest id;
    mb_autofree char *manifest = in_manifest(TAR_TYPE, &id);
    mb_autofree char *row =
        in_document(manifest, MANIFEST_OCI, names[_i].notes);

    in_index(row);
    load_ok();
    ck_image(names[_i].name ? names[_i].name : id.hex, &id);
    if (!names[_i].name)
        ck_assert_ptr_nonnull(strstr(lines.v[0], "Loaded image ID: sha256:"));
}
END_TEST

/* An index in the index, for several machines. */
static char *in_nested(const char *inner, const char *notes)
{
    mb_autofree char *text =
        mb_printf("{\"schemaVersion\":2,\"manifests\":[%s]}", inner);

    return in_document(text, MANIFEST_OCI_INDEX, notes);
}

START_TEST(test_several_machines)
{
    struct digest id;
    mb_autofree char *manifest = in_manifest(TAR_TYPE, &id);
    mb_autofree char *platform =
        mb_printf(",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}",
                  image_architecture());
    mb_autofree char *ours = in_document(manifest, MANIFEST_OCI, platform);
    mb_autofree char *both =
        mb_printf("{\"digest\":\"sha256:7\",\"platform\":{\"os\":\"linux\","
                  "\"architecture\":\"vax\"}},%s",
                  ours);
    mb_autofree char *row = in_nested(both, NAMED("x:1"));

    in_index(row);
    load_ok();
    ck_image("x:1", &id);
}
END_TEST

START_TEST(test_several_images)
{
    struct digest id;
    mb_autofree char *manifest = in_manifest(TAR_TYPE, &id);
    mb_autofree char *a = in_document(manifest, MANIFEST_OCI, NAMED("a:1"));
    mb_autofree char *b = in_document(manifest, MANIFEST_OCI, NAMED("b:1"));
    mb_autofree char *rows = mb_printf("%s,%s", a, b);

    in_index(rows);
    load_ok();
    ck_image("a:1", &id);
    ck_image("b:1", &id);
}
END_TEST

/* ---- what lies ---------------------------------------------------------- */

/* Four levels of indexes are enough. */
START_TEST(test_too_deep)
{
    struct digest id;
    mb_autofree char *manifest = in_manifest(TAR_TYPE, &id);
    char *row = in_document(manifest, MANIFEST_OCI, "");

    for (int i = 0; i < 4 + _i; i++) {
        char *outer = in_nested(row, "");
        free(row);
        row = outer;
    }
    in_index(row);
    free(row);
    if (_i == 0)
        load_ok();
    else
        load_refused("an index in an index");
}
END_TEST

#define HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const struct {
    const char *index, *words;
} indexes[] = {
    {"", "index.json is no JSON object"},
    {"[]", "index.json is no JSON object"},
    {"{}", "index.json names no image"},
    {"{\"manifests\":{}}", "index.json names no image"},
    {"{\"manifests\":[]}", "index.json names no image"},
    {"{\"manifests\":[7]}", "is not a digest"},
    {"{\"manifests\":[{}]}", "is not a digest"},
    {"{\"manifests\":[{\"digest\":\"sha256:../../../etc/passwd\"}]}",
     "is not a digest"},
    {"{\"manifests\":[{\"digest\":\"sha512:" HEX HEX "\"}]}",
     "is not a digest"},
    {"{\"manifests\":[{\"digest\":\"sha256:" HEX "\"}]}", "No such file"},
};

START_TEST(test_index)
{
    in_file("index.json", indexes[_i].index);
    load_refused(indexes[_i].words);
}
END_TEST

/* Bytes that are not what their name says. */
START_TEST(test_other_bytes)
{
    in_file("blobs/sha256/" HEX, "{}");
    in_index("{\"digest\":\"sha256:" HEX "\",\"size\":2}");
    load_refused("has another digest");
}
END_TEST

/* A blob that is a link to the host's files. */
START_TEST(test_link)
{
    in_shell("mkdir -p blobs/sha256 && ln -s /etc/passwd blobs/sha256/" HEX);
    in_index("{\"digest\":\"sha256:" HEX "\",\"size\":2}");
    load_refused("No such file");
}
END_TEST

/* Replace FROM in a manifest by TO; everything else fits. */
static const struct {
    const char *from, *to, *words;
} lies[] = {
    {"\"schemaVersion\":2", "\"schemaVersion\":1", "schema version"},
    {"\"schemaVersion\":2", "\"schemaVersion\":2,\"manifests\":[]",
     "a manifest and an index in one"},
    {".tar\"", ".tar+gzip\"", "not as its manifest says"},
    {",\"size\":10240}", ",\"size\":10241}", "not as its manifest says"},
    {",\"size\":10240}", ",\"size\":0}", "impossible size"},
    {",\"size\":10240}", ",\"size\":-1}", "impossible size"},
    {"config.v1+json", "config.v7+json", "unknown media type"},
    {"layer.v1.tar", "layer.nondistributable.v1.tar", "media type"},
    {"\"layers\":[", "\"other\":[", "it has no layers"},
};

static char *replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    ck_assert_ptr_nonnull(at);
    return mb_printf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

START_TEST(test_lie)
{
    struct digest id;
    mb_autofree char *manifest = in_manifest(TAR_TYPE, &id);
    mb_autofree char *lying = replaced(manifest, lies[_i].from, lies[_i].to);
    mb_autofree char *row = in_document(lying, MANIFEST_OCI, NAMED("x:1"));

    in_index(row);
    ck_assert_int_eq(load_packed(""), -1);
    ck_assert_msg(strstr(err.msg, lies[_i].words) != NULL, "%s", err.msg);
    ck_assert_uint_eq(count_rows(), 0);
    ck_assert_int_eq(count_names("tmp"), 0);
}
END_TEST

/* Documents whose length is not as said: of the manifest, of the config. */
START_TEST(test_wrong_size)
{
    struct digest id;
    mb_autofree char *manifest = in_manifest(TAR_TYPE, &id);
    const char *size = strstr(manifest, "\"size\":");
    mb_autofree char *more =
        mb_printf("%.*s1%s", (int)(size + 7 - manifest), manifest, size + 7);
    mb_autofree char *row = in_document(_i ? manifest : more, MANIFEST_OCI, "");
    mb_autofree char *longer = replaced(row, "\"size\":", "\"size\":1");

    in_index(_i ? longer : row);
    load_refused("bytes is said to have 1");
}
END_TEST

#define TABLE_TEST(tc, test, table)                                            \
    tcase_add_loop_test(tc, test, 0, sizeof table / sizeof *table)

int main(int argc, char **argv)
{
    (void)argc;
    with_programs(argv);
    Suite *suite = suite_create("layout");
    TCase *tc = archive_tcase(suite);

    TABLE_TEST(tc, test_image, types);
    TABLE_TEST(tc, test_name, names);
    tcase_add_test(tc, test_several_machines);
    tcase_add_test(tc, test_several_images);
    tcase_add_loop_test(tc, test_too_deep, 0, 2);
    TABLE_TEST(tc, test_index, indexes);
    tcase_add_test(tc, test_other_bytes);
    tcase_add_test(tc, test_link);
    TABLE_TEST(tc, test_lie, lies);
    tcase_add_loop_test(tc, test_wrong_size, 0, 2);
    return check_main(suite);
}
