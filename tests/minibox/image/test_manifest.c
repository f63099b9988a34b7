/* SPDX-License-Identifier: MIT */
/* test_manifest.c - reading documents that strangers wrote */
#include "image/manifest.h"

#include "store_fixture.h"

/* ---- documents that lie ------------------------------------------------- */

#define V2 "{\"schemaVersion\":2"
#define CONFIG "\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
#define LAYER_A                                                                \
    "5bf7a4ca1d6e8dd0e5ffbdba4e9b4df7d0c8d2ea6cd0e4e3b5d3c1a1b7c9e2f0"

/* Load the manifest with this text; it must be refused. */
static void refuse(const char *manifest, const char *words)
{
    struct digest d = put_text(manifest);
    struct image image;

    if (image_load(&store, &d, &image, &err) == 0)
        ck_abort_msg("taken: %s", manifest);
    ck_assert_msg(strstr(err.msg, words) != NULL, "%s", err.msg);
}

static const struct {
    const char *text, *words;
} bad_manifests[] = {
    {"", "no JSON object"},
    {"[]", "no JSON object"},
    {"\"x\"", "no JSON object"},
    {"{", "no JSON object"},
    {"{}", "schema version"},
    {"{\"schemaVersion\":1}", "schema version"},
    {V2 "}", "unknown media type \"\" of the config"},
    {V2 ",\"config\":{\"mediaType\":\"application/x\"}}",
     "unknown media type \"application/x\" of the config"},
    {V2 ",\"mediaType\":\"text/html\"}", "of the manifest"},
    {V2 ",\"config\":{" CONFIG "\"digest\":7}}", "is not a digest"},
    {V2 ",\"config\":{" CONFIG "\"digest\":\"sha256:../../x\"}}",
     "is not a digest"},
    {V2 ",\"config\":{" CONFIG "\"digest\":\"sha256:" LAYER_A "\"}}",
     "it has no layers"},
    {V2 ",\"config\":{" CONFIG "\"digest\":\"sha256:" LAYER_A
        "\"},\"layers\":[]}",
     "read blob"},
};

START_TEST(test_bad_manifest)
{
    refuse(bad_manifests[_i].text, bad_manifests[_i].words);
}
END_TEST

/* Few bytes of JSON can be much memory. */
START_TEST(test_too_many_parts)
{
    mb_autobuf struct buf text = BUF_INIT;
    json_error_t why;

    buf_adds(&text, "[");
    for (int i = 0; i < 20000; i++)
        buf_adds(&text, "{},");
    buf_adds(&text, "0]");
    json_t *json = manifest_json(&text, &why);
    ck_assert_uint_eq(json_array_size(json), 20001);
    json_decref(json);
    buf_clear(&text);
    buf_adds(&text, "[");
    for (int i = 0; i < 50000; i++)
        buf_adds(&text, "{},");
    buf_adds(&text, "0]");
    ck_assert_ptr_null(manifest_json(&text, &why));
    ck_assert_str_eq(why.text, "it has too many parts");
}
END_TEST

/* A manifest of that config text and these layers. */
static void refuse_config(const char *config, const char *layers,
                          const char *words)
{
    struct digest d = put_text(config);
    mb_autofree char *manifest = mb_printf(
        "{\"schemaVersion\":2,\"config\":{" CONFIG "\"digest\":\"sha256:%s\"},"
        "\"layers\":[%s]}",
        d.hex, layers);

    refuse(manifest, words);
}

#define TAR "\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
#define ROW "{" TAR "\"digest\":\"sha256:" LAYER_A "\",\"size\":1}"

START_TEST(test_bad_config)
{
    refuse_config("[]", "", "no JSON object");
    refuse_config("{}", "", "no rootfs.diff_ids");
    refuse_config("{\"rootfs\":7}", "", "no rootfs.diff_ids");
    refuse_config("{\"rootfs\":{\"diff_ids\":{}}}", "", "no rootfs.diff_ids");
    refuse_config("{\"rootfs\":{\"diff_ids\":[]}}", ROW, "mismatch");
    refuse_config("{\"rootfs\":{\"diff_ids\":[\"x\"]}}", ROW,
                  "is not a digest");
    refuse_config("{\"rootfs\":{\"diff_ids\":[7]}}", ROW, "is not a digest");
    refuse_config("{\"rootfs\":{\"diff_ids\":[\"sha256:" LAYER_A "\"]}}",
                  "{" TAR "\"digest\":\"sha256:x\",\"size\":1}",
                  "is not a digest");
    refuse_config("{\"rootfs\":{\"diff_ids\":[]}}",
                  "{\"digest\":\"sha256:" LAYER_A "\",\"size\":1}",
                  "unknown media type");
    refuse_config("{\"rootfs\":{\"diff_ids\":[]}}", "{" TAR "\"size\":-1}",
                  "impossible size");
    refuse_config("{\"rootfs\":{\"diff_ids\":[]},\"history\":[{}]}", "",
                  "too many non-empty layers");
    refuse_config("{\"rootfs\":{\"diff_ids\":[\"sha256:" LAYER_A "\"]}}", "",
                  "mismatch");
}
END_TEST

/* Odd but harmless: what others rely on is put right. */
START_TEST(test_repaired)
{
    struct digest c = put_text(
        "{\"rootfs\":{\"diff_ids\":[]},\"config\":null,\"history\":3}");
    mb_autofree char *text = mb_printf(
        V2 ",\"config\":{" CONFIG "\"digest\":\"sha256:%s\"},\"layers\":[]}",
        c.hex);
    struct digest d = put_text(text);
    struct image image;

    ck_assert_ok(image_load(&store, &d, &image, &err));
    ck_assert(json_is_object(image_run_config(&image)));
    ck_assert(json_is_array(json_object_get(image.config, "history")));
    image_done(&image);
}
END_TEST

/* CVE-2021-41190: one document that is a manifest and an index as well. */
START_TEST(test_manifest_and_index)
{
    struct digest c = put_text("{\"rootfs\":{\"diff_ids\":[]}}");
    mb_autofree char *text = mb_printf(
        "{\"schemaVersion\":2,\"config\":{" CONFIG "\"digest\":\"sha256:%s\"},"
        "\"layers\":[],\"manifests\":[]}",
        c.hex);

    refuse(text, "manifest");
}
END_TEST

START_TEST(test_too_many_layers)
{
    mb_autobuf struct buf ids = BUF_INIT, rows = BUF_INIT;

    for (int i = 0; i < 126; i++) {
        buf_addf(&ids, "%s\"sha256:" LAYER_A "\"", i ? "," : "");
        buf_addf(&rows, "%s" ROW, i ? "," : "");
    }
    mb_autofree char *config =
        mb_printf("{\"rootfs\":{\"diff_ids\":[%s]}}", ids.s);
    refuse_config(config, rows.s, "max depth exceeded");
}
END_TEST

/* A megabyte of brackets: refused, not a stack overflow. */
START_TEST(test_deep_document)
{
    mb_autobuf struct buf text = BUF_INIT;

    buf_adds(&text, "{\"a\":");
    for (int i = 0; i < 1000000; i++)
        buf_addc(&text, '[');
    refuse(text.s, "no JSON object");
}
END_TEST

START_TEST(test_huge_document)
{
    mb_autobuf struct buf text = BUF_INIT;

    buf_adds(&text, "{}");
    for (int i = 0; i < 5 << 20; i++)
        buf_addc(&text, ' ');
    refuse(text.s, "larger than");
}
END_TEST

/* An index: this machine's manifest, or none. */
START_TEST(test_choose)
{
    mb_autofree char *ours = mb_printf(
        "{\"manifests\":[{\"platform\":{\"os\":\"plan9\",\"architecture\":"
        "\"%s\"}},{\"size\":7,\"platform\":{\"os\":\"linux\","
        "\"architecture\":\"%s\"}}]}",
        image_architecture(), image_architecture());
    json_t *index = json_loads(ours, 0, NULL);
    json_t *row = manifest_choose(index, &err);

    ck_assert(manifest_is_index(index));
    ck_assert_int_eq(json_integer_value(json_object_get(row, "size")), 7);
    json_array_remove(json_object_get(index, "manifests"), 1);
    ck_assert_ptr_null(manifest_choose(index, &err));
    ck_assert_ptr_nonnull(strstr(err.msg, "no matching manifest for linux/"));
    json_decref(index);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("manifest");
    TCase *tc = tcase_create("lies");

    tcase_add_checked_fixture(tc, store_setup, store_teardown);
    tcase_add_loop_test(tc, test_bad_manifest, 0,
                        sizeof bad_manifests / sizeof *bad_manifests);
    tcase_add_test(tc, test_bad_config);
    tcase_add_test(tc, test_repaired);
    tcase_add_test(tc, test_manifest_and_index);
    tcase_add_test(tc, test_too_many_layers);
    tcase_add_test(tc, test_deep_document);
    tcase_add_test(tc, test_huge_document);
    tcase_add_test(tc, test_choose);
    tcase_add_test(tc, test_too_many_parts);
    suite_add_tcase(suite, tc);
    return check_main(suite);
}
