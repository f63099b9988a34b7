/* SPDX-License-Identifier: MIT */
/*
 * suite.c - exercise 16: names, marks, and what may be swept away
 *
 * The stores are made up here, so that the judge knows who needs what.  Whether
 * the right things are left he sees on the disk.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "grader/exam.h"
#include "grader/see.h"
#include "grader/see_tree.h"
#include "grader/worker.h"
#include "image/digest.h"

static const char *hex_of(const char *content)
{
    struct digest d = digest_of(content, strlen(content));

    return text("%s", d.hex);
}

/* Lines in the order of the alphabet. */
static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *sorted(struct strv *lines)
{
    const char *all = "";

    if (lines->n)
        qsort(lines->v, lines->n, sizeof *lines->v, by_text);
    for (size_t i = 0; i < lines->n; i++)
        all = text("%s%s\n", all, lines->v[i]);
    return all;
}

/* ---- step 1: index.json ------------------------------------------------- */

#define FULL "io.containerd.image.name"
#define REF "org.opencontainers.image.ref.name"
#define TYPE "application/vnd.oci.image.manifest.v1+json"

/* A manifest of which only its row is there. */
struct fake {
    const char *hex;
    int size;
};

static struct fake make_fake(void)
{
    return (struct fake){hex_of(pick_word()), pick(100, 9000)};
}

/* What index.json holds before, and what it should hold after. */
static json_t *rows;
static struct strv wanted;
static struct strv hints; /* of each wanted row: what its absence looks like */

static void index_begin(void)
{
    rows = json_array();
    wanted = hints = (struct strv){0};
}

static void add_row(struct fake f, const char *full, const char *ref)
{
    json_t *row = json_pack("{s:s, s:s, s:i}", "mediaType", TYPE, "digest",
                            text("sha256:%s", f.hex), "size", f.size);

    if (full || ref)
        json_object_set_new(row, "annotations",
                            json_pack("{s:s*, s:s*}", FULL, full, REF, ref));
    json_array_append_new(rows, row);
}

static const char *row_text(const char *digest, int size, const char *full,
                            const char *ref)
{
    return text("%.19s... %d bytes, called %s, for others %s", digest, size,
                full ? full : "-", ref ? ref : "-");
}

static void want_row(struct fake f, const char *full, const char *ref,
                     const char *hint)
{
    strv_add(&wanted, row_text(text("sha256:%s", f.hex), f.size, full, ref));
    strv_add(&hints, hint);
}

/* A row that is there, and stays. */
static void keep_row(struct fake f, const char *full, const char *ref)
{
    add_row(f, full, ref);
    want_row(f, full, ref, "other-names-lost");
}

static const char *canonical(const char *name, const char *tag)
{
    return text("docker.io/library/%s:%s", name, tag);
}

static const char *member(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const char *see_row(const json_t *row)
{
    const json_t *names = json_object_get(row, "annotations");
    const char *digest = member(row, "digest");
    const char *type = member(row, "mediaType");

    return text("%s%s",
                row_text(digest ? digest : "(no digest)",
                         json_integer_value(json_object_get(row, "size")),
                         member(names, FULL), member(names, REF)),
                type && strcmp(type, TYPE) == 0 ? "" : ", odd media type");
}

/* What a row that should not be there looks like. */
static const char *extra_hint(const char *row, struct fake f)
{
    bool is_new = strstr(row, text("%.12s", f.hex)) != NULL;

    if (strstr(row, "called -,") && ends_with(row, "others -"))
        return is_new ? "nameless-row-stays" : "dangling-though-named";
    if (strstr(row, "called -,"))
        return is_new ? "alias-for-every-tag" : "two-of-a-name";
    return is_new ? "named-twice" : "two-of-a-name";
}

/* Is there another row of the same digest and names in LIST? */
static bool only_size_differs(const char *row, const struct strv *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (strncmp(row, list->v[i], 22) == 0 &&
            strcmp(strstr(row, " bytes"), strstr(list->v[i], " bytes")) == 0)
            return true;
    return false;
}

/* How often is the row in the list? */
static int times(const struct strv *list, const char *row)
{
    int n = 0;

    for (size_t i = 0; i < list->n; i++)
        n += strcmp(list->v[i], row) == 0;
    return n;
}

/* The hint for the first row that is too much, else for one that lacks. */
static const char *rows_hint(const struct strv *seen, struct fake f)
{
    for (size_t i = 0; i < seen->n; i++)
        if (times(&wanted, seen->v[i]) < times(seen, seen->v[i]))
            return only_size_differs(seen->v[i], &wanted)
                       ? "size-of-another"
                       : extra_hint(seen->v[i], f);
    for (size_t i = 0; i < wanted.n; i++)
        if (times(seen, wanted.v[i]) < times(&wanted, wanted.v[i]))
            return hints.v[i];
    return NULL;
}

/* Call F by NAME, in the index of these rows.  Then they are as wanted. */
static void require_rows(struct fake f, const char *name, const char *why)
{
    json_t *index =
        json_pack("{s:i, s:o}", "schemaVersion", 2, "manifests", rows);
    json_t *files = json_pack("{s:s}", "index.json", json_dumps(index, 0));
    struct strv seen = {0};
    size_t i;
    json_t *row;

    worker_start(text("index_set() of sha256:%.12s..., called %s", f.hex, name),
                 "name", text("files=%s", json_dumps(files, 0)),
                 text("manifest=sha256:%s", f.hex), text("size=%d", f.size),
                 text("name=%s", name), NULL);
    pid_t pid = worker_hold("done");
    REQUIRE_INT("result", 0, .why = "nothing is wrong with this index");
    const char *after = see_file(pid, "tmp/store/index.json");
    json_t *parsed = json_loads(after, 0, NULL);
    json_array_foreach(json_object_get(parsed, "manifests"), i, row)
        strv_add(&seen, see_row(row));
    const char *hint = rows_hint(&seen, f);
    REQUIRE(strcmp(sorted(&seen), sorted(&wanted)) == 0,
            .expected = text("these rows:\n%s", sorted(&wanted)),
            .observed = text("these rows:\n%s", sorted(&seen)),
            .shows = json_dumps(parsed, JSON_INDENT(1)), .why = why,
            .hint = hint);
    worker_go("done");
    worker_end();
}

START_TEST(a_name_is_written)
{
    const char *name = pick_word(), *tag = pick_word(), *other = pick_word();
    struct fake f = make_fake(), g = make_fake();

    index_begin();
    keep_row(g, canonical(other, "latest"), text("%s:latest", other));
    keep_row(g, NULL, other);
    keep_row(make_fake(), NULL, NULL);
    want_row(f, canonical(name, tag), text("%s:%s", name, tag),
             "name-not-written");
    require_rows(f, text("%s:%s", name, tag),
                 "a name is one row, with the full name for minibox and the "
                 "familiar one for other tools.  Other rows are none of its "
                 "business");
}
END_TEST

START_TEST(latest_may_be_left_out)
{
    const char *name = pick_word();
    struct fake f = make_fake();

    index_begin();
    keep_row(make_fake(), canonical(name, "v1"), text("%s:v1", name));
    want_row(f, canonical(name, "latest"), text("%s:latest", name),
             "name-not-written");
    want_row(f, NULL, name, "alias-missing");
    require_rows(f, pick(0, 1) ? name : text("%s:latest", name),
                 "people leave \":latest\" out, and other tools go by what "
                 "they find in the file: so there is a second row (rule 2)");
}
END_TEST

START_TEST(a_name_moves)
{
    const char *name = pick_word();
    struct fake f = make_fake(), old = make_fake();

    index_begin();
    add_row(old, canonical(name, "latest"), text("%s:latest", name));
    add_row(old, NULL, name);
    want_row(f, canonical(name, "latest"), text("%s:latest", name),
             "name-not-written");
    want_row(f, NULL, name, "alias-missing");
    want_row(old, NULL, NULL, "old-image-lost");
    require_rows(f, name,
                 "a name means one image.  The one that had it before is still "
                 "there, and keeps a row without a name: it is dangling");
}
END_TEST

START_TEST(other_names_stay)
{
    const char *name = pick_word(), *tag = pick_word();
    struct fake f = make_fake(), old = make_fake();

    index_begin();
    keep_row(old, canonical(name, "v1"), text("%s:v1", name));
    add_row(old, canonical(name, tag), text("%s:%s", name, tag));
    keep_row(f, canonical(tag, "v2"), text("%s:v2", tag));
    want_row(f, canonical(name, tag), text("%s:%s", name, tag),
             "name-not-written");
    require_rows(f, text("%s:%s", name, tag),
                 "an image may have many names.  Whoever loses one of them is "
                 "not dangling, and the other names stay where they are");
}
END_TEST

START_TEST(the_same_name_again)
{
    const char *name = pick_word();
    struct fake f = make_fake();

    index_begin();
    add_row(f, canonical(name, "v1"), text("%s:v1", name));
    want_row(f, canonical(name, "v1"), text("%s:v1", name), "name-not-written");
    require_rows(f, text("%s:v1", name),
                 "the image has this name already: nothing changes, and it "
                 "has not lost a name either");
}
END_TEST

START_TEST(a_dangling_image_gets_a_name)
{
    const char *name = pick_word();
    struct fake f = make_fake();

    index_begin();
    add_row(f, NULL, NULL);
    keep_row(make_fake(), NULL, NULL);
    want_row(f, canonical(name, "v1"), text("%s:v1", name), "name-not-written");
    require_rows(f, text("%s:v1", name),
                 "the row without a name stood for an image that had none.  "
                 "Now it has one");
}
END_TEST

/* ---- a store ------------------------------------------------------------ */

enum { MAX_LAYERS = 4 };

struct layer {
    const char *diff_id, *blob;
    int size; /* of the blob */
};

struct image {
    const char *manifest, *id;
    struct layer layers[MAX_LAYERS];
    int n;
};

static json_t *files;  /* path: content */
static json_t *needed; /* what must be marked: [what it is, hint] */
static json_t *known;  /* all else: what it is */
static long takes;     /* bytes of what is not needed */

static void store_begin(void)
{
    files = json_object();
    needed = json_object();
    known = json_object();
    rows = json_array();
    takes = 0;
}

static void add_file(const char *path, const char *content)
{
    json_object_set_new(files, path, json_string(content));
}

/* A blob; returns its digest. */
static const char *add_blob(const char *content)
{
    const char *hex = hex_of(content);

    add_file(text("blobs/sha256/%s", hex), content);
    return hex;
}

/* HEX is needed by somebody.  HINT: what it looks like if it has no mark. */
static void need(const char *hex, const char *what, const char *hint)
{
    json_object_set_new(needed, hex, json_pack("[s,s]", what, hint));
}

/* A layer, unpacked and as a blob.  A compressed one has two digests. */
static struct layer make_layer(bool compressed)
{
    const char *content = text("layer %s", pick_word());
    const char *packed =
        compressed ? text("compressed %s", pick_word()) : content;
    struct layer l = {hex_of(content), add_blob(packed), strlen(packed)};
    int size = pick(1000, 99999);

    add_file(text("layers/%s/file", l.diff_id), content);
    add_file(text("layers/%s.size", l.diff_id), text("%d", size));
    if (compressed)
        add_file(text("layers/%s.packed", l.diff_id),
                 text("sha256:%s %d", l.blob, l.size));
    json_object_set_new(known, l.diff_id, json_string("a layer"));
    json_object_set_new(known, l.blob, json_string("a layer's blob"));
    takes += size + l.size;
    return l;
}

static const char *make_config(const struct image *image)
{
    json_t *ids = json_array();

    for (int i = 0; i < image->n; i++)
        json_array_append_new(
            ids, json_string(text("sha256:%s", image->layers[i].diff_id)));
    return json_dumps(json_pack("{s:s, s:{}, s:{s:s, s:o}}", "author",
                                pick_word(), "config", "rootfs", "type",
                                "layers", "diff_ids", ids),
                      0);
}

static const char *make_manifest(const struct image *image, int config_size)
{
    json_t *list = json_array();

    for (int i = 0; i < image->n; i++) {
        const struct layer *l = &image->layers[i];
        bool plain = strcmp(l->diff_id, l->blob) == 0;
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:i}", "mediaType",
                      plain ? "application/vnd.oci.image.layer.v1.tar"
                            : "application/vnd.oci.image.layer.v1.tar+gzip",
                      "digest", text("sha256:%s", l->blob), "size", l->size));
    }
    return json_dumps(json_pack("{s:i, s:s, s:{s:s, s:s, s:i}, s:o}",
                                "schemaVersion", 2, "mediaType", TYPE, "config",
                                "mediaType",
                                "application/vnd.oci.image.config.v1+json",
                                "digest", text("sha256:%s", image->id), "size",
                                config_size, "layers", list),
                      0);
}

/* An image of N of these layers; nobody needs it yet. */
static struct image make_image(const struct layer *layers, int n)
{
    struct image image = {.n = n};

    if (n)
        memcpy(image.layers, layers, n * sizeof *layers);
    const char *config = make_config(&image);
    image.id = add_blob(config);
    const char *manifest = make_manifest(&image, strlen(config));
    image.manifest = add_blob(manifest);
    json_object_set_new(known, image.id, json_string("a config"));
    json_object_set_new(known, image.manifest, json_string("a manifest"));
    return image;
}

/* The index names it, or only has a row for it. */
static void index_image(const struct image *image, const char *name)
{
    struct fake f = {image->manifest, 500};

    add_row(f, name ? canonical(name, "v1") : NULL,
            name ? text("%s:v1", name) : NULL);
    need(image->manifest, "the manifest of an image", "manifest-not-marked");
    need(image->id, "the config of an image", "config-not-marked");
    for (int i = 0; i < image->n; i++) {
        const struct layer *l = &image->layers[i];
        need(l->blob, text("the blob of layer %d of %d", i + 1, image->n),
             "blob-not-marked");
        need(l->diff_id, text("layer %d of %d, unpacked", i + 1, image->n),
             "layer-not-marked");
    }
}

/* A container that stands on these layers; returns where that is written. */
static const char *make_container(const struct layer *layers, int n)
{
    const char *path = text("containers/%s/config.json", hex_of(pick_word()));
    json_t *list = json_array();

    for (int i = 0; i < n; i++) {
        json_array_append_new(list, json_string(layers[i].diff_id));
        need(layers[i].diff_id,
             text("layer %d of the %d that a container stands on", i + 1, n),
             "container-forgotten");
    }
    add_file(path, json_dumps(json_pack("{s:s, s:o}", "name", pick_word(),
                                        "layers", list),
                              0));
    return path;
}

/* Write index.json, and make an argument of all files. */
static const char *store_argument(void)
{
    json_t *index =
        json_pack("{s:i, s:O}", "schemaVersion", 2, "manifests", rows);

    add_file("index.json", json_dumps(index, 0));
    return text("files=%s", json_dumps(files, 0));
}

/* ---- steps 2 and 3: marks ----------------------------------------------- */

/* What has a mark, as the worker told it, as keys. */
static json_t *told_marks(void)
{
    const char *told = worker_told("marks");
    json_t *marks = json_object();

    for (const char *p = told ? told : ""; *p;) {
        int length = strcspn(p, "\n");
        json_object_set_new(marks, text("%.*s", length, p), json_true());
        p += length + (p[length] == '\n');
    }
    return marks;
}

static const char *string_at(const json_t *pair, int i)
{
    return json_string_value(json_array_get(pair, i));
}

/* Has anything a mark whose absence would look like HINT? */
static bool some_marked(const json_t *marks, const char *hint)
{
    const char *hex;
    json_t *pair;

    json_object_foreach(needed, hex, pair)
    {
        if (strcmp(string_at(pair, 1), hint) == 0 &&
            json_object_get(marks, hex))
            return true;
    }
    return false;
}

/* HEX is needed, and has no mark. */
static _Noreturn void flunk_unmarked(const json_t *marks, const char *hex,
                                     const char *why)
{
    const json_t *pair = json_object_get(needed, hex);
    const char *hint = string_at(pair, 1);

    if (json_object_get(marks, text("sha256:%s", hex)))
        hint = "mark-has-prefix";
    else if (some_marked(marks, hint))
        hint = strcmp(hint, "container-forgotten") == 0
                   ? "container-layer-left-out"
                   : "layer-left-out";
    FLUNK(.expected = text("a mark for %s, %s", hex, string_at(pair, 0)),
          .observed =
              text("it has none: a sweep would remove it.  %d have a "
                   "mark, %d should",
                   (int)json_object_size(marks), (int)json_object_size(needed)),
          .shows = text("the marks:\n%s", worker_told("marks")), .why = why,
          .hint = hint);
}

/* HEX has a mark that nobody needs. */
static _Noreturn void flunk_marked(const char *hex)
{
    const char *what = member(known, hex);

    FLUNK(.expected = "marks for what is needed, and for nothing else",
          .observed = text("a mark for \"%s\" (%s)", hex,
                           what ? what : "no digest of this store"),
          .shows = text("the marks:\n%s", worker_told("marks")),
          .why = "what is marked without need stays for ever",
          .hint = "marked-without-need");
}

/* The marks are those that are needed, no more and no less. */
static void require_marks(const char *why)
{
    json_t *marks = told_marks();
    const char *hex;
    json_t *value;

    REQUIRE_INT("result", 0, .why = "every image in this store is whole");
    json_object_foreach(needed, hex, value)
    {
        if (!json_object_get(marks, hex))
            flunk_unmarked(marks, hex, why);
    }
    json_object_foreach(marks, hex, value)
    {
        if (!json_object_get(needed, hex))
            flunk_marked(hex);
    }
}

static void mark_and_require(const char *ran, const char *why)
{
    worker_start(ran, "mark", store_argument(), NULL);
    worker_hold("done");
    require_marks(why);
    worker_go("done");
    worker_end();
}

START_TEST(an_image_needs_documents_and_layers)
{
    int n = pick(3, MAX_LAYERS);
    struct layer layers[MAX_LAYERS];

    store_begin();
    for (int i = 0; i < n; i++)
        layers[i] = make_layer(true);
    struct image image = make_image(layers, n);
    index_image(&image, pick_word());
    make_layer(true); /* nobody's */
    make_image(layers, 2);
    mark_and_require(text("sweep_mark(), one image with %d layers", n),
                     "an image needs its manifest, its config, and each layer "
                     "twice: unpacked, under the diff ID, and as a blob, which "
                     "has another digest if it is compressed");
}
END_TEST

START_TEST(every_row_counts)
{
    store_begin();
    struct layer shared = make_layer(true), one = make_layer(false);
    struct layer a[] = {shared, one}, b[] = {shared, make_layer(true)};
    struct image images[] = {make_image(a, 2), make_image(b, 2),
                             make_image(NULL, 0)};
    index_image(&images[0], pick_word());
    index_image(&images[0], pick_word());
    index_image(&images[1], NULL);
    index_image(&images[2], pick_word());
    mark_and_require("sweep_mark(), three images: two share a layer, one has "
                     "no name, one has no layers",
                     "an image without a name is still an image: only who "
                     "takes its row away lets it go");
}
END_TEST

/* How something is made unreadable: a file of it, and what is in it then. */
struct damage {
    const char *what, *path, *content;
};

static struct damage pick_damage(const struct image *image)
{
    const char *config = text("blobs/sha256/%s", image->id);
    const char *manifest = text("blobs/sha256/%s", image->manifest);

    switch (pick(0, 2)) {
    case 0:
        return (struct damage){"its config is missing", config, ""};
    case 1:
        return (struct damage){"its manifest is missing", manifest, ""};
    default:
        return (struct damage){"its config has a byte too much", config,
                               text("%s ", member(files, config))};
    }
}

/* Mark twice: before the damage to one of two things, and after it. */
static void start_damaged(const struct damage *damage, const char *things)
{
    worker_start(text("sweep_mark(), one of two %s is damaged: %s", things,
                      damage->what),
                 "damaged", store_argument(), text("path=%s", damage->path),
                 text("content=%s", damage->content), NULL);
    worker_hold("done");
    REQUIRE_INT("control", 0, .expected = "marks, before the damage",
                .why = text("both %s in this store were whole then", things));
}

START_TEST(a_damaged_image_stops_it)
{
    store_begin();
    struct layer a = make_layer(true), b = make_layer(false);
    struct image images[] = {make_image(&a, 1), make_image(&b, 1)};
    index_image(&images[0], pick_word());
    index_image(&images[1], pick_word());
    struct damage damage = pick_damage(&images[pick(0, 1)]);
    start_damaged(&damage, "images");
    REQUIRE_INT("result", -1, .expected = "NULL, and a reason in *err",
                .observed = "marks",
                .why = "nobody knows what this image needs.  To go on means to "
                       "remove its layers (rule 2)",
                .hint = "damaged-skipped");
    REQUIRE(*worker_told("result.msg"), .expected = "a reason in *err",
            .observed = "an empty one",
            .why = "image_load() has said what is wrong: keep it",
            .hint = "damaged-skipped");
    worker_go("done");
    worker_end();
}
END_TEST

START_TEST(a_container_keeps_its_layers)
{
    int n = pick(3, MAX_LAYERS);
    struct layer layers[MAX_LAYERS];

    store_begin();
    for (int i = 0; i < n; i++)
        layers[i] = make_layer(i % 2);
    make_image(layers, n); /* not in the index any more */
    make_container(layers, n);
    mark_and_require(text("sweep_mark(), no image, but a container that stands "
                          "on %d layers",
                          n),
                     "the image was removed by force, the container is still "
                     "there: without its layers its files are gone");
}
END_TEST

START_TEST(odd_containers_do_no_harm)
{
    const char *dir = text("containers/%s", hex_of(pick_word()));

    store_begin();
    struct layer a = make_layer(true), b = make_layer(false);
    make_container(&a, 1);
    make_container(&b, 1);
    json_object_set_new(files, text("%s/upper", dir),
                        json_pack("[s]", "directory"));
    add_file(text("containers/%s/config.json", hex_of(pick_word())),
             "{\"layers\": 7}");
    struct layer c = make_layer(true);
    need(c.diff_id, "a layer of a container", "container-forgotten");
    add_file(text("containers/%s/config.json", hex_of(pick_word())),
             text("{\"layers\": [null, 3, \"%s\"]}", c.diff_id));
    mark_and_require("sweep_mark(), containers that are half made or odd "
                     "among good ones",
                     "whoever was killed while he made a container has left a "
                     "directory without config.json.  The others still need "
                     "their layers");
}
END_TEST

START_TEST(a_damaged_container_stops_it)
{
    store_begin();
    struct layer a = make_layer(true);
    const char *path = make_container(&a, 1);
    struct layer b = make_layer(false);
    make_container(&b, 1);
    start_damaged(&(struct damage){"its config.json ends in the middle", path,
                                   "{\"layers\": ["},
                  "containers");
    REQUIRE_INT("result", -1, .expected = "NULL, and a reason in *err",
                .observed = "marks",
                .why = "nobody knows what this container stands on.  To go on "
                       "means to remove its layers (rule 2)",
                .hint = "damaged-container-skipped");
    REQUIRE(*worker_told("result.msg"), .expected = "a reason in *err",
            .observed = "an empty one",
            .why = "state_config() has said what is wrong: keep it",
            .hint = "damaged-container-skipped");
    worker_go("done");
    worker_end();
}
END_TEST

/* ---- step 4: sweep ------------------------------------------------------ */

/* The lines of a tree in which no garbage has its name, with FROM in front. */
static void keep_lines(struct strv *out, const char *from, const char *tree,
                       bool all)
{
    for (const char *p = tree; *p;) {
        int length = strcspn(p, "\n");
        const char *hex = text("%.64s", p);
        bool garbage = json_object_get(known, hex) != NULL &&
                       json_object_get(needed, hex) == NULL;
        if ((all || !garbage) && !starts_with(p, "(nothing)"))
            strv_add(out, text("%s/%.*s", from, length, p));
        p += length + (p[length] == '\n');
    }
}

/* All that a sweep may touch, and what lies beside it. */
static struct strv see_store(pid_t pid, bool all)
{
    static const char *const dirs[] = {"layers", "blobs", "cache", "containers",
                                       "names"};
    struct strv lines = {0};

    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
        const char *name = strcmp(dirs[i], "blobs") ? dirs[i] : "blobs/sha256";
        keep_lines(&lines, name,
                   see_tree(pid, text("tmp/store/%s", name), "user.none"), all);
    }
    return lines;
}

/* The first line of A that is not in B, or NULL. */
static const char *first_missing(const struct strv *a, const struct strv *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (!strv_has(b, a->v[i]))
            return a->v[i];
    return NULL;
}

/* The names in it, without what is in the files. */
static const char *names_in(const struct strv *lines)
{
    struct strv names = {0};

    for (size_t i = 0; i < lines->n; i++)
        strv_add(&names,
                 text("%.*s", (int)strcspn(lines->v[i], ": "), lines->v[i]));
    return sorted(&names);
}

/* In the store is left what is wanted, and nothing else. */
static void require_left(const struct strv *want, pid_t pid)
{
    struct strv is = see_store(pid, true);
    const char *lost = first_missing(want, &is);
    const char *extra = first_missing(&is, want);

    REQUIRE(!lost, .expected = text("%s stays", lost), .observed = "it is gone",
            .shows = names_in(&is),
            .why = "somebody needs it, or it is none of ours",
            .hint = "needed-removed");
    REQUIRE(!extra, .expected = text("%s goes", extra),
            .observed = "it is still there", .shows = names_in(&is),
            .why = "nobody needs it, and nobody else will ever remove it",
            .hint = extra && starts_with(extra, "blobs/") ? "blob-left"
                                                          : "layer-left");
}

/* Garbage of all kinds: layers, compressed or not, the documents of an image
 * that is in no index, and what a killed removal has left. */
static void make_garbage(void)
{
    struct layer layers[] = {make_layer(true), make_layer(false)};
    const char *left = hex_of(pick_word());
    struct image image = make_image(layers, 2);

    takes += strlen(member(files, text("blobs/sha256/%s", image.id)));
    takes += strlen(member(files, text("blobs/sha256/%s", image.manifest)));
    json_object_set_new(known, left, json_string("a layer that is gone"));
    add_file(text("layers/%s.packed", left), "");
}

/* Start a sweep with the marks that are needed, and let it come to "before". */
static pid_t start_sweep(const char *ran, const char *refuse)
{
    worker_start(ran, "sweep", store_argument(),
                 text("marks=%s", json_dumps(needed, 0)),
                 text("refuse=%s", refuse), NULL);
    return worker_hold("before");
}

START_TEST(what_has_no_mark_goes)
{
    store_begin();
    make_garbage();
    struct layer a = make_layer(true), b = make_layer(false);
    struct image image = make_image((struct layer[]){a, b}, 2);
    index_image(&image, pick_word());
    pid_t pid = start_sweep("sweep_unmarked(): an image that is marked, and "
                            "garbage",
                            "no");
    struct strv want = see_store(pid, false);
    worker_go("before");
    pid = worker_hold("done");
    REQUIRE_INT("swept", 0, .why = "everything can be removed here");
    require_left(&want, pid);
    worker_go("done");
    worker_end();
}
END_TEST

START_TEST(freed_bytes_are_counted)
{
    store_begin();
    make_garbage();
    long expected = takes;
    struct layer a = make_layer(true);
    index_image(&(struct image){.manifest = hex_of(a.diff_id),
                                .id = hex_of(a.blob),
                                .layers = {a},
                                .n = 1},
                pick_word());
    start_sweep("sweep_unmarked() of two layers and two documents", "no");
    worker_go("before");
    worker_hold("done");
    REQUIRE_INT("freed", expected,
                .why = "the user is told how much space he has won: blobs as "
                       "large as their files, unpacked layers as large as "
                       "store_layer_size() says, and only what really goes",
                .hint = "freed-wrong");
    worker_go("done");
    worker_end();
}
END_TEST

START_TEST(nothing_outside_is_touched)
{
    const char *word = pick_word();

    store_begin();
    add_file("/tmp/outside/file", word);
    struct layer a = make_layer(false);
    json_object_set_new(files, text("layers/%s/link", a.diff_id),
                        json_pack("[s,s]", "link", "/tmp/outside"));
    add_file("layers/empty/keep", word);
    add_file("blobs/sha256/no-digest", word);
    pid_t pid = start_sweep("sweep_unmarked(): a layer with a link in it that "
                            "leads out of the store",
                            "no");
    struct strv want = see_store(pid, false);
    worker_go("before");
    pid = worker_hold("done");
    const char *outside = see_tree(pid, "tmp/outside", "user.none");
    REQUIRE(strcmp(outside, text("file: %s\n", word)) == 0,
            .expected = "/tmp/outside stays as it was", .observed = outside,
            .why = "a link in a layer may lead anywhere: whoever removes the "
                   "layer removes the link, not what it leads to",
            .hint = "link-followed");
    require_left(&want, pid);
    worker_go("done");
    worker_end();
}
END_TEST

START_TEST(a_layer_goes_in_one_step)
{
    store_begin();
    struct layer a = make_layer(pick(0, 1));
    pid_t pid = start_sweep("sweep_unmarked(), while the kernel refuses to "
                            "remove any file: EIO",
                            "yes");
    worker_go("before");
    pid = worker_hold("done");
    REQUIRE_INT("swept", -1, .expected = "-1: the layer could not be removed",
                .why = "a disk that fails is something the user must know of",
                .hint = "sweep-error-ignored");
    REQUIRE_INT("swept.errno", EIO,
                .why = "what failed first is the reason: keep it",
                .hint = "sweep-error-ignored");
    const char *file =
        see_file(pid, text("tmp/store/layers/%s/file", a.diff_id));
    REQUIRE(!*file,
            .expected =
                text("layers/%.12s... is out of sight all the same", a.diff_id),
            .observed = "it is still under its name",
            .shows = see_tree(pid, "tmp/store/layers", "user.none"),
            .why = "a name that is a digest means: the layer is whole.  Who "
                   "removes file by file and is killed leaves half a layer "
                   "under it.  store_remove_layer() renames it first",
            .hint = "removed-in-place");
    worker_go("done");
    worker_end();
}
END_TEST

/* A record of the build cache, which leads to a layer. */
static const char *make_record(const struct layer *layer)
{
    const char *key = hex_of(pick_word());

    add_file(text("cache/%s", key),
             text("{\"created\":1,\"layer\":\"sha256:%s\"}", layer->diff_id));
    json_object_set_new(known, key, json_string("a record of the cache"));
    return key;
}

START_TEST(mark_and_sweep_together)
{
    const char *cache = "no", *does = "forgetting";

    store_begin();
    make_garbage();
    struct layer shared = make_layer(true), own = make_layer(true);
    struct layer cached = make_layer(false), forced = make_layer(false);
    struct image one = make_image((struct layer[]){shared, own}, 2);
    struct image two = make_image(&shared, 1);
    struct image gone = make_image((struct layer[]){shared, forced}, 2);
    (void)gone;
    index_image(&one, pick_word());
    index_image(&two, NULL);
    make_container((struct layer[]){shared, forced}, 2);
    const char *key = make_record(&cached);
    if (pick(0, 1)) {
        cache = "yes";
        does = "keeping";
        need(key, "a record of the cache", "needed-removed");
        need(cached.diff_id, "a layer of the cache", "needed-removed");
    }
    worker_start(text("sweep_mark() and sweep_unmarked(), %s the cache", does),
                 "prune", store_argument(), text("cache=%s", cache), NULL);
    pid_t pid = worker_hold("before");
    struct strv want = see_store(pid, false);
    worker_go("before");
    pid = worker_hold("done");
    REQUIRE_INT("result", 0, .why = "every image in this store is whole");
    REQUIRE_INT("swept", 0, .why = "everything can be removed here");
    require_left(&want, pid);
    worker_go("done");
    worker_end();
}
END_TEST

void exam_16_store(struct exam *exam);
void exam_16_store(struct exam *exam)
{
    exam_add(exam, 1, VALUE, a_name_is_written,
             "a name is one row of index.json");
    exam_add(exam, 1, VALUE, latest_may_be_left_out,
             "\"latest\" has a second row, without the tag");
    exam_add(exam, 1, MECHANISM, a_name_moves,
             "a name moves, and the old image is dangling");
    exam_add(exam, 1, EFFECT, other_names_stay,
             "an image that has another name is not dangling");
    exam_add(exam, 1, VALUE, the_same_name_again,
             "the same name for the same image changes nothing");
    exam_add(exam, 1, VALUE, a_dangling_image_gets_a_name,
             "a dangling image gets a name, and is dangling no more");
    exam_add(exam, 2, VALUE, an_image_needs_documents_and_layers,
             "an image's documents and layers are marked, and nothing else");
    exam_add(exam, 2, VALUE, every_row_counts,
             "every image in the index is marked, also without a name");
    exam_add(exam, 2, HOST, a_damaged_image_stops_it,
             "an image that can't be read stops it all");
    exam_add(exam, 3, VALUE, a_container_keeps_its_layers,
             "a container's layers are marked, whatever became of its image");
    exam_add(exam, 3, VALUE, odd_containers_do_no_harm,
             "containers that are odd or half made do no harm to others");
    exam_add(exam, 3, HOST, a_damaged_container_stops_it,
             "a container that can't be read stops it all");
    exam_add(exam, 4, EFFECT, what_has_no_mark_goes,
             "what has no mark goes, what has one stays");
    exam_add(exam, 4, VALUE, freed_bytes_are_counted,
             "the bytes that are free now are counted");
    exam_add(exam, 4, HOST, nothing_outside_is_touched,
             "a link in a layer leads to nothing that is removed");
    exam_add(exam, 4, MECHANISM, a_layer_goes_in_one_step,
             "a layer goes out of sight in one step, and errors are told");
    exam_add(exam, 4, EFFECT, mark_and_sweep_together,
             "marked and swept, a store holds what is needed, and no more");
}
